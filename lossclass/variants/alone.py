"""One run at a time in a folder: a second one waits for the first.

The system's own locks are taken, which are gone with the process that has them, however it ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from lossclass.errors import FileError

LOCK: Final = ".variants.lock"


@contextmanager
def alone_in(folder: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Keep others from working in a folder, which is made if it is not there, and taken away again
    if nothing comes into it.

    Args:
        wait: called before waiting for another run.

    Raises:
        FileError: the folder cannot be made, or is none.
    """
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        file = _locked(folder, wait)
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror or error}") from None
    try:
        yield
    finally:
        # Windows takes no open file away; elsewhere the lock has to hold until it is away.
        if sys.platform == "win32":
            file.close()
        with suppress(OSError):
            (folder / LOCK).unlink()
        file.close()
        with suppress(OSError):  # there is something in it
            for each in new:
                each.rmdir()


def _locked(folder: Path, wait: Callable[[], None]) -> IO[bytes]:
    """The file that is locked, once it is: not one that a run before has just taken away."""
    path = folder / LOCK
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("ab")
        except FileNotFoundError:  # a run before has just taken the folder away
            continue
        if not _lock(file, blocking=False):
            wait()
            _lock(file, blocking=True)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _lock(file: IO[bytes], *, blocking: bool) -> bool:
    """Lock a file; False if another has it locked. Where there are no locks, as on some file systems
    of networks, nobody waits."""
    if sys.platform == "win32":
        import msvcrt

        while True:  # it gives up after ten seconds
            with suppress(OSError):
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if blocking else msvcrt.LK_NBLCK, 1)
                return True
            if not blocking:
                return False
    else:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

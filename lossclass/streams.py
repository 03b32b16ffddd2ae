"""The standard streams of the process: UTF-8, and what becomes of them when they end early.

A reader that goes away is no error, a full disk is one, and both may show in any line that is
printed, whether we, Typer or Rich print it. So it is the streams themselves that know.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, TextIO, cast

from lossclass.errors import FileError

_STREAMS: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def prepare_streams() -> None:
    """Make the standard streams fit to be used by every command.

    One that is closed is opened to nowhere, before a file that is opened later takes its place.
    Formulas need UTF-8, also where the locale says otherwise, and JSON promises it.
    """
    for name, mode in _STREAMS.items():
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout = cast("TextIO", _Stream(sys.stdout, printing))
    sys.stderr = cast("TextIO", _Stream(sys.stderr, _telling_nobody))


@contextmanager
def printing(stream: TextIO | None = None) -> Iterator[None]:
    """Around what prints on standard output.

    Raises:
        SystemExit: with status 0, the reader of a pipe has gone away, as ``| head`` does.
        FileError: it cannot be written to.
    """
    try:
        yield
    except BrokenPipeError:
        _let_go(stream or sys.stdout)
        raise SystemExit(0) from None
    except OSError as error:
        _let_go(stream or sys.stdout)
        raise FileError(f"standard output: {error.strerror or error}") from None


def _let_go(stream: TextIO) -> None:
    """Send nowhere what a stream still holds, so that it is not tried again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def _telling_nobody(stream: TextIO) -> Iterator[None]:
    """Around what prints on standard error: what cannot be told there can be told nowhere, and the
    status still tells it."""
    try:
        yield
    except OSError:
        _let_go(stream)


class _Stream:
    """A standard stream, with something around each writing."""

    def __init__(
        self, stream: TextIO, around: Callable[[TextIO], AbstractContextManager[None]]
    ) -> None:
        self._stream = stream
        self._around = around

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        # Rich writes nothing now and then, which a full disk refuses, too; no bytes are no such nothing
        if text != "":
            with self._around(self._stream):
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._around(self._stream):
            self._stream.flush()

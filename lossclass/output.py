"""The one place that writes: to standard output, or to a file, whole or not at all."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from lossclass.errors import FileError, UsageError
from lossclass.streams import printing

#: Ends of the names of files that are something, and nothing that is written under this name.
_OTHER_KINDS: Final = re.compile(
    r"\.(txt|json|html?|pdf|ipynb|md|tex|svg|csv|tsv|xlsx?|ods|docx?|odt|rtf|pptx?|odp|epub|ya?ml|toml"
    r"|xml|npy|rst|adoc|typ|png|jpe?g|gif|webp|bmp|tiff?|eps|ps|zip|gz|tar|py)"
)


def write(pieces: Iterable[str] | Iterable[bytes], to: Path | None, *, force: bool = False) -> None:
    """Write pieces of text or bytes as they come.

    Args:
        to: a file, or None for standard output. The file appears only when all is written, and
            not at all when there is nothing to write.
        force: write over a file that exists.

    Raises:
        FileError: the file exists, or cannot be written.
        UsageError: bytes were to go to a terminal.
        SystemExit: with status 0, the reader of a pipe has gone away.
    """
    if to is None:
        for piece in pieces:
            _print(piece)
        return
    try:
        if to.exists() and not to.is_file():  # a pipe or a device has no whole to replace
            with to.open("wb") as file:
                file.writelines(map(_encoded, pieces))
        else:
            refuse_existing(to, force=force)
            _write_whole(pieces, Path(os.path.realpath(to)), force=force)
    except OSError as error:
        raise FileError(f"{to}: {error.strerror or error}") from None


def _print(piece: str | bytes) -> None:
    if isinstance(piece, bytes) and sys.stdout.isatty():
        raise UsageError("this format is not for a terminal; name a file for it with -o")
    with printing():
        if isinstance(piece, bytes):
            sys.stdout.buffer.write(piece)
        else:
            sys.stdout.write(piece)
        sys.stdout.flush()


def _encoded(piece: str | bytes) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


def refuse_existing(*files: Path | None, force: bool) -> None:
    """Refuse early to write over files, before anything is worked out.

    Args:
        files: those that are to be written; None for standard output.

    Raises:
        FileError: one of them exists and ``force`` is not given.
    """
    for to in files:
        if to is not None and to.is_file() and not force:
            raise FileError(f"{to}: this file exists; --force writes over it")


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it is in, if it is not there.

    Raises:
        FileError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror or error}") from None


def refuse_other_kind(
    to: Path | None, format: str, suffixes: Mapping[str, str], option: str = "--format"
) -> None:
    """Refuse a file whose name says that it is something else than what is written.

    Args:
        suffixes: the ends of the names of files, by format.
        option: with which another format is asked for.

    Raises:
        UsageError: its name ends as that of a file of another kind.
    """
    if to is None or to.suffix.lower() in ("", suffixes[format]):
        return
    ending = to.suffix.lower()
    meant = next((name for name, each in suffixes.items() if each == ending), None)
    if meant:
        other = f", or say {option} {meant}" if option else ""
        raise UsageError(
            f"{to}: what is written ({format}) is no {ending} file; name one that ends in "
            f"{suffixes[format]}{other}"
        )
    if _OTHER_KINDS.fullmatch(ending):
        endings = ", ".join(dict.fromkeys(suffixes.values()))
        raise UsageError(f"{to}: nothing is written as {ending}; name a file with one of {endings}")


def _write_whole(pieces: Iterable[str] | Iterable[bytes], to: Path, *, force: bool) -> None:
    part = to.with_name(f".{to.name}.{os.urandom(4).hex()}.part")
    try:
        with part.open("xb") as file:
            for piece in pieces:
                file.write(_encoded(piece))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        if not size:
            return
        if force:
            part.replace(to)
        else:
            _link(part, to)
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, to: Path) -> None:
    """Give the finished file its name, unless somebody else made one of that name meanwhile."""
    try:
        to.hardlink_to(part)
    except FileExistsError:
        raise FileError(f"{to}: this file exists; --force writes over it") from None
    except (OSError, NotImplementedError):  # not every file system has links, nor every system
        part.replace(to)

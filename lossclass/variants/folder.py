"""The folder of a class: what is in it, what may be written over, and what goes first.

    FOLDER/variants.json         what the folder was made from
    FOLDER/problems/NAME.yaml    FOLDER/worksheets/NAME.txt (or of another format, or of several)
    FOLDER/sheets/NAME.yaml      FOLDER/keys/NAME.txt (the same)
    FOLDER/answers.csv           written last, but for what --print writes

Every file appears whole. A run that was cut short is taken up by the same command: what is there
stays, what is not is made. So it is with more students, or fewer: nobody else's files change.
Sheets that are filled in are never taken away. Of two runs at a time the second one waits for the
first: the system's own locks are taken, which are gone with the process that has them, however it ends.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from lossclass.errors import FileError, tell
from lossclass.output import write
from lossclass.render import RENDERERS
from lossclass.rosters.roster import file_name
from lossclass.variants.making import KINDS, PROBLEMS, SHEETS, Order
from lossclass.variants.printed import PRINTED

ANSWERS: Final = "answers.csv"
#: The files with something of all students, which are made anew for another class.
OF_ALL: Final = (ANSWERS, *PRINTED)
MANIFEST: Final = "variants.json"
LOCK: Final = ".variants.lock"
_OF_STUDENTS: Final = ("students", "count")
_TOLD: Final = ("seed", "problem", *_OF_STUDENTS)
_SUFFIXES: Final = {*RENDERERS.values(), ".yaml"}
_END: Final = rb"[ \t]*(?:\#[^\r\n]*)?\r?\n"
#: A sheet as it is made: comments, what it belongs to, and ids with nothing behind them.
_EMPTY: Final = re.compile(
    rb"""(?:\#[^\r\n]*\r?\n)*
    (?:(?:problem|student|variant|digits):[^\r\n]*\r?\n (?:[ ]+[^\r\n]*\r?\n)*)*
    answers:(?:[ ]\{\})?"""
    + _END
    + rb"""(?:[ ]+(?:[^\s\#]+:)?"""
    + _END
    + rb")*",
    re.VERBOSE,
)
#: The id of a variant; of those of an exam, one behind the other.
_ID: Final = rb"([0-9a-f]{12}(?:-[0-9a-f]{12})*)"
_VARIANT: Final = re.compile(rb"^variant:[ \t]*['\"]?" + _ID + rb"\b", re.MULTILINE)
#: How a student's problem begins; whatever has its name belongs to that student.
_OURS: Final = re.compile(rb"\A# Variant " + _ID + rb" of a problem, ")


def ids_in(folder: Path, students: Iterable[str]) -> dict[str, str]:
    """The ids of the variants that students have already."""
    known = _ids(folder / SHEETS, _VARIANT) | _ids(folder / PROBLEMS, _OURS)
    names = ((student, folded(file_name(student))) for student in students)
    return {student: known[name] for student, name in names if name in known}


def begin(
    folder: Path,
    order: Order,
    students: Sequence[str],
    ids: Callable[[], Mapping[str, str]],
    *,
    force: bool,
) -> None:
    """Make the folder ready for a run: refuse one that holds something else, and clear away what is
    to be made anew.

    Args:
        ids: gives those of the students' variants.

    Raises:
        FileError: there is something else in it, and ``force`` is not given; or sheets are filled
            in that would be written over.
    """
    manifest, path = order.manifest(students), folder / MANIFEST
    told, wanted = _manifest(path), json.loads(manifest)
    if told == wanted and not force:
        return
    is_same_order = told is not None and all(
        told.get(key) == wanted.get(key) for key in {*told, *wanted} - {*_OF_STUDENTS}
    )
    # what a killed run left half-written is nothing
    there = (each for each in folder.iterdir() if each.name != LOCK)
    is_empty = all(each.name.startswith(".") and each.suffix == ".part" for each in there)
    if not (is_same_order or force or is_empty):
        raise FileError(
            f"{folder}: there is something else in this folder already, perhaps variants with "
            "another seed, problem or format; --force writes over it"
        )
    known = {} if told is None else _ids(folder / PROBLEMS, _OURS)
    of_files: dict[str, str | None] = {}
    if known or (folder / SHEETS).is_dir():  # or there is nothing to be careful of
        of_files = {folded(file_name(student)): id for student, id in ids().items()}
    all_ids = dict.fromkeys(known) | of_files
    kept = kept_sheets(folder / SHEETS, known, all_ids)
    for name in OF_ALL:
        (folder / name).unlink(missing_ok=True)
    if force:
        _clear(folder, order, students, all_ids if told else (), kept)
    _tell_of_former(folder, known.keys() - of_files.keys())
    write([manifest], path, force=force or told is not None)


def make_kinds(folder: Path, order: Order) -> None:
    """Make the folders for the files, without what a run that was killed left half-written."""
    for each in [folder, *(folder / kind for kind in order.kinds)]:
        each.mkdir(exist_ok=True)
        for part in each.glob(".*.part"):
            part.unlink(missing_ok=True)


def _tell_of_former(folder: Path, former: Collection[str]) -> None:
    """Say that files of students are there who are not in the class any more."""
    files = [path for kind in KINDS for path in _files_of(folder / kind, former)]
    if files:
        are = "1 file is" if len(files) == 1 else f"{len(files)} files are"
        tell(
            f"{folder}: {are} still there of students who are not in the class any more, such as "
            f"{files[0].relative_to(folder)}"
        )


def _clear(
    folder: Path,
    order: Order,
    students: Sequence[str],
    before: Collection[str],
    kept: Collection[str],
) -> None:
    """Take away what is to be made anew, so that no old file can pass for a new one; and what a
    run before made for students or in formats that are no more.

    Args:
        before: the names of files in a folder that a run of ours made, folded.
        kept: those whose sheets are to stay.
    """
    for name in order.files(students):
        if not (name.startswith(SHEETS) and folded(Path(name).stem) in kept):
            (folder / name).unlink(missing_ok=True)
    # The problems last: if this is cut short, they still tell whose the other files are.
    for kind in sorted(KINDS, key=lambda kind: kind == PROBLEMS):
        for path in _files_of(folder / kind, before):
            if kind != SHEETS or folded(path.stem) not in kept:
                path.unlink(missing_ok=True)
        if before:
            with suppress(OSError):  # something else is in it, or it is not there
                (folder / kind).rmdir()


def _files_of(folder: Path, stems: Collection[str]) -> Iterable[Path]:
    """The files of students, of whatever format."""
    if not stems or not folder.is_dir():
        return []
    own = {".yaml"} if folder.name in (PROBLEMS, SHEETS) else _SUFFIXES
    files = (path for path in folder.iterdir() if path.suffix in own)
    return sorted(path for path in files if folded(path.stem) in stems)


def _manifest(path: Path) -> Mapping[str, Any] | None:
    """What a run of ours wrote of what it made; None if none did."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and all(key in told for key in _TOLD) else None


# --- sheets that are filled in -----------------------------------------------------------
#
# A class may have thousands of them, so that they are not read as YAML: whatever does not look like
# one that was just made is taken for filled in.


def folded(name: str) -> str:
    """The name of a file without what some systems do not tell names apart by."""
    return unicodedata.normalize("NFC", name).casefold()


def kept_sheets(
    sheets: Path, known: Mapping[str, str], wanted: Mapping[str, str | None]
) -> frozenset[str]:
    """The names of filled-in sheets that are to stay, :func:`folded` and without their end.

    Args:
        known: the ids of the variants that there are, for sheets that do not say theirs.
        wanted: the names of the sheets that would be taken away or written over, each with the id
            of the variant that belongs to it from now on; None where it is nobody's any more.

    Raises:
        FileError: sheets are filled in, and their variants will be others.
    """
    found = {folded(path.stem): path for path in _yaml_in(sheets)}
    filled, others = set(), []
    for stem in sorted(wanted.keys() & found.keys()):
        text = found[stem].read_bytes()
        if _EMPTY.fullmatch(text) is None:
            filled.add(stem)
            match = _VARIANT.search(text)
            if wanted[stem] not in (None, match[1].decode() if match else known.get(stem)):
                others.append(found[stem])
    if others:
        what = "this sheet is filled in, and its student would have another variant now; move it"
        if len(others) > 1:
            what = (
                f"this is the first of {len(others)} sheets that are filled in, and whose students "
                "would have other variants now; move them"
            )
        raise FileError(f"{others[0]}: {what} to another folder first")
    return frozenset(filled)


def _ids(folder: Path, says: re.Pattern[bytes]) -> dict[str, str]:
    """The ids of the variants that files say, by the names of these, folded."""
    found = ((path, says.search(path.read_bytes())) for path in _yaml_in(folder))
    return {folded(path.stem): match[1].decode() for path, match in found if match}


def _yaml_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.yaml") if path.is_file())


# --- one run at a time -------------------------------------------------------------------


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

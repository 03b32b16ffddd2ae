"""The folder of a class: what is in it, what may be written over, and what goes first.

    FOLDER/variants.json         what the folder was made from
    FOLDER/problems/NAME.yaml    FOLDER/worksheets/NAME.txt (or of another format, or of several)
    FOLDER/sheets/NAME.yaml      FOLDER/keys/NAME.txt (the same)
    FOLDER/answers.csv           written last, but for what --print writes

Every file appears whole. A run that was cut short is taken up by the same command: what is there
stays, what is not is made. So it is with more students, or fewer: nobody else's files change.
Sheets that are filled in are never taken away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from lossclass.errors import FileError, tell
from lossclass.output import write
from lossclass.render import RENDERERS
from lossclass.rosters.roster import file_name
from lossclass.variants.alone import LOCK
from lossclass.variants.filled import folded, kept_sheets, problem_ids, sheet_ids
from lossclass.variants.making import KINDS, PROBLEMS, SHEETS, Order
from lossclass.variants.printed import PRINTED

ANSWERS: Final = "answers.csv"
#: The files with something of all students, which are made anew for another class.
OF_ALL: Final = (ANSWERS, *PRINTED)
MANIFEST: Final = "variants.json"
_OF_STUDENTS: Final = ("students", "count")
_TOLD: Final = ("seed", "problem", *_OF_STUDENTS)
_SUFFIXES: Final = {*RENDERERS.values(), ".yaml"}


def ids_in(folder: Path, students: Iterable[str]) -> dict[str, str]:
    """The ids of the variants that students have already."""
    known = {**sheet_ids(folder / SHEETS), **problem_ids(folder / PROBLEMS)}
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
    known = {} if told is None else problem_ids(folder / PROBLEMS)
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

"""The folder of a class: what is in it, what may be written over, and what goes first.

    FOLDER/variants.json         what the folder was made from
    FOLDER/problems/NAME.yaml    FOLDER/worksheets/NAME.txt (or of another format, or of several)
    FOLDER/sheets/NAME.yaml      FOLDER/keys/NAME.txt (the same)
    FOLDER/answers.csv           written last

Every file appears whole. A run that was cut short is taken up by the same command: what is there
stays, what is not is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from lossclass.errors import FileError, LossclassError
from lossclass.output import write
from lossclass.render import RENDERERS
from lossclass.variants.making import KINDS, PROBLEMS, Order
from lossclass.variants.roster import file_name

ANSWERS: Final = "answers.csv"
MANIFEST: Final = "variants.json"
_TOLD: Final = ("seed", "problem", "students", "count")
#: How a student's problem begins; whatever has its name belongs to that student.
_OURS: Final = re.compile(rb"# Variant [0-9a-f]{12} of a problem, ")
_LONGEST_HEADING: Final = 80
_SUFFIXES: Final = {*RENDERERS.values(), ".yaml"}


def begin(folder: Path, order: Order, students: Sequence[str], *, force: bool) -> None:
    """Make the folder ready: refuse one that holds something else, clear away what a run that was
    killed left half-written.

    Raises:
        FileError: there is something else in it, and ``force`` is not given.
    """
    manifest = order.manifest(students)
    path = folder / MANIFEST
    try:
        is_ours = path.exists() and path.read_text(encoding="utf-8") == manifest
        if not (is_ours or force or _is_empty(folder)):
            raise FileError(
                f"{folder}: there is something else in this folder already, perhaps variants "
                "with another seed, problem, roster or format; --force writes over it"
            )
        folder.mkdir(parents=True, exist_ok=True)
        if force:
            _clear(folder, order, students)
        if force or not is_ours:
            write([manifest], path, force=force)
        for each in [folder, *(folder / kind for kind in order.kinds)]:
            each.mkdir(exist_ok=True)
            for part in each.glob(".*.part"):
                part.unlink(missing_ok=True)
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{folder}: {getattr(error, 'strerror', None) or error}") from None


def _is_empty(folder: Path) -> bool:
    """Whether there is nothing in a folder but what a killed run left half-written."""
    if not folder.exists():
        return True
    return all(each.name.startswith(".") and each.suffix == ".part" for each in folder.iterdir())


def _clear(folder: Path, order: Order, students: Sequence[str]) -> None:
    """Take away what is to be made anew, so that no old file can pass for a new one; and what a
    run before made for students or in formats that are no more."""
    (folder / ANSWERS).unlink(missing_ok=True)
    for name in order.files(students):
        (folder / name).unlink(missing_ok=True)
    if not _is_manifest(folder / MANIFEST):
        return
    problems = [*(folder / PROBLEMS).glob("*.yaml")]
    former = {path.stem for path in problems if _is_problem_of_ours(path)}
    # The problems last: if this is cut short, they still tell whose the other files are.
    for kind in sorted(KINDS, key=lambda kind: kind == PROBLEMS):
        _take_away(folder / kind, former | {file_name(student) for student in students})


def _take_away(folder: Path, stems: Iterable[str]) -> None:
    """The files of students, of whatever format, and the folder if nothing else is in it."""
    wanted = set(stems)
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.suffix in _SUFFIXES and path.stem in wanted:
            path.unlink(missing_ok=True)
    with suppress(OSError):  # something else is in it
        folder.rmdir()


def _is_manifest(path: Path) -> bool:
    """Whether a run of ours wrote it."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and all(key in told for key in _TOLD)


def _is_problem_of_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return _OURS.match(file.read(_LONGEST_HEADING)) is not None


def refuse_same_files(students: Sequence[str]) -> None:
    """Refuse students whose files would be one on some system.

    Raises:
        LossclassError: two of them, by name.
    """
    seen: dict[str, str] = {}
    for student in students:
        name = file_name(student).casefold()
        if name in seen:
            raise LossclassError(f"{seen[name]!r} and {student!r} would have the same files")
        seen[name] = student

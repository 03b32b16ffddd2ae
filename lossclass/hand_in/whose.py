"""Whose a sheet is, in a class of which everybody is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.sheet import ANSWER, Sheet
from lossclass.rosters.roster import Roster
from lossclass.suggest import nearest

#: How Moodle calls the folder or file of somebody's submission, when all are taken from it at once.
_OF_MOODLE: Final = re.compile(r"([^/\\]+)_\d+_assignsubmission_")
#: How Canvas does: the letters of the name, whether it was late, and the ids of user and submission.
_OF_CANVAS: Final = re.compile(r"[^\W\d_]+_(?:LATE_)?(\d+)_\d+_[^/\\]*")


def student_of(sheet: Sheet, roster: Roster) -> str:
    """The student of a sheet, as the class has the name.

    Raises:
        InvalidProblem: it is nobody's in this class.
    """
    for name in _names_of(sheet, roster):
        if (student := roster.whose(name)) is not None:
            return student
    near = nearest(sheet.student, roster.students)
    hint = f"; did you mean {near!r}?" if near else ""
    who = f"{sheet.student!r} is not in the class"
    if sheet.place == ANSWER:
        raise InvalidProblem([Mistake(f"{who}{hint}", "--student")])
    if not sheet.is_named:
        who = f"this sheet does not say whose it is, and its file's name {who}"
    raise InvalidProblem([sheet.mistake(("student",), f"{who}{hint}")])


def _names_of(sheet: Sheet, roster: Roster) -> Iterator[str]:
    if sheet.id:  # no two students have the same
        yield sheet.id
    yield sheet.student
    if sheet.is_named:
        return
    if found := _OF_MOODLE.search(sheet.place):
        yield found[1]
    if roster.is_gradebook and (found := _OF_CANVAS.fullmatch(sheet.student)):
        yield found[1]

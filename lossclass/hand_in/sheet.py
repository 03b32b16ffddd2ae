"""What one person handed in, however it was written down."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell
from lossclass.hand_in.names import Names, counted_from_1
from lossclass.hand_in.parts import Asked, names_by_problem
from lossclass.hand_in.states import place_of
from lossclass.problem.bundled import called
from lossclass.records import record
from lossclass.rosters.roster import Roster
from lossclass.solution import Solution
from lossclass.suggest import nearest

#: What a worksheet says of how results are to be written.
_ASKED_DIGITS: Final = re.compile(r"to at least ([0-9]{1,2}) significant digits")
#: The place of a sheet that was given with this option.
ANSWER: Final = "--answer"
#: How Moodle calls the folder or file of somebody's submission, when all are taken from it at once.
_OF_MOODLE: Final = re.compile(r"([^/\\]+)_\d+_assignsubmission_")
#: How Canvas does: the letters of the name, whether it was late, and the ids of user and submission.
_OF_CANVAS: Final = re.compile(r"[^\W\d_]+_(?:LATE_)?(\d+)_\d+_[^/\\]*")


@record
class Answers:
    """The answers of a sheet to the steps of a solution.

    Attributes:
        cells: by step id.
        said: what is to be said beside the marks, a line each: what fits no step, and so on.
        absent: ids of steps that were looked for in working, and not found.
    """

    cells: Mapping[str, Cell]
    said: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@record
class Sheet:
    """What somebody answered.

    Attributes:
        student: whose it is; the name of its file where it does not say.
        id: what else they are told by, where it says so.
        also_called: what else they are called where it stands, if that is told.
        cells: by the names that are written for the steps.
        problem: which problem it says that it answers, if it says so.
        variant: the id of the variant that it says that it answers, if it says so.
        digits: how many significant digits it asks for, if it says so.
        is_named: whether it says whose it is.
        place: where it stands, for messages: a file, or a file and a line.
        mistakes: what is wrong with it of itself; such a sheet is not marked.
        said: what is to be said of it beside the marks.
        as_written: in a part of a sheet, how names stand on the sheet that do so in another way.
        is_row: whether it is a row of a table, whose columns ask everybody the same.
    """

    student: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    problem: str | None = None
    variant: str | None = None
    digits: int | None = None
    is_named: bool = False
    id: str = ""
    place: str = ""
    mistakes: tuple[Mistake, ...] = ()
    said: tuple[str, ...] = ()
    as_written: Mapping[str, str] = field(default_factory=dict)
    is_row: bool = False
    also_called: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands on it."""
        return all(cell.is_missing for cell in self.cells.values())

    def parts(self, problems: Sequence[Asked]) -> tuple[Sequence[Sheet], list[str]]:
        """What is on it for each of several problems, which are numbered from 1; and what there is to
        say of the rest.

        Args:
            problems: each with what is asked of it.

        Raises:
            InvalidProblem: something stands on it, and of nothing it is said for which problem.
        """
        found, wrong = names_by_problem(self.cells, problems)
        wrong = {name: why for name, why in wrong.items() if not self.cells[name].is_missing}
        if wrong and not any(found):
            raise InvalidProblem([self._misfit(name, why) for name, why in wrong.items()])
        return [self._part(names) for names in found], [*self.said, *self._of_no_part(wrong)]

    def _part(self, names: Mapping[str, str]) -> Sheet:
        """A sheet with some of the answers, by other names."""
        cells = {name: self.cells[written] for name, written in names.items()}
        return replace(self, cells=cells, as_written=names, problem=None, variant=None, said=())

    def _of_no_part(self, wrong: Mapping[str, str]) -> Iterator[str]:
        """What there is to say of answers for no problem; each with why."""
        yield from (str(self._misfit(name, why)) for name, why in wrong.items())

    def _misfit(self, name: str, why: str) -> Mistake:
        return self.mistake(("answers", self.as_written.get(name, name)), why, at_key=True)

    def answers_to(self, solution: Solution) -> Answers:
        """The answers, by the steps of a solution.

        Raises:
            InvalidProblem: the sheet has mistakes, is for another problem, or nothing on it is an
                answer to one of the steps.
        """
        self.check_fits(solution.about.file)
        names = Names.of(solution)
        steps, said = steps_meant(self.cells, names)
        cells: dict[str, Cell] = {}
        misfits = []
        for written, as_read in self.cells.items():
            ids, said_of_it = names.for_number(written, steps[written], as_read.value)
            said += said_of_it
            place = place_of(as_read.written, solution, ids) if as_read.unreadable else None
            cell = Cell(as_read.written, Decimal(place)) if place else as_read
            if len(ids) == 1 and (ids[0] not in cells or cells[ids[0]].is_missing):
                cells[ids[0]] = cell
            elif not cell.is_missing or not ids:
                twice = f"this is {ids[0]!r}, which stands here already" if len(ids) == 1 else ""
                before = self.as_written.get(written, written).removesuffix(written)
                message = twice or names.why_none(written, before)
                misfits.append(self._misfit(written, message))
        if misfits and not cells:
            raise InvalidProblem(misfits)
        return Answers(cells, (*self.said, *said, *map(str, misfits)))

    def check_fits(self, problem: str) -> None:
        """Refuse a sheet with mistakes, and one of another problem.

        Args:
            problem: the name or file of the problem.

        Raises:
            InvalidProblem: with all that is wrong.
        """
        if wrong := [*self._of_another(problem), *self.mistakes]:
            raise InvalidProblem(wrong)

    def _of_another(self, problem: str) -> Iterator[Mistake]:
        if self.problem and problem and Path(self.problem).stem != Path(problem).stem:
            message = (
                f"this sheet is for {self.problem!r}, and is marked against {called(problem)!r}"
            )
            if self.variant:
                message += "; --seed and --roster mark it against its own variant"
            yield self.mistake(("problem",), message)

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong at a path in it."""
        return Mistake(message, path[-1], self.place)


def digits_asked(text: str) -> int | None:
    """How many digits a worksheet asks for, if its text is among what was handed in."""
    found = _ASKED_DIGITS.search(text)
    return int(found[1]) if found else None


def steps_meant(
    written: Collection[str], names: Names
) -> tuple[Mapping[str, tuple[str, ...]], list[str]]:
    """The ids that each name can stand for, and what there is to say of it; where some of those with
    the same words are for no step as they are, and all are if they are counted from 0, that is how
    they are counted."""
    found = {name: names.ids(name) for name in written}
    said = []
    for shifted in () if all(found.values()) else counted_from_1(written):
        if all(found[name] for name in shifted):
            continue
        alike = {name: names.of_parts(each) for name, each in shifted.items()}
        if all(len(ids) == 1 for ids in alike.values()):
            found.update(alike)
            name, (id,) = next(iter(alike.items()))
            said.append(f"Counted from 0: {name!r} is taken for {id!r}.")
    return found, said


# --- whose it is, in a class of which everybody is known ---


def student_of(sheet: Sheet, roster: Roster) -> str:
    """The student of a sheet, as the class has the name.

    Raises:
        InvalidProblem: it is nobody's in this class.
    """
    for name in _names_of(sheet, roster):
        if (student := roster.whose(name)) is not None:
            return student
    for name in (sheet.student, *sheet.also_called):
        if namesakes := roster.called_so(name):
            raise InvalidProblem([_one_of(name, namesakes, sheet)])
    near = nearest(sheet.student, roster.students)
    hint = f"; did you mean {near!r}?" if near else ""
    who = f"{sheet.student!r} is not in the class"
    if sheet.place == ANSWER:
        raise InvalidProblem([Mistake(f"{who}{hint}", "--student")])
    if not sheet.is_named:
        who = f"this sheet does not say whose it is, and its file's name {who}"
        hint = hint or "; name the file after its student, or write 'Name: …' on the sheet"
    raise InvalidProblem([sheet.mistake(("student",), f"{who}{hint}")])


def _one_of(name: str, namesakes: Sequence[str], sheet: Sheet) -> Mistake:
    """That several students have the name on a sheet, and how to say which of them it is."""
    one = namesakes[0]
    so_called = (
        f"{len(namesakes)} in the class are called {name!r}, {' and '.join(namesakes)}; to say "
        "which of them this is,"
    )
    if sheet.place == ANSWER:
        return Mistake(f"{so_called} write --student {one}", "--student")
    if sheet.is_row:
        how = f"put {one!r} in the place of the name, or into a column 'id'"
    elif sheet.is_named:
        how = f"write 'ID: {one}' on it"
    else:
        how = f"name the file after {one!r}, or write 'ID: {one}' on the sheet"
    return sheet.mistake(("student",), f"{so_called} {how}")


def _names_of(sheet: Sheet, roster: Roster) -> Iterator[str]:
    if sheet.id:  # no two students have the same
        yield sheet.id
    yield sheet.student
    yield from sheet.also_called
    if sheet.is_named:
        return
    if found := _OF_MOODLE.search(sheet.place):
        yield found[1]
    if roster.is_gradebook and (found := _OF_CANVAS.fullmatch(sheet.student)):
        yield found[1]

"""Marking in one run: a problem or its variants, and sheets from files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lossclass.arithmetic.number import read_number
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import FileError, LossclassError, UsageError, tell
from lossclass.exams.assignment import Assignment
from lossclass.exams.marking import AssignmentMarking, Rules
from lossclass.hand_in.cells import is_arithmetic, read_cell
from lossclass.hand_in.printed import unprinted
from lossclass.hand_in.reading import files_in, passed_over, sheets_in, tables_in
from lossclass.hand_in.sheet import ANSWER, Sheet, student_of
from lossclass.hand_in.typed import plainly
from lossclass.marking.check import AnyChecked, Checked, Checker
from lossclass.marking.marks import Allowed
from lossclass.points import Points
from lossclass.problem.bundled import called
from lossclass.progress import with_progress
from lossclass.render import GRADEBOOKS
from lossclass.render.gradebook import who
from lossclass.runs.batch import Run, assignment_of, with_given

if TYPE_CHECKING:
    from lossclass.rosters.roster import Roster
    from lossclass.runs.feedback import Pages
    from lossclass.variants.classroom import Classroom

#: An answer behind the name of its step.
_NAMED = re.compile(r"\s*([^=≈]+?)\s*[=≈](.*)", re.DOTALL)
#: What is a name even where it could be arithmetic.
_ID = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
#: What marks sheets: against one problem, or each against a variant of it.
Marking: TypeAlias = "AssignmentMarking | Classroom"
#: So many students without a sheet are named.
_MOST_NAMED = 10
_PURPOSE = "answers are marked against"


def allowed_in(text: str | None) -> Allowed | None:
    """The tolerance that a text writes: ``0.01`` or ``1%``.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    is_share = text.rstrip().endswith("%")
    try:
        number = read_number(text.rstrip().removesuffix("%"))
    except ValueError:
        number = Decimal(-1)
    if number < 0:
        raise UsageError(
            f"--tolerance: expected a number or a percentage, such as 1%, got {text!r}"
        )
    return Allowed(number / 100 if is_share else number, is_share)


def checker_of(
    problem: str,
    allowed: Allowed | None = None,
    given: Sequence[str] | None = None,
    wanted: Wanted = NOTHING_MORE,
) -> Checker:
    """What marks the answers to a problem, a file or a bundled one.

    Args:
        allowed: a tolerance in the place of what the digits say.
        given, wanted: see :func:`to_mark`.

    Raises:
        LossclassError: it cannot be read or is not valid, or there are several.
    """
    assignment = to_mark(problem, wanted, given=given)
    if assignment.is_exam:
        names = ", ".join(called(task.problem.file) for task in assignment.tasks)
        raise UsageError(f"{problem}: this is an exam; take its problems one by one: {names}")
    return Rules(allowed).of_task(assignment.tasks[0])


def to_mark(
    problem: str,
    wanted: Wanted = NOTHING_MORE,
    only: Sequence[str] = (),
    given: Sequence[str] | None = None,
) -> Assignment:
    """The problem or the exam against which sheets are marked.

    Args:
        wanted: what may be answered beyond the loss; options that change nothing are told.
        only: the ids of what is asked, or what they begin with; empty for all that is answered.
        given: what is given for a loss in the place of a problem, see
            :func:`lossclass.runs.batch.with_given`.

    Raises:
        LossclassError: it cannot be read or is not valid, or there are several problems.
        UsageError: an exam says itself what is wanted, or there is no step for one of ``only``.
    """
    (argument,) = with_given([problem], given)
    assignment = assignment_of(argument, _PURPOSE, wanted, only)
    if wanted != NOTHING_MORE:
        from lossclass.runs.effects import tell_without_gradient, without_effect

        for task in assignment.tasks:
            for message in without_effect(task.problem, task.solution, {}, wanted):
                tell(message)
            tell_without_gradient(task.problem, task.solution, wanted)
    return assignment


def marking_of(
    assignment: Assignment, rules: Rules, seed: str | None, roster: Roster | None
) -> Marking:
    """What marks the sheets of a class.

    Args:
        seed: the one with which everybody's variant was made; None where all had the problem as it
            is.
        roster: who is in the class; None if that is not known, and nobody had a variant.

    Raises:
        LossclassError: a problem cannot be solved, or has no variants.
    """
    if seed is None or roster is None:
        return AssignmentMarking(assignment, [rules.of_task(task) for task in assignment.tasks])
    from lossclass.variants.classroom import Classroom

    return Classroom(assignment, seed, roster, rules)


@dataclass(eq=False)
class Class(Run):
    """The sheets that the arguments of a command name; a broken one is told, and left out.

    Args:
        places: files and folders.
        answers: what stands in the place of a sheet: the loss alone, or what steps come to, each behind
            the name of its step: ``2.loss=0.467``.
        student: whose answers these are.
        roster: who is in the class; None if that is not known.
        column: the one that says whose a row is, in tables.
        title: in the place of the problem's.
        pages: gets every sheet, to be handed back.
        format: one of ``MARKS``.

    Raises:
        FileError: one of the places is not there, or a folder has no sheets.
    """

    checker: Marking
    places: Sequence[str]
    answers: Sequence[str] = ()
    student: str = ""
    roster: Roster | None = None
    column: str | None = None
    title: str = ""
    pages: Pages | None = None
    format: str = "terminal"

    def __post_init__(self) -> None:
        self.title = self.title or self.checker.assignment.title
        #: Whether of several sheets of a student the last counts, and what there is to say of sheets
        #: stands beside the table.
        self._is_gradebook = self.format in GRADEBOOKS
        #: Whether every student had a variant.
        self.has_variants = not isinstance(self.checker, AssignmentMarking)
        self.has_mistakes = False
        #: Whose sheet was broken.
        self.not_marked: set[str] = set()
        pages = self.pages
        found = (path for place in self.places for path in _sheets_at(place, self.places, pages))
        self.paths = [path for path in found if pages is None or not pages.holds(path)]
        self._is_of_many = len(self.places) > 1 or any(Path(each).is_dir() for each in self.places)
        #: Where the first sheet of each student was.
        self._marked_at: dict[str, str] = {}
        self._reported: set[str] = set()
        #: The ids of what is asked without points of its own, each with whether anybody answered it.
        self._answered: dict[str, bool] = {}

    def __iter__(self) -> Iterator[AnyChecked]:
        """The marks of each sheet."""
        for checked in self._all():
            self.has_mistakes |= not checked.is_right
            for mark in () if checked.has_points else checked.marks:
                self._answered[mark.id] = self._answered.get(mark.id) or mark.verdict != "missing"
            if self.pages is not None:
                self.pages.keep(checked, self.roster)
            yield checked

    def _all(self) -> Iterator[AnyChecked]:
        if self.answers:
            cells = {}
            for text in self.answers:
                name, answer = _named(text)
                if name in cells:
                    raise UsageError(f"{ANSWER}: {name!r} is given twice")
                cells[name] = read_cell(answer)
            yield from map(_alone, self._marked([Sheet(self.student, cells, place=ANSWER)]))
        of_exam = self.checker.assignment.is_exam
        for path in with_progress(self.paths, "Marking", "sheets"):
            try:
                sheets = sheets_in(path, self.column, of_exam=of_exam)
                yield from self._marked(sheets)
            except LossclassError as error:
                self._tell_broken(error, path.stem)

    def tell_what_is_missing(self, *, steps: bool) -> None:
        """Say at the end who has no sheet, and which steps nobody has answered.

        Args:
            steps: whether steps that nobody has answered may not have been asked; an exam says
                itself what it asks.
        """
        # Not where one sheet was to be marked, and not those of a class.
        if self.roster and (self._is_of_many or len(self._marked_at) > 1):
            everybody = self.roster.students
            absent = [each for each in everybody if each not in self._marked_at]
            if absent:
                have = "has" if len(absent) == 1 else "have"
                named = _listed(map(self.roster.full_name, absent), "; ")
                count = f"{len(absent)} of the {len(everybody)} students in the class"
                tell(f"{count} {have} no marked sheet: {named}")
        left = [id for id, is_answered in self._answered.items() if not is_answered]
        # Their points count for everybody.
        is_exam = self.checker.assignment.is_exam
        if steps and not is_exam and 0 < len(left) < len(self._answered):
            tell(
                f"nobody has answered {len(left)} of the {len(self._answered)} steps that count "
                f"({_listed(left, ', ')}); --only says which were asked"
            )

    def _marked(self, sheets: Iterable[Sheet]) -> Iterator[AnyChecked]:
        for sheet in sheets:
            try:
                checked = self.checker.check(self._with_name(sheet))
            except LossclassError as error:
                is_typed = sheet.place == ANSWER
                self._tell_broken(UsageError(str(error)) if is_typed else error, sheet.student)
                continue
            self._remember(checked, sheet.place)
            if self._is_gradebook:
                _tell_said(checked, sheet.place)
            yield checked

    def _with_name(self, sheet: Sheet) -> Sheet:
        """A sheet with the name that its student has in the class."""
        if self.roster is None:
            return sheet
        return replace(sheet, student=student_of(sheet, self.roster), is_named=True)

    def _tell_broken(self, error: LossclassError, student: str) -> None:
        """Tell what is wrong with a sheet; with a table, once and not in every row."""
        if self.roster and (known := self.roster.whose(student)):
            self.not_marked.add(known)
        if str(error) not in self._reported:
            self._reported.add(str(error))
            self.report(error)

    def _remember(self, checked: AnyChecked, place: str) -> None:
        """Say if there was a sheet of a student before."""
        student = who(checked)
        if student is None or not (self.roster or self._is_gradebook):
            return
        if (first := self._marked_at.get(student)) is not None:
            where = "" if first == place else f", in {first}"
            name = self.roster.full_name(student) if self.roster else student
            rule = "the last one counts" if self._is_gradebook else "each is marked by itself"
            tell(f"{place}: {name!r} has a sheet already{where}; {rule}")
        self._marked_at.setdefault(student, place)

    @property
    def exit_status(self) -> int:
        """What the run ends with: 1 if something is wrong, unless it is worse."""
        return self.status or int(self.has_mistakes)


def _named(text: str) -> tuple[str, str]:
    """The name of a step, and what is given for it; without a name, it is for the loss, and so is
    arithmetic that says what it comes to: exp.4.3 is a name, and exp(.4) is none."""
    if "=" in text:  # what PyTorch prints behind a number has some, too
        text = unprinted(text)
    found = _NAMED.fullmatch(text)
    if found and (_ID.fullmatch(found[1]) or not is_arithmetic(plainly(found[1]))):
        return found[1], found[2]
    return "loss", text


def _alone(checked: AnyChecked) -> AnyChecked:
    """The marks of answers that are no sheet: it is not the points of one that are asked for.

    Raises:
        UsageError: none of them is for a step.
    """
    if checked.said and all(mark.verdict == "missing" for mark in checked.marks):
        raise UsageError("\n".join(checked.said))
    if isinstance(checked, Checked):
        return _answered(checked)
    parts = tuple(part for part in map(_answered, checked.parts) if not part.has_points)
    return replace(checked, parts=parts) if parts else checked


def _answered(checked: Checked) -> Checked:
    answered = tuple(mark for mark in checked.marks if mark.verdict != "missing")
    if not (answered and checked.has_points):
        return checked
    return replace(checked, marks=answered, solution=replace(checked.solution, points=Points()))


def _tell_said(checked: AnyChecked, place: str) -> None:
    """What there is to say of a sheet, beside a table that has no room for it, with the file."""
    for said in checked.said:
        where = "" if said.startswith(place.rsplit(":", 1)[0]) else f"{place}: "
        tell(f"{where}{said}")


def _sheets_at(place: str, places: Sequence[str], pages: Pages | None) -> list[Path]:
    if not place:  # it would mean the working folder
        raise FileError("'': a name is empty")
    path = Path(place)
    if path.is_dir():
        from lossclass.variants.folder import MANIFEST
        from lossclass.variants.making import SHEETS

        # What 'variants' made has the sheets beside problems, which are no sheets.
        made = path / SHEETS
        is_class = (path / MANIFEST).is_file() and made.is_dir()
        folder = made if is_class else path
        _tell_passed_over(folder, {Path(each).resolve() for each in places}, pages)
        return files_in(folder)
    if not path.exists():
        raise FileError(f"{place}: there is no such file or folder")
    return [path]


def _tell_passed_over(folder: Path, named: Set[Path], pages: Pages | None) -> None:
    """Say which files in a folder may have been handed in, and are not read."""
    for paths, why in (
        (passed_over(folder), "as no sheet can be read of such a file"),
        (
            tables_in(folder),
            "as a table is marked only where it is named itself, beside the folder",
        ),
    ):
        found = [
            path.relative_to(folder).as_posix()
            for path in paths
            if path.resolve() not in named and (pages is None or not pages.holds(path))
        ]
        if found:
            tell(f"{folder}: passed over, {why}: {_listed(found, '; ')}")


def _listed(names: Iterable[str], between: str) -> str:
    """Some of many names, and how many more there are."""
    first = [*names]
    more = len(first) - _MOST_NAMED
    last = f"{between.strip(' ,')} and {more} more" if more > 0 else ""
    return f"{between.join(first[:_MOST_NAMED])}{last}"

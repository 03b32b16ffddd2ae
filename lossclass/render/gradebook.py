"""The marks of a class as a gradebook: one row a student, for a spreadsheet, Moodle or Canvas.

Points are as the problem gives them; where it does not, a step that is answered right is a point, and
so is one that follows from what was written before it. Asked is what ``--only``
names or a table has columns for, and else what a worksheet of the problem asks, so that everybody's points are of as many, whatever others hand in. Who
handed nothing in has no points, and not 0: what becomes of them is the teacher's word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from lossclass.errors import UsageError
from lossclass.points import points_text
from lossclass.rosters.roster import Roster
from lossclass.rosters.table import csv_line, folded

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.marking.check import AnyChecked
    from lossclass.marking.marks import Verdict

_VERDICTS: Final = ("right", "follows_through", "wrong", "missing", "unreadable")
#: The columns of Moodle by which people are known, and what an assignment's grading sheet has.
_KNOWN_TO_MOODLE: Final = frozenset({"idnumber", "username", "emailaddress"})
_OF_MOODLE: Final = _KNOWN_TO_MOODLE | {"firstname", "lastname", "surname"}
_OF_GRADING_SHEET: Final = frozenset({"identifier", "grade"})
#: With which a gradebook of Canvas begins, in this order; its importer takes no other.
_OF_CANVAS: Final = (
    *("student", "lastname", "firstname", "id", "sisuserid", "sisloginid", "integrationid"),
    *("rootaccount", "section"),
)
#: What stands in a column's name that Canvas takes for one of its own sums.
_SUMS_OF_CANVAS: Final = re.compile("(?:Current|Final) (?:Score|Points|Grade)|Override ")
_NUMBER: Final = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")
_MOST_POINTS: Final = "Points Possible"


class Class(Protocol):
    """The marked sheets of a class, and what is known of it.

    Attributes:
        title: of the problem.
        roster: who is in the class, if that is known.
        has_variants: whether every student had a variant.
        not_marked: whose sheets could not be marked; known when all sheets have been gone through.
    """

    @property
    def title(self) -> str: ...
    @property
    def roster(self) -> Roster | None: ...
    @property
    def has_variants(self) -> bool: ...
    @property
    def not_marked(self) -> Collection[str]: ...
    def __iter__(self) -> Iterator[AnyChecked]: ...


class _Result:
    """What counts of somebody's sheets: the last in which something stands."""

    def __init__(self, checked: AnyChecked) -> None:
        first = checked.first_mistake
        self.student = checked.sheet.student
        self.verdicts: Mapping[str, Verdict] = {each.id: each.verdict for each in checked.marks}
        self.first_mistake = first.id if first else ""
        self.causes = "; ".join(dict.fromkeys(cause.code for cause in checked.causes))
        self.variant = checked.variant
        self.points, self.possible = checked.points, checked.possible
        self.by_problem = {part.number: part.points for part in checked.parts}
        self.sheets = 1

    @property
    def is_empty(self) -> bool:
        return set(self.verdicts.values()) <= {"missing"}

    def after(self, former: _Result | None) -> _Result:
        """What counts of this sheet and those before it."""
        if former is None or self.is_empty:
            return former or self
        self.sheets = former.sheets + (not former.is_empty)
        return self

    @property
    def status(self) -> str:
        said = ["unreadable cells"] if "unreadable" in self.verdicts.values() else []
        if self.sheets > 1:
            said.append("two sheets" if self.sheets == 2 else f"{self.sheets} sheets")
        return "; ".join(said) or "marked"


class _Gradebook:
    """What everybody has got."""

    def __init__(self, sheets: Class) -> None:
        self.title = " ".join(sheets.title.split())
        results: dict[object, _Result] = {}
        steps: Sequence[str] = ()
        #: The numbers of the problems of an exam.
        self.problems: list[int] = []
        for checked in sheets:
            steps = steps or checked.step_ids
            self.problems = [part.number for part in checked.parts if part.number]
            key = who(checked) or object()
            results[key] = _Result(checked).after(results.get(key))
        asked = {id: most for each in results.values() for id, most in each.possible.items()}
        self.steps = [id for id in steps if id in asked]
        self.most = sum(asked.values(), Fraction(0))
        self.roster = sheets.roster or Roster([])
        #: Everybody's row in the roster, what they have got, and what there is to say of it.
        self.rows: list[tuple[tuple[str, ...], _Result | None, str]] = []
        if sheets.roster:
            filled_in = {each.student: each for each in results.values() if not each.is_empty}
            for student in sheets.roster.students:
                result = filled_in.get(student)
                said = _said(result, is_broken=student in sheets.not_marked)
                self.rows.append((sheets.roster.row(student), result, said))
        else:  # Those who have sheets are the class.
            for each in results.values():
                result = None if each.is_empty else each
                self.rows.append(((each.student,), result, _said(result, is_broken=False)))

    def grade(self, result: _Result | None, most: str = "") -> str:
        """The points, or as great a share of the most that can be got."""
        if result is None:
            return ""
        if not (_NUMBER.fullmatch(most) and self.most):
            return points_text(result.points)
        return points_text(Fraction(most.replace(",", ".")) * result.points / self.most)

    def counts(self, result: _Result) -> Iterator[str]:
        """The points, of how many, how many percent that are, and how often there is each verdict."""
        verdicts = [result.verdicts.get(id, "missing") for id in self.steps]
        yield points_text(result.points)
        yield points_text(self.most)
        share = float(100 * result.points / self.most) if self.most else 0.0
        yield f"{share:.1f}".removesuffix(".0")
        yield from (str(verdicts.count(name)) for name in _VERDICTS)


def _said(result: _Result | None, *, is_broken: bool) -> str:
    if result is None:
        return "not marked" if is_broken else "nothing handed in"
    return f"{result.status}; another not marked" if is_broken else result.status


def who(checked: AnyChecked) -> str | None:
    """Whose a sheet is; None if it only bears the name of its file, which is nobody's."""
    return checked.sheet.student if checked.sheet.is_named else None


# --- for a spreadsheet ---


def to_csv(sheets: Class, console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """Every column of the roster as it is, then the marks."""
    book = _Gradebook(sheets)
    more = ["status", "points", "of", "percent", *_VERDICTS, "first mistake", "causes"]
    more += [f"problem {number}" for number in book.problems]
    more += [*(["variant"] if sheets.has_variants else []), *book.steps]
    own = book.roster.header
    # What the roster calls so already, as one that was a gradebook does, stays what it is.
    yield csv_line([*own, *(f"{name} (marks)" if name in own else name for name in more)])
    for row, result, said in book.rows:
        cells = [said, *([""] * (len(more) - 1))]
        if result is not None:
            cells = [said, *book.counts(result), result.first_mistake, result.causes]
            cells += [points_text(result.by_problem[number]) for number in book.problems]
            cells += [*([result.variant] if sheets.has_variants else [])]
            cells += [result.verdicts.get(id, "missing") for id in book.steps]
        yield csv_line([*row, *cells], own=len(row) if sheets.roster else 0)


# --- for platforms ---


def to_moodle(sheets: Class, console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """What Moodle's import of grades takes: who somebody is, and the grade; ``-`` for none.

    An assignment's grading sheet comes back as a whole, with its grades filled in.

    Raises:
        UsageError: the roster has nothing but names, by which Moodle knows nobody.
    """
    names = [*map(folded, sheets.roster.header)] if sheets.roster else []
    if sheets.roster and len(sheets.roster.keys) > 1 and not set(names) & _KNOWN_TO_MOODLE:
        raise UsageError(
            "--format moodle needs a --roster with a column by which Moodle knows people: ID number, "
            "Email address or username"
        )
    book = _Gradebook(sheets)
    if set(names) >= _OF_GRADING_SHEET:
        grade = names.index("grade")
        most = names.index("maximumgrade") if "maximumgrade" in names else None
        yield csv_line(book.roster.header)
        for row, result, _ in book.rows:
            number = book.grade(result, row[most] if most is not None else "")
            cells = [*row[:grade], number or row[grade], *row[grade + 1 :]]
            yield csv_line(cells, own=len(cells))
        return
    names = [*map(folded, book.roster.header)]
    columns = [n for n, name in enumerate(names) if name in _OF_MOODLE or n in book.roster.keys]
    yield csv_line([*(book.roster.header[n] for n in columns), book.title])
    for row, result, _ in book.rows:
        cells = [row[n] for n in columns]
        own = len(cells) if sheets.roster else 0
        yield csv_line([*cells, book.grade(result) or "-"], own=own)


def to_canvas(sheets: Class, console: Console, reveal: bool) -> Iterator[str]:  # noqa: ARG001
    """What Canvas's gradebook imports: who somebody is as it exported that, the assignment, and the
    most points of it.

    Raises:
        UsageError: the roster is no gradebook that Canvas exported, or it would not take the title.
    """
    roster = sheets.roster
    names = [*map(folded, roster.header)] if roster else []
    if roster is None or not (roster.is_gradebook and "section" in names):
        raise UsageError(
            "--format canvas needs the gradebook that Canvas exports as --roster, with the columns "
            "Student, ID, SIS Login ID and Section"
        )
    if _SUMS_OF_CANVAS.search(sheets.title):
        raise UsageError(
            f"{sheets.title!r}: Canvas takes a column of this name for a sum of its own; give "
            "another with --title"
        )
    book = _Gradebook(sheets)
    columns = [n for n, name in enumerate(names) if name in _OF_CANVAS]
    there = re.compile(rf"{re.escape(book.title)}(?: \(\d+\))?")
    found = [n for n, name in enumerate(roster.header) if there.fullmatch(name)]
    title = roster.header[found[0]] if found else book.title
    most = points_text(book.most) if book.steps else ""
    others = [*roster.others]
    if not any(map(_is_most_points, others)):
        others.append((_MOST_POINTS, *[""] * (len(names) - 1)))
    elif found:
        most = next(row[found[0]] for row in others if _is_most_points(row)) or most
    yield csv_line([*(roster.header[n] for n in columns), title])
    for row in others:
        cells = [row[n] for n in columns]
        before = "".join(row[n] for n in found[:1])
        yield csv_line([*cells, most if _is_most_points(row) else before], own=len(cells))
    for row, result, _ in book.rows:
        cells = [row[n] for n in columns]
        before = "".join(row[n] for n in found[:1])
        yield csv_line([*cells, book.grade(result, most) or before], own=len(cells))


def _is_most_points(row: Sequence[str]) -> bool:
    return any(_MOST_POINTS in cell for cell in row[:1])

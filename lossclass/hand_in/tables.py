"""The answers of a class in one table: a row for each student, a column for each step.

A column says whose a row is, as in a roster; others are named by the ids, symbols or titles of steps.
What else there is, such as the time at which a form was sent off, is passed over. Where nobody is named and the first
column counts the steps, or there are numbers in the place of a header, it is the working of one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from lossclass.errors import InvalidProblem, Mistake, printable
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.lines import table_lines
from lossclass.hand_in.names import Names
from lossclass.hand_in.sheet import Answers, Sheet, steps_meant
from lossclass.hand_in.words import WORDS
from lossclass.hand_in.working import WrittenWorking
from lossclass.problem.fields import to_text
from lossclass.problem.text import UNPRINTABLE, control_message
from lossclass.records import record
from lossclass.rosters.roster import columns_of_names, name_in, named_rows, says_who
from lossclass.rosters.table import Row, Table, folded, read_table
from lossclass.solution import Solution

#: So many columns that are passed over are named.
_MOST_NAMED: Final = 10
#: What makes a table one that was written when sheets were marked.
_OF_GRADEBOOK: Final = frozenset({"status", "points", "percent", "firstmistake", "causes"})
_MONTHS: Final = "|".join(WORDS["months"])
_DATE: Final = re.compile(
    rf"""\d{{1,2}}[./]\d{{1,2}}[./](?:\d\d|(?:19|20)\d\d)
    | \d{{1,3}}:\d\d:\d\d(?:\.\d+)?
    | (?:19|20)\d\d-\d\d-\d\d(?:[ T].*)?
    | \d{{1,2}}[. -]+(?:{_MONTHS})\w*\.?(?:[ -]+\d\d(?:\d\d)?)?
    | (?:{_MONTHS})\w*\.?[ -]+\d{{1,4}}""",
    re.IGNORECASE | re.VERBOSE,
)
#: What stands above the first column of a table that somebody works in.
_OF_STEPS: Final = frozenset(WORDS["steps"])
#: What spreadsheets make of numbers, and what is to be said of each.
_SPOILT: Final = {
    re.compile(r"#.*"): "A spreadsheet shows this where it has no number.",
    _DATE: "A spreadsheet made a date of it; format the column as text, and write it again.",
    re.compile(r"[+-]?\dE[+-]\d\d"): (
        "A spreadsheet left digits out, as the column was narrow; make it wider, and save it again."
    ),
}


@record
class TableSheet(Sheet):
    """The row of a student."""

    columns: Columns | None = None

    def answers_to(self, solution: Solution) -> Answers:
        """The answers in the columns that are named after steps.

        Raises:
            InvalidProblem: the row has mistakes, or no column is named after a step.
        """
        assert self.columns is not None  # noqa: S101 - every row has them
        self.check_fits(solution.about.file)
        steps, said = self.columns.steps(solution)
        return Answers({id: self.cells[name] for name, id in steps.items()}, said)

    def _part(self, names: Mapping[str, str]) -> Sheet:
        cells = {name: self.cells[written] for name, written in names.items()}
        return Sheet(
            self.student, cells, is_named=self.is_named, place=self.place, as_written=names
        )

    def _misfit(self, name: str, why: str) -> Mistake:
        """What is wrong with a column, said of the header: it is so in every row."""
        assert self.columns is not None  # noqa: S101 - every row has them
        header = self.columns.table.header
        return Mistake(why, name, self.columns.table.file, header.line, 1)

    def _of_no_part(self, wrong: Mapping[str, str]) -> Iterator[str]:
        assert self.columns is not None  # noqa: S101 - every row has them
        yield from self.columns.passed_over([*wrong])


@record
class TableOfWorking(WrittenWorking):
    """A table of one person, with a row for each step."""

    def answers_to(self, solution: Solution) -> Answers:
        """The answers in the rows.

        Raises:
            InvalidProblem: they are those of nobody knows whom, or of no step.
        """
        names = Names.of(solution)
        rows = [line.cells[0] for line in self.lines if line.cells]
        has_head = any(any(line.head[1:]) or len(line.cells) == 1 for line in self.lines)
        if not has_head and not (
            _are_counts(rows) or any(not each or names.ids(each) for each in rows)
        ):
            message = (
                "expected a column 'student', 'id' or 'name' in the first line, or steps in the first "
                f"column, got {_listed(rows)}"
            )
            raise InvalidProblem([Mistake(message, file=self.place)])
        return super().answers_to(solution)


class Columns:
    """What stands in a table beside whose each row is."""

    def __init__(self, table: Table, keys: Sequence[int]) -> None:
        self.table = table
        self._is_said = False
        self._places: dict[str, int] = {}
        for n, name in enumerate(table.header.cells):
            if name and n not in keys:
                self._places[f"{name} (column {n + 1})" if name in self._places else name] = n

    def in_row(self, row: Row) -> Mapping[str, str]:
        """What stands in a row, by the names of the columns."""
        return {name: row.cells[n] for name, n in self._places.items()}

    def steps(self, solution: Solution) -> tuple[Mapping[str, str], tuple[str, ...]]:
        """The columns that are named after steps, each with the id of its step; and, with the first
        row, what there is to say of the others.

        Raises:
            InvalidProblem: there is none.
        """
        meant, said = steps_meant(self._places, Names.of(solution))
        found: dict[str, str] = {}
        for column, ids in meant.items():
            if len(ids) == 1 and ids[0] not in found.values():
                found[column] = ids[0]
        line = self.table.header.line
        if not found:
            such = " and ".join(step.id for step in solution.steps[:2])
            message = (
                f"expected columns that are named after steps, such as {such}, got "
                f"{_listed([*self._places])}"
            )
            raise InvalidProblem([self.table.mistake(line, message)])
        rest = [name for name in self._places if name not in found]
        if self._is_said:
            said = []
        return found, (*said, *self.passed_over(rest))

    def passed_over(self, names: Sequence[str]) -> Iterator[str]:
        """With the first row, what there is to say of columns that are named after no step."""
        is_said, self._is_said = self._is_said, True
        rest = [name for name in names if folded(name) != "variant" and not says_who(name)]
        if rest and not is_said:
            message = f"passed over, as no step is called so: {_listed(rest)}"
            yield str(self.table.mistake(self.table.header.line, message))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    listed = ", ".join(map(repr, names[:_MOST_NAMED])) or "none"
    return f"{listed} and {more} more" if more > 0 else listed


def sheets(path: Path | str, column: str | None = None) -> Iterator[Sheet]:
    """The sheets of a table, one a row; or the one whose working it is, with a row for each step.

    Args:
        column: the one that says whose a row is; where there is none of this name, one that says so
            in a roster.

    Raises:
        LossclassError: it cannot be read, or is no such table.
    """
    table = read_table(path)
    if not table.header.cells:
        raise InvalidProblem([table.mistake(1, "there is nothing in it")])
    header = set(map(folded, table.header.cells))
    if header >= _OF_GRADEBOOK:
        message = "expected a table of answers, got a gradebook that 'check' wrote"
        raise InvalidProblem([table.mistake(table.header.line, message)])
    if column is None and (own := _of_one_person(table)):
        yield _working(own, path)
        return
    named = named_rows(table, column if column and folded(column) in header else None)
    columns = Columns(table, named.keys)
    for row in named.rows:
        student = name_in(row, named.keys)
        written = columns.in_row(row)
        variant = next((each for name, each in written.items() if folded(name) == "variant"), "")
        yield TableSheet(
            student=student,
            cells={name: _cell(each) for name, each in written.items()},
            variant=variant or None,
            is_named=True,
            also_called=tuple(each for name, each in written.items() if each and says_who(name)),
            place=f"{table.file}:{row.line}",
            mistakes=tuple(_wrong_with(student, table, row)),
            is_row=True,
            columns=columns,
        )


def _of_one_person(table: Table) -> Table | None:
    """A table that somebody works in, with a header; None for one of a class."""
    first, *others = table.header.cells
    if folded(first) in _OF_STEPS:
        return table
    if columns_of_names(table):
        return None
    if _are_counts([row.cells[0] for row in table.rows]) and not _is_number(first):
        return table
    numbers = [*filter(None, others or [first])]
    if numbers and all(map(_is_number, numbers)):
        header = Row(table.header.line, ("step", *[""] * len(others)))
        return replace(table, header=header, rows=[table.header, *table.rows])
    return None


def _are_counts(cells: Sequence[str]) -> bool:
    return len(cells) > 0 and any(
        list(cells) == [*map(str, range(n, n + len(cells)))] for n in (0, 1)
    )


def _is_number(written: str) -> bool:
    return read_cell(written).value is not None


def _working(table: Table, path: Path | str) -> Sheet:
    """The table as the working of one person, a row for each step."""
    rows = [(row.line, row.cells) for row in table.rows]
    lines = tuple(table_lines(table.header.cells, rows))
    return TableOfWorking(Path(path).stem, place=str(path), lines=lines)


def _wrong_with(student: str, table: Table, row: Row) -> Iterator[Mistake]:
    if not student:
        yield table.mistake(row.line, "there is no name in this line")
    try:
        to_text(student)
    except ValueError as error:
        yield table.mistake(row.line, str(error))


def _cell(written: str) -> Cell:
    """An answer; what spreadsheets make of numbers is told, and not taken for one."""
    if found := UNPRINTABLE.search(written):
        return Cell(printable(written), unreadable=f"It has a {control_message(found.group())}.")
    why = next((why for form, why in _SPOILT.items() if form.fullmatch(written)), "")
    return Cell(written, unreadable=why) if why else read_cell(written)

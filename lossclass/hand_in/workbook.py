"""Workbooks that ``-o NAME.xlsx`` wrote, filled in.

A result is a number, a text in which one is written, or a formula. Of a formula, the arithmetic is
kept, with the numbers of the cells that it names; what it comes to is what the spreadsheet program
left in the file, or else that arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.parts import Asked
from lossclass.hand_in.sheet import Sheet, digits_asked
from lossclass.hand_in.typed import Unreadable
from lossclass.problem.fields import to_text
from lossclass.records import record
from lossclass.rosters.table import opened_workbook, read_bytes
from lossclass.workbooks import FILLED_IN, HEADS, ID, NAMED, SYMBOL, WORKED, WORKING

#: What says which sheets there are is short.
_LONGEST_LIST: Final = 10_000_000
_MOST_ROWS: Final = 100_000
#: The head stands in one of the first rows.
_LAST_HEAD: Final = 60
_OF_A_PROBLEM: Final = re.compile(rf"{WORKING}(?: [0-9]+)?")
_CELL: Final = re.compile(r".+!\$?(?P<column>[A-Z]{1,3})\$?(?P<row>[0-9]{1,7})")
_CELLS: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}(?::[A-Z]{1,3}[1-9][0-9]{0,6})?")
#: What the functions of a spreadsheet are here, and what stands between their operands.
_FUNCTIONS: Final = {
    **{f"{name.upper()}(": (name, "") for name in ("", "ln", "log10", "exp", "tanh", "sqrt")},
    **{f"{name.upper()}(": (name, ",") for name in ("max", "min")},
    "SUM(": ("", " + "),
    "PRODUCT(": ("", " * "),
}
_OPERATORS: Final = frozenset("+-*/^")
#: More cells than these make no arithmetic that anybody wants to see.
_MOST_CELLS: Final = 200
#: So many formulas may stand one behind the other in cells that name each other.
_DEEPEST: Final = 40
#: What is worked out of the arithmetic agrees with the number in the file to this, relatively.
_NEAR: Final = 1e-9
_A_DATE: Final = (
    "the spreadsheet made a date or a time of it; write a fraction as =7/15, and decimals as the "
    "spreadsheet writes them"
)
_NOT_WORKED: Final = (
    "it is a formula, and the file does not say what it comes to; open it in a spreadsheet program, "
    "and save it"
)


@record
class WorkbookSheet(Sheet):
    """What stands on a sheet of a workbook, which knows in which row each answer is."""

    rows: Mapping[str, int] = field(default_factory=dict)
    column: int = 1
    number: int = 1

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong with it, or with an answer."""
        row = self.rows.get(path[-1], 0) if path[0] == "answers" else 0
        return Mistake(message, path[-1], self.place, row, self.column if row else 0)


@record
class Workbook(Sheet):
    """A workbook with the answers to the problems of an exam, each on a page with its number."""

    pages: Mapping[int, Sheet] = field(default_factory=dict)

    def parts(self, problems: Sequence[Asked]) -> tuple[Sequence[Sheet], list[str]]:
        """The pages of the problems; one that is missing is empty."""
        numbers = range(1, len(problems) + 1)
        said = [
            f"{self.place}: the sheet {WORKING} {n} is of no problem of this exam"
            for n in self.pages.keys() - {*numbers}
        ]
        return [
            replace(self.pages.get(n, Sheet(self.student)), variant=None) for n in numbers
        ], said


def whole(path: Path | str) -> Sheet:
    """All that stands in a workbook as one sheet, page by page; see :func:`sheets`."""
    pages = sheets(path)
    first = next((each for each in pages if each.is_named), pages[0])
    ids = [each.variant for each in pages if each.variant]
    return Workbook(
        student=first.student,
        variant="-".join(ids) or None,
        is_named=first.is_named,
        place=first.place,
        mistakes=tuple(dict.fromkeys(one for each in pages for one in each.mistakes)),
        pages={each.number: replace(each, mistakes=()) for each in pages},
    )


def is_ours(path: Path | str) -> bool:
    """Whether a file is a workbook that we wrote; not so if it cannot be read."""
    with suppress(OSError, BadZipFile, KeyError, ValueError), ZipFile(path) as archive:
        if archive.getinfo("xl/workbook.xml").file_size < _LONGEST_LIST:
            listed = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            return f'name="{WORKING}"' in listed or any(name in listed for name in NAMED)
    return False


def sheets(path: Path | str) -> Sequence[WorkbookSheet]:
    """The answers in a workbook: one sheet for each problem in it.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no workbook, or there are no steps in it.
        UsageError: the package ``openpyxl`` is not installed.
    """
    file = str(path)
    with opened_workbook(read_bytes(path), file) as (formulas, values):
        found = [
            _sheet(_Page(formulas, values, page.title), head, Path(path))
            for page in formulas.worksheets
            if _OF_A_PROBLEM.fullmatch(page.title) and (head := _head(page))
        ]
    if not found:
        message = f"expected a sheet {WORKING!r} with the steps, got {formulas.sheetnames}"
        raise InvalidProblem([Mistake(message, file=file)])
    return found


def _head(page: Any) -> tuple[int, int] | None:
    """The row of the heads, and the column of the results."""
    for row in page.iter_rows(max_row=_LAST_HEAD):
        texts = {cell.value: cell.column for cell in row if isinstance(cell.value, str)}
        if texts.get(HEADS[0]) == ID:
            column = texts.get(FILLED_IN) or texts.get(WORKED)
            return (row[0].row, int(column)) if column else None
    return None


def _sheet(page: _Page, head: tuple[int, int], path: Path) -> WorkbookSheet:
    first, column = head
    rows: dict[str, int] = {}
    last = min(page.formulas.max_row, _MOST_ROWS)
    for row in page.formulas.iter_rows(min_row=first + 1, max_row=last, max_col=SYMBOL):
        id = row[ID - 1].value
        if id and row[SYMBOL - 1].value:
            rows.setdefault(str(id).strip(), row[0].row)
    about, mistakes = {}, []
    for name in NAMED:
        key = name.rpartition("_")[2]
        written = page.named(name)
        try:
            about[key] = to_text(written) if written else None
        except ValueError as error:
            mistakes.append(Mistake(str(error), key, str(path)))
    return WorkbookSheet(
        student=about.get("student") or path.stem,
        cells={id: page.answer(row, column) for id, row in rows.items()},
        problem=about.get("problem"),
        variant=about.get("variant"),
        digits=digits_asked(
            " ".join(_text(cell.value) for cell in page.formulas["A"][:_LAST_HEAD])
        ),
        is_named=bool(about.get("student")),
        place=str(path),
        mistakes=tuple(mistakes),
        rows=rows,
        column=column,
        number=int(page.title.removeprefix(WORKING) or 1),
    )


class _Page:
    """A sheet, with its formulas and with what they come to."""

    def __init__(self, formulas: Any, values: Any, title: str) -> None:
        self._books = formulas, values
        self.title = title
        self.formulas, self.values = formulas[title], values[title]

    def named(self, name: str) -> str:
        """The text of a cell with a name of ours, wherever it is by now."""
        book = self._books[0]
        there = self.formulas.defined_names.get(name) or book.defined_names.get(name)
        found = _CELL.fullmatch(there.attr_text) if there else None
        cell = f"{found['column']}{found['row']}" if found else NAMED[name]
        return _text(self.values[cell].value)

    def answer(self, row: int, column: int) -> Cell:
        """What stands in a cell."""
        written = self.formulas.cell(row, column)
        value = self.values.cell(row, column).value
        if written.data_type != "f":
            return _plain(value)
        formula = str(getattr(written.value, "text", written.value))
        is_number = isinstance(value, int | float)
        try:
            worked = read_cell(self._arithmetic(formula, 0, is_sure=is_number))
        except Unreadable:
            worked = Cell("")
        if value is None:
            if worked.value is None:
                return Cell(formula, unreadable=_NOT_WORKED)
            return replace(worked, written=formula)
        if not is_number:
            cell = _plain(value)
            return replace(cell, written=f"{formula} ({cell.written})")
        if worked.value is not None and abs(float(worked.value) - value) <= _NEAR * abs(value):
            return replace(worked, written=formula, value=Decimal(repr(value)))
        return Cell(formula, Decimal(repr(value)), exact=True)

    def _arithmetic(self, formula: str, depth: int, *, is_sure: bool) -> str:
        """A formula as arithmetic, with numbers for the cells in it.

        Args:
            is_sure: whether what it comes to is known; if not, nothing may be left to doubt.

        Raises:
            Unreadable: there is something else in it.
        """
        from openpyxl.formula import Tokenizer

        tokens = [each for each in Tokenizer(formula).items if each.type != "WHITE-SPACE"]
        if not is_sure and "^" in formula and any("PREFIX" in each.type for each in tokens):
            raise Unreadable  # a sign binds tighter than a power there
        texts: list[str] = []
        between: list[str] = []
        for token in tokens:
            written = token.value.upper()
            match token.type, token.subtype:
                case "OPERAND", "NUMBER":
                    texts.append(written)
                case "OPERAND", "RANGE":
                    numbers = self._numbers(token.value, depth, is_sure=is_sure)
                    texts.append((between or [""])[-1].join(numbers))
                case (("FUNC" | "PAREN"), "OPEN") if written in _FUNCTIONS:
                    name, sign = _FUNCTIONS[written]
                    texts.append(f"{name}(")
                    between.append(sign)
                case (("FUNC" | "PAREN"), "CLOSE"):
                    texts.append(")")
                    between.pop()
                case ("SEP", "ARG") if between and between[-1]:
                    texts.append(between[-1])
                case (("OPERATOR-INFIX" | "OPERATOR-PREFIX"), _) if written in _OPERATORS:
                    texts.append(written)
                case _:
                    raise Unreadable
        return "".join(texts)

    def _numbers(self, name: str, depth: int, *, is_sure: bool) -> list[str]:
        """The numbers of a cell that a formula names, or of several."""
        from openpyxl.utils import range_boundaries

        title, _, cells = name.replace("$", "").rpartition("!")
        title = title.strip("'") or self.title
        if not _CELLS.fullmatch(cells) or title not in self._books[0].sheetnames:
            raise Unreadable
        page = self if title == self.title else _Page(*self._books, title)
        first, top, last, bottom = range_boundaries(cells)
        if (last - first + 1) * (bottom - top + 1) > _MOST_CELLS:
            raise Unreadable
        found = [cell for row in page.formulas.iter_rows(top, bottom, first, last) for cell in row]
        if ":" in cells:  # what is no number does not count there
            found = [each for each in found if each.data_type in "nf" and each.value is not None]
        return [page._number(cell, depth, is_sure=is_sure) for cell in found]  # noqa: SLF001 - one of its kind

    def _number(self, cell: Any, depth: int, *, is_sure: bool) -> str:
        """The number of a cell."""
        value = self.values[cell.coordinate].value
        if value is None and cell.data_type == "f" and depth < _DEEPEST:
            return f"({self._arithmetic(str(cell.value), depth + 1, is_sure=is_sure)})"
        number = _plain(value).value
        if number is None:
            raise Unreadable
        return f"({number})" if number < 0 else str(number)


def _plain(value: Any) -> Cell:
    """What stands in a cell that is no formula, or what one comes to."""
    if isinstance(value, date | datetime | time | timedelta):
        return Cell(str(value), unreadable=_A_DATE)
    text = _text(value)
    if text.startswith("#") and text.rstrip("!?/A").isupper():
        return Cell(text, unreadable=f"the spreadsheet says {text}")
    return read_cell(Decimal(repr(value)) if isinstance(value, float) else text)


def _text(value: Any) -> str:
    """A cell as a text; a name or number of a student may be a number."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()

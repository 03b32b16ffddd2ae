"""A living workbook: the steps as formulas of a spreadsheet, over given numbers that can be changed.

On the sheet Working, each step is a row, and so it is on that of a worksheet, with an empty cell
for its result. The steps and numbers of a solution that stand in no row of it are on the sheet
Other. What says whose and of which problem it is stands in cells with fixed names; they and the ids
beside the steps are what ``lossclass check`` reads.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Final, TypeAlias

from rich.cells import cell_len

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Constant, Quantity, Role, quantities_in
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN, as_number, scientific
from lossclass.arithmetic.number import Shown, show
from lossclass.arithmetic.spreadsheet import (
    DIGITS,
    INFINITE,
    LARGE,
    SpreadsheetFormula,
    double,
    spreadsheet_number,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Paragraph, Step, Table
from lossclass.records import record
from lossclass.render import View
from lossclass.render.wording import checked, how_to_fill_in
from lossclass.render.workbook_file import Book, Page, Style
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About, Solution
from lossclass.workbooks import (
    BESIDE,
    FILLED_IN,
    FORMULA,
    HEADS,
    ID,
    NAMED,
    SYMBOL,
    TITLE,
    VALUE,
    WORKED,
    WORKING,
)
from lossclass.worksheets.answer_sheet import problem_name
from lossclass.worksheets.worksheet import Block, Formulas, Grid, Question, Worksheet

_GIVEN, _OTHER, _TABLES = "Given", "Other", "Tables"
_LONGEST_FORMULA: Final = 600
#: What is off by more is said.
_NEAR: Final = 1e-9
_INFINITE_FORMAT: Final = f'[>={LARGE}]"∞";[<=-{LARGE}]"−∞";General'
_LOOKS_LIKE_A_CELL: Final = re.compile(r"[A-Z]{1,3}[0-9]+|(?:R[0-9]*)?(?:C[0-9]*)?|TRUE|FALSE")
_FOLLOWS: Final = (
    "The values are formulas over the cells before them and the numbers on the sheet {given}: change "
    "one there, and all that is worked from it follows. They are shown to {digits} significant "
    "digits, and worked with some 15. Each also has the step's id as its name, with _ for what is "
    "neither a letter from A to Z nor a digit."
)
_STEPS_STAY: Final = (
    "Change a number, and all that is worked from it on the sheet {working} follows, by the same "
    "steps. Where other numbers are worked by other steps (another case of a formula, another best "
    "path), lossclass solve has them."
)
_SELF_CHECK: Final = (
    " Beside a result, ✓ says that it is within one unit of digit {digits}, and ✗ that it is not; ? "
    "stands beside what is no number for a spreadsheet."
)
_FILL_IN: Final = "in the first column are the steps' ids"


@record
class _Place:
    """A cell."""

    page: Page
    row: int
    column: int

    def seen_from(self, page: Page | None = None) -> str:
        """What it is called on a page; without one, on every page."""
        cell = self.page.cell(self.row, self.column)
        return cell if page is self.page else f"{self.page.name}!{cell}"


@record
class _Cell:
    """What stands in a table: a text, or a formula with what it comes to, or a number; without
    any of these it is empty, to be filled in."""

    text: str | None = None
    formula: str = ""
    number: Decimal | None = None
    format: str = "General"

    def write(self, page: Page, row: int, column: int) -> None:
        if self.text is not None:
            page.text(row, column, self.text)
        elif self.formula:
            value = None if self.number is None else double(self.number)
            page.formula(row, column, self.formula, value, Style.VALUE, self.format)
        elif self.number is not None:
            page.number(row, column, double(self.number), Style.VALUE, self.format)
        else:
            page.number(row, column, None, Style.INPUT)


#: A title, columns and rows.
_Table: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[_Cell]]]


def render(written: Iterable[Solution | Worksheet], _: View | None = None) -> Iterator[bytes]:
    """All solutions or worksheets in one workbook, each on sheets of its own."""
    book: Book | None = None
    for number, each in enumerate(written, start=1):
        book = book or Book(each.about.title)
        if isinstance(each, Worksheet):
            Asked(book, each, number).write()
        else:
            Solved(book, each, number).write()
    if book:
        yield from book.pieces()


render_worksheet = render


class _Pages:
    """The sheets of one solution or worksheet; those of the second have a 2 behind their names."""

    def __init__(self, book: Book, about: About, number: int) -> None:
        self.book = book
        self.about = about
        self.student = about.student
        self.number = number
        self.places: dict[str, _Place] = {}
        self._names = {name.upper() for name in NAMED}

    def called(self, name: str) -> str:
        """The name of a sheet."""
        return name if self.number == 1 else f"{name} {self.number}"

    def sheet(self, name: str, widths: Sequence[float]) -> Page:
        return self.book.sheet(self.called(name), widths)

    def define(self, name: str, place: _Place) -> None:
        """Give a cell a name; those of the second solution hold on their sheet alone."""
        holder = self.book.file if self.number == 1 else place.page.sheet
        holder.defined_names[name] = place.page.defined(name, place.row, place.column)

    def name_of(self, id: str) -> str:
        """The name of a cell for an id: whatever is neither a letter from A to Z nor a digit
        becomes _, and one stands before what could be read as a cell or begins with a digit. Ids
        that would have the same name, in large or small letters, have numbers behind it."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", id).strip("_")[:100]
        if not plain[:1].isalpha() or _LOOKS_LIKE_A_CELL.fullmatch(plain.upper()):
            plain = f"_{plain}"
        found, number = plain, 1
        while found.upper() in self._names:
            number += 1
            found = f"{plain}_{number}"
        self._names.add(found.upper())
        return found

    # --- the sheet Working ---

    def begin(self, quantities: Iterable[tuple[Quantity, str]], last: float, note: str) -> Page:
        """The sheet Working, down to where its steps begin.

        Args:
            quantities: what stands in its rows, with their titles.
            last: how wide the last column is.
        """
        about, named = self.about, [*quantities]
        widths = [
            _wide((quantity.id for quantity, _ in named), 10, 22),
            _wide((title for _, title in named), 22, 28),
            _wide((PLAIN.symbol(quantity.symbol) for quantity, _ in named), 9, 16),
            _wide((_formula(quantity) for quantity, _ in named), 28, 48),
            14,
            last,
        ]
        page = self.sheet(WORKING, widths)
        page.line(about.title, Style.TITLE)
        for name, cell in NAMED.items():
            row, column = page.place(cell)
            style = Style.TEXT if column == TITLE else Style.LABEL
            page.text(row, column - 1, name.partition("_")[2].capitalize(), style)
            page.text(row, column, "")
            self.define(name, _Place(page, row, column))
        page.text(*page.place(NAMED["lossclass_problem"]), problem_name(about.file) or "")
        page.text(*page.place(NAMED["lossclass_student"]), self.student, Style.NAME)
        page.text(*page.place(NAMED["lossclass_variant"]), about.variant)
        page.next_row += 1
        statement = [line for lines in paragraphs(about.statement) for line in lines]
        if statement:
            page.line("\n".join(statement))
        page.line(f"{about.loss_title}: {about.formula}")
        page.head((*HEADS, *self.heads), {VALUE})
        page.line(note, Style.NOTE)
        if about.source:
            page.line(f"Source: {about.source}", Style.NOTE)
        return page

    heads: tuple[str, str]

    def placed(
        self, page: Page, quantity: Quantity, title: str = "", formula: str | None = None
    ) -> _Place:
        """A row for a quantity, and the cell for what it comes to."""
        _write_row(page, quantity, title, formula)
        place = _Place(page, page.next_row, VALUE)
        self.places[quantity.id] = place
        self.define(self.name_of(quantity.id), place)
        page.next_row += 1
        return place

    # --- the other sheets ---

    def given(self, given: Iterable[Quantity], note: str) -> None:
        """The sheet of the numbers that the problem gives."""
        named = [*given]
        notes = {quantity.id: _kept(as_number(quantity.definition)) for quantity in named}
        widths = (
            _wide((each.name for each in named), 24, 40),
            14,
            20,
            54 if any(notes.values()) else 32,
        )
        page = self.sheet(_GIVEN, widths)
        page.line("Given numbers", Style.TITLE)
        page.line(note, Style.NOTE)
        page.head(("Number", "Symbol", "Value", "Note"), {3})
        for quantity in named:
            row, number = page.next_row, as_number(quantity.definition)
            page.text(row, 1, quantity.name, Style.ID)
            page.text(row, 2, PLAIN.symbol(quantity.symbol))
            page.number(row, 3, double(number), Style.GIVEN, _format(Shown(number, exact=True)))
            page.text(row, 4, notes[quantity.id], Style.BESIDE)
            self.places[quantity.id] = _Place(page, row, 3)
            self.define(self.name_of(quantity.id), self.places[quantity.id])
            page.next_row += 1
        page.finish()

    def tables(self, tables: Sequence[_Table]) -> None:
        """The sheet of the tables, one below the other."""
        if not tables:
            return
        texts: dict[int, list[str]] = defaultdict(list)
        for _, columns, rows in tables:
            for n, head in enumerate(columns):
                texts[n] += [head, *(row[n].text or "" for row in rows)]
        page = self.sheet(_TABLES, [_wide(column, 12, 40) for column in texts.values()])
        page.line("Tables", Style.TITLE)
        for title, columns, rows in tables:
            page.next_row += 1
            if title:
                page.line(title, Style.SECTION)
            first = rows[0] if rows else ()
            numbers = {n for n, cell in enumerate(first, start=1) if cell.text is None}
            page.heads(columns, numbers)
            for row in rows:
                page.next_row += 1
                for column, cell in enumerate(row, start=1):
                    cell.write(page, page.next_row, column)
            page.next_row += 1
        page.finish()


class Solved(_Pages):
    """The sheets of a solution."""

    heads = (WORKED, "Note")

    def __init__(self, book: Book, solution: Solution, number: int) -> None:
        super().__init__(book, solution.about, number)
        self.solution = solution
        self.other: Page | None = None
        self.notes = _notes(solution)

    def write(self) -> None:
        """All of them."""
        solution = self.solution
        working = self._steps()
        given = [each for each in solution.calculation if each.role is Role.GIVEN]
        self.given(given, _STEPS_STAY.format(working=self.called(WORKING)))
        for quantity in self._without_place():
            self._beside(quantity)
        for quantity in solution.calculation:
            if quantity.id in self.places and quantity.role is not Role.GIVEN:
                self._value(quantity)
        self.tables([self._table(table) for table in solution.tables])
        for page in filter(None, (working, self.other)):
            page.finish()

    def _steps(self) -> Page:
        """The steps, as yet without their values."""
        solution = self.solution
        note = _FOLLOWS.format(given=self.called(_GIVEN), digits=solution.digits)
        named = ((step.quantity, step.title) for step in solution.steps)
        page = self.begin(named, 32 if self.notes else 15, note)
        for section in solution.sections:
            steps = [block for block in section.blocks if isinstance(block, Step)]
            if steps and section.title:
                page.line(section.title, Style.SECTION)
            for step in steps:
                self.placed(page, step.quantity, step.title)
        page.line("With the numbers as they were given", Style.SECTION)
        said = [remark.text for remark in solution.remarks]
        for text in [*said, checked(solution.cross_check)[1]]:
            page.line(text)
        return page

    def _without_place(self) -> list[Quantity]:
        """What steps and tables are worked from and has no place yet, in order."""
        found = {step.id for step in self.solution.steps}
        for table in self.solution.tables:
            found |= {cell.id for row in table.rows for cell in row if isinstance(cell, Quantity)}
        for quantity in reversed(self.solution.calculation.quantities):
            if quantity.id in found:
                found |= {each.id for each in quantities_in(quantity.definition)}
        found -= self.places.keys()
        return [each for each in self.solution.calculation if each.id in found]

    def _beside(self, quantity: Quantity) -> None:
        """A row for what has none in the working."""
        if self.other is None:
            self.other = self.sheet(_OTHER, (26, 4, 14, 60, 16, 40))
            self.other.line("Other numbers that steps and tables are worked from", Style.TITLE)
            self.other.head(("Number", "", *HEADS[2:], *self.heads), {VALUE})
        self.placed(self.other, quantity)

    def _value(self, quantity: Quantity) -> None:
        place, value = self.places[quantity.id], self.solution.values[quantity.id]
        page, row, column = place.page, place.row, place.column
        is_answer = quantity.id in self.solution.answer_ids
        style = Style.ANSWER if is_answer else Style.VALUE
        format = _format(show(value, self.solution.digits))
        if isinstance(quantity.definition, Constant):
            page.number(row, column, double(value), style, format)
        else:
            page.formula(row, column, self._formula(quantity), double(value), style, format)
        page.text(row, BESIDE, self.notes.get(quantity.id, ""), Style.BESIDE)

    def _formula(self, quantity: Quantity) -> str:
        """The formula of a quantity. What it is too long for stands on its right."""
        place = self.places[quantity.id]
        page, column = place.page, BESIDE + 1

        def cell(used: Quantity) -> str:
            return self.places[used.id].seen_from(page)

        def part(text: str) -> str:
            nonlocal column
            column += 1
            page.formula(place.row, column, text, None, Style.NOTE, "General")
            return page.cell(place.row, column)

        return SpreadsheetFormula(cell, self.solution.values, part).write(quantity.definition)

    def _table(self, table: Table) -> _Table:
        rows = [[self._cell(cell, table.digits) for cell in row] for row in table.rows]
        return table.title, table.columns, rows

    def _cell(self, cell: str | Quantity, digits: int | None) -> _Cell:
        if isinstance(cell, str):
            return _Cell(cell)
        value = self.solution.values[cell.id]
        shown = show(value, digits or self.solution.digits)
        return _Cell(None, self.places[cell.id].seen_from(), value, _format(shown))


class Asked(_Pages):
    """The sheets of a worksheet; if it has its key, with a sign beside what is filled in."""

    def __init__(self, book: Book, worksheet: Worksheet, number: int) -> None:
        super().__init__(book, worksheet.about, number)
        self.worksheet = worksheet
        if head := worksheet.head:
            self.student = head.id or head.student
        self.heads = (FILLED_IN, "Check" if worksheet.key else "")
        self.grids: list[tuple[str, Grid]] = []

    def write(self) -> None:
        """All of them."""
        worksheet = self.worksheet
        note = how_to_fill_in(worksheet, _FILL_IN, f"in the column {FILLED_IN!r}")
        if worksheet.key:
            note += _SELF_CHECK.format(digits=worksheet.digits)
        asked = ((each.quantity, each.title) for each in worksheet.questions)
        page = self.begin(asked, 15, note)
        for part in worksheet.parts:
            if part.title:
                page.line(part.title, Style.SECTION)
            before = len(self.grids)
            for block in part.blocks:
                self._block(page, block, part.title)
            if count := len(self.grids) - before:
                what = "a table" if count == 1 else f"{count} tables"
                page.line(
                    f"To this part belong{'s' * (count == 1)} {what} on the sheet {self.called(_TABLES)}.",
                    Style.NOTE,
                )
        self.given(worksheet.given, "The numbers of the problem, to work with.")
        self.tables([(title, grid.columns, self._rows(grid)) for title, grid in self.grids])
        page.finish()

    def _block(self, page: Page, block: Block, title: str) -> None:
        match block:
            case Question():
                self._question(page, block)
            case Formulas():
                for quantity in block.quantities:
                    _write_row(page, quantity, "", is_asked=False)
                    page.next_row += 1
            case Grid(id="told"):
                for (symbol, number), row in zip(self._rows(block), count(page.next_row)):
                    symbol.write(page, row, SYMBOL)
                    number.write(page, row, VALUE)
                page.next_row += len(block.rows)
            case Grid():
                for question in block.asked:
                    self._question(page, question)
                self.grids.append((title, block))
            case Paragraph():
                page.line(block.text)

    def _question(self, page: Page, question: Question) -> None:
        sides = " = ".join(text for _, text in question.sides(PLAIN))
        place = self.placed(page, question.quantity, question.title, sides)
        page.number(place.row, VALUE, None, Style.INPUT)
        if self.worksheet.key:
            right, digits = self.worksheet.key[question.id], self.worksheet.digits
            page.mark(place.row, BESIDE, _check(place.seen_from(page), right, digits))

    def _rows(self, grid: Grid) -> Sequence[Sequence[_Cell]]:
        """The rows of a table. What is asked in it is filled in on the sheet Working."""
        empty = sum(cell is None for row in grid.rows for cell in row)
        filled = iter(grid.asked if len(grid.asked) == empty else ())

        def cell(cell: str | Symbol | Decimal | None) -> _Cell:
            if isinstance(cell, Decimal):
                return _Cell(number=cell)
            if cell is not None:
                return _Cell(PLAIN.symbol(cell) if isinstance(cell, Symbol) else cell)
            question = next(filled, None)
            if question is None:
                return _Cell()
            there = self.places[question.id].seen_from()
            return _Cell(formula=f'IF({there}="","",{there})')

        return [[cell(each) for each in row] for row in grid.rows]


def _wide(texts: Iterable[str], least: int, most: int) -> int:
    """How wide a column of texts is."""
    return min(most, max([least, *(2 + cell_len(text) for text in texts)]))


def _formula(quantity: Quantity) -> str:
    """The formula of a quantity in symbols; of a number that was worked out elsewhere, nothing."""
    if isinstance(quantity.definition, Constant):
        return ""
    return formula(quantity.definition, PLAIN)


def _write_row(
    page: Page, quantity: Quantity, title: str, formula: str | None = None, *, is_asked: bool = True
) -> None:
    """A row of the working, but for what it comes to. Without an id, nothing is read from it."""
    text = _formula(quantity) if formula is None else formula
    if len(text) > _LONGEST_FORMULA:
        text = f"{text[:_LONGEST_FORMULA]} …"
    page.text(page.next_row, ID, quantity.id if is_asked else "", Style.ID)
    page.text(page.next_row, TITLE, title)
    page.text(page.next_row, SYMBOL, PLAIN.symbol(quantity.symbol))
    page.text(page.next_row, FORMULA, text)


def _format(shown: Shown) -> str:
    """The format of numbers that are shown like this one."""
    number = shown.value
    if number.is_infinite():
        return _INFINITE_FORMAT
    if shown.exact:
        return "General"
    if parts := scientific(number):
        decimals = len(parts[0].as_tuple().digits) - 1
        return f"0.{'0' * decimals}E+00" if decimals else "0E+00"
    decimals = max(0, -int(number.as_tuple().exponent))
    return f"0.{'0' * decimals}" if decimals else "0"


def _kept(number: Decimal) -> str:
    """What to say of a given number that a spreadsheet cannot hold as it is."""
    digits = len(number.normalize().as_tuple().digits)
    if number.is_finite() and digits > DIGITS:
        return f"Given with {digits} digits: {number:f}. A spreadsheet keeps {DIGITS}."
    return _on_infinity(number)


def _on_infinity(number: Decimal) -> str:
    if number.is_finite():
        return ""
    sign = "−" if number < 0 else ""
    return f"{sign}{INFINITE} stands for {sign}∞, which no spreadsheet has."


def _notes(solution: Solution) -> dict[str, str]:
    """What to say of numbers that a spreadsheet cannot hold, or that do not follow, by id."""
    found = {}
    doubles = evaluate(solution.calculation, floats=True)
    for quantity in solution.calculation:
        value = solution.values[quantity.id]
        if not value.is_finite():
            found[quantity.id] = _on_infinity(value)
        elif not abs(doubles[quantity.id] - float(value)) <= _NEAR * abs(float(value)):
            number = PLAIN.number(show(value, solution.digits).value)
            found[quantity.id] = f"{DIGITS} digits are too few for it; with more it is {number}."
        elif quantity.role is Role.TAKEN and value not in {0, 1}:
            found[quantity.id] = "Worked out elsewhere: it stays as it is."
    return found


def _check(cell: str, value: Decimal, digits: int) -> str:
    """A formula that says whether what was filled in is a result, to one unit of the last of so
    many significant digits."""
    if value.is_infinite():
        sign = "-" if value < 0 else ""
        texts = [f"{sign}{each}" for each in ("∞", "inf", "infinity")] + ["−∞"] * (value < 0)
        right = ",".join(f'{cell}="{each}"' for each in texts)
        return f'IF({cell}="","",IF(OR({right}),"✓","✗"))'
    place = value.adjusted() if value else 0
    unit = f"1E{place - digits + 1}"
    near = f"ABS({cell}-({spreadsheet_number(value)}))<={unit}"
    return f'IF({cell}="","",IF(ISNUMBER({cell}),IF({near},"✓","✗"),"?"))'

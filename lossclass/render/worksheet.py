"""A worksheet in the terminal, or as plain text to be printed: lines to write on, empty cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Paragraph
from lossclass.render.pieces import (
    INDENT,
    NAMES,
    WIDEST,
    equation,
    header,
    heading,
    indented,
    paragraph,
    rule,
    sign_of,
    trimmed,
)
from lossclass.render.tables import GAP, table
from lossclass.render.wording import how_to_fill_in, running_columns
from lossclass.worksheets.worksheet import Cell, Grid, Question, Worksheet

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_LINE = "_" * 16
#: Empty cells, the widest with which a table fits.
_CELLS = ("_" * 10, "_" * 8, "_" * 6, "_" * 4)
_DATE = "  Date: ____________"


def render(worksheets: Iterable[Worksheet], console: Console) -> Iterator[str]:
    """Each worksheet as text, as wide as the console."""
    width = min(console.options.max_width, WIDEST)
    between = False
    for worksheet in worksheets:
        with console.capture() as capture:
            if between:
                console.print()
            console.print(Group(*_Drawing(worksheet, width).all()))
        between = True
        yield trimmed(capture.get())


class _Drawing:
    def __init__(self, worksheet: Worksheet, width: int) -> None:
        self.worksheet = worksheet
        self.width = width

    def all(self) -> Iterator[RenderableType]:
        yield Text("Name: ".ljust(self.width - len(_DATE), "_") + _DATE)
        yield Text()
        yield header(self.worksheet.about, self.width)
        yield paragraph(how_to_fill_in(self.worksheet, NAMES), self.width, "dim")
        for part in self.worksheet.parts:
            yield Text()
            yield rule(part.title, self.width)
            previous: Question | Grid | Paragraph | None = None
            for block in part.blocks:
                if isinstance(block, Paragraph) and isinstance(previous, Question | Grid):
                    yield Text()
                yield from self._block(block)
                previous = block

    def _block(self, block: Question | Grid | Paragraph) -> Iterator[RenderableType]:
        match block:
            case Question():
                yield from self._question(block)
            case Grid():
                yield Text()
                yield self._table(block.columns, block.rows)
            case Paragraph():
                yield paragraph(block.text, self.width)

    def _question(self, question: Question) -> Iterator[RenderableType]:
        yield Text()
        yield from heading(question.title, question.id, self.width)
        left = " " * INDENT + PLAIN.symbol(question.quantity.symbol)
        for exact, side in question.sides(PLAIN):
            yield equation(left, sign_of(exact), side, self.width)
            left = " " * cell_len(left)
        yield Text(f"{left} = {_LINE}")
        if question.running:
            yield Text()
            yield self._running(question)
            if question.why:
                yield Text()
        if question.why:
            yield indented(question.why, self.width)

    def _running(self, question: Question) -> Text:
        rows = [
            (str(n), formula(operand, PLAIN), number, None)
            for n, (operand, number) in enumerate(question.running, start=1)
        ]
        return self._table(running_columns(is_product=question.is_product), rows)

    def _table(self, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Text:
        """A table, in one piece if its empty cells can be made small enough."""
        for blank in _CELLS:
            texts = [[_text(cell, blank) for cell in row] for row in rows]
            widths = [max(map(cell_len, column)) for column in zip(columns, *texts, strict=True)]
            if INDENT + sum(widths) + GAP * (len(widths) - 1) <= self.width:
                break
        return table(columns, texts, self.width, None)


def _text(cell: Cell, blank: str) -> str:
    match cell:
        case None:
            return blank
        case Symbol():
            return PLAIN.symbol(cell)
        case Decimal():
            return PLAIN.number(cell)
    return cell

"""A worksheet in Typst: lines to write on, empty cells."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lossclass.arithmetic.line import formula
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.typst import TYPST
from lossclass.arithmetic.typst import typst_string as string
from lossclass.blocks import Paragraph
from lossclass.render.typst_pieces import NAMES, array, call, running_table, sign
from lossclass.render.wording import how_to_fill_in
from lossclass.worksheets.worksheet import Cell, Grid, Question, Worksheet

_PLACE = "place(4.5em)"


def worksheet_pieces(worksheet: Worksheet) -> Iterator[str]:
    """What stands under the heading of a worksheet."""
    yield call("note", string(how_to_fill_in(worksheet, NAMES)))
    for part in worksheet.parts:
        yield call("section", string(part.title))
        for block in part.blocks:
            match block:
                case Question():
                    yield _question(block)
                case Grid():
                    rows = (array(map(_cell, row)) for row in block.rows)
                    yield call("grid-of", array(map(string, block.columns)), array(rows))
                case Paragraph(text=text):
                    yield call("say", string(text))


def _question(question: Question) -> str:
    sides = (f"({sign(exact)}, $display({side})$)" for exact, side in question.sides(TYPST))
    running = "none"
    if question.running:
        rows = [
            array((f"[{n}]", f"${formula(operand, TYPST)}$", _cell(number), _PLACE))
            for n, (operand, number) in enumerate(question.running, start=1)
        ]
        running = running_table(rows, is_product=question.is_product)
    symbol = f"$display({TYPST.symbol(question.quantity.symbol)})$"
    texts = (string(question.title), string(question.id))
    return call("question", *texts, symbol, array(sides), running, string(question.why))


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return _PLACE
        case Symbol():
            return f"${TYPST.symbol(cell)}$"
        case Decimal():
            return f"${TYPST.number(cell)}$"
    return string(cell)

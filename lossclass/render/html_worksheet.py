"""A worksheet as a page, to be printed and written on, or read on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from lossclass.arithmetic.line import formula
from lossclass.arithmetic.mathml import MATHML, escaped, math
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Paragraph
from lossclass.render.html_page import (
    NAMES,
    Cell,
    Part,
    about,
    anchor,
    document,
    equation,
    heading,
    paragraph,
    style,
    table,
)
from lossclass.render.wording import how_to_fill_in, running_columns
from lossclass.worksheets.worksheet import Cell as Place
from lossclass.worksheets.worksheet import Grid, Question, Worksheet

_SEVERAL = "Worksheets"
_LINE = '<span class="blank" role="img" aria-label="to be filled in"></span>'
_EMPTY = Cell('<span class="blank small" role="img" aria-label="to be filled in"></span>', 8)


def render(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One page; of several worksheets, each begins on a sheet of its own."""
    sheets = list(worksheets)
    if len(sheets) == 1:
        body = _Sheet(sheets[0]).all()
        yield from document(sheets[0].about.title, body, style("html_worksheet.css"))
    elif sheets:
        articles = ("".join(_Sheet(each, n).all()) for n, each in enumerate(sheets, start=1))
        body = iter([heading(1, _SEVERAL), *articles])
        yield from document(_SEVERAL, body, style("html_worksheet.css"))


class _Sheet:
    def __init__(self, worksheet: Worksheet, number: int | None = None) -> None:
        self.worksheet = worksheet
        self.level = 1 if number is None else 2
        self.prefix = "" if number is None else f"p{number}."

    def all(self) -> Iterator[str]:
        sheet = self.worksheet
        yield (
            '<article class="sheet">\n<p class="who"><span>Name:</span><span>Date:</span></p>\n'
            f"{heading(self.level, sheet.about.title, 'problem')}\n{about(sheet.about)}"
            f"{paragraph(how_to_fill_in(sheet, NAMES), 'quiet')}"
        )
        for part in sheet.parts:
            yield f"<section>\n{heading(self.level + 1, part.title, 'heading')}\n"
            for block in part.blocks:
                yield self._block(block)
            yield "</section>\n"
        yield "</article>\n"

    def _block(self, block: Question | Grid | Paragraph) -> str:
        match block:
            case Question():
                return self._question(block)
            case Grid():
                return _table(block.columns, block.rows)
            case Paragraph():
                return paragraph(block.text)

    def _question(self, question: Question) -> str:
        symbol = PLAIN.symbol(question.quantity.symbol)
        left = Cell(math(MATHML.symbol(question.quantity.symbol), symbol), len(symbol))
        sides = zip(question.sides(MATHML), question.sides(PLAIN), strict=True)
        parts = [Part(exact, math(text, plain)) for (exact, text), (_, plain) in sides]
        name = self.prefix + anchor(question.id)
        why = paragraph(question.why) if question.why else ""
        return (
            f'<div class="step" id="{name}">\n'
            f'<a class="id" href="#{name}">{escaped(question.id)}</a>\n'
            f"{heading(self.level + 2, question.title or symbol)}\n"
            f"{equation(left, [*parts, Part(exact=True, element=_LINE)])}"
            f"{_running(question) if question.running else ''}{why}</div>\n"
        )


def _running(question: Question) -> str:
    rows = []
    for number, (operand, value) in enumerate(question.running, start=1):
        plain = formula(operand, PLAIN)
        written = Cell(math(formula(operand, MATHML), plain), len(plain))
        rows.append([Cell.of(str(number)), written, _cell(value), _EMPTY])
    return table(running_columns(is_product=question.is_product), rows, None)


def _table(columns: Sequence[str], rows: Iterable[Sequence[Place]]) -> str:
    return table(columns, [[_cell(place) for place in row] for row in rows], None)


def _cell(place: Place) -> Cell:
    match place:
        case None:
            return _EMPTY
        case Symbol():
            plain = PLAIN.symbol(place)
            return Cell(math(MATHML.symbol(place), plain), len(plain))
        case Decimal():
            return Cell.of(PLAIN.number(place))
    return Cell.of(place)

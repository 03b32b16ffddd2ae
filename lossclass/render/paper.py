"""A worksheet as a document, in whatever markup: lines to write on, empty cells."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import Notation
from lossclass.blocks import Paragraph
from lossclass.render.document import NAMES, about, operand_cell
from lossclass.render.markup import Markup
from lossclass.render.mathematics import HIGH, aligned
from lossclass.render.wording import how_to_fill_in, running_columns
from lossclass.worksheets.worksheet import Grid, Question, Worksheet


class Paper:
    """The parts of a worksheet, from top to bottom."""

    def __init__(self, worksheet: Worksheet, markup: Markup) -> None:
        self.worksheet = worksheet
        self.markup = markup

    def parts(self) -> Iterator[str]:
        yield self.markup.text_line(f"Name: {'_' * 40} Date: {'_' * 12}")
        yield from about(self.markup, self.worksheet.about)
        yield self.markup.text_line(how_to_fill_in(self.worksheet, NAMES))
        for part in self.worksheet.parts:
            if part.title:
                yield self.markup.section(part.title)
            for block in part.blocks:
                yield from self._block(block)

    def _block(self, block: Question | Grid | Paragraph) -> Iterator[str]:
        match block:
            case Question():
                yield from self._question(block)
            case Grid():
                rows = ([self.markup.cell(cell) for cell in row] for row in block.rows)
                yield self.markup.table(block.columns, rows, None)
            case Paragraph():
                yield self.markup.text_line(block.text)

    def _question(self, question: Question) -> Iterator[str]:
        def symbol(notation: Notation) -> str:
            return notation.symbol(question.quantity.symbol)

        def sides(notation: Notation) -> list[tuple[bool, str]]:
            return [*question.sides(notation), (True, self.markup.blank)]

        equation = self.markup.equation(aligned(symbol, sides))
        yield self.markup.step(question.title, question.id, equation)
        if question.running:
            yield self._running(question)
        if question.why:
            yield self.markup.text_line(question.why)

    def _running(self, question: Question) -> str:
        rows = (
            [
                self.markup.cell(str(place)),
                operand_cell(self.markup, formula(operand, HIGH)),
                self.markup.cell(number),
                self.markup.cell(None),
            ]
            for place, (operand, number) in enumerate(question.running, start=1)
        )
        columns = running_columns(is_product=question.is_product)
        return self.markup.table(columns, rows, None)

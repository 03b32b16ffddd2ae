"""A worksheet as a document, in whatever markup: lines to write on, empty cells."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import Notation
from lossclass.blocks import Paragraph
from lossclass.render.document import about, operand_cell
from lossclass.render.markup import Markup
from lossclass.render.mathematics import HIGH, aligned
from lossclass.worksheets import Show
from lossclass.worksheets.worksheet import Grid, Question, Worksheet


class Paper:
    """The parts of a worksheet, from top to bottom."""

    def __init__(self, worksheet: Worksheet, markup: Markup) -> None:
        self.worksheet = worksheet
        self.markup = markup

    def parts(self) -> Iterator[str]:
        yield self.markup.text_line(f"Name: {'_' * 40} Date: {'_' * 12}")
        yield from about(self.markup, self.worksheet.about)
        yield self.markup.text_line(self._how_to_fill_it_in())
        for part in self.worksheet.parts:
            if part.title:
                yield self.markup.section(part.title)
            for block in part.blocks:
                yield from self._block(block)

    def _how_to_fill_it_in(self) -> str:
        sheet = self.worksheet
        text = (
            "Work out the steps in order and write each result on its line, to at least "
            f"{sheet.digits} significant digits. Go on with the number as your calculator has it, "
            "not with the rounded one. The names beside the steps are their ids, as on the answer "
            "sheet."
        )
        if sheet.show is Show.SUBSTITUTION:
            text += (
                " The numbers that are given are put in already. Where a symbol stands among them, "
                "put in your own result."
            )
        if sheet.only:
            text += (
                f" Asked is only part of the working: {', '.join(sheet.only)}. What else you need "
                "for it, work out on paper of your own."
            )
        return text

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
        what, so_far = (
            ("factor", "product so far") if question.is_product else ("term", "sum so far")
        )
        rows = (
            [
                self.markup.cell(str(place)),
                operand_cell(self.markup, formula(operand, HIGH)),
                self.markup.cell(number),
                self.markup.cell(None),
            ]
            for place, (operand, number) in enumerate(question.running, start=1)
        )
        return self.markup.table(("", what, "value", so_far), rows, None)

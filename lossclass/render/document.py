"""A solution as a document, in whatever markup: the same working as in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line, formula
from lossclass.arithmetic.number import show
from lossclass.blocks import Audited, Block, Call, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for
from lossclass.render.markup import Markup
from lossclass.render.mathematics import HIGH, aligned, width_of
from lossclass.render.wording import (
    VERDICTS,
    checked,
    how_numbers_are_shown,
    library_numbers,
    running_columns,
)
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About, Solution

#: Where the ids of the steps stand.
NAMES = "beside the steps are their ids"


def about(markup: Markup, problem: About) -> Iterator[str]:
    """What the author says of a problem."""
    yield markup.title(problem.title)
    for lines in paragraphs(problem.statement):
        yield markup.lines(map(markup.text, lines))
    if problem.source:
        yield markup.text_line(f"Source: {problem.source}")
    lines = [markup.text(f"As taught: {problem.formula}")]
    if problem.loss_title != problem.title:
        lines.insert(0, markup.text(problem.loss_title))
    yield markup.lines(lines)


class Document:
    """The parts of a document, from top to bottom; each is a paragraph or larger."""

    def __init__(self, solution: Solution, markup: Markup, view: View) -> None:
        self.solution = solution
        self.markup = markup
        self.view = view
        self.limits = limits_for(len(solution.steps), whole=view.whole)

    def parts(self) -> Iterator[str]:
        """All parts that the view asks for."""
        match self.view.detail:
            case Detail.ANSWER:
                yield self._answer()
            case Detail.BRIEF:
                yield from self._brief()
            case Detail.FULL:
                yield from self._full()

    # --- the three levels ---

    def _answer(self) -> str:
        texts = (self._result(self.solution.step(id)) for id in self.solution.answer_ids)
        line = ", ".join(texts)
        if self.view.several and self.view.detail is Detail.ANSWER:
            line = f"{self.markup.text(self.solution.about.file)}: {line}"
        return self.markup.lines([self.markup.strong(line) if not self.view.several else line])

    def _brief(self) -> Iterator[str]:
        yield self.markup.title(self.solution.about.title)
        rows: list[list[tuple[str, int]]] = []
        for block in blocks_of(Section("", self.solution.steps), self.limits):
            if isinstance(block, LeftOut):
                rows.append([(self.markup.text("…"), 1), (self.markup.text(block.text), 40)])
            elif isinstance(block, Step):
                code = self.markup.code(block.id)
                rows.append([(code, len(block.id)), (self._result(block), 30)])
        yield self.markup.table(("step", "result"), rows, None)
        yield from (self.markup.remark(remark.text) for remark in self.solution.remarks)

    def _full(self) -> Iterator[str]:
        yield from about(self.markup, self.solution.about)
        yield self.markup.text_line(how_numbers_are_shown(self.solution.digits, NAMES))
        for section in self.solution.sections:
            if section.title:
                yield self.markup.section(section.title)
            for block in blocks_of(section, self.limits):
                yield from self._block(block)
        yield self.markup.section("The answer")
        yield self._answer()
        yield self._checked()

    def _checked(self) -> str:
        sign, text = checked(self.solution.cross_check)
        if not self.solution.cross_check.agrees:
            return self.markup.remark(f"{sign} {text}")
        return self.markup.text_line(f"{sign} {text}")

    def _result(self, step: Step) -> str:
        result = self.solution.line(step).result
        sign = "=" if result.exact else r"\approx"
        symbol = HIGH.symbol(step.quantity.symbol)
        return self.markup.math(f"{symbol} {sign} {HIGH.number(result.value)}")

    # --- blocks ---

    def _block(self, block: Block | LeftOut) -> Iterator[str]:
        match block:
            case Step():
                yield from self._step(block)
            case Table():
                rows = ([self._cell(cell, block.digits) for cell in row] for row in block.rows)
                yield self.markup.table(block.columns, rows, self.limits)
            case Trellis():
                yield from self._trellis(block)
            case Remark():
                yield self.markup.remark(block.text)
            case Paragraph() | LeftOut():
                yield self.markup.text_line(block.text)
            case Audited():
                yield self._audited(block)
            case Call():
                yield from self._call(block)

    def _step(self, step: Step) -> Iterator[str]:
        line = self.solution.line(step)
        equation = self.markup.equation(aligned(line.symbol, line.equation))
        yield self.markup.step(step.title, step.id, equation)
        if line.running:
            yield self._running(line)
        if step.why:
            yield self.markup.text_line(step.why)

    def _running(self, line: Line) -> str:
        rows = (
            [
                self.markup.cell(str(number)),
                operand_cell(self.markup, formula(running.operand, HIGH)),
                self.markup.cell(running.number.value),
                self.markup.cell(running.so_far.value),
            ]
            for number, running in enumerate(line.running, start=1)
        )
        columns = running_columns(is_product=line.is_product)
        return self.markup.table(columns, rows, self.limits)

    def _cell(self, cell: str | Quantity, digits: int | None) -> tuple[str, int]:
        if isinstance(cell, str):
            return self.markup.cell(cell)
        shown = show(self.solution.values[cell.id], digits or self.solution.digits)
        return self.markup.cell(shown.value)

    def _trellis(self, trellis: Trellis) -> Iterator[str]:
        from lossclass.render import trellis as drawing

        if trellis.title:
            yield self.markup.lines([self.markup.strong(self.markup.text(trellis.title))])
        width = self.view.console.options.max_width
        picture, notes = drawing.draw(trellis, self.solution, min(max(width, 60), 80))
        if picture:
            yield self.markup.listing(picture.plain, "text")
        for note in notes:
            yield self.markup.text_line(note)

    def _audited(self, mark: Audited) -> str:
        published, ours = (
            self.markup.number(number)
            for number in (mark.published, show(mark.ours, self.solution.digits).value)
        )
        verdict = self.markup.strong(self.markup.text(" ".join(VERDICTS[mark.verdict])))
        line = f"{self.markup.code(mark.id)}: published {published}, ours {ours}: {verdict}."
        return self.markup.lines([line, self.markup.text(mark.text)] if mark.text else [line])

    def _call(self, call: Call) -> Iterator[str]:
        """A library's code as it can be copied, what it gives, and the rule behind it."""
        yield self.markup.lines([self.markup.strong(self.markup.text(call.library))])
        if call.code:
            yield self.markup.listing(call.code, "python")
        if call.value is not None:
            exact, numbers = library_numbers(call.value)
            texts = ", ".join(map(HIGH.number, numbers))
            sign = "=" if exact else r"\approx"
            yield self.markup.lines([self.markup.math(rf"\text{{loss}} {sign} {texts}")])
        yield self.markup.text_line(call.rule)


def operand_cell(markup: Markup, latex: str) -> tuple[str, int]:
    """A cell with an operand of a long product or sum."""
    return markup.math(latex), width_of(latex)

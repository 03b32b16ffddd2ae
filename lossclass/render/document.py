"""The one way over a solution, and over a worksheet, for every format: which of its parts are
written, in which order and in which words. How each is written, its markup says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Generic

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line
from lossclass.arithmetic.number import show
from lossclass.blocks import Audited, Block, Call, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for
from lossclass.render.markup import Cell, Markup, Part, Rows, WrittenStep
from lossclass.render.wording import (
    how_numbers_are_shown,
    how_to_fill_in,
    library_numbers,
    running_columns,
)
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Grid, Question, Worksheet


def solution_parts(solution: Solution, markup: Markup[Part], view: View) -> Iterator[Part]:
    """All parts of a solution that the view asks for, from top to bottom."""
    file = solution.about.file if view.several else ""
    return Document(solution, markup, whole=view.whole).parts(view.detail, file)


def apart(documents: Iterable[Iterable[str]]) -> Iterator[str]:
    """Documents of text, an empty line between their parts."""
    before = ""
    for part in chain.from_iterable(documents):
        yield f"{before}{part}\n"
        before = "\n"


class Document(Generic[Part]):
    """A solution in a markup."""

    def __init__(self, solution: Solution, markup: Markup[Part], *, whole: bool = False) -> None:
        self.solution = solution
        self.markup = markup
        self.limits = limits_for(len(solution.steps), whole=whole)

    def parts(self, detail: Detail, file: str = "") -> Iterator[Part]:
        """All parts at a level of detail; ``file`` names an answer that stands among others."""
        match detail:
            case Detail.ANSWER:
                return self.markup.answer_alone(self.solution.about, self._answers(), file)
            case Detail.BRIEF:
                return self._brief()
            case Detail.FULL:
                return self._full()

    def _answers(self) -> list[Line]:
        return [self.solution.line(self.solution.step(id)) for id in self.solution.answer_ids]

    def _brief(self) -> Iterator[Part]:
        yield self.markup.title(self.solution.about.title)
        rows: list[tuple[str, Line] | str] = []
        for block in blocks_of(Section("", self.solution.steps), self.limits):
            if isinstance(block, LeftOut):
                rows.append(self._left_out(block))
            elif isinstance(block, Step):
                rows.append((block.id, self.solution.line(block)))
        yield from self.markup.brief(rows)
        for remark in self.solution.remarks:
            yield self.markup.remark(remark.text)
        if self.markup.ends_with_answer:
            yield from self.markup.answer(self._answers(), self.solution.cross_check)

    def _full(self) -> Iterator[Part]:
        about, sections = self.solution.about, self.solution.sections
        yield from self.markup.about(about)
        yield self.markup.note(how_numbers_are_shown(self.solution.digits, self.markup.names))
        yield from self.markup.contents(about, [section.title for section in sections])
        for section in sections:
            yield from self.section(section)
        yield from self.markup.answer(self._answers(), self.solution.cross_check)

    def section(self, section: Section) -> Iterator[Part]:
        """A section, cut where it is too long."""
        blocks = blocks_of(section, self.limits)
        return self.markup.section(section.title, ((each, self._block(each)) for each in blocks))

    def _block(self, block: Block | LeftOut) -> Iterator[Part]:
        markup = self.markup
        match block:
            case Step():
                yield from self.step(block)
            case Table():
                rows = [[self._cell(cell, block.digits) for cell in row] for row in block.rows]
                yield from markup.table(Rows(block.columns, rows, self.limits, block.title))
            case Trellis():
                yield from markup.figure(block, self.solution)
            case Remark():
                yield markup.remark(block.text)
            case Paragraph():
                yield markup.paragraph(block.text)
            case LeftOut():
                yield markup.left_out(self._left_out(block))
            case Audited():
                ours = show(block.ours, self.solution.digits).value
                yield from markup.audited(block, ours)
            case Call():
                yield from markup.call(block, *library_numbers(block.value))

    def step(self, step: Step) -> Iterator[Part]:
        """A step that is worked."""
        line = self.solution.line(step)
        rows: list[list[Cell]] = [
            [str(n), each.operand, each.number.value, each.so_far.value]
            for n, each in enumerate(line.running, start=1)
        ]
        running = Rows(running_columns(is_product=line.is_product), rows, self.limits)
        return self.markup.step(
            WrittenStep(
                step.id,
                step.title,
                step.all_said,
                line.quantity.symbol,
                line.equation,
                line.result,
                running if rows else None,
            )
        )

    def _left_out(self, block: LeftOut) -> str:
        return f"{block.text} {self.markup.how_to_see_all}".strip()

    def _cell(self, cell: str | Quantity, digits: int | None) -> Cell:
        if isinstance(cell, str):
            return cell
        return show(self.solution.values[cell.id], digits or self.solution.digits).value


# --- worksheets ---


def worksheet_parts(worksheet: Worksheet, markup: Markup[Part]) -> Iterator[Part]:
    """All parts of a worksheet, from top to bottom."""
    yield markup.name_and_date()
    yield from markup.about(worksheet.about)
    yield markup.note(how_to_fill_in(worksheet, markup.names))
    for part in worksheet.parts:
        blocks = ((block, worksheet_block(block, markup)) for block in part.blocks)
        yield from markup.section(part.title, blocks)


def worksheet_block(block: Question | Grid | Paragraph, markup: Markup[Part]) -> Iterator[Part]:
    """A block of a worksheet."""
    match block:
        case Question():
            yield from _question(block, markup)
        case Grid():
            yield from markup.table(Rows(block.columns, block.rows))
        case Paragraph():
            yield markup.paragraph(block.text)


def _question(question: Question, markup: Markup[Part]) -> Iterator[Part]:
    rows: list[list[Cell]] = [
        [str(n), operand, number, None]
        for n, (operand, number) in enumerate(question.running, start=1)
    ]
    running = Rows(running_columns(is_product=question.is_product), rows)
    return markup.step(
        WrittenStep(
            question.id,
            question.title,
            question.why,
            question.quantity.symbol,
            question.sides,
            None,
            running if rows else None,
        )
    )

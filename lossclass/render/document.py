"""The one way over a solution, and over a worksheet, for every format: which of its parts are
written, in which order and in which words. How each is written, its markup says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import chain, groupby
from types import MappingProxyType
from typing import Generic

from lossclass.arithmetic.expression import Operation, Quantity, quantities_in
from lossclass.arithmetic.line import Line, formula, lay_out
from lossclass.arithmetic.matrices import MatrixSum, lay_out_matrices
from lossclass.arithmetic.notation import PLAIN, Notation, is_cut
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.worked_function import work_out
from lossclass.blocks import (
    Audited,
    Block,
    Call,
    Equation,
    Paragraph,
    Remark,
    Section,
    Step,
    Table,
    Trellis,
)
from lossclass.figures import Diagram, Plot
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for
from lossclass.render.first_page import main_results, marking_grid
from lossclass.render.markup import Cell, Markup, Part, Rows, Sides, WrittenBlock, WrittenStep
from lossclass.render.matrices import drawn
from lossclass.render.wording import (
    VERDICTS,
    foot,
    how_numbers_are_shown,
    how_to_fill_in,
    library_numbers,
    running_columns,
    sheet_head,
)
from lossclass.solution import About, Solution
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.worksheet import Block as WorksheetBlock
from lossclass.worksheets.worksheet import Formulas, Frame, Grid, Question, Worksheet, asked_in
from lossclass.worksheets.worksheet import Part as WorksheetPart

_DECIMAL = re.compile(r"\d\.\d")
#: A sentence on an option.
_OPTION = re.compile(r"\s*(?<![\w-])--[a-z][^.]*\.")
#: On a board, a product or a sum of so many operands says what they come to on the way: there one gets
#: lost between two lines of a calculator. In full, those of three say it, each in a table.
_SAYS_RUNNING = 6


def solution_parts(solution: Solution, markup: Markup[Part], view: View) -> Iterator[Part]:
    """All parts of a solution that the view asks for, from top to bottom."""
    file = solution.about.file if view.several else ""
    points = view.points(solution) if view.points else {}
    return Document(solution, markup, view.detail, whole=view.whole, points=points).parts(file)


def _read_with(markup: Markup[Part], symbols: Iterable[Symbol], about: About) -> None:
    """Let a markup that typesets them read sentences about some quantities of a problem."""
    if markup.typesets_prose:
        from lossclass.render.prose import Reader  # the terminal starts without it

        markup.reader = Reader(symbols, about.words)


def apart(documents: Iterable[Iterable[str]]) -> Iterator[str]:
    """Documents of text, an empty line between their parts."""
    before = ""
    for part in chain.from_iterable(documents):
        yield f"{before}{part}\n"
        before = "\n"


class Document(Generic[Part]):
    """A solution in a markup, as a teacher writes it on the board, or in full.

    Args:
        whole: whether nothing is to be cut, however long.
        points: what each step counts, for a table to mark by; none where there is to be no table.
    """

    def __init__(
        self,
        solution: Solution,
        markup: Markup[Part],
        detail: Detail = Detail.BOARD,
        *,
        whole: bool = False,
        points: Mapping[str, Fraction] = MappingProxyType({}),
    ) -> None:
        self.solution = solution
        self.markup = markup
        _read_with(markup, (each.symbol for each in solution.calculation), solution.about)
        self.detail = detail
        self.in_full = detail is Detail.FULL
        self.points = points
        self.limits = limits_for(len(solution.steps), whole=whole)
        self._lines: dict[str, Line] = {}
        self._heading = ""
        #: The steps of which a sentence is the first to say so; a board has it once.
        self._first_told = {
            solution.said_on_board(step): step.id
            for step in reversed(solution.steps)
            if not step.only_in_full
        }

    def parts(self, file: str = "") -> Iterator[Part]:
        """All parts at its level of detail; ``file`` names an answer that stands among others."""
        match self.detail:
            case Detail.ANSWER:
                return self.markup.answer_alone(self.solution.about, self._answers(), file)
            case Detail.BRIEF:
                return self._brief()
            case Detail.BOARD | Detail.FULL:
                return self._whole()

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
            yield self.markup.remark(remark.text, is_good=remark.is_good)
        if self.markup.ends_with_answer:
            yield from self.markup.answer(self._answers(), self.solution.cross_check)

    def _whole(self) -> Iterator[Part]:
        about, markup = self.solution.about, self.markup
        sections = self.sections
        answer = self.answer()
        yield from markup.about(about)
        if about.variant:
            whose = f", {about.student}" if about.student else ""
            yield markup.note(f"Variant {about.variant}{whose}")
        if markup.begins_with_answer:
            yield from answer
            yield from self._main_results()
        if grid := marking_grid(self.solution, self.points, markup.room, markup.gap):
            yield from markup.table(grid)
        yield markup.note(
            how_numbers_are_shown(self.solution.digits, markup.names, in_full=self.in_full)
        )
        yield from markup.contents(about, [section.title for section in sections])
        for section in sections:
            yield from self.section(section)
        yield from answer  # nothing, where it stands above

    def answer(self) -> Iterator[Part]:
        """The answer, and what NumPy makes of it."""
        return self.markup.answer(self._answers(), self.solution.cross_check)

    def _main_results(self) -> Iterator[Part]:
        """What the answer is made of, and its derivatives, where these are few."""
        if found := [step.quantity for step in main_results(self.solution)]:
            heads = ["The main results", *(PLAIN.symbol(each.symbol) for each in found)]
            row = ["value", *(self._cell(each, None) for each in found)]
            yield from self.markup.table(Rows(heads, [row]))

    @property
    def sections(self) -> list[Section]:
        """The sections in which anything is written."""
        return [each for each in self.solution.sections if self._written(each).blocks]

    def _written(self, section: Section) -> Section:
        """A section without what stands on no board, or only there."""
        unwritten = "only_on_board" if self.in_full else "only_in_full"
        written = (each for each in section.blocks if not getattr(each, unwritten, False))
        blocks = _without_options(written) if self.markup.is_paper else written
        return replace(section, blocks=tuple(blocks))

    def section(self, section: Section) -> Iterator[Part]:
        """A section, cut where it is too long."""
        self._heading = section.title
        blocks = blocks_of(self._written(section), self.limits)
        return self.markup.section(section.title, self._blocks(blocks))

    def each_by_itself(self, section: Section) -> Iterator[tuple[Block | LeftOut, Iterator[Part]]]:
        """The blocks of a section, each with what it is written as, none beside another."""
        self._heading = section.title
        for block in blocks_of(self._written(section), self.limits):
            yield block, self.block(block)

    def _blocks(
        self, blocks: Iterable[Block | LeftOut]
    ) -> Iterator[tuple[Block | LeftOut, Iterator[Part]]]:
        """The blocks, each with what it is written as. On a board, steps of which there is nothing
        to say stand close together."""
        for is_row, run in groupby(blocks, self._stands_in_row):
            if is_row:
                lines = list(run)
                written = [line for line in map(self._in_row, lines) if line is not None]
                yield lines[-1], self.markup.row(written)
            else:
                yield from ((each, self.block(each)) for each in run)

    def _stands_in_row(self, block: Block | LeftOut) -> bool:
        """Whether it may stand among others; equations that are no steps do at any level."""
        if isinstance(block, Equation):
            return isinstance(block.of, Quantity)
        return not self.in_full and isinstance(block, Step) and not self._words(block)

    def _in_row(self, block: Block | LeftOut) -> WrittenStep | None:
        """What stands there as one of the lines of a row."""
        match block:
            case Step():
                return self._worked(block)
            case Equation(of=Quantity() as quantity):
                line = lay_out(quantity, self.solution.values, self.solution.digits)
                return WrittenStep(line.symbol, line.equation, line.result, is_close=True)
            case Equation(of=Operation() as function):
                worked = work_out(function, self.solution.values, self.solution.digits)
                if worked is not None:
                    result = worked.line.result
                    return WrittenStep(worked.left, worked.sides, result, is_close=True)
        return None

    def block(self, block: Block | LeftOut) -> Iterator[Part]:
        """What a block is written as."""
        markup = self.markup
        match block:
            case Step():
                yield from self.step(block)
            case Equation():
                yield from self._equation(block)
            case Table():
                yield from self._table(block)
            case Trellis() | Diagram() | Plot():
                yield from markup.figure(block, self.solution)
            case Remark():
                yield markup.remark(block.text, is_good=block.is_good)
            case Paragraph():
                yield markup.paragraph(block.text)
            case LeftOut():
                yield markup.left_out(self._left_out(block))
            case Audited():
                ours = show(block.ours, self.solution.digits).value
                yield from markup.audited(block, ours, *VERDICTS[block.verdict])
            case Call():
                yield from markup.call(block, *library_numbers(block.value))

    def _equation(self, block: Equation) -> Iterator[Part]:
        """An equation that is no step; one of matrices only where there is room for it."""
        if isinstance(block.of, MatrixSum):
            line = lay_out_matrices(block.of, self.solution.values, self.solution.digits)
            if drawn(line, self.markup.room):
                yield from self.markup.matrices(line)
        elif (written := self._in_row(block)) is not None:
            yield from self.markup.row([written])

    def _table(self, table: Table) -> Iterator[Part]:
        rows = [[self._cell(cell, table.digits) for cell in row] for row in table.rows]
        return self.markup.table(Rows(table.columns, rows, self.limits, table.title))

    def step(self, step: Step) -> Iterator[Part]:
        """A step that is worked."""
        return self.markup.step(self._worked(step))

    def _worked(self, step: Step) -> WrittenStep:
        line = self._line(step)
        written = WrittenStep(
            line.quantity.symbol,
            line.equation,
            line.result,
            step.id,
            _below(self._heading, step.title),
            self._words(step),
            is_close=not self.in_full,
        )
        if not self.in_full or not line.running:
            return written
        rows: list[list[Cell]] = [
            [str(n), each.operand, each.number.value, each.so_far.value]
            for n, each in enumerate(line.running, start=1)
        ]
        running = Rows(running_columns(is_product=line.is_product), rows, self.limits)
        return replace(written, running=running)

    def _line(self, step: Step) -> Line:
        if step.id not in self._lines:
            lay_out = self.solution.line if self.in_full else self.solution.board_line
            self._lines[step.id] = lay_out(step)
        return self._lines[step.id]

    def _words(self, step: Step) -> list[str]:
        """What is said of a step; on a board, of what a long product or sum comes to on the way."""
        if self.in_full:
            return [step.all_said] if step.all_said else []
        line = self._line(step)
        why = self.solution.said_on_board(step)
        words = [why] if why and self._first_told[why] == step.id else []
        if len(line.running) >= _SAYS_RUNNING and not is_cut(line.running):
            *_, what = running_columns(is_product=line.is_product)
            numbers = ", ".join(PLAIN.number(each.so_far.value) for each in line.running)
            words.insert(0, f"{what.capitalize()}: {numbers}.")
        return words

    def _left_out(self, block: LeftOut) -> str:
        which = f"… {block.count} steps are left out here, {block.first} to {block.last}."
        return f"{which} {self.markup.how_to_see_all}".strip()

    def _cell(self, cell: str | Quantity, digits: int | None) -> Cell:
        if isinstance(cell, str):
            return cell
        return show(self.solution.values[cell.id], digits or self.solution.digits).value


def _without_options(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without the sentences on options."""
    for block in blocks:
        if not isinstance(block, Paragraph):
            yield block
        elif text := _OPTION.sub("", block.text):
            yield replace(block, text=text)


def _below(heading: str, title: str) -> str:
    """The title of a step below a heading, which is not to be said twice."""
    is_said = title.lower() == heading.rpartition(": ")[2].lower()
    return "" if is_said else title


# --- worksheets ---


def worksheet_parts(worksheet: Worksheet, markup: Markup[Part]) -> Iterator[Part]:
    """All parts of a worksheet, from top to bottom."""
    _read_with(markup, _symbols_of(worksheet), worksheet.about)
    if worksheet.head is not None:
        yield from markup.head(*sheet_head(worksheet.head))
    yield from markup.about(worksheet.about)
    if worksheet.about.variant:
        yield markup.note(f"Variant {worksheet.about.variant}")
    yield markup.note(how_to_fill_in(worksheet, markup.names))
    if worksheet.layout is Layout.TABLE:
        for part in _without_explanations(worksheet.parts):
            yield from markup.section(part.title, _in_table(worksheet, part, markup))
    else:
        for part in worksheet.parts:
            yield from markup.section(part.title, _in_lines(worksheet, part, markup))


def sheets_of(
    worksheets: Iterable[Worksheet], write: Callable[[Worksheet], Iterable[Part]]
) -> Iterator[tuple[str, Iterator[Part]]]:
    """The sheets of paper that worksheets make, each with what stands at its foot: one with a head
    begins a sheet, and those that go on from it stand on it, too."""
    heads = 0

    def number(worksheet: Worksheet) -> int:
        nonlocal heads
        heads += worksheet.head is not None
        return heads

    for _, group in groupby(worksheets, number):
        sheet = [*group]
        text = foot(sheet[0].about, sheet[0].head)
        yield text, chain.from_iterable(map(write, sheet))


def _without_explanations(parts: Iterable[WorksheetPart]) -> Iterator[WorksheetPart]:
    """The parts of a short worksheet: what stands between the steps, is nothing but words, and holds
    no number, only explains."""
    asked = False
    for part in parts:
        words = [each.text for each in part.blocks if isinstance(each, Paragraph)]
        only_words = len(words) == len(part.blocks)
        if not (asked and only_words) or any(map(_DECIMAL.search, words)):
            yield part
        asked = asked or any(map(asked_in, part.blocks))


def _in_lines(
    worksheet: Worksheet, part: WorksheetPart, markup: Markup[Part]
) -> Iterator[WrittenBlock[Part]]:
    """The blocks of a part, each step with lines to work on."""
    for block in part.blocks:
        if isinstance(block, Question):
            step = replace(_question(block, part.title), space=worksheet.space)
            yield block, markup.step(step)
        else:
            yield block, worksheet_block(block, markup)


def _in_table(
    worksheet: Worksheet, part: WorksheetPart, markup: Markup[Part]
) -> Iterator[WrittenBlock[Part]]:
    """The blocks of a part, each step on a line of a table; how all numbers of a vector are worked at
    once takes room, and says nothing that the lines do not."""
    blocks = [each for each in part.blocks if not isinstance(each, Frame)]
    letters = max((len(question.id) for question in worksheet.questions), default=0)
    for is_short, run in groupby(blocks, lambda each: isinstance(each, Question | Formulas)):
        if is_short:
            lines = list(run)
            steps = [step for each in lines for step in _on_one_line(each, worksheet.space)]
            yield lines[-1], markup.questions(steps, letters)
        else:
            yield from ((each, worksheet_block(each, markup)) for each in run)


def _on_one_line(block: WorksheetBlock, space: float) -> Iterator[WrittenStep]:
    if isinstance(block, Formulas):
        yield from map(_formula, block.quantities)
    elif isinstance(block, Question):
        title = block.title if block.show is Show.QUESTION else ""
        written = WrittenStep(block.quantity.symbol, block.sides, id=block.id, title=title)
        yield replace(written, is_close=True, space=space)


def _symbols_of(worksheet: Worksheet) -> Iterator[Symbol]:
    """Those of what is asked, and of what it is worked from."""
    for question in worksheet.questions:
        yield question.quantity.symbol
        yield from (each.symbol for each in quantities_in(question.quantity.definition))


def worksheet_block(block: WorksheetBlock, markup: Markup[Part]) -> Iterator[Part]:
    """A block of a worksheet, where there is no line to work on."""
    match block:
        case Question():
            yield from markup.step(replace(_question(block, ""), lines_to_work_on=0))
        case Formulas():
            yield from markup.row([_formula(each) for each in block.quantities])
        case Frame():
            if drawn(block.line, markup.room):
                yield from markup.matrices(block.line)
        case Grid():
            yield from markup.table(Rows(block.columns, block.rows))
        case Paragraph():
            yield markup.paragraph(block.text)


def _formula(quantity: Quantity) -> WrittenStep:
    """A step of which nothing is asked but how it is worked."""

    def sides(notation: Notation) -> Sides:
        return [(True, formula(quantity.definition, notation))]

    return WrittenStep(quantity.symbol, sides, id=quantity.id, is_asked=False, is_close=True)


def _question(question: Question, heading: str) -> WrittenStep:
    """A step that is asked, with lines to put the numbers in."""
    return WrittenStep(
        question.quantity.symbol,
        question.sides,
        id=question.id,
        title=_below(heading, question.title),
        words=[question.why] if question.why else [],
        lines_to_work_on=question.lines,
    )

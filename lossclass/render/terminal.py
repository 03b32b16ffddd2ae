"""The terminal: a solution drawn by Rich, to be read on 80 columns, in colour or without.

Texts from problem files go in as :class:`rich.text.Text`, which knows no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line, RunningValue, formula, running_operation
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.blocks import Audited, Block, Call, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.errors import printable
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for
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
from lossclass.render.tables import table
from lossclass.render.wording import (
    VERDICTS,
    checked,
    how_numbers_are_shown,
    library_numbers,
    running_columns,
)
from lossclass.solution import Solution

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType

_COLOURS = {"right": "green", "follows_through": "yellow", "wrong": "red"}


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """Each solution as text, with colours if the view's console has them."""
    console = view.console
    between = view.contents
    if view.contents:
        solutions = list(solutions)
        yield from _contents(solutions, view)
    for solution in solutions:
        with console.capture() as capture:
            if between:
                console.print()
            if view.several and view.detail is Detail.ANSWER:
                console.print(Text(f"{printable(solution.about.file)}: "), end="")
            drawing = draw(solution, console.options, view.detail, whole=view.whole)
            console.print(
                Group(*(_as_it_stands(part, console.width) for part in drawing)), crop=False
            )
        between = view.detail is not Detail.ANSWER
        yield trimmed(capture.get())


def _contents(solutions: Sequence[Solution], view: View) -> Iterator[str]:
    """The titles, numbered, in front of a document of several solutions."""
    width = min(view.console.options.max_width, WIDEST)
    room = len(str(len(solutions)))
    with view.console.capture() as capture:
        view.console.print(rule("Contents", width))
        for number, solution in enumerate(solutions, start=1):
            title = " ".join(printable(solution.about.title).split())
            view.console.print(indented(title, width, mark=f"{number:>{room}}. "))
    if solutions:
        yield trimmed(capture.get())


def _as_it_stands(part: RenderableType, width: int) -> RenderableType:
    """A part of a drawing; what has been broken to fit is not to be broken again, which takes Rich
    a third of the time of a long working."""
    if isinstance(part, Text) and all(cell_len(line) <= width for line in part.plain.split("\n")):
        part.no_wrap, part.overflow = True, "ignore"
    return part


def draw(
    solution: Solution,
    options: ConsoleOptions,
    detail: Detail = Detail.FULL,
    *,
    whole: bool = False,
) -> Iterator[RenderableType]:
    """The parts of the drawing, from top to bottom; ``whole`` for all, however long it is."""
    drawing = _Drawing(solution, min(options.max_width, WIDEST), whole=whole)
    match detail:
        case Detail.ANSWER:
            yield drawing.answer_line()
        case Detail.BRIEF:
            yield from drawing.brief()
        case Detail.FULL:
            yield from drawing.full()


class _Drawing:
    def __init__(self, solution: Solution, width: int, *, whole: bool) -> None:
        self.solution = solution
        self.width = width
        self.limits = limits_for(len(solution.steps), whole=whole)

    # --- the three levels ---

    def answer_line(self) -> Text:
        lines = (self.solution.line(self.solution.step(id)) for id in self.solution.answer_ids)
        return Text(", ".join(map(_result_text, lines)), style="bold")

    def brief(self) -> Iterator[RenderableType]:
        yield Text(self.solution.about.title, style="bold")
        steps = Section("", self.solution.steps)
        room = max(len(step.id) for step in self.solution.steps)
        for block in blocks_of(steps, self.limits):
            if isinstance(block, LeftOut):
                yield paragraph(block.text, self.width, "dim")
            elif isinstance(block, Step):
                line = self.solution.line(block)
                yield Text.assemble((block.id.ljust(room), "dim"), f"  {_result_text(line)}")
        for remark in self.solution.remarks:
            yield self._remark(remark)

    def full(self) -> Iterator[RenderableType]:
        yield header(self.solution.about, self.width)
        yield paragraph(how_numbers_are_shown(self.solution.digits, NAMES), self.width, "dim")
        for section in self.solution.sections:
            yield Text()
            yield rule(section.title, self.width)
            previous: Block | LeftOut | None = None
            for block in blocks_of(section, self.limits):
                if self._is_apart(previous, block):
                    yield Text()
                yield from self._block(block)
                previous = block
        yield Text()
        yield self._footer()

    def _footer(self) -> RenderableType:
        sign, text = checked(self.solution.cross_check)
        style = "green" if self.solution.cross_check.agrees else "bold red"
        verdict = Text(f"{sign} {text}", style=style)
        return Panel(Group(self.answer_line(), verdict), width=self.width)

    # --- blocks ---

    def _is_apart(self, previous: Block | LeftOut | None, block: Block | LeftOut) -> bool:
        """Whether an empty line stands between two blocks, where the second brings none itself."""
        if isinstance(block, Paragraph | LeftOut) and isinstance(previous, Step):
            return True
        return isinstance(block, Remark | Paragraph) and self._ends_in_table(previous)

    def _ends_in_table(self, block: Block | LeftOut | None) -> bool:
        if isinstance(block, Step):
            operation = running_operation(block.quantity.definition)
            return operation is not None and not block.why
        return isinstance(block, Table | Trellis)

    def _block(self, block: Block | LeftOut) -> Iterator[RenderableType]:
        match block:
            case Step():
                yield from self._step(block)
            case Table():
                yield Text()
                rows = ([self._cell(c, block.digits) for c in row] for row in block.rows)
                yield self._table(block.columns, rows)
            case Trellis():
                yield from self._trellis(block)
            case Remark():
                yield self._remark(block)
            case Paragraph():
                yield paragraph(block.text, self.width)
            case LeftOut():
                yield paragraph(block.text, self.width, "dim")
            case Audited():
                yield from self._audited(block)
            case Call():
                yield from self._call(block)

    def _remark(self, remark: Remark) -> Text:
        return indented(remark.text, self.width, "yellow", mark="! ")

    def _step(self, step: Step) -> Iterator[RenderableType]:
        line = self.solution.line(step)
        yield Text()
        yield from heading(step.title, step.id, self.width)
        yield from self._equations(line)
        if line.running:
            yield Text()
            yield self._running(line)
        if line.running and step.why:
            yield Text()
        if step.why:
            yield indented(step.why, self.width)

    def _equations(self, line: Line) -> Iterator[Text]:
        """Write symbol = formula, then every side under it with its sign."""
        symbol = line.symbol(PLAIN)
        left = " " * INDENT + symbol
        *sides, (exact, result) = line.equation(PLAIN)
        for side_exact, side in sides:
            yield equation(left, sign_of(side_exact), side, self.width)
            left = " " * cell_len(left)
        yield equation(left, sign_of(exact), result, self.width, "bold cyan")

    def _running(self, line: Line) -> Text:
        rows = (
            (str(number), *_running_row(running))
            for number, running in enumerate(line.running, start=1)
        )
        return self._table(running_columns(is_product=line.is_product), rows)

    def _table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Text:
        return table(columns, rows, self.width, self.limits)

    def _cell(self, cell: str | Quantity, digits: int | None) -> str:
        if isinstance(cell, str):
            return cell
        number = show(self.solution.values[cell.id], digits or self.solution.digits)
        return PLAIN.number(number.value)

    def _trellis(self, block: Trellis) -> Iterator[RenderableType]:
        from lossclass.render import trellis

        picture, notes = trellis.draw(block, self.solution, self.width)
        yield Text()
        if block.title:
            yield paragraph(block.title, self.width, "bold")
        if picture:
            yield Group(Text(), picture, Text())
        for note in notes:
            yield indented(note, self.width)

    def _call(self, call: Call) -> Iterator[RenderableType]:
        """A library's code as it can be copied, what it gives, and the rule behind it."""
        yield Text()
        yield Text(call.library, style="bold")
        if call.code:
            left = " " * 2 * INDENT
            yield Text("\n".join((left + line).rstrip() for line in call.code.splitlines()))
        if call.value is not None:
            exact, numbers = library_numbers(call.value)
            text = ", ".join(map(PLAIN.number, numbers))
            yield indented(text, self.width, "bold cyan", f"{sign_of(exact)} ")
        yield indented(call.rule, self.width)

    def _audited(self, mark: Audited) -> Iterator[RenderableType]:
        (sign, words), colour = VERDICTS[mark.verdict], _COLOURS[mark.verdict]
        ours = PLAIN.number(show(mark.ours, self.solution.digits).value)
        heading = Text.assemble(
            (f"{sign} ", f"bold {colour}"),
            (mark.id, "bold"),
            f": published {PLAIN.number(mark.published)}, ours {ours}: ",
            (words, colour),
        )
        yield Text()
        yield heading
        if mark.text:
            yield indented(mark.text, self.width)


def _running_row(running: RunningValue) -> tuple[str, str, str]:
    numbers = (running.number.value, running.so_far.value)
    return (formula(running.operand, PLAIN), *map(PLAIN.number, numbers))  # type: ignore[return-value]


def _result_text(line: Line) -> str:
    return f"{line.symbol(PLAIN)} {sign_of(line.result.exact)} {PLAIN.number(line.result.value)}"

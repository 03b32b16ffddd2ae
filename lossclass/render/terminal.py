"""The terminal: solutions and worksheets drawn by Rich, to be read on 80 columns, in colour or
without, or printed as plain text.

Texts from problem files go in as :class:`rich.text.Text`, which knows no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from lossclass.arithmetic.line import Line, running_operation
from lossclass.arithmetic.matrices import MatrixLine
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Audited, Call, Equation, Figure, Paragraph, Remark, Step, Table
from lossclass.errors import printable
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut
from lossclass.render.document import Document, solution_parts, worksheet_parts
from lossclass.render.markup import Formula, Markup, Rows, WrittenBlock, WrittenStep
from lossclass.render.matrices import drawn
from lossclass.render.pieces import (
    FRAME,
    INDENT,
    NARROWEST,
    WIDEST,
    captured,
    equations,
    header,
    heading,
    indented,
    paragraph,
    rule,
)
from lossclass.render.wording import Blank, checked
from lossclass.render.wrapping import wrapped
from lossclass.solution import About, CrossCheck, Solution
from lossclass.worksheets.worksheet import Formulas, Grid, Question, Worksheet

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

_COLOURS = {"right": "green", "follows_through": "yellow", "wrong": "red"}
_RESULT = "bold cyan"
#: An empty place for a result; a line to work on is as long as there is room, but not shorter.
_BLANK = "_" * 16
#: So many lines of letters are an inch.
_LINES_AN_INCH = 6
#: Empty cells, the widest with which a table fits.
_CELLS = ("_" * 10, "_" * 8, "_" * 6, "_" * 4)


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """Each solution as text, with colours if the view's console has them."""
    between = view.contents
    if view.contents:
        solutions = list(solutions)
        yield from _contents(solutions, view)
    for solution in solutions:
        markup = Terminal(view.console.options.max_width)
        yield _drawn(solution_parts(solution, markup, view), view.console, between=between)
        between = view.detail is not Detail.ANSWER


def render_worksheet(worksheets: Iterable[Worksheet], console: Console) -> Iterator[str]:
    """Each worksheet as text, as wide as the console."""
    between = False
    for worksheet in worksheets:
        markup = Terminal(console.options.max_width)
        yield _drawn(worksheet_parts(worksheet, markup), console, between=between)
        between = True


def draw(solution: Solution, options: ConsoleOptions) -> Iterator[RenderableType]:
    """The whole working, to be printed on any console."""
    parts = Document(solution, Terminal(options.max_width)).parts()
    return (_as_it_stands(part, options.max_width) for part in parts)


def _drawn(parts: Iterator[RenderableType], console: Console, *, between: bool) -> str:
    drawn = (_as_it_stands(part, console.width) for part in parts)
    return captured(console, *([Text()] * between), Group(*drawn), crop=False)


def _contents(solutions: Sequence[Solution], view: View) -> Iterator[str]:
    """The titles, numbered, in front of a document of several solutions."""
    width = min(view.console.options.max_width, WIDEST)
    room = len(str(len(solutions)))
    titles = (" ".join(printable(each.about.title).split()) for each in solutions)
    entries = (
        indented(title, width, mark=f"{number:>{room}}. ")
        for number, title in enumerate(titles, start=1)
    )
    if solutions:
        yield captured(view.console, rule("Contents", width), *entries)


def _as_it_stands(part: RenderableType, width: int) -> RenderableType:
    """A part of a drawing; what has been broken to fit is not to be broken again, which takes Rich
    a third of the time of a long working."""
    if isinstance(part, Text) and all(cell_len(line) <= width for line in part.plain.split("\n")):
        part.no_wrap, part.overflow = True, "ignore"
    return part


class Terminal(Markup["RenderableType"]):
    """What stands inside a line is plain; of parts, some have a style."""

    names = "on the right are the steps' ids"
    ends_with_answer = False
    gap = 3

    def __init__(self, width: int) -> None:
        self.width = min(width, WIDEST)
        self.room = self.width - INDENT
        #: Whether nothing is written yet of the section that is.
        self._is_at_top = False

    def text(self, text: str) -> str:
        return text

    def math(self, formula: Formula) -> str:
        return formula(PLAIN)

    # --- texts ---

    def title(self, text: str) -> Text:
        return Text(text, style="bold")

    def about(self, about: About) -> Iterator[RenderableType]:
        yield header(about, self.width)

    def paragraph(self, text: str) -> Text:
        return paragraph(self.prose(text), self.width)

    def remark(self, text: str, *, is_good: bool = False) -> Text:
        colour, mark = ("green", "✓ ") if is_good else ("yellow", "! ")
        return indented(self.prose(text), self.width, colour, mark=mark)

    def note(self, text: str) -> Text:
        return paragraph(text, self.width, "dim")

    left_out = note

    def head(
        self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]
    ) -> Iterator[RenderableType]:
        above = _in_a_row(beside, self.width)
        for line in wrapped(heading, self.width):
            gap = self.width - cell_len(line) - sum(map(cell_len, above[:1]))
            right = above.pop(0) if len(above) == 1 and gap > 1 else ""
            if line or right:
                yield Text.assemble((line, "bold"), " " * gap, right)
        for each in [*above, *_in_a_row(below, self.width)]:
            yield Text(each)
        yield Text()

    def heading(self, text: str) -> Text:
        return rule(text, self.width)

    def section(
        self, title: str, blocks: Iterable[WrittenBlock[RenderableType]]
    ) -> Iterator[RenderableType]:
        self._is_at_top = True
        previous: object = None
        for block, parts in blocks:
            if _is_apart(previous, block):
                yield Text()
            for part in parts:  # of a figure that is not drawn here, there are none
                if previous is None and self._is_at_top:
                    yield Text()
                    yield self.heading(title)
                    self._is_at_top = False
                yield part
            previous = block

    # --- blocks ---

    def step(self, step: WrittenStep) -> Iterator[RenderableType]:
        if step.title or not self._is_at_top:
            yield Text()
        if step.title:
            yield from heading(step.title, step.id, self.width)
        yield from self._equation(step)
        if step.running:
            yield from self.table(step.running)
            if step.words:
                yield Text()
        for text in step.words:
            yield indented(self.prose(text), self.width)
        yield from self._space(step)

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[RenderableType]:
        if not self._is_at_top:
            yield Text()
        for step in steps:
            yield from self._equation(replace(step, title=""))

    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[RenderableType]:
        """Close below each other, as steps of which there is nothing to say."""
        if not self._is_at_top:
            yield Text()
        for step in steps:
            if step.title:
                yield from heading(step.title, step.id, self.width, "")
            yield from self._equation(step)
            yield from self._space(step)

    def matrices(self, line: MatrixLine) -> Iterator[RenderableType]:
        if not self._is_at_top:
            yield Text()
        yield from (Text((" " * INDENT + row).rstrip()) for row in drawn(line, self.room))

    def _equation(self, step: WrittenStep) -> Iterator[Text]:
        """The equation of a step, and beside it its id if that stands in no heading."""
        left, beside = step.left(PLAIN), "" if step.title else step.id
        room = self.width - INDENT - cell_len(left)
        line = _BLANK.ljust(room - len(" = "), "_")
        lines = step.lines(PLAIN, room, _BLANK, beside=cell_len(f"  {beside}"), line=line)
        yield from equations(left, lines, self.width, _RESULT if step.result else "", beside)

    def _space(self, step: WrittenStep) -> Iterator[Text]:
        """Room to work in."""
        return (Text() for _ in range(round(step.space / 25.4 * _LINES_AN_INCH)))

    def table(self, table: Rows) -> Iterator[RenderableType]:
        """A table, in one piece if its empty cells can be made small enough."""
        if not any(cell is None for row in table.rows for cell in row):
            return super().table(table)
        for blank in _CELLS:
            rows = [[blank if cell is None else cell for cell in row] for row in table.rows]
            filled = replace(table, rows=rows)
            _, widths = self.measured(filled)
            if sum(widths) + self.gap * (len(widths) - 1) <= self.room:
                break
        return super().table(filled)

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> Text:
        """Rich's own tables take a third of the time of a whole run."""
        cells = [columns, *rows]
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        left = " " * INDENT
        head, *body = (
            (" " * self.gap).join(
                c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True)
            )
            for row in cells
        )
        return Text.assemble(
            ("" if self._is_at_top else "\n", ""),
            (f"{left}{head}\n{left}{'─' * cell_len(head)}", "dim"),
            *(f"\n{left}{row.rstrip()}" for row in body),
        )

    def under_table(self, text: str) -> Text:
        return Text(" " * INDENT + text, "dim")

    def figure(self, figure: Figure, solution: Solution) -> Iterator[RenderableType]:
        from lossclass.render.figure_lines import draw

        picture, notes = draw(figure, solution, self.width)
        if not picture and not notes:
            return
        yield Text()
        if figure.title:
            yield paragraph(figure.title, self.width, "bold")
        if picture:
            yield Group(Text(), picture, Text())
        for note in notes:
            yield indented(note, self.width)

    def audited(
        self, mark: Audited, ours: Decimal, sign: str, words: str
    ) -> Iterator[RenderableType]:
        colour = _COLOURS[mark.verdict]
        yield Text()
        yield Text.assemble(
            (f"{sign} ", f"bold {colour}"),
            (mark.id, "bold"),
            f": published {self.number(mark.published)}, ours {self.number(ours)}: ",
            (words, colour),
        )
        if mark.text:
            yield indented(self.prose(mark.text), self.width)

    def call(self, call: Call, exact: bool, numbers: Sequence[Decimal]) -> Iterator[RenderableType]:
        yield Text()
        yield Text(call.library, style="bold")
        if call.code:
            left = " " * 2 * INDENT
            yield Text("\n".join((left + line).rstrip() for line in call.code.splitlines()))
        if numbers:
            text = ", ".join(map(self.number, numbers))
            yield indented(text, self.width, _RESULT, f"{PLAIN.sign(exact)} ")
        yield indented(self.prose(call.rule), self.width)

    # --- the answer ---

    def answer(self, lines: Sequence[Line], check: CrossCheck | None) -> Iterator[RenderableType]:
        parts = [self._results(lines)]
        if check:
            style = "bold red" if not check.agrees else "green" if check.is_made else "none"
            sign, text = checked(check)
            parts.append(Text(f"{sign} {text}", style))
            beside = Text(f"{sign} {text.removeprefix('Checked: ')}", style)
            if cell_len(parts[0].plain + beside.plain) + self.gap <= self.width - FRAME:
                parts = [Text.assemble(parts[0], " " * self.gap, beside)]
        yield Text()
        yield Panel(Group(*parts), width=self.width)

    def answer_alone(
        self, about: About, lines: Sequence[Line], file: str
    ) -> Iterator[RenderableType]:
        before = f"{printable(file)}: " if file else ""
        yield Text.assemble(before, self._results(lines), no_wrap=True, overflow="ignore")

    def brief(self, rows: Sequence[tuple[str, Line] | str]) -> Iterator[RenderableType]:
        room = max(len(row[0]) for row in rows if not isinstance(row, str))
        for row in rows:
            if isinstance(row, str):
                yield self.left_out(row)
            else:
                id, line = row
                yield Text.assemble((id.ljust(room), "dim"), f"  {self.result(line)}")

    def _results(self, lines: Iterable[Line]) -> Text:
        return Text(", ".join(map(self.result, lines)), style="bold")


def _in_a_row(blanks: Sequence[Blank], width: int) -> list[str]:
    """What is to be filled in, on one line where it fits there, else on one each. What has no room
    of its own gets what is left."""
    used = cell_len("  ".join(each.typed(NARROWEST) for each in blanks))
    room = max(width - used + NARROWEST, NARROWEST)
    texts = [each.typed(room) for each in blanks]
    line = "  ".join(texts)
    return texts if cell_len(line) > width else [line] if line else []


def _is_apart(previous: object, block: object) -> bool:
    """Whether an empty line stands between two blocks, where the second brings none itself."""
    match block:
        case Paragraph():
            return isinstance(
                previous, Step | Equation | Table | Figure | Question | Formulas | Grid
            )
        case LeftOut():
            return isinstance(previous, Step)
        case Remark() if isinstance(previous, Step):
            ends_in_table = running_operation(previous.quantity.definition) and not previous.why
            return bool(ends_in_table)
        case Remark():
            return isinstance(previous, Table | Figure)
    return False

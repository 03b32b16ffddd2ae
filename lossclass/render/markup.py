"""What a format has to know: how it writes each kind of thing, and nothing of solutions.

:mod:`lossclass.render.document` goes over solutions and worksheets and says what to write. A
:class:`Markup` says how. Formulas reach it as what can be written in any notation, texts as they
stand in the problem's file: it writes both in its own way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from rich.cells import cell_len

from lossclass.arithmetic.expression import Expression
from lossclass.arithmetic.line import Line, formula
from lossclass.arithmetic.matrices import MatrixLine
from lossclass.arithmetic.notation import PLAIN, Notation
from lossclass.arithmetic.number import Shown
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Audited, Block, Call, Figure, Paragraph
from lossclass.records import record
from lossclass.render.cutting import LeftOut, Limits, in_blocks, pieces_of
from lossclass.render.wording import Blank, checked
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About, CrossCheck, Solution

if TYPE_CHECKING:
    from lossclass.render.prose import Code, Mathematics, Reader
    from lossclass.worksheets.worksheet import Block as WorksheetBlock

#: What a document in a format is made of: a paragraph, or something larger.
Part = TypeVar("Part")
#: Mathematics, to be written in any notation.
Formula: TypeAlias = Callable[[Notation], str]
#: What stands after a symbol, in a notation: texts, each with whether ``=`` may stand before it.
Sides: TypeAlias = Sequence[tuple[bool, str]]
#: What stands in a table: a text, mathematics, or None for a place to be filled in.
Cell: TypeAlias = str | Decimal | Symbol | Expression | None
#: The heads of a worksheet's table with one line a step.
QUESTION_COLUMNS = ("step", "what to work out", "result")
#: A block, and what it is written as.
WrittenBlock: TypeAlias = "tuple[Block | LeftOut | WorksheetBlock, Iterator[Part]]"


@record
class Rows:
    """A table to be written; from its limits on, it is cut."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    limits: Limits | None = None
    title: str = ""


@record
class WrittenStep:
    """A step to be written: one that is worked, or one that is asked for.

    Attributes:
        symbol: what stands before the first sign.
        sides: what its symbol is equal to, down to the result if that is told.
        result: what it comes to; None where that is not told.
        id: empty for an equation that is no step.
        words: what is said of it, in paragraphs.
        is_asked: whether it is to be filled in where it is not told.
        running: the table of its long product or sum, if it has one.
        is_close: whether as many sides stand beside each other as fit on a line.
        lines_to_work_on: how many lines there are to put the numbers in, before the result.
        space: millimetres to work in below.
    """

    symbol: Symbol | Formula
    sides: Callable[[Notation], Sides]
    result: Shown | None = None
    id: str = ""
    title: str = ""
    words: Sequence[str] = ()
    running: Rows | None = None
    is_close: bool = False
    is_asked: bool = True
    lines_to_work_on: int = 0
    space: float = 0.0

    def left(self, notation: Notation) -> str:
        """The symbol."""
        if isinstance(self.symbol, Symbol):
            return notation.symbol(self.symbol)
        return self.symbol(notation)

    def on_one_line(self, notation: Notation) -> str:
        """The symbol and the sides that are told, beside each other."""
        sides = (f"{notation.sign(exact)} {side}" for exact, side in self.sides(notation))
        return " ".join([self.left(notation), *sides])

    def right(self, notation: Notation, blank: str, line: str = "") -> Sides:
        """The sides, with a line to work on and an empty place for a result that is asked for."""
        if self.result is not None or not self.is_asked:
            return self.sides(notation)
        to_fill_in = [*[line] * self.lines_to_work_on, blank]
        return [*self.sides(notation), *((True, each) for each in to_fill_in)]

    def lines(
        self, notation: Notation, room: int, blank: str = "", beside: int = 0, line: str = ""
    ) -> Sequence[Sides]:
        """The sides line by line.

        Args:
            room: how many letters a line takes beside the symbol.
            blank: an empty place for the result.
            beside: how many less the first one takes, if there is any on it.
            line: one to work on.
        """
        sides = self.right(notation, blank, line)
        if not self.is_close:
            return [[side] for side in sides]
        sizes = [cell_len(text) + 3 for _, text in self.right(PLAIN, blank, line)]
        lines: list[list[tuple[bool, str]]] = [[sides[0]]]
        left = room - beside - sizes[0]
        for side, size in zip(sides[1:], sizes[1:], strict=True):
            if size > left:
                lines.append([])
                left = room
            lines[-1].append(side)
            left -= size
        return lines


class Markup(ABC, Generic[Part]):
    """A format. A ``text`` may hold anything, and nothing in it is obeyed; what is called
    ``written`` is in this format already. What stands inside a line is a ``str``."""

    #: Where the ids of the steps stand, as the end of "The names …".
    names = "beside the steps are their ids"
    #: How to see what is left out, as a sentence.
    how_to_see_all = "--detail full writes all of them."
    #: Whether the answer stands under a brief working, too, and not only in its last row.
    ends_with_answer = True
    #: Whether the answer stands before the working, on the first page.
    begins_with_answer = False
    #: An empty place in a table.
    empty_cell: str
    #: As many characters as fit beside each other, and as stand between columns.
    room, gap = 84, 2
    #: Whether long tables stand in blocks beside each other, since there is no scrolling, and nobody is
    #: told of options.
    is_paper = False
    #: Whether formulas in sentences are written as mathematics, and what reads the sentences then.
    typesets_prose = False
    reader: Reader | None = None

    # --- inside a line ---

    @abstractmethod
    def text(self, text: str) -> str:
        """Any text, so that nothing in it is obeyed."""

    @abstractmethod
    def math(self, formula: Formula) -> str:
        """Mathematics inside a line."""

    def prose(self, text: str) -> str:
        """A sentence of ours: every remark, reason, paragraph and heading."""
        if self.reader is None:
            return self.text(text)
        return "".join(map(self.part_of_prose, self.reader.parts(text)))

    def part_of_prose(self, part: str | Mathematics | Code) -> str:
        """A part of a sentence; if it is text, with the spaces at its ends."""
        if isinstance(part, str):
            return self.text(part)
        return self.math(part) if callable(part) else self.code(part.text)

    def code(self, text: str) -> str:
        """A name, inside a line."""
        return self.text(text)

    def number(self, number: Decimal) -> str:
        return self.math(lambda notation: notation.number(number))

    def result(self, line: Line) -> str:
        """What a line comes to: its symbol and its number."""
        result = line.result
        return self.math(lambda n: called(line.symbol(n), result.exact, [result.value], n))

    # --- texts ---

    @abstractmethod
    def title(self, text: str) -> Part: ...

    @abstractmethod
    def about(self, about: About) -> Iterator[Part]:
        """The problem: its title and what its author says of it."""

    @abstractmethod
    def paragraph(self, text: str) -> Part: ...

    @abstractmethod
    def remark(self, text: str, *, is_good: bool = False) -> Part:
        """Something that stands out; ``is_good`` says that it is no warning."""

    def note(self, text: str) -> Part:
        """How to read what follows."""
        return self.paragraph(text)

    def left_out(self, text: str) -> Part:
        """What stands where something is left out."""
        return self.paragraph(text)

    @abstractmethod
    def head(self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]) -> Iterator[Part]:
        """The head of a worksheet: what it is called, and blanks to be filled in by hand."""

    def contents(self, about: About, titles: Sequence[str]) -> Iterator[Part]:
        """The titles of the sections, where a format lists them in front."""
        return iter(())

    @abstractmethod
    def heading(self, text: str) -> Part:
        """The heading of a section."""

    def section(self, title: str, blocks: Iterable[WrittenBlock[Part]]) -> Iterator[Part]:
        """A heading, and what stands under it."""
        if title:
            yield self.heading(title)
        before: list[Part] = []  # a paragraph of which it is not known yet whether anything follows
        for block, parts in blocks:
            yield from map(self.leading, before)
            before = []
            if isinstance(block, Paragraph):
                before = [*parts]
            else:
                yield from parts
        yield from before

    def leading(self, part: Part) -> Part:
        """What introduces the next part, and so is not to be parted from it."""
        return part

    # --- blocks ---

    @abstractmethod
    def step(self, step: WrittenStep) -> Iterator[Part]: ...

    @abstractmethod
    def row(self, steps: Sequence[WrittenStep]) -> Iterator[Part]:
        """Steps one close below the other, without their titles; there is nothing to say of any.
        Equations that are no steps have no ids."""

    @abstractmethod
    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[Part]:
        """Steps of a worksheet, on one line each: id, formula and a blank; what is only shown has
        none. Where a title says what is asked, it stands before the formula.

        Args:
            letters: of the longest id on the worksheet.
        """

    def matrices(self, line: MatrixLine) -> Iterator[Part]:
        """An equation of matrices."""
        return self.row([WrittenStep(line.left, line.sides, is_close=True, is_asked=False)])

    @abstractmethod
    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> Part:
        """A table of what is written, as wide as it is."""

    def table(self, table: Rows) -> Iterator[Part]:
        """A table, cut and in pieces where it is too large."""
        written, widths = self.measured(table)
        heads = [self.prose(each) for each in table.columns]
        if self.is_paper and table.columns[0] and table.rows:
            wide = sum(widths) + (len(widths) + 1) * self.gap
            count, rows = in_blocks(written, wide, self.room + 2 * self.gap, self.text(""), 1)
            if table.limits is None or len(rows) <= table.limits.rows.most:  # not a cut in each
                written, heads = rows, heads + [self.text(""), *heads] * (count - 1)
                widths += [0, *widths] * (count - 1)
        pieces, notes = pieces_of(heads, written, widths, self.room, self.gap, table.limits)
        for head, rows in pieces:
            yield self.grid(head, rows, table.title)
        yield from (self.under_table(f"{note} {self.how_to_see_all}".strip()) for note in notes)

    def measured(self, table: Rows) -> tuple[list[list[str]], list[int]]:
        """The cells of a table, and how wide its columns are."""
        body = [[self.cell(cell) for cell in row] for row in table.rows]
        widths = [
            max([cell_len(head), *(row[column][1] for row in body)])
            for column, head in enumerate(table.columns)
        ]
        return [[cell for cell, _ in row] for row in body], widths

    def under_table(self, text: str) -> Part:
        """What is said of a table of which something is left out."""
        return self.left_out(text)

    def cell(self, cell: Cell) -> tuple[str, int]:
        """What stands in a cell, and about how wide it is."""
        match cell:
            case None:
                return self.empty_cell, 8
            case str():
                return self.prose(cell), cell_len(cell)
            case Decimal():
                return self.number(cell), cell_len(PLAIN.number(cell))
        written = formula_of(cell)
        return self.math(written), cell_len(written(PLAIN))

    @abstractmethod
    def figure(self, figure: Figure, solution: Solution) -> Iterator[Part]: ...

    @abstractmethod
    def audited(self, mark: Audited, ours: Decimal, sign: str, words: str) -> Iterator[Part]:
        """A number that somebody published, and the verdict on it; ours is as long as it is shown."""

    @abstractmethod
    def call(self, call: Call, exact: bool, numbers: Sequence[Decimal]) -> Iterator[Part]:
        """A library's code as it can be copied, what it gives (no numbers where it cannot), and
        the rule behind it."""

    # --- the answer ---

    @abstractmethod
    def brief(self, rows: Sequence[tuple[str, Line] | str]) -> Iterator[Part]:
        """The ids of the steps and what they come to; a text where some are left out."""

    @abstractmethod
    def answer(self, lines: Sequence[Line], check: CrossCheck | None) -> Iterator[Part]:
        """The answer, and what NumPy makes of it if that is said."""

    def answer_alone(self, about: About, lines: Sequence[Line], file: str) -> Iterator[Part]:
        """Nothing but the answer; ``file`` says which problem's, if there are several."""
        yield self.title(about.title)
        yield from self.answer(lines, None)


class TextMarkup(Markup[str]):
    """A format in which a document is paragraphs of text, with headings, listings and tables. Its
    pieces say how each of these is written; how a solution is written with them is said here."""

    ends_with_answer = False

    @abstractmethod
    def strong(self, written: str) -> str: ...

    @abstractmethod
    def lines(self, written: Iterable[str]) -> str:
        """A paragraph whose lines stay lines."""

    @abstractmethod
    def equation(self, step: WrittenStep) -> str:
        """The heading of a step, whose title may be empty, and its displayed equation."""

    @abstractmethod
    def listing(self, text: str, language: str) -> str:
        """Text in which every space counts."""

    def about(self, about: About) -> Iterator[str]:
        yield self.title(about.title)
        for lines in paragraphs(about.statement):
            yield self.lines(map(self.text, lines))
        if about.source:
            yield self.lines([self.text(f"Source: {about.source}")])
        lines = [] if about.loss_title == about.title else [self.text(about.loss_title)]
        yield self.lines([*lines, self.prose(f"Formula: {about.formula}")])

    def paragraph(self, text: str) -> str:
        return self.lines([self.prose(text)])

    def space(self, millimetres: float) -> str:
        """Room to work in; on what is no paper, as much as is wanted is there."""
        return ""

    def head(self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]) -> Iterator[str]:
        above = [self.strong(self.text(heading))] if heading else []
        if above := [*above, *(self.text(each.typed(30)) for each in beside)]:
            yield self.lines(above)
        yield self.lines([self.text(" ".join(each.typed(30) for each in below))])

    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[str]:
        rows = [
            [self.code(step.id), self.on_one_line(step), self.empty_cell if step.is_asked else ""]
            for step in steps
        ]
        yield self.grid(list(map(self.text, QUESTION_COLUMNS)), rows, "")

    def on_one_line(self, step: WrittenStep) -> str:
        """What is asked, without a blank."""
        before = f"{self.prose(step.title)}: " if step.title else ""
        return before + self.math(step.on_one_line)

    def step(self, step: WrittenStep) -> Iterator[str]:
        yield self.equation(step)
        if step.running:
            yield from self.table(step.running)
        yield from map(self.paragraph, step.words)
        if step.space and (space := self.space(step.space)):
            yield space

    def figure(self, figure: Figure, solution: Solution) -> Iterator[str]:
        from lossclass.render import PAPER
        from lossclass.render.figure_lines import draw

        picture, notes = draw(figure, solution, PAPER)
        if figure.title and (picture or notes):
            yield self.leading(self.lines([self.strong(self.prose(figure.title))]))
        if picture:
            yield self.listing(picture.plain, "text")
        yield from map(self.paragraph, notes)

    def audited(self, mark: Audited, ours: Decimal, sign: str, words: str) -> Iterator[str]:
        verdict = self.strong(self.text(f"{sign} {words}"))
        numbers = f"published {self.number(mark.published)}, ours {self.number(ours)}"
        line = f"{self.code(mark.id)}: {numbers}: {verdict}."
        yield self.lines([line, self.prose(mark.text)] if mark.text else [line])

    def call(self, call: Call, exact: bool, numbers: Sequence[Decimal]) -> Iterator[str]:
        yield self.lines([self.strong(self.text(call.library))])
        if call.code:
            yield self.listing(call.code, "python")
        if numbers:
            loss = Symbol("loss")
            yield self.lines([self.math(lambda n: called(n.symbol(loss), exact, numbers, n))])
        yield self.paragraph(call.rule)

    def answer(self, lines: Sequence[Line], check: CrossCheck | None) -> Iterator[str]:
        yield self.heading("The answer")
        yield self.lines([self.strong(", ".join(map(self.result, lines)))])
        if check:
            text = " ".join(checked(check))
            yield self.paragraph(text) if check.agrees else self.remark(text)

    def answer_alone(self, about: About, lines: Sequence[Line], file: str) -> Iterator[str]:
        results = ", ".join(map(self.result, lines))
        yield self.lines([f"{self.text(file)}: {results}" if file else self.strong(results)])

    def brief(self, rows: Sequence[tuple[str, Line] | str]) -> Iterator[str]:
        written = [
            (self.text("…"), self.text(row))
            if isinstance(row, str)
            else (self.code(row[0]), self.result(row[1]))
            for row in rows
        ]
        yield self.grid([self.text("step"), self.text("result")], written, "")


def formula_of(cell: Symbol | Expression) -> Formula:
    """A name or an expression in symbols."""
    if isinstance(cell, Symbol):
        return lambda notation: notation.symbol(cell)
    return lambda notation: formula(cell, notation)


def called(name: str, exact: bool, numbers: Iterable[Decimal], notation: Notation) -> str:
    """Numbers behind the name of what comes to them."""
    return f"{name} {notation.sign(exact)} {', '.join(map(notation.number, numbers))}"

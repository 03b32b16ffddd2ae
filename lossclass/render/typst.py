"""A Typst document of solutions, from which PDF is made.

What it says is in calls of a few functions that the document begins with. Their arguments are
string literals and mathematics, so that no text of a problem is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.line import Line, formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.typst import TYPST
from lossclass.arithmetic.typst import typst_string as string
from lossclass.blocks import Audited, Block, Call, Paragraph, Remark, Section, Step, Table, Trellis
from lossclass.errors import UsageError
from lossclass.render import Detail, View
from lossclass.render.cutting import LeftOut, blocks_of, limits_for, pieces_of
from lossclass.render.svg import plot
from lossclass.render.typst_pieces import NAMES, array, call, grid, heading, running_table, sign
from lossclass.render.typst_worksheet import worksheet_pieces
from lossclass.render.wording import (
    VERDICTS,
    checked,
    how_numbers_are_shown,
    library_numbers,
)
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Worksheet

PREAMBLE = (Path(__file__).parent / "preamble.typ").read_text(encoding="utf-8")
#: So many characters fit across a page.
ACROSS = 92
_GAP = 3


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """The document: one for all solutions, each of which begins a page."""
    before = PREAMBLE + (call("contents", string("Contents")) if view.contents else "")
    for solution in solutions:
        yield before
        yield from _Writing(solution, view).all()
        before = "#pagebreak()\n"


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """The document: one for all worksheets, each of which begins a page."""
    before = PREAMBLE
    for worksheet in worksheets:
        yield before
        yield call("name-and-date")
        yield heading(worksheet.about)
        yield from worksheet_pieces(worksheet)
        before = "#pagebreak()\n"


class _Writing:
    def __init__(self, solution: Solution, view: View) -> None:
        self.solution = solution
        self.detail = view.detail
        self.limits = limits_for(len(solution.steps), whole=view.whole)

    def all(self) -> Iterator[str]:
        match self.detail:
            case Detail.ANSWER:
                yield call("title", string(self.solution.about.title))
                yield call("answer", self._answers())
            case Detail.BRIEF:
                yield call("title", string(self.solution.about.title))
                yield from self._brief()
            case Detail.FULL:
                yield from self._full()

    def _brief(self) -> Iterator[str]:
        for block in blocks_of(Section("", self.solution.steps), self.limits):
            if isinstance(block, LeftOut):
                yield call("left-out", string(block.text))
            elif isinstance(block, Step):
                result = _result(self.solution.line(block))
                yield call("result", string(block.id), result)
        for remark in self.solution.remarks:
            yield call("remark", string(remark.text))
        yield call("answer", self._answers())

    def _full(self) -> Iterator[str]:
        yield heading(self.solution.about)
        yield call(
            "note",
            string(how_numbers_are_shown(self.solution.digits, NAMES)),
        )
        for section in self.solution.sections:
            yield call("section", string(section.title))
            for block in blocks_of(section, self.limits):
                yield from self._block(block)
        yield call("answer", self._answers(), string(" ".join(checked(self.solution.cross_check))))

    def _answers(self) -> str:
        lines = (self.solution.line(self.solution.step(id)) for id in self.solution.answer_ids)
        return array(map(_result, lines))

    def _block(self, block: Block | LeftOut) -> Iterator[str]:
        match block:
            case Step():
                yield self._step(block)
            case Table():
                yield from self._table(block)
            case Trellis():
                yield self._trellis(block)
            case Remark(text=text):
                yield call("remark", string(text))
            case Paragraph(text=text):
                yield call("say", string(text))
            case LeftOut():
                yield call("left-out", string(block.text))
            case Audited():
                yield self._audited(block)
            case Call():
                yield self._library(block)

    def _step(self, step: Step) -> str:
        line = self.solution.line(step)
        sides = [f"({sign(exact)}, $display({side})$)" for exact, side in line.equation(TYPST)]
        running = "none"
        if line.running:
            rows = (
                array((f"[{n}]", f"${formula(each.operand, TYPST)}$", f"${_n(each.number.value)}$",
                       f"${_n(each.so_far.value)}$"))
                for n, each in enumerate(line.running, start=1)
            )  # fmt: skip
            running = running_table(rows, is_product=line.is_product)
        return call(
            "step",
            string(step.title),
            string(step.id),
            f"$display({line.symbol(TYPST)})$",
            array(sides),
            running,
            string(step.why),
        )

    def _table(self, table: Table) -> Iterator[str]:
        rows = [[self._cell(cell, table.digits) for cell in row] for row in table.rows]
        widths = [max(map(len, column)) for column in zip(table.columns, *rows, strict=True)]
        pieces, notes = pieces_of(table.columns, rows, widths, ACROSS, _GAP, self.limits)
        for piece in pieces:
            yield grid(piece.head, piece.rows)
        for note in notes:
            yield call("left-out", string(note))

    def _cell(self, cell: str | Quantity, digits: int | None) -> str:
        if isinstance(cell, str):
            return cell
        return PLAIN.number(
            show(self.solution.values[cell.id], digits or self.solution.digits).value
        )

    def _trellis(self, block: Trellis) -> str:
        try:
            picture = plot(replace(self.solution, sections=(Section("", (block,)),)))
        except UsageError as too_large:
            return call("say", string(f"{block.title}: {too_large}."))
        # As a literal, a picture keeps its line ends: spaces are as good there.
        return call("picture", string(picture))

    def _audited(self, mark: Audited) -> str:
        verdict, words = VERDICTS[mark.verdict]
        ours = PLAIN.number(show(mark.ours, self.solution.digits).value)
        text = f": published {PLAIN.number(mark.published)}, ours {ours}: {words}"
        return call("audited", *map(string, (verdict, mark.id, text, mark.text)))

    def _library(self, library: Call) -> str:
        code = "none"
        if library.code:
            code = array(map(_code_line, library.code.splitlines()))
        value = "none"
        if library.value is not None:
            exact, numbers = library_numbers(library.value)
            value = f"${'=' if exact else '≈'} {', '.join(map(_n, numbers))}$"
        return call("library", string(library.library), code, value, string(library.rule))


def _code_line(line: str) -> str:
    """A line of code with its indent, which a string literal would not keep."""
    indent = len(line) - len(line.lstrip())
    return string(line).replace('"', '"' + "\N{NO-BREAK SPACE}" * indent, 1)


def _n(number: Decimal) -> str:
    return TYPST.number(number)


def _result(line: Line) -> str:
    exact = "=" if line.result.exact else "≈"
    return f"${line.symbol(TYPST)} {exact} {_n(line.result.value)}$"

"""A Typst document of solutions or worksheets, from which PDF is made.

What it says is in calls of a few functions that the document begins with (``preamble.typ``). Their
arguments are string literals and mathematics, so that no text of a problem is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path

from lossclass.arithmetic.line import Line
from lossclass.arithmetic.typst import TYPST
from lossclass.arithmetic.typst import typst_string as string
from lossclass.blocks import Audited, Call, Figure
from lossclass.errors import UsageError
from lossclass.render import View
from lossclass.render.document import sheets_of, solution_parts, worksheet_parts
from lossclass.render.markup import Formula, Markup, WrittenStep
from lossclass.render.prose import Code, Mathematics
from lossclass.render.svg import written
from lossclass.render.wording import Blank, checked, foot
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About, CrossCheck, Solution
from lossclass.worksheets import Layout
from lossclass.worksheets.worksheet import Worksheet

#: A place for a result, to be filled in by hand.
_BLANK = "#line-to-write-on(9em)"
#: A line to put numbers in.
_LINE = "#line-to-write-on(11cm)"
#: Millimetres from line to line of a worksheet's table, at least.
_LEAST_HIGH = 6.2
#: Points that a letter of an id takes, and that it has.
_LETTER, _WIDEST_ID = 5.2, 235
#: Millimetres below a blank.
_BELOW = 1.5
_SPACE = '" "'
#: How each document begins in the source of all.
BEGIN = "#document("
PREAMBLE = (Path(__file__).parent / "preamble.typ").read_text(encoding="utf-8")


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """The document: one for all solutions, each of which begins a page."""
    contents = _call("contents", string("Contents")) if view.contents else ""
    documents = ((foot(each.about), solution_parts(each, Typst(), view)) for each in solutions)
    yield from _pages(documents, contents)


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """The document: one for all worksheets, of which each sheet begins a page."""
    yield from _pages(sheets_of(worksheets, _worksheet))


def _worksheet(worksheet: Worksheet) -> Iterator[str]:
    parts = worksheet_parts(worksheet, Typst())
    if worksheet.layout is Layout.TABLE:
        return chain(["#short[\n"], parts, ["]\n"])
    return parts


def _pages(documents: Iterable[tuple[str, Iterable[str]]], contents: str = "") -> Iterator[str]:
    """Documents, each with what stands at the foot of its pages."""
    before = PREAMBLE + contents
    for words, parts in documents:
        yield before
        yield document(words, parts)
        before = "#pagebreak()\n"


def document(words: str, parts: Iterable[str]) -> str:
    """A document that can be typeset by itself, with what stands at the foot of its pages."""
    return f"{BEGIN}{string(words)})[\n{''.join(parts)}]\n"


class Typst(Markup[str]):
    empty_cell = "place(4.5em)"
    room, gap = 92, 3
    begins_with_answer = is_paper = True
    how_to_see_all = ""
    typesets_prose = True

    def text(self, text: str) -> str:
        return string(text)

    def code(self, text: str) -> str:
        return f"raw({string(text)})"

    def prose(self, text: str) -> str:
        parts = self.reader.parts(text) if self.reader else (text,)
        if not text or parts[0] == text:
            return string(text)
        return f"{_array(map(self.part_of_prose, parts))}.join()"

    def part_of_prose(self, part: str | Mathematics | Code) -> str:
        if not isinstance(part, str):
            return super().part_of_prose(part)
        # A literal loses the spaces at its ends.
        words = [string(part)] if part.strip() else []
        before, after = ([_SPACE] if part[at].isspace() else [] for at in (0, -1))
        return " + ".join([*before, *words, *after] if words else [_SPACE])

    def math(self, formula: Formula) -> str:
        return f"${formula(TYPST)}$"

    # --- texts ---

    def title(self, text: str) -> str:
        return _call("title", string(text))

    def about(self, about: About) -> Iterator[str]:
        yield _call(
            "problem",
            string(about.title),
            _array(_array(map(string, lines)) for lines in paragraphs(about.statement)),
            string(about.source),
            string("" if about.loss_title == about.title else about.loss_title),
            self.prose(about.formula),
        )

    def paragraph(self, text: str) -> str:
        return _call("say", self.prose(text))

    def remark(self, text: str, *, is_good: bool = False) -> str:
        return _call("good-news" if is_good else "remark", self.prose(text))

    def note(self, text: str) -> str:
        return _call("note", string(text))

    def left_out(self, text: str) -> str:
        return _call("left-out", string(text))

    def head(self, heading: str, beside: Sequence[Blank], below: Sequence[Blank]) -> Iterator[str]:
        blanks = (_array(map(_blank, each)) for each in (beside, below))
        yield _call("sheet-head", string(heading), *blanks)

    def heading(self, text: str) -> str:
        return _call("section", self.prose(text))

    def leading(self, part: str) -> str:
        return f"#leading-to[{part}]\n"

    # --- blocks ---

    def step(self, step: WrittenStep) -> Iterator[str]:
        # Without a title, it is as low as the lines of a row are.
        style = "display({})" if step.title else "{}"
        running = "none"
        if step.running:
            _, what, _, so_far = step.running.columns
            rows, _ = self.measured(step.running)
            running = f"({string(what)}, {string(so_far)}, {_array(map(_array, rows))})"
        yield _call(
            "step",
            self.prose(step.title),
            string(step.id),
            *_equation(step, style),
            running,
            _array(map(self.prose, step.words)),
            *([f"space: {step.space + _BELOW:g}mm"] if step.result is None else []),
        )

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        lines = (_array([string(step.id), *_equation(step, "{}")]) for step in steps)
        yield _call("row", _array(lines))

    def questions(self, steps: Sequence[WrittenStep], letters: int) -> Iterator[str]:
        yield _call(
            "questions",
            f"{min(_LETTER * letters + 8, _WIDEST_ID):g}pt",
            _array(map(self._question, steps)),
        )

    def _question(self, step: WrittenStep) -> str:
        title = f"{self.prose(step.title)} + [: ] + " if step.title else ""
        what = f"{title}${step.on_one_line(TYPST)}$"
        is_asked = "true" if step.is_asked else "false"
        return _array([string(step.id), what, is_asked, f"{max(step.space, _LEAST_HIGH):g}mm"])

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        return _call("grid-of", _array(columns), _array(map(_array, rows)))

    def figure(self, figure: Figure, solution: Solution) -> Iterator[str]:
        try:
            picture = written(figure, solution)
        except UsageError as too_large:
            yield self.paragraph(f"{figure.title}: {too_large}.")
            return
        # As a literal, a picture keeps its line ends: spaces are as good there.
        yield _call("picture", string(picture))

    def audited(self, mark: Audited, ours: Decimal, sign: str, words: str) -> Iterator[str]:
        yield _call(
            "audited",
            string(sign),
            string(mark.id),
            self.number(mark.published),
            self.number(ours),
            string(words),
            self.prose(mark.text),
        )

    def call(self, call: Call, exact: bool, numbers: Sequence[Decimal]) -> Iterator[str]:
        code = _array(map(_code_line, call.code.splitlines())) if call.code else "none"
        value = "none"
        if numbers:
            value = f"${TYPST.sign(exact)} {', '.join(map(TYPST.number, numbers))}$"
        yield _call("library", string(call.library), code, value, self.prose(call.rule))

    # --- the answer ---

    def answer(self, lines: Sequence[Line], check: CrossCheck | None) -> Iterator[str]:
        said = [string(" ".join(checked(check)))] if check else []
        yield _call("answer", _array(map(self.result, lines)), *said)

    def brief(self, rows: Sequence[tuple[str, Line] | str]) -> Iterator[str]:
        for row in rows:
            if isinstance(row, str):
                yield self.left_out(row)
            else:
                id, line = row
                yield _call("result", string(id), self.result(line))


def _blank(blank: Blank) -> str:
    room = f"{blank.room / 2:g}em" if blank.room else "1fr"
    return _array([string(blank.label), string(blank.filled), room, string(blank.behind)])


def _equation(step: WrittenStep, style: str) -> list[str]:
    """A symbol, what it is equal to, each behind its sign, and whether sides may share a line."""
    sides = [
        f"${style.format(f'{TYPST.sign(exact)} {side}')}$"
        for exact, side in step.right(TYPST, _BLANK, _LINE)
    ]
    close = "true" if step.is_close else "false"
    return [f"${style.format(step.left(TYPST))}$", _array(sides), close]


def _call(function: str, *arguments: str) -> str:
    """A call of one of the functions of the preamble, on a line of its own."""
    return f"#{function}({', '.join(arguments)})\n"


def _array(items: Iterable[str]) -> str:
    """An array, also of a single item."""
    return f"({''.join(f'{item}, ' for item in items)})"


def _code_line(line: str) -> str:
    """A line of code with its indent, which a string literal would not keep."""
    indent = len(line) - len(line.lstrip())
    return string(line).replace('"', '"' + "\N{NO-BREAK SPACE}" * indent, 1)

"""Markdown as GitHub reads it, with its mathematics.

Nothing from a problem file is obeyed: what could be a tag, a link, a picture or mathematics is
escaped. In formulas, labels are written as MathJax reads them, which GitHub uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import category

from lossclass.errors import printable
from lossclass.render import View
from lossclass.render.document import apart, solution_parts, worksheet_parts
from lossclass.render.markup import Formula, TextMarkup, WrittenStep
from lossclass.render.mathematics import BLANK, HIGH, equation_rows
from lossclass.solution import Solution
from lossclass.worksheets.worksheet import Worksheet

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&#!]")
#: What GitHub makes links of without being asked: addresses of pages and of people.
_ADDRESS = re.compile(r"(?<=\w)(?=://)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_BLOCK = re.compile(r"^(\d*)([-+=.):])")
#: Characters that Markdown would read inside $…$, so that $`…`$ has to protect them.
_RISKY = re.compile(r"\\[^a-zA-Z\s]|[*<>\[\]]")
_CONTENTS = "Contents"
#: About how many millimetres a line of a page takes.
_LINE_HEIGHT = 5
#: Kinds of characters that GitHub keeps of a heading: letters, accents, digits and underscores.
_IN_ANCHORS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
_BACKTICKS = re.compile("`+")
_IN_LABELS = re.compile(
    r"\\textbackslash\{\}|\\textasciicircum\{\}|\\textasciitilde\{\}|\\([{}$&#%_])|[`|]"
)
_INSTEAD = {
    r"\textbackslash{}": r"}\backslash\text{",
    # MathJax and KaTeX have no common way to write these, so the letters that look like them do.
    r"\textasciicircum{}": "\N{MODIFIER LETTER CIRCUMFLEX ACCENT}",
    r"\textasciitilde{}": "\N{SMALL TILDE}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    "|": r"}\vert\text{",
}


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """Each solution under a heading of its own, behind a list of links to them if asked for."""
    if view.contents:
        yield from _book(solutions, view)
        return
    yield from apart(solution_parts(solution, Markdown(), view) for solution in solutions)


def _book(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """The links stand first, but the anchors are known when all headings are written."""
    markup = Markdown()
    head = markup.title(_CONTENTS)
    parts: list[str] = []
    entries: list[str] = []
    for solution in solutions:
        before = len(markup.anchors)
        parts += solution_parts(solution, markup, view)
        title, to = markup.text(solution.about.title), "".join(markup.anchors[before : before + 1])
        entries.append(f"[{title}](#{to})" if to and title else title)
    numbered = (f"{number}. {entry}" for number, entry in enumerate(entries, start=1))
    if entries:
        yield from apart([[head, "\n".join(numbered), *parts]])


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """Each worksheet under a heading of its own."""
    yield from apart(worksheet_parts(worksheet, Markdown()) for worksheet in worksheets)


class Markdown(TextMarkup):
    empty_cell = " "
    #: What stands around a displayed equation.
    fences = ("```math", "```")

    def __init__(self) -> None:
        #: Under which names GitHub can link to the headings, in their order.
        self.anchors: list[str] = []
        self._used: dict[str, int] = {}

    def text(self, text: str) -> str:
        line = printable(" ".join(text.split()))
        escaped = _ADDRESS.sub(r"\\", _SPECIAL.sub(r"\\\g<0>", line))
        return _BLOCK.sub(r"\1\\\2", escaped)

    def strong(self, written: str) -> str:
        return f"**{written}**" if written else ""

    def code(self, text: str) -> str:
        line = printable(" ".join(text.split())).replace("|", "\N{BROKEN BAR}")
        fence = _fence(line, 1)
        return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"

    def math(self, formula: Formula) -> str:
        written = self.readable(formula(HIGH))
        return f"$`{written}`$" if _RISKY.search(written) else f"${written}$"

    def readable(self, latex: str) -> str:
        r"""A formula as whoever reads the document takes it: its labels as MathJax reads them, which
        knows few escapes inside \text."""
        formula = _IN_LABELS.sub(
            lambda found: _INSTEAD.get(found[0]) or rf"}}\{found[1]}\text{{", latex
        )
        return "".join(
            each if each.isprintable() else f"U+{ord(each):04X}"
            for each in formula.replace(r"\text{}", "")
        )

    def title(self, text: str) -> str:
        return self.headed("#", text, self.text(text))

    def heading(self, text: str) -> str:
        return self.headed("##", text, self.text(text))

    def equation(self, step: WrittenStep) -> str:
        title = f"{self.text(step.title)} " if step.title else ""
        head = self.headed("###", f"{step.title} {step.id}", f"{title}{self.code(step.id)}")
        return f"{head}\n\n{self._displayed(step)}"

    def headed(self, level: str, text: str, written: str) -> str:
        """A heading: the text, and how it is written. Of names that are the same, the second gets a
        1, unless another heading has that name."""
        name = found = _anchor(text)
        while found in self._used:
            self._used[name] += 1
            found = f"{name}-{self._used[name]}"
        self._used[found] = 0
        self.anchors.append(found)
        return f"{level} {written}"

    def _displayed(self, step: WrittenStep) -> str:
        rows = " \\\\\n".join(map(self.readable, equation_rows(step)))
        before, after = self.fences
        return f"{before}\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n{after}"

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        if len(steps) == 1 and not steps[0].id:
            yield self._displayed(steps[0])
        else:
            yield "\n".join(f"- {self._line(step)}" for step in steps)

    def _line(self, step: WrittenStep) -> str:
        sides = " ".join(f"{HIGH.sign(exact)} {side}" for exact, side in step.right(HIGH, BLANK))
        line = self.math(lambda _: f"{step.left(HIGH)} {sides}")
        return f"{line} {self.code(step.id)}" if step.id else line

    def remark(self, text: str, *, is_good: bool = False) -> str:
        return f"> {'✓ ' * is_good}{self.prose(text)}"

    def space(self, millimetres: float) -> str:
        return "<br>" * round(millimetres / _LINE_HEIGHT)

    def listing(self, text: str, language: str) -> str:
        lines = "\n".join(printable(line) for line in text.split("\n"))
        fence = _fence(lines, 3)
        return f"{fence}{language}\n{lines}\n{fence}"

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        lines = [columns, ["---"] * len(columns), *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def lines(self, written: Iterable[str]) -> str:
        return "\\\n".join(written)


def _anchor(heading: str) -> str:
    """What GitHub calls a heading: its letters and digits, with hyphens for spaces."""
    line = printable(" ".join(heading.split())).lower()
    kept = (each for each in line if each in "- " or category(each) in _IN_ANCHORS)
    return "".join(kept).replace(" ", "-")


def _fence(text: str, least: int) -> str:
    """Backticks, more than stand together in the text."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)

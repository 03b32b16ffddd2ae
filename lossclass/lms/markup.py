"""Texts, numbers and XHTML as all platforms take them: only elements that every platform keeps, and
no attributes but those of pictures, and of tables what Moodle's own style sheet reads.

Every text of a problem goes through :func:`escaped`. Beside what HTML needs, it hides from Moodle
and MathJax what they would take for commands: braces, dollars, backslashes and ``@@``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final
from xml.sax.saxutils import escape

from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Figure, Trellis
from lossclass.records import record
from lossclass.render.markup import Formula, Rows, TextMarkup, WrittenStep
from lossclass.render.wrapping import paragraphs
from lossclass.solution import About, Solution

#: A platform's column for a question's name.
_LONGEST_NAME: Final = 200
#: Characters that XML cannot hold, and those that turn the text after them round.
_UNWELCOME = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)
_ESCAPES: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        **{each: f"&#{ord(each)};" for each in "'{}$\\@`"},
    }
)
#: Or the numbers in a table would touch each other.
_TABLE: Final = "table table-sm table-bordered w-auto"
#: Digits before and behind the point of numbers that are written without an exponent.
_MOST_ZEROS: Final = 30


def legible(text: str) -> str:
    """The text with one sign in the place of each character that a platform must not see."""
    return _UNWELCOME.sub("\ufffd", text)


def one_line(text: str) -> str:
    """A text for a title: one line, and not longer than platforms keep."""
    line = " ".join(legible(text).split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def escaped(text: str) -> str:
    """A text in XHTML, on one line."""
    return " ".join(legible(text).translate(_ESCAPES).split())


def xml(text: str) -> str:
    """A text between two XML tags or in an attribute, otherwise as it is."""
    return escape(legible(text), {'"': "&quot;"})


def number(value: float) -> str:
    """A number that reads back as the same double, without an exponent where it is not very
    small or large."""
    text = repr(value + 0.0)
    if "e" not in text or abs(int(text.partition("e")[2])) > _MOST_ZEROS:
        return text
    return format(Decimal(text), "f")


def points(worth: Fraction) -> str:
    """Points as a number, to seven digits."""
    return f"{float(worth):.7g}"


def bounds(value: float, tolerance: float) -> tuple[str, str]:
    """The smallest and the largest answer that counts."""
    middle, distance = Decimal(repr(value)), Decimal(repr(tolerance))
    return number(float(middle - distance)), number(float(middle + distance))


def tag(name: str, inside: str) -> str:
    """An element around what is already XHTML."""
    return f"<{name}>{inside}</{name}>"


@record
class Gap:
    """A place for a number, as the platform writes it, and whether −ln of the number goes there."""

    written: str
    as_logarithm: bool = False


class Xhtml(TextMarkup):
    """Formulas stand on one line, in plain text.

    Args:
        picture: where the picture of the trellis is, if there is one.
        gaps: by the ids of steps.
    """

    how_to_see_all = ""
    empty_cell = ""

    def __init__(self, *, picture: str = "", gaps: Mapping[str, Gap] | None = None) -> None:
        self.picture = picture
        self.gaps = gaps or {}

    def text(self, text: str) -> str:
        return escaped(text)

    def math(self, formula: Formula) -> str:
        return escaped(formula(PLAIN))

    def strong(self, written: str) -> str:
        return tag("b", written) if written else ""

    def code(self, text: str) -> str:
        return tag("code", escaped(text))

    def lines(self, written: Iterable[str]) -> str:
        return tag("p", "<br/>".join(written))

    def title(self, text: str) -> str:
        return tag("h3", escaped(text))

    def heading(self, text: str) -> str:
        return tag("h4", escaped(text))

    def remark(self, text: str, *, is_good: bool = False) -> str:
        return self.paragraph(f"✓ {text}" if is_good else text)

    def listing(self, text: str, language: str) -> str:
        return tag("pre", "\n".join(map(escaped, text.split("\n"))))

    def about(self, about: About) -> Iterator[str]:
        for lines in paragraphs(about.statement):
            yield self.lines(map(escaped, lines))
        if about.source:
            yield self.lines([escaped(f"Source: {about.source}")])
        yield self.lines([escaped(f"{about.loss_title}: {about.formula}")])

    def step(self, step: WrittenStep) -> Iterator[str]:
        yield self.equation(step)

    def equation(self, step: WrittenStep) -> str:
        sides = "".join(f" {PLAIN.sign(exact)} {side}" for exact, side in step.sides(PLAIN))
        line = escaped(step.left(PLAIN) + sides)
        why = ""
        if step.result:
            why = " ".join(map(self.prose, step.words))
        elif gap := self.gaps.get(step.id):
            asks = f"; −ln |{step.left(PLAIN)}|" if gap.as_logarithm else ""
            line += f"{escaped(asks)} = {gap.written}"
        return self.lines(filter(None, [self.strong(escaped(step.title)), line, why]))

    def row(self, steps: Sequence[WrittenStep]) -> Iterator[str]:
        yield from map(self.equation, steps)

    def table(self, table: Rows) -> Iterator[str]:
        """A table in one piece: where it is too wide, it can be moved."""
        rows, _ = self.measured(table)
        if rows:
            yield self.grid([escaped(each) for each in table.columns], rows, table.title)

    def grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
        head = tag("tr", "".join(tag("th", each) for each in columns))
        body = "".join(tag("tr", "".join(tag("td", cell) for cell in row)) for row in rows)
        return f'<table class="{_TABLE}">{tag("thead", head)}{tag("tbody", body)}</table>'

    def figure(self, figure: Figure, solution: Solution) -> Iterator[str]:
        """The picture of the trellis, and words in its place for those who do not see it; others
        are not taken along."""
        if self.picture and isinstance(figure, Trellis):
            words = escaped(figure.title or "The trellis")
            yield f'<p><img src="{self.picture}" alt="{words}"/></p>'

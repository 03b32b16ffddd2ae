"""What a text is made of once it is worked out, and how each of these looks in the terminal: prose by
Rich's Markdown, the rest by our renderers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.constrain import Constrain
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.blocks import Trellis
from lossclass.records import record
from lossclass.render import Detail, curve, trellis
from lossclass.render.document import Document
from lossclass.render.markup import Rows
from lossclass.render.pieces import INDENT, equation
from lossclass.render.terminal import Terminal
from lossclass.render.wrapping import wrapped
from lossclass.solution import Solution

if TYPE_CHECKING:
    from rich.console import RenderableType

_BEFORE_OPERATOR = re.compile(r" (?=[=≈×·+−/] )|(?<=,) ")


@record
class Prose:
    """Markdown without directives."""

    markdown: str

    def draw(self, width: int) -> Iterator[RenderableType]:
        yield Constrain(Markdown(self.markdown, hyperlinks=False), width)


@record
class Verbatim:
    """Lines that stay as they are: code, or formulas (which may be folded before operators)."""

    text: str
    is_code: bool = False

    def draw(self, width: int) -> Iterator[RenderableType]:
        if self.is_code:
            yield _indented(f"\n{self.text}")
        else:
            lines = (_folded(line, width - INDENT) for line in self.text.splitlines())
            yield _indented("\n".join(["", *(piece for line in lines for piece in line)]), "cyan")


@record
class Equation:
    """``sides[0] = sides[1] ≈ …``, each side with the sign before it."""

    left: str
    sides: tuple[tuple[str, str], ...]

    def draw(self, width: int) -> Iterator[RenderableType]:
        """One line if there is room, else a line for every side."""
        left, lines = self.left, [self.on_one_line]
        if cell_len(lines[0]) > width - INDENT:
            lines = []
            for sign, side in self.sides:
                lines.append(equation(left, sign, side, width - INDENT).plain)
                left = " " * cell_len(left)
        yield _indented("\n".join(["", *lines]))

    @property
    def on_one_line(self) -> str:
        return " ".join([self.left, *(f"{sign} {side}" for sign, side in self.sides)])


@record
class Worked:
    """The working of a problem."""

    solution: Solution
    detail: Detail

    def draw(self, width: int) -> Iterator[RenderableType]:
        yield Text()
        yield from Document(self.solution, Terminal(width), self.detail).parts()


@record
class Picture:
    """A figure from the working of a problem."""

    trellis: Trellis
    solution: Solution

    def draw(self, width: int) -> Iterator[RenderableType]:
        drawn, notes = trellis.draw(self.trellis, self.solution, width - INDENT)
        yield _indented(Text("\n").append(drawn))
        under = "\n".join(line for note in notes for line in wrapped(note, width - INDENT))
        yield _indented(f"\n{under}" if drawn else under)


@record
class Curve:
    """The picture of an expression in one variable, between two of its values."""

    expression: Expression
    variable: Quantity
    start: float
    end: float
    label: str
    #: The values of the other quantities in the expression, by id.
    known: dict[str, float]

    def at(self, x: float) -> float:
        """The value of the expression for one of the variable."""
        return float(self.expression.value({**self.known, self.variable.id: x}, floats=True))

    def draw(self, width: int) -> Iterator[RenderableType]:
        name, room = self.variable.symbol.letter, width - INDENT
        yield Text()
        yield _indented(
            curve.draw(self.at, self.start, self.end, label=self.label, name=name, width=room)
        )


Block: TypeAlias = Prose | Verbatim | Equation | Worked | Rows | Picture | Curve


def drawn(block: Block, width: int) -> Iterator[RenderableType]:
    """A block, and an empty line behind it, which prose brings along."""
    yield from Terminal(width).table(block) if isinstance(block, Rows) else block.draw(width)
    if not isinstance(block, Prose):
        yield Text()


def _indented(lines: str | Text, style: str = "") -> Padding:
    text = Text(lines, style) if isinstance(lines, str) else lines
    text.no_wrap, text.overflow = True, "fold"
    return Padding(text, (0, 0, 0, INDENT))


def _folded(line: str, width: int) -> list[str]:
    """A formula in lines that fit, broken before operators where it can be."""
    if cell_len(line) <= width:
        return [line]
    lines = [""]
    for piece in _BEFORE_OPERATOR.split(line):
        together = f"{lines[-1]} {piece}".strip() if lines[-1] else piece
        if not lines[-1] or cell_len(together) <= width:
            lines[-1] = together
        else:
            lines.append(f"  {piece.strip()}")
    return lines

"""What a text is made of once it is worked out. Only the drawing knows how these look."""

from __future__ import annotations

from typing import TypeAlias

from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.blocks import Trellis
from lossclass.records import record
from lossclass.render import Detail
from lossclass.render.markup import Rows
from lossclass.solution import Solution


@record
class Prose:
    """Markdown without directives."""

    markdown: str


@record
class Verbatim:
    """Lines that stay as they are: code, or formulas (which may be folded before operators)."""

    text: str
    is_code: bool = False


@record
class Equation:
    """``sides[0] = sides[1] ≈ …``, each side with the sign before it."""

    left: str
    sides: tuple[tuple[str, str], ...]


@record
class Worked:
    """The working of a problem."""

    solution: Solution
    detail: Detail


@record
class Picture:
    """A figure from the working of a problem."""

    trellis: Trellis
    solution: Solution


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


Block: TypeAlias = Prose | Verbatim | Equation | Worked | Rows | Picture | Curve

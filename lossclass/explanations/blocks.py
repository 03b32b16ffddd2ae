"""What a text is made of once it is worked out. Only the drawing knows how these look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.blocks import Trellis
from lossclass.render import Detail
from lossclass.solution import Solution


@dataclass(frozen=True)
class Prose:
    """Markdown without directives."""

    markdown: str


@dataclass(frozen=True)
class Verbatim:
    """Lines that stay as they are: code, or formulas (which may be folded before operators)."""

    text: str
    is_code: bool = False


@dataclass(frozen=True)
class Equation:
    """``sides[0] = sides[1] ≈ …``, each side with the sign before it."""

    left: str
    sides: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Worked:
    """The working of a problem."""

    solution: Solution
    detail: Detail


@dataclass(frozen=True)
class Values:
    """A table of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A figure from the working of a problem."""

    trellis: Trellis
    solution: Solution


@dataclass(frozen=True)
class Curve:
    """The picture of an expression in one variable, between two of its values."""

    expression: Expression
    variable: Quantity
    start: float
    end: float
    label: str
    #: The values of the other quantities in the expression, by id.
    known: dict[str, float]


Block: TypeAlias = Prose | Verbatim | Equation | Worked | Values | Picture | Curve

"""Figures of a working: diagrams and plots, as what is in them and not how they are drawn.

They hold quantities in the place of numbers. Who draws looks their values up, so that a picture
cannot say anything else than the steps.
"""

from __future__ import annotations

from typing import TypeAlias

from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.records import record

#: A text as it is, or a quantity: its symbol and its number.
Label: TypeAlias = str | Quantity


@record
class Box:
    """A node of a diagram.

    Attributes:
        name: what a sentence calls it.
        lines: what stands in it, from the top down.
        place: its column and its row, from 0; between two of them with a fraction. None, of all of
            a diagram, where the arrows say it: they lead from the left to the right then, and boxes
            stand behind those that lead to them.
    """

    id: str
    name: str
    lines: tuple[Label, ...]
    place: tuple[float, float] | None = None
    is_shaded: bool = False


@record
class Arrow:
    """An arrow from a box to another, by their ids."""

    start: str
    end: str
    label: Label = ""


@record
class Diagram:
    """A figure: boxes, and arrows between them.

    Attributes:
        description: what it shows, in a sentence or two.
        notes: what is to be said below it.
    """

    id: str
    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    description: str
    notes: tuple[str, ...] = ()


@record
class Curve:
    """A curve of a plot: an expression in the plot's variable."""

    label: str
    expression: Expression


@record
class Point:
    """A point of a plot, and what it is called."""

    name: str
    across: Quantity | int
    up: Quantity


@record
class Plot:
    """A figure: points over an axis, and curves.

    Attributes:
        across: what the axis is that goes across; ``up`` is what goes up.
        variable: that of the curves; none where there are none.
        reaches: what the axis across shows at least.
        is_joined: whether a line leads from each point to the next.
        only_in_full: whether it stands on no board.
    """

    id: str
    title: str
    across: str
    up: str
    points: tuple[Point, ...]
    description: str
    curves: tuple[Curve, ...] = ()
    variable: Quantity | None = None
    reaches: tuple[float, ...] = ()
    is_joined: bool = False
    only_in_full: bool = False

"""Where the observations of a problem stand on the curve of its loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from lossclass.arithmetic.expression import Constant, Expression, Quantity
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.figures import Curve, Plot, Point
from lossclass.problem.arrays import Place
from lossclass.working import Working

#: More points hide each other.
_MOST_POINTS: Final = 40


def variable(symbol: Symbol) -> Quantity:
    """What curves are expressions in; it belongs to no calculation."""
    return Quantity("variable", symbol, Constant(0))


def equation_of(expression: Expression) -> str:
    """What a curve is called that has no other name."""
    return f"ℓ = {formula(expression, PLAIN)}"


def draw_on_curve(
    working: Working,
    inputs: Any,
    across: str,
    points: Sequence[tuple[Place, Quantity, Quantity]],
    curves: Mapping[str, Expression],
    x: Quantity,
    reaches: Sequence[Decimal | int],
) -> None:
    """Write the figure, if there are not too many points; beside a network, which has a figure of its
    own, only in the full working.

    Args:
        across: what the axis across is.
        points: the place of each observation, where it stands along that axis, and its loss.
        curves: what the loss is as an expression of ``x``, under what it is called.
        reaches: what the axis across shows at least.
    """
    if len(points) > _MOST_POINTS:
        return
    working.figure(
        Plot(
            "curve",
            "On the curve of the loss",
            across,
            "loss ℓ",
            tuple(Point(",".join(map(str, place)), at, loss) for place, at, loss in points),
            f"The loss ℓ over the {across}: {'; '.join(curves)}. A dot for each, by its number.",
            tuple(Curve(*each) for each in curves.items()),
            x,
            tuple(map(float, reaches)),
            only_in_full=getattr(inputs, "rnn", None) is not None,
        )
    )

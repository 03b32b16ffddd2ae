"""What rounding can do to a number: an honest tolerance, read from the calculation itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

from lossclass.arithmetic.expression import Quantity, evaluate
from lossclass.arithmetic.number import WORKING, last_place, round_significant

#: To how many significant digits a step is taken to be rounded that nobody wrote down.
USUAL_DIGITS = 3


def half_unit(written: Decimal) -> Decimal:
    """The most by which rounding to these digits moves a number: 0.0005 for 3.673."""
    return WORKING.divide(last_place(written), Decimal(2))


def tolerance(
    calculation: Sequence[Quantity],
    id: str,
    written: Mapping[str, Decimal],
    replacing: Mapping[str, Decimal] | None = None,
) -> Decimal:
    """How far an answer to step ``id`` may be off by rounding alone.

    Half a unit of its own last digit, and for every earlier step what moving that step by half
    a unit of the last digit written there (of the third significant one, where nothing is)
    moves this step by.

    Args:
        written: the answers as they were written, by step id.
        replacing: values to start from instead of the calculation's own.
    """
    replacing = dict(replacing or {})
    values = evaluate(calculation, replacing=replacing)
    total = half_unit(written[id])
    with localcontext(WORKING):
        for step in calculation[: _position(calculation, id)]:
            if step.id.startswith("given.") or not values[step.id].is_finite():
                continue
            at = values[step.id]
            digits = written.get(step.id) or round_significant(at, USUAL_DIGITS)
            moved = evaluate(calculation, replacing={**replacing, step.id: at + half_unit(digits)})
            if moved[id].is_finite() and values[id].is_finite():
                total += abs(moved[id] - values[id])
    return total


def _position(calculation: Sequence[Quantity], id: str) -> int:
    return next(n for n, quantity in enumerate(calculation) if quantity.id == id)

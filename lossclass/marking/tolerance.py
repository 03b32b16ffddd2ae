"""What rounding can do to a number: an honest tolerance, read from the calculation itself."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from lossclass.arithmetic.derivative import local_derivatives
from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.arithmetic.number import WORKING, is_equal, last_place, round_significant

#: To how many significant digits a step is taken to be rounded that nobody wrote down.
USUAL_DIGITS = 3
#: Up to so many quantities are moved one by one to see what that does; of more, the derivatives
#: tell.
_MOST_MOVED = 200
_NONE = Decimal(0)


def half_unit(written: Decimal) -> Decimal:
    """The most by which rounding to these digits moves a number: 0.0005 for 3.673."""
    return WORKING.divide(last_place(written), Decimal(2))


def within(one: Decimal, other: Decimal, distance: Decimal) -> bool:
    """Whether two numbers are no further apart; infinities only if they are the same."""
    if not (one.is_finite() and other.is_finite()):
        return one == other
    gap = WORKING.subtract(one, other).copy_abs()
    return gap <= distance or is_equal(gap, distance)


class Reading:
    """A calculation as somebody may have gone through it who wrote some steps down.

    Args:
        calculation: the quantities, in order.
        written: the values written down, by step id, with the digits written.
        carried_on: whether later steps were worked from what is written; otherwise ``written``
            only tells how far each step was rounded.

    Attributes:
        values: what each step's own expression gives on the values before it (nan where it has
            none).
        used: the values that later steps were worked from.
        spread: by how much rounding the steps before a step can move it.
    """

    def __init__(
        self,
        calculation: Sequence[Quantity],
        written: Mapping[str, Decimal],
        *,
        carried_on: bool,
    ) -> None:
        self.calculation = calculation
        self.written = written
        self.carried_on = carried_on
        self._slopes: dict[str, dict[str, float]] = {}
        self._exact: dict[str, bool] = {}
        self._quantities = {quantity.id: quantity for quantity in calculation}
        with localcontext(WORKING):
            self.values, self.used = self._worked(None, _NONE)
            for quantity in calculation:  # in order, so that none asks far back
                self._is_exact(quantity.id)
            self.spread: dict[str, Decimal] = {}
            self._find_spread()

    def tolerance(self, id: str) -> Decimal:
        """How far the answer written for a step may be off by rounding alone.

        Half a unit of its last digit, and what the steps before it pass on. A plain 0 for a value
        that is not 0 is no rounding of it.
        """
        if not self.written[id] and self.values[id]:
            return _NONE
        return WORKING.add(half_unit(self.written[id]), self.spread[id])

    def _worked(
        self, moved: str | None, by: Decimal
    ) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """Every step's own value and the one used, with one step moved before it is used."""
        own: dict[str, Decimal] = {}
        used: dict[str, Decimal] = {}
        for quantity in self.calculation:
            id = quantity.id
            own[id] = quantity.definition.value(used)
            used[id] = self.written.get(id, own[id]) if self.carried_on else own[id]
            if id == moved:
                used[id] += by
        return own, used

    def _find_spread(self) -> None:
        """Fill :attr:`spread` in order: how far a step was rounded may depend on what the steps
        before it pass on."""
        if len(self.calculation) > _MOST_MOVED:
            for quantity in self.calculation:
                if quantity.id in self.written:
                    self.spread[quantity.id] = self._sensitivity(quantity.id)
            return
        self.spread.update(dict.fromkeys(self.values, _NONE))
        for quantity in self.calculation:
            by = _NONE if quantity.is_given else self._rounding_of(quantity.id)
            if not by:
                continue
            for id, value in self._worked(quantity.id, by)[0].items():
                if value.is_finite() and self.values[id].is_finite():
                    self.spread[id] += abs(value - self.values[id])

    def _sensitivity(self, id: str) -> Decimal:
        """By how much rounding the steps before a step can move it, to first order: the sum of
        their roundings times its derivatives by them."""
        total, slopes = 0.0, {id: 1.0}
        for quantity in reversed(self.calculation):
            slope = slopes.pop(quantity.id, 0.0)
            if not slope or quantity.is_given:
                continue
            if quantity.id != id:
                total += abs(slope) * float(self._rounding_of(quantity.id))
                if self.carried_on and quantity.id in self.written:
                    continue  # what is written stands, whatever it was worked from
            for operand, local in self._local(quantity).items():
                slopes[operand] = slopes.get(operand, 0.0) + slope * local
        return Decimal(total) if math.isfinite(total) else _NONE

    def _local(self, quantity: Quantity) -> dict[str, float]:
        """The derivatives of a step by what it uses."""
        if quantity.id not in self._slopes:
            values = ChainMap({quantity.id: self.values[quantity.id]}, self.used)
            found = local_derivatives(quantity, values)
            self._slopes[quantity.id] = {
                id: float(local.expression.value(values))
                for id, local in found.items()
                if local.expression is not None
            }
        return self._slopes[quantity.id]

    def _is_exact(self, id: str) -> bool:
        """Whether a number is all that there is, and so is what it was worked from: then whoever
        carried more digits than are written has the same."""
        if id not in self._exact:
            quantity = self._quantities[id]
            self._exact[id] = quantity.is_given or (
                self.written.get(id, self.values[id]) == self.values[id]
                and all(self._is_exact(each.id) for each in quantities_in(quantity.definition))
            )
        return self._exact[id]

    def _rounding_of(self, id: str) -> Decimal:
        """By how much rounding has moved a step, to the digits written there or to the usual
        ones; not at all where it needs no more digits than these, or where what is written is no
        rounding of it: a wrong number says nothing of how far right ones were rounded."""
        value, written = self.values[id], self.written.get(id)
        if not value.is_finite() or (written is not None and not written.is_finite()):
            return _NONE
        if written is None:
            return abs(round_significant(value, USUAL_DIGITS) - value)
        if self.carried_on:
            # What was written may stand for anything that rounds to it; a whole number, which
            # says nothing of digits, stands for itself.
            is_whole = last_place(written) >= 1
            return _NONE if is_whole or self._is_exact(id) else half_unit(written)
        if not within(written, value, self.tolerance(id)):
            return _NONE
        place = last_place(written)
        return abs((value / place).to_integral_value(ROUND_HALF_UP) * place - value)

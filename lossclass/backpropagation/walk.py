"""The walk backwards over a sheet: which derivatives there are, what is taken for one where the chain
rule has no value, and where the loss has a kink.

That a step has a kink says nothing yet: the square of max(0, x) has none at 0, and the kinks of two
steps may cancel out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Final, cast

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Quantity, UndefinedValue
from lossclass.arithmetic.gradient import Derivative, walk_back
from lossclass.arithmetic.number import WORKING
from lossclass.backpropagation.slopes import (
    Slopes,
    slopes_by,
    with_nothing_for_it,
    without_value,
)
from lossclass.working import Working

#: So many steps are worked again at most to look for kinks.
_MOST_WORK: Final = 200_000


class Walk:
    """The derivatives of an answer, named on the sheet and not written yet. It goes on from those that
    the sheet has already.

    Args:
        working: the sheet, with the way forwards on it.
        wanted: ids of the numbers by which there are to be derivatives.
        is_whole: whether a gradient with gaps is no use, as for a network.

    Raises:
        UndefinedValue: one of them has no value.

    Attributes:
        derivatives: in the order of the walk, but for those without a value and those known before.
        by_id: all of them, by the id of what they are by.
        known: those that were on the sheet before.
        indeterminate: by what the chain rule has no value for: which form it meets, and the slopes,
            where 0 is one or between them.
    """

    def __init__(
        self, working: Working, answer: Quantity, wanted: Collection[str], *, is_whole: bool
    ) -> None:
        self.working = working
        self.answer = answer
        self.forward = Calculation(tuple(working.calculation), dict(working.values))
        self.derivatives: list[Derivative] = []
        self.known = dict(working.derivatives)
        self.by_id = {id: Derivative(working.quantity(id), by) for id, by in self.known.items()}
        self.indeterminate: dict[str, tuple[str, Slopes]] = {}
        self._needs_all = is_whole or self.forward.values[answer.id].is_infinite()
        with localcontext(WORKING):
            self._begin(wanted)
        self.kinks = Kinks(self, wanted)

    def _begin(self, wanted: Collection[str]) -> None:
        for derivative in walk_back(
            self.forward.quantities,
            self.working.values,
            self.answer,
            reaches=wanted,
            known=self.known,
            settled=self._settled,
        ):
            self.by_id[derivative.of.id] = derivative
            if derivative.without:
                continue
            for step in derivative.steps:
                self.working.name(step.id, step.symbol, step.definition)
            self.working.derivatives[derivative.of.id] = derivative.quantity
            self.derivatives.append(derivative)

    def _settled(self, derivative: Derivative) -> Derivative:
        """A derivative as it is or, where the chain rule meets a form without a value, as the 0 that is
        taken, or as one without a value.

        Raises:
            UndefinedValue: it has none, and a gradient with gaps is no use: that of an infinite loss, or
                of a network.
        """
        of, values = derivative.of, self.working.values
        form, slope, taken = derivative.without, Decimal(0), cast("Expression", Constant(0))
        if not form:
            for step in derivative.before:  # which have no names in the working yet
                values = {**values, step.id: step.definition.value(values)}
            *before, own = (without_value(each.definition, values) for each in derivative.steps)
            form = next(filter(None, (own, *before)), "")
            slope = derivative.quantity.definition.value(values)
            if not form and (values[of.id] or not derivative.still):
                return derivative
            if not any(before):
                taken = with_nothing_for_it(derivative.quantity.definition, values)
        slopes = slopes_by(self.forward, self.answer, of)
        is_told = slopes is not None and any(map(Decimal.is_finite, slopes))
        if not form and (slopes is None or not is_told or slopes.admit(slope)):
            return derivative
        if form and slopes is not None and slopes.admit(taken.value(values)):
            self.indeterminate[of.id] = (form, slopes)
            return derivative.instead(taken)
        if self._needs_all:
            raise UndefinedValue(derivative.quantity.id)
        return replace(derivative, without=form or "∞ · 0")


class Kinks:
    """The kinks of the loss of a walk.

    Args:
        wanted: ids of the numbers by which there are to be derivatives.

    Attributes:
        steps: at whose kinks the loss has one in any of the numbers.
        astray: derivatives that are no slope of the loss, as kinks cancel out.
    """

    def __init__(self, walk: Walk, wanted: Collection[str]) -> None:
        self.walk = walk
        self.astray: list[tuple[Derivative, Slopes]] = []
        found = walk.derivatives
        self._numbers = [each for each in found if each.of.is_given and each.of.id in wanted]
        #: What stands at the kink of a step.
        self._at = [each for each in found if each.kinks]
        with localcontext(WORKING):
            steps: dict[str, set[str]] = {}  # by what stands at their kinks, where the loss has one
            for each in self._at:
                slopes = self._slopes_by(each.of)
                if slopes is not None and slopes.differ:
                    steps[each.of.id] = {step.id for step in each.kinks}
            kinked = self._in_the_numbers({each.of.id for each in self._at}) if self._at else ()
        there = {step for point in kinked for step in steps.get(point, ())}
        self.steps = [each for each in walk.forward if each.id in there]

    def is_flat(self, quantity: Quantity) -> bool:
        """Whether the loss does not change with a quantity by which the derivative is 0, and not
        only because 0 was taken at a kink."""
        if not (self._at or self.walk.indeterminate):
            return True
        with localcontext(WORKING):
            found = self._slopes_by(quantity)
        return found is None or found.are_none

    def _in_the_numbers(self, points: set[str]) -> set[str]:
        """Of what stands at kinks, that through which the loss has one in a number."""
        kinked: set[str] = set()
        work = 0
        for number in self._numbers:
            after = self._after(number.of)
            if not (reached := points & after):
                continue
            work += len(after)
            if work > _MOST_WORK:
                return points
            if (found := self._slopes_by(number.of)) is None:
                continue
            if found.differ:
                kinked |= reached
            if not found.hold(self.walk.working.values[number.quantity.id]):
                self.astray.append((number, found))
        return kinked

    def _after(self, quantity: Quantity) -> set[str]:
        """A quantity, and what is worked from it."""
        found, waiting = {quantity.id}, [quantity.id]
        for each in waiting:  # which grows as we go
            new = {user.id for user in self.walk.forward.users[each]} - found
            found |= new
            waiting += new
        return found

    def _slopes_by(self, quantity: Quantity) -> Slopes | None:
        """None where there are none: the loss is infinite, or ends there."""
        found = slopes_by(self.walk.forward, self.walk.answer, quantity)
        return found if found and all(map(Decimal.is_finite, found)) else None

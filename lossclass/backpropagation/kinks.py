"""Where the loss has a kink in a number: its slopes from below and from above, by moving the number.

That a step has a kink says nothing yet: the square of max(0, x) has none at 0, and the kinks of two
steps may cancel out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.gradient import Derivative
from lossclass.arithmetic.number import WORKING

#: How far a number is moved, relative to its size; and by how much slopes differ at least, which no
#: bend makes of so small a way.
_MOVED: Final = Decimal("1e-20")
_APART: Final = Decimal("1e-15")
_ONE: Final = Decimal(1)
#: So many steps are worked again at most to look for kinks.
_MOST_WORK: Final = 200_000


class Slopes(NamedTuple):
    """Of the loss by a number, from either side."""

    below: Decimal
    above: Decimal

    @property
    def differ(self) -> bool:
        return abs(self.below - self.above) > _APART * max(_ONE, abs(self.below), abs(self.above))


@dataclass
class Kinks:
    """The kinks of a loss.

    Args:
        forward: its calculation.
        derivatives: from the walk back.
        slopes: the values of these, by the id of what they are by.
        numbers: those by which they are wanted.

    Attributes:
        steps: at whose kinks the loss has one in any of the numbers.
        astray: numbers by which the derivative is no slope of the loss, as kinks cancel out.
    """

    forward: Calculation
    answer: Quantity
    derivatives: Sequence[Derivative]
    slopes: dict[str, Decimal]
    numbers: Sequence[Quantity]
    steps: list[Quantity] = field(default_factory=list)
    astray: list[tuple[Quantity, Slopes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        #: What stands at the kink of a step.
        self._at = [each for each in self.derivatives if each.kinks]
        with localcontext(WORKING):
            steps: dict[str, set[str]] = {}  # by what stands at their kinks, where the loss has one
            for each in self._at:
                found = self._slopes_by(each.of)
                if found is not None and found.differ:
                    steps[each.of.id] = {step.id for step in each.kinks}
            kinked = self._in_the_numbers({each.of.id for each in self._at}) if self._at else ()
        there = {step for point in kinked for step in steps.get(point, ())}
        self.steps = [each for each in self.forward if each.id in there]

    def is_flat(self, quantity: Quantity) -> bool:
        """Whether the loss does not change with a quantity by which the derivative is 0, and not
        only because 0 was taken at a kink."""
        if not self._at:
            return True
        with localcontext(WORKING):
            found = self._slopes_by(quantity)
        return found is None or max(map(abs, found)) <= _APART

    def _in_the_numbers(self, points: set[str]) -> set[str]:
        """Of what stands at kinks, that through which the loss has one in a number."""
        kinked: set[str] = set()
        work = 0
        for number in self.numbers:
            after = self._after(number)
            reached = points & {number.id, *(each.id for each in after)}
            if not reached:
                continue
            work += len(after)
            if work > _MOST_WORK:
                return points
            found = self._slopes_by(number)
            if found is not None and found.differ:
                kinked |= reached
            slope = self.slopes[number.id]
            off = _APART * max(_ONE, abs(slope))
            if found is not None and not min(found) - off <= slope <= max(found) + off:
                self.astray.append((number, found))
        return kinked

    def _after(self, quantity: Quantity) -> list[Quantity]:
        """What is worked from a quantity, in order."""
        found = {quantity.id: quantity}
        waiting = [quantity]
        for each in waiting:  # which grows as we go
            for user in self.forward.users[each.id]:
                if user.id not in found:
                    found[user.id] = user
                    waiting.append(user)
        return sorted(waiting[1:], key=lambda each: self.forward.places[each.id])

    def _slopes_by(self, quantity: Quantity) -> Slopes | None:
        """None where there are none: the loss is infinite, or ends there."""
        here, at = (self.forward.values[each.id] for each in (quantity, self.answer))
        if not (here.is_finite() and at.is_finite()):
            return None
        way = _MOVED * (abs(here) or 1)
        low, high = (self._moved(quantity, here + by) for by in (-way, way))
        if not (low.is_finite() and high.is_finite()):
            return None
        return Slopes((at - low) / way, (high - at) / way)

    def _moved(self, quantity: Quantity, number: Decimal) -> Decimal:
        """What the loss is with another number in the place of one; nan where it is nothing."""
        id = self.answer.id
        return self.forward.exactly({quantity.id: number}, id).get(id, self.forward.values[id])

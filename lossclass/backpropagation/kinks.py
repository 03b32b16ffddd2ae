"""Where the loss has a kink in a number: its slopes from below and from above, by moving the number.

That a step has a kink says nothing yet: the square of max(0, x) has none at 0, and the kinks of two
steps may cancel out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Product,
    Quantity,
    Quotient,
    Sum,
    nodes_in,
    sum_of,
)
from lossclass.arithmetic.gradient import Derivative
from lossclass.arithmetic.number import WORKING

#: How far a number is moved, relative to its size; and by how much slopes differ at least, which no
#: bend makes of so small a way.
_MOVED: Final = Decimal("1e-20")
_APART: Final = Decimal("1e-15")
#: What a slope may be off by where it is steep close by: that of x^1.5 at 0, moved so far.
_NEARLY: Final = Decimal("1e-8")
#: Slopes are looked at again so much nearer; those of a bend are apart by less than this share then.
_NEARER: Final = Decimal("1e-10")
_LEFT: Final = Decimal("0.99")
_ONE: Final = Decimal(1)
#: So many steps are worked again at most to look for kinks.
_MOST_WORK: Final = 200_000


class Slopes(NamedTuple):
    """Of the loss by a number, from either side; nan on one where the loss has no value."""

    below: Decimal
    above: Decimal

    @property
    def differ(self) -> bool:
        return abs(self.below - self.above) > _APART * max(_ONE, abs(self.below), abs(self.above))

    def admit(self, slope: Decimal) -> bool:
        """Whether it is one of them or between them; of one alone, whether it is that."""
        sides = [each for each in self if each.is_finite()]
        return bool(sides) and min(sides) - _NEARLY <= slope <= max(sides) + _NEARLY


def without_value(expression: Expression, values: Mapping[str, Decimal]) -> str:
    """The form in an expression that has no value, if there is one. In a loss, 0 · ln 0 is 0; as a
    derivative, 0 · ∞ may be anything."""
    for node in nodes_in(expression):
        numbers = [each.value(values) for each in node.operands]
        zero, infinite = not all(numbers), any(map(Decimal.is_infinite, numbers))
        match node:
            case Product() if zero and infinite:
                return "∞ · 0"
            case Quotient() if zero and not any(numbers):
                return "0 / 0"
            case Quotient() if all(map(Decimal.is_infinite, numbers)):
                return "∞ / ∞"
            case Sum() if infinite and node.value(values).is_nan():
                return "∞ − ∞"
    return ""


def with_nothing_for_it(expression: Expression, values: Mapping[str, Decimal]) -> Expression:
    """The expression with 0 in the place of each product and quotient in it that has no value."""
    if not isinstance(expression, Operation):
        return expression
    operands = [with_nothing_for_it(each, values) for each in expression.operands]
    if isinstance(expression, Sum):
        return sum_of([each for each in operands if not _is_nothing(each)])
    rebuilt = expression.rebuilt(operands)
    return Constant(0) if _is_nothing(rebuilt) or without_value(rebuilt, values) else rebuilt


def _is_nothing(expression: Expression) -> bool:
    """Whether it is 0, or a product with it."""
    match expression:
        case Constant(number=number):
            return not number
        case Negative(operands=operands) | Product(operands=operands):
            return any(map(_is_nothing, operands))
        case Quotient(operands=(above, _)):
            return _is_nothing(above)
    return False


def slopes_by(forward: Calculation, answer: Quantity, quantity: Quantity) -> Slopes | None:
    """The slopes of the answer by a quantity; None where it is infinite."""
    here, at = (forward.values[each.id] for each in (quantity, answer))
    if not (here.is_finite() and at.is_finite()):
        return None
    way = _MOVED * (abs(here) or 1)

    def moved(by: Decimal) -> Decimal:
        """What the answer is with a little more or less; nan where it is nothing."""
        return forward.exactly({quantity.id: here + by}, answer.id).get(answer.id, at)

    def at_a_distance(way: Decimal) -> Slopes:
        return Slopes((at - moved(-way)) / way, (moved(way) - at) / way)

    with localcontext(WORKING):
        far = at_a_distance(way)
        if not far.differ:
            return far
        near = at_a_distance(way * _NEARER)
        left = (near.above - near.below) / (far.above - far.below)
        if not left < _LEFT:
            return far
        # a bend, as of |x|^1.5: what is left shrinks by a power of the distance, and is nothing at 0
        return Slopes(*((n - left * f) / (1 - left) for n, f in zip(near, far, strict=True)))


@dataclass
class Kinks:
    """The kinks of a loss.

    Args:
        forward: its calculation.
        derivatives: from the walk back.
        numbers: those of them that are wanted.
        values: theirs, too.
        corners: whether there are kinks that no single step has, such as that of √(x²).

    Attributes:
        steps: at whose kinks the loss has one in any of the numbers.
        astray: derivatives that are no slope of the loss, as kinks cancel out.
    """

    forward: Calculation
    answer: Quantity
    derivatives: Sequence[Derivative]
    numbers: Sequence[Derivative]
    values: Mapping[str, Decimal]
    corners: bool = False
    steps: list[Quantity] = field(default_factory=list)
    astray: list[tuple[Derivative, Slopes]] = field(default_factory=list)

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
        if not (self._at or self.corners):
            return True
        with localcontext(WORKING):
            found = self._slopes_by(quantity)
        return found is None or max(map(abs, found)) <= _APART

    def _in_the_numbers(self, points: set[str]) -> set[str]:
        """Of what stands at kinks, that through which the loss has one in a number."""
        kinked: set[str] = set()
        work = 0
        for number in self.numbers:
            after = self._after(number.of)
            if not (reached := points & after):
                continue
            work += len(after)
            if work > _MOST_WORK:
                return points
            found = self._slopes_by(number.of)
            if found is not None and found.differ:
                kinked |= reached
            slope = self.values[number.quantity.id]
            off = _APART * max(_ONE, abs(slope))
            if found is not None and not min(found) - off <= slope <= max(found) + off:
                self.astray.append((number, found))
        return kinked

    def _after(self, quantity: Quantity) -> set[str]:
        """A quantity, and what is worked from it."""
        found, waiting = {quantity.id}, [quantity.id]
        for each in waiting:  # which grows as we go
            new = {user.id for user in self.forward.users[each]} - found
            found |= new
            waiting += new
        return found

    def _slopes_by(self, quantity: Quantity) -> Slopes | None:
        """None where there are none: the loss is infinite, or ends there."""
        found = slopes_by(self.forward, self.answer, quantity)
        return found if found and all(map(Decimal.is_finite, found)) else None

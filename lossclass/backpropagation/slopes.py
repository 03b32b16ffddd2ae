"""The slopes of a loss by a number from below and from above, by moving the number; and the forms that
have no value in the chain rule."""

from __future__ import annotations

from collections.abc import Mapping
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


class Slopes(NamedTuple):
    """Of the loss by a number, from either side; nan on one where the loss has no value."""

    below: Decimal
    above: Decimal

    @property
    def differ(self) -> bool:
        return abs(self.below - self.above) > _APART * max(_ONE, abs(self.below), abs(self.above))

    @property
    def are_none(self) -> bool:
        return max(map(abs, self)) <= _APART

    def hold(self, slope: Decimal) -> bool:
        """Whether it is one of the two or between them, but for what moving a number is off by."""
        off = _APART * max(_ONE, abs(slope))
        return min(self) - off <= slope <= max(self) + off

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

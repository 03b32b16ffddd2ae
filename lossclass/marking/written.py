"""A number as somebody wrote it down, and which exact numbers it can stand for."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Final

from lossclass.arithmetic.calculation import Rounding, is_same
from lossclass.arithmetic.number import PRECISION, WORKING, last_place, round_significant
from lossclass.records import record

#: Doubles hold so many digits; of what is written behind them, the last may be anything.
_DOUBLE: Final = 15
#: How far single precision is off at most, relatively, and how many digits show that it was used.
_SINGLE: Final = Decimal("2e-6")
_SINGLE_DIGITS: Final = 7
#: Of a single digit, nobody can tell that others were cut off behind it; two digits leave little of a
#: number.
_FEWEST_CUT: Final = 2


@record
class Written:
    """A number in the digits in which it is written.

    Attributes:
        means: what it is known to have been rounded from, where a working beside it says so.
        reach: how far this can be off by the rounding of numbers in the working.
        is_exact: whether it is what arithmetic comes to: nothing of it is rounded or cut.
        is_typed: whether somebody wrote its digits, and may have written others than were meant.
    """

    value: Decimal
    means: Decimal | None = None
    reach: Decimal = Decimal(0)
    is_exact: bool = False
    is_typed: bool = True

    @classmethod
    def exactly(cls, value: Decimal, reach: Decimal = Decimal(0)) -> Written:
        """What somebody's arithmetic comes to; all its digits count."""
        return replace(
            cls.to(PRECISION, value), means=value, reach=reach, is_exact=True, is_typed=False
        )

    @classmethod
    def to(cls, digits: int, value: Decimal) -> Written:
        """A number in so many significant digits, zeros among them."""
        if not value or not value.is_finite():
            return cls(value)
        rounded = round_significant(value, digits)
        last = Decimal(1).scaleb(rounded.adjusted() - digits + 1, WORKING)
        return cls(rounded.quantize(last, context=WORKING))

    @cached_property
    def unit(self) -> Decimal:
        """One unit of the last digit: 0.001 for 3.673."""
        return last_place(self.value)

    @cached_property
    def digits(self) -> int:
        """How many significant digits are written; 0 for a zero."""
        return len(self.value.as_tuple().digits) if self.value and self.value.is_finite() else 0

    @cached_property
    def decimals(self) -> int:
        """How many digits are written behind the decimal point."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @cached_property
    def half_unit(self) -> Decimal:
        """The most by which rounding to these digits moves a number."""
        half = WORKING.divide(self.unit, Decimal(2))
        if self.digits <= _DOUBLE:
            return half
        return max(half, Decimal(4).scaleb(self.value.adjusted() - _DOUBLE, WORKING))

    def stands_for(self, exact: Decimal) -> bool:
        """Whether it is a number, rounded or cut to these digits."""
        return self.is_rounded(exact) or self.is_cut(exact)

    def is_rounded(self, exact: Decimal) -> bool:
        """Whether it is a number rounded to these digits: half a unit of the last, and no more. A
        plain 0 is no rounding of a number that is not 0."""
        if not (exact.is_finite() and self.value.is_finite()):
            return exact == self.value
        if is_same(exact, self.value):
            return True
        if not self.value:
            return False
        if self.means is not None and abs(exact - self.means) > max(
            self.half_unit / 10, self.reach
        ):
            return False
        return self.off(exact) <= self.half_unit

    def is_rounded_twice(self, exact: Decimal) -> bool:
        """Whether it is a number rounded to one digit more, and that rounded again: 0.245 for 0.24447."""
        if self.digits < _FEWEST_CUT or not exact.is_finite() or self.is_exact:
            return False
        return self.is_rounded(exact.quantize(self.unit / 10, ROUND_HALF_UP, WORKING))

    def is_worked_from(self, exact: Decimal) -> bool:
        """Whether the working beside it comes to a number but for the rounding of those in it."""
        return self.means is not None and abs(exact - self.means) <= self.reach

    def is_rounded_by(self, rounding: Rounding, exact: Decimal) -> bool:
        """Whether it is what rounding leaves of a number. Zeros may stand behind that, as in 0.6380; but
        not where two digits are left, for 1.000 says that it is no 1.04."""
        if self.is_exact or not is_same(rounding(exact), self.value):
            return False
        kept = self.decimals if rounding.kind == "decimals" else self.digits
        return rounding.digits > _FEWEST_CUT or kept <= rounding.digits or not self.decimals

    def is_cut(self, exact: Decimal) -> bool:
        """Whether it is a number with the digits behind these cut off."""
        if self.is_exact or not (self.value and exact.is_finite() and self.value.is_finite()):
            return False
        if self.digits < _FEWEST_CUT or exact.is_signed() != self.value.is_signed():
            return False
        if self.means is not None:
            return False
        return 0 <= abs(exact) - abs(self.value) < self.unit

    def is_single(self, exact: Decimal) -> bool:
        """Whether it is a number as single precision (float32) has it, in seven digits or more."""
        if self.digits < _SINGLE_DIGITS or not exact.is_finite():
            return False
        return self.off(exact) <= _SINGLE * abs(exact)

    def is_exactly(self, exact: Decimal) -> bool:
        """Whether it is a number whole, without any rounding."""
        return is_same(exact, self.value if self.means is None else self.means)

    def off(self, exact: Decimal) -> Decimal:
        """How far it is from a number."""
        return WORKING.subtract(self.value, exact).copy_abs()

    def is_swapped(self, exact: Decimal) -> bool:
        """Whether it differs from a number, in these digits, by two neighbours that are swapped; of one
        or two digits, none may be 0 (0.3 for 0.03 is something else)."""
        if not (self.is_typed and self.value and exact and exact.is_finite()):
            return False
        if self.digits < 3 and (self.digits < 2 or 0 in self.value.as_tuple().digits):
            return False
        return any(_swapped(self.value, each) for each in self._as_written(exact))

    def has_other_digit(self, exact: Decimal) -> bool:
        """Whether one of its digits is off by 1, 2 or 5 from a number's; two digits say too little
        for that."""
        if not self.is_typed or self.digits < 3 or not exact or not exact.is_finite():
            return False
        return any(_one_digit_off(self.value, each) for each in self._as_written(exact))

    def _as_written(self, exact: Decimal) -> list[Decimal]:
        """A number in these digits: halves go either way (3.1875 may be 3.188 or 3.187)."""
        ways = ("ROUND_HALF_UP", "ROUND_HALF_DOWN")
        return [exact.quantize(self.unit, way, WORKING) for way in ways]


def _differing(one: Decimal, other: Decimal) -> list[tuple[int, int, int]]:
    """The places at which the digits of two numbers differ, with both digits; none where they are not
    written to the same place. The shorter one begins with zeros: 0.18 has three digits, like 1.08."""
    first, second = one.as_tuple(), other.as_tuple()
    if first.sign != second.sign or first.exponent != second.exponent:
        return []
    length = max(len(first.digits), len(second.digits))
    mine, yours = ((0,) * (length - len(each.digits)) + each.digits for each in (first, second))
    both = zip(range(length), mine, yours, strict=True)
    return [(place, my, your) for place, my, your in both if my != your]


def _swapped(one: Decimal, other: Decimal) -> bool:
    match _differing(one, other):
        case [(left, my_left, your_left), (right, my_right, your_right)]:
            return right == left + 1 and (my_left, my_right) == (your_right, your_left)
    return False


def _one_digit_off(one: Decimal, other: Decimal) -> bool:
    match _differing(one, other):
        case [(_, my, your)]:
            return abs(my - your) in (1, 2, 5)
    return False

"""A product of factors over a product of divisors: what the derivative of a step is put together
from, so that it is written as people write it, with no factor of 1 and with one sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    product_of,
)

_1 = Decimal(1)


class Factors(NamedTuple):
    """number · above · … / (divisor · below · …); the divisor is not 0."""

    number: Decimal = _1
    divisor: Decimal = _1
    above: tuple[Expression, ...] = ()
    below: tuple[Expression, ...] = ()

    def times(self, other: Factors) -> Factors:
        """The product."""
        if other is ONE:
            return self
        if self is ONE:
            return other
        return Factors(
            self.number * other.number,
            self.divisor * other.divisor,
            self.above + other.above,
            self.below + other.below,
        )

    def negative(self) -> Factors:
        """The same with the other sign."""
        return Factors(-self.number, self.divisor, self.above, self.below)

    def over(self, below: Expression) -> Factors:
        """The same, divided by an expression."""
        if isinstance(below, Constant) and below.number:
            return Factors(self.number, self.divisor * below.number, self.above, self.below)
        return Factors(self.number, self.divisor, self.above, (*self.below, below))

    def reduced(self) -> Factors:
        """The same without what stands above and below: p / p is 1, at p = 0 as next to it, and so the
        slope of p · ln p there is that of either side."""
        above, below = list(self.above), []
        for divisor in self.below:
            same = (n for n, each in enumerate(above) if repr(each) == repr(divisor))
            if (place := next(same, None)) is None:
                below.append(divisor)
            else:
                del above[place]
        return Factors(self.number, self.divisor, tuple(above), tuple(below))

    @property
    def is_negative(self) -> bool:
        return (self.number < 0) is not (self.divisor < 0)

    @property
    def expression(self) -> Expression:
        """What it is, written down."""
        if len(self.above) == 1 and not self.below and self.number == self.divisor == 1:
            return self.above[0]
        number, divisor = _reduced(abs(self.number), abs(self.divisor))
        above = _with_number(number, self.above)
        if divisor != 1 or self.below:
            written: Expression = Quotient(above, _with_number(divisor, self.below))
        elif isinstance(above, Constant):
            return Constant(above.number.copy_negate()) if self.is_negative else above
        else:
            written = above
        return Negative(written) if self.is_negative else written


ONE = Factors()


def factored(expression: Expression) -> Factors:
    """The factors of an expression, its sign and its constants taken out."""
    match expression:
        case Quantity():
            return Factors(above=(expression,))
        case Constant(number=number) if number.is_finite():
            return Factors(number)
        case Negative(operands=(operand,)):
            return factored(operand).negative()
        case Product(operands=operands):
            factors = ONE
            for operand in operands:
                factors = factors.times(factored(operand))
            return factors
        case Quotient(operands=(above, Constant(number=number) as below)) if number:
            return factored(above).over(below)
    return Factors(above=(expression,))


def power(base: Expression, exponent: Decimal) -> Factors:
    """``base`` to a number: nothing for 0, below the line where it is negative."""
    if not exponent:
        return ONE
    size = abs(exponent)
    written = base if size == 1 else Power(base, Constant(size))
    return Factors(below=(written,)) if exponent < 0 else Factors(above=(written,))


def total(terms: Sequence[Factors]) -> Expression | None:
    """Their sum, alike ones taken together; None where they leave nothing.

    If there is a positive term, it comes first; if there is none, the sign stands before all.
    """
    if len(terms) > 1:
        terms = _collected(terms)
    terms = [term for term in terms if term.number]
    if len(terms) < 2:
        return terms[0].expression if terms else None
    first = next((n for n, term in enumerate(terms) if not term.is_negative), None)
    if first is None:
        return Negative(Sum(*(term.negative().expression for term in terms)))
    ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
    return Sum(*(term.expression for term in ordered))


def _collected(terms: Iterable[Factors]) -> list[Factors]:
    """The terms, those that differ in their numbers alone added up."""
    alike: dict[tuple[tuple[int, ...], ...], Factors] = {}
    for term in terms:
        key = tuple(tuple(sorted(map(id, side))) for side in (term.above, term.below))
        if (before := alike.get(key)) is not None:
            number = before.number * term.divisor + term.number * before.divisor
            term = Factors(number, before.divisor * term.divisor, term.above, term.below)  # noqa: PLW2901
        alike[key] = term
    return list(alike.values())


def _reduced(number: Decimal, divisor: Decimal) -> tuple[Decimal, Decimal]:
    """The fraction with one of the two gone, where one is a whole multiple of the other."""
    if divisor == 1 or not number:
        return number, _1
    for one, other, is_above in ((number, divisor, True), (divisor, number, False)):
        multiple = one / other
        if multiple == multiple.to_integral_value() and multiple * other == one:
            multiple = multiple.to_integral_value()
            return (multiple, _1) if is_above else (_1, multiple)
    return number, divisor


def _with_number(number: Decimal, factors: tuple[Expression, ...]) -> Expression:
    """Their product; a number of 1 goes without saying."""
    return product_of(factors if number == 1 and factors else (Constant(number), *factors))

"""The derivative of one step with respect to each of the quantities in its definition.

The rules are those of calculus; they give an expression as a person would write it down, so that
it can be a printed line. Where a step is wholly a tanh, a sigmoid, an exponential or a quotient,
its own result is used, as is usual: 1 − h^2 for h = tanh(a).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from decimal import Decimal, localcontext
from itertools import chain
from typing import Any, Final, NamedTuple

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Operation,
    Power,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.factors import ONE, Factors, factored, power, total
from lossclass.arithmetic.number import WORKING

DecimalValues = Mapping[str, Decimal]
_1: Final = Constant(1)
_MINUS_ONE: Final = ONE.negative()
#: From so many factors on, the others' product is the whole divided by the one.
_MANY = 3


class Local(NamedTuple):
    """How a step changes with one quantity in its definition.

    Attributes:
        expression: the derivative; None where it is 0 whatever the quantities.
        kink: whether the step has no derivative there, as a maximum at a tie or |x| at 0, and a
            one-sided one, or 0, was taken.
        still: whether a share of it was left out because a 0 multiplies it: a number of the
            formula or a given one, or any, if what it multiplies has no finite slope.
    """

    expression: Expression | None
    kink: bool = False
    still: bool = False


class _Way(NamedTuple):
    """From an operation to one of its operands: the derivative, None if there is none.

    ``zero`` tells that one of the factors is 0 at the moment.
    """

    operand: Expression
    slope: Factors | None
    kink: bool = False
    still: bool = False
    zero: bool = False


def local_derivatives(
    step: Quantity, values: DecimalValues, among: Container[str] | None = None
) -> dict[str, Local]:
    """The derivative of a step's definition with respect to each quantity in it, by id.

    At a kink (the largest operands of a maximum, or the smallest of a minimum, are equal; |x| at 0) these are taken: 0 with
    respect to what ties with a constant, so that a hinge or a relu at its corner is flat; else 1
    for the first of the equal operands and 0 for the others; 0 for |x|.

    Args:
        values: at least those of the step and of the quantities in its definition, which say
            which operand of a maximum counts and what may be divided by.
        among: the ids of interest; None for all.
    """
    with localcontext(WORKING):
        descent = _Descent(step, values, among)
        descent.go(step.definition, ONE, zero=False)
        return {id: descent.local(id) for id in descent.found}


class _Descent:
    """One walk down a definition, with the product of the slopes on the way."""

    def __init__(self, step: Quantity, values: DecimalValues, among: Container[str] | None) -> None:
        self.step, self.values, self.among = step, values, among
        #: What has to be added up for the derivative with respect to each quantity.
        self.found: dict[str, list[Factors]] = {}
        self.kinks: set[str] = set()
        self.still: set[str] = set()

    def local(self, id: str) -> Local:
        return Local(total(self.found[id]), id in self.kinks, id in self.still)

    def go(self, node: Expression, so_far: Factors, *, zero: bool) -> None:
        if isinstance(node, Quantity):
            if self.wants(node):
                shares = self.found.setdefault(node.id, [])
                so_far = so_far.reduced() if so_far.above and so_far.below else so_far
                if zero and not self.value(so_far.expression).is_finite():
                    self.still.add(node.id)  # 0 times a slope without end: it stays 0
                else:
                    shares.append(so_far)
        elif isinstance(node, Operation):
            rule: Callable[[Any], Iterator[_Way]] = getattr(self, type(node).__name__.lower())
            for way in rule(node):
                if way.slope is None or way.kink:
                    self._note(way)
                if way.slope is not None:
                    self.go(way.operand, so_far.times(way.slope), zero=zero or way.zero)

    def _note(self, way: _Way) -> None:
        for quantity in quantities_in(way.operand):
            if self.wants(quantity):
                self.found.setdefault(quantity.id, [])
                if way.kink:
                    self.kinks.add(quantity.id)
                if way.still:
                    self.still.add(quantity.id)

    def wants(self, node: Expression) -> bool:
        """Whether to go on to it. Into an operation, to see what is in it."""
        if isinstance(node, Quantity):
            return self.among is None or node.id in self.among
        return not isinstance(node, Constant)

    def is_whole(self, node: Expression) -> bool:
        return node is self.step.definition

    def itself(self, node: Operation) -> Expression:
        """What an operation comes to: the step's own name, if it is the whole of the step."""
        return self.step if self.is_whole(node) else node

    def value(self, node: Expression) -> Decimal:
        value: Decimal = node.value(self.values)
        return value

    # --- the rules, named as the operations are: the derivative for each operand ---

    def sum(self, node: Operation) -> Iterator[_Way]:
        for operand in node.operands:
            yield _Way(operand, ONE)

    def negative(self, node: Operation) -> Iterator[_Way]:
        yield _Way(node.operands[0], _MINUS_ONE)

    def product(self, node: Operation) -> Iterator[_Way]:
        """The others' product. What is multiplied by a 0 that is no step's result, and that does not
        change with it, stays 0."""
        operands = node.operands
        zeros = {n for n, each in enumerate(operands) if not self.value(each)}
        # whether the others' product is better written as the whole divided by the one
        divisible = (
            not zeros
            and self.is_whole(node)
            and sum(not isinstance(each, Constant) for each in operands) >= _MANY
            and all(self.value(each).is_finite() for each in operands)
        )
        for n, operand in enumerate(operands):
            if not self.wants(operand):
                continue
            others = zeros - {n} if zeros else zeros
            if others and any(_is_fixed(operands[each], beside=operand) for each in others):
                yield _Way(operand, None, still=True)
            elif divisible and isinstance(operand, Quantity):
                yield _Way(operand, Factors(above=(self.step,), below=(operand,)))
            else:
                slope = ONE
                for other in chain(operands[:n], operands[n + 1 :]):
                    slope = slope.times(factored(other))
                yield _Way(operand, slope, zero=bool(others))

    def quotient(self, node: Operation) -> Iterator[_Way]:
        above, below = node.operands
        yield _Way(above, ONE.over(below))
        if isinstance(below, Constant):
            return
        divisor = self.value(below)
        if not self.value(above) and _is_fixed(above, beside=below):
            yield _Way(below, None, still=True)
            return
        if self.is_whole(node) and divisor and self.value(self.step).is_finite():
            slope = Factors(above=(self.step,), below=(below,))
        else:
            slope = factored(above).times(power(below, Decimal(-2)))
        yield _Way(below, slope.negative())

    def power(self, node: Operation) -> Iterator[_Way]:
        base, exponent = node.operands
        if isinstance(exponent, Constant):
            slope = factored(exponent).times(power(base, exponent.number - 1))
            yield _Way(base, slope if exponent.number else None)
            return
        lower = Power(base, Sum(exponent, Negative(_1)))
        yield _Way(
            base, factored(exponent).times(Factors(above=(lower,))), zero=not self.value(exponent)
        )
        slope = Factors(above=(self.itself(node), Log(base)))
        yield _Way(exponent, slope, zero=not self.value(node))

    def log(self, node: Log) -> Iterator[_Way]:
        """1 over what it is taken of; the logarithm of a quotient is the difference of two."""
        operand = node.operands[0]
        base = ONE if node.base == "e" else ONE.over(Log(Constant(node.base)))
        if isinstance(operand, Quotient) and self.value(operand.operands[0]):
            above, below = operand.operands
            yield _Way(above, ONE.over(above).times(base))
            yield _Way(below, ONE.over(below).times(base).negative())
        else:
            yield _Way(operand, ONE.over(operand).times(base))

    def exp(self, node: Operation) -> Iterator[_Way]:
        yield _Way(node.operands[0], Factors(above=(self.itself(node),)))

    def tanh(self, node: Operation) -> Iterator[_Way]:
        slope = Sum(_1, Negative(Power(self.itself(node), Constant(2))))
        yield _Way(node.operands[0], Factors(above=(slope,)))

    def sigmoid(self, node: Operation) -> Iterator[_Way]:
        result = self.itself(node)
        yield _Way(node.operands[0], Factors(above=(result, Sum(_1, Negative(result)))))

    def max(self, node: Operation) -> Iterator[_Way]:
        return self._extreme(node, max)

    def min(self, node: Operation) -> Iterator[_Way]:
        return self._extreme(node, min)

    def argmax(self, node: Operation) -> Iterator[_Way]:
        """A place stays the same where the operands change a little."""
        for operand in node.operands:
            yield _Way(operand, None)

    def choose(self, node: Operation) -> Iterator[_Way]:
        """It moves with the one that is chosen."""
        place, *operands = node.operands
        yield _Way(place, None)
        for n, operand in enumerate(operands, start=1):
            yield _Way(operand, ONE if n == self.value(place) else None)

    def _extreme(
        self, node: Operation, which: Callable[[list[Decimal]], Decimal]
    ) -> Iterator[_Way]:
        numbers = [self.value(operand) for operand in node.operands]
        best = which(numbers)
        reach_it = [n for n, number in enumerate(numbers) if number == best]
        tie = len(reach_it) > 1
        corner = tie and any(not [*quantities_in(node.operands[n])] for n in reach_it)
        for n, operand in enumerate(node.operands):
            takes_it = n == reach_it[0] and not corner
            yield _Way(operand, ONE if takes_it else None, kink=tie and n in reach_it)

    def root(self, node: Operation) -> Iterator[_Way]:
        slope = Factors(divisor=Decimal(2), below=(self.itself(node),))
        yield _Way(node.operands[0], slope)

    def absolute(self, node: Operation) -> Iterator[_Way]:
        number = self.value(node.operands[0])
        slope = None if not number else ONE if number > 0 else _MINUS_ONE
        yield _Way(node.operands[0], slope, kink=not number)


def _is_fixed(expression: Expression, beside: Expression | None = None) -> bool:
    """Whether there are only given numbers and constants in it, none of which is also in what stands
    beside it."""
    moving = {each.id for each in quantities_in(beside)} if beside else ()
    return all(each.is_given and each.id not in moving for each in quantities_in(expression))

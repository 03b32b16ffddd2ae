"""Expressions: numbers, named quantities, and operations on ordered operands.

A *quantity* is a name for an expression: a given number or a step. A calculation is a list of
quantities in the order in which they were made, each built from earlier ones; it is evaluated
in that order, so its length is no matter (a chain of thousands of steps needs no deep stack).
Nodes are frozen and compare by identity.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import reduce
from typing import Any, ClassVar, Literal, TypeAlias

from lossclass.arithmetic import elementary
from lossclass.arithmetic.number import PRECISION, WORKING, round_significant
from lossclass.arithmetic.symbol import Symbol

LogBase: TypeAlias = Literal["e", "2", "10"]
#: Values by quantity id. All decimals, or all doubles and NumPy arrays of doubles.
Values: TypeAlias = Mapping[str, Any]


_NOTHING = Decimal(0)
#: So many of the last digits carried may be wrong after a few operations.
_DIGITS_LEFT = 3


class UndefinedValue(ArithmeticError):
    """An expression has no value: ∞ − ∞, 0 / 0, the logarithm of a negative number."""


class Expression:
    """Anything that has a value once the values of the quantities in it are known."""

    __slots__ = ()
    operands: tuple[Expression, ...] = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    @abstractmethod
    def value(self, values: Values, *, floats: bool = False) -> Any:
        """The node's value, given those of the quantities in it by id.

        Decimal, to be called inside ``localcontext(WORKING)``; with ``floats``, constants are
        doubles, so that ``values`` may hold doubles and arrays.
        """


class Constant(Expression):
    """A number that belongs to the formula, such as the 1 in 1 − y·ŷ, or that was given."""

    __slots__ = ("number",)
    number: Decimal

    def __init__(self, number: Decimal | int | str) -> None:
        object.__setattr__(self, "number", Decimal(number))

    def __repr__(self) -> str:
        return f"Constant({self.number})"

    def value(self, values: Values, *, floats: bool = False) -> Any:
        return float(self.number) if floats else self.number


class Quantity(Expression):
    """A named number: a given one (its definition is a constant) or a step of the working.

    ``id`` is unique in its calculation and the same in every format; ``symbol`` is what people
    see.
    """

    __slots__ = ("definition", "id", "symbol")
    id: str
    symbol: Symbol
    definition: Expression

    def __init__(self, id: str, symbol: Symbol, definition: Expression) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "symbol", symbol)
        object.__setattr__(self, "definition", definition)

    def __repr__(self) -> str:
        return f"Quantity({self.id!r})"

    @property
    def is_given(self) -> bool:
        """Whether it is a number of the problem, not a step."""
        return isinstance(self.definition, Constant)

    def value(self, values: Values, *, floats: bool = False) -> Any:
        return values[self.id]


class Operation(Expression):
    """A node with operands: ``Sum(a, b)``. A subclass says how it is computed; how it is
    written stands in :mod:`lossclass.arithmetic.notation`."""

    __slots__ = ("operands",)
    #: The fewest and the most operands that make sense.
    arity: ClassVar[tuple[float, float]] = (1, 1)

    def __init__(self, *operands: Expression) -> None:
        fewest, most = self.arity
        if not fewest <= len(operands) <= most:
            raise TypeError(f"{type(self).__name__} does not take {len(operands)} operands")
        object.__setattr__(self, "operands", operands)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.operands))})"

    def value(self, values: Values, *, floats: bool = False) -> Any:
        return self.compute(*[each.value(values, floats=floats) for each in self.operands])

    def rebuilt(self, operands: Iterable[Expression]) -> Operation:
        """The same operation on other operands."""
        return type(self)(*operands)

    @abstractmethod
    def compute(self, *operands: Any) -> Any:
        """The result for these operand values."""


class Sum(Operation):
    """a + b + …, from left to right. A difference is a sum with a :class:`Negative` in it."""

    __slots__ = ()
    arity = (1, math.inf)

    def compute(self, *operands: Any) -> Any:
        total = reduce(lambda total, term: total + term, operands)
        return _NOTHING if isinstance(total, Decimal) and _is_residue(total, operands) else total


def sum_of(terms: Sequence[Expression]) -> Expression:
    """The sum of terms; one alone stands as it is."""
    return terms[0] if len(terms) == 1 else Sum(*terms)


def _is_residue(total: Decimal, operands: Sequence[Decimal]) -> bool:
    """Whether a sum is only what rounding to 50 digits left of terms that cancel. Numbers that have
    not been rounded leave nothing behind."""
    if not (total and total.is_finite()):
        return False
    largest = max(operand.adjusted() for operand in operands if operand)
    if total.adjusted() > largest - PRECISION + _DIGITS_LEFT:
        return False
    return any(len(operand.as_tuple().digits) >= PRECISION - 1 for operand in operands)


class Product(Operation):
    """a · b · …, from left to right. A factor of 0 makes it 0, even beside an infinity: in a
    loss, 0 · ln 0 is what a true probability of 0 contributes, namely nothing."""

    __slots__ = ()
    arity = (1, math.inf)

    def compute(self, *operands: Any) -> Any:
        return reduce(elementary.times, operands)


class Quotient(Operation):
    """a / b."""

    __slots__ = ()
    arity = (2, 2)

    def compute(self, *operands: Any) -> Any:
        return elementary.divide(*operands)


class Power(Operation):
    """a ^ b."""

    __slots__ = ()
    arity = (2, 2)

    def compute(self, *operands: Any) -> Any:
        return elementary.power(*operands)


class Negative(Operation):
    """−a."""

    __slots__ = ()

    def compute(self, *operands: Any) -> Any:
        return -operands[0]


class Log(Operation):
    """The logarithm of a to base e, 2 or 10."""

    __slots__ = ("base",)
    base: LogBase

    def __init__(self, operand: Expression, base: LogBase = "e") -> None:
        super().__init__(operand)
        object.__setattr__(self, "base", base)

    def rebuilt(self, operands: Iterable[Expression]) -> Operation:
        (operand,) = operands
        return Log(operand, self.base)

    def compute(self, *operands: Any) -> Any:
        return elementary.log(operands[0], self.base)


class Exp(Operation):
    """e ^ a."""

    __slots__ = ()

    def compute(self, *operands: Any) -> Any:
        return elementary.exp(operands[0])


class Tanh(Operation):
    """The hyperbolic tangent of a."""

    __slots__ = ()

    def compute(self, *operands: Any) -> Any:
        return elementary.tanh(operands[0])


class Sigmoid(Operation):
    """1 / (1 + e ^ −a)."""

    __slots__ = ()

    def compute(self, *operands: Any) -> Any:
        return elementary.sigmoid(operands[0])


class Max(Operation):
    """The largest of its operands."""

    __slots__ = ()
    arity = (2, math.inf)

    def compute(self, *operands: Any) -> Any:
        return elementary.maximum(*operands)


class Absolute(Operation):
    """|a|."""

    __slots__ = ()

    def compute(self, *operands: Any) -> Any:
        return abs(operands[0])


def quantities_in(expression: Expression) -> Iterator[Quantity]:
    """The named quantities that an expression uses directly, from left to right."""
    if isinstance(expression, Quantity):
        yield expression
    else:
        for operand in expression.operands:
            yield from quantities_in(operand)


def evaluate(
    calculation: Iterable[Quantity],
    *,
    replacing: Values | None = None,
    rounding: int | None = None,
    floats: bool = False,
) -> dict[str, Any]:
    """The value of every quantity of a calculation, by id, in order.

    Args:
        calculation: quantities, each after those that it uses.
        replacing: values to take instead of what the definitions give: other given numbers, or
            a student's own results for some steps. Decimals, or with ``floats`` doubles and
            NumPy arrays (of one shape; each is then a whole class of variants).
        rounding: round each step to so many significant digits, as one does who writes every
            result down; given numbers stay as given.
        floats: calculate in doubles instead of decimals.

    Raises:
        UndefinedValue: a step has no value (∞ − ∞, 0 / 0, ln of a negative number).
    """
    replacing = replacing or {}
    values: dict[str, Any] = {}
    with localcontext(WORKING):
        for quantity in calculation:
            if quantity.id in replacing:
                values[quantity.id] = replacing[quantity.id]
                continue
            value = quantity.definition.value(values, floats=floats)
            if rounding is not None and not isinstance(quantity.definition, Constant):
                value = round_significant(value, rounding)
            if isinstance(value, Decimal) and value.is_nan():
                raise UndefinedValue(quantity.id)
            values[quantity.id] = value
    return values

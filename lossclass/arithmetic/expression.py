"""Expressions: numbers, named quantities, and operations on ordered operands.

A *quantity* is a name for an expression: a given number or a step. A calculation is a list of
quantities in the order in which they were made, each built from earlier ones; it is evaluated
in that order, so its length is no matter (a chain of thousands of steps needs no deep stack).
Nodes are frozen and compare by identity.
"""

from __future__ import annotations

import math
import operator
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Any, ClassVar, Literal, TypeAlias

from lossclass.arithmetic import elementary
from lossclass.arithmetic.number import PRECISION
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
    """Anything that has a value once the values of the quantities in it are known.

    Two are put together with + − * / and **, and numbers stand for constants: ``1 - y * p``. There,
    ``a + b + c`` is a sum in a sum; ``Sum(a, b, c)`` is one of three terms.
    """

    __slots__ = ()
    operands: tuple[Expression, ...] = ()

    def __neg__(self) -> Negative:
        return Negative(self)

    def __add__(self, other: Operand) -> Sum:
        return Sum(self, _operand(other))

    def __sub__(self, other: Operand) -> Sum:
        return Sum(self, Negative(_operand(other)))

    def __rsub__(self, other: Operand) -> Sum:
        return _operand(other) - self

    def __mul__(self, other: Operand) -> Product:
        return Product(self, _operand(other))

    def __rmul__(self, other: Operand) -> Product:
        return _operand(other) * self

    def __truediv__(self, other: Operand) -> Quotient:
        return Quotient(self, _operand(other))

    def __pow__(self, other: Operand) -> Power:
        return Power(self, _operand(other))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __setstate__(self, state: tuple[None, Mapping[str, Any]]) -> None:
        """What is frozen can still be copied and pickled."""
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    @abstractmethod
    def value(self, values: Values, *, floats: bool = False) -> Any:
        """The node's value, given those of the quantities in it by id.

        Decimal, to be called inside ``localcontext(WORKING)``; with ``floats``, constants are
        doubles, so that ``values`` may hold doubles and arrays.
        """


Operand: TypeAlias = Expression | Decimal | int


def _operand(operand: Operand) -> Expression:
    """An expression, or a number as a constant."""
    return operand if isinstance(operand, Expression) else Constant(operand)


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


class Role(StrEnum):
    """What a quantity is for. Ids never say it."""

    #: A number of the problem.
    GIVEN = "given"
    #: A number that was worked out elsewhere, by NumPy or by other steps, and is taken as it is.
    TAKEN = "taken"
    #: Worked out from others.
    STEP = "step"
    #: Worked out from others, and it cancels out of what it is used in, so that no derivative goes
    #: through it: the largest logit, which is subtracted before a softmax.
    CANCELS = "cancels"


#: What the id of a number of the problem begins with.
GIVEN_ID = "given."


class Quantity(Expression):
    """A named number: one that stands for itself (its definition is a constant) or a step of the
    working.

    ``id`` is unique in its calculation and the same in every format; ``symbol`` is what people
    see; ``role`` is what it is for: if left out, a constant is given, and all else a step.
    """

    __slots__ = ("definition", "id", "role", "symbol")
    id: str
    symbol: Symbol
    definition: Expression
    role: Role

    def __init__(
        self, id: str, symbol: Symbol, definition: Expression, role: Role | None = None
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "symbol", symbol)
        object.__setattr__(self, "definition", definition)
        by_definition = Role.GIVEN if isinstance(definition, Constant) else Role.STEP
        object.__setattr__(self, "role", role or by_definition)

    def __repr__(self) -> str:
        return f"Quantity({self.id!r})"

    @property
    def is_given(self) -> bool:
        """Whether it is a number as it stands, not worked out here. Whether the problem gives it
        or it was taken from elsewhere, its role says."""
        return isinstance(self.definition, Constant)

    @property
    def name(self) -> str:
        """Its id without the ``given.`` of a number of the problem."""
        return self.id.removeprefix(GIVEN_ID) if self.role is Role.GIVEN else self.id

    def value(self, values: Values, *, floats: bool = False) -> Any:
        return values[self.id]


class Operation(Expression):
    """A node with operands: ``Sum(a, b)``. A subclass says how it is computed; how it is
    written stands in :mod:`lossclass.arithmetic.notation`."""

    __slots__ = ("operands",)
    #: The fewest and the most operands that make sense.
    arity: ClassVar[tuple[float, float]] = (1, 1)
    #: The result for values of the operands.
    compute: ClassVar[Callable[..., Any]]

    def __init_subclass__(
        cls, compute: Callable[..., Any] | None = None, arity: tuple[float, float] | None = None
    ) -> None:
        if compute is not None:
            cls.compute = staticmethod(compute)
        if arity is not None:
            cls.arity = arity

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


class Sum(Operation, arity=(1, math.inf)):
    """a + b + …, from left to right. A difference is a sum with a :class:`Negative` in it."""

    __slots__ = ()

    @staticmethod
    def compute(*operands: Any) -> Any:
        total = reduce(operator.add, operands)
        return _NOTHING if isinstance(total, Decimal) and _is_residue(total, operands) else total


def sum_of(terms: Sequence[Expression]) -> Expression:
    """The sum of terms; one alone stands as it is, and of none it is 0."""
    return Sum(*terms) if len(terms) > 1 else next(iter(terms), Constant(0))


def mean_of(terms: Sequence[Expression]) -> Quotient:
    """Their sum divided by how many they are."""
    return sum_of(terms) / len(terms)


def _is_residue(total: Decimal, operands: Sequence[Decimal]) -> bool:
    """Whether a sum is only what rounding to 50 digits left of terms that cancel. Numbers that have
    not been rounded leave nothing behind."""
    if not (total and total.is_finite()):
        return False
    largest = max(map(Decimal.adjusted, filter(None, operands)))
    if total.adjusted() > largest - PRECISION + _DIGITS_LEFT:
        return False
    return any(len(operand.as_tuple().digits) >= PRECISION - 1 for operand in operands)


class Product(Operation, arity=(1, math.inf)):
    """a · b · …, from left to right. A factor of 0 makes it 0, even beside an infinity: in a
    loss, 0 · ln 0 is what a true probability of 0 contributes, namely nothing."""

    __slots__ = ()

    @staticmethod
    def compute(*operands: Any) -> Any:
        return reduce(elementary.times, operands)


def product_of(factors: Sequence[Expression]) -> Expression:
    """The product of factors; one alone stands as it is, and of none it is 1."""
    return Product(*factors) if len(factors) > 1 else next(iter(factors), Constant(1))


class Quotient(Operation, compute=elementary.divide, arity=(2, 2)):
    """a / b."""

    __slots__ = ()


class Power(Operation, compute=elementary.power, arity=(2, 2)):
    """a ^ b."""

    __slots__ = ()


class Negative(Operation, compute=operator.neg):
    """−a."""

    __slots__ = ()


class Log(Operation):
    """The logarithm of a to base e, 2 or 10."""

    __slots__ = ("base",)
    base: LogBase

    def __init__(self, operand: Expression, base: LogBase = "e") -> None:
        super().__init__(operand)
        object.__setattr__(self, "base", base)

    def __repr__(self) -> str:
        return f"Log({self.operands[0]!r}, {self.base!r})"

    def rebuilt(self, operands: Iterable[Expression]) -> Operation:
        (operand,) = operands
        return Log(operand, self.base)

    def compute(self, *operands: Any) -> Any:
        return elementary.log(operands[0], self.base)


class Exp(Operation, compute=elementary.exp):
    """e ^ a."""

    __slots__ = ()


class Tanh(Operation, compute=elementary.tanh):
    """The hyperbolic tangent of a."""

    __slots__ = ()


class Sigmoid(Operation, compute=elementary.sigmoid):
    """1 / (1 + e ^ −a)."""

    __slots__ = ()


class Max(Operation, compute=elementary.maximum, arity=(2, math.inf)):
    """The largest of its operands."""

    __slots__ = ()


class Min(Operation, compute=elementary.minimum, arity=(2, math.inf)):
    """The smallest of its operands."""

    __slots__ = ()


class ArgMax(Operation, compute=elementary.place_of_maximum, arity=(2, math.inf)):
    """The place of the largest of its operands, counted from 1; of equal ones the first."""

    __slots__ = ()


class Choose(Operation, compute=elementary.at_place, arity=(2, math.inf)):
    """The first operand says which of the others it is, by its place among them, counted from 1."""

    __slots__ = ()


class Root(Operation, compute=elementary.root):
    """The square root of a."""

    __slots__ = ()


class Absolute(Operation, compute=abs):
    """|a|."""

    __slots__ = ()


def is_place(node: Expression) -> bool:
    """Whether it comes to a place in a list, where 1 says as much as any other number."""
    if isinstance(node, Quantity):
        return is_place(node.definition)
    chosen = isinstance(node, Choose) and any(map(is_place, node.operands[1:]))
    return chosen or isinstance(node, ArgMax)


def stands_alone(expression: Expression | Decimal) -> Quantity | None:
    """The one quantity that an expression is nothing but, if it is; or that it is a sum of."""
    match expression:
        case Quantity():
            return expression
        case Sum(operands=(only,)):
            return stands_alone(only)
    return None


def quantities_in(expression: Expression) -> Iterator[Quantity]:
    """The named quantities that an expression uses directly, from left to right."""
    return (node for node in nodes_in(expression) if isinstance(node, Quantity))


def nodes_in(expression: Expression) -> Iterator[Expression]:
    """An expression and all that it is made of, from left to right; of a quantity it has the name."""
    yield expression
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from nodes_in(operand)

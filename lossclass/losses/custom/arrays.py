"""Arrays of expressions: what a formula over numbers, vectors and matrices is read into; and whether
it has a value.

Operations and functions go element by element, and a single number goes with every element.
``sum``, ``mean`` and ``softmax`` are left to whoever reads: steps for the working, a number for the
check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Final, Literal, TypeAlias, cast

from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Log,
    Operation,
    Power,
    Product,
    Quotient,
    Sigmoid,
    Values,
)
from lossclass.arithmetic.notation import FUNCTIONS, TYPED, as_number
from lossclass.arithmetic.number import show
from lossclass.arithmetic.parsing import CannotCombine, read_in
from lossclass.problem.arrays import Place, Shape, places, said_of
from lossclass.records import record

#: Beyond these a double overflows or loses digits, so NumPy could not check the working.
_SMALLEST, _LARGEST = Decimal("1e-300"), Decimal("1e300")
_DIGITS_SAID: Final = 4
Aggregate: TypeAlias = Literal["sum", "mean", "softmax"]
#: Functions of all numbers of an array together.
AGGREGATES: Final = ("sum", "mean", "softmax")
_OF_A_LIST: Final = ("max", "min")
#: So many operands may a formula's operations have in all, element by element.
MOST_OPERATIONS: Final = 50_000


@record
class Array:
    """Expressions in the order of their indices: shape () for one, (n,), or (n, m) row by row."""

    shape: Shape
    elements: tuple[Expression, ...]

    def items(self) -> Iterator[tuple[Place, Expression]]:
        """The elements, each with its index, counting from 1."""
        return zip(places(self.shape), self.elements, strict=True)

    def rows(self) -> Iterator[tuple[Place, Sequence[Expression]]]:
        """The elements along the last axis, with the index of what comes before it."""
        width = self.shape[-1]
        for n, before in enumerate(places(self.shape[:-1])):
            yield before, self.elements[n * width : (n + 1) * width]


#: Writes or computes an aggregate, given how the formula writes it.
Reduce: TypeAlias = Callable[[Aggregate, Array, str], Array]


def said(shape: Shape) -> str:
    """A shape in words."""
    return {(): "a single number", (1,): "1 number in a list"}.get(shape) or said_of(shape)


class Arrays:
    """The algebra of arrays, for :func:`lossclass.arithmetic.parsing.read_in`."""

    #: A place of the largest has no slope, and is no part of a loss.
    functions: Collection[str] = (*(each for each in FUNCTIONS if each != "argmax"), *AGGREGATES)

    def __init__(self, names: Mapping[str, Array], reduce: Reduce) -> None:
        self.names = names
        self._reduce = reduce
        self._operations = 0

    def combine(self, build: Callable[..., Expression], operands: Sequence[Array]) -> Array:
        shape = _common_shape(operands)
        count = prod(shape)
        self._operations += count * max(1, len(operands))
        if self._operations > MOST_OPERATIONS:
            message = f"with its elements worked one by one, over {MOST_OPERATIONS} operations"
            raise CannotCombine(message)
        spread = (each.elements if each.shape else each.elements * count for each in operands)
        rows = zip(*spread, strict=True) if operands else [()]
        return Array(shape, tuple(build(*row) for row in rows))

    def call(self, function: str, arguments: Sequence[Array], written: str) -> Array:
        first, *more = arguments
        if function in _OF_A_LIST and not more and len(first.elements) > 1:
            return Array((), (FUNCTIONS[function](*first.elements),))
        if function not in AGGREGATES:
            return self.combine(FUNCTIONS[function], arguments)
        if more:
            raise TypeError
        if function == "softmax" and not first.shape:
            raise CannotCombine("softmax takes a list of numbers, one for each class")
        return self._reduce(cast("Aggregate", function), first, written)


def _common_shape(operands: Sequence[Array]) -> Shape:
    """The shape of the result: that of the operands which are not single numbers."""
    shapes = list(dict.fromkeys(each.shape for each in operands if each.shape))
    if len(shapes) > 1:
        message = f"{said(shapes[0])} and {said(shapes[1])} do not go together element by element"
        raise CannotCombine(message)
    return shapes[0] if shapes else ()


# --- what an array comes to --------------------------------------------------------------


@record
class Worked:
    """An operation inside an expression, with its operands' values and its own."""

    operation: Operation
    operands: tuple[Decimal, ...]
    value: Decimal

    @property
    def is_zero_times_infinity(self) -> bool:
        """Whether it is 0 · ∞, which counts as 0."""
        infinite = any(operand.is_infinite() for operand in self.operands)
        return isinstance(self.operation, Product) and infinite and 0 in self.operands

    @property
    def is_log_of_zero(self) -> bool:
        """Whether it is ln 0 = −∞."""
        return isinstance(self.operation, Log) and self.operands[0] == 0

    def written(self) -> str:
        """The operation with its numbers."""
        numbers = (Constant(show(each, _DIGITS_SAID).value) for each in self.operands)
        return TYPED.write(self.operation.rebuilt(numbers), as_number)


def operations(expression: Expression, values: Values) -> list[Worked]:
    """The operations of an expression in the order in which they are carried out, with the values of the
    quantities in it by id."""
    found: list[Worked] = []

    def visit(node: Expression) -> Decimal:
        if not isinstance(node, Operation):
            return Decimal(node.value(values))
        operands = tuple([visit(each) for each in node.operands])
        found.append(Worked(node, operands, node.compute(*operands)))
        return found[-1].value

    visit(expression)
    return found


def check_value(formula: str, given: Mapping[str, Array]) -> None:
    """Work a formula without writing anything down. To be called in ``localcontext(WORKING)``.

    Args:
        given: the formula's names, with constants for elements.

    Raises:
        UnreadableText: it cannot be read, or a ``sum`` or ``mean`` in it has no value.
        CannotCombine: the whole has no value, or is not a single number.
    """
    whole = read_in(formula, Arrays(given, _reduced))
    if whole.shape:
        message = (
            f"the formula gives {said(whole.shape)}, and a loss is one number; "
            "put sum(...) or mean(...) around what is one for each element"
        )
        raise CannotCombine(message)
    _checked(whole.elements[0])


def _reduced(kind: Aggregate, array: Array, _written: str) -> Array:
    if kind == "softmax":
        exponentials = Array(array.shape, tuple(Constant(_checked(Exp(e))) for e in array.elements))
        sums = [
            sum((as_number(each) for each in row), Decimal(0)) for _, row in exponentials.rows()
        ]
        width = array.shape[-1]
        shares = (each / sums[n // width] for n, each in enumerate(exponentials.elements))
        return Array(array.shape, tuple(Constant(_checked(each)) for each in shares))
    total = sum(map(_checked, array.elements), Decimal(0))
    value = total / len(array.elements) if kind == "mean" else total
    if value.is_nan():
        raise CannotCombine("∞ − ∞ has no value")
    return Array((), (Constant(value),))


def _checked(expression: Expression) -> Decimal:
    """The value of an expression of constants.

    Raises:
        CannotCombine: it has none, or on the way there is one that a double cannot hold.
    """
    for worked in operations(expression, {}):
        if trouble := _trouble(worked):
            raise CannotCombine(f"{worked.written()} {trouble}")
    return Decimal(expression.value({}))


def _trouble(worked: Worked) -> str:
    """Why an operation has no value that can be worked with, or nothing."""
    operation, operands, value = worked.operation, worked.operands, worked.value
    if isinstance(operation, Quotient) and not operands[1]:
        return "has no value: nothing can be divided by 0"
    if isinstance(operation, Power) and not operands[0] and operands[1] < 0:
        return "has no value: it divides by 0"
    if value.is_nan():
        return "has no value"
    if any(operand.is_infinite() for operand in operands):
        return ""
    vanished = isinstance(operation, Exp | Sigmoid | Power | Product | Quotient) and all(operands)
    if abs(value) > _LARGEST and not worked.is_log_of_zero:
        beyond = "large"
    elif 0 < abs(value) < _SMALLEST or (not value and vanished):
        beyond = "small"
    else:
        return ""
    return f"is too {beyond} for a computer's floating-point numbers, which check the working"

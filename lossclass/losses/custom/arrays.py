"""Arrays of expressions: what a formula over numbers, vectors and matrices is read into.

Operations and functions go element by element, and a single number goes with every element.
``sum`` and ``mean`` are left to whoever reads: steps for the working, a number for the check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, TypeAlias, cast

from lossclass.arithmetic.algebra import CannotCombine
from lossclass.arithmetic.expression import Expression
from lossclass.arithmetic.notation import FUNCTIONS
from lossclass.losses.custom.naming import Index

Shape: TypeAlias = tuple[int, ...]
Aggregate: TypeAlias = Literal["sum", "mean"]
AGGREGATES: Final = ("sum", "mean")
#: So many operands may a formula's operations have in all, element by element.
MOST_OPERATIONS: Final = 50_000


@dataclass(frozen=True)
class Array:
    """Expressions in the order of their indices: shape () for one, (n,), or (n, m) row by row."""

    shape: Shape
    elements: tuple[Expression, ...]

    def items(self) -> Iterator[tuple[Index, Expression]]:
        """The elements, each with its index, counting from 1."""
        return zip(indices(self.shape), self.elements, strict=True)


#: Writes or computes a sum or mean, given how the formula writes it.
Reduce: TypeAlias = Callable[[Aggregate, Array, str], Expression]


def indices(shape: Shape) -> Iterator[Index]:
    """All indices of a shape, row by row, counting from 1."""
    return product(*(range(1, length + 1) for length in shape))


def said(shape: Shape) -> str:
    """A shape in words."""
    if shape == ():
        return "a single number"
    if len(shape) == 1:
        return "1 number in a list" if shape == (1,) else f"{shape[0]} numbers"
    return f"{shape[0]} × {shape[1]} numbers"


class Arrays:
    """The algebra of arrays, for :func:`lossclass.arithmetic.parsing.read_in`."""

    functions: Collection[str] = (*FUNCTIONS, *AGGREGATES)

    def __init__(self, names: Mapping[str, Array], reduce: Reduce) -> None:
        self.names = names
        self._reduce = reduce
        self._operations = 0

    def combine(self, build: Callable[..., Expression], operands: Sequence[Array]) -> Array:
        shape = _common_shape(operands)
        count = 1
        for length in shape:
            count *= length
        self._operations += count * max(1, len(operands))
        if self._operations > MOST_OPERATIONS:
            message = f"with its elements worked one by one, over {MOST_OPERATIONS} operations"
            raise CannotCombine(message)
        spread = (each.elements if each.shape else each.elements * count for each in operands)
        rows = zip(*spread, strict=True) if operands else [()]
        return Array(shape, tuple(build(*row) for row in rows))

    def call(self, function: str, arguments: Sequence[Array], written: str) -> Array:
        if function not in AGGREGATES:
            return self.combine(FUNCTIONS[function], arguments)
        if len(arguments) > 1:
            raise TypeError
        one = self._reduce(cast("Aggregate", function), arguments[0], written)
        return Array((), (one,))


def _common_shape(operands: Sequence[Array]) -> Shape:
    """The shape of the result: that of the operands which are not single numbers."""
    shapes = list(dict.fromkeys(each.shape for each in operands if each.shape))
    if len(shapes) > 1:
        message = f"{said(shapes[0])} and {said(shapes[1])} do not go together element by element"
        raise CannotCombine(message)
    return shapes[0] if shapes else ()

"""Several steps of one kind as one equation of matrices: a₁ = b + W h₀ + U x₁."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import localcontext
from typing import TypeAlias

from lossclass.arithmetic.expression import Expression, Product, Quantity, quantities_in, sum_of
from lossclass.arithmetic.line import DecimalValues, is_shown_as
from lossclass.arithmetic.notation import Notation
from lossclass.arithmetic.number import PRECISION, WORKING, Shown, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record


@record
class Matrix:
    """Numbers in rows under one name; a vector has one in each."""

    symbol: Symbol
    rows: tuple[tuple[Quantity, ...], ...]


@record
class MatrixSum:
    """A vector that is a sum of products of matrices.

    Attributes:
        symbol: what the vector is called.
        terms: vectors, and products of a matrix and a vector.
    """

    symbol: Symbol
    terms: tuple[tuple[Matrix, ...], ...]

    def marked(self, mark: str) -> MatrixSum:
        """The same of a part of a problem: its symbols with the mark of that."""
        terms = tuple(
            tuple(replace(each, symbol=replace(each.symbol, of=mark)) for each in term)
            for term in self.terms
        )
        return MatrixSum(replace(self.symbol, of=mark), terms)

    @property
    def names(self) -> list[Symbol]:
        """The symbols of its numbers."""
        height = range(1, len(self.terms[0][0].rows) + 1)
        return [replace(self.symbol, index=(*self.symbol.index, j)) for j in height]

    @property
    def components(self) -> list[Expression]:
        """The same number by number."""
        return [sum_of(self.row(j)) for j in range(len(self.terms[0][0].rows))]

    def row(self, j: int) -> list[Expression]:
        """The terms of the number in a row, which counts from 0."""
        return [each for term in self.terms for each in _row(term, j)]


def _row(term: Sequence[Matrix], j: int) -> Iterator[Expression]:
    """What a vector, or a product with one, has in a row."""
    first, *others = (factor.rows for factor in term)
    if not others:
        return iter(first[j])
    (vector,) = others
    return (Product(weight, *number) for weight, number in zip(first[j], vector, strict=True))


#: What stands at a place: a number, or the symbol of one that is to be worked out.
Entry: TypeAlias = "Shown | Symbol"
#: The rows of a matrix, or of a vector.
Rows: TypeAlias = Sequence[Sequence[Entry]]


@record
class MatrixLine:
    """``symbol = names = numbers = result``; see :func:`lay_out_matrices` and :func:`frame`."""

    equation: MatrixSum
    numbers: Mapping[str, Entry]
    result: tuple[Entry, ...]

    @property
    def terms(self) -> list[list[Rows]]:
        """The numbers of the factors of each product."""
        return [
            [[[self.numbers[each.id] for each in row] for row in factor.rows] for factor in factors]
            for factors in self.equation.terms
        ]

    @property
    def signs(self) -> tuple[bool, bool]:
        """Whether ``=`` may stand before the numbers, and before the result."""
        exact = all(map(_is_exact, self.numbers.values()))
        return exact, exact and all(map(_is_exact, self.result))

    def left(self, notation: Notation) -> str:
        return notation.symbol(self.equation.symbol)

    def names(self, notation: Notation) -> str:
        """The sum in symbols."""
        return _sum(
            [[notation.symbol(each.symbol) for each in term] for term in self.equation.terms],
            notation,
        )

    def sides(self, notation: Notation) -> list[tuple[bool, str]]:
        """What stands after it, each with whether ``=`` may stand before it."""
        first, second = self.signs
        numbers = [[_written(each, notation) for each in term] for term in self.terms]
        result = _written([[each] for each in self.result], notation)
        return [(True, self.names(notation)), (first, _sum(numbers, notation)), (second, result)]


def _sum(terms: Sequence[Sequence[str]], notation: Notation) -> str:
    return notation.plus.join(notation.beside.join(factors) for factors in terms)


def _written(rows: Rows, notation: Notation) -> str:
    return notation.matrix([[entry_text(each, notation) for each in row] for row in rows])


def entry_text(entry: Entry, notation: Notation) -> str:
    """What stands at a place of a matrix."""
    return notation.symbol(entry) if isinstance(entry, Symbol) else notation.number(entry.value)


def _is_exact(entry: Entry) -> bool:
    return isinstance(entry, Symbol) or entry.exact


def frame(equation: MatrixSum, known: Mapping[str, Shown]) -> MatrixLine:
    """An equation of matrices to be filled in: with the numbers that are known, by id, and symbols in
    the place of the others and of the result."""
    used = (each for component in equation.components for each in quantities_in(component))
    numbers = {each.id: known.get(each.id, each.symbol) for each in used}
    return MatrixLine(equation, numbers, tuple(equation.names))


def lay_out_matrices(equation: MatrixSum, values: DecimalValues, digits: int) -> MatrixLine:
    """An equation of matrices with the fewest digits with which it comes out.

    Args:
        values: of the quantities in it, at full precision, by id.
        digits: how many significant digits to show of what is not exact.
    """
    components = equation.components
    ids = [each.id for component in components for each in quantities_in(component)]
    with localcontext(WORKING):
        result = [show(each.value(values), digits) for each in components]
        for more in range(PRECISION - digits):
            numbers = {id: show(values[id], digits + more) for id in ids}
            rounded = {id: number.value for id, number in numbers.items()}
            got = [each.value(rounded) for each in components]
            if all(map(is_shown_as, got, result, [digits] * len(got))):
                break
    return MatrixLine(equation, numbers, tuple(result))

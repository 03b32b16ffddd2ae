"""The steps of all units at once, with matrices: a₁ = b + W h₀ + U x₁."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from lossclass.arithmetic.matrices import Matrix, MatrixSum
from lossclass.arithmetic.symbol import Symbol
from lossclass.rnn.given import HIDDEN_BIAS, Given, Quantities

#: The factors of a product.
_Term: TypeAlias = tuple[Matrix, ...]


def preactivation(
    given: Given, gate: str, t: int, before: Quantities, state: tuple[str, int] | None = None
) -> MatrixSum:
    """The sum b + W h + U x of a gate, without what is not there.

    Args:
        state: the letter and the time step of what W multiplies, if that is not h before.
    """
    by_input = (_matrix("U", gate, given.U[gate]), _vector("x", (t,), given.x[t - 1]))
    bias = [(_vector("b", _front(gate), given.b[gate]),)] if given.b else []
    symbol = Symbol("a", (*_front(gate), t))
    return MatrixSum(
        symbol, (*bias, *_from_state(given, gate, state or ("h", t - 1), before), by_input)
    )


def candidate_hidden(given: Given, t: int, before: Quantities) -> MatrixSum | None:
    """What the reset gate of a GRU acts on, if there is a state before."""
    terms = tuple(_from_state(given, "n", ("h", t - 1), before))
    return MatrixSum(Symbol("p", (t,)), terms) if before else None


def output(given: Given, t: int, hidden: Quantities) -> MatrixSum:
    """The sum c + V h."""
    bias = [(_vector("c", (), given.c),)] if given.c else []
    by_state = (_matrix("V", "", given.V), _vector("h", (t,), hidden))
    return MatrixSum(Symbol("o", (t,)), (*bias, by_state))


def _from_state(
    given: Given, gate: str, state: tuple[str, int], before: Quantities
) -> Iterator[_Term]:
    if given.b_hidden:
        yield (_vector(HIDDEN_BIAS, _front(gate), given.b_hidden[gate]),)
    if before:
        letter, t = state
        yield _matrix("W", gate, given.W[gate]), _vector(letter, (t,), before)


def _front(gate: str) -> tuple[str, ...]:
    """A gate as the first index."""
    return (gate,) if gate else ()


def _matrix(letter: str, gate: str, rows: Sequence[Quantities]) -> Matrix:
    return Matrix(Symbol(letter, _front(gate)), tuple(map(tuple, rows)))


def _vector(letter: str, index: tuple[int | str, ...], numbers: Quantities) -> Matrix:
    return Matrix(Symbol(letter, index), tuple((each,) for each in numbers))

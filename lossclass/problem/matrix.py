"""A table of numbers that may be large: T rows of C numbers, from text or from an array.

Decimals are made only of those numbers that are asked for, so that the outputs of a real network
(5,000 symbols over 1,000 time steps) cost no more than the few of them that a target needs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lossclass.problem.arrays import FURTHEST_LOGITS, Rows, to_logits, to_rows
from lossclass.problem.fields import LARGEST, Refusals, expected
from lossclass.second_road import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: More would not fit into the memory of a small machine.
MOST_NUMBERS = 50_000_000
_OF_A_BATCH = (
    "expected T × C numbers, got those of a batch; give one sequence, as in log_probs[:, 0]"
)


class Matrix:
    """T × C numbers."""

    def __init__(self, rows: Rows | None = None, array: NDArray[np.float64] | None = None) -> None:
        self._rows = rows
        self._array = array

    @property
    def is_large(self) -> bool:
        """Whether there are too many numbers to make decimals of them all."""
        return self._array is not None

    def rows(self) -> Rows:
        """All numbers as decimals."""
        height, width = self.shape
        return tuple(tuple(self[row, column] for column in range(width)) for row in range(height))

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows there are, and how long they are."""
        if self._rows is not None:
            return len(self._rows), len(self._rows[0])
        assert self._array is not None  # noqa: S101 - it is one or the other
        return self._array.shape[0], self._array.shape[1]

    def __getitem__(self, place: tuple[int, int]) -> Decimal:
        """The number in a row and a column, both from 0: an array's as it prints."""
        row, column = place
        if self._rows is not None:
            return self._rows[row][column]
        assert self._array is not None  # noqa: S101 - it is one or the other
        return Decimal(repr(float(self._array[row, column])))

    def array(self) -> NDArray[np.float64]:
        """The numbers as doubles, shape (T, C)."""
        return np.array(self._rows, float) if self._array is None else self._array

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Matrix):
            return False
        if not self.is_large and not other.is_large:
            return self._rows == other._rows
        return bool((self.array() == other.array()).all())

    __hash__ = None  # type: ignore[assignment]  # as for a list

    def __repr__(self) -> str:
        return "Matrix({} × {})".format(*self.shape)


def to_matrix(
    value: Any, what: str, smallest: float, largest: float, *, infinite: bool = False
) -> Matrix:
    """A matrix of numbers that are ``what``.

    Args:
        value: rows of texts and numbers, or an array of shape (T, C), (C,), or (T, 1, C) or (1, T, C) as
            a batch of one sequence has it.
        infinite: let −∞ through.

    Raises:
        ValueError: a number is not ``what``, or the rows are not of one length.
    """
    if hasattr(value, "tolist"):  # a large one: others are lists by now
        array = _as_matrix(value).astype(float, copy=False)
        _check(array, what, smallest, largest, infinite=infinite)
        return Matrix(array=array)
    if isinstance(value, list | tuple) and all(  # time steps of a batch of sequences
        isinstance(row, list | tuple) and row and isinstance(row[0], list | tuple) for row in value
    ):
        if len(value) > 1 and any(len(row) != 1 for row in value):
            raise ValueError(_OF_A_BATCH)
        value = value[0] if len(value) == 1 else [row for (row,) in value]
    return Matrix(to_rows(value, what, lambda n: smallest <= n <= largest, infinite=infinite))


def _as_matrix(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind not in "fiu":
        raise ValueError(f"expected real numbers, got an array of {array.dtype}")
    if array.ndim == 3 and 1 in array.shape[:2]:
        array = array[0] if array.shape[0] == 1 else array[:, 0, :]
    if array.ndim > 2:
        raise ValueError(_OF_A_BATCH)
    return array.reshape(1, -1) if array.ndim < 2 else array


def _check(
    array: NDArray[Any], what: str, smallest: float, largest: float, *, infinite: bool
) -> None:
    """Refuse the first number that is not allowed, with its place."""
    with np.errstate(invalid="ignore"):
        allowed = (array >= max(smallest, -float(LARGEST))) & (
            array <= min(largest, float(LARGEST))
        )
    if infinite:
        allowed |= array == -np.inf
    if not allowed.all():
        row, column = (int(n) for n in np.argwhere(~allowed)[0])
        error = expected(what, float(array[row, column]))
        raise Refusals([((row, column), str(error))])


def to_logit_matrix(value: Any) -> Matrix:
    """A matrix of logits, those of a row not too far apart for a softmax.

    Raises:
        ValueError: see :func:`to_matrix`.
    """
    matrix = to_matrix(value, "a number", -float("inf"), float("inf"))
    if matrix.is_large:
        array = matrix.array()
        apart = array.max(axis=1) - array.min(axis=1) > float(FURTHEST_LOGITS)
        return matrix if not apart.any() else Matrix(to_logits(array[apart][:1]))
    return Matrix(to_logits(matrix.rows()))

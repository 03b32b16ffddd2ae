"""Columns of arrays: one for each sequence forward in time, beside them one for each backward.

The backward half is a mirror image of the forward one: its axes are all in reversed order, so that
the array read from its end to its beginning has the directions exchanged.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

#: With fewer columns than this, NumPy is faster with one at a time.
_FEW = 8


class Scaled(NamedTuple):
    """number · 2^exponent, for each column."""

    number: NDArray[np.float64]
    exponent: NDArray[np.int64]

    def over(self, other: Scaled) -> NDArray[np.float64]:
        """The ratios."""
        exponent = np.clip(self.exponent - other.exponent, -3000, 3000)
        return np.asarray(np.ldexp(self.number / other.number, exponent.astype(np.intc)))


def beside_reversed(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The columns (the last axis, N) and beside them their mirror image (2N in all)."""
    return np.concatenate([array, reversed_axes(array)], axis=-1)


def reversed_axes(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The array read from its end to its beginning (a view)."""
    return array[(slice(None, None, -1),) * array.ndim]


def both(combine: np.ufunc, columns: NDArray[Any]) -> NDArray[Any]:
    """What the two directions (2N,) of each sequence come to together (N,)."""
    count = len(columns) // 2
    return np.asarray(combine(columns[:count], reversed_axes(columns[count:])))


def column_sums(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums over positions, the last axis but one.

    By a product of matrices, which is faster than a sum, above all when columns are few.
    """
    return np.asarray(np.ones(array.shape[-2]) @ array)


def by_column(
    operation: np.ufunc, array: NDArray[Any], row: NDArray[Any], *, out: NDArray[Any]
) -> None:
    """The operation on an array (..., M) and one number for each column (M,), or (..., 1, M)."""
    if array.shape[-1] >= _FEW:
        operation(array, row, out=out)
        return
    for column in range(array.shape[-1]):
        operation(array[..., column], row[..., column], out=out[..., column])


def skips(targets: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the step from label s − 1 to label s (S, M) may leave out the blank between them."""
    allowed = np.ones(targets.shape, bool)
    allowed[1:] = targets[1:] != targets[:-1]
    return allowed

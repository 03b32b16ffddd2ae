"""What the CTC core is given, read, checked and brought into one form; and columns of arrays.

Of columns there is one for each sequence forward in time, and on request beside them one for each
backward. The backward half is a mirror image of the forward one: its axes are all in reversed order,
so that the array read from its end to its beginning has the directions exchanged.
"""

from __future__ import annotations

from operator import index
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lossclass.problem.from_python import without_gradient
from lossclass.records import record

Floats = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)


@record
class Batch:
    """N sequences whose shapes, lengths and labels fit together.

    Attributes:
        log_probs: (T, N, C), C-contiguous, float32 or float64.
        targets: (N, S); the blank stands beyond each target length.
        input_lengths, target_lengths: (N,).
        reachable: (N,), whether the input is long enough: a label that repeats its neighbour
            needs a blank between the two.
    """

    log_probs: NDArray[np.floating[Any]]
    targets: NDArray[np.intp]
    input_lengths: NDArray[np.intp]
    target_lengths: NDArray[np.intp]
    reachable: NDArray[np.bool_]
    blank: int

    def beyond(self, sequences: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which positions (S, N) of some sequences are beyond the target length."""
        positions = np.arange(self.targets.shape[1])
        return positions[:, None] >= self.target_lengths[sequences]

    def start(self, sequences: NDArray[np.intp]) -> Floats:
        """The cells of the S + 1 blanks (S + 1, 2N) before the first step of either direction.

        Forward, the first blank is certain; backward, the last one of the target.
        """
        first = np.zeros((self.targets.shape[1] + 1, len(sequences)))
        last = np.zeros_like(first)
        first[0] = 1.0
        last[self.target_lengths[sequences], np.arange(len(sequences))] = 1.0
        return np.concatenate([first, reversed_axes(last)], axis=1)


def read_batch(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any
) -> Batch:
    """The batch, or a ValueError that says what was got and what was expected."""
    log_probs = _read_log_probs(log_probs)
    times, count, symbols = log_probs.shape
    blank = _read_blank(blank, symbols)
    targets = _integers("targets", targets)
    if targets.ndim != 2 or len(targets) != count:
        raise ValueError(
            f"targets: expected the shape (N, S) with N = {count} as in log_probs, "
            f"got {targets.shape}"
        )
    longest = targets.shape[1]
    inputs = _read_lengths("input_lengths", input_lengths, count, times, "T")
    lengths = _read_lengths("target_lengths", target_lengths, count, longest, "S")
    within = np.arange(longest) < lengths[:, None]
    _check_labels(targets, within, symbols, blank)
    repeats = ((targets[:, 1:] == targets[:, :-1]) & within[:, 1:]).sum(axis=1)
    return Batch(
        log_probs=log_probs,
        targets=np.where(within, targets, blank),
        input_lengths=inputs,
        target_lengths=lengths,
        reachable=inputs >= lengths + repeats,
        blank=blank,
    )


def _array(name: str, given: Any) -> NDArray[Any]:
    """What is given as an array; a tensor that records its gradient is taken without it."""
    try:
        return np.asarray(without_gradient(given))
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"{name}: cannot be read as an array: {error}") from error


def _read_log_probs(given: Any) -> NDArray[np.floating[Any]]:
    array = _array("log_probs", given)
    if array.ndim != 3:
        raise ValueError(f"log_probs: expected the shape (T, N, C), got {array.shape}")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"log_probs: expected real numbers, got {array.dtype}")
    if array.dtype not in {np.dtype(np.float32), np.dtype(np.float64)}:
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    return np.ascontiguousarray(array)


def _read_blank(given: Any, symbols: int) -> int:
    try:
        blank = index(given)
    except TypeError:
        raise ValueError(f"blank: expected an integer, got {given!r}") from None
    if not 0 <= blank < symbols:
        raise ValueError(
            f"blank: expected one of the {symbols} symbols of log_probs, "
            f"0 <= blank < {symbols}, got {blank}"
        )
    return blank


def _integers(name: str, given: Any) -> NDArray[np.intp]:
    array = _array(name, given)
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{name}: expected integers, got {array.dtype}")
    return array.astype(np.intp)


def _read_lengths(name: str, given: Any, count: int, longest: int, letter: str) -> NDArray[np.intp]:
    if given is None:
        return np.full(count, longest, np.intp)
    lengths = _integers(name, given)
    if lengths.shape != (count,):
        raise ValueError(f"{name}: expected the shape (N,) = ({count},), got {lengths.shape}")
    wrong = np.flatnonzero((lengths < 0) | (lengths > longest))
    if wrong.size:
        raise ValueError(
            f"{name}[{wrong[0]}]: expected 0 to {letter} = {longest}, got {lengths[wrong[0]]}"
        )
    return lengths


def _check_labels(
    targets: NDArray[np.intp], within: NDArray[np.bool_], symbols: int, blank: int
) -> None:
    """Refuse labels that are no symbol, and the blank, within the target lengths."""
    wrong = np.argwhere(within & ((targets < 0) | (targets >= symbols) | (targets == blank)))
    if not wrong.size:
        return
    sequence, position = wrong[0]
    label = targets[sequence, position]
    got = "the blank" if label == blank else f"{label}"
    raise ValueError(
        f"targets[{sequence}, {position}]: expected a label from 0 to {symbols - 1} other than "
        f"the blank {blank}, got {got}"
    )


# --- columns ------------------------------------------------------------------------------


class Scaled(NamedTuple):
    """number · 2^exponent, for each column."""

    number: Floats
    exponent: NDArray[np.int64]

    def over(self, other: Scaled) -> Floats:
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


def column_sums(array: Floats) -> Floats:
    """The sums over positions, the last axis but one.

    By a product of matrices, which is faster than a sum, above all when columns are few.
    """
    return np.asarray(np.ones(array.shape[-2]) @ array)


def skips(targets: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the step from label s − 1 to label s (S, M) may leave out the blank between them."""
    allowed = np.ones(targets.shape, bool)
    allowed[1:] = targets[1:] != targets[:-1]
    return allowed

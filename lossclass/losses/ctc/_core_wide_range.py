"""The CTC recursion in numbers without a limit to their range: the careful road.

A number is m · e^k, with m of the order of 1 and k an integer in a float64. Such numbers lose no
digit however small they become. Logarithms do: near −10000 they tell probabilities apart to 2e-12.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossclass.losses.ctc._core_batch import Batch, Floats, beside_reversed, reversed_axes, skips
from lossclass.records import record

#: The sum of as many numbers below this as there can be time steps is finite.
_TOO_LARGE = 1e300


def wide_range(batch: Batch, sequences: NDArray[np.intp], occupancy: Floats | None) -> Floats:
    """The losses of some of the sequences.

    Their occupancy is put into ``occupancy`` (T or more, N, C), which must be 0 there.

    Raises:
        ValueError: a log-probability that an alignment could use is nan, or 1e300 or more.
    """
    with np.errstate(all="ignore"):
        lattice = _Lattice(batch, sequences, both=occupancy is not None)
        if occupancy is None:
            total = lattice.total(*deque(lattice.walk(), maxlen=1))
        else:
            total = lattice.occupy(occupancy)
        return np.asarray(0.0 - (np.log(total.m) + total.k))


@record
class _Wide:
    """m · e^k, for each element; 0 has m = 0 and k = −inf."""

    m: Floats
    k: Floats

    def __getitem__(self, where: Any) -> _Wide:
        return _Wide(self.m[where], self.k[where])

    def __mul__(self, other: _Wide) -> _Wide:
        """The product, with m brought back to between e^−½ and e^½."""
        m = self.m * other.m
        shift = np.rint(np.log(np.maximum(m, np.finfo(float).tiny)))
        return _Wide(m * np.exp(-shift), self.k + other.k + shift)

    def where(self, condition: NDArray[np.bool_]) -> _Wide:
        """These numbers where the condition holds, 0 elsewhere."""
        return _Wide(np.where(condition, self.m, 0.0), np.where(condition, self.k, -np.inf))

    def below_zero(self) -> _Wide:
        """These numbers (S, M) below a row of 0."""
        m, k = np.zeros((2, len(self.m) + 1, *self.m.shape[1:]))
        k[0] = -np.inf
        m[1:], k[1:] = self.m, self.k
        return _Wide(m, k)


def _exp(logs: Floats) -> _Wide:
    k = np.rint(logs)
    return _Wide(np.where(logs > -np.inf, np.exp(logs - k), 0.0), k)


def _sum(*terms: _Wide) -> _Wide:
    """The sum; its m may be as large as the number of terms."""
    k = np.maximum.reduce([term.k for term in terms])
    base = np.where(k > -np.inf, k, 0.0)
    return _Wide(np.add.reduce([term.m * np.exp(term.k - base) for term in terms]), k)


class _Cells(NamedTuple):
    """The cells of one time step: of S + 1 blanks, and of S labels below a row of 0."""

    blanks: _Wide
    labels: _Wide


class _Lattice:
    """The recursion for some sequences; on request backward too, in columns of its own.

    The rescaled road says how cells are arranged, and what a time step beyond the input length is.
    """

    def __init__(self, batch: Batch, sequences: NDArray[np.intp], *, both: bool) -> None:
        self.batch, self.sequences = batch, sequences
        self.targets = batch.targets[sequences].T
        self.over = np.arange(len(batch.log_probs))[:, None] >= batch.input_lengths[sequences]
        within = ~(self.over[:, None] | batch.beyond(sequences))
        labels = np.where(within, self._read(self.targets, within), -np.inf)
        blank, within = np.full((1, len(sequences)), batch.blank), ~self.over[:, None]
        blanks = np.where(within, self._read(blank, within), 0.0)
        columns = 2 * len(sequences) if both else len(sequences)
        self.skip = skips(beside_reversed(self.targets)[:, :columns])
        self.start = batch.start(sequences)[:, :columns]
        self.labels = _exp(beside_reversed(labels)[..., :columns])
        self.blanks = _exp(beside_reversed(blanks)[..., :columns])

    def _read(self, symbols: NDArray[np.intp], within: NDArray[np.bool_]) -> Floats:
        """The log-probabilities (T, S, N) of symbols (S, N)."""
        logs = self.batch.log_probs[:, self.sequences, symbols].astype(np.float64)
        wrong = np.argwhere(within & ~(logs < _TOO_LARGE))
        if wrong.size:
            time, position, column = wrong[0]
            raise ValueError(
                f"log_probs[{time}, {self.sequences[column]}, {symbols[position, column]}]: "
                f"expected a number below {_TOO_LARGE:g}, or -inf, "
                f"got {logs[time, position, column]}"
            )
        return logs

    def walk(self) -> Iterator[tuple[_Cells, _Cells]]:
        """The cells before and after each time step's own probabilities, and after the last."""
        after = _Cells(_exp(np.log(self.start)), _exp(np.full(self.start.shape, -np.inf)))
        for time in range(len(self.over)):
            before = self._arrive(after)
            labels = before.labels * self.labels[time]
            after = _Cells(before.blanks * self.blanks[time], labels.below_zero())
            yield before, after
        yield self._arrive(after), after

    def total(self, last: tuple[_Cells, _Cells]) -> _Wide:
        """p(l|x) of each sequence (N,), from the last cells of the walk.

        The step that they are before brings the last label's cell to the last blank.
        """
        ends = self.batch.target_lengths[self.sequences]
        return last[0].blanks[ends, np.arange(len(ends))]

    def occupy(self, occupancy: Floats) -> _Wide:
        """p(l|x) (N,), after occupancy has got each symbol's share of Σ_s α(s) β(s)."""
        *steps, last = self.walk()
        blank = np.full((len(self.targets) + 1, len(self.sequences)), self.batch.blank)
        symbols = np.concatenate([self.targets, blank])
        for time, (_, after) in enumerate(steps):
            before = steps[-1 - time][0]
            labels = _met(after.labels[1:], before.labels)
            blanks = _met(after.blanks, before.blanks)
            shares = _shares(np.concatenate([labels, blanks], axis=1))
            np.add.at(occupancy[time], (self.sequences, symbols), shares * ~self.over[time])
        return self.total(last)

    def _arrive(self, cells: _Cells) -> _Cells:
        """What comes to each cell by stay, step and skip; its label cells have no row of 0."""
        blanks, labels = cells
        skipping = labels[:-1].where(self.skip)
        return _Cells(_sum(blanks, labels), _sum(labels[1:], blanks[:-1], skipping))


def _met(forward: _Wide, backward: _Wide) -> Floats:
    """The m and k (2, S, N) of α β; the backward cells are in the other half, mirrored."""
    m = forward.m * reversed_axes(backward.m)
    k = forward.k + reversed_axes(backward.k)
    return np.stack([m, k])[..., : m.shape[1] // 2]


def _shares(cells: Floats) -> Floats:
    """What part of its column each of m · e^k (2, S, N) is; 0 in a column of 0."""
    m, k = cells
    top = k.max(axis=0)
    values = m * np.exp(k - np.where(np.isfinite(top), top, 0.0))
    total = values.sum(axis=0)
    return np.asarray(values / np.where(total > 0.0, total, 1.0))

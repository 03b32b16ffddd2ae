"""The CTC recursion on probabilities that are rescaled now and then: the fast road.

Three things make it quick.

* The backward variables are the forward variables of the reversed problem, so both run in one
  array: of M = 2N columns, the first N go forward in time; the others, with time, positions and
  sequences all in reversed order, go backward. They meet in the middle, after H = ⌈T/2⌉ steps.
  Read from its end to its beginning, the array has each direction where the other was.
* At each time step all probabilities are divided by that of the blank, which then costs nothing.
* Labels and the blanks around them are kept apart, so that every operation is on one piece.

A time step beyond the input length is a blank of probability 1, which changes nothing: backward,
a shorter sequence has not started yet.

What can go wrong is that a cell becomes too small for float64 while its sequence still needs it.
The processor notices when that happens, at no cost (NumPy's underflow flag). If it did, the
recursion is done again with a floor under every cell, which can only make the result larger. Where
the two agree, what was lost did not matter; where they do not, the result is not vouched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossclass.losses.ctc._core_batch import (
    Batch,
    Floats,
    Scaled,
    beside_reversed,
    both,
    column_sums,
    reversed_axes,
    skips,
)

#: Time steps between two rescalings.
_BLOCK = 8
#: ln of how many times as probable as the blank a label may be. Two cells that have grown so for a
#: whole block can still be multiplied: 2 · 8 · 40.7 is less than ln of the largest float64, 709.
_LARGEST = 40.0
#: e^−700 is a little more than the least number with all its digits, 2.2e-308 = e^−708.
_SMALLEST = -700.0
#: The floor under ratios, e^−700, and the one under cells.
_RATIO_FLOOR, _FLOOR = 1e-304, 1e-300
#: How far above p(l|x) the result with the floor may be, relative to it; and for each time step.
_AGREEMENT, _ROUNDING = 1e-12, 2e-16
#: Where Σ_s α(s) β(s) of a time step is smaller, a product that counts may have been lost.
_SMALLEST_TOTAL = 1e-250
#: Far from where a difference of two float64 overflows.
_FINITE = 1e300
#: ln 2 in two parts, and the unit of the first. Whole multiples of the unit add up exactly.
_UNIT, _LN2_HIGH, _LN2_LOW = 2.0**-20, 726817 / 2**20, 4.7493250390316723e-07


def rescaled(
    batch: Batch, sequences: NDArray[np.intp], occupancy: Floats | None
) -> tuple[Floats, NDArray[np.bool_]]:
    """The losses of some of the sequences, and which of them are vouched for.

    The occupancy of these is added to ``occupancy`` (2H, N, C), which must be 0 there.
    """
    with np.errstate(all="ignore"):
        lattice = _Lattice(batch, sequences, keep=occupancy is not None)
        lattice.run()
        losses = lattice.losses()
        if occupancy is None:
            return losses, lattice.exact()
        reliable = lattice.occupy(occupancy) >= _SMALLEST_TOTAL
        exact = lattice.exact() & (reliable | np.isinf(losses))
        occupancy[:, sequences[~exact | np.isinf(losses)]] = 0.0
        return losses, exact


class _Row(NamedTuple):
    """The cells of one step, with the parts that recur: NumPy's slices cost as much as its sums."""

    blanks: Floats
    labels: Floats
    #: The labels, without the row of 0 below.
    own: Floats
    #: For each label the label and the blank before it.
    previous: Floats
    blank: Floats

    @classmethod
    def of(cls, blanks: Floats, labels: Floats) -> _Row:
        return cls(blanks, labels, labels[1:], labels[:-1], blanks[:-1])


class _Lattice:
    """The cells of some sequences, forward in the first half of the columns, backward in the other.

    Arrays have the axes step (2H, or H for what is kept), position (S labels, or S + 1 blanks), and
    column (M = 2N). The cell of label s is ``labels[:, s + 1]``; with 0 in ``labels[:, 0]``, blank
    s is reached from ``blanks[:, s]`` and ``labels[:, s]``.
    """

    def __init__(
        self, batch: Batch, sequences: NDArray[np.intp], *, keep: bool = False, floor: float = 0.0
    ) -> None:
        self.batch, self.sequences, self.keep, self.floor = batch, sequences, keep, floor
        times, self.count = len(batch.log_probs), len(sequences)
        self.half = (times + 1) // 2
        over = np.arange(2 * self.half)[:, None] >= batch.input_lengths[sequences]
        log_blanks = np.zeros(over.shape)
        log_blanks[:times] = batch.log_probs[:, sequences, batch.blank]
        log_blanks[over] = 0.0
        self.over, self.log_blanks = beside_reversed(over), beside_reversed(log_blanks)
        self.targets = beside_reversed(batch.targets[sequences].T)
        self.dead = beside_reversed(batch.beyond(sequences))
        self.ragged = bool(self.dead.any() or over.any())
        self.skip = skips(self.targets).astype(np.float64)
        positions, columns = self.targets.shape
        self.usable = np.ones(columns, bool)
        self.underflow = not _underflow_is_noticed()
        self.ratios = np.empty((self.half if keep else _BLOCK, positions, columns))
        self.blanks = np.zeros((self.half + 1 if keep else 2, positions + 1, columns))
        self.blanks[0] = batch.start(sequences)
        self.labels = np.zeros_like(self.blanks)
        self.rows = [_Row.of(*row) for row in zip(self.blanks, self.labels, strict=True)]
        self.row = self.rows[0]
        self.exponents = np.zeros(columns, np.int64)
        self.total = Scaled(np.ones(self.count), self.exponents[: self.count])

    def run(self, start: int = 0) -> None:
        """Both directions: from the ends to the middle, or from the middle (start H) to the ends."""
        work = np.empty(self.targets.shape)
        with np.errstate(under="call", call=self._notice):
            for steps, indices in self._blocks(start):
                for step, ratio in enumerate(self._read(steps, indices), steps.start + 1):
                    old, self.row = self.row, self.rows[step % len(self.rows)]
                    self._arrive(old, self.row.blanks, work)
                    np.multiply(work, ratio, out=self.row.own)
                    if self.floor:
                        np.maximum(self.row.own, self.floor, out=self.row.own)
                self.exponents += _rescale(self.row, self.floor)

    def meet(self) -> Scaled:
        """p(l|x) over the product of the blanks' probabilities, from where the directions meet."""
        blanks, labels = np.empty_like(self.row.blanks), np.empty_like(self.row.own)
        self._arrive(self.row, blanks, labels)
        blanks *= reversed_axes(self.row.blanks)
        labels *= reversed_axes(self.row.own)
        total = column_sums(blanks) + column_sums(labels)
        return Scaled(total[: self.count], both(np.add, self.exponents))

    def ends(self) -> Scaled:
        """The same, as each direction (M,) has it when it has come to its end."""
        lengths = self.batch.target_lengths[self.sequences]
        last = np.concatenate([lengths, np.full(self.count, len(self.targets))])
        cells = self.row.blanks + self.row.labels
        return Scaled(cells[last, np.arange(len(last))], self.exponents)

    def losses(self) -> Floats:
        """−ln p(l|x), when both directions have come to the middle."""
        self.total = total = self.meet()
        log_blanks = self.log_blanks[:, : self.count]
        high = np.rint(log_blanks / _UNIT) * _UNIT
        low = (log_blanks - high).sum(axis=0) + total.exponent * _LN2_LOW
        exact = high.sum(axis=0) + total.exponent * _LN2_HIGH
        losses = 0.0 - (exact + (low + np.log(total.number)))
        losses[~self.batch.reachable[self.sequences]] = np.inf
        return np.asarray(losses)

    def exact(self) -> NDArray[np.bool_]:
        """For which sequences all is right that has been done before."""
        reliable = self.total.number >= _SMALLEST_TOTAL
        if self.underflow:
            reliable &= self._nothing_lost()
        usable = self.usable & np.all(abs(self.log_blanks) <= _FINITE, axis=0)
        unreachable = ~self.batch.reachable[self.sequences]
        return np.asarray(both(np.logical_and, usable) & (reliable | unreachable))

    def _nothing_lost(self) -> NDArray[np.bool_]:
        """Whether a floor under every cell makes no difference to what has been done before."""
        above = _Lattice(self.batch, self.sequences, floor=_FLOOR)
        above.run()
        bound = 1.0 + _AGREEMENT + _ROUNDING * len(self.over)
        if not self.keep:
            return np.asarray(above.meet().over(self.total) <= bound)
        above.run(self.half)
        total = Scaled(beside_reversed(self.total.number), beside_reversed(self.total.exponent))
        return both(np.logical_and, above.ends().over(total) <= bound)

    def occupy(self, occupancy: Floats) -> Floats:
        """Go on from the middle to the ends, meeting the other direction's cells at every step.

        Returns the smallest total of what has met at one time step (N,), in the units of that step.
        """
        half, shape = self.half, self.targets.shape
        state = _Row.of(self.row.blanks.copy(), self.row.labels.copy())
        all_blanks, all_labels = np.empty((_BLOCK, *state.blanks.shape)), np.empty((_BLOCK, *shape))
        met_blanks, met_labels = reversed_axes(self.blanks[1:]), reversed_axes(self.labels[1:, 1:])
        of_blank, smallest = np.empty((half, shape[1])), np.full(shape[1], np.inf)
        for steps, indices in self._blocks(half):
            met = slice(steps.start - half, steps.stop - half)
            blanks, labels = all_blanks[: len(indices)], all_labels[: len(indices)]
            self._go_on(state, reversed_axes(self.ratios)[met], blanks, labels)
            blanks *= met_blanks[met]
            labels *= met_labels[met]
            blank_total = column_sums(blanks)
            total = blank_total + column_sums(labels)
            np.minimum(smallest, total.min(axis=0), out=smallest)
            share = np.where(self.over[steps], 0.0, 1.0 / total)
            of_blank[met] = blank_total * share
            labels *= share[:, None]
            np.add.at(occupancy.reshape(-1), indices.reshape(-1), labels.reshape(-1))
        later, earlier = of_blank[:, : self.count], reversed_axes(of_blank)[:, : self.count]
        occupancy[half:, self.sequences, self.batch.blank] += later
        occupancy[:half, self.sequences, self.batch.blank] += earlier
        return both(np.minimum, smallest)

    def _go_on(self, state: _Row, ratios: Floats, blanks: Floats, labels: Floats) -> None:
        """Move the state on by a block; keep what came to each cell before its own probability."""
        with np.errstate(under="call", call=self._notice):
            for ratio, to_blanks, to_labels in zip(ratios, blanks, labels, strict=True):
                self._arrive(state, to_blanks, to_labels)
                np.multiply(to_labels, ratio, out=state.own)
                np.copyto(state.blanks, to_blanks)
            _rescale(state)

    def _blocks(self, start: int) -> Iterator[tuple[slice, NDArray[np.intp]]]:
        """H steps from a start on, in blocks: which, and where in (2H, N, C) the labels stand.

        Forward columns are at the time of that number; backward ones, at its mirror image.
        """
        _, count, symbols = self.batch.log_probs.shape
        ahead = np.repeat([1, -1], self.count)
        times = np.where(ahead > 0, start, 2 * self.half - 1 - start)
        times = times + np.arange(_BLOCK)[:, None] * ahead
        columns = np.concatenate([self.sequences, self.sequences[::-1]])
        indices = ((times * count + columns) * symbols)[:, None] + self.targets
        onward = np.broadcast_to(_BLOCK * count * symbols * ahead, self.targets.shape).copy()
        for first in range(start, start + self.half, _BLOCK):
            steps = slice(first, min(first + _BLOCK, start + self.half))
            yield steps, indices[: steps.stop - first]
            indices += onward

    def _read(self, steps: slice, indices: NDArray[np.intp]) -> Floats:
        """The probabilities of labels over that of the blank."""
        ratios = self.ratios[steps] if self.keep else self.ratios[: len(indices)]
        # The time that makes an odd number even has an index past the end; it is over for all.
        logs = self.batch.log_probs.reshape(-1).take(indices, mode="clip")
        np.subtract(logs, self.log_blanks[steps, None], out=ratios)
        if self.ragged:
            np.copyto(ratios, -np.inf, where=self.dead | self.over[steps, None])
        # A nan is not below a limit either.
        if not ratios.max(initial=0.0) <= _LARGEST:
            self.usable &= np.all(ratios <= _LARGEST, axis=(0, 1))
        if ratios.min(initial=0.0) < _SMALLEST:
            self.underflow |= bool(((ratios < _SMALLEST) & (ratios > -np.inf)).any())
        np.exp(ratios, out=ratios)
        return np.maximum(ratios, _RATIO_FLOOR, out=ratios) if self.floor else ratios

    def _arrive(self, row: _Row, to_blanks: Floats, to_labels: Floats) -> None:
        """One step before its own probabilities: what comes to each cell by stay, step and skip."""
        np.add(row.blanks, row.labels, out=to_blanks)
        np.multiply(row.previous, self.skip, out=to_labels)
        np.add(to_labels, row.blank, out=to_labels)
        np.add(to_labels, row.own, out=to_labels)

    def _notice(self, *_: object) -> None:
        self.underflow = True


def _rescale(row: _Row, floor: float = 0.0) -> NDArray[np.int64]:
    """Bring the sum of each column to between ½ and 1, by a power of 2, which rounds nothing.

    Returns the exponents. A floor is laid under the cells again.
    """
    _, exponents = np.frexp(column_sums(row.blanks) + column_sums(row.own))
    exponents = np.maximum(exponents, -1000)
    scale = np.ldexp(1.0, -exponents)
    for cells in (row.blanks, row.own):
        np.multiply(cells, scale, out=cells)
        if floor:
            np.maximum(cells, floor, out=cells)
    return np.asarray(exponents, np.int64)


@cache
def _underflow_is_noticed() -> bool:
    """Whether this machine sets the flag; some, such as WebAssembly's, do not."""
    tiny, noticed = np.full(1, 1e-300), []
    with np.errstate(under="call", call=lambda *_: noticed.append(True)):
        np.multiply(tiny, tiny)
    return bool(noticed)

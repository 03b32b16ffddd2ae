"""The extended target, the moves between its positions, and the alignments that they make.

The extended target l′ has the blank before, between and behind the U labels of the target: S = 2U + 1
positions. An alignment of T time steps is a walk over them, one position a time step, that begins
at one of the first two and ends at one of the last two. It collapses to what it spells. Source: Graves et al. (2006), section 4.1.
Positions and times count from 1, as in the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby, pairwise
from math import comb

from lossclass.losses.shapes.lattice.cells import Columns
from lossclass.records import record


def merge_repeats(alignment: Sequence[str]) -> tuple[str, ...]:
    """The alignment with every run of one symbol merged into one.

    >>> merge_repeats("H-E-LL-O")
    ('H', '-', 'E', '-', 'L', '-', 'O')
    """
    return tuple(symbol for symbol, _ in groupby(alignment))


def collapse(alignment: Sequence[str], blank: str) -> tuple[str, ...]:
    """The label sequence that an alignment stands for: repeats merged, then blanks removed.

    >>> "".join(collapse("H-E-LL-O", "-"))
    'HELO'
    """
    return tuple(symbol for symbol in merge_repeats(alignment) if symbol != blank)


@record
class TargetLattice(Columns):
    """Times 1 to ``T`` by positions 1 to ``S`` of the extended target."""

    target: tuple[str, ...]
    blank: str
    T: int

    @cached_property
    def extended(self) -> tuple[str, ...]:
        """The extended target, from position 1 on."""
        return (self.blank, *(each for label in self.target for each in (label, self.blank)))

    @property
    def S(self) -> int:  # noqa: N802 - the letter of the source
        return 2 * len(self.target) + 1

    @property
    def repeats(self) -> int:
        """How many labels of the target are followed by the same label."""
        return sum(one == other for one, other in pairwise(self.target))

    @property
    def shortest(self) -> int:
        """The fewest time steps in which the target can be spelt: one for each label, and one for
        the blank between equal neighbours."""
        return len(self.target) + self.repeats

    @cached_property
    def count(self) -> int:
        """How many alignments there are: C(T + U − r, 2U), which is 0 if T is too short."""
        labels = len(self.target)
        return comb(self.T + labels - self.repeats, 2 * labels) if self.shortest <= self.T else 0

    def symbol(self, s: int) -> str:
        """What position ``s`` stands for."""
        return self.extended[s - 1]

    def is_blank(self, s: int) -> bool:
        """Whether position ``s`` is a blank; every other one is."""
        return s % 2 == 1

    def may_skip_to(self, s: int) -> bool:
        """Whether a walk may come to ``s`` from ``s − 2``: onto a label, over the blank before it,
        if the label before that is another one."""
        return s > 2 and not self.is_blank(s) and self.symbol(s) != self.symbol(s - 2)

    def sources(self, s: int) -> list[int]:
        """It stays, steps, or skips."""
        return [s, *([s - 1] if s > 1 else []), *([s - 2] if self.may_skip_to(s) else [])]

    @property
    def starts(self) -> list[int]:
        return [1, 2][: self.S]

    @property
    def ends(self) -> list[int]:
        """The last first."""
        return [self.S, self.S - 1] if self.S > 1 else [1]

    def positions_of(self, symbol: str, t: int) -> list[int]:
        """Where whole walks have a symbol at time ``t``."""
        return [s for s in self.on_the_way(t) if self.symbol(s) == symbol]

    def alignments(self, order: Sequence[str]) -> list[tuple[str, ...]]:
        """All alignments, sorted by the place of their symbols in ``order``. There may be very
        many: see ``count``."""
        found = [tuple(map(self.symbol, walk)) for walk in self.walks()]
        return sorted(found, key=lambda alignment: [*map(order.index, alignment)])

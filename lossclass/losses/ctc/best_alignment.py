"""The most probable alignment of the target, and whether it is the only one as probable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lossclass.arithmetic.number import is_equal
from lossclass.losses.ctc.sheet import Sheet


@dataclass(frozen=True)
class BestAlignment:
    """A way to a position with the largest probability.

    Attributes:
        walk: its positions from 1, one for each time; empty if no alignment is possible.
        count: how many ways, this one among them, are equally probable.
    """

    probability: Decimal
    walk: tuple[int, ...]
    count: int

    @property
    def is_tied(self) -> bool:
        """Whether others are as probable."""
        return self.count > 1


_NONE = BestAlignment(Decimal(0), (), 0)


def best_alignment(sheet: Sheet) -> BestAlignment:
    """α with the largest in the place of the sum; none where all are of probability 0.

    Ties are counted as they come together: all that is equal at the end was equal wherever two
    ways met, since the rest of the way is the same for both and not 0.
    """
    lattice, value = sheet.lattice, sheet.outputs.value
    if not lattice.count:
        return _NONE
    best = {s: BestAlignment(value(1, lattice.symbol(s)), (s,), 1) for s in lattice.starts}
    for t in range(2, sheet.T + 1):
        before, best = best, {}
        for s in sorted(lattice.reached[t - 1]):
            one = _largest([before[each] for each in lattice.sources(s) if each in before])
            probability = one.probability * value(t, lattice.symbol(s))
            best[s] = BestAlignment(probability, (*one.walk, s), one.count)
    found = _largest([best[s] for s in lattice.ends if s in best])
    return found if found.probability else _NONE


def _largest(ways: Sequence[BestAlignment]) -> BestAlignment:
    """The first of the most probable, with the count of all that are equal to it."""
    largest = max(ways, key=lambda way: way.probability)
    equal = [way for way in ways if is_equal(way.probability, largest.probability)]
    return BestAlignment(largest.probability, largest.walk, sum(way.count for way in equal))

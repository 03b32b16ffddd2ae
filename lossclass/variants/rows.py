"""Numbers that are drawn together: one row of a table, one list, or one number alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import combinations, islice, product
from math import lcm, prod

from lossclass.arithmetic.number import WORKING
from lossclass.problem.yaml_source import Path
from lossclass.records import record
from lossclass.variants.sampling import Draws

#: Up to so many rows are listed, and one of them is drawn; of more, number by number.
_MOST_LISTED = 20_000
#: Between two numbers of a row so much is moved from one to the other, this often for each.
_ROUNDS = 8
#: So often a number is drawn again that is the same as another.
_TRIES = 50


@record
class Place:
    """Where a number stands, and what it may be.

    Attributes:
        written: what stands there in the original, in units of the row.
        allowed: what may stand there, in the same units.
        decimals: with how many decimals it is written.
        symbols: of a text, what the numbers stand for.
        also: where the same stands besides.
    """

    path: Path
    written: int
    allowed: range
    decimals: int
    symbols: tuple[str, ...] = ()
    also: tuple[Path, ...] = ()


@record
class Row:
    """Numbers that are drawn together.

    No two of them become the same that were not; with ``keeps_sum`` their sum stays.

    Attributes:
        key: where the key is in which they stand.
        exponent: the unit is 10 to this power.
    """

    key: Path
    places: tuple[Place, ...]
    exponent: int
    keeps_sum: bool

    def draw(self, draws: Draws) -> tuple[int, ...]:
        """Other numbers for all places, in the row's units."""
        if self._listed is not None:
            return self._listed[draws.below(len(self._listed))]
        return self._exchanged(draws) if self.keeps_sum else self._one_by_one(draws)

    @property
    def moves(self) -> bool:
        """Whether it can be anything else than it is."""
        if self._are_few:
            return next(islice(self._allowed(), 1, None), None) is not None
        return any(len(place.allowed) > 1 for place in self.places)

    @property
    def is_stuck(self) -> bool:
        """Whether no row on these grids has the sum of the original."""
        if not self.keeps_sum or all(place.written in place.allowed for place in self.places):
            return False
        return not self._are_few or next(self._allowed(), None) is None

    @property
    def written(self) -> tuple[int, ...]:
        """What stands there in the original."""
        return tuple(place.written for place in self.places)

    def text(self, place: Place, number: int) -> str:
        """What is written at a place."""
        if place.symbols:
            return place.symbols[number]
        exact = Decimal(number).scaleb(self.exponent, WORKING)
        return f"{exact:.{place.decimals}f}"

    # --- few: all of them listed ---

    @cached_property
    def _listed(self) -> tuple[tuple[int, ...], ...] | None:
        """All that the row may be, in order; None if they are too many."""
        return (tuple(self._allowed()) or (self.written,)) if self._are_few else None

    def _allowed(self) -> Iterator[tuple[int, ...]]:
        free = product(*(place.allowed for place in self._free))
        return (row for row in map(self._completed, free) if row is not None)

    @property
    def _are_few(self) -> bool:
        return prod(len(place.allowed) for place in self._free) <= _MOST_LISTED

    @property
    def _free(self) -> list[Place]:
        """The places whose numbers say what stands in all."""
        return self._finest_last[:-1] if self.keeps_sum else self._finest_last

    @cached_property
    def _finest_last(self) -> list[Place]:
        """The places, the one on the finest grid last: it can take what is left of the sum."""
        finest = min(self.places, key=lambda place: place.allowed.step)
        return [*(place for place in self.places if place is not finest), finest]

    @cached_property
    def _order(self) -> list[int]:
        """Of each place, where it stands among those with the finest last."""
        finest_last = [place.path for place in self._finest_last]
        return [finest_last.index(place.path) for place in self.places]

    @cached_property
    def _sum(self) -> int:
        return sum(self.written)

    def _completed(self, numbers: tuple[int, ...]) -> tuple[int, ...] | None:
        """The row in its own order, if it is allowed."""
        if self.keeps_sum:
            rest = self._sum - sum(numbers)
            if rest not in self._finest_last[-1].allowed:
                return None
            numbers = (*numbers, rest)
        row = tuple([numbers[n] for n in self._order])  # a list first: this runs thousands of times
        return None if self._has_new_ties(row) else row

    def _has_new_ties(self, row: Sequence[int]) -> bool:
        if len(set(row)) == len(row):
            return False
        pairs = combinations(zip(row, self.written, strict=True), 2)
        return any(one[0] == other[0] and one[1] != other[1] for one, other in pairs)

    # --- many ---

    def _one_by_one(self, draws: Draws) -> tuple[int, ...]:
        row: list[int] = []
        for place in self.places:
            taken = {
                number
                for number, other in zip(row, self.places, strict=False)
                if other.written != place.written
            }
            for _ in range(_TRIES + 1):
                number = place.allowed[draws.below(len(place.allowed))]
                if number not in taken:
                    break
            row.append(number)
        return tuple(row)

    def _exchanged(self, draws: Draws) -> tuple[int, ...]:
        """The row after many exchanges, each of which moves some of one number to another."""
        row = list(self.written)
        count = len(row)
        for _ in range(_ROUNDS * count):
            one = draws.below(count)
            other = (one + 1 + draws.below(count - 1)) % count
            before = row[one], row[other]
            for _ in range(_TRIES):
                row[one], row[other] = self._split(one, other, before, draws)
                if not self._has_new_ties(row):
                    break
            else:
                row[one], row[other] = before
        return tuple(row)

    def _split(
        self, one: int, other: int, before: tuple[int, int], draws: Draws
    ) -> tuple[int, int]:
        """Two numbers of the same sum, both on their grids and within their bounds."""
        first, second = self.places[one].allowed, self.places[other].allowed
        step = lcm(first.step, second.step)
        most = min(first[-1] - before[0], before[1] - second[0]) // step
        least = max(first[0] - before[0], before[1] - second[-1])
        least = -(-least // step)
        if most < least:
            return before
        moved = (least + draws.below(most - least + 1)) * step
        return before[0] + moved, before[1] - moved

"""A lattice: columns of positions, one column a time, and the walks from its beginning to its end.

What walks there are, the arcs say: a lattice of a loss says from which positions a walk may come to a
position, and to which it may go. What is carried along the walks (probabilities that are added up, the
largest of them, a distance) is up to whoever asks: :meth:`Lattice.carried` goes over the arcs once.
Positions and times count from 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

Carried = TypeVar("Carried")


class Lattice(ABC):
    """Times 1 to ``T`` by positions 1 to ``S``, with the same arcs from every time to the next."""

    T: int

    @property
    @abstractmethod
    def S(self) -> int:  # noqa: N802 - the letter of the sources
        """How many positions there are."""

    @property
    @abstractmethod
    def starts(self) -> list[int]:
        """Where a walk may begin."""

    @property
    @abstractmethod
    def ends(self) -> list[int]:
        """Where a walk may end."""

    @abstractmethod
    def sources(self, s: int) -> list[int]:
        """The positions from which a walk may come to ``s``."""

    @abstractmethod
    def goals(self, s: int) -> list[int]:
        """The positions to which a walk may go from ``s``."""

    @cached_property
    def reached(self) -> tuple[frozenset[int], ...]:
        """The positions that a walk from the start can be at, for each time."""
        return tuple(_spreading(self.starts, self.goals, self.T))

    @cached_property
    def useful(self) -> tuple[frozenset[int], ...]:
        """The positions from which a walk can still end where it should, for each time."""
        return tuple(_spreading(self.ends, self.sources, self.T))[::-1]

    def on_the_way(self, t: int) -> list[int]:
        """The positions at which whole walks are at time ``t``."""
        return sorted(self.reached[t - 1] & self.useful[t - 1])

    def moves(self) -> Iterator[tuple[int, int, int]]:
        """All arcs of whole walks: (t, s, s'), from ``s`` at ``t`` to ``s'`` at ``t + 1``."""
        for t in range(1, self.T):
            for s in self.on_the_way(t):
                for goal in self.goals(s):
                    if goal in self.useful[t]:
                        yield t, s, goal

    def carried(
        self, begin: Callable[[int], Carried], onward: Callable[[int, int, list[Carried]], Carried]
    ) -> dict[int, Carried]:
        """What walks from the start carry to the positions at which they are at the last time.

        Args:
            begin: what they carry at a position at time 1.
            onward: what comes of all that is carried to a position (time, position, carried).
        """
        sources = {s: self.sources(s) for s in range(1, self.S + 1)}
        cells = {s: begin(s) for s in self.starts}
        for t in range(2, self.T + 1):
            cells = {
                s: onward(t, s, carried)
                for s, each in sources.items()
                if (carried := [cells[source] for source in each if source in cells])
            }
        return cells

    def walks(self) -> Iterator[tuple[int, ...]]:
        """The positions of every whole walk, in no order that matters."""
        stack: list[tuple[int, ...]] = [(s,) for s in self.starts if s in self.useful[0]]
        while stack:
            walk = stack.pop()
            if len(walk) == self.T:
                yield walk
            else:
                stack += [(*walk, s) for s in self.goals(walk[-1]) if s in self.useful[len(walk)]]


def _spreading(
    begin: Sequence[int], onward: Callable[[int], list[int]], times: int
) -> Iterator[frozenset[int]]:
    """The positions that can be come to, for one time after the other."""
    positions = frozenset(begin)
    for _ in range(times):
        yield positions
        positions = frozenset(goal for s in positions for goal in onward(s))

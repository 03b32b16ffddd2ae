"""Lattices, and the walks from their beginning to their end.

What walks there are, the arcs say: a lattice of a loss says from which nodes a walk may come to a
node, and where it may begin and end. What is carried along the walks (probabilities that are added up, the
largest of them, a distance) is up to whoever asks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from lossclass.arithmetic.number import is_equal
from lossclass.records import record

#: A column and a row, as ids have them.
Node: TypeAlias = tuple[int, int]


class Lattice(ABC):
    """Nodes in columns and rows, with arcs between them."""

    @property
    @abstractmethod
    def nodes(self) -> Sequence[Node]:
        """All of them, each behind those from which an arc leads to it."""

    @property
    @abstractmethod
    def first(self) -> Sequence[Node]:
        """Where a walk may begin."""

    @property
    @abstractmethod
    def last(self) -> Sequence[Node]:
        """Where a walk may end."""

    @abstractmethod
    def before(self, node: Node) -> list[Node]:
        """The nodes from which a walk may come to this one."""

    @cached_property
    def _goals(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for each in self.before(node):
                found[each].append(node)
        return found

    def after(self, node: Node) -> list[Node]:
        """The nodes to which a walk may go from this one."""
        return self._goals[node]

    @cached_property
    def _reached(self) -> frozenset[Node]:
        found = {*self.first}
        found.update(n for n in self.nodes if any(each in found for each in self.before(n)))
        return frozenset(found)

    @cached_property
    def _useful(self) -> frozenset[Node]:
        found = {*self.last}
        found.update(n for n in self.nodes[::-1] if any(each in found for each in self.after(n)))
        return frozenset(found)

    def is_reached(self, node: Node) -> bool:
        """Whether a walk from the beginning can be here."""
        return node in self._reached

    def is_useful(self, node: Node) -> bool:
        """Whether a walk that is here can still end where it should."""
        return node in self._useful

    def arcs(self) -> Iterator[tuple[Node, Node]]:
        """All arcs of whole walks."""
        for node in self.nodes:
            if self.is_reached(node) and self.is_useful(node):
                yield from ((node, goal) for goal in self.after(node) if self.is_useful(goal))

    def whole_walks(self) -> Iterator[tuple[Node, ...]]:
        """The nodes of every walk from the beginning to the end, in no order that matters."""
        stack: list[tuple[Node, ...]] = [(node,) for node in self.first if self.is_useful(node)]
        last = {*self.last}
        while stack:
            walk = stack.pop()
            goals = [goal for goal in self.after(walk[-1]) if self.is_useful(goal)]
            if not goals and walk[-1] in last:
                yield walk
            stack += [(*walk, goal) for goal in goals]

    def how_many_walks(self) -> int:
        """How many whole walks there are, without listing them."""
        counts: dict[Node, int] = {}
        for node in self.nodes:
            before = sum(counts[each] for each in self.before(node))
            counts[node] = before + (node in self.first)
        return sum(counts[node] for node in self.last)


class Columns(Lattice):
    """Times 1 to ``T`` by positions 1 to ``S``, with the same arcs from every time to the next."""

    T: int

    @property
    @abstractmethod
    def S(self) -> int:  # noqa: N802 - the letter of the sources
        """How many positions there are."""

    @property
    @abstractmethod
    def starts(self) -> list[int]:
        """The positions at which a walk may begin."""

    @property
    @abstractmethod
    def ends(self) -> list[int]:
        """The positions at which a walk may end."""

    @abstractmethod
    def sources(self, s: int) -> list[int]:
        """The positions from which a walk may come to ``s``."""

    @cached_property
    def nodes(self) -> Sequence[Node]:
        return [(t, s) for t in range(1, self.T + 1) for s in range(1, self.S + 1)]

    @property
    def first(self) -> Sequence[Node]:
        return [(1, s) for s in self.starts]

    @property
    def last(self) -> Sequence[Node]:
        return [(self.T, s) for s in self.ends]

    def before(self, node: Node) -> list[Node]:
        t, s = node
        return [(t - 1, source) for source in self.sources(s)] if t > 1 else []

    def on_the_way(self, t: int) -> list[int]:
        """The positions at which whole walks are at time ``t``."""
        places = range(1, self.S + 1)
        return [s for s in places if self.is_reached((t, s)) and self.is_useful((t, s))]

    def walks(self) -> Iterator[tuple[int, ...]]:
        """The positions of every whole walk, in no order that matters."""
        return (tuple(s for _, s in walk) for walk in self.whole_walks())


@record
class Full(Columns):
    """From every one of ``K`` positions to every one: tags or states by time."""

    T: int
    K: int

    @property
    def S(self) -> int:  # noqa: N802 - the letter of the sources
        return self.K

    @property
    def starts(self) -> list[int]:
        return [*range(1, self.K + 1)]

    @property
    def ends(self) -> list[int]:
        return self.starts

    def sources(self, s: int) -> list[int]:
        return self.starts


@record
class Grid(Lattice):
    """From one corner to the opposite one by moves to the right, down, or both; every node is on
    the way.

    Attributes:
        begin: the first column and row.
        end: the last ones.
        moves: by how many columns and rows a walk goes on.
    """

    begin: Node
    end: Node
    moves: tuple[tuple[int, int], ...]

    @cached_property
    def nodes(self) -> Sequence[Node]:
        (column, row), (last_column, last_row) = self.begin, self.end
        return [(c, r) for c in range(column, last_column + 1) for r in range(row, last_row + 1)]

    @cached_property
    def _all(self) -> frozenset[Node]:
        return frozenset(self.nodes)

    @property
    def first(self) -> Sequence[Node]:
        return [self.begin]

    @property
    def last(self) -> Sequence[Node]:
        return [self.end]

    def before(self, node: Node) -> list[Node]:
        column, row = node
        return [each for c, r in self.moves if (each := (column - c, row - r)) in self._all]

    def after(self, node: Node) -> list[Node]:
        column, row = node
        return [each for c, r in self.moves if (each := (column + c, row + r)) in self._all]


# --- the best walk -----------------------------------------------------------------------


@record
class Best:
    """A best way to a node.

    Attributes:
        value: what it carries.
        walk: its nodes; empty if there is none.
        count: how many ways, this one among them, are as good.
    """

    value: Decimal = Decimal(0)
    walk: tuple[Node, ...] = ()
    count: int = 0

    @property
    def is_tied(self) -> bool:
        """Whether others are as good."""
        return self.count > 1


def best_of(ways: Sequence[Best], best: Callable[..., Decimal]) -> Best:
    """The first of the best, with the count of all that are equal to it."""
    chosen = best(way.value for way in ways)
    equal = [way for way in ways if is_equal(way.value, chosen)]
    walk = next(way.walk for way in ways if way.value == chosen)
    return Best(chosen, walk, sum(way.count for way in equal))

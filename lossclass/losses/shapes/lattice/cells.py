"""Lattices, the walks from their beginning to their end, and what is carried along them, cell by cell.

What walks there are, the arcs say: a lattice of a loss says from which nodes a walk may come to a
node, and where it may begin and end. What is carried along them is up to whoever asks. A semiring says how: what an arc adds to a walk, and what comes of walks that meet. Sums of products
are probabilities; with the largest in the place of the sum, they are those of the best walks; sums
of which the smallest is taken are distances. In logarithms a product is a sum, and a sum is
ln(exp(a) + exp(b) + …), the log-sum-exp. Source: Goodman, "Semiring parsing", Computational
Linguistics 25 (1999).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, reduce
from itertools import pairwise
from typing import Final, TypeAlias

from lossclass.arithmetic.expression import (
    ArgMax,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Operation,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.number import is_equal
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record
from lossclass.working import Working, dotted

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

    ends = starts

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


# --- what is carried -----------------------------------------------------------------------

#: The cells of a table, by node.
Cells: TypeAlias = dict[Node, Quantity]
#: Of larger logarithms the largest is taken out of a log-sum-exp: no calculator has their exponentials.
LARGEST_EXPONENT: Final = Decimal(200)
NOTHING: Final = Constant(Decimal("-Infinity"))


@record
class Semiring:
    """How what walks carry is put together.

    Attributes:
        along: of two numbers that follow each other on a walk.
        meet: of the walks that come to a node.
        none: what no walk carries.
        empty: what a walk carries that has no arc yet.
        best: the larger or the smaller of what two walks carry.
    """

    along: type[Operation]
    meet: Callable[[Node, Sequence[Expression]], Expression]
    none: Constant
    empty: Constant
    best: Callable[..., Decimal] = max

    def walk(self, parts: Sequence[Expression]) -> Expression:
        """The parts of one walk, from left to right. Each operation has two operands: a cell
        has one long line, the walks that meet in it."""
        return reduce(self.along, parts) if parts else self.empty

    def whole(self, parts: Sequence[Expression]) -> Expression:
        """The parts of one walk in one operation, for a line of its own."""
        return self.along(*parts) if len(parts) > 1 else self.walk(parts)

    def share(self, parts: Sequence[Expression], total: Expression) -> Expression:
        """What walks with these parts are of what all walks carry, where that are probabilities or
        their logarithms."""
        if self.along is Product:
            return Quotient(self.whole(parts), total)
        return Exp(Sum(*parts, Negative(total)))


def _of(kind: type[Operation]) -> Callable[[Node, Sequence[Expression]], Expression]:
    return lambda _, ways: kind(*ways) if len(ways) > 1 else ways[0]


_0, _1 = Constant(0), Constant(1)
PROBABILITIES: Final = Semiring(Product, _of(Sum), _0, _1)
LARGEST_PROBABILITY: Final = Semiring(Product, _of(Max), _0, _1)
LARGEST_SCORE: Final = Semiring(Sum, _of(Max), NOTHING, _0)
SMALLEST_DISTANCE: Final = Semiring(Sum, _of(Min), Constant(Decimal("Infinity")), _0, min)


class Weights:
    """What stands at the nodes and the arcs of a lattice: nothing, where a loss does not say."""

    def begin(self, node: Node) -> Sequence[Expression]:
        """At the beginning of a walk, before its first node."""
        return ()

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        """On an arc."""
        return ()

    def own(self, node: Node) -> Sequence[Expression]:
        """At a node itself."""
        return ()

    def end(self, node: Node) -> Sequence[Expression]:
        """At the end of a walk, behind its last node."""
        return ()


@record
class Worked:
    """A lattice with its weights, to be worked by a semiring."""

    lattice: Lattice
    weights: Weights
    semiring: Semiring

    def forward(self, node: Node, cells: Mapping[Node, Expression]) -> Expression:
        """What the walks from the beginning carry to a node, its own weight included, from the cells
        before it."""
        if not self.lattice.is_reached(node):
            return self.semiring.none
        own = self.weights.own(node)
        ways = self.ways_to(node, cells)
        if not ways:
            return self.semiring.walk([*self.weights.begin(node), *own])
        met = self.semiring.meet(node, ways)
        return met if met is self.semiring.none else self.semiring.walk([met, *own])

    def ways_to(self, node: Node, cells: Mapping[Node, Expression]) -> list[Expression]:
        """What comes to a node from each of those before it."""
        return [
            self.semiring.walk([cells[each], *self.weights.arc(each, node)])
            for each in self.lattice.before(node)
            if each in cells
        ]

    def backward(self, node: Node, cells: Mapping[Node, Expression]) -> Expression:
        """What all ways carry that go on from a node to an end, without its own weight, from the cells
        behind it."""
        if not self.lattice.is_useful(node):
            return self.semiring.none
        ways = [
            self.semiring.walk(
                [cells[each], *self.weights.arc(node, each), *self.weights.own(each)]
            )
            for each in self.lattice.after(node)
            if self.lattice.is_useful(each)
        ]
        return (
            self.semiring.meet(node, ways) if ways else self.semiring.walk(self.weights.end(node))
        )

    def at_the_end(self, cells: Mapping[Node, Expression]) -> list[Expression]:
        """What whole walks carry, by the node at which they end."""
        last = self.lattice.last
        return [self.semiring.walk([cells[node], *self.weights.end(node)]) for node in last]

    def total(self, values: Mapping[str, Decimal]) -> Decimal:
        """What all whole walks carry together, from the numbers alone."""
        cells: dict[Node, Expression] = {}
        for node in self.lattice.nodes:
            cells[node] = Constant(self.forward(node, cells).value(values))
        last = self.lattice.last
        together: Decimal = self.semiring.meet(last[-1], self.at_the_end(cells)).value(values)
        return together

    def came_from(self, node: Node, cells: Mapping[Node, Expression]) -> Expression:
        """By which of the ways to a node the best walk comes: their places, from 1."""
        ways = self.ways_to(node, cells)
        return ArgMax(*ways) if len(ways) > 1 else _1

    def best(self, values: Mapping[str, Decimal]) -> Best:
        """The first of the best of all walks, from the numbers alone; none where all carry nothing.

        Ties are counted as they come together: all that is equal at the end was equal wherever two
        ways met, since the rest of the way is the same for both (and, where factors are multiplied,
        not 0: of walks that come to 0 there is none).
        """
        lattice, weights, semiring = self.lattice, self.weights, self.semiring

        def along(so_far: Decimal, *parts: Expression) -> Decimal:
            return reduce(semiring.along.compute, (each.value(values) for each in parts), so_far)

        first, ways = {*lattice.first}, dict[Node, Best]()
        for node in lattice.nodes:
            own = weights.own(node)
            arriving = [
                Best(along(way.value, *weights.arc(each, node), *own), (*way.walk, node), way.count)
                for each in lattice.before(node)
                if (way := ways.get(each))
            ]
            if node in first:
                begun = along(semiring.empty.number, *weights.begin(node), *own)
                arriving.append(Best(begun, (node,), 1))
            if arriving:
                ways[node] = best_of(arriving, semiring.best)
        ended = [
            Best(along(way.value, *weights.end(node)), way.walk, way.count)
            for node in lattice.last
            if (way := ways.get(node))
        ]
        found = best_of(ended, semiring.best) if ended else Best()
        return found if found.value != semiring.none.number else Best()

    def parts_of(self, walk: Sequence[Node]) -> list[Expression]:
        """All that stands on a walk, from its beginning to its end."""
        weights = self.weights
        parts = [*weights.begin(walk[0]), *weights.own(walk[0])]
        for start, end in pairwise(walk):
            parts += [*weights.arc(start, end), *weights.own(end)]
        return [*parts, *weights.end(walk[-1])]


# --- in logarithms -----------------------------------------------------------------------


def log_sum_exp(
    working: Working, ways: Sequence[Expression], largest: tuple[str, Symbol] | None = None
) -> Expression:
    """ln(exp(a) + exp(b) + …); of one, it alone; what is −∞ adds nothing.

    Args:
        largest: the id and the symbol of the largest of them, m, which is a step before it then:
            m + ln(exp(a − m) + exp(b − m) + …).
    """
    finite = [each for each in ways if each.value(working.values).is_finite()]
    if len(finite) < 2:
        return finite[0] if finite else NOTHING
    if largest is None:
        return Log(Sum(*map(Exp, finite)))
    most = working.step(*largest, Max(*finite), title="The largest of them", cancels=True)
    return Sum(most, Log(Sum(*(Exp(Sum(each, Negative(most))) for each in finite))))


def logarithms(
    working: Working, table: str, symbol: Callable[[str, Node], Symbol], *, shifted: bool
) -> Semiring:
    """The probabilities in logarithms.

    Args:
        table: the name of the cells.
        symbol: of a cell, by its letter and its node.
        shifted: whether the largest is taken out of each log-sum-exp, as a step ``TABLE_max.T.S``.
    """

    def meet(node: Node, ways: Sequence[Expression]) -> Expression:
        largest = dotted(f"{table}_max", node), symbol(working.letter("m", "M"), node)
        return log_sum_exp(working, ways, largest if shifted else None)

    return Semiring(Sum, meet, NOTHING, _0)

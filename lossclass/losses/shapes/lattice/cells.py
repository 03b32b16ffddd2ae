"""What is carried along the walks of a lattice, cell by cell.

A semiring says how: what an arc adds to a walk, and what comes of walks that meet. Sums of products
are probabilities; with the largest in the place of the sum, they are those of the best walks; sums
of which the smallest is taken are distances. In logarithms a product is a sum, and a sum is
ln(exp(a) + exp(b) + …), the log-sum-exp. Source: Goodman, "Semiring parsing", Computational
Linguistics 25 (1999).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
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
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.lattice.walks import Best, Lattice, Node, best_of
from lossclass.records import record
from lossclass.working import Working, dotted

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
        """What the walks from the beginning carry to a node, its own weight included.

        Args:
            cells: those before it.
        """
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
        """What all ways carry that go on from a node to an end, without its own weight.

        Args:
            cells: those behind it.
        """
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

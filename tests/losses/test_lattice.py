"""Lattices, whatever their arcs are: what is carried along the walks, against all of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from math import comb, prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Constant, Expression, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.lattice.cells import (
    LARGEST_PROBABILITY,
    LARGEST_SCORE,
    PROBABILITIES,
    SMALLEST_DISTANCE,
    Columns,
    Full,
    Grid,
    Lattice,
    Node,
    Semiring,
    Weights,
    Worked,
)


@dataclass(frozen=True)
class Arcs(Columns):
    """Any arcs from one time to the next, by where they come from and go to."""

    T: int
    count: int
    pairs: frozenset[tuple[int, int]]
    begin_at: frozenset[int]
    end_at: frozenset[int]

    @property
    def S(self) -> int:  # noqa: N802 - the letter of the sources
        return self.count

    @property
    def starts(self) -> list[int]:
        return sorted(self.begin_at)

    @property
    def ends(self) -> list[int]:
        return sorted(self.end_at)

    def sources(self, s: int) -> list[int]:
        return sorted(a for a, b in self.pairs if b == s)

    def goals(self, s: int) -> list[int]:
        return sorted(b for a, b in self.pairs if a == s)


@st.composite
def lattices(draw: st.DrawFn) -> Arcs:
    count = draw(st.integers(1, 4))
    positions = st.integers(1, count)
    return Arcs(
        draw(st.integers(1, 5)),
        count,
        draw(st.frozensets(st.tuples(positions, positions))),
        draw(st.frozensets(positions)),
        draw(st.frozensets(positions)),
    )


def all_walks(lattice: Arcs) -> list[tuple[int, ...]]:
    """From the definition: every sequence of positions that begins, goes on and ends as it may."""
    every = product(range(1, lattice.S + 1), repeat=lattice.T)
    return [
        walk
        for walk in every
        if walk[0] in lattice.begin_at
        and walk[-1] in lattice.end_at
        and {*pairwise(walk)} <= lattice.pairs
    ]


@given(lattices())
def test_walks_are_all_that_begin_go_on_and_end_as_they_may(lattice: Arcs) -> None:
    walks = all_walks(lattice)
    assert sorted(lattice.walks()) == sorted(walks)
    nodes = [[*enumerate(walk, start=1)] for walk in walks]
    assert {*lattice.arcs()} == {arc for walk in nodes for arc in pairwise(walk)}
    assert lattice.how_many_walks() == len(walks)
    for t in range(1, lattice.T + 1):
        assert lattice.on_the_way(t) == sorted({walk[t - 1] for walk in walks})


# --- cell by cell, against all walks ------------------------------------------------------


@dataclass(frozen=True)
class Numbers(Weights):
    """Other numbers at every node and arc, and for walks that begin or end there."""

    def begin(self, node: Node) -> list[Expression]:
        return [number(2 + node[1])]

    def arc(self, start: Node, end: Node) -> list[Expression]:
        return [number(1 + start[0] + 3 * start[1] + 7 * end[1] + 2 * end[0])]

    def own(self, node: Node) -> list[Expression]:
        return [number(3 + 2 * node[0] + node[1] ** 2)]

    def end(self, node: Node) -> list[Expression]:
        return [number(5 + node[1])]

    def of(self, walk: tuple[Node, ...]) -> list[Fraction]:
        parts = [*self.begin(walk[0]), *self.end(walk[-1])]
        parts += [each for node in walk for each in self.own(node)]
        parts += [each for arc in pairwise(walk) for each in self.arc(*arc)]
        return [Fraction(each.value({})) for each in parts]


def number(size: int) -> Constant:
    return Constant(Decimal(size % 11) / 8)


SEMIRINGS: dict[str, tuple[Semiring, Callable[..., Any], Callable[..., Any]]] = {
    "sum of products": (PROBABILITIES, prod, sum),
    "largest product": (LARGEST_PROBABILITY, prod, max),
    "largest sum": (LARGEST_SCORE, sum, max),
    "smallest sum": (SMALLEST_DISTANCE, sum, min),
}
grids = st.builds(
    Grid,
    st.tuples(st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from([((1, 0), (0, 1)), ((1, 0), (0, 1), (1, 1)), ((0, 1), (1, 0), (1, 1))]),
)
full = st.builds(Full, st.integers(1, 4), st.integers(1, 3))


def worked(
    lattice: Lattice, semiring: Semiring, *, back: bool = False
) -> tuple[dict[str, Decimal], dict[Node, Quantity]]:
    table, cells = Worked(lattice, Numbers(), semiring), dict[Node, Quantity]()
    cell = table.backward if back else table.forward
    for node in reversed(lattice.nodes) if back else lattice.nodes:
        name = f"{node[0]}.{node[1]}"
        cells[node] = Quantity(name, Symbol("a"), cell(node, cells))
    return evaluate(cells.values()), cells


@pytest.mark.parametrize("which", SEMIRINGS)
@given(st.one_of(lattices(), full, grids))
def test_cells_come_to_what_all_walks_do(which: str, lattice: Lattice) -> None:
    semiring, along, meet = SEMIRINGS[which]
    walks = [*lattice.whole_walks()]
    values, cells = worked(lattice, semiring)
    ends = Worked(lattice, Numbers(), semiring).at_the_end(cells)
    found = [each.value(values) for each in ends]
    if not walks:
        assert all(each == semiring.none.number for each in found if each)
        return
    expected = meet(along(Numbers().of(walk)) for walk in walks)
    finite = [each for each in found if each.is_finite()]
    assert float(meet(finite)) == pytest.approx(float(expected), rel=1e-12)
    behind, _ = worked(lattice, semiring, back=True)
    for node in lattice.nodes:
        through = [walk for walk in walks if node in walk]
        if through:
            name = f"{node[0]}.{node[1]}"
            both = along([Fraction(values[name]), Fraction(behind[name])])
            assert float(both) == pytest.approx(
                float(meet(along(Numbers().of(walk)) for walk in through)), rel=1e-12
            )


@given(st.one_of(lattices(), full, grids))
def test_the_best_walk_is_the_best_of_all_and_ties_are_counted(lattice: Lattice) -> None:
    numbers = Numbers()
    found = Worked(lattice, numbers, LARGEST_SCORE).best({})
    sizes = {walk: sum(numbers.of(walk)) for walk in lattice.whole_walks()}
    if not sizes:
        assert found.walk == ()
        return
    best = max(sizes.values())
    assert sizes[found.walk] == best == Fraction(found.value)
    assert found.count == sum(each == best for each in sizes.values())
    assert found.is_tied == (found.count > 1)


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 2), (5, 4)])
def test_how_many_walks_a_grid_has(columns: int, rows: int) -> None:
    """C(columns + rows, rows) without diagonal moves; with them, the numbers of Delannoy."""
    assert Grid((0, 0), (columns, rows), ((1, 0), (0, 1))).how_many_walks() == comb(
        columns + rows, rows
    )
    with_diagonals = Grid((0, 0), (columns, rows), ((1, 0), (0, 1), (1, 1))).how_many_walks()
    fewest = min(columns, rows)
    assert with_diagonals == sum(comb(columns, k) * comb(rows, k) * 2**k for k in range(fewest + 1))

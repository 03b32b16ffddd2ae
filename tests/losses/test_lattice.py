"""Lattices, whatever their arcs are: what is carried along the walks, against all of these."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossclass.losses.shapes.lattice import Lattice


@dataclass(frozen=True)
class Arcs(Lattice):
    """Any arcs from one time to the next, by where they come from and go to."""

    T: int
    count: int
    arcs: frozenset[tuple[int, int]]
    first: frozenset[int]
    last: frozenset[int]

    @property
    def S(self) -> int:  # noqa: N802 - the letter of the sources
        return self.count

    @property
    def starts(self) -> list[int]:
        return sorted(self.first)

    @property
    def ends(self) -> list[int]:
        return sorted(self.last)

    def sources(self, s: int) -> list[int]:
        return sorted(a for a, b in self.arcs if b == s)

    def goals(self, s: int) -> list[int]:
        return sorted(b for a, b in self.arcs if a == s)


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
        if walk[0] in lattice.first
        and walk[-1] in lattice.last
        and {*pairwise(walk)} <= lattice.arcs
    ]


@given(lattices())
def test_walks_are_all_that_begin_go_on_and_end_as_they_may(lattice: Arcs) -> None:
    walks = all_walks(lattice)
    assert sorted(lattice.walks()) == sorted(walks)
    assert {*lattice.moves()} == {
        (t, *pair) for walk in walks for t, pair in enumerate(pairwise(walk), start=1)
    }
    for t in range(1, lattice.T + 1):
        assert lattice.on_the_way(t) == sorted({walk[t - 1] for walk in walks})


@given(lattices())
def test_one_pass_carries_sums_and_the_largest(lattice: Arcs) -> None:
    def weight(t: int, s: int) -> float:
        return 1 / (t + 2 * s)

    products = [
        prod(weight(t, s) for t, s in enumerate(walk, start=1)) for walk in all_walks(lattice)
    ]
    for joined in (sum, max):
        carried = lattice.carried(
            lambda s: weight(1, s),
            lambda t, s, values, joined=joined: weight(t, s) * joined(values),  # type: ignore[misc]
        )
        at_the_end = [carried[s] for s in lattice.ends if s in carried]
        expected = joined(products) if products else 0
        assert (joined(at_the_end) if at_the_end else 0) == pytest.approx(expected)

"""A lattice of names by time: the tags of a conditional random field, the states of a hidden Markov
model. From each of K names a walk may go to each.

Here is what both write: α and β cell by cell with the figure, the best path with its back-pointers
(Viterbi), occupancies, and the check over all paths. A loss says what weighs how much, and in which
semiring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Final

from lossclass.arithmetic.expression import (
    ArgMax,
    Constant,
    Expression,
    Max,
    Quantity,
    sum_of,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, Row, RowKind
from lossclass.losses._softmax import dotted
from lossclass.losses.shapes.lattice.cells import Cells, Semiring, Weights, Worked
from lossclass.losses.shapes.lattice.drawing import Words, trellis
from lossclass.losses.shapes.lattice.walks import Best, Full, Node, best_walk
from lossclass.problem.arrays import Rows
from lossclass.problem.keys import Inconsistency
from lossclass.working import Working

#: More cells, or more ways into cells, are no hand work.
MOST_CELLS: Final = 3_000
MOST_ARCS: Final = 12_000
#: So many paths are listed, and so many only in the full working.
MOST_PATHS: Final = 64
_PATHS_ON_BOARD: Final = 9
_TIME = Axis(("time t →",), "time", "time step")


def too_large(times: int, names: int) -> str:
    """What is said of a lattice that is too large to be written out; nothing of one that is not."""
    cells, arcs = times * names, (times - 1) * names**2
    if cells <= MOST_CELLS and arcs <= MOST_ARCS:
        return ""
    return (
        f"T = {times} by K = {names} makes {cells} cells with {arcs} ways into them, and more than "
        f"{MOST_CELLS} cells or {MOST_ARCS} ways are not worked by hand"
    )


def wrong_names(
    key: str, names: Sequence[str] | None, count: int, each: str
) -> Iterator[Inconsistency]:
    """Names that are too many or too few, or stand there twice.

    Args:
        each: what there is one of for each, for the message.
    """
    if names is not None and len(names) != count:
        yield (key,), f"expected {count} {key}, {each}, got {len(names)}"
    for position, name in enumerate(names or ()):
        if names and name in names[:position]:
            yield (key, position), f"the {key[:-1]} {name!r} stands here twice"


def given_rows(
    working: Working, key: str, rows: Rows, symbol: Callable[[int, int], Symbol]
) -> list[list[Quantity]]:
    """The numbers of a table that the problem gives, named by their row and column."""
    return [
        [
            working.given(f"{key}.{i}.{j}", symbol(i, j), number)
            for j, number in enumerate(row, start=1)
        ]
        for i, row in enumerate(rows, start=1)
    ]


def given_row(
    working: Working, key: str, row: Sequence[Decimal] | None, symbol: Callable[[int], Symbol]
) -> list[Quantity]:
    """The numbers of a list that the problem gives, if it does."""
    return [
        working.given(f"{key}.{k}", symbol(k), number)
        for k, number in enumerate(row or (), start=1)
    ]


def write_table(
    working: Working,
    id: str,
    columns: Sequence[str],
    names: Sequence[str],
    rows: Sequence[Sequence[Quantity]],
) -> None:
    """Write rows of numbers, each behind its name."""
    body: list[tuple[str | Quantity, ...]] = [
        (name, *row) for name, row in zip(names, rows, strict=True)
    ]
    working.table(id, "", columns, body)


@dataclass(frozen=True)
class Tagging:
    """The lattice on the paper on which it is worked.

    Attributes:
        names: of the tags or states.
        what: what one of them is called.
        weights: what stands at nodes and arcs.
        semiring: of the sum over all paths, by the name of the table.
        best: of the best path.
    """

    working: Working
    names: Sequence[str]
    times: int
    what: str
    weights: Weights
    semiring: Callable[[str], Semiring]
    best: Semiring

    @cached_property
    def lattice(self) -> Full:
        return Full(self.times, len(self.names))

    def summed(self, table: str) -> Worked:
        """To be worked over all paths."""
        return Worked(self.lattice, self.weights, self.semiring(table))

    @cached_property
    def maximised(self) -> Worked:
        """To be worked over the best paths."""
        return Worked(self.lattice, self.weights, self.best)

    def symbol(self, letter: str, node: Node) -> Symbol:
        """The symbol of a cell, such as α₂(N)."""
        return Symbol(letter, (node[0],), (self.names[node[1] - 1],))

    # --- cells ---

    def write_forward(self, letter: str = "α") -> Cells:
        """Write ``alpha.T.K`` as steps, and their table."""
        cells, table = Cells(), self.summed("alpha")
        for node in self.lattice.nodes:
            cells[node] = self._write("alpha", letter, node, table.forward(node, cells))
        self.tabulate("alpha", cells)
        return cells

    def write_backward(self, letter: str = "β") -> Cells:
        """Write ``beta.T.K`` as steps, from the last time to the first, and their table."""
        self.working.reserve_letters(letter)  # Adam's β₁ is another number than β at time 1
        cells, table = Cells(), self.summed("beta")
        for t in range(self.times, 0, -1):
            for node in [(t, k) for k in range(1, len(self.names) + 1)]:
                cells[node] = self._write("beta", letter, node, table.backward(node, cells))
        self.tabulate("beta", cells)
        return cells

    def _write(self, name: str, letter: str, node: Node, definition: Expression) -> Quantity:
        return self.working.step(
            dotted(name, node),
            self.symbol(letter, node),
            definition,
            title=f"{letter} of {self.what} {self.names[node[1] - 1]} at time {node[0]}",
            only_in_full=isinstance(definition, Constant),
        )

    def tabulate(self, id: str, cells: Mapping[Node, Quantity | str]) -> None:
        """Write cells by time (down) and name (across)."""
        places = range(1, len(self.names) + 1)
        times = sorted({t for t, _ in cells})
        rows = [(str(t), *(cells[t, k] for k in places)) for t in times]
        self.working.table(id, "", ("t", *self.names), rows)

    def draw(self, cells: Cells, letter: str, arcs_are: str) -> None:
        """Draw the cells, with the best path marked."""
        best = self.best_path()
        kind = RowKind(self.what, f"a {self.what}")
        stay = ArcKind(f"stay in the {self.what}", f"stays in the {self.what}")
        go_on = ArcKind(f"go on to another {self.what}", f"goes on to another {self.what}")
        names = " ".join(self.names)
        self.working.figure(
            trellis(
                "trellis",
                self.lattice,
                cells,
                [f"t = {t}" for t in range(1, self.times + 1)],
                [Row(f"k = {k}", name, kind) for k, name in enumerate(self.names, start=1)],
                [kind],
                lambda start, end: stay if start[1] == end[1] else go_on,
                best.walk,
                Words(
                    f"The trellis: {letter}, and the ways between the {self.what}s",
                    _TIME,
                    Axis((f"{self.what} ↓",), self.what, self.what),
                    "one of the best paths, which are equally good"
                    if best.is_tied
                    else "the best path",
                    arcs_are,
                    f"Rows are the {self.what}s {names}. Columns are time. Each node holds a value; "
                    f"arrows lead from every {self.what} to every {self.what} of the next time.",
                ),
            )
        )

    # --- paths ---

    def best_path(self) -> Best:
        """The best path, and how many are as good, from the numbers alone."""
        value = self.working.values

        def size(parts: Sequence[Expression]) -> Decimal:
            return Decimal(self.best.walk(parts).value(value))

        def along(*sizes: Decimal) -> Decimal:
            return size([Constant(each) for each in sizes])

        w = self.weights
        return best_walk(
            self.lattice,
            lambda node: size([*w.begin(node), *w.own(node)]),
            lambda so_far, start, end: along(so_far, size([*w.arc(start, end), *w.own(end)])),
            lambda so_far, node: along(so_far, size(w.end(node))),
        )

    def parts_of(self, walk: Sequence[Node]) -> list[Expression]:
        """All that stands on a path, from its beginning to its end."""
        parts = [*self.weights.begin(walk[0]), *self.weights.own(walk[0])]
        for start, end in pairwise(walk):
            parts += [*self.weights.arc(start, end), *self.weights.own(end)]
        return [*parts, *self.weights.end(walk[-1])]

    def walk_of(self, names: Sequence[int]) -> list[Node]:
        """The nodes of a path of names, each by its place from 1."""
        return [*enumerate(names, start=1)]

    def spelt(self, walk: Sequence[Node]) -> str:
        """The names on a path."""
        return " ".join(self.names[k - 1] for _, k in walk)

    def all_paths(self) -> Iterator[tuple[Node, ...]]:
        """All of them, in the order of the names; none where they are too many to be listed."""
        if len(self.names) ** self.times <= MOST_PATHS:
            yield from sorted(self.lattice.whole_walks())

    def write_paths(
        self,
        columns: tuple[str, str],
        made: Callable[[int, Sequence[Node]], tuple[Quantity, Quantity]],
        says: str,
    ) -> list[Quantity]:
        """Tabulate all paths one by one, while they are few: two numbers of each, the first named
        ``path.N``.

        Args:
            columns: what the two are.
            made: the two, by the number of the path.
            says: what the table is for, as a sentence.
        """
        paths = [*self.all_paths()]
        if not paths:
            return []
        pairs = [made(n, walk) for n, walk in enumerate(paths, start=1)]
        in_full = len(paths) > _PATHS_ON_BOARD
        self.working.section("A check: all paths, one by one")
        self.working.say(says)
        if in_full:
            self.working.say("--detail full lists them.", only_on_board=True)
        rows = [
            (str(n), self.spelt(walk), *pair)
            for n, (walk, pair) in enumerate(zip(paths, pairs, strict=True), start=1)
        ]
        head = ("path", f"{self.what}s", *columns)
        self.working.table("paths", "", head, rows, only_in_full=in_full, tells=True)
        return [first for first, _ in pairs]

    # --- the best path, by steps ---

    def write_viterbi(self, score: Symbol, meaning: str) -> list[Quantity]:
        """Write ``delta.T.K`` and the back-pointers ``psi.T.K``, ``best_score``, and the path from its
        end: ``best.T`` to ``best.1``, each a place among the names.

        Args:
            score: the symbol of what the best path has.
            meaning: what δ is, as a sentence.
        """
        working, lattice = self.working, self.lattice
        working.section("The best path: δ, and where it comes from, ψ")
        working.say(
            f"{meaning} ψ_t(k) is from which {self.what} the largest comes, by its place: "
            f"{', '.join(f'{k} is {name}' for k, name in enumerate(self.names, start=1))}. Of equal "
            "ones the first is taken."
        )
        delta, psi = Cells(), Cells()
        for node in lattice.nodes:
            delta[node] = self._write("delta", "δ", node, self.maximised.forward(node, delta))
            if node[0] > 1:
                came_from = self.maximised.came_from(node, delta)
                psi[node] = self._write("psi", "ψ", node, came_from)
        self.tabulate("delta", delta)
        if psi:
            self.tabulate("psi", psi)
        ends = self.maximised.at_the_end(delta)
        working.step(
            "best_score",
            score,
            Max(*ends) if len(ends) > 1 else ends[0],
            title="What the best path has",
            why="The largest at the last time.",
        )
        return self._write_way_back(ends, psi)

    def _write_way_back(self, ends: Sequence[Expression], psi: Cells) -> list[Quantity]:
        working = self.working
        working.section("The way back")
        working.say(
            f"The last {self.what} of the best path is the one of the largest δ. From there ψ leads "
            "back, one time step after the other."
        )
        path: list[Quantity] = []
        for t in range(self.times, 0, -1):
            definition: Expression = ArgMax(*ends) if len(ends) > 1 else Constant(1)
            if path:
                definition = psi[t + 1, int(working.values[path[-1].id])]
            path.append(
                working.step(
                    f"best.{t}",
                    Symbol("k", (t,), hat=True),
                    definition,
                    title=f"The best path at time {t}",
                )
            )
        path.reverse()
        found = [int(working.values[each.id]) for each in path]
        best = self.best_path()
        text = f"The best path is {self.spelt(self.walk_of(found))}."
        working.say(text, tells=True)
        if best.is_tied:
            working.remark(
                "best-path-tie",
                f"{best.count} paths are equally good; the one that is found takes the first of equal "
                "numbers.",
            )
        return path

    # --- how probable it is to be somewhere ---

    def write_occupancies(
        self,
        of: Callable[[Node], Expression],
        of_pair: Callable[[Node, Node], Expression],
    ) -> tuple[Cells, dict[tuple[Node, Node], Quantity]]:
        """Write γ_t(k), ``occupancy.T.K``, and ξ_t(i, j), ``pair_occupancy.T.I.J``: how probable it is
        that a path is at a node, or takes an arc (from time T to the next).

        Args:
            of, of_pair: what they are worked out as.
        """
        occupancies = {
            node: self._write("occupancy", "γ", node, of(node)) for node in self.lattice.nodes
        }
        self.tabulate("occupancy", occupancies)
        pairs: dict[tuple[Node, Node], Quantity] = {}
        for start, end in self.lattice.arcs():
            names = tuple(self.names[k - 1] for _, k in (start, end))
            pairs[start, end] = self.working.step(
                dotted("pair_occupancy", (*start, end[1])),
                Symbol("ξ", (start[0],), names),
                of_pair(start, end),
                title=f"From {names[0]} at time {start[0]} to {names[1]} at time {end[0]}",
            )
        return occupancies, pairs

    def expected(self, pairs: Mapping[tuple[Node, Node], Quantity], i: int, j: int) -> Expression:
        """How often a path is expected to go from one name to another."""
        return sum_of([pairs[(t, i), (t + 1, j)] for t in range(1, self.times)])

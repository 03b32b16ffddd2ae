"""A lattice of names by time: the tags of a conditional random field, the states of a hidden Markov
model. From each of K names a walk may go to each.

Here is what both write: α and β cell by cell with the figure, the best path with its back-pointers
(Viterbi), occupancies, and the check over all paths; and the machine's road, all paths at once. A loss
says what weighs how much, and in which semiring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import Final

from lossclass.arithmetic.expression import ArgMax, Constant, Expression, Max, Quantity, sum_of
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import ArcKind, Axis, RowKind
from lossclass.losses.shapes.lattice.cells import Cells, Full, Node, Semiring, Weights, Worked
from lossclass.losses.shapes.lattice.paper import TIME, Paper, pointer, trellis
from lossclass.problem.arrays import Rows
from lossclass.records import record
from lossclass.second_road import Doubles, np
from lossclass.working import Working, dotted

#: More cells, or more ways into cells, are no hand work.
MOST_CELLS: Final = 3_000
MOST_ARCS: Final = 12_000
#: So many paths are listed, and so many only in the full working.
MOST_PATHS: Final = 64
_PATHS_ON_BOARD: Final = 9


def too_large(times: int, names: int) -> str:
    """What is said of a lattice that is too large to be written out; nothing of one that is not."""
    cells, arcs = times * names, (times - 1) * names**2
    if cells <= MOST_CELLS and arcs <= MOST_ARCS:
        return ""
    return (
        f"T = {times} by K = {names} makes {cells} cells with {arcs} ways into them, and more than "
        f"{MOST_CELLS} cells or {MOST_ARCS} ways are not worked by hand"
    )


def given_row(
    working: Working, key: str, row: Sequence[Decimal] | None, symbol: Callable[[int], Symbol]
) -> list[Quantity]:
    """The numbers of a list that the problem gives, if it does."""
    return [
        working.given(f"{key}.{k}", symbol(k), number)
        for k, number in enumerate(row or (), start=1)
    ]


def given_rows(
    working: Working, key: str, rows: Rows, symbol: Callable[[int, int], Symbol]
) -> list[list[Quantity]]:
    """The numbers of a table that the problem gives, named by their row and column."""
    return [
        given_row(working, f"{key}.{i}", row, partial(symbol, i))
        for i, row in enumerate(rows, start=1)
    ]


def given_table(
    working: Working,
    key: str,
    numbers: Rows,
    letter: str,
    names: tuple[Sequence[str], Sequence[str]],
    corner: str,
    says: str,
) -> list[list[Quantity]]:
    """Write a table that the problem gives.

    Args:
        letter: of its numbers, which have the names of their row and column as arguments.
        names: of its rows, and of its columns.
        corner: what stands above the names of the rows.
        says: what the numbers are, as a sentence.
    """
    down, across = names
    rows = given_rows(
        working, key, numbers, lambda i, j: Symbol(letter, (), (down[i - 1], across[j - 1]))
    )
    working.say(says)
    write_table(working, key, (corner, *across), down, rows)
    return rows


def write_table(
    working: Working,
    id: str,
    columns: Sequence[str],
    names: Iterable[str],
    rows: Sequence[Sequence[Quantity]],
    *,
    only_in_full: bool = False,
) -> None:
    """Write rows of numbers, each behind its name."""
    pairs = zip(names, rows, strict=True)
    working.table(id, "", columns, ((name, *row) for name, row in pairs), only_in_full=only_in_full)


@record
class Chained(Weights):
    """What stands on the paths: at the beginning, between two names, at a name at a time, at the end.

    Attributes:
        start: by name; none where nothing stands there. So is ``final``.
        between: from one name (down) to another (across).
        at_times: by time (down) and name (across).
    """

    start: Sequence[Quantity]
    between: Sequence[Sequence[Quantity]]
    at_times: Sequence[Sequence[Quantity]]
    final: Sequence[Quantity] = ()

    def begin(self, node: Node) -> Sequence[Expression]:
        return [self.start[node[1] - 1]] if self.start else []

    def arc(self, start: Node, end: Node) -> Sequence[Expression]:
        return [self.between[start[1] - 1][end[1] - 1]]

    def own(self, node: Node) -> Sequence[Expression]:
        return [self.at_times[node[0] - 1][node[1] - 1]]

    def end(self, node: Node) -> Sequence[Expression]:
        return [self.final[node[1] - 1]] if self.final else []


@record
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
    what: str
    weights: Chained
    semiring: Callable[[str], Semiring]
    best: Semiring

    @cached_property
    def lattice(self) -> Full:
        return Full(len(self.weights.at_times), len(self.names))

    def summed(self, table: str) -> Worked:
        """To be worked over all paths."""
        return Worked(self.lattice, self.weights, self.semiring(table))

    @cached_property
    def maximised(self) -> Worked:
        """To be worked over the best paths."""
        return Worked(self.lattice, self.weights, self.best)

    @cached_property
    def paper(self) -> Paper:
        """Its symbols are such as α₂(N)."""
        return Paper(
            self.working,
            lambda letter, node: Symbol(letter, (node[0],), (self.names[node[1] - 1],)),
            lambda letter, node: (
                f"{letter} of {self.what} {self.names[node[1] - 1]} at time {node[0]}"
            ),
            ("t", *self.names),
            f"time t (down) and {self.what} k (across)",
        )

    # --- cells ---

    def write_forward(self) -> Cells:
        """Write ``alpha.T.K`` as steps, and their table."""
        work = self.summed("alpha").forward
        return self.paper.write_cells("alpha", "α", self.lattice.nodes, work)

    def write_backward(self) -> Cells:
        """Write ``beta.T.K`` as steps, from the last time to the first, and their table."""
        self.working.reserve_letters("β")  # Adam's β₁ is another number than β at time 1
        nodes = sorted(self.lattice.nodes, key=lambda node: -node[0])
        return self.paper.write_cells("beta", "β", nodes, self.summed("beta").backward)

    def draw(self, cells: Cells, arcs_are: str) -> None:
        """Draw the cells of α, with the best path marked."""
        what, kind = self.what, RowKind(self.what, f"a {self.what}")
        stay = ArcKind(f"stay in the {what}", f"stays in the {what}")
        go_on = ArcKind(f"go on to another {what}", f"goes on to another {what}")
        self.working.figure(
            trellis(
                self.lattice,
                cells,
                [(name, kind) for name in self.names],
                lambda start, end: stay if start[1] == end[1] else go_on,
                self.maximised.best(self.working.values),
                letters=("t", "k"),
                best_is=("the best path", "one of the best paths, which are equally good"),
                title=f"The trellis: α, and the ways between the {what}s",
                across=TIME,
                down=Axis((f"{what} ↓",), what),
                row_kinds=(kind,),
                arcs_are=arcs_are,
                description=f"Rows are the {what}s {' '.join(self.names)}. Columns are time. Each node holds a "
                f"value; arrows lead from every {what} to every {what} of the next time.",
            )
        )

    # --- paths ---

    def spelt(self, walk: Sequence[Node]) -> str:
        """The names on a path."""
        return " ".join(self.names[k - 1] for _, k in walk)

    def write_paths(
        self, letter: str, columns: tuple[str, str], total: Quantity, says: str
    ) -> list[Quantity]:
        """Tabulate all paths in the order of the names, while they are few: what each carries,
        ``path.N``, and its probability of all, ``path_probability.N``, which are returned.

        Args:
            letter: of what a path carries.
            columns: what the two numbers are.
            says: what the table is for, as a sentence.
        """
        if len(self.names) ** self.lattice.T > MOST_PATHS:
            return []
        working, table = self.working, self.summed("paths")
        rows: list[tuple[str, str, Quantity, Quantity]] = []
        for n, walk in enumerate(sorted(self.lattice.whole_walks()), start=1):
            whole = table.semiring.whole(table.parts_of(walk))
            carried = working.name(f"path.{n}", Symbol(letter, (n,)), whole)
            share = table.semiring.share([carried], total)
            probability = working.name(f"path_probability.{n}", Symbol("p", (n,)), share)
            rows.append((str(n), self.spelt(walk), carried, probability))
        in_full = len(rows) > _PATHS_ON_BOARD
        working.section("A check: all paths, one by one")
        working.say(says)
        if in_full:
            working.say("--detail full lists them.", only_on_board=True)
        head = ("path", f"{self.what}s", *columns)
        working.table("paths", "", head, rows, only_in_full=in_full, tells=True)
        return [probability for *_, probability in rows]

    # --- the best path, by steps ---

    def write_viterbi(self, score: Symbol, meaning: str) -> list[Quantity]:
        """Write ``delta.T.K`` and the back-pointers ``psi.T.K``, ``best_score``, and the path from its
        end: ``best.T`` to ``best.1``, each a place among the names.

        Args:
            score: the symbol of what the best path has.
            meaning: what δ is, as a sentence.
        """
        working = self.working
        working.section("The best path: δ, and where it comes from, ψ")
        working.say(
            f"{meaning} ψ_t(k) is from which {self.what} the largest comes, by its place: "
            f"{', '.join(f'{k} is {name}' for k, name in enumerate(self.names, start=1))}. Of equal "
            "ones the first is taken."
        )
        delta, psi = self.paper.write_best(self.maximised)
        if psi:
            self.paper.tabulate("psi", psi, "ψ")
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
        for t in range(self.lattice.T, 0, -1):
            place: Expression = ArgMax(*ends) if len(ends) > 1 else Constant(1)
            if path:
                cells = [psi[t + 1, k] for k in range(1, len(self.names) + 1)]
                place = pointer(working, path[-1], cells)
            name, title = Symbol("k", (t,), hat=True), f"The best path at time {t}"
            path.append(working.step(f"best.{t}", name, place, title=title))
        path.reverse()
        found = [int(working.values[each.id]) for each in path]
        best = self.maximised.best(working.values)
        text = f"The best path is {self.spelt([*enumerate(found, start=1)])}."
        working.say(text, tells=True)
        if best.is_tied:
            working.remark(
                "best-path-tie",
                f"{best.count} paths are equally good; the one that is found takes the first of equal "
                "numbers.",
            )
        return path

    # --- how probable it is to be somewhere ---

    def write_occupancies(self, alpha: Cells, beta: Cells, total: Quantity) -> Occupancies:
        """Write γ_t(k), ``occupancy.T.K``, and ξ_t(i, j), ``pair_occupancy.T.I.J``: how probable it is
        that a path is at a node, or takes an arc (from time T to the next)."""
        semiring = self.semiring("occupancy")

        def of(node: Node, _: Cells) -> Expression:
            return semiring.share([semiring.walk([alpha[node], beta[node]])], total)

        occupancies = self.paper.write_cells("occupancy", "γ", self.lattice.nodes, of)
        pairs: dict[tuple[Node, Node], Quantity] = {}
        for start, end in self.lattice.arcs():
            names = tuple(self.names[k - 1] for _, k in (start, end))
            way = [*self.weights.arc(start, end), *self.weights.own(end)]
            pairs[start, end] = self.working.step(
                dotted("pair_occupancy", (*start, end[1])),
                Symbol("ξ", (start[0],), names),
                semiring.share([alpha[start], *way, beta[end]], total),
                title=f"From {names[0]} at time {start[0]} to {names[1]} at time {end[0]}",
            )
        return Occupancies(occupancies, pairs)


@record
class Occupancies:
    """How probable nodes and arcs are."""

    at: Cells
    arcs: Mapping[tuple[Node, Node], Quantity]

    def expected(self, i: int, j: int) -> Expression:
        """How often a path is expected to go from one name to another."""
        return sum_of(
            [each for (start, end), each in self.arcs.items() if (start[1], end[1]) == (i, j)]
        )


# --- NumPy's road ------------------------------------------------------------------------


@record
class Chain:
    """The logarithms of what stands on paths; −∞ where no path goes.

    Attributes:
        begin: before the first node, (K,).
        arc: from one name (down) to another (across), (K, K).
        own: at the nodes, (T, K).
        end: behind the last node, (K,).
    """

    begin: Doubles
    arc: Doubles
    own: Doubles
    end: Doubles

    def forward(self) -> Doubles:
        """Ln α, (T, K)."""
        rows = [self.begin + self.own[0]]
        for own in self.own[1:]:
            rows.append(np.logaddexp.reduce(rows[-1][:, None] + self.arc, axis=0) + own)
        return np.array(rows)

    def backward(self) -> Doubles:
        """Ln β, (T, K)."""
        rows = [self.end]
        for own in self.own[:0:-1]:
            rows.append(np.logaddexp.reduce(self.arc + own + rows[-1], axis=1))
        return np.array(rows[::-1])

    def log_sum(self) -> float:
        """The logarithm of the sum over all paths."""
        return float(np.logaddexp.reduce(self.forward()[-1] + self.end))

    def occupancies(self) -> tuple[Doubles, Doubles]:
        """How probable a name is at a time, (T, K), and two after each other, (T − 1, K, K)."""
        before, behind, total = self.forward(), self.backward(), self.log_sum()
        pairs = before[:-1, :, None] + self.arc + (self.own + behind)[1:, None, :]
        return np.exp(before + behind - total), np.exp(pairs - total)


def share_of(logarithms: Doubles, total: float) -> Doubles:
    """What has these logarithms, divided by what has this one; 0 stays 0, even of 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        shares: Doubles = np.where(np.isneginf(logarithms), 0.0, np.exp(logarithms - total))
    return shares

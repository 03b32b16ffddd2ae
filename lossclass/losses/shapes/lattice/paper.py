"""A lattice on the paper on which it is worked: its cells as steps and tables, and as a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from lossclass.arithmetic.expression import Choose, Constant, Expression, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Arc, ArcKind, Axis, Place, Row, RowKind, Trellis
from lossclass.blocks import Node as Drawn
from lossclass.losses.shapes.lattice.cells import Best, Cells, Lattice, Node, Worked
from lossclass.records import record
from lossclass.working import Working, dotted


def with_place(letter: str, node: Node) -> Symbol:
    """The symbol of a cell that has both numbers of its node as arguments: α(2, 0)."""
    return Symbol(letter, (), tuple(map(str, node)))


def pointer(working: Working, place: Quantity, cells: Sequence[Expression]) -> Quantity:
    """Name the back-pointer at a place of the best path, ψ₂(k̂₂): which it is, the place says, so
    that who goes back by pointers of their own goes on to another."""
    (t,) = place.symbol.indices
    chosen = Choose(place, *cells) if len(cells) > 1 else cells[0]
    return working.name(f"pointer.{t}", Symbol("ψ", (t,), (place.symbol,)), chosen)


@record
class Paper:
    """How the cells of a lattice are written.

    Attributes:
        symbol: of a cell, by its letter and its node.
        title: of a cell, likewise.
        heads: of the columns of a table, that of the names of rows first.
        by: what rows and columns are, for the sentence above a table.
        row: the name of a row, by the first number of its nodes.
        with_numbers: whether cells that are numbers from the beginning are lines on the board, too.
            Which these are, a sentence before them says.
    """

    working: Working
    symbol: Callable[[str, Node], Symbol]
    title: Callable[[str, Node], str]
    heads: Sequence[str]
    by: str
    row: Callable[[int], str] = str
    with_numbers: bool = False

    def write(
        self, name: str, letter: str, node: Node, definition: Expression, aside: str = ""
    ) -> Quantity:
        """Write a cell; on the board, one that is 0 or 1 from the beginning may stand in the table alone."""
        is_number = isinstance(definition, Constant)
        return self.working.step(
            dotted(name, node),
            self.symbol(letter, node),
            definition,
            title=self.title(letter, node),
            aside=aside,
            only_in_full=is_number and not self.with_numbers,
            is_known=is_number,
        )

    def write_cells(
        self,
        name: str,
        letter: str,
        nodes: Sequence[Node],
        made: Callable[[Node, Cells], Expression],
        aside: Callable[[Node], str] = lambda _: "",
        before: Mapping[Node, Quantity] = MappingProxyType({}),
    ) -> Cells:
        """Write cells one after the other, each from those before it, ``NAME.T.S``, and their table;
        ``before`` are those that there are already, with which there is none."""
        cells = {**before}
        for node in nodes:
            cells[node] = self.write(name, letter, node, made(node, cells), aside(node))
        written = {node: cells[node] for node in nodes}
        if not before:
            self.tabulate(name, written, letter)
        return written

    def write_best(self, table: Worked) -> tuple[Cells, Cells]:
        """Write ``delta.T.S``, what the best way to a node carries, with a table, and ``psi.T.S``, by
        which of the ways there it comes, counted from 1."""
        delta, psi = Cells(), Cells()
        for node in table.lattice.nodes:
            delta[node] = self.write("delta", "δ", node, table.forward(node, delta))
            if table.lattice.is_reached(node) and table.lattice.before(node):
                psi[node] = self.write("psi", "ψ", node, table.came_from(node, delta))
        self.tabulate("delta", delta, "δ")
        return delta, psi

    def tabulate(self, id: str, cells: Mapping[Node, Quantity], what: str = "") -> None:
        """Write cells by the first number of their nodes (down) and the second (across), under a
        sentence that says of what all of them are, if anything."""
        if what:
            self.working.say(f"All of {what}, by {self.by}:")
        rows, columns = (sorted(set(each)) for each in zip(*cells, strict=True))
        body: list[list[str | Quantity]] = [
            [self.row(t), *(cells[t, s] for s in columns)] for t in rows
        ]
        self.working.table(id, "", self.heads, body)


# --- the figure ----------------------------------------------------------------------------


TIME: Final = Axis(("time t →",), "time step")


def trellis(
    lattice: Lattice,
    cells: Mapping[Node, Quantity],
    rows: Sequence[tuple[str, RowKind]],
    kind_of: Callable[[Node, Node], ArcKind],
    best: Best,
    *,
    letters: tuple[str, str],
    best_is: tuple[str, str],
    columns: Sequence[str] = (),
    unpassed: str = "no whole path passes",
    without_path: str = "No path leads from the start to the end, so none is drawn.",
    **said: Any,
) -> Trellis:
    """The figure of a lattice.

    Args:
        cells: the numbers of the nodes that a walk can come to.
        rows: their names and kinds.
        kind_of: what an arc between two nodes does.
        best: the walk that is marked.
        letters: of a column and of a row, which are counted.
        best_is: what that walk is, and what it is where others are as good.
        columns: what stands behind the number of each, if anything.
        said: what else there is in a :class:`~lossclass.blocks.Trellis`.
    """
    (column, row), (last_column, _) = lattice.nodes[0], lattice.nodes[-1]
    across, down = letters

    def place(node: Node) -> Place:
        """The column and the row, which count from 0."""
        return node[0] - column, node[1] - row

    return Trellis(
        id="trellis",
        columns=tuple(f"{t} {name}".rstrip() for t, name in enumerate(columns))
        or tuple(f"{across} = {t}" for t in range(column, last_column + 1)),
        rows=tuple(
            Row(f"{down} = {s}", name, kind) for s, (name, kind) in enumerate(rows, start=row)
        ),
        nodes=tuple(
            Drawn(place(node), cells[node], lattice.is_useful(node))
            for node in lattice.nodes
            if lattice.is_reached(node)
        ),
        arcs=tuple(
            Arc(place(start), place(end), kind_of(start, end)) for start, end in lattice.arcs()
        ),
        path=tuple(map(place, best.walk)),
        path_is=best_is[best.is_tied],
        unpassed=unpassed,
        without_path=without_path,
        **said,
    )

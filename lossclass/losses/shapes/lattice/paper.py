"""A lattice on the paper on which it is worked: its cells as steps, and as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from lossclass.arithmetic.expression import Choose, Constant, Expression, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.lattice.cells import Cells, Worked
from lossclass.losses.shapes.lattice.walks import Node
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
        row: the name of a row, by the first number of its nodes.
        with_numbers: whether cells that are numbers from the beginning are lines on the board, too.
            Which these are, a sentence before them says.
    """

    working: Working
    symbol: Callable[[str, Node], Symbol]
    title: Callable[[str, Node], str]
    heads: Sequence[str]
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
        """Write cells one after the other, each from those before it: ``NAME.T.S``.

        Args:
            before: those that there are already.
        """
        cells = {**before}
        for node in nodes:
            cells[node] = self.write(name, letter, node, made(node, cells), aside(node))
        return {node: cells[node] for node in nodes}

    def write_best(self, table: Worked) -> tuple[Cells, Cells]:
        """Write ``delta.T.S``, what the best way to a node carries, and ``psi.T.S``, by which of the
        ways there it comes, counted from 1."""
        delta, psi = Cells(), Cells()
        for node in table.lattice.nodes:
            delta[node] = self.write("delta", "δ", node, table.forward(node, delta))
            if table.lattice.is_reached(node) and table.lattice.before(node):
                psi[node] = self.write("psi", "ψ", node, table.came_from(node, delta))
        return delta, psi

    def tabulate(self, id: str, cells: Mapping[Node, Quantity]) -> None:
        """Write cells by the first number of their nodes (down) and the second (across)."""
        rows, columns = (sorted(set(each)) for each in zip(*cells, strict=True))
        body: list[tuple[str | Quantity, ...]] = [
            (self.row(t), *(cells[t, s] for s in columns)) for t in rows
        ]
        self.working.table(id, "", self.heads, body)

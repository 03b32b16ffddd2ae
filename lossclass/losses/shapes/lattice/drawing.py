"""The figure of a lattice: its nodes with their numbers, its arcs, and one walk that is marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Arc, ArcKind, Axis, Place, Row, RowKind, Trellis
from lossclass.blocks import Node as Drawn
from lossclass.losses.shapes.lattice.walks import Best, Lattice, Node
from lossclass.records import record

TIME: Final = Axis(("time t →",), "time step")


@record
class Words:
    """What is said of a figure; see :class:`~lossclass.blocks.Trellis`.

    Attributes:
        letters: of a column and of a row, which are counted.
        best: what the walk that is marked is, and what it is where others are as good.
        says: what is read off it, if that is not the labels of its rows.
        columns: what stands behind the number of each, if anything.
    """

    title: str
    letters: tuple[str, str]
    across: Axis
    down: Axis
    best: tuple[str, str]
    arcs_are: str
    description: str
    unpassed: str = "no whole path passes"
    without_path: str = "No path leads from the start to the end, so none is drawn."
    says: str = ""
    columns: Sequence[str] = ()


def trellis(
    lattice: Lattice,
    cells: Mapping[Node, Quantity],
    rows: Sequence[tuple[str, RowKind]],
    row_kinds: Sequence[RowKind],
    kind_of: Callable[[Node, Node], ArcKind],
    best: Best,
    words: Words,
) -> Trellis:
    """The figure of a lattice.

    Args:
        cells: the numbers of the nodes that a walk can come to.
        rows: their names and kinds.
        kind_of: what an arc between two nodes does.
        best: the walk that is marked.
    """
    (column, row), (last_column, _) = lattice.nodes[0], lattice.nodes[-1]
    across, down = words.letters

    def place(node: Node) -> Place:
        """The column and the row, which count from 0."""
        return node[0] - column, node[1] - row

    return Trellis(
        "trellis",
        words.title,
        words.across,
        tuple(f"{t} {name}".rstrip() for t, name in enumerate(words.columns))
        or tuple(f"{across} = {t}" for t in range(column, last_column + 1)),
        words.down,
        tuple(Row(f"{down} = {s}", name, kind) for s, (name, kind) in enumerate(rows, start=row)),
        tuple(row_kinds),
        tuple(
            Drawn(place(node), cells[node], lattice.is_useful(node))
            for node in lattice.nodes
            if lattice.is_reached(node)
        ),
        tuple(Arc(place(start), place(end), kind_of(start, end)) for start, end in lattice.arcs()),
        tuple(map(place, best.walk)),
        path_is=words.best[best.is_tied],
        arcs_are=words.arcs_are,
        description=words.description,
        unpassed=words.unpassed,
        without_path=words.without_path,
        path_says=words.says,
    )

"""The figure of a lattice: its nodes with their numbers, its arcs, and one walk that is marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Arc, ArcKind, Axis, Place, Row, RowKind, Trellis
from lossclass.blocks import Node as Drawn
from lossclass.losses.shapes.lattice.walks import Lattice, Node


@dataclass(frozen=True)
class Words:
    """What is said of a figure; see :class:`~lossclass.blocks.Trellis`."""

    title: str
    across: Axis
    down: Axis
    path_is: str
    arcs_are: str
    description: str
    unpassed: str = "no whole path passes"
    without_path: str = "No path leads from the start to the end, so none is drawn."


def trellis(
    id: str,
    lattice: Lattice,
    cells: Mapping[Node, Quantity],
    columns: Sequence[str],
    rows: Sequence[Row],
    row_kinds: Sequence[RowKind],
    kind_of: Callable[[Node, Node], ArcKind],
    walk: Sequence[Node],
    words: Words,
) -> Trellis:
    """The figure of a lattice.

    Args:
        cells: the numbers of the nodes that a walk can come to.
        columns: what stands above each column.
        kind_of: what an arc between two nodes does.
        walk: the one that is marked.
    """
    column, row = lattice.nodes[0]

    def place(node: Node) -> Place:
        """The column and the row, which count from 0."""
        return node[0] - column, node[1] - row

    return Trellis(
        id,
        words.title,
        words.across,
        tuple(columns),
        words.down,
        tuple(rows),
        tuple(row_kinds),
        tuple(
            Drawn(place(node), cells[node], lattice.is_useful(node))
            for node in lattice.nodes
            if lattice.is_reached(node)
        ),
        tuple(Arc(place(start), place(end), kind_of(start, end)) for start, end in lattice.arcs()),
        tuple(map(place, walk)),
        path_is=words.path_is,
        arcs_are=words.arcs_are,
        description=words.description,
        unpassed=words.unpassed,
        without_path=words.without_path,
    )

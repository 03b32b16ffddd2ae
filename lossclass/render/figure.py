"""What every drawing of a trellis has to know of it, whatever it is drawn with."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from itertools import pairwise, product

from rich.cells import cell_len, set_cell_size

from lossclass.arithmetic.number import round_significant, show
from lossclass.blocks import Arc, ArcKind, Axis, Node, Place, Trellis
from lossclass.solution import Solution

#: More places than these are not drawn in any way.
MOST_CELLS = 3000
_WIDEST_LABEL = 12


class Figure:
    """A trellis, and the values that belong to it."""

    def __init__(self, trellis: Trellis, solution: Solution) -> None:
        self.trellis = trellis
        self.solution = solution
        self.columns, self.rows = len(trellis.columns), len(trellis.rows)
        #: What stands above the columns.
        self.headings = tuple(map(short_label, trellis.columns))
        #: What the numbers are called.
        self.letter = next((node.quantity.symbol.letter for node in trellis.nodes), "values")
        #: Where the path that is marked passes.
        self.path = frozenset(trellis.path)
        self._steps_of_path = frozenset(pairwise(trellis.path))

    @property
    def size(self) -> str:
        """The size in words."""
        across, down = self.trellis.across, self.trellis.down
        return f"{_counted(self.columns, across)} by {_counted(self.rows, down)}"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All there are."""
        return tuple(product(range(self.columns), range(self.rows)))

    @cached_property
    def nodes(self) -> dict[Place, Node]:
        """The nodes by their places."""
        return {node.place: node for node in self.trellis.nodes}

    def is_passed(self, place: Place) -> bool:
        """Whether a whole path passes here."""
        return place in self.nodes and self.nodes[place].is_passed

    @cached_property
    def arcs_by_kind(self) -> dict[ArcKind, list[Arc]]:
        """The arcs of each kind, from those that lead least far down to those that lead furthest."""
        found: dict[ArcKind, list[Arc]] = {}
        for arc in sorted(self.trellis.arcs, key=rows_down):
            found.setdefault(arc.kind, []).append(arc)
        return found

    def is_on_path(self, arc: Arc) -> bool:
        """Whether the path that is marked has this arc."""
        return (arc.start, arc.end) in self._steps_of_path

    @property
    def path_labels(self) -> str:
        """What the path says, label by label."""
        if self.trellis.path_says:
            return self.trellis.path_says
        return " ".join(short_label(self.trellis.rows[row].label) for _, row in self.trellis.path)

    def number(self, place: Place, digits: int) -> Decimal | None:
        """The value at a place as the steps show it, but never in more than ``digits`` digits."""
        if place not in self.nodes:
            return None
        value = self.solution.values[self.nodes[place].quantity.id]
        shown = show(value, self.solution.digits).value
        is_long = shown.is_finite() and len(shown.as_tuple().digits) > digits
        return round_significant(shown, digits) if is_long else shown


def rows_down(arc: Arc) -> int:
    """How many rows an arc leads down; negative if it leads up."""
    return arc.end[1] - arc.start[1]


def is_within_column(arc: Arc) -> bool:
    """Whether an arc leads down within a column, not to the next one."""
    return arc.start[0] == arc.end[0]


def short_label(symbol: str) -> str:
    """A symbol short enough to stand beside a row."""
    if cell_len(symbol) <= _WIDEST_LABEL:
        return symbol
    return set_cell_size(symbol, _WIDEST_LABEL - 1).rstrip() + "…"


def _counted(count: int, axis: Axis) -> str:
    return f"1 {axis.counted}" if count == 1 else f"{count:,} {axis.counted}s"

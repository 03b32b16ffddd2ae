"""What every drawing of a trellis has to know of it, whatever it is drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise, product
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

from lossclass.arithmetic.number import round_significant, show
from lossclass.blocks import Trellis
from lossclass.solution import Solution

#: A time and a position; a time and the positions there and one time step later.
Node: TypeAlias = tuple[int, int]
Move: TypeAlias = tuple[int, int, int]

#: More cells than these are not drawn in any way.
MOST_CELLS = 3000
NO_PATH = "No alignment leads from the start to the end of the target, so none is drawn."
_WIDEST_LABEL = 12


@dataclass(frozen=True)
class Figure:
    """A trellis, and the values that belong to it. Times and positions count from 0."""

    trellis: Trellis
    solution: Solution

    @property
    def times(self) -> int:
        return len(self.trellis.cells)

    @property
    def positions(self) -> int:
        return len(self.trellis.symbols)

    @property
    def size(self) -> str:
        """The size in words."""
        steps = "1 time step" if self.times == 1 else f"{self.times:,} time steps"
        rows = "1 position" if self.positions == 1 else f"{self.positions:,} positions"
        return f"{steps} by {rows}"

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All there are."""
        return tuple(product(range(self.times), range(self.positions)))

    @cached_property
    def reached(self) -> frozenset[Node]:
        """Where a path from the start can be."""
        return frozenset((t, s) for t, s in self.nodes if self.trellis.cells[t][s] is not None)

    @cached_property
    def visited(self) -> frozenset[Node]:
        """Where alignments pass. With one time step there are no moves, and they end at once."""
        ends = {(t + end, pair[end]) for t, *pair in self.trellis.moves for end in (0, 1)}
        if self.times == 1:
            ends |= {(t, s) for t, s in self.reached if s >= self.positions - 2}
        return frozenset(ends)

    @property
    def kinds_of_moves(self) -> list[int]:
        """How many positions the moves go: 0 stays, 1 steps, 2 skips."""
        return sorted({there - here for _, here, there in self.trellis.moves})

    @property
    def letter(self) -> str:
        """What the numbers are called."""
        cells = (cell for row in self.trellis.cells for cell in row if cell is not None)
        return next((cell.symbol.letter for cell in cells), "values")

    @cached_property
    def best_nodes(self) -> frozenset[Node]:
        return frozenset(enumerate(self.trellis.best))

    @cached_property
    def best_moves(self) -> frozenset[Move]:
        return frozenset((t, *pair) for t, pair in enumerate(pairwise(self.trellis.best)))

    @property
    def best_name(self) -> str:
        """What the alignment that stands out is."""
        if self.trellis.best_is_tied:
            return "one of the most probable alignments, which are equally probable"
        return "the most probable alignment"

    @property
    def best_symbols(self) -> str:
        """What the most probable alignment says, symbol by symbol."""
        return " ".join(short_label(self.trellis.symbols[s]) for s in self.trellis.best)

    def number(self, node: Node, digits: int) -> Decimal | None:
        """The value at a node as the steps show it, but never in more than ``digits`` digits."""
        t, s = node
        cell = self.trellis.cells[t][s]
        if cell is None:
            return None
        shown = show(self.solution.values[cell.id], self.solution.digits).value
        is_long = shown.is_finite() and len(shown.as_tuple().digits) > digits
        return round_significant(shown, digits) if is_long else shown


def short_label(symbol: str) -> str:
    """A symbol short enough to stand beside a row."""
    if cell_len(symbol) <= _WIDEST_LABEL:
        return symbol
    return set_cell_size(symbol, _WIDEST_LABEL - 1).rstrip() + "…"

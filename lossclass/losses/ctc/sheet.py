"""What all parts of the working of a CTC problem refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from lossclass.arithmetic.expression import Quantity
from lossclass.losses._spelling import Spelling
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import TargetLattice
from lossclass.losses.ctc.outputs import Outputs
from lossclass.losses.ctc_options import ALIGNMENTS, BACKWARD, BEAM
from lossclass.working import Working

#: The cells of α or β: for each time, from 1, those of its positions.
Cells = list[dict[int, Quantity]]
#: An α of more cells is not written out step by step, unless that is asked for.
MOST_CELLS = 3_000
#: More are never written out.
MOST_CELLS_OF_ALL = 20_000


@dataclass(frozen=True)
class Sheet:
    """A problem, and the paper it is worked on."""

    inputs: Inputs
    working: Working

    # --- what was asked for beyond the loss ---

    @property
    def with_gradient(self) -> bool:
        """Whether the gradient was asked for."""
        return self.working.wanted.gradient

    @property
    def with_backward(self) -> bool:
        """Whether β was asked for."""
        return self.working.wanted[BACKWARD]

    @property
    def beam(self) -> int | None:
        """How many prefixes a beam search is to keep; None for no search."""
        return self.working.wanted[BEAM]

    @property
    def most_listed(self) -> int:
        """All alignments are to be listed if they are not more than these."""
        return self.working.wanted[ALIGNMENTS]

    @property
    def with_everything(self) -> bool:
        """Whether what is too long to be read was asked for, too."""
        return self.working.wanted.everything

    # --- what it is about ---

    @cached_property
    def T(self) -> int:  # noqa: N802 - the letter of the source
        """The number of time steps; there is none where alignments are listed alone."""
        steps = self.inputs.T
        assert steps is not None  # noqa: S101 - who works with listed ones does not ask
        return steps

    @property
    def length_letter(self) -> str:
        """The letter for the number of labels in the target; a network has a U of its own."""
        return self.working.letter("U", "K")

    @cached_property
    def lattice(self) -> TargetLattice:
        """Positions by time."""
        return TargetLattice(self.inputs.target_symbols, self.inputs.blank_symbol, self.T)

    @cached_property
    def spell(self) -> Spelling:
        """How symbols are written side by side."""
        return Spelling([*self.inputs.symbols, self.inputs.blank_symbol])

    @cached_property
    def target(self) -> str:
        """The target as a text, which leaves out the middle of a long one."""
        return self.spell.short(self.inputs.target_symbols)

    @cached_property
    def outputs(self) -> Outputs:
        """The probability of each symbol at each time."""
        return Outputs(self.inputs, self.working)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The symbols of the extended target, each once, in the order of the columns."""
        in_target = set(self.lattice.extended)
        return tuple(symbol for symbol in self.inputs.symbols if symbol in in_target)

    @property
    def cells(self) -> int:
        """How many cells α has."""
        return self.T * self.lattice.S

    @property
    def is_large(self) -> bool:
        """Whether α is too large to be written out."""
        most = MOST_CELLS_OF_ALL if self.with_everything else MOST_CELLS
        return self.T > 1 and self.cells > most

    def value(self, quantity_id: str) -> Decimal:
        """What a step came to."""
        return self.working.values[quantity_id]

    def write_table(
        self,
        id: str,
        rows: Sequence[Sequence[Quantity]],
        columns: Sequence[str] = (),
    ) -> None:
        """Write numbers by time (down) and symbol, or what else the columns are (across)."""
        numbered: list[tuple[str | Quantity, ...]] = [
            (str(t), *row) for t, row in enumerate(rows, start=1)
        ]
        self.working.table(id, "", ("t", *(columns or self.inputs.symbols)), numbered)

    def write_cells(self, id: str, cells: Cells) -> None:
        """Write numbers by time (down) and position (across)."""
        heads = [f"{s} {symbol}" for s, symbol in enumerate(self.lattice.extended, start=1)]
        self.write_table(id, [tuple(row.values()) for row in cells], heads)

    def called(self, s: int) -> str:
        """Position ``s`` in words."""
        symbol = self.lattice.symbol(s)
        return f"the blank {symbol}" if self.lattice.is_blank(s) else f"the label {symbol}"

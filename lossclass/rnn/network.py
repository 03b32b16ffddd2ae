"""A network whose numbers fit each other: H units, D inputs, C outputs, T time steps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from lossclass.problem.arrays import Rows
from lossclass.records import record
from lossclass.rnn.inputs import GATES

Row: TypeAlias = tuple[Decimal, ...]


@record
class Network:
    """The numbers of a network in full shape, gate by gate; a vanilla cell's one gate is ``""``.

    Attributes:
        x: the inputs, T × D.
        U: H × D for each gate.
        W: H × H for each gate.
        V: C × H; None where the outputs are the hidden states.
        b: H for each gate; None where it is left out, as what follows.
        b_hidden: H for each gate.
        c: C numbers.
        initial_state: H numbers.
        initial_cell: H numbers.
        every_step: whether every time step has a prediction, or only the last.
        replaces: whether a GRU's update gate is the share of the candidate in the new state, not
            of the state before.
        resets_before: whether its reset gate acts on the state before W, not on the product.
    """

    cell: str
    activation: str
    every_step: bool
    x: Rows
    U: Mapping[str, Rows]
    W: Mapping[str, Rows]
    V: Rows | None
    b: Mapping[str, Row] | None
    b_hidden: Mapping[str, Row] | None
    c: Row | None
    initial_state: Row | None
    initial_cell: Row | None
    replaces: bool = False
    resets_before: bool = False

    @property
    def gates(self) -> tuple[str, ...]:
        return GATES[self.cell]

    @property
    def units(self) -> int:
        """H."""
        return len(self.W[self.gates[0]][0])

    @property
    def features(self) -> int:
        """D."""
        return len(self.x[0])

    @property
    def outputs(self) -> int:
        """C."""
        return len(self.V) if self.V else self.units

    @property
    def steps(self) -> int:
        """T."""
        return len(self.x)

    @property
    def is_single(self) -> bool:
        """Whether it has one unit, one input and one output."""
        return self.units == self.features == self.outputs == 1

    @property
    def predicted(self) -> list[int]:
        """The time steps, from 1, that have a prediction."""
        return [*range(1, self.steps + 1)] if self.every_step else [self.steps]

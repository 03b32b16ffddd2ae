"""One time step of each cell, as steps of the working."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Product,
    Quantity,
    Sigmoid,
    Sum,
    Tanh,
    sum_of,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.rnn.given import CELL, Given, Quantities
from lossclass.rnn.matrices import candidate_hidden, preactivation
from lossclass.rnn.network import Network
from lossclass.working import At, Working


class Kind(NamedTuple):
    """What a step is of: its letter, what it is called, and the gate whose letter is its first
    index, if it has one."""

    letter: str
    called: str
    gate: str = ""


def _gate(name: str, letter: str, called: str, gate: str) -> dict[str, Kind]:
    """A gate or a candidate: its pre-activation, and what comes of it."""
    return {
        f"{name}_preactivation": Kind("a", f"pre-activation of the {called}", gate),
        name: Kind(letter, called),
    }


#: The steps of one unit of each cell by id, in their order.
KINDS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "vanilla": {
        "preactivation": Kind("a", "pre-activation"),
        "hidden": Kind("h", "hidden state"),
    },
    "gru": {
        **_gate("reset", "r", "reset gate", "r"),
        **_gate("update", "z", "update gate", "z"),
        "candidate_hidden": Kind("p", "what the reset gate acts on"),
        "reset_state": Kind("p", "what the reset gate leaves of the state"),
        **_gate("candidate", "n", "candidate", "n"),
        "hidden": Kind("h", "hidden state"),
    },
    "lstm": {
        **_gate("input_gate", "i", "input gate", "i"),
        **_gate("forget_gate", "f", "forget gate", "f"),
        **_gate("cell_candidate", "g", "cell candidate", "g"),
        **_gate("output_gate", "q", "output gate", "o"),
        "cell": Kind(CELL, "cell state"),
        "hidden": Kind("h", "hidden state"),
    },
}
#: Of a GRU's two kinds with the reset gate, the one that the other GRU has.
_OTHER: Final = {False: "reset_state", True: "candidate_hidden"}
_ACTIVATED: Final[Mapping[str, Callable[[Quantity], Expression]]] = {
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "relu": lambda a: Max(Constant(0), a),
    "identity": lambda a: a,
}
_NO_STATE: Final = "There is no state before the first step, so W has nothing to multiply yet."
_NO_USE: Final = "There is no {} before the first step that the {} could act on, so nothing uses it at this step."


def kinds_of(network: Network) -> dict[str, Kind]:
    """The steps of one unit of a network."""
    kinds = dict(KINDS[network.cell])
    kinds.pop(_OTHER[network.resets_before], None)
    return kinds


@dataclass
class Cell:
    """The units of a network, and what they came to at each time step.

    Attributes:
        timed: whether the titles of the steps say the time step.
        columns: the steps of each kind (``hidden``), by time step and unit, which counts from 0.
    """

    working: Working
    network: Network
    given: Given
    timed: bool = False
    columns: dict[str, dict[tuple[int, int], Quantity]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = kinds_of(self.network)

    def step(self, t: int) -> list[Quantity]:
        """Write time step t, unit by unit, and return the hidden state."""
        one = {"vanilla": self._vanilla, "gru": self._gru, "lstm": self._lstm}[self.network.cell]
        before = self._row("hidden", t - 1) if t > 1 else self.given.initial_state
        if self.with_matrices:
            self._write_matrices(t, before)
        if self.network.resets_before:
            self._write_gates(t, before)
        return [one(t, j, before) for j in range(self.network.units)]

    @property
    def with_matrices(self) -> bool:
        """Whether the steps of several units are written all at once, too."""
        return self.network.units > 1 and not self.timed

    def _write_matrices(self, t: int, before: Quantities) -> None:
        """Write the pre-activations of all units at once; for a GRU's candidate, only what its reset
        gate acts on."""
        for name, kind in self.kinds.items():
            if name == "candidate_hidden":
                if (inner := candidate_hidden(self.given, t, before)) is not None:
                    self.working.equation(inner)
            elif name.endswith("preactivation") and name != "candidate_preactivation":
                self.working.equation(preactivation(self.given, kind.gate, t, before))

    # --- one unit of each cell ---

    def _vanilla(self, t: int, j: int, before: Quantities) -> Quantity:
        aside = "" if before or j else _NO_STATE
        a = self._write("preactivation", t, j, sum_of(self._terms("", t, j, before)), aside)
        return self._write("hidden", t, j, _ACTIVATED[self.network.activation](a))

    def _gru(self, t: int, j: int, before: Quantities) -> Quantity:
        if self.network.resets_before:
            z = self.columns["update"][t, j]
            terms = self._terms("n", t, j, self._row("reset_state", t) if before else ())
        else:
            r, z = self._gates(t, j, before)
            terms = [
                *self.given.biases("n", j),
                *_products(self.given.U["n"][j], self.given.x[t - 1]),
            ]
            inner = [*self.given.hidden_biases("n", j), *_products(self.given.W["n"][j], before)]
            if inner:
                terms.append(Product(r, self._write("candidate_hidden", t, j, sum_of(inner))))
        a = self._write("candidate_preactivation", t, j, sum_of(terms))
        n = self._write("candidate", t, j, Tanh(a))
        rest = Sum(Constant(1), Negative(z))
        if self.network.replaces:
            parts = [*_products([rest], before[j : j + 1]), Product(z, n)]
        else:
            parts = [Product(rest, n), *_products([z], before[j : j + 1])]
        return self._write("hidden", t, j, sum_of(parts))

    def _gates(self, t: int, j: int, before: Quantities) -> tuple[Quantity, Quantity]:
        """Write the two gates of a unit of a GRU."""
        acts = before or (self.given.b_hidden and not self.network.resets_before)
        aside = "" if acts or j else _NO_USE.format("state", "reset gate")
        return self._gate("reset", t, j, before, aside), self._gate("update", t, j, before)

    def _write_gates(self, t: int, before: Quantities) -> None:
        """Write the gates of all units of a GRU, and what the reset gates leave of the state: each
        candidate is worked from all of it."""
        gates = [self._gates(t, j, before) for j in range(self.network.units)]
        for j, (r, _) in enumerate(gates if before else ()):
            self._write("reset_state", t, j, Product(r, before[j]))
        if self.with_matrices:
            left = self._row("reset_state", t) if before else ()
            self.working.equation(preactivation(self.given, "n", t, left, ("p", t)))

    def _lstm(self, t: int, j: int, before: Quantities) -> Quantity:
        cell = self._row("cell", t - 1) if t > 1 else self.given.initial_cell
        i = self._gate("input_gate", t, j, before)
        idle = not (cell or j)
        aside = _NO_USE.format("cell state", "forget gate") if idle else ""
        f = self._gate("forget_gate", t, j, before, aside)
        g = self._gate("cell_candidate", t, j, before)
        q = self._gate("output_gate", t, j, before)
        new = Product(i, g)
        s = self._write("cell", t, j, Sum(Product(f, cell[j]), new) if cell else new)
        return self._write("hidden", t, j, Product(q, Tanh(s)))

    # --- what they share ---

    def _gate(self, name: str, t: int, j: int, before: Quantities, aside: str = "") -> Quantity:
        """Write the pre-activation of a gate, and the gate."""
        id = f"{name}_preactivation"
        first = t == 1 and j == 0 and id == next(iter(self.kinds))
        terms = self._terms(self.kinds[id].gate, t, j, before)
        a = self._write(id, t, j, sum_of(terms), _NO_STATE if first and not before else "")
        return self._write(name, t, j, Tanh(a) if name == "cell_candidate" else Sigmoid(a), aside)

    def _terms(self, gate: str, t: int, j: int, before: Quantities) -> list[Expression]:
        """The terms of b + W h + U x for one unit, in this order; what is not there is left out."""
        return [
            *self.given.biases(gate, j),
            *self.given.hidden_biases(gate, j),
            *_products(self.given.W[gate][j], before),
            *_products(self.given.U[gate][j], self.given.x[t - 1]),
        ]

    def _write(
        self, name: str, t: int, j: int, expression: Expression, aside: str = ""
    ) -> Quantity:
        letter, called, gate = self.kinds[name]
        many = self.network.units > 1
        places = (t, j + 1) if many else (t,)
        quantity = self.working.step(
            f"{name}.{t}.{j + 1}",
            Symbol(letter, (gate, *places) if gate else places),
            expression,
            title=self.title(t, f"unit {j + 1}: {called}" if many else called),
            aside=aside,
            at=At(name, (t, j + 1)),
        )
        self.columns.setdefault(name, {})[t, j] = quantity
        return quantity

    def title(self, t: int, what: str) -> str:
        """The title of a step of time step t."""
        if self.timed:
            return f"Time step {t}{', ' if ': ' in what else ': '}{what}"
        return what[0].upper() + what[1:]

    def _row(self, name: str, t: int) -> Quantities:
        return [self.columns[name][t, j] for j in range(self.network.units)]


def _products(weights: Sequence[Expression], values: Quantities) -> list[Expression]:
    """The products of the pairs; none where there are no values."""
    return [Product(weight, value) for weight, value in zip(weights, values, strict=False)]


def output_total(given: Given, hidden: Quantities, k: int) -> Expression:
    """What one output is: c + V h; without a V, the state of its unit."""
    if not given.V:
        return hidden[k - 1]
    return sum_of([*given.c[k - 1 : k], *_products(given.V[k - 1], hidden)])

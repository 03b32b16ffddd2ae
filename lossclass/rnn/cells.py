"""A time step of each cell: what its units are worked out as, one by one as steps, and all at once
with matrices: a₁ = b + W h₀ + U x₁."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, NamedTuple

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Product,
    Quantity,
    Sigmoid,
    Tanh,
    sum_of,
)
from lossclass.arithmetic.matrices import Matrix, MatrixSum
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record
from lossclass.rnn.given import CELL, HIDDEN_BIAS, Quantities, numbers_at, rows_at
from lossclass.rnn.network import Network
from lossclass.working import At, Working


class Kind(NamedTuple):
    """What a step is of: its letter, what it is called, what it is worked out as for a unit (None where
    there is nothing to work), and the gate whose letter is its first index, if it has one."""

    letter: str
    called: str
    of: Callable[[Unit], Expression | None]
    gate: str = ""


@record
class Unit:
    """A unit of a cell at a time step; it counts from 0."""

    cell: Cell
    t: int
    j: int

    def __getitem__(self, name: str) -> Quantity:
        """What it came to at this time step."""
        return self.cell.working.at(name, (self.t, self.j + 1))

    def before(self, name: str) -> Quantities:
        """What it came to at the time step before, if there is that."""
        return row_at(self.cell.working, name, self.t - 1)[self.j : self.j + 1]

    def total(self, name: str) -> Expression | None:
        """Its part of a sum of products; None where there is nothing to sum up."""
        terms: list[Expression] = self.cell.total(name, self.t).row(self.j)
        if name == "candidate_preactivation":
            inner = numbers_at(self.cell.working, "candidate_hidden", self.t)
            terms += [Product(self["reset"], each) for each in inner[self.j : self.j + 1]]
        return sum_of(terms) if terms else None

    def kept(self, share: Expression, name: str) -> list[Expression]:
        """A share of what it came to before, if there is that."""
        return [Product(share, each) for each in self.before(name)]


# --- what the cells are ------------------------------------------------------------------


#: The activations of a vanilla cell.
ACTIVATED: Final[Mapping[str, Callable[[Quantity], Expression]]] = {
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "relu": lambda a: Max(Constant(0), a),
    "identity": lambda a: a,
}


def _gate(
    name: str,
    letter: str,
    called: str,
    gate: str,
    function: Callable[[Quantity], Expression] = Sigmoid,
) -> dict[str, Kind]:
    """A gate or a candidate: its pre-activation, and what comes of it."""
    before = f"{name}_preactivation"
    return {
        before: Kind("a", f"pre-activation of the {called}", lambda unit: unit.total(before), gate),
        name: Kind(letter, called, lambda unit: function(unit[before])),
    }


def _new_state(unit: Unit) -> Expression:
    """A GRU's, with the update gate as the share of the state before, or of the candidate."""
    z, candidate = unit["update"], unit["candidate"]
    if unit.cell.network.replaces:
        return sum_of([*unit.kept(1 - z, "hidden"), Product(z, candidate)])
    return sum_of([Product(1 - z, candidate), *unit.kept(z, "hidden")])


def _new_cell(unit: Unit) -> Expression:
    new = Product(unit["input_gate"], unit["cell_candidate"])
    return sum_of([*unit.kept(unit["forget_gate"], "cell"), new])


#: The steps of one unit of each cell by id, in their order.
KINDS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "vanilla": {
        "preactivation": Kind("a", "pre-activation", lambda unit: unit.total("preactivation")),
        "hidden": Kind(
            "h",
            "hidden state",
            lambda unit: ACTIVATED[unit.cell.network.activation](unit["preactivation"]),
        ),
    },
    "gru": {
        **_gate("reset", "r", "reset gate", "r"),
        **_gate("update", "z", "update gate", "z"),
        "candidate_hidden": Kind(
            "p", "what the reset gate acts on", lambda unit: unit.total("candidate_hidden")
        ),
        "reset_state": Kind(
            "p",
            "what the reset gate leaves of the state",
            lambda unit: next(iter(unit.kept(unit["reset"], "hidden")), None),
        ),
        **_gate("candidate", "n", "candidate", "n", Tanh),
        "hidden": Kind("h", "hidden state", _new_state),
    },
    "lstm": {
        **_gate("input_gate", "i", "input gate", "i"),
        **_gate("forget_gate", "f", "forget gate", "f"),
        **_gate("cell_candidate", "g", "cell candidate", "g", Tanh),
        **_gate("output_gate", "q", "output gate", "o"),
        "cell": Kind(CELL, "cell state", _new_cell),
        "hidden": Kind(
            "h", "hidden state", lambda unit: Product(unit["output_gate"], Tanh(unit["cell"]))
        ),
    },
}
#: All of these steps: of each there is one for every time step and unit.
OVER_TIME: Final = tuple(dict.fromkeys(name for kinds in KINDS.values() for name in kinds))
#: What goes on from a time step to the next, and under which key of a network it is given before all.
BEFORE: Final = {"cell": "initial_cell", "hidden": "initial_state"}
#: Of a GRU's two kinds with the reset gate, the one that the other GRU has.
_OTHER: Final = {False: "reset_state", True: "candidate_hidden"}
_NO_STATE: Final = "There is no state before the first step, so W has nothing to multiply yet."
_NO_USE: Final = "There is no {} before the first step that the {} could act on, so nothing uses it at this step."


def kinds_of(network: Network) -> dict[str, Kind]:
    """The steps of one unit of a network."""
    kinds = dict(KINDS[network.cell])
    kinds.pop(_OTHER[network.resets_before], None)
    return kinds


# --- working them ------------------------------------------------------------------------


@dataclass
class Cell:
    """The units of a network, worked at one time step after another.

    Attributes:
        timed: whether the titles of the steps say the time step.
    """

    working: Working
    network: Network
    timed: bool = False

    def __post_init__(self) -> None:
        self.kinds = kinds_of(self.network)
        self._totals: dict[str, MatrixSum] = {}
        self._rows = cache(partial(rows_at, self.working))  # of the weights, at every time step
        #: What is worked for each unit before the next; where a reset gate acts before W, each
        #: candidate is worked from what all gates leave of the state.
        names = [*self.kinds]
        cut = names.index("reset_state") if self.network.resets_before else 0
        self._turns = [names[:cut], names[cut : cut + 1], names[cut + 1 :]] if cut else [names]

    def step(self, t: int) -> Quantities:
        """Write time step t, unit by unit, and return the hidden state."""
        self._totals = {}
        for names in self._turns:
            for name in names if self.with_matrices else ():
                if (equation := self._equation(name, t)) is not None:
                    self.working.equation(equation)
            for j in range(self.network.units):
                for name in names:
                    self._write(name, Unit(self, t, j))
        return row_at(self.working, "hidden", t)

    @property
    def with_matrices(self) -> bool:
        """Whether the steps of several units are written all at once, too."""
        return self.network.units > 1 and not self.timed

    def _write(self, name: str, unit: Unit) -> None:
        letter, called, of, gate = self.kinds[name]
        if (expression := of(unit)) is None:
            return
        many, t, number = self.network.units > 1, unit.t, unit.j + 1
        places = (t, number) if many else (t,)
        self.working.step(
            f"{name}.{t}.{number}",
            Symbol(letter, (gate, *places) if gate else places),
            expression,
            title=self.title(t, f"unit {number}: {called}" if many else called),
            aside="" if t > 1 or unit.j else self._aside(name),
            at=At(name, (t, number)),
        )

    def _aside(self, name: str) -> str:
        """What is to be said of a step of the first unit at the first time step."""
        given, acts_after = self.network, not self.network.resets_before
        if name == next(iter(self.kinds)) and not given.initial_state:
            return _NO_STATE
        if name == "reset" and not (given.initial_state or (given.b_hidden and acts_after)):
            return _NO_USE.format("state", "reset gate")
        if name == "forget_gate" and not given.initial_cell:
            return _NO_USE.format("cell state", "forget gate")
        return ""

    def title(self, t: int, what: str) -> str:
        """The title of a step of time step t."""
        if self.timed:
            return f"Time step {t}{', ' if ': ' in what else ': '}{what}"
        return what[0].upper() + what[1:]

    # --- with matrices ---

    def _equation(self, name: str, t: int) -> MatrixSum | None:
        """The steps of a kind for all units at once, where they are a sum of products with matrices."""
        if name == "candidate_hidden":
            return self.total(name, t) if row_at(self.working, "hidden", t - 1) else None
        is_sum = name != "candidate_preactivation" or self.network.resets_before
        return self.total(name, t) if is_sum and name.endswith("preactivation") else None

    def total(self, name: str, t: int) -> MatrixSum:
        """The sum b + W h + U x of a pre-activation, without what is not there. Of a GRU's candidate, the
        part with W is a step of its own where the reset gate acts on it; else W multiplies what the
        gate leaves of the state."""
        if name not in self._totals:
            working, is_part = self.working, name == "candidate_hidden"
            gate = "n" if is_part else self.kinds[name].gate
            front = (gate,) if gate else ()
            symbol = Symbol("p", (t,)) if is_part else Symbol("a", (*front, t))
            state, numbers = Symbol("h", (t - 1,)), row_at(self.working, "hidden", t - 1)
            terms: list[tuple[Matrix, ...]] = []
            if self.network.b and not is_part:
                terms.append((_vector(Symbol("b", front), numbers_at(working, "rnn.b", gate)),))
            if name == "candidate_preactivation":
                state, numbers = Symbol("p", (t,)), row_at(self.working, "reset_state", t)
            if name != "candidate_preactivation" or self.network.resets_before:
                if self.network.b_hidden:
                    bias = numbers_at(working, "rnn.b_hidden", gate)
                    terms.append((_vector(Symbol(HIDDEN_BIAS, front), bias),))
                if numbers:
                    by = _matrix(Symbol("W", front), self._rows("rnn.W", gate))
                    terms.append((by, _vector(state, numbers)))
            if not is_part:
                by = _matrix(Symbol("U", front), self._rows("rnn.U", gate))
                terms.append((by, _vector(Symbol("x", (t,)), numbers_at(working, "rnn.x", t))))
            self._totals[name] = MatrixSum(symbol, tuple(terms))
        return self._totals[name]


def row_at(working: Working, name: str, t: int) -> Quantities:
    """What all units came to at a time step; none before the first, unless it is given."""
    return numbers_at(working, name, t) if t else numbers_at(working, f"rnn.{BEFORE[name]}")


def output(working: Working, t: int, hidden: Quantities) -> MatrixSum:
    """The outputs c + V h of a time step."""
    c, rows = numbers_at(working, "rnn.c"), rows_at(working, "rnn.V")
    bias = [(_vector(Symbol("c"), c),)] if c else []
    by_state = (_matrix(Symbol("V"), rows), _vector(Symbol("h", (t,)), hidden))
    return MatrixSum(Symbol("o", (t,)), (*bias, by_state))


def _matrix(symbol: Symbol, rows: Sequence[Quantities]) -> Matrix:
    return Matrix(symbol, tuple(map(tuple, rows)))


def _vector(symbol: Symbol, numbers: Quantities) -> Matrix:
    return Matrix(symbol, tuple((each,) for each in numbers))

"""What a network is given, as quantities: named, and written in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record
from lossclass.rnn.network import Network
from lossclass.rnn.parameters import given_id, place_of
from lossclass.working import At, Working

Index: TypeAlias = tuple[int | str, ...]
Quantities: TypeAlias = Sequence[Quantity]
#: What b_hidden is called in formulas.
HIDDEN_BIAS = "d"
#: An LSTM's cell state: its usual c is the bias of the output here, and s is a loss's letter.
CELL = "cell"


@record
class Given:
    """The quantities of a network's numbers, in the shapes of :class:`Network`; what the problem
    leaves out is empty."""

    x: Sequence[Quantities]
    U: Mapping[str, Sequence[Quantities]]
    W: Mapping[str, Sequence[Quantities]]
    V: Sequence[Quantities]
    b: Mapping[str, Quantities]
    b_hidden: Mapping[str, Quantities]
    c: Quantities
    initial_state: Quantities
    initial_cell: Quantities


def name_given(working: Working, network: Network) -> Given:
    """Name every number of the network: ``given.rnn.x.T.D``, ``given.rnn.U.H.D`` …, with a gate
    ``given.rnn.U.r.H.D``. An index that can only be 1 is left out of the symbols, and of none of
    the ids."""

    def given(key: str, places: Index, letter: str, index: Index, number: Decimal) -> Quantity:
        at = At(f"rnn.{key}", place_of(*places))
        return working.given(given_id(key, *places), Symbol(letter, index), number, at)

    def named(key: str, letter: str, numbers: Any, front: Index = (), gate: str = "") -> Any:
        """Numbers in their shape, which may be one for each gate."""
        if isinstance(numbers, Mapping):
            return {
                name: named(key, letter, each, (name,) if name else (), name)
                for name, each in numbers.items()
            }
        rows = numbers or ()
        if not (rows and isinstance(rows[0], tuple)):
            single = len(rows) == 1
            return [
                given(key, (gate, j), letter, front if single else (*front, j), number)
                for j, number in enumerate(rows, start=1)
            ]
        single = len(rows) == len(rows[0]) == 1
        return [
            [
                given(key, (gate, j, k), letter, front if single else (*front, j, k), number)
                for k, number in enumerate(row, start=1)
            ]
            for j, row in enumerate(rows, start=1)
        ]

    x = [
        [
            given("x", (t, d), "x", (t, d) if network.features > 1 else (t,), number)
            for d, number in enumerate(row, start=1)
        ]
        for t, row in enumerate(network.x, start=1)
    ]
    return Given(
        x,
        named("U", "U", network.U),
        named("W", "W", network.W),
        named("V", "V", network.V),
        named("b", "b", network.b),
        named("b_hidden", HIDDEN_BIAS, network.b_hidden),
        named("c", "c", network.c),
        # what is there before the first time step is at time 0
        named("initial_state", "h", network.initial_state, (0,)),
        named("initial_cell", CELL, network.initial_cell, (0,)),
    )


def write_given(working: Working, network: Network, given: Given) -> None:
    """Write the tables of the weights and of the inputs."""
    if network.units == network.features == 1:
        _one_unit(working, network, given)
    else:
        _into_units(working, network, given)
    if network.V and not network.is_single:
        _into_outputs(working, network, given)
    states = [
        (f"{letter}, before the first step", row)
        for letter, row in (("h", given.initial_state), (CELL, given.initial_cell))
        if row
    ]
    if states and network.units > 1:
        columns = ("state", *_named("unit", network.units))
        initial: list[list[str | Quantity]] = [[name, *row] for name, row in states]
        working.table("rnn.initial", "", columns, initial)
    inputs: list[list[str | Quantity]] = [[str(t), *row] for t, row in enumerate(given.x, start=1)]
    working.table("rnn.inputs", "", ("t", *_named("x", network.features)), inputs)


def _one_unit(working: Working, network: Network, given: Given) -> None:
    """A row for each gate: there is one weight of each kind."""
    columns: dict[str, list[str | Quantity]] = {}
    if network.cell != "vanilla":
        columns["gate"] = list(network.gates)
    for name, tables in (("U", given.U), ("W", given.W)):
        columns[name] = [tables[gate][0][0] for gate in network.gates]
    for name, vectors in (("b", given.b), (HIDDEN_BIAS, given.b_hidden)):
        if vectors:
            columns[name] = [vectors[gate][0] for gate in network.gates]
    last: dict[str, list[str | Quantity]] = {}
    if network.is_single and network.V:
        last["V"] = [given.V[0][0]]
    for name, vector in (
        ("c", given.c),
        ("h₀", given.initial_state),
        (f"{CELL}₀", given.initial_cell),
    ):
        if len(vector) == 1 and (network.is_single or name != "c"):
            last[name] = list(vector)
    for id, parts in (
        [("weights", columns | last)]
        if network.cell == "vanilla"
        else [("weights", columns), ("others", last)]
    ):
        if parts:
            working.table(f"rnn.{id}", "", parts, zip(*parts.values(), strict=True))


def _into_units(working: Working, network: Network, given: Given) -> None:
    """A table for each matrix, with a row for each unit and gate, and the bias at its end."""
    for name, tables, bias, vectors, source, width in (
        ("U", given.U, "b", given.b, "x", network.features),
        ("W", given.W, HIDDEN_BIAS, given.b_hidden, "h", network.units),
    ):
        columns = [name, *(f"from {each}" for each in _named(source, width))]
        rows: list[list[str | Quantity]] = [
            [
                f"{gate}, unit {j}" if gate else f"unit {j}",
                *tables[gate][j - 1],
                *([vectors[gate][j - 1]] if vectors else []),
            ]
            for gate in network.gates
            for j in range(1, network.units + 1)
        ]
        columns += [f"bias {bias}"] if vectors else []
        working.table(f"rnn.{name}", "", columns, rows)


def _into_outputs(working: Working, network: Network, given: Given) -> None:
    columns = ["V", *(f"from {each}" for each in _named("h", network.units))]
    columns += ["bias c"] if given.c else []
    rows: list[list[str | Quantity]] = [
        [f"output {k}", *row, *given.c[k - 1 : k]] for k, row in enumerate(given.V, start=1)
    ]
    working.table("rnn.V", "", columns, rows)


def _named(letter: str, count: int) -> list[str]:
    """The headings x, or x 1, x 2 … where there are several."""
    return [letter] if count == 1 else [f"{letter} {n}" for n in range(1, count + 1)]

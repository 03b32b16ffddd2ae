"""What a network is given, as quantities: named, found again, and written in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.rnn.network import Network
from lossclass.rnn.parameters import given_id, place_of
from lossclass.working import At, Working

Quantities: TypeAlias = Sequence[Quantity]
#: What b_hidden is called in formulas.
HIDDEN_BIAS: Final = "d"
#: An LSTM's cell state: its usual c is the bias of the output here, and s is a loss's letter.
CELL: Final = "cell"
#: The letter of each key, with the time that is its first index where it has one: what is there before
#: the first time step is at time 0.
_LETTERS: Final[Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "x": ("x", ()),
    "U": ("U", ()),
    "W": ("W", ()),
    "V": ("V", ()),
    "b": ("b", ()),
    "b_hidden": (HIDDEN_BIAS, ()),
    "c": ("c", ()),
    "initial_state": ("h", (0,)),
    "initial_cell": (CELL, (0,)),
}


def name_given(working: Working, network: Network) -> None:
    """Name every number of the network: ``given.rnn.x.T.D``, ``given.rnn.U.H.D`` …, with a gate
    ``given.rnn.U.r.H.D``. An index that can only be 1 is left out of the symbols, and of none of
    the ids."""
    for key, (letter, front) in _LETTERS.items():
        numbers = getattr(network, key) or ()
        for gate, own in numbers.items() if isinstance(numbers, Mapping) else [("", numbers)]:
            placed = [*_placed(own)]
            for place, number in placed:
                index = (*front, *place_of(gate), *(place if len(placed) > 1 else ()))
                if key == "x":
                    index = place if network.features > 1 else place[:1]
                at = At(f"rnn.{key}", place_of(gate, *place))
                working.given(given_id(key, gate, *place), Symbol(letter, index), number, at)


def _placed(numbers: Sequence[Any]) -> Iterator[tuple[tuple[int, ...], Decimal]]:
    """Numbers of rows, or of one row, with their places."""
    for j, each in enumerate(numbers, start=1):
        if isinstance(each, tuple):
            yield from (((j, k), number) for k, number in enumerate(each, start=1))
        else:
            yield (j,), each


def numbers_at(working: Working, key: str, *first: int | str) -> list[Quantity]:
    """The numbers under a key at the places that begin so, by their last index; none where there are
    none."""
    found: list[Quantity] = []
    while True:
        try:
            found.append(working.at(key, (*place_of(*first), len(found) + 1)))
        except KeyError:
            return found


def rows_at(working: Working, key: str, *first: int | str) -> list[list[Quantity]]:
    """The rows of numbers under a key, in the same way."""
    rows: list[list[Quantity]] = []
    while row := numbers_at(working, key, *first, len(rows) + 1):
        rows.append(row)
    return rows


def write_given(working: Working, network: Network) -> None:
    """Write the tables of the weights and of the inputs."""
    if network.units == network.features == 1:
        _one_unit(working, network)
    else:
        _into_units(working, network)
    if network.V and not network.is_single:
        _into_outputs(working, network)
    states = [
        (f"{letter}, before the first step", row)
        for letter, key in (("h", "rnn.initial_state"), (CELL, "rnn.initial_cell"))
        if (row := numbers_at(working, key))
    ]
    if states and network.units > 1:
        columns = ("state", *_named("unit", network.units))
        initial: list[list[str | Quantity]] = [[name, *row] for name, row in states]
        working.table("rnn.initial", "", columns, initial)
    x = enumerate(rows_at(working, "rnn.x"), start=1)
    inputs: list[list[str | Quantity]] = [[str(t), *row] for t, row in x]
    working.table("rnn.inputs", "", ("t", *_named("x", network.features)), inputs)


def _one_unit(working: Working, network: Network) -> None:
    """A row for each gate: there is one weight of each kind."""
    columns: dict[str, list[str | Quantity]] = {}
    if network.cell != "vanilla":
        columns["gate"] = list(network.gates)
    by_gate = {"U": ("U", (1, 1)), "W": ("W", (1, 1)), "b": ("b", (1,)), HIDDEN_BIAS: ("b_hidden", (1,))}  # fmt: skip
    for name, (key, place) in by_gate.items():
        if getattr(network, key):
            places = (place_of(gate, *place) for gate in network.gates)
            columns[name] = [working.at(f"rnn.{key}", each) for each in places]
    last: dict[str, list[str | Quantity]] = {}
    if network.is_single and network.V:
        last["V"] = [working.at("rnn.V", (1, 1))]
    for name, key in (("c", "c"), ("h₀", "initial_state"), (f"{CELL}₀", "initial_cell")):
        vector = numbers_at(working, f"rnn.{key}")
        if len(vector) == 1 and (network.is_single or name != "c"):
            last[name] = list(vector)
    for id, parts in (
        [("weights", columns | last)]
        if network.cell == "vanilla"
        else [("weights", columns), ("others", last)]
    ):
        if parts:
            working.table(f"rnn.{id}", "", parts, zip(*parts.values(), strict=True))


def _into_units(working: Working, network: Network) -> None:
    """A table for each matrix, with a row for each unit and gate, and the bias at its end."""
    for name, bias, key, source, width in (
        ("U", "b", "b", "x", network.features),
        ("W", HIDDEN_BIAS, "b_hidden", "h", network.units),
    ):
        columns = [name, *(f"from {each}" for each in _named(source, width))]
        rows: list[list[str | Quantity]] = [
            [
                f"{gate}, unit {j}" if gate else f"unit {j}",
                *numbers_at(working, f"rnn.{name}", gate, j),
                *numbers_at(working, f"rnn.{key}", gate)[j - 1 : j],
            ]
            for gate in network.gates
            for j in range(1, network.units + 1)
        ]
        columns += [f"bias {bias}"] if getattr(network, key) else []
        working.table(f"rnn.{name}", "", columns, rows)


def _into_outputs(working: Working, network: Network) -> None:
    columns = ["V", *(f"from {each}" for each in _named("h", network.units))]
    columns += ["bias c"] if network.c else []
    c, by_state = numbers_at(working, "rnn.c"), rows_at(working, "rnn.V")
    rows: list[list[str | Quantity]] = [
        [f"output {k}", *row, *c[k - 1 : k]] for k, row in enumerate(by_state, start=1)
    ]
    working.table("rnn.V", "", columns, rows)


def _named(letter: str, count: int) -> list[str]:
    """The headings x, or x 1, x 2 … where there are several."""
    return [letter] if count == 1 else [f"{letter} {n}" for n in range(1, count + 1)]

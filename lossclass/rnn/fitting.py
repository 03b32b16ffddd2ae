"""Whether the numbers of a network fit each other, and what they are in full shape.

H, D, C and T are told by the numbers themselves. Where they contradict each other, what most of
them say is taken, so that the one that is wrong is blamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from lossclass.problem.arrays import Rows, said_of
from lossclass.problem.yaml_source import Path
from lossclass.rnn.inputs import BY_GATE, CALLED, GATES, Rnn, Written, WrittenByGate
from lossclass.rnn.network import Network, Row

Found: TypeAlias = list[tuple[Path, str]]
#: More products than these would be no hand work, and would fill the memory with steps.
MOST_PRODUCTS: Final = 500_000
_SAID: Final = {"vanilla": "a vanilla cell", "gru": "a GRU", "lstm": "an LSTM"}
#: The keys that belong to one cell, and why the others have none of them.
_OF_ONE_CELL: Final = {
    "update": ("gru", "no update gate; update belongs to gru"),
    "reset": ("gru", "no reset gate; reset belongs to gru"),
    "initial_cell": ("lstm", "no cell state; initial_cell belongs to lstm"),
    "activation": ("vanilla", "activations of its own: sigmoid in the gates, else tanh"),
}


def network_of(rnn: Rnn) -> Network:
    """The network of a problem that is valid."""
    network, found = resolve(dict(rnn))
    assert network is not None and not found  # noqa: S101, PT018 - or it would not be valid
    return network


def resolve(keys: Mapping[str, Any]) -> tuple[Network | None, Found]:
    """The network, if its numbers fit each other, and what does not fit, with paths from ``rnn`` on.

    Args:
        keys: those that are valid by themselves. One that is missing is wrong, and what depends
            on it is not looked at.
    """
    if "cell" not in keys:
        return None, []
    fitting = _Fitting(keys)
    fitting.keys_of_other_cells()
    fitting.find_dimensions()
    network = fitting.network()
    return network, [
        ((*map(fitting.called, path[:1]), *path[1:]), why) for path, why in fitting.found
    ]


@dataclass
class _Fitting:
    keys: Mapping[str, Any]
    found: Found = field(default_factory=list)
    #: What is known of H, D and C: the number, and the key that it is from.
    known: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cell = str(self.keys["cell"])
        self.gates = GATES[self.cell]
        self.count = len(self.gates)

    def called(self, key: str | int) -> str | int:
        """What a key is called in the problem."""
        name: str | int = self.keys.get(CALLED, {}).get(key, key)
        return name

    # --- keys and gates ---

    def keys_of_other_cells(self) -> None:
        for key in BY_GATE:
            if isinstance(tables := self.keys.get(key), Mapping):
                self._wrong_gates(key, tables)
        has = {key for key in self.keys if self.keys[key] is not None}
        if self.keys.get("V", ()) is None and "c" in has:
            self.found.append((("c",), "c is added to V h, and there is no V"))
        for key, (cell, why) in _OF_ONE_CELL.items():
            if key in has and self.cell != cell:
                self.found.append(((key,), f"{_SAID[self.cell]} has {why}"))

    def _wrong_gates(self, key: str, tables: Mapping[str, Written]) -> None:
        if self.cell == "vanilla":
            message = "a vanilla cell has no gates: expected rows of numbers, got a mapping"
            self.found.append(((key,), message))
            return
        said = f"the gates of {_SAID[self.cell]} are {_listed(self.gates)}"
        unknown = [gate for gate in tables if gate not in self.gates]
        self.found += [((key, gate), f"there is no such gate; {said}") for gate in unknown]
        if missing := [gate for gate in self.gates if gate not in tables]:
            self.found.append(((key,), f"missing: {', '.join(missing)}; {said}"))

    def _tables(self, key: str) -> list[tuple[Path, Written, int]]:
        """What is written under a key: with its path, and how many gates are stacked in it."""
        written: WrittenByGate | None = self.keys.get(key)
        if written is None:
            return []
        if isinstance(written, Written):
            return [((key,), written, self.count)]
        return [((key, gate), written[gate], 1) for gate in self.gates if gate in written]

    # --- dimensions ---

    def find_dimensions(self) -> None:
        """Take H, D and C from what most of the numbers say, and from the weights if it is a tie."""
        self._know("H", (*self._heard_of_units(), *self._heard_of_units_elsewhere()))
        units = self.known.get("H", (None, ""))[0]
        for key in self._of_features(units):
            self._know("D", [*self._heard_of_features(key, units)])
        for _, table, _ in self._tables("V"):
            many = len(table.shape) < 2 and units is not None and units > 1
            height = table.shape[0] if len(table.shape) == 2 else len(table.numbers)
            self.known["C"] = (1 if many else height, "V")
        if self.keys.get("V", ()) is None and units is not None:
            self.known["C"] = self.known["H"]

    def _know(self, dimension: str, heard: Sequence[tuple[int, str]]) -> None:
        """Take the number that most keys say, if it is not known yet; of several the first."""
        counts = Counter(number for number, _ in dict.fromkeys(heard))
        if heard:
            self.known.setdefault(dimension, max(heard, key=lambda each: counts[each[0]]))

    def _heard_of_units(self) -> Iterator[tuple[int, str]]:
        """What each key says of H, with the key."""
        for _, table, stacked in self._tables("U"):
            if len(table.shape) == 2 and table.shape[0] % stacked == 0:
                yield table.shape[0] // stacked, "U"
        for _, table, stacked in self._tables("W"):
            if len(table.shape) == 2:
                yield table.shape[1], "W"
            elif len(table.numbers) == stacked:
                yield 1, "W"

    def _heard_of_units_elsewhere(self) -> Iterator[tuple[int, str]]:
        for key in ("b", "b_hidden", "initial_state", "initial_cell"):
            for _, table, stacked in self._tables(key):
                gates = 1 if key.startswith("initial") else stacked
                if len(table.shape) < 2 and len(table.numbers) % gates == 0:
                    yield len(table.numbers) // gates, key
        for _, table, _ in self._tables("V"):
            if len(table.shape) == 2:
                yield table.shape[1], "V"

    def _heard_of_features(self, key: str, units: int | None) -> Iterator[tuple[int, str]]:
        """What a key says of D."""
        for _, table, stacked in self._tables(key):
            if len(table.shape) == 2:
                yield table.shape[1], key
            elif key == "U" and units is not None:
                yield (1 if units * stacked > 1 else len(table.numbers)), key

    def _of_features(self, units: int | None) -> tuple[str, ...]:
        """What tells D, the most trusted first: that is U, unless its rows do not fit H, or it is
        a list, which may be a row or a column."""
        fits = all(
            len(table.shape) < 2 or table.shape[0] == stacked * (units or 0)
            for _, table, stacked in self._tables("U")
        )
        lists = any(len(table.shape) < 2 for _, table, _ in self._tables("U"))
        return ("U", "inputs") if fits and not lists else ("inputs", "U")

    # --- fitting ---

    def network(self) -> Network | None:
        u, w = self._by_gate("U", "HD"), self._by_gate("W", "HH")
        b, b_hidden = self._by_gate("b", "H"), self._by_gate("b_hidden", "H")
        v, c = self._table("V", "CH"), self._vector("c", "C")
        state, cell = self._vector("initial_state", "H"), self._vector("initial_cell", "H")
        x = self._inputs()
        if (
            self.found
            or not (u and w and x)
            or not {each for each in Rnn.model_fields if each != "output"} <= set(self.keys)
        ):
            return None
        network = Network(
            self.cell, self.keys["activation"] or "tanh", self.keys["predict"] == "every_step",
            x, u, w, v, _first(b), _first(b_hidden), c, state, cell,
            self.keys["update"] == "replace", self.keys["reset"] == "before",
        )  # fmt: skip
        each = network.units * self.count * (network.units + network.features)
        products = network.steps * (each + network.outputs * network.units)
        if products <= MOST_PRODUCTS:
            return network
        message = f"it takes {products} products to work this out; {MOST_PRODUCTS} are possible"
        self.found.append(((), message))
        return None

    def _by_gate(self, key: str, dimensions: str) -> dict[str, Rows] | None:
        """The rows of each gate; a vector is a column of them."""
        gates: dict[str, Rows] = {}
        for path, table, stacked in self._tables(key):
            rows = self._fit(path, table, dimensions, stacked)
            if rows is None:
                return None
            names = self.gates if len(path) == 1 else (str(path[1]),)
            units = len(rows) // stacked
            gates |= {gate: rows[n * units : (n + 1) * units] for n, gate in enumerate(names)}
        return gates or None

    def _table(self, key: str, dimensions: str) -> Rows | None:
        for path, table, _ in self._tables(key):
            return self._fit(path, table, dimensions, 1)
        return None

    def _vector(self, key: str, dimension: str) -> Row | None:
        rows = self._table(key, dimension)
        return None if rows is None else tuple(row[0] for row in rows)

    def _fit(self, path: Path, table: Written, dimensions: str, stacked: int) -> Rows | None:
        """The table in full shape: its first dimension times the number of gates stacked."""
        sizes = [self.known.get(dimension, (None, ""))[0] for dimension in dimensions]
        if None in sizes:
            if path[0] == "W" and {"U", "V", "inputs"} <= set(self.keys):  # and nothing tells it
                what = f"expected {self._named(dimensions, stacked)}, got {_shape(table)}"
                message = f"{what}, which does not tell how many hidden units (H) there are"
                self.found.append((path, message))
            return None
        height, width = (sizes[0] or 0) * stacked, (sizes[1] or 0) if len(sizes) > 1 else 1
        shape = table.shape
        is_vector = len(dimensions) == 1
        fits = shape == (height, width) if len(shape) == 2 else (
            len(table.numbers) == height * width and 1 in (height, width)
        )  # fmt: skip
        if path[0] in ("initial_state", "initial_cell") and shape == (1, height):
            return _cut(table.numbers, 1)  # PyTorch has one of each layer
        if fits and not (is_vector and len(shape) == 2):
            return _cut(table.numbers, width)
        expected = self._expected(dimensions, (height, width), stacked, table)
        self.found.append((path, expected + self._hint_for_cell(path, table)))
        return None

    def _hint_for_cell(self, path: Path, table: Written) -> str:
        """Which cell has W with so many rows for each column, where it is another."""
        if path != ("W",) or len(table.shape) != 2 or table.shape[1] == 1:
            return ""
        cells = {
            (len(gates) * table.shape[1], table.shape[1]): cell for cell, gates in GATES.items()
        }
        cell = cells.get((table.shape[0], table.shape[1]), self.cell)
        return f"; is it W of {_SAID[cell]}, cell: {cell}?" if cell != self.cell else ""

    def _expected(
        self, dimensions: str, size: tuple[int, int], stacked: int, table: Written
    ) -> str:
        known = [
            f"{name} = {self.known[name][0]} from {self.called(self.known[name][1])}"
            for name in dict.fromkeys(dimensions)
        ]
        told = f"{self._named(dimensions, stacked)}; {', '.join(known)}"
        if len(dimensions) == 1:
            what = "1 number" if size[0] == 1 else f"{size[0]} numbers"
        else:
            what = f"{size[0]} × {size[1]}"
        return f"expected {what} ({told}), got {_shape(table)}"

    def _named(self, dimensions: str, stacked: int) -> str:
        """The dimensions by name: ``3H × D: H rows for each of r, z and n``."""
        names = " × ".join(dimensions)
        if stacked == 1:
            return names
        what = "rows" if len(dimensions) > 1 else "numbers"
        return f"{stacked}{names}: H {what} for each of {_listed(self.gates)}"

    def _inputs(self) -> Rows | None:
        """The inputs, T × D: a list is T numbers where D is 1, and one time step where it is not."""
        for path, table, _ in self._tables("inputs"):
            features, key = self.known.get("D", (None, ""))
            if features is None:
                return None
            width = table.shape[1] if len(table.shape) == 2 else len(table.numbers)
            if features == width or (features == 1 and len(table.shape) < 2):
                return _cut(table.numbers, features)
            what = f"expected T × {features} (T × D; D = {features} from {self.called(key)})"
            self.found.append((path, f"{what}, got {_shape(table)}"))
        return None


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _first(columns: Mapping[str, Rows] | None) -> dict[str, Row] | None:
    """The vectors in columns of one number a row."""
    if columns is None:
        return None
    return {gate: tuple(row[0] for row in rows) for gate, rows in columns.items()}


def _cut(numbers: Sequence[Decimal], width: int) -> Rows:
    return tuple(tuple(numbers[n : n + width]) for n in range(0, len(numbers), width))


def _shape(table: Written) -> str:
    if len(table.shape) == 1:
        return f"a list of {said_of(table.shape)}"
    return " × ".join(map(str, table.shape)) or "a number alone"

"""Which given quantities make up each parameter of a network, and in what shape it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from lossclass.arithmetic.expression import GIVEN_ID
from lossclass.records import record
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import BY_GATE, Rnn, Written
from lossclass.working import Place

#: The keys that gradient descent may change, in the order of the forward pass.
PARAMETERS: Final = ("U", "W", "b", "b_hidden", "V", "c", "initial_state", "initial_cell")


def given_id(key: str, *place: int | str) -> str:
    """The id of a given number, behind ``given.``: ``rnn.U.1.2``, with a gate ``rnn.U.r.1.2``."""
    return ".".join(["rnn", key, *map(str, place_of(*place))])


def place_of(*place: int | str) -> Place:
    """A place without the name of a gate where there is only one."""
    return tuple(each for each in place if each != "")


def nested(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Values in lists of a shape."""
    if len(shape) == 2:
        return [list(values[n : n + shape[1]]) for n in range(0, len(values), shape[1])]
    return list(values) if shape else values[0]


@record
class Parameter:
    """One key of a network that a problem gives.

    Attributes:
        key: ``U``.
        places: of its given quantities under the key, as in their ids: row by row, gate by gate in
            PyTorch's order.
        written: the shape in which the problem has it, by gate if it has it so; ``()`` is a
            number alone.
    """

    key: str
    places: tuple[Place, ...]
    written: tuple[int, ...] | Mapping[str, tuple[int, ...]]

    @property
    def name(self) -> str:
        """The key as seen from the problem: ``rnn.U``."""
        return f"rnn.{self.key}"

    @property
    def ids(self) -> list[str]:
        """Of its given quantities, in the order of their places."""
        return [f"{GIVEN_ID}{given_id(self.key, *place)}" for place in self.places]

    def arranged(self, values: Sequence[Any], table: Callable[..., Any] = nested) -> Any:
        """Values, one for each place and in their order, in lists (by gate) as the problem has it; or
        in other tables, made of values and their shape."""
        if not isinstance(self.written, Mapping):
            return table(values, self.written)
        size = len(values) // len(self.written)
        gates = enumerate(self.written.items())
        return {g: table(values[n * size : (n + 1) * size], shape) for n, (g, shape) in gates}


def parameters(rnn: Rnn) -> list[Parameter]:
    """The parameters that a problem gives; what it leaves out is 0, and has no quantity."""
    network = network_of(rnn)
    widths = {"U": network.features, "W": network.units, "V": network.units}
    found = []
    for key in PARAMETERS:
        written: Written | Mapping[str, Written] | None = getattr(rnn, key)
        if written is None:
            continue
        gates = network.gates if key in BY_GATE else ("",)
        rows = range(network.outputs if key in ("V", "c") else network.units)
        columns = [(k + 1,) for k in range(widths[key])] if key in widths else [()]
        places = (place_of(gate, j + 1, *k) for gate in gates for j in rows for k in columns)
        shapes = (
            written.shape
            if isinstance(written, Written)
            else {gate: written[gate].shape for gate in gates}
        )
        found.append(Parameter(key, tuple(places), shapes))
    return found


def with_parameters(rnn: Rnn, numbers: Mapping[str, Decimal]) -> Rnn:
    """The same network with other numbers.

    Args:
        numbers: by the ids of all the given quantities of :func:`parameters`.
    """
    changed = {
        each.key: each.arranged(tuple(numbers[id] for id in each.ids), Written)
        for each in parameters(rnn)
    }
    return rnn.model_copy(update=changed)

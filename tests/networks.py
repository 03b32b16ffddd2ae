"""Random networks, as the keys of a problem."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lossclass.rnn.inputs import GATES

NUMBERS = st.decimals("-1", "1", places=2)


def rows(height: int, width: int) -> st.SearchStrategy[Any]:
    row = st.lists(NUMBERS, min_size=width, max_size=width)
    return st.lists(row, min_size=height, max_size=height)


def vector(length: int) -> st.SearchStrategy[Any]:
    return st.lists(NUMBERS, min_size=length, max_size=length)


@st.composite
def networks(draw: st.DrawFn, most_outputs: int = 3, least_outputs: int = 1) -> dict[str, Any]:
    """The keys of a network; what is optional is there or not."""
    cell = draw(st.sampled_from(["vanilla", "gru", "lstm"]))
    count = len(GATES[cell])
    steps, features, units = (draw(st.integers(1, 3)) for _ in range(3))
    outputs = draw(st.integers(least_outputs, most_outputs))
    keys: dict[str, Any] = {
        "cell": cell,
        "inputs": draw(rows(steps, features)),
        "U": draw(rows(count * units, features)),
        "W": draw(rows(count * units, units)),
        "V": draw(rows(outputs, units)),
    }
    optional = {"b": count * units, "c": outputs, "initial_state": units, "b_hidden": count * units}
    if cell == "vanilla":
        keys["activation"] = draw(st.sampled_from(["identity", "relu", "sigmoid", "tanh"]))
    if cell == "gru":
        keys["update"] = draw(st.sampled_from(["keep", "replace"]))
        keys["reset"] = draw(st.sampled_from(["after", "before"]))
    if cell == "lstm":
        optional["initial_cell"] = units
    for key, length in optional.items():
        if draw(st.booleans()):
            keys[key] = draw(vector(length))
    return keys

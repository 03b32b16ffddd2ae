"""Both passes of a recurrent network in NumPy, with matrix products; in doubles.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), equations 10.8 to 10.11 and section
10.2.2; for the gated cells the definitions in PyTorch's documentation of ``nn.GRU`` and ``nn.LSTM``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from lossclass.records import record
from lossclass.rnn.network import Network
from lossclass.second_road import Doubles, np

if TYPE_CHECKING:
    from lossclass.problem.arrays import Rows
    from lossclass.rnn.network import Row


_AT_THE_KINK = 1e-12


@record
class Forward:
    """What the forward pass came to.

    Attributes:
        states: (T + 1, H); the first row is the initial state.
        cells: (T + 1, H), an LSTM's cell states.
        preactivations: (T, G·H); what goes into the activation, or into the gates.
        gates: (T, G, H); what the gates come to. A vanilla cell's is its hidden state.
        candidate_hidden: (T, H), a GRU's W h + b_hidden of the candidate, before the reset gate; or
            what a gate that acts before W leaves of the state.
        outputs: (T, C), o.
    """

    states: Doubles
    cells: Doubles
    preactivations: Doubles
    gates: Doubles
    candidate_hidden: Doubles
    outputs: Doubles


def _weights(network: Network) -> dict[str, Doubles]:
    """All gates' numbers in one array for each key, as PyTorch has them; what is left out is 0."""
    rows, units = network.units * len(network.gates), network.units

    def stacked(gates: Mapping[str, Rows] | Mapping[str, Row] | None) -> Doubles:
        if gates is None:
            return np.zeros(rows)
        return np.concatenate([np.array(gates[gate], float) for gate in network.gates])

    def vector(numbers: Row | None, length: int) -> Doubles:
        return np.zeros(length) if numbers is None else np.array(numbers, float)

    return {
        "x": np.array(network.x, float),
        "U": stacked(network.U),
        "W": stacked(network.W),
        "V": np.array(network.V, float) if network.V else np.eye(units),
        "b": stacked(network.b),
        "b_hidden": stacked(network.b_hidden),
        "c": vector(network.c, network.outputs),
        "initial_state": vector(network.initial_state, units),
        "initial_cell": vector(network.initial_cell, units),
    }


def sigmoid(numbers: Doubles) -> Doubles:
    """1 / (1 + e^−x), without an overflow."""
    small = np.exp(-np.abs(numbers))
    values: Doubles = np.where(numbers >= 0, 1.0, small) / (1.0 + small)
    return values


#: The activations of a vanilla cell: what they make of a, and their slopes by a and by that.
_ACTIVATED: Final[
    Mapping[str, tuple[Callable[[Doubles], Doubles], Callable[[Doubles, Doubles], Doubles]]]
] = {
    "tanh": (np.tanh, lambda _, h: 1 - h**2),
    "sigmoid": (sigmoid, lambda _, h: h * (1 - h)),
    # What doubles leave of a sum that is 0 is no reason to be above the kink.
    "relu": (
        lambda a: np.maximum(a, 0.0),
        lambda a, _: (a > _AT_THE_KINK * (1 + np.abs(a))).astype(float),
    ),
    "identity": (lambda a: a, lambda _, h: np.ones_like(h)),
}


def forward(network: Network) -> Forward:
    """The forward pass."""
    at = _weights(network)
    steps, units, count = network.steps, network.units, len(network.gates)
    states, cells = np.zeros((steps + 1, units)), np.zeros((steps + 1, units))
    states[0], cells[0] = at["initial_state"], at["initial_cell"]
    preactivations = np.zeros((steps, count * units))
    gates = np.zeros((steps, count, units))
    inner = np.zeros((steps, units))
    from_inputs = at["x"] @ at["U"].T + at["b"]
    with np.errstate(all="ignore"):  # what grows without bound is refused by whoever asks
        for t in range(steps):
            from_state = at["W"] @ states[t] + at["b_hidden"]
            a = from_inputs[t] + from_state
            match network.cell:
                case "gru":
                    reset, update = sigmoid(a[: 2 * units]).reshape(2, units)
                    last = slice(2 * units, None)
                    if network.resets_before:
                        inner[t] = reset * states[t]
                        a[last] = (
                            from_inputs[t, last] + at["W"][last] @ inner[t] + at["b_hidden"][last]
                        )
                    else:
                        inner[t] = from_state[last]
                        a[last] = from_inputs[t, last] + reset * inner[t]
                    gates[t] = reset, update, np.tanh(a[last])
                    kept = 1 - update if network.replaces else update
                    states[t + 1] = (1 - kept) * gates[t, 2] + kept * states[t]
                case "lstm":
                    gates[t] = sigmoid(a).reshape(4, units)
                    gates[t, 2] = np.tanh(a[2 * units : 3 * units])
                    cells[t + 1] = gates[t, 1] * cells[t] + gates[t, 0] * gates[t, 2]
                    states[t + 1] = gates[t, 3] * np.tanh(cells[t + 1])
                case _:
                    gates[t, 0] = states[t + 1] = _ACTIVATED[network.activation][0](a)
            preactivations[t] = a
        outputs = states[1:] @ at["V"].T + at["c"]
    return Forward(states, cells, preactivations, gates, inner, outputs)


def backward(
    network: Network, d_outputs: Doubles, passed: Forward | None = None
) -> dict[str, Doubles]:
    """Back-propagation through time.

    Args:
        d_outputs: the derivatives of the loss with respect to the outputs o, (T, C); rows of 0
            where a time step has no part in the loss.
        passed: what :func:`forward` came to, if it is at hand.

    Returns:
        The derivatives by name, whether the problem gives the parameter or leaves it at 0:
        ``rnn.U`` (G·H, D), ``rnn.W`` (G·H, H), ``rnn.V`` (C, H), ``rnn.b`` and ``rnn.b_hidden``
        (G·H,), ``rnn.c`` (C,), ``rnn.initial_state`` (H,), ``rnn.inputs`` (T, D), and ``hidden``
        (T, H), that of the hidden states; for an LSTM also ``rnn.initial_cell`` (H,) and ``cell``
        (T, H). The kink of a relu has the derivative 0.
    """
    at, passed = _weights(network), passed or forward(network)
    steps, units = network.steps, network.units
    from_inputs, from_state = (np.zeros_like(passed.preactivations) for _ in range(2))
    d_states, d_cells = np.zeros((steps, units)), np.zeros((steps, units))
    d_state, d_cell = np.zeros(units), np.zeros(units)
    for t in reversed(range(steps)):
        d_states[t] = d_state = d_state + at["V"].T @ d_outputs[t]
        match network.cell:
            case "gru":
                through = _through_gru(network, at["W"], passed, t, d_state)
                from_inputs[t], from_state[t], direct = through
                d_state = at["W"].T @ from_state[t] + direct
            case "lstm":
                from_inputs[t], d_cells[t], d_cell = _through_lstm(passed, t, d_state, d_cell)
                from_state[t] = from_inputs[t]
                d_state = at["W"].T @ from_state[t]
            case _:
                slope = _ACTIVATED[network.activation][1](
                    passed.preactivations[t], passed.gates[t, 0]
                )
                from_inputs[t] = from_state[t] = d_state * slope
                d_state = at["W"].T @ from_state[t]
    by_w = from_state.T @ passed.states[:-1]
    if network.cell == "gru" and network.resets_before:
        by_w[2 * units :] = from_state[:, 2 * units :].T @ passed.candidate_hidden
    derivatives = {
        "rnn.U": from_inputs.T @ at["x"],
        "rnn.W": by_w,
        "rnn.V": d_outputs.T @ passed.states[1:],
        "rnn.b": from_inputs.sum(axis=0),
        "rnn.b_hidden": from_state.sum(axis=0),
        "rnn.c": d_outputs.sum(axis=0),
        "rnn.initial_state": d_state,
        "rnn.inputs": from_inputs @ at["U"],
        "hidden": d_states,
    }
    if network.cell == "lstm":
        derivatives |= {"rnn.initial_cell": d_cell, "cell": d_cells}
    return derivatives


def _through_gru(
    network: Network, w: Doubles, passed: Forward, t: int, d_state: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """The derivatives with respect to the sums over inputs and over the state, (3H,) each, and
    what reaches the state before beside W, (H,)."""
    (r, z, n), h = passed.gates[t], passed.states[t]
    kept, sign = (1 - z, -1) if network.replaces else (z, 1)
    d_n = d_state * (1 - kept) * (1 - n**2)
    d_z = sign * d_state * (h - n) * z * (1 - z)
    if network.resets_before:
        d_left = w[2 * network.units :].T @ d_n
        sums = np.concatenate([d_left * h * r * (1 - r), d_z, d_n])
        # by W all of d_left gets to the state, of which the reset gate lets r through
        return sums, sums, d_state * kept + d_left * (r - 1)
    d_r = d_n * passed.candidate_hidden[t] * r * (1 - r)
    return np.concatenate([d_r, d_z, d_n]), np.concatenate([d_r, d_z, d_n * r]), d_state * kept


def _through_lstm(
    passed: Forward, t: int, d_state: Doubles, d_cell: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """The derivatives with respect to the gates' sums, (4H,), to the cell state, and to the cell
    state before, (H,) each."""
    i, f, g, o = passed.gates[t]
    squashed = np.tanh(passed.cells[t + 1])
    d_cell = d_cell + d_state * o * (1 - squashed**2)
    sums = [
        d_cell * g * i * (1 - i),
        d_cell * passed.cells[t] * f * (1 - f),
        d_cell * i * (1 - g**2),
        d_state * squashed * o * (1 - o),
    ]
    return np.concatenate(sums), d_cell, d_cell * f

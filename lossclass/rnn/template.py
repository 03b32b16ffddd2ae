"""What ``lossclass new rnn``, ``new gru`` and ``new lstm`` print of the network: every key that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lossclass.rnn.inputs import GATES

#: The cells by the names under which a template of them is asked for.
CELLS: Final[Mapping[str, str]] = {"rnn": "vanilla", "gru": "gru", "lstm": "lstm"}
_TEMPLATE: Final = """
# What is true: one number for each output, at each time step that has a prediction.
y_true: [1, 0.5]

rnn:
  # The cell of the network: vanilla, gru or lstm.
  cell: {cell}

  # What it reads: T rows of D numbers. Where D is 1, a list of T numbers will do.
  inputs: [1, 2]

{weights}
  # From the H hidden units to the C outputs: C × H. Without it, the outputs are the hidden states.
  V: 2

  # What is added for {each}: {h} numbers in b, as many in b_hidden (PyTorch has both),
  # and C numbers in c for the outputs. Without them, 0.
  # b: {bias}
  # b_hidden: {bias}
  # c: 0

{states}
{own}  # What makes a prediction of an output: identity, sigmoid or softmax (over the outputs). Without
  # it, what the loss takes.
  # output: identity

  # Which time steps have a prediction: every_step, or last_step alone, and then one y_true.
  # predict: every_step
"""
_WEIGHTS: Final = """\
  # The weights into the hidden units, H of them: U from the inputs, H × D, and W from the state
  # before, H × H. A number alone will do for 1 × 1. U may also go under PyTorch's name
  # weight_ih_l0, W under weight_hh_l0, b under bias_ih_l0, and b_hidden under bias_hh_l0.
  U: 0.5
  W: 0.1
"""
_WEIGHTS_BY_GATE: Final = """\
  # The weights into the hidden units, H of them, by gate: U from the inputs, H × D, and W from the
  # state before, H × H. Or the rows of all gates in one, in the order {order}: {count}H × D and
  # {count}H × H, as in PyTorch, whose names may stand here, too: weight_ih_l0 for U, weight_hh_l0
  # for W, bias_ih_l0 for b, and bias_hh_l0 for b_hidden.
  U: {u}
  W: {w}
"""
_STATE: Final = """\
  # The state before the first time step, H numbers. Without it, 0.
  # initial_state: 0
"""
_STATES: Final = """\
  # The hidden state and the cell state before the first time step, H numbers each. Without them, 0.
  # initial_state: 0
  # initial_cell: 0
"""
_OWN: Final[Mapping[str, str]] = {
    "vanilla": """\
  # What makes the new state: tanh, sigmoid, relu or identity.
  # activation: tanh

""",
    "gru": """\
  # What the update gate z is the share of: of the state before (keep: z · h + (1 − z) · n, as in
  # PyTorch), or of the candidate n (replace: (1 − z) · h + z · n).
  # update: keep

  # Where the reset gate r acts: after the weights (r · (W h), as in PyTorch), or before them
  # (W (r · h), as in Cho and others, 2014).
  # reset: after

""",
    "lstm": "",
}


def own_keys(cell: str) -> str:
    """The keys of a problem that its network answers for, those behind a ``#`` optional."""
    gates = GATES[cell]

    def by_gate(*numbers: str) -> str:
        pairs = (f"{gate}: {number}" for gate, number in zip(gates, numbers, strict=False))
        return f"{{{', '.join(pairs)}}}"

    weights, bias, each, height = _WEIGHTS, "0", "each unit", "H"
    if len(gates) > 1:
        weights = _WEIGHTS_BY_GATE.format(
            order=", ".join(gates),
            count=len(gates),
            u=by_gate("0.5", "-0.5", "1", "0.5"),
            w=by_gate("0.2", "0.4", "0.5", "-0.2"),
        )
        bias, each = by_gate("0", "0", "0", "0"), "each gate of a unit"
        height = f"{len(gates)}H"
    states = _STATES if cell == "lstm" else _STATE
    return _TEMPLATE.format(
        cell=cell, weights=weights, bias=bias, each=each, h=height, states=states, own=_OWN[cell]
    ).lstrip("\n")

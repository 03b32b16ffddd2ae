"""A network without V, with weights under PyTorch's names, and what a network here has not."""

from __future__ import annotations

from io import StringIO
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from networks import networks

import lossclass
from lossclass import losses
from lossclass.problem.files import load_all
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import OF_PYTORCH, Rnn
from lossclass.variants.space import spaces_of
from problems import schema

TWO: dict[str, Any] = {
    "cell": "gru",
    "inputs": [[1, 2], [0.5, -1]],
    "U": [[0.1, 0.2], [0.3, -0.1], [0.4, 0.5], [0.2, 0.1], [0.3, 0.3], [-0.4, 0.2]],
    "W": [[0.1, 0.2], [0.3, -0.1], [0.4, 0.5], [0.2, 0.1], [0.3, 0.3], [-0.4, 0.2]],
    "V": [[1, -1]],
    "predict": "last_step",
}


def problem(rnn: dict[str, Any]) -> dict[str, Any]:
    return {"loss": "mse", "y_true": [0.3], "rnn": rnn}


def with_names_of_pytorch(keys: dict[str, Any]) -> dict[str, Any]:
    return {OF_PYTORCH.get(key, key): value for key, value in keys.items()}


@pytest.mark.thorough
@given(networks())
def test_without_v_the_outputs_are_the_hidden_states(keys: dict[str, Any]) -> None:
    units = len(keys.pop("V")[0])
    keys.pop("c", None)
    one = [[int(j == k) for k in range(units)] for j in range(units)]
    y_true = [[0.5] * units] * len(keys["inputs"])
    without, by_one = (
        lossclass.solve({"loss": "mse", "y_true": y_true, "rnn": rnn}, gradient=True)
        for rnn in (keys, {**keys, "V": one})
    )
    assert without.cross_check.agrees
    assert without.answer.value == pytest.approx(by_one.answer.value, rel=1e-12)
    assert without.gradient is not None
    assert by_one.gradient is not None
    assert without.gradient.keys() == by_one.gradient.keys() - {"rnn.V"}
    for key, each in without.gradient.items():
        assert str(each) == str(by_one.gradient[key])


@given(networks())
def test_weights_may_go_under_pytorchs_names(keys: dict[str, Any]) -> None:
    of_pytorch = Rnn.model_validate(with_names_of_pytorch(keys))
    assert network_of(of_pytorch) == network_of(Rnn.model_validate(keys))


def test_editors_take_either_name_and_ask_for_one() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    assert validator.is_valid(problem(TWO))
    assert validator.is_valid(problem(with_names_of_pytorch(TWO)))
    assert not validator.is_valid(problem({"inputs": [1], "W": 1}))


def test_numbers_under_pytorchs_names_move_in_variants() -> None:
    text = """
        loss: mse
        y_true: [1, 1]
        rnn: {inputs: [1, 2], weight_ih_l0: 0.5, weight_hh_l0: 0.1}
    """
    (loaded,) = load_all(StringIO(text), losses)
    moving = {".".join(map(str, path)) for path in spaces_of(loaded)[0].moving}
    assert {"rnn.weight_ih_l0", "rnn.weight_hh_l0"} <= moving


def test_a_state_of_a_layer_may_have_its_axis() -> None:
    for cell, key in (("gru", "initial_state"), ("lstm", "initial_cell")):
        keys = {"cell": cell, "inputs": [1], "U": [[1]] * 8, "W": [[1, 1]] * 8}
        keys |= {"U": [[1]] * 6, "W": [[1, 1]] * 6} if cell == "gru" else {}
        one, other = (Rnn.model_validate({**keys, key: each}) for each in ([1, 2], [[1, 2]]))
        assert network_of(one) == network_of(other)


def test_stacked_rows_are_those_of_the_gates() -> None:
    gates = {
        key: dict(zip("rzn", zip(*[iter(TWO[key])] * 2, strict=True), strict=True)) for key in "UW"
    }
    assert network_of(Rnn.model_validate({**TWO, **gates})) == network_of(Rnn.model_validate(TWO))


def test_a_mistake_stands_under_the_name_that_was_written() -> None:
    keys = {key: value for key, value in TWO.items() if key != "U"} | {"weight_ih_l0": [[1, 2]] * 5}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem(keys))
    (mistake,) = caught.value.mistakes
    assert mistake.path == "rnn.weight_ih_l0"


LSTM: dict[str, Any] = {"cell": "lstm", "inputs": [1], "U": [1] * 4, "W": [1] * 4, "V": 1}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        *((key, "has no peepholes") for key in ("peephole", "V_i", "p_f", "w_co", "Wcf", "p_o")),
        *((key, "in one direction") for key in ("backward", "bidirectional", "bias_hh_l0_reverse")),
        *((key, "has one layer") for key in ("num_layers", "weight_ih_l1", "bias_hh_l12")),
        ("weight_hr_l0", "has no projection"),
        ("V_x", "there is no such key"),
    ],
)
def test_what_a_network_here_has_not_is_refused_by_name(key: str, says: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem({**LSTM, key: [1]}))
    (mistake,) = caught.value.mistakes
    assert mistake.path == f"rnn.{key}"
    assert says in mistake.message


def test_there_is_nothing_to_add_c_to_without_a_v() -> None:
    keys = {"inputs": [1], "U": 1, "W": 1, "c": 1}
    with pytest.raises(lossclass.InvalidProblem, match="c is added to V h, and there is no V"):
        lossclass.load(problem(keys))


@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_the_state_of_a_layer_of_pytorch_is_read_as_it_is(cell: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    kind = {"vanilla": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    layer = kind(2, 3, dtype=torch.float64)
    x, state = torch.randn(4, 2, dtype=torch.float64), torch.randn(1, 3, dtype=torch.float64)
    before = {"initial_state": state.requires_grad_()}
    before |= {"initial_cell": state} if cell == "lstm" else {}
    hidden, _ = layer(x, (state, state) if cell == "lstm" else state)
    y_true = torch.zeros_like(hidden)
    rnn = {"cell": cell, "inputs": x, **before, **layer.state_dict()}
    solution = lossclass.solve({"loss": "mse", "y_true": y_true, "rnn": rnn})
    expected = torch.nn.functional.mse_loss(hidden, y_true).detach()
    assert solution.answer.value == pytest.approx(float(expected), rel=1e-12)

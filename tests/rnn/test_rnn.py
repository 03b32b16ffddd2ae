"""The forward pass of recurrent networks: steps, NumPy, plain loops and PyTorch; the backward pass
in NumPy; every loss that takes predictions from it; and numbers that do not fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import networks

import lossclass
from lossclass.arithmetic.expression import quantities_in
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import GATES, Rnn
from lossclass.rnn.network import Network
from lossclass.rnn.parameters import parameters
from lossclass.rnn.vectorised import backward, forward

ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "relu": lambda a: max(0.0, a),
    "identity": lambda a: a,
}
sigmoid = ACTIVATIONS["sigmoid"]
ONE_UNIT = {"inputs": [1, 2, 3], "U": 0.5, "W": 0.1, "V": 2}


def by_loops(keys: dict[str, Any]) -> tuple[list[list[float]], list[list[float]]]:
    """Hidden states and outputs, unit by unit, from the definitions."""
    cell, gates = keys["cell"], GATES[keys["cell"]]
    units = len(keys["W"]) // len(gates)

    def numbers(key: str, length: int) -> list[float]:
        return [float(n) for n in keys.get(key, [0] * length)]

    b, d = numbers("b", len(keys["U"])), numbers("b_hidden", len(keys["U"]))
    h, s = numbers("initial_state", units), numbers("initial_cell", units)
    c = numbers("c", len(keys["V"]))
    states, outputs = [], []
    for x in keys["inputs"]:
        from_x = [
            b[j] + sum(float(u) * float(v) for u, v in zip(row, x, strict=True))
            for j, row in enumerate(keys["U"])
        ]
        from_h = [
            d[j] + sum(float(w) * v for w, v in zip(row, h, strict=True))
            for j, row in enumerate(keys["W"])
        ]
        new = []
        if keys.get("reset") == "before":  # the state is reset, and not what W makes of it
            reset = [sigmoid(from_x[j] + from_h[j]) for j in range(units)]
            from_h[2 * units :] = [
                d[2 * units + j]
                + sum(float(w) * r * v for w, r, v in zip(row, reset, h, strict=True))
                for j, row in enumerate(keys["W"][2 * units :])
            ]
        for j in range(units):
            a = [from_x[g * units + j] + from_h[g * units + j] for g in range(len(gates))]
            if cell == "vanilla":
                new.append(ACTIVATIONS[keys["activation"]](a[0]))
            elif cell == "gru":
                r = 1 if keys.get("reset") == "before" else sigmoid(a[0])
                z = 1 - sigmoid(a[1]) if keys.get("update") == "replace" else sigmoid(a[1])
                n = math.tanh(from_x[2 * units + j] + r * from_h[2 * units + j])
                new.append((1 - z) * n + z * h[j])
            else:
                i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), math.tanh(a[2]), sigmoid(a[3])
                s[j] = f * s[j] + i * g
                new.append(o * math.tanh(s[j]))
        h = new
        states.append(h)
        outputs.append(
            [
                c[k] + sum(float(v) * each for v, each in zip(row, h, strict=True))
                for k, row in enumerate(keys["V"])
            ]
        )
    return states, outputs


def network(keys: dict[str, Any]) -> Network:
    return network_of(Rnn.model_validate(keys))


def squared_error(keys: dict[str, Any]) -> dict[str, Any]:
    outputs = len(keys["V"])
    return {"loss": "mse", "y_true": [[0.5] * outputs] * len(keys["inputs"]), "rnn": keys}


# --- the forward pass --------------------------------------------------------------------


@given(networks())
def test_steps_numpy_and_loops_agree(keys: dict[str, Any]) -> None:
    states, outputs = by_loops(keys)
    passed = forward(network(keys))
    assert passed.states[1:] == pytest.approx(np.array(states), abs=1e-12)
    assert passed.outputs == pytest.approx(np.array(outputs), abs=1e-12)
    solution = lossclass.solve(squared_error(keys))
    assert solution.cross_check.agrees
    for t, (hidden, output) in enumerate(zip(states, outputs, strict=True), start=1):
        for j, value in enumerate(hidden, start=1):
            assert solution.step(f"hidden.{t}.{j}").value == pytest.approx(value, abs=1e-12)
        for k, value in enumerate(output, start=1):
            assert solution.step(f"output.{t}.{k}").value == pytest.approx(value, abs=1e-12)
    expected = np.mean([(0.5 - o) ** 2 for row in outputs for o in row])
    assert solution.answer.value == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


@given(networks())
def test_every_gate_is_worked_from_a_preactivation_of_its_own(keys: dict[str, Any]) -> None:
    passed = forward(network(keys))
    solution = lossclass.solve(squared_error(keys))
    names = {
        "vanilla": ["hidden"],
        "gru": ["reset", "update", "candidate"],
        "lstm": ["input_gate", "forget_gate", "cell_candidate", "output_gate"],
    }[keys["cell"]]
    units = len(keys["V"][0])
    for (t, k), value in np.ndenumerate(passed.preactivations):
        name, place = names[k // units], f"{t + 1}.{k % units + 1}"
        id = "preactivation" if keys["cell"] == "vanilla" else f"{name}_preactivation"
        assert solution.step(f"{id}.{place}").value == pytest.approx(value, abs=1e-12)
        used = {
            each.id for each in quantities_in(solution.step(f"{name}.{place}").quantity.definition)
        }
        assert used == {f"{id}.{place}"}


@pytest.mark.parametrize(("cell", "what"), [("gru", "reset gate"), ("lstm", "forget gate")])
def test_it_is_said_once_that_a_gate_has_nothing_to_act_on(cell: str, what: str) -> None:
    stacked = len(GATES[cell])
    keys: dict[str, Any] = {
        "cell": cell, "inputs": [1, 2], "U": [1] * 2 * stacked, "W": [[1, 1]] * 2 * stacked,
        "V": [1, 1],
    }  # fmt: skip
    says = f"before the first step that the {what} could act on"
    state = "initial_state" if cell == "gru" else "initial_cell"
    for more, expected in (({}, 1), ({state: [0, 0]}, 0)):
        solution = lossclass.solve({"loss": "mse", "y_true": [1, 1], "rnn": {**keys, **more}})
        assert sum(says in step.aside for step in solution.steps) == expected


@pytest.mark.parametrize(
    ("steps", "units", "one_section"),
    [(12, 1, False), (13, 1, True), (3, 20, False), (4, 20, True)],
)
def test_long_sequences_are_worked_in_one_section(
    steps: int, units: int, one_section: bool
) -> None:
    keys = {
        "inputs": [1] * steps, "U": [0.1] * units, "W": np.eye(units) / 2, "V": [[1] * units],
    }  # fmt: skip
    solution = lossclass.solve({"loss": "mse", "y_true": [1] * steps, "rnn": keys})
    titles = [section.title for section in solution.sections]
    assert ("The time steps" in titles) == one_section
    assert (f"Time step {steps}" in titles) != one_section
    assert (solution.step("hidden.2.1").title.startswith("Time step 2")) == one_section
    if units > 1:
        tables = {each.id for each in solution.tables}
        assert "forward.hidden" in tables
        assert ("forward.preactivation" in tables) != one_section


def test_one_unit_by_hand() -> None:
    solution = lossclass.solve({"loss": "mse", "y_true": [1, 1, 1], "rnn": ONE_UNIT})
    first = math.tanh(0.5 * 1)
    second = math.tanh(0.1 * first + 0.5 * 2)
    third = math.tanh(0.1 * second + 0.5 * 3)
    for t, hidden in enumerate([first, second, third], start=1):
        assert solution.step(f"hidden.{t}.1").value == pytest.approx(hidden, rel=1e-14)
        assert solution.step(f"y_pred.{t}").value == pytest.approx(2 * hidden, rel=1e-14)
    table = next(each for each in solution.tables if each.id == "forward")
    assert table.columns == ("t", "x", "a", "h", "ŷ")
    used = next(quantities_in(solution.step("preactivation.2.1").quantity.definition))
    assert used.id == "given.rnn.W.1.1"


def test_what_is_left_out_does_not_stand_in_the_sums() -> None:
    solution = lossclass.solve({"loss": "mse", "y_true": [1, 1, 1], "rnn": ONE_UNIT})
    steps = {step["id"]: step for step in solution.to_dict()["steps"]}
    assert steps["preactivation.1.1"]["formula"] == "U · x₁"
    assert steps["preactivation.2.1"]["formula"] == "W · h₁ + U · x₂"
    full = {**ONE_UNIT, "b": 0, "c": 0, "initial_state": 0}
    solution = lossclass.solve({"loss": "mse", "y_true": [1, 1, 1], "rnn": full})
    steps = {step["id"]: step for step in solution.to_dict()["steps"]}
    assert steps["preactivation.1.1"]["formula"] == "b + W · h₀ + U · x₁"
    assert steps["output.1.1"]["formula"] == "c + V · h₁"


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ({}, {"inputs": [[1], [2], [3]], "U": [[0.5]], "W": [[0.1]], "V": [[2]]}),
        ({"U": [0.5], "W": [0.1], "V": [2], "b": 0.3}, {"b": [0.3]}),
        (  # two inputs, one step: W says that there is one unit
            {"inputs": [1, 2], "U": [0.5, 0.2]},
            {"inputs": [[1, 2]], "U": [[0.5, 0.2]]},
        ),
        (  # two units, one input: W says so
            {"U": [0.5, 0.2], "W": [[0.1, 0], [0, 0.1]], "V": [1, 2]},
            {"U": [[0.5], [0.2]], "W": [[0.1, 0], [0, 0.1]], "V": [[1, 2]]},
        ),
        (  # one unit, two outputs
            {"V": [1, 2]},
            {"V": [[1], [2]]},
        ),
        (
            {"cell": "gru", "U": [1, 2, 3], "W": [0.1, 0.2, 0.3], "b": [1, 2, 3]},
            {"cell": "gru", "U": {"r": 1, "z": 2, "n": 3}, "W": [[0.1], [0.2], [0.3]],
             "b": {"n": 3, "r": [1], "z": 2}},
        ),
    ],
)  # fmt: skip
def test_an_axis_of_length_one_may_be_left_out(short: dict[str, Any], full: dict[str, Any]) -> None:
    one, other = network({**ONE_UNIT, **short}), network({**ONE_UNIT, **short, **full})
    assert one == other


def test_the_last_step_alone_may_predict() -> None:
    keys = {**ONE_UNIT, "predict": "last_step"}
    solution = lossclass.solve({"loss": "mse", "y_true": 1, "rnn": keys})
    assert [step.id for step in solution.steps if step.id.startswith("output")] == ["output.3.1"]
    hidden = solution.step("hidden.3.1").value
    assert solution.answer.value == pytest.approx((1 - 2 * hidden) ** 2, rel=1e-12)


@pytest.mark.thorough
def test_both_roads_agree_on_a_network_of_20_units_over_50_steps() -> None:
    random = np.random.default_rng(0)
    keys = {
        "inputs": random.normal(size=(50, 4)), "U": random.normal(size=(20, 4)) / 3,
        "W": random.normal(size=(20, 20)) / 3, "V": random.normal(size=(3, 20)),
    }  # fmt: skip
    solution = lossclass.solve({"loss": "sequence", "y_true": ["0"] * 50, "rnn": keys})
    assert solution.cross_check.agrees


# --- the losses --------------------------------------------------------------------------


def softmax(row: list[float]) -> list[float]:
    total = sum(math.exp(each) for each in row)
    return [math.exp(each) / total for each in row]


@given(networks(least_outputs=2), st.sampled_from(["every_step", "last_step"]))
def test_losses_over_classes(keys: dict[str, Any], predict: str) -> None:
    _, outputs = by_loops(keys)
    chosen = outputs if predict == "every_step" else outputs[-1:]
    expected = -sum(math.log(softmax(row)[-1]) for row in chosen)
    last = str(len(keys["V"]) - 1)
    problem: dict[str, Any]
    for loss in ("nll", "cce"):
        problem = {
            "loss": loss,
            "y_true": [last] * len(chosen),
            "rnn": {**keys, "predict": predict},
        }
        solution = lossclass.solve(problem)
        assert solution.cross_check.agrees
        assert solution.answer.value == pytest.approx(expected, rel=1e-9)
    if predict == "every_step":
        mask = [1, *[0] * (len(outputs) - 1)]
        problem = {"loss": "sequence", "y_true": [last] * len(chosen), "mask": mask, "rnn": keys}
        solution = lossclass.solve(problem)
        assert solution.cross_check.agrees
        assert solution.answer.value == pytest.approx(-math.log(softmax(outputs[0])[-1]), rel=1e-9)


@given(networks(most_outputs=1))
def test_losses_of_one_number(keys: dict[str, Any]) -> None:
    _, outputs = by_loops(keys)
    scores = [row[0] for row in outputs]
    bce = lossclass.solve({"loss": "bce", "y_true": [1] * len(scores), "rnn": keys})
    assert bce.cross_check.agrees
    expected = -sum(math.log(sigmoid(score)) for score in scores) / len(scores)
    assert bce.answer.value == pytest.approx(expected, rel=1e-9)
    for loss in ("hinge", "sequence_hinge"):
        hinge = lossclass.solve({"loss": loss, "y_true": [-1] * len(scores), "rnn": keys})
        assert hinge.cross_check.agrees
        assert hinge.answer.value == pytest.approx(sum(max(0, 1 + o) for o in scores), rel=1e-9)


@given(networks(least_outputs=2))
def test_losses_over_time_of_their_own(keys: dict[str, Any]) -> None:
    _, outputs = by_loops(keys)
    problem: dict[str, Any] = {
        "loss": "sequence_hinge", "formulation": "weston_watkins", "y_true": ["0"] * len(outputs),
        "rnn": keys,
    }  # fmt: skip
    hinge = lossclass.solve(problem)
    assert hinge.cross_check.agrees
    expected = sum(max(0, 1 + o - row[0]) for row in outputs for o in row[1:])
    assert hinge.answer.value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    problem = {
        "loss": "rl", "rewards": [2] * len(outputs), "actions": [1] * len(outputs), "rnn": keys,
    }  # fmt: skip
    policy = lossclass.solve(problem)
    assert policy.cross_check.agrees
    expected = -sum(2 * math.log(softmax(row)[1]) for row in outputs)
    assert policy.answer.value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
def test_a_squared_error_takes_any_output(output: str) -> None:
    keys = {**ONE_UNIT, "V": [1, -1], "output": output}
    solution = lossclass.solve({"loss": "mse", "y_true": [[1, 0]] * 3, "rnn": keys})
    assert solution.cross_check.agrees
    output_of = {
        "identity": lambda row: row,
        "sigmoid": lambda row: [sigmoid(o) for o in row],
        "softmax": softmax,
    }[output]
    hidden = [solution.step(f"hidden.{t}.1").value for t in (1, 2, 3)]
    predicted = [output_of([h, -h]) for h in hidden]
    expected = sum((1 - one) ** 2 + other**2 for one, other in predicted) / 6
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "problem",
    [
        {"loss": "mse", "y_true": [1, 2, 3]},
        {"loss": "bce", "y_true": [1, 0, 1]},
        {"loss": "hinge", "y_true": [1, -1, 1]},
        {"loss": "hinge", "y_true": [1, -1, 1], "squared": True},
        {"loss": "nll", "y_true": [1, 0, 1], "V": [1, -1]},
        {"loss": "sequence", "y_true": [1, 0, 1], "V": [1, -1]},
        {"loss": "rl", "rewards": [1, 0, 1], "actions": [1, 0, 1], "V": [1, -1]},
        {"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [1, 0, 2],
         "V": [1, -1, 0]},
    ],
)  # fmt: skip
def test_the_libraries_get_the_predictions_as_numbers(problem: dict[str, Any]) -> None:
    keys = {**ONE_UNIT, **({"V": problem.pop("V")} if "V" in problem else {})}
    solution = lossclass.solve({**problem, "rnn": keys}, frameworks=True)
    torch_call = solution.frameworks[0]
    assert torch_call.value == pytest.approx(solution.answer.value, rel=1e-9)
    pytest.importorskip("torch")
    names: dict[str, Any] = {}
    exec(torch_call.code, names)  # noqa: S102 - what is printed has to run
    assert names["loss"].tolist() == pytest.approx(solution.answer.value, rel=1e-9)


LETTERS = [
    {"loss": "mse", "y_true": [1, 2, 3], "weights": [1, 2, 3], "reduction": "weighted_mean"},
    {"loss": "bce", "y_true": [1, 0, 1], "V": 90},
    {"loss": "hinge", "y_true": [1, -1, 1], "squared": True},
    {"loss": "huber", "y_true": [9, -9, 9], "delta": 0.5},
    {"loss": "cce", "y_true": [1, 0, 1], "V": [1, -1], "label_smoothing": 0.1,
     "class_weights": [1, 2], "reduction": "weighted_mean"},
    {"loss": "sequence", "y_true": [1, 0, 1], "V": [1, -1], "weights": [1, 2, 3],
     "mask": [1, 0, 1], "reduction": "weighted_mean"},
    {"loss": "sequence_hinge", "formulation": "weston_watkins", "y_true": [1, 0, 1], "V": [1, -1],
     "weights": [1, 2, 3]},
    {"loss": "rl", "rewards": [1, 0, 1], "actions": [1, 0, 1], "V": [1, -1], "discount": 0.9,
     "baseline": 1, "bootstrap": 2, "weights": [1, 2, 3]},
]  # fmt: skip


@pytest.mark.some(3)
@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("problem", LETTERS, ids=lambda problem: str(problem["loss"]))
def test_no_symbol_is_used_for_two_things(cell: str, problem: dict[str, Any]) -> None:
    stacked = len(GATES[cell])
    keys = {
        "cell": cell, "inputs": [1, 2, 3], "U": [1] * stacked, "W": [1] * stacked,
        "V": problem.get("V", 2), "b": [1] * stacked, "initial_state": 1, "c": [1],
    }  # fmt: skip
    keys["c"] = [1] * len(np.atleast_1d(keys["V"]))
    if cell != "vanilla":
        keys["b_hidden"] = [1] * stacked
    if cell == "lstm":
        keys["initial_cell"] = 1
    rest = {key: value for key, value in problem.items() if key != "V"}
    solution = lossclass.solve({**rest, "rnn": keys})
    used: dict[tuple[str, bool], set[str]] = {}
    for quantity in solution.calculation:
        words = [part for part in quantity.id.split(".") if len(part) > 1 or part in "UWVbc"]
        kind = ".".join(word for word in words if not word.isdigit())
        kind = {"given.rnn.initial_state": "hidden", "given.rnn.initial_cell": "cell"}.get(
            kind, kind
        )
        kind = "preactivation" if kind.endswith("preactivation") else kind
        used.setdefault((quantity.symbol.letter, quantity.symbol.hat), set()).add(kind)
    assert {letter: kinds for letter, kinds in used.items() if len(kinds) > 1} == {}


# --- parameters --------------------------------------------------------------------------


def test_parameters_are_known_by_name_and_shape() -> None:
    keys = {**ONE_UNIT, "U": [[0.5]], "b": [0.1]}
    problem = lossclass.load({"loss": "mse", "y_true": [1, 1, 1], "rnn": keys})
    rnn = getattr(problem.inputs, "rnn")  # noqa: B009 - not every problem has one
    found = {each.name: each for each in parameters(rnn)}
    assert set(found) == {"rnn.U", "rnn.W", "rnn.V", "rnn.b"}
    values = lossclass.solve(problem).values
    arranged = {
        name: each.arranged([float(values[id]) for id in each.ids]) for name, each in found.items()
    }
    assert arranged == {"rnn.U": [[0.5]], "rnn.W": 0.1, "rnn.V": 2, "rnn.b": [0.1]}


@given(networks())
def test_parameters_come_back_as_they_were_written_and_as_numpy_has_them(
    keys: dict[str, Any],
) -> None:
    values = lossclass.solve(squared_error(keys)).values
    derivatives = backward(network(keys), np.ones((len(keys["inputs"]), len(keys["V"]))))
    for each in parameters(Rnn.model_validate(keys)):
        numbers = [values[id] for id in each.ids]
        assert each.arranged(numbers) == keys[each.name.removeprefix("rnn.")]
        assert derivatives[each.name].size == len(each.places)


def test_parameters_by_gate_come_back_by_gate() -> None:
    keys = {
        "cell": "lstm", "inputs": [[1, 2]], "W": [[0]] * 4, "V": 1,
        "U": {"f": [3, 4], "i": [1, 2], "o": [7, 8], "g": [[5, 6]]},
    }  # fmt: skip
    values = lossclass.solve({"loss": "mse", "y_true": 1, "rnn": keys}).values
    (weights,) = (p for p in parameters(Rnn.model_validate(keys)) if p.name == "rnn.U")
    assert weights.arranged([int(values[id]) for id in weights.ids]) == keys["U"]


# --- the backward pass in NumPy ----------------------------------------------------------


def total(keys: dict[str, Any], slopes: np.ndarray[Any, Any]) -> float:
    return float((forward(network(keys)).outputs * slopes).sum())


@given(networks(), st.integers(0, 2**32 - 1))
def test_the_backward_pass_agrees_with_finite_differences(keys: dict[str, Any], seed: int) -> None:
    if keys.get("activation") == "relu":
        keys["activation"] = "tanh"  # a difference over the kink is no derivative
    slopes = np.random.default_rng(seed).normal(size=(len(keys["inputs"]), len(keys["V"])))
    derivatives = backward(network(keys), slopes)
    step = 1e-6
    for key in set(keys) - {"cell", "activation", "update", "reset"}:
        written = np.array(keys[key], float)
        for place in np.ndindex(*written.shape):
            moved = []
            for sign in (1, -1):
                other = written.copy()
                other[place] += sign * step
                moved.append(total({**keys, key: other}, slopes))
            difference = (moved[0] - moved[1]) / (2 * step)
            assert derivatives[f"rnn.{key}"][place] == pytest.approx(difference, abs=1e-6)


def test_the_derivative_of_relu_is_a_step_and_0_at_its_kink() -> None:
    keys = {"inputs": [1, 0, -1], "U": 2, "W": 0.5, "V": 3, "activation": "relu"}
    derivatives = backward(network(keys), np.ones((3, 1)))
    # a = 2, 1 and -1.5: the last unit is off
    assert derivatives["rnn.U"] == pytest.approx(3 * 1 + 3 * (0 + 0.5 * 1))
    assert derivatives["hidden"].ravel() == pytest.approx([3 + 0.5 * 3, 3, 3])
    keys = {"inputs": [0], "U": 2, "W": 0.5, "V": 3, "activation": "relu"}
    assert backward(network(keys), np.ones((1, 1)))["rnn.U"] == pytest.approx(0)


@pytest.mark.parametrize("cell", ["tanh", "relu", "gru", "lstm"])
@pytest.mark.parametrize("units", [1, 4])
def test_both_passes_agree_with_pytorch(cell: str, units: int) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    options = {"dtype": torch.float64}
    if cell in ("tanh", "relu"):
        layer = torch.nn.RNN(3, units, nonlinearity=cell, **options)
    else:
        layer = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](3, units, **options)
    x = torch.randn(6, 3, **options)
    state = torch.randn(1, units, **options, requires_grad=True)
    memory = torch.randn(1, units, **options, requires_grad=True)
    last = torch.nn.Linear(units, 2, **options)
    hidden, _ = layer(x, (state, memory) if cell == "lstm" else state)
    outputs = last(hidden)
    slopes = torch.randn(6, 2, **options)
    (outputs * slopes).sum().backward()
    of_torch = {
        "U": layer.weight_ih_l0, "W": layer.weight_hh_l0, "b": layer.bias_ih_l0,
        "b_hidden": layer.bias_hh_l0, "V": last.weight, "c": last.bias, "initial_state": state,
        "initial_cell": memory,
    }  # fmt: skip
    keys: dict[str, Any] = {
        key: each.detach().numpy().reshape(-1)
        if key.startswith("initial")
        else each.detach().numpy()
        for key, each in of_torch.items()
    }
    keys |= {"inputs": x.numpy(), "cell": "vanilla" if cell in ("tanh", "relu") else cell}
    if keys["cell"] == "vanilla":
        keys["activation"] = cell
    if cell != "lstm":
        del keys["initial_cell"]
    passed = forward(network(keys))
    assert passed.outputs == pytest.approx(outputs.detach().numpy(), rel=1e-9, abs=1e-12)
    derivatives = backward(network(keys), slopes.numpy(), passed)
    for key in set(keys) - {"inputs", "cell", "activation"}:
        expected = of_torch[key].grad.numpy().reshape(derivatives[f"rnn.{key}"].shape)
        assert derivatives[f"rnn.{key}"] == pytest.approx(expected, rel=1e-9, abs=1e-12)


# --- what does not fit -------------------------------------------------------------------

NO_UNITS = "expected H × H, got a list of 2 numbers, which does not tell how many hidden units (H) there are"
TOO_LARGE = (
    "its numbers grow beyond 1e+14 at time step 2, too large to be worked with; are the weights as "
    "they should be?"
)
TWO = {"inputs": [[1, 0], [0, 1]], "U": [[1, 2], [3, 4]], "W": [[1, 0], [0, 1]], "V": [[1, 1]]}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"W": [[1, 2, 3], [4, 5, 6]]}, "W", "expected 2 × 2 (H × H; H = 2 from U), got 2 × 3"),
        ({"V": [[1, 2, 3]]}, "V", "expected 1 × 2 (C × H; C = 1 from V, H = 2 from U), got 1 × 3"),
        ({"b": [1, 2, 3]}, "b", "expected 2 numbers (H; H = 2 from U), got a list of 3 numbers"),
        ({"b": 1}, "b", "expected 2 numbers (H; H = 2 from U), got a number alone"),
        ({"c": [1, 2]}, "c", "expected 1 number (C; C = 1 from V), got a list of 2 numbers"),
        ({"inputs": [[1], [2]]}, "inputs", "expected T × 2 (T × D; D = 2 from U), got 2 × 1"),
        ({"inputs": [1, 2, 3]}, "inputs",
         "expected T × 2 (T × D; D = 2 from U), got a list of 3 numbers"),
        ({"U": 1}, "U", "expected 2 × 2 (H × D; H = 2 from W, D = 2 from inputs), got a number alone"),
        ({"initial_state": [1]}, "initial_state",
         "expected 2 numbers (H; H = 2 from U), got a list of 1 number"),
        ({"b": {"r": 1}}, "b", "a vanilla cell has no gates: expected rows of numbers, got a mapping"),
        ({"initial_cell": [1, 2]}, "initial_cell",
         "a vanilla cell has no cell state; initial_cell belongs to lstm"),
        ({"activation": "relo"}, "activation",
         "expected 'tanh', 'sigmoid', 'relu' or 'identity', got 'relo'"),
        ({"cell": "cnn"}, "cell", "expected 'vanilla', 'gru' or 'lstm', got 'cnn'"),
        ({"output": "softmax"}, "V",
         "expected two outputs (C) or more: the softmax of one alone is always 1"),
        ({"Wh": 1}, "Wh", "here it means W, which is here as well; keep one of the two"),
        ({"update": "keep"}, "update", "a vanilla cell has no update gate; update belongs to gru"),
        ({"weight_ih_l0": 1}, "weight_ih_l0", "there is U already, which is the same"),
        ({"U": [[1, 2], [3]]}, "U.2", "expected 2 numbers, as in the first row, got 1"),
        ({"U": [[1, "x"], [3, 4]]}, "U.1.2", "expected a number, got 'x'"),
        ({"U": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}, "U",
         "expected 2 × 2 (H × D; H = 2 from W, D = 2 from inputs), got 3 × 3"),
        ({"inputs": "1 2 3"}, "inputs",
         ("expected a number, got '1 2 3'; several numbers are a list, as in [1, 2, 3], "
             "or one a line behind '- '")),
        ({"V": "two"}, "V", "expected a number, got 'two'"),
        ({"U": [1, 2], "W": [1, 2], "V": [1, 1]}, "W",
         NO_UNITS),
        ({"W": [[1e80, 0], [0, 1]], "activation": "identity"}, "",
         TOO_LARGE),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_name_and_dimension(
    keys: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load({"loss": "mse", "y_true": [1, 2], "rnn": {**TWO, **keys}})
    (mistake,) = caught.value.mistakes
    assert (mistake.path, mistake.message) == ("rnn" + (f".{path}" if path else ""), message)


GRU = {"cell": "gru", "inputs": [1, 2], "U": [1, 2, 3], "W": [1, 2, 3], "V": 1}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"U": {"r": 1, "z": 2, "i": 3}}, "U.i", "there is no such gate; the gates of a GRU are r, z and n"),
        ({"W": {"r": 1, "z": 2}}, "W", "missing: n; the gates of a GRU are r, z and n"),
        ({"U": {g: [1, 2] for g in "rzn"}, "W": {g: [1, 2] for g in "rzn"}}, "W.r",
         NO_UNITS),
        ({"W": [[1], [2]]}, "W", "expected 3 × 1 (3H × H: H rows for each of r, z and n; H = 1 from W), got 2 × 1"),
        ({"activation": "tanh"}, "activation", "a GRU has activations of its own: sigmoid in the gates, else tanh"),
        ({"b": {"r": [1, 2], "z": 0, "n": 0}}, "b.r",
         "expected 1 number (H; H = 1 from W), got a list of 2 numbers"),
    ],
)  # fmt: skip
def test_gates_that_do_not_fit_are_told_by_name(
    keys: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load({"loss": "mse", "y_true": [1, 2], "rnn": {**GRU, **keys}})
    assert (f"rnn.{path}", message) in [(m.path, m.message) for m in caught.value.mistakes]


@pytest.mark.parametrize(
    ("problem", "path", "says"),
    [
        ({"loss": "hinge", "y_true": [1, 1, 1], "output": "softmax"}, "rnn.output",
         "expected identity: a hinge is worked from scores that may be any number; got 'softmax'"),
        ({"loss": "nll", "y_true": [0, 0, 0], "V": [1, 1], "output": "sigmoid"}, "rnn.output",
         "expected softmax: the classes' probabilities have to sum to 1; got 'sigmoid'"),
        ({"loss": "bce", "y_true": [0, 0, 0], "V": [1, 1]}, "y_true",
         "expected 3 × 2 numbers, one for each time step of rnn.inputs, got 3 numbers"),
        ({"loss": "sequence", "y_true": [0], "V": [1, 1], "predict": "last_step"}, "rnn.predict",
         "expected every_step: each time step has a label; got 'last_step'"),
        ({"loss": "hinge", "y_true": [1, 1]}, "y_true",
         "expected 3 numbers, one for each time step of rnn.inputs, got 2"),
        ({"loss": "bce", "y_true": [1, 1], "predict": "last_step"}, "y_true",
         "expected 1 number, one for the last time step, got 2"),
        ({"loss": "mse", "y_true": [1, 1]}, "y_true",
         "expected 3 numbers, one for each time step of rnn.inputs, got 2 numbers"),
        ({"loss": "nll", "y_true": [0, 1], "V": [1, 1]}, "y_true", "expected 3 labels or rows"),
        ({"loss": "hinge", "y_true": [1, 1, 1], "y_pred": [1, 1, 1]}, "rnn",
         "there is y_pred already; a problem has one of the two"),
        ({"loss": "nll", "y_true": [0, 0, 0], "logits": [[1, 1]] * 3, "V": [1, 1]}, "rnn",
         "there is logits already"),
        ({"loss": "rl", "rewards": [1, 1, 1], "V": [1, 1]}, "actions", "missing; with 'rnn' it says"),
        ({"loss": "rl", "rewards": [1, 1, 1], "actions": [0, 1, 2], "V": [1, 1]}, "actions.3",
         "'2' is no action"),
        ({"loss": "sequence", "V": [1, 1], "examples": [{"y_true": 0, "y_pred": [0.5, 0.5]}]}, "rnn",
         "a network reads one sequence; here there are examples"),
        ({"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0, 0, 0],
          "V": [1, 1], "scores": [[1, 1]] * 3}, "rnn", "there is scores already"),
        ({"loss": "nll", "y_true": [0, 0, 0], "classes": ["a"], "V": [1, 1]}, "classes",
         "expected 2 classes"),
    ],
)  # fmt: skip
def test_a_loss_says_which_networks_it_takes(problem: dict[str, Any], path: str, says: str) -> None:
    of_network = {key: problem.pop(key) for key in ("V", "output", "predict") if key in problem}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load({**problem, "rnn": {**ONE_UNIT, **of_network}})
    assert any(
        mistake.path == path and says in mistake.message for mistake in caught.value.mistakes
    ), caught.value


def test_all_mistakes_come_at_once() -> None:
    keys = {**TWO, "W": [1, 2], "c": [1, 2], "output": "softmaks", "inputs": [[1, "a"]]}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load({"loss": "mse", "y_true": [1, "b"], "rnn": keys})
    assert {mistake.path for mistake in caught.value.mistakes} == {
        "rnn.W", "rnn.c", "rnn.output", "rnn.inputs.1.2", "y_true.2",
    }  # fmt: skip


def test_a_network_that_is_too_large_for_hand_work_is_refused() -> None:
    keys = {"inputs": np.ones((2000, 1)), "U": np.ones((20, 1)), "W": np.eye(20), "V": np.ones(20)}
    with pytest.raises(lossclass.InvalidProblem, match="products to work this out"):
        lossclass.load({"loss": "mse", "y_true": [0] * 2000, "rnn": keys})

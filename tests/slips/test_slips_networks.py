"""The mistakes in networks and in gradients, found in numbers that are worked out here by formulas."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from programs import run
from wrong_answers import gated_network, network

import lossclass
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked, Checker
from lossclass.problem.bundled import bundled_folder
from lossclass.slips import Convention, Slip
from lossclass.solving import MOST_FOR_SLIPS, diagnosis_of

PROBLEMS = bundled_folder()
Function: TypeAlias = Callable[[float], float]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def tanh_slope(h: float) -> float:
    return 1 - h**2


def itself(x: float) -> float:
    return x


def written(number: float) -> Decimal:
    return Decimal(f"{number:.4e}")


def named(problem: Any, number: float, id: str = "loss", *, gradient: bool = False) -> list[str]:
    """The codes that explain a number, the likeliest first."""
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, gradient=gradient)
    return [each.code for each in diagnosis_of(loaded, solution).explain(id, written(number))]


def checked(problem: Any, answers: Mapping[str, float | Decimal], *, gradient: bool = False) -> Checked:  # fmt: skip
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, gradient=gradient)
    sheet = {
        id: read_cell(each if isinstance(each, Decimal) else written(each))
        for id, each in answers.items()
    }
    return Checker(solution, diagnosis_of(loaded, solution)).check(Sheet("", sheet))


def verdicts(marks: Checked) -> dict[str, str]:
    return {mark.id: mark.verdict for mark in marks.marks}


def codes(problem: Any, *, gradient: bool = False) -> set[str]:
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, gradient=gradient)
    return {each.code for each in diagnosis_of(loaded, solution).own}


# --- a vanilla cell ----------------------------------------------------------------------

X, Y = [0.9, -0.4, 0.7], [0.2, 0.4, 0.6]
U, W, V, B = 0.8, 0.5, 1.5, 0.1
SERIES: dict[str, Any] = {
    "loss": "mean_squared_error",
    "y_true": Y,
    "rnn": {"inputs": X, "U": U, "W": W, "V": V, "b": B, "output": "identity"},
}


def with_keys(problem: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """The problem with other keys of its network."""
    return {**problem, "rnn": {**problem["rnn"], **keys}}


def states(x: Sequence[float] = X, f: Function = math.tanh, before: int = 1) -> list[float]:
    """h₁, h₂, h₃; the last from the state so many steps before it."""
    h1 = f(B + U * x[0])
    h2 = f(B + W * h1 + U * x[1])
    return [h1, h2, f(B + W * (h2 if before == 1 else h1) + U * x[2])]


def squared_error(h: Sequence[float]) -> float:
    return sum((y - V * each) ** 2 for y, each in zip(Y, h, strict=True)) / 3


def relu(x: float) -> float:
    return max(0.0, x)


NEGATIVE = [0.9, -1.4, 0.7]


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("code", "keys", "number"),
    [
        ("sigmoid-for-tanh", {}, squared_error(states(f=sigmoid))),
        ("activation-forgotten", {}, squared_error(states(f=itself))),
        ("tanh-for-sigmoid", {"activation": "sigmoid"}, squared_error(states())),
        ("activation-forgotten", {"activation": "sigmoid"}, squared_error(states(f=itself))),
        (
            "activation-forgotten",
            {"activation": "relu", "inputs": NEGATIVE},
            squared_error(states(NEGATIVE, itself)),
        ),
        ("value-of-another-step", {}, squared_error(states([0.9, 0.9, 0.9]))),
        ("value-of-another-step", {}, squared_error(states([0.9, -0.4, -0.4]))),
        ("value-of-another-step", {}, squared_error(states(before=2))),
        (
            "value-of-another-step",
            {},
            squared_error([*states()[:2], states()[1]]),
        ),
        (
            "activation-forgotten",
            {},
            squared_error([*states()[:2], B + W * states()[1] + U * X[2]]),
        ),
    ],
)
def test_a_mistake_in_a_vanilla_cell_is_named(
    code: str, keys: dict[str, Any], number: float
) -> None:
    assert named(with_keys(SERIES, **keys), number)[0] == code


def test_mistakes_with_the_parameters_are_named() -> None:
    """A bias left out; U and W, which are numbers here, taken for each other."""

    def loss(u: float, w: float, b: float) -> float:
        h = [0.0]
        for x in X:
            h.append(math.tanh(b + w * h[-1] + u * x))
        return squared_error(h[1:])

    assert math.isclose(loss(U, W, B), squared_error(states()))
    assert named(SERIES, loss(U, W, 0))[0] == "bias-forgotten"
    assert named(SERIES, loss(W, U, B))[0] == "matrices-exchanged"
    assert "bias-forgotten" not in codes(with_keys(SERIES, b=0))
    assert "matrices-exchanged" not in codes(with_keys(SERIES, W=U))


def test_a_matrix_read_by_columns_is_named() -> None:
    u, w, v = np.array([[0.5, 0.2], [-0.4, 0.3]]), np.array([[0.1, -0.2], [0.6, 0.4]]), [1.5, -0.7]
    x, y = np.array([[0.9, 0.3], [-0.4, 0.8], [0.7, -0.6]]), [0.2, 0.4, 0.6]

    def loss(u: Any, w: Any) -> float:
        h, total = np.zeros(2), 0.0
        for each, true in zip(x, y, strict=True):
            h = np.tanh(w @ h + u @ each)
            total += (true - float(np.dot(v, h))) ** 2 / 3
        return total

    rnn = {"inputs": x.tolist(), "U": u.tolist(), "W": w.tolist(), "V": [v], "output": "identity"}
    problem = {"loss": "mse", "y_true": y, "rnn": rnn}
    for wrong in ((u.T, w), (u, w.T), (u.T, w.T)):
        assert named(problem, loss(*wrong))[0] == "matrix-transposed"


def test_what_is_made_in_one_step_says_in_which() -> None:
    loaded = lossclass.load(SERIES)
    diagnosis = diagnosis_of(loaded, lossclass.solve(loaded))
    (first, *_) = diagnosis.explain("loss", written(squared_error(states([0.9, -0.4, -0.4]))))
    assert first.text == "In a₃: x₂ is taken where x₃ belongs."
    assert first.step == "preactivation.3.1"


# --- gates -------------------------------------------------------------------------------

LSTM: dict[str, Any] = {
    "loss": "mean_squared_error",
    "y_true": 2,
    "rnn": {
        "cell": "lstm",
        "inputs": [1, -0.5, 0.8],
        "U": {"i": 0.5, "f": 0.2, "g": 1, "o": 0.5},
        "W": {"i": 0.1, "f": 0.3, "g": 0.5, "o": -0.2},
        "b": {"i": 0.1, "f": 1, "g": 0, "o": 0},
        "V": 2,
        "output": "identity",
        "predict": "last_step",
    },
}
GRU: dict[str, Any] = {
    "loss": "mean_squared_error",
    "y_true": 1,
    "rnn": {
        "cell": "gru",
        "inputs": [1, 2, -1],
        "U": {"r": 0.5, "z": -0.5, "n": 1},
        "W": {"r": 0.2, "z": 0.4, "n": 0.5},
        "b": {"r": 0, "z": 0.3, "n": 0},
        "V": 2,
        "output": "identity",
        "predict": "last_step",
    },
}
State: TypeAlias = tuple[float, float]


def lstm_step(
    rnn: Mapping[str, Any],
    x: float,
    state: State,
    *,
    squash: Function = math.tanh,
    swapped: bool = False,
    **functions: Function,
) -> State:
    """The hidden state and the cell after one time step."""
    h, c = state
    gates = {}
    for gate in "ifgo":
        usual = math.tanh if gate == "g" else sigmoid
        a = rnn.get("b", {}).get(gate, 0) + rnn["U"][gate] * x + rnn["W"][gate] * h
        gates[gate] = functions.get(gate, usual)(a)
    i, f = (gates["f"], gates["i"]) if swapped else (gates["i"], gates["f"])
    c = f * c + i * gates["g"]
    return gates["o"] * squash(c), c


def gru_step(
    rnn: Mapping[str, Any], x: float, state: State, *, swapped: str = "", **functions: Function
) -> State:
    """The hidden state after one time step; there is no cell."""
    h, _ = state

    def a(gate: str) -> float:
        return float(rnn["b"][gate] + rnn["U"][gate] * x)

    r = functions.get("r", sigmoid)(a("r") + rnn["W"]["r"] * h)
    z = functions.get("z", sigmoid)(a("z") + rnn["W"]["z"] * h)
    if swapped == "r and z":
        r, z = z, r
    n = functions.get("n", math.tanh)(a("n") + r * rnn["W"]["n"] * h)
    if swapped == "z and 1 − z":
        z = 1 - z
    return (1 - z) * n + z * h, 0.0


def loss_of(problem: Mapping[str, Any], step: Callable[..., State], **made: Any) -> float:
    rnn = problem["rnn"]
    state = (0.0, 0.0)
    for x in rnn["inputs"]:
        state = step(rnn, x, state, **made)
    return float((problem["y_true"] - rnn["V"] * state[0]) ** 2)


@pytest.mark.grid(
    9,
    mistake=[
        ("cell-not-squashed", {"squash": itself}),
        ("sigmoid-for-tanh", {"squash": sigmoid}),
        ("sigmoid-for-tanh", {"g": sigmoid}),
        ("sigmoid-for-tanh", {"g": sigmoid, "squash": sigmoid}),
        *(("tanh-for-sigmoid", {gate: math.tanh}) for gate in "ifo"),
        ("tanh-for-sigmoid", dict.fromkeys("ifo", math.tanh)),
        *(("activation-forgotten", {gate: itself}) for gate in "ifgo"),
        ("activation-forgotten", dict.fromkeys("ifgo", itself)),
        ("gates-swapped", {"swapped": True}),
    ],
)
def test_a_mistake_in_an_lstm_is_named(mistake: tuple[str, dict[str, Any]]) -> None:
    code, made = mistake
    assert named(LSTM, loss_of(LSTM, lstm_step, **made))[0] == code


@pytest.mark.grid(
    3,
    mistake=[
        ("sigmoid-for-tanh", {"n": sigmoid}),
        *(("tanh-for-sigmoid", {gate: math.tanh}) for gate in "rz"),
        *(("activation-forgotten", {gate: itself}) for gate in "rzn"),
        ("gates-swapped", {"swapped": "r and z"}),
        ("gates-swapped", {"swapped": "z and 1 − z"}),
    ],
)
def test_a_mistake_in_a_gru_is_named(mistake: tuple[str, dict[str, Any]]) -> None:
    code, made = mistake
    assert named(GRU, loss_of(GRU, gru_step, **made))[0] == code


@pytest.mark.thorough
def test_an_lstm_worked_with_two_mistakes_is_wrong_and_gets_no_name(tmp_path: Path) -> None:
    rnn = {
        "cell": "lstm",
        "inputs": [1, 2, 3],
        "U": {"f": 0.5, "i": 0.6, "g": 0.7, "o": 0.8},
        "W": {"f": 0.1, "i": 0.2, "g": 0.3, "o": 0.4},
        "V": 4,
        "predict": "last_step",
        "output": "identity",
    }
    # tanh for the input gate everywhere, and the second forget gate of the state alone
    state = (0.0, 0.0)
    for t, x in enumerate([1, 2, 3], start=1):
        forget: dict[str, Any] = {"f": lambda a: sigmoid(a - 0.5 * 2)} if t == 2 else {}
        state = lstm_step(rnn, x, state, i=math.tanh, **forget)
    number = Decimal(f"{(4 - 4 * state[0]) ** 2:.8f}")
    assert number == Decimal("0.25501234")
    problem = {"loss": "mse", "y_true": 4, "rnn": rnn}
    (mark,) = checked(problem, {"loss": number}).marks
    assert (mark.verdict, mark.slips) == ("wrong", ())
    file = tmp_path / "published.yaml"
    file.write_text(json.dumps({**problem, "published": {"loss": str(number)}}))
    ended = run("solve", "--strict", file)
    assert ended.returncode == 1
    assert "ours 0.2676: wrong" in ended.stdout


# --- the problems that come with it ------------------------------------------------------


def read(name: str) -> Path:
    return PROBLEMS / f"{name}.yaml"


def series_with(f: Function) -> dict[str, float]:
    h1 = f(0.5 * 1)
    h2 = f(0.5 * 2 + 0.1 * h1)
    h3 = f(0.5 * 3 + 0.1 * h2)
    errors = [y - 2 * h for y, h in zip([1, 1.5, 2], [h1, h2, h3], strict=True)]
    return {
        "hidden.1.1": h1,
        "hidden.2.1": h2,
        "hidden.3.1": h3,
        "loss": sum(e**2 for e in errors) / 3,
    }


def sentiment_with(f: Function) -> dict[str, float]:
    u, w, b = [[0.5, 0.2], [-0.4, 0.3]], [[0.1, -0.2], [0.3, 0.4]], [0, 0.1]
    h = [0.0, 0.0]
    found: dict[str, float] = {}
    for t, x in enumerate([[1, 0], [0, 1], [1, 1]], start=1):
        h = [f(b[j] + sum(w[j][k] * h[k] + u[j][k] * x[k] for k in range(2))) for j in range(2)]
        found |= {f"hidden.{t}.{j + 1}": h[j] for j in range(2)}
    return {**found, "loss": -math.log(1 - sigmoid(0.2 + h[0] - h[1]))}


def ctc_with(f: Function) -> dict[str, float]:
    h = 0.0
    found: dict[str, float] = {}
    p: list[dict[str, float]] = []
    for t, x in enumerate([1, 0, -1], start=1):
        h = f(x + 0.5 * h)
        found[f"hidden.{t}.1"] = h
        powers = [1, math.exp(h), math.exp(-h)]
        p.append({s: each / sum(powers) for s, each in zip("_ab", powers, strict=True)})
    ways = ("aab", "abb", "_ab", "a_b", "ab_")
    return {**found, "loss": -math.log(sum(math.prod(p[t][s] for t, s in enumerate(way)) for way in ways))}  # fmt: skip


def bundled_lstm(**made: Any) -> dict[str, float]:
    rnn = {
        "U": {"i": 0.5, "f": 0.2, "g": 1, "o": 0.5},
        "W": {"i": 0.1, "f": 0.3, "g": 0.5, "o": -0.2},
        "b": {"i": 0, "f": 1, "g": 0, "o": 0},
    }
    state = (0.0, 0.0)
    found: dict[str, float] = {}
    for t, x in enumerate([1, -1], start=1):
        state = lstm_step(rnn, x, state, **made)
        found |= {f"cell.{t}.1": state[1], f"hidden.{t}.1": state[0]}
    return {**found, "loss": max(0.0, 1 - 2 * state[0])}


def bundled_gru(**made: Any) -> dict[str, float]:
    rnn = {
        "U": {"r": 0.5, "z": -0.5, "n": 1},
        "W": {"r": 0.2, "z": 0.4, "n": 0.5},
        "b": {"r": 0, "z": 0.5, "n": 0},
    }
    state = (0.0, 0.0)
    found: dict[str, float] = {}
    for t, x in enumerate([1, 2], start=1):
        z = sigmoid(0.5 - 0.5 * x + 0.4 * state[0])
        state = gru_step(rnn, x, state, **made)
        found |= {f"update.{t}.1": z, f"hidden.{t}.1": state[0]}
    return {**found, "loss": (1 - 2 * state[0]) ** 2}


BUNDLED = [
    ("sigmoid-for-tanh", "rnn_regression_series", series_with(sigmoid)),
    ("sigmoid-for-tanh", "rnn_sentiment", sentiment_with(sigmoid)),
    ("sigmoid-for-tanh", "rnn_ctc", ctc_with(sigmoid)),
    ("sigmoid-for-tanh", "rnn_lstm", bundled_lstm(g=sigmoid)),
    ("sigmoid-for-tanh", "rnn_gru", bundled_gru(n=sigmoid)),
    ("cell-not-squashed", "rnn_lstm", bundled_lstm(squash=itself)),
]


@pytest.mark.some(3)
@pytest.mark.parametrize(("code", "name", "numbers"), BUNDLED)
def test_a_bundled_network_with_another_activation_by_its_loss_alone(
    code: str, name: str, numbers: dict[str, float]
) -> None:
    assert named(read(name), numbers["loss"])[0] == code


@pytest.mark.some(3)
@pytest.mark.parametrize(("code", "name", "numbers"), BUNDLED)
def test_a_bundled_network_with_another_activation_has_one_cause(
    code: str, name: str, numbers: dict[str, float]
) -> None:
    marks = checked(read(name), numbers)
    assert [cause.code for cause in marks.causes] == [code]
    assert set(verdicts(marks).values()) <= {"right", "wrong", "follows_through"}
    wrong = [id for id, verdict in verdicts(marks).items() if verdict == "wrong"]
    assert list(marks.causes[0].explains) == wrong
    assert wrong


def test_a_number_that_nothing_leads_to_gets_no_name() -> None:
    answers = {"hidden.1.1": Decimal("0.622"), "loss": Decimal("0.2")}
    first, loss = checked(read("rnn_regression_series"), answers).marks
    assert first.slips[0].code == "sigmoid-for-tanh"
    assert (loss.verdict, loss.slips) == ("wrong", ())


# --- back through time -------------------------------------------------------------------


def gradient_of(
    mistake: str = "",
    slope: Function = tanh_slope,
    factor: float = 2 / 3,
    back: float = W,
) -> dict[str, float]:
    """The gradient of the series by U, W, b and V."""
    h = states()
    by_output = [factor * (V * each - y) for each, y in zip(h, Y, strict=True)]
    by_a = [0.0] * 4
    for t in (2, 1, 0):
        later = by_a[t + 1]
        if mistake == "through-time-forgotten":
            later = 0.0
        if mistake == "one-step-through-time" and t < 2:
            later = by_output[t + 1] * V * slope(h[t + 1])
        by_a[t] = (by_output[t] * V + later * back) * slope(h[t])
    if mistake == "input-forgotten":
        return {"U": sum(by_a), "W": by_a[1] + by_a[2], "b": sum(by_a), "V": sum(by_output)}
    before = [0.0, *h] if mistake != "value-of-another-step" else [0.0, *h[1:], 0.0]
    if mistake == "value-of-another-step, from the first":
        before = h
    return {
        "U": sum(d * x for d, x in zip(by_a, X, strict=False)),
        "W": sum(d * each for d, each in zip(by_a, before, strict=False)),
        "b": sum(by_a),
        "V": sum(d * each for d, each in zip(by_output, h, strict=True)),
    }


PLACES = {"U": "gradient.rnn.U.1.1", "W": "gradient.rnn.W.1.1", "b": "gradient.rnn.b.1"}
BACKWARDS = [
    ("through-time-forgotten", gradient_of("through-time-forgotten")),
    ("one-step-through-time", gradient_of("one-step-through-time")),
    ("local-derivative-forgotten", gradient_of(slope=lambda _: 1.0)),
    ("local-derivative-forgotten", gradient_of(factor=1 / 3)),
    ("derivative-twice", gradient_of(slope=lambda h: (1 - h**2) ** 2)),
    ("derivative-at-the-output", gradient_of(slope=lambda h: 1 - math.tanh(h) ** 2)),
    ("mean-forgotten-in-derivative", gradient_of(factor=2)),
    ("sigmoid-slope-for-tanh", gradient_of(slope=lambda h: h * (1 - h))),
    ("matrices-exchanged", gradient_of(back=U)),
]


def is_right(gradient: Mapping[str, float], key: str) -> bool:
    return written(gradient[key]) == written(gradient_of()[key])


def test_the_formulas_here_give_the_gradient() -> None:
    answers = {id: gradient_of()[key] for key, id in PLACES.items()}
    assert checked(SERIES, answers, gradient=True).is_right


@pytest.mark.some(3)
@pytest.mark.grid(backward=BACKWARDS, key=["b", "U", "W"])
def test_a_mistake_in_a_gradient_is_named(backward: tuple[str, dict[str, float]], key: str) -> None:
    code, gradient = backward
    if is_right(gradient, key):
        assert (code, key) == ("one-step-through-time", "W")  # W is not used in the first step
        return
    assert named(SERIES, gradient[key], PLACES[key], gradient=True)[0] == code


@pytest.mark.parametrize(
    ("mistake", "key"),
    [
        ("input-forgotten", "U"),
        ("input-forgotten", "W"),
        ("input-forgotten", "V"),
        ("value-of-another-step", "W"),
        ("value-of-another-step, from the first", "W"),
    ],
)
def test_what_a_weight_multiplies_is_named_where_it_is_left_out_or_of_another_time(
    mistake: str, key: str
) -> None:
    """Alone, and beside the derivatives that the term is worked from."""
    id, code = f"gradient.rnn.{key}.1.1", mistake.partition(",")[0]
    number = gradient_of(mistake)[key]
    assert named(SERIES, number, id, gradient=True)[0] == code
    solution = lossclass.solve(lossclass.load(SERIES), gradient=True)
    before = [step for step in solution.steps if step.id.startswith("gradient.preactivation")]
    answers = {step.id: step.value for step in before} | {id: number}
    marks = checked(SERIES, answers, gradient=True)
    assert {**verdicts(marks), id: "right"} == dict.fromkeys(answers, "right")
    (cause,) = marks.causes
    assert (cause.code, cause.explains) == (code, (id,))


def test_a_matrix_read_by_rows_on_the_way_back_is_named() -> None:
    """What comes back to h₁ of two units."""
    w, x, y = np.array([[0.4, -0.3], [0.7, 0.2]]), np.array([[0.5], [-0.8]]), 0.9
    u, v = np.array([[1.1], [-0.6]]), np.array([[0.8, -1.2]])
    problem = {
        "loss": "mse",
        "y_true": [y],
        "rnn": {
            "inputs": x.tolist(), "U": u.tolist(), "W": w.tolist(), "V": v.tolist(),
            "output": "identity", "predict": "last_step",
        },
    }  # fmt: skip
    h1 = np.tanh(u @ x[0])
    h2 = np.tanh(u @ x[1] + w @ h1)
    by_a2 = 2 * ((v @ h2)[0] - y) * v[0] * (1 - h2**2)
    right, wrong = w.T @ by_a2, w @ by_a2
    assert checked(problem, {"gradient.hidden.1.1": right[0]}, gradient=True).is_right
    found = named(problem, wrong[0], "gradient.hidden.1.1", gradient=True)
    assert found[0] == "matrix-transposed"


@pytest.mark.some(2)
@pytest.mark.parametrize("gate", "ifo")
def test_the_slope_of_tanh_for_that_of_a_gate_is_named(gate: str) -> None:
    solution = lossclass.solve(lossclass.load(LSTM), gradient=True)
    name = {"i": "input", "f": "forget", "o": "output"}[gate]
    last = len(LSTM["rnn"]["inputs"])
    own, by = f"{name}_gate.{last}.1", f"gradient.{name}_gate_preactivation.{last}.1"
    values = solution.values
    number = float(values[f"gradient.{own}"]) * tanh_slope(float(values[own]))
    assert named(LSTM, number, by, gradient=True)[0] == "tanh-slope-for-sigmoid"


@pytest.mark.grid(4, backward=BACKWARDS)
def test_a_mistake_in_a_gradient_is_one_cause(backward: tuple[str, dict[str, float]]) -> None:
    code, gradient = backward
    answers = {id: gradient[key] for key, id in PLACES.items()}
    marks = checked(SERIES, answers, gradient=True)
    assert [cause.code for cause in marks.causes] == [code]
    wrong = {id for key, id in PLACES.items() if not is_right(gradient, key)}
    assert set(marks.causes[0].explains) == wrong


@pytest.mark.thorough
def test_three_gradients_without_the_way_back_through_time_have_one_cause() -> None:
    rnn = {"inputs": [0.1, 0.2, 0.3], "U": 0.5, "W": 0.5, "V": 1, "b": 0, "output": "identity"}
    problem = {"loss": "mse", "y_true": [0.2, 0.4, 0.6], "rnn": {**rnn, "predict": "every_step"}}
    numbers = {
        "U": "-0.12094068950514768",
        "W": "-0.040029383365922655",
        "b": "-0.5299668213319921",
    }
    answers = {id: Decimal(numbers[key]) for key, id in PLACES.items()}
    (cause,) = checked(problem, answers, gradient=True).causes
    assert cause.code == "through-time-forgotten"
    assert set(cause.explains) == set(PLACES.values())


@pytest.mark.some(2)
@pytest.mark.parametrize(
    ("problem", "step", "gate"),
    [
        pytest.param(problem, step, each, marks=() if each in "fr" else pytest.mark.thorough)
        for problem, step, gates in ((LSTM, lstm_step, "ifgo"), (GRU, gru_step, "rzn"))
        for each in gates
    ],
)
def test_the_last_step_alone_is_what_comes_without_the_way_back(
    problem: dict[str, Any], step: Callable[..., State], gate: str
) -> None:
    rnn = problem["rnn"]
    *first, last = rnn["inputs"]
    before = (0.0, 0.0)
    for x in first:
        before = step(rnn, x, before)

    def loss(u: float) -> float:
        """The loss by the last step's U, with the state before held."""
        moved = {**rnn, "U": {**rnn["U"], gate: u}}
        return float((problem["y_true"] - rnn["V"] * step(moved, last, before)[0]) ** 2)

    u, little = rnn["U"][gate], 1e-5
    slope = (loss(u + little) - loss(u - little)) / (2 * little)
    found = named(problem, slope, f"gradient.rnn.U.{gate}.1.1", gradient=True)
    assert found[0] == "through-time-forgotten"


def test_the_derivative_of_the_sigmoid_of_an_output_forgotten_or_taken_twice() -> None:
    h1 = math.tanh(0.7)
    p = sigmoid(0.6 * math.tanh(0.4 * h1 - 0.3))
    rnn = {"inputs": [1, -0.428571], "U": 0.7, "W": 0.4, "V": 0.6, "c": 0}
    problem = {"loss": "bce", "y_true": 1, "rnn": {**rnn, "predict": "last_step"}}
    id = "gradient.rnn.c.1"
    assert named(problem, -1 / p, id, gradient=True)[0] == "local-derivative-forgotten"
    assert named(problem, (p - 1) * p * (1 - p), id, gradient=True)[0] == "derivative-twice"


def test_the_derivative_of_relu_forgotten_where_it_is_0() -> None:
    problem = with_keys(SERIES, activation="relu", inputs=NEGATIVE)
    _, h2, h3 = states(NEGATIVE, relu)
    assert h2 == 0
    number = V * 2 / 3 * (V * h2 - Y[1]) + W * V * 2 / 3 * (V * h3 - Y[2])
    found = named(problem, number, "gradient.preactivation.2.1", gradient=True)
    assert found == ["local-derivative-forgotten"]


def test_a_factor_before_the_mean_forgotten_in_the_derivative() -> None:
    y, guess = [1.3, 2.1, 4.2], [1.5, 2.6, 3.1]
    problem = {"loss": "mse", "factor": 0.7, "y_true": y, "y_pred": guess}
    number = 2 / 3 * (guess[1] - y[1])
    found = named(problem, number, "gradient.y_pred.2", gradient=True)
    assert found[0] == "local-derivative-forgotten"
    found = named(problem, 0.7 * 3 * number, "gradient.y_pred.2", gradient=True)
    assert found[0] == "mean-forgotten-in-derivative"


# --- learning ----------------------------------------------------------------------------

LEARNS = {**SERIES, "train": {"learning_rate": 0.2}}
UPDATED = {"U": "updated.rnn.U.1.1", "W": "updated.rnn.W.1.1", "b": "updated.rnn.b.1"}


@pytest.mark.some(2)
@pytest.mark.parametrize(
    ("code", "rate"), [("sign-of-update", -0.2), ("learning-rate-twice", 0.04)]
)
def test_a_wrong_step_of_learning_is_one_cause_with_the_loss_after_it(
    code: str, rate: float
) -> None:
    slopes = gradient_of()
    u, w, b, v = (old - rate * slopes[key] for key, old in zip("UWbV", (U, W, B, V), strict=True))
    h, loss = 0.0, 0.0
    for x, y in zip(X, Y, strict=True):
        h = math.tanh(b + w * h + u * x)
        loss += (y - v * h) ** 2 / 3
    answers = {**dict(zip(UPDATED.values(), (u, w, b), strict=True)), "updated.loss": loss}
    marks = checked(LEARNS, answers)
    assert [cause.code for cause in marks.causes] == [code]
    assert set(marks.causes[0].explains) == set(answers)


# --- conventions -------------------------------------------------------------------------


def test_a_gate_written_as_what_lets_the_new_in_is_right() -> None:
    loaded = lossclass.load(GRU)
    solution = lossclass.solve(loaded, gradient=True)
    values = {id: float(each) for id, each in solution.values.items()}
    reversed_gates = {f"update.{t}.1": 1 - values[f"update.{t}.1"] for t in (1, 2, 3)}
    same = [
        id
        for id in values
        if id.startswith(("hidden", "gradient.hidden", "gradient.candidate.", "gradient.rnn", "gradient.update_preactivation"))
    ]  # fmt: skip
    slopes = {f"gradient.update.{t}.1": -values[f"gradient.update.{t}.1"] for t in (1, 2, 3)}
    answers = {**reversed_gates, **{id: values[id] for id in same}, **slopes}
    marks = checked(GRU, answers, gradient=True)
    assert marks.is_right
    first = marks.marks[0]
    assert (first.id, first.explanation.kind) == ("update.1.1", "convention")
    assert first.explanation.text.startswith("This z is 1 − z of the problem")


def test_one_reversed_gate_beside_a_usual_one_is_no_convention() -> None:
    solution = lossclass.solve(lossclass.load(GRU))
    first, second = (float(solution.values[f"update.{t}.1"]) for t in (1, 2))
    marks = checked(GRU, {"update.1.1": 1 - first, "update.2.1": second})
    assert verdicts(marks) == {"update.1.1": "wrong", "update.2.1": "right"}


# --- where there is nothing to name ------------------------------------------------------

NETWORKS = {
    "sigmoid-for-tanh",
    "tanh-for-sigmoid",
    "activation-forgotten",
    "cell-not-squashed",
    "gates-swapped",
    "value-of-another-step",
}
GRADIENTS = {
    "through-time-forgotten",
    "one-step-through-time",
    "local-derivative-forgotten",
    "derivative-twice",
    "derivative-at-the-output",
    "mean-forgotten-in-derivative",
}
LEARNING = {"sign-of-update", "learning-rate-twice"}


def test_only_what_belongs_to_a_problem_is_looked_for() -> None:
    plain = {"loss": "mse", "y_true": [1, 2], "y_pred": [1.5, 2.5]}
    # of another row, that is, and of the loss itself
    elsewhere = (NETWORKS | GRADIENTS | LEARNING) - {"value-of-another-step"}
    assert codes(plain).isdisjoint(elsewhere)
    of_plain = codes(plain, gradient=True) & elsewhere
    assert of_plain == {"local-derivative-forgotten", "mean-forgotten-in-derivative"}
    vanilla = {"sigmoid-for-tanh", "activation-forgotten", "value-of-another-step"}
    assert codes(SERIES) & (NETWORKS | GRADIENTS | LEARNING) == vanilla
    assert codes(SERIES, gradient=True) & (GRADIENTS | LEARNING) == GRADIENTS
    assert "mean-forgotten-in-derivative" not in codes(LSTM, gradient=True)  # of one observation
    of_relu = codes(with_keys(SERIES, activation="relu"))
    assert of_relu & NETWORKS == {"activation-forgotten", "value-of-another-step"}
    of_nothing = codes(with_keys(SERIES, activation="identity"), gradient=True)
    assert of_nothing.isdisjoint(
        {"activation-forgotten", "derivative-twice", "derivative-at-the-output"}
    )
    two = {**with_keys(SERIES, inputs=X[:2]), "y_true": Y[:2]}
    assert "one-step-through-time" not in codes(two, gradient=True)
    assert codes(LEARNS) >= LEARNING
    assert codes({**SERIES, "train": {"learning_rate": 1}}) & LEARNING == {"sign-of-update"}
    assert {"cell-not-squashed", "gates-swapped"} <= codes(LSTM)
    assert "cell-not-squashed" not in codes(GRU)


@pytest.mark.thorough
def test_a_long_network_is_left_alone() -> None:
    x = [n % 7 / 10 for n in range(MOST_FOR_SLIPS // 3 + 1)]
    rnn = {"inputs": x, "U": U, "W": W, "V": V, "output": "identity", "predict": "last_step"}
    problem = {"loss": "mse", "y_true": 1, "rnn": rnn}
    assert codes(problem).isdisjoint(NETWORKS)


def test_every_text_is_a_sentence_on_one_line() -> None:
    for problem in (LEARNS, LSTM, GRU, with_keys(SERIES, activation="relu", inputs=NEGATIVE)):
        loaded = lossclass.load(problem)
        solution = lossclass.solve(loaded, gradient=True)
        diagnosis = diagnosis_of(loaded, solution)
        made: list[Slip | Convention] = [*diagnosis.own, *diagnosis.conventions]
        for each in made:
            changed = each.changed if isinstance(each, Slip) else each.otherwise
            assert changed or getattr(each, "worked", None)
            assert each.text.endswith(".")
            assert "\n" not in each.text
            assert "  " not in each.text
            assert changed.keys() <= solution.values.keys()


# --- at random ---------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("exercise", [network, gated_network])
def test_mistakes_in_random_networks_are_named_first(exercise: Any) -> None:
    random = Random(7)  # noqa: S311
    asked, first = 0, 0
    for _ in range(12):
        each = exercise(random)
        loaded = lossclass.load(each.problem)
        solution = lossclass.solve(loaded)
        assert float(solution.values["loss"]) == pytest.approx(each.right)
        diagnosis = diagnosis_of(loaded, solution)
        for code, number in each.wrong:
            if written(number) != written(each.right):
                found = diagnosis.explain("loss", written(number))
                asked += 1
                first += bool(found) and found[0].code == code
    assert first >= 0.9 * asked > 20

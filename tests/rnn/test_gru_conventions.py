"""What differs between the GRUs of papers and libraries: what the update gate is the share of, and
where the reset gate acts."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from networks import networks

import lossclass
from lossclass.figures import Diagram
from lossclass.marking.marker import Marker
from lossclass.problem.keys import Published
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import Rnn
from lossclass.rnn.vectorised import forward
from lossclass.solving import diagnosis_of

ONE: dict[str, Any] = {
    "cell": "gru",
    "inputs": [1, 2],
    "U": {"r": 0.5, "z": -0.5, "n": 1},
    "W": {"r": 0.2, "z": 0.4, "n": 0.5},
    "b": {"r": 0, "z": 0.5, "n": 0},
    "V": 2,
}
TWO: dict[str, Any] = {
    "cell": "gru",
    "inputs": [[1, 2], [0.5, -1]],
    "U": [[0.1, 0.2], [0.3, -0.1], [0.4, 0.5], [0.2, 0.1], [0.3, 0.3], [-0.4, 0.2]],
    "W": [[0.1, 0.2], [0.3, -0.1], [0.4, 0.5], [0.2, 0.1], [0.3, 0.3], [-0.4, 0.2]],
    "V": [[1, -1]],
    "predict": "last_step",
}


def problem(rnn: dict[str, Any]) -> dict[str, Any]:
    count = 1 if rnn.get("predict") == "last_step" else len(rnn["inputs"])
    outputs = len(rnn["V"]) if isinstance(rnn.get("V"), list) else 1
    return {"loss": "mse", "y_true": [[0.3] * outputs] * count, "rnn": rnn}


def states(keys: dict[str, Any]) -> Any:
    return forward(network_of(Rnn.model_validate(keys))).states


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@given(networks())
def test_the_update_gates_agree_with_1_minus_z_for_z(keys: dict[str, Any]) -> None:
    if keys["cell"] != "gru":
        return
    units = len(keys["V"][0])
    keys["update"] = "keep"
    other = {**keys, "update": "replace"}
    for key in {"U", "W", "b", "b_hidden"} & set(keys):  # sigmoid(−a) = 1 − sigmoid(a)
        rows = [*keys[key]]
        for n in range(units, 2 * units):
            rows[n] = [-each for each in rows[n]] if key in "UW" else -rows[n]
        other[key] = rows
    assert states(other) == pytest.approx(states(keys), abs=1e-12)
    one, two = (lossclass.solve(problem(each), gradient=True) for each in (keys, other))
    assert one.answer.value == pytest.approx(two.answer.value, rel=1e-12, abs=1e-12)
    by_v = [np.array((each.gradient or {})["rnn.V"]) for each in (one, two)]
    assert by_v[0] == pytest.approx(by_v[1], abs=1e-12)


@given(networks())
def test_with_one_unit_and_one_bias_it_does_not_matter_where_the_reset_gate_acts(
    keys: dict[str, Any],
) -> None:
    if keys["cell"] == "gru" and len(keys["V"][0]) == 1:
        keys.pop("b_hidden", None)
        after, before = (states({**keys, "reset": reset}) for reset in ("after", "before"))
        assert after == pytest.approx(before, abs=1e-12)


@pytest.mark.some(3)
@pytest.mark.parametrize("update", ["keep", "replace"])
@pytest.mark.parametrize("reset", ["after", "before"])
@pytest.mark.parametrize("more", [{}, {"b_hidden": [0.1, -0.2, 0.3, 0.2, -0.1, 0.4]}])
def test_both_roads_agree_on_the_gradient(update: str, reset: str, more: dict[str, Any]) -> None:
    for state in ({}, {"initial_state": [0.3, -0.4]}):
        keys = {**TWO, **more, **state, "update": update, "reset": reset}
        solution = lossclass.solve(problem(keys), gradient=True)
        assert solution.cross_check.agrees
        assert "gradient-disagrees" not in {each.code for each in solution.remarks}


def test_the_lines_of_each() -> None:
    def formula(id: str, **keys: str) -> str:
        solution = lossclass.solve(problem({**TWO, **keys})).to_dict()
        return str(next(step for step in solution["steps"] if step["id"] == id)["formula"])

    assert formula("hidden.2.1") == "(1 − z₂,₁) · n₂,₁ + z₂,₁ · h₁,₁"
    assert formula("hidden.2.1", update="replace") == "(1 − z₂,₁) · h₁,₁ + z₂,₁ · n₂,₁"
    assert formula("hidden.1.1", update="replace") == "z₁,₁ · n₁,₁"
    candidate = "candidate_preactivation.2.1"
    assert formula(candidate).endswith(" + r₂,₁ · p₂,₁")
    assert formula(candidate, reset="before").startswith("Wₙ,₁,₁ · p₂,₁ + Wₙ,₁,₂ · p₂,₂ + ")
    assert formula("reset_state.2.2", reset="before") == "r₂,₂ · h₁,₂"


# --- what is said of it, and what it does to somebody's numbers --------------------------


@pytest.mark.parametrize(
    ("keys", "says", "not_said"),
    [
        (ONE, ["(update: keep)", "(update: replace)"], "reset:"),
        (TWO, ["(update: keep)", "(update: replace)", "(reset: after)", "(reset: before)"], "same"),
        ({**ONE, "reset": "before"}, ["(reset: before)", "the same with one unit"], "1 unit"),
        ({**TWO, "update": "replace"}, ["share of the candidate (update: replace)"], "same"),
    ],
)
def test_it_is_said_which_is_taken_and_that_there_is_another(
    keys: dict[str, Any], says: list[str], not_said: str
) -> None:
    solution = lossclass.solve(problem(keys))
    (text,) = (each.text for each in solution.remarks if each.code == "gru-conventions")
    assert all(each in text for each in says)
    assert not_said not in text


def marked(rnn: dict[str, Any], answers: dict[str, float], *, gradient: bool = False) -> Marker:
    loaded = lossclass.load(problem(rnn))
    solution = lossclass.solve(loaded, gradient=gradient)
    sheet = {
        id: Published.model_construct(value=Decimal(f"{number:.4e}"))
        for id, number in answers.items()
    }
    return Marker(solution, sheet, diagnosis_of(loaded, solution))


IDS = ("hidden.1.1", "hidden.2.1", "loss")


@pytest.mark.parametrize(
    "meant",
    [
        pytest.param({"update": "replace"}, marks=pytest.mark.thorough),
        pytest.param({"reset": "before"}, marks=pytest.mark.thorough),
        {"update": "replace", "reset": "before"},
    ],
    ids="-".join,
)
def test_numbers_of_another_gru_are_right_where_the_problem_does_not_say(
    meant: dict[str, str],
) -> None:
    keys = {**TWO, "initial_state": [0.3, -0.4]}
    theirs = lossclass.solve(problem({**keys, **meant}), gradient=True)
    ids = (*IDS, "gradient.rnn.W.n.1.2", "gradient.rnn.U.z.1.1")
    answers = {id: float(theirs.values[id]) for id in ids}
    marks = [*marked(keys, answers, gradient=True).marks()]
    assert {mark.verdict for mark in marks} == {"right"}
    first = marks[0].explanation
    assert (first.kind, first.code) == ("convention", f"gru-{'-'.join(meant.values())}")
    assert all(f"({key}: {value})" in first.text for key, value in meant.items())
    said = {"update": "keep", "reset": "after"}
    loss = {"loss": answers["loss"]}
    assert {mark.verdict for mark in marked({**keys, **said}, loss).marks()} == {"wrong"}


def test_where_the_problem_says_which_gate_is_meant_the_other_is_a_slip() -> None:
    theirs = lossclass.solve(problem({**TWO, "update": "replace"}))
    answers = {id: float(theirs.values[id]) for id in IDS}
    marker = marked({**TWO, "update": "keep"}, answers)
    assert [cause.code for cause in marker.causes] == ["gates-swapped"]
    marker = marked({**TWO, "update": "replace"}, {"hidden.1.1": 1.0})
    assert marker.mark("hidden.1.1").verdict == "wrong"


def test_one_unit_of_courses_by_hand() -> None:
    solution = lossclass.solve(problem({**ONE, "update": "replace", "reset": "before"}))
    h = 0.0
    for t, x in enumerate([1, 2], start=1):
        r, z = sigmoid(0.2 * h + 0.5 * x), sigmoid(0.5 + 0.4 * h - 0.5 * x)
        n = math.tanh(0.5 * (r * h) + x)
        h = (1 - z) * h + z * n
        assert solution.step(f"hidden.{t}.1").value == pytest.approx(h, rel=1e-14)


def test_the_figure_of_a_cell_has_what_its_candidate_is_worked_from() -> None:
    def boxes(**keys: str) -> dict[str, int]:
        sections = lossclass.solve(problem({**TWO, **keys})).sections
        blocks = [block for section in sections for block in section.blocks]
        (cell,) = (each for each in blocks if isinstance(each, Diagram) and each.id == "cell")
        return {box.id: len(box.lines) for box in cell.boxes}

    assert boxes(reset="before")["reset_state"] == 3  # its name, and the states of both units
    assert "candidate_hidden" not in boxes(reset="before")
    assert "reset_state" not in boxes(update="replace")

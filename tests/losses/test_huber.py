"""The Huber loss against its definition in plain loops, at δ, its slips, and what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of
from problems import codes, decimals


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 6))
    problem: dict[str, Any] = {
        "loss": draw(st.sampled_from(["huber", "huber_loss"])),
        "y_true": draw(st.lists(decimals("-9", "9"), min_size=n, max_size=n)),
        "y_pred": draw(st.lists(decimals("-9", "9"), min_size=n, max_size=n)),
        "delta": draw(decimals("0.001", "6")),
        "reduction": draw(st.sampled_from(["mean", "sum", "weighted_mean", "none"])),
    }
    if draw(st.booleans()):  # an error of just δ
        problem["y_pred"][0] = problem["y_true"][0] + problem["delta"]
    if draw(st.booleans()):
        problem["weights"] = draw(st.lists(decimals("0.1", "4", 1), min_size=n, max_size=n))
    return problem


def huber(error: float, delta: float) -> float:
    if abs(error) <= delta:
        return error**2 / 2
    return delta * (abs(error) - delta / 2)


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    weights = [float(w) for w in problem.get("weights", [1] * len(problem["y_true"]))]
    weighted = [
        w * huber(float(y - guess), float(problem["delta"]))
        for w, y, guess in zip(weights, problem["y_true"], problem["y_pred"], strict=True)
    ]
    match problem["reduction"]:
        case "none":
            return weighted
        case "sum":
            return sum(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(weights)
    return sum(weighted) / len(weighted)


@given(problems())
def test_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-12, abs=1e-12)


def test_the_bundled_delivery_times() -> None:
    solution = lossclass.solve(bundled_problems()["huber_outlier"])
    parts = [0.8**2 / 2, 1.5**2 / 2, 0.4**2 / 2, 1.5 * (8.5 - 0.75), 1.5 * (2.2 - 0.75)]
    for number, part in enumerate(parts, start=1):
        assert solution.step(f"huber.{number}").value == pytest.approx(part, rel=1e-14)
    assert solution.answer.value == pytest.approx(sum(parts) / 5, rel=1e-14)


def test_a_sentence_says_which_branch_and_is_no_part_of_a_worksheet() -> None:
    steps = {
        step.id: step
        for step in lossclass.solve(bundled_problems()["huber_outlier"]).steps
        if step.id.startswith("huber.")
    }
    assert steps["huber.2"].why == "|e| is not above δ: half the square."  # it is just δ
    assert steps["huber.4"].why == "|e| is above δ: on the straight line."
    assert all(step.tells for step in steps.values())


@pytest.mark.parametrize("delta", ["0.3", "1", "2.5"])
@pytest.mark.parametrize("sign", [1, -1])
def test_at_delta_value_and_slope_of_both_branches_are_the_same(delta: str, sign: int) -> None:
    """One error just at δ, one a little below and one a little above."""
    limit, little = Decimal(delta), Decimal("1e-9")
    errors = [sign * (limit + each) for each in (-little, 0, little)]
    problem = {
        "loss": "huber", "y_true": errors, "y_pred": [0, 0, 0], "delta": delta, "reduction": "sum",
    }  # fmt: skip
    solution = lossclass.solve(problem, gradient=True)
    below, at, above = (solution.step(f"huber.{n}").value for n in (1, 2, 3))
    assert at == float(limit**2 / 2)
    assert (below, above) == pytest.approx((at, at), abs=1e-8)
    slopes = [solution.step(f"gradient.y_pred.{n}").value for n in (1, 2, 3)]
    assert slopes[1] == slopes[2] == float(-sign * limit)
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-8)
    assert not {"kink", "gradient-disagrees"} & {*codes(solution)}


def test_pytorch_agrees_with_its_gradient() -> None:
    torch = pytest.importorskip("torch")
    true, predicted = [0.1, -2.5, 3.0, 1.0], [0.4, -0.5, 1.0, 9.5]
    for delta in (0.25, 1.0, 2.0):
        tensor = torch.tensor(predicted, dtype=torch.float64, requires_grad=True)
        aim = torch.tensor(true, dtype=torch.float64)
        theirs = torch.nn.functional.huber_loss(tensor, aim, delta=delta)
        theirs.backward()
        problem = {"loss": "huber", "y_true": true, "y_pred": predicted, "delta": delta}
        solution = lossclass.solve(problem, gradient=True)
        assert solution.answer.value == pytest.approx(theirs.item())
        found = [solution.step(f"gradient.y_pred.{n}").value for n in (1, 2, 3, 4)]
        assert found == pytest.approx(tensor.grad.tolist())
        smooth = torch.nn.functional.smooth_l1_loss(tensor, aim, beta=delta)
        assert solution.answer.value == pytest.approx(delta * smooth.item())


# --- slips -------------------------------------------------------------------------------

ACTUAL, GUESSES, DELTA = [20.1, 22.3, 21.7, 19.2], [19.57, 24.8, 21.0, 22.44], 1.3
ERRORS = [y - p for y, p in zip(ACTUAL, GUESSES, strict=True)]  # the second and fourth are large
PARTS = [huber(e, DELTA) for e in ERRORS]
SQUARES = [e**2 / 2 for e in ERRORS]
LINES = [DELTA * (abs(e) - DELTA / 2) for e in ERRORS]
PROBLEM = {"loss": "huber", "y_true": ACTUAL, "y_pred": GUESSES, "delta": DELTA}


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("square-everywhere", sum(SQUARES) / 4),
        ("square-everywhere", (sum(PARTS[:3]) + SQUARES[3]) / 4),
        ("line-everywhere", sum(LINES) / 4),
        ("branches-swapped", (LINES[0] + SQUARES[1] + LINES[2] + SQUARES[3]) / 4),
        ("half-forgotten", (2 * PARTS[0] + PARTS[1] + 2 * PARTS[2] + PARTS[3]) / 4),
        (
            "half-forgotten",
            (2 * PARTS[0] + LINES[1] + 2 * PARTS[2] + LINES[3] - DELTA**2) / 4,
        ),
        ("half-delta-forgotten", (sum(PARTS) + DELTA**2) / 4),
        ("delta-forgotten", sum(huber(e, 1) for e in ERRORS) / 4),
        ("sum-for-mean", sum(PARTS)),
        # an error from 0.7 to 0.74 stays where it is, one from 0.53 to 4.7 comes to the other branch
        ("value-of-another-step", (sum(PARTS) - PARTS[0] + huber(20.1 - 24.8, DELTA)) / 4),
        ("value-of-another-step", (sum(PARTS) - PARTS[2] + huber(21.7 - 22.44, DELTA)) / 4),
    ],
)
def test_slips(code: str, number: float) -> None:
    problem = lossclass.load(PROBLEM)
    diagnosis = diagnosis_of(problem, lossclass.solve(problem))
    assert diagnosis.explain("loss", Decimal(f"{number:.4e}"))[0].code == code


def test_there_is_no_slip_that_changes_nothing() -> None:
    def own(**keys: Any) -> set[str]:
        problem = lossclass.load({**PROBLEM, **keys})
        return {each.code for each in diagnosis_of(problem, lossclass.solve(problem)).own}

    assert "delta-forgotten" not in own(delta=1)
    assert own(delta=9).isdisjoint(
        {"square-everywhere", "branches-swapped", "half-delta-forgotten"}
    )
    assert own(delta="0.1").isdisjoint({"line-everywhere", "branches-swapped"})


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"delta": 0}, "delta", "expected a number greater than 0, got 0"),
        ({"delta": -1}, "delta", "expected a number greater than 0, got -1"),
        ({"delta": "much"}, "delta", "expected a number greater than 0, got 'much'"),
        ({"y_pred": [1, 2]}, "y_pred", "expected 3 numbers, one for each of y_true, got 2"),
        ({"y_true": []}, "y_true", "expected at least one number, got none"),
        ({"factor": 2}, "factor", "there is no such key"),
    ],
)
def test_bad_input_is_refused_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {"loss": "huber", "y_true": [1, 2, 3], "y_pred": [1, 2, 4], **keys}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem)
    found = [(mistake.path, mistake.message) for mistake in caught.value.mistakes]
    assert any(each == path and message in text for each, text in found), found

"""Mean absolute error against its definition in plain loops, its slips, and what it refuses."""

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
        "loss": draw(st.sampled_from(["mean_absolute_error", "mae", "l1"])),
        "y_true": draw(st.lists(decimals("-9", "9"), min_size=n, max_size=n)),
        "y_pred": draw(st.lists(decimals("-9", "9"), min_size=n, max_size=n)),
        "reduction": draw(st.sampled_from(["mean", "sum", "weighted_mean", "none"])),
    }
    if draw(st.booleans()):
        problem["y_pred"][0] = problem["y_true"][0]
    if draw(st.booleans()):
        problem["weights"] = draw(st.lists(decimals("0.1", "4", 1), min_size=n, max_size=n))
    return problem


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    weights = [float(w) for w in problem.get("weights", [1] * len(problem["y_true"]))]
    weighted = []
    for w, y, guess in zip(weights, problem["y_true"], problem["y_pred"], strict=True):
        error = float(y) - float(guess)
        weighted.append(w * (error if error > 0 else -error))
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


def test_the_bundled_tides() -> None:
    solution = lossclass.solve(bundled_problems()["absolute_error_tides"])
    sizes = [3.3 - 3.1, 2.85 - 2.7, 0, 3.6 - 3.15, 3.5 - 3.25]
    for number, size in enumerate(sizes, start=1):
        assert solution.step(f"absolute_error.{number}").value == pytest.approx(size, abs=1e-14)
    assert solution.answer.value == pytest.approx(sum(sizes) / 5, rel=1e-14)


def test_at_the_kink_the_slope_is_0_and_it_is_said() -> None:
    problem = {"loss": "mae", "y_true": [1, 2, 3], "y_pred": [1.5, 2, 2.5]}
    solution = lossclass.solve(problem, gradient=True)
    found = [solution.step(f"gradient.y_pred.{n}").value for n in (1, 2, 3)]
    assert found == pytest.approx([1 / 3, 0, -1 / 3])
    assert "kink" in codes(solution)
    assert "gradient-disagrees" not in codes(solution)
    assert "kink" not in codes(lossclass.solve({**problem, "y_pred": [2, 3, 4]}, gradient=True))


def test_pytorch_agrees_with_its_gradient() -> None:
    torch = pytest.importorskip("torch")
    true, predicted = [0.1, -2.5, 3.0], [0.4, -2.5, 2.0]
    tensor = torch.tensor(predicted, dtype=torch.float64, requires_grad=True)
    theirs = torch.nn.functional.l1_loss(tensor, torch.tensor(true, dtype=torch.float64))
    theirs.backward()
    problem = {"loss": "mae", "y_true": true, "y_pred": predicted}
    solution = lossclass.solve(problem, gradient=True)
    assert solution.answer.value == pytest.approx(theirs.item())
    found = [solution.step(f"gradient.y_pred.{n}").value for n in (1, 2, 3)]
    assert found == pytest.approx(tensor.grad.tolist())


ACTUAL, GUESSES = [20.1, 22.3, 21.7, 19.2], [19.57, 22.8, 21.0, 20.44]
ERRORS = [y - p for y, p in zip(ACTUAL, GUESSES, strict=True)]
SIZES = [*map(abs, ERRORS)]


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("square-for-absolute", sum(e**2 for e in ERRORS) / 4),
        ("square-for-absolute", (sum(SIZES[:3]) + ERRORS[3] ** 2) / 4),
        ("absolute-forgotten", sum(ERRORS) / 4),
        ("absolute-forgotten", (sum(SIZES[:3]) + ERRORS[3]) / 4),
        ("sum-for-mean", sum(SIZES)),
        ("halved-for-mean", sum(SIZES) / 2),
        ("divided-by-one-less", sum(SIZES) / 3),
        ("value-of-another-step", (sum(SIZES) - SIZES[1] + abs(22.3 - 21.0)) / 4),
    ],
)
def test_slips(code: str, number: float) -> None:
    problem = lossclass.load({"loss": "mae", "y_true": ACTUAL, "y_pred": GUESSES})
    diagnosis = diagnosis_of(problem, lossclass.solve(problem))
    assert diagnosis.explain("loss", Decimal(f"{number:.4e}"))[0].code == code


def test_where_no_error_is_below_0_the_absolute_value_is_not_missed() -> None:
    problem = lossclass.load({"loss": "mae", "y_true": [3, 5], "y_pred": [2, 4.5]})
    own = {each.code for each in diagnosis_of(problem, lossclass.solve(problem)).own}
    assert "absolute-forgotten" not in own
    assert "square-for-absolute" in own


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_pred": [1, 2]}, "y_pred", "expected 3 numbers, one for each of y_true, got 2"),
        ({"y_true": [1, "x", 3]}, "y_true.2", "expected a number, got 'x'"),
        ({"y_pred": None}, "y_pred", "missing"),
        ({"weights": [1]}, "weights", "expected 3 weights, got 1"),
        ({"delta": 1}, "delta", "there is no such key"),
    ],
)
def test_bad_input_is_refused_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {"loss": "mae", "y_true": [1, 2, 3], "y_pred": [1, 2, 4], **keys}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem)
    found = [(mistake.path, mistake.message) for mistake in caught.value.mistakes]
    assert any(each == path and message in text for each, text in found), found

"""Mean squared error against its definition, and what it refuses."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of
from problems import codes

NUMBER = st.decimals("-9", "9", places=3, allow_nan=False, allow_infinity=False)


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    row = st.lists(NUMBER, min_size=columns, max_size=columns)
    problem: dict[str, Any] = {
        "loss": draw(st.sampled_from(["mean_squared_error", "mse"])),
        "y_true": draw(st.lists(row, min_size=rows, max_size=rows)),
        "y_pred": draw(st.lists(row, min_size=rows, max_size=rows)),
        "factor": draw(st.sampled_from(["0.5", "1", "2"])),
        "reduction": draw(st.sampled_from(["mean", "sum", "weighted_mean", "none"])),
    }
    if draw(st.booleans()):
        weight = st.decimals("0.1", "4", places=1, allow_nan=False, allow_infinity=False)
        weights = st.lists(weight, min_size=columns, max_size=columns)
        problem["weights"] = draw(st.lists(weights, min_size=rows, max_size=rows))
    if problem["reduction"] != "none" and draw(st.booleans()):
        problem |= {"root": True, "factor": 1}
    return problem


def by_definition(problem: dict[str, Any]) -> float | list[list[float]]:
    factor = float(problem["factor"])
    squares = [
        float(y - guess) ** 2
        for true, predicted in zip(problem["y_true"], problem["y_pred"], strict=True)
        for y, guess in zip(true, predicted, strict=True)
    ]
    rows = problem.get("weights", [[1] * len(squares)])
    weights = [float(weight) for row in rows for weight in row]
    weighted = [w * square for w, square in zip(weights, squares, strict=True)]
    match problem["reduction"]:
        case "none":
            columns = len(problem["y_true"][0])
            each = [factor * loss for loss in weighted]
            return [each[at : at + columns] for at in range(0, len(each), columns)]
        case "sum":
            divisor = 1.0
        case "weighted_mean":
            divisor = sum(weights)
        case _:
            divisor = len(weighted)
    reduced = factor * sum(weighted) / divisor
    return math.sqrt(reduced) if problem.get("root") else reduced


@given(problems())
def test_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    ours, theirs = np.array(solution.answer.value), np.array(by_definition(problem))
    assert ours.shape == theirs.shape
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


def test_the_bundled_series() -> None:
    solution = lossclass.solve(bundled_problems()["regression_series"])
    errors = [20 - 19.5, 22 - 22.8, 21 - 21, 19 - 20.2]
    for number, error in enumerate(errors, start=1):
        assert solution.step(f"error.{number}").value == pytest.approx(error, abs=1e-14)
        assert solution.step(f"squared_error.{number}").value == pytest.approx(error**2, abs=1e-14)
    assert solution.answer.value == pytest.approx(sum(e**2 for e in errors) / 4, rel=1e-14)


def test_a_factor_of_one_half_halves_the_mean() -> None:
    half = lossclass.solve({"loss": "mse", "y_true": [3], "y_pred": [1], "factor": 0.5})
    assert half.answer.value == (3 - 1) ** 2 / 2


def test_steps_of_a_table_are_numbered_by_time_and_dimension() -> None:
    solution = lossclass.solve({"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[0, 0]] * 2})
    assert [step.id for step in solution.steps if step.id.startswith("error")] == [
        "error.1.1", "error.1.2", "error.2.1", "error.2.2",
    ]  # fmt: skip


def test_pytorch_agrees() -> None:
    torch = pytest.importorskip("torch")
    true, predicted = [[0.1, -2.5], [3.0, 4.25]], [[0.4, -2.0], [2.0, 4.0]]
    theirs = torch.nn.functional.mse_loss(torch.tensor(predicted), torch.tensor(true)).item()
    ours = lossclass.solve({"loss": "mse", "y_true": true, "y_pred": predicted}).answer.value
    assert ours == pytest.approx(theirs, rel=1e-6)


# --- the root ----------------------------------------------------------------------------

ROOT = {"loss": "mse", "y_true": [3, 5, 2], "y_pred": [2, 5.5, 4], "root": True}
SQUARES = [1**2, 0.5**2, 2**2]


def slopes(problem: dict[str, Any]) -> list[float]:
    solution = lossclass.solve(problem, gradient=True)
    assert "gradient-disagrees" not in codes(solution)
    count = len(problem["y_pred"])
    return [solution.step(f"gradient.y_pred.{n}").value for n in range(1, count + 1)]


def test_the_bundled_root() -> None:
    solution = lossclass.solve(bundled_problems()["root_mean_square_speed"])
    squares = [(14 - 15.2) ** 2, (18.5 - 18.3) ** 2, (22 - 20.6) ** 2, (25 - 25.9) ** 2]
    assert solution.step("mean_square").value == pytest.approx(sum(squares) / 4, rel=1e-14)
    assert solution.answer.value == pytest.approx(math.sqrt(sum(squares) / 4), rel=1e-14)


@pytest.mark.parametrize(
    ("keys", "mean_square"),
    [
        ({}, sum(SQUARES) / 3),
        ({"weights": [1, 2, 0.5]}, (1 + 2 * 0.25 + 0.5 * 4) / 3),
        ({"weights": [1, 2, 0.5], "reduction": "weighted_mean"}, (1 + 2 * 0.25 + 0.5 * 4) / 3.5),
        ({"weights": [1, 0, 3], "reduction": "mean_over_counted"}, (1 + 3 * 4) / 2),
        ({"mask": [1, 0, 1]}, (1 + 4) / 2),
    ],
)
def test_the_mean_square_is_a_step_before_its_root(
    keys: dict[str, Any], mean_square: float
) -> None:
    solution = lossclass.solve({**ROOT, **keys})
    assert solution.step("mean_square").value == pytest.approx(mean_square, rel=1e-14)
    assert solution.answer.value == pytest.approx(math.sqrt(mean_square), rel=1e-14)


def test_the_root_of_a_sum_has_no_mean_and_the_remark_has_the_root_of_the_mean() -> None:
    solution = lossclass.solve({**ROOT, "reduction": "sum"})
    assert solution.answer.value == pytest.approx(math.sqrt(sum(SQUARES)), rel=1e-14)
    assert "mean_square" not in {step.id for step in solution.steps}
    (remark,) = solution.remarks
    assert f"formula, this loss is {math.sqrt(sum(SQUARES) / 3):.3f}." in remark.text


def test_the_derivative_of_the_root() -> None:
    root = math.sqrt(sum(SQUARES) / 3)
    assert slopes(ROOT) == pytest.approx([-1 / (3 * root), 0.5 / (3 * root), 2 / (3 * root)])
    solution = lossclass.solve(ROOT, gradient=True)
    assert "∂L/∂ŷ = (ŷ − y) / (n · L): prediction minus truth" in str(solution)


def test_at_0_the_root_has_no_slope_and_it_is_said() -> None:
    exact = {**ROOT, "y_pred": ROOT["y_true"]}
    assert slopes(exact) == [0, 0, 0]
    assert "L has no slope there, as |x| has none at 0" in " ".join(
        str(lossclass.solve(exact, gradient=True)).split()
    )


def test_pytorch_agrees_with_the_root_and_its_gradient() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(ROOT["y_pred"], dtype=torch.float64, requires_grad=True)
    aim = torch.tensor(ROOT["y_true"], dtype=torch.float64)
    theirs = torch.nn.functional.mse_loss(tensor, aim).sqrt()
    theirs.backward()
    assert lossclass.solve(ROOT).answer.value == pytest.approx(theirs.item())
    assert slopes(ROOT) == pytest.approx(tensor.grad.tolist())
    at_0 = aim.clone().requires_grad_()
    torch.nn.functional.mse_loss(at_0, aim).sqrt().backward()
    assert torch.isnan(at_0.grad).all()  # as is said of it


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("mean-square-for-root", sum(SQUARES) / 3),
        ("root-before-mean", math.sqrt(sum(SQUARES)) / 3),
        ("sum-for-mean", math.sqrt(sum(SQUARES))),
        ("divided-by-one-less", math.sqrt(sum(SQUARES) / 2)),
        ("half-added", math.sqrt(sum(SQUARES) / 3) / 2),
        ("absolute-for-square", math.sqrt((1 + 0.5 + 2) / 3)),
    ],
)
def test_slips_with_the_root(code: str, number: float) -> None:
    problem = lossclass.load(ROOT)
    diagnosis = diagnosis_of(problem, lossclass.solve(problem))
    found = [each.code for each in diagnosis.explain("loss", Decimal(f"{number:.4e}"))]
    assert code in found
    assert "root-for-mean-square" not in {each.code for each in diagnosis.own}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_pred": [1, 2]}, "y_pred", "expected 3 numbers, one for each of y_true, got 2"),
        ({"y_true": [[1, 2], [3]]}, "y_true.2", "expected 2 numbers, as in the first row, got 1"),
        (
            {"y_true": [[1], [2], [3]]},
            "y_pred",
            "expected 3 × 1 numbers as in y_true, got 3 numbers",
        ),
        ({"y_true": []}, "y_true", "expected at least one number, got none"),
        ({"y_true": [1, "x", 3]}, "y_true.2", "expected a number, got 'x'"),
        ({"factor": 0}, "factor", "expected a number greater than 0, got 0"),
        ({"weights": [1]}, "weights", "expected 3 weights, got 1"),
        ({"root": "half"}, "root", "expected true or false, got 'half'"),
        ({"root": True, "reduction": "none"}, "root", "it needs one loss, and reduction: none"),
        ({"root": True, "factor": 0.5}, "factor", "with root: true expected none, or 1"),
        ({"root": True, "weights": [1, -1, 1]}, "weights", "with root: true expected none below 0"),
        ({"y_pred": [1, 5, 1, 5, 2, 0]}, "y_pred", "is there a comma for a decimal point"),
    ],
)
def test_bad_input_is_refused_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {"loss": "mse", "y_true": [1, 2, 3], "y_pred": [1, 2, 4], **keys}
    with pytest.raises(lossclass.InvalidProblem) as caught:
        lossclass.load(problem)
    found = [(mistake.path, mistake.message) for mistake in caught.value.mistakes]
    assert any(each == path and message in text for each, text in found), found

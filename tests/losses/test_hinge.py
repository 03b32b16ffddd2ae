"""The hinge loss against its definition in plain loops, on random problems."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from problems import decimals


@st.composite
def hinge_problems(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 8))
    problem: dict[str, Any] = {
        "loss": draw(st.sampled_from(["hinge", "sequence_hinge"])),
        "y_true": draw(st.lists(st.sampled_from([1, -1]), min_size=n, max_size=n)),
        "y_pred": draw(st.lists(decimals("-5", "5"), min_size=n, max_size=n)),
        "margin": draw(decimals("0.001", "3")),
        "squared": draw(st.booleans()),
        "reduction": draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"])),
    }
    if draw(st.booleans()):
        problem["weights"] = draw(st.lists(decimals("0.1", "4", 1), min_size=n, max_size=n))
    return problem


def hinge_by_definition(problem: dict[str, Any]) -> float | list[float]:
    weights: list[float] = [float(w) for w in problem.get("weights", [1] * len(problem["y_true"]))]
    losses: list[float] = [
        max(0.0, float(problem["margin"]) - y * float(score))
        for y, score in zip(problem["y_true"], problem["y_pred"], strict=True)
    ]
    if problem["squared"]:
        losses = [loss**2 for loss in losses]
    weighted = [w * loss for w, loss in zip(weights, losses, strict=True)]
    match problem["reduction"]:
        case "none":
            return weighted
        case "mean":
            return sum(weighted) / len(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(weights)
    return sum(weighted)


@given(hinge_problems())
def test_hinge_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(
        hinge_by_definition(problem), rel=1e-12, abs=1e-12
    )


def test_the_cross_check_allows_for_what_cancels_and_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lossclass.losses import hinge

    cancels = {"loss": "hinge", "y_true": [1] * 3, "y_pred": [0.9, 0.7, 0.1]}
    check = lossclass.solve({**cancels, "weights": [3, -1, "1e-17"]}).cross_check
    assert check.agrees
    assert not check.close
    huge = {"loss": "hinge", "y_true": [1, 1, -1], "y_pred": [0.3, 0.2, "-1e90"]}
    assert lossclass.solve(huge).cross_check.close
    monkeypatch.setattr(hinge.LOSS, "value", lambda _: 12345.0)
    assert not lossclass.solve(huge).cross_check.agrees

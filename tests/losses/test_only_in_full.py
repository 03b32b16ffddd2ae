"""What a board has no need of: a sum of one, a copy of another number, and what is said beside."""

from __future__ import annotations

from typing import Any

import pytest

import lossclass
from lossclass.arithmetic.expression import Quantity

HINGE: dict[str, Any] = {"loss": "hinge", "y_true": [1, 1], "y_pred": [0.5, 0.25]}
ONE: dict[str, Any] = {"loss": "mse", "y_true": [1], "y_pred": [0.5]}
RNN: dict[str, Any] = {
    "loss": "mse",
    "y_true": [1, 0.5],
    "rnn": {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": 1},
}


def left_out(problem: dict[str, Any], **asked: Any) -> set[str]:
    """The steps that stand only where everything is."""
    return {each.id for each in lossclass.solve(problem, **asked).steps if each.only_in_full}


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (HINGE, {"sum"}),  # L = S
        (HINGE | {"reduction": "mean"}, set()),
        (HINGE | {"reduction": "mean", "y_true": [1], "y_pred": [2]}, {"sum"}),
        (HINGE | {"reduction": "none"}, set()),
        (HINGE | {"reduction": "weighted_mean", "weights": [1, 2]}, set()),
        (HINGE | {"reduction": "weighted_mean", "weights": [2], "y_true": [1], "y_pred": [0]},
         {"sum", "weight_sum"}),
        (ONE, {"sum"}),
        (ONE | {"factor": 0.5}, {"sum"}),
        (ONE | {"root": True}, {"sum", "mean_square"}),
        (HINGE | {"loss": "mse", "root": True}, set()),
        ({"loss": "custom", "terms": [{"name": "a", "problem": ONE}]}, {"a.sum", "sum"}),
        ({"loss": "custom", "formula": "sum(w^2)", "given": {"w": [2]}}, {"sum.1"}),
    ],
)  # fmt: skip
def test_a_sum_of_one_or_one_that_is_the_loss_is_no_line(
    problem: dict[str, Any], expected: set[str]
) -> None:
    assert left_out(problem) == expected


def test_the_mean_of_one_is_not_divided() -> None:
    solution = lossclass.solve(ONE)
    loss = solution.step("loss")
    assert loss.quantity.definition == solution.step("sum").quantity
    assert (loss.why, loss.aside) == ("", "Here: the mean of one, which is that one.")
    masked = lossclass.solve(HINGE | {"loss": "mse", "mask": [1, 0]}).step("loss")
    assert masked.why == "Here: the mean of the ℓᵢ, their sum divided by 1."  # and not by 2


@pytest.mark.parametrize("problem", [HINGE, ONE, RNN, RNN | {"loss": "hinge", "y_true": [1, -1]}])
def test_derivatives_that_are_copies_are_no_lines_unless_they_were_asked_for(
    problem: dict[str, Any],
) -> None:
    solution = lossclass.solve(problem, gradient=True)
    without = left_out(problem, gradient=True)
    found = [each for each in solution.steps if each.id.startswith("gradient.")]
    assert len(found) > 2
    for step in found:
        of = solution.calculation.by_id.get(step.id.removeprefix("gradient."))
        is_copy = isinstance(step.quantity.definition, Quantity)
        is_by_a_line = of is not None and of.id not in without
        assert step.only_in_full == (of is not None and (is_copy or not is_by_a_line))
        assert "is used in" not in step.why
        assert ("is used in" in step.aside) != ("does not change" in step.why)

"""What a board has no need of: a sum of one, a copy of another number, and what is said beside."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import lossclass
from lossclass.arithmetic.expression import Constant, Quantity
from lossclass.blocks import Paragraph
from lossclass.problem.bundled import bundled_problems
from problems import solved

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
        (HINGE | {"reduction": "mean", "y_true": [1], "y_pred": [2]}, {"hinge.1", "sum"}),
        (HINGE | {"reduction": "none"}, set()),
        (HINGE | {"reduction": "weighted_mean", "weights": [1, 2]}, set()),
        (HINGE | {"reduction": "weighted_mean", "weights": [2], "y_true": [1], "y_pred": [0]},
         {"sum", "weight_sum"}),
        (ONE, {"squared_error.1", "sum"}),
        (ONE | {"factor": 0.5}, {"sum"}),
        (ONE | {"root": True}, {"sum", "mean_square"}),
        (HINGE | {"loss": "mse", "root": True}, set()),
        ({"loss": "custom", "terms": [{"name": "a", "problem": ONE}]},
         {"a.squared_error.1", "a.sum", "sum"}),
        ({"loss": "custom", "formula": "sum(w^2)", "given": {"w": [2]}}, {"sum.1"}),
    ],
)  # fmt: skip
def test_a_sum_of_one_or_one_that_is_the_loss_is_no_line(
    problem: dict[str, Any], expected: set[str]
) -> None:
    assert left_out(problem) == expected


def board(problem: dict[str, Any], **asked: Any) -> str:
    return str(lossclass.solve(problem, **asked))  # as the terminal has it


def test_the_loss_of_one_observation_is_one_line_with_what_is_said_of_it() -> None:
    one = {"loss": "cce", "classes": ["cat", "dog"], "y_true": "dog", "y_pred": [0.25, 0.75]}
    assert (
        "  L = −ln(ŷ₁,₂) = −ln(0.75) ≈ 0.2877" + " " * 40 + "loss\n"
        "  y is 1 for “dog” and 0 for every other class: only one term remains.\n"
    ) in board(one)
    assert "ℓ₁" not in board(one)
    assert "L = max(0, 1 − m₁)" in board(HINGE | {"y_true": [1], "y_pred": [0]})
    assert "L = ℓ₁ + ℓ₂" in board(HINGE)


def test_on_a_board_nothing_is_multiplied_by_one() -> None:
    lines = board(ONE, gradient=True)
    assert "∂L/∂e₁ = 2 · e₁ = 2 × 0.5 = 1" in lines
    assert "∂L/∂π₁ = (−1" not in board(
        {"loss": "rl", "rewards": [2], "policy": [0.5]}, gradient=True
    )
    classes = {"loss": "cce", "y_true": [0, 1], "y_pred": [[0.5, 0.5], [0.2, 0.8]]}
    assert "∂L/∂ŷ₁,₁ = −y₁,₁ / ŷ₁,₁ = −1 / 0.5 = −2" in board(classes, gradient=True)
    assert "(1 / Z₁)" not in board(
        {"loss": "cce", "y_true": [0], "logits": [[1, 2]]}, gradient=True
    )


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (HINGE | {"reduction": "mean"}, "the mean of the ℓᵢ, their sum divided by 2"),
        (HINGE | {"reduction": "mean", "weights": [1, 2]}, "the mean of the vᵢ, their sum divided by 2"),
        (HINGE | {"reduction": "weighted_mean", "weights": [1, 2]},
         "the weighted mean of the ℓᵢ, Σ w ℓ divided by Σ w"),
        ({"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[1, 2], [3, 5]], "over": "last_axis"},
         "the mean of the Rᵢ, their sum divided by 2"),
    ],
)  # fmt: skip
def test_a_mean_is_said_to_be_the_mean_of_something(problem: dict[str, Any], says: str) -> None:
    assert lossclass.solve(problem).step("loss").why == f"Here: {says}."


def test_no_reason_of_a_huber_loss_stands_there_twice() -> None:
    errors = {"loss": "huber", "y_true": [0, 0, 0, 0], "y_pred": [0.5, 4, 0.25, 3]}
    for reason in ("half the square", "on the straight line"):
        assert board(errors).count(reason) == 1


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
        is_zero = step.quantity.definition == Constant(0)  # said of all that are, or in a table
        is_by_a_line = of is not None and of.id not in without
        is_nothing_new = of is not None and (is_copy or not is_by_a_line)
        assert step.only_in_full == (is_nothing_new or is_zero)
        assert step.why == ""
        assert ("is used in" in step.aside) != is_zero


def check_that_what_is_announced_stands_on_the_board(solution: lossclass.Solution) -> None:
    for section in solution.sections:
        for block, following in pairwise([*section.blocks, None]):
            if isinstance(block, Paragraph) and block.text.endswith(":"):
                assert following is not None, block.text
                if not block.only_in_full:
                    assert not getattr(following, "only_in_full", False), block.text


@pytest.mark.grid(15, name=bundled_problems(), gradient=[False, True])
def test_a_colon_stands_before_what_it_announces(name: str, gradient: bool) -> None:
    if gradient and "reduction: none" in bundled_problems()[name].read_text("utf-8"):
        return
    check_that_what_is_announced_stands_on_the_board(solved(name, gradient=gradient))


def test_a_table_of_what_lines_have_said_has_no_announcement_on_the_board() -> None:
    check_that_what_is_announced_stands_on_the_board(lossclass.solve(RNN, gradient=True))

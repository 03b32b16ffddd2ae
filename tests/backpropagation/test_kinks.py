"""A kink is told where the loss has one, by no rule of its steps: its slopes differ from side to
side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import lossclass
from lossclass.solution import Solution

Keys = dict[str, Any]


def custom(formula: str, **given: Any) -> Keys:
    return {"loss": "custom", "formula": formula, "given": given}


def hinge(**keys: Any) -> Keys:
    return {"loss": "hinge", "y_true": [1, -1], "y_pred": [1, -2], **keys}


def relu(**keys: Any) -> Keys:
    rnn = {"inputs": [0, 1], "U": 1, "W": 0, "V": 1, "activation": "relu", **keys}
    return {"loss": "mse", "y_true": [1, 1], "rnn": rnn}


def solved(keys: Keys) -> Solution:
    return lossclass.solve(keys, gradient=True)


def kinks(solution: Solution) -> list[str]:
    return [each.text for each in solution.remarks if each.code == "kink"]


def compared(solution: Solution) -> list[str]:
    (section,) = [each for each in solution.sections if each.title == "The gradient, another way"]
    texts = [getattr(block, "text", "") for block in section.blocks]
    return [text for text in texts if text.startswith("NumPy, ")]


@pytest.mark.parametrize(
    "keys",
    [
        custom("max(0, e - 1)^2", e=1),
        custom("sum(max(0, e - 1)^2)", e=[1, 3]),
        custom("|x| * |x|", x=0),
        custom("0 * |x|", x=0),
        custom("max(x, x)", x=2),
        custom("max(0, x) - max(0, -x)", x=0),  # which is x
        hinge(squared=True),
        hinge(weights=[0, 1]),
        {"loss": "huber", "y_true": [1, 0], "y_pred": [2, 0], "delta": 1},
        {"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0],
         "scores": [[3, -1, -1]]},
        relu(),  # the input 0 is multiplied by U, so that a₁ stays 0
    ],
)  # fmt: skip
def test_where_the_slopes_are_the_same_no_kink_is_told(keys: Keys) -> None:
    assert not [text for text in kinks(solved(keys)) if "has a kink" in text]


@pytest.mark.parametrize(
    ("keys", "has", "taken"),
    [
        (custom("max(0, e - 1)", e=1), "L has a kink", "one of them a constant"),
        (custom("|x| + max(x, y)", x=0, y=1), "L has a kink", "|x| stands at x = 0"),
        (custom("max(x, y)", x=1, y=1), "L has a kink", "slope of the first was taken"),
        (hinge(), "ℓ₁ has a kink", "one of them a constant"),
        (hinge(y_pred=[1, -1]), "ℓ₁ and ℓ₂ have kinks", "one of them a constant"),
        ({"loss": "mae", "y_true": [1, 0], "y_pred": [1, 1]}, "ℓ₁ has a kink", "|x| stands at"),
        ({"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0],
          "scores": [[1, 0.5, 0.5]]}, "ℓ₁ has a kink", "slope of the first"),
        (relu(b=0), "h₁ has a kink", "one of them a constant"),
    ],
)  # fmt: skip
def test_where_they_differ_one_is_told(keys: Keys, has: str, taken: str) -> None:
    (text,) = kinks(solved(keys))
    assert has in text
    assert taken in text


def test_what_leads_to_a_kink_is_not_said_to_change_nothing() -> None:
    solution = solved(hinge(y_pred=[1, -3]))
    assert solution.step("gradient.margin.1").why == "m₁ stands at a kink here, where 0 is taken."
    assert solution.step("gradient.y_pred.1").why == "ŷ₁ leads to a kink here, where 0 is taken."
    assert solution.step("gradient.y_pred.2").why == "The loss does not change with ŷ₂ here."


@pytest.mark.parametrize(("half", "below"), [("1", "1"), ("0.5", "0.5")])
def test_slopes_that_make_none_of_the_loss_are_told(half: str, below: str) -> None:
    solution = solved(custom(f"max(0, x) - {half} * max(0, -x)", x=0))
    text = kinks(solution)[-1]
    assert f"by x they make 0, but L changes by {below} from below and by 1 from above." in text
    assert not [each for each in solution.remarks if each.code == "gradient-disagrees"]


def test_it_is_the_same_only_where_something_was_compared() -> None:
    assert compared(solved(custom("|x|", x=0))) == []
    assert compared(solved(custom("max(0, e - 1)^2", e=1))) == []
    some = compared(solved(custom("|x| + y", x=0, y=Decimal(2))))
    assert some == ["NumPy, by these differences, gives the same derivatives by the other numbers."]
    assert compared(solved(hinge())) == ["NumPy, by this closed form, gives the same gradient."]

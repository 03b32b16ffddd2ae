"""A kink is told where the loss has one, by no rule of its steps: its slopes differ from side to
side."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

import lossclass
from lossclass.blocks import Paragraph
from lossclass.solution import Solution
from lossclass.worksheets.composing import worksheet

Keys = dict[str, Any]
NAN = pytest.approx(math.nan, nan_ok=True)


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


def no_gradient(solution: Solution) -> list[str]:
    return [each.text for each in solution.remarks if each.code == "no-gradient"]


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
        custom("|x|^1.5", x=0),
        custom("|x|^1.1 + max(0, x)^1.2", x=0),
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
        (custom("sqrt(|x|)", x=0), "L has a kink", "|x| stands at x = 0"),
        (custom("max(x, y)", x=1, y=1), "L has a kink", "slope of the first was taken"),
        (hinge(), "ℓ₁ has a kink", "one of them a constant"),
        (hinge(y_pred=[1, -1]), "ℓ₁ and ℓ₂ have kinks", "one of them a constant"),
        ({"loss": "mae", "y_true": [1, 0], "y_pred": [1, 1]}, "ℓ₁ has a kink", "|x| stands at"),
        ({"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0],
          "scores": [[1, 0.5, 0.5]]}, "L has a kink", "slope of the first"),
        (hinge(y_true=[1], y_pred=[1]), "L has a kink", "one of them a constant"),
        (relu(b=0), "h₁ has a kink", "one of them a constant"),
    ],
)  # fmt: skip
def test_where_they_differ_one_is_told(keys: Keys, has: str, taken: str) -> None:
    (text,) = kinks(solved(keys))
    assert has in text
    assert taken in text


def test_what_leads_to_a_kink_is_not_said_to_change_nothing() -> None:
    solution = solved(hinge(y_pred=[1, -3]))
    said = [b.text for s in solution.sections for b in s.blocks if isinstance(b, Paragraph)]
    for text in (
        "m₁ stands at a kink here, where 0 is taken.",
        "ŷ₁ leads to a kink here, where 0 is taken.",
        "The loss does not change with ŷ₂ here: the derivative by it is 0.",
    ):
        assert said.count(text) == 1


def test_a_worksheet_tells_what_is_taken_at_a_kink() -> None:
    solution = solved({"loss": "mae", "y_true": [1, 2], "y_pred": [1, 4], "weights": [1, 0]})
    sheet = worksheet(solution)
    asked = {each.id for each in sheet.questions}
    assert not {"gradient.error.1", "gradient.y_pred.1"} & asked
    assert {"gradient.error.2", "gradient.y_pred.2"} <= asked  # that these are 0 can be found out
    said = [b.text for part in sheet.parts for b in part.blocks if isinstance(b, Paragraph)]
    assert "e₁ stands at a kink here, where 0 is taken." in said
    assert not any("does not change" in text for text in said)


def test_a_worksheet_tells_it_where_nothing_else_is_asked() -> None:
    keys = custom("sqrt(sum(x^2)) + y", x=[0, 0], y=1)
    sentence = "By x₁ and x₂ the chain rule has ∞ · 0 here, which has no value: 0 is taken."

    def said(**asked: Any) -> dict[str, list[str]]:
        parts = worksheet(solved(keys), **asked).parts
        return {p.title: [b.text for b in p.blocks if isinstance(b, Paragraph)] for p in parts}

    assert said()["The gradient by x"] == [sentence]
    assert "The gradient by x" not in said(only=["loss"])


def test_what_changes_nothing_has_the_names_that_stand_on_the_board() -> None:
    solution = solved(hinge(y_true=[1], y_pred=[2]))
    said = [b for s in solution.sections for b in s.blocks if isinstance(b, Paragraph)]
    changes = {
        b.text: (b.only_on_board, b.only_in_full) for b in said if "does not change" in b.text
    }
    assert changes == {
        "The loss does not change with m₁ here: the derivative by it is 0.": (False, False),
        "The loss does not change with ŷ₁ here: the derivative by it is 0.": (False, False),
    }


def test_of_all_that_changes_nothing_it_is_said_at_once() -> None:
    def said(names: str, count: int) -> None:
        solution = solved({"loss": "cce", "y_true": [0], "y_pred": [[1, *[0] * count]]})
        (text,) = (
            b.text
            for s in solution.sections
            for b in s.blocks
            if isinstance(b, Paragraph) and "does not change" in b.text
        )
        by = "it is" if count == 1 else "them are"
        number = "derivative" if count == 1 else "derivatives"
        assert text == f"The loss does not change with {names} here: the {number} by {by} 0."
        assert "∂L/∂ŷ₁,₂ = 0" not in str(solution)

    said("ŷ₁,₂", 1)
    said("ŷ₁,₂ and ŷ₁,₃", 2)
    twelve = [
        f"ŷ₁,{str(c).translate(str.maketrans('0123456789', '₀₁₂₃₄₅₆₇₈₉'))}" for c in range(2, 15)
    ]
    said(f"{', '.join(twelve[:11])} and {twelve[11]}", 12)
    said(f"{', '.join(twelve[:11])} and 2 more", 13)


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
    assert some == [
        "NumPy, by these differences, gives the same derivatives; by x there is nothing to compare."
    ]
    assert compared(solved(hinge())) == ["NumPy, by this closed form, gives the same gradient."]


@pytest.mark.parametrize(
    "keys",
    [
        custom("sqrt(sum(x^2)) + y", x=[0, 0], y=1),
        {"loss": "mse", "y_true": [1, 2], "y_pred": [1, 2], "root": True},
    ],
)
def test_where_the_chain_rule_has_no_value_0_is_taken_and_told(keys: Keys) -> None:
    """∞ · 0 counts as 0 beside a logarithm alone."""
    solution = solved(keys)
    assert "∞ × " not in str(solution)
    assert "the chain rule has ∞ · 0 here, which has no value: 0 is taken." in str(solution)
    (text,) = kinks(solution)
    assert "has no derivative by" in text
    assert "infinite-slope" in [each.code for each in solution.remarks]
    assert "does not change" not in str(solution)


def test_a_slope_of_0_may_be_found_where_the_chain_rule_has_none() -> None:
    solution = solved(custom("sqrt(sum(x^4))", x=[0, 0]))
    assert "The slope of the loss is 0 there." in " ".join(str(solution).split())
    assert not kinks(solution)
    assert solution.gradient == {"x": [0, 0]}


def test_what_has_no_slope_takes_no_others() -> None:
    """√x · √(x + x) is √2 · x, and its slope at 0 neither 0 nor what the chain rule tells."""
    formula = "sum(sqrt(x) * sqrt(x + x)) + ln(u) * u^2 + (v / (u + v))^2"
    solution = solved(custom(formula, x=[0, 1, 0], u=1, v=0))
    assert solution.gradient["x"] == [NAN, pytest.approx(math.sqrt(2)), NAN]
    assert (solution.gradient["u"], solution.gradient["v"]) == (1, 0)
    assert solution.to_dict()["gradient"]["x"] == [None, pytest.approx(math.sqrt(2)), None]
    (text,) = no_gradient(solution)
    assert text == (
        "By x₁ and x₃ the chain rule meets ∞ · 0 here, which has no value: no derivative by them is given."
    )
    assert not any(step.id in {"gradient.x.1", "gradient.x.3"} for step in solution.steps)
    assert compared(solution)[-1].endswith(
        "the same derivatives; by x₁ and x₃ there is nothing to compare."
    )


def test_where_no_number_has_a_slope_each_is_told() -> None:
    (text,) = no_gradient(solved(custom("sqrt(x) * sqrt(x + x)", x=0)))
    assert text.startswith("By x the chain rule meets ∞ · 0 here")


@pytest.mark.parametrize("formula", ["sqrt(x^2) + y", "(x^2)^0.5 + y"])
def test_a_corner_within_one_expression_is_one_too(formula: str) -> None:
    solution = solved(custom(formula, x=0, y=3))
    assert solution.gradient == {"x": 0, "y": 1}
    (text,) = kinks(solution)
    assert "no derivative by x" in text


def test_0_is_taken_for_the_part_that_has_no_value() -> None:
    solution = solved(custom("sqrt(x^2) + 3 * x + (z^2)^1.5 + 2 * z", x=0, z=0))
    assert solution.gradient == {"x": 3, "z": 2}
    (text,) = kinks(solution)
    assert text.endswith("Taken was 3, which is between the two.")
    crossed = solved(custom("x / y + sqrt(x^2)", x=0, y=2))
    assert crossed.gradient == {"x": 0.5, "y": 0}
    assert "∂L/∂x = 1 / y = 1 / 2 = 0.5" in str(crossed)
    assert "gradient.x" in {each.id for each in worksheet(crossed).questions}


def test_an_infinite_loss_has_no_gradient() -> None:
    keys = {
        "loss": "hmm", "initial": [1, 0], "transition": [[1, 0], [0.5, 0.5]],
        "emission": [[1, 0], [0.25, 0.75]], "observations": [0, 1],
    }  # fmt: skip
    assert no_gradient(solved(keys)) == ["Here L is infinite, and there is no gradient."]


def test_an_infinite_slope_is_told_of_what_stands_on_the_board() -> None:
    solution = solved({"loss": "mse", "y_true": [1, 2], "y_pred": [1, 2], "root": True})
    (text,) = (each.text for each in solution.remarks if each.code == "infinite-slope")
    assert text == "The slope of L by S and M is infinite here."


def test_a_slope_that_no_difference_shows_takes_no_others() -> None:
    formula = "-mean(y * ln(p) + (1 - y) * ln(1 - p))"
    solution = solved(custom(formula, y=[1, 0], p=[1, 0]))
    assert solution.gradient["p"] == [-1 / 2, 1 / 2]  # −y/p and (1 − y)/(1 − p), by their number
    assert solution.gradient["y"] == [-math.inf, math.inf]


def test_what_is_divided_by_itself_is_1_at_0_too() -> None:
    solution = solved(custom("sum(p * ln(p)) + sqrt(q) * sqrt(q)", p=[0, 1], q=0))
    assert solution.gradient == {"p": [-math.inf, 1], "q": 1}
    assert "∂L/∂S₁ · (ln(p₁) + 1)" in str(solution)


def test_a_zero_multiplies_itself_too() -> None:
    solution = solved(custom("x * x + y", x=0, y=1))
    assert "∂L/∂x = 2 · x = 2 × 0 = 0" in str(solution)
    assert "does not change" not in str(solution)

"""Binary cross-entropy against the definition in plain loops, by hand, and on bad input."""

from __future__ import annotations

import math
from decimal import Decimal
from math import exp, inf, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.errors import InvalidProblem
from problems import codes, decimals

BASES = {"e": 1.0, "2": log(2), "10": log(10)}
COMMA = "; is there a comma for a decimal point, as in [0,8, 0,5]?"
SIGMOID_OF_2 = 1 / (1 + exp(-2))


def bce(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({"loss": "binary_cross_entropy", **keys})


def mistakes(**keys: Any) -> dict[str, str]:
    with pytest.raises(InvalidProblem) as caught:
        bce(**keys)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 6))

    def numbers(each: st.SearchStrategy[Decimal]) -> list[Decimal]:
        return draw(st.lists(each, min_size=n, max_size=n))

    hard = st.sampled_from([Decimal(0), Decimal(1)])
    problem: dict[str, Any] = {
        "loss": "binary_cross_entropy",
        "y_true": numbers(hard | decimals("0", "1", 2)),
        "log_base": draw(st.sampled_from(list(BASES))),
        "reduction": draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"])),
    }
    kinds = {"logits": ("-40", "40"), "log_probs": ("-20", "0"), "y_pred": ("0", "1")}
    kind = draw(st.sampled_from([*kinds]))
    problem[kind] = numbers(decimals(*kinds[kind]))
    if draw(st.booleans()):
        problem["weights"] = numbers(decimals("0.1", "4", 1))
    return problem


def log_or_minus_infinity(probability: float) -> float:
    return log(probability) if probability else -inf


def term(y: float, happens: float, does_not: float) -> float:
    """−(y ln ŷ + (1 − y) ln(1 − ŷ)) from the two logarithms."""
    return -((y * happens if y else 0.0) + ((1 - y) * does_not if y != 1 else 0.0))


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    terms = []
    for position, y in enumerate(map(float, problem["y_true"])):
        if "logits" in problem:
            z = float(problem["logits"][position])
            logs = -math.log1p(exp(-z)), -math.log1p(exp(z))
        elif "log_probs" in problem:
            q = float(problem["log_probs"][position])
            logs = q, log_or_minus_infinity(-math.expm1(q))
        else:
            p = problem["y_pred"][position]
            logs = log_or_minus_infinity(float(p)), log_or_minus_infinity(float(1 - p))
        terms.append(term(y, *logs) / BASES[problem["log_base"]])
    weights = [float(weight) for weight in problem.get("weights", [1] * len(terms))]
    weighted = [weight * each for weight, each in zip(weights, terms, strict=True)]
    match problem["reduction"]:
        case "none":
            return weighted
        case "sum":
            return sum(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(weights)
    return sum(weighted) / len(weighted)


@given(problems())
def test_the_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-12, abs=1e-12)


@given(decimals("0.001", "0.999"), decimals("0", "1", 2))
def test_the_opposite_label_and_the_opposite_prediction_cost_the_same(
    p: Decimal, y: Decimal
) -> None:
    one, other = bce(y_true=[y], y_pred=[p]), bce(y_true=[1 - y], y_pred=[1 - p])
    assert one.answer.value == pytest.approx(other.answer.value, rel=1e-14)


@given(st.booleans(), decimals("0.001", "0.999"))
def test_a_hard_label_costs_what_two_classes_cost(happens: bool, p: Decimal) -> None:
    binary = bce(y_true=[int(happens)], y_pred=[p])
    two = lossclass.solve(
        {"loss": "categorical_cross_entropy", "y_true": [int(happens)], "y_pred": [[1 - p, p]]}
    )
    assert binary.answer.value == pytest.approx(two.answer.value, rel=1e-14)


def test_it_is_the_mean_by_itself_and_the_terms_have_their_names() -> None:
    solution = bce(y_true=[1, 0, 0.5], y_pred=[0.9, 0.2, 0.25])
    terms = [-log(0.9), -log(1 - 0.2), -(0.5 * log(0.25) + 0.5 * log(0.75))]
    assert [step.id for step in solution.steps] == ["term.1", "term.2", "term.3", "sum", "loss"]
    for number, expected in enumerate(terms, start=1):
        assert solution.step(f"term.{number}").value == pytest.approx(expected, rel=1e-14)
    assert solution.answer.value == pytest.approx(sum(terms) / 3, rel=1e-14)
    assert solution.remarks == ()


def test_the_sum_is_written_in_full_and_then_said_to_have_one_product_left() -> None:
    solution = bce(y_true=[1, 0, 0.5], y_pred=[0.9, 0.2, 0.25])
    first, second, third = (solution.step(f"term.{n}") for n in (1, 2, 3))
    substituted = solution.to_dict()["steps"][0]["substituted"]
    assert substituted == "−(1 × ln(0.9) + (1 − 1) × ln(1 − 0.9))"
    assert "only the first product remains" in first.why
    assert "only the second product remains" in second.why
    assert third.why == ""


def test_logits_go_through_the_sigmoid() -> None:
    solution = bce(y_true=[1, 0], logits=[2, 2])
    assert solution.step("y_pred.1").value == pytest.approx(SIGMOID_OF_2, rel=1e-14)
    expected = -(log(SIGMOID_OF_2) + log(1 - SIGMOID_OF_2)) / 2
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("logit", [21, 40, 200, 5000, Decimal("1e15")])
def test_a_large_logit_on_the_wrong_side_costs_what_it_is(logit: Decimal | int) -> None:
    """ln(1 + e^z) is z to 9 digits from 20 on; as 1 − ŷ it would be lost."""
    wrong = bce(y_true=[0], logits=[logit])
    other = bce(y_true=[1], logits=[-logit])
    expected = float(logit) + math.log1p(exp(-float(logit)))
    for solution in (wrong, other):
        assert solution.cross_check.agrees
        assert solution.answer.value == pytest.approx(expected, rel=1e-14)
        assert solution.remarks == ()
    assert wrong.step("rest.1").value == pytest.approx(exp(-float(logit)), rel=1e-8)
    assert "sigmoid(−z)" in wrong.step("rest.1").why


def test_a_logit_of_up_to_20_needs_no_step_for_the_rest() -> None:
    ids = [step.id for step in bce(y_true=[0, 0], logits=[20, -300]).steps]
    assert ids == ["y_pred.1", "y_pred.2", "term.1", "term.2", "sum", "loss"]


@pytest.mark.parametrize("label", [0, 1])
def test_zero_times_the_logarithm_of_zero_counts_as_zero(label: int) -> None:
    solution = bce(y_true=[label], y_pred=[label])
    assert solution.answer.value == 0
    assert codes(solution) == ["zero-times-log-zero"]
    assert solution.cross_check.agrees


@pytest.mark.parametrize(("label", "impossible"), [(1, 0), (0, 1), (0.5, 0), (0.5, 1)])
def test_what_was_called_impossible_costs_infinity(label: float, impossible: int) -> None:
    solution = bce(y_true=[label, 1], y_pred=[impossible, 0.5])
    assert solution.answer.value == inf
    assert codes(solution) == ["loss-is-infinite"]
    assert solution.remarks[0].step == "term.1"
    assert solution.cross_check.agrees


def test_an_infinite_term_of_weight_zero_is_left_out() -> None:
    solution = bce(y_true=[1, 1], y_pred=[0, 0.5], weights=[0, 1], reduction="sum")
    assert solution.step("term.1").value == inf
    assert solution.answer.value == pytest.approx(-log(0.5))
    assert "infinite-term-has-no-weight" in codes(solution)
    assert "loss-is-infinite" not in codes(solution)
    assert solution.cross_check.agrees


def test_a_prediction_that_a_double_would_round_to_one_is_not_one() -> None:
    solution = bce(y_true=["0"], y_pred=["0.9999999999999999999999999"])
    assert solution.answer.value == pytest.approx(25 * log(10), rel=1e-14)
    assert solution.cross_check.agrees


#: Labels, predictions, and what torch.nn.BCELoss (BCEWithLogitsLoss for logits) gives, in doubles.
LIBRARY_CASES = [
    ([1.0, 0.0], {"y_pred": [0.9, 0.2]}),
    ([0.3, 0.8], {"y_pred": [0.25, 0.5]}),
    ([1.0, 0.0, 0.3], {"logits": [2.0, 35.0, -1.5]}),
]


@pytest.mark.parametrize(("y_true", "predictions"), LIBRARY_CASES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_pytorch_gives_the_same(
    y_true: list[float], predictions: dict[str, list[float]], reduction: str
) -> None:
    torch = pytest.importorskip("torch")
    ((key, numbers),) = predictions.items()
    loss = torch.nn.BCELoss if key == "y_pred" else torch.nn.BCEWithLogitsLoss
    tensors = [torch.tensor(each, dtype=torch.float64) for each in (numbers, y_true)]
    expected = loss(reduction=reduction)(*tensors).tolist()
    ours = bce(y_true=y_true, reduction=reduction, **predictions)
    assert ours.answer.value == pytest.approx(expected, rel=1e-12)


def test_all_that_is_wrong_is_said_at_once_and_where_it_is() -> None:
    found = mistakes(
        y_true=[0.5, 2, "x"], y_pred=[0.5, -0.1], weights=[1, "x"], reduction="typical"
    )
    assert set(found) == {"y_true.2", "y_true.3", "y_pred.2", "weights.2", "reduction"}
    assert found["y_true.2"] == "expected a number between 0 and 1, got 2"
    assert found["y_pred.2"] == "expected a number between 0 and 1, got -0.1"


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_true": [1]}, "y_pred", "missing; logits or log_probs may stand for it"),
        ({"y_pred": [1]}, "y_true", "missing"),
        (
            {"y_true": [1], "y_pred": [1], "logits": [1]},
            "logits",
            "there is y_pred already; a problem has one of the two",
        ),
        ({"y_true": [], "y_pred": [1]}, "y_true", "expected at least one number, got none"),
        (
            {"y_true": [1, 0], "y_pred": [0.5]},
            "y_pred",
            "expected 2 numbers, one for each of y_true, got 1",
        ),
        (
            {"y_true": [1, 0], "logits": [0, 5, 1, 3]},
            "logits",
            f"expected 2 numbers, one for each of y_true, got 4{COMMA}",
        ),
        (
            {"y_true": [1], "logits": ["2e15"]},
            "logits.1",
            "expected a number between -1e15 and 1e15, got '2e15'",
        ),
        (
            {"y_true": [1], "y_pred": [0.5], "weights": [1.5, 2]},
            "weights",
            "expected 1 weight, got 2",
        ),
        (
            {"y_true": [1], "y_pred": [0.5], "class_weights": [1, 2, 3]},
            "class_weights",
            "expected 2 numbers, one for each class, got 3",
        ),
        (
            {"y_true": [1], "y_pred": [0.5], "class_weights": [1, 2], "pos_weight": 2},
            "pos_weight",
            "there is class_weights already, which has that of a 1",
        ),
    ],
)
def test_bad_input_is_named_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    assert mistakes(**keys) == {path: message}


def test_it_goes_by_its_short_name_and_a_lone_number_is_a_list() -> None:
    solution = lossclass.solve({"loss": "bce", "y_true": 1, "y_pred": 0.25})
    assert solution.answer.value == pytest.approx(-log(0.25), rel=1e-14)


def test_what_remains_of_a_weighted_term_is_no_logarithm_alone() -> None:
    keys = {"loss": "bce", "y_true": [1, 0], "y_pred": [0.5, 0.2]}
    plain, weighted = (lossclass.solve({**keys, **more}) for more in ({}, {"pos_weight": 2}))
    assert plain.step("term.1").why.endswith("only the first product remains: minus the log of ŷ.")
    assert weighted.step("term.1").why.endswith("only the first product remains.")
    assert weighted.step("term.1").value == pytest.approx(-2 * log(0.5), rel=1e-14)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"class_weights": [2, 3]}, "∂L/∂ŷ = k₁ · (1 − y) / (1 − ŷ) − k₂ · y / ŷ"),
        ({"pos_weight": 3}, "∂L/∂ŷ = (1 − y) / (1 − ŷ) − p · y / ŷ"),
    ],
)
def test_the_closed_form_has_the_letters_of_the_steps(more: dict[str, Any], says: str) -> None:
    keys = {"loss": "bce", "y_true": [0.25], "y_pred": [0.4], **more}
    text = str(lossclass.solve(keys, gradient=True))
    assert says in text
    one, zero = ("k₂", "k₁") if "class_weights" in more else ("p", "")
    assert f"{one} · y₁ · ln(ŷ₁) + {zero + ' · ' if zero else ''}(1 − y₁) · ln(1 − ŷ₁)" in text

"""Negative log likelihood against the definition in plain loops, by hand, and on bad input."""

from __future__ import annotations

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
WORDS = ["the", "cat", "sat"]


def nll(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({"loss": "negative_log_likelihood", **keys})


def mistakes(**keys: Any) -> dict[str, str]:
    with pytest.raises(InvalidProblem) as caught:
        nll(**keys)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


#: The keys that may hold predictions, and numbers for them. 0 and −∞ come often enough.
PREDICTIONS = {
    "y_pred": st.just(Decimal(0)) | decimals("0.001", "1"),
    "logits": decimals("-200", "200", 2),
    "log_probs": st.just("-inf") | decimals("-20", "0"),
}


@st.composite
def problems(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(PREDICTIONS)) -> dict[str, Any]:
    n, count = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    kind = draw(st.sampled_from(kinds))
    row = st.lists(PREDICTIONS[kind], min_size=count, max_size=count)
    problem: dict[str, Any] = {
        "loss": "negative_log_likelihood",
        "y_true": [draw(st.integers(0, count - 1)) for _ in range(n)],
        kind: [draw(row) for _ in range(n)],
        "log_base": draw(st.sampled_from(list(BASES))),
        "reduction": draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"])),
    }
    if draw(st.booleans()):
        numbers = st.lists(decimals("0.1", "4", 1), min_size=n, max_size=n)
        problem["weights"] = draw(numbers)
    return problem


def log_probability(problem: dict[str, Any], i: int, c: int) -> float:
    """ln ŷ of class c for observation i, as the definition has it."""
    if "y_pred" in problem:
        p = float(problem["y_pred"][i][c])
        return log(p) if p else -inf
    if "log_probs" in problem:
        return float(problem["log_probs"][i][c])
    row = [float(z) for z in problem["logits"][i]]
    return row[c] - max(row) - log(sum(exp(z - max(row)) for z in row))


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    terms = [
        -log_probability(problem, i, c) / BASES[problem["log_base"]]
        for i, c in enumerate(problem["y_true"])
    ]
    weights = [float(weight) for weight in problem.get("weights", [1] * len(terms))]
    weighted = [weight * each for weight, each in zip(weights, terms, strict=True)]
    match problem["reduction"]:
        case "none":
            return weighted
        case "mean":
            return sum(weighted) / len(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(weights)
    return sum(weighted)


@given(problems())
def test_the_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-12, abs=1e-12)


@given(problems(kinds=("logits",)), decimals("-50", "50", 2))
def test_a_number_added_to_all_logits_changes_nothing(
    problem: dict[str, Any], shift: Decimal
) -> None:
    shifted = {**problem, "logits": [[z + shift for z in row] for row in problem["logits"]]}
    expected = lossclass.solve(problem).answer.value
    assert lossclass.solve(shifted).answer.value == pytest.approx(expected, rel=1e-14, abs=1e-14)


@given(problems())
def test_the_sum_over_all_classes_is_the_same_for_a_one_hot_row(problem: dict[str, Any]) -> None:
    kind = next(key for key in PREDICTIONS if key in problem)
    one_hot = [[int(c == true) for c in range(len(problem[kind][0]))] for true in problem["y_true"]]
    expected = lossclass.solve(problem).answer.value
    assert lossclass.solve({**problem, "y_true": one_hot}).answer.value == expected


def test_one_observation_needs_no_outer_brackets() -> None:
    flat = nll(classes=WORDS, y_true="cat", y_pred=[0.25, 0.5, 0.25])
    one_hot = nll(classes=WORDS, y_true=[0, 1, 0], y_pred=[0.25, 0.5, 0.25])
    nested = nll(classes=WORDS, y_true=["cat"], y_pred=[[0.25, 0.5, 0.25]])
    for solution in (flat, one_hot, nested):
        assert [step.id for step in solution.steps] == ["term.1", "sum", "loss"]
        assert solution.answer.value == pytest.approx(-log(0.5), rel=1e-14)


def test_it_is_the_sum_by_itself() -> None:
    solution = nll(y_true=[0, 1], y_pred=[[0.5, 0.5], [0.75, 0.25]])
    assert solution.answer.value == pytest.approx(-log(0.5) - log(0.25), rel=1e-14)
    assert solution.remarks == ()


def test_the_sum_is_written_in_full_and_then_said_to_have_one_term_left() -> None:
    solution = nll(classes=WORDS, y_true="cat", y_pred=[0.25, 0.5, 0.25])
    substituted = solution.to_dict()["steps"][0]["substituted"]
    assert substituted == "−(0 × ln(0.25) + 1 × ln(0.5) + 0 × ln(0.25))"
    assert "y is 1 for “cat” and 0 for every other class" in solution.step("term.1").why


def test_logits_go_through_a_softmax_from_which_the_largest_is_subtracted() -> None:
    solution = nll(y_true=0, logits=[2, 1, 0])
    total = 1 + exp(-1) + exp(-2)
    assert solution.step("max.1").value == 2
    assert solution.step("exp.1.3").value == pytest.approx(exp(-2), rel=1e-14)
    assert solution.step("exp_sum.1").value == pytest.approx(total, rel=1e-14)
    assert solution.step("y_pred.1.2").value == pytest.approx(exp(-1) / total, rel=1e-14)
    assert solution.answer.value == pytest.approx(log(total), rel=1e-14)


def test_logits_whose_exponentials_no_double_holds_have_their_loss() -> None:
    solution = nll(y_true=1, logits=[5000, -5000])
    assert solution.answer.value == pytest.approx(10000, rel=1e-14)
    assert solution.cross_check.agrees
    assert solution.remarks == ()


def test_log_probs_are_taken_as_they_are() -> None:
    solution = nll(y_true=1, log_probs=[-2, -0.5])
    assert solution.answer.value == 0.5


@pytest.mark.parametrize("base", BASES)
def test_log_probs_are_natural_logarithms_whatever_the_base_of_the_loss(base: str) -> None:
    solution = nll(y_true=1, log_probs=[-2, -0.5], log_base=base)
    assert solution.answer.value == pytest.approx(0.5 / BASES[base], rel=1e-14)
    assert solution.cross_check.agrees


@pytest.mark.parametrize("predictions", [{"y_pred": [0, 1]}, {"log_probs": ["-inf", 0]}])
def test_what_was_called_impossible_costs_infinity(predictions: dict[str, Any]) -> None:
    solution = nll(y_true=0, **predictions)
    assert solution.answer.value == inf
    assert codes(solution) == ["loss-is-infinite"]
    assert solution.cross_check.agrees


@pytest.mark.parametrize("predictions", [{"y_pred": [0, 1]}, {"log_probs": ["-inf", 0]}])
def test_zero_times_the_logarithm_of_zero_counts_as_zero(predictions: dict[str, Any]) -> None:
    solution = nll(y_true=1, **predictions)
    assert solution.answer.value == 0
    assert codes(solution) == ["zero-times-log-zero"]
    assert solution.cross_check.agrees


@pytest.mark.parametrize("predictions", [{"y_pred": [0.5, 0.4]}, {"log_probs": [-1, -2]}])
def test_predictions_that_are_no_distribution_are_remarked(predictions: dict[str, Any]) -> None:
    solution = nll(y_true=0, **predictions)
    assert codes(solution) == ["probabilities-do-not-sum-to-one"]


@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_pytorch_gives_the_same(reduction: str) -> None:
    torch = pytest.importorskip("torch")
    log_probs, true = [[-0.25, -1.5], [-2.0, -0.125]], [0, 0]
    tensor = torch.tensor(log_probs, dtype=torch.float64)
    expected = torch.nn.NLLLoss(reduction=reduction)(tensor, torch.tensor(true)).tolist()
    ours = nll(y_true=true, log_probs=log_probs, reduction=reduction)
    assert ours.answer.value == pytest.approx(expected, rel=1e-12)


def test_all_that_is_wrong_is_said_at_once_and_where_it_is() -> None:
    found = mistakes(
        classes=["a", "b", "b"],
        y_true=["a", "d"],
        y_pred=[[0.5, 0.5, 0], [0.5, 0.25, 0.25]],
        weights=[1, 2, 3],
        log_base="3",
    )
    assert set(found) == {"classes.3", "y_true.2", "weights", "log_base"}
    assert found["classes.3"] == "the class 'b' stands here twice"


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"classes": ["a"]}, "classes", "expected 2 classes, one for each column of the predictions, got 1"),
        ({"y_true": ["a", "c"]}, "y_true.2", "'c' is no class; there are a, b"),
        ({"y_true": ["a", 2]}, "y_true.2", "'2' is no class; there are a, b; they count from 0"),
        ({"y_true": ["a", -1]}, "y_true.2", "'-1' is no class; there are a, b"),
        ({"y_true": ["a"]}, "y_true", "expected 2 labels or rows, one for each observation of the predictions, got 1"),
        ({"y_true": [[1, 0], [0, 1, 0]]}, "y_true.2", "expected 2 numbers, one for each class, got 3"),
        ({"y_pred": [[0.5, 0.5], [0.5]]}, "y_pred.2", "expected 2 numbers, as in the first row, got 1"),
        ({"y_pred": [[0.5, 0.5], [0.5, "x"]]}, "y_pred.2.2", "expected a number between 0 and 1, got 'x'"),
        ({"y_pred": [[0.5, 0.5], [0.5, 1.2]]}, "y_pred.2.2", "expected a number between 0 and 1, got 1.2"),
        ({"y_pred": []}, "y_pred", "expected at least one number, got none"),
        ({"y_pred": None}, "y_pred", "missing; logits or log_probs may stand for it"),
        (
            {"y_pred": None, "log_probs": [[-1, -1], [-1, 0.5]]},
            "log_probs.2.2",
            "expected a logarithm of a probability, 0 or less, got 0.5",
        ),
        ({"logits": [[1, 2], [3, 4]]}, "logits", "there is y_pred already; a problem has one of the two"),
        ({"class_weights": [1, 2, 3]}, "class_weights", "expected 2 numbers, one for each class, got 3"),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {"classes": ["a", "b"], "y_true": ["a", "b"], "y_pred": [[0.5, 0.5], [0.25, 0.75]]}
    changed = {key: each for key, each in {**problem, **keys}.items() if each is not None}
    assert mistakes(**changed) == {path: message}

"""Categorical cross-entropy against the definition in plain loops, by hand, and on bad input."""

from __future__ import annotations

from decimal import Decimal
from math import exp, inf, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.errors import InvalidProblem
from lossclass.problem.bundled import bundled_problems
from problems import codes, decimals

BASES = {"e": 1.0, "2": log(2), "10": log(10)}
ANIMALS = ["cat", "dog", "bird"]
PREDICTED = [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]]


def cce(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({"loss": "categorical_cross_entropy", **keys})


def mistakes(**keys: Any) -> dict[str, str]:
    with pytest.raises(InvalidProblem) as caught:
        cce(**keys)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


#: True probabilities: of soft labels, and 0 often enough.
SHARES = st.just(Decimal(0)) | decimals("0.01", "1", 2)


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n, count = draw(st.integers(1, 4)), draw(st.integers(1, 4))

    def row(each: st.SearchStrategy[Decimal], length: int = count) -> list[Decimal]:
        return draw(st.lists(each, min_size=length, max_size=length))

    def rows(each: st.SearchStrategy[Decimal]) -> list[list[Decimal]]:
        return [row(each) for _ in range(n)]

    soft = draw(st.booleans())
    problem: dict[str, Any] = {
        "loss": "categorical_cross_entropy",
        "y_true": [[str(y) for y in each] for each in rows(SHARES)]
        if soft
        else [draw(st.integers(0, count - 1)) for _ in range(n)],
        "log_base": draw(st.sampled_from(list(BASES))),
        "reduction": draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"])),
    }
    if not soft and count == n == 1:
        problem["y_true"] = ["0"]
    kind = draw(st.sampled_from(["y_pred", "logits", "log_probs"]))
    numbers = {
        "y_pred": st.just(Decimal(0)) | decimals("0.001", "1"),
        "logits": decimals("-30", "30", 2),
        "log_probs": decimals("-20", "0"),
    }
    problem[kind] = rows(numbers[kind])
    if draw(st.booleans()):
        problem["weights"] = row(decimals("0.1", "4", 1), n)
    if draw(st.booleans()):
        problem["label_smoothing"] = draw(decimals("0", "0.9", 1))
    if draw(st.booleans()):
        # 0 only where it cannot take away all that the weighted mean is divided by
        smallest = "0.1" if problem["reduction"] == "weighted_mean" else "0"
        problem["class_weights"] = row(decimals(smallest, "5", 1))
    return problem


def divides_by_nothing(problem: dict[str, Any]) -> bool:
    return problem["reduction"] == "weighted_mean" and not sum(counted(problem))


def true_rows(problem: dict[str, Any]) -> list[list[float]]:
    count = len(predictions(problem)[0])
    return [
        [float(y) for y in each]
        if isinstance(each, list)
        else [float(int(each) == c) for c in range(count)]
        for each in problem["y_true"]
    ]


def predictions(problem: dict[str, Any]) -> list[list[float]]:
    rows = next(problem[key] for key in ("y_pred", "logits", "log_probs") if key in problem)
    return [[float(number) for number in row] for row in rows]


def logarithms(problem: dict[str, Any]) -> list[list[float]]:
    rows = predictions(problem)
    if "logits" in problem:
        return [
            [z - max(row) - log(sum(exp(o - max(row)) for o in row)) for z in row] for row in rows
        ]
    if "y_pred" in problem:
        return [[log(p) if p else -inf for p in row] for row in rows]
    return rows


def class_weights(problem: dict[str, Any]) -> list[float]:
    return [float(k) for k in problem.get("class_weights", [1] * len(predictions(problem)[0]))]


def counted(problem: dict[str, Any]) -> list[float]:
    """What each observation adds to what the weighted mean is divided by."""
    rows = true_rows(problem)
    weights = [float(weight) for weight in problem.get("weights", [1] * len(rows))]
    if "class_weights" not in problem:
        return weights
    return [
        weight * sum(k * y for k, y in zip(class_weights(problem), row, strict=True))
        for weight, row in zip(weights, rows, strict=True)
    ]


def by_definition(problem: dict[str, Any]) -> float | list[float]:
    epsilon = float(problem.get("label_smoothing", 0))
    weights = [float(weight) for weight in problem.get("weights", [1] * len(problem["y_true"]))]
    weighted = []
    for weight, row, logs in zip(weights, true_rows(problem), logarithms(problem), strict=True):
        term = 0.0
        for k, y, log_p in zip(class_weights(problem), row, logs, strict=True):
            share = k * ((1 - epsilon) * y + epsilon / len(row))
            if share:
                term -= share * log_p / BASES[problem["log_base"]]
        weighted.append(weight * term)
    match problem["reduction"]:
        case "none":
            return weighted
        case "mean":
            return sum(weighted) / len(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(counted(problem))
    return sum(weighted)


@given(problems().filter(lambda problem: not divides_by_nothing(problem)))
def test_the_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(by_definition(problem), rel=1e-12, abs=1e-12)


@given(problems().filter(lambda problem: not divides_by_nothing(problem)))
def test_class_weights_of_one_change_nothing(
    problem: dict[str, Any],
) -> None:
    """Nor the weighted mean: for one-hot labels, the weights of 1 that counted sum to n."""
    plain = {key: each for key, each in problem.items() if key != "class_weights"}
    one_hot = [[int(c == 0) for c, _ in enumerate(row)] for row in true_rows(problem)]
    plain |= {"y_true": one_hot}
    ones = {**plain, "class_weights": [1] * len(one_hot[0])}
    expected = lossclass.solve(plain).answer.value
    assert lossclass.solve(ones).answer.value == pytest.approx(expected, rel=1e-14)


def test_it_is_the_sum_by_itself_and_the_terms_have_their_names() -> None:
    solution = cce(classes=ANIMALS, y_true=["cat", "dog"], y_pred=PREDICTED)
    assert [step.id for step in solution.steps] == ["term.1", "term.2", "sum", "loss"]
    assert solution.step("term.1").value == pytest.approx(-log(0.5), rel=1e-14)
    assert solution.answer.value == pytest.approx(-log(0.5) - log(0.75), rel=1e-14)
    assert solution.remarks == ()


@pytest.mark.parametrize(
    "y_true", [["cat", "bird"], [0, 2], ["0", "2"], [[1, 0, 0], [0, 0, 1]], ["cat", 2]]
)
def test_names_indices_and_one_hot_rows_are_the_same(y_true: list[Any]) -> None:
    solution = cce(classes=ANIMALS, y_true=y_true, y_pred=PREDICTED)
    assert solution.answer.value == pytest.approx(-log(0.5) - log(0.125), rel=1e-14)


def test_the_sum_is_written_in_full_and_then_said_to_have_one_term_left() -> None:
    solution = cce(classes=ANIMALS, y_true=["dog"], y_pred=[PREDICTED[1]])
    substituted = solution.to_dict()["steps"][0]["substituted"]
    assert substituted == "−(0 × ln(0.125) + 1 × ln(0.75) + 0 × ln(0.125))"
    assert "y is 1 for “dog” and 0 for every other class" in solution.step("term.1").why
    soft = cce(classes=ANIMALS, y_true=[["0.5", "0.5", "0"]], y_pred=[PREDICTED[1]])
    assert soft.step("term.1").why == ""


@pytest.mark.parametrize(
    ("classes", "told"),
    [(["other", "and"], "“other”"), (["7", "-1"], "class 7"), (None, "class 0")],
)
def test_a_class_cannot_be_taken_for_a_word_of_the_sentence(
    classes: list[str] | None, told: str
) -> None:
    keys = {"loss": "cce", "y_true": [[1, 0]], "y_pred": [[0.5, 0.5]]}
    solution = lossclass.solve(keys | ({"classes": classes} if classes else {}))
    why = solution.step("term.1").why
    assert why == f"y is 1 for {told} and 0 for every other class: only one term remains."
    smoothed = lossclass.solve(
        {**keys, "label_smoothing": 0.1} | ({"classes": classes} if classes else {})
    )
    assert (
        smoothed.step("smoothed.1.1").title
        == f"The smoothed probability of {told} in observation 1"
    )


def test_soft_labels_count_as_much_as_they_are_true() -> None:
    solution = cce(y_true=[["0.25", "0.25", "0.5"]], y_pred=[PREDICTED[0]])
    expected = -(0.25 * log(0.5) + 0.25 * log(0.25) + 0.5 * log(0.25))
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)


def test_soft_labels_from_python_and_numpy_are_those_of_a_file() -> None:
    import numpy as np

    row = [0.25, 0.25, 0.5]
    expected = cce(y_true=[list(map(str, row))], y_pred=[PREDICTED[0]]).answer.value
    for y_true in ([row], np.array([row]), [[Decimal(str(y)) for y in row]]):
        assert cce(y_true=y_true, y_pred=[PREDICTED[0]]).answer.value == expected


def test_true_probabilities_that_do_not_sum_to_one_are_remarked() -> None:
    solution = cce(y_true=[["0.25", "0.25", "0.25"]], y_pred=[PREDICTED[0]])
    assert codes(solution) == ["probabilities-do-not-sum-to-one"]
    assert "true probabilities of observation 1 sum to 0.75" in solution.remarks[0].text


# --- class weights -----------------------------------------------------------------------

WEIGHTED: dict[str, Any] = {
    "classes": ANIMALS,
    "y_true": ["cat", "dog"],
    "y_pred": PREDICTED,
    "class_weights": [2, 5, 1],
}


def test_class_weights_are_in_the_terms() -> None:
    solution = cce(**WEIGHTED)
    assert solution.step("term.1").value == pytest.approx(-2 * log(0.5), rel=1e-14)
    assert solution.answer.value == pytest.approx(-2 * log(0.5) - 5 * log(0.75), rel=1e-14)
    substituted = solution.to_dict()["steps"][0]["substituted"]
    assert substituted == "−(2 × 1 × ln(0.5) + 5 × 0 × ln(0.25) + 1 × 0 × ln(0.25))"
    assert "every class but “cat”" in solution.step("term.1").why


def test_the_weighted_mean_divides_by_the_weights_of_the_true_classes_as_pytorch_does() -> None:
    solution = cce(**WEIGHTED, reduction="weighted_mean")
    assert solution.step("class_weight_sum.2").value == 5
    assert solution.step("weight_sum").value == 2 + 5
    expected = (-2 * log(0.5) - 5 * log(0.75)) / (2 + 5)
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)
    assert "not by the number of observations" in solution.step("loss").why


def test_the_plain_mean_divides_by_the_number_of_observations() -> None:
    solution = cce(**WEIGHTED, reduction="mean")
    expected = (-2 * log(0.5) - 5 * log(0.75)) / 2
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)
    assert "class_weight_sum.1" not in [step.id for step in solution.steps]


def test_observation_weights_multiply_the_class_weights() -> None:
    solution = cce(**WEIGHTED, reduction="weighted_mean", weights=[3, 0.5])
    expected = (-3 * 2 * log(0.5) - 0.5 * 5 * log(0.75)) / (3 * 2 + 0.5 * 5)
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)
    assert solution.step("weight_sum").value == 3 * 2 + 0.5 * 5


@pytest.mark.parametrize(
    "by_name", [{"bird": 1, "cat": 2, "dog": 5}, {"2": 1, "0": 2, "1": 5}, {"dog": 5, 0: 2, 2: 1}]
)
def test_class_weights_may_be_given_by_the_names_of_the_classes(by_name: dict[Any, Any]) -> None:
    expected = cce(**WEIGHTED).answer.value
    assert cce(**{**WEIGHTED, "class_weights": by_name}).answer.value == expected


def test_a_class_of_weight_zero_costs_nothing_even_where_it_was_called_impossible() -> None:
    solution = cce(y_true=[0, 1], y_pred=[[0, 1], [0.5, 0.5]], class_weights=[0, 3])
    assert solution.answer.value == pytest.approx(-3 * log(0.5), rel=1e-14)
    assert codes(solution) == ["zero-times-log-zero"]
    assert solution.cross_check.agrees


# --- label smoothing ---------------------------------------------------------------------


def test_smoothing_gives_every_class_its_share_the_true_one_too() -> None:
    solution = cce(y_true=[1], y_pred=[PREDICTED[1]], label_smoothing=0.3)
    for c, expected in enumerate([0.3 / 3, 0.7 + 0.3 / 3, 0.3 / 3], start=1):
        assert solution.step(f"smoothed.1.{c}").value == pytest.approx(expected, rel=1e-14)
    expected = -(0.1 * log(0.125) + 0.8 * log(0.75) + 0.1 * log(0.125))
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)


def test_smoothing_by_nothing_writes_no_steps() -> None:
    solution = cce(y_true=[1], y_pred=[PREDICTED[1]], label_smoothing=0)
    assert [step.id for step in solution.steps] == ["term.1", "sum", "loss"]


def test_smoothing_leaves_what_the_weighted_mean_is_divided_by() -> None:
    solution = cce(**WEIGHTED, reduction="weighted_mean", label_smoothing=0.3)
    terms = [
        -(2 * 0.8 * log(0.5) + 5 * 0.1 * log(0.25) + 1 * 0.1 * log(0.25)),
        -(2 * 0.1 * log(0.125) + 5 * 0.8 * log(0.75) + 1 * 0.1 * log(0.125)),
    ]
    assert solution.answer.value == pytest.approx(sum(terms) / (2 + 5), rel=1e-14)


def test_smoothing_makes_an_impossible_class_infinite() -> None:
    solution = cce(y_true=[0], y_pred=[[1, 0]], label_smoothing=0.1)
    assert solution.answer.value == inf
    assert codes(solution) == ["loss-is-infinite"]
    assert "multiplied by 0.05" in solution.remarks[0].text
    assert solution.cross_check.agrees


def test_an_infinite_term_of_weight_zero_is_left_out() -> None:
    solution = cce(y_true=[0, 0], y_pred=[[1, 0], [0.5, 0.5]], label_smoothing=0.1, weights=[0, 1])
    assert solution.answer.value == pytest.approx(-log(0.5), rel=1e-14)
    assert "infinite-term-has-no-weight" in codes(solution)
    assert "loss-is-infinite" not in codes(solution)


def test_zero_times_the_logarithm_of_zero_counts_as_zero() -> None:
    solution = cce(y_true=[1], y_pred=[[0, 1]])
    assert solution.answer.value == 0
    assert codes(solution) == ["zero-times-log-zero"]


# --- PyTorch -----------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, [2.0, 5.0, 1.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_pytorch_gives_the_same(
    weights: list[float] | None, smoothing: float, reduction: str
) -> None:
    torch = pytest.importorskip("torch")
    logits, true = [[2.0, 1.0, 0.0], [1.0, 3.0, 2.0]], [0, 2]
    loss = torch.nn.CrossEntropyLoss(
        weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
        label_smoothing=smoothing,
        reduction=reduction,
    )
    expected = loss(torch.tensor(logits, dtype=torch.float64), torch.tensor(true)).tolist()
    ours: dict[str, Any] = {"y_true": true, "logits": logits, "label_smoothing": smoothing}
    if weights is not None:
        ours["class_weights"] = weights
    ours["reduction"] = {"mean": "weighted_mean"}.get(reduction, reduction)
    assert cce(**ours).answer.value == pytest.approx(expected, rel=1e-12)


# --- bad input ---------------------------------------------------------------------------


def test_all_that_is_wrong_is_said_at_once_and_where_it_is() -> None:
    found = mistakes(
        classes=["a", "b", "a"],
        y_true=["a", "c"],
        y_pred=[[0.5, 0.5, 0], [0.1, 0.2, 0.7]],
        class_weights={"a": 1, "d": 2},
        label_smoothing=1,
        weights=[1],
    )
    paths = {"classes.3", "y_true.2", "class_weights.d", "label_smoothing", "weights"}
    assert set(found) == paths
    assert found["y_true.2"] == "'c' is no class; there are a, b, a"


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"class_weights": [1, 2, 3]}, "class_weights", "expected 2 numbers, one for each class, got 3"),
        ({"class_weights": [1, -2]}, "class_weights.2", "expected a number of 0 or more, got -2"),
        ({"class_weights": {"a": 1}}, "class_weights", "there is no weight for b"),
        ({"class_weights": {}}, "class_weights", "there is no weight for a, b"),
        ({"class_weights": {"a": 1, "b": "x"}}, "class_weights.b", "expected a number of 0 or more, got 'x'"),
        ({"class_weights": {"a": 1, "b": 1, "0": 1}}, "class_weights.0", "the class 'a' has a weight already"),
        ({"class_weights": {"a": 1, "b": 1, "c": 1}}, "class_weights.c", "'c' is no class; there are a, b"),
        (
            {"class_weights": [0, 1], "reduction": "weighted_mean", "y_true": ["a", "a"]},
            "class_weights",
            "for these true classes they sum to 0, so there is no weighted mean",
        ),
        ({"label_smoothing": -0.1}, "label_smoothing", "expected a number from 0 to less than 1, got -0.1"),
        ({"y_true": ["a"]}, "y_true", "expected 2 labels or rows, one for each observation of the predictions, got 1"),
        ({"y_true": [[1, 0], [1]]}, "y_true.2", "expected 2 numbers, one for each class, got 1"),
        ({"y_true": [[1, 0], [2, 0]]}, "y_true.2.1", "expected a number between 0 and 1, got '2'"),
        ({"y_pred": [[0.5, 0.5], [1]]}, "y_pred.2", "expected 2 numbers, as in the first row, got 1"),
        ({"y_pred": [[0.5, 0.5], [1.5, 0]]}, "y_pred.2.1", "expected a number between 0 and 1, got 1.5"),
        ({"y_pred": None}, "y_pred", "missing; logits or log_probs may stand for it"),
        ({"logits": [[1, 2], [3, 4]]}, "logits", "there is y_pred already; a problem has one of the two"),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place(keys: dict[str, Any], path: str, message: str) -> None:
    problem = {"classes": ["a", "b"], "y_true": ["a", "b"], "y_pred": [[0.5, 0.5], [0.25, 0.75]]}
    assert mistakes(**{**problem, **keys}) == {path: message}


# --- the bundled problems ----------------------------------------------------------------

SOFTMAX_SUM = 1 + exp(-1) + exp(-2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sentiment_example", -log(0.7)),
        ("sentiment_batch", -(log(0.8) + log(0.6) + log(0.25)) / 3),
        ("categorical_from_logits", -log(1 / SOFTMAX_SUM) - log(exp(-1) / SOFTMAX_SUM)),
        (
            "imbalanced_classes",
            -(
                (0.95 * log(0.9) + 3 * 0.05 * log(0.1))
                + (0.05 * log(0.5) + 3 * 0.95 * log(0.5))
                + (0.95 * log(0.8) + 3 * 0.05 * log(0.2))
            )
            / (1 + 3 + 1),
        ),
        ("binary_cross_entropy_batch", -(log(0.9) + log(0.8) + log(0.5) + log(0.4)) / 4),
    ],
)
def test_the_bundled_problems_come_to_what_their_formula_says(name: str, expected: float) -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()[name]))
    assert solution.answer.value == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("alias", ["cce", "cross_entropy"])
def test_it_goes_by_its_other_names(alias: str) -> None:
    assert lossclass.load({"loss": alias, **WEIGHTED}).loss == "categorical_cross_entropy"

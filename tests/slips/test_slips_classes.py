"""The mistakes with probabilities, cross-entropies and perplexities are found in the numbers that
they lead to; these are worked here by their formulas."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import exp, inf, log, log2, prod
from typing import Any

import pytest
from wrong_answers import softmax

import lossclass
from lossclass.solving import diagnosis_of

Problem = dict[str, Any]


def named(problem: Problem, number: float, step: str = "loss") -> list[str]:
    """The codes that are named for a number with five digits."""
    loaded = lossclass.load(problem)
    diagnosis = diagnosis_of(loaded, lossclass.solve(loaded))
    return [each.code for each in diagnosis.explain(step, Decimal(f"{number:.4e}"))]


def codes(problem: Problem) -> set[str]:
    """The codes of the slips that belong to a problem."""
    loaded = lossclass.load(problem)
    return {each.code for each in diagnosis_of(loaded, lossclass.solve(loaded)).own}


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


# --- problems ----------------------------------------------------------------------------

CCE: Problem = {
    "loss": "categorical_cross_entropy",
    "y_true": ["0", "2"],
    "y_pred": [[0.7, 0.2, 0.1], [0.15, 0.25, 0.6]],
}
ROWS = CCE["y_pred"]
TRUE = [ROWS[0][0], ROWS[1][2]]
MEAN = {**CCE, "reduction": "mean"}
NLL: Problem = {**CCE, "loss": "negative_log_likelihood"}
LOGITS: Problem = {
    "loss": "categorical_cross_entropy",
    "y_true": ["0", "1"],
    "logits": [[2.0, 1.0, 0.5], [0.3, 1.7, 0.4]],
}
Z = LOGITS["logits"]
LABELS = [0, 1]
LOG_PROBS: Problem = {
    "loss": "negative_log_likelihood",
    "y_true": ["0", "1"],
    "log_probs": [[-0.4, -1.5, -2.5], [-1.2, -0.7, -1.6]],
}
Q = LOG_PROBS["log_probs"]
BCE: Problem = {
    "loss": "binary_cross_entropy",
    "y_true": [1, 0, 1],
    "y_pred": [0.9, 0.35, 0.6],
}
GUESSED = [0.9, 0.65, 0.6]  # what is given to that which is true
MODEL: Problem = {
    "loss": "sequence_cross_entropy",
    "y_true": ["0", "1", "1", "0"],
    "y_pred": [[0.8, 0.2], [0.3, 0.7], [0.45, 0.55], [0.9, 0.1]],
    "over_time": "mean",
}
GIVEN = [0.8, 0.7, 0.55, 0.9]
PAIR: Problem = {
    "loss": "sequence_cross_entropy",
    "over_time": "mean",
    "over_examples": "mean",
    "examples": [
        {"y_true": ["0", "1"], "y_pred": [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]},
        {
            "y_true": ["1", "1", "0"],
            "y_pred": [[0.4, 0.55, 0.05], [0.05, 0.9, 0.05], [0.6, 0.2, 0.2]],
        },
    ],
}
OF_PAIR = [[0.8, 0.7], [0.55, 0.9, 0.6]]


def nats(chances: list[float]) -> list[float]:
    return [-log(p) for p in chances]


# --- smoothing ---------------------------------------------------------------------------

EPSILON = 0.1
SMOOTHED = {
    "loss": "categorical_cross_entropy",
    "y_true": ["0"],
    "y_pred": [[0.7, 0.2, 0.1]],
    "label_smoothing": EPSILON,
}


def smoothed(true: float, other: float) -> float:
    p, q, r = 0.7, 0.2, 0.1
    return -(true * log(p) + other * (log(q) + log(r)))


SMOOTHINGS = {
    "smoothing-forgotten": [smoothed(1, 0)],
    "smoothing-over-other-classes": [smoothed(1 - EPSILON, EPSILON / 2)],
    "smoothing-mass-wrong": [
        smoothed(1 - EPSILON + (1 - EPSILON) / 3, (1 - EPSILON) / 3),
        smoothed(EPSILON + (1 - EPSILON) / 3, (1 - EPSILON) / 3),
        smoothed(1 - EPSILON + 1 / 3, 1 / 3),
        smoothed(1 - EPSILON / 3, EPSILON / 3),
        smoothed(1 - EPSILON, EPSILON / 3),
        smoothed(1 - EPSILON, EPSILON),
        smoothed(1 - EPSILON + EPSILON / 2, EPSILON / 2),
    ],
}


@pytest.mark.parametrize(
    ("code", "number"), [(code, number) for code, each in SMOOTHINGS.items() for number in each]
)
def test_labels_smoothed_in_another_way_are_named(code: str, number: float) -> None:
    assert named(SMOOTHED, number)[0] == code


def test_a_smoothing_shared_by_the_other_classes_is_told_as_that() -> None:
    problem = lossclass.load(SMOOTHED)
    found = diagnosis_of(problem, lossclass.solve(problem)).explain("loss", Decimal("0.51661"))
    assert found[0].text == (
        "ε is shared among the 2 other classes only, ε/2 for each: every class gets ε/3, and the "
        "true one 1 − ε more."
    )


def test_epsilon_divided_by_the_number_of_observations_is_named() -> None:
    two = {**CCE, "label_smoothing": 0.1, "y_true": ["0"] * 5, "y_pred": [ROWS[0]] * 5}
    wrong = 5 * smoothed(0.9 + 0.1 / 5, 0.1 / 5)
    assert named(two, wrong)[0] == "smoothing-mass-wrong"


# --- perplexity --------------------------------------------------------------------------


def test_a_perplexity_for_the_loss_is_named() -> None:
    problem = {
        "loss": "negative_log_likelihood",
        "y_true": ["0", "1"],
        "y_pred": [[0.8, 0.2], [0.5, 0.5]],
        "reduction": "mean",
    }
    assert named(problem, exp(mean(nats([0.8, 0.5]))))[0] == "perplexity-for-loss"
    assert named(MODEL, exp(mean(nats(GIVEN))))[0] == "perplexity-for-loss"
    in_bits = {**MODEL, "log_base": "2"}
    assert named(in_bits, prod(GIVEN) ** (-1 / 4))[0] == "perplexity-for-loss"


PERPLEXITIES = {
    "loss-for-perplexity": mean(nats(GIVEN)),
    "perplexity-base-mixed": 2 ** mean(nats(GIVEN)),
    "perplexity-off-by-one-token": exp(sum(nats(GIVEN)) / 3),
}


@pytest.mark.parametrize("code", PERPLEXITIES)
def test_slips_in_a_perplexity_are_named(code: str) -> None:
    assert named(MODEL, PERPLEXITIES[code], "perplexity")[0] == code


def test_other_ways_to_a_wrong_perplexity_are_named() -> None:
    assert named(MODEL, exp(sum(nats(GIVEN)) / 5), "perplexity")[0] == "perplexity-off-by-one-token"
    bits = {**MODEL, "log_base": "2"}
    mixed = exp(mean([-log2(p) for p in GIVEN]))
    assert named(bits, mixed, "perplexity")[0] == "perplexity-base-mixed"
    summed = {**MODEL, "over_time": "sum"}
    for number in (sum(nats(GIVEN)), mean(nats(GIVEN))):
        assert named(summed, number, "perplexity")[0] == "loss-for-perplexity"


# --- what the function does not take -----------------------------------------------------


FED: list[tuple[str, Problem, float]] = [
    ("probabilities-as-log-probs", CCE, -sum(TRUE)),
    ("probabilities-as-log-probs", MEAN, -mean(TRUE)),
    (
        "probabilities-as-log-probs",
        LOGITS,
        -sum(softmax(z)[c] for z, c in zip(Z, LABELS, strict=True)),
    ),
    ("scores-as-log-probs", LOGITS, -(2.0 + 1.7)),
    ("softmax-twice", CCE, sum(nats([softmax(ROWS[0])[0], softmax(ROWS[1])[2]]))),
    (
        "probabilities-as-logits",
        LOG_PROBS,
        sum(nats([softmax([exp(q) for q in row])[c] for row, c in zip(Q, LABELS, strict=True)])),
    ),
    (
        "probabilities-as-logits",
        BCE,
        mean([log(1 + exp(-p)) if y else log(1 + exp(p)) for y, p in zip(BCE["y_true"], BCE["y_pred"], strict=True)]),
    ),
    (
        "softmax-without-exp",
        LOGITS,
        sum(nats([z[c] / sum(z) for z, c in zip(Z, LABELS, strict=True)])),
    ),
    (
        "softmax-over-wrong-axis",
        LOGITS,
        sum(nats([softmax([row[c] for row in Z])[i] for i, c in enumerate(LABELS)])),
    ),
    (
        "softmax-over-wrong-axis",
        LOGITS,
        sum(nats([softmax([*Z[0], *Z[1]])[3 * i + c] for i, c in enumerate(LABELS)])),
    ),
    (
        "binary-terms-added",
        CCE,
        sum(nats(TRUE)) - log(1 - 0.2) - log(1 - 0.1) - log(1 - 0.15) - log(1 - 0.25),
    ),
    (
        "binary-terms-added",
        MEAN,
        mean([(-log(p) - log(1 - q) - log(1 - r)) / 3 for p, q, r in [(0.7, 0.2, 0.1), (0.6, 0.15, 0.25)]]),
    ),
]  # fmt: skip


@pytest.mark.some(3)
@pytest.mark.parametrize(("code", "problem", "number"), FED)
def test_what_a_function_does_not_take_is_named(code: str, problem: Problem, number: float) -> None:
    assert named(problem, number)[0] == code


def test_a_softmax_over_time_is_named() -> None:
    problem = {
        **LOGITS,
        "loss": "sequence_cross_entropy",
        "over_time": "mean",
        "logits": [*Z, [1.0, 0.2, 0.1]],
        "y_true": ["0", "1", "0"],
    }
    columns = [softmax([row[c] for row in problem["logits"]]) for c in range(3)]
    wrong = mean(nats([columns[0][0], columns[1][1], columns[0][2]]))
    assert named(problem, wrong)[0] == "softmax-over-wrong-axis"


# --- sums, means and weights -------------------------------------------------------------

WEIGHTS = [0.5, 2.0]
TIMES = sum(w * t for w, t in zip(WEIGHTS, nats(TRUE), strict=True))
OF_CLASSES = [1.0, 2.0, 4.5]
BY_CLASS = OF_CLASSES[0] * -log(TRUE[0]) + OF_CLASSES[2] * -log(TRUE[1])
THREE = [2.0, 0.0, 1.5]
BY_THREE = sum(w * t for w, t in zip(THREE, nats(GUESSED), strict=True))

AVERAGED: list[tuple[str, Problem, float]] = [
    ("weighted-mean-for-mean", {**MEAN, "weights": WEIGHTS}, TIMES / 2.5),
    ("weighted-mean-for-mean", {**MEAN, "class_weights": OF_CLASSES}, BY_CLASS / 5.5),
    ("weighted-mean-for-mean", {**BCE, "weights": THREE}, BY_THREE / 3.5),
    ("mean-for-sum", {**CCE, "class_weights": OF_CLASSES}, BY_CLASS / 5.5),
    (
        "mean-for-weighted-mean",
        {**CCE, "class_weights": OF_CLASSES, "reduction": "weighted_mean"},
        BY_CLASS / 2,
    ),
    (
        "class-weights-forgotten",
        {**CCE, "class_weights": OF_CLASSES, "reduction": "weighted_mean"},
        mean(nats(TRUE)),
    ),
    ("divided-by-nonzero-weights", {**BCE, "weights": THREE}, BY_THREE / 2),
    (
        "divided-by-nonzero-weights",
        {**BCE, "weights": THREE, "reduction": "weighted_mean"},
        BY_THREE / 2,
    ),
    ("averaged-twice", BCE, mean(nats(GUESSED)) / 3),
    ("averaged-twice", MEAN, mean(nats(TRUE)) / 2),
    ("averaged-twice", MODEL, mean(nats(GIVEN)) / 4),
    ("averaged-twice", PAIR, mean([mean(nats(each)) for each in OF_PAIR]) / 2),
    ("averaged-twice", PAIR, mean([mean(nats(each)) / len(each) for each in OF_PAIR])),
    ("divided-by-classes", CCE, sum(nats(TRUE)) / 3),
    ("divided-by-classes", CCE, sum(nats(TRUE)) / 6),
    ("divided-by-classes", MODEL, mean(nats(GIVEN)) / 2),
    ("mean-over-wrong-axis", MEAN, sum(nats(TRUE)) / 3),
]


@pytest.mark.some(3)
@pytest.mark.parametrize(("code", "problem", "number"), AVERAGED)
def test_another_average_is_named(code: str, problem: Problem, number: float) -> None:
    assert named(problem, number)[0] == code


@pytest.mark.parametrize("over_examples", ["mean", "sum"])
def test_padding_that_is_counted_in_a_mean_over_time_is_named(over_examples: str) -> None:
    whole = {"y_true": ["0", "1", "0"], "y_pred": [[0.7, 0.3], [0.4, 0.6], [0.8, 0.2]]}
    padded = {**whole, "y_true": ["0", "1", "2"]}
    keys = {"loss": "sequence_cross_entropy", "over_time": "mean", "ignore": "2"}
    short, long = sum(nats([0.7, 0.6])) / 3, mean(nats([0.7, 0.6, 0.8]))
    assert named({**keys, **padded}, short)[0] == "padding-counted"
    batch = {**keys, "over_examples": over_examples, "examples": [whole, padded]}
    number = mean([long, short]) if over_examples == "mean" else long + short
    assert named(batch, number)[0] == "padding-counted"


def test_rows_scaled_to_a_sum_of_one_are_named() -> None:
    rows = [[0.6, 0.2, 0.1], [0.3, 0.3, 0.7]]
    problem = {**CCE, "y_pred": rows}
    wrong = sum(nats([0.6 / 0.9, 0.7 / 1.3]))
    assert named(problem, wrong)[0] == "rows-renormalised"
    sums = [sum(map(exp, row)) for row in Q]
    wrong = -(Q[0][0] - log(sums[0])) - (Q[1][1] - log(sums[1]))
    assert named(LOG_PROBS, wrong)[0] == "rows-renormalised"


# --- what libraries cut off --------------------------------------------------------------

ZERO: Problem = {"loss": "nll", "y_true": ["0", "1"], "y_pred": [[0.0, 1.0], [0.4, 0.6]]}
TINY: Problem = {**ZERO, "y_pred": [[1e-9, 1 - 1e-9], [0.4, 0.6]]}
NEVER: Problem = {"loss": "bce", "y_true": [1, 0], "y_pred": [0.0, 0.3]}

CLIPPED: list[tuple[Problem, float]] = [
    *[
        (ZERO, -log(epsilon) - log(0.6))
        for epsilon in (1e-7, 2**-23, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 2**-52)
    ],
    (TINY, -log(1e-7) - log(0.6)),
    (TINY, -log(1e-9 + 1e-7) - log(0.6)),
    (TINY, -log(1e-9 + 1e-8) - log(0.6)),
    (NEVER, mean([100, -log(0.7)])),
    (NEVER, mean([-log(2e-7), -log(0.7)])),
    (NEVER, mean([-log(1e-15), -log(0.7)])),
    ({**NEVER, "y_true": [0], "y_pred": [1.0]}, -log(2**-23 + 1e-7)),
    ({**ZERO, "y_true": ["1", "1"], "y_pred": [[0.0, 1.0]] * 2}, -2 * log(1 - 1e-7)),
]


@pytest.mark.some(3)
@pytest.mark.parametrize(("problem", "number"), CLIPPED)
def test_the_logarithm_of_zero_as_libraries_have_it_is_named(
    problem: Problem, number: float
) -> None:
    assert named(problem, number)[0] == "library-clip"


def test_whose_number_it_is_is_said() -> None:
    def said(problem: Problem, number: float) -> str:
        loaded = lossclass.load(problem)
        diagnosis = diagnosis_of(loaded, lossclass.solve(loaded))
        return diagnosis.explain("loss", Decimal(f"{number:.4e}"))[0].text

    assert lossclass.solve(lossclass.load(ZERO)).values["loss"] == inf
    assert "Keras" in said(ZERO, -log(1e-7) - log(0.6))
    assert "scikit-learn" in said(ZERO, -log(2**-52) - log(0.6))
    assert "PyTorch" in said(NEVER, mean([100, -log(0.7)]))
    assert "1e-12" in said(ZERO, -log(1e-12) - log(0.6))


def test_an_infinite_term_that_is_left_out_is_no_librarys_number() -> None:
    problem = {**NLL, "y_pred": [[0.0, 0.7, 0.3], [0.15, 0.25, 0.6]]}
    assert named(problem, -log(0.6))[0] == "term-left-out"


def test_slips_are_carried_on_to_a_loss_put_together_of_others() -> None:
    part = {**NLL, "reduction": "mean"}
    whole = {"loss": "custom", "terms": [{"name": "a", "weight": 0.5, "problem": part}]}
    assert named(whole, 0.5 * exp(mean(nats(TRUE))))[0] == "perplexity-for-loss"


def test_each_observations_own_loss_has_the_slips_of_its_term() -> None:
    each = {**LOGITS, "reduction": "none"}
    assert named(each, -Z[1][1], "loss.2")[0] == "scores-as-log-probs"


# --- what libraries are asked for by mistake -----------------------------------------------

SOFT: Problem = {
    "loss": "cross_entropy",
    "y_true": [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]],
    "y_pred": [[0.5, 0.3, 0.2], [0.25, 0.35, 0.4]],
}
PADDED: Problem = {
    **LOGITS,
    "y_true": ["0", "1", "2"],
    "logits": [*Z, [0.2, 0.1, 1.1]],
    "ignore": "2",
}
OF_Z = [softmax(row)[c] for row, c in zip(PADDED["logits"], (0, 1, 2), strict=True)]


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


ERRORS: Problem = {"y_true": [1.2, -0.3, 2.5], "y_pred": [0.4, 0.9, 1.6]}
COSTS: list[tuple[Problem, Callable[[float], float]]] = [
    ({"loss": "mse"}, lambda e: e**2),
    ({"loss": "mae"}, abs),
    ({"loss": "huber"}, lambda e: e**2 / 2 if abs(e) <= 1 else abs(e) - 0.5),
]


@pytest.mark.parametrize(
    ("code", "problem", "number"),
    [
        # a sigmoid behind the last layer, and CrossEntropyLoss
        ("sigmoid-for-softmax", LOGITS, -sum(log(softmax([*map(sigmoid, row)])[c]) for row, c in zip(Z, LABELS, strict=True))),
        ("sigmoid-for-softmax", LOGITS, -sum(log(sigmoid(row[c])) for row, c in zip(Z, LABELS, strict=True))),
        # probabilities into NLLLoss
        ("probabilities-as-log-probs", LOG_PROBS, -exp(Q[0][0]) - exp(Q[1][1])),
        # KLDivLoss for CrossEntropyLoss, and class indices for distributions
        ("entropy-taken-off", SOFT, sum(y * log(y / p) for t, r in zip(SOFT["y_true"], SOFT["y_pred"], strict=True) for y, p in zip(t, r, strict=True))),
        ("labels-hardened", SOFT, -log(0.5) - log(0.35)),
        # ignore_index forgotten, and Σ / N under it
        ("padding-counted", {**PADDED, "reduction": "mean"}, mean(nats(OF_Z))),
        ("padding-counted", {**PADDED, "reduction": "mean"}, sum(nats(OF_Z[:2])) / 3),
        ("padding-counted", {**PADDED, "reduction": "sum"}, sum(nats(OF_Z))),
        ("padding-counted", {**PADDED, "loss": "sequence_cross_entropy"}, sum(nats(OF_Z))),
        # pos_weight for the zeros
        ("classes-swapped", {**BCE, "pos_weight": [3]}, mean([-log(0.9), -3 * log(0.65), -log(0.6)])),
        # Keras' BinaryCrossentropy without from_logits=True
        ("sigmoid-forgotten", {"loss": "bce", "y_true": [1, 0, 1], "logits": [0.3, -1.2, 2]}, mean([-log(0.3), -log(1 - 1e-7), -log(1 - 1e-7)])),
        # the arguments of BCELoss, and of Keras' BinaryCrossentropy, exchanged
        ("distributions-exchanged", BCE, mean([100 * 0.1, 100 * 0.35, 100 * 0.4])),
        ("distributions-exchanged", BCE, mean([-log(1.1920929e-7) * 0.1, -log(1e-7) * 0.35, -log(1.1920929e-7) * 0.4])),
        # n × 1 against n
        *(("pairs-broadcast", {**ERRORS, **keys}, mean([cost(y - p) for y in ERRORS["y_true"] for p in ERRORS["y_pred"]])) for keys, cost in COSTS),
        # SmoothL1Loss for HuberLoss
        ("divided-by-delta", {"loss": "huber", "y_true": [0, 0, 0], "y_pred": [2, 0.3, -1.1], "delta": 0.7}, (2 - 0.35 + 0.09 / 1.4 + 1.1 - 0.35) / 3),
    ],
)  # fmt: skip
def test_what_a_library_gives_for_another_call_is_named(
    code: str, problem: Problem, number: float
) -> None:
    assert named(problem, number)[0] == code


@pytest.mark.parametrize(
    ("over_time", "over_examples"),
    [
        ("sum", "sum"),
        ("sum", "mean"),
        ("mean", "sum"),
        ("mean", "mean"),
        ("sum", "mean_over_tokens"),
    ],
)
def test_losses_of_padding_that_are_counted_are_named(over_time: str, over_examples: str) -> None:
    predicted = [[0.7, 0.3], [0.4, 0.6], [0.85, 0.15]]
    whole = {"y_true": ["0", "1", "0"], "y_pred": predicted}
    padded = {**whole, "y_true": ["0", "1", "1"], "mask": [1, 1, 0]}
    keys = {
        "loss": "sequence_cross_entropy",
        "over_time": over_time,
        "over_examples": over_examples,
    }
    both = [sum(nats(row)) for row in ([0.7, 0.6, 0.85], [0.7, 0.6, 0.15])]
    of_time = 3 if over_time == "mean" else 1
    of_all = {"sum": 1, "mean": 2, "mean_over_tokens": 6}[over_examples]
    number = sum(both) / of_time / of_all
    assert named({**keys, "examples": [whole, padded]}, number)[0] == "padding-counted"


@pytest.mark.parametrize("loss", ["cross_entropy", "sequence_cross_entropy"])
def test_predictions_of_a_batch_that_are_viewed_in_another_order_are_named(loss: str) -> None:
    """view(-1, C) of what is B × C × T, or T × B × C, beside the labels of B × T."""
    batch = [[[0.5, -1, 2], [0.1, 0.7, -0.4]], [[1.1, 0.3, -0.9], [0.2, -0.6, 0.8]]]
    labels = [[0, 2], [1, 1]]
    problem = {"loss": loss, "logits": batch, "y_true": labels}
    by_class = [row[t][c] for row in batch for c in range(3) for t in range(2)]
    by_time = [number for t in range(2) for b in range(2) for number in batch[b][t]]
    true = [label for row in labels for label in row]
    for flat in (by_class, by_time):
        rows = [flat[3 * n : 3 * n + 3] for n in range(4)]
        total = sum(-log(softmax(row)[c]) for row, c in zip(rows, true, strict=True))
        number = total / (2 if loss == "sequence_cross_entropy" else 1)
        assert named(problem, number)[0] == "rows-regrouped"


def test_what_nobody_can_know_of_padding_is_no_slip() -> None:
    assert "padding-counted" not in codes(
        {**PADDED, "y_true": ["0", "1", "-100"], "ignore": "-100"}
    )


# --- where they do not belong ------------------------------------------------------------

WEIGHTED = {"weighted-mean-for-mean", "divided-by-nonzero-weights"}
SMOOTHING = {"smoothing-forgotten", "smoothing-over-other-classes", "smoothing-mass-wrong"}
PERPLEXITY = {"loss-for-perplexity", "perplexity-base-mixed", "perplexity-off-by-one-token"}
OF_LOGITS = {"scores-as-log-probs", "softmax-without-exp", "softmax-over-wrong-axis"}
OF_CLASSES_ONLY = {
    *SMOOTHING,
    *PERPLEXITY,
    *OF_LOGITS,
    "perplexity-for-loss",
    "binary-terms-added",
    "divided-by-classes",
    "mean-over-wrong-axis",
    "rows-renormalised",
    "probabilities-as-log-probs",
}


@pytest.mark.parametrize(
    ("problem", "foreign"),
    [
        (CCE, {*WEIGHTED, *SMOOTHING, *PERPLEXITY, *OF_LOGITS, "rows-renormalised"}),
        (CCE, {"averaged-twice", "mean-over-wrong-axis", "library-clip", "probabilities-as-logits"}),
        (LOGITS, {"rows-renormalised", "probabilities-as-logits", "library-clip"}),
        (LOG_PROBS, {*OF_LOGITS, "binary-terms-added"}),
        (BCE, {*OF_CLASSES_ONLY, *WEIGHTED, "library-clip"}),
        (MODEL, {*WEIGHTED, *SMOOTHING, *OF_LOGITS}),
        (PAIR, {*WEIGHTED, "mean-over-wrong-axis"}),
        ({**LOGITS, "y_true": ["0"], "logits": Z[:1]}, {"softmax-over-wrong-axis"}),
    ],
)  # fmt: skip
def test_no_slip_is_made_where_it_does_not_belong(problem: Problem, foreign: set[str]) -> None:
    assert not codes(problem) & foreign
    assert codes(problem)


@pytest.mark.parametrize(
    "problem",
    [CCE, MEAN, LOGITS, LOG_PROBS, BCE, MODEL, PAIR, SMOOTHED, ZERO, NEVER],
)
def test_the_texts_are_sentences(problem: Problem) -> None:
    loaded = lossclass.load(problem)
    for slip in diagnosis_of(loaded, lossclass.solve(loaded)).own:
        text = slip.text
        assert text.endswith(".")
        assert text == " ".join(text.split())

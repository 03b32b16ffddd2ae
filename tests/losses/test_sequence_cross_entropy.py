"""The sequence loss against loops written from its definition, and what is refused."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context
from math import exp, log
from typing import Any

import pytest
from expressions import evaluate_precisely
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.notation import PLAIN
from problems import codes, decimals, solved

BASES = {"e": math.e, "2": 2.0, "10": 10.0}
CLASSES = ["noun", "verb", "other"]
PAD = "pad"


# --- the definition, in loops ------------------------------------------------------------


def distribution(row: list[Any], kind: str) -> list[float]:
    """Probabilities as they are; logits through a softmax without the trick."""
    if kind == "y_pred":
        return [float(each) for each in row]
    total = sum(exp(float(each)) for each in row)
    return [exp(float(each)) / total for each in row]


def losses_of(sequence: dict[str, Any], problem: dict[str, Any]) -> dict[int, float]:
    """The loss of every time step that counts, by its number."""
    kind = "logits" if "logits" in sequence else "y_pred"
    losses = {}
    for t, (label, row) in enumerate(zip(sequence["y_true"], sequence[kind], strict=True)):
        if label == problem.get("ignore") or not sequence.get("mask", [1] * 99)[t]:
            continue
        true = label
        if not isinstance(label, list):
            true = [1 if name == label else 0 for name in problem["classes"]]
        loss = 0.0
        for y, predicted in zip(true, distribution(row, kind), strict=True):
            if float(y):
                loss -= float(y) * (log(predicted) if predicted else -math.inf)
        losses[t + 1] = loss / log(BASES[problem.get("log_base", "e")])
    return losses


def single_by_definition(problem: dict[str, Any]) -> float | list[float]:
    losses = losses_of(problem, problem)
    weights = {t: float(problem["weights"][t - 1]) if "weights" in problem else 1 for t in losses}
    weighted = [weights[t] * losses[t] for t in losses]
    match problem.get("reduction", problem.get("over_time", "sum")):
        case "none":
            return weighted
        case "mean":
            return sum(weighted) / len(weighted)
        case "weighted_mean":
            return sum(weighted) / sum(weights.values())
    return sum(weighted)


def batch_by_definition(problem: dict[str, Any]) -> float:
    examples = [list(losses_of(each, problem).values()) for each in problem["examples"]]
    tokens = [loss for each in examples for loss in each]
    if problem["over_examples"] == "mean_over_tokens":
        return sum(tokens) / len(tokens)
    reduced = [
        sum(each) / (len(each) if problem["over_time"] == "mean" else 1) for each in examples
    ]
    return sum(reduced) / (len(reduced) if problem["over_examples"] == "mean" else 1)


# --- random problems ---------------------------------------------------------------------


@st.composite
def sequences(draw: st.DrawFn, kind: str, *, masks: bool = True) -> dict[str, Any]:
    """A sequence of which at least the first time step counts."""
    steps = draw(st.integers(1, 4))
    rows = st.lists(
        decimals("0.001", "1") if kind == "y_pred" else decimals("-5", "5"), min_size=3, max_size=3
    )
    soft = draw(st.booleans()) and masks
    label: st.SearchStrategy[Any] = st.sampled_from([*CLASSES, PAD])
    first: st.SearchStrategy[Any] = st.sampled_from(CLASSES)
    if soft:
        label = first = st.lists(decimals("0", "1").map(str), min_size=3, max_size=3)
    sequence = {
        "y_true": [draw(first), *(draw(label) for _ in range(steps - 1))],
        kind: [draw(rows) for _ in range(steps)],
    }
    if masks and draw(st.booleans()):
        sequence["mask"] = [1, *(draw(st.integers(0, 1)) for _ in range(steps - 1))]
    return sequence


KINDS = st.sampled_from(["y_pred", "logits"])
COMMON = st.fixed_dictionaries(
    {
        "loss": st.just("sequence_cross_entropy"),
        "classes": st.just(CLASSES),
        "ignore": st.just(PAD),
        "log_base": st.sampled_from(sorted(BASES)),
    }
)


@st.composite
def singles(draw: st.DrawFn) -> dict[str, Any]:
    problem = {**draw(COMMON), **draw(sequences(draw(KINDS)))}
    if draw(st.booleans()):
        problem["over_time"] = draw(st.sampled_from(["sum", "mean"]))
    else:
        problem["reduction"] = draw(st.sampled_from(["sum", "mean", "weighted_mean", "none"]))
    if draw(st.booleans()):
        steps = len(problem["y_true"])
        weights = st.lists(decimals("0.1", "4", 1), min_size=steps, max_size=steps)
        problem["weights"] = draw(weights)
    return problem


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(KINDS)
    over_examples = draw(st.sampled_from(["mean", "sum", "mean_over_tokens"]))
    over_time = "sum" if over_examples == "mean_over_tokens" else draw(
        st.sampled_from(["sum", "mean"])
    )  # fmt: skip
    return {
        **draw(COMMON),
        "examples": draw(st.lists(sequences(kind), min_size=1, max_size=3)),
        "over_examples": over_examples,
        "over_time": over_time,
    }


def check(solution: lossclass.Solution, expected: Any, terms: dict[str, float]) -> None:
    """Answer, terms and perplexity against the definition; every printed line comes out."""
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert [step.id for step in solution.steps if step.id.startswith("term.")] == list(terms)
    for id, term in terms.items():
        assert solution.step(id).value == pytest.approx(term, rel=1e-10, abs=1e-12)


def check_perplexity(
    solution: lossclass.Solution, losses: list[float], problem: dict[str, Any]
) -> None:
    mean = sum(losses) / len(losses)
    perplexity = BASES[problem["log_base"]] ** mean
    assert solution.steps[-1].id == "perplexity"
    assert solution.step("perplexity").value == pytest.approx(perplexity, rel=1e-10)
    ids = [step.id for step in solution.steps]
    mean_step = "mean_per_token" if "mean_per_token" in ids else "loss"
    assert solution.step(mean_step).value == pytest.approx(mean, rel=1e-10, abs=1e-12)


@given(singles())
def test_one_sequence_by_steps_by_numpy_and_by_definition(problem: dict[str, Any]) -> None:
    losses = losses_of(problem, problem)
    solution = lossclass.solve(problem)
    check(solution, single_by_definition(problem), {f"term.{t}": losses[t] for t in losses})
    check_perplexity(solution, list(losses.values()), problem)
    if problem.get("reduction") == "none":
        assert list(solution.answer_ids) == [f"loss.{t}" for t in losses]


@given(batches())
def test_several_sequences_by_steps_by_numpy_and_by_definition(problem: dict[str, Any]) -> None:
    examples = [losses_of(each, problem) for each in problem["examples"]]
    terms = {
        f"term.{e}.{t}": loss
        for e, losses in enumerate(examples, start=1)
        for t, loss in losses.items()
    }
    solution = lossclass.solve(problem)
    check(solution, batch_by_definition(problem), terms)
    check_perplexity(solution, list(terms.values()), problem)
    for e, losses in enumerate(examples, start=1):
        divisor = len(losses) if problem["over_time"] == "mean" else 1
        expected = sum(losses.values()) / divisor
        assert solution.step(f"example.{e}").value == pytest.approx(expected, rel=1e-10, abs=1e-12)
    unequal = len({len(losses) for losses in examples}) > 1
    assert unequal == ("four-averages" in codes(solution))


@given(sequences("logits", masks=False), st.integers(1, 3), st.sampled_from(["sum", "mean"]))
def test_padding_at_the_end_changes_no_number(
    sequence: dict[str, Any], padding: int, over_time: str
) -> None:
    common = {**TAGGING, "ignore": PAD, "over_time": over_time}
    padded = {
        "y_true": [*sequence["y_true"], *[PAD] * padding],
        "logits": [*sequence["logits"], *[[9, -9, 0]] * padding],
    }
    short = lossclass.solve({**common, **sequence})
    long = lossclass.solve({**common, **padded})
    assert [(s.id, s.decimal) for s in short.steps] == [(s.id, s.decimal) for s in long.steps]


# --- the bundled problems ----------------------------------------------------------------


LABELLING = -log(0.7) - log(0.6) - log(0.5)


def test_labelling_is_summed_or_averaged_over_its_three_time_steps() -> None:
    assert solved("labelling_sum").answer.value == pytest.approx(LABELLING, rel=1e-14)
    assert solved("labelling_mean").answer.value == pytest.approx(LABELLING / 3, rel=1e-14)
    for name in ("labelling_sum", "labelling_mean"):
        perplexity = (0.7 * 0.6 * 0.5) ** (-1 / 3)
        assert solved(name).step("perplexity").value == pytest.approx(perplexity, rel=1e-14)


def test_the_language_model_is_as_unsure_as_one_that_chooses_among_four_words() -> None:
    solution = solved("language_model_perplexity")
    mean = -(log(1 / 2) + log(1 / 4) + log(1 / 8) + log(1 / 4)) / 4
    assert solution.answer.value == pytest.approx(mean, rel=1e-14)
    assert solution.step("perplexity").value == pytest.approx(4, rel=1e-14)
    assert "mean_per_token" not in [step.id for step in solution.steps]  # it is the loss


def test_the_padded_batch_is_averaged_over_its_five_tokens_and_names_the_other_averages() -> None:
    solution = solved("labelling_batch_padded")
    first, second = -log(0.8 * 0.5 * 0.5), -log(0.4 * 0.25)
    assert solution.step("example.1").value == pytest.approx(first, rel=1e-14)
    assert solution.step("example.2").value == pytest.approx(second, rel=1e-14)
    assert solution.answer.value == pytest.approx((first + second) / 5, rel=1e-14)
    text = remark(solution, "four-averages")
    assert f"mean of the sequences' sums is {(first + second) / 2:.3f}" in text
    assert f"mean of the sequences' means is {(first / 3 + second / 2) / 2:.4f}" in text
    assert f"mean over all 5 time steps that count is {(first + second) / 5:.4f}" in text
    assert f"the sum divided by 2 × 3 is {(first + second) / 6:.4f}" in text
    assert f"asks for the mean over all 5 time steps that count, {(first + second) / 5:.4f}" in text
    assert "Time step 3 of example 2 does not count: the label “pad” marks padding." in str(
        solution
    )


def test_logits_are_worked_through_a_softmax_at_each_time_step() -> None:
    solution = solved("labelling_from_logits")
    first = exp(2) / (exp(2) + exp(1) + exp(0))
    second = exp(1.5) / (exp(0.5) + exp(1.5) + exp(1))
    assert solution.step("max.2").value == 1.5
    assert solution.step("y_pred.1.1").value == pytest.approx(first, rel=1e-14)
    assert solution.step("y_pred.2.2").value == pytest.approx(second, rel=1e-14)
    assert solution.answer.value == pytest.approx(-log(first) - log(second), rel=1e-14)


@pytest.mark.parametrize("digits", [1, 3, 6, 15])
def test_every_line_of_a_weighted_masked_sequence_in_bits_comes_to_its_value(digits: int) -> None:
    keys: dict[str, Any] = {"log_base": 2, "weights": [1, 2, 4], "mask": [1, 0, 1]}
    solution = tagged(**keys, digits=digits, reduction="weighted_mean")
    rounding = Context(prec=digits, rounding=ROUND_HALF_UP)
    for step in solution.steps:
        line = solution.line(step)
        from_line = evaluate_precisely(line.substituted(PLAIN))
        if line.exact:
            assert math.isclose(from_line, step.decimal, rel_tol=1e-12), step
        else:
            assert rounding.plus(from_line) == rounding.plus(step.decimal), step


# --- what is said ------------------------------------------------------------------------

ROWS = [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.25, 0.25, 0.5]]
TAGGING: dict[str, Any] = {"loss": "sequence_cross_entropy", "classes": CLASSES}
TRUE = {"y_true": CLASSES, "y_pred": ROWS}


def tagged(**keys: Any) -> lossclass.Solution:
    return lossclass.solve({**TAGGING, **TRUE, **keys})


def batch(*examples: Any, **keys: Any) -> lossclass.Solution:
    return lossclass.solve({**TAGGING, "examples": list(examples), **keys})


def remark(solution: lossclass.Solution, code: str) -> str:
    (text,) = [remark.text for remark in solution.remarks if remark.code == code]
    return text


def test_it_goes_by_its_alias() -> None:
    assert lossclass.solve({**TAGGING, **TRUE, "loss": "sequence"}).about.loss == TAGGING["loss"]


@pytest.mark.parametrize(
    "padding",
    [
        {"y_true": ["noun", PAD, "other"], "ignore": PAD},
        {"y_true": ["noun", -100, "other"], "ignore": -100},
        {"y_true": [0, 1, 2], "ignore": "verb"},
        {"y_true": ["noun", "verb", "other"], "ignore": 1},
        {"y_true": [[1, 0, 0], ["0", "1.0", "0"], [0, 0, 1]], "ignore": "verb"},
        {"y_true": [[1, 0, 0], [PAD], [0, 0, 1]], "ignore": PAD},
        {"mask": [1, 0, 1]},
        {"y_true": ["noun", "anything", "other"], "mask": [1, 0, 1]},
    ],
)
def test_padding_may_be_any_label_a_class_by_name_or_index_or_a_mask(
    padding: dict[str, Any],
) -> None:
    solution = tagged(**padding, over_time="mean")
    assert solution.answer.value == pytest.approx(-(log(0.7) + log(0.5)) / 2, rel=1e-14)
    assert solution.cross_check.agrees
    assert "term.2" not in [step.id for step in solution.steps]
    assert "Time step 2 does not count" in str(solution)


def test_weights_and_losses_keep_the_numbers_of_their_time_steps() -> None:
    solution = tagged(mask=[1, 0, 1], weights=[2, 5, 3], reduction="none")
    assert solution.answer_ids == ("loss.1", "loss.3")
    assert solution.answer.value == pytest.approx([-2 * log(0.7), -3 * log(0.5)], rel=1e-14)
    assert solution.values["given.weight.3"] == 3
    assert solution.step("mean_per_token").value == pytest.approx(-log(0.7 * 0.5) / 2, rel=1e-14)


def test_several_time_steps_that_do_not_count_are_named_with_their_reasons() -> None:
    keys: dict[str, Any] = {"y_true": [PAD, PAD, "noun"], "ignore": PAD}
    assert "Time steps 1 and 2 do not count: the label “pad”" in " ".join(
        str(tagged(**keys)).split()
    )
    both = " ".join(str(tagged(**keys, mask=[1, 0, 1])).split())
    assert "Time step 1 does not count: the label “pad” marks padding." in both
    assert "Time step 2 does not count: the mask is 0 there." in both


def test_sequences_of_equal_lengths_need_no_remark_on_averages() -> None:
    two = batch(TRUE, TRUE, over_time="mean")
    assert "four-averages" not in codes(two)
    assert two.answer.value == pytest.approx(LABELLING / 3, rel=1e-14)


@pytest.mark.parametrize(
    ("keys", "asked", "value"),
    [
        ({}, "the mean of the sequences' sums", (LABELLING - log(0.7)) / 2),
        ({"over_time": "mean"}, "the mean of the sequences' means", (LABELLING / 3 - log(0.7)) / 2),
        ({"over_examples": "sum"}, "the sum of the sequences' sums", LABELLING - log(0.7)),
        (
            {"over_examples": "sum", "over_time": "mean"},
            "the sum of the sequences' means",
            LABELLING / 3 - log(0.7),
        ),
        (
            {"over_examples": "mean_over_tokens"},
            "the mean over all 4 time steps that count",
            (LABELLING - log(0.7)) / 4,
        ),
    ],
)
def test_the_remark_on_averages_says_which_one_is_asked(
    keys: dict[str, str], asked: str, value: float
) -> None:
    solution = batch(TRUE, {"y_true": ["noun"], "y_pred": [ROWS[0]]}, **keys)
    assert solution.answer.value == pytest.approx(value, rel=1e-14)
    assert f"This problem asks for {asked}, {value:.4g}." in remark(solution, "four-averages")


def test_a_single_time_step_may_stand_without_its_outer_brackets() -> None:
    for y_true in ("noun", ["noun"], [1, 0, 0], [[1, 0, 0]]):
        assert tagged(y_true=y_true, y_pred=ROWS[0]).answer.value == pytest.approx(-log(0.7))


def test_an_impossible_label_makes_loss_and_perplexity_infinite_and_an_untrue_one_costs_nothing(
) -> None:  # fmt: skip
    impossible = tagged(y_pred=[[0, 1, 0], *ROWS[1:]], log_base=2)
    assert impossible.answer.value == math.inf
    assert impossible.step("perplexity").value == math.inf
    assert impossible.cross_check.agrees
    assert {"loss-is-infinite", "zero-times-log-zero"} <= set(codes(impossible))
    certain = tagged(y_pred=[[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert certain.answer.value == 0
    assert certain.step("perplexity").value == 1
    assert set(codes(certain)) == {"zero-times-log-zero"}


def test_rows_that_are_no_distribution_are_named_by_example_and_time_step() -> None:
    solution = batch(TRUE, {"y_true": ["noun", "verb"], "y_pred": [ROWS[0], [0.5, 0.5, 0.5]]})
    text = remark(solution, "probabilities-do-not-sum-to-one")
    assert "probabilities of time step 2 of example 2 sum to 1.5" in text


def test_the_token_mean_is_what_pytorch_gives_with_an_ignored_index() -> None:
    torch = pytest.importorskip("torch")
    logits = [[[2.0, 1, 0], [0.5, 1.5, 1], [1, 0, 3]], [[0.0, 1, 2], [1, 1, 0], [5, 5, 5]]]
    labels = [[0, 1, 2], [2, 0, -100]]
    function = torch.nn.CrossEntropyLoss(ignore_index=-100)
    flat = torch.tensor(logits, dtype=torch.float64).reshape(-1, 3)
    expected = function(flat, torch.tensor(labels).reshape(-1)).item()
    examples = [
        {"y_true": y, "logits": rows} for y, rows in zip(labels, logits, strict=True)
    ]  # fmt: skip
    solution = batch(*examples, ignore=-100, over_examples="mean_over_tokens")
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)


# --- what is refused ---------------------------------------------------------------------

LONE = {"y_true": ["noun"], "y_pred": [ROWS[0]]}


def refused(**keys: Any) -> dict[str, str]:
    with pytest.raises(lossclass.InvalidProblem) as raised:
        lossclass.solve({**TAGGING, **keys})
    return {mistake.path: mistake.message for mistake in raised.value.mistakes}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_true": ["noun", "vreb", "other"]}, "y_true.2", "'vreb' is no class; there are noun"),
        ({"y_true": ["noun", 3, "other"]}, "y_true.2", "'3' is no class"),
        ({"y_true": [[1, 0, 0], [0, 2, 0], [0, 0, 1]]}, "y_true.2.2", "between 0 and 1, got '2'"),
        ({"y_true": [[1, 0, 0], [0, 1], [0, 0, 1]]}, "y_true.2", "expected 3 numbers, one for"),
        ({"y_true": ["noun", "verb"]}, "y_true", "expected 3 labels or rows, one for each time"),
        ({"y_true": []}, "y_true", "expected 3 labels or rows"),
        ({"y_pred": [ROWS[0], ROWS[1], [0.5, 0.5]]}, "y_pred.3", "expected 3 numbers, as in the"),
        ({"y_pred": [ROWS[0], ROWS[1], [0.5, 0.6, -0.1]]}, "y_pred.3.3", "between 0 and 1"),
        ({"logits": ROWS}, "logits", "there is y_pred already; a problem has one of the two"),
        ({"y_pred": None}, "y_pred", "missing; logits or log_probs may stand for it"),
        ({"y_true": None}, "y_true", "missing; examples may stand for it"),
        ({"classes": ["a", "b"]}, "classes", "expected 3 classes, one for each column"),
        (
            {"classes": ["noun", "verb", "verb"], "y_true": ["noun", "verb", "verb"]},
            "classes.3",
            "the class 'verb' stands here twice",
        ),
        ({"mask": [1, 0]}, "mask", "expected 3 zeros and ones, one for each time step"),
        ({"mask": [1, 2, 0]}, "mask.2", "expected 0 or 1, got 2"),
        ({"mask": [0, 0, 0]}, "y_true", "no time step is left"),
        ({"y_true": [PAD] * 3, "ignore": PAD}, "y_true", "no time step is left"),
        ({"weights": [1, 2]}, "weights", "expected 3 weights, got 2"),
        (
            {"weights": [1, 5, -1], "mask": [1, 0, 1], "reduction": "weighted_mean"},
            "weights",
            "those of what counts sum to 0",
        ),
        ({"over_examples": "mean"}, "over_examples", "there are no examples here"),
        ({"over_time": "mean", "reduction": "mean"}, "reduction", "there is over_time already"),
        ({"over_time": "median"}, "over_time", "expected 'sum' or 'mean', got 'median'"),
    ],
)
def test_bad_single_sequences_are_told_where_and_why(
    keys: dict[str, Any], path: str, message: str
) -> None:
    found = refused(**{**TRUE, **keys})
    assert list(found) == [path]
    assert message in found[path]


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"examples": []}, "examples", "expected at least one example, got none"),
        ({"examples": LONE}, "examples", "expected a list, got a mapping"),
        ({"examples": [LONE, 3]}, "examples.2", "expected a mapping, got 3"),
        ({"examples": [LONE, {"y_true": ["noun"]}]}, "examples.2.y_pred", "missing; logits or"),
        ({"examples": [LONE, {"y_pred": [ROWS[0]]}]}, "examples.2.y_true", "missing"),
        ({"examples": [LONE, {**LONE, "maks": [1]}]}, "examples.2.maks", "did you mean 'mask'?"),
        (
            {"examples": [LONE, {"y_true": ["noun"], "logits": [[1, 2, 3]]}]},
            "examples.2.logits",
            "expected y_pred, as in example 1",
        ),
        (
            {"examples": [LONE, {"y_true": ["noun"], "y_pred": [[0.5, 0.5]]}]},
            "examples.2.y_pred",
            "expected 3 columns, as in example 1, got 2",
        ),
        ({"examples": [LONE, {**LONE, "y_true": ["nuon"]}]}, "examples.2.y_true.1", "is no class"),
        (
            {"examples": [LONE, {**LONE, "y_true": [PAD]}], "ignore": PAD},
            "examples.2.y_true",
            "no time step is left",
        ),
        ({"examples": [LONE, {**LONE, "mask": [0]}]}, "examples.2.y_true", "no time step is left"),
        ({"examples": [LONE], "weights": [1]}, "weights", "belong to the time steps of one"),
        ({"examples": [LONE], "reduction": "mean"}, "reduction", "with examples, over_time and"),
        ({"examples": [LONE], "mask": [1]}, "mask", "each of the examples has its own"),
        ({"examples": [LONE], "y_true": ["noun"]}, "y_true", "each of the examples has its own"),
        (
            {"examples": [LONE], "over_time": "mean", "over_examples": "mean_over_tokens"},
            "over_time",
            "so this can only be sum",
        ),
    ],
)
def test_bad_batches_are_told_where_and_why(keys: dict[str, Any], path: str, message: str) -> None:
    found = refused(**keys)
    assert list(found) == [path]
    assert message in found[path]


def test_all_mistakes_of_all_examples_come_at_once() -> None:
    found = refused(
        examples=[
            {"y_true": ["nuon"], "y_pred": [ROWS[0]], "mask": [1, 1]},
            {"y_true": ["noun"], "y_pred": [[0.5, 2, 0.1]]},
            {"y_true": ["vreb"], "y_pred": [ROWS[1]]},
        ],
        weights=[1],
    )
    assert set(found) == {
        "examples.1.mask",
        "examples.2.y_pred.1.2",
        "examples.3.y_true.1",
        "weights",
    }


def test_a_wrong_key_brings_no_second_mistake_about_what_depends_on_it() -> None:
    assert list(refused(**{**TRUE, "classes": ["noun", "verb", ""]})) == ["classes.3"]
    assert list(refused(**{**TRUE, "y_true": [PAD, "noun", "verb"], "ignore": ""})) == ["ignore"]
    assert list(refused(**{**TRUE, "y_true": ["x", "noun", "verb"], "mask": [0, 1, 5]})) == [
        "mask.3"
    ]


def test_axes_of_a_mean_are_called_by_one_letter() -> None:
    solution = lossclass.solve(
        {"loss": "sequence", "classes": ["a", "b"], "y_true": [["a", "b"]] * 2,
         "y_pred": [[[0.3, 0.7], [0.4, 0.6]]] * 2},
        reduction="mean",
    )  # fmt: skip
    assert "the mean of the ℓₑ,ₜ," in str(solution)
    assert "ₑₓₐₘₚₗₑ" not in str(solution)

"""Hinge losses over sequences against their definitions, and what is said of bad input."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.problem.bundled import bundled_problems

REDUCTIONS = [None, "sum", "mean", "weighted_mean", "none"]
MULTICLASS = ["weston_watkins", "crammer_singer"]
NAMES = ["DET", "NOUN", "VERB", "ADJ"]
LABELLING = {
    "loss": "sequence_hinge",
    "formulation": "crammer_singer",
    "classes": ["DET", "NOUN", "VERB"],
    "y_true": ["NOUN", "DET"],
    "scores": [[1, 2, 0.5], [0.3, 0, 0.1]],
}
RANKING = {
    "loss": "sequence_hinge",
    "formulation": "structured",
    "y_true": "ABC",
    "candidates": [
        {"sequence": "ABC", "score": 2},
        {"sequence": "ACB", "score": 1},
        {"sequence": "CAB", "score": 0.5},
    ],
}


def value_of(solution: lossclass.Solution, id: str) -> float:
    return solution.step(id).value


def solve(problem: dict[str, Any], **keys: Any) -> lossclass.Solution:
    """The problem with these keys changed, solved; a key of None is taken away."""
    return lossclass.solve({k: v for k, v in {**problem, **keys}.items() if v is not None})


def mistakes(problem: dict[str, Any], **keys: Any) -> dict[str, str]:
    """What is wrong with the problem with these keys: messages by path."""
    with pytest.raises(lossclass.InvalidProblem) as raised:
        solve(problem, **keys)
    found = {each.path: each.message for each in raised.value.mistakes}
    assert len(found) == len(raised.value.mistakes)
    return found


def numbers(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


# --- several classes a time step ---


@st.composite
def labellings(draw: st.DrawFn) -> dict[str, Any]:
    count, width = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    row = st.lists(numbers("-3", "3"), min_size=width, max_size=width)
    labels = draw(st.lists(st.integers(0, width - 1), min_size=count, max_size=count))
    problem: dict[str, Any] = {
        "loss": "sequence_hinge",
        "formulation": draw(st.sampled_from(MULTICLASS)),
        "y_true": labels,
        "scores": draw(st.lists(row, min_size=count, max_size=count)),
        "margin": draw(numbers("0.01", "3")),
    }
    if draw(st.booleans()):
        problem["classes"] = NAMES[:width]
        problem["y_true"] = [NAMES[label] for label in labels]
    if draw(st.booleans()):
        problem["weights"] = draw(st.lists(numbers("0.1", "3", 1), min_size=count, max_size=count))
    if reduction := draw(st.sampled_from(REDUCTIONS)):
        problem["reduction"] = reduction
    return problem


def hinges_by_definition(problem: dict[str, Any]) -> list[float]:
    """Of each time step: all violations above 0, or the largest."""
    hinges = []
    for label, row in zip(problem["y_true"], problem["scores"], strict=True):
        true = NAMES.index(label) if "classes" in problem else label
        above = [
            max(0.0, float(problem["margin"]) + float(score) - float(row[true]))
            for c, score in enumerate(row)
            if c != true
        ]
        hinges.append(sum(above) if problem["formulation"] == "weston_watkins" else max(above))
    return hinges


def reduced(losses: list[float], problem: dict[str, Any]) -> float | list[float]:
    weights = [float(weight) for weight in problem.get("weights", [1] * len(losses))]
    losses = [weight * loss for weight, loss in zip(weights, losses, strict=True)]
    match problem.get("reduction"):
        case "none":
            return losses
        case "mean":
            return sum(losses) / len(losses)
        case "weighted_mean":
            return sum(losses) / sum(weights)
    return sum(losses)


@given(labellings())
def test_labelling_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    hinges = hinges_by_definition(problem)
    assert solution.answer.value == pytest.approx(reduced(hinges, problem), rel=1e-12, abs=1e-12)
    for t, hinge in enumerate(hinges, start=1):
        assert value_of(solution, f"hinge.{t}") == pytest.approx(hinge, rel=1e-12, abs=1e-12)


@given(labellings(), numbers("-3", "3"))
def test_only_differences_of_scores_count(problem: dict[str, Any], shift: Decimal) -> None:
    shifted = [[score + shift for score in row] for row in problem["scores"]]
    moved = lossclass.solve({**problem, "scores": shifted})
    assert moved.answer.value == lossclass.solve(problem).answer.value


@given(labellings())
def test_weston_watkins_is_never_less_and_the_same_for_two_classes(problem: dict[str, Any]) -> None:
    keys = {**problem, "reduction": "sum"}
    every = lossclass.solve({**keys, "formulation": "weston_watkins"}).answer.value
    nearest = lossclass.solve({**keys, "formulation": "crammer_singer"}).answer.value
    assert isinstance(every, float)
    assert isinstance(nearest, float)
    assert every >= nearest >= 0
    if len(problem["scores"][0]) == 2:
        assert every == nearest


def test_two_classes_with_scores_of_opposite_sign_are_the_binary_hinge() -> None:
    """s and −s: the difference of the scores is 2s, so half the score has the margin of 1."""
    scores = [0.8, -0.5, 0.3]
    labels = [1, -1, 1]
    binary = lossclass.solve({"loss": "sequence_hinge", "y_true": labels, "y_pred": scores})
    halves = [[-score / 2, score / 2] for score in scores]
    two = solve(LABELLING, classes=[-1, 1], y_true=labels, scores=halves)
    assert two.answer.value == pytest.approx(binary.answer.value, rel=1e-14)


def test_labelling_crammer_singer() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["labelling_crammer_singer"]))
    hinges = [
        max(0, 1 + 0.4 - 2.1, 1 - 0.3 - 2.1),
        max(0, 1 + 0.2 - 1.5, 1 + 1.1 - 1.5),
        max(0, 1 - 0.5 - 0.6, 1 + 0.9 - 0.6),
    ]
    assert [value_of(solution, f"hinge.{t}") for t in (1, 2, 3)] == pytest.approx(hinges)
    assert value_of(solution, "violation.2.3") == pytest.approx(1 + 1.1 - 1.5)
    assert solution.answer.value == pytest.approx(sum(hinges))


def test_a_violation_is_written_for_every_wrong_class_and_no_other() -> None:
    ids = [step.id for step in solve(LABELLING).steps if step.id.startswith("violation")]
    assert ids == ["violation.1.1", "violation.1.3", "violation.2.2", "violation.2.3"]


@pytest.mark.parametrize(
    ("formulation", "scores", "why"),
    [
        ("crammer_singer", [1, 2, 1.5], "Most is missing against “VERB”."),
        ("crammer_singer", [1.5, 2, 1.5], "Most is missing against “DET” and “VERB”."),
        ("crammer_singer", [0, 2, 1], "Nothing is missing against any wrong class"),
        ("weston_watkins", [1.1, 2, 1.5], "Something is missing against “DET” and “VERB”."),
        ("weston_watkins", [0, 2, 1], "Nothing is missing against any wrong class"),
    ],
)
def test_the_classes_that_cost_are_named(formulation: str, scores: list[float], why: str) -> None:
    solution = solve(LABELLING, formulation=formulation, y_true="NOUN", scores=scores)
    assert solution.step("hinge.1").why.startswith(why)


def test_classes_without_names_are_called_by_their_index() -> None:
    solution = solve(LABELLING, classes=None, y_true=[1, 0])
    assert solution.answer.value == solve(LABELLING).answer.value
    assert "class 2 against class 1, which is true" in solution.step("violation.1.3").title
    assert "2 stands for class 1" in str(solution)


def test_a_named_class_may_be_given_by_its_index() -> None:
    assert solve(LABELLING, y_true=[1, 0]).answer.value == solve(LABELLING).answer.value


BATCH = {
    "loss": "sequence_hinge",
    "classes": ["DET", "NOUN", "VERB"],
    "y_true": [["DET", "NOUN"], ["VERB", "DET"]],
    "scores": [[[1, 0.5, 0.2], [3, 2, 1]], [[1, 0.5, 0.2], [3, 2.5, 1]]],
}


@pytest.mark.some(3)
@pytest.mark.parametrize("formulation", MULTICLASS)
@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({}, [(0, 0), (0, 1), (1, 0), (1, 1)]),
        ({"mask": [[1, 0], [1, 1]]}, [(0, 0), (1, 0), (1, 1)]),
        ({"mask": [0, 1]}, [(1, 0), (1, 1)]),
        ({"ignore": "DET"}, [(0, 1), (1, 0)]),
        ({"y_true": [["DET", "NOUN"], ["VERB", "PAD"]], "ignore": "PAD", "mask": [[1, 0], [1, 1]]},
         [(0, 0), (1, 0)]),
        ({"weights": [1, 3], "mask": [[1, 0], [1, 1]], "reduction": "weighted_mean"},
         [(0, 0), (1, 0), (1, 1)]),
    ],
)  # fmt: skip
def test_a_batch_of_labellings(
    formulation: str, keys: dict[str, Any], left: list[tuple[int, int]]
) -> None:
    """The same as the time steps that count, put into one sequence."""
    problem = {**BATCH, "formulation": formulation, **keys}
    solution = lossclass.solve(problem, gradient=True, frameworks=True)
    flat = {
        "loss": "sequence_hinge",
        "formulation": formulation,
        "margin": 1,
        "classes": BATCH["classes"],
        "y_true": [problem["y_true"][b][t] for b, t in left],
        "scores": [problem["scores"][b][t] for b, t in left],
    }
    weights = [keys.get("weights", [1, 1])[b] for b, _ in left]
    hinges = hinges_by_definition(flat)
    expected = reduced(hinges, {**flat, "reduction": keys.get("reduction"), "weights": weights})
    assert solution.answer.value == pytest.approx(expected, rel=1e-12)
    assert solution.cross_check.agrees
    ids = [step.id for step in solution.steps if step.id.startswith("hinge")]
    assert ids == [f"hinge.{b + 1}.{t + 1}" for b, t in left]
    one = lossclass.solve(
        {**flat, "weights": weights, "reduction": keys.get("reduction", "sum")}, gradient=True
    )
    slopes = [solution.gradient["scores"][b][t] for b, t in left]
    assert slopes == [pytest.approx(row) for row in one.gradient["scores"]]
    codes = [remark.code for each in (one, solution) for remark in each.remarks]
    assert "gradient-disagrees" not in codes
    torch_call, of_one = solution.frameworks[0], np.array(expected)
    if formulation == "weston_watkins":
        of_one = of_one / 3  # PyTorch divides by the classes
    assert torch_call.value == pytest.approx(of_one, rel=1e-12)


def test_rows_with_a_single_one_stand_for_classes() -> None:
    rows = solve(LABELLING, y_true=[[0, 1, 0], [1, 0, 0]])
    assert rows.answer.value == solve(LABELLING).answer.value


def test_the_libraries_leave_out_what_does_not_count() -> None:
    torch = pytest.importorskip("torch")
    problem = {**BATCH, "formulation": "weston_watkins", "mask": [[1, 0], [1, 1]]}
    solution = lossclass.solve(problem)
    scores = torch.tensor(BATCH["scores"], dtype=torch.float64).reshape(4, 3)[[0, 2, 3]]
    theirs = torch.nn.functional.multi_margin_loss(scores, torch.tensor([0, 2, 0]), reduction="sum")
    assert solution.answer.value == pytest.approx(3 * float(theirs), rel=1e-12)


def test_torch_divides_weston_watkins_by_the_classes() -> None:
    torch = pytest.importorskip("torch")
    loss = torch.nn.MultiMarginLoss(reduction="sum")
    scores = torch.tensor(LABELLING["scores"], dtype=torch.float64)
    expected = 3 * float(loss(scores, torch.tensor([1, 0])))
    ours = solve(LABELLING, formulation="weston_watkins").answer.value
    assert ours == pytest.approx(expected, rel=1e-12)


def test_scikit_learn_means_crammer_singer() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    expected = metrics.hinge_loss([1, 0], LABELLING["scores"], labels=[0, 1, 2])
    ours = solve(LABELLING, reduction="mean").answer.value
    assert ours == pytest.approx(expected, rel=1e-12)


# --- whole sequences ---


@st.composite
def rankings(draw: st.DrawFn) -> dict[str, Any]:
    length = draw(st.integers(1, 4))
    sequences = draw(
        st.lists(
            st.text("abc", min_size=length, max_size=length), min_size=1, max_size=5, unique=True
        )
    )
    candidates = []
    for k, sequence in enumerate(sequences):
        candidate = {"sequence": sequence, "score": draw(numbers("-3", "3"))}
        if draw(st.booleans()):
            candidate["cost"] = draw(numbers("0", "4")) if k else 0
        candidates.append(candidate)
    return {
        "loss": "sequence_hinge",
        "formulation": "structured",
        "y_true": sequences[0],
        "candidates": draw(st.permutations(candidates)),
    }


@given(rankings())
def test_ranking_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    true = problem["y_true"]
    (own,) = [float(each["score"]) for each in problem["candidates"] if each["sequence"] == true]
    lacking = []
    for each in problem["candidates"]:
        hamming = sum(1 for one, other in zip(each["sequence"], true, strict=True) if one != other)
        lacking.append(float(each.get("cost", hamming)) + float(each["score"]) - own)
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.answer.value == pytest.approx(max(lacking), rel=1e-12, abs=1e-12)
    assert solution.answer.value >= 0


def test_ranking_structured_hinge() -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()["ranking_structured_hinge"]))
    augmented = [0 + 2.5, 2 + 1.2, 2 + 0.3, 3 + 0.1]
    assert [value_of(solution, f"augmented.{k}") for k in (1, 2, 3, 4)] == pytest.approx(augmented)
    assert value_of(solution, "worst") == pytest.approx(max(augmented))
    assert solution.answer.value == pytest.approx(max(augmented) - 2.5)
    assert solution.step("worst").why == "It belongs to “ACB”."
    text = " ".join(str(solution).split())
    assert "“CAB” differs at time steps 1, 2 and 3: its cost is 3." in text


def test_a_cost_that_is_given_stands_in_place_of_the_differences() -> None:
    candidates = [
        {**each, "cost": cost} for each, cost in zip(_candidates(), (0, 5, 0.5), strict=True)
    ]
    solution = solve(RANKING, candidates=candidates)
    assert solution.answer.value == pytest.approx(5 + 1 - 2)
    assert "Hamming" not in str(solution)


def _candidates() -> list[dict[str, Any]]:
    candidates = RANKING["candidates"]
    assert isinstance(candidates, list)
    return candidates


def test_a_true_sequence_far_enough_ahead_costs_nothing() -> None:
    candidates = [
        {**each, "score": 9 if each["sequence"] == "ABC" else 1} for each in _candidates()
    ]
    solution = solve(RANKING, candidates=candidates)
    assert solution.answer.value == 0
    assert "no other sequence is too close to it" in solution.step("loss").why


def test_the_true_sequence_alone_costs_nothing() -> None:
    solution = solve(RANKING, candidates=_candidates()[:1])
    assert solution.answer.value == 0
    assert solution.cross_check.agrees


def test_sequences_of_other_lengths_and_labels_of_several_characters() -> None:
    candidates = [
        {"sequence": ["the", "cat"], "score": 1},
        {"sequence": ["cat"], "score": 0.5, "cost": 1},
    ]
    solution = solve(RANKING, y_true=["the", "cat"], candidates=candidates)
    assert solution.answer.value == pytest.approx(1 + 0.5 - 1)
    assert solution.step("augmented.1").title == "Candidate 1: “the cat”, the true one"


def test_weights_and_reductions_of_one_ranking() -> None:
    plain = 3 + 0.5 - 2
    assert solve(RANKING).answer.value == pytest.approx(plain)
    assert solve(RANKING, weights=3).answer.value == pytest.approx(3 * plain)
    assert solve(RANKING, weights=3, reduction="weighted_mean").answer.value == pytest.approx(plain)
    assert solve(RANKING, reduction="none").answer.value == pytest.approx([plain])
    assert solve(RANKING, reduction="mean").answer.value == pytest.approx(plain)


# --- bad input ---


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_true": ["NOUN", "ADV"]}, "y_true.2", "'ADV' is no class; there are DET, NOUN, VERB"),
        ({"y_true": ["NOUN", 3]}, "y_true.2", "'3' is no class"),
        ({"y_true": ["NOUN"]}, "y_true", "expected 2 labels or rows, one for each time step"),
        ({"y_true": []}, "y_true", "expected 2 labels or rows, one for each time step"),
        ({"y_true": None}, "y_true", "missing"),
        ({"scores": None}, "scores", "missing"),
        ({"scores": [[1, 2, 3], [1, 2]]}, "scores.2", "expected 3 numbers, as in the first row"),
        ({"scores": [[1, "x", 3], [1, 2, 3]]}, "scores.1.2", "expected a number, got 'x'"),
        ({"scores": [[1, 2], [2, 3]]}, "classes", "expected 2 classes"),
        ({"classes": ["A", "B", "B"], "y_true": [0, 0]}, "classes.3", "'B' stands here twice"),
        ({"classes": None, "scores": [[1], [2]], "y_true": [0, 0]}, "scores", "two classes"),
        ({"margin": 0}, "margin", "expected a number greater than 0, got 0"),
        ({"squared": True}, "squared", "crammer_singer has no such key; it belongs to binary"),
        ({"y_pred": [1, 2]}, "y_pred", "crammer_singer has no such key; it belongs to binary"),
        ({"candidates": []}, "candidates", "no such key; it belongs to structured"),
        ({"y_true": [[0, 1, 0], [0.5, 0.5, 0]]}, "y_true.2", "expected a 1 for one class, and 0"),
        ({"classes": {"a": 1}}, "classes", "expected a text or a list of labels"),
        ({"mask": ["x", 1]}, "mask.1", "expected 0 or 1"),
        ({"mask": [1]}, "mask", "expected 2 zeros and ones"),
        ({"mask": [0, 0]}, "y_true", "no time step is left"),
        ({"weights": [1]}, "weights", "expected 2 weights, got 1"),
        ({"formulation": "kramer"}, "formulation", "'weston_watkins', 'crammer_singer' or"),
    ],
)
def test_bad_labelling(keys: dict[str, Any], path: str, message: str) -> None:
    (found,) = mistakes(LABELLING, **keys).items()
    assert found[0] == path
    assert message in found[1]


TRUE, OTHER = {"sequence": "ABC", "score": 2}, {"sequence": "ACB", "score": 1}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"candidates": [OTHER]}, "y_true", "has to be one of the candidates"),
        ({"candidates": []}, "y_true", "has to be one of the candidates"),
        ({"candidates": None}, "candidates", "missing"),
        ({"candidates": TRUE}, "candidates", "expected a list, got a mapping"),
        ({"candidates": [TRUE, "ACB"]}, "candidates.2", "expected a mapping, got 'ACB'"),
        (
            {"candidates": [TRUE, OTHER, {**OTHER, "score": 3}]},
            "candidates.3.sequence",
            "the sequence of candidate 2 stands here again",
        ),
        ({"candidates": [{**TRUE, "cost": 1}]}, "candidates.1.cost", "expected 0"),
        (
            {"candidates": [TRUE, {**OTHER, "cost": -1}]},
            "candidates.2.cost",
            "expected a number, 0 or more, got -1",
        ),
        (
            {"candidates": [TRUE, {"sequence": "AB", "score": 1}]},
            "candidates.2.sequence",
            "expected 3 labels, as in y_true, got 2; a sequence of another length needs a 'cost'",
        ),
        ({"candidates": [TRUE, {"sequence": "ACB"}]}, "candidates.2.score", "missing"),
        ({"candidates": [TRUE, {**OTHER, "x": 1}]}, "candidates.2.x", "there is no such key"),
        ({"y_true": ""}, "y_true", "expected at least one label, got none"),
        ({"margin": 2}, "margin", "structured has no such key"),
        ({"classes": "ABC"}, "classes", "structured has no such key"),
        ({"weights": [1, 2]}, "weights", "expected 1 weight, got 2"),
    ],
)
def test_bad_ranking(keys: dict[str, Any], path: str, message: str) -> None:
    (found,) = mistakes(RANKING, **keys).items()
    assert found[0] == path
    assert message in found[1]


BINARY = {"loss": "sequence_hinge", "y_true": [1, -1], "y_pred": [0.5, 0.5]}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"y_true": [1, 0]}, "y_true.2", "expected 1 or -1, got 0"),
        ({"y_true": [1]}, "y_pred", "expected 1 score, one for each of y_true, got 2"),
        ({"y_true": {"a": 1}}, "y_true", "expected a list, got a mapping"),
        ({"y_pred": None}, "y_pred", "missing"),
        ({"y_pred": [0.5, "x"]}, "y_pred.2", "expected a number, got 'x'"),
        ({"scores": [[1, 2]]}, "scores", "it belongs to weston_watkins, crammer_singer"),
        ({"weights": [1]}, "weights", "expected 2 weights, got 1"),
    ],
)
def test_bad_binary(keys: dict[str, Any], path: str, message: str) -> None:
    (found,) = mistakes(BINARY, **keys).items()
    assert found[0] == path
    assert message in found[1]


def test_labels_and_scores_without_a_formulation_are_told_where_they_belong() -> None:
    found = mistakes(LABELLING, formulation=None)
    assert found["y_true.1"] == "expected 1 or -1, got 'NOUN'"
    assert "belongs to weston_watkins, crammer_singer" in found["scores"]


@pytest.mark.parametrize("formulation", ["perceptron", "", 2, ["binary"]])
def test_of_an_unknown_formulation_nothing_else_is_said(formulation: Any) -> None:
    keys = {"y_true": 3, "weights": [[1]], "candidates": 1, "colour": "blue", "mask": "x"}
    found = mistakes(BINARY, formulation=formulation, **keys)
    assert list(found) == ["formulation"]
    assert found["formulation"].startswith("expected 'binary', 'weston_watkins', ")


def test_the_binary_formulation_is_the_hinge_loss_over_time() -> None:
    for keys in (
        {},
        {"squared": True},
        {"margin": 0.5, "reduction": "mean"},
        {"weights": [2, 1]},
        {"mask": [1, 0]},
        {"y_true": [[1, -1], [1, 1]], "y_pred": [[0.5, 0.2], [2, -1]], "over": "last_axis"},
    ):
        over_time = solve(BINARY, formulation="binary", **keys)
        assert over_time.answer.value == solve(BINARY, loss="hinge", **keys).answer.value
        assert over_time.cross_check.agrees

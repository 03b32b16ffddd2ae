"""Losses over classes with any axes before them against plain loops, differences and PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pairs import (
    Keys,
    Place,
    check_against_differences,
    check_ids,
    each_place,
    kind_of,
    nested,
    number_at,
    number_at_exactly,
    reduce,
    reduced_somehow,
    shape_of,
    solved_with_its_gradient,
    torch_over_losses,
)

import lossclass
from problems import decimals

CLASSES = ("categorical_cross_entropy", "negative_log_likelihood", "sequence_cross_entropy")
NOT_A_CLASS, NOT_LOOKED_AT = -100, 77


# --- random arrays -----------------------------------------------------------------------


@st.composite
def class_problems(draw: st.DrawFn) -> Keys:
    loss = draw(st.sampled_from(CLASSES))
    most = 2 if loss == "sequence_cross_entropy" else 3
    least = 1 if loss == "sequence_cross_entropy" else 0
    axes = draw(st.integers(least, most))
    shape = tuple(draw(st.lists(st.integers(1, 2 + (axes < 3)), min_size=axes, max_size=axes)))
    width = draw(st.integers(2, 3))
    problem: Keys = {"loss": loss, "log_base": draw(st.sampled_from(["e", "2"]))}
    cell = {
        "y_pred": decimals("0.05", "0.95", 2),
        "logits": decimals("-4", "4", 1),
        "log_probs": decimals("-3", "-0.05", 2),
    }
    kind = draw(st.sampled_from([*cell]))
    problem[kind] = nested(draw, cell[kind], (*shape, width))
    if draw(st.booleans()):
        problem["label_smoothing"] = draw(st.sampled_from(["0.1", "0.4"]))
    if draw(st.booleans()):
        positive = st.sampled_from(["0.5", "1", "2.5"])
        problem["class_weights"] = nested(draw, positive, (width,))
    truth(draw, problem, shape or (1,), width)
    reduced_somehow(draw, problem, shape or (1,))
    with_something_ignored(draw, problem, shape or (1,))
    averaged_somehow(draw, problem, shape)
    return problem


def truth(draw: st.DrawFn, problem: Keys, shape: Place, width: int) -> None:
    """Labels, or distributions."""
    if draw(st.booleans()):
        problem["y_true"] = nested(draw, st.integers(0, width - 1), shape)
    else:
        rows = st.sampled_from([["1", "0", "0"], ["0.25", "0.75", "0"], ["0.5", "0.5", "0"]])
        cells = rows.map(lambda row: row[:width])
        problem["y_true"] = nested(draw, cells, shape)


def with_something_ignored(draw: st.DrawFn, problem: Keys, shape: Place) -> None:
    """Perhaps a label for padding, a class or none; and labels that a mask hides may be anything."""
    if len(shape_of(problem["y_true"])) > len(shape):  # distributions
        return
    if draw(st.booleans()):
        problem["ignore"] = draw(st.sampled_from([NOT_A_CLASS, 0]))
        if problem["ignore"] == NOT_A_CLASS:
            padding = nested(draw, st.sampled_from([False, False, True]), shape)
            problem["y_true"] = replaced(problem["y_true"], padding, NOT_A_CLASS)
        if not counted_labels(problem, shape) or not divides(problem, shape):
            problem["y_true"] = nested(draw, st.just(1), shape)
    if "mask" in problem and draw(st.booleans()):
        hidden = [[not number_at(problem["mask"], place) for place in each_place(shape)]]
        where = np.array(hidden).reshape(shape).tolist()
        problem["y_true"] = replaced(problem["y_true"], where, NOT_LOOKED_AT)


def replaced(array: Any, where: Any, by: Any) -> Any:
    if isinstance(array, list):
        return [replaced(*both, by) for both in zip(array, where, strict=True)]
    return by if where else array


def divides(problem: Keys, shape: Place) -> bool:
    """Whether what a weighted mean divides by is not 0."""
    weighing = [weighing_at(problem, place) for place in counted_labels(problem, shape)]
    match problem.get("reduction"):
        case "weighted_mean":
            return bool(sum(weighing))
        case "mean_over_counted":
            return any(weighing)
    return True


def averaged_somehow(draw: st.DrawFn, problem: Keys, shape: Place) -> None:
    """Of sequences, perhaps what is averaged in the place of a reduction."""
    if problem["loss"] != "sequence_cross_entropy":
        return
    shape = shape or (1,)
    batch = len(shape) == 2
    left = {place[0] for place in counted_labels(problem, shape)}
    if batch and (len(left) < shape[0] or "weights" in problem):
        problem.setdefault("reduction", "mean")  # without one, each of a batch has its own loss
    if "reduction" not in problem:
        problem["over_time"] = draw(st.sampled_from(["sum", "mean"]))
        if batch:
            problem["over_examples"] = draw(st.sampled_from(["sum", "mean", "mean_over_tokens"]))
            if problem["over_examples"] == "mean_over_tokens":
                problem["over_time"] = "sum"


# --- the same in plain loops -------------------------------------------------------------


def places_shape(problem: Keys) -> Place:
    return shape_of(problem[kind_of(problem)])[:-1] or (1,)


def row_at(problem: Keys, place: Place) -> list[float]:
    array = problem[kind_of(problem)]
    row = number_at_exactly(array, place) if isinstance(array[0], list) else array
    return [float(number) for number in row]


def counted_labels(problem: Keys, shape: Place) -> list[Place]:
    return [
        place
        for place in each_place(shape)
        if number_at(problem.get("mask", 1), place)
        and number_at_exactly(problem["y_true"], place) != problem.get("ignore", "none")
    ]


def true_row(problem: Keys, place: Place) -> list[float]:
    label = number_at_exactly(problem["y_true"], place)
    if isinstance(label, list):
        return [float(number) for number in label]
    return [float(c == label) for c in range(len(row_at(problem, place)))]


def weighing_at(problem: Keys, place: Place) -> float:
    """What a place counts in a weighted mean: its weight, times that of its true class."""
    weight = float(number_at(problem.get("weights", 1), place))
    if problem.get("reduction") == "weighted_mean" and "class_weights" in problem:
        row = true_row(problem, place)
        weight *= sum(float(k) * y for k, y in zip(problem["class_weights"], row, strict=True))
    return weight


def cross_entropy(problem: Keys, place: Place) -> float:
    predicted = row_at(problem, place)
    if "logits" in problem:
        total = sum(math.exp(z) for z in predicted)
        logs = [z - math.log(total) for z in predicted]
    else:
        logs = predicted if "log_probs" in problem else [math.log(p) for p in predicted]
    share, loss = float(problem.get("label_smoothing", 0)), 0.0
    for c, (true, log) in enumerate(zip(true_row(problem, place), logs, strict=True)):
        weight = float(problem["class_weights"][c]) if "class_weights" in problem else 1.0
        loss -= weight * ((1 - share) * true + share / len(logs)) * log
    return loss / (1.0 if problem["log_base"] == "e" else math.log(2))


def by_definition(problem: Keys) -> Any:
    shape = places_shape(problem)
    places = counted_labels(problem, shape)
    each = {place: cross_entropy(problem, place) for place in places}
    if "over_examples" in problem:
        return of_examples(problem, each)
    if problem.get("reduction") == "weighted_mean":
        weighted = (float(number_at(problem.get("weights", 1), p)) * each[p] for p in places)
        return sum(weighted) / sum(weighing_at(problem, place) for place in places)
    counts = np.zeros(shape, int)
    for place in places:
        counts[place] = 1
    alone = {**problem, "mask": counts.tolist()}
    every = {place: each.get(place, 0.0) for place in each_place(shape)}
    return reduce(alone, every, shape, problem.get("over_time", "sum"))


def of_examples(problem: Keys, each: dict[Place, float]) -> float:
    sequences: dict[int, list[float]] = {}
    for (example, _), loss in each.items():
        sequences.setdefault(example, []).append(loss)
    made = [
        sum(own) / (len(own) if problem["over_time"] == "mean" else 1) for own in sequences.values()
    ]
    divisor = {"sum": 1, "mean": len(made), "mean_over_tokens": len(each)}
    return sum(made) / divisor[problem["over_examples"]]


# --- the tests ---------------------------------------------------------------------------


@given(class_problems())
def test_classes_of_any_shape_are_as_plain_loops_have_them(problem: Keys) -> None:
    solution = solved_with_its_gradient(problem)
    expected = by_definition(problem)
    assert np.shape(solution.answer.value) == np.shape(expected)
    assert np.array(solution.answer.value) == pytest.approx(
        np.array(expected), rel=1e-10, abs=1e-10
    )
    shape = places_shape(problem)
    counts = np.zeros(shape, int)
    for place in counted_labels(problem, shape):
        counts[place] = 1
    check_ids(solution, {**problem, "mask": counts.tolist()}, shape)
    if solution.gradient:
        check_against_differences(problem, solution.gradient[kind_of(problem)], by_definition)


@given(class_problems().filter(lambda problem: "over_examples" not in problem))
def test_pytorch_has_the_same_losses_and_gradients(problem: Keys) -> None:
    torch = pytest.importorskip("torch")
    kind, shape = kind_of(problem), places_shape(problem)
    predicted = torch.tensor(np.array(problem[kind], float), requires_grad=True)
    width = predicted.shape[-1]
    counts = torch.zeros(shape, dtype=torch.bool)
    true = torch.zeros(*shape, width, dtype=torch.double)
    for place in counted_labels(problem, shape):
        counts[place] = True
        true[place] = torch.tensor(true_row(problem, place), dtype=torch.double)
    logs = {"logits": lambda z: z.log_softmax(-1), "log_probs": lambda q: q, "y_pred": torch.log}
    k = torch.tensor(np.array(problem.get("class_weights", [1] * width), float))
    share = float(problem.get("label_smoothing", 0))
    smoothed = (1 - share) * true + share / width
    each = -(k * smoothed * logs[kind](predicted).reshape(*shape, width)).sum(-1)
    if problem["log_base"] == "2":
        each = each / math.log(2)
    weights = torch_over_losses(torch, problem.get("weights", 1), shape)
    counting = (weights * (k * true).sum(-1) if "class_weights" in problem else weights)[counts]
    weighted = (weights * each)[counts]
    answer = {
        "none": lambda: weighted,
        "mean": weighted.mean,
        "sum": weighted.sum,
        "weighted_mean": lambda: weighted.sum() / counting.sum(),
        "mean_over_counted": lambda: weighted.sum() / weights[counts].count_nonzero(),
    }[str(problem.get("reduction", problem.get("over_time", "sum")))]()
    solution = solved_with_its_gradient(problem)
    assert np.ravel(solution.answer.value) == pytest.approx(np.ravel(answer.detach()), abs=1e-10)
    if solution.gradient:
        answer.backward()
        theirs = predicted.grad.numpy()
        assert np.array(solution.gradient[kind], float) == pytest.approx(theirs, abs=1e-10)


@given(st.data())
def test_pytorch_ignores_and_averages_the_same(data: st.DataObject) -> None:
    """Its own function, with the classes along axis 1: ``ignore_index``, ``weight`` and smoothing."""
    torch = pytest.importorskip("torch")
    axes = data.draw(st.integers(1, 3))
    shape = tuple(data.draw(st.lists(st.integers(1, 2), min_size=axes, max_size=axes)))
    draw: Any = data.draw
    problem: Keys = {
        "loss": "cce",
        "y_true": nested(draw, st.sampled_from([0, 1, 2, NOT_A_CLASS]), shape),
        "logits": nested(draw, decimals("-4", "4", 1), (*shape, 3)),
        "ignore": NOT_A_CLASS,
        "reduction": "weighted_mean",
        "class_weights": nested(draw, st.sampled_from(["0.5", "1", "2.5"]), (3,)),
    }
    labels = torch.tensor(problem["y_true"])
    if not (labels >= 0).any():
        problem["y_true"] = nested(draw, st.just(1), shape)
        labels = torch.tensor(problem["y_true"])
    logits = torch.tensor(np.array(problem["logits"], float), requires_grad=True)
    answer = torch.nn.functional.cross_entropy(
        logits.movedim(-1, 1),
        labels,
        weight=torch.tensor(np.array(problem["class_weights"], float)),
        ignore_index=NOT_A_CLASS,
    )
    answer.backward()
    solution = solved_with_its_gradient(problem)
    assert solution.answer.value == pytest.approx(answer.item(), rel=1e-10, abs=1e-10)
    theirs = logits.grad.numpy()
    assert np.array(solution.gradient["logits"], float) == pytest.approx(theirs, abs=1e-10)


TOKENS: Keys = {
    "loss": "cce",
    "y_true": [[0, 1], [2, 0]],
    "logits": [[[1, 2, 3], [2, 3, 4]], [[1, 1, 1], [1, 5, 1]]],
}


def test_none_has_the_shape_of_what_is_before_the_classes() -> None:
    every = lossclass.solve({**TOKENS, "reduction": "none"})
    assert np.shape(every.answer.value) == (2, 2)
    assert every.answer_ids == ("loss.1.1", "loss.1.2", "loss.2.1", "loss.2.2")
    some = lossclass.solve({**TOKENS, "reduction": "none", "ignore": 1})
    assert np.shape(some.answer.value) == (3,)
    assert some.answer_ids == ("loss.1.1", "loss.2.1", "loss.2.2")


def test_what_is_ignored_has_a_derivative_of_zero() -> None:
    solution = lossclass.solve({**TOKENS, "ignore": 1}, gradient=True)
    for key in ("logits", "y_pred"):
        assert np.shape(solution.gradient[key]) == (2, 2, 3)
        assert solution.gradient[key][0][1] == [0, 0, 0]
        assert all(any(row) for row in (solution.gradient[key][0][0], *solution.gradient[key][1]))


def test_what_is_ignored_in_an_example_has_a_derivative_of_zero() -> None:
    first = {"y_true": [-1, 1], "logits": [[1, 2], [0, 1]]}
    examples = [first, {"y_true": [0], "logits": [[2, 1]]}]
    problem = {"loss": "sequence", "examples": examples, "ignore": -1}
    gradient = lossclass.solve(problem, gradient=True).gradient
    for key in ("logits", "y_pred"):
        assert [len(rows) for rows in gradient[key]] == [2, 1]
        assert gradient[key][0][0] == [0, 0]
        assert any(gradient[key][0][1])


ALL_LEFT_OUT = "y_true: no observation is left: padding or the mask leaves out every one; a mean is 0/0 then, nan in PyTorch"  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"y_true": [0, 1]},
            (
                "y_true.1: expected 2 labels or rows, one for each observation of the predictions, got 1\n"
                "y_true.2: expected 2 labels or rows, one for each observation of the predictions, got 1"
            ),
        ),
        (
            {"y_true": [[0, 1], [2]]},
            "y_true.2: expected 2 labels or rows, one for each observation of the predictions, got 1",
        ),
        (
            {"y_true": [[0, 1], [2, 3]]},
            "y_true.2.2: '3' is no class; there are 0, 1, 2; they count from 0",
        ),
        (
            {"y_true": [[[1, 0, 0], [0, 1]], [[0, 0, 1], [1, 0, 0]]]},
            "y_true.1.2: expected 3 numbers, one for each class, got 2",
        ),
        (
            {"logits": [[[1, 2, 3], [2, 3]], [[1, 1, 1], [1, 5, 1]]]},
            "logits.1.2: expected 3 numbers, as in the first row, got 2",
        ),
        (
            {"logits": [[[1, 2, 3], [2, 3, 4]], [[1, 1, 1]]]},
            "logits.2: expected 2 rows, as in the first list, got 1",
        ),
        ({"logits": [[[[[1, 2]]]]]}, "logits.1.1.1.1: expected a number, got a list"),
        ({"mask": [[0, 0], [0, 0]]}, ALL_LEFT_OUT),
        ({"mask": [0, 1], "ignore": 2, "y_true": [[0, 1], [2, 2]]}, ALL_LEFT_OUT),
        ({"y_true": [[-1, -1], [-1, -1]], "ignore": -1}, ALL_LEFT_OUT),
        ({"mask": [[1, 0.5], [1, 1]]}, "mask.1.2: expected 0 or 1, got 0.5"),
        (
            {"mask": [1, 0, 1]},
            (
                "mask: expected 2, or 2 × 2 zeros and ones, one for each observation of the predictions, "
                "got 3"
            ),
        ),
        ({"weights": [1, 2, 3]}, "weights: expected 2, or 2 × 2 weights, got 3"),
        (
            {"weights": [1, -1], "reduction": "weighted_mean"},
            "weights: they sum to 0, so there is no weighted mean",
        ),
        (
            {"weights": [[0, 1], [0, 0]], "ignore": 1, "reduction": "weighted_mean"},
            "weights: those of what counts sum to 0, so there is no weighted mean",
        ),
        (
            {"class_weights": [0, 1, 0], "ignore": 1, "reduction": "weighted_mean"},
            "class_weights: for these true classes they sum to 0, so there is no weighted mean",
        ),
        ({"class_weights": [1, 2]}, "class_weights: expected 3 numbers, one for each class, got 2"),
        ({"over": "last_axis"}, "over: there is no such key"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(keys: Keys, message: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as refused:
        lossclass.solve({**TOKENS, **keys})
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "keys",
    [
        {"loss": "kl_divergence"},
        {"loss": "cce", "class_weights": [1, 2], "reduction": "weighted_mean"},
        {"loss": "sequence_hinge", "formulation": "crammer_singer"},
    ],
)
def test_a_mask_of_another_length_is_said_whatever_else_depends_on_it(keys: Keys) -> None:
    holder = "scores" if "formulation" in keys else "y_pred"
    problem = {**keys, "y_true": [0, 1, 0], holder: [[0.1, 0.9], [0.5, 0.5], [0.3, 0.7]]}
    with pytest.raises(
        lossclass.InvalidProblem, match=r"^mask: expected 3 zeros and ones, .* got 2$"
    ):
        lossclass.load({**problem, "mask": [1, 0]})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"mask": [1, 0]},
            (
                "y_true.2: no time step is left: padding or the mask leaves out every one; with "
                "reduction, the others count alone"
            ),
        ),
        (
            {"y_true": [[-1, -1], [0, -1]], "ignore": -1, "over_examples": "sum"},
            (
                "y_true.1: no time step is left: padding or the mask leaves out every one; with "
                "reduction, the others count alone"
            ),
        ),
        (
            {"y_true": [[[0]]], "logits": [[[[1, 2, 3]]]]},
            "logits: expected T × C numbers, or B × T × C of several sequences, got 1 × 1 × 1 × 3",
        ),
    ],
)
def test_what_does_not_fit_a_batch_of_sequences(keys: Keys, message: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as refused:
        lossclass.solve({**TOKENS, "loss": "sequence", **keys})
    assert str(refused.value) == message


def test_a_sequence_without_a_time_step_counts_for_nothing_in_a_mean_over_all() -> None:
    some = {**TOKENS, "loss": "sequence", "mask": [1, 0], "reduction": "mean"}
    alone = {"loss": "sequence", "y_true": TOKENS["y_true"][0], "logits": TOKENS["logits"][0]}
    expected = lossclass.solve({**alone, "reduction": "mean"}).answer.value
    assert lossclass.solve(some).answer.value == expected

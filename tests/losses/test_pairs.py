"""Losses of pairs of any shape against plain loops, differences and PyTorch, on random arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass import losses
from lossclass.losses.shapes.pairs import Pairs
from lossclass.problem.problem import validate
from lossclass.solving import diagnosis_of
from problems import codes, decimals

Keys = dict[str, Any]
Place = tuple[int, ...]
Cost = Callable[[Keys, float, float, Place], float]

PREDICTIONS = ("y_pred", "logits", "log_probs")
PAIRS = [name for name in losses.canonical_names() if isinstance(losses.load(name), Pairs)]
STEP = 1e-5


# --- random arrays -----------------------------------------------------------------------


def nested(draw: st.DrawFn, cell: st.SearchStrategy[Any], shape: Place) -> Any:
    """Lists in lists of this shape."""
    if not shape:
        return draw(cell)
    return [nested(draw, cell, shape[1:]) for _ in range(shape[0])]


def shapes(draw: st.DrawFn, axes: tuple[int, ...]) -> Place:
    count = draw(st.sampled_from(axes))
    longest = 3 if count < 4 else 2
    return tuple(draw(st.lists(st.integers(1, longest), min_size=count, max_size=count)))


def with_ones(draw: st.DrawFn, shape: Place) -> Place:
    """The shape, some of its axes of length 1."""
    return tuple(draw(st.sampled_from([1, length])) for length in shape)


def part_of(draw: st.DrawFn, shape: Place) -> Place:
    """A shape that stands for this one: the beginning of it, or all with some axes of length 1."""
    if draw(st.booleans()) and len(shape) > 1:
        return with_ones(draw, shape)
    return shape[: draw(st.integers(1, len(shape)))]


def number_at(array: Any, place: Place) -> Any:
    for position in place:
        if not isinstance(array, list):
            break
        array = array[0] if len(array) == 1 else array[position]
    return array


def each_place(shape: Place) -> Iterator[Place]:
    return product(*map(range, shape))


def shape_of(array: Any) -> Place:
    return (len(array), *shape_of(array[0])) if isinstance(array, list) else ()


def reduced_somehow(draw: st.DrawFn, problem: Keys, shape: Place) -> None:
    """Add weights, a mask and a reduction for losses of this shape, so that there is an answer."""
    if draw(st.booleans()):
        bits = st.sampled_from([0, 1, True, False])
        problem["mask"] = nested(draw, bits, part_of(draw, shape))
        if not any(number_at(problem["mask"], place) for place in each_place(shape)):
            del problem["mask"]
    if draw(st.booleans()):
        weights = st.sampled_from(["0", "0.5", "1.5", "2", "-1"])
        own = () if draw(st.integers(0, 4)) == 0 else part_of(draw, shape)
        problem["weights"] = nested(draw, weights, own)
    reduction = draw(
        st.sampled_from(
            [None, "mean", "sum", "weighted_mean", "mean_over_counted", "none"],
        )
    )
    weighing = [float(weight_at(problem, place)) for place in counted(problem, shape)]
    divides = sum(weighing) if reduction == "weighted_mean" else any(weighing)
    if reduction and (divides or reduction not in ("weighted_mean", "mean_over_counted")):
        problem["reduction"] = reduction


@st.composite
def pair_problems(draw: st.DrawFn) -> Keys:
    loss = draw(st.sampled_from(PAIRS))
    shape = shapes(draw, (1, 2, 2, 3, 3, 4))
    smaller = with_ones(draw, shape) if len(shape) > 1 else shape
    true, predicted = draw(st.sampled_from([(shape, shape), (shape, smaller), (smaller, shape)]))
    problem: Keys = {"loss": loss}
    cells = CELLS.get(loss, of_its_template)(draw, problem, shape)
    problem["y_true"] = nested(draw, cells.pop("y_true"), true)
    ((kind, cell),) = cells.items()
    problem[kind] = nested(draw, cell, predicted)
    if draw(st.integers(0, 3)) == 0:
        problem["over"] = "last_axis"
    reduced_somehow(draw, problem, losses_shape(problem))
    return problem


def squared_error_cells(draw: st.DrawFn, problem: Keys, _: Place) -> Keys:
    if draw(st.booleans()):
        problem["factor"] = draw(st.sampled_from(["0.5", "3"]))
    return {"y_true": decimals("-3", "3", 1), "y_pred": decimals("-3", "3", 1)}


def hinge_cells(draw: st.DrawFn, problem: Keys, _: Place) -> Keys:
    # between two scores, so that no kink is nearer than a step
    problem["margin"] = draw(st.sampled_from(["0.75", "1.25"]))
    problem["squared"] = draw(st.booleans())
    return {"y_true": st.sampled_from([1, -1]), "y_pred": decimals("-2", "2", 1)}


def binary_cells(draw: st.DrawFn, problem: Keys, shape: Place) -> Keys:
    positive = st.sampled_from(["0.5", "1", "2.5"])
    match draw(st.integers(0, 3)):
        case 0:
            problem["class_weights"] = [draw(positive), draw(positive)]
        case 1:
            problem["pos_weight"] = nested(draw, positive, draw(st.sampled_from([(), shape[-1:]])))
    if draw(st.booleans()):
        problem["label_smoothing"] = draw(st.sampled_from(["0.1", "0.4"]))
    cells = {
        "y_pred": decimals("0.05", "0.95", 2),
        "logits": decimals("-4", "4", 1),
        "log_probs": decimals("-3", "-0.05", 2),
    }
    kind = draw(st.sampled_from(PREDICTIONS))
    return {"y_true": st.sampled_from([0, 1, "0.25"]), kind: cells[kind]}


def of_its_template(_draw: st.DrawFn, problem: Keys, _shape: Place) -> Keys:
    """The numbers of the problem that a loss brings, in any shape and order."""
    own = yaml.safe_load(losses.template_of(problem["loss"]))
    return {key: st.sampled_from([*np.ravel(own[key]).tolist()]) for key in ("y_true", "y_pred")}


CELLS = {
    "mean_squared_error": squared_error_cells,
    "hinge": hinge_cells,
    "binary_cross_entropy": binary_cells,
}


# --- the same in plain loops -------------------------------------------------------------


def squared_error(problem: Keys, y: float, guess: float, _: Place) -> float:
    return float(problem.get("factor", 1)) * (y - guess) * (y - guess)


def hinge(problem: Keys, y: float, score: float, _: Place) -> float:
    missing = float(problem["margin"]) - y * score
    if missing < 0:
        return 0.0
    return missing * missing if problem["squared"] else missing


def cross_entropy(problem: Keys, y: float, predicted: float, place: Place) -> float:
    if "logits" in problem:
        probability = 1 / (1 + math.exp(-predicted))
    else:
        probability = math.exp(predicted) if "log_probs" in problem else predicted
    zero, one = map(float, problem.get("class_weights", (1, 1)))
    if "pos_weight" in problem:
        one = float(number_at(problem["pos_weight"], place[-1:]))
    share = float(problem.get("label_smoothing", 0))
    true = (1 - share) * y + share / 2
    return -one * true * math.log(probability) - zero * (1 - true) * math.log(1 - probability)


def by_itself(problem: Keys, y: float, guess: float, _: Place) -> float:
    """What a pair costs alone: for a loss of which there is no definition here."""
    alone = {"loss": problem["loss"], "y_true": [y], "y_pred": [guess], "reduction": "sum"}
    inputs = validate(alone, losses).inputs
    with np.errstate(all="ignore"):
        return float(losses.load(problem["loss"]).value(inputs))


COSTS: dict[str, Cost] = {
    "mean_squared_error": squared_error,
    "hinge": hinge,
    "binary_cross_entropy": cross_entropy,
}


def kind_of(problem: Keys) -> str:
    return next(key for key in PREDICTIONS if key in problem)


def pairs_shape(problem: Keys) -> Place:
    both = shape_of(problem["y_true"]), shape_of(problem[kind_of(problem)])
    return tuple(max(lengths) for lengths in zip(*both, strict=True))


def losses_shape(problem: Keys) -> Place:
    shape = pairs_shape(problem)
    return (shape[:-1] or (1,)) if "over" in problem else shape


def weight_at(problem: Keys, place: Place) -> Any:
    return number_at(problem.get("weights", 1), place)


def counted(problem: Keys, shape: Place) -> list[Place]:
    return [place for place in each_place(shape) if number_at(problem.get("mask", 1), place)]


def costs(problem: Keys) -> dict[Place, float]:
    """The losses to be reduced: of the pairs, or the means of their rows."""
    shape, cost = pairs_shape(problem), COSTS.get(problem["loss"], by_itself)
    found: dict[Place, float] = {}
    for place in each_place(shape):
        y = float(number_at(problem["y_true"], place))
        guess = float(number_at(problem[kind_of(problem)], place))
        found[place] = cost(problem, y, guess, place)
    if "over" not in problem:
        return found
    means: dict[Place, float] = {}
    for place, each in found.items():
        row = place[:-1] or (0,)
        means[row] = means.get(row, 0.0) + each / shape[-1]
    return means


def reduce(problem: Keys, each: dict[Place, float], shape: Place, own: str) -> Any:
    """The answer: a number, or lists in the shape of the losses, if all of them count."""
    places = counted(problem, shape)
    weighted = {place: float(weight_at(problem, place)) * each[place] for place in places}
    total = sum(weighted.values())
    match problem.get("reduction", own):
        case "none" if len(places) == len(each):
            return arranged(weighted, shape)
        case "none":
            return [*weighted.values()]
        case "mean":
            return total / len(places)
        case "weighted_mean":
            return total / sum(float(weight_at(problem, place)) for place in places)
        case "mean_over_counted":
            return total / sum(float(weight_at(problem, place)) != 0 for place in places)
    return total


def arranged(numbers: dict[Place, float], shape: Place, begun: Place = ()) -> Any:
    if len(begun) == len(shape):
        return numbers[begun]
    return [arranged(numbers, shape, (*begun, n)) for n in range(shape[len(begun)])]


def by_definition(problem: Keys) -> Any:
    own = losses.load(problem["loss"]).OWN  # type: ignore[attr-defined]
    return reduce(problem, costs(problem), losses_shape(problem), own)


def moved(array: Any, place: Place, by: float) -> Any:
    if not place:
        return float(array) + by
    first, *rest = place
    return [moved(each, tuple(rest), by) if n == first else each for n, each in enumerate(array)]


def check_against_differences(problem: Keys, gradient: Any, value: Callable[[Keys], float]) -> None:
    """Each derivative by a prediction, in the shape of the predictions, against a difference."""
    kind = kind_of(problem)
    assert np.shape(gradient) == shape_of(problem[kind])
    for place in each_place(shape_of(problem[kind])):
        above, below = (
            value({**problem, kind: moved(problem[kind], place, by)}) for by in (STEP, -STEP)
        )
        if abs(above - 2 * value(problem) + below) / STEP < 1e-3:  # else a kink is nearer
            difference = (above - below) / (2 * STEP)
            # Where only the curvature jumps, as Huber's at δ, a difference is off by STEP / 8 a time.
            assert number_at_exactly(gradient, place) == pytest.approx(
                difference, rel=1e-5, abs=3e-6
            )


def number_at_exactly(array: Any, place: Place) -> Any:
    for position in place:
        array = array[position]
    return array


def solved_with_its_gradient(problem: Keys) -> lossclass.Solution:
    solution = lossclass.solve(problem, gradient=problem.get("reduction") != "none")
    assert solution.cross_check.agrees
    assert not {"gradient-disagrees", "no-gradient"} & {*codes(solution)}
    return solution


def check_ids(solution: lossclass.Solution, problem: Keys, shape: Place) -> None:
    """The places that count, from 1, are in the ids of the answers and of what is weighted."""
    places = [".".join(str(n + 1) for n in place) for place in counted(problem, shape)]
    if problem.get("reduction") == "none":
        assert solution.answer_ids == tuple(f"loss.{place}" for place in places)
    else:
        assert solution.answer_ids == ("loss",)
    ids = [step.id for step in solution.steps]
    weighted = places if "weights" in problem else []
    assert [id for id in ids if id.startswith("weighted.")] == [f"weighted.{p}" for p in weighted]


# --- the tests ---------------------------------------------------------------------------


def test_the_losses_defined_here_are_losses_of_pairs() -> None:
    assert {*COSTS} == {*CELLS} <= {*PAIRS}


@given(pair_problems())
def test_pairs_of_any_shape_are_as_plain_loops_have_them(problem: Keys) -> None:
    solution = solved_with_its_gradient(problem)
    expected = by_definition(problem)
    assert np.shape(solution.answer.value) == np.shape(expected)
    assert np.array(solution.answer.value) == pytest.approx(
        np.array(expected), rel=1e-10, abs=1e-10
    )
    check_ids(solution, problem, losses_shape(problem))
    if solution.gradient:
        check_against_differences(problem, solution.gradient[kind_of(problem)], by_definition)


@given(pair_problems().filter(lambda problem: problem["loss"] in COSTS))
def test_pytorch_has_the_same_losses_and_gradients(problem: Keys) -> None:
    torch = pytest.importorskip("torch")
    kind = kind_of(problem)
    y, p = (
        torch.tensor(np.array(problem[key], float), requires_grad=key == kind)
        for key in ("y_true", kind)
    )
    each = torch_costs(torch, problem, *torch.broadcast_tensors(y, p))
    if "over" in problem:
        each = torch.atleast_1d(each.mean(dim=-1))
    answer = torch_reduced(torch, problem, each)
    solution = solved_with_its_gradient(problem)
    assert np.ravel(solution.answer.value) == pytest.approx(np.ravel(answer.detach()), abs=1e-10)
    if solution.gradient:
        answer.backward()
        assert np.array(solution.gradient[kind], float) == pytest.approx(p.grad.numpy(), abs=1e-10)


def torch_costs(torch: Any, problem: Keys, y: Any, p: Any) -> Any:
    f = torch.nn.functional
    if problem["loss"] == "mean_squared_error":
        return float(problem.get("factor", 1)) * f.mse_loss(p, y, reduction="none")
    if problem["loss"] == "hinge":
        hinges = torch.clamp(float(problem["margin"]) - y * p, min=0)
        return hinges**2 if problem["squared"] else hinges
    share = float(problem.get("label_smoothing", 0))
    y = (1 - share) * y + share / 2
    weight = torch.tensor(np.array(problem.get("pos_weight", 1), float))
    if "logits" in problem and "class_weights" not in problem:
        return f.binary_cross_entropy_with_logits(p, y, pos_weight=weight, reduction="none")
    logs = {"logits": f.logsigmoid, "log_probs": lambda q: q, "y_pred": torch.log}[kind_of(problem)]
    rest = torch.log1p(-torch.exp(logs(p)))
    zero, one = map(float, problem.get("class_weights", (1, 1)))
    return -(one * weight * y * logs(p) + zero * (1 - y) * rest)


def torch_over_losses(torch: Any, array: Any, shape: Place) -> Any:
    """Weights or a mask as they stand for losses of a shape, axes put behind."""
    tensor = torch.tensor(np.array(array, float))
    if tensor.ndim < len(shape):
        tensor = tensor.reshape(*tensor.shape, *[1] * (len(shape) - tensor.ndim))
    return tensor.broadcast_to(shape)


def torch_reduced(torch: Any, problem: Keys, each: Any) -> Any:
    shape = tuple(each.shape)
    counts = torch_over_losses(torch, problem.get("mask", 1), shape).bool()
    weights = torch_over_losses(torch, problem.get("weights", 1), shape)[counts]
    weighted = weights * each[counts]
    own = losses.load(problem["loss"]).OWN  # type: ignore[attr-defined]
    match problem.get("reduction", own):
        case "none":
            return weighted
        case "mean":
            return weighted.mean()
        case "weighted_mean":
            return weighted.sum() / weights.sum()
        case "mean_over_counted":
            return weighted.sum() / weights.count_nonzero()
    return weighted.sum()


ROWS = {"loss": "mse", "y_true": [[1, 2], [3, 4], [5, 6]], "y_pred": [[1, 1], [2, 2], [3, 3]]}


@pytest.mark.parametrize("mask", [[True, False, True], np.array([True, False, True])])
def test_what_a_mask_leaves_out_has_a_derivative_of_zero(mask: Any) -> None:
    arrays = {key: np.array(ROWS[key], float) for key in ("y_true", "y_pred")}
    for keys in (ROWS, {**ROWS, **arrays}):
        solution = lossclass.solve({**keys, "mask": mask}, gradient=True)
        assert solution.answer.value == (0 + 1 + 4 + 9) / 4
        assert solution.gradient == {"y_pred": [[0, -0.5], [0, 0], [-1, -1.5]]}


def test_a_mask_of_one_number_for_the_rows_of_an_axis_leaves_out_their_pairs() -> None:
    keys = {"loss": "mse", "over": "last_axis", "mask": [[1], [0]], "reduction": "sum"}
    arrays = {"y_true": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], "y_pred": [[[0, 0]] * 2] * 2}
    solution = lossclass.solve({**keys, **arrays}, gradient=True)
    assert solution.answer.value == (1 + 4) / 2 + (9 + 16) / 2
    assert solution.gradient == {"y_pred": [[[-1, -2], [-3, -4]], [[0, 0], [0, 0]]]}


def test_one_row_over_its_axis_is_one_loss() -> None:
    row = {"loss": "mse", "y_true": [1, 3], "y_pred": [2, 5], "over": "last_axis"}
    assert lossclass.solve({**row, "weights": [2]}).answer.value == 2 * (1 + 4) / 2
    each = lossclass.solve({**row, "mask": [1], "reduction": "none"}, frameworks=True)
    assert each.frameworks[0].value == each.answer.value
    assert each.answer_ids == ("loss.1",)
    assert each.answer.value == [(1 + 4) / 2]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"y_pred": [1, 2]}, "y_pred: expected 3 × 2 numbers as in y_true, got 2 numbers"),
        (
            {"y_pred": [[1, 2, 3]] * 3},
            "y_pred: expected 3 × 2 numbers as in y_true, got 3 × 3 numbers",
        ),
        (
            {"y_true": [[1, 2]], "y_pred": [[1], [2]]},
            "y_pred: expected 1 × 2 numbers as in y_true, got 2 × 1 numbers",
        ),
        (
            {"y_pred": [[1, 1], [2], [3, 3]]},
            "y_pred.2: expected 2 numbers, as in the first row, got 1",
        ),
        ({"y_pred": [[1, 1], 2, [3, 3]]}, "y_pred.2: expected 2 numbers, as in the first row, got 1"),
        ({"y_true": [[[[[1]]]]]}, "y_true.1.1.1.1: expected a number, got a list"),
        ({"y_pred": [[[], []]]}, "y_pred: expected at least one number, got none"),
        (
            {"mask": [0, 0, 0]},
            "mask: it is 0 everywhere: nothing counts, and a mean would be 0/0, nan in PyTorch",
        ),
        ({"mask": [[1, 2], [0, 1], [1, 1]]}, "mask.1.2: expected 0 or 1, got 2"),
        ({"mask": [1, "maybe", 0]}, "mask.2: expected 0 or 1, got 'maybe'"),
        ({"mask": [1, 0]}, "mask: expected 3, or 3 × 2 zeros and ones, got 2"),
        (
            {"y_true": [1], "y_pred": [2], "mask": [1, 0]},
            "mask: expected 1 zero or one, got 2",
        ),
        ({"mask": [[1, 1, 1]]}, "mask: expected 3, or 3 × 2 zeros and ones, got 1 × 3"),
        ({"over": "last_axis", "mask": [[1, 0]]}, "mask: expected 3 zeros and ones, got 1 × 2"),
        ({"weights": [1, 2]}, "weights: expected 3, or 3 × 2 weights, got 2"),
        ({"weights": [[1, 2, 3]]}, "weights: expected 3, or 3 × 2 weights, got 1 × 3"),
        (
            {"over": "last_axis", "weights": [[1, 2]] * 3},
            "weights: expected 3 weights, got 3 × 2",
        ),
        (
            {"weights": [1, -2, 1], "reduction": "weighted_mean"},
            "weights: they sum to 0, so there is no weighted mean",
        ),
        (
            {"weights": [1, 0, 0], "mask": [0, 1, 1], "reduction": "weighted_mean"},
            "weights: those of what counts sum to 0, so there is no weighted mean",
        ),
        (
            {"weights": [1, 0, 0], "mask": [0, 1, 1], "reduction": "mean_over_counted"},
            "weights: those of what counts are all 0, so there is nothing to take the mean of",
        ),
        ({"over": "first_axis"}, "over: expected 'last_axis', got 'first_axis'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_place(keys: Keys, message: str) -> None:
    with pytest.raises(lossclass.InvalidProblem) as refused:
        lossclass.solve({**ROWS, **keys})
    assert str(refused.value) == message


def test_pos_weight_is_one_or_along_the_last_axis() -> None:
    wrong = {"loss": "bce", "y_true": [[1, 0]], "logits": [[1, 2]], "pos_weight": [1, 2, 3]}
    with pytest.raises(lossclass.InvalidProblem, match="expected 1 number, or 2, got 3"):
        lossclass.solve(wrong)
    assert Decimal(lossclass.solve({**wrong, "pos_weight": 2}).answer.value) > 0


def test_a_mean_over_what_the_mask_leaves_out_is_named() -> None:
    keys = {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[0, 0.5]] * 2}
    problem = lossclass.load({**keys, "mask": [[1, 0], [1, 1]]})
    squares = Decimal(1**2 + 3**2) + Decimal("3.5") ** 2
    (slip, *_) = diagnosis_of(problem, lossclass.solve(problem)).explain("loss", squares / 4)
    assert slip.code == "padding-counted"

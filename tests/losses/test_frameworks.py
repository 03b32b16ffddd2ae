"""What the libraries are said to compute, held against what they do where they are installed."""

from __future__ import annotations

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from rich.cells import cell_len

import lossclass
from lossclass import losses
from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.problem.bundled import bundled_problems

LIBRARIES = ["PyTorch", "Keras", "optax", "scikit-learn"]
MODULES = {"PyTorch": "torch", "Keras": "keras", "optax": "optax", "scikit-learn": "sklearn"}
# Keras asks once where it runs, and JAX calculates in single precision unless it is told not to.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "true")
THREE = {"y_true": [0, 2], "y_pred": [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]]}
SPEECH = {"y_true": [0, 1, 2], "scores": [[2.1, 0.4, -0.3], [0.2, 1.5, 1.1], [-0.5, 0.9, 0.6]]}
BATCH = [THREE, {"y_true": [1], "y_pred": [[0.2, 0.5, 0.3]]}]
#: Distributions over a blank and two labels, as in the bundled ab_ctc.
AB = {
    "loss": "ctc", "target": "ab", "labels": ["_", "a", "b"], "blank": "_",
    "probabilities": [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]],
}  # fmt: skip

#: Beside the bundled problems: every key that changes a call.
PROBLEMS: dict[str, dict[str, Any]] = {
    "mse, sum": {"loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "reduction": "sum"},
    "mse, weighted": {
        "loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "weights": [1, 3],
        "reduction": "weighted_mean",
    },
    "mse, root": {"loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "root": True},
    "mse, root, weighted": {
        "loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "root": True, "weights": [1, 3],
    },
    "mse, root of the sum": {
        "loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "root": True, "reduction": "sum",
    },
    "mse, root, rows": {
        "loss": "mse", "y_true": [[1, 2], [4, 4]], "y_pred": [[3, 5], [4, 3]], "root": True,
        "over": "last_axis", "mask": [1, 0],
    },
    "mae": {"loss": "mae", "y_true": [1, 2, 3], "y_pred": [3, 5, 3]},
    "mae, weighted": {
        "loss": "mae", "y_true": [1, 2], "y_pred": [3, -5], "weights": [1, 3],
        "reduction": "weighted_mean",
    },
    "huber": {"loss": "huber", "y_true": [1, 2, 3], "y_pred": [3, 2.5, 4]},
    "huber, delta": {
        "loss": "huber", "y_true": [[1, 2], [3, -1]], "y_pred": [[3, 2.5], [4, 9]], "delta": 2.5,
        "reduction": "sum",
    },
    "bce, weights of outcomes": {
        "loss": "bce", "y_true": [1, 0], "y_pred": [0.2, 0.3], "class_weights": [1, 2.5],
    },
    "bce, weights of outcomes, soft": {
        "loss": "bce", "y_true": [1, 0.5], "logits": [0.2, 0.3], "class_weights": [1, 2.5],
    },
    "bce, labels in columns": {
        "loss": "bce", "y_true": [[1, 0], [1, 1]], "logits": [[0.2, -1], [2, 0.3]],
        "pos_weight": [2, 3], "weights": [1, 2],
    },
    "bce, weight of a 1": {
        "loss": "bce", "y_true": [[1, 0], [1, 1]], "y_pred": [[0.2, 0.9], [0.7, 0.3]],
        "pos_weight": 2, "over": "last_axis",
    },
    "bce, smoothed": {
        "loss": "bce", "y_true": [1, 0], "log_probs": [-0.2, -1], "label_smoothing": 0.1,
    },
    "hinge, rows": {
        "loss": "hinge", "y_true": [[1, -1], [1, 1]], "y_pred": [[0.2, -1], [2, 0.3]],
        "over": "last_axis", "mask": [1, 0],
    },
    "mse, weighted but divided by n": {
        "loss": "mse", "y_true": [[1, 2]], "y_pred": [[3, 5]], "weights": [[1, 3]], "factor": 0.5,
    },
    "mse, none": {"loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "reduction": "none"},
    "bce, logits": {"loss": "bce", "y_true": [1, 0], "logits": [0.3, 700]},
    "bce, soft": {"loss": "bce", "y_true": [0.3, 1], "y_pred": [0.2, 0.6], "log_base": 2},
    "bce, impossible": {"loss": "bce", "y_true": [1, 0, 0], "y_pred": [0, 1, 0]},
    "nll": {"loss": "nll", **THREE},
    "nll, log_probs": {"loss": "nll", "y_true": [1], "log_probs": [[-0.5, -1, -3]]},
    "nll, logits": {"loss": "nll", "y_true": [1], "logits": [[0.5, -1, 3]], "log_base": 10},
    "nll, impossible": {"loss": "nll", "y_true": [0], "y_pred": [[0, 0.5, 0.5]]},
    "nll, soft zeros": {"loss": "nll", "y_true": [[0, 0.5, 0.5]], "y_pred": [[0, 0.5, 0.5]]},
    "cce, rows not 1": {"loss": "cce", "y_true": [[0.5, 0.5]], "y_pred": [[0.2, 0.2]]},
    **{
        f"cce, class weights, {reduction}": {
            "loss": "cce", **THREE, "class_weights": [1, 2, 3], "reduction": reduction,
        }
        for reduction in ("sum", "mean", "weighted_mean", "none")
    },
    "cce, one class": {"loss": "cce", "y_true": [0], "y_pred": [[1]]},
    "cce, both weights": {
        "loss": "cce", **THREE, "class_weights": [1, 2, 3], "weights": [2, 5],
        "reduction": "weighted_mean",
    },
    "cce, soft, class weights": {
        "loss": "cce", "y_true": [[0.5, 0.3, 0.2]], "logits": [[1, 2, 3]],
        "class_weights": [1, 2, 3], "reduction": "weighted_mean", "label_smoothing": 0.1,
    },
    "kl, mean": {
        "loss": "kl", "y_true": [[0.5, 0.3, 0.2], [0, 1, 0]], "reduction": "mean",
        "log_probs": [[-0.5, -1, -3], [-1, -0.7, -2]], "log_base": 2,
    },
    "kl, distillation": {
        "loss": "kl", "true_logits": [[1, 2], [3, 0]], "logits": [[0, 1], [2, 0.5]],
        "temperature": 2, "weights": [1, 3], "mask": [1, 1],
    },
    "kl, student alone": {
        "loss": "kl", "y_true": [[0.5, 0.5]], "logits": [[0, 1]], "temperature": 2,
        "times_temperature_squared": False,
    },
    "kl, impossible": {"loss": "kl", "y_true": [[0.5, 0.5]], "y_pred": [[1, 0]]},
    "kl, twice impossible": {"loss": "kl", "y_true": [[1, 0]], "y_pred": [[1, 0]]},
    "hinge": {"loss": "hinge", "y_true": [1, -1], "y_pred": [0.4, 0.3]},
    "hinge, one label": {"loss": "hinge", "y_true": [1, 1], "y_pred": [0.5, 0.7]},
    "hinge, margin": {
        "loss": "hinge", "y_true": [1, -1], "y_pred": [0.4, 0.3], "margin": 2.5, "weights": [1, 2],
    },
    "hinge, squared": {
        "loss": "hinge", "y_true": [1, -1], "y_pred": [0.4, 0.3], "margin": 2, "squared": True,
    },
    **{
        f"{formulation}, {reduction}": {
            "loss": "sequence_hinge", "formulation": formulation, **SPEECH, "margin": 1.5,
            "reduction": reduction,
        }
        for formulation in ("weston_watkins", "crammer_singer")
        for reduction in ("sum", "mean", "none")
    },
    "crammer_singer, two classes": {
        "loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0, 1],
        "scores": [[1, 2], [0.5, -1]],
    },
    **{
        f"batch, {time} over time, {examples} over examples": {
            "loss": "sequence", "examples": BATCH, "over_time": time, "over_examples": examples,
        }
        for time in ("sum", "mean")
        for examples in ("sum", "mean")
    },
    "sequence, masked and weighted": {
        "loss": "sequence", **THREE, "mask": [0, 1], "weights": [1, 4],
    },
    "ctc, blank last": {**AB, "blank": "b", "target": "_a"},
    "ctc, blank in the middle": {**AB, "blank": "a", "target": "b_"},
    "ctc, repeated labels": {**AB, "target": "aa"},
    "ctc, indices": {"loss": "ctc", "target": [1, 1], "log_probs": [[-1, -0.5]] * 4},
    "ctc, rows of 1 but for rounding": {
        "loss": "ctc", "target": [1], "log_probs": [[-1.098612] * 3] * 2,
    },
    "ctc, rows not 1": {**AB, "probabilities": [[0.4, 0.1, 0.3], [0.5, 0.2, 0.9], [1, 0.5, 0.3]]},
    "ctc, base and weight": {**AB, "log_base": 2, "weights": [3]},
    "ctc, weighted mean": {**AB, "log_base": 10, "weights": [3], "reduction": "weighted_mean"},
    "ctc, mean": {**AB, "reduction": "mean"},
    "ctc, none": {**AB, "reduction": "none", "weights": [0.5]},
    "ctc, empty target": {**AB, "target": []},
    "ctc, empty target, blank last": {**AB, "blank": "b", "target": []},
    "ctc, infeasible": {**AB, "target": "aabb"},
    "ctc, twice infeasible": {**AB, "target": "abab", "weights": [2], "log_base": 2},
    "ctc, logits, one column": {"loss": "ctc", "target": [], "logits": [[1], [2]]},
    "ctc, logits far apart": {
        "loss": "ctc", "target": [2], "logits": [[-500, 3, 2], [1, 500, 0.5]], "log_base": 10,
    },
    "ctc, a probability of 0": {
        **AB, "probabilities": [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.2, 0.5, 0.3]],
    },
    "ctc, a label with a probability of 0 in the end": {
        "loss": "ctc", "target": [1], "probabilities": [[0.3, 0.7], [1, 0]],
    },
    "ctc, a label with a probability of 0 before the end": {
        "loss": "ctc", "target": [1], "probabilities": [[0.3, 0.7], [1, 0], [0.5, 0.5]],
    },
    "ctc, a blank with a probability of 0": {
        "loss": "ctc", "target": [1], "probabilities": [[0, 1], [0.5, 0.5]],
    },
    "ctc, empty target, a blank with a probability of 0": {
        "loss": "ctc", "target": [], "probabilities": [[0.5, 0.5], [0, 1]],
    },
    "ctc, impossible": {"loss": "ctc", "target": [1], "log_probs": [[0, "-inf"], [0, "-inf"]]},
    "ctc, a time step of nothing": {"loss": "ctc", "target": [1], "probabilities": [[0, 0]]},
    "ctc, many columns, blank in the middle": {
        "loss": "ctc", "target": [3, 39, 39, 4], "blank": 20, "labels": list(range(40)),
        "logits": [[(3 * t + 7 * c) % 11 / 2 for c in range(40)] for t in range(9)],
    },
    "ctc, many time steps of a mapping": {
        "loss": "ctc", "target": "ab", "blank": "-", "time_steps": 60,
        "probabilities": {"a": 0.6, "b": 0.4, "-": 0.2},
    },
    "policy, returns": {
        "loss": "rl", "rewards": [1, 2], "policy": [0.5, 0.25], "discount": 0.9, "log_base": 2,
    },
}  # fmt: skip
PROBLEMS |= {name: {"path": path} for name, path in bundled_problems().items()}


def solved(name: str) -> lossclass.Solution:
    problem = PROBLEMS[name]
    return lossclass.solve(problem.get("path", problem), frameworks=True)


def call(problem: dict[str, Any], library: str) -> Call:
    calls = {each.library: each for each in lossclass.solve(problem, frameworks=True).frameworks}
    return calls[library]


def run(code: str) -> list[float]:
    """What the code leaves in ``loss``."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, names)  # noqa: S102 - what is printed has to run
    loss = names["loss"]
    loss = loss.tolist() if hasattr(loss, "tolist") else loss
    return loss if isinstance(loss, list) else [loss]


@pytest.mark.grid(24, name=PROBLEMS)
def test_every_problem_has_the_four_libraries_and_each_says_something(name: str) -> None:
    solution = solved(name)
    assert [each.library for each in solution.frameworks] == LIBRARIES
    for each in solution.frameworks:
        assert each.rule
        assert each.code or each.value is None
        compile(each.code, each.library, "exec")
        assert all(len(line) <= 76 for line in each.code.splitlines()), each.code
    assert all(cell_len(line) <= 80 for line in str(solution).splitlines())


def test_a_weighted_mean_of_scikit_learn_is_made_the_reduction_that_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its metric as its documentation defines it, where it is not installed."""

    def mean_squared_error(y: Any, guess: Any, sample_weight: Any = None) -> Any:
        return np.average((y - guess) ** 2, axis=0, weights=sample_weight).mean()

    metrics = ModuleType("sklearn.metrics")
    vars(metrics)["mean_squared_error"] = mean_squared_error
    monkeypatch.setitem(sys.modules, "sklearn", ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.metrics", metrics)
    for name in ("mse, sum", "mse, weighted", "mse, root, weighted", "mse, root of the sum"):
        found = call(PROBLEMS[name], "scikit-learn")
        assert run(found.code) == pytest.approx(np.ravel(np.array(found.value)), rel=1e-12), name


@pytest.mark.parametrize("library", MODULES)
def test_the_code_gives_the_number(library: str) -> None:
    pytest.importorskip(MODULES[library])
    for name in PROBLEMS:
        found = next(each for each in solved(name).frameworks if each.library == library)
        if not found.code:
            assert found.value is None, name
        elif found.value is None:
            assert any(map(math.isnan, run(found.code))), name
        else:
            value = found.value if isinstance(found.value, list) else [found.value]
            assert run(found.code) == pytest.approx(value, rel=1e-6, abs=1e-12), name


@pytest.mark.parametrize(
    ("problem", "library", "recorded"),
    [
        ({"loss": "bce", "y_true": [1], "y_pred": [0]}, "PyTorch", 100),
        ({"loss": "bce", "y_true": [1], "y_pred": [0]}, "Keras", 16.118095),
        ({"loss": "bce", "y_true": [1], "y_pred": [0]}, "scikit-learn", 36.04365338911715),
        ({"loss": "cce", "y_true": [0], "y_pred": [[0.2, 0.2]]}, "Keras", math.log(2)),
        ({"loss": "cce", "y_true": [0], "y_pred": [[0.2, 0.2]]}, "scikit-learn", -math.log(0.2)),
        ({"loss": "hinge", "y_true": [1, 1], "y_pred": [0.5, 0.7]}, "scikit-learn", 2 * 1.6),
        (
            {"loss": "sequence_hinge", "formulation": "weston_watkins", "y_true": [0],
             "scores": [[1, 2, 3]]},
            "PyTorch",
            ((1 - 1 + 2) + (1 - 1 + 3)) / 3,
        ),
        (  # the true class has a 0 among the wrong scores
            {"loss": "sequence_hinge", "formulation": "crammer_singer", "y_true": [0],
             "scores": [[0.5, -2, -3]]},
            "Keras",
            1 + 0 - 0.5,
        ),
        ({"loss": "mse", "y_true": [1], "y_pred": [3], "factor": 0.5}, "optax", 0.5 * (3 - 1) ** 2),
    ],
)  # fmt: skip
def test_recorded_numbers(problem: dict[str, Any], library: str, recorded: float) -> None:
    assert call(problem, library).value == pytest.approx(recorded, rel=1e-6)


def test_the_rule_says_whether_it_is_the_number_by_hand() -> None:
    problem = {"loss": "bce", "y_true": [1], "y_pred": [0]}
    assert call(problem, "PyTorch").rule.startswith("Not the same number as by hand.")
    problem = {"loss": "bce", "y_true": [1], "y_pred": [0.5]}
    assert call(problem, "PyTorch").rule.startswith("The same number as by hand.")


@pytest.mark.parametrize("name", ["hello_ctc", "multi_task", "ridge_formula"])
def test_where_no_library_has_the_loss_each_says_why(name: str) -> None:
    assert all(each.value is None and not each.code for each in solved(name).frameworks)


def test_ctc_as_pytorch_means_it_is_divided_by_the_length_of_the_target() -> None:
    loss = -math.log(0.024 + 0.045 + 0.018 + 0.018 + 0.027)  # the five alignments of ab
    found = call(AB, "PyTorch")
    assert found.value == pytest.approx(loss)
    assert f"divides each loss by the length of its target, 2, and gives {loss / 2:.7g}." in (
        found.rule
    )
    torch = pytest.importorskip("torch")
    code = found.code.replace('reduction="none"', 'reduction="mean"')
    assert run(code) == pytest.approx([loss / 2])
    log_probs = torch.tensor(AB["probabilities"]).log()[:, None]
    mean = torch.nn.CTCLoss()(log_probs, torch.tensor([[1, 2]]), [3], [2])
    assert float(mean) == pytest.approx(loss / 2, rel=1e-6)


@pytest.mark.parametrize(("target", "says"), [("a", "a division by 1"), ([], "a length of 0")])
def test_ctc_of_a_short_target_is_the_same_in_pytorchs_mean(target: Any, says: str) -> None:
    found = call({**AB, "target": target}, "PyTorch")
    assert says in found.rule
    pytest.importorskip("torch")
    assert run(found.code.replace('"none"', '"mean"')) == pytest.approx([found.value])


def test_the_gradient_that_pytorchs_ctc_leaves_is_that_for_logits() -> None:
    problem = {
        **{key: value for key, value in AB.items() if key != "probabilities"},
        "log_probs": [[-0.9, -1.2, -1.1], [-0.7, -1.6, -1.5], [-1.6, -0.7, -1.4]],
    }
    found = call(problem, "PyTorch")
    assert "log_probs.grad is the gradient for the logits, exp(log_probs) − γ" in found.rule
    assert "log_probs.grad" not in call({**problem, "target": "aabb"}, "PyTorch").rule
    pytest.importorskip("torch")
    code = found.code.replace(
        "log_probs = log_probs[:, None]",
        "leaf = log_probs.requires_grad_()\nlog_probs = leaf[:, None]",
    )
    code = code.replace("print(loss.tolist())", "loss.backward()\nloss = leaf.grad.flatten()")
    values = lossclass.solve(problem, gradient=True).values
    occupancies = [values.get(f"occupancy.{t}.{k}", 0.0) for t in (1, 2, 3) for k in (1, 2, 3)]
    given: Any = problem["log_probs"]
    rows = [each for row in given for each in row]
    expected = [math.exp(q) - float(share) for q, share in zip(rows, occupancies, strict=True)]
    assert run(code) == pytest.approx(expected)


def test_ctc_with_rows_that_do_not_sum_to_1_is_normalised_by_those_that_take_logits() -> None:
    problem = PROBLEMS["ctc, rows not 1"]
    sums = [sum(row) for row in problem["probabilities"]]
    rows = [
        [each / total for each in row]
        for row, total in zip(problem["probabilities"], sums, strict=True)
    ]
    as_given = lossclass.solve(problem).step("loss").value
    normalised = lossclass.solve({**problem, "probabilities": rows}).step("loss").value
    # Every alignment has one factor from each row.
    assert normalised == pytest.approx(as_given + sum(map(math.log, sums)))
    assert call(problem, "PyTorch").value == pytest.approx(as_given)
    for library in ("Keras", "optax"):
        found = call(problem, library)
        assert found.value == pytest.approx(normalised)
        assert found.rule.startswith("Not the same number as by hand.")
        assert "do not sum to 1 here" in found.rule


def test_a_mean_of_nothing_is_no_call() -> None:
    for loss in ("mse", "mae", "bce"):
        keys = {"loss": loss, "y_true": [1, 0], "y_pred": [0.5, 0.25], "reduction": "sum"}
        found = call({**keys, "weights": [0, 0]}, "scikit-learn")
        assert (found.code, found.value) == ("", None)
        assert found.rule == "Its mean divides by the sum of the weights, which is 0."


def test_ctc_of_what_cannot_be_reached() -> None:
    problem = {**AB, "target": "aaaa"}
    pytorch, keras, optax, sklearn = lossclass.solve(problem, frameworks=True).frameworks
    assert pytorch.value == math.inf
    assert "zero_infinity=True" in pytorch.rule
    for found in (keras, optax):
        # What optax 0.2.8 gives in double precision.
        assert found.value == pytest.approx(100000.37687765, abs=1e-6)
        assert "−100000 in place of −∞" in found.rule
    assert (sklearn.code, sklearn.value) == ("", None)
    assert not any(
        "−100000" in each.rule for each in lossclass.solve(AB, frameworks=True).frameworks
    )


def test_ctc_with_a_large_number_for_ln_0_can_come_out_below_it() -> None:
    too_short = {"loss": "ctc", "target": [1, 1], "probabilities": [[0.3, 0.7], [0.4, 0.6]]}
    assert call(too_short, "optax").value == pytest.approx(99999.11623246, abs=1e-6)


@pytest.mark.thorough
def test_ctc_of_more_numbers_than_anybody_reads_has_values_and_no_code() -> None:
    logits = np.random.default_rng(4).normal(size=(50, 60))
    problem = {"loss": "ctc", "target": [1, 2, 2, 3], "logits": logits, "log_base": 2}
    solution = lossclass.solve(problem, frameworks=True)
    for found in solution.frameworks[:3]:
        assert not found.code
        assert found.value == pytest.approx(solution.answer.value)
        assert "Code with its 3004 numbers is left out; the call is" in found.rule
        assert "divided by ln 2" in found.rule
    assert all(cell_len(line) <= 80 for line in str(solution).splitlines())
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.ctc_loss(
        torch.tensor(logits).log_softmax(-1)[:, None],
        torch.tensor([[1, 2, 2, 3]]),
        [50],
        [4],
        reduction="sum",
    )
    assert solution.frameworks[0].value == pytest.approx(float(theirs) / math.log(2))


def test_ctc_in_another_numbering_for_keras_has_the_blank_first() -> None:
    code = call(PROBLEMS["ctc, blank in the middle"], "Keras").code
    assert "logits = logits[:, [1, 0, 2]]" in code
    assert "y_true = np.array([2, 1])" in code  # b, _ were columns 2, 0


def test_a_batch_has_four_averages() -> None:
    first, second, third = -math.log(0.7), -math.log(0.4), -math.log(0.5)
    total = first + second + third
    rule = call({"loss": "sequence", "examples": BATCH}, "PyTorch").rule
    for mean in (total / 3, ((first + second) / 2 + third) / 2, total / 4, total / 2):
        assert f"{mean:.6g}" in rule


def test_it_is_there_only_when_asked_for() -> None:
    plain = lossclass.solve(THREE | {"loss": "nll"})
    assert plain.frameworks == ()
    assert "frameworks" not in plain.to_dict()
    asked = lossclass.solve(THREE | {"loss": "nll"}, frameworks=True)
    listed = json.loads(json.dumps(asked.to_dict()))["frameworks"]
    assert [each["library"] for each in listed] == LIBRARIES
    assert all(set(each) == {"library", "code", "value", "rule"} for each in listed)


def test_the_option_of_the_command_line() -> None:
    from typer.testing import CliRunner

    from lossclass.cli import app

    asked = CliRunner().invoke(app, ["solve", "regression_series", "--frameworks"])
    assert asked.exit_code == 0
    assert "What the libraries compute" in asked.output
    assert "F.mse_loss(y_pred, y_true" in asked.output
    assert "libraries" not in CliRunner().invoke(app, ["solve", "regression_series"]).output


def by_logarithms(log_probs: Any) -> dict[str, Any]:
    """AB with logarithms of probabilities."""
    problem = {key: value for key, value in AB.items() if key != "probabilities"}
    return problem | {"log_probs": log_probs}


@pytest.mark.parametrize("more", [{}, {"weights": [3], "log_base": "10"}], ids=["", "scaled"])
@pytest.mark.parametrize("way", ["single precision", "six decimals"])
def test_logarithms_of_probabilities_that_are_rounded_still_sum_to_1(
    way: str, more: dict[str, Any]
) -> None:
    logits = np.random.default_rng(3).normal(size=(5, 3))
    exact = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rounded = exact.astype(np.float32) if way == "single precision" else exact.round(6)
    normaliser = np.log(np.exp(rounded.astype(float)).sum(axis=1)).sum()
    assert 1e-9 < abs(normaliser) < 1e-5
    solution = lossclass.solve(by_logarithms(rounded) | more, frameworks=True)
    by_hand = solution.answer.value
    pytorch, *normalising, _ = solution.frameworks
    assert pytorch.rule.startswith("The same number as by hand. ")
    for found in normalising:
        factor = 3 / math.log(10) if more else 1
        assert found.value == pytest.approx(by_hand + factor * normaliser, rel=1e-12)
        is_same = found.value == pytest.approx(by_hand, rel=1e-9, abs=1e-9)
        end = ". " if is_same else ", but for the rounding of the numbers given. "
        assert found.rule.startswith("The same number as by hand" + end)
        assert "sum to 1 here but for rounding" in found.rule
        assert "another problem" not in found.rule


@pytest.mark.parametrize("off", [2e-5, -2e-5])
def test_probabilities_of_one_time_step_that_do_not_sum_to_1(off: float) -> None:
    rows = np.log(np.asarray(AB["probabilities"], float))
    rows[1] += off
    for found in lossclass.solve(by_logarithms(rows), frameworks=True).frameworks[1:3]:
        assert found.rule.startswith("Not the same number as by hand. ")
        assert "do not sum to 1 here" in found.rule


def test_another_library_s_epsilon_is_no_rounding() -> None:
    rows = np.log(np.asarray(AB["probabilities"], np.float32))
    too_short = by_logarithms(rows) | {"target": "aaa"}
    assert call(too_short, "optax").rule.startswith("Not the same number as by hand. ")


def texts_in(node: Any) -> Iterator[str]:
    """Every text of a data file."""
    match node:
        case dict():
            for key, each in node.items():
                yield from texts_in(each) if key not in ("averages", "axes") else ()
        case list():
            for each in node:
                yield from texts_in(each)
        case _:
            yield str(node)


#: What may be said of a library.
KEYS = {"setup", "call", "metric", "averages", "axes", "imports", "rules", "notes", "cannot"}


def keys_in(node: Any) -> Iterator[str]:
    """The keys of a part of the data, but for its conditions."""
    match node:
        case dict():
            for key, inner in node.items():
                yield from () if key.startswith(("if ", "unless ")) else (key,)
                yield from keys_in(inner)
        case list():
            for inner in node:
                yield from keys_in(inner)


def what_means_nothing(data: dict[str, Any]) -> Iterator[str]:
    """Keys that mean nothing, and libraries of which nothing is said."""
    for library in LIBRARIES:
        keys = {*keys_in(data.get(library, {}))}
        yield from (f"{library} has a key {key!r}, which means nothing" for key in keys - KEYS)
        if not keys & {"call", "metric", "cannot"}:
            yield f"{library} has none of call, metric and cannot"


@pytest.mark.parametrize(
    "path", sorted(Path(losses.__path__[0]).rglob("*.calls.yaml")), ids=lambda path: path.stem
)
def test_the_data_of_calls_means_something(path: Path) -> None:
    assert [*what_means_nothing(yaml.safe_load(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("PyTorch: {call: a, canot: b}", "PyTorch has a key 'canot', which means nothing"),
        ("PyTorch: {call: a}", "Keras has none of call, metric and cannot"),
        ("PyTorch: [{if x: {rules: a}}]", "PyTorch has none of call, metric and cannot"),
    ],
)
def test_data_of_calls_that_mean_nothing_are_found(text: str, says: str) -> None:
    assert says in [*what_means_nothing(yaml.safe_load(text))]


@pytest.mark.thorough
def test_every_text_of_the_data_is_said_of_some_problem() -> None:
    said = [f"{each.code} {each.rule}" for name in PROBLEMS for each in solved(name).frameworks]
    without_breaks = "".join("".join(said).split())
    unsaid = []
    for path in sorted(Path(losses.__path__[0]).rglob("*.calls.yaml")):
        for text in texts_in(yaml.safe_load(path.read_text(encoding="utf-8"))):
            # "y_true from classes" is an array under another name
            code = re.sub(r"^(\w+) from \w+$", r"\1 = ", text)
            longest = max(re.split(r"\$\w+|\$\{\w+\}", code), key=len)
            if "".join(longest.split()) not in without_breaks:
                unsaid.append(f"{path.name}: {text}")
    assert unsaid == []


WEIGHTS = {"none": None, "of rows": [1, 3], "of numbers": [[1, 3, 2], [0.5, 1, 0]]}
MASKS = {"all": None, "a row": [1, 0], "some": [[1, 0, 1], [1, 1, 0]]}
REDUCTIONS = ("mean", "sum", "weighted_mean", "mean_over_counted", "none")


@pytest.mark.some(3)
@pytest.mark.grid(
    reduction=REDUCTIONS, library=MODULES, weights=WEIGHTS, mask=MASKS, row_means=[False, True]
)
def test_arrays_of_several_axes(
    library: str, row_means: bool, mask: str, weights: str, reduction: Any
) -> None:
    """Observations 2 × 3, or 2 × 3 rows of two numbers, against plain loops."""
    true, guess = np.random.default_rng(7).normal(size=(2, 2, 3, *[2] * row_means))
    squares = (true - guess) ** 2
    how = How(reduction, (2, 3), WEIGHTS[weights], MASKS[mask], row_means=row_means, factor=0.5)
    asked = calls("mean_squared_error", how, {"y_true": true, "y_pred": guess}, squares)
    found = next(each for each in asked if each.library == library)

    def of(numbers: Any, row: int, column: int) -> float:
        """What counts for a place, given for it or for its row."""
        for index in (row, column):
            numbers = numbers[index] if isinstance(numbers, list) else numbers
        return 1 if numbers is None else numbers

    places = [(row, column) for row in range(2) for column in range(3)]
    places = [each for each in places if of(MASKS[mask], *each)]
    terms = [0.5 * of(WEIGHTS[weights], *each) * squares[each].mean() for each in places]
    counts = [of(WEIGHTS[weights], *each) for each in places]
    divisor = {"mean": len(places), "sum": 1, "weighted_mean": sum(counts)}
    divisor["mean_over_counted"] = sum(count != 0 for count in counts)
    wanted = terms if reduction == "none" else [sum(terms) / divisor[reduction]]
    if library == "scikit-learn" and reduction == "none":
        assert found.code == ""
        return
    value = found.value if isinstance(found.value, list) else [found.value]
    assert value == pytest.approx(wanted)
    pytest.importorskip(MODULES[library])
    assert np.ravel(run(found.code)) == pytest.approx(wanted)

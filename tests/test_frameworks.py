"""What the libraries are said to compute, held against what they do where they are installed."""

from __future__ import annotations

import json
import math
import os
import warnings
from typing import Any

import pytest
from rich.cells import cell_len

import lossclass
from lossclass.blocks import Call
from lossclass.problem.bundled import bundled_problems

LIBRARIES = ["PyTorch", "Keras", "optax", "scikit-learn"]
MODULES = {"PyTorch": "torch", "Keras": "keras", "optax": "optax", "scikit-learn": "sklearn"}
# Keras asks once where it runs, and JAX calculates in single precision unless it is told not to.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "true")
THREE = {"y_true": [0, 2], "y_pred": [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]]}
SPEECH = {"y_true": [0, 1, 2], "scores": [[2.1, 0.4, -0.3], [0.2, 1.5, 1.1], [-0.5, 0.9, 0.6]]}
BATCH = [THREE, {"y_true": [1], "y_pred": [[0.2, 0.5, 0.3]]}]

#: Beside the bundled problems: every key that changes a call.
PROBLEMS: dict[str, dict[str, Any]] = {
    "mse, sum": {"loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "reduction": "sum"},
    "mse, weighted": {
        "loss": "mse", "y_true": [1, 2], "y_pred": [3, 5], "weights": [1, 3],
        "reduction": "weighted_mean",
    },
    "mse, weighted but divided by n": {
        "loss": "mse", "y_true": [[1, 2]], "y_pred": [[3, 5]], "weights": [1, 3], "factor": 0.5,
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
    "cce, both weights": {
        "loss": "cce", **THREE, "class_weights": [1, 2, 3], "weights": [2, 5],
        "reduction": "weighted_mean",
    },
    "cce, soft, class weights": {
        "loss": "cce", "y_true": [[0.5, 0.3, 0.2]], "logits": [[1, 2, 3]],
        "class_weights": [1, 2, 3], "reduction": "weighted_mean", "label_smoothing": 0.1,
    },
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


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_has_the_four_libraries_and_each_says_something(name: str) -> None:
    solution = solved(name)
    assert [each.library for each in solution.frameworks] == LIBRARIES
    for each in solution.frameworks:
        assert each.rule
        assert each.code or each.value is None
        compile(each.code, each.library, "exec")
        assert all(len(line) <= 76 for line in each.code.splitlines()), each.code
    assert all(cell_len(line) <= 80 for line in str(solution).splitlines())


@pytest.mark.parametrize("library", MODULES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_code_gives_the_number(name: str, library: str) -> None:
    pytest.importorskip(MODULES[library])
    found = next(each for each in solved(name).frameworks if each.library == library)
    if not found.code:
        assert found.value is None
        return
    if found.value is None:
        assert any(map(math.isnan, run(found.code)))
        return
    value = found.value if isinstance(found.value, list) else [found.value]
    assert run(found.code) == pytest.approx(value, rel=1e-6, abs=1e-12)


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

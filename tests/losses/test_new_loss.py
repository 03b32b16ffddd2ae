"""A new loss is one ``.py`` and one ``.md`` (and a problem and a test): nothing else knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lossclass
from lossclass import losses
from lossclass.cli import app
from lossclass.commands import Commands
from lossclass.losses._template import template
from lossclass.problem.schema import problem_schema
from lossclass.solving import diagnosis_of
from lossclass.variants.space import space_of

LOSS = '''
"""Mean absolute error: (1/n) Σ |yᵢ − ŷᵢ|, for a test."""

from decimal import Decimal
from typing import Annotated

from lossclass.arithmetic.expression import Absolute, Negative, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.mean_absolute_error_options import SIGNS
from lossclass.losses.shapes.closed_forms import ClosedForm, by_index
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem.fields import Numbers
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.moves import Kind, Moves

TITLE = "Mean absolute error"
FORMULA = "L = (1/n) Σᵢ |yᵢ − ŷᵢ|"
ALIASES = ("mae",)
TEMPLATE = """
y_true: [1, 2]
y_pred: [1.5, 1]
"""


class Inputs(ProblemKeys):
    y_true: Numbers
    y_pred: Annotated[Numbers, Moves(Kind.NUMBER)]

    @classmethod
    def observations(cls, given):
        return len(given["y_true"]) if "y_true" in given else None


def value(inputs):
    import numpy as np

    errors = np.array(inputs.y_true, float) - np.array(inputs.y_pred, float)
    return reduce_values(np.abs(errors), inputs, "mean")


def solve(inputs, working):
    working.section("The absolute errors")
    terms = []
    for n, (y, guess) in enumerate(zip(inputs.y_true, inputs.y_pred, strict=True), start=1):
        true = working.given(f"y_true.{n}", Symbol("y", (n,)), y)
        predicted = working.given(f"y_pred.{n}", Symbol("y", (n,), hat=True), guess)
        error = Absolute(Sum(true, Negative(predicted)))
        terms.append(working.step(f"absolute_error.{n}", Symbol("ℓ", (n,)), error))
    answers = reduce_steps(working, terms, inputs, "mean")
    if working.wanted[SIGNS]:
        working.section("The signs")
        working.say("They were asked for.")
    return answers


def gradient(inputs):
    import numpy as np

    signs = np.sign(np.array(inputs.y_pred, float) - np.array(inputs.y_true, float))
    return ClosedForm("∂L/∂ŷ = ±1/n.", {"y_pred": by_index(signs / len(signs))})


def slips(inputs, calculation):
    return iter(())


def frameworks(inputs):
    return []
'''

OPTIONS = """
from lossclass.choices import Extra

SIGNS = Extra(
    "signs", "MAE: also the signs.", default=False, example=True, commands=("solve", "key")
)
EXTRAS = (SIGNS, Extra("most_signs", "MAE: so many.", default=5, example=5, least=2))
"""


@pytest.fixture
def new_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "mean_absolute_error.py").write_text(LOSS, encoding="utf-8")
    options = tmp_path / "mean_absolute_error_options.py"
    options.write_text(OPTIONS, encoding="utf-8")
    monkeypatch.setattr(losses, "__path__", [*losses.__path__, str(tmp_path)])
    losses._modules.cache_clear()
    losses._aliases.cache_clear()
    yield "mean_absolute_error"
    monkeypatch.undo()
    losses._modules.cache_clear()
    losses._aliases.cache_clear()


def test_a_module_dropped_into_the_room_is_a_loss(new_loss: str) -> None:
    assert new_loss in losses.canonical_names()
    assert losses.canonical_name("mae") == new_loss
    solution = lossclass.solve({"loss": "mae", "y_true": [1, 2], "y_pred": [1.5, 1]})
    assert solution.answer.value == (abs(1 - 1.5) + abs(2 - 1)) / 2
    assert solution.cross_check.agrees
    assert "|1 − 1.5|" in str(solution)


def test_its_gradient_and_its_marking_come_by_themselves(new_loss: str) -> None:
    keys = {"loss": new_loss, "y_true": [1, 2], "y_pred": [1.5, 1]}
    solution = lossclass.solve(keys, gradient=True)
    assert solution.gradient == {"y_pred": [0.5, -0.5]}
    assert "gradient-disagrees" not in [remark.code for remark in solution.remarks]
    (slip, *_) = diagnosis_of(lossclass.load(keys), solution).explain("loss", Decimal("1.5"))
    assert slip.code == "sum-for-mean"


def test_it_has_a_template_and_a_schema_without_more_ado(new_loss: str) -> None:
    assert lossclass.solve(StringIO(template(new_loss))).answer.value == 0.75
    assert new_loss in problem_schema(losses)["$defs"]


def test_python_offers_what_it_declares(new_loss: str) -> None:
    keys = {"loss": new_loss, "y_true": [1, 2], "y_pred": [1.5, 1]}
    assert "They were asked for." not in str(lossclass.solve(keys))
    assert "They were asked for." in str(lossclass.solve(keys, signs=True, most_signs=3))


def test_the_command_line_offers_what_it_declares(new_loss: str) -> None:
    def run(*arguments: str) -> Any:
        text = f"loss: {new_loss}\ny_true: [1, 2]\ny_pred: [1.5, 1]\n"
        return CliRunner().invoke(app, [*arguments], input=text)

    assert "They were asked for." in run("solve", "-", "--signs").stdout
    assert "They were asked for." not in run("solve", "-", "--most-signs", "2").stdout
    assert run("solve", "-", "--most-signs", "1").exit_code == 2
    offered = {name: Commands().commands[name].params for name in ("solve", "key", "check")}
    helps = {
        name: [each.help for each in params if hasattr(each, "help")]
        for name, params in offered.items()
    }
    assert {"MAE: also the signs.", "MAE: so many."} <= {*helps["solve"]}
    assert "MAE: also the signs." in helps["key"]
    assert "MAE: also the signs." not in helps["check"]


@pytest.mark.usefixtures("new_loss")
def test_another_loss_refuses_what_it_declares_but_not_its_settings() -> None:
    hinge = {"loss": "hinge", "y_true": [1], "y_pred": [0.5]}
    with pytest.raises(lossclass.LossclassError, match="signs: there is none for Hinge loss"):
        lossclass.solve(hinge, signs=True)
    assert lossclass.solve(hinge, signs=False, most_signs=3).answer.value == 0.5


def test_its_predictions_are_others_in_variants(new_loss: str) -> None:
    problem = lossclass.load({"loss": new_loss, "y_true": [3, 5], "y_pred": [1.5, 2.5]})
    assert space_of(problem).moving == {("y_pred", 0), ("y_pred", 1)}


def test_its_mistakes_are_told_like_any_others(new_loss: str) -> None:
    with pytest.raises(
        lossclass.InvalidProblem, match="there is no such key; did you mean 'y_pred'"
    ):
        lossclass.load({"loss": new_loss, "y_true": [1], "y_pred": [1], "y_prd": 3})

"""A new loss is a ``.py``, a ``.template.yaml`` and a ``.md`` (and a problem and a test): nothing else
knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lossclass
from lossclass import commands, losses
from lossclass.cli import app
from lossclass.commands import Commands
from lossclass.losses._template import template
from lossclass.losses.shapes.errors import Errors
from lossclass.problem.schema import problem_schema
from lossclass.solving import diagnosis_of
from lossclass.variants.space import spaces_of

LOSS = '''
"""Fourth power of the error: (1/n) Σ (yᵢ − ŷᵢ)⁴, for a test."""

from lossclass.arithmetic.expression import Constant, Power
from lossclass.losses.fourth_power_options import SIGNS
from lossclass.losses.shapes.errors import Errors


class FourthPower(Errors):
    TITLE = "Mean fourth power of the error"
    FORMULA = "L = (1/n) Σᵢ (yᵢ − ŷᵢ)⁴"
    ALIASES = ("m4e",)
    HEADING = "The fourth powers"

    def of_error(self, error, inputs, working):
        if working.wanted[SIGNS]:
            working.say("Signs were asked for.")
        power = Power(error, Constant(4))
        return self.step(working, "fourth_power", "ℓ", error.symbol.index, power)

    def pair_formula(self, inputs, y, predicted):
        return f"({y} − {predicted})⁴"

    def losses_of(self, errors, inputs):
        return errors**4

    def slopes_of(self, errors, inputs):
        return -4 * errors**3

    def said(self, inputs, reduced):
        return f"∂L/∂ŷ = {reduced.scaled('4', '(ŷ − y)³')}: four times the third power."


LOSS = FourthPower()
'''

TEMPLATE = "y_true: [1, 2]\ny_pred: [1.5, 1]\n"

OPTIONS = """
from lossclass.choices import Extra

SIGNS = Extra(
    "signs", "M4E: also the signs.", default=False, example=True, commands=("solve", "key")
)
EXTRAS = (SIGNS, Extra("most_signs", "M4E: so many.", default=5, example=5, least=2))
"""


@pytest.fixture
def new_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "fourth_power.py").write_text(LOSS, encoding="utf-8")
    (tmp_path / "fourth_power.template.yaml").write_text(TEMPLATE, encoding="utf-8")
    options = tmp_path / "fourth_power_options.py"
    options.write_text(OPTIONS, encoding="utf-8")
    monkeypatch.setattr(losses, "__path__", [*losses.__path__, str(tmp_path)])
    for kept in (losses._modules, losses._aliases, commands._made):
        kept.cache_clear()
    yield "fourth_power"
    monkeypatch.undo()
    for kept in (losses._modules, losses._aliases, commands._made):
        kept.cache_clear()


def test_a_loss_of_pairs_takes_forty_lines() -> None:
    assert len(LOSS.strip().splitlines()) <= 40


def test_a_module_dropped_into_the_room_is_a_loss(new_loss: str) -> None:
    assert new_loss in losses.canonical_names()
    assert losses.canonical_name("m4e") == new_loss
    solution = lossclass.solve({"loss": "m4e", "y_true": [1, 2], "y_pred": [1.5, 1]})
    assert solution.answer.value == ((1 - 1.5) ** 4 + (2 - 1) ** 4) / 2
    assert solution.cross_check.agrees
    assert "1 − 1.5" in str(solution)


def test_its_shape_brings_axes_weights_and_masks(new_loss: str) -> None:
    keys = {"loss": new_loss, "y_true": [[1, 2], [3, 4]], "y_pred": [[1.5, 1]] * 2}
    more = {"weights": [1, 3], "mask": [[1, 0], [1, 1]], "reduction": "weighted_mean"}
    solution = lossclass.solve({**keys, **more}, gradient=True)
    powers = [(1 - 1.5) ** 4, 3 * (3 - 1.5) ** 4, 3 * (4 - 1) ** 4]
    assert solution.answer.value == sum(powers) / (1 + 3 + 3)
    assert solution.gradient == {
        "y_pred": [
            [-4 * (1 - 1.5) ** 3 / 7, 0.0],
            [-12 * (3 - 1.5) ** 3 / 7, -12 * (4 - 1) ** 3 / 7],
        ]
    }


def test_its_gradient_and_its_marking_come_by_themselves(new_loss: str) -> None:
    keys = {"loss": new_loss, "y_true": [1, 2], "y_pred": [1.5, 1]}
    solution = lossclass.solve(keys, gradient=True)
    assert solution.gradient == {"y_pred": [2 * 0.5**3, -2.0]}
    assert "gradient-disagrees" not in [remark.code for remark in solution.remarks]
    total = Decimal("0.0625") + 1
    (slip, *_) = diagnosis_of(lossclass.load(keys), solution).explain("loss", total)
    assert slip.code == "sum-for-mean"


def test_it_has_a_template_and_a_schema_without_more_ado(new_loss: str) -> None:
    assert lossclass.solve(StringIO(template(new_loss))).answer.value == (0.5**4 + 1) / 2
    assert new_loss in problem_schema(losses)["$defs"]


def test_python_offers_what_it_declares(new_loss: str) -> None:
    keys = {"loss": new_loss, "y_true": [1, 2], "y_pred": [1.5, 1]}
    assert "Signs were asked for." not in str(lossclass.solve(keys))
    assert "Signs were asked for." in str(lossclass.solve(keys, signs=True, most_signs=3))


def test_the_command_line_offers_what_it_declares(new_loss: str) -> None:
    def run(*arguments: str) -> Any:
        text = f"loss: {new_loss}\ny_true: [1, 2]\ny_pred: [1.5, 1]\n"
        return CliRunner().invoke(app, [*arguments], input=text)

    assert "Signs were asked for." in run("solve", "-", "--signs").stdout
    assert "Signs were asked for." not in run("solve", "-", "--most-signs", "2").stdout
    assert run("solve", "-", "--most-signs", "1").exit_code == 2
    offered = {name: Commands().commands[name].params for name in ("solve", "key", "check")}
    helps = {
        name: [each.help for each in params if hasattr(each, "help")]
        for name, params in offered.items()
    }
    assert {"M4E: also the signs.", "M4E: so many."} <= {*helps["solve"]}
    assert "M4E: also the signs." in helps["key"]
    assert "M4E: also the signs." not in helps["check"]


@pytest.mark.usefixtures("new_loss")
def test_another_loss_refuses_what_it_declares_but_not_its_settings() -> None:
    hinge = {"loss": "hinge", "y_true": [1], "y_pred": [0.5]}
    with pytest.raises(lossclass.LossclassError, match="signs: there is none for Hinge loss"):
        lossclass.solve(hinge, signs=True)
    with pytest.raises(lossclass.LossclassError, match=r"; it is for ctc, hmm and rnnt$"):
        lossclass.solve(hinge, backward=True)
    assert lossclass.solve(hinge, signs=False, most_signs=3).answer.value == 0.5


def test_its_predictions_are_others_in_variants(new_loss: str) -> None:
    problem = lossclass.load({"loss": new_loss, "y_true": [3, 5], "y_pred": [1.5, 2.5]})
    assert spaces_of(problem)[0].moving == {("y_pred", 0), ("y_pred", 1)}


def test_its_mistakes_are_told_like_any_others(new_loss: str) -> None:
    with pytest.raises(
        lossclass.InvalidProblem, match="there is no such key; did you mean 'y_pred'"
    ):
        lossclass.load({"loss": new_loss, "y_true": [1], "y_pred": [1], "y_prd": 3})


def test_a_text_that_is_missing_is_told_by_its_name() -> None:
    body = {"__module__": "lossclass.losses.new", "TITLE": "New", "FORMULA": "L"}
    with pytest.raises(TypeError, match="New has no HEADING"):
        type("New", (Errors,), body)

"""Every step stands under a title that names it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest

import lossclass
from lossclass.blocks import Step
from lossclass.errors import UsageError
from problems import NAMES, case


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.some(12)
def test_every_step_has_a_title(name: str) -> None:
    solutions = [case(name)]
    with suppress(UsageError):
        solutions.append(case(name, gradient=True))
    for solution in solutions:
        assert [step.id for step in solution.steps if not step.title.strip()] == []


@pytest.mark.some(6)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "ridge_formula"])
def test_no_two_steps_under_a_heading_have_the_same_title(name: str) -> None:
    for section in case(name).sections:
        titles = Counter(block.title for block in section.blocks if isinstance(block, Step))
        assert [title for title, count in titles.items() if count > 1] == [], section.title


def test_a_title_names_the_step_and_its_observation() -> None:
    titles = {step.id: step.title for step in case("hinge_sequence").steps}
    assert titles["margin.2"] == "The margin of time step 2"
    assert titles["hinge.2"] == "The hinge of time step 2"
    padded = {step.id: step.title for step in case("labelling_batch_padded").steps}
    assert padded["term.1.2"] == "The cross-entropy of time step 2 of example 1"
    rows = {"y_true": [[1, -1]], "y_pred": [[0.5, 0.5]]}
    for loss, id, what in [
        ("hinge", "hinge.1.2", "hinge"),
        ("mse", "squared_error.1.2", "squared error"),
        ("mae", "absolute_error.1.2", "absolute error"),
        ("huber", "huber.1.2", "Huber loss"),
    ]:
        more = {"delta": 1} if loss == "huber" else {}
        solution = lossclass.solve({"loss": loss, **rows, **more})
        assert solution.step(id).title == f"The {what} of observation 1, 2"

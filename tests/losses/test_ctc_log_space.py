"""CTC in logarithms: every cell against the logarithm of α, and the loss against the other roads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Paragraph
from lossclass.errors import UsageError
from lossclass.losses.ctc import ctc_loss
from lossclass.solution import Solution
from problems import codes

FIXTURE: dict[str, Any] = {
    "loss": "ctc",
    "target": "ab",
    "blank": "_",
    "labels": ["_", "a", "b"],
    "probabilities": [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]],
}
LISTED: dict[str, Any] = {
    "loss": "ctc",
    "target": "ab",
    "blank": "_",
    "probabilities": {"a": 0.5, "b": 0.25, "_": 0.25},
    "alignments": ["ab", "a_b", "ba"],
}


def in_logarithms(**keys: Any) -> Solution:
    return lossclass.solve({**FIXTURE, **keys}, log_space=True)


def checks(solution: Solution) -> list[str]:
    blocks = [block for section in solution.sections for block in section.blocks]
    said = [block.text for block in blocks if isinstance(block, Paragraph)]
    return [text for text in said if "is the same by probabilities" in text]


def test_without_being_asked_for_there_are_none() -> None:
    steps = lossclass.solve(FIXTURE).steps
    assert not [step.id for step in steps if step.id.startswith("log_")]


def test_a_cell_is_the_log_sum_exp_of_those_before_it_plus_its_own_logarithm() -> None:
    solution = in_logarithms()
    one, other = (solution.step(f"log_alpha.1.{s}").value for s in (2, 1))
    assert [one, other] == pytest.approx([math.log(0.3), math.log(0.4)], rel=1e-14)
    assert solution.step("log_alpha_max.2.2").value == max(one, other)
    expected = np.logaddexp(one, other) + math.log(0.2)
    assert solution.step("log_alpha.2.2").value == pytest.approx(expected, rel=1e-14)
    assert solution.step("log_loss").value == pytest.approx(-math.log(0.132), rel=1e-14)


@st.composite
def rows(draw: st.DrawFn) -> list[list[float]]:
    numbers = st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any)
    weights = draw(st.lists(numbers, min_size=1, max_size=5))
    return [[w / sum(row) for w in row] for row in weights]


@given(rows(), st.text("ab", max_size=3))
def test_every_cell_is_the_logarithm_of_alpha(
    probabilities: list[list[float]], target: str
) -> None:
    solution = in_logarithms(probabilities=probabilities, target=[*target])
    (table,) = [table for table in solution.tables if table.id == "log_alpha"]
    for t, (_, *cells) in enumerate(table.rows, start=1):
        for s, cell in enumerate(cells, start=1):
            alpha = solution.values[f"alpha.{t}.{s}"]
            assert isinstance(cell, Quantity)
            found, expected = solution.values[cell.id], alpha.ln()  # to the 28 digits of a decimal
            assert found == expected or abs(found - expected) < 1e-24
    with np.errstate(divide="ignore"):
        log_probs = np.log(probabilities)[:, None]
    (by_core,) = ctc_loss(log_probs, [["_ab".index(label) for label in target]])
    assert solution.step("log_loss").value == pytest.approx(by_core, rel=1e-12, abs=1e-12)
    assert len(checks(solution)) == 1
    assert "proof-fails" not in codes(solution)


def test_numbers_far_too_small_for_a_double_keep_all_their_digits() -> None:
    logarithms = [[-900, -700, -800], [-1000, -600, -5000], [-20, -3000, -2500]]
    solution = in_logarithms(probabilities=None, log_probs=logarithms)
    (expected,) = ctc_loss(np.array(logarithms, float)[:, None], [[1, 2]])
    assert solution.step("log_loss").value == pytest.approx(expected, rel=1e-14)
    assert solution.step("log_alpha.1.2").quantity.definition.operands == ()  # q, as it is given
    assert len(checks(solution)) == 1


def test_over_alignments_that_are_listed_logarithms_are_added() -> None:
    solution = lossclass.solve(LISTED, log_space=True)
    logs = [math.log(each) for each in (0.5 * 0.25, 0.5 * 0.25 * 0.25, 0.25 * 0.5)]
    for number, expected in enumerate(logs, start=1):
        assert solution.step(f"log_alignment.{number}").value == pytest.approx(expected, rel=1e-14)
    assert solution.step("log_probability").value == pytest.approx(
        np.logaddexp.reduce(logs), rel=1e-14
    )
    assert len(checks(solution)) == 1
    valid = lossclass.solve({**LISTED, "alignments_counted": "valid"}, log_space=True)
    ids = [step.id for step in valid.steps if step.id.startswith("log_alignment")]
    assert ids == ["log_alignment.1", "log_alignment.2"]
    assert valid.step("log_loss").value == pytest.approx(valid.answer.value, rel=1e-14)


@pytest.mark.parametrize("problem", [FIXTURE, LISTED])
def test_the_base_is_divided_by_and_the_weight_left_to_the_answer(problem: dict[str, Any]) -> None:
    solution = lossclass.solve({**problem, "log_base": "2", "weights": [3]}, log_space=True)
    step = solution.step("log_loss")
    assert step.title == "The loss: −log₂ p(l|x), before the weight"
    assert step.value == pytest.approx(solution.answer.value / 3, rel=1e-14)
    assert len(checks(solution)) == 1


def test_what_cannot_be_spelt_has_minus_infinity() -> None:
    solution = in_logarithms(target="aab")
    assert solution.step("log_probability").value == -math.inf
    assert solution.step("log_loss").value == math.inf
    assert len(checks(solution)) == 1
    never = lossclass.solve(
        {**LISTED, "probabilities": {"a": 0, "b": 0.5, "_": 0.5}}, log_space=True
    )
    assert never.step("log_loss").value == math.inf


def test_another_number_of_numpy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossclass.losses.ctc import log_space

    monkeypatch.setattr(log_space, "natural_loss", lambda _: 2.0249)
    solution = in_logarithms()
    assert "proof-fails" in codes(solution)
    assert not checks(solution)


def test_what_is_too_large_and_what_is_no_ctc_is_refused() -> None:
    large = {**FIXTURE, "probabilities": [[0.4, 0.3, 0.3]] * 700}
    with pytest.raises(UsageError, match="--log-space: this problem has 700 × 5"):
        lossclass.solve(large, log_space=True)
    hinge = {"loss": "hinge", "y_true": [1], "y_pred": [0.5]}
    with pytest.raises(UsageError, match="log_space: there is none"):
        lossclass.solve(hinge, log_space=True)

"""Other ways to work the same that textbooks show: right, with a remark, where the answer shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import pytest

import lossclass
from lossclass.arithmetic.calculation import is_same
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked, Checker
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of

ROWS = [[2, 1, 0], [1, 3, 2]]
TRUE = [0, 2]
LOGITS = {"loss": "cce", "logits": ROWS, "y_true": [[1, 0, 0], [0, 0, 1]]}
OUTCOMES, CHANCES = (1, 0, 1), (0.7, 0.4, 0.2)
BINARY = {"loss": "bce", "y_true": [*OUTCOMES], "y_pred": [*CHANCES]}
HMM = "weather_hmm"
START, MOVES = (0.55, 0.45), ((0.65, 0.35), (0.3, 0.7))
PUTS = ((0.15, 0.5, 0.35), (0.6, 0.1, 0.3))  # for walk, clean, shop


def checked(problem: Any, answers: Mapping[str, float], digits: int = 4) -> Checked:
    if isinstance(problem, str):
        problem = bundled_problems()[problem]
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded)
    sheet = {id: read_cell(f"{each:.{digits}g}") for id, each in answers.items()}
    return Checker(solution, diagnosis_of(loaded, solution)).check(Sheet("", sheet))


def said(result: Checked) -> set[str | None]:
    return {mark.explanation.code for mark in result.marks}


def softmax(*, digits: int | None = None) -> dict[str, float]:
    """Exponentials of the logits themselves, and the cross-entropy, each rounded before it is used."""

    def kept(number: float) -> float:
        return number if digits is None else float(f"{number:.{digits}g}")

    found, terms = dict[str, float](), list[float]()
    for n, (row, true) in enumerate(zip(ROWS, TRUE, strict=True), start=1):
        powers = [kept(math.exp(z)) for z in row]
        total = kept(sum(powers))
        shares = [kept(each / total) for each in powers]
        terms.append(kept(-math.log(shares[true])))
        found |= {f"exp.{n}.{c}": each for c, each in enumerate(powers, start=1)}
        found |= {f"y_pred.{n}.{c}": each for c, each in enumerate(shares, start=1)}
        found |= {f"exp_sum.{n}": total, f"term.{n}": terms[-1]}
    return {**found, "loss": kept(sum(terms))}


@pytest.mark.parametrize("digits", [None, 3])
def test_a_softmax_without_the_largest_subtracted_is_right(digits: int | None) -> None:
    result = checked(LOGITS, softmax(digits=digits), digits or 4)
    assert [mark.id for mark in result.marks if mark.verdict != "right"] == []
    assert "without-maximum" in said(result)


def test_a_slip_in_it_is_still_one() -> None:
    answers = softmax()
    answers["exp_sum.1"] = answers["exp.1.1"] + answers["exp.1.2"]
    wrong = [mark for mark in checked(LOGITS, answers).marks if mark.verdict == "wrong"]
    assert wrong[0].id == "exp_sum.1"
    assert wrong[0].slips[0].code == "term-left-out"


def test_the_largest_subtracted_where_the_page_does_not() -> None:
    formula = "-sum(y * ln(exp(z) / sum(exp(z))))"
    logits = [1.5, 0.5, 2]
    problem = {"loss": "custom", "formula": formula, "given": {"y": [0, 1, 0], "z": logits}}
    powers = [math.exp(z - max(logits)) for z in logits]
    answers = {f"term.1.{n}": each for n, each in enumerate(powers, start=1)}
    logarithm = math.log(powers[1] / sum(powers))
    shown = {**answers, "sum.1": sum(powers), "term.2.2": logarithm, "loss": -logarithm}
    result = checked(problem, shown)
    assert result.is_right
    assert "maximum-subtracted" in said(result)
    assert not checked(problem, answers).is_right


def terms(y: float, p: float) -> float:
    return -(y * math.log(p) + (1 - y) * math.log(1 - p))


LOSSES = [terms(y, p) for y, p in zip(OUTCOMES, CHANCES, strict=True)]
MEAN = sum(LOSSES) / 3


@pytest.mark.parametrize(
    ("factor", "total", "code"),
    [
        (1 / 3, MEAN, "factor-in-each-term"),
        (-1, -3 * MEAN, "minus-later"),
        (-1, 3 * MEAN, "minus-later"),
        (1 / math.log(2), 3 * MEAN / math.log(2), "base-later"),
        (1 / math.log(10), 3 * MEAN / math.log(10), "base-later"),
        (1 / math.log(10), 3 * MEAN, "base-later"),
    ],
)
def test_what_belongs_to_every_term_may_be_taken_at_once_or_later(
    factor: float, total: float, code: str
) -> None:
    answers = {f"term.{n}": each * factor for n, each in enumerate(LOSSES, start=1)}
    result = checked(BINARY, {**answers, "sum": total, "loss": MEAN})
    assert result.is_right
    assert code in said(result)
    alone = checked(BINARY, answers)  # no answer shows that it comes later
    assert {mark.verdict for mark in alone.marks if mark.answer is not None} == {"wrong"}
    if total != 3 * MEAN:  # then the sum shows it
        wrong = checked(BINARY, {**answers, "sum": total, "loss": total * 1.3})
        assert "right" not in {mark.verdict for mark in wrong.marks[:3]}


def test_the_mean_in_the_place_of_the_sum_alone_is_none_of_these() -> None:
    answers = {f"term.{n}": each for n, each in enumerate(LOSSES, start=1)}
    result = checked(BINARY, {**answers, "sum": MEAN, "loss": MEAN})
    assert [mark.id for mark in result.marks if mark.verdict == "wrong"] == ["sum"]


def forward() -> list[list[float]]:
    """The forward variables of the weather, by plain sums over all paths."""
    found = []
    for last in range(3):
        row = [0.0, 0.0]
        for path in product((0, 1), repeat=last + 1):
            chance = START[path[0]]
            for one, other in pairwise(path):
                chance *= MOVES[one][other]
            for t, state in enumerate(path):
                chance *= PUTS[state][t]
            row[path[-1]] += chance
        found.append(row)
    return found


def test_forward_variables_in_logarithms_and_scaled() -> None:
    rows = forward()
    p = sum(rows[-1])
    cells = {
        f"alpha.{t}.{s}": each for t, row in enumerate(rows, 1) for s, each in enumerate(row, 1)
    }
    in_logs = {id: math.log(each) for id, each in cells.items()}
    for probability in (p, math.log(p)):
        result = checked(HMM, {**in_logs, "probability": probability, "loss": -math.log(p)})
        assert result.is_right
        assert said(result) <= {"other-scale", None}
    share = {f"alpha.{t}.{s}": each / sum(row) for t, row in enumerate(rows, 1) for s, each in enumerate(row, 1)}  # fmt: skip
    result = checked(HMM, {**share, "probability": p, "loss": -math.log(p)})
    assert result.is_right
    assert "scaled-forward-variables" in said(result)
    assert not checked(HMM, share).is_right


def test_a_crf_in_probabilities() -> None:
    loaded = lossclass.load(bundled_problems()["tagging_crf"])
    values = lossclass.solve(loaded).values
    answers = {
        id: math.exp(each) for id, each in values.items() if id.startswith(("alpha", "log_"))
    }
    result = checked("tagging_crf", {**answers, "loss": float(values["loss"])})
    assert result.is_right
    assert "other-scale" in said(result)


@pytest.mark.some(6)
@pytest.mark.parametrize("name", sorted(bundled_problems()))
def test_another_way_keeps_what_shows_it(name: str) -> None:
    loaded = lossclass.load(bundled_problems()[name])
    solution = lossclass.solve(loaded, gradient=True)
    ours = solution.calculation.values
    for convention, other in diagnosis_of(loaded, solution).by_conventions():
        if convention.shown_by is not None:
            assert convention.text.endswith(".")
            assert all(is_same(other.values[id], ours[id]) for id in convention.shown_by), (
                convention
            )
            assert any(not is_same(other.values[id], ours[id]) for id in convention.otherwise)

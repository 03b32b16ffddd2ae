"""Slips of the classroom in tables of paths, rates and divergences: each is named first for the number
alone, and where all that is worked before it stands beside it and is right."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

import lossclass
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of

WEATHER: dict[str, Any] = {
    "loss": "hmm",
    "initial": [0.55, 0.45],
    "transition": [[0.7, 0.3], [0.4, 0.6]],
    "emission": [[0.15, 0.35, 0.5], [0.6, 0.3, 0.1]],
    "observations": [0, 2, 1],
}
DIVERGENCE: dict[str, Any] = {
    "loss": "kl_divergence",
    "y_true": [[0.5, 0.25, 0.25]],
    "log_probs": [[-1.386, -0.693, -1.386]],
}
TRUE, LOGARITHMS = DIVERGENCE["y_true"][0], DIVERGENCE["log_probs"][0]


def marks(
    problem: dict[str, Any], id: str, number: float, *, beside: bool, **options: Any
) -> dict[str, Mark]:
    """The marks of a number with four digits, alone or beside all that the step is worked from."""
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, **options)
    answers = {id: Decimal(f"{number:.3e}")}
    if beside:
        before = solution.calculation.before(id)
        others = (step for step in solution.steps if step.id in before and step.id != id)
        answers |= {step.id: Decimal(f"{step.value:.5e}") for step in others}
    written = {id: Published.model_construct(value=each) for id, each in answers.items()}
    marker = Marker(solution, written, diagnosis_of(loaded, solution))
    return {mark.id: mark for mark in marker.marks()}


def assert_first(
    code: str, problem: dict[str, Any], id: str, number: float, **options: Any
) -> None:
    for beside in (False, True):
        found = marks(problem, id, number, beside=beside, **options)
        mark = found.pop(id)
        assert mark.slips, (beside, mark)
        assert mark.slips[0].code == code, (beside, mark.slips)
        assert {each.verdict for each in found.values()} <= {"right"}


def occupancies() -> list[list[float]]:
    """γ of the weather, over all paths."""
    pi, a, b, observed = (
        WEATHER[key] for key in ("initial", "transition", "emission", "observations")
    )
    found, total = [[0.0, 0.0] for _ in observed], 0.0
    for z in ((i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)):
        size = pi[z[0]] * a[z[0]][z[1]] * a[z[1]][z[2]]
        size *= math.prod(b[k][m] for k, m in zip(z, observed, strict=True))
        total += size
        for t, k in enumerate(z):
            found[t][k] += size
    return [[each / total for each in row] for row in found]


@pytest.mark.parametrize("state", [0, 1])
def test_what_is_put_out_divided_by_the_times_that_a_state_is_left(state: int) -> None:
    often = [row[state] for row in occupancies()]
    number = often[0] / (often[0] + often[1])
    id = f"updated.emission.{state + 1}.1"
    assert_first("divided-by-other-count", WEATHER, id, number, baum_welch=True)


def test_new_transitions_divided_by_all_the_times_in_a_state() -> None:
    solution = lossclass.solve(lossclass.load(WEATHER), baum_welch=True)
    often = [row[0] for row in occupancies()]
    right = float(solution.values["updated.transition.1.2"])
    number = right * (often[0] + often[1]) / sum(often)
    assert_first(
        "divided-by-other-count", WEATHER, "updated.transition.1.2", number, baum_welch=True
    )


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("logarithm-forgotten", sum(y * (y - q) for y, q in zip(TRUE, LOGARITHMS, strict=True))),
        (
            "logarithm-forgotten",
            sum(y * (y - math.exp(q)) for y, q in zip(TRUE, LOGARITHMS, strict=True)),
        ),
        (
            "probabilities-as-log-probs",
            sum(y * (math.log(y) - math.exp(q)) for y, q in zip(TRUE, LOGARITHMS, strict=True)),
        ),
    ],
)
def test_a_divergence_of_logarithms_without_a_logarithm(code: str, number: float) -> None:
    assert_first(code, DIVERGENCE, "term.1", number)


def test_a_slip_that_is_made_all_over_a_step_says_so() -> None:
    number = sum(y * (y - q) for y, q in zip(TRUE, LOGARITHMS, strict=True))
    (mark,) = marks(DIVERGENCE, "loss", number, beside=False).values()
    assert mark.slips[0].text == (
        "The logarithm of y₁,₁ is not taken. And so with the others like it."
    )


@pytest.mark.parametrize(
    ("code", "problem", "number"),
    [
        ("rate-for-distance", {"hypothesis": "abxdf"}, 0.4),
        ("distance-for-rate", {"hypothesis": "abxdf", "rate": True}, 2),
        ("percent-for-rate", {"hypothesis": "abxdf", "rate": True}, 40),
    ],
)
def test_a_rate_for_a_distance(code: str, problem: dict[str, Any], number: float) -> None:
    problem = {"loss": "edit_distance", "reference": [*"abcde"]} | problem
    problem["hypothesis"] = [*problem["hypothesis"]]
    assert_first(code, problem, "loss", number)

"""Known mistakes are found in the numbers that they lead to.

The wrong numbers come from :mod:`wrong_answers`, which works every loss out by its definition. How
often they are named in random problems, ``test_verdicts.py`` measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
import pytest
from wrong_answers import EXERCISES
from wrong_exercise import Exercise

import lossclass
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.marking.check import lint
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.problem.bundled import bundled_folder, bundled_problems
from lossclass.problem.keys import Published
from lossclass.slips import Slip
from lossclass.slips.making import MOST
from lossclass.solving import diagnosis_of
from problems import bundled, solved

PROBLEMS = bundled_folder()


@dataclass(frozen=True)
class Marked:
    """An exercise, solved."""

    exercise: Exercise

    @cached_property
    def problem(self) -> lossclass.Problem:
        return lossclass.load(self.exercise.problem)

    @cached_property
    def solution(self) -> lossclass.Solution:
        return lossclass.solve(self.problem)

    @cached_property
    def ours(self) -> Decimal:
        return self.solution.values["loss"]

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return diagnosis_of(self.problem, self.solution)

    @property
    def own(self) -> tuple[Slip, ...]:
        return self.diagnosis.own

    def mark(self, number: Decimal) -> Mark:
        answers = {"loss": Published.model_construct(value=number)}
        return Marker(self.solution, answers, self.diagnosis).mark("loss")

    def explained(self, number: Decimal) -> list[Named]:
        return list(self.mark(number).slips)

    def is_right(self, number: Decimal) -> bool:
        return self.mark(number).verdict == "right"


def exercise(kind: str, number: int) -> Exercise:
    return EXERCISES[kind](Random(f"{kind} {number}"))  # noqa: S311 - to be had again


def as_written(number: float) -> Decimal:
    """Four significant digits, with the zeros at the end; a plain 0 for 0."""
    return Decimal(f"{number:.3e}") if abs(number) > 1e-12 else Decimal(0)


def is_first(code: str, slips: list[Named]) -> bool:
    """Whether a code is named first, or second to one that leads to the same number."""
    if code not in [slip.code for slip in slips]:
        return False
    named = next(slip for slip in slips if slip.code == code)
    return math.isclose(slips[0].value, named.value, rel_tol=1e-9)


@pytest.mark.fuzz
@pytest.mark.grid(5, kind=EXERCISES)
def test_every_mistake_of_a_kind_is_named_by_its_code_where_it_can_be_told(
    kind: str, pytestconfig: pytest.Config
) -> None:
    """In the first exercise that can tell it from the right answer and from other mistakes."""
    named, missed = set[str](), dict[str, list[str]]()
    least = 12 if pytestconfig.getoption("--thorough") else 2
    for number in range(40):
        if number > least and not missed.keys() - named:
            break
        made = Marked(exercise(kind, number))
        for code, value in made.exercise.wrong:
            if code in named or made.is_right(as_written(value)):
                continue
            slips = made.explained(as_written(value))
            if is_first(code, slips):
                named.add(code)
            else:
                missed.setdefault(code, []).append(str((value, slips, made.exercise.problem)))
    assert len(named) >= 3, f"{kind} in tests/wrong_answers.py makes too few mistakes: {named}"
    assert not missed.keys() - named, {code: missed[code][:2] for code in missed.keys() - named}


# --- what cannot be told -----------------------------------------------------------------


def indistinguishable(problem: dict[str, Any]) -> set[str]:
    """The codes of the slips that lead to the right answer, or so near that nobody can tell."""
    made = Marked(Exercise(problem, 0.0))
    return {each.slip.code for each in lint(made.solution, made.diagnosis)}


@pytest.mark.parametrize(
    ("problem", "codes"),
    [
        (
            {"loss": "hinge", "y_true": [1], "y_pred": [0.3], "reduction": "mean"},
            {"max-forgotten"},
        ),
        (
            {
                "loss": "ctc",
                "target": "a",
                "blank": "-",
                "probabilities": {"a": 0.5, "-": 0.4},
                "alignments": ["aa"],
            },
            {"best-path-only", "sum-of-logs", "divided-by-target-length"},
        ),
        ({"loss": "nll", "y_true": ["0"], "y_pred": [[0.5, 0.5]]}, {"classes-swapped"}),
        (
            {"loss": "rl", "rewards": [0, 1], "policy": [0.5, 0.4], "discount": 1},
            {"discount-forgotten"},
        ),
        ({"loss": "bce", "y_true": [0], "y_pred": [0.5]}, {"one-minus-forgotten"}),
        ({"loss": "mse", "y_true": [1, 2], "y_pred": [2, 3]}, set()),
    ],
    ids=["hinge", "ctc", "classes", "policy", "binary", "squares"],
)
def test_what_a_problem_cannot_tell_leads_to_the_right_answer(
    problem: dict[str, Any], codes: set[str]
) -> None:
    assert codes <= indistinguishable(problem)


def test_what_it_can_tell_does_not() -> None:
    problem = {"loss": "hinge", "y_true": [1, -1], "y_pred": [0.3, 0.6], "reduction": "mean"}
    told = {"labels-zero-one", "sign-of-label-ignored", "sum-for-mean", "margin-forgotten"}
    assert not told & indistinguishable(problem)


# --- the bundled problems ----------------------------------------------------------------


@pytest.mark.grid(24, name=bundled_problems())
def test_every_slip_of_a_bundled_problem_is_said_and_worked_out(name: str) -> None:
    solution = solved(name)
    diagnosis = diagnosis_of(bundled(name), solution)
    for slip in diagnosis.own:
        assert slip.changed
        assert slip.changed.keys() <= solution.calculation.by_id.keys(), slip.code
        for id, value in diagnosis.world(slip).items():
            assert value != solution.values[id]
    for step in solution.steps:
        for each in diagnosis.all_of(step.id):
            assert each.text.endswith("."), each.text
            assert "\n" not in each.text
            assert "  " not in each.text


@pytest.mark.grid(12, name=bundled_problems())
def test_no_slip_is_named_for_a_step_that_is_right(name: str) -> None:
    solution = solved(name)
    diagnosis = diagnosis_of(bundled(name), solution)
    for digits in (3, 4, 6):
        answers = {
            step.id: Published.model_construct(value=round_significant(step.decimal, digits))
            for step in solution.steps
        }
        marker = Marker(solution, answers, diagnosis)
        assert {mark.verdict for mark in marker.marks()} == {"right"}
        assert not marker.causes


# --- one by one --------------------------------------------------------------------------

HELLO = PROBLEMS / "hello_ctc.yaml"


def named(problem: Any, number: float, **written: float) -> list[Named]:
    """The slips named for a loss, with what was written before it."""
    problem = lossclass.load(problem)
    solution = lossclass.solve(problem)
    sheet = {id.replace("_", "."): as_written(value) for id, value in written.items()}
    answers = {
        id: Published.model_construct(value=value)
        for id, value in {**sheet, "loss": as_written(number)}.items()
    }
    return list(Marker(solution, answers, diagnosis_of(problem, solution)).mark("loss").slips)


def test_the_logarithm_of_hello_to_base_10_is_told_in_a_sentence() -> None:
    total = 0.6 * 0.5 * 0.7**2 * 0.8 * (0.2**4 + 2 * 0.2**3)
    (slip, *_) = named(HELLO, -math.log10(total))
    assert (slip.code, slip.text) == ("log10-for-ln", "The logarithm is log₁₀; here it is ln.")


def test_a_step_before_is_named_by_its_symbol() -> None:
    problem = {"loss": "hinge", "y_true": [1, 1, 1], "y_pred": [0.85, 1.6, 0.3]}
    (slip, *_) = named(problem, 0.15 - 0.6 + 0.7)
    assert slip.code == "max-forgotten"
    assert slip.text.endswith("max(0, …) is left out: where 1 − m₂ is below 0, 0 counts.")


def test_a_mistake_is_looked_for_behind_what_is_written_and_from_there_on() -> None:
    problem = {
        "loss": "hinge",
        "y_true": [1, -1, 1],
        "y_pred": [0.8, -0.5, 0.3],
        "reduction": "mean",
    }
    assert named(problem, 3.0, sum=3.0)[0].code == "sum-for-mean"  # of a sum that is not ours
    codes = [slip.code for slip in named(problem, (0.2 + 1 + 0.7) / 3, hinge_2=0.5, sum=1.4)]
    assert "labels-zero-one" not in codes  # who made it has not written 0.5 there


def test_what_is_written_is_carried_on_through_steps_that_are_not() -> None:
    problem = {"loss": "hinge", "y_true": [1, 1], "y_pred": [0.8, 0.5], "reduction": "mean"}
    slips = named(problem, (1 - 0.6) + 0.5, margin_1=0.6)
    assert slips[0].code == "sum-for-mean"


def test_a_network_has_the_slips_of_its_outputs() -> None:
    rnn = {"inputs": [1, 2], "U": 0.5, "W": 0.1, "V": [1, 2]}
    problem = {"loss": "nll", "y_true": ["0", "1"], "rnn": rnn}
    first = math.tanh(0.5)
    second = math.tanh(1 + 0.1 * first)
    forgotten = -math.log(first) - math.log(2 * second)
    assert named(problem, forgotten)[0].code == "softmax-forgotten"


def test_log_probabilities_of_another_base_have_their_own_slip() -> None:
    problem = {"loss": "nll", "y_true": ["0"], "log_probs": [[-0.3, -1.2]], "log_base": "2"}
    assert named(problem, 0.3)[0].code == "ln-for-log2"


def test_two_digits_may_be_swapped_across_the_point_and_behind_a_zero() -> None:
    problem = {"loss": "mse", "y_true": [3], "y_pred": [1.5]}  # 2.25
    assert named(problem, 2.52)[0].code == "digits-swapped"
    assert named({**problem, "y_pred": [1.2], "factor": "0.25"}, 0.18) != []  # 0.81


def test_explaining_leaves_the_arithmetic_of_others_alone() -> None:
    with localcontext(WORKING):
        named(HELLO, 1.5)
        assert Decimal(1) / 3 == WORKING.divide(Decimal(1), Decimal(3))


def test_an_infinite_answer_is_explained_only_by_what_is_infinite() -> None:
    problem = {"loss": "nll", "y_true": ["0"], "y_pred": [[0.5, 0.0, 0.5]]}
    made = Marked(Exercise(problem, 0.0))
    slips = made.diagnosis.explain("loss", Decimal("Infinity"))
    assert [slip.code for slip in slips][:1] == ["classes-swapped"]
    assert all(slip.value.is_infinite() for slip in slips)


@pytest.mark.thorough
def test_the_number_of_a_loss_s_own_slips_has_a_bound() -> None:
    random = Random(7)  # noqa: S311 - to be had again
    rows = [[round(random.uniform(0.1, 0.9), 2) for _ in range(40)] for _ in range(40)]
    problem = {"loss": "nll", "y_true": [str(n) for n in range(40)], "y_pred": rows}
    assert len(Marked(Exercise(problem, 0.0)).own) < 3 * MOST


def explained(problem: Any, id: str, number: str) -> list[Named]:
    made = Marked(Exercise(problem, 0.0))
    return made.diagnosis.explain(id, Decimal(number))


def test_an_alignment_that_spells_something_else_is_named_where_only_the_others_count() -> None:
    everything = float(lossclass.solve(HELLO).values["probability"])
    for id, number in (
        ("valid.probability", everything),
        ("valid.loss", -math.log(everything)),
    ):
        first = explained(HELLO, id, f"{number:.6g}")[0]
        assert first.code == "invalid-alignment-counted"
        assert "H-E-LL-O is counted" in first.text


def test_the_best_path_alone_is_named_where_it_spells_something_else() -> None:
    rows = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
    problem = {"loss": "ctc", "target": "ab", "labels": ["_", "a", "b"], "blank": "_"}
    greedy = 0.4 * 0.5 * 0.5  # _ _ a
    for kind, given in (("probabilities", rows), ("logits", np.log(rows).tolist())):
        first = explained(problem | {kind: given}, "loss", f"{-math.log(greedy):.4f}")[0]
        assert first.code == "greedy-path-only"
        assert "it spells a, not ab" in first.text
    by_symbol = {"probabilities": {"_": 0.2, "a": 0.7, "b": 0.1}, "time_steps": 3}
    keys = {key: value for key, value in problem.items() if key != "labels"}
    slips = explained(keys | by_symbol, "loss", f"{-3 * math.log(0.7):.4f}")
    assert "greedy-path-only" in [slip.code for slip in slips]


@pytest.mark.parametrize(
    ("labels", "row"),
    [(["a", "_"], [0.6, 0.4]), (["b", "a", "_"], [0.4, 0.4, 0.2])],
    ids=["the only one", "as probable as another"],
)
def test_the_best_path_is_no_slip_of_its_own_where_it_is_the_best_alignment(
    labels: list[str], row: list[float]
) -> None:
    problem = {"loss": "ctc", "target": "a", "labels": labels, "blank": "_"}
    made = Marked(Exercise(problem | {"probabilities": [row, row]}, 0.0))
    assert "best-path-only" in [slip.code for slip in made.own]
    assert "greedy-path-only" not in [slip.code for slip in made.own]


def test_two_mistakes_that_lead_to_one_number_are_both_named() -> None:
    """In ab, the one alignment without a skip is the best one."""
    rows = [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]
    problem = {"loss": "ctc", "target": "ab", "labels": ["_", "a", "b"], "blank": "_"}
    alone = 0.3 * 0.5 * 0.3
    slips = explained(problem | {"probabilities": rows}, "loss", f"{-math.log(alone):.4f}")
    assert [slip.code for slip in slips][:2] == ["best-path-only", "skip-forgotten"]

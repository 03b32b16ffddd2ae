"""Known mistakes are found in the numbers that they lead to.

The wrong numbers come from :mod:`wrong_answers`, which works every loss out by its definition. For
more random problems than usual::

    pytest tests/test_slips.py --slips 2000
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from wrong_answers import EXERCISES, Exercise

import lossclass
from lossclass import losses
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.losses._slips import MOST, OwnSlip
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.tolerance import Reading, within

PROBLEMS = Path(__file__).parent.parent / "problems"
#: A share of the wrong answers of which the mistake is to be named first.
FIRST = 0.95

_GENERAL = "term-left-out term-counted-twice decimal-slip digits-swapped "
_BASES = "log10-for-ln log2-for-ln ln-for-log2 log10-for-log2 ln-for-log10 log2-for-log10 "
_REDUCED = _GENERAL + "sum-for-mean mean-for-sum mean-for-weighted-mean weights-forgotten "
_HINGE = _REDUCED + (
    "labels-zero-one sign-of-label-ignored max-forgotten margin-forgotten square-forgotten"
)
_CLASSES = _BASES + "minus-forgotten classes-swapped softmax-forgotten softmax-twice "
_CTC = "best-path-only blank-skipped sum-of-logs divided-by-target-length minus-forgotten "
#: Every code that can occur, by the kind of exercise.
CODES = {
    "hinge": _HINGE,
    "sequence_hinge binary": _HINGE,
    "sequence_hinge multi-class": _REDUCED
    + "only-the-largest not-only-the-largest margin-forgotten max-forgotten",
    "sequence_hinge structured": "cost-forgotten decimal-slip digits-swapped",
    "mean_squared_error": _REDUCED + "square-forgotten half-added half-forgotten",
    "categorical": _CLASSES + _REDUCED + "class-weights-forgotten smoothing-forgotten",
    "sequence_cross_entropy": _CLASSES + _GENERAL + "sum-for-mean mean-for-sum padding-counted",
    "sequence_cross_entropy examples": "other-average sum-for-mean log10-for-ln log2-for-ln "
    "minus-forgotten decimal-slip digits-swapped",
    "binary_cross_entropy": _BASES
    + _REDUCED
    + "minus-forgotten one-minus-forgotten classes-swapped sigmoid-forgotten sigmoid-twice",
    "ctc listed": _CTC
    + _BASES
    + _GENERAL
    + "mean-for-sum invalid-alignment-counted valid-alignments-only rounded-to-zero",
    "ctc full": _CTC
    + "log10-for-ln log2-for-ln skip-forgotten skip-between-equal-labels softmax-twice "
    "alignments-missing invalid-alignment-counted decimal-slip digits-swapped",
    "policy_gradient": _BASES
    + _GENERAL
    + "reward-to-go-forgotten reward-to-go-added discount-forgotten baseline-forgotten "
    "classes-swapped softmax-forgotten softmax-twice minus-forgotten minus-added mean-for-sum",
    "custom": "weights-forgotten labels-zero-one half-forgotten minus-forgotten sum-for-mean "
    "one-minus-forgotten discount-forgotten decimal-slip digits-swapped",
    "custom formula": "sum-for-mean term-left-out decimal-slip digits-swapped",
}


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
    def own(self) -> tuple[OwnSlip, ...]:
        return own_slips(self.problem, self.solution)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.solution.calculation, self.solution.values, self.own)

    @cached_property
    def written(self) -> dict[str, Decimal]:
        return {"loss": self.ours}

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.solution.calculation, self.written, carried_on=False)

    def tolerance(self, number: Decimal) -> Decimal:
        self.written["loss"] = number
        return self.reading.tolerance("loss")

    def explained(self, number: Decimal) -> list[Named]:
        return self.diagnosis.explain("loss", number, self.tolerance(number))

    def is_right(self, number: Decimal) -> bool:
        return within(self.ours, number, self.tolerance(number))


def own_slips(problem: lossclass.Problem, solution: lossclass.Solution) -> tuple[OwnSlip, ...]:
    loss = losses.load(problem.loss)
    return tuple(loss.slips(problem.inputs, solution.calculation, solution.values))


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


@pytest.mark.parametrize(
    ("kind", "code"),
    [(kind, code) for kind, codes in CODES.items() for code in codes.split()],
)
def test_a_mistake_is_named_by_its_code(kind: str, code: str) -> None:
    for number in range(200):
        made = Marked(exercise(kind, number))
        for name, value in made.exercise.wrong:
            if name != code:
                continue
            if not made.is_right(as_written(value)):
                slips = made.explained(as_written(value))
                assert is_first(code, slips), (value, slips, made.exercise)
                return
            assert made.explained(as_written(value)) == []
    pytest.fail("no exercise can tell it from the right answer")


def test_the_table_has_every_code_that_is_made_wrong_on_purpose() -> None:
    for kind, codes in CODES.items():
        if kind == "custom":  # all codes of its terms
            continue
        made = {code for n in range(60) for code, _ in exercise(kind, n).wrong}
        assert made <= set(codes.split()), kind


@pytest.mark.fuzz
def test_in_random_problems_mistakes_are_named_first(pytestconfig: pytest.Config) -> None:
    tried, first = Counter[str](), Counter[str]()
    missed: list[Any] = []
    for number in range(pytestconfig.getoption("--slips")):
        kind = list(EXERCISES)[number % len(EXERCISES)]
        made = Marked(EXERCISES[kind](Random(number)))  # noqa: S311 - to be had again
        assert float(made.ours) == pytest.approx(made.exercise.right, rel=1e-9, abs=1e-9)
        for digits in (2, 3, 4):
            assert made.explained(round_significant(made.ours, digits)) == []
        for code, value in made.exercise.wrong:
            answer = as_written(value)
            slips = made.explained(answer)
            if made.is_right(answer):
                assert slips == []
                continue
            tried[code] += 1
            if is_first(code, slips):
                first[code] += 1
            else:
                missed.append((code, value, [slip.code for slip in slips], made.exercise))
    shares = {code: f"{first[code]} of {count}" for code, count in sorted(tried.items())}
    for code, share in shares.items():
        print(f"{code:28} {share}")
    assert sum(first.values()) >= FIRST * sum(tried.values()), (shares, missed[:5])
    for code, count in tried.items():
        if count >= 50:
            assert first[code] >= FIRST * count, (code, shares[code])


# --- what cannot be told -----------------------------------------------------------------


def indistinguishable(problem: dict[str, Any]) -> set[str]:
    """The codes of the slips that lead to the right answer, or so near that nobody can tell."""
    made = Marked(Exercise(problem, 0.0))
    rounded = round_significant(made.ours, 3)
    return {
        slip.code
        for slip in made.diagnosis.all_of("loss")
        if within(slip.value, made.ours, made.tolerance(rounded))
    }


@pytest.mark.parametrize(
    ("problem", "codes"),
    [
        (
            {"loss": "hinge", "y_true": [1], "y_pred": [0.3], "reduction": "mean"},
            {"labels-zero-one", "sign-of-label-ignored", "sum-for-mean", "max-forgotten"},
        ),
        (
            {
                "loss": "ctc",
                "target": "a",
                "blank": "-",
                "probabilities": {"a": 0.5, "-": 0.4},
                "alignments": ["aa"],
            },
            {"best-path-only", "sum-of-logs", "divided-by-target-length", "blank-skipped"},
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


BUNDLED = [
    pytest.param(path, id=path.stem)
    for path in sorted(PROBLEMS.glob("*.yaml"))
    if not path.stem.endswith("quiz")
]


@pytest.mark.parametrize("path", BUNDLED)
def test_every_slip_of_a_bundled_problem_is_said_and_worked_out(path: Path) -> None:
    problem = lossclass.load(path)
    solution = lossclass.solve(problem)
    ids = {quantity.id for quantity in solution.calculation}
    own = own_slips(problem, solution)
    for slip in own:
        assert slip.values.keys() <= ids
        assert not any(value.is_nan() for value in slip.values.values())
        for id, value in slip.values.items():
            assert value != solution.values[id]
    diagnosis = Diagnosis(solution.calculation, solution.values, own)
    for step in solution.steps:
        for each in diagnosis.all_of(step.id):
            assert each.text.endswith("."), each.text
            assert "\n" not in each.text
            assert "  " not in each.text


@pytest.mark.parametrize("path", BUNDLED)
def test_no_slip_is_named_for_a_step_that_is_right(path: Path) -> None:
    problem = lossclass.load(path)
    solution = lossclass.solve(problem)
    diagnosis = Diagnosis(solution.calculation, solution.values, own_slips(problem, solution))
    for digits in (2, 3, 4):
        written = {s.id: round_significant(s.decimal, digits) for s in solution.steps}
        reading = Reading(solution.calculation, written, carried_on=False)
        for id, number in written.items():
            if within(solution.values[id], number, reading.tolerance(id)):
                assert diagnosis.explain(id, number, reading.tolerance(id), written) == []


# --- one by one --------------------------------------------------------------------------

HELLO = PROBLEMS / "hello_ctc.yaml"


def named(problem: Any, number: float, **written: float) -> list[Named]:
    """The slips named for a loss, with what was written before it."""
    problem = lossclass.load(problem)
    solution = lossclass.solve(problem)
    diagnosis = Diagnosis(solution.calculation, solution.values, own_slips(problem, solution))
    answer = as_written(number)
    before = {id.replace("_", "."): as_written(value) for id, value in written.items()}
    reading = Reading(solution.calculation, {**before, "loss": answer}, carried_on=False)
    return diagnosis.explain("loss", answer, reading.tolerance("loss"), before)


def test_the_logarithm_of_hello_to_base_10_is_told_in_a_sentence() -> None:
    total = 0.6 * 0.5 * 0.7**2 * 0.8 * (0.2**4 + 2 * 0.2**3)
    (slip, *_) = named(HELLO, -math.log10(total))
    assert (slip.code, slip.text) == ("log10-for-ln", "The logarithm is log10; here it is ln.")


def test_a_step_before_is_named_by_its_symbol() -> None:
    problem = {"loss": "hinge", "y_true": [1, 1, 1], "y_pred": [0.8, 1.7, 0.3]}
    (slip, *_) = named(problem, 0.2 - 0.7 + 0.7)
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
    slips = made.diagnosis.explain("loss", Decimal("Infinity"), Decimal(0))
    assert [slip.code for slip in slips][:1] == ["classes-swapped"]
    assert all(slip.value.is_infinite() for slip in slips)


def test_the_number_of_a_loss_s_own_slips_has_a_bound() -> None:
    random = Random(7)  # noqa: S311 - to be had again
    rows = [[round(random.uniform(0.1, 0.9), 2) for _ in range(40)] for _ in range(40)]
    problem = {"loss": "nll", "y_true": [str(n) for n in range(40)], "y_pred": rows}
    assert len(Marked(Exercise(problem, 0.0)).own) < 3 * MOST


def explained(problem: Any, id: str, number: str) -> list[Named]:
    made = Marked(Exercise(problem, 0.0))
    return made.diagnosis.explain(id, Decimal(number), Decimal(number) / 1000)


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

"""What marks say in the cases that are easily got wrong: zeros, coarse numbers, forgotten logarithms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

import pytest
from programs import run

import lossclass
from lossclass.hand_in.sheet import Sheet
from lossclass.hand_in.yaml_sheets import cell_of
from lossclass.marking.check import Checker, lint
from lossclass.marking.marks import Mark
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of
from problems import yaml_in


def marks(name: str, answers: Mapping[str, object]) -> dict[str, Mark]:
    problem = lossclass.load(bundled_problems()[name])
    solution = lossclass.solve(problem)
    given = {id: cell_of(each) for id, each in answers.items()}
    checked = Checker(solution, diagnosis_of(problem, solution)).check(Sheet("", given))
    return {mark.id: mark for mark in checked.marks}


def codes(name: str, id: str, answer: object) -> list[str]:
    return [slip.code for slip in marks(name, {id: answer})[id].slips]


# --- a wrong number says nothing of how far right ones were rounded ------------------------


def test_a_wrong_zero_does_not_make_later_wrong_numbers_right() -> None:
    """The table of α without its skip, in a sheet that is right otherwise."""
    alpha = (0.15 + 0.14) * 0.3
    answers = {
        "alpha.2.4": 0,
        "alpha.3.4": round(alpha, 3),
        "alpha.3.5": 0,
        "probability": round(alpha, 3),
        "loss": round(-math.log(alpha), 3),
    }
    found = {id: mark.verdict for id, mark in marks("ab_ctc", answers).items()}
    assert found == {
        "alpha.2.4": "wrong",
        "alpha.3.4": "follows_through",
        "alpha.3.5": "wrong",
        "probability": "follows_through",
        "loss": "follows_through",
    }


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("hinge_sequence", {"hinge.1": 0, "hinge.2": 0.5, "hinge.3": 0.7, "sum": 1.5}),
        ("ab_ctc", {"alpha.1.1": 1, "alpha.2.1": 0.3}),
        ("hello_ctc", {"alignment.1": 0, "alignment.2": 0.0009408, "probability": 0.3}),
        ("ab_ctc", {"alpha.2.2": 0.06, "alpha.2.3": 0.35, "alpha.2.4": 0, "alpha.3.4": 0.26}),
    ],
)
def test_what_follows_from_nothing_is_wrong(name: str, answers: dict[str, float]) -> None:
    *_, last = answers
    assert marks(name, answers)[last].verdict == "wrong"


def test_what_follows_from_a_wrong_zero_still_gets_its_credit() -> None:
    """0 + 2 × 0.0009408, carried on rightly."""
    answers = {"alignment.1": 0, "alignment.2": 0.0009408, "probability": 2 * 0.0009408}
    assert marks("hello_ctc", answers)["probability"].verdict == "follows_through"


def test_a_coarse_number_may_be_right_and_is_said_to_tell_little() -> None:
    """0.0009 is 0.0009408 rounded to four places; 0.0009 + 0.0009 + 0.00018816 is 0.0020."""
    answers = {"alignment.2": "0.0009", "alignment.3": "0.0009", "probability": "0.0020"}
    found = marks("hello_ctc", answers)
    assert {mark.verdict for mark in found.values()} == {"right"}
    assert all(mark.coarse for mark in found.values())


# --- slips --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("hello_ctc", 0.00018816 + 2 * 0.0009408),
        ("ab_ctc", 0.132),
        ("sentiment_example", 0.7),
    ],
)
def test_a_probability_in_the_place_of_the_loss_is_told_to_lack_its_logarithm(
    name: str, answer: float
) -> None:
    assert codes(name, "loss", round(answer, 5))[0] == "logarithm-forgotten"


def test_one_who_forgets_the_logarithm_forgets_it_everywhere() -> None:
    """The sum of the probabilities that the terms take the logarithm of."""
    keys = {
        "loss": "negative_log_likelihood",
        "y_true": [[1, 0], [0, 1]],
        "y_pred": [[0.9, 0.1], [0.4, 0.6]],
    }
    problem = lossclass.load(keys)
    solution = lossclass.solve(problem)
    (first, *_) = diagnosis_of(problem, solution).explain("loss", Decimal(str(0.9 + 0.6)))
    assert first.code == "logarithm-forgotten"


def test_a_sign_may_have_changed_when_the_number_was_written_down() -> None:
    assert codes("hinge_sequence", "loss", -0.467)[0] == "sign-changed"  # −1.4 / 3


def test_digits_cut_off_are_right_and_are_said_to_be() -> None:
    mark = marks("hinge_sequence", {"loss": "0.466"})["loss"]  # 0.4666…
    assert mark.verdict == "right"
    assert mark.explanation.code == "digits-cut"
    assert "cut off" in mark.explanation.text


def test_a_small_number_that_became_0_is_told_to_keep_its_digits() -> None:
    assert codes("hello_ctc", "alignment.1", "0.000") == ["rounded-to-zero"]


def test_the_wrong_number_of_the_source_is_known() -> None:
    assert codes("hello_ctc", "loss", "3.673") == ["published-number"]
    assert codes("hello_ctc", "alignment.1", "0.00659") == ["published-number"]
    copied = {"alignment.1": "0.00659", "alignment.2": "0.00941", "alignment.3": "0.00941"}
    options = (part for id, number in copied.items() for part in ("--answer", f"{id}={number}"))
    told = " ".join(run("check", "hello_ctc", *options).stdout.split())
    assert told.count("This is the number that the source prints; the source is wrong here") == 3
    assert "One mistake" not in told


def test_no_slip_is_named_for_what_follows_from_numbers_that_leave_nothing() -> None:
    """With α₃(5) worked from a wrong 0, every slip in it leads to 0."""
    answers = {"alpha.2.4": 0, "alpha.3.4": 0.087, "alpha.3.5": 0}
    mark = marks("ab_ctc", answers)["alpha.3.5"]
    assert mark.leaves_nothing
    assert mark.slips == ()
    options = (part for id, number in answers.items() for part in ("--answer", f"{id}={number}"))
    told = " ".join(run("check", "ab_ctc", *options).stdout.split())
    work = "But with those numbers it is 0 without any work, and so it counts as wrong."
    follows = f"It follows from what is written before it. {work}"
    assert f"✗ alpha.3.5 0 wrong {follows}" in told
    path = bundled_problems()["ab_ctc"]
    audited = " ".join(str(lossclass.solve({**yaml_in(path), "published": answers})).split())
    assert "! alpha.2.4 is wrong in itself. alpha.3.4 was worked correctly, but" in audited
    assert (
        f"It follows from the published numbers before it. {work} Worked from the right ones it is 0.018."
    ) in audited


def test_a_published_number_that_was_rounded_on_the_way_is_right_and_that_is_said() -> None:
    y, guess = [3.8, 4.76, 4.63, 2.08], [4.58, 4.61, 0.5, 3.15]
    squares = [(one - other) ** 2 for one, other in zip(y, guess, strict=True)]
    rounded = f"{sum(float(f'{each:.3g}') for each in squares):.3g}"
    assert rounded != f"{sum(squares):.3g}"
    keys = {"loss": "mse", "y_true": y, "y_pred": guess, "reduction": "sum"}
    told = " ".join(str(lossclass.solve({**keys, "published": {"loss": rounded}})).split())
    assert (
        "It is right with every step rounded to 3 significant digits. Without rounding on the way it is "
        f"{sum(squares):.6g}."
    ) in told


def test_right_numbers_that_were_rounded_and_carried_on_make_right_ones() -> None:
    """−ln 0.579 = 0.546, though −ln 0.5785 = 0.5473 is ours."""
    keys = {
        "loss": "ctc",
        "target": "a",
        "labels": ["_", "a"],
        "blank": "_",
        "probabilities": [[0.35, 0.65], [0.11, 0.89]],
    }
    problem = lossclass.load(keys)
    solution = lossclass.solve(problem)
    probability = 0.65 * 0.11 + 0.35 * 0.89 + 0.65 * 0.89
    assert solution.step("probability").value == pytest.approx(probability)
    rounded = round(probability, 2)
    given = {
        "probability": cell_of(str(rounded)),
        "loss": cell_of(str(round(-math.log(rounded), 5))),
    }
    checked = Checker(solution, diagnosis_of(problem, solution)).check(Sheet("", given))
    assert [mark.verdict for mark in checked.marks] == ["right", "right"]


def test_lint_names_no_slip_that_is_made_beside_the_step() -> None:
    """H-E-LL-O is counted in HELLO's loss, as asked; only beside it would that be a mistake."""
    problem = lossclass.load(bundled_problems()["hello_ctc"])
    solution = lossclass.solve(problem)
    diagnosis = diagnosis_of(problem, solution)
    found = {(each.step.id, each.slip.code) for each in lint(solution, diagnosis)}
    assert ("loss", "invalid-alignment-counted") not in found
    assert "invalid-alignment-counted" in {slip.code for slip in diagnosis.all_of("valid.loss")}


def test_a_wrong_zero_is_not_said_to_be_cut_off() -> None:
    assert "digits-cut" not in codes("hinge_sequence", "hinge.3", 0)


def test_a_working_says_more_of_its_slip_than_the_number_it_was_rounded_to() -> None:
    """The sum is 0.8125: 0.8 may be that, but not 0.9 − 0.1, which is 0.8 and no more."""
    keys = {
        "loss": "mse",
        "y_true": [1, 0, 0],
        "y_pred": [0.25, 0.5, 0],
    }
    problem = lossclass.load(keys)
    solution = lossclass.solve(problem)
    checker = Checker(solution, diagnosis_of(problem, solution))

    def found(answer: dict[str, str]) -> list[str]:
        sheet = Sheet("", {"loss": cell_of(answer)})
        (mark,) = checker.check(sheet).marks
        assert mark.verdict == "wrong"
        return [slip.code for slip in mark.slips]

    assert "sum-for-mean" in found({"value": "0.8", "working": "0.5625 + 0.25"})
    assert found({"value": "0.8"}) == []  # one digit says too little
    assert "sum-for-mean" not in found({"value": "0.8", "working": "0.9 - 0.1"})

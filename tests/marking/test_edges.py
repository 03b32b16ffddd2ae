"""How far a number may be off, to the digit: what is just right, and what is just not."""

from __future__ import annotations

from decimal import Decimal

import pytest

import lossclass
from lossclass.arithmetic.calculation import Rounding
from lossclass.hand_in.cells import read_cell
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.marking.written import Written
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of


def written(text: str) -> Written:
    return Written(Decimal(text))


# --- which numbers the written digits can stand for --------------------------------------


def test_half_a_unit_of_the_last_digit_is_rounding_and_no_more_is() -> None:
    number = written("-0.25")
    exact = {"-0.245": True, "-0.255": True, "-0.2449999": False, "-0.2550001": False}
    assert {each: number.is_rounded(Decimal(each)) for each in exact} == exact
    assert not written("0").is_rounded(Decimal("1e-30"))


def test_what_is_cut_lies_less_than_a_unit_below() -> None:
    number = written("-0.25")
    exact = {"-0.25": True, "-0.2599999": True, "-0.26": False, "-0.2499999": False, "0.251": False}
    assert {each: number.is_cut(Decimal(each)) for each in exact} == exact
    assert written("25").is_cut(Decimal("25.9"))
    assert not written("2").is_cut(Decimal("2.4"))  # of one digit, nobody can tell


@pytest.mark.parametrize("digits", ["0.4567891", "0.456789"])
def test_seven_digits_may_be_of_single_precision(digits: str) -> None:
    number = written(digits)
    edge = number.value / (1 - Decimal("2e-6"))  # off by 2e-6 of itself
    assert number.is_single(edge * (1 - Decimal("1e-9"))) == (number.digits == 7)
    assert not number.is_single(edge * (1 + Decimal("1e-9")))


@pytest.mark.parametrize("by", range(1, 10))
def test_a_digit_that_slips_is_off_by_1_2_or_5(by: int) -> None:
    assert written(f"3.{by}95").has_other_digit(Decimal("3.095")) == (by in (1, 2, 5))
    assert written("3.095").has_other_digit(Decimal(f"3.{by}95")) == (by in (1, 2, 5))
    assert written(f"3.{by}5").has_other_digit(Decimal("3.05")) == (by in (1, 2, 5))
    assert not written(f"3.{by}").has_other_digit(Decimal("3.0"))  # two digits say too little
    assert not written(f"3.{by}96").has_other_digit(Decimal("3.095"))


def test_what_is_rounded_to_two_digits_has_no_more() -> None:
    two, three = Rounding(2), Rounding(3)
    assert written("1.0").is_rounded_by(two, Decimal("1.04"))
    assert not written("1.00").is_rounded_by(two, Decimal("1.04"))
    assert written("1500").is_rounded_by(two, Decimal(1520))  # zeros of a whole number
    assert written("0.6380").is_rounded_by(three, Decimal("0.6382"))  # as people write it
    assert not written("0.04").is_rounded_by(Rounding(2, "decimals"), Decimal("0.046"))


# --- the last digit ----------------------------------------------------------------------

#: Rounded to three digits these are 0.125, and so the sum is the same; each may have been off by 0.0004,
#: once as an error and once as its absolute value: 8 × 0.0004 = 0.0032.
MOVING = ["0.1254", "0.1246", "0.1254", "0.1246"]


def mark(numbers: list[str], answer: str, id: str = "loss") -> Mark:
    """Of a sum of absolute errors, which are these numbers, or of one of them."""
    problem = lossclass.load(
        {"loss": "mae", "y_true": [0] * len(numbers), "y_pred": list(map(float, numbers)), "reduction": "sum"}
    )  # fmt: skip
    solution = lossclass.solve(problem)
    marker = Marker(solution, {id: read_cell(answer)}, diagnosis_of(problem, solution))
    return marker.mark(id)


@pytest.mark.parametrize(
    ("numbers", "answer", "is_right"),
    [
        # one unit of three digits, and the half that rounding leaves: 0.0015
        ([*MOVING, "0.0015"], "0.503", True),
        ([*MOVING, "0.0014"], "0.503", False),
        # two of four digits: 0.00025
        ([*MOVING, "0.00145"], "0.5017", True),
        ([*MOVING, "0.00144"], "0.5017", False),
        # half a percent of itself: 0.001 of 0.2
        (["0.02505", "0.02495"] * 4, "0.201", True),
        ([*["0.02505", "0.02495"] * 3, "0.02505", "0.02494"], "0.201", False),
        # 4 × 0.0001 and the rest of the sum, by which rounding may have moved it, and half a unit
        (["0.1251", "0.1249", "0.25", "0.00006"], "0.501", True),
        (["0.1251", "0.1249", "0.25", "0.00004"], "0.501", False),
    ],
)
def test_the_last_digit_may_be_off_as_far_as_rounding_moves_it(
    numbers: list[str], answer: str, is_right: bool
) -> None:
    found = mark(numbers, answer)
    assert (found.verdict == "right") is is_right
    if is_right:
        assert found.explanation.text == (
            "Only its last digit is off, as it is where the steps before it are rounded."
        )


# --- what is said beside -----------------------------------------------------------------


def test_what_is_rounded_twice_is_told_so() -> None:
    assert written("0.245").is_rounded_twice(Decimal("0.24446"))  # 0.2445, and then 0.245
    assert not written("0.245").is_rounded_twice(Decimal("0.24444"))
    assert not written("0.3").is_rounded_twice(Decimal("0.249"))
    found = mark(["0.24446"], "-0.245", "error.1")
    assert (found.verdict, found.explanation.kind) == ("right", "rounded")
    assert found.explanation.text == "It is rounded twice, which moves its last digit."
    assert mark(["0.24444"], "-0.245", "error.1").verdict == "wrong"


@pytest.mark.parametrize(
    ("ours", "answer", "is_named"),
    [
        ("0.36", "0.63", True),
        ("3.6", "6.3", True),
        ("0.03", "0.30", False),  # the point is misplaced rather
        ("0.36", "0.64", False),
        ("0.33", "0.36", False),
    ],
)
def test_two_digits_may_be_swapped(ours: str, answer: str, is_named: bool) -> None:
    found = mark([ours], answer)
    assert found.verdict == "wrong"
    assert ("digits-swapped" in {slip.code for slip in found.slips}) is is_named


def sheet(problem: str, answers: dict[str, str]) -> dict[str, Mark]:
    loaded = lossclass.load(bundled_problems()[problem])
    solution = lossclass.solve(loaded)
    cells = {id: read_cell(each) for id, each in answers.items()}
    marker = Marker(solution, cells, diagnosis_of(loaded, solution))
    return {each.id: each for each in marker.marks()}


def test_of_three_digits_one_differs_only_where_nothing_else_was_worked_out() -> None:
    wrong = {"loss": "0.530"}  # for 0.520: of all that was done before it, nothing is known
    assert sheet("labelling_mean", wrong)["loss"].slips == ()
    told = {"sum": "1.561", **wrong}
    assert [each.code for each in sheet("labelling_mean", told)["loss"].slips] == [
        "one-digit-differs"
    ]
    exact = {"loss": "0.5302"}
    assert [each.code for each in sheet("labelling_mean", exact)["loss"].slips] == [
        "one-digit-differs"
    ]


def test_a_number_from_rounded_ones_is_said_to_be_so() -> None:
    found = sheet("labelling_mean", {"sum": "1.6", "loss": "0.53"})["loss"]
    assert found.verdict == "right"
    assert (
        found.explanation.text == "It is right with the rounded numbers that are written before it."
    )
    assert not sheet("labelling_mean", {"sum": "1.56", "loss": "0.520"})["loss"].explanation.text


def test_a_difference_of_wrong_numbers_may_be_worked_from_more_digits_than_are_written() -> None:
    answers = {"log_partition": "2.34", "score": "2.57"}  # −0.23, and anything from −0.24 to −0.22
    for loss, verdict in (("-0.232", "follows_through"), ("-0.238", "follows_through"), ("-0.25", "wrong")):  # fmt: skip
        assert sheet("rnn_crf", {**answers, "loss": loss})["loss"].verdict == verdict


def test_a_product_may_come_to_one_by_itself_and_a_copy_is_as_what_it_is_of() -> None:
    answers = {"hidden.1.1": "0.500", "output.1.1": "1.00", "y_pred.1": "1.00", "error.1": "0.00"}
    found = sheet("rnn_regression_series", answers)  # without tanh; V is 2, and the first truth 1
    assert found["hidden.1.1"].verdict == "wrong"
    assert {found[id].verdict for id in ("output.1.1", "y_pred.1", "error.1")} == {
        "follows_through"
    }
    nothing = {"error.1": "0", "squared_error.1": "0"}
    assert sheet("regression_series", nothing)["squared_error.1"].leaves_nothing


def test_an_index_off_by_one_is_named_in_the_step_that_is_asked() -> None:
    loaded = lossclass.load(bundled_problems()["rnn_sentiment"])
    values = lossclass.solve(loaded).values
    weights = [values[f"given.rnn.W.1.{j}"] for j in (1, 2)]
    right, wrong = ([values[f"hidden.{t}.{j}"] for j in (1, 2)] for t in (2, 1))
    first = weights[0] * (wrong[0] - right[0])  # h₁,₁ for h₂,₁, and h₂,₂ as it should be
    ours = values["preactivation.3.1"]
    marked = sheet("rnn_sentiment", {"preactivation.3.1": f"{ours + first:.5f}"})
    (slip, *_) = marked["preactivation.3.1"].slips
    assert (slip.code, slip.text) == ("index-off-by-one", "h₁,₁ stands where h₂,₁ belongs.")
    assert sheet("rnn_sentiment", {"preactivation.3.1": f"{ours:.5f}"})["preactivation.3.1"].verdict == "right"  # fmt: skip


# --- rounding on the way, and a term left out ---------------------------------------------

#: ∂L/∂h₂ = ∂L/∂o₂ · V + ∂L/∂a₃ · W = 0.07746. With two digits ŷ₂ is 1.5, and ∂L/∂o₂ nothing.
LEFT_OUT = [("-0.03415", "-0.003415"), ("-0.0342", "-0.00342"), ("-0.034", "-0.0034")]


@pytest.mark.parametrize(("known", "answer"), LEFT_OUT)
def test_a_difference_that_vanishes_in_rounding_excuses_no_term_left_out(
    known: str, answer: str
) -> None:
    answers = {"gradient.preactivation.3.1": known, "gradient.hidden.2.1": answer}
    wrong = sheet("rnn_regression_series", answers)["gradient.hidden.2.1"]
    assert wrong.verdict == "wrong"
    named = [each.code for each in wrong.slips]
    assert named[:1] == (["term-left-out"] if len(answer) > len("-0.0034") else [])


def test_a_sheet_that_shows_all_its_rounding_is_right_however_far_that_leads() -> None:
    shown = {
        "y_pred.2": "1.5",  # 1.561 with full numbers
        "gradient.output.2.1": "0",
        "gradient.preactivation.3.1": "-0.040",
        "gradient.hidden.2.1": "-0.0040",
    }
    marks = sheet("rnn_regression_series", {"error.2": "0", **shown})
    assert marks["error.2"].verdict == marks["gradient.hidden.2.1"].verdict == "right"


def test_who_writes_many_digits_has_not_rounded_to_few_decimals() -> None:
    """Without P(π₁) = 0.000188, which is 0 with three decimals."""
    answers = {"alignment.2": "0.0009408", "alignment.3": "0.0009408", "probability": "0.001882"}
    assert sheet("hello_ctc", answers)["probability"].verdict == "wrong"
    shown = {"alignment.1": "0.00019", **answers, "probability": "0.0021"}
    assert sheet("hello_ctc", shown)["probability"].verdict == "right"


# --- a working with rounded numbers in it --------------------------------------------------


def test_digits_may_be_cut_at_every_operation_of_a_working() -> None:
    before = {"output_gate.1.1": "0.622", "cell.1.1": "0.473"}
    for working, verdict in (
        ("0.622*tanh(0.473) = 0.273", "right"),  # tanh gives 0.44059, and 0.622 × 0.440 is 0.27368
        ("0.622*tanh(0.473) = 0.274", "right"),
        ("0.622*tanh(0.473) = 0.272", "wrong"),
        ("0.622*tanh(0.373) = 0.221", "wrong"),  # cut like that, of other numbers
    ):
        mark = sheet("rnn_lstm", {**before, "hidden.1.1": working})["hidden.1.1"]
        assert mark.verdict == verdict, working
    first = sheet("rnn_lstm", {**before, "hidden.1.1": "0.622*tanh(0.473) = 0.273"})["hidden.1.1"]
    assert first.on_working[0].endswith("and 0.273 with its digits rounded or cut on the way.")

"""Reasons are the ones that a teacher names first: said in order, once, and in the names on the page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from programs import run

import lossclass
from lossclass.arithmetic.notation import PLAIN
from lossclass.marking.diagnosis import Diagnosis
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of
from problems import solved


def mark(problem: Any, id: str, number: str, **options: Any) -> Mark:
    if isinstance(problem, str):
        problem = bundled_problems()[problem]
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, **options)
    written = {id: Published.model_construct(value=Decimal(number))}
    return Marker(solution, written, diagnosis_of(loaded, solution)).mark(id)


def codes(problem: Any, id: str, number: str, **options: Any) -> list[str]:
    return [slip.code for slip in mark(problem, id, number, **options).slips]


# --- in order ----------------------------------------------------------------------------

#: One term with a factor ½: without it, the term is as if it were counted twice.
HALVED = {
    "loss": "huber",
    "y_true": [7.0, 6.6, 0.2],
    "y_pred": [8.2, 0.1, 6.9],
    "weights": [1.9, 0.8, 2.4],
    "delta": 4.0,
}
TWO_PARTS = {
    "loss": "custom",
    "terms": [
        {"name": "one", "problem": {"loss": "mse", "y_true": [9.3, 9.4], "y_pred": [2.1, 8.5]}},
        {"name": "two", "problem": {"loss": "mse", "y_true": [6.2, 4.8], "y_pred": [0.1, 7.6]}},
    ],
}
#: Two of three time steps count.
MASKED = {
    "loss": "sequence_cross_entropy",
    "y_true": ["1", "1", "2"],
    "logits": [[-1.7, -1.8, -2.0], [-0.4, 1.9, -0.6], [1.7, -1.6, 1.7]],
    "over_time": "mean",
    "mask": [1, 0, 1],
}


@pytest.mark.parametrize(
    ("problem", "number", "first"),
    [
        ({**HALVED, "reduction": "sum"}, "62.256", "The factor ½ is left out before the squares."),
        (TWO_PARTS, "71.375", "In L_two: This is the sum; divide it by 2."),
        (
            MASKED,
            "0.5948",
            "What does not count is counted in what it is divided by: 3, and not 2.",
        ),
        (
            "labelling_sum",
            "2.254",
            "In ℓ₂: the probability of “noun” stands where that of “verb” belongs.",
        ),
    ],
)
def test_nobody_counts_a_term_twice_or_divides_by_one_too_many_where_a_classic_slip_does_the_same(
    problem: Any, number: str, first: str
) -> None:
    found = mark(problem, "loss", number)
    assert found.slips[0].text == first
    named = {slip.code for slip in found.slips}
    assert named.isdisjoint({"term-counted-twice", "perplexity-off-by-one-token"})


def of_sheet(name: str, sheet: Mapping[str, str]) -> Marker:
    loaded = lossclass.load(bundled_problems()[name])
    solution = lossclass.solve(loaded)
    written = {id: Published.model_construct(value=Decimal(each)) for id, each in sheet.items()}
    return Marker(solution, written, diagnosis_of(loaded, solution))


def test_what_is_made_in_all_steps_is_said_of_all() -> None:
    sheet = {"absolute_error.1": "0.0400", "absolute_error.2": "0.0225"}
    (cause,) = of_sheet("absolute_error_tides", sheet).causes
    assert cause.text == "The error is squared: its absolute value is to be taken."
    assert cause.explains == tuple(sheet)


def test_of_sheets_as_of_numbers_the_rule_of_the_loss_comes_first() -> None:
    """What is worked from the sheet, and from the beginning, is one slip."""
    sheet = {"alignment.1": "0.009526", "alignment.2": "0.03175", "alignment.3": "0.03175"}
    mark = of_sheet("deep_ctc", {**sheet, "probability": "0.04128"}).mark("probability")
    assert [slip.code for slip in mark.slips] == ["valid-alignments-only", "term-left-out"]


def test_what_is_said_of_a_step_does_not_name_the_step_itself() -> None:
    found = mark("rnn_adam", "gradient.preactivation.1.1", "-0.02754", gradient=True)
    assert not any(slip.text.startswith("In ∂L/∂a₁:") for slip in found.slips)
    texts = [slip.text for slip in mark("hinge_sequence", "hinge.1", "0").slips]
    assert "The margin is left out of max(0, …): a score has to be ahead of 0 by so much." in texts


def test_the_loss_says_its_rule_where_arithmetic_has_a_slip_of_the_same_code() -> None:
    found = mark("binary_cross_entropy_batch", "term.2", "1.609").slips
    assert "ŷ₂ stands where 1 − ŷ₂ belongs." not in [slip.text for slip in found]


def test_a_logit_that_may_be_a_probability_is_not_said_to_be_cut() -> None:
    (found,) = mark("rnn_sentiment", "y_pred.1", "0.5284").slips
    assert found.text == "The sigmoid is left out: a logit is no probability before it."


@pytest.mark.parametrize(
    ("name", "id", "number", "first"),
    [
        # one of the two ends of alignments, before a blank in the target
        ("ab_ctc", "loss", "4.017", "In p(l|x): The term α₃(4) is left out."),
        # a factor of this step, before a minus seven steps back
        (
            "rnn_lstm",
            "gradient.rnn.U.f.1.1",
            "-0.07126",
            "x is left out: each term of ∂L/∂U has the x that U multiplies for a factor.",
        ),
        # what is done in this step, of three digits as well
        ("bee_ctc", "alpha.3.4", "0.174", "The term α₂(3) is left out."),
        # a term of the sum, before a slip in the step before it that leaves nothing of this term
        ("hinge_sequence", "sum", "1.20", "The term ℓ₁ is left out."),
    ],
)
def test_a_plain_slip_comes_before_one_that_is_far_fetched(
    name: str, id: str, number: str, first: str
) -> None:
    found = mark(name, id, number, gradient=id.startswith("gradient"))
    assert found.slips, found
    assert found.slips[0].text == first


def test_a_sign_comes_before_the_one_of_one_minus_a_half_left_out() -> None:
    """z is 1/2, so that −z is 1 − z with the other sign."""
    id = "gradient.update_preactivation.1.1"
    assert codes("rnn_gru", id, "0.128", gradient=True) == ["sign-changed"]


def test_what_changes_least_comes_first() -> None:
    """Without max(0, …) in the forward pass, its derivative is left out as well."""
    found = codes("rnn_labelling", "gradient.preactivation.1.2", "0.720", gradient=True)
    assert found == ["local-derivative-forgotten", "activation-forgotten"]


def test_rounding_comes_behind_what_leads_to_the_number_without() -> None:
    assert codes("bee_ctc", "alignments.probability", "0.160")[-1] == "rounded-to-zero"


def test_what_rounding_explains_may_be_a_slip_as_well() -> None:
    """It is right; but one number alone does not show that it was rounded."""
    id, number = "gradient.hidden.1.1", "0.6709"
    alone = mark("rnn_gru", id, number, gradient=True)
    assert alone.verdict == "right"
    assert alone.explanation.text == (
        "It is right with every step cut to 4 decimals. But this slip leads to the same digits: "
        "The term ∂L/∂aᵣ,₂ · Wᵣ is left out."
    )


def test_a_term_that_hardly_counts_does_not_accuse_who_has_rounded() -> None:
    """The last digit is off, as rounding makes it, and a tiny term left out would do it as well."""
    errors = [1.21, 0.05, 0.64]
    assert round(sum(each**2 for each in errors), 3) == 1.876
    assert round(errors[0] ** 2 + errors[2] ** 2, 3) == 1.874
    problem = {"loss": "mse", "y_true": errors, "y_pred": [0, 0, 0], "reduction": "sum"}
    found = mark(problem, "loss", "1.874")
    assert found.verdict == "right"
    assert found.explanation.text == (
        "Only its last digit is off, as it is where the steps before it are rounded. "
        "But this slip leads to the same digits: The term ℓ₂ is left out."
    )


# --- once --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "id", "number", "said"),
    [
        ("rnn_lstm", "gradient.hidden.2.1", "2.000", ["minus-forgotten", "term-left-out"]),
        ("rnn_lstm", "forget_gate_preactivation.2.1", "-0.1176", ["bias-forgotten"]),
        ("rnn_labelling", "term.1", "-0.7311", ["logarithm-forgotten"]),
        ("weather_hmm", "alpha.1.1", "0.1500", ["start-forgotten"]),
        ("tagging_crf", "loss", "-4.300", ["log-partition-forgotten"]),
        ("tagging_crf", "gradient.emissions.1.1", "0.8174", ["observed-forgotten"]),
        ("rnn_labelling", "hidden.3.2", "-0.5000", ["activation-forgotten"]),
        ("labelling_batch_padded", "loss", "3.912", ["sum-for-mean"]),
        ("labelling_crammer_singer", "violation.1.2", "-1.100", ["term-left-out"]),
    ],
)
def test_one_thing_is_said_once(name: str, id: str, number: str, said: list[str]) -> None:
    found = codes(name, id, number, gradient=id.startswith("gradient"))
    assert set(found) == set(said)


# --- in the names that are printed -------------------------------------------------------


def test_the_right_line_is_the_one_that_solve_prints() -> None:
    answer = "--answer", "gradient.hidden.2.1=5"
    page = run("check", "rnn_lstm", "--gradient", *answer).stdout
    (line,) = (each for each in page.splitlines() if "right:" in each)
    said = line.partition("right:")[2].strip()
    assert said == "∂L/∂h₂ = ∂L/∂ŷ₁ · V = −1 × 2 = −2"
    assert said in run("solve", "rnn_lstm", "--gradient").stdout


@pytest.mark.grid(8, name=[*bundled_problems()])
def test_what_is_not_printed_is_named_in_no_sentence(name: str) -> None:
    """Copies of other steps have no line of their own."""
    solution = solved(name, gradient=True)
    calculation, unwritten = solution.calculation, solution.unwritten
    diagnosis = Diagnosis(calculation, unwritten=unwritten)
    for step in solution.steps:
        copies = (each for each in calculation.uses[step.id] if each.id in unwritten)
        signs = {PLAIN.symbol(each.symbol) for each in copies if not unwritten[each.id].operands}
        for slip in diagnosis.made_in(step.quantity):
            words = {word.strip(".,:()") for word in slip.text.split()}
            assert not words & signs, (step.id, slip.text)


def test_what_is_rounded_is_named_once_where_a_step_is_a_copy_of_another() -> None:
    """o₂,₂ is h₂,₂ again, and ŷ₁,₂ is o₂,₂: on the page, the two are one."""
    text = " ".join(run("check", "rnn_gru_replace", "--lint").stdout.split())
    assert "by rounding p₂,₂, h₂,₂, ŷ₁,₂ to 3 decimal places" in text

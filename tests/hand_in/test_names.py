"""Names as people write them for steps: ids, symbols printed or typed, titles."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.names import Names, counted_from_1
from lossclass.hand_in.sheet import Sheet
from lossclass.problem.bundled import bundled_problems
from problems import ANY_CHARACTER, solved


@cache
def names_of(problem: str) -> Names:
    return Names(lossclass.solve(lossclass.load(bundled_problems()[problem])))


MEANT = {
    "hello_ctc": {
        "alignment.1": [
            "alignment.1",
            "P(π₁)",
            "P(pi_1)",
            "P(pi1)",
            r"P(\pi_1)",
            "P_1",
            "p1",
            "pi_1",
            "alignment 1",
            "Alignment 1",
            "Alignment 1: H-E-L-L-O",
            "alignment_1",
            "alignment[1]",
        ],
        "probability": ["p(l|x)", "P(l|x)", "Probability", "the probability"],
        "loss": [
            "L",
            "loss",
            "Loss",
            "the loss",
            "CTC Loss",
            "CTC",
            "ctc loss",
            "final answer",
            "l",
        ],
    },
    "ab_ctc": {
        "alpha.2.3": [
            "α₂(3)",
            "alpha_2(3)",
            "alpha(2,3)",
            "alpha(2, 3)",
            "alpha_{2}(3)",
            r"\alpha_2(3)",
            "alpha[2][3]",
            "alpha23",
            "α2(3)",
            "α_2(3)",
            "Alpha_2(3)",
            "alpha 2 3",
            "Time 2, position 3",
            r"\alpha_{2}\left(3\right)",
            "ALPHA.2.3",
        ],
    },
    "hinge_sequence": {
        "hinge.1": [
            "ℓ₁",
            "l1",
            "l_1",
            "L1",
            "hinge1",
            "hinge_1",
            "Hinge of time step 1",
            r"\ell_1",
        ],
        "sum": ["S", "sum", "Sum"],
    },
    "categorical_from_logits": {
        "exp.1.2": ["u₁,₂", "u_1,2", "u12", "u_{1,2}", "u(1,2)"],
        "y_pred.1.2": ["ŷ₁,₂", "yhat_1,2", "y_hat_12", r"\hat{y}_{1,2}", "y_pred.1.2"],
    },
    "rnn_regression_series": {
        "gradient.hidden.2.1": ["∂L/∂h₂", "dL/dh2", "dL/dh_2", r"\frac{\partial L}{\partial h_2}"],
        "updated.rnn.U.1.1": ["U′", "U'"],
        "updated.loss": ["L'", "L′"],
    },
    "rnn_gru": {
        "update_preactivation.1.1": ["a_z,1", "a_z1"],
        "reset_preactivation.1.1": ["aᵣ,₁", "a_r1"],
    },
}


@pytest.mark.parametrize(
    ("problem", "id", "written"),
    [
        (problem, id, written)
        for problem, steps in MEANT.items()
        for id, names in steps.items()
        for written in names
    ],
)
def test_a_step_goes_by_all_its_names(problem: str, id: str, written: str) -> None:
    assert names_of(problem).ids(written) == (id,)


@pytest.mark.grid(15, name=bundled_problems())
def test_every_symbol_and_every_title_of_a_problem_is_a_name_of_its_step(name: str) -> None:
    names = names_of(name)
    for step in names.solution.steps:
        assert names.ids(step.id) == (step.id,)
        symbol = step.quantity.symbol
        for written in (PLAIN.symbol(symbol), LATEX.symbol(symbol), step.id.replace(".", "_")):
            assert step.id in names.ids(written)


def test_large_letters_are_told_from_small_ones_where_both_are_there() -> None:
    names = names_of("huber_outlier")
    assert names.ids("S") == ("sum",)
    assert names_of("labelling_batch_padded").ids("L_1") == ("example.1",)
    assert names_of("labelling_batch_padded").ids("l_1,1") == ("term.1.1",)


def test_what_can_be_several_or_nothing_is_said() -> None:
    names = names_of("hinge_sequence")
    assert names.ids("time step 2") == ("margin.2", "hinge.2")
    assert names.why_none("time step 2") == "this can be 'margin.2' or 'hinge.2': give the id"
    assert names.why_none("los") == "there is no such step; did you mean 'loss'?"
    assert names.why_none("zzz") == "there is no such step; 'lossclass solve' shows the steps' ids"
    assert names.ids("") == names.ids("?") == ()


@pytest.mark.parametrize(
    ("problem", "written", "option"),
    [
        ("hinge_sequence", "gradient.hinge.1", "--gradient"),
        ("hinge_sequence", "∂L/∂ℓ₁", "--gradient"),
        ("ab_ctc", "beta.1.1", "--backward"),
        ("ab_ctc", "β₁(1)", "--backward"),
        ("ab_ctc", "log_alpha.1.1", "--log-space"),
    ],
)
def test_a_step_of_an_option_is_told_the_option(problem: str, written: str, option: str) -> None:
    why = names_of(problem).why_none(written)
    assert why == f"there is no such step without {option}: give this option, too"


def test_names_counted_from_0_are_told_by_a_0() -> None:
    counted = list(counted_from_1(["hinge.0", "hinge.1", "l_0", "loss", "alpha.0.0", "alpha.2.3"]))
    assert counted == [
        {"hinge.0": ("hinge", "1"), "hinge.1": ("hinge", "2")},
        {"l_0": ("l", "1")},
        {"alpha.0.0": ("α", "1", "1"), "alpha.2.3": ("α", "3", "4")},
        {"alpha.0.0": ("α", "1", "0"), "alpha.2.3": ("α", "3", "3")},
        {"alpha.0.0": ("α", "0", "1"), "alpha.2.3": ("α", "2", "4")},
    ]


@given(st.text(ANY_CHARACTER, max_size=50))
def test_any_text_is_a_name_of_something_or_nothing(text: str) -> None:
    names = names_of("rnn_ctc")
    assert set(names.ids(text)) <= {step.id for step in names.solution.steps}
    assert names.why_none(text)


@pytest.mark.parametrize("letter", ["i", "I", "x"])
def test_a_letter_in_a_title_is_no_name_of_its_step(letter: str) -> None:
    names = names_of("absolute_error_tides")  # whose sum is called "The sum over i"
    assert names.ids(letter) == ()
    assert names.ids("sum over i") == ("sum",)


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("dL/dy", "gradient.y_pred.1"),
        ("dy", "gradient.y_pred.1"),
        ("∂L/∂ŷ", "gradient.y_pred.1"),
        ("dUg", "gradient.rnn.U.g.1.1"),
        ("gradient of the loss by U_g", "gradient.rnn.U.g.1.1"),
        ("Ableitung nach o1", "gradient.output_gate.1.1"),
        ("gradient of U", None),
        ("y", None),
    ],
)
def test_a_derivative_in_words_or_without_its_hat_is_known(written: str, id: str | None) -> None:
    names = Names.of(solved("rnn_lstm", gradient=True))
    assert names.ids(written) == ((id,) if id else ())


@pytest.mark.parametrize(
    ("written", "number", "id", "said"),
    [
        ("o1", "0.6225", "output_gate.1.1", []),
        ("o2", "0.0491", "output.2.1", []),
        ("o2", "0.3647", "output_gate.2.1", ["'o2' is taken for 'output_gate.2.1', as in many books."]),
        ("o2", "0.41", "output.2.1", ["'o2' is taken for 'output.2.1'; 'output_gate.2.1' is what many books call so."]),
        ("output.2.1", "0.3647", "output.2.1", []),
        ("c_2", "0.1", "cell.2.1", []),
    ],
)  # fmt: skip
def test_a_letter_of_books_is_of_the_step_that_has_the_number(
    written: str, number: str, id: str, said: list[str]
) -> None:
    sheet = Sheet("ada", {written: read_cell(number)})
    answers = sheet.answers_to(names_of("rnn_lstm").solution)
    assert [*answers.cells] == [id]
    assert [*answers.said] == said


def test_the_names_of_the_tasks_of_an_exam_are_made_once() -> None:
    solutions = [names_of(problem).solution for problem in ("hello_ctc", "ab_ctc", "rnn_lstm")]
    made = [Names.of(solution) for solution in solutions]
    assert all(Names.of(each.solution) is each for each in made)

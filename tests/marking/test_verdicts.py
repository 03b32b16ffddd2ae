"""Verdicts: what marking says of right and wrong numbers, in the cases that it once got wrong, and at
random. For more random problems than usual::

    pytest tests/marking/test_verdicts.py --slips 2000
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from programs import run

import lossclass
from lossclass.arithmetic.calculation import Rounding
from lossclass.hand_in.cells import read_cell
from lossclass.marking.explanation import Explanation
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.practice.session import Session
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.keys import Published
from lossclass.runs.checking import checker_of
from lossclass.slips import CATALOGUE, Slip
from lossclass.slips.rewritings import OTHER_BASES
from lossclass.solving import diagnosis_of

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from verdicts import table_of

PACKAGE, TESTS = Path(lossclass.__file__).parent, Path(__file__).parents[1]
EPISODE = {"loss": "rl", "rewards": [0, 1], "discount": 0.9, "policy": [0.5, 0.5]}
SERIES = {
    "loss": "mse",
    "y_true": [0.2, 0.4, 0.6],
    "rnn": {
        "inputs": [0.1, 0.2, 0.3], "U": 0.5, "W": 0.5, "V": 1, "b": 0,
        "output": "identity", "predict": "every_step",
    },
}  # fmt: skip
PROGRAM_CTC = {
    "loss": "ctc",
    "logits": [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]],
    "labels": ["0", "1", "2", "3"],
    "target": ["1", "2"],
    "blank": "3",
}


def marker(problem: Any, answers: Mapping[str, object], *, gradient: bool = False) -> Marker:
    if isinstance(problem, str):
        problem = bundled_problems()[problem]
    loaded = lossclass.load(problem)
    solution = lossclass.solve(loaded, gradient=gradient)
    written = {
        id: Published.model_construct(value=Decimal(str(each))) for id, each in answers.items()
    }
    return Marker(solution, written, diagnosis_of(loaded, solution))


def marks(problem: Any, answers: Mapping[str, object], **kinds: bool) -> dict[str, Mark]:
    return {mark.id: mark for mark in marker(problem, answers, **kinds).marks()}


def verdicts(problem: Any, answers: Mapping[str, object], **kinds: bool) -> dict[str, str]:
    return {id: mark.verdict for id, mark in marks(problem, answers, **kinds).items()}


def causes(problem: Any, answers: Mapping[str, object], **kinds: bool) -> list[Any]:
    found = marker(problem, answers, **kinds)
    return [(cause.code, cause.explains) for cause in found.causes]


# --- one by one --------------------------------------------------------------------------


def test_an_episode_without_its_discount_has_one_mistake_and_what_follows_from_it() -> None:
    answers = {
        "return.2": 1,
        "return.1": 1,
        "term.1": "-0.6931",
        "term.2": "-0.6931",
        "loss": "1.3863",
    }
    assert verdicts(EPISODE, answers) == {
        "return.2": "right",
        "return.1": "wrong",
        "term.1": "follows_through",
        "term.2": "right",
        "loss": "follows_through",
    }
    assert causes(EPISODE, answers) == [("discount-forgotten", ("return.1",))]


def test_three_steps_wholly_without_discount_have_one_cause() -> None:
    """Rewards 0, 0, 1, baseline 0.5: every return is 1."""
    policy = [0.5, 0.8, 0.25]
    terms = {f"term.{t}": f"{math.log(p) * 0.5:.5f}" for t, p in enumerate(policy, start=1)}
    answers = {
        **{f"return.{t}": 1 for t in (3, 2, 1)},
        **{f"advantage.{t}": 0.5 for t in (1, 2, 3)},
        **terms,
        "loss": f"{-0.5 * sum(map(math.log, policy)):.5f}",
    }
    found = marks("three_step_episode", answers)
    assert found["return.3"].verdict == "right"
    assert found["return.2"].verdict == "wrong"
    assert found["loss"].verdict != "right"
    assert [code for code, _ in causes("three_step_episode", answers)] == ["discount-forgotten"]


@pytest.mark.parametrize("number", ["0.0003", "0.01"])
def test_a_number_far_off_is_wrong_and_no_name_is_invented(number: str) -> None:
    for id in ("loss", "probability"):
        mark = marks(PROGRAM_CTC, {id: number})[id]
        assert mark.verdict == "wrong"
        assert not mark.slips


def test_a_number_with_eight_digits_needs_an_explanation_good_to_eight() -> None:
    problem = {
        "loss": "mse", "y_true": 4,
        "rnn": {
            "cell": "lstm", "inputs": [1, 2, 3], "V": 4, "predict": "last_step",
            "U": {"f": 0.5, "i": 0.6, "g": 0.7, "o": 0.8},
            "W": {"f": 0.1, "i": 0.2, "g": 0.3, "o": 0.4}, "output": "identity",
        },
    }  # fmt: skip
    mark = marks(problem, {"loss": "0.25501234"})["loss"]
    assert mark.verdict == "wrong"
    assert not mark.slips
    audited = lossclass.solve({**problem, "published": {"loss": "0.25501234"}}).published
    assert [each.verdict for each in audited] == ["wrong"]


def test_a_gradient_that_does_not_go_back_through_time_has_one_cause() -> None:
    answers = {
        "gradient.rnn.U.1.1": "-0.12094068950514768",
        "gradient.rnn.W.1.1": "-0.040029383365922655",
        "gradient.rnn.b.1": "-0.5299668213319921",
    }
    assert causes(SERIES, answers, gradient=True) == [("through-time-forgotten", tuple(answers))]


def test_single_numbers_of_public_threads_are_named() -> None:
    perplexity = math.exp(-(math.log(0.8) + math.log(0.5)) / 2)
    problem = {
        "loss": "sequence_cross_entropy",
        "y_true": [0, 0],
        "y_pred": [[0.8, 0.2], [0.5, 0.5]],
        "over_time": "mean",
    }
    assert marks(problem, {"loss": f"{perplexity:.3f}"})["loss"].slips[0].code == "perplexity-for-loss"  # fmt: skip
    smoothed = {
        "loss": "cce",
        "y_true": [0],
        "y_pred": [[0.7, 0.2, 0.1]],
        "label_smoothing": 0.1,
    }
    assert marks(smoothed, {"loss": "0.51661"})["loss"].slips[0].code.startswith("smoothing-")
    assert marks("ab_ctc", {"loss": "-2.516"})["loss"].slips[0].code == "probabilities-as-log-probs"


def test_an_error_with_the_other_sign_is_a_convention_and_no_mistake() -> None:
    answers = {"error.1": "-0.0758", "error.2": "0.0607", "squared_error.1": "0.00574"}
    found = marks("rnn_regression_series", answers)
    assert {mark.verdict for mark in found.values()} == {"right"}
    assert found["error.1"].explanation.kind == "convention"
    assert found["error.1"].explanation.text


def test_vague_numbers_get_no_invented_name() -> None:
    found = marks("rnn_regression_series", {"hidden.1.1": "0.622", "loss": "0.2"})
    assert [slip.code for slip in found["hidden.1.1"].slips] == ["sigmoid-for-tanh"]
    assert found["loss"].verdict == "wrong"
    assert not found["loss"].slips


def test_a_coarse_number_is_right_with_a_remark_and_widens_nothing() -> None:
    found = marks("hinge_sequence", {"hinge.3": "1", "sum": "1.7", "loss": "0.5667"})
    assert found["hinge.3"].verdict == "right"  # 0.7
    assert found["hinge.3"].coarse
    assert found["sum"].verdict == "follows_through"
    assert found["loss"].verdict == "follows_through"


def test_two_digits_are_no_sign_of_a_slip_in_steps_before() -> None:
    found = marks("rnn_lstm", {"output_gate.2.1": "0.37"})  # ours is 0.3647
    assert (found["output_gate.2.1"].verdict, found["output_gate.2.1"].coarse) == ("right", True)


def test_a_coarse_first_try_in_practice_does_not_colour_the_second() -> None:
    session = Session(checker_of("hinge_sequence"))
    session.begin("hinge.3")
    assert session.mark("hinge.3", read_cell(1)).coarse
    second = session.mark("hinge.3", read_cell("0.7"))
    assert (second.verdict, second.coarse, second.explanation.kind) == ("right", False, "exact")
    session.begin("sum")
    followed = session.mark("sum", read_cell("1.7"))
    assert followed.verdict == "wrong"  # 0.2 + 0.5 + 1: what was tried first is forgotten


def test_an_id_that_begins_as_a_function_does_is_an_id() -> None:
    """exp.4.3 is a step here, and not exp(.4) and 3."""
    ended = run("check", "bee_ctc", "--answer", "exp.4.3=1.00")
    assert "✓ exp.4.3  1.00  right" in ended.stdout


def test_with_strict_digits_a_coarse_number_is_wrong() -> None:
    assert run("check", "hinge_sequence", "--answer", "0.5").returncode == 0
    assert run("check", "hinge_sequence", "--answer", "0.5", "--strict-digits").returncode == 1
    assert run("check", "hinge_sequence", "--answer", "0.467", "--strict-digits").returncode == 0
    both = run("check", "hinge_sequence", "--answer", "1", "--strict-digits", "--tolerance", "1%")
    assert both.returncode == 2


def test_no_cause_is_in_a_step_that_is_right() -> None:
    """With the labels' signs in every margin, nobody has left them out of the sum."""
    answers = {"hinge.1": "0.2", "hinge.2": "0.5", "hinge.3": "0.7", "sum": "1.4", "loss": "0.5"}
    for mark in marks("hinge_sequence", answers).values():
        assert not {slip.code for slip in mark.slips} & {"sign-of-label-ignored", "max-forgotten"}


def test_json_says_how_each_number_comes_about() -> None:
    from json import loads

    one = loads(run("check", "hinge_sequence", "--answer", "1.4", "--format", "json").stdout)
    (mark,) = one["marks"]
    assert mark["explanation"] == {
        "kind": "slip",
        "value": pytest.approx(0.2 + 0.5 + 0.7),
        "digits": None,
        "code": "sum-for-mean",
    }
    assert "tolerance" not in mark
    assert one["causes"] == [
        {"code": "sum-for-mean", "text": "This is the sum; divide it by 3.", "explains": ["loss"]}
    ]
    by_decimals = Explanation("rounded", Decimal("0.0571"), Rounding(3, "decimals")).to_dict()
    assert (by_decimals["digits"], by_decimals["decimals"]) == (3, True)


# --- what follows from a wrong number, and what is right in itself ----------------------


def told(problem: Any, answers: Mapping[str, str]) -> dict[str, Mark]:
    """The marks of answers as they are typed, with the working that may stand in them."""
    loaded = lossclass.load(bundled_problems()[problem] if isinstance(problem, str) else problem)
    solution = lossclass.solve(loaded)
    cells = {id: read_cell(each) for id, each in answers.items()}
    marker = Marker(solution, cells, diagnosis_of(loaded, solution))
    return {mark.id: mark for mark in marker.marks()}


def test_what_follows_from_a_wrong_number_is_not_taken_for_ours_cut_off() -> None:
    """0.1406² is 0.0198, and so is 0.1409² with its other digits cut off."""
    problem = {"loss": "mse", "y_true": [0.2], "y_pred": [0.0591]}
    found = told(problem, {"error.1": "0.1406", "squared_error.1": "0.0198"})
    assert [mark.verdict for mark in found.values()] == ["wrong", "follows_through"]


def test_zeros_that_end_a_large_number_are_no_digits_of_what_follows() -> None:
    """390² is 152100 and, to three digits, 152000; 1.5 times this is 228000."""
    problem = {"loss": "mse", "y_true": [0.1], "y_pred": [4], "weights": [1.5]}
    answers = {"error.1": "-390", "squared_error.1": "152000", "weighted.1": "228000"}
    found = told(problem, answers)
    assert [mark.verdict for mark in found.values()] == ["wrong", *["follows_through"] * 2]
    assert found["squared_error.1"].explanation.rounding == Rounding(3)


def test_a_wrong_number_may_be_carried_on_as_it_was_typed_or_as_it_was_meant() -> None:
    """The decimal point is misplaced in the first alignment, 0.0095256: what was typed and what a
    calculator has lead to other numbers at the end."""
    for first in (0.9526, 0.95256):
        total = first + 2 * 0.031752
        answers = {
            "alignment.1": "0.9526",
            "alignment.2": "0.03175",
            "alignment.3": "0.03175",
            "probability": f"{total:.3f}",
            "loss": f"{-math.log(total):.5f}",
        }
        verdicts = [mark.verdict for mark in told("deep_ctc", answers).values()]
        assert verdicts == ["wrong", "right", "right", "follows_through", "follows_through"]


def test_what_a_mistake_has_moved_is_not_right_by_rounding() -> None:
    """The third alignment is wrong and then left out; rounded to three decimals it is 0 as well."""
    answers = {"alignment.1": "0.0001882", "alignment.2": "0.0009408", "alignment.3": "0.001882"}
    found = told("hello_ctc", {**answers, "probability": "0.001129"})
    verdicts = [mark.verdict for mark in found.values()]
    assert verdicts == ["right", "right", "wrong", "wrong"]


def test_a_number_with_four_digits_is_not_rounded_to_two() -> None:
    problem = {"loss": "mae", "y_true": [0], "y_pred": [1.04]}
    assert told(problem, {"error.1": "-1.0"})["error.1"].verdict == "right"
    assert told(problem, {"error.1": "-1.000"})["error.1"].verdict == "wrong"


def test_a_number_is_right_again_if_nobody_made_the_slip_that_explains_it_better() -> None:
    """Of 10 for 10.8 a slip leads to the very number; other cells show that it was not made."""
    problem = {
        "loss": "edit_distance",
        "reference": list("dc"),
        "hypothesis": list("dyyczcbexczx"),
        "costs": {"substitution": 1.5, "deletion": 0.7, "insertion": 1.2},
    }
    values = lossclass.solve(problem).values
    answers = {
        id: f"{math.floor(round(each, 9) * 10) / 10:.1f}" if each < 10 else f"{math.floor(each)}"
        for id, each in values.items()
        if id.startswith("distance.")
    }
    found = told(problem, answers)
    assert found["distance.1.10"].answer == 10
    assert {mark.verdict for mark in found.values()} == {"right"}


def test_what_the_rounded_numbers_of_a_working_come_to_is_right() -> None:
    for typed in ("0.0166 * 0.107 = 0.00178", "0.0166 * 0.107"):
        mark = told("bee_ctc", {"alpha.4.1": typed})["alpha.4.1"]
        assert (mark.verdict, mark.explanation.kind) == ("right", "rounded")
        assert mark.explanation.text == "It is right with the rounded numbers of its working."
    wrong = told("bee_ctc", {"alpha.4.1": "0.0166 * 0.108 = 0.00179"})["alpha.4.1"]
    assert wrong.verdict == "wrong"
    assert "it has 0.108 too often" in " ".join(wrong.on_working)


# --- the same evidence, the same slip ---------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "id", "number", "working"),
    [
        ("tagging_crf", "alpha.2.1", "2.1", "max(1.7, 1.1) + 0.4"),
        ("tagging_crf", "loss", "-1.6", "4.3 - 5.9"),
        ("hinge_sequence", "loss", "1.4", "0.2 + 0.5 + 0.7"),
        ("hello_ctc", "alignment.1", "0.0009408", "0.6 * 0.2 * 0.5 * 0.7 * 0.2 * 0.7 * 0.2 * 0.8"),
    ],
)
def test_a_slip_is_named_by_the_number_whatever_stands_beside_it(
    problem: str, id: str, number: str, working: str
) -> None:
    named = set()
    for typed in (number, f"{working} = {number}", working):
        mark = told(problem, {id: typed})[id]
        assert mark.verdict == "wrong"
        assert not any("But its" in each for each in mark.on_working)
        named.add(mark.slips[0])
    assert len({each.code for each in named}) == 1


def test_a_mistake_made_again_in_another_step_is_named_there_before_others() -> None:
    """Without b(Sunny, clean) = 0.1, the second is ten times too large as well."""
    answers = {"alpha.2.1": "0.134625", "alpha.2.2": "0.217875"}
    found = told("weather_hmm", answers)
    assert [mark.slips[0].code for mark in found.values()] == ["term-left-out"] * 2
    assert causes("weather_hmm", answers) == [("term-left-out", ("alpha.2.1", "alpha.2.2"))]
    (cause,) = marker("weather_hmm", answers).causes
    assert cause.text == (
        "The factor b(Rainy, clean) is left out. And: The factor b(Sunny, clean) is left out."
    )


# --- at random ---------------------------------------------------------------------------


def is_rare(count: int, total: int, share: float) -> bool:
    """Whether something happened no more often than so, or in so few cases that it may be chance."""
    return count <= share * total + 3


@pytest.mark.fuzz
@pytest.mark.thorough
def test_marking_is_hardly_ever_mistaken(pytestconfig: pytest.Config) -> None:
    """In a sixth as many problems as there are to be slips looked for: each has some hundred numbers."""
    table = table_of(pytestconfig.getoption("--slips") // 6)
    lines = "\n".join(table.lines())
    random, named = 0, 0
    for row, counts in table.counts.items():
        said, total = (table.examples.get(row, [])[:3], lines), sum(counts.values())
        if "alike" in row or row.startswith("exact"):
            assert set(counts) == {"right"}, (row, said)
        if row.startswith("each step"):
            assert is_rare(total - counts["right"], total, 0.005), (row, said)
        if row.startswith("at random") and "3" not in row:
            assert is_rare(counts["right"], total, 0.005), (row, said)
            random, named = random + total, named + counts["named"]
        if row.startswith("slips: "):
            assert is_rare(total - counts["first"] - counts["right"], total, 0.03), (row, said)
            assert is_rare(counts["right"], total, 0.01), (row, said)
        if row.startswith("  "):
            assert is_rare(total - counts["first"], total, 0.1), (row, said)
    assert is_rare(named, random, 0.02), lines


# --- the catalogue -----------------------------------------------------------------------


def literals() -> set[str]:
    """Every short text that stands in the package, outside the catalogue."""
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "catalogue.py"]
    return {text for path in paths for text in re.findall(r'"([\w-]+)"', path.read_text("utf-8"))}


def test_the_catalogue_has_every_slip_and_no_other() -> None:
    with pytest.raises(ValueError, match="no slip 'made-up'"):
        Slip("made-up", "It is made up.", {})
    assert CATALOGUE.keys() - literals() == OTHER_BASES


def test_a_test_names_every_slip() -> None:
    """Those of another base of logarithms are tested all together."""
    tests = [path.read_text("utf-8") for path in TESTS.rglob("*.py")]
    untested = {code for code in CATALOGUE if not any(f'"{code}"' in text for text in tests)}
    assert untested <= OTHER_BASES


def test_the_catalogue_is_printed() -> None:
    text = run("explain", "slips").stdout
    for code in CATALOGUE:
        assert code in text

"""The handout's four exercises: their numbers, their lines, and what is said of them."""

from __future__ import annotations

import math
import re
from math import log

import pytest
from expressions import evaluate_precisely, evaluate_text

from lossclass.arithmetic.expression import Operation, Quantity
from lossclass.arithmetic.line import lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.arithmetic.worked_function import work_out
from lossclass.blocks import Equation, Step
from lossclass.problem.bundled import bundled_problems
from lossclass.solution import Solution
from problems import solved


def remark(solution: Solution, code: str) -> str:
    (text,) = [remark.text for remark in solution.remarks if remark.code == code]
    return text


HELLO = [0.6 * 0.2**4 * 0.5 * 0.7**2 * 0.8] + [0.6 * 0.2**3 * 0.5 * 0.7**2 * 0.8] * 2
DEEP = [0.8 * 0.3**3 * 0.7**2 * 0.9] + [0.8 * 0.3**2 * 0.7**2 * 0.9] * 2
NUMBERS = [0.9 * 0.7 * 0.8 * 0.2**2] + [0.9 * 0.7 * 0.8 * 0.2] * 2


@pytest.mark.parametrize(
    ("name", "alignments"),
    [("hello_ctc", HELLO), ("deep_ctc", DEEP), ("123_ctc", NUMBERS)],
)
def test_ctc_exercises_come_to_minus_the_log_of_the_sum_of_their_alignments(
    name: str, alignments: list[float]
) -> None:
    solution = solved(name)
    for number, probability in enumerate(alignments, start=1):
        assert solution.step(f"alignment.{number}").value == pytest.approx(probability, rel=1e-14)
    assert solution.step("probability").value == pytest.approx(sum(alignments), rel=1e-14)
    assert solution.answer.value == pytest.approx(-log(sum(alignments)), rel=1e-14)


def test_the_four_answers_as_everyone_can_check_them() -> None:
    assert solved("hello_ctc").step("probability").value == 0.00206976
    assert solved("hello_ctc").answer.value == pytest.approx(6.1803, abs=5e-5)
    assert solved("deep_ctc").answer.value == pytest.approx(2.6169, abs=5e-5)
    assert solved("123_ctc").answer.value == pytest.approx(1.5062, abs=5e-5)
    assert solved("hinge_sequence").answer.value == pytest.approx((0.2 + 0.5 + 0.7) / 3, rel=1e-14)


def test_alignments_that_collapse_elsewhere_are_named_and_the_loss_without_them_is_worked() -> None:
    hello, deep = solved("hello_ctc"), solved("deep_ctc")
    assert "H-E-LL-O collapses to HELO, not to HELLO" in remark(
        hello, "alignment-collapses-elsewhere"
    )
    assert hello.step("valid.loss").value == pytest.approx(-log(HELLO[0] + HELLO[2]), rel=1e-14)
    assert "D-EE-P collapses to DEP, not to DEEP" in remark(deep, "alignment-collapses-elsewhere")
    assert deep.step("valid.loss").value == pytest.approx(-log(DEEP[0] + DEEP[2]), rel=1e-14)
    assert not [r for r in solved("123_ctc").remarks if r.code == "valid-alignments-only"]


def test_lengths_and_sums_that_cannot_be_are_remarked() -> None:
    for name, lengths, total in [
        ("hello_ctc", "9, 8 and 8", "2.8"),
        ("deep_ctc", "7, 6 and 6", "2.7"),
        ("123_ctc", "5, 4 and 4", "2.6"),
    ]:
        solution = solved(name)
        assert lengths in remark(solution, "alignments-of-different-lengths")
        assert f"sum to {total}, not to 1" in remark(solution, "probabilities-do-not-sum-to-one")


def test_the_audit_of_hello_says_which_factors_the_handout_took() -> None:
    marks = {mark.id: mark for mark in solved("hello_ctc").published}
    assert {id: mark.verdict for id, mark in marks.items()} == {
        "alignment.1": "wrong",
        "alignment.2": "wrong",
        "alignment.3": "wrong",
        "probability": "follows_through",
        "loss": "follows_through",
    }
    first = marks["alignment.1"].text
    assert "gives 0.0065856, printed as 0.00659" in first
    assert "leaves out P(-) = 0.2 three times" in first
    assert "has P(E) = 0.5, P(L) = 0.7 and P(O) = 0.8 too often" in first
    assert "Worked correctly it is 0.00018816" in first
    summary = remark(solved("hello_ctc"), "published-wrong")
    assert "alignment.1" in summary
    assert "3.673" in summary
    assert "6.180" in summary


def test_the_audit_of_the_hinge_exercise_finds_it_right_and_says_sum_or_mean() -> None:
    solution = solved("hinge_sequence")
    assert {mark.verdict for mark in solution.published} == {"right"}
    text = remark(solution, "reduction-differs-from-formula")
    assert "With the sum over t, as in its usual formula, this loss is 1.4." in text
    assert "Here, with the mean, it is 0.4667." in text


@pytest.mark.some(3)
@pytest.mark.grid(3, name=bundled_problems(), digits=[1, 2, 3, 4, 6, 10, 15])
def test_every_substituted_line_comes_to_its_value(name: str, digits: int) -> None:
    """Read by a reader that shares no code with the program, from what is printed."""
    solution = solved(name, digits=digits)
    for step in solution.to_dict()["steps"]:
        value, shown = float(step["value"]), evaluate_text(step["shown"])
        from_line = evaluate_text(step["substituted"])
        if step["exact"]:
            assert math.isclose(from_line, value, rel_tol=1e-12), step
            assert math.isclose(shown, value, rel_tol=1e-12), step
        else:
            precisely = evaluate_precisely(step["substituted"])
            exactly = solution.values[step["id"]]
            assert round_significant(precisely, digits) == round_significant(exactly, digits), step


@pytest.mark.grid(15, name=bundled_problems(), digits=[1, 2, 4, 10])
def test_every_equation_beside_the_steps_comes_to_its_value(name: str, digits: int) -> None:
    """What is no step, read in the same way: functions worked out, and closed forms."""
    gradient = "reduction: none" not in bundled_problems()[name].read_text("utf-8")
    solution = solved(name, digits=digits, gradient=gradient)
    for section in solution.sections:
        for block in section.blocks:
            match block:
                case Equation(of=Operation() as function):
                    line = work_out(function, solution.values, digits)
                    assert line is not None
                    texts = [text for _, text in line.sides(PLAIN)]
                    exactly = evaluate_precisely(line.left(PLAIN))
                case Equation(of=Quantity() as quantity):
                    closed = lay_out(quantity, solution.values, digits)
                    texts = [text for _, text in closed.chain(PLAIN)]
                    exactly = solution.values[quantity.id]
                case _:
                    continue
            for text in texts:
                wanted = round_significant(exactly, digits)
                assert round_significant(evaluate_precisely(text), digits) == wanted, text


def test_tanh_and_sigmoid_are_worked_out_once_each_where_they_appear_first() -> None:
    blocks = [block for section in solved("rnn_lstm").sections for block in section.blocks]
    worked = [n for n, block in enumerate(blocks) if isinstance(block, Equation)]
    steps = [block.id for block in (blocks[n - 1] for n in worked) if isinstance(block, Step)]
    assert steps == ["input_gate.1.1", "cell_candidate.1.1"]
    assert all(getattr(blocks[n], "only_in_full", False) for n in worked)


def test_both_roads_agree_on_every_bundled_problem() -> None:
    for name in bundled_problems():
        check = solved(name).cross_check
        assert check.agrees, name
        assert check.numpy == pytest.approx(solved(name).answer.value, rel=1e-12), name


def split_outside_brackets(text: str, operator: str) -> list[str]:
    parts, depth = [""], 0
    for piece in re.split(r"([()]| [+×] )", text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == operator and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def long_operation(text: str, count: int) -> tuple[str, list[str]]:
    """The operator and the operands of the sum or product of so many, at the top or in brackets."""
    inner = [
        text[m.start() + 1 : m.end() - 1] for m in re.finditer(r"\((?:[^()]|\([^()]*\))*\)", text)
    ]
    for part in (text, *inner):
        for operator in (" + ", " × "):
            operands = split_outside_brackets(part, operator)
            if len(operands) == count:
                return operator, operands
    raise AssertionError(f"no {count} operands in {text}")


@pytest.mark.grid(12, name=bundled_problems())
def test_running_values_are_the_products_and_sums_so_far(name: str) -> None:
    for step in solved(name).to_dict()["steps"]:
        if step["running"] and step["exact"]:
            operator, texts = long_operation(step["substituted"], len(step["running"]))
            operands = [evaluate_text(text) for text in texts]
            so_far = operands[0]
            for operand, running in zip(operands[1:], step["running"][1:], strict=True):
                so_far = so_far * operand if operator == " × " else so_far + operand
                assert running == pytest.approx(so_far, rel=1e-12)

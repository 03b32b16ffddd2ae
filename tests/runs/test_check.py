"""``lossclass check``: verdicts, tolerance, follow-through, and what is told of a wrong answer."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import programs
import pytest
from programs import Ended

import lossclass
from lossclass.arithmetic.number import round_significant
from lossclass.errors import InvalidProblem
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.reading import sheets_in
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked, lint
from lossclass.problem.bundled import bundled_problems
from lossclass.runs.checking import checker_of
from lossclass.solution import Solution

HINGE = {"hinge.1": "0.2", "hinge.2": "0.5", "hinge.3": "0.7", "sum": "1.4", "loss": "0.467"}


def sheet(answers: dict[str, Any]) -> Sheet:
    found = {
        id: read_cell(value["value"], value["working"])
        if isinstance(value, dict)
        else read_cell(value)
        for id, value in answers.items()
    }
    return Sheet("somebody", found)


def marked(name: str, answers: dict[str, Any]) -> Checked:
    return checker_of(name).check(sheet(answers))


def verdicts(name: str, answers: dict[str, Any]) -> dict[str, str]:
    return {mark.id: mark.verdict for mark in marked(name, answers).marks}


def run(*arguments: str, cwd: Path | None = None) -> Ended:
    return programs.run("check", *arguments, cwd=cwd)


def rounded(solution: Solution, digits: int) -> dict[str, str]:
    """Every step worked from the numbers that were written down before it, rounded."""
    from lossclass.arithmetic.calculation import evaluate

    values = evaluate(solution.calculation, rounding=digits)
    return {step.id: _text(round_significant(values[step.id], digits)) for step in solution.steps}


def _text(number: Decimal) -> str:
    return (
        "∞"
        if number.is_infinite() and number > 0
        else "-∞"
        if number.is_infinite()
        else f"{number:f}"
    )


# --- verdicts -------------------------------------------------------------------------------


@pytest.mark.grid(12, name=bundled_problems())
def test_right_work_rounded_at_every_step_is_right(name: str) -> None:
    checker = checker_of(name)
    answers = rounded(checker.solution, 3)
    checked = checker.check(sheet(answers))
    assert {mark.id: mark.verdict for mark in checked.marks} == dict.fromkeys(answers, "right")
    assert not any(mark.slips for mark in checked.marks)


@pytest.mark.grid(24, name=bundled_problems(), share=["0.994", "1.006", "0.96", "1.05"])
def test_what_is_off_by_more_than_rounding_can_do_is_not_right(name: str, share: str) -> None:
    checker = checker_of(name)
    for id in checker.solution.answer_ids:
        ours = checker.solution.values[id]
        if not ours.is_finite() or not ours:
            continue
        off = round_significant(ours * Decimal(share), 5)
        (mark,) = checker.check(sheet({id: _text(off)})).marks
        assert mark.verdict == "wrong"


@pytest.mark.grid(24, name=[n for n in bundled_problems() if n != "too_short_ctc"])
def test_right_work_on_a_wrong_first_step_gets_credit(name: str) -> None:
    from lossclass.arithmetic.calculation import evaluate

    checker = checker_of(name)
    solution = checker.solution
    first = next(s for s in solution.steps if s.decimal not in (0, 1) and s.decimal.is_finite())
    slipped = first.decimal * Decimal("1.125")
    written = {first.id: round_significant(slipped, 10)}
    values = evaluate(solution.calculation, replacing=written)
    answers = {s.id: _text(round_significant(values[s.id], 12)) for s in solution.steps}
    checked = checker.check(sheet(answers))
    assert checked.first_mistake is not None
    assert checked.first_mistake.id == first.id
    after_learning = "updated.loss"  # a forward pass that is not written out cannot be followed
    for mark in checked.marks:
        if mark.id not in (first.id, after_learning):
            assert mark.verdict in {"right", "follows_through"}, mark.id


def test_a_zeroed_step_gets_no_credit_for_what_it_leaves() -> None:
    answers = {"alignment.1": "0", "alignment.2": "0", "alignment.3": "0", "probability": "0"}
    assert set(verdicts("hello_ctc", answers).values()) == {"wrong"}
    infinite = verdicts("hello_ctc", {"probability": "0", "loss": "∞"})
    assert infinite == {"probability": "wrong", "loss": "wrong"}


def test_what_is_asked_and_left_empty_is_missing() -> None:
    checked = marked("hinge_sequence", {"sum": "1.4", "loss": None})
    assert [mark.verdict for mark in checked.marks] == ["right", "missing"]
    assert checked.score == {
        "right": 1,
        "follows_through": 0,
        "wrong": 0,
        "unreadable": 0,
        "asked": 2,
    }
    assert not checked.is_right
    assert checked.first_mistake is None


def test_the_first_step_that_is_wrong_of_itself_gets_the_blame() -> None:
    checked = marked("hinge_sequence", {**HINGE, "hinge.3": "0.3", "sum": "1.0", "loss": "0.333"})
    assert checked.first_mistake is not None
    assert checked.first_mistake.id == "hinge.3"
    assert [mark.verdict for mark in checked.marks][-2:] == ["follows_through"] * 2


def test_a_slip_is_named_with_the_sentence_that_says_what_belongs_there() -> None:
    (mark,) = marked("hinge_sequence", {"loss": "1.4"}).marks
    assert (mark.slips[0].code, mark.slips[0].text) == (
        "sum-for-mean",
        "This is the sum; divide it by 3.",
    )
    (mark,) = marked("hello_ctc", {"loss": "2.684"}).marks
    assert mark.slips[0].code == "log10-for-ln"


def test_a_tolerance_of_the_teacher_takes_the_place_of_ours() -> None:
    from lossclass.runs.checking import allowed_in

    for text, verdict in [("1%", "wrong"), ("10%", "right"), ("0.01", "wrong"), ("0.05", "right")]:
        checker = checker_of("hinge_sequence", allowed_in(text))
        (mark,) = checker.check(sheet({"loss": "0.5000"})).marks
        assert mark.verdict == verdict, text


def test_the_sheet_says_which_tolerance_was_used() -> None:
    ours = " ".join(run("hinge_sequence", "--answer", "0.467").stdout.split())
    assert "in the digits in which it is written" in ours
    set_by_hand = run("hinge_sequence", "--answer", "0.467", "--tolerance", "1%").stdout
    assert "the tolerance that was set" in " ".join(set_by_hand.split())
    assert "in the digits" not in set_by_hand


def test_the_working_beside_a_number_is_read() -> None:
    (mark,) = marked("hinge_sequence", {"hinge.3": {"value": "0.7", "working": "1 - 0.5"}}).marks
    assert mark.verdict == "right"
    assert "The number is right, its working is not." in mark.on_working


# --- sheets ---------------------------------------------------------------------------------

BAD = [
    ("answers: {los: 1}", "answers.los: there is no such step; did you mean 'loss'?"),
    ("answer: {loss: 1}", "answer: there is no such key; did you mean 'answers'?"),
    ("answers: [1]", "answers: expected a mapping, got a list"),
    ("just text", "expected an answer sheet with a key 'answers', got 'just text'"),
    ("problem: hello_ctc\nanswers: {loss: 1}", "this sheet is for 'hello_ctc'"),
]


@pytest.mark.parametrize(("text", "says"), BAD)
def test_a_bad_sheet_is_refused_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text(text, encoding="utf-8")
    checker = checker_of("hinge_sequence")
    with pytest.raises(InvalidProblem) as refused:
        list(map(checker.check, sheets_in(path)))
    assert says in f"{refused.value}\n"
    assert f"{path}:" in str(refused.value)


def test_all_mistakes_of_a_sheet_come_at_once_in_their_order(tmp_path: Path) -> None:
    text = "problem: deep_ctc\nstudent: [1]\nanswers:\n  loss: 1\n---\nanswers: {loss: 1}\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    ended = run("hello_ctc", "s.yaml", cwd=tmp_path)
    assert ended.returncode == 3
    assert "0 of 1 right" in ended.stdout  # the second is marked all the same
    assert ended.stderr.splitlines() == [
        "s.yaml:1:10: problem: this sheet is for 'deep_ctc', and is marked against 'hello_ctc'",
        "s.yaml:2:10: student: expected a text, got a list",
    ]


def test_what_cannot_be_read_and_what_fits_no_step_is_said_and_the_others_are_marked(
    tmp_path: Path,
) -> None:
    text = "answers:\n  sum: x\n  los: 1\n  loss: 0.467\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    ended = run("hinge_sequence", "s.yaml", cwd=tmp_path)
    assert ended.returncode == 1
    assert "1 of 2 right, 1 cannot be read" in ended.stdout
    assert "s.yaml:3:3: answers.los: there is no such step; did you mean 'loss'?" in ended.stdout


def test_a_zero_that_is_wrong_is_told_why_and_no_other() -> None:
    says = "A 0 is right for 0 alone."
    assert says in " ".join(run("hinge_sequence", "--answer", "0").stdout.split())
    assert says not in " ".join(run("hinge_sequence", "--answer", "0.4").stdout.split())


def test_several_documents_are_several_sheets(tmp_path: Path) -> None:
    path = tmp_path / "class.yaml"
    path.write_text("student: one\nanswers: {loss: 1}\n---\nanswers:\n  loss:\n", encoding="utf-8")
    one, two = sheets_in(path)
    assert (one.student, two.student) == ("one", "class")
    assert [each.is_missing for each in two.cells.values()] == [True]


# --- the command ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "id"),
    [
        ("alpha.2.3=0.15", "alpha.2.3"),
        ("alpha_2(3) = 0,150", "alpha.2.3"),
        ("α₂(3) ≈ 0.15", "alpha.2.3"),
        ("p(l|x)=0.3*0.44", "probability"),
        ("-ln p(l|x) = 2.025", "loss"),
        ("-ln(0.132) = 2.025", "loss"),
        ("2.025", "loss"),
    ],
)
def test_what_stands_before_an_answer_names_its_step_unless_it_is_arithmetic(
    answer: str, id: str
) -> None:
    ended = run("ab_ctc", "--answer", answer)
    assert ended.returncode == 0
    assert re.search(rf"^✓ {re.escape(id)} ", ended.stdout, re.MULTILINE)


def test_an_answer_to_no_step_is_not_taken_for_the_loss() -> None:
    ended = run("ab_ctc", "--answer", "alpha_9(3)=2.025")
    assert ended.returncode == 2
    assert "alpha_9(3): there is no such step" in ended.stderr


def test_the_status_says_whether_something_is_wrong() -> None:
    assert run("hinge_sequence", "--answer", "0.467").returncode == 0
    assert run("hinge_sequence", "--answer", "1.4").returncode == 1
    assert run("hinge_sequence").returncode == 2
    assert run("hinge_sequence", "--answer", "x").returncode == 1
    assert run("hinge_sequence", "nowhere.yaml").returncode == 4
    assert run("hinge_sequence", "--lint", "--format", "json").returncode == 2


def test_later_answers_are_not_given_away_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "student: s1042\nanswers: {hinge.3: 0.3, sum: 1.9, loss: 1.9}\n", encoding="utf-8"
    )
    plain = run("hinge_sequence", "a.yaml", cwd=tmp_path).stdout
    assert "right:   ℓ₃ = max(0, 1 − m₃)" in plain
    assert "0.4667" not in plain
    assert "0.4667" in run("hinge_sequence", "a.yaml", "--show", cwd=tmp_path).stdout


def test_the_right_line_breaks_at_its_equals_signs() -> None:
    _, _, found = run("hello_ctc", "--answer", "3").stdout.partition("right:   ")
    assert found.splitlines()[0] == "L = −ln(p(l|x)) = −ln(0.00206976) ≈ 6.180"


def test_a_long_right_line_has_its_equals_signs_one_below_the_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("answers: {alignment.1: 0.5}\n", encoding="utf-8")
    _, _, found = run("hello_ctc", "a.yaml", cwd=tmp_path).stdout.partition("right:   ")
    assert found.partition("\n\n")[0].splitlines() == [
        "P(π₁) = P(H) · P(-) · P(E) · P(-) · P(L) · P(-) · P(L) · P(-)",
        " " * 21 + "· P(O)",
        " " * 19 + "= 0.6 × 0.2 × 0.5 × 0.2 × 0.7 × 0.2 × 0.7 × 0.2 × 0.8",
        " " * 19 + "= 0.00018816",
    ]


def test_json_is_as_promised(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("student: s1\nanswers: {loss: 1.4}\n", encoding="utf-8")
    one = json.loads(run("hinge_sequence", "a.yaml", "--format", "json", cwd=tmp_path).stdout)
    assert one["student"] == "s1"
    assert one["score"] == {
        "right": 0,
        "follows_through": 0,
        "wrong": 1,
        "unreadable": 0,
        "asked": 1,
    }
    (mark,) = one["marks"]
    assert mark["id"] == "loss"
    assert mark["answer"] == 1.4
    assert mark["ours"] == pytest.approx((0.2 + 0.5 + 0.7) / 3, rel=1e-15)
    assert mark["verdict"] == "wrong"
    assert mark["slips"] == [{"code": "sum-for-mean", "text": "This is the sum; divide it by 3."}]
    assert one["first_mistake"] == "loss"
    (tmp_path / "b.yaml").write_text("answers: {loss: 0.467}\n", encoding="utf-8")
    several = json.loads(run("hinge_sequence", ".", "--format", "json", cwd=tmp_path).stdout)
    assert [each["student"] for each in several] == ["s1", "b"]


def test_a_broken_sheet_is_told_and_the_others_are_marked(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("answers: {loss: 1.4}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("answers: {los: 1.4}\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("student: =cmd()\nanswers: {loss: 0.467}\n", encoding="utf-8")
    result = run("hinge_sequence", ".", "--format", "csv", cwd=tmp_path)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["student"] for row in rows] == ["a", "'=cmd()"]
    assert rows[0]["causes"] == "sum-for-mean"
    assert "did you mean 'loss'?" in result.stderr
    assert result.returncode == 3


def test_a_class_is_summed_up(tmp_path: Path) -> None:
    for n, answer in enumerate(["1.4", "1.4", "0.467"]):
        (tmp_path / f"s{n}.yaml").write_text(f"answers: {{loss: {answer}}}\n", encoding="utf-8")
    text = run("hinge_sequence", str(tmp_path)).stdout
    assert "3 sheets, 1 with everything right." in text
    assert "sum-for-mean  2" in text


def test_a_problem_is_told_what_it_cannot_tell() -> None:
    one_step = lossclass.load(
        {"loss": "hinge", "y_true": [1], "y_pred": [0.3], "reduction": "mean"}
    )
    solution = lossclass.solve(one_step)
    from lossclass.solving import diagnosis_of

    codes = {each.slip.code for each in lint(solution, diagnosis_of(one_step, solution))}
    assert {"max-forgotten"} <= codes
    assert "log10-for-ln" not in codes
    text = run("hello_ctc", "--lint")
    assert text.returncode == 0
    assert "HELLO" in text.stdout


def test_marks_of_one_line_stand_close_to_their_like(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "answers: {hinge.1: 0.2, hinge.2: 0.5, hinge.3: 0.6, sum: 1.3, loss: 0.433}\n",
        encoding="utf-8",
    )
    lines = run("hinge_sequence", "a.yaml", cwd=tmp_path).stdout.splitlines()
    signs = "".join(line[:1] or "|" for line in lines)
    assert re.search(r"\|✓✓\|✗ +\|→→\|", signs)


def test_a_sheet_with_nothing_on_it_is_not_right(tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("answers: {}\n", encoding="utf-8")
    programs.run("worksheet", "hinge_sequence", "--sheet", tmp_path / "whole.yaml")
    for name, said in (
        ("none", "nothing handed in\n"),
        ("whole", "nothing handed in: 0 of 8 answers\n"),
    ):
        ended = run("hinge_sequence", str(tmp_path / f"{name}.yaml"))
        assert (ended.returncode, ended.stderr) == (1, "")
        assert said in ended.stdout
    both = run("hinge_sequence", str(tmp_path))
    assert both.returncode == 1
    assert "2 sheets, 0 with everything right." in both.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loss: mse\ntitle: Mine\ny_true: [1]\ny_pred: [2]\n", "loss: this is a problem"),
        ("exam: Mine\nproblems: [hello_ctc]\n", "exam: this is an exam"),
        ("quiz: Mine\nquestions: []\n", "quiz: this is a quiz"),
    ],
)
def test_what_is_no_sheet_is_told_what_it_is(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    ended = run("hinge_sequence", "a.yaml", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"a.yaml:1:1: {said}, not an answer sheet; 'lossclass " in ended.stderr


def test_a_sheet_is_no_problem_and_no_quiz_and_bundled_files_go_by_their_names(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yaml").write_text("answers: {loss: 1}\n", encoding="utf-8")
    for command, what in (("practice", "a problem"), ("quiz", "a quiz")):
        ended = programs.run(command, tmp_path / "a.yaml")
        assert ended.returncode == 3
        assert f"answers: this is an answer sheet, not {what}; 'lossclass check" in ended.stderr
    assert programs.run("practice", "session_quiz").stderr.startswith("session_quiz:3:1: quiz: ")


@pytest.mark.parametrize(
    "printed",
    [
        "tensor(0.4667, grad_fn=<NllLossBackward0>)",
        "loss = tensor(0.4667, device='cuda:0', dtype=torch.float64)",
        "<tf.Tensor: shape=(), dtype=float32, numpy=0.4667>",
    ],
)
def test_an_answer_may_be_as_a_program_prints_it(printed: str) -> None:
    assert run("hinge_sequence", "--answer", printed).returncode == 0


def test_an_answer_that_is_not_asked_is_handed_in() -> None:
    ended = run("ab_ctc", "--only", "alpha", "--answer", "2.025")
    assert "\n0 of 15 right, 15 not answered\n" in ended.stdout

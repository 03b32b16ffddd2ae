"""``lossclass practice``: answers and how they are read, hints, leaving, and the sheet that is kept."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from programs import run
from rich.cells import cell_len
from rich.console import Console
from terminals import Terminal

import lossclass
from lossclass.arithmetic.expression import Constant, Expression, Negative, Power, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import FileError, UsageError
from lossclass.hand_in.cells import read_cell
from lossclass.hand_in.reading import sheets_in
from lossclass.marking.check import Checker
from lossclass.practice import ask
from lossclass.practice.hints import Hint, _in_words, hints_for
from lossclass.practice.session import Session
from lossclass.practice.telling import gives_away
from lossclass.problem.bundled import bundled_problems
from lossclass.runs.checking import checker_of
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Grid, Question

SEVERAL = (
    "hinge_sequence", "hello_ctc", "sentiment_batch", "regression_series", "too_short_ctc",
    "binary_cross_entropy_batch", "three_step_episode", "language_model_perplexity",
)  # fmt: skip
HINGE = ("0.8", "0.2", "-0.5*-1", "0.5", "0.3", "0.7", "0.2 + 0.5 + 0.7", "7/15")
_NUMBER = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")

checked = cache(checker_of)


@cache
def questions(name: str) -> tuple[Question, ...]:
    return worksheet(checked(name).solution).questions


def lines(*replies: str) -> str:
    return "".join(f"{reply}\n" for reply in replies)


def practise(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    replies: Sequence[str],
    only: Sequence[str] = (),
    save: Path | None = None,
) -> tuple[Session, str]:
    """A session in this process, and what it prints."""
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines(*replies)))
    monkeypatch.setattr(sys, "stdout", printed)
    console = Console(file=printed, width=80, color_system=None)
    session = ask.practise(checked(name), console, only, save)
    return session, printed.getvalue()


def text_of(value: Decimal, digits: int) -> str:
    if value.is_infinite():
        return PLAIN.number(value)
    return str(round_significant(value, digits))


def verdicts(checker: Checker, path: Path) -> dict[str, str]:
    return {mark.id: mark.verdict for mark in checker.check(next(sheets_in(path))).marks}


# --- how answers are taken ---------------------------------------------------------------------


def test_an_answer_that_cannot_be_read_is_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    session, printed = practise(monkeypatch, "hinge_sequence", ["0.8.1", "eight", "", *HINGE])
    assert session.wrong == 0
    assert all(gone.is_at_once for gone in session.gone.values())
    assert "It has several decimal points." in printed
    assert "It is no number." in printed


# --- answers and their marks --------------------------------------------------------------------


@pytest.mark.some(4)
@pytest.mark.grid(name=SEVERAL, digits=[3, 6])
def test_right_answers_all_the_way(monkeypatch: pytest.MonkeyPatch, name: str, digits: int) -> None:
    values = checked(name).solution.values
    ids = [question.id for question in questions(name)]
    session, printed = practise(monkeypatch, name, [text_of(values[id], digits) for id in ids])
    assert list(session.gone) == ids
    assert all(gone.is_at_once for gone in session.gone.values())
    assert f"Right at the first try: {len(ids)} of {len(ids)} step" in printed
    assert "Not right" not in printed
    assert "To look at again" not in printed


def test_arithmetic_all_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    session, printed = practise(monkeypatch, "hinge_sequence", HINGE)
    assert all(gone.is_at_once for gone in session.gone.values())
    assert "> 7/15\n  That is 0.4667.\n✓ Right.\n" in printed
    assert "> 0.2 + 0.5 + 0.7\n  That is 1.4.\n✓ Right.\n" in printed


def test_a_rounded_answer_is_told_more_of_its_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    _, printed = practise(monkeypatch, "hinge_sequence", [*HINGE[:-1], "0.47"])
    assert "> 0.47\n✓ Right. With more digits it is 0.4667.\n" in printed  # 1.4 / 3


def test_a_wrong_answer_is_told_its_slip_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, printed = practise(monkeypatch, "hinge_sequence", [*HINGE[:-1], "1.4", "0.1", "0.467"])
    assert "> 1.4\n✗ Not right.\n  This is the sum; divide it by 3.\n" in printed
    assert "> 0.467\n✓ Right." in printed
    assert (session.gone["loss"].wrong, session.gone["loss"].ending) == (2, "right")
    assert "Right at the first try: 7 of 8 steps.\nRight after wrong tries: 1." in printed
    assert "Wrong tries: 2.\nTo look at again: loss.\n" in printed


def test_working_with_other_operands_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "0.6 * 0.2 * 0.5 * 0.7 * 0.7 * 0.2 * 0.2 * 0.8"
    _, printed = practise(monkeypatch, "hello_ctc", [wrong])
    said = " ".join(printed.split())
    assert "Not right. The factor P(-) is left out once." in said
    other = "0.6 * 0.2 * 0.5 * 0.2 * 0.7 * 0.2 * 0.7 * 0.1 * 0.9"
    said = " ".join(practise(monkeypatch, "hello_ctc", [other])[1].split())
    assert "Not right. Its factors are not those of this step: it leaves out P(-) = 0.2" in said


def test_what_follows_from_a_wrong_answer_is_done_right(monkeypatch: pytest.MonkeyPatch) -> None:
    # 0.9 for the second hinge, given up; then the sum with it: 0.2 + 0.9 + 0.7.
    replies = ["0.8", "0.2", "0.5", "0.9", "skip", "0.3", "0.7", "1.8", "0.6"]
    session, printed = practise(monkeypatch, "hinge_sequence", replies)
    assert [gone.ending for gone in session.gone.values()][-2:] == ["follows_through"] * 2
    assert printed.count("→ It follows from your earlier number") == 2
    assert "Right at the first try: 7 of 8 steps.\nSkipped: 1.\nWrong tries: 1.\n" in printed


@pytest.mark.parametrize("name", SEVERAL)
def test_after_steps_are_skipped_the_number_shown_leads_on(name: str) -> None:
    solution = checked(name).solution
    session = Session(checked(name))
    ids = [question.id for question in questions(name)]
    for n, id in enumerate(ids):
        session.begin(id)
        if n % 3 != 2:
            session.skip(id)
            continue
        answer = text_of(show(solution.values[id], 4).value, 4)
        assert session.mark(id, read_cell(answer)).verdict == "right"


@pytest.mark.some(2)
@pytest.mark.grid(24, name=bundled_problems())
def test_a_wrong_answer_is_never_told_the_right_number(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Twice, half, a tenth and the negative of a step in every few; what is said of them has
    no number that is the right one and stands nowhere in the formula."""
    solution = checked(name).solution
    for question in questions(name)[:: 1 + len(questions(name)) // 5]:
        value = solution.values[question.id]
        if not value.is_finite() or not value:
            continue
        tries = [value * 2, value / 2, value / 10, -value, value + Decimal("0.0123")]
        _, printed = practise(
            monkeypatch, name, [text_of(each, 3) for each in tries], only=[question.id]
        )
        seen = set(constants_and_operands(question, name))
        for said in re.findall(r"✗ Not right\.\n((?:  .*\n)*)", printed):
            assert not gives_away(" ".join(said.split()), value, seen), (question.id, said)


def test_giving_away_is_seen() -> None:
    value = Decimal("0.46667")
    for text in ("it is 0.467", "0.4667 is right", "about 4.7 × 10⁻¹"):
        assert gives_away(text, value, set())
    for text in ("divide it by 3", "0.7 is left out", "In h₁: it is 0.5", "10 times"):
        assert not gives_away(text, value, set())
    assert not gives_away("the factor 0.4667", value, {value})
    assert gives_away("It is 12.", Decimal(12), set())
    assert gives_away("It is 0.2.", Decimal("0.2"), set())


def test_a_state_is_taken_by_its_name_and_a_first_place_of_0_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.yaml"
    session, printed = practise(
        monkeypatch, "weather_hmm", ["0", "Rainy", "sun"], only=["best"], save=path
    )
    assert "Note: Places are counted from 1 here: 0 is taken for 1.\n✓ Right." in printed
    assert all(gone.is_at_once for gone in session.gone.values())
    assert set(verdicts(checked("weather_hmm"), path).values()) == {"right"}


def test_a_number_in_another_unit_is_told_in_that_of_the_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, printed = practise(monkeypatch, "weather_hmm", ["5.0957 bits"], only=["loss"])
    assert "Note: 5.0957 bits ≈ 3.532 nats, which are asked.\n✓ Right." in printed


def test_only_the_step_that_was_begun_is_marked() -> None:
    session = Session(checked("hinge_sequence"))
    session.begin("margin.1")
    with pytest.raises(ValueError, match="sum is not the step"):
        session.mark("sum", read_cell("1.4"))
    session.begin("hinge.1")
    with pytest.raises(ValueError, match=r"margin\.1 is not the step"):
        session.mark("margin.1", read_cell("0.8"))
    with pytest.raises(ValueError, match=r"margin\.1 is not the step"):
        Session(checked("hinge_sequence")).mark("margin.1", read_cell("0.8"))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("1", "Right, if it is rounded: it is 0.8."),
        ("0.80", "Right."),
        ("4/5", "Right."),
    ],
)
def test_a_digit_that_is_right_as_a_rounding_alone_is_told_the_number(
    monkeypatch: pytest.MonkeyPatch, reply: str, said: str
) -> None:
    _, printed = practise(monkeypatch, "hinge_sequence", [reply])
    assert f"✓ {said}\n" in printed


def test_who_is_wrong_again_is_reminded_of_what_can_be_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reminder = "✗ Not right.\n  ? gives a hint, skip shows the step and goes on, quit leaves.\n"
    _, printed = practise(monkeypatch, "hinge_sequence", ["7", "7", "?", "7", "7", "q", "0.8"])
    assert "> 7\n✗ Not right.\n> 7\n" + reminder in printed
    assert printed.count(reminder) == 1
    assert "Left after 0 of 8" in printed


@pytest.mark.parametrize("reply", ["help", "Help", "", "n/a"])
def test_help_says_what_can_be_typed_and_is_no_try(
    monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    session, printed = practise(monkeypatch, "hinge_sequence", [reply, "y1*0.8"])
    assert printed.count(f"\n{ask.WHAT_TO_TYPE}\n{ask._COMMANDS}\n") == 1
    assert (
        f"'y1' in it is no number and no function; write the number that it has.\n{ask.WHAT_TO_TYPE}\n"
        in printed
    )
    assert session.wrong == 0


@pytest.mark.parametrize("reply", ["2**3", "10**(1-1) - 0.9"])
def test_arithmetic_is_not_told_that_digits_were_written_wrong(
    monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    _, printed = practise(monkeypatch, "hinge_sequence", [reply], only=["margin.1"])
    assert "Not right" in printed
    assert "digit" not in printed[printed.index("Not right") :]


# --- hints ------------------------------------------------------------------------------------


def constants_and_operands(question: Question, name: str) -> Iterator[Decimal]:
    values = checked(name).solution.values

    def within(expression: Expression) -> Iterator[Decimal]:
        if isinstance(expression, Constant):
            yield expression.number
        elif isinstance(expression, Quantity):
            yield values[expression.id]
        for operand in expression.operands:
            yield from within(operand)

    return (abs(each) for each in within(question.quantity.definition))


def hint_text(hint: Hint) -> str:
    return "\n".join([*hint.texts, *([hint.side[1]] if hint.side else [])])


@pytest.mark.grid(12, name=bundled_problems())
def test_no_hint_has_the_result(name: str) -> None:
    """Numbers in hints are those of the formula; the result is not among them, unless one of
    these happens to be the same."""
    solution = checked(name).solution
    for question in questions(name):
        value = abs(solution.values[question.id])
        formula = set(constants_and_operands(question, name))
        hints = hints_for(question, solution.values, 4)
        if value in formula:
            continue
        for hint in hints:
            assert not gives_away(hint_text(hint), value, formula), (question.id, hint)


def test_hints_tell_more_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    _, printed = practise(
        monkeypatch, "hinge_sequence", [*HINGE[:-1], "?", "HINT", "?", "?", "0.467"]
    )
    asked = printed[printed.index("L = S / 3") :]
    assert asked.startswith(
        "L = S / 3\n"
        "> ?\n  Here: the mean of the ℓₜ, their sum divided by 3.\n  Divide S by 3.\n"
        "> HINT\n  S = 1.4\n"
        "> ?\n  L = 1.4 / 3\n  There is no further hint; skip shows the step.\n"
        "> ?\n  L = 1.4 / 3\n"
    )
    assert "Right at the first try: 7 of 8 steps.\nRight after a hint: 1.\n" in printed


def test_what_is_only_copied_has_one_hint() -> None:
    copied = next(each for each in questions("three_step_episode") if each.id == "return.3")
    (hint,) = hints_for(copied, checked("three_step_episode").solution.values, 4)
    assert hint.texts[-1] == "Take r₃ as it is."


def test_hints_in_words() -> None:
    def first(name: str, id: str) -> str:
        question = next(each for each in questions(name) if each.id == id)
        return hints_for(question, checked(name).solution.values, 4)[0].texts[-1]

    assert first("hinge_sequence", "hinge.1") == "Take the larger of 0 and 1 − m₁."
    assert first("hinge_sequence", "sum") == "Add ℓ₁, ℓ₂ and ℓ₃."
    assert first("hinge_sequence", "margin.1") == "Multiply y₁ and ŷ₁."
    assert first("rnn_regression_series", "error.1") == "Subtract ŷ₁ from y₁."
    assert first("rnn_regression_series", "squared_error.1") == "Square e₁."
    assert first("rnn_regression_series", "hidden.1.1") == "Take the hyperbolic tangent of a₁."
    assert first("hello_ctc", "loss").startswith("Take the natural logarithm of p(l|x)")
    assert first("hello_ctc", "loss").endswith(", and change the sign.")
    a, b = (Quantity(each, Symbol(each), Constant(3)) for each in "ab")
    assert _in_words(Power(Constant(2), a)) == "Raise 2 to the power a."
    assert _in_words(Sum(Negative(a), Negative(b))) == "Add a and b, and change the sign."


def test_of_a_table_what_is_known_is_shown_and_nothing_if_that_is_no_number() -> None:
    half, fifth = Decimal("0.5"), Decimal("0.2")
    table = Grid("alpha", ("t", "a", "b", "c"), (("1", half, None, None), ("2", None, None, fifth)))
    shown = (("1", half, "?"), ("2", "?", fifth))
    assert ask.with_what_is_known(table) == Grid("alpha", ("t", "a", "c"), shown)
    whole = Grid("alpha", ("t", "a"), (("1", half),))
    assert ask.with_what_is_known(whole) is whole
    assert ask.with_what_is_known(Grid("alpha", ("t", "a"), (("1", None),))) is None


# --- leaving ------------------------------------------------------------------------------------


def test_skipping_shows_the_line_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    session, printed = practise(monkeypatch, "hinge_sequence", [*HINGE[:-1], "Skip"])
    assert "> Skip\n  L = 1.4 / 3\n    ≈ 0.4667\n" in printed
    assert session.gone["loss"].ending == "skipped"
    assert "Skipped: 1.\nTo look at again: loss.\n" in printed


@pytest.mark.thorough
def test_all_can_be_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SEVERAL:
        session, printed = practise(monkeypatch, name, ["skip"] * len(questions(name)))
        assert all(gone.ending == "skipped" for gone in session.gone.values())
        assert f"Skipped: {len(questions(name))}.\n" in printed


@pytest.mark.parametrize("end", [["quit", "0.2"], ["EXIT"], []])
def test_quit_and_the_end_of_input_leave_with_the_sum(end: list[str]) -> None:
    result = run("practice", "hinge_sequence", typed=lines("0.8", "0.3", *end))
    assert (result.returncode, result.stderr) == (0, "")
    assert "Left after 1 of 8" in result.stdout
    assert "Right at the first try: 1 of 1 step.\nWrong tries: 1.\n" in result.stdout


def test_leaving_at_once() -> None:
    result = run("practice", "hinge_sequence")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("No step was answered.\n")
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_and_odd_bytes_do_no_harm(end: str) -> None:
    typed = f"\ufeff0.8{end}0.2{end}\x1b[31m".encode() + b"\xff\n"
    result = run("practice", "hinge_sequence", typed=typed)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Right at the first try: 2 of 2 steps." in result.stdout
    assert "\x1b" not in result.stdout


# --- which steps are asked ------------------------------------------------------------------------


def test_only_some_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    session, printed = practise(
        monkeypatch, "hinge_sequence", ["0.2", "0.5", "0.7"], only=["hinge"]
    )
    assert list(session.gone) == ["hinge.1", "hinge.2", "hinge.3"]
    assert "Right at the first try: 3 of 3 steps." in printed
    with pytest.raises(UsageError, match="no step is called 'x'"):
        practise(monkeypatch, "hinge_sequence", [], only=["x"])


@pytest.mark.parametrize(
    ("name", "only", "needed"),
    [
        ("hinge_sequence", ["loss"], "S = 1.4"),
        ("ab_ctc", ["alpha.3"], "α₂(1) = 0.2"),
        ("weather_hmm", ["best"], "ψ₃(Rainy) = 1, ψ₃(Sunny) = 1"),  # by way of a pointer
    ],
)
def test_of_steps_that_are_not_asked_the_numbers_are_told(
    monkeypatch: pytest.MonkeyPatch, name: str, only: list[str], needed: str
) -> None:
    replies = ["skip"] * len(worksheet(checked(name).solution, only=only).questions)
    session, printed = practise(monkeypatch, name, replies, only)
    assert f"  From steps not asked here: {needed}.\n> skip" in printed
    assert len(session.done) == len(replies)


def test_what_is_asked_or_read_off_it_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _, printed = practise(monkeypatch, "weather_hmm", ["skip"] * 22)
    assert "not asked here" not in printed
    assert "pointer.3" in printed
    _, printed = practise(monkeypatch, "hinge_sequence", ["skip"] * 4, ["hinge", "loss"])
    assert "ℓ₁ = max(0, 1 − m₁)\n  From steps not asked here: m₁ = 0.8.\n" in printed
    assert "From steps not asked here: S = 1.4.\n" in printed


@pytest.mark.parametrize(
    ("name", "option", "id"),
    [
        ("weather_hmm", "--baum-welch", "updated.emission.1.1"),
        ("weather_hmm", "--backward", "beta.2.1"),
        ("ab_ctc", "--backward", "beta.2.2"),
        ("ab_ctc", "--log-space", "log_alpha.1.1"),
        ("tagging_crf", "--viterbi", "best.1"),
        ("go_transducer", "--backward", "beta.1.1"),
        ("hinge_sequence", "--gradient", "gradient.sum"),
    ],
)
def test_more_steps_are_asked_where_they_are_wanted(name: str, option: str, id: str) -> None:
    ended = run("practice", name, option, "--only", id, typed=lines("skip"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f" {id}  1/1\n" in ended.stdout
    without = run("practice", name, "--only", id)
    assert without.returncode == 2


def test_an_option_that_changes_nothing_is_said_and_an_exam_has_problems(tmp_path: Path) -> None:
    ended = run("practice", "weather_hmm", "--viterbi")
    assert "--viterbi changes nothing in this problem" in ended.stderr
    exam = tmp_path / "exam.yaml"
    exam.write_text("exam: Two\nproblems: [hello_ctc, hinge_sequence]\n")
    ended = run("practice", exam)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "take its problems one by one: hello_ctc, hinge_sequence" in ended.stderr
    assert run("practice", exam, "--gradient").returncode == 2


def test_a_long_working_is_asked_as_a_worksheet_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "hello_seven_steps_ctc"
    asked = questions(name)
    _, printed = practise(monkeypatch, name, ["skip", "skip"])
    assert f"\n{len(asked)} steps. " in printed
    for n, question in enumerate(asked[:3], start=1):
        assert f" {question.id}  {n}/{len(asked)}\n" in printed


def test_the_problem_cannot_come_from_where_the_answers_do() -> None:
    result = run("practice", "-", typed="loss: hinge\n")
    assert (result.returncode, result.stdout) == (2, "")
    assert "the answers come from standard input" in result.stderr


# --- the sheet that is kept -----------------------------------------------------------------------


@pytest.mark.grid(6, name=SEVERAL)
def test_the_sheet_is_marked_as_the_session_was(
    monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    """Right numbers, arithmetic, skipped steps, and wrong answers given up, in turn."""
    values, path = checked(name).solution.values, tmp_path / "a.yaml"
    replies: list[str] = []
    for n, question in enumerate(questions(name)):
        value = values[question.id]
        number = text_of(value, 4)
        wrong = text_of(value * 3 + 1, 3) if value.is_finite() else "1"
        replies += [[number], [f"{number} + 0"], ["skip"], [wrong, "skip"], [wrong, number]][n % 5]
    session, printed = practise(monkeypatch, name, replies, save=path)
    names = {"skipped": "missing"}
    expected = {
        id: "wrong" if gone.wrong and gone.ending == "skipped" else names.get(str(gone.ending), gone.ending)
        for id, gone in session.gone.items()
    }  # fmt: skip
    assert verdicts(checked(name), path) == expected
    (sheet,) = sheets_in(path)
    assert {id: each and each.value for id, each in sheet.cells.items()} == {
        id: each and each.value for id, each in session.answers.items()
    }
    assert sheet.problem == name
    assert f"Your answers are in {path}." in " ".join(printed.split()).replace("- ", "-")


def test_check_reads_the_sheet(tmp_path: Path) -> None:
    run("practice", "hinge_sequence", "--save", "a.yaml", typed=lines(*HINGE), cwd=tmp_path)
    text = (tmp_path / "a.yaml").read_text(encoding="utf-8")
    assert '  loss: "7/15"\n' in text
    result = run("check", "hinge_sequence", "a.yaml", "--format", "json", cwd=tmp_path)
    assert result.returncode == 0
    assert json.loads(result.stdout)["score"]["right"] == len(HINGE)


def test_a_sheet_is_not_written_over_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    result = run("practice", "hinge_sequence", "--save", path, typed=lines("0.8"))
    assert (result.returncode, result.stdout) == (4, "")
    assert "--force writes over it" in result.stderr
    assert path.read_text() == "mine"
    assert run("practice", "hinge_sequence", "--save", path, "--force", typed="").returncode == 0
    assert path.read_text() == "mine"  # nothing was answered
    run("practice", "hinge_sequence", "--save", path, "--force", typed=lines("0.8"))
    assert [*next(sheets_in(path)).cells] == ["margin.1"]


def test_a_file_that_somebody_made_meanwhile_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.yaml"
    show_all = ask._Asking._show

    def show_and_write(asking: ask._Asking, question: Question) -> None:
        path.write_text("theirs")
        show_all(asking, question)

    monkeypatch.setattr(ask._Asking, "_show", show_and_write)
    with pytest.raises(FileError, match="exists"):
        practise(monkeypatch, "hinge_sequence", ["0.8"], save=path)
    assert path.read_text() == "theirs"


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    result = run("practice", "hinge_sequence", "--save", tmp_path / "none" / "a.yaml", typed="0.8")
    assert (result.returncode, result.stdout) == (4, "")
    assert "there is no folder" in result.stderr


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    result = run("practice", "hinge_sequence", "--save", tmp_path / "a.txt")
    assert result.returncode == 2
    assert "YAML" in result.stderr


# --- in a terminal ----------------------------------------------------------------------------


@pytest.mark.some(3)
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    replies = ["half", "1", "2*3", "?", "?", "?", "", "skip"] * len(questions("hello_ctc"))
    printed = run("practice", "hello_ctc", typed=lines(*replies), COLUMNS=str(columns)).stdout
    assert "Skipped" in printed
    assert max(map(cell_len, printed.splitlines())) <= columns


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal("practice", "hinge_sequence", "--save", tmp_path / "a.yaml")
    yield opened
    opened.close()


def test_a_session_in_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    assert "m₁ = y₁ · ŷ₁" in terminal.until("margin.1  1/8\n  m₁ = y₁ · ŷ₁\n> ")
    terminal.type("0.88\x7f\n")  # a digit too many, taken back
    assert "✓ Right." in terminal.until("ℓ₁ = max(0, 1 − m₁)\n> ")
    terminal.type("1 + 0.8\n")
    assert "✗ Not right." in terminal.until("\n> ")
    terminal.type("?\n")
    terminal.until("Take the larger of 0 and 1 − m₁.\n> ")
    terminal.type("0.2\n")
    for reply in HINGE[2:]:
        terminal.until("\n> ")
        terminal.type(f"{reply}\n")
    ended = terminal.until("Your answers are in")
    assert "Right at the first try: 7 of 8 steps." in ended
    assert terminal.status() == 0
    assert list(verdicts(checked("hinge_sequence"), tmp_path / "a.yaml").values()) == ["right"] * 8


@pytest.mark.thorough
@pytest.mark.parametrize(
    "key",
    [
        pytest.param("\x03", id="Ctrl-C"),
        pytest.param("\x04", id="Ctrl-D", marks=pytest.mark.thorough),  # see the quiz
    ],
)
def test_a_terminal_session_is_left_with_the_sum_and_the_sheet(
    terminal: Terminal, tmp_path: Path, key: str
) -> None:
    terminal.until("\n> ")
    terminal.type("0.8\n")
    terminal.until("max(0, 1 − m₁)\n> ")
    assert [*next(sheets_in(tmp_path / "a.yaml")).cells] == ["margin.1"]  # kept step by step
    terminal.type("0.3\n")
    terminal.until("Not right.\n> ")
    terminal.interrupt(key)
    printed = terminal.until("Your answers are in")
    assert "Left after 1 of 8" in printed
    assert "Wrong tries: 1." in printed
    assert "Traceback" not in printed
    assert terminal.status() == 0
    marked = verdicts(checked("hinge_sequence"), tmp_path / "a.yaml")
    assert marked == {"margin.1": "right", "hinge.1": "wrong"}


def test_a_table_of_words_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    _, printed = practise(monkeypatch, "typing_edit_distance", ["quit"])
    assert re.search(r"reference +c +h +a +l +k", printed)


def test_of_many_numbers_a_hint_names_the_first_and_the_last() -> None:
    for count, named, lines in (
        (12, 12, 12),
        (13, 6 + 2, 13),
        (16, 6 + 2, 16),
        (17, 6 + 2, 10 + 1 + 3),
    ):
        keys = {"loss": "mae", "y_true": [0] * count, "y_pred": [*range(1, count + 1)]}
        solution = lossclass.solve(keys)
        (question,) = (each for each in worksheet(solution).questions if each.id == "sum")
        in_words, numbers, _ = hints_for(question, solution.values, 4)
        assert in_words.texts[-1].count("ℓ") == named
        assert (f", {count - named} more like these, " in in_words.texts[-1]) is (named < count)
        assert len(numbers.texts) == lines
        assert numbers.texts[-1].endswith(str(count))

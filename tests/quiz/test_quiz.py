"""Quizzes: which answers are accepted, what is said of bad files, and sessions in a terminal.

Every ``bad_quizzes/NAME.yaml`` has the messages that it must give in ``NAME.txt`` beside it;
``--force-regen`` writes them anew.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import LOSSCLASS, run, shell
from pytest_regressions.file_regression import FileRegressionFixture
from rich.cells import cell_len
from terminals import Terminal

import lossclass
from lossclass import cli
from lossclass.problem.bundled import (
    bundled_files,
    bundled_folder,
    bundled_problems,
    bundled_quizzes,
)
from lossclass.quiz import quiz_file
from lossclass.quiz.answers import is_typo, mentions, options_meant, plain, same, verdict
from lossclass.quiz.questions import Choose, Fill, Quiz, Short
from problems import ANY_CHARACTER

BAD = Path(__file__).parent / "bad_quizzes"
BAD_NAMES = sorted(path.stem for path in BAD.glob("*.yaml"))
SESSION = quiz_file.load(bundled_quizzes()["session_quiz"])
SMALL = """\
quiz: A small quiz
questions:
  - fill: "An alignment of CTC may hold ___ beside the labels, and is as long as the ___."
    accept: [[blanks, blank], [input, the input sequence]]
  - choose: "Which losses take scores instead of probabilities?"
    options: [cross-entropy, hinge, CTC, "hinge for sequences"]
    answer: [2, hinge for sequences]
    why: They compare scores by a margin.
  - choose: "What is −ln 1?"
    options: ["0", "-1", "½"]
    answer: "0"
  - short: "What is a margin?"
    model: How far a score is on the right side.
    keywords: [score, [right side, correct side]]
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


# --- which answers are accepted ---


@pytest.mark.parametrize(
    "reply",
    ["time step", "Time-Step", "the time step", "timestep", " TIME  STEP. ", "“time step”",
     "'time step'", "time‑step", "a time\u00adstep"],
)  # fmt: skip
def test_an_answer_is_right_however_it_is_typed(reply: str) -> None:
    assert verdict(reply, ["time step"]) == "right"


@pytest.mark.parametrize(
    ("reply", "accepted"),
    [("0.50", "0.5"), (".5", "0.5"), ("5e-1", "0.5"), ("−1", "-1"), ("1.", "1"), ("ŷ-y", "ŷ − y"),
     ("labeling", "labelling"), ("a", "a"), ("-", "-"), ("x^2", "x^2")],
)  # fmt: skip
def test_numbers_and_formulas_are_compared_too(reply: str, accepted: str) -> None:
    assert verdict(reply, [accepted, "labeling"]) == "right"


@pytest.mark.parametrize(
    ("reply", "accepted"),
    [("1", "-1"), ("y ŷ", "y − ŷ"), ("1 1", "11"), ("0.6", "0.5"), ("12345", "12346"),
     ("10^2", "10²"), ("sun", "sum"), ("lengths of time", "lengths"), ("b", "a b"), ("n", "n!")],
)  # fmt: skip
def test_another_answer_is_wrong_and_not_nearly_right(reply: str, accepted: str) -> None:
    assert verdict(reply, [accepted]) == "wrong"


@pytest.mark.parametrize(
    "reply", ["lengts", "lenghts", "lengthss", "langths", "llengths", "ength s"]
)
def test_one_typo_is_nearly_right(reply: str) -> None:
    assert verdict(reply, ["width", "lengths"]) == "nearly"


def test_nothing_is_no_answer() -> None:
    assert verdict("  ", ["lengths"]) == "none"


WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)


@given(WORDS, st.data())
def test_every_single_slip_of_the_fingers_is_a_typo_in_both_directions(
    word: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcxyz"))
    for typed in (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ):
        assert is_typo(typed, word)
        assert len(typed) < 4 or is_typo(word, typed)


@given(WORDS, WORDS)
def test_what_is_more_than_one_slip_away_is_no_typo(one: str, other: str) -> None:
    """Held against the edit distance with exchanges, by the table that defines it."""
    rows, columns = len(one) + 1, len(other) + 1
    far = [[max(i, j) if not i * j else 0 for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            differs = int(one[i - 1] != other[j - 1])
            far[i][j] = min(far[i - 1][j] + 1, far[i][j - 1] + 1, far[i - 1][j - 1] + differs)
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                far[i][j] = min(far[i][j], far[i - 2][j - 2] + 1)
    assert is_typo(one, other) == (far[-1][-1] <= 1)


@given(st.text(ANY_CHARACTER, max_size=30), st.text(ANY_CHARACTER, max_size=30))
def test_any_text_can_be_compared_and_is_the_same_as_itself(one: str, other: str) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)
    assert plain(f" {one.upper().lower()}  ") == plain(one.upper().lower())
    assert verdict(one, [one]) == ("right" if one.strip() else "none")


OPTIONS = ("cross-entropy", "hinge", "CTC", "hinge, for sequences")


@pytest.mark.parametrize(
    ("reply", "meant"),
    [("2", {1}), ("2.", {1}), ("3)", {2}), ("Hinge", {1}), ("hinge for sequences", None),
     ("hinge, for sequences", {3}), ("1, 3", {0, 2}), ("1 3", {0, 2}), ("1 and 3", {0, 2}),
     ("1,3;4", {0, 2, 3}), ("ctc, hinge", {1, 2}), ("2 2", {1}), ("0", None), ("5", None),
     ("1, 5", None), (",", None), ("-1", None), ("²", None)],
)  # fmt: skip
def test_options_are_chosen_by_number_or_text(reply: str, meant: set[int] | None) -> None:
    assert options_meant(reply, OPTIONS) == meant


def test_a_keyword_is_found_at_the_beginning_of_a_word() -> None:
    assert mentions("It SUMS over time-steps.", ["time step"])
    assert mentions("It adds.", ["sum", "add"])
    assert not mentions("misaligned", ["align"])
    assert not mentions("", ["align"])


# --- the bundled quiz ---


def test_it_has_three_gaps_to_fill_and_five_questions_in_the_order_of_the_handout() -> None:
    kinds = [type(each) for each in SESSION.questions.values()]
    assert kinds == [Fill] * 3 + [Short] * 5
    about = ["CTC", "structured", "squared", "CTC", "hinge", "squared", "reinforcement", "custom"]
    for question, topic in zip(SESSION.questions.values(), about, strict=True):
        text = question.fill if isinstance(question, Fill) else question.short  # type: ignore[attr-defined]
        assert topic in text


@pytest.mark.parametrize(
    ("number", "answer"), [(1, "lengths"), (2, "prediction"), (3, "regression")]
)
def test_the_answers_of_the_handout_are_right(number: int, answer: str) -> None:
    question = SESSION.questions[number]
    assert isinstance(question, Fill)
    assert question.accept[0][0] == answer


@pytest.mark.parametrize("name", bundled_quizzes())
def test_every_answer_of_a_key_is_accepted_and_no_other_question_s(name: str) -> None:
    quiz = quiz_file.load(bundled_quizzes()[name])
    fills = [each for each in quiz.questions.values() if isinstance(each, Fill)]
    for question in fills:
        for accepted in question.accept:
            assert {verdict(each, accepted) for each in accepted} == {"right"}
            others = {each for other in fills if other != question for each in other.accept[0]}
            assert {verdict(each, accepted) for each in others} == {"wrong"}


@pytest.mark.parametrize("name", bundled_quizzes())
def test_model_answers_are_two_to_four_sentences_and_mention_their_keywords(name: str) -> None:
    for question in quiz_file.load(bundled_quizzes()[name]).questions.values():
        if isinstance(question, Short):
            assert 2 <= len(re.findall(r"[.?!](?=\s|$)", question.model)) <= 4
            assert question.keywords
            for keyword in question.keywords:
                assert mentions(question.model, keyword), keyword


def test_the_numbers_of_the_hinge_answer_are_those_of_the_problem() -> None:
    solution = lossclass.solve(bundled_problems()["hinge_sequence"])
    question = SESSION.questions[5]
    assert isinstance(question, Short)
    shown = [f"{solution.step(f'hinge.{t}').value:g}" for t in (1, 2, 3)]
    assert f"the costs are {shown[0]}, {shown[1]} and {shown[2]}," in " ".join(
        question.model.split()
    )
    assert f"their sum is {solution.step('sum').value:g}" in question.model
    assert f"their mean about {solution.answer.value:.3f}" in question.model


# --- problems and quizzes are told apart ---


def test_quizzes_are_no_problems() -> None:
    assert set(bundled_quizzes()) == {"session_quiz"}
    assert set(bundled_problems()) | set(bundled_quizzes()) == set(bundled_files())
    assert "session_quiz" not in bundled_problems()


@pytest.mark.parametrize("name", ["session_quiz", bundled_folder() / "session_quiz.yaml"])
def test_solving_a_quiz_says_that_it_is_one(name: str | Path) -> None:
    result = run("solve", name)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == (
        "session_quiz:3:1: quiz: this is a quiz, not a problem; 'lossclass quiz' asks its questions\n"
    )


def test_a_quiz_in_a_folder_of_problems_is_left_out(small: Path) -> None:
    (small.parent / "p.yaml").write_text("loss: hinge\ny_true: [1]\ny_pred: [0.25]\n")
    result = run("solve", small.parent, "--detail", "answer")
    assert (result.returncode, result.stderr) == (0, "")
    assert "0.75" in result.stdout  # 1 - 0.25


def test_a_folder_of_quizzes_alone_has_nothing_to_solve(small: Path) -> None:
    result = run("solve", small.parent)
    assert result.returncode == 4
    assert "there is no problem in this folder, only quizzes or exams" in result.stderr


def test_list_has_quizzes_under_a_heading_of_their_own() -> None:
    problems, quizzes = run("list").stdout.split("bundled quiz ")
    assert "session_quiz" in quizzes
    assert "hello_ctc" in problems
    assert "session_quiz" not in problems


def test_a_quiz_that_is_not_there_suggests_the_nearest() -> None:
    result = run("quiz", "sesion_quiz")
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr == (
        "sesion_quiz: there is no such file or bundled quiz; "
        "did you mean the bundled quiz session_quiz?\n"
    )


def test_asking_a_problem_says_that_it_is_one() -> None:
    result = run("quiz", "hello_ctc")
    assert (result.returncode, result.stdout) == (3, "")
    assert "this is a problem, not a quiz; 'lossclass solve' works it out" in result.stderr


# --- bad files ---


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_quiz_gives_its_messages_and_status_3(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file_regression: FileRegressionFixture,
) -> None:
    monkeypatch.chdir(BAD)
    monkeypatch.setattr(sys, "argv", ["lossclass", "quiz", f"{name}.yaml"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output, errors = capsys.readouterr()
    assert (ended.value.code, output) == (3, "")
    assert all(re.match(rf"{name}\.yaml:\d+:\d+: ", line) for line in errors.splitlines())
    file_regression.check(errors, encoding="utf-8", fullpath=BAD / f"{name}.txt")


def test_every_bad_quiz_has_its_messages_and_all_messages_have_their_quiz() -> None:
    assert sorted(path.stem for path in BAD.glob("*.txt")) == BAD_NAMES


def test_a_file_that_cannot_be_read_ends_with_4(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.yaml"):
        result = run("quiz", path)
        assert (result.returncode, result.stdout) == (4, "")
        assert result.stderr.startswith(f"{path}: ")


# --- a session through a pipe ---


def complete(quiz: Quiz) -> str:
    """The lines that answer everything right."""
    lines: list[str] = []
    for question in quiz.questions.values():
        match question:
            case Fill():
                lines += [accepted[-1].upper() for accepted in question.accept]
            case Choose():
                lines.append(", ".join(str(each + 1) for each in question.answer))
            case Short():
                lines += [" ".join(question.model.split()), "r"]
    return "".join(f"{line}\n" for line in lines)


def test_answering_everything_right_through_a_pipe() -> None:
    result = run("quiz", typed=complete(SESSION))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("✓ Right.") == 3
    assert "Not found in yours" not in result.stdout
    assert result.stdout.endswith(
        "Right: 3 of 3 marked questions.\nShort answers, as you judge them: 5 right.\n"
    )


def test_the_other_kinds_of_questions_right(small: Path) -> None:
    result = run("quiz", small, typed=complete(quiz_file.load(small)))
    assert "✓ Gap 1: Right.\n✓ Gap 2: Right.\n" in result.stdout
    assert "Right: 3 of 3 marked questions." in result.stdout


def test_wrong_answers_are_told_with_the_right_ones_and_why(small: Path) -> None:
    typed = "blnks\nwater\n1, 2\nnone of these\nthe score\npartly\n"
    result = run("quiz", small, typed=typed)
    assert result.returncode == 0
    for line in [
        "gap 1 > blnks",
        "~ Gap 1: Nearly: check the spelling, and singular or plural. It is: blanks",
        "✗ Gap 2: Not right. It is: input",
        "✗ Not right. It is: 2. hinge; 4. hinge for sequences",
        "  They compare scores by a margin.",
        "That is none of them; they go from 1 to 3.",
        "✗ Not right. It is: 1. 0",
        "✓ Yours mentions: score.",
        "– Not found in yours: right side.",
        "Right: 0 of 3 marked questions.",
        "Short answers, as you judge them: 1 partly right.",
        "To look at again: 1, 2, 3, 4.",
    ]:
        assert f"\n{line}\n" in result.stdout


def test_a_typo_is_told_but_not_counted(small: Path) -> None:
    result = run("quiz", small, typed="blnks\ninput\n2 4\n1\n")
    assert "Right: 2 of 3 marked questions, and 1 more but for the spelling." in result.stdout


def test_empty_lines_pass_questions_over(small: Path) -> None:
    result = run("quiz", small, typed="\n\n\n\n\n")
    assert "– Gap 2: Passed over. It is: input" in result.stdout
    assert "Right: 0 of 3 marked questions; passed over: 3." in result.stdout
    assert "Short answers passed over: 1." in result.stdout
    assert "as you judge" not in result.stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Left after 0 of 4 ━\nNo question was answered.\n"),
        ("blank\n", "Left after 0 of 4 ━\nNo question was answered.\n"),
        ("blank\ninput\n", "Left after 1 of 4 ━\nRight: 1 of 1 marked question.\n"),
        ("blank\ninput\n1\n", "Left after 2 of 4 ━\nRight: 1 of 2 marked questions.\n"),
        ("blank\ninput\n2 4\n1\nscore\n", "Short answers, as you judge them: 1 not judged.\n"),
    ],
)
def test_the_end_of_input_leaves_with_the_sum_so_far(small: Path, typed: str, said: str) -> None:
    result = run("quiz", small, typed=typed)
    assert (result.returncode, result.stderr) == (0, "")
    assert said in re.sub("━+", "━", result.stdout)


@pytest.mark.parametrize("word", ["quit", "Q", "exit"])
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "Left after 0 of 4 ━\nNo question was answered.\n"),
        ("blank\n", "Left after 0 of 4 ━\nNo question was answered.\n"),
        ("blank\ninput\n", "Left after 1 of 4 ━\nRight: 1 of 1 marked question.\n"),
        ("blank\ninput\n2 4\n0\n", "Left after 3 of 4 ━\nRight: 3 of 3 marked questions.\n"),
        ("blank\ninput\n2 4\n0\nscore\n", "Short answers, as you judge them: 1 not judged.\n"),
    ],
)
def test_quit_leaves_with_the_sum_so_far_and_is_no_answer(
    small: Path, before: str, said: str, word: str
) -> None:
    result = run("quiz", small, typed=f"{before}{word}\nblank\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith(said) or said in re.sub("━+", "━", result.stdout)
    assert "Not right" not in result.stdout


def test_skip_passes_over_and_a_question_mark_tells_what_can_be_typed(small: Path) -> None:
    result = run("quiz", small, typed="skip\n?\ninput\nskip\nhelp\n1\nskip\n")
    assert "– Gap 1: Passed over. It is: blanks\n✓ Gap 2: Right.\n" in result.stdout
    assert result.stdout.count("Enter or skip passes one over; quit leaves") == 3
    assert "Right: 1 of 3 marked questions; passed over: 1." in result.stdout
    assert "Short answers passed over: 1." in result.stdout
    judged = run("quiz", small, typed="\n\n\n\nscore\nskip\n")
    assert "as you judge them: 1 not judged." in judged.stdout


def test_an_answer_that_is_also_a_word_for_the_prompt_is_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "arcs.yaml"
    path.write_text(
        "quiz: Arcs\nquestions:\n"
        "  - {fill: From s − 2 leads a ___., accept: [skip]}\n"
        "  - {choose: Which leads from s − 2?, options: [stay, skip], answer: skip}\n"
    )
    result = run("quiz", path, typed="Skip\nskip\n")
    assert "Right: 2 of 2 marked questions." in result.stdout


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_byte_order_marks_and_odd_bytes_do_no_harm(small: Path, end: str) -> None:
    typed = f"\ufeffblank{end}input{end}\x1b[31m2 4{end}".encode() + b"\xff\xfe\n"
    result = run("quiz", small, typed=typed)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Right: 1 of 3 marked questions." in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.thorough
def test_no_standard_input_at_all_is_the_end_of_input() -> None:
    result = shell(f"{LOSSCLASS} quiz <&-")
    assert (result.returncode, result.stderr) == (0, "")
    assert "No question was answered." in result.stdout


def test_the_same_seed_asks_in_the_same_other_order() -> None:
    def order(*options: str) -> list[int]:
        printed = run("quiz", "--answers", *options).stdout
        return [int(each) for each in re.findall(r"^Question (\d+)", printed, re.MULTILINE)]

    plain_order = order()
    assert plain_order == list(range(1, 9))
    assert order("--shuffle", "--seed", "3") == order("--seed", "3") != plain_order
    assert sorted(order("--shuffle")) == plain_order


@pytest.mark.some(3)
@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("options", [["--answers"], []])
def test_no_line_is_wider_than_the_terminal(columns: int, options: list[str]) -> None:
    typed = "x\nx\nx\n" + "x\nr\n" * 5
    printed = run("quiz", *options, typed=typed, COLUMNS=str(columns)).stdout
    assert printed
    for line in printed.splitlines():
        assert cell_len(line) <= columns or line.startswith("Was yours right")


def test_the_key_asks_nothing_and_has_every_answer(small: Path) -> None:
    result = run("quiz", small, "--answers", typed="left alone\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert ">" not in result.stdout
    for line in [
        "  Gap 1: blanks (also: blank)",
        "  Gap 2: input (also: the input sequence)",
        "  Answer: 2. hinge; 4. hinge for sequences",
        "  Answer: 1. 0",
        "  How far a score is on the right side.",
        "  It mentions: score, right side.",
    ]:
        assert f"\n{line}\n" in result.stdout


@pytest.mark.some(2)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("options", ["", "--answers"])
def test_a_full_disk_is_said_so(options: str) -> None:
    result = shell(f"{LOSSCLASS} quiz {options} >/dev/full")
    assert result.returncode == 4
    assert "No space left" in result.stderr
    assert "Traceback" not in result.stderr


# --- a session in a terminal ---


@pytest.fixture
def terminal(small: Path) -> Iterator[Terminal]:
    opened = Terminal("quiz", small)
    yield opened
    opened.close()


def test_a_session_in_a_terminal(terminal: Terminal) -> None:
    assert "A small quiz" in terminal.until("gap 1 > ")
    terminal.type("blanks\n")
    terminal.until("gap 2 > ")
    terminal.type("inputt\x7f\n")  # a letter too many, taken back
    assert "✓ Gap 1: Right.\n✓ Gap 2: Right.\n" in terminal.until("hinge for sequences\n> ")
    terminal.type("7\n")
    terminal.until("That is none of them; they go from 1 to 4.\n> ")  # asked again
    terminal.type("2, 4\n")
    assert "✓ Right." in terminal.until("½\n> ")
    terminal.type("1\n")
    terminal.until("What is a margin?\n> ")
    terminal.type("the score\n")
    assert "– Not found in yours: right side." in terminal.until("(r/p/w) > ")
    terminal.type("yes\n")
    assert "Type r, p or w" in terminal.until("(r/p/w) > ")  # asked again
    terminal.type("p\n")
    assert "Right: 3 of 3 marked questions." in terminal.until("To look at again: 4.")
    assert terminal.status() == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    "key",
    [
        pytest.param("\x03", id="Ctrl-C", marks=pytest.mark.thorough),  # see the practice
        pytest.param("\x04", id="Ctrl-D"),
    ],
)
def test_a_terminal_session_is_left_with_the_sum_so_far(terminal: Terminal, key: str) -> None:
    terminal.until("gap 1 > ")
    terminal.type("blanks\n")
    terminal.until("gap 2 > ")
    terminal.type("water\n")
    terminal.until("hinge for sequences\n> ")
    terminal.interrupt(key)
    printed = terminal.until("To look at again: 1.")
    assert "Left after 1 of 4" in printed
    assert "Right: 0 of 1 marked question." in printed
    assert "Traceback" not in printed
    assert terminal.status() == 0


@pytest.mark.thorough
def test_an_interrupt_leaves_a_session_through_a_pipe_too(small: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lossclass", "quiz", str(small)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"blank\ninput\n")
        process.stdin.flush()
        seen = b""
        while not seen.endswith(b"hinge for sequences\n> "):
            seen += os.read(process.stdout.fileno(), 4096) or pytest.fail(seen.decode())
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")
    assert b"Right: 1 of 1 marked question." in output

"""``lossclass new LOSS --ask``: a problem that is asked for, key by key."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import run
from rich.console import Console
from terminals import Terminal

import lossclass
from lossclass import losses
from lossclass.asking import Page
from lossclass.problem.typed import typed_value
from lossclass.problem.words import Named
from lossclass.runs.new_problem import _Asking


def asked(loss: str, *typed: str) -> tuple[str, str]:
    """What stood on the terminal before the problem, and the problem."""
    ended = run("new", loss, "--ask", typed="".join(f"{each}\n" for each in typed))
    assert (ended.returncode, ended.stderr) == (0, "")
    before, _, problem = ended.stdout.rpartition("loss: ")
    return before, f"loss: {problem}"


def test_a_problem_is_asked_for_and_printed() -> None:
    before, problem = asked("mse", "Two points", "1, 2", "1.1, 1.9", "reduction: sum", "")
    assert "for example 3, 5, 2.5\ny_true> 1, 2\n" in before
    assert problem == (
        'loss: mean_squared_error\ntitle: "Two points"\ny_true: [1, 2]\ny_pred: [1.1, 1.9]\n'
        "reduction: sum\n"
    )
    assert lossclass.solve(io.StringIO(problem)).answer.value == pytest.approx(0.02)


def test_what_is_wrong_is_said_at_once_and_asked_again() -> None:
    before, problem = asked("mse", "", "1, x", "", "1, 2", "1", "1, 3", "colour: red", "title", "")
    assert "✗ y_true.2: expected a number, got 'x'\n  for example 3, 5, 2.5\ny_true> \n" in before
    assert "✗ y_true must be there.\ny_true> 1, 2\n" in before
    assert (
        "✗ y_pred: expected 2 numbers, one for each of y_true, got 1; is there a comma\n  for a "
        "decimal point in y_true, as in [0,8, 0,5]?\n  for example 2.5, 5, 4\ny_pred> 1, 3"
        in before
    )
    assert "✗ colour: there is no such key" in before
    assert "✗ Expected a key, a colon and a value." in before
    assert problem == "loss: mean_squared_error\ny_true: [1, 2]\ny_pred: [1, 3]\n"


def test_what_is_missing_in_the_end_is_asked_for_or_another_key_in_its_place() -> None:
    before, problem = asked(
        "ctc", "", "ab", '"-"', "a=0.5, b=0.3, -=0.2", "", "", "time_steps: 3", ""
    )
    assert "✗ alignments: missing; either alignments are listed here, or time_steps" in before
    assert "✗ alignments must be there, or another key in its place, as KEY: VALUE." in before
    assert problem == (
        'loss: ctc\ntarget: ab\nblank: "-"\nprobabilities: {a: 0.5, b: 0.3, "-": 0.2}\n'
        "time_steps: 3\n"
    )


def test_back_asks_for_the_key_before_again() -> None:
    _, problem = asked("mse", "", "1, 2", "back", "3, 4", "3, 5", "")
    assert problem == "loss: mean_squared_error\ny_true: [3, 4]\ny_pred: [3, 5]\n"


def test_who_goes_back_over_several_keys_may_answer_all_of_them_otherwise() -> None:
    three, two = ("0.5, 0.3, 0.2; 0.1, 0.1, 0.8", "-, a, b"), ("0.5, 0.5; 0.5, 0.5", "-, a")
    _, problem = asked("ctc", "", "a", "-", *three, "back", "back", *two, "", "", "")
    assert 'probabilities: [[0.5, 0.5], [0.5, 0.5]]\nlabels: ["-", a]\n' in problem


def test_what_cannot_be_read_and_a_key_that_is_there_are_told_and_asked_for_again() -> None:
    before, problem = asked("mse", "", "1, 2", "[3, 4", "", "[3, 4]", "y_true: 3", "mask: 1, 0", "")
    assert "✗ y_pred: not YAML: a list [ … ] with a comma or its end missing\n" in before
    assert "✗ y_true is there already.\n" in before
    assert problem.endswith("y_true: [1, 2]\ny_pred: [3, 4]\nmask: [1, 0]\n")


def test_of_many_values_the_first_eight_are_read_back() -> None:
    eight = "1, 2, 3, 4, 5, 6, 7, 8"
    before, _ = asked("mse", "", f"{eight}, 9", "back", eight, eight, "")
    assert f"Taken as 9 numbers: {eight} ….\n" in before
    assert f"Taken as 8 numbers: {eight}.\n" in before


def test_a_question_mark_at_a_key_says_in_which_ways_it_is_given() -> None:
    before, problem = asked(
        "ctc",
        "",
        "ab",
        "?",
        "back",
        "ab",
        '"?"',
        "?",
        "0.5, 0.3, 0.2; 0.1, 0.1, 0.8",
        "?, a, b",
        "",
        "",
    )
    assert "another\nway; ? shows it.\n  for example H=0.6, E=0.5" in before
    shown = before.partition("probabilities> ?\n")[2].partition("probabilities> ")[0]
    assert "The probability of each symbol, the same at every time step.\n  for example H=" in shown
    assert "Or a distribution for each time step, one row for each," in shown
    assert "  for example 0.2, 0.5, 0.1, 0.1, 0.1; 0.1, 0.2, 0.5, 0.1, 0.1\n" in shown
    assert 'blank: "?"' in problem


def test_what_was_given_asks_for_what_it_needs_and_is_read_back() -> None:
    before, problem = asked(
        "ctc", "", "a, b", "-", "0.5, 0.3, 0.2; 0.1, 0.1, 0.8", "", "-, a, b", "", ""
    )
    assert "target> a, b\n  Taken as 2 values: a, b.\n" in before
    rows = "  Taken as 2 rows of 3 values: 0.5, 0.3, 0.2; 0.1, 0.1, 0.8.\n"
    assert f"{rows}✗ labels: missing; they say what the 3 columns stand for\n" in before
    assert (
        "✗ labels must be there, or another key in its place, as KEY: VALUE.\nlabels> -" in before
    )
    assert lossclass.solve(io.StringIO(problem)).answer.value == pytest.approx(-math.log(0.3 * 0.8))
    assert "alignments" not in problem


def test_a_key_that_another_may_stand_for_takes_that_at_once() -> None:
    before, problem = asked("bce", "", "1", "", "logits: 0", "")
    assert "✗ y_pred: missing; logits" in before
    assert lossclass.solve(io.StringIO(problem)).answer.value == pytest.approx(math.log(2))


def test_rows_go_on_until_their_brackets_close() -> None:
    before, problem = asked(
        "cce", "", "", "1, 0", "logits: tensor([[1., 2.],", "        [3., 4.]])",
        "class_weights: [1,", "2]", "reduction: [", "", "",
    )  # fmt: skip
    assert "y_pred> logits: tensor([[1., 2.],\n… [3., 4.]])\n  Taken as 2 rows of 2" in before
    assert "> reduction: [\n… \n✗ reduction: not YAML: a list [ … ]" in before
    assert problem == (
        "loss: categorical_cross_entropy\ny_true: [1, 0]\nlogits: [[1., 2.], [3., 4.]]\n"
        "class_weights: [1, 2]\n"
    )


def test_named_numbers_are_read_back() -> None:
    before, _ = asked("ctc", "", "a", "-", "a=0.5, -=0.5", "a", "")
    assert "  Taken as 2 values by name: a, -.\n" in before


@pytest.mark.parametrize("name", losses.canonical_names())
def test_every_way_has_an_example_that_can_be_typed(name: str) -> None:
    asking = _Asking(Named(name), Page(Console()))
    assert {each.key for each in asking.ways if each.is_first} >= {*asking.keys}
    for way in asking.ways:
        assert way.comment, way
        assert typed_value(way.key, way.example) not in ("", [], {}), way


def test_a_question_mark_lists_the_other_keys() -> None:
    before, _ = asked("mse", "", "1", "2", "?", "")
    assert "reduction" in before
    assert "'lossclass explain keys' says what may stand under each." in before


def test_a_name_that_says_more_than_the_loss_asks_for_what_is_left() -> None:
    _, problem = asked("crammer_singer", "", "0, 1", "2, 1; 0, 3", "")
    solution = lossclass.solve(io.StringIO(problem))
    assert solution.answer.value == 0
    assert "formulation: crammer_singer" in problem


@pytest.mark.some(6)
@pytest.mark.parametrize("name", losses.canonical_names())
def test_the_examples_are_answers(name: str) -> None:
    asking = _Asking(Named(name), Page(Console()))
    _, problem = asked(name, *(asking._ways_of(key)[0].example for key in asking.keys), "")
    template = f"loss: {name}\n{losses.template_of(name)}"
    by_hand, again = (lossclass.solve(io.StringIO(each)) for each in (template, problem))
    assert again.answer.value == by_hand.answer.value


def test_it_is_written_to_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    to = tmp_path / "mine.yaml"
    first = run("new", "mse", "--ask", "-o", to, typed="\n1\n2\n\n")
    assert first.returncode == 0
    assert to.read_text() == "loss: mean_squared_error\ny_true: 1\ny_pred: 2\n"
    second = run("new", "mse", "--ask", "-o", to, typed="\n1\n3\n\n")
    assert second.returncode == 4
    assert not second.stdout
    assert "this file exists" in second.stderr


def test_an_end_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    to = tmp_path / "mine.yaml"
    ended = run("new", "mse", "--ask", "-o", to, typed="\n1, 2\n")
    assert ended.returncode == 130
    assert ended.stderr == "nothing was written\n"
    assert list(tmp_path.iterdir()) == []


def test_the_template_can_be_written_to_a_file_too(tmp_path: Path) -> None:
    to = tmp_path / "mine.yaml"
    assert run("new", "MSELoss", "-o", to).returncode == 0
    assert to.read_text(encoding="utf-8") == run("new", "mse").stdout


# --- in a terminal ---


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.chdir(tmp_path)
    opened = Terminal("new", "mse", "--ask")
    yield opened
    opened.close()


@pytest.mark.thorough
def test_a_file_is_asked_for_in_the_end(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    terminal.until("title> ")
    terminal.type("\n")
    terminal.until("y_true> ")
    terminal.type("1, 23\x7f\n")  # a digit too many, taken back
    terminal.until("y_pred> ")
    terminal.type("1, 3\n")
    terminal.until("\n> ")
    terminal.type("\n")
    terminal.until("file> ")
    terminal.type("there.yaml\n")
    assert "✗ there.yaml exists already" in terminal.until("file> ")
    terminal.type("mine.yaml\n")
    terminal.until("Solve it with: lossclass solve mine.yaml")
    assert terminal.status() == 0
    assert (tmp_path / "there.yaml").read_text() == "mine"
    assert (tmp_path / "mine.yaml").read_text() == (
        "loss: mean_squared_error\ny_true: [1, 2]\ny_pred: [1, 3]\n"
    )


@pytest.mark.parametrize("key", ["\x03", pytest.param("\x04", marks=pytest.mark.thorough)])
def test_ctrl_c_and_ctrl_d_leave_nothing(terminal: Terminal, tmp_path: Path, key: str) -> None:
    terminal.until("title> ")
    terminal.type("One\n")
    terminal.until("y_true> ")
    terminal.interrupt(key)
    terminal.until("nothing was written")
    assert terminal.status() == 130
    assert list(tmp_path.iterdir()) == []


def test_quit_and_help_are_what_they_say_where_they_can_be_nothing_else() -> None:
    ended = run("new", "mse", "--ask", typed="quit\nhelp\n1\nexit\n2\n")
    assert (ended.returncode, ended.stderr) == (130, "nothing was written\n")
    assert "y_true> help\nWhat is true" in ended.stdout
    assert "✗" not in ended.stdout
    labels = run("new", "ctc", "--ask", typed="help\nquit\n")
    assert "title> help\n\nThe labels" in labels.stdout
    assert "target> quit\n\nThe symbol" in labels.stdout


def test_rows_of_one_number_are_read_back_as_they_are_typed() -> None:
    before, problem = asked("mse", "", "1;2", "1; 3", "")
    assert "Taken as 2 rows of 1 value: 1; 2.\n" in before
    assert "y_pred: [[1], [3]]\n" in problem

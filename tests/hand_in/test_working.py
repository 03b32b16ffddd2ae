"""Working as people write it on paper, read and marked.

The pieces stand in ``working.yaml``, each with what is to be read in it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from programs import run

from lossclass.errors import InvalidProblem
from lossclass.hand_in.lines import lines_in
from lossclass.hand_in.reading import sheets_in
from lossclass.hand_in.working import WrittenWorking
from lossclass.marking.check import Checked, Checker
from lossclass.problem.bundled import bundled_problems
from lossclass.runs.checking import checker_of
from problems import solved, yaml_in

PIECES: list[dict[str, Any]] = yaml_in(Path(__file__).with_name("working.yaml"))
#: A handout with a CTC loss of which the products leave factors out, and a hinge loss: the numbers of
#: the bundled problems' sources, in lines of our own.
HANDOUT = r"""
Exercise 1

The symbols have P(H) = 0.6, P(E) = 0.5, P(L) = 0.7, P(O) = 0.8 and P(-) = 0.2.

1. The products
   1. Alignment 1: P(H-E-L-L-O)

$$0.6 \times 0.2 \times 0.5 \times 0.7 \times 0.7 \times 0.8 \times 0.5 \times 0.7 \times 0.8 = 0.00659$$

   2. Alignment 2: P(H-E-LL-O)

$$0.6 \times 0.5 \times 0.2 \times 0.7 \times 0.7 \times 0.8 \times 0.5 \times 0.8 = 0.00941$$

   3. Alignment 3: P(HE-L-L-O)

$$0.6 \times 0.2 \times 0.5 \times 0.7 \times 0.5 \times 0.7 \times 0.8 \times 0.8 = 0.00941$$

2. All of them together:

$$P(l|x) = 0.00659 + 0.00941 + 0.00941 = 0.0254$$

3. Now the loss:

$$\text{CTC Loss} = -\log(0.0254) \approx 3.673$$

Exercise 2

- Time step 1: $\max(0, 1 - 1 \cdot 0.8) = \max(0, 0.2) = 0.2$
- Time step 2: $\max(0, 1 - (-1) \cdot (-0.5)) = \max(0, 1 - 0.5) = 0.5$
- Time step 3: $\max(0, 1 - 1 \cdot 0.3) = \max(0, 0.7) = 0.7$

Their average is

$$L = \frac{(0.2 + 0.5 + 0.7)}{3} = \frac{1.4}{3} \approx 0.467$$
"""


@cache
def checker(problem: str) -> Checker:
    return checker_of(problem)


def checked(problem: str, file: Path) -> Checked:
    (sheet,) = sheets_in(file)
    return checker(problem).check(sheet)


def written(text: str, folder: Path, kind: str = ".txt") -> Path:
    file = folder / f"s1042{kind}"
    file.write_bytes(text.encode())
    return file


def verdicts(marks: Checked) -> dict[str, str]:
    return {mark.id: mark.verdict for mark in marks.marks}


@pytest.mark.parametrize("piece", PIECES, ids=[piece["name"] for piece in PIECES])
def test_a_piece_of_working(piece: dict[str, Any], tmp_path: Path) -> None:
    file = written(piece["text"], tmp_path, piece.get("kind", ".txt"))
    if "marks" not in piece:
        with pytest.raises(InvalidProblem) as refused:
            checked(piece["problem"], file)
        said = str(refused.value)
    else:
        marks = checked(piece["problem"], file)
        assert verdicts(marks) == piece["marks"]
        assert marks.sheet.student == piece.get("student", "s1042")
        said = "\n".join(marks.said)
    for text in piece.get("says", ()):
        assert text in said


def test_what_a_row_is_called_is_not_missed_where_its_numbers_are_matched(tmp_path: Path) -> None:
    """s=2 is none of the numbers that are asked."""
    rows = "|   | t=1 | t=2 |\n|---|---|---|\n| s=1 (-) | 0.4 | 0.2 |\n| s=2 (a) | 0.3 | 0.41 |\n"
    marks = checked("ab_ctc", written(f"α table:\n\n{rows}", tmp_path, ".md"))
    assert verdicts(marks)["alpha.2.2"] == "wrong"
    assert not any("not matched" in text for text in marks.said)


def test_there_are_enough_pieces() -> None:
    assert len({piece["name"] for piece in PIECES}) == len(PIECES) >= 55


@pytest.mark.parametrize("kind", [".txt", ".md"])
def test_a_handout_is_judged_as_its_published_numbers_are(kind: str, tmp_path: Path) -> None:
    """What the audit says of the numbers of a source, ``check`` says of the source."""
    file = written(HANDOUT, tmp_path, kind)
    for problem in ("hello_ctc", "hinge_sequence"):
        marks = verdicts(checked(problem, file))
        audited = {each.id: each.verdict for each in solved(problem).published}
        assert {id: marks[id] for id in audited} == audited
    text = run("check", "hello_ctc", file).stdout
    assert "it leaves out P(-) = 0.2" in text
    assert "The working gives 3.67301, written as 3.673." in text


def test_the_cells_of_a_notebook_are_read_and_its_code_is_not(tmp_path: Path) -> None:
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Hinge\n", "l1 = 1 - 0.8 = 0.2\n", "\n"]},
            {
                "cell_type": "code",
                "source": "loss = 99.0",
                "outputs": [
                    {"output_type": "stream", "text": ["hinge.2 = 0.5\n", "hinge.3 = 0.8\n"]},
                    {"output_type": "execute_result", "data": {"text/plain": ["L = 1.5/3 = 0.5"]}},
                ],
            },
            {"cell_type": "markdown", "source": "$0.2 \\times 3 = 0.5$"},
        ],
        "nbformat": 4,
    }
    marks = checked("hinge_sequence", written(json.dumps(notebook), tmp_path, ".ipynb"))
    assert verdicts(marks) == {
        "hinge.1": "right", "hinge.2": "right", "hinge.3": "wrong", "loss": "follows_through",
    }  # fmt: skip
    assert "Cell 3, line 1: 0.2 × 3 = 0.5: this product is 0.6." in marks.said


@pytest.mark.parametrize("text", ["[]", "{}", '{"cells": 3}', '{"cells": [{}]}', "no JSON"])
def test_what_is_no_notebook_is_refused(text: str, tmp_path: Path) -> None:
    result = run("check", "hinge_sequence", written(text, tmp_path, ".ipynb"))
    assert result.returncode == InvalidProblem.exit_status
    assert "expected a notebook" in result.stderr


@pytest.mark.parametrize("kind", [".txt", ".md", ".ipynb"])
@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_file_is_said_to_be_empty(text: str, kind: str, tmp_path: Path) -> None:
    result = run("check", "hinge_sequence", written(text, tmp_path, kind))
    assert result.returncode == InvalidProblem.exit_status
    assert result.stderr.endswith(f"{kind}: there is nothing in it\n")


def test_in_a_class_the_first_line_may_be_a_name(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("# Zoë Müller\nL = 1.4/3 = 0.467", encoding="utf-8")
    (tmp_path / "two.txt").write_text("Hinge\nL = 1.4/3 = 0.467", encoding="utf-8")
    (tmp_path / "class.csv").write_text("name\nZoë Müller\nAda", encoding="utf-8")
    sheets = [tmp_path / "one.md", tmp_path / "two.txt"]
    roster = ("--roster", tmp_path / "class.csv", "--format", "csv")
    result = run("check", "hinge_sequence", *sheets, *roster)
    assert "Zoë Müller,marked" in result.stdout
    assert (
        "'two' is not in the class; name the file after its student, or write 'Name: …'"
        in result.stderr
    )


def test_the_cells_have_what_was_written_and_the_working_beside_it() -> None:
    lines = tuple(lines_in("L = -log(0.00206976) ≈ 6.18\np(l|x) = 0.0011 + 0.00096976"))
    answers = WrittenWorking("", lines=lines).answers_to(solved("hello_ctc"))
    loss, probability = answers.cells["loss"], answers.cells["probability"]
    assert (loss.written, str(loss.value), loss.working) == ("6.18", "6.18", "-ln(0.00206976)")
    assert "log" in loss.note
    assert probability.exact
    assert str(probability.value) == "0.00206976"


def test_a_number_that_is_ours_rounded_is_not_told_to_be_off(tmp_path: Path) -> None:
    """Its working has rounded numbers, which come to 5.90154; the number is 5.902 all the same."""
    text = "ln Z = ln(199.2 + 166.4) = 5.902\nL = 1.602\n"
    said = run("check", "tagging_crf", written(text, tmp_path)).stdout
    assert "gives 5.90154, written as 5.902" in said
    assert "last digit is off" not in said


def test_a_file_in_the_encoding_of_windows_is_read_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "ada.txt").write_bytes("L = 1,4/3 – das heißt 0,467".encode("cp1252"))
    ended = run("check", "hinge_sequence", "ada.txt", cwd=tmp_path)
    assert ended.returncode == 0
    assert "ada.txt:1: this is not UTF-8, and was read as Windows-1252" in ended.stderr


def test_a_folder_of_working_is_marked_and_its_readme_is_not(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("How to hand in: L = 12", encoding="utf-8")
    (tmp_path / "ada.txt").write_text("L = 1.4/3 = 0.467", encoding="utf-8")
    (tmp_path / "bob.md").write_text("# Mine\n$L = 1.4$", encoding="utf-8")
    result = run("check", "hinge_sequence", tmp_path, "--format", "json")
    assert result.returncode == 1
    marks = json.loads(result.stdout)
    students = {each["student"]: each["score"]["right"] for each in marks}
    assert students == {"ada": 1, "bob": 0}


def test_of_steps_without_a_line_it_is_not_said_that_they_are_right(tmp_path: Path) -> None:
    """The loss has a mark of its own, and is not listed beside."""
    (tmp_path / "ada.txt").write_text("L = 1.4/3 = 0.467", encoding="utf-8")
    (tmp_path / "bob.txt").write_text("l1 = 1 - 0.8 = 0.2", encoding="utf-8")
    said = run("check", "hinge_sequence", tmp_path).stdout
    assert "2 sheets, 0 with everything right, 1 with all right that was found." in said
    assert "No line was found for margin.1, margin.2, hinge.2, margin.3, hinge.3, sum.\n" in said
    assert "ada: 1 of 1 right, 7 not found\n" in said


def test_on_a_sheet_a_state_is_read_by_its_name(tmp_path: Path) -> None:
    sheet = written("answers: {best.1: Sunny, best.3: Sunny, best.2: Windy}", tmp_path, ".yaml")
    found = verdicts(checked("weather_hmm", sheet))
    assert found == {"best.1": "right", "best.3": "wrong", "best.2": "unreadable"}


def test_a_number_that_says_whose_it_is_is_no_answer(tmp_path: Path) -> None:
    marks = checked("hinge_sequence", written("Name: 1002\nL = 1.4/3 = 0.467", tmp_path))
    assert marks.sheet.student == "1002"
    assert [said for said in marks.said if "not matched" in said] == []


def test_beside_a_gradebook_it_is_said_in_which_file(tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.txt").write_text("L = 0.467\nz = 7 = 7", encoding="utf-8")
    ended = run("check", "hinge_sequence", "ada.txt", "bob.txt", "--format", "csv", cwd=tmp_path)
    found = [line for line in ended.stderr.splitlines() if "not matched" in line]
    assert found == [f"{name}.txt: Line 2: not matched: z = 7 = 7" for name in ("ada", "bob")]


# --- what we print is working, too ---


@pytest.mark.grid(12, name=[*bundled_problems()][::3], format=["terminal", "markdown", "latex"])
def test_what_solve_prints_is_read_back_and_all_right(
    name: str, format: str, tmp_path: Path
) -> None:
    kind = {"terminal": ".txt", "markdown": ".md", "latex": ".tex"}[format]
    printed = run("solve", name, "--format", format, COLUMNS="80").stdout
    marks = checked(name, written(printed, tmp_path, kind))
    solution = marks.solution
    assert set(verdicts(marks).values()) == {"right"}
    on_the_board = {step.id for step in solution.steps if not step.only_in_full}
    assert on_the_board <= set(verdicts(marks))
    assert [text for text in marks.said if "this " in text and " is " in text] == []

"""``worksheet``, ``key`` and answer sheets of an exam: all of its problems on one sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from programs import run

from lossclass.arithmetic.number import round_significant
from lossclass.exams.exam_file import load
from lossclass.render import RENDERERS

EXAM = """\
exam: Sequence models
course: 23AD2205A
due: 2026-12-04
problems:
  - {problem: hello_ctc, points: 6, only: [alignment, probability, loss]}
  - {problem: hinge_sequence, points: {hinge: 3, loss: 2}, show: question}
"""
FIRST, SECOND = (
    "Problem 1: HELLO",
    "Problem 2: Hinge loss for a sequence of three labels (5 points)",
)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    (tmp_path / "exam.yaml").write_text(EXAM, encoding="utf-8")
    return tmp_path


def test_a_worksheet_of_an_exam_has_one_head(exam: Path) -> None:
    made = run("worksheet", "exam.yaml", cwd=exam)
    assert (made.returncode, made.stderr) == (0, "")
    first, second, *rest = made.stdout.splitlines()
    assert first.startswith("23AD2205A, Sequence models")
    assert first.endswith("Due: 2026-12-04  Points: ______ of 11")
    assert second.startswith("Name:")
    assert not [line for line in rest if line.startswith("Name:")]
    assert made.stdout.index(FIRST) < made.stdout.index(SECOND)
    assert "valid.loss" not in made.stdout
    assert max(map(len, made.stdout.splitlines())) <= 80
    # Of the second, the question alone is shown.
    assert "max(0, " not in made.stdout[made.stdout.index(SECOND) :].partition("Given")[2]


def test_what_the_command_says_of_the_head_goes_before_what_the_exam_says(exam: Path) -> None:
    given = ("--course", "Other", "--heading", "Sheet 9", "--due", "now", "--points", "99")
    first, *_ = run("worksheet", "exam.yaml", *given, cwd=exam).stdout.splitlines()
    assert first.startswith("Other, Sheet 9")
    assert first.endswith("Due: now  Points: ______ of 99")
    refused = run("worksheet", "exam.yaml", "--only", "loss", cwd=exam)
    assert refused.returncode == 2
    assert "--only: exam.yaml is an exam, which says itself what is asked" in refused.stderr


def test_the_points_of_a_problem_stand_on_its_worksheet(exam: Path) -> None:
    text = "loss: hinge\ny_true: [1, -1]\ny_pred: [0.2, 0.4]\npoints: {hinge: 3, loss: 2}\n"
    (exam / "hinge.yaml").write_text(text, encoding="utf-8")
    assert "Points: ______ of 5" in run("worksheet", "hinge.yaml", cwd=exam).stdout
    alone = run("worksheet", "hinge.yaml", "--only", "loss", cwd=exam).stdout
    assert "Points: ______ of 2" in alone
    assert " of " not in run("worksheet", "hinge_sequence", cwd=exam).stdout.splitlines()[0]


@pytest.mark.some(4)
@pytest.mark.parametrize("format", ["html", "markdown", "latex", "pdf", "xlsx"])
def test_a_sheet_of_an_exam_in_every_format(exam: Path, format: str) -> None:
    made = run("worksheet", "exam.yaml", "-o", f"sheet{RENDERERS[format]}", cwd=exam)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    assert (exam / f"sheet{RENDERERS[format]}").stat().st_size > 1000


def test_an_answer_sheet_has_the_numbers_of_the_problems(exam: Path) -> None:
    run("worksheet", "exam.yaml", "--sheet", "answers.yaml", "-o", "sheet.txt", cwd=exam)
    sheet = yaml.safe_load((exam / "answers.yaml").read_text(encoding="utf-8"))
    assert sheet["problem"] == "exam.yaml"
    tasks = load(exam / "exam.yaml").tasks
    ids = [task.id_of(id) for task in tasks for id in task.asked_in(task.solution)]
    assert list(sheet["answers"]) == ids
    right = {
        task.id_of(step.id): f"{round_significant(step.decimal, 4):f}"
        for task in tasks
        for step in task.solution.steps
    }
    sheet["answers"] = {id: right[id] for id in ids}
    (exam / "answers.yaml").write_text(yaml.safe_dump(sheet), encoding="utf-8")
    marked = run("check", "exam.yaml", "answers.yaml", cwd=exam)
    assert marked.returncode == 0
    assert f"11 of 11 points: {len(ids)} of {len(ids)} right" in marked.stdout


@pytest.mark.parametrize("second", [3, 4])
def test_an_answer_sheet_says_how_many_digits_only_if_all_its_problems_want_as_many(
    second: int, tmp_path: Path
) -> None:
    tasks = "".join(
        f"- {{problem: {name}, digits: {digits}}}\n"
        for name, digits in (("hello_ctc", 3), ("hinge_sequence", second))
    )
    (tmp_path / "exam.yaml").write_text(f"exam: Two\nproblems:\n{tasks}", encoding="utf-8")
    run("worksheet", "exam.yaml", "--sheet", "answers.yaml", "-o", "sheet.txt", cwd=tmp_path)
    sheet = yaml.safe_load((tmp_path / "answers.yaml").read_text(encoding="utf-8"))
    assert sheet.get("digits") == (3 if second == 3 else None)


def test_the_filled_in_worksheet_is_a_sheet(exam: Path) -> None:
    run("worksheet", "exam.yaml", "-o", "sheet.txt", cwd=exam)
    values = {
        (task.number, step.id): f"{round_significant(step.decimal, 4):f}"
        for task in load(exam / "exam.yaml").tasks
        for step in task.solution.steps
    }
    lines, number, id = [], 0, ""
    for line in (exam / "sheet.txt").read_text(encoding="utf-8").splitlines():
        number += "Problem " in line
        last = line.split()[-1] if line.split() else ""
        id = last if (number, last) in values else id
        is_last = line.strip().startswith("= ________________") and len(line) < 40 and id
        lines.append(line.replace("_" * 16, values[number, id]) if is_last else line)
        id = "" if is_last else id
    (exam / "ada.txt").write_text("\n".join(lines), encoding="utf-8")
    marked = run("check", "exam.yaml", "ada.txt", cwd=exam)
    assert f"{FIRST}: CTC loss over three alignments (6 points)\n6 of 6 points" in marked.stdout


def test_the_key_of_an_exam_is_one_document(exam: Path) -> None:
    made = run("key", "exam.yaml", "--worksheet", "-o", "key.html", cwd=exam)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    text = (exam / "key.html").read_text(encoding="utf-8")
    assert text.index(FIRST) < text.index(SECOND)
    assert text.count("<!DOCTYPE html>") == 1
    solved = run("solve", "exam.yaml", "--format", "html", cwd=exam).stdout
    assert solved.count("<!DOCTYPE html>") == 1
    for command in ("solve", "key"):
        run(command, "exam.yaml", "-o", f"{command}.json", cwd=exam)
        assert len(json.loads((exam / f"{command}.json").read_text(encoding="utf-8"))) == 2
    given = ("--count", 1, "--seed", "s", "--format", "html", "-o", "class")
    run("variants", "exam.yaml", *given, cwd=exam)
    (key,) = (exam / "class" / "keys").iterdir()
    assert key.read_text(encoding="utf-8").count("<!DOCTYPE html>") == 1
    assert "valid.loss" in text  # a key has every step
    assert FIRST in (exam / "key.worksheet.html").read_text(encoding="utf-8")
    made = run("key", "exam.yaml", "ab_ctc", "-o", "keys", "--format", "terminal", cwd=exam)
    assert (made.returncode, made.stderr) == (0, "")
    assert sorted(path.name for path in (exam / "keys").iterdir()) == ["ab_ctc.txt", "exam.txt"]
    refused = run("key", "exam.yaml", "ab_ctc", "-o", "both.html", cwd=exam)
    assert refused.returncode == 2


def test_how_to_fill_in_is_said_once_on_a_sheet(tmp_path: Path) -> None:
    exam = tmp_path / "exam.yaml"
    exam.write_text("exam: Two\nproblems: [{problem: hinge_sequence}, {problem: hello_ctc}]\n")
    paper = " ".join(run("worksheet", exam).stdout.split())
    assert paper.count("write each result on its last line") == 1
    as_before = "Write the results as in the problem before, to at least 4 significant digits."
    assert paper.count(as_before) == 1
    alone = run("worksheet", "hinge_sequence", "hello_ctc").stdout
    assert alone.count("Work out the steps in order") == 2
    tables = " ".join(run("worksheet", "ab_ctc", "--show", "question").stdout.split())
    assert "on its last line, or in its place in a table, to" in tables


def test_a_workbook_has_cells_and_no_last_line(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    exam, book = tmp_path / "exam.yaml", tmp_path / "exam.xlsx"
    exam.write_text("exam: Two\nproblems: [{problem: hinge_sequence}, {problem: hello_ctc}]\n")
    assert run("worksheet", exam, "-o", book).returncode == 0
    cells = (
        str(cell.value) for page in openpyxl.load_workbook(book) for row in page for cell in row
    )
    notes = [each for each in cells if each.startswith("Work out")]
    assert len(notes) == 2
    assert all("write each result in the column 'Your result', to at" in each for each in notes)


def test_a_page_of_an_exam_has_its_title(tmp_path: Path) -> None:
    exam, page = tmp_path / "exam.yaml", tmp_path / "exam.html"
    exam.write_text("exam: Two & more\nproblems: [{problem: hinge_sequence}, {problem: ab_ctc}]\n")
    assert run("worksheet", exam, "-o", page).returncode == 0
    text = page.read_text(encoding="utf-8")
    assert "<title>Two &amp; more</title>" in text
    assert text.count("<h1") == 2
    assert "Worksheets" not in text

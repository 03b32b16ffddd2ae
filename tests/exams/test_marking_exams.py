"""``lossclass check EXAM``: one sheet with answers to several problems, in every way to hand one in."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from programs import Ended, run

from lossclass.exams.exam_file import load
from lossclass.hand_in.parts import group, numbered
from lossclass.render.workbook import render_worksheet
from lossclass.worksheets.composing import worksheet

EXAM = """\
exam: Sheet 3
problems:
  - {problem: hello_ctc, points: 6, only: [alignment, probability, loss]}
  - {problem: hinge_sequence, points: {hinge: 3, loss: 2}, follow_through: 0.5}
"""
HELLO = {
    "alignment.1": "0.00018816",
    "alignment.2": "0.0009408",
    "alignment.3": "0.0009408",
    "probability": "0.00206976",
    "loss": "6.180",
}
#: The last hinge is wrong, and the loss follows from it.
HINGE = {"hinge.1": "0.2", "hinge.2": "0.5", "hinge.3": "0.6", "loss": "0.433"}
#: Six for the first problem; two hinges of three, and half of the loss's two points.
POINTS, MOST = 6 + 2 + 1, 6 + 5
WORKING = """\
Name: Ada

Problem 1
1. P(π₁) = 0.6 × 0.2 × 0.5 × 0.2 × 0.7 × 0.2 × 0.7 × 0.2 × 0.8 = 0.00018816
P(π₂) = 0.0009408
P(π₃) = 0.0009408
p = 0.00018816 + 0.0009408 + 0.0009408 = 0.00206976
L = −ln(0.00206976) = 6.180

Problem 2: the hinges
hinge 1: 1 - 0.8 = 0.2
max(0, 1 - 0.5) = 0.5
hinge 3 = 0.6
L = 1.3/3 = 0.433
"""
OTHERS = {
    "ada.md": WORKING.replace("Problem 1", "## Exercise 1 (6 points)").replace(
        "Problem 2: the", "## Exercise 2 the"
    ),
    "ada.txt": WORKING.replace("Problem", "Aufgabe"),
    "ada.tex": WORKING.replace("Problem 1", r"\section*{Problem 1}").replace(
        "Problem 2: the hinges", r"\section*{Problem 2}"
    ),
}


def both(form: str = "{}.{}") -> dict[str, str]:
    return {
        form.format(n, id): answer
        for n, answers in enumerate((HELLO, HINGE), start=1)
        for id, answer in answers.items()
    }


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    (tmp_path / "exam.yaml").write_text(EXAM, encoding="utf-8")
    return tmp_path


def write(path: Path, answers: Any, **more: Any) -> None:
    sheet = yaml.safe_dump({"student": "Ada", **more, "answers": answers}, sort_keys=False)
    path.write_text(sheet, encoding="utf-8")


def check(folder: Path, *given: object) -> Ended:
    return run("check", "exam.yaml", *given, cwd=folder)


def marked(folder: Path, *given: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(check(folder, *given, "--format", "json").stdout)
    return found


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    marks = (mark for problem in found["problems"] for mark in problem["marks"])
    return {mark["id"]: mark["verdict"] for mark in marks}


EXPECTED = {
    **dict.fromkeys((f"1.{id}" for id in HELLO), "right"),
    "2.hinge.1": "right",
    "2.hinge.2": "right",
    "2.hinge.3": "wrong",
    "2.loss": "follows_through",
}


def is_as_expected(found: dict[str, Any]) -> None:
    assert verdicts(found) == EXPECTED
    assert (found["points"], found["of"]) == (POINTS, MOST)
    assert [(each["points"], each["of"]) for each in found["problems"]] == [(6, 6), (3, 5)]
    assert (found["exam"], found["student"]) == ("Sheet 3", "Ada")
    assert found["first_mistake"] == "2.hinge.3"


@pytest.mark.parametrize("form", ["{}.{}", "{}. {}", "problem {} {}", "Q{}: {}"])
def test_a_name_has_the_number_of_its_problem(exam: Path, form: str) -> None:
    write(exam / "ada.yaml", both(form), problem="exam.yaml")
    is_as_expected(marked(exam, "ada.yaml"))


@pytest.mark.parametrize("form", ["{}", "problem {}", "Exercise {}"])
def test_answers_may_stand_below_the_number_of_their_problem(exam: Path, form: str) -> None:
    write(exam / "ada.yaml", {form.format(1): HELLO, form.format(2): HINGE})
    is_as_expected(marked(exam, "ada.yaml"))


@pytest.mark.parametrize(("name", "text"), [("bare.txt", WORKING), *OTHERS.items()])
def test_working_has_a_heading_for_each_problem(exam: Path, name: str, text: str) -> None:
    (exam / name).write_text(text, encoding="utf-8")
    is_as_expected(marked(exam, name))


def test_a_line_may_have_the_number_as_well(exam: Path) -> None:
    lines = [f"{name} = {answer}" for name, answer in both().items()]
    (exam / "ada.txt").write_text("\n".join(["Name: Ada", *reversed(lines)]), encoding="utf-8")
    is_as_expected(marked(exam, "ada.txt"))


def test_answers_may_be_given_in_the_command(exam: Path) -> None:
    """Each says for which step of which problem, or which there is; the points are those of a sheet,
    and not of answers alone."""
    given = [f"--answer={name} = {answer}" for name, answer in both().items()]
    found = marked(exam, *given)
    assert verdicts(found) == EXPECTED
    found = marked(exam, "--answer", "2.loss=1.4/3", "--answer", "probability=0.00207")
    assert verdicts(found) == {"1.probability": "right", "2.loss": "right"}
    assert " points" not in check(exam, "--answer", "2.loss=0.467").stdout.replace("(5 points)", "")
    hint = check(exam, "--answer", "2.hing=0.2").stderr
    assert hint == "--answer: 2.hing: there is no such step; did you mean '2.hinge.1'?\n"
    variant = check(
        exam, "--answer", "2.loss=9", "--seed", "s", "--count", "2", "--student", "0002"
    )
    assert (variant.returncode, "✗ 2.loss" in variant.stdout) == (1, True)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (["0.467"], "it is not said of which problem this is: write 1.loss or 2.loss"),
        (["2.lss=0.467"], "2.lss: there is no such step"),
        (["3.loss=1"], "3.loss: there is no problem 3 here, only 1 to 2"),
        (["2.loss=1", "2.loss=2"], "'2.loss' is given twice"),
    ],
)
def test_an_answer_of_no_problem_is_refused(exam: Path, answers: list[str], says: str) -> None:
    refused = check(exam, *(f"--answer={each}" for each in answers))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("--answer: ")
    assert says in refused.stderr


def test_a_problem_that_there_is_not_is_none_of_the_others(exam: Path) -> None:
    text = "Problem 7: MSE\nL = 5.5\nProblem 2\nL = 0.467\n"
    (exam / "ada.txt").write_text(text, encoding="utf-8")
    said = " ".join(check(exam, "ada.txt").stdout.split())
    assert "Line 1: there is no problem 7 here, only 1 to 2; what follows is not marked" in said
    found = verdicts(marked(exam, "ada.txt"))
    assert {id for id, verdict in found.items() if verdict != "missing"} == {"2.loss"}
    (exam / "ada.txt").write_text("Problem 7\nL = 5.5\n", encoding="utf-8")
    refused = check(exam, "ada.txt")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "ada.txt: Line 1: there is no problem 7 here, only 1 to 2" in refused.stderr
    (exam / "ada.txt").write_text("Problem 7 of the book is like it.\nProblem 2\nL = 0.467\n")
    assert "no problem 7" not in check(exam, "ada.txt").stdout


def test_working_that_does_not_say_of_which_problem_it_is(exam: Path) -> None:
    (exam / "ada.txt").write_text("L = 6.180\n", encoding="utf-8")
    refused = check(exam, "ada.txt")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "ada.txt: no line says of which problem it is; write 'Problem 1'" in refused.stderr


def test_a_table_has_columns_with_the_numbers(exam: Path) -> None:
    answers = both()
    with (exam / "class.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["student", "Timestamp", *answers])
        rows.writerow(["Ada", "2026-12-01", *answers.values()])
        rows.writerow(["Bo", "2026-12-02", *([""] * len(answers))])
    result = check(exam, "class.csv", "--format", "csv")
    ada, bo = csv.DictReader(io.StringIO(result.stdout))
    assert (ada["points"], ada["of"], ada["problem 1"], ada["problem 2"]) == ("9", "11", "6", "3")
    assert float(ada["percent"]) == pytest.approx(100 * 9 / 11, abs=0.05)
    assert {name: ada[name] for name in EXPECTED} == EXPECTED
    assert bo["status"] == "nothing handed in"
    assert result.stderr.count("passed over, as no step is called so: 'Timestamp'") == 1


@pytest.mark.thorough
def test_a_workbook_has_a_sheet_for_each_problem(exam: Path) -> None:
    tasks = load(exam / "exam.yaml").tasks
    sheets = [worksheet(task.solution, only=task.only) for task in tasks]
    (exam / "ada.xlsx").write_bytes(b"".join(render_worksheet(sheets)))
    book = openpyxl.load_workbook(exam / "ada.xlsx")
    for title, answers in (("Working", HELLO), ("Working 2", HINGE)):
        for row in book[title].iter_rows():
            if (id := row[0].value) in answers:
                row[4].value = float(answers[id])
    book["Working"]["D2"].value = "Ada"
    book.save(exam / "ada.xlsx")
    is_as_expected(marked(exam, "ada.xlsx"))


def test_an_unnumbered_name_is_for_the_problem_that_asks_for_it(exam: Path) -> None:
    write(exam / "ada.yaml", {**{f"1.{id}": each for id, each in HELLO.items()}, "hinge.1": 0.2})
    found = marked(exam, "ada.yaml")
    assert verdicts(found)["2.hinge.1"] == "right"
    write(exam / "ada.yaml", {"loss": 0.4, "1.probability": 1, "foo": 2, "2.foo": 3, "sum": ""})
    said = marked(exam, "ada.yaml")["said"]
    assert said == [
        "ada.yaml:3:3: answers.loss: it is not said of which problem this is: write 1.loss or 2.loss",
        "ada.yaml:5:3: answers.foo: no problem has such a step; a step is named as in 2.loss",
        "ada.yaml:6:3: answers.2.foo: there is no such step; 'lossclass solve' shows the steps' ids",
    ]


def test_a_problem_that_nobody_worked_on_gets_no_points(exam: Path) -> None:
    write(exam / "ada.yaml", {f"2.{id}": answer for id, answer in HINGE.items()})
    found = marked(exam, "ada.yaml")
    assert [(each["points"], each["of"]) for each in found["problems"]] == [(0, 6), (3, 5)]
    assert set(verdicts(found).values()) == {"missing", "right", "wrong", "follows_through"}
    text = check(exam, "ada.yaml").stdout
    assert "Ada: Sheet 3\n3 of 11 points: 2 of 9 right" in text
    assert (
        "\nProblem 2: Hinge loss for a sequence of three labels (5 points)\n3 of 5 points" in text
    )


def test_a_sheet_of_another_exam_or_of_a_problem_is_refused(exam: Path) -> None:
    write(exam / "ada.yaml", both(), problem="other_exam.yaml")
    refused = check(exam, "ada.yaml")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert (
        "this sheet is for 'other_exam.yaml', and is marked against 'exam.yaml'" in refused.stderr
    )
    write(exam / "ada.yaml", {"nothing": "1"})
    refused = check(exam, "ada.yaml")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "answers.nothing: no problem has such a step" in refused.stderr


def test_one_cause_for_a_problem_of_an_exam(exam: Path) -> None:
    write(exam / "ada.yaml", both() | {"2.hinge.3": "0.7", "2.loss": "1.4"})
    found = marked(exam, "ada.yaml")
    assert [(cause["code"], cause["explains"]) for cause in found["causes"]] == [
        ("sum-for-mean", ["2.loss"])
    ]
    text = " ".join(check(exam, "ada.yaml", "ada.yaml").stdout.split())
    assert "first mistake 2.loss (sum-for-mean)" in text


@pytest.mark.parametrize("form", ["html", "txt"])
def test_pages_to_hand_back_go_problem_by_problem(exam: Path, form: str) -> None:
    write(exam / "ada.yaml", both())
    check(exam, "ada.yaml", "--feedback", "pages", "--feedback-format", form)
    (page,) = (exam / "pages").iterdir()
    text = page.read_text(encoding="utf-8")
    assert "9 of 11 points" in text
    assert text.index("Problem 1: HELLO") < text.index("6 of 6 points: 5 of 5 right")
    assert text.index("Problem 2: Hinge") < text.index("2.hinge.3")
    assert "ℓ₃" in text or "<mi>" in text  # the right line behind the first mistake


def test_gradebooks_have_the_points_of_the_exam(exam: Path) -> None:
    (exam / "canvas.csv").write_text("Student,ID,SIS Login ID,Section\nAda L,1,Ada,A\n")
    write(exam / "ada.yaml", both())
    given = ("--roster", "canvas.csv", "--format")
    canvas = check(exam, "ada.yaml", *given, "canvas").stdout.splitlines()
    assert [line.rpartition(",")[2] for line in canvas] == ["Sheet 3", str(MOST), str(POINTS)]
    (exam / "moodle.csv").write_text("First name,Last name,ID number\nAda,L,Ada\n")
    moodle = check(exam, "ada.yaml", "--roster", "moodle.csv", "--format", "moodle").stdout
    assert moodle.splitlines()[1] == f"Ada,L,Ada,{POINTS}"


def test_what_an_exam_cannot_tell_is_said_problem_by_problem(exam: Path) -> None:
    text = check(exam, "--lint").stdout
    assert text.index("Problem 1: HELLO") < text.index("Problem 2: Hinge")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2.loss", (2, "loss")),
        ("2. L", (2, "L")),
        ("Problem 1 alpha.2.3", (1, "alpha.2.3")),
        ("(2) ∂L/∂U", (2, "∂L/∂U")),
        ("3.loss", None),
        ("2.5", None),
        ("loss", None),
        ("hinge.2", None),
    ],
)
def test_which_names_have_a_number(written: str, meant: tuple[int, str] | None) -> None:
    assert numbered(written, 2) == meant
    assert group("Problem 2:") == group("2") == 2
    assert group(str(Decimal("2.5"))) is None

"""Tables of a class: a row is the sheet of a student, its cells are answers, and what spreadsheets
make of numbers is not marked."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from programs import Ended, run

from lossclass.errors import InvalidProblem
from lossclass.hand_in.reading import sheets_in
from lossclass.hand_in.tables import _cell
from lossclass.problem.bundled import bundled_problems
from lossclass.runs.checking import checker_of
from lossclass.solving import solve
from problems import bundled

PROBLEM = "hinge_sequence"
RIGHT = ["0.2", "0.5", "0.7", "1.4", "0.467"]
HEADER = ["student", "hinge.1", "hinge.2", "hinge.3", "sum", "loss"]


def table(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def check(path: Path, *arguments: object) -> Ended:
    return run("check", PROBLEM, path.name, *arguments, cwd=path.parent)


def verdicts(path: Path) -> list[list[str]]:
    checker = checker_of(PROBLEM)
    return [[mark.verdict for mark in checker.check(each).marks] for each in sheets_in(path)]


def test_each_row_is_the_sheet_of_a_student(tmp_path: Path) -> None:
    rows = [HEADER, ["Zoë O'Hara", *RIGHT], ["Müller, Jo", "0.2", "", "?", "1.4", "1.4"]]
    path = table(tmp_path / "answers.csv", rows)
    one, two = sheets_in(path)
    assert (one.student, two.student) == ("Zoë O'Hara", "Müller, Jo")
    assert (one.is_named, two.place) == (True, f"{path}:3")
    assert verdicts(path) == [["right"] * 5, ["right", "missing", "missing", "right", "wrong"]]


@pytest.mark.parametrize("name", ["S", "s", "sum", "SUM", "The sum over t"])
def test_columns_are_named_by_ids_symbols_and_titles(name: str, tmp_path: Path) -> None:
    path = table(tmp_path / "answers.csv", [["id", name], ["1", "1.4"]])
    (sheet,) = sheets_in(path)
    (mark,) = checker_of(PROBLEM).check(sheet).marks
    assert (mark.id, mark.verdict) == ("sum", "right")


@pytest.mark.grid(12, name=bundled_problems())
def test_a_table_with_all_steps_of_a_problem_is_right(name: str, tmp_path: Path) -> None:
    steps = [step for step in solve(bundled(name)).steps if step.decimal.is_finite()]
    rows = [["id", *(step.id for step in steps)], ["1", *(f"{step.decimal:.6e}" for step in steps)]]
    (sheet,) = sheets_in(table(tmp_path / "answers.csv", rows))
    checked = checker_of(name).check(sheet)
    assert (checked.is_right, checked.said) == (True, ())
    assert [mark.id for mark in checked.marks] == [step.id for step in steps]


def test_what_is_no_step_is_passed_over_and_said_once(tmp_path: Path) -> None:
    header = ["Timestamp", "Email address", "loss", "Comment", "L", ""]
    rows = [["2026-05-03 12:00", f"{n}@b.org", "0.467", "=cmd()", "1", ""] for n in range(3)]
    path = table(tmp_path / "answers.csv", [header, *rows])
    said = "answers.csv:1:1: passed over, as no step is called so: 'Timestamp', 'Comment', 'L'"
    result = check(path)
    assert " ".join(result.stdout.split()).count(said) == 1
    assert "3 sheets, 3 with everything right." in result.stdout
    gradebook = check(path, "--format", "csv")
    assert gradebook.stderr.splitlines() == [said]


@pytest.mark.parametrize(("count", "said"), [(10, "'c10'"), (11, "'c10' and 1 more")])
def test_of_many_columns_that_are_no_steps_the_first_are_named(
    count: int, said: str, tmp_path: Path
) -> None:
    others = [f"c{n}" for n in range(1, count + 1)]
    (sheet,) = sheets_in(table(tmp_path / "a.csv", [["id", "loss", *others], ["1", "0.467"]]))
    (told,) = checker_of(PROBLEM).check(sheet).said
    assert told.endswith(
        f"passed over, as no step is called so: {', '.join(map(repr, others[:9]))}, {said}"
    )


def test_a_table_of_something_else_is_refused_once(tmp_path: Path) -> None:
    path = table(tmp_path / "answers.csv", [["student", "hingee"], ["a", "1"], ["b", "2"]])
    result = check(path)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == (
        "answers.csv:1:1: expected columns that are named after steps, such as margin.1 and "
        "hinge.1, got 'hingee'\n"
    )
    gradebook = ["student", "status", "points", "percent", "first mistake", "causes", "loss"]
    path = table(
        tmp_path / "answers.csv", [gradebook, ["a", "marked", "1", "100", "", "", "right"]]
    )
    assert "got a gradebook that 'check' wrote" in check(path).stderr


def test_a_row_without_a_name_is_told_and_the_others_are_marked(tmp_path: Path) -> None:
    path = table(tmp_path / "answers.csv", [HEADER, ["", *RIGHT], ["a", *RIGHT], ["", *RIGHT]])
    result = check(path)
    assert result.returncode == 3
    assert "5 of 5 right" in result.stdout
    assert result.stderr.splitlines() == [
        f"answers.csv:{line}:1: there is no name in this line" for line in (2, 4)
    ]


@pytest.mark.parametrize(
    "written",
    [
        *("3. Mai", "03.05.2026", "3.5.26", "5/3/2026", "3-May", "May-03", "Mai 26", "12. Mrz"),
        *(
            "2026-05-03",
            "2026-05-03 00:00:00",
            "1 févr. 2026",
            "#REF!",
            "#WERT!",
            "#####",
            "#DIV/0!",
        ),
        *("1E-05", "-3E+12", "11:12:28.8"),
    ],
)
def test_what_a_spreadsheet_made_of_a_number_cannot_be_read(written: str) -> None:
    cell = _cell(written)
    assert (cell.value, cell.is_missing) == (None, False)
    assert "spreadsheet" in cell.unreadable


@pytest.mark.parametrize("written", ["0.4\x9c67", "\x1b[31m", "1\u202e2", "\0"])
def test_what_cannot_be_seen_is_told_and_not_printed(written: str) -> None:
    cell = _cell(written)
    assert cell.written.isprintable()
    assert cell.unreadable.startswith("It has a control character U+")


@pytest.mark.parametrize(
    ("written", "value"),
    [("1.23E-05", "0.0000123"), ("1.2E-05", "0.000012"), ("1e-05", "0.00001"), ("0.467", "0.467")],
)
def test_what_it_leaves_whole_is_read(written: str, value: str) -> None:
    assert f"{_cell(written).value:f}" == value


@pytest.mark.parametrize("written", ["3/5", "1.4/3", "1:3", "-0.467", "", "-", "n/a"])
def test_arithmetic_and_nothing_are_no_dates(written: str) -> None:
    assert "spreadsheet" not in _cell(written).unreadable


def test_a_semicolon_between_cells_leaves_the_comma_to_numbers(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("student;sum;loss\nann;1,4;0,467\n", encoding="cp1252")
    assert verdicts(path) == [["right", "right"]]


def test_columns_that_are_counted_from_0_are_told(tmp_path: Path) -> None:
    rows = [["id", "hinge.0", "hinge.1", "hinge.2"], ["1", *RIGHT[:3]], ["2", *RIGHT[:3]]]
    result = check(table(tmp_path / "answers.csv", rows))
    assert "2 sheets, 2 with everything right." in result.stdout
    assert result.stdout.count("Counted from 0: 'hinge.0' is taken for 'hinge.1'.") == 1


def test_a_workbook_is_a_table(tmp_path: Path) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    rows: list[list[Any]] = [["id", "hinge.1", "hinge.2", "sum", "loss", "hinge.3"]]
    rows += [[42, 0.2, 0.1 + 0.4, 1.4, 1.4 / 3, datetime(2026, 5, 3)], [43, "0.2", True, "#N/A"]]  # noqa: DTZ001
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "answers.xlsx")
    path = tmp_path / "answers.xlsx"
    assert [sheet.student for sheet in sheets_in(path)] == ["42", "43"]
    first, second = verdicts(path)
    assert first == ["right", "right", "unreadable", "right", "right"]
    assert second == ["right", "unreadable", "missing", "unreadable", "missing"]


def test_a_column_says_whose_a_row_is(tmp_path: Path) -> None:
    path = table(tmp_path / "answers.csv", [["Matrikel", "loss"], ["7", "0.467"]])
    with pytest.raises(InvalidProblem, match="--column NAME says which column it is"):
        list(sheets_in(path))
    assert "7: Hinge" in check(path, "--column", "matrikel").stdout


def test_a_variant_is_marked_against_its_own_numbers(tmp_path: Path) -> None:
    made = run(
        *("variants", PROBLEM, "--seed", "s", "--count", "3", "-o", "class", "--only-answers"),
        cwd=tmp_path,
    )
    assert made.returncode == 0
    path = tmp_path / "class" / "answers.csv"
    right = check(path, "--seed", "s", "--count", "3")
    assert (right.returncode, right.stderr) == (0, "")
    assert "3 sheets, 3 with everything right." in right.stdout
    others = check(path, "--count", "3", "--seed", "t")
    assert others.returncode == 1
    text = path.read_text(encoding="utf-8").replace("id,", "variant,", 1)
    path.write_text(text, encoding="utf-8")
    refused = check(path, "--count", "3", "--seed", "t")
    assert refused.returncode == 3
    assert "answers.csv:2: variant: this sheet is for variant" in refused.stderr


WORKED = [
    ["Schritt", "y", "score", "hinge"],
    ["1", "1", "0,8", "0,2"],
    ["2", "-1", "-0,5", "0,5"],
    ["3", "1", "0,3", "0,8"],
    ["Summe", "", "", "1,5"],
    ["Mittelwert", "", "", "0,500"],
]
JUDGED = {
    "hinge.1": "right",
    "hinge.2": "right",
    "hinge.3": "wrong",
    "sum": "follows_through",
    "loss": "follows_through",
}


def test_a_table_that_counts_the_steps_is_the_working_of_one(tmp_path: Path) -> None:
    path = tmp_path / "ada.csv"
    path.write_text("\n".join(map(";".join, WORKED)), encoding="utf-8")
    (sheet,) = sheets_in(path)
    assert (sheet.student, sheet.is_named) == ("ada", False)
    marks = checker_of(PROBLEM).check(sheet).marks
    assert {mark.id: mark.verdict for mark in marks} == JUDGED


def test_a_workbook_that_counts_the_steps_is_the_working_of_one(tmp_path: Path) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in WORKED:
        book.active.append([each.replace(",", ".") or None for each in row])
    book.save(tmp_path / "ada.xlsx")
    (sheet,) = sheets_in(tmp_path / "ada.xlsx")
    marks = checker_of(PROBLEM).check(sheet).marks
    assert {mark.id: mark.verdict for mark in marks} == JUDGED


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (",m,l\n1,0.8,0.2\n2,0.5,0.5\n3,0.3,0.7\n", ["margin", "hinge"]),  # no head over the counts
        ("Nr.,hinge\n1,0.2\n2,0.5\n3,0.7\n", ["hinge"]),
        ("0,0.2\n1,0.5\n2,0.7\n", ["hinge"]),  # no head at all
        ("l1,0.2\nl2,0.5\nl3,0.7\n", ["hinge"]),
        ("0.2\n0.5\n0.7\n", ["hinge"]),
    ],
)
def test_a_table_without_heads_is_the_working_of_one(
    tmp_path: Path, text: str, right: list[str]
) -> None:
    path = tmp_path / "ada.csv"
    path.write_text(text, encoding="utf-8")
    (sheet,) = sheets_in(path)
    marks = checker_of(PROBLEM).check(sheet).marks
    expected = {f"{name}.{n}" for name in right for n in (1, 2, 3)}
    assert {mark.id for mark in marks if mark.verdict == "right"} == expected
    assert sheet.student == "ada"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ada,0.467\nBob,1.4\n", "or steps in the first column, got 'Ada', 'Bob'"),
        ("12345,0.467\n12346,1.4\n", "or steps in the first column, got '12345', '12346'"),
        (
            "Person,L\nAda,0.467\n",
            "expected a column 'student', 'id' or 'name' in the first line, got Person, L",
        ),
        ("", "there is nothing in it"),
        ("\n,,\n", "there is nothing in it"),
    ],
)
def test_a_table_of_nobody_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    ended = run("check", PROBLEM, path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert said in ended.stderr


def test_what_a_table_has_beside_the_steps_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "ada.csv"
    path.write_text("1,0.2\n2,0.5\n3,0.7\n4,99\n", encoding="utf-8")
    (sheet,) = sheets_in(path)
    assert "Line 4: not matched: 4  99" in checker_of(PROBLEM).check(sheet).said


def test_an_empty_workbook_is_said_to_be_empty(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl").Workbook().save(tmp_path / "ada.xlsx")
    ended = run("check", PROBLEM, tmp_path / "ada.xlsx")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.endswith("ada.xlsx:1:1: there is nothing in it\n")


def test_a_title_above_the_table_of_a_workbook_is_passed_over(tmp_path: Path) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in (["Hinge loss, sheet 3"], [], [None, "m", "l"], [1, 0.8, 0.2], [2, 0.5, 0.5]):
        book.active.append(row)
    book.save(tmp_path / "ada.xlsx")
    (sheet,) = sheets_in(tmp_path / "ada.xlsx")
    marks = checker_of(PROBLEM).check(sheet).marks
    assert [mark.id for mark in marks if mark.verdict == "right"] == [
        "margin.1", "hinge.1", "margin.2", "hinge.2"
    ]  # fmt: skip

"""An exam for a whole class: variants, sheets that come back in every way, marks, gradebooks."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
import yaml
from programs import Ended, mostly_thorough, run

from lossclass.points import points_text
from lossclass.rosters.roster import file_name

EXAM = """\
exam: Sheet 3
course: 23AD2205A
due: 2026-12-04
problems:
  - {problem: hello_ctc, points: 6, only: [alignment, probability, loss]}
  - {problem: hinge_sequence, points: {hinge: 3, loss: 2}, follow_through: 0.5}
  - {problem: regression_series, points: 4, only: [squared_error.1, squared_error.2, sum, loss]}
"""
#: The steps that count, with their points.
COUNTS: Final = {
    **dict.fromkeys(
        [*(f"1.alignment.{n}" for n in (1, 2, 3)), "1.probability", "1.loss"], Fraction(6, 5)
    ),
    **dict.fromkeys([f"2.hinge.{n}" for n in (1, 2, 3)], Fraction(1)),
    "2.loss": Fraction(2),
    **dict.fromkeys(["3.squared_error.1", "3.squared_error.2", "3.sum", "3.loss"], Fraction(1)),
}
MOST: Final = 6 + 5 + 4
NAMES: Final = [
    ("Jürgen", "Müller"),
    ("Anna", "Müller"),
    ("Anna", "Müller"),
    ("Wolfeschlegelstein " + "Maria Magdalena " * 6, "von und zu Østergård-Łukasiewicz"),
    ("李", "雷"),
    ("Zoë", "O'Hara, Dr."),
    ("Şükrü", "İpek"),
]
Row = Mapping[str, str]


def roster(folder: Path, count: int) -> list[str]:
    """A class as Moodle and as Canvas export it; the numbers of its students."""
    ids = [str(100001 + n) for n in range(count)]
    with (folder / "moodle.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["First name", "Last name", "ID number", "Email address"])
        for n, id in enumerate(ids):
            rows.writerow([*NAMES[n % len(NAMES)], id, f"s{id}@example.org"])
    with (folder / "canvas.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Student", "ID", "SIS Login ID", "Section"])
        for n, id in enumerate(ids):
            first, last = NAMES[n % len(NAMES)]
            rows.writerow([f"{last}, {first}", id, f"s{id}", "A"])
    (folder / "exam.yaml").write_text(EXAM, encoding="utf-8")
    return ids


# --- how a sheet comes back ---


def as_yaml(folder: Path, row: Row, answers: Row) -> None:
    """The answer sheet that was made, filled in."""
    made = folder / "class" / "sheets" / f"{file_name(row['student'])}.yaml"
    sheet = yaml.safe_load(made.read_text(encoding="utf-8"))
    assert set(answers) <= set(sheet["answers"])
    sheet["answers"].update(answers)
    text = yaml.safe_dump(sheet, allow_unicode=True)
    (folder / "back" / made.name).write_text(text, encoding="utf-8")


def as_text(folder: Path, row: Row, answers: Row) -> None:
    """Working on paper, problem by problem."""
    lines = [f"Name: {row['student']}"]
    for number in "123":
        lines += ["", f"Problem {number}"]
        lines += [f"{id[2:]} = {each}" for id, each in answers.items() if id.startswith(number)]
    name = f"homework of {row['student']}.txt"
    (folder / "back" / name).write_text("\n".join(lines), encoding="utf-8")


def as_workbook(folder: Path, row: Row, answers: Row) -> None:
    """The workbook that was made, filled in."""
    name = f"{file_name(row['student'])}.xlsx"
    book = openpyxl.load_workbook(folder / "class" / "worksheets" / name)
    for title, number in (("Working", "1"), ("Working 2", "2"), ("Working 3", "3")):
        for cells in book[title].iter_rows():
            if (id := f"{number}.{cells[0].value}") in answers:
                cells[4].value = answers[id]
    book.save(folder / "back" / name)


def as_table(folder: Path, rows: Sequence[tuple[Row, Row]]) -> None:
    """The rest in one table, as a form on the web has them."""
    with (folder / "back.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["ID number", "variant", *COUNTS])
        for row, answers in rows:
            cells = [answers[id].replace(".", ",") for id in COUNTS]
            table.writerow([row["student"], row["id"], *cells])


WAYS: Final = (as_yaml, as_text, as_workbook)


def filled(row: Row, n: int) -> tuple[Row, Fraction]:
    """What somebody writes, and what they get for it: every third has all right, the next the
    loss of the hinges ten times too large, and another answers only the first problem."""
    answers = {id: f"{float(row[id]):.4g}" for id in COUNTS}
    if n % 3 == 1:
        answers["2.loss"] = f"{10 * float(row['2.loss']):.4g}"
    if n % 3 == 2:
        answers = {id: each if id.startswith("1.") else "" for id, each in answers.items()}
    lost = (Fraction(0), COUNTS["2.loss"], Fraction(MOST - 6))[n % 3]
    return answers, MOST - lost


def check(folder: Path, known: str, *given: object) -> Ended:
    back = ["back", "back.csv"] if (folder / "back.csv").exists() else ["back"]
    who = ("--roster", known, "--seed", "spring")
    return run("check", "exam.yaml", *back, *who, *given, cwd=folder)


@pytest.mark.thorough
@pytest.mark.parametrize("count", [5, pytest.param(40, marks=pytest.mark.thorough)])
def test_an_exam_from_variants_to_gradebooks(count: int, tmp_path: Path) -> None:
    ids = roster(tmp_path, count)
    given = ("--roster", "moodle.csv", "--seed", "spring", "-o", "class")
    made = run(
        "variants", "exam.yaml", *given, "--format", "xlsx", "--format", "terminal", cwd=tmp_path
    )
    assert (made.returncode, made.stderr) == (0, "")
    with (tmp_path / "class" / "answers.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [row["student"] for row in rows] == ids
    assert len({row["id"] for row in rows}) == count
    (tmp_path / "back").mkdir()
    points, in_table = {}, []
    for n, row in enumerate(rows[:-1]):  # the last one stays away
        answers, points[row["student"]] = filled(row, n)
        if n % 4 < len(WAYS):
            WAYS[n % 4](tmp_path, row, {id: each for id, each in answers.items() if each})
        else:
            in_table.append((row, answers))
    as_table(tmp_path, in_table)

    marked = check(tmp_path, "moodle.csv", "--format", "csv", "--feedback", "pages")
    assert marked.returncode == 1, marked.stderr
    found = {row["ID number"]: row for row in csv.DictReader(io.StringIO(marked.stdout))}
    for id, got in points.items():
        assert (found[id]["points"], found[id]["of"]) == (points_text(got), str(MOST)), id
        by_problem = [Fraction(found[id][f"problem {n}"]) for n in (1, 2, 3)]
        assert sum(by_problem) == got, id
    assert found[ids[-1]]["status"] == "nothing handed in"
    assert {row["variant"] for row in found.values()} == {row["id"] for row in rows[:-1]} | {""}

    moodle = [
        *csv.DictReader(io.StringIO(check(tmp_path, "moodle.csv", "--format", "moodle").stdout))
    ]
    assert [row["Sheet 3"] for row in moodle] == [*map(points_text, points.values()), "-"]
    assert [row["ID number"] for row in moodle] == ids
    assert moodle[2]["First name"] == "Anna"
    canvas = [
        *csv.DictReader(io.StringIO(check(tmp_path, "canvas.csv", "--format", "canvas").stdout))
    ]
    most, *rest = canvas
    assert (most["Student"].strip(), most["Sheet 3"]) == ("Points Possible", str(MOST))
    assert [row["ID"] for row in rest] == ids
    assert [row["Sheet 3"] for row in rest] == [*map(points_text, points.values()), ""]
    assert len([*(tmp_path / "pages").iterdir()]) == count - 1


@pytest.mark.thorough
def test_a_sheet_with_the_numbers_of_somebody_else_is_refused(tmp_path: Path) -> None:
    roster(tmp_path, 2)
    given = ("--roster", "moodle.csv", "--seed", "spring", "-o", "class")
    run("variants", "exam.yaml", *given, cwd=tmp_path)
    sheet = (tmp_path / "class" / "sheets" / "100001.yaml").read_text(encoding="utf-8")
    (tmp_path / "back").mkdir()
    other = sheet.replace("problem: 100001.yaml", "problem: 100002.yaml")
    (tmp_path / "back" / "1.yaml").write_text(other, encoding="utf-8")
    refused = check(tmp_path, "moodle.csv")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert (
        "this sheet is for the variant of '100002', and its student is '100001'" in refused.stderr
    )
    # At the foot of the paper stands the id of the first problem alone.
    first = re.sub(r"^(variant: \w+)-.*$", r"\1", sheet, flags=re.MULTILINE)
    first = first.replace("1.loss:", "1.loss: 1", 1)
    assert first.count("variant: ") == 1
    (tmp_path / "back" / "1.yaml").write_text(first, encoding="utf-8")
    assert "another --seed" not in check(tmp_path, "moodle.csv").stderr
    again = re.sub(r"^variant: .*$", f"variant: {'0' * 12}", sheet, flags=re.MULTILINE)
    (tmp_path / "back" / "1.yaml").write_text(again, encoding="utf-8")
    assert (
        "was another --seed given, or has the problem changed since?"
        in check(tmp_path, "moodle.csv").stderr
    )


@pytest.mark.thorough
def test_what_was_made_of_an_exam_is_what_it_says(tmp_path: Path) -> None:
    ids = roster(tmp_path, 2)
    given = ("--roster", "moodle.csv", "--seed", "spring", "-o", "class")
    run("variants", "exam.yaml", *given, "--format", "markdown", cwd=tmp_path)
    for id, name in zip(ids, ("Jürgen Müller", "Anna Müller"), strict=True):
        text = (tmp_path / "class" / "worksheets" / f"{id}.md").read_text(encoding="utf-8")
        assert "23AD2205A, Sheet 3" in text
        assert name in text
        assert [f"Problem {n}:" in text for n in (1, 2, 3)] == [True] * 3
        key = (tmp_path / "class" / "keys" / f"{id}.md").read_text(encoding="utf-8")
        assert [f"Problem {n}:" in key for n in (1, 2, 3)] == [True] * 3
        solved = run("solve", f"class/problems/{id}.yaml", "--detail", "answer", cwd=tmp_path)
        assert (solved.returncode, len(solved.stdout.splitlines())) == (0, 3)
    # The same command goes on, and makes what is missing as it was.
    before = (tmp_path / "class" / "worksheets" / f"{ids[0]}.md").read_bytes()
    (tmp_path / "class" / "worksheets" / f"{ids[0]}.md").unlink()
    again = run("variants", "exam.yaml", *given, "--format", "markdown", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "class" / "worksheets" / f"{ids[0]}.md").read_bytes() == before
    alone = run("variants", "exam.yaml", *given[:-1], "alone", "--only-answers", cwd=tmp_path)
    assert alone.returncode == 0
    tables = [
        (tmp_path / name / "answers.csv").read_text().splitlines() for name in ("class", "alone")
    ]
    assert tables[0][0] == tables[1][0]
    for one, other in zip(*(table[1:] for table in tables), strict=True):
        (*_, first), (*_, second) = one.rsplit(",", 1), other.rsplit(",", 1)
        assert float(first) == pytest.approx(float(second), rel=1e-9)


@pytest.mark.thorough
def test_processes_make_the_same_of_an_exam(tmp_path: Path) -> None:
    roster(tmp_path, 2)
    for folder, jobs in (("one", 1), ("two", 2)):
        given = ("--count", 11, "--seed", "s", "--jobs", jobs, "-o", folder)
        made = run("variants", "exam.yaml", *given, cwd=tmp_path)
        assert (made.returncode, made.stderr) == (0, "")
    files = [
        {
            path.relative_to(tmp_path / folder): path.read_bytes()
            for path in (tmp_path / folder).rglob("*.*")
        }
        for folder in ("one", "two")
    ]
    assert files[0] == files[1]


# --- on paper ---


def pages_of(path: Path) -> list[str]:
    """The text of each page."""
    read = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)  # noqa: S607
    return read.stdout.decode().split("\f")[:-1]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext")
@pytest.mark.parametrize("what", mostly_thorough(["exam.yaml", "hello_ctc"], quick=["hello_ctc"]))
def test_each_student_begins_on_an_odd_page(what: str, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    ids = roster(tmp_path, 3)
    given: tuple[Any, ...] = ("--roster", "moodle.csv", "--seed", "s", "--print", "-o", "class")
    if what == "hello_ctc":
        given += ("--only", "alignment")  # one page each
    made = run("variants", what, *given, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    pages = pages_of(tmp_path / "class" / "worksheets.pdf")
    begins = [n for n, page in enumerate(pages, start=1) if "page 1 of" in page]
    assert len(begins) == len(ids)
    assert all(n % 2 for n in begins)
    for n, page in enumerate(pages, start=1):
        of = ids[sum(begin <= n for begin in begins) - 1]
        assert not page.strip() or f"({of})" in page
    keys = pages_of(tmp_path / "class" / "keys.pdf")
    assert [id for page in keys for id in ids if f"({id})" in page] == sorted(
        id for page in keys for id in ids if f"({id})" in page
    )
    # What is there stays; for another class it is made anew.
    before = (tmp_path / "class" / "keys.pdf").stat().st_mtime_ns
    run("variants", what, *given, cwd=tmp_path)
    assert (tmp_path / "class" / "keys.pdf").stat().st_mtime_ns == before
    roster(tmp_path, 2)
    (tmp_path / "exam.yaml").touch()
    run("variants", what, *given, cwd=tmp_path)
    assert (
        len([p for p in pages_of(tmp_path / "class" / "worksheets.pdf") if "page 1 of" in p]) == 2
    )


@pytest.mark.parametrize("more", [["--print"], ["--format", "html"], ["--layout", "table"]])
def test_answers_alone_take_nothing_for_worksheets(more: list[str], tmp_path: Path) -> None:
    given = ("--count", 2, "--seed", "s", "--only-answers", "-o", "class")
    refused = run("variants", "hello_ctc", *given, *more, cwd=tmp_path)
    assert refused.returncode == 2
    assert "takes no options for worksheets" in refused.stderr
    assert not (tmp_path / "class").exists()

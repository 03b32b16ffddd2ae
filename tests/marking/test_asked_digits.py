"""How many digits are asked: as the sheet says, else the problem, else three."""

from __future__ import annotations

from decimal import Decimal
from json import loads
from pathlib import Path
from typing import Any

import pytest
from programs import run

import lossclass
from lossclass.arithmetic.number import round_significant
from lossclass.exams.marking import Rules
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.reading import sheets_in
from lossclass.marking.check import Checker, lint
from lossclass.practice.session import Session
from lossclass.rosters.roster import Roster
from lossclass.runs.checking import checker_of, marking_of, to_mark
from lossclass.solving import diagnosis_of

THIRDS = """\
loss: mse
title: Two errors
y_true: [0.1, 0.2]
y_pred: [0.43, 0.91]
"""
#: (0.33² + 0.71²) / 2 = 0.3065
SHORT, LONG = "0.31", "0.3065"


def problem(folder: Path, digits: int | None = None) -> Path:
    path = folder / "errors.yaml"
    path.write_text(THIRDS + (f"digits: {digits}\n" if digits else ""), encoding="utf-8")
    return path


def mark(*arguments: object) -> dict[str, Any]:
    ended = run("check", *arguments, "--format", "json")
    assert ended.returncode in (0, 1), ended.stderr
    return next(each for each in loads(ended.stdout)["marks"] if each["id"] == "loss")


def asked(found: dict[str, Any]) -> int | None:
    """How many digits a mark says were asked, if it says that there are too few."""
    return found["asked_digits"] if found.get("coarse") else None


@pytest.mark.some(2)
@pytest.mark.parametrize("ending", ["yaml", "md", "txt", "tex", "xlsx"])
def test_every_kind_of_worksheet_says_how_many(ending: str, tmp_path: Path) -> None:
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
    source, sheet = problem(tmp_path), tmp_path / f"sheet.{ending}"
    to = ("--sheet", sheet, "-o", tmp_path / "w.md") if ending == "yaml" else ("-o", sheet)
    assert run("worksheet", source, "--digits", 4, "--only", "loss", *to).returncode == 0
    fill(sheet, "0.307")
    found = mark(source, sheet)
    assert (found["verdict"], asked(found)) == ("right", 4)
    fill(sheet, LONG)
    assert asked(mark(source, sheet)) is None


def fill(sheet: Path, number: str) -> None:
    match sheet.suffix:
        case ".yaml":
            text = sheet.read_text(encoding="utf-8")
            lines = [f"  loss: {number}" if "loss:" in line else line for line in text.splitlines()]
            sheet.write_text("\n".join(lines), encoding="utf-8")
        case ".xlsx":
            from openpyxl import load_workbook

            book = load_workbook(sheet)
            (row,) = (row for row in book["Working"].iter_rows() if row[0].value == "loss")
            row[4].value = float(number)
            book.save(sheet)
        case _:
            end = r"\end{document}"
            text = sheet.read_text(encoding="utf-8").partition("\nL = 0")[0].partition(end)[0]
            end = end if sheet.suffix == ".tex" else ""
            sheet.write_text(f"{text}\nL = {number}\n{end}", encoding="utf-8")


@pytest.mark.some(3)
@pytest.mark.parametrize("digits", [None, 2, 5])
def test_what_says_nothing_goes_by_the_problem(digits: int | None, tmp_path: Path) -> None:
    source, table, bare = problem(tmp_path, digits), tmp_path / "class.csv", tmp_path / "bare.yaml"
    table.write_text(f"student,loss\nann,{SHORT}\n", encoding="utf-8")
    bare.write_text(f"loss: {SHORT}\n", encoding="utf-8")
    expected = {None: 3, 2: None, 5: 5}[digits]
    for way in ([table], [bare], ["--answer", SHORT]):
        assert asked(mark(source, *way)) == expected
    strict = run("check", source, "--answer", SHORT, "--strict-digits").returncode
    assert strict == (expected is not None)


def test_practice_goes_by_the_problem(tmp_path: Path) -> None:
    session = Session(checker_of(str(problem(tmp_path, 5))))
    session.begin("loss")
    found = session.mark("loss", read_cell(LONG[:-1]))  # 0.306, of 0.3065
    assert (found.verdict, found.coarse, found.asked_digits) == ("right", True, 5)


def test_a_class_with_variants_goes_by_the_problem(tmp_path: Path) -> None:
    source = problem(tmp_path, 5)
    room = marking_of(to_mark(str(source)), Rules(), "a seed", Roster(["ann"]))
    sheet = tmp_path / "ann.yaml"
    sheet.write_text("student: ann\nloss: 0\n", encoding="utf-8")
    (read,) = sheets_in(sheet)
    (found,) = room.check(read).marks
    assert found.asked_digits == 5


def test_the_remark_says_what_was_asked(tmp_path: Path) -> None:
    source = problem(tmp_path, 5)
    said = run("check", source, "--answer", "0.307").stdout
    assert "Three digits are too few to tell whether it is right: five are asked." in said


def test_a_sheet_that_asks_for_less_is_told(tmp_path: Path) -> None:
    source, sheet = problem(tmp_path), tmp_path / "ann.yaml"
    sheet.write_text(f"digits: 1\nloss: {SHORT}\n", encoding="utf-8")
    ended = run("check", source, sheet, "--strict-digits")
    assert ended.returncode == 0
    said = " ".join(ended.stdout.split())
    assert "asks for fewer significant digits than usual here: 1, not 3." in said


@pytest.mark.parametrize("digits", ["two", "0", "16", "[4]", "1.5"])
def test_digits_that_are_none_are_told_and_passed_over(digits: str, tmp_path: Path) -> None:
    source, sheet = problem(tmp_path), tmp_path / "ann.yaml"
    sheet.write_text(f"student: ann\ndigits: {digits}\nloss: {SHORT}\n", encoding="utf-8")
    ended = run("check", source, sheet)
    said = " ".join(ended.stdout.split())
    assert ended.returncode == 0
    assert f"{sheet}:2:9: digits: expected a whole number from 1 to 15, got" in said.replace(
        "\n", ""
    )
    assert "three are asked" in said


def test_zeros_left_out_at_the_end_are_no_fewer_digits(tmp_path: Path) -> None:
    source = tmp_path / "one.yaml"
    # 0.50002, which is 0.5000 to four digits
    source.write_text("loss: mae\ny_true: [0]\ny_pred: [0.50002]\ndigits: 4\n", encoding="utf-8")
    assert asked(mark(source, "--answer", "0.5")) is None
    # 0.5 is 0.49998 to four digits, and not to five
    source.write_text("loss: mae\ny_true: [0]\ny_pred: [0.49998]\ndigits: 5\n", encoding="utf-8")
    assert asked(mark(source, "--answer", "0.5")) == 5


def test_a_slip_that_other_steps_contradict_does_not_make_a_coarse_number_wrong() -> None:
    """Another step's term is nearer to 1.49 than ours, and stands on the sheet as what it is."""
    logits = [[-1.8, -0.5, -1.5], [-1.7, -2.0, 0.1], [1.7, -1.9, 2.0], [1.6, 1.3, 0.1]]
    loaded = lossclass.load(
        {"loss": "sequence_cross_entropy", "y_true": ["2", "0", "2", "2"], "logits": logits}
    )
    solution = lossclass.solve(loaded)
    written = {
        step.id: Cell(value := f"{round_significant(step.decimal, 3)}", Decimal(value))
        for step in solution.steps
    }
    checker = Checker(solution, diagnosis_of(loaded, solution), asked_digits=4)
    found = {each.id: each for each in checker.marker(written).marks()}
    assert {each.verdict for each in found.values()} == {"right"}
    assert found["term.1"].coarse
    assert found["term.1"].explanation.kind == "exact"


def test_lint_goes_by_the_digits_that_are_asked(tmp_path: Path) -> None:
    """Half of it in place of a mean of errors as good as alike: told apart by more digits."""
    text = "loss: custom\nformula: 1 + a / 100000\ngiven: {a: 0.5}\n"
    few, many = (checker_of(str(written(tmp_path, text, digits))) for digits in (3, 9))
    alike = [lint(each.solution, each.diagnosis, each.asked_digits) for each in (few, many)]
    assert alike[0]
    assert not alike[1]
    for each in alike[0]:
        assert abs(each.slip.value - few.solution.values["loss"]) < Decimal("0.005")


def written(folder: Path, text: str, digits: int) -> Path:
    path = folder / f"digits{digits}.yaml"
    path.write_text(f"{text}digits: {digits}\n", encoding="utf-8")
    return path

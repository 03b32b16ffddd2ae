"""Workbooks that somebody filled in, as ``check`` reads them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from programs import run
from spreadsheets import needs_spreadsheet, opened, recalculated, saved

from lossclass.arithmetic.number import round_significant
from lossclass.errors import FileError, InvalidProblem, UsageError
from lossclass.hand_in.cells import Cell
from lossclass.hand_in.reading import sheets_in
from lossclass.hand_in.sheet import Sheet
from lossclass.problem.bundled import bundled_problems
from lossclass.render import View, paper_console, workbook
from lossclass.workbooks import ID, NAMED, VALUE, WORKING
from lossclass.worksheets.composing import worksheet
from problems import solved

pytest.importorskip("openpyxl")
#: Where the steps of hello_ctc stand on its worksheet, in three groups.
A, B, C, P, L, V = "E13", "E14", "E15", "E17", "E18", "E20"


@cache
def written(*names: str) -> bytes:
    (content,) = workbook.render_worksheet([worksheet(solved(each)) for each in names])
    return content


def empty(*names: str) -> Any:
    return opened(written(*names))


def frames(page: Any) -> dict[str, Any]:
    """The cells to be filled in, by the ids of their steps."""
    return {
        row[ID - 1].value: row[VALUE - 1]
        for row in page.iter_rows(min_row=6)
        if row[ID - 1].value and row[VALUE - 1].fill.fgColor.rgb.endswith("FFF9E5")
    }


def filled(
    path: Path, fill: Callable[[dict[str, Any], Any], None], name: str = "hello_ctc"
) -> Path:
    book = empty(name)
    fill(frames(book[WORKING]), book)
    book.save(path)
    return path


def test_the_steps_stand_where_these_tests_have_them() -> None:
    found = [frame.coordinate for frame in frames(empty("hello_ctc")[WORKING]).values()]
    assert found[:6] == [A, B, C, P, L, V]


def read(path: Path) -> Sheet:
    (sheet,) = sheets_in(path)
    return sheet


def cell(value: Any, tmp_path: Path, **others: Any) -> Cell:
    """What is read where a value stands for the loss, and others for other steps."""

    def fill(found: dict[str, Any], _: Any) -> None:
        for id, each in {"loss": value, **others}.items():
            found[id].value = each

    return read(filled(tmp_path / "one.xlsx", fill)).cells["loss"]


def test_a_workbook_that_is_not_filled_in_has_nothing(tmp_path: Path) -> None:
    sheet = read(filled(tmp_path / "Ann.xlsx", lambda *_: None))
    assert (sheet.student, sheet.is_named, sheet.problem) == ("Ann", False, "hello_ctc")
    assert list(sheet.cells) == [step.id for step in solved("hello_ctc").steps]
    assert all(each.is_missing for each in sheet.cells.values())


@pytest.mark.parametrize(
    ("value", "written", "number"),
    [
        (6.18, "6.18", "6.18"),
        (6, "6", "6"),
        (1.88e-4, "0.000188", "0.000188"),
        (6.180322620455642, "6.180322620455642", "6.180322620455642"),
        ("6.180", "6.180", "6.180"),
        ("-ln(0.5)", "-ln(0.5)", None),
        ("∞", "∞", "Infinity"),
    ],
)
@pytest.mark.some(4)
def test_numbers_and_texts(value: Any, written: str, number: str | None, tmp_path: Path) -> None:
    found = cell(value, tmp_path)
    assert found.written == written
    assert not found.unreadable
    assert number is None or str(found.value) == number


@pytest.mark.parametrize(
    ("formula", "working"),
    [
        ("=1.4/3", "1.4/3"),
        ("=2*(3+4)^2", "2*(3+4)^2"),
        (f"=-LN({P})", "-ln(0.5)"),
        ("=LOG10($E$17)+EXP(1)", "log10(0.5)+exp(1)"),
        (f"=MAX(0,{P})", "max(0,0.5)"),
        (f"=SUM({A}:{C},{P})", "(0.25+(-3)+0.5)"),
        (f"=PRODUCT({A},{P})", "(0.25*0.5)"),
        (f"=Given!C4*{P}", "0.6*0.5"),
        (f"='Given'!C4*{P}", "0.6*0.5"),
        (f"={A}-{C}", "0.25-(-3)"),
        (f"={V}", "(2*0.5)"),
    ],
)
@pytest.mark.some(6)
def test_the_arithmetic_of_formulas(formula: str, working: str, tmp_path: Path) -> None:
    others: dict[str, Any] = {"probability": 0.5, "alignment.1": 0.25, "alignment.3": -3}
    others |= {"alignment.2": "a text", "valid.probability": f"=2*{P}"}
    found = cell(formula, tmp_path, **others)
    text = found.working or found.written
    assert text.replace("×", "*").replace(" ", "") == working
    assert (found.written, found.exact) == (formula, True)


@pytest.mark.parametrize(
    "formula",
    ["=VLOOKUP(1,A1:B2,2)", "=-2^2", "=A2", "=E99", "=NoSheet!A1", f"={L}", "=SUM(A:A)", "=1%", '="6"',
     "=alignment_1*2", f"={A}:{B}", "=IF(1,2,3)", "=SUM(A1:XFD1048576)", "=A0", "=ZZZ1", "=SUM(B2:A1)"],
)  # fmt: skip
@pytest.mark.some(8)
def test_of_other_formulas_the_file_has_to_say_what_they_come_to(
    formula: str, tmp_path: Path
) -> None:
    assert "open it in a spreadsheet program, and save it" in cell(formula, tmp_path).unreadable


@pytest.mark.some(3)
@pytest.mark.parametrize("value", [datetime(2026, 7, 15), date(2026, 7, 15), time(7, 15)])  # noqa: DTZ001
def test_what_a_spreadsheet_took_for_a_date_is_told(value: Any, tmp_path: Path) -> None:
    found = cell(value, tmp_path)
    assert found.value is None
    assert found.unreadable.startswith("the spreadsheet made a date or a time of it")


@pytest.mark.some(2)
@pytest.mark.parametrize("value", ["#DIV/0!", "#NUM!", "#NAME?", "#N/A"])
def test_errors_are_told(value: str, tmp_path: Path) -> None:
    assert cell(value, tmp_path).unreadable == f"the spreadsheet says {value}"


def test_steps_are_found_wherever_they_stand_by_now(tmp_path: Path) -> None:
    def fill(found: dict[str, Any], book: Any) -> None:
        found["loss"].value = 6.18
        page = book[WORKING]
        page[NAMED["lossclass_student"]].value = 42
        for merged in list(page.merged_cells.ranges):
            page.unmerge_cells(str(merged))
        page.insert_cols(4)
        page.insert_rows(6, 3)
        book.defined_names["lossclass_student"].attr_text = f"{WORKING}!$E$2"
        book.move_sheet("Given", -1)

    sheet = read(filled(tmp_path / "a.xlsx", fill))
    assert (sheet.student, sheet.cells["loss"].written) == ("42", "6.18")


def test_several_problems_in_one_workbook(tmp_path: Path) -> None:
    book = empty("hello_ctc", "hinge_sequence")
    frames(book["Working 2"])["loss"].value = 0.4667
    book["Working 2"]["D2"].value = "Bo"
    book.save(tmp_path / "a.xlsx")
    first, second = sheets_in(tmp_path / "a.xlsx")
    assert (first.problem, first.student) == ("hello_ctc", "a")
    assert (second.problem, second.student) == ("hinge_sequence", "Bo")
    assert second.cells["loss"].value == Decimal("0.4667")


@pytest.mark.grid(24, name=list(bundled_problems())[::3])
def test_every_result_comes_back(name: str, tmp_path: Path) -> None:
    solution = solved(name)
    values = {id: round_significant(value, 6) for id, value in solution.values.items()}

    def fill(found: dict[str, Any], _: Any) -> None:
        for id, frame in found.items():
            frame.value = float(values[id]) if values[id].is_finite() else "∞"

    answers = read(filled(tmp_path / "Ann.xlsx", fill, name)).answers_to(solution)
    assert not answers.said
    assert {id: each.value for id, each in answers.cells.items()} == {
        question.id: values[question.id] for question in worksheet(solution).questions
    }


def test_marks_of_a_workbook(tmp_path: Path) -> None:
    def fill(found: dict[str, Any], book: Any) -> None:
        found["alignment.1"].value = 0.00018816
        found["alignment.2"].value = "=0.6*0.2"
        found["alignment.3"].value = "abc"
        book[WORKING]["D2"].value = "Ann"

    ended = run("check", "hello_ctc", filled(tmp_path / "a.xlsx", fill))
    assert ended.returncode == 1
    assert ended.stdout.startswith("Ann: HELLO: CTC loss over three alignments\n1 of 7 right")
    assert "✗ alignment.2        =0.6*0.2  wrong" in ended.stdout
    assert "? alignment.3        abc  cannot be read" in ended.stdout


def test_a_folder_of_workbooks(tmp_path: Path) -> None:
    for name in ("Ann", "Bo"):
        filled(tmp_path / f"{name}.xlsx", lambda found, _: setattr(found["loss"], "value", 6.18))
    (tmp_path / "~$Ann.xlsx").write_bytes(b"a lock")
    from openpyxl import Workbook

    Workbook().save(tmp_path / "of_somebody.xlsx")
    ended = run("check", "hello_ctc", tmp_path)
    assert "Ann" in ended.stdout
    assert "Bo" in ended.stdout
    assert "of_somebody.xlsx" in ended.stderr  # named as one that is not marked
    assert "~$Ann" not in ended.stdout + ended.stderr


@pytest.mark.thorough
def test_the_workbooks_of_variants(tmp_path: Path) -> None:
    options = ["--count", "2", "--seed", "s"]
    ended = run("variants", "hello_ctc", *options, "--format", "xlsx", "-o", tmp_path / "class")
    assert ended.returncode == 0
    path = tmp_path / "class" / "worksheets" / "0002.xlsx"
    book = opened(path.read_bytes())
    answers = (tmp_path / "class" / "answers.csv").read_text(encoding="utf-8").splitlines()
    for id, frame in frames(book[WORKING]).items():
        frame.value = float(answers[2].split(",")[answers[0].split(",").index(id)])
    book.save(path)
    ended = run("check", "hello_ctc", path, *options)
    assert ended.stdout.splitlines()[1] == "7 of 7 right", ended
    assert run("check", "hello_ctc", path).returncode == 3  # it is of another problem


def test_files_that_are_no_workbook(tmp_path: Path) -> None:
    from lossclass.hand_in.workbook import sheets

    with pytest.raises(FileError, match=r"none\.xlsx: No such file"):
        list(sheets(tmp_path / "none.xlsx"))
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(saved(empty("hello_ctc"))[:3000])
    with pytest.raises(InvalidProblem, match=r"broken\.xlsx: expected an \.xlsx workbook"):
        list(sheets(broken))
    other = tmp_path / "other.xlsx"
    from openpyxl import Workbook

    Workbook().save(other)
    with pytest.raises(InvalidProblem, match="expected a sheet 'Working' with the steps"):
        list(sheets(other))


def test_an_answer_to_no_step_is_told_with_its_row(tmp_path: Path) -> None:
    def fill(found: dict[str, Any], book: Any) -> None:
        found["loss"].value = 6.18
        page = book[WORKING]
        page.cell(found["alignment.1"].row, ID).value = "alignment.9"

    path = filled(tmp_path / "a.xlsx", fill)
    said = read(path).answers_to(solved("hello_ctc")).said
    assert said == (
        f"{path}:13:5: alignment.9: there is no such step; did you mean 'alignment.1'?",
    )


def test_without_the_package_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = filled(tmp_path / "a.xlsx", lambda *_: None)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError, match=r"pip install 'lossclass\[xlsx\]'"):
        read(path)


def test_a_key_that_is_handed_in_is_all_right(tmp_path: Path) -> None:
    (content,) = workbook.render([solved("hello_ctc")], View(paper_console()))
    (tmp_path / "a.xlsx").write_bytes(content)
    ended = run("check", "hello_ctc", tmp_path / "a.xlsx")
    assert ended.stdout.splitlines()[1] == "7 of 7 right"


@needs_spreadsheet
@pytest.mark.thorough
def test_what_a_spreadsheet_worked_out_is_read(tmp_path: Path) -> None:
    def fill(found: dict[str, Any], _: Any) -> None:
        found["alignment.1"].value = "=-2^2"
        found["alignment.2"].value = "=alignment_1*2"
        found["alignment.3"].value = "=1/0"
        found["probability"].value = f"=SUM({A}:{B})"
        found["loss"].value = f'=IF({P}<0,"∞",2)'

    content = filled(tmp_path / "a.xlsx", fill).read_bytes()
    path = tmp_path / "b.xlsx"
    recalculated({"b": content}, tmp_path)
    (tmp_path / "out" / "b.xlsx").rename(path)
    found = read(path).cells
    assert found["alignment.1"].value == 4
    assert found["alignment.1"].working is None
    assert found["alignment.2"].value == 8
    assert found["alignment.2"].exact
    assert found["alignment.3"].unreadable == "the spreadsheet says #DIV/0!"
    assert found["probability"].value == 12
    assert str(found["probability"].working).replace(" ", "") == "(4+8)"
    assert found["loss"].value == 2

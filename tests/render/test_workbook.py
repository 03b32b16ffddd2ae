"""Workbooks, read by openpyxl and worked out by LibreOffice, neither of which is ours."""

from __future__ import annotations

import io
import math
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from documents import HOSTILE, hostile, leaks
from programs import run, tree
from spreadsheets import needs_spreadsheet, opened, recalculated, saved

import lossclass
from lossclass.arithmetic.number import round_significant
from lossclass.errors import LossclassError, UsageError
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.render import View, paper_console, renderer, workbook, worksheet_renderer
from lossclass.variants.variant import Variants
from lossclass.workbooks import BESIDE, FORMULA, ID, NAMED, SYMBOL, TITLE, VALUE, WORKING
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from problems import NAMES, bundled, case, solved

pytest.importorskip("openpyxl")

#: What may stand in a formula: cells, numbers, our functions and signs, and no other text.
OURS = re.compile(
    r"=(?:(?:'?(?:Working|Given|Other)(?: \d+)?'?!)?[A-Z]{1,2}\d+|[-+*/^(),<>=]|\d[\d.]*(?:E[-+]\d+)?"
    r'|LN|LOG10|LOG|EXP|TANH|MAX|MIN|SQRT|ABS|SIGN|IF|ISNUMBER|OR|CHOOSE|"[✓✗?∞−-]*")*'
)
#: Names that every spreadsheet takes: no cells, in either way to call them.
LEGAL = re.compile(
    r"(?!(?:[A-Z]{1,3}\d+|R\d*|C\d*|R\d*C\d*|TRUE|FALSE)\Z)[A-Z_][A-Z0-9_]*", re.IGNORECASE
)
#: What does not follow when numbers are changed, and is said not to: the way of the most probable
#: symbols is another then, and the loss after a step of learning was worked out elsewhere.
STAYS = {"best_path", "updated.loss"}


def view() -> View:
    return View(paper_console())


def made(*solutions: lossclass.Solution) -> bytes:
    (content,) = workbook.render(solutions, view())
    return bytes(content)


def asked(solution: lossclass.Solution, show: Show = Show.FORMULA, **more: Any) -> bytes:
    (content,) = workbook.render_worksheet([worksheet(solution, show, **more)])
    return bytes(content)


def rows(book: Any, *titles: str) -> Iterator[tuple[Any, ...]]:
    """The rows with a step or another number, from the sheets of these titles."""
    for title in titles:
        for row in book[title].iter_rows(min_row=3) if title in book.sheetnames else ():
            if row[ID - 1].value and row[SYMBOL - 1].value and row[SYMBOL - 1].value != "Symbol":
                yield row


def values(book: Any, suffix: str = "") -> dict[str, Any]:
    """What the file says that each id comes to."""
    found = rows(book, f"Working{suffix}", f"Other{suffix}")
    return {row[ID - 1].value: row[VALUE - 1].value for row in found}


def cells(book: Any) -> Iterator[Any]:
    return (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def texts(book: Any) -> list[str]:
    return [str(cell.value) for cell in cells(book)]


@pytest.mark.grid(15, name=NAMES[::3], gradient=[False, True])
def test_every_step_is_a_row_with_a_formula_and_what_it_comes_to(name: str, gradient: bool) -> None:
    try:
        solution = case(name, gradient=gradient)
    except LossclassError:
        solution = case(name)
    content = made(solution)
    book, told = opened(content), values(opened(content, values=True))
    found = {row[ID - 1].value: row for row in rows(book, WORKING)}
    assert list(found) == [step.id for step in solution.steps]
    for step in solution.steps:
        cell = found[step.id][VALUE - 1]
        assert cell.data_type == ("n" if step.quantity.is_given else "f")
        ours = step.value if math.isfinite(step.value) else math.copysign(1e305, step.value)
        assert math.isclose(told[step.id], ours, rel_tol=1e-15)
    assert all(OURS.fullmatch(cell.value) for cell in cells(book) if cell.data_type == "f")
    assert all(map(LEGAL.fullmatch, book.defined_names))


def test_the_sheet_of_a_solution() -> None:
    content = made(solved("hello_ctc"))
    book = opened(content)
    assert book.sheetnames == ["Working", "Given", "Tables"]
    page = book[WORKING]
    assert page["A1"].value == "HELLO: CTC loss over three alignments"
    assert [page[cell].value for cell in NAMED.values()] == ["hello_ctc", None, None]
    found = {row[ID - 1].value: row for row in rows(book, WORKING)}
    sides = [found["loss"][column - 1].value for column in (TITLE, SYMBOL, FORMULA)]
    assert sides == ["The loss: minus its logarithm", "L", "−ln(p(l|x))"]
    probability = found["probability"][VALUE - 1]
    assert found["loss"][VALUE - 1].value == f"=-LN({probability.coordinate})"
    assert found["loss"][VALUE - 1].number_format == "0.000"  # 6.180
    assert book.defined_names["alignment_1"].attr_text == "Working!$E$9"
    assert book.defined_names["given_P_H"].attr_text == "Given!$C$4"
    assert page.freeze_panes == "A6"
    assert page.print_title_rows == "$5:$5"
    assert (page.page_setup.orientation, page.page_setup.fitToWidth) == ("landscape", 1)
    assert book["Tables"]["B4"].value == "=Given!C4"


def test_a_name_is_none_that_a_spreadsheet_reads_as_something_else() -> None:
    pages = __import__("lossclass.render.workbook", fromlist=["Solved"])
    from lossclass.render.workbook_file import Book

    of = pages.Solved(Book(""), solved("hello_ctc"), 1)
    ids = ["loss", "h.1.2", "A1", "R1C1", "c", "log10", "true", "7", "h_1.2", "LOSS", "P(π)", "→"]
    assert [of.name_of(id) for id in ids] == [
        "loss", "h_1_2", "_A1", "_R1C1", "_c", "_log10", "_true", "_7", "h_1_2_2", "LOSS_2", "P", "_",
    ]  # fmt: skip


def test_the_same_problem_gives_the_same_bytes() -> None:
    assert made(solved("hello_ctc")) == made(solved("hello_ctc"))
    with ZipFile(io.BytesIO(asked(solved("hello_ctc")))) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert archive.read("docProps/core.xml").count(b">1980-01-01T00:00:00Z<") == 2


def test_nothing_to_write_is_no_workbook() -> None:
    assert list(workbook.render([], view())) == []
    assert list(workbook.render_worksheet([])) == []


def test_several_solutions_have_sheets_of_their_own() -> None:
    book = opened(made(solved("hello_ctc"), solved("hinge_sequence"), solved("ab_ctc")))
    assert book.sheetnames[3:6] == ["Working 2", "Given 2", "Tables 2"]
    assert "loss" in book["Working 2"].defined_names
    assert all("'Given 2'!" in row[VALUE - 1].value for row in rows(book, "Working 2") if "margin" in row[0].value)  # fmt: skip


def test_what_a_spreadsheet_cannot_hold_is_said() -> None:
    infinite = {
        row[ID - 1].value: row for row in rows(opened(made(solved("too_short_ctc"))), WORKING)
    }
    loss = infinite["loss"]
    assert loss[VALUE - 1].value.startswith("=-IF(")
    assert "∞" in loss[VALUE - 1].number_format
    assert loss[BESIDE - 1].value == "1E+305 stands for ∞, which no spreadsheet has."

    tiny = {"loss": "mse", "y_true": ["1.00000000000000000002", 1], "y_pred": [1, 1]}
    book = opened(made(lossclass.solve(lossclass.load(tiny))))
    said = [text for text in texts(book) if "digits" in text]
    assert "Given with 21 digits: 1.00000000000000000002. A spreadsheet keeps 15." in said
    assert "15 digits are too few for it; with more it is 2 × 10⁻²⁰." in said

    taken = {row[ID - 1].value: row for row in rows(opened(made(solved("rnn_ctc"))), WORKING)}
    assert taken["updated.loss"][BESIDE - 1].value == "Worked out elsewhere: it stays as it is."


# --- what comes from a problem ---


def test_no_text_of_a_problem_becomes_a_formula() -> None:
    for content in (made(hostile()), asked(hostile()), asked(hostile(), with_key=True)):
        book = opened(content)
        for cell in cells(book):
            if cell.data_type == "f":
                assert OURS.fullmatch(cell.value), cell.value
            else:
                assert cell.data_type == "n" or cell.quotePrefix
            assert cell.hyperlink is None
        assert any(
            str(cell.value).startswith("=HYPER") and cell.data_type == "s" for cell in cells(book)
        )
        assert all(map(LEGAL.fullmatch, book.defined_names))
        written = "\n".join(texts(book))
        assert all(text in written for text in HOSTILE)


@pytest.mark.some(3)
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "#N/A", "TRUE", "1"])
def test_texts_stay_as_they_are(text: str) -> None:
    problem = {"loss": "mse", "title": escaped(text), "y_true": [1], "y_pred": [0.5]}
    title = opened(made(lossclass.solve(lossclass.load(problem))))[WORKING]["A1"]
    assert (title.data_type, title.quotePrefix) == ("s", True)
    assert title.value == text


# --- worksheets ---


@pytest.mark.grid(5, name=NAMES[::3], show=list(Show))
def test_a_worksheet_has_an_empty_frame_for_each_result_and_none_of_them(
    name: str, show: Show
) -> None:
    solution = case(name)
    sheet = worksheet(solution, show)
    book = opened(asked(solution, show))
    found = {row[ID - 1].value: row[VALUE - 1] for row in rows(book, WORKING)}
    assert list(found) == [question.id for question in sheet.questions]
    assert all(cell.value is None and cell.border.left.style for cell in found.values())
    names = {quantity.name for quantity in solution.calculation}  # in scores.1.3 is no 1.3
    assert not leaks(name, solution, " \n".join(each for each in texts(book) if each not in names))


def test_numbers_of_the_problem_stand_on_worksheets() -> None:
    given = opened(asked(solved("hello_ctc")))["Given"]
    assert [given.cell(row, 3).value for row in range(4, 9)] == [0.6, 0.5, 0.7, 0.8, 0.2]


def test_what_is_not_asked_has_no_id_and_what_is_told_has_its_number() -> None:
    solution = solved("bee_ctc")
    page = opened(asked(solution, only=["loss"]))[WORKING]
    found = {
        row[SYMBOL - 1].value: row for row in page.iter_rows(min_row=7) if row[SYMBOL - 1].value
    }
    assert [row[0].value for row in found.values() if row[0].value] == ["loss"]
    assert found["α₂(2)"][FORMULA - 1].value == "(α₁(2) + α₁(1)) · y₂(b)"
    (told,) = (text for text in texts([page]) if text.startswith("From the beginning:"))
    assert "α₁(3) = 0, α₁(4) = 0, α₂(5) = 0" in told


def test_a_table_that_is_filled_in_follows_the_sheet() -> None:
    for name in bundled_problems():
        sheet = worksheet(solved(name), Show.QUESTION)
        if any(getattr(block, "asked", ()) for part in sheet.parts for block in part.blocks):
            break
    (content,) = workbook.render_worksheet([sheet])
    formulas = [cell.value for cell in cells(opened(content)) if cell.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r'=IF\((Working!E\d+)="","",\1\)', each) for each in formulas)


def test_a_worksheet_that_checks_itself_has_its_key_and_others_have_none() -> None:
    solution = solved("hello_ctc")
    loss = [*rows(opened(asked(solution, with_key=True)), WORKING)][4]
    cell = loss[VALUE - 1].coordinate
    assert loss[BESIDE - 1].value == (
        f'=IF({cell}="","",IF(ISNUMBER({cell}),IF(ABS({cell}-(6.18032262045564))<=1E-3,"✓","✗"),"?"))'
    )
    assert not any(cell.data_type == "f" for cell in cells(opened(asked(solution))))


# --- the command line ---


def test_the_name_of_the_file_asks_for_a_workbook(tmp_path: Path) -> None:
    for number, arguments in enumerate(
        [("solve", "hello_ctc"), ("worksheet", "hello_ctc"), ("key", "hello_ctc", "--worksheet")]
    ):
        ended = run(*arguments, "-o", tmp_path / f"{number}.xlsx")
        assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(tree(tmp_path)) == ["0.xlsx", "1.xlsx", "2.worksheet.xlsx", "2.xlsx"]
    assert tree(tmp_path)["0.xlsx"] == tree(tmp_path)["2.xlsx"] == made(solved("hello_ctc"))


def test_what_a_workbook_does_not_show_is_said(tmp_path: Path) -> None:
    options = ["--frameworks", "--round-as-you-go", "3", "--gradient", "--detail", "brief"]
    ended = run("solve", "hello_ctc", "-o", tmp_path / "a.xlsx", *options)
    assert ended.stderr.splitlines() == [
        "--detail changes nothing: a workbook has every step at any level",
        "--frameworks: a workbook shows nothing of it",
        "--round-as-you-go: a workbook shows nothing of it",
    ]


def test_it_is_said_that_a_worksheet_that_checks_itself_has_its_key(tmp_path: Path) -> None:
    to = tmp_path / "a.xlsx"
    ended = run("worksheet", "hello_ctc", "--self-check", "-o", to)
    assert "the results are in it" in ended.stderr
    for arguments in (["worksheet", "hello_ctc", "-o", tmp_path / "a.txt"],
                      ["variants", "hello_ctc", "--count", 2, "--seed", 1, "-o", tmp_path / "c"]):  # fmt: skip
        ended = run(*arguments, "--self-check")
        assert ended.returncode == 2
        assert "only a workbook checks itself" in ended.stderr
    assert sorted(tree(tmp_path)) == ["a.xlsx"]


@pytest.mark.thorough
def test_each_student_has_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("student\nAnn\n0042\n", encoding="utf-8")
    options = [
        "--roster",
        tmp_path / "class.csv",
        "--seed",
        "s",
        "--format",
        "xlsx",
        "--self-check",
    ]
    ended = run("variants", "hello_ctc", *options, "-o", tmp_path / "c")
    assert ended.returncode == 0
    assert "the results are in it" in ended.stderr
    files = tree(tmp_path / "c")
    found = sorted(name for name in files if name.endswith(".xlsx"))
    assert len(found) == 4
    named = set()
    for name in found[2:]:
        page = opened(files[name])[WORKING]
        student, variant = (page[NAMED[f"lossclass_{each}"]] for each in ("student", "variant"))
        assert student.data_type == "s"
        assert page["A1"].value == "HELLO: CTC loss over three alignments"
        assert re.fullmatch("[0-9a-f]{12}", variant.value)
        named.add(student.value)
    assert named == {"Ann", "0042"}


def test_without_the_package_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    for renderer_of in (renderer, worksheet_renderer):
        with pytest.raises(UsageError, match=r"pip install 'lossclass\[xlsx\]'"):
            renderer_of("xlsx")
    ended = run("solve", "hello_ctc", "-o", tmp_path / "a.xlsx")
    assert ended.returncode == 2
    assert ended.stderr.startswith("writing a workbook needs the package openpyxl")
    assert not tree(tmp_path)


# --- as a program works it out ---


def problems() -> dict[str, lossclass.Solution]:
    found = {}
    for name in NAMES:
        try:
            found[name] = case(name, gradient=True)
        except LossclassError:  # several losses have no gradient
            found[name] = case(name)
    return found


def far_off(got: Any, value: Decimal) -> bool:
    """Whether a cell is not what we say, to 1e-12 relatively; from 1e280 on, both are infinite."""
    if not isinstance(got, int | float):
        return True
    if abs(value) >= Decimal("1e280"):
        return got * (1 if value > 0 else -1) < 1e280
    return abs(got - float(value)) > (1e-12 * abs(float(value)) or 1e-15)


@needs_spreadsheet
@pytest.mark.thorough
def test_a_spreadsheet_works_out_every_cell_as_we_do(tmp_path: Path) -> None:
    contents = {name: made(each) for name, each in problems().items()}
    compared = 0
    for name, book in recalculated(contents, tmp_path).items():
        ours = opened(contents[name], values=True)
        for cell in cells(opened(contents[name])):
            if cell.data_type == "f":
                place = cell.parent.title, cell.coordinate
                expected, got = (each[place[0]][place[1]].value for each in (ours, book))
                if expected is None:  # a part of a formula, of which no value is told
                    continue
                assert not far_off(got, Decimal(repr(expected))), (name, *place, cell.value)
                compared += 1
    assert compared > 2_500


@needs_spreadsheet
@pytest.mark.thorough
def test_all_follows_the_given_numbers(tmp_path: Path) -> None:
    contents, expected = {}, {}
    for name in bundled_problems():
        if bundled(name).loss == "edit_distance":
            continue  # its variants have other texts, which are no numbers to follow
        try:
            variants = Variants(bundled(name), "seed")
        except LossclassError:
            continue  # it has no variants
        book = opened(made(solved(name)))
        solution = lossclass.solve(variants.of("somebody").problem)
        for row in book["Given"].iter_rows(min_row=4):
            row[2].value = float(solution.values[f"given.{row[0].value}"])
        contents[name], expected[name] = saved(book), solution
    assert len(contents) > 30
    for name, book in recalculated(contents, tmp_path).items():
        solution, found = expected[name], values(book)
        ids = {step.id for step in solution.steps} - STAYS
        assert found.keys() >= ids
        assert not {id: found[id] for id in ids if far_off(found[id], solution.values[id])}, name


@needs_spreadsheet
@pytest.mark.thorough
def test_signs_stand_beside_right_and_wrong_results(tmp_path: Path) -> None:
    contents: dict[str, bytes] = {}
    expected: dict[str, list[str | None]] = {}
    for name in ("hello_ctc", "too_short_ctc", "rnn_sentiment", "huber_outlier"):
        solution = solved(name)
        book = opened(asked(solution, with_key=True))
        expected[name] = []
        for n, row in enumerate(rows(book, WORKING)):
            value = solution.values[row[0].value]
            written, sign = [
                (float(round_significant(value, solution.digits)), "✓"),
                (float(value) * 1.01 + 0.01, "✗"),
                ("1.4/3", "?"),
                (None, None),
            ][n % 4]
            if value.is_infinite():
                written, sign = "∞", "✓"
            row[VALUE - 1].value = written
            expected[name].append(sign)
        contents[name] = saved(book)
    for name, book in recalculated(contents, tmp_path).items():
        assert [row[BESIDE - 1].value or None for row in rows(book, WORKING)] == expected[name]

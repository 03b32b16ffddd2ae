"""Worksheets as they stand on paper: with lines to work on, or one line a step, and with room below;
nothing asked is parted from its blank, and nothing reaches over the margin."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents import HOSTILE, leaks
from pages import pages_of
from pytest_regressions.file_regression import FileRegressionFixture
from rich.cells import cell_len
from rich.console import Console

import lossclass
from lossclass.hand_in.reading import sheets_in
from lossclass.render import View, latex, markdown, pdf, typst, worksheet_renderer
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.form import MOST_SPACE, Form, SheetHead, millimetres
from lossclass.worksheets.worksheet import Worksheet
from problems import GOLD, NAMES, case

TABLE = Form(layout=Layout.TABLE)
#: Where what stands on an A4 page ends, in points: 2 cm from its right.
MARGIN = (21 - 2) / 2.54 * 72
#: What draws a blank in the preamble.
BLANK = "line-to-write-on(width)"


def sheet(name: str, form: Form = TABLE, **more: Any) -> Worksheet:
    kept = {"layout": form.layout, "space": form.space, "head": form.head}
    return replace(worksheet(case(name), form.show, form.only), **{**kept, **more})


def drawn(*sheets: Worksheet, format: str = "terminal", width: int = 80) -> str:
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    draw, _ = worksheet_renderer(format)
    return "".join(draw(sheets, console))


# --- what stands there ---


@pytest.mark.parametrize(
    ("name", "show"),
    [("rnn_regression_series", Show.FORMULA), ("ab_ctc", Show.QUESTION), ("hinge_sequence", Show.SUBSTITUTION)],
)  # fmt: skip
def test_tables_on_80_columns(
    name: str, show: Show, file_regression: FileRegressionFixture
) -> None:
    text = drawn(sheet(name, Form(show=show, layout=Layout.TABLE)))
    file_regression.check(text, fullpath=GOLD / f"worksheet.{name}.{show}.table.txt")


@pytest.mark.parametrize(("module", "suffix"), [(latex, "tex"), (markdown, "md")])
def test_tables_in_documents(
    module: Any, suffix: str, file_regression: FileRegressionFixture
) -> None:
    text = "".join(module.render_worksheet([sheet("hinge_sequence")]))
    file_regression.check(text, fullpath=GOLD / f"worksheet.hinge_sequence.formula.table.{suffix}")


@pytest.mark.grid(8, name=NAMES, show=Show)
def test_a_table_asks_what_lines_ask_and_gives_nothing_away(name: str, show: Show) -> None:
    in_table = sheet(name, Form(show=show, layout=Layout.TABLE))
    text = drawn(in_table)
    assert leaks(name, case(name), text) == {}
    for question in in_table.questions:
        if not any(part.blocks for part in in_table.parts if question in part.blocks):
            continue  # it is asked in a table of its own
        assert re.search(rf"(?m) {re.escape(question.id)}$", text), question.id
    for line in text.splitlines():
        assert cell_len(line) <= 80, line


def test_what_only_explains_is_left_out_between_the_steps_of_a_table() -> None:
    explained = "The chain rule:"
    assert explained in drawn(sheet("rnn_regression_series", Form()))
    text = drawn(sheet("rnn_regression_series"))
    assert explained not in text
    assert "η = 0.1" in text  # without which nothing could be worked
    assert "Here: 3 time steps" in text


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex", "html"])
def test_room_to_work_in_stands_under_each_step(format: str) -> None:
    rooms = {
        "terminal": r"= _{16}\n(?:  Margin.*\n)?\n{8}",
        "markdown": r"(?:<br>){6}\n",
        "latex": r"\\vspace\*\{30mm\}",
        "html": "height: 30mm",
    }
    spacious = sheet("hinge_sequence", Form(space=30.0))
    found = re.findall(rooms[format], drawn(spacious, format=format))
    assert len(found) in (len(spacious.questions), len(spacious.questions) - 1)  # at the very end
    in_rows = drawn(sheet("hinge_sequence", Form(layout=Layout.TABLE, space=30.0)), format="latex")
    assert in_rows.count(r"\rule{0pt}{28.7mm}") == len(spacious.questions)


def test_a_table_in_html_has_a_row_with_room_and_an_empty_cell_for_each_question() -> None:
    asked = sheet("hinge_sequence", Form(layout=Layout.TABLE, space=30.0))
    rows = re.findall(
        r'<tr id="(.*?)" style="height: 30mm"><th scope="row"><code>(.*?)</code></th>'
        r"<td>.*</td><td><span class=\"blank small\"[^>]*></span></td></tr>",
        drawn(asked, format="html"),
    )
    assert rows == [(each.id, each.id) for each in asked.questions]


@pytest.mark.parametrize(
    ("length", "is_"),
    [("3cm", 30), ("25mm", 25), ("1 in", 25.4), ("72pt", 25.4), ("1,5CM", 15), ("0mm", 0)],
)
def test_a_length_is_read_in_the_units_of_paper(length: str, is_: float) -> None:
    assert millimetres(length) == pytest.approx(is_)


@pytest.mark.parametrize("length", ["", "3", "cm", "-1cm", "3 m", "3cm;", "1e3mm", "٣cm", "25cm"])
def test_what_is_no_length_is_refused(length: str) -> None:
    with pytest.raises(ValueError, match=r"expected a length|more than a page has"):
        millimetres(length)
    assert millimetres("24cm") == MOST_SPACE


def test_a_notebook_has_a_cell_to_work_in_for_each_part_that_asks() -> None:
    for layout in Layout:
        cells = json.loads(drawn(sheet("hinge_sequence", Form(layout=layout)), format="ipynb"))[
            "cells"
        ]
        code = [n for n, cell in enumerate(cells) if cell["cell_type"] == "code"]
        assert ["".join(cells[n - 1]["source"]).split("\n")[0] for n in code] == [
            "## The hinge of each time step",
            "## The loss",
        ]


# --- several on one sheet ---


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex", "html", "ipynb"])
def test_a_worksheet_without_a_head_goes_on_from_the_one_before(format: str) -> None:
    first, second, other = (
        sheet("hinge_sequence", Form(), head=head) for head in (SheetHead(), None, SheetHead())
    )
    text = drawn(first, second, other, format=format)
    assert text.count("Name:") == 2
    assert text.count("The hinge of time step 1") == 3
    if format == "latex":
        assert text.count(r"\pagesof{") == 2
    if format == "html":
        assert re.findall(r"nth-of-type\((\d)\) \{ page: article-(\d)", text) == [
            ("1", "1"), ("2", "1"), ("3", "3"),
        ]  # fmt: skip


# --- on the pages of a PDF ---


def marked_in(source: str) -> list[tuple[str, int, float]]:
    """Where in a document the ids of steps stand, and where blanks begin and end: what it is, the
    page, and how far from the left in points."""
    typesetter = pytest.importorskip("typst")

    def mark(what: str) -> str:
        return f"[#metadata({json.dumps(what)}) <seen>]"

    for function, before, behind in (
        ("name(id)", mark("id"), "[]"),
        (BLANK, mark("begin"), mark("end")),
    ):
        begins = re.escape(f"#let {function} = ")
        source, found = re.subn(f"(?m)^({begins})(.*)$", rf"\1{before} + \2 + {behind}", source)
        assert found == 1
    source += (
        "#context [#metadata(query(<seen>).map(it => (it.value, it.location().page(), "
        "it.location().position().x.pt()))) <report>]"
    )
    (report,) = json.loads(typesetter.query(source.encode(), "<report>", field="value"))
    return [(what, page, x) for what, page, x in report]


@pytest.mark.grid(24, name=NAMES, layout=Layout, space=[0.0, 40.0])
def test_no_question_is_parted_from_its_blank_or_reaches_over_the_margin(
    name: str, layout: Layout, space: float
) -> None:
    asked = sheet(name, Form(layout=layout, space=space))
    marks = marked_in("".join(typst.render_worksheet([asked])))
    assert sum(what == "id" for what, *_ in marks) >= len(asked.questions)
    assert all(x <= MARGIN for _, _, x in marks)
    page = 0
    for what, on, _ in marks:
        page = on if what == "id" else page
        assert on == page
    blanks = sum(what == "begin" for what, *_ in marks)
    if layout is Layout.LINES:
        assert blanks == sum(1 + question.lines for question in asked.questions)
    else:
        assert blanks == 0  # the blank is a cell of the row in which the id stands


@pytest.mark.thorough
def test_the_test_for_pages_sees_pages_and_what_is_too_wide() -> None:
    source = "".join(typst.render_worksheet([sheet("ab_ctc", Form())]))
    assert len({page for what, page, _ in marked_in(source) if what == "id"}) > 1
    wide = source.replace("line-to-write-on(11cm)", "line-to-write-on(18cm)")
    assert any(x > MARGIN for _, _, x in marked_in(wide))


def pages(asked: Worksheet) -> int:
    return len(pages_of(b"".join(pdf.render_worksheet([asked]))))


@pytest.mark.thorough
def test_a_table_of_the_network_takes_two_pages() -> None:
    assert pages(sheet("rnn_regression_series")) <= 2
    assert pages(sheet("rnn_regression_series")) < pages(sheet("rnn_regression_series", Form()))


@pytest.mark.parametrize("format", [typst, latex])
def test_a_long_and_narrow_table_stands_in_blocks_beside_each_other(format: Any) -> None:
    y = [str(n) for n in range(101, 131)]
    asked = worksheet(lossclass.solve({"loss": "mse", "y_true": y, "y_pred": y}), Form().show)
    text = "".join(format.render_worksheet([asked])).replace("$", "").replace("&", ",")
    (row,) = re.findall(r".*101.*", text)
    first = re.findall(r"\d+", row[row.index("101") :])[:5]
    assert first == ["101", "101", "16", "116", "116"]


def test_a_long_table_that_is_cut_is_cut_in_one_piece() -> None:
    y = [str(n) for n in range(101, 231)]
    text = "".join(latex.render([lossclass.solve({"loss": "mse", "y_true": y, "y_pred": y})],
                                View(Console(width=80))))  # fmt: skip
    assert "100 rows are left out" in text


# --- whose it is ---


@pytest.mark.parametrize(
    ("head", "student", "id"),
    [
        ("Name: Zoë Müller-Lüdenscheidt  ID: ______  Date: ________", "Zoë Müller-Lüdenscheidt", ""),
        ("Name: _Ada_ L.__  ID: _4711_  Date: 3 May", "Ada_ L.", "4711"),
        ("Name: ________  ID: s4711  Points: ______ of 6", "s4711", "s4711"),
        ("My name: Ada", "Ada", ""),
        ("23AD2205A, Sheet 3   Due: 2026-12-04  Points: 5 of 6\nName: Ada  ID: ____", "Ada", ""),
    ],
)  # fmt: skip
def test_a_head_that_is_filled_in_says_whose_it_is(
    head: str, student: str, id: str, tmp_path: Path
) -> None:
    path = tmp_path / "handed-in.txt"
    path.write_text(f"{head}\n\nL = 1.4/3 = 0.4667\n", encoding="utf-8")
    (found,) = sheets_in(path)
    assert (found.student, found.id, found.is_named) == (student, id, True)
    answers = found.answers_to(case("hinge_sequence"))
    assert not [said for said in answers.said if "2026" in said or "of 6" in said]


# --- the head ---

HEADS = [
    SheetHead("23AD2205A", "Sheet 3", "2026-12-04", "6", "Zoë Müller-Lüdenscheidt", "4711"),
    SheetHead(course="Nur ein Kurs", points="12.5"),
    SheetHead(),
    *(SheetHead(text, text, text, text, text, text) for text in [*HOSTILE, "x" * 90, "木" * 60]),
]


@pytest.mark.grid(6, head=HEADS, width=[60, 80, 120])
def test_a_head_in_letters_is_no_wider_than_the_page(head: SheetHead, width: int) -> None:
    text = drawn(sheet("hinge_sequence", Form(), head=head), width=width)
    top = text.partition("╭")[0]
    assert top.splitlines()
    for line in top.splitlines():
        assert cell_len(line) <= width, line
    for label in ("Name", "ID"):
        assert f"{label}:" in top
    assert ("Date: ____" in top) is not bool(head.due)


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
@pytest.mark.some(12)
def test_no_text_of_a_head_is_obeyed_in_any_format(head: SheetHead) -> None:
    asked = sheet("hinge_sequence", Form(), head=head)
    tex, page, text = (drawn(asked, format=each) for each in ("latex", "html", "markdown"))
    body = tex.partition(r"\begin{document}")[2]
    assert not re.search(r"\\(?:input|write18|HYPERLINK)\b", body)
    assert body.count(r"\end{document}") == 1
    assert not re.search(r"(?<!\\)%", body)
    assert "<script" not in page.replace("&lt;script", "")
    assert "</style>" not in page.partition("</style>")[2]
    assert "<script" not in re.sub(r"\\<script", "", text)
    typst_source = "".join(typst.render_worksheet([asked]))
    pytest.importorskip("typst").query(typst_source.encode(), "<ends>", field="value")


def test_what_is_known_stands_in_the_head_and_else_a_blank() -> None:
    known = drawn(sheet("hinge_sequence", Form(), head=HEADS[0])).splitlines()
    assert (
        known[0]
        == "23AD2205A, Sheet 3                          Due: 2026-12-04  Points: ______ of 6"
    )
    assert known[1] == "Name: Zoë Müller-Lüdenscheidt  ID: 4711"
    unknown = drawn(sheet("hinge_sequence", Form())).splitlines()
    assert unknown[0] == f"Name: {'_' * 38}  ID: {'_' * 10}  Date: {'_' * 12}"

"""LaTeX: it compiles as it is, whatever a problem file holds."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from documents import HOSTILE, STATEMENT, hostile, leaks, long, view
from pytest_regressions.file_regression import FileRegressionFixture

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.render import Detail
from lossclass.render.latex import Latex, render, render_worksheet
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.form import SheetHead
from problems import GOLD, NAMES, case

ENGINES = ["pdflatex", "xelatex", "lualatex"]
#: The commands that a document has before its first line of text.
_BODY = r"\begin{document}"
#: What would reach out of the document, or end it.
_REACHES_OUT = re.compile(r"\\(?:input|include|write|openin|openout|read|csname|catcode|def)\b")
#: What lualatex says where only its smallest part is installed; it compiles all the same.
_HAS_NO_FONTS = "luaotfload-main not found"

solved = case


def written(*solutions: lossclass.Solution, detail: Detail = Detail.BOARD) -> str:
    return "".join(render(solutions, view(detail, several=len(solutions) > 1)))


#: A document that every whole TeX compiles: one that does not lacks fonts or packages.
_SMALL = r"""\documentclass{article}
\usepackage{iftex}\usepackage{amsmath}\usepackage{longtable}\usepackage{geometry}
\begin{document}
\textbf{a} \textit{a \textbar} \texttt{a \textbar} {\small\texttt{b}} {\large b} $\ln x = \tfrac{1}{2}$
\end{document}
"""


@cache
def is_whole(engine: str) -> bool:
    """Whether an engine is installed with what it takes to compile anything."""
    if shutil.which(engine) is None:
        return False
    with TemporaryDirectory() as folder:
        (Path(folder) / "small.tex").write_text(_SMALL, encoding="utf-8")
        command = [engine, "-interaction=nonstopmode", "-halt-on-error", "small.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
        return done.returncode == 0 and (Path(folder) / "small.pdf").exists()


def compiled(text: str, engine: str, folder: Path) -> str:
    """The log of a run that has to end well; skips where there is no such engine."""
    if not is_whole(engine):
        pytest.skip(f"{engine} is not installed, or only in part")
    (folder / "document.tex").write_text(text, encoding="utf-8")
    options = ["-interaction=nonstopmode", "-halt-on-error", "-recorder", "-no-shell-escape"]
    done = subprocess.run(
        [engine, *options, "document.tex"],
        cwd=folder,
        capture_output=True,
        timeout=300,
        check=False,
    )
    log = (folder / "document.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert (folder / "document.pdf").stat().st_size > 0
    return log


@pytest.mark.parametrize("name", ["hello_ctc", "ab_ctc", "rnn_regression_series"])
def test_gold(name: str, file_regression: FileRegressionFixture) -> None:
    file_regression.check(written(solved(name)), fullpath=GOLD / f"{name}.tex")


def test_gold_of_a_working_that_is_cut(file_regression: FileRegressionFixture) -> None:
    text = written(long())
    assert "steps are left out here" in text
    assert "rows are left out" in text
    file_regression.check(text, fullpath=GOLD / "cut.tex")


def test_gold_of_a_worksheet(file_regression: FileRegressionFixture) -> None:
    text = "".join(render_worksheet([worksheet(solved("hello_ctc"))]))
    file_regression.check(text, fullpath=GOLD / "worksheet.hello_ctc.formula.tex")


@pytest.mark.thorough
@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_bundled_problem_compiles(engine: str, detail: Detail, tmp_path: Path) -> None:
    log = compiled(written(*map(solved, NAMES), detail=detail), engine, tmp_path)
    assert _HAS_NO_FONTS in log or "Missing character" not in log


@pytest.mark.thorough
@pytest.mark.parametrize("show", Show)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_worksheet_compiles(engine: str, show: Show, tmp_path: Path) -> None:
    sheets = [worksheet(solved(name), show) for name in NAMES]
    compiled("".join(render_worksheet(sheets)), engine, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("show", [Show.QUESTION, Show.FORMULA])
def test_no_worksheet_reaches_over_the_margin(show: Show, layout: Layout, tmp_path: Path) -> None:
    head = SheetHead(
        "23AD2205A", "Sheet 3", "2026-12-04", "12.5", "Zoë Müller-Lüdenscheidt", "4711"
    )
    heads = (head, SheetHead(), head)
    sheets = [
        replace(worksheet(solved(name), show), layout=layout, head=heads[n % 3])
        for n, name in enumerate(bundled_problems())
    ]
    log = compiled("".join(render_worksheet(sheets)), "pdflatex", tmp_path)
    assert re.findall(r"Overfull \\hbox.*\n.*", log) == []


@pytest.mark.some(3)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_hostile_problem_compiles_and_reads_no_file(engine: str, tmp_path: Path) -> None:
    log = compiled(written(hostile()), engine, tmp_path)
    files = (tmp_path / "document.fls").read_text(encoding="utf-8")
    assert "/etc/passwd" not in files
    assert "root:" not in log
    assert _HAS_NO_FONTS in log or "Missing character" not in log


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["gradient", "frameworks"])
@pytest.mark.parametrize("engine", ENGINES)
def test_what_may_be_asked_for_besides_compiles(engine: str, name: str, tmp_path: Path) -> None:
    problems = ("ab_ctc", "sentiment_batch", "rnn_regression_series")
    compiled(written(*(case(each, **{name: True}) for each in problems)), engine, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_of_contents_compiles(engine: str, tmp_path: Path) -> None:
    solutions = [solved("hello_ctc"), hostile()]
    text = "".join(render(solutions, replace(view(several=True), contents=True)))
    assert text.count(r"\tableofcontents") == 1
    for _ in range(2):  # the second run reads the titles that the first has written
        compiled(text, engine, tmp_path)
    entries = (tmp_path / "document.toc").read_text(encoding="utf-8")
    assert entries.count(r"\contentsline {section}") == 2
    assert "HELLO" in entries


def test_only_a_document_with_contents_asks_for_links() -> None:
    book = "".join(render([solved("hello_ctc")], replace(view(several=True), contents=True)))
    assert book.index("hyperref") < book.index(_BODY) < book.index(r"\tableofcontents")
    assert "hyperref" not in written(solved("hello_ctc"))


def test_no_page_is_broken_between_a_heading_and_its_first_step() -> None:
    assert r"\if@nobreak\else" in written(solved("hello_ctc")).partition(_BODY)[0]
    for part in written(solved("ab_ctc")).split(r"\subsection{")[1:]:
        assert r"\pagebreak" not in part


def test_paragraphs_and_lists_of_a_statement_stay_apart() -> None:
    problem = {"loss": "hinge", "y_true": [1], "y_pred": [0.5], "statement": STATEMENT}
    text = written(lossclass.solve(lossclass.load(problem)))
    assert "One, going on.\n\nTwo:\\\\\n- first\\\\\n- second\n" in text


def test_no_hostile_text_is_a_command() -> None:
    solution = hostile()
    for text in (
        written(solution),
        written(solution, detail=Detail.BRIEF),
        "".join(render_worksheet([worksheet(solution, show) for show in Show])),
    ):
        body = text.partition(_BODY)[2]
        assert not _REACHES_OUT.search(body)
        assert not re.search(r"(?<!\\)%", body)
        assert "^^" not in body
        assert body.count(r"\end{document}") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_braces_and_dollars_balance_in_any_text(text: str) -> None:
    escaped = re.sub(r"\\[{}$&#%_]", "", Latex().text(text))
    assert escaped.count("{") == escaped.count("}")
    assert not set("$&#%^~_") & set(re.sub(r"\\ensuremath\{[^}]*\}", "", escaped))


def test_a_row_that_begins_with_a_bracket_is_no_option_of_the_row_before() -> None:
    table = Latex().grid(["a"], [[Latex().text("[2em] x")], [Latex().text("* x")]], "")
    assert "{[}2em{]} x" in table
    assert "{*} x" in table


def test_letters_of_all_scripts_stand_in_the_source() -> None:
    assert Latex().text("ŷ₁₂ é 中") == (
        r"\ensuremath{\hat{y}}\textsubscript{12} \letter{00E9}{é} \letter{4E2D}{中}"
    )
    assert Latex().text("b אב ג!") == (
        r"b \rightleft{\letter{05D0}{א}\letter{05D1}{ב} \letter{05D2}{ג}}!"
    )
    assert Latex().text("a\u202eb\x00") == r"a\texttt{U+202E}b\texttt{U+0000}"


#: Labels in scripts of which no engine has all.
_SCRIPTS = ["积极的标签", "положительный", "ουδέτερο", "إيجابي", "सकारात्मक", "🙂", "ə"]


@pytest.mark.some(3)
@pytest.mark.parametrize("engine", ENGINES)
def test_letters_without_a_font_take_no_more_room_and_the_foot_tells_of_them(
    engine: str, tmp_path: Path
) -> None:
    count = len(_SCRIPTS)
    problem = {
        "loss": "categorical_cross_entropy",
        "title": "".join(_SCRIPTS),
        "statement": 40 * "求交叉熵损失",
        "classes": _SCRIPTS,
        "y_true": [1] + [0] * (count - 1),
        "y_pred": [0.4] + [0.1] * (count - 1),
    }
    log = compiled(written(lossclass.solve(lossclass.load(problem))), engine, tmp_path)
    assert "Overfull" not in log
    assert ("have no font here" in log) >= (engine == "pdflatex")  # which has no ideographs


@pytest.mark.grid(24, name=NAMES, show=Show)
def test_no_value_of_a_step_stands_on_its_worksheet(name: str, show: Show) -> None:
    solution = solved(name)
    text = "".join(render_worksheet([worksheet(solution, show)])).partition(_BODY)[2]
    for id in solution.values:
        text = text.replace(Latex().code(id), "")
    text = re.sub(r"\\hspace\{\d+em\}|\\\\\*?\[[\d.]+em\]", "", text)  # space is no number
    assert leaks(name, solution, text) == {}


def test_without_solutions_there_is_no_document() -> None:
    assert written() == ""


def test_no_label_is_joined_to_other_signs() -> None:
    assert Latex().text("-- ?` ,,") == "-{}- ?{}` ,{},"
    assert Latex().math(lambda _: r"\text{--}\text{?`}") == r"$\text{-{}-}\text{?{}`}$"

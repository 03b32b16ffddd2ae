"""Markdown: as GitHub reads it, with nothing in it that a problem file could have put there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from documents import HOSTILE, STATEMENT, hostile, leaks, long, view
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pytest_regressions.file_regression import FileRegressionFixture

import lossclass
from lossclass.arithmetic.expression import Constant, Log, Power
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.mathml import MATHML
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.arithmetic.typst import TYPST
from lossclass.blocks import Equation
from lossclass.render import Detail
from lossclass.render.markdown import Markdown, _fence, render, render_worksheet
from lossclass.render.markup import WrittenStep
from lossclass.render.mathematics import FLAT, HIGH, ROOM, aligned, width_of
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from problems import GOLD, NAMES, case

solved = case
_SIGNS = {"=", r"\approx", ""}


def written(solution: lossclass.Solution, detail: Detail = Detail.BOARD) -> str:
    return "".join(render([solution], view(detail)))


def tokens(text: str) -> Iterator[Token]:
    """All that a reader of Markdown finds, with HTML, tables, links and strikethrough allowed."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in reader.parse(text):
        yield token
        yield from token.children or ()


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


@pytest.mark.parametrize("name", ["hello_ctc", "ab_ctc", "rnn_regression_series"])
def test_gold(name: str, file_regression: FileRegressionFixture) -> None:
    file_regression.check(written(solved(name)), fullpath=GOLD / f"{name}.md")


def test_gold_of_a_working_that_is_cut(file_regression: FileRegressionFixture) -> None:
    text = written(long())
    assert "steps are left out here" in text
    assert "rows are left out" in text
    file_regression.check(text, fullpath=GOLD / "cut.md")


def test_gold_of_a_worksheet(file_regression: FileRegressionFixture) -> None:
    text = "".join(render_worksheet([worksheet(solved("hello_ctc"))]))
    file_regression.check(text, fullpath=GOLD / "worksheet.hello_ctc.formula.md")


@pytest.mark.grid(24, name=NAMES)
def test_every_table_has_as_many_cells_in_each_row(name: str) -> None:
    for text in (written(solved(name)), written(solved(name), Detail.BRIEF), written(hostile())):
        tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
        assert tables
        for table in tables:
            rows = [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()]
            assert len(set(rows)) == 1, table


@pytest.mark.grid(24, name=NAMES)
def test_every_step_has_its_heading_its_id_and_its_mathematics(name: str) -> None:
    found = list(tokens(written(solved(name), Detail.FULL)))
    ids = {token.content for token in found if token.type == "code_inline"}
    assert ids >= {step.id for step in solved(name).steps}
    blocks = [each.content for each in found if each.type == "fence" and each.info == "math"]
    beside = [each for section in solved(name).sections for each in section.blocks]
    equations = [each for each in beside if isinstance(each, Equation)]
    assert len(blocks) == len(solved(name).steps) + len(equations)
    for block in blocks:
        assert block.startswith("\\begin{aligned}\n")
        assert block.endswith("\\end{aligned}\n")
        assert block.count(r"\left") == block.count(r"\right")
        bare = re.sub(r"\\[{}]", "", block)
        assert bare.count("{") == bare.count("}")
        outside = re.sub(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}", "", block, flags=re.DOTALL)
        assert all(row.count("&") == 1 for row in re.sub(r"\\&", "", outside).splitlines()[1:-1])


def test_nothing_hostile_is_obeyed() -> None:
    solution = hostile()
    sheets = [worksheet(solution, show) for show in Show]
    for text in (
        written(solution, Detail.FULL),
        written(solution),
        written(solution, Detail.BRIEF),
        "".join(render_worksheet(sheets)),
    ):
        found = kinds(text)
        assert not found & {"html_block", "html_inline", "image", "link_open", "s_open", "hr"}
        assert not found & {"em_open", "ordered_list_open", "code_block"}
        # Our own lists are of steps.
        items = [each for each in text.splitlines() if each.startswith("- ")]
        assert all(each.startswith("- $") and each.endswith("`") for each in items)
        headings = [each for each in tokens(text) if each.type == "heading_open"]
        assert {each.tag for each in headings} <= {"h1", "h2", "h3"}


def test_hostile_text_can_still_be_read() -> None:
    shown = "".join(token.content for token in tokens(written(hostile())) if token.type == "text")
    for text in HOSTILE:
        assert text in shown


def test_a_reader_that_makes_links_of_addresses_finds_none() -> None:
    for text in ("https://example.com", "see www.example.com", "mailto://a", "http://x.y/z"):
        escaped = Markdown().text(text)
        assert not re.search(r"\w://|www\.", escaped, re.IGNORECASE)
        assert "".join(token.content for token in tokens(escaped) if token.type == "text") == text


@pytest.mark.parametrize(
    "text", ["- x", "+ x", "1. x", "12) x", "# x", "> x", "=== x", "~~~", ":-"]
)
def test_no_text_begins_a_block(text: str) -> None:
    assert kinds(Markdown().text(text)) == {"paragraph_open", "inline", "text", "paragraph_close"}


def formula_in_a_line(latex: str) -> str:
    return Markdown().math(lambda _: latex)


def test_labels_in_formulas_are_written_as_mathjax_reads_them() -> None:
    assert formula_in_a_line(r"P\left(\text{a\_b}\right)") == (
        r"$`P\left(\text{a}\_\text{b}\right)`$"
    )
    assert formula_in_a_line(r"\text{\textbackslash{}x}") == r"$\backslash\text{x}$"
    assert "`" not in formula_in_a_line(r"\text{`}")
    assert "|" not in formula_in_a_line(r"\text{|}")


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert kinds(Markdown().listing("```\n<b>\n````\n", "text")) == {"fence"}


def test_a_power_of_a_logarithm_stands_in_brackets_wherever_exponents_are_raised() -> None:
    power = Power(Log(Constant(2), "e"), Constant(2))
    assert formula(power, LATEX) == formula(power, HIGH) == r"\left(\ln\left(2\right)\right)^{2}"
    assert formula(power, FLAT) == r"(\ln(2))^{2}"
    assert formula(power, TYPST).count("(") == 3
    assert formula(power, MATHML).count(">(</mo>") == 2
    assert formula(power, PLAIN) == "(ln(2))²"
    assert formula(Power(Constant(3), Constant(2)), LATEX) == "3^{2}"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("HELLO: CTC loss over three alignments", "hello-ctc-loss-over-three-alignments"),
        ("Time 1, position 2: the label a alpha.1.2", "time-1-position-2-the-label-a-alpha12"),
        ("a -- b_c", "a----b_c"),
        ("Über y₁ und ∂L", "über-y-und-l"),
        ("  <b>two\nlines</b> ", "btwo-linesb"),
        ("…", ""),
    ],
)
def test_headings_have_the_anchors_that_github_makes(heading: str, anchor: str) -> None:
    markup = Markdown()
    markup.title(heading)
    assert markup.anchors == [anchor]


def test_headings_of_one_name_have_anchors_of_their_own() -> None:
    markup = Markdown()
    for heading in ("Given", "given", "Given 1", "Given"):
        markup.heading(heading)
    assert markup.anchors == ["given", "given-1", "given-1-1", "given-2"]


def test_a_book_links_to_each_title() -> None:
    solutions = [solved("hello_ctc"), hostile(), solved("hello_ctc")]
    book = "".join(render(solutions, replace(view(several=True), contents=True)))
    found = list(tokens(book))
    first = next(n for n, each in enumerate(found) if each.type == "ordered_list_close")
    links = [each.attrs["href"] for each in found[:first] if each.type == "link_open"]
    assert links[0] == "#hello-ctc-loss-over-three-alignments"
    assert links[-1] == "#hello-ctc-loss-over-three-alignments-1"
    assert len(links) == len(set(links)) == 3
    assert not kinds(book) & {"html_block", "html_inline", "image", "s_open"}
    assert all(each.type != "link_open" for each in found[first:])
    assert "".join(render([], replace(view(several=True), contents=True))) == ""


def test_paragraphs_and_lists_of_a_statement_stay_apart() -> None:
    problem = {"loss": "hinge", "y_true": [1], "y_pred": [0.5], "statement": STATEMENT}
    text = written(lossclass.solve(lossclass.load(problem)))
    assert "One,\ngoing on" not in text
    assert "One, going on.\n\nTwo:\\\n\\- first\\\n\\- second\n\n\\| a \\| b \\|\\\n" in text


@pytest.mark.grid(24, name=NAMES)
def test_long_equations_are_broken_and_nothing_of_them_is_lost(name: str) -> None:
    for step in solved(name).steps:
        line = solved(name).line(step)
        drawn = WrittenStep(line.quantity.symbol, line.equation, line.result)
        lines = list(aligned(drawn))
        assert {sign for _, sign, _ in lines} <= _SIGNS
        whole = " ".join(text for _, _, text in lines)
        notations = (HIGH, FLAT)
        assert whole in {" ".join(t for _, t in line.equation(each)) for each in notations}
        for _, _, text in lines:  # what is wider has no place to be broken
            assert width_of(text) <= ROOM or not re.search(r" [+-] ", text)


@pytest.mark.grid(12, name=NAMES, show=Show)
def test_no_value_of_a_step_stands_on_its_worksheet(name: str, show: Show) -> None:
    solution = solved(name)
    text = "".join(render_worksheet([worksheet(solution, show)]))
    for id in solution.values:
        text = text.replace(f"`{id}`", "")
    assert leaks(name, solution, text.replace(r"\hspace{8em}", "")) == {}


def test_several_solutions_follow_one_another() -> None:
    text = "".join(
        render([solved("hello_ctc"), solved("ab_ctc")], view(Detail.ANSWER, several=True))
    )
    assert text == (
        "problems/hello\\_ctc.yaml: $L \\approx 6.180$\n\n"
        "problems/ab\\_ctc.yaml: $L \\approx 2.025$\n"
    )


@pytest.mark.parametrize(("text", "least"), [("plain", 3), ("a ``` b", 3), ("````", 1)])
def test_a_fence_is_longer_than_what_stands_in_it(text: str, least: int) -> None:
    fence = _fence(text, least)
    assert fence not in text
    assert len(fence) >= least

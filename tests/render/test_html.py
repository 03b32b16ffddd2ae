"""Pages: well-formed, safe, without anything from elsewhere, and readable at the width of a phone."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from decimal import Decimal, localcontext
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from expressions import POSITIVE_NUMBERS, constants, small_expressions
from hypothesis import given
from pytest_regressions.file_regression import FileRegressionFixture
from rich.console import Console

import lossclass
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Root,
    Sum,
)
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.mathml import MATHML, escaped, math
from lossclass.arithmetic.notation import PLAIN, as_number
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import read
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.bundled import bundled_problems
from lossclass.render import Detail, View, renderer
from lossclass.render.html import render_worksheet
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Question
from problems import GOLD, solved

VOID = {"meta", "wbr", "br", "hr", "img", "link", "input"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg></math><script>",
    r"\input{/etc/passwd} $x$ #read(\"/etc/passwd\")",
    "a|b `c` ]]> &amp; &#60;script&#62;",
    "one\ntwo\rthree",
    "\u202eRTL\u202c \u2066x\u2069",
    "nul\x00 bell\x07",
    "![x](http://evil.example/x.png) [y](javascript:alert(1)) <http://evil.example>",
    "# heading\n\nunder\n=====",
]


def page(*solutions: lossclass.Solution, detail: Detail = Detail.FULL, **view: Any) -> str:
    console = Console(width=80, color_system=None, force_terminal=False)
    seen = View(console, detail, several=len(solutions) > 1, **view)
    return "".join(renderer("html")(solutions, seen))


class Read(HTMLParser):
    """What a page is made of; it fails where an element is not closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        #: The same, with formulas as they are read out.
        self.heard = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self.elements.append((tag, named))
        self.heard += named.get("alttext", "")
        if named.get("role") == "math":
            self.heard += named["aria-label"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
            if "math" not in self.open:
                self.heard += data

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def check(text: str) -> Read:
    """The facts that hold for every page."""
    read = Read(text)
    for part in re.findall(r"<math.*?</math>|<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(part)  # noqa: S314 -- what we wrote ourselves
    ids = read.attributes("id")
    assert [id for id, count in Counter(ids).items() if count > 1] == []
    targets = [*read.attributes("href"), *read.attributes("marker-end")]
    assert {re.sub(r"^url\((.*)\)$", r"\1", each) for each in targets} <= {f"#{id}" for id in ids}
    named = " ".join(read.attributes("aria-labelledby")).split()
    assert set(named) <= set(ids)
    assert not read.tags() & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not any(key.startswith("on") for _, each in read.elements for key in each)
    assert set(read.attributes("xmlns")) <= {"http://www.w3.org/2000/svg"}
    assert not read.attributes("src")
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert not any("url(" in style or "@import" in style for style in styles)
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in attributes for tag, attributes in read.elements if tag == "th")
    assert read.elements[0] == ("html", {"lang": "en"})
    return read


# --- pages -------------------------------------------------------------------------------


@pytest.mark.grid(12, name=bundled_problems(), detail=Detail)
def test_every_bundled_problem_is_a_sound_page(name: str, detail: Detail) -> None:
    solution = solved(name)
    read = check(page(solution, detail=detail))
    line = solution.line(solution.step(solution.answer_ids[0]))
    assert PLAIN.number(line.result.value) in " ".join(read.attributes("alttext"))


@pytest.mark.some(4)
@pytest.mark.parametrize(
    "name", ["hello_ctc", "ab_ctc", "rnn_regression_series", "categorical_from_logits"]
)
def test_every_step_stands_there_under_its_id(name: str) -> None:
    solution = solved(name, gradient=True, frameworks=True)
    text = page(solution)
    read = check(text)
    for step in solution.steps:
        start = text.index(f'<div class="step" id="{escaped(step.id)}">')
        end = text.index("</details>", start)
        plain = [words for _, words in solution.line(step).equation(PLAIN)]
        for words in plain:
            assert f'"{escaped(words)}"' in text[start:end], step.id
        assert step.why in Read(f"{text[start:end]}</details></div>").heard
    for remark in solution.remarks:
        assert f"{'✓' if remark.is_good else '!'}{remark.text}" in read.heard
    for mark in solution.published:
        assert PLAIN.number(mark.published) in read.text
    assert read.text.count("✓Checked") == 1


def test_the_page_of_a_small_problem(file_regression: FileRegressionFixture) -> None:
    file_regression.check(
        page(solved("hinge_sequence"), detail=Detail.BOARD),
        fullpath=GOLD / "hinge_sequence.html",
        encoding="utf-8",
    )


def test_several_solutions_are_one_page_with_a_list_of_them() -> None:
    text = page(solved("ab_ctc"), solved("bee_ctc"), solved("ab_ctc"))
    read = check(text)
    assert text.count("<!DOCTYPE") == 1
    assert [each for each in read.attributes("href") if each.startswith("#problem-")] == [
        f"#problem-{n}" for n in (1, 2, 3)
    ]
    assert {"p1.loss", "p2.loss", "p3.loss"} <= set(read.attributes("id"))
    assert sum(tag == "svg" for tag, _ in read.elements) == 3


def test_nothing_to_show_is_no_page() -> None:
    assert page() == ""


@pytest.mark.thorough
def test_what_is_very_long_is_cut_unless_all_is_wanted() -> None:
    problem = {
        "loss": "ctc",
        "title": "Long",
        "target": ["a", "b"] * 5,
        "blank": "_",
        "labels": ["_", "a", "b"],
        "probabilities": [[0.2, 0.3, 0.5]] * 30,
    }
    solution = lossclass.solve(lossclass.load(problem))
    assert len(solution.steps) > 600
    cut, whole = page(solution), page(solution, whole=True)
    assert "steps are left out here" in cut
    assert len(cut) < len(whole) / 5
    ids = re.findall(r' id="([^"]*)"', whole)
    assert len(ids) == len(set(ids))
    assert {step.id for step in solution.steps} <= set(ids)
    check(cut)


def test_steps_stand_open_and_close_without_a_script() -> None:
    solution = solved("hello_ctc")
    read = check(page(solution))
    details = [attributes for tag, attributes in read.elements if tag == "details"]
    assert len(details) == len(solution.steps)
    assert all("open" in attributes for attributes in details)


# --- what comes from files ---------------------------------------------------------------


@pytest.mark.grid(9, text=HOSTILE)
def test_hostile_words_about_a_problem_stay_words(text: str) -> None:
    solution = solved("hinge_sequence")
    usual = check(page(solution))
    about = dataclasses.replace(solution.about, title=text, statement=text, source=text)
    changed = dataclasses.replace(solution, about=about)
    for detail in Detail:
        check(page(changed, detail=detail))
    read = check(page(changed))
    assert read.tags() - {"code", "br"} <= usual.tags() | {"h1"}
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", read.text)
    check(page(changed, changed))
    check("".join(render_worksheet([worksheet(changed), worksheet(changed)])))


@pytest.mark.thorough
def test_hostile_labels_stay_labels() -> None:
    labels = [text for text in HOSTILE if text.isprintable()]
    problem = {
        "loss": "ctc",
        "title": "Labels",
        "target": labels,
        "blank": "_",
        "labels": ["_", *labels],
        "probabilities": [[0.4, *[0.1] * len(labels)]] * len(labels),
    }
    solution = lossclass.solve(lossclass.load(problem), gradient=True)
    read = check(page(solution))
    assert all(label in read.text for label in labels)
    for show in Show:
        sheet = check("".join(render_worksheet([worksheet(solution, show)])))
        assert all(label in sheet.text for label in labels)


# --- worksheets --------------------------------------------------------------------------


@pytest.mark.some(3)
@pytest.mark.parametrize("show", Show)
@pytest.mark.parametrize("name", ["hello_ctc", "ab_ctc", "hinge_sequence", "rnn_regression_series"])
def test_a_worksheet_asks_every_step_and_tells_none(name: str, show: Show) -> None:
    solution = solved(name)
    sheet = worksheet(solution, show)
    read = check("".join(render_worksheet([sheet])))
    lines = [each for part in sheet.parts for each in part.blocks if isinstance(each, Question)]
    assert {question.id for question in lines} <= set(read.attributes("id"))
    blanks = [each for each in read.attributes("aria-label") if each == "to be filled in"]
    assert len(blanks) >= len(sheet.questions)
    answer = PLAIN.number(solution.line(solution.step("loss")).result.value)
    seen = read.text + " ".join(read.attributes("alttext") + read.attributes("aria-label"))
    assert not re.search(rf"(?<![\d.]){re.escape(answer)}(?![\d.])", seen)


def test_several_worksheets_are_one_page() -> None:
    sheets = [worksheet(solved(name)) for name in ("ab_ctc", "bee_ctc")]
    read = check("".join(render_worksheet(sheets)))
    assert {"p1.loss", "p2.loss"} <= set(read.attributes("id"))
    assert "".join(render_worksheet([])) == ""


# --- formulas ----------------------------------------------------------------------------

A, B, C = (Quantity(name, Symbol(name), Constant(1)) for name in "abc")
a, b, c = (f"<mi>{name}</mi>" for name in "abc")
MINUS = '<mo form="prefix">−</mo>'


def infix(sign: str) -> str:
    return f'<mo form="infix">{sign}</mo>'


def bracketed(text: str) -> str:
    left, right = '<mo form="prefix" stretchy="false">(', '<mo form="postfix" stretchy="false">)'
    return f"{left}</mo>{text}{right}</mo>"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (Sum(A, Negative(B)), a + infix("−") + b),
        (Product(Sum(A, B), C), bracketed(a + infix("+") + b) + infix("·") + c),
        (Quotient(Sum(A, B), C), f"<mfrac><mrow>{a}{infix('+')}{b}</mrow><mrow>{c}</mrow></mfrac>"),
        (Power(A, Sum(B, C)), f"<msup><mrow>{a}</mrow><mrow>{b}{infix('+')}{c}</mrow></msup>"),
        (Negative(Log(A)), f"{MINUS}<mi>ln</mi><mo>\u2061</mo>{bracketed(a)}"),
        (Log(A, "2"), f"<msub><mi>log</mi><mn>2</mn></msub><mo>\u2061</mo>{bracketed(a)}"),
        (Root(Sum(A, B)), f"<msqrt><mrow>{a}{infix('+')}{b}</mrow></msqrt>"),
        (Min(A, B), f"<mi>min</mi><mo>\u2061</mo>{bracketed(f'{a}<mo>,</mo>{b}')}"),
        (Max(A, B), f"<mi>max</mi><mo>\u2061</mo>{bracketed(f'{a}<mo>,</mo>{b}')}"),
        (
            Absolute(A),
            (
                f'<mrow><mo form="prefix" fence="true">|</mo>{a}'
                '<mo form="postfix" fence="true">|</mo></mrow>'
            ),
        ),
        (Product(A, Constant("-0.5")), a + infix("·") + bracketed(f"{MINUS}<mn>0.5</mn>")),
    ],
)
def test_an_expression_in_mathml(expression: Expression, expected: str) -> None:
    written = without_breaks(formula(expression, MATHML))
    assert re.sub(r"\s+(?=<)", "", written) == expected


def linear(node: ET.Element) -> str:
    """What the elements say, on one line and with more brackets than it takes."""
    inside = [linear(child) for child in node]
    match node.tag:
        case "mfrac":
            return f"(({inside[0]}) / ({inside[1]}))"
        case "msup":
            return f"({inside[0]})^({inside[1]})"
        case "msqrt":
            return f"(√({inside[0]}))"
        case "mi" | "mn" | "mo":
            return {"\u2061": "", "σ": "sigmoid"}.get(str(node.text), str(node.text))
    return "".join(inside)


def without_breaks(written: str) -> str:
    """What MathML writes, without the marks where a line may be broken."""
    return re.sub(r"[\x00-\x08]", "", written)


@given(small_expressions(constants(POSITIVE_NUMBERS)))
def test_mathml_says_the_same_as_plain_text(expression: Expression) -> None:
    written = without_breaks(MATHML.write(expression, as_number))
    element = ET.fromstring(f"<mrow>{written}</mrow>")  # noqa: S314 -- what we wrote ourselves
    again, plain = (read(text) for text in (linear(element), PLAIN.write(expression, as_number)))
    with localcontext(WORKING):
        assert str(again.value({})) == str(plain.value({}))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0.50", "<mn>0.50</mn>"),
        ("-2", f"{MINUS}<mn>2</mn>"),
        ("Infinity", "<mi>∞</mi>"),
        ("-Infinity", f"{MINUS}<mi>∞</mi>"),
        (
            "-1.88e-5",
            (
                f"{MINUS}<mrow><mn>1.88</mn><mo>×</mo><msup><mn>10</mn>"
                f"<mrow>{MINUS}<mn>5</mn></mrow></msup></mrow>"
            ),
        ),
    ],
)
def test_a_number_in_mathml(number: str, expected: str) -> None:
    assert MATHML.number(Decimal(number)) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        (Symbol("L"), "<mi>L</mi>"),
        (Symbol("L′", (1,)), "<msubsup><mi>L</mi><mrow><mn>1</mn></mrow><mo>′</mo></msubsup>"),
        (
            Symbol("L", by=Symbol("h", (1, 2))),
            (
                "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><msub><mi>h</mi><mrow>"
                "<mn>1</mn><mo>,</mo><mn>2</mn></mrow></msub></mrow></mfrac>"
            ),
        ),
        (
            Symbol("P", arguments=("<b> c",)),
            (
                '<mrow><mi>P</mi><mo>\u2061</mo><mo stretchy="false">(</mo>'
                '<mtext>&lt;b&gt;\u00a0c</mtext><mo stretchy="false">)</mo></mrow>'
            ),
        ),
    ],
)
def test_a_symbol_in_mathml(symbol: Symbol, expected: str) -> None:
    assert MATHML.symbol(symbol) == expected


def test_a_long_formula_may_be_broken_before_its_operators() -> None:
    inner = formula(Product(A, Sum(B, C)), MATHML)
    whole = math(inner, "a · (b + c)")
    assert whole.count("<math") == 3
    assert whole.count("<wbr>") == 2
    (label,) = Read(whole).attributes("aria-label")
    assert label == "a · (b + c)"


def test_a_long_formula_is_broken_at_its_loosest_operators_first() -> None:
    """What stands between two breaks is one piece, and is broken only if it is too wide itself."""
    inner = formula(Sum(Product(A, Sum(B, C)), Product(B, C), A), MATHML)
    whole = math(inner, "a · (b + c) + b · c + a")
    pieces = [each.partition("</span>")[0] for each in whole.split('<span class="whole">')[1:]]
    # a · (b + c), in it · (b + c), which is in two again, and b · c
    assert [each.count("<wbr>") for each in pieces] == [1, 1, 1]
    assert whole.count("<math") == 6
    assert whole.endswith("</mrow></math></span>")
    assert math(formula(Sum(A, B, C), MATHML), "a + b + c").count("whole") == 0


@pytest.mark.parametrize(
    "expression",
    [Quotient(Sum(A, B), C), Power(Sum(A, B), C), Absolute(Sum(A, B)), Log(Quotient(Sum(A, B), C))],
)
def test_no_formula_is_broken_inside_what_is_drawn_as_one(expression: Expression) -> None:
    whole = math(formula(expression, MATHML), "plain")
    assert whole.count("<math") == 1
    ET.fromstring(whole)  # noqa: S314 -- what we wrote ourselves

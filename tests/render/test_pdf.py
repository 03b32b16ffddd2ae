"""PDF: the Typst document, and the pages made of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from documents import STATEMENT
from pages import TextLine, pages_of
from programs import mostly_thorough
from rich.console import Console
from typer.testing import CliRunner

import lossclass
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
)
from lossclass.arithmetic.notation import as_number
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.typst import TYPST, typst_string
from lossclass.cli import app
from lossclass.errors import UsageError
from lossclass.output import write
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.render import Detail, View, pdf, typst
from lossclass.worksheets.composing import worksheet
from problems import solved

pypdfium2 = pytest.importorskip("pypdfium2")
typesetter = pytest.importorskip("typst")

HOSTILE = [
    '#read("/etc/passwd")',
    "<script>alert(1)</script>",
    r"\input{/etc/passwd}",
    "$x$ *bold* _under_ `raw` @ref <label> = // /* ~",
    '"); #panic("',
    "\\",
    '\\" + sys.version + "',
    "a|b]]>",
    "]#[",
    "שלום 你好 สวัสดี 🙂 ﷽",
]
ONE, TWO = Constant(1), Constant(2)
#: Problems that have each kind of block between them.
THREE = ["hello_ctc", "ab_ctc", "rnn_sentiment"]


def view(*, contents: bool = False) -> View:
    return View(Console(width=80), contents=contents)


def source_of(solution: lossclass.Solution) -> str:
    return "".join(typst.render([solution], view()))


def hostile(text: str) -> lossclass.Solution:
    """A problem all of whose texts are this one."""
    problem = {
        "loss": "ctc",
        "title": escaped(text),
        "statement": escaped(text),
        "source": text,
        "target": [text],
        "blank": "-",
        "probabilities": {text: "0.25", "-": "0.5"},
        "alignments": [[text, "-"], [text, text]],
    }
    return lossclass.solve(lossclass.load(problem))


@pytest.mark.parametrize("name", mostly_thorough(bundled_problems(), THREE))
def test_every_problem_becomes_pages(name: str) -> None:
    (document,) = pdf.render([solved(name)], view())
    assert document.startswith(b"%PDF-")
    assert document.rstrip().endswith(b"%%EOF")


def test_the_same_problem_gives_the_same_bytes() -> None:
    first, second = (list(pdf.render([solved("hello_ctc")], view())) for _ in range(2))
    assert first == second


@pytest.mark.some(2)
@pytest.mark.parametrize("detail", Detail)
def test_every_detail_becomes_pages(detail: Detail) -> None:
    (document,) = pdf.render([solved("hello_ctc")], View(Console(width=80), detail))
    assert document.startswith(b"%PDF-")


def test_nothing_to_write_is_no_document() -> None:
    assert list(pdf.render([], view())) == []
    assert list(pdf.render_worksheet([])) == []


@pytest.mark.parametrize("odd_pages", [False, True])
def test_joined_documents_are_each_as_they_are_alone(odd_pages: bool) -> None:
    names = ("ab_ctc", "hinge_sequence", "hello_ctc")
    sources = ((f"#key of {name}", typst.render([solved(name)], view())) for name in names)
    made = b"".join(pdf.joined(sources, odd_pages=odd_pages))
    alone = [texts(b"".join(pdf.render([solved(name)], view()))) for name in names]
    blank = [len(each) % 2 for each in alone[:-1]] if odd_pages else [0, 0]
    assert any(blank) == odd_pages
    expected = [
        page for each, more in zip(alone, [*blank, 0], strict=True) for page in each + [""] * more
    ]
    assert texts(made) == expected
    titles = [each.get_title() for each in pypdfium2.PdfDocument(made).get_toc()]
    assert titles == [f"#key of {name}" for name in names]


@pytest.mark.thorough
@pytest.mark.skipif(
    sys.platform == "win32", reason="the system does not say how much memory it was"
)
def test_many_joined_documents_take_no_more_memory_than_a_few() -> None:
    program = """
import resource, sys
from rich.console import Console
import lossclass
from lossclass.render import View, pdf, typst
def key(n):
    problem = {"loss": "ctc", "target": "ab", "blank": "-", "labels": ["-", "a", "b"]}
    problem["probabilities"] = [["0.2", f"0.{3 + t}{n:02}", "0.1"] for t in range(6)]
    return str(n), typst.render([lossclass.solve(problem)], View(Console(width=80)))
b"".join(pdf.joined(map(key, range(int(sys.argv[1])))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    few, many = (
        int(subprocess.check_output([sys.executable, "-c", program, count]))
        for count in ("3", "12")
    )
    assert many < 1.2 * few


def texts(document: bytes) -> list[str]:
    pages = pypdfium2.PdfDocument(document)
    return [page.get_textpage().get_text_bounded() for page in pages]


def headings(source: str) -> list[str]:
    """The titles of the solutions, as Typst has them when it has read the document."""
    found = typesetter.query(source.encode(), "heading.where(level: 1)", field="body")
    return [each["text"] for each in json.loads(found)]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.some(8)
def test_a_text_is_read_as_text(text: str) -> None:
    solution = hostile(text)
    source = source_of(solution)
    assert headings(source) == [text]
    (document,) = pdf.render([solution], view())
    assert document.startswith(b"%PDF-")
    (sheet,) = pdf.render_worksheet([worksheet(solution)])
    assert sheet.startswith(b"%PDF-")


def test_texts_stand_in_string_literals_that_they_cannot_leave() -> None:
    assert typst_string('a"b') == r'"a\"b"'
    assert typst_string("a\\") == r'"a\\"'
    assert typst_string('\\"') == r'"\\\""'
    assert typst_string("\N{RIGHT-TO-LEFT OVERRIDE}exe") == r'"\\u202eexe"'
    assert typst_string("two\nlines\tand\x00") == r'"two lines and\\x00"'


def written(expression: Expression) -> str:
    return TYPST.write(expression, as_number)


def test_mathematics_in_typst() -> None:
    assert written(Sum(ONE, Negative(Quotient(ONE, TWO)))) == "1 - frac(1, 2)"
    assert written(Product(Constant("0.5"), Constant(-2))) == "0.5 times (-2)"
    assert written(Power(Sum(ONE, TWO), Negative(TWO))) == "(1 + 2)^(-2)"
    assert written(Max(ONE, Absolute(Constant(-1)))) == "max(1, lr(|-1|))"
    assert written(Log(Exp(ONE), "2")) == "log_(2)(exp(1))"
    assert TYPST.number(Decimal("1.5e-9")) == "1.5 times 10^(-9)"
    assert TYPST.symbol(Symbol("y", (1, 2), hat=True)) == "hat(y)_(1,2)"
    assert TYPST.symbol(Symbol("p", ("valid",), (Symbol("l"), Symbol("x")), "|")) == (
        'p_("valid")(l ∣ x)'
    )
    assert TYPST.symbol(Symbol("P", (), ("#x",))) == 'P("#x")'
    assert TYPST.symbol(Symbol("L", by=Symbol("h", (1,)))) == "frac(∂ L, ∂ h_(1))"


def test_a_worksheet_holds_no_result() -> None:
    source = "".join(typst.render_worksheet([worksheet(solved("hello_ctc"))]))
    assert "0.00018816" not in source
    assert "alignment.1" in source
    assert "0.00018816" in source_of(solved("hello_ctc"))


def test_a_book_has_a_table_of_contents() -> None:
    solutions = [solved("hello_ctc"), solved("hinge_sequence")]
    source = "".join(typst.render(solutions, view(contents=True)))
    titles = [solution.about.title for solution in solutions]
    assert '#contents("Contents")' in source
    assert headings(source)[-2:] == titles


def test_the_trellis_is_drawn() -> None:
    assert "#picture(" in source_of(solved("ab_ctc"))


def test_without_the_package_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"pip install 'lossclass\[pdf\]'"):
        list(pdf.render([solved("hello_ctc")], view()))
    result = CliRunner().invoke(app, ["solve", "hello_ctc", "-o", str(tmp_path / "a.pdf")])
    assert isinstance(result.exception, UsageError)
    assert not list(tmp_path.iterdir())


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_pages_do_not_go_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", screen := Screen())
    with pytest.raises(UsageError, match="-o"):
        write([b"%PDF"], None)
    assert screen.getvalue() == ""


def test_bytes_go_to_files_as_they_are(tmp_path: Path) -> None:
    write([b"\x00\r\n\xff", b"more"], tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == b"\x00\r\n\xffmore"


def test_the_name_of_the_file_asks_for_pdf(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["solve", "hello_ctc", "-o", str(tmp_path / "a.pdf")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def test_lines_of_a_statement_stay_lines() -> None:
    problem = {"loss": "hinge", "y_true": [1], "y_pred": [0.5], "statement": STATEMENT}
    solution = lossclass.solve(lossclass.load(problem))
    source = source_of(replace(solution, sections=solution.sections[-1:]))
    assert '("One, going on.", ), ("Two:", "- first", "- second", )' in source
    assert '("| a | b |", "| --- | --- |", "| 1 | 2 |", )' in source
    assert pages(source) == 1


def pages(source: str) -> int:
    drawn = typesetter.compile(source.encode(), format="svg")
    return len(drawn) if isinstance(drawn, list) else 1


def test_a_step_that_is_higher_than_a_page_goes_on_on_the_next() -> None:
    step = (
        'step("high", "id", $x$, ($= 1$,), false, ("term", "sum so far", '
        "range(130).map(n => ([#n], $1$, $1$, $1$))), none)"
    ).replace("none)", '("why",))')
    assert pages(f"{typst.PREAMBLE}#{step}") == 3


def test_a_step_that_fits_on_a_page_stays_together() -> None:
    step = '#step("", "id", $x$, ($= 1$,) * 6, false, none, ())\n'
    assert pages(typst.PREAMBLE + step * 5) == 1
    # On the second page, the step that would have been broken; it leaves a gap on the first.
    filled = "#v(24.5cm)\n" + step
    found = typesetter.query(
        f"{typst.PREAMBLE}{filled}#context [#metadata(here().page()) <page>]".encode(),
        "<page>",
        field="value",
    )
    assert json.loads(found) == [2]
    plain = f"{typst.PREAMBLE}#v(24.5cm)\n#block(height: 4cm)[x]".encode()
    assert len(typesetter.compile(plain, format="svg")) == 2


def lines_of(source: str) -> tuple[TextLine, ...]:
    """The lines of a document of one page."""
    source = typst.PREAMBLE + typst.document("foot", [source])
    (page,) = pages_of(typesetter.compile(source.encode()))
    return page.lines


@pytest.mark.parametrize("sides", [1, 2, 3])
@pytest.mark.parametrize("width", [5, 13, 14.5, 15.3])
def test_an_id_stands_at_the_right_whatever_room_its_equation_leaves(
    width: float, sides: int
) -> None:
    side = f"$= #box(width: {width}cm)[side]$"
    found = lines_of(f'#step("", "alpha.2.1", $x$, ({f"{side}, " * sides}), true, none, ())')
    (line,) = [each for each in found if each.text.endswith("alpha.2.1")]
    assert line.right == pytest.approx(19 / 2.54 * 72, abs=1)
    has_own = line.text == "alpha.2.1"
    assert has_own == (width > 13)
    assert len(found) <= sides + has_own


def test_rows_of_questions_keep_apart_whatever_lines_they_take() -> None:
    row = f'("id", ${" + ".join(["f(n)"] * 16)}$, true, 6.2mm)'
    found = lines_of(f"#questions(3em, ({row}, {row}))")
    first, second, third, _ = [each.letters[0].base for each in found if each.text != "id"]
    assert second - third >= first - second > 0


def page_of(source: str, label: str) -> int:
    """The page on which something with a label stands."""
    document = f"{source}\n#context [#metadata(locate(<{label}>).page()) <page>]"
    (found,) = json.loads(typesetter.query(document.encode(), "<page>", field="value"))
    return int(found)


@pytest.mark.parametrize(
    ("room", "behind", "whole"), [(10, 1, 1), (15, 1, 1), (18.5, 2, 2), (23, 1, 2)]
)
def test_a_picture_that_does_not_fit_leaves_no_gap(room: float, behind: int, whole: int) -> None:
    """It is made a little smaller and ends the page, or stands on the next page; what is behind it
    goes on here then."""
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='500'></svg>"
    source = f'{typst.PREAMBLE}#v({room}cm)\n#picture("{svg}")\nbehind it <behind>'
    assert page_of(source, "behind") == behind
    assert pages(source) == whole


@pytest.mark.thorough
def test_a_heading_stays_with_what_follows() -> None:
    for room in range(2200, 2700, 50):
        step = 'step("high", "id", $x$, ($= 1$,) * 4, false, none, ())'
        source = f"{typst.PREAMBLE}#v({room / 100}cm)\n#section([a <head>])\n#{step}\n#[ ] <end>"
        assert page_of(source, "head") == page_of(source, "end")

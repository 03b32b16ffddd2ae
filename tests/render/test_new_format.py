"""A new format is a module and a line that names it: nothing else knows of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import leaks, view
from typer.testing import CliRunner

from lossclass import render
from lossclass.cli import app
from lossclass.render import RENDERERS, Detail, renderer, worksheet_renderer
from lossclass.worksheets.composing import worksheet
from problems import case

FORMAT = '''
"""The text of a wiki, for a test."""

from lossclass.arithmetic.notation import PLAIN
from lossclass.render.document import apart, solution_parts, worksheet_parts
from lossclass.render.markup import TextMarkup


def render(solutions, view):
    return apart(solution_parts(each, Wiki(), view) for each in solutions)


def render_worksheet(worksheets):
    return apart(worksheet_parts(each, Wiki()) for each in worksheets)


class Wiki(TextMarkup):
    empty_cell = " "

    def text(self, text):
        return "".join(f"&#{ord(each)};" if each in "&<=*|{}'" else each for each in text)

    def math(self, formula):
        return f"<i>{self.text(formula(PLAIN))}</i>"

    def strong(self, written):
        return f"<b>{written}</b>"

    def lines(self, written):
        return "<br>".join(written)

    def title(self, text):
        return f"== {self.text(text)} =="

    def heading(self, text):
        return f"=== {self.text(text)} ==="

    def equation(self, step):
        sides = (f"{PLAIN.sign(exact)} {side}" for exact, side in step.right(PLAIN, "____"))
        line = self.math(lambda _: " ".join([step.left(PLAIN), *sides]))
        return self.lines([self.strong(self.text(f"{step.title} {step.id}")), line])

    def row(self, steps):
        return map(self.equation, steps)

    def remark(self, text, *, is_good=False):
        return f"* {self.text(text)}"

    def listing(self, text, language):
        return f"<pre>{self.text(text)}</pre>"

    def grid(self, columns, rows, title):
        return "\\n".join(["{|", *("|-\\n| " + " || ".join(row) for row in [columns, *rows]), "|}"])
'''


@pytest.fixture
def new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "wiki.py").write_text(FORMAT, encoding="utf-8")
    monkeypatch.setattr(render, "__path__", [*render.__path__, str(tmp_path)])
    monkeypatch.setitem(RENDERERS, "wiki", ".wiki")
    return "wiki"


def test_a_format_of_text_takes_sixty_lines() -> None:
    assert len(FORMAT.strip().splitlines()) <= 60


def test_it_writes_every_detail(new_format: str) -> None:
    for detail in Detail:
        text = "".join(renderer(new_format)([case("ab_ctc")], view(detail)))
        is_worked = detail in {Detail.BOARD, Detail.FULL}
        assert ("== The answer ==" in text) == is_worked
        assert ("<i>L &#61; −ln(p(l&#124;x))" in text) == is_worked
        assert "2.025" in text


def test_its_worksheets_have_blanks_and_no_results(new_format: str) -> None:
    draw, suffix = worksheet_renderer(new_format)
    text = "".join(draw([worksheet(case("hinge_sequence"))], view().console))
    assert suffix == ".wiki"
    assert "&#61; ____</i>" in text
    assert not leaks("hinge_sequence", case("hinge_sequence"), text)


def test_the_name_of_a_file_asks_for_it(new_format: str, tmp_path: Path) -> None:
    file = tmp_path / f"solution.{new_format}"
    made = CliRunner().invoke(app, ["solve", "hinge_sequence", "-o", str(file)])
    assert made.exit_code == 0, made.output
    assert file.read_text(encoding="utf-8").startswith("== Hinge loss for a sequence")

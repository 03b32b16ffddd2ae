"""One notation through all that people read: the table in CONTRIBUTING, held by what is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

import lossclass
from lossclass.explanations import explain, source
from lossclass.explanations.blocks import Block, Curve, Equation, Prose, Verbatim, Worked
from lossclass.explanations.directives import DIRECTIVE
from lossclass.render import Detail, View, renderer
from lossclass.render.markup import Rows
from problems import NAMES, case

TABLE = Path(__file__).parent.parent / ".github" / "CONTRIBUTING.md"
CODE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)


def never() -> dict[str, list[str]]:
    """What is not to be found, by what the table says it is about."""
    section = (
        TABLE.read_text(encoding="utf-8").partition("\n## Notation\n")[2].partition("\n## ")[0]
    )
    rows = re.findall(r"^\| (.+?) \| .* \| (.*)\|$", section, re.MULTILINE)
    return {what: re.findall("`([^`]+)`", patterns) for what, patterns in rows[1:]}


NEVER = never()


def test_the_table_can_be_read() -> None:
    assert sum(map(len, NEVER.values())) >= 12
    for what, text in {
        "a minus, of a number too": "≈ -0.3567",
        "a whole power": "e₁^2",
        "a logarithm": "took log2 where",
        "a derivative": "dL/dŷ",
        "e to a power": "ŷ = e^z",
        "a pre-activation": "U xₜ + W hₜ₋₁",
        "a new value, an extended target": "the target l' has",
        "the loss, and those it is made of": "C(T + L − r, 2L)",
        "equal, and rounded": "≈ 0 × 0.7616 ≈ 0",
    }.items():
        assert any(re.search(each, text) for each in NEVER[what]), what


def assert_written_as_the_table_says(text: str) -> None:
    for what, patterns in NEVER.items():
        for pattern in patterns:
            for line in text.splitlines():
                assert not re.search(pattern, line), f"{what}: {line}"


class _Read(HTMLParser):
    """What is read on a page: its text, and what is said in the place of mathematics."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script", "code", "pre", "math"):
            self.skipped.append(tag)
        said = dict(attrs)
        self.found.append(said.get("alttext") or said.get("aria-label") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.skipped and tag == self.skipped[-1]:
            self.skipped.pop()
        self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.found.append(data)


def rendered(format: str, solution: lossclass.Solution, detail: Detail) -> str:
    console = Console(width=120, color_system=None, force_terminal=False, legacy_windows=False)
    text = "".join(renderer(format)([solution], View(console, detail)))
    if format == "html":
        page = _Read()
        page.feed(text)
        return "".join(page.found)
    return CODE.sub("", text) if format == "markdown" else text


@pytest.mark.grid(80, name=NAMES, format=["terminal", "html", "markdown"], detail=Detail)
def test_solutions_are_written_in_one_notation(name: str, format: str, detail: Detail) -> None:
    solution = case(name, gradient=name != "hinge_each")  # which has a loss for each
    assert_written_as_the_table_says(rendered(format, solution, detail))


def written(block: Block) -> Iterator[str]:
    match block:
        case Prose(markdown=markdown):
            yield re.sub("`[^`]*`", "", markdown)
        case Verbatim(text=text, is_code=False):
            yield text
        case Equation(left=left, sides=sides):
            yield " ".join([left, *(f"{sign} {side}" for sign, side in sides)])
        case Rows(columns=columns, rows=rows):
            yield from columns
            yield from (str(cell) for row in rows for cell in row)
        case Worked(solution=solution):
            yield rendered("terminal", solution, Detail.FULL)
        case Curve(label=label):
            yield label


@pytest.mark.grid(16, name=source.paths())
def test_explanations_are_written_in_the_same(name: str) -> None:
    explanation = explain(name)
    assert_written_as_the_table_says(explanation.summary)
    for blocks in explanation.sections.values():
        for text in (text for block in blocks for text in written(block)):
            assert_written_as_the_table_says(text)
    for text in source.read(source.paths()[name]).about.values():
        if isinstance(text, str):
            assert_written_as_the_table_says(DIRECTIVE.sub("", text))

"""Pictures of the terminal: well-formed, the same text, nothing from the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from documents import hostile
from rich.console import Console

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.render import Detail, View, renderer, worksheet_renderer
from lossclass.worksheets.composing import worksheet

README_PICTURE = Path(__file__).parents[2] / ".github" / "sentiment_example.svg"
SVG = "{http://www.w3.org/2000/svg}"


def picture(*solutions: lossclass.Solution, **view: Any) -> str:
    return "".join(renderer("svg")(solutions, View(Console(width=80), **view)))


def lines_in(svg: str) -> list[str]:
    """The text of a picture line by line, as far as it is drawn; spaces are not compared."""
    rows: dict[float, str] = {}
    for element in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 - it is our own
        if "matrix" not in element.get("class", "") and element.get("clip-path"):
            y = float(element.get("y", "0"))
            rows[y] = rows.get(y, "") + "".join(element.itertext())
    lines = (re.sub(r"\s+", "", rows[y]) for y in sorted(rows))
    return [line for line in lines if line]


@pytest.mark.some(2)
@pytest.mark.parametrize("name", ["hello_ctc", "rnn_gru", "hinge_sequence"])
def test_a_picture_has_every_line_that_the_terminal_has(name: str) -> None:
    solution = lossclass.solve(lossclass.load(bundled_problems()[name]))
    plain = Console(width=80, color_system=None, force_terminal=False)
    text = "".join(renderer("terminal")([solution], View(plain)))
    expected = [re.sub(r"\s+", "", line) for line in text.splitlines()]
    assert lines_in(picture(solution)) == [line for line in expected if line]


def test_a_picture_needs_no_network_and_runs_nothing() -> None:
    svg = picture(hostile())
    root = ET.fromstring(svg)  # noqa: S314 - it is our own
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "style", "defs", "clipPath", "rect", "g", "text", "circle", "line", "path",
    }  # fmt: skip
    addresses = set(re.findall(r"\w+://[^\s\"')]+", "".join(root.itertext())))
    assert "url(http" not in svg
    assert "@font-face" not in svg
    assert all(address not in svg.split("</style>")[0] for address in addresses)


def test_several_solutions_are_one_picture() -> None:
    both = [lossclass.solve(bundled_problems()[name]) for name in ("hello_ctc", "hinge_sequence")]
    text = "".join(lines_in(picture(*both, detail=Detail.ANSWER, several=True)))
    assert "L≈6.180" in text
    assert "L≈0.4667" in text


def test_a_worksheet_has_a_picture_without_its_results() -> None:
    solution = lossclass.solve(bundled_problems()["hinge_sequence"])
    draw, suffix = worksheet_renderer("svg")
    assert suffix == ".svg"
    text = "".join(lines_in("".join(draw([worksheet(solution)], Console(width=80)))))
    assert "max(0,1−m₂)" in text
    assert "0.4667" not in text


def test_the_readme_shows_what_is_printed_today() -> None:
    """``lossclass solve sentiment_example -o .github/sentiment_example.svg --force``"""
    solution = lossclass.solve(lossclass.load(bundled_problems()["sentiment_example"]))
    assert lines_in(README_PICTURE.read_text(encoding="utf-8")) == lines_in(picture(solution))

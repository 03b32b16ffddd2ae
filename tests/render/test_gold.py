"""What is printed, as files that can be opened and read.

``pytest tests/render/test_gold.py --force-regen`` writes them anew; read what changed before you
keep it.
"""

from __future__ import annotations

import json

import pytest
from documents import hostile
from pytest_regressions.file_regression import FileRegressionFixture
from rich.cells import cell_len
from rich.console import Console

import lossclass
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.render import PACKAGES, RENDERERS, Detail, View, renderer, worksheet_renderer
from lossclass.worksheets.composing import worksheet
from problems import GOLD, NAMES, case

#: Their whole working is looked at, beside the board of all.
IN_FULL = ["hello_ctc", "hinge_sequence", "rnn_regression_series", "sentiment_batch"]


def rendered(name: str, solution: lossclass.Solution, width: int, detail: Detail) -> str:
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    return "".join(renderer(name)([solution], View(console, detail)))


@pytest.mark.parametrize("name", NAMES)
def test_terminal_on_80_columns(name: str, file_regression: FileRegressionFixture) -> None:
    text = rendered("terminal", case(name), 80, Detail.BOARD)
    file_regression.check(text, fullpath=GOLD / f"{name}.txt")


@pytest.mark.parametrize("name", IN_FULL)
def test_terminal_in_full(name: str, file_regression: FileRegressionFixture) -> None:
    text = rendered("terminal", case(name), 80, Detail.FULL)
    file_regression.check(text, fullpath=GOLD / f"{name}.full.txt")


@pytest.mark.some(3)
@pytest.mark.grid(12, name=NAMES, width=[40, 80, 100, 120], detail=[Detail.BOARD, Detail.FULL])
def test_no_line_is_wider_than_the_terminal(name: str, width: int, detail: Detail) -> None:
    for line in rendered("terminal", case(name), width, detail).splitlines():
        assert cell_len(line) <= width, line


@pytest.mark.parametrize("name", ["hello_ctc", "hinge_sequence"])
def test_terminal_in_brief(name: str, file_regression: FileRegressionFixture) -> None:
    text = rendered("terminal", case(name), 80, Detail.BRIEF)
    file_regression.check(text, fullpath=GOLD / f"{name}.brief.txt")


@pytest.mark.parametrize("name", ["hello_ctc", "hinge_sequence"])
def test_json(name: str, file_regression: FileRegressionFixture) -> None:
    text = rendered("json", case(name), 80, Detail.FULL)
    file_regression.check(text, fullpath=GOLD / f"{name}.json")


def test_rounded_as_you_go(file_regression: FileRegressionFixture) -> None:
    text = rendered("terminal", case("hello_ctc", round_as_you_go=2), 80, Detail.BOARD)
    file_regression.check(text, fullpath=GOLD / "hello_ctc.rounded.txt")


@pytest.mark.some(3)
@pytest.mark.grid(
    6, name=NAMES, format=[name for name in RENDERERS if name not in PACKAGES], detail=Detail
)
def test_every_renderer_draws_every_problem_at_every_detail(
    name: str, format: str, detail: Detail
) -> None:
    solution = case(name)
    text = rendered(format, solution, 80, detail)
    if format == "json":
        assert json.loads(text) == solution.to_dict()
    else:
        result = solution.line(solution.step(solution.answer_ids[0])).result.value
        assert PLAIN.number(result) in text or LATEX.number(result) in text


@pytest.mark.some(3)
@pytest.mark.parametrize("format", sorted(RENDERERS.keys() - PACKAGES.keys() - {"json"}))
def test_every_renderer_draws_hostile_texts_and_worksheets_without_the_answer(format: str) -> None:
    solution = hostile()
    answer = PLAIN.number(solution.line(solution.step("loss")).result.value)
    assert answer in rendered(format, solution, 80, Detail.FULL)
    draw, _ = worksheet_renderer(format)
    console = Console(width=80, color_system=None, force_terminal=False, legacy_windows=False)
    drawn = "".join(draw([worksheet(solution)], console))
    assert drawn
    assert answer not in drawn


def test_the_answer_alone_is_one_line() -> None:
    assert rendered("terminal", case("hello_ctc"), 80, Detail.ANSWER) == "L ≈ 6.180\n"

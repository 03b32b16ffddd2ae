"""The table by which a key's reader marks: every step that counts, and all points in all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from programs import run
from rich.cells import cell_len

from lossclass.arithmetic.number import show
from lossclass.render import BOOKS, View, paper_console, renderer
from lossclass.render.first_page import marking_grid
from lossclass.render.markup import Cell, Rows
from lossclass.solution import Solution
from problems import NAMES, case

ROOM, GAP = 84, 2


def one_each(solution: Solution) -> Mapping[str, Fraction]:
    return {step.id: Fraction(1) for step in solution.steps}


def grid_of(name: str, room: int = ROOM) -> Rows:
    solution = case(name)
    found = marking_grid(solution, one_each(solution), room, GAP)
    assert found is not None
    return found


def columns(grid: Rows) -> list[list[Cell]]:
    """The rows as they are read: first those of the first column of tables."""
    beside = len(grid.columns) // 4
    parts = [[*row[4 * n : 4 * n + 4]] for n in range(beside) for row in grid.rows]
    return [part for part in parts if part[0]]


def test_every_step_has_its_result_and_its_points() -> None:
    solution = case("hinge_sequence")
    *steps, total = columns(grid_of("hinge_sequence"))
    assert [step[0] for step in steps] == [step.id for step in solution.steps]
    shown = [show(step.decimal, solution.digits).value for step in solution.steps]
    assert [step[1] for step in steps] == shown
    assert all(step[2:] == [1, None] for step in steps)
    assert total == ["in all", "", len(solution.steps), None]


def test_shares_of_a_point_add_up_as_fractions() -> None:
    solution = case("hello_ctc")
    others = [step.id for step in solution.steps if step.id != "loss"]
    points = dict.fromkeys(others, Fraction(1, 3)) | {"loss": Fraction(0)}
    grid = marking_grid(solution, points, ROOM, GAP)
    assert grid is not None
    *steps, total = columns(grid)
    assert "loss" not in [step[0] for step in steps]
    assert {step[2] for step in steps} == {Decimal("0.33")}
    assert len(steps) == 6
    assert total[2] == 2


def test_where_nothing_counts_there_is_no_table() -> None:
    solution = case("hello_ctc")
    assert marking_grid(solution, {"loss": Fraction(0)}, ROOM, GAP) is None
    assert marking_grid(solution, {}, ROOM, GAP) is None


@pytest.mark.parametrize("name", NAMES)
def test_it_is_no_longer_and_no_wider_than_a_first_page_has_room_for(name: str) -> None:
    solution = case(name)
    grid = grid_of(name)
    assert len(grid.rows) <= 45
    cells = [
        [*map(str, grid.columns)],
        *(["_" * 8 if cell is None else str(cell) for cell in row] for row in grid.rows),
    ]
    widths = [max(cell_len(row[n]) for row in cells) for n in range(len(grid.columns))]
    assert sum(widths) + GAP * (len(widths) - 1) <= ROOM
    *_, total = columns(grid)
    assert total[2] == len(solution.steps)


def test_narrow_tables_stand_beside_each_other_where_there_is_room() -> None:
    assert len(grid_of("ab_ctc", room=120).columns) == 8
    assert len(grid_of("ab_ctc").columns) == 4
    assert sorted(map(str, columns(grid_of("ab_ctc", room=120)))) == sorted(
        map(str, columns(grid_of("ab_ctc")))
    )


@pytest.mark.parametrize("format", BOOKS)
def test_it_stands_before_the_working_in_every_format(format: str) -> None:
    if format == "pdf":
        format = "typst"
    solution = case("hinge_sequence")
    draw = renderer(format)
    with_points = "".join(draw([solution], View(paper_console(), points=one_each)))
    assert with_points.index("in all") < with_points.index("The hinge of each time step")
    assert "in all" not in "".join(draw([solution], View(paper_console())))


def test_points_are_those_of_the_problem(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "loss: hinge\ny_true: [1, -1]\ny_pred: [0.5, 2]\npoints: {hinge: 3, loss: 1.5}\n"
    )
    assert run("key", path, "-o", tmp_path / "key.md").returncode == 0
    lines = [line for line in (tmp_path / "key.md").read_text().splitlines() if "|" in line]
    table = [[cell.strip(" `$") for cell in line.split("|")] for line in lines]
    points = {cells[1]: cells[3] for cells in table if len(cells) > 4}
    assert points["hinge.1"] == points["hinge.2"] == points["loss"] == "1.5"
    assert points["in all"] == "4.5"
    assert "margin.1" not in points


def test_a_key_has_it_and_a_solution_has_not(tmp_path: Path) -> None:
    assert run("key", "hinge_sequence", "-o", tmp_path / "key.md").returncode == 0
    assert run("solve", "hinge_sequence", "-o", tmp_path / "solution.md").returncode == 0
    key, solution = ((tmp_path / f"{name}.md").read_text() for name in ("key", "solution"))
    assert "in all" in key
    assert "in all" not in solution

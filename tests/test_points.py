"""``points`` in a problem: how they are shared out, and what marks, gradebooks and pages say of them."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from programs import Ended, run

import lossclass
from lossclass.errors import InvalidProblem
from lossclass.points import Points, points_text

HINGE = {
    "loss": "sequence_hinge",
    "y_true": [1, -1, 1],
    "y_pred": [0.8, -0.5, 0.3],
    "reduction": "mean",
}
RIGHT = {"hinge.1": "0.2", "hinge.2": "0.5", "hinge.3": "0.7", "sum": "1.4", "loss": "1.4/3"}
FOLLOWS = {**RIGHT, "hinge.3": "0.6", "sum": "1.3", "loss": "0.433"}
#: Of the five steps that are named here, what FOLLOWS gets, and of how much.
COUNTED = [
    ({"hinge": 4, "loss": 2}, "1", Fraction(4) * 2 / 3 + 2, 6),
    ({"hinge": 4, "loss": 2}, "0.5", Fraction(4) * 2 / 3 + Fraction(2) / 2, 6),
    ({"hinge": 4, "hinge.3": 1, "sum": 0.5}, "0.5", Fraction(4) + Fraction(1) / 4, 5.5),
    (6, "0", Fraction(6) * 2 / 8, 6),  # the margins are asked as well
]

ids = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
numbers = st.fractions(min_value=0, max_value=100)


@given(st.dictionaries(st.just("") | ids, numbers), st.lists(ids, unique=True))
def test_a_number_is_for_all_that_its_name_names(
    named: dict[str, Fraction], asked: list[str]
) -> None:
    shared = Points(named).shared(asked)
    assert [*shared] == asked
    if not named:
        assert set(shared.values()) <= {1}
        return
    left = dict(shared)
    for name in sorted(named, key=len, reverse=True):
        mine = [id for id in left if name == "" or f"{id}.".startswith(f"{name}.")]
        assert not mine or sum(left[id] for id in mine) == named[name]
        assert len({left.pop(id) for id in mine}) <= 1
    assert not any(left.values())


@pytest.mark.parametrize(
    ("points", "text"),
    [(Fraction(6), "6"), (Fraction(2, 3), "0.67"), (Fraction(3, 2), "1.5"), (Fraction(0), "0")],
)
def test_points_are_written_with_two_decimals_at_most(points: Fraction, text: str) -> None:
    assert points_text(points) == text


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"los": 2}, "points.los: no step has this name; did you mean 'loss'?"),
        ({"hinge": -1}, "points.hinge: expected a number of points from 0 to 10000, got -1"),
        (0, "points: expected points for something, got 0"),
        ("six", "points: expected a number of points, or a mapping such as {loss: 2}, got 'six'"),
        ([1], "points: expected a number of points, or a mapping such as {loss: 2}, got a list"),
    ],
)
def test_points_that_cannot_be_meant(points: Any, message: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        lossclass.solve({**HINGE, "points": points})
    assert str(refused.value) == message


def test_a_step_of_another_option_may_have_points() -> None:
    problem = {**HINGE, "points": {"gradient": 3, "loss": 2}}
    for gradient in (False, True):
        solution = lossclass.solve(problem, gradient=gradient)
        shared = solution.points.shared([step.id for step in solution.steps])
        assert sum(shared.values()) == (5 if gradient else 2)


def test_points_of_a_part_belong_to_the_whole() -> None:
    part = {"name": "a", "problem": {**HINGE, "points": 2}}
    with pytest.raises(InvalidProblem, match=r"terms\.1\.problem\.points: points belong to the"):
        lossclass.solve({"loss": "custom", "terms": [part]})


# --- marks ---


def check(folder: Path, answers: dict[str, str], *given: object, **keys: Any) -> Ended:
    problem = yaml.safe_dump({**HINGE, "title": "My scores", **keys})
    (folder / "p.yaml").write_text(problem, encoding="utf-8")
    sheet = yaml.safe_dump({"student": "Ada", "answers": answers})
    (folder / "ada.yaml").write_text(sheet, encoding="utf-8")
    return run("check", "p.yaml", "ada.yaml", *given, cwd=folder)


@pytest.mark.some(2)
@pytest.mark.parametrize(("points", "share", "got", "most"), COUNTED)
def test_marks_have_the_points_of_the_problem(
    tmp_path: Path, points: Any, share: str, got: Fraction, most: float
) -> None:
    keys = {"points": points, "follow_through": float(share)}
    marked = json.loads(check(tmp_path, FOLLOWS, "--format", "json", **keys).stdout)
    assert marked["points"] == pytest.approx(float(got), rel=1e-15)
    assert marked["of"] == most
    assert sum(mark["points"] for mark in marked["marks"]) == pytest.approx(float(got))
    assert sum(mark["of"] for mark in marked["marks"]) == pytest.approx(most)
    said = f"{points_text(got)} of {points_text(Fraction(most))} points: 2 of "
    assert said in check(tmp_path, FOLLOWS, **keys).stdout
    (row,) = csv.DictReader(io.StringIO(check(tmp_path, FOLLOWS, "--format", "csv", **keys).stdout))
    assert (row["points"], row["of"]) == (points_text(got), points_text(Fraction(most)))
    assert float(row["percent"]) == pytest.approx(float(100 * got / Fraction(most)), abs=0.05)


def test_a_step_beside_its_points(tmp_path: Path) -> None:
    keys = {"points": {"hinge": 4, "loss": 2}, "follow_through": 0.5}
    lines = check(tmp_path, FOLLOWS, **keys).stdout.splitlines()
    assert "✓ hinge.1  0.2  right, 1.33 of 1.33 points" in lines
    assert "→ sum      1.3  follows from what is written before it, which counts nothing" in lines
    assert "→ loss     0.433  follows from what is written before it, 1 of 2 points" in lines
    assert not [line for line in lines if "margin" in line]  # counts nothing, and is not answered


def test_what_is_not_on_a_sheet_counts_where_the_problem_has_points(tmp_path: Path) -> None:
    alone = {"loss": "1.4/3"}
    assert "1 of 1 right" in check(tmp_path, alone).stdout
    text = check(tmp_path, alone, points={"hinge": 4, "loss": 2}).stdout
    assert "2 of 6 points: 1 of 4 right, 3 not answered" in text
    text = check(tmp_path, alone, "--only", "loss", points={"hinge": 4, "loss": 2}).stdout
    assert "2 of 2 points: 1 of 1 right" in text
    answer = run("check", "p.yaml", "--answer", "1.4", cwd=tmp_path).stdout
    assert "\n0 of 1 right, 1 wrong\n" in answer


def test_gradebooks_of_platforms_have_the_points(tmp_path: Path) -> None:
    keys = {"points": {"hinge": 4, "loss": 2}, "follow_through": 0.5}
    (tmp_path / "moodle.csv").write_text("First name,Last name,ID number\nAda,L,1\n")
    (tmp_path / "canvas.csv").write_text("Student,ID,SIS Login ID,Section\nAda,1,ada,A\n")
    got = points_text(Fraction(4) * 2 / 3 + 1)
    check(tmp_path, FOLLOWS, **keys)
    sheet = {"student": "1", "answers": FOLLOWS}
    (tmp_path / "1.yaml").write_text(yaml.safe_dump(sheet), encoding="utf-8")
    moodle = run(
        "check", "p.yaml", "1.yaml", "--roster", "moodle.csv", "--format", "moodle", cwd=tmp_path
    )
    assert moodle.stdout.splitlines()[1] == f"Ada,L,1,{got}"
    canvas = run(
        "check", "p.yaml", "1.yaml", "--roster", "canvas.csv", "--format", "canvas", cwd=tmp_path
    )
    assert [line.rpartition(",")[2] for line in canvas.stdout.splitlines()[1:]] == ["6", got]


@pytest.mark.parametrize("form", ["html", "txt"])
def test_pages_to_hand_back_have_the_points(tmp_path: Path, form: str) -> None:
    given = ("--feedback", "pages", "--feedback-format", form)
    check(tmp_path, FOLLOWS, *given, points={"hinge": 4, "loss": 2}, follow_through=0.5)
    (page,) = (tmp_path / "pages").iterdir()
    text = page.read_text(encoding="utf-8")
    assert "3.67 of 6 points: 2 of 5 right" in text
    assert "1.33 of 1.33 points" in text

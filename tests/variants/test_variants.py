"""``lossclass variants``: other numbers for every student, and always the same ones."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from functools import cache
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

import programs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from programs import tree
from pydantic import BaseModel, create_model
from rich.console import Console

import lossclass
from lossclass import losses
from lossclass.errors import FileError, InvalidProblem, LossclassError, UsageError
from lossclass.exams.assignment import Assignment
from lossclass.marking.check import lint
from lossclass.problem.arrays import LogitRows, ProbabilityRows
from lossclass.problem.fields import AsChoice, Flag, Label, Labels, Number, Probability
from lossclass.problem.files import load_all
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.moves import Kind, Moves, keys_with_numbers
from lossclass.problem.placeholders import NO_DATA
from lossclass.progress import Tally, _bar
from lossclass.rosters.roster import numbered
from lossclass.solving import diagnosis_of, solve
from lossclass.variants.answers import Answers, line_of, numbers_of
from lossclass.variants.folder import _EMPTY
from lossclass.variants.making import Chunk, Maker, Order
from lossclass.variants.run import run
from lossclass.variants.sampling import Draws, Source
from lossclass.variants.space import spaces_of
from lossclass.variants.variant import Pick, Variants
from problems import ANY_CHARACTER, VARIED, bundled, leaves, schema

TEN = [2, 9, 8, 9, 1, 6, 6, 1, 7, 0, 4, 1]
LARGE = [90151338154856344600, 50332758426622198289]
ID = "e17a7d3668af"
HELLOS = {
    "a": {"H": "0.1", "E": "0.5", "L": "0.6", "O": "0.7", "-": "0.9"},
    "b": {"H": "0.9", "E": "0.5", "L": "0.1", "O": "0.7", "-": "0.6"},
}
HELLO_ID = "466c85738ac9"
MSE = {"loss": "mse", "y_true": ["1", "2", "3"], "y_pred": ["1.5", "2.5", "2.7"]}


@cache
def variants_of(name: str) -> Variants:
    return Variants(bundled(name), "a seed")


# --- sampling ---


def test_the_numbers_of_a_seed_stay_what_they_are_forever() -> None:
    """Worked out once; every machine and every Python has to come to the same."""
    draws = Source("seed", "problem").draws("student")
    assert [draws.below(10) for _ in range(12)] == TEN
    assert [draws.below(10**20) for _ in range(2)] == LARGE
    assert Source("seed", "problem").id_of("student") == ID
    assert {s: variants_of("hello_ctc").of(s).data["probabilities"] for s in ("a", "b")} == HELLOS
    assert variants_of("hello_ctc").of("a").id == HELLO_ID


@given(st.binary(max_size=40), st.integers(1, 2**80))
def test_a_number_is_below_its_bound(key: bytes, bound: int) -> None:
    draws, again = Draws(key), Draws(key)
    numbers = [draws.below(bound) for _ in range(20)]
    assert all(0 <= number < bound for number in numbers)
    assert numbers == [again.below(bound) for _ in range(20)]


@given(
    st.text(ANY_CHARACTER, max_size=5),
    st.text(ANY_CHARACTER, max_size=5),
    st.text(ANY_CHARACTER, max_size=5),
)
def test_texts_that_run_into_each_other_are_told_apart(one: str, two: str, three: str) -> None:
    if two:
        assert Source(one + two, three).id_of("s") != Source(one, two + three).id_of("s")


def test_every_number_is_as_likely_as_the_others() -> None:
    draws, count, bound = Draws(b"key"), 30_000, 6
    found = Counter(draws.below(bound) for _ in range(count))
    chi_squared = sum((found[n] - count / bound) ** 2 / (count / bound) for n in range(bound))
    assert chi_squared < 20.5  # 99.9 % of all keys, with 5 degrees of freedom


def test_there_is_no_number_below_nothing() -> None:
    with pytest.raises(ValueError, match="below 0"):
        Draws(b"").below(0)


# --- all bundled problems ---


@pytest.mark.grid(40, name=VARIED)
def test_every_bundled_problem_has_variants_that_solve(name: str) -> None:
    variants, original = variants_of(name), bundled(name)
    known = {
        (each.step.id, each.slip.code)
        for each in lint(variants.original, diagnosis_of(original, variants.original))
    }
    for student in numbered(2):
        variant = variants.of(student)
        solution = solve(variant.problem)
        assert solution.cross_check.agrees
        assert [step.id for step in solution.steps] == [s.id for s in variants.original.steps]
        found = lint(solution, diagnosis_of(variant.problem, solution))
        assert {(each.step.id, each.slip.code) for each in found} <= known
        assert variant.id in solution.about.title
        assert not solution.published
        assert variant.data != variants.space.with_numbers(variants.space.written)


@pytest.mark.grid(40, name=VARIED)
def test_numbers_move_on_their_grids_and_rows_keep_their_sums(name: str) -> None:
    variants = variants_of(name)
    pick = variants.first("x")
    numbers = pick.numbers or ()
    start = 0
    for row in variants.spaces[pick.width].rows:
        mine = numbers[start : start + len(row.places)]
        start += len(mine)
        for number, place in zip(mine, row.places, strict=True):
            assert number in place.allowed
        if row.keeps_sum:
            assert sum(mine) == sum(row.written)
        for one, other in combinations(range(len(mine)), 2):
            assert mine[one] != mine[other] or row.written[one] == row.written[other]


def test_many_numbers_with_one_sum_are_drawn_too() -> None:
    row = ["0.31", "0.07", "0.12", "0.2", "0.1", "0.02", "0.08", "0.05", "0.03", "0.02"]
    problem = lossclass.load(
        {"loss": "nll", "y_true": "0", "classes": list("abcdefghij"), "y_pred": row}
        if "classes" in losses.inputs_of("negative_log_likelihood").model_fields
        else {"loss": "nll", "y_true": ["1"] + ["0"] * 9, "y_pred": row}
    )
    space, *_ = spaces_of(problem)
    for n in range(20):
        drawn = space.with_numbers(space.draw(Draws(bytes([n]))))
        texts = [*map(Decimal, drawn["y_pred"])]
        assert sum(texts) == sum(map(Decimal, row)) == 1
        assert all(0 < text < 1 for text in texts)
        assert len(set(texts)) >= 9


def kinds(model: type[Any], data: dict[str, Any]) -> dict[str, Kind | None]:
    found = keys_with_numbers(model, data, losses)
    return {".".join(map(str, each.path)): each.kind for each in found}


@pytest.mark.parametrize(
    ("type_of_key", "expected"),
    [
        (Number, None),
        (Annotated[Number, Moves(Kind.NUMBER)] | None, Kind.NUMBER),
        (Annotated[tuple[Probability, ...], Moves(Kind.PROBABILITY)], Kind.PROBABILITY),
        (ProbabilityRows, Kind.DISTRIBUTION),
        (LogitRows | None, Kind.NUMBER),
        (Annotated[LogitRows, Moves(Kind.PROBABILITY)], Kind.PROBABILITY),
    ],
)
def test_a_new_loss_says_by_its_field_whether_its_numbers_move(
    type_of_key: Any, expected: Kind | None
) -> None:
    inputs = create_model("Inputs", __base__=ProblemKeys, a_key=(type_of_key, ...))
    assert kinds(inputs, {"loss": "new", "a_key": ["0.5"]}) == {"a_key": expected}


@pytest.mark.parametrize(
    "type_of_key", [Labels, Label | None, Flag, int, Annotated[Literal["1", "2"], AsChoice]]
)
def test_texts_choices_and_counts_never_move(type_of_key: Any) -> None:
    inputs = create_model("Inputs", __base__=ProblemKeys, a_key=(type_of_key, ...))
    assert kinds(inputs, {"loss": "new", "a_key": "2"}) == {}


def test_keys_in_keys_are_found() -> None:
    class Inner(BaseModel):
        score: Annotated[Number, Moves(Kind.NUMBER)]
        cost: Number
        beside: Annotated[Number, Moves(Kind.DISTRIBUTION, beside="cost")]

    rows = dict[str, ProbabilityRows]
    inputs = create_model(
        "Inputs",
        __base__=ProblemKeys,
        one=(Inner, ...),
        some=(tuple[Inner, ...], ...),
        of=(rows, {}),
    )
    inner = {"score": "1", "beside": "2", "cost": "3"}
    data = {"one": inner, "some": [inner, {"beside": "1"}], "of": {"a": ["0.2", "0.8"]}}
    assert kinds(inputs, data) == {
        "one.score": Kind.NUMBER,
        "one.beside": Kind.DISTRIBUTION,
        "one.cost": None,
        "some.0.score": Kind.NUMBER,
        "some.0.beside": Kind.DISTRIBUTION,
        "some.0.cost": None,
        "some.1.beside": Kind.PROBABILITY,
        "of.a": Kind.DISTRIBUTION,
    }


@pytest.mark.grid(4, name=VARIED)
def test_a_rule_can_reach_every_number_but_counts(name: str) -> None:
    problem = bundled(name)
    keys = {each.path for each in keys_with_numbers(type(problem.inputs), problem.data, losses)}
    others = {*NO_DATA, "target", "alignments", "classes", "labels", "tags", "time_steps", "steps"}
    for path, text in leaves(problem.data):
        if others.isdisjoint(map(str, path)) and re.fullmatch(r"-?\d*\.?\d+", text):
            assert any(path[:n] in keys for n in range(len(path), 0, -1)), path


# --- vary ---


def drawn(problem: dict[str, Any], key: str) -> list[list[str]]:
    variants = Variants(lossclass.load(problem), "seed")
    return [variants.of(student).data[key] for student in numbered(12)]


def test_a_rule_says_from_where_to_where() -> None:
    rule = {"y_pred": {"step": "0.5", "min": "-2", "max": "9"}}
    rows = drawn({**MSE, "vary": rule}, "y_pred")
    assert all(-2 <= Decimal(x) <= 9 and Decimal(x) % Decimal("0.5") == 0 for r in rows for x in r)
    assert len({tuple(row) for row in rows}) > 10


@pytest.mark.thorough
def test_what_is_fixed_stays_and_what_stays_can_be_moved() -> None:
    vary = {"y_pred": "fixed", "y_true": {"min": "1", "max": "9"}}
    assert {tuple(row) for row in drawn({**MSE, "vary": vary}, "y_pred")} == {tuple(MSE["y_pred"])}
    assert len({tuple(row) for row in drawn({**MSE, "vary": vary}, "y_true")}) > 6
    assert {tuple(row) for row in drawn(MSE, "y_true")} == {tuple(MSE["y_true"])}


def test_the_longest_name_counts() -> None:
    vary = {"y_pred": "fixed", "y_pred.2": {"min": "0", "max": "9"}}
    rows = drawn({**MSE, "vary": vary}, "y_pred")
    assert {(row[0], row[2]) for row in rows} == {("1.5", "2.7")}
    assert len({row[1] for row in rows}) > 6


def test_a_sum_may_be_let_go() -> None:
    data = dict(bundled("hello_ctc").data)
    rule = {"probabilities": {"step": "0.1", "min": "0.1", "max": "0.9", "keep_sum": "false"}}
    variants = Variants(lossclass.load({**data, "vary": rule}), "seed")
    rows = [variants.of(student).data["probabilities"].values() for student in numbered(8)]
    assert len({sum(map(Decimal, row)) for row in rows}) > 3


NETWORK = {
    "loss": "mse",
    "y_true": ["1", "1.5"],
    "rnn": {"inputs": ["1", "2"], "U": "0.5", "W": "0.1", "V": "2", "output": "identity"},
}


@pytest.mark.parametrize(
    ("nested", "pointed"),
    [
        (
            {"rnn": {"U": "fixed", "inputs": {"min": "0", "max": "3"}}},
            {"rnn.U": "fixed", "rnn.inputs": {"min": "0", "max": "3"}},
        ),
        (
            {"rnn": {"inputs": {"min": "0", "max": "9", "2": "fixed"}}, "rnn.V": "fixed"},
            {"rnn.inputs": {"min": "0", "max": "9"}, "rnn.inputs.2": "fixed", "rnn.V": "fixed"},
        ),
        ({"rnn": {"step": "0.5", "W": "fixed"}}, {"rnn": {"step": "0.5"}, "rnn.W": "fixed"}),
        ({"y_true": {1: {"min": "0"}}}, {"y_true.1": {"min": "0"}}),
        (
            {"targets": {"1": "fixed"}, "rnn": {"wxh": "fixed"}},
            {"y_true.1": "fixed", "rnn.U": "fixed"},
        ),
    ],
)
def test_rules_may_stand_in_each_other(nested: Any, pointed: Any) -> None:
    one, other = (lossclass.load({**NETWORK, "vary": each}) for each in (nested, pointed))
    assert one.inputs.vary == other.inputs.vary
    assert spaces_of(one)[0].rows == spaces_of(other)[0].rows


@pytest.mark.parametrize(
    ("vary", "expected"),
    [
        (
            "  y_pred:\n    1: {stpe: 1}\n    2: {step: 0}\n",
            [(6, "y_pred.1.stpe"), (7, "y_pred.2.step")],
        ),
        ("  y_pred:\n    2: fixed\n    3: fixed\n", [(7, "y_pred.3")]),
        ("  y_pred:\n    1: fixed\n  y_pred.1: fixed\n", [(7, "y_pred.1")]),
    ],
)
def test_rules_in_each_other_are_told_where_they_stand(
    vary: str, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"loss: mse\ny_true: [1, 2]\ny_pred: [3, 4]\nvary:\n{vary}", encoding="utf-8")
    with pytest.raises(InvalidProblem) as caught:
        lossclass.load(path)
    found = [(each.line, each.path) for each in caught.value.mistakes]
    assert found == [(line, f"vary.{name}") for line, name in expected]


def test_the_schema_knows_rules_in_each_other() -> None:
    validator = Draft202012Validator(schema())
    rules: dict[str, Any] = {"y_pred": {"1": {"step": 1, "min": 0}, "2": "fixed", "min": 0}}
    for rule, is_right in ((rules, True), ({"y_pred": {"1": {"stpe": 1}}}, False)):
        problem = {"loss": "mse", "y_true": [1, 2], "y_pred": [3, 4], "vary": rule}
        assert validator.is_valid(problem) == is_right


@pytest.mark.parametrize(
    ("vary", "path", "says"),
    [
        ({"y_prde": "fixed"}, "vary.y_prde", "there is nothing of that name"),
        ({"y_pred.4": "fixed"}, "vary.y_pred.4", "there is nothing of that name"),
        ({"y_pred": "fix"}, "vary.y_pred", "expected fixed, or a mapping"),
        ({"y_pred": {"step": "0"}}, "vary.y_pred.step", "greater than 0"),
        ({"y_pred": {"max": "x"}}, "vary.y_pred.max", "expected a number"),
        ({"y_pred": {"stpe": "1"}}, "vary.y_pred.stpe", "did you mean 'step'"),
        ({"y_pred": {"min": "2", "max": "1"}}, "vary.y_pred", "expected min below max"),
        (
            {"y_pred": {"min": "0", "max": "1e9", "step": "0.01"}},
            "vary.y_pred",
            "steps from min to max",
        ),
    ],
)
def test_bad_rules_are_refused(vary: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        lossclass.load({**MSE, "vary": vary})
    (mistake,) = caught.value.mistakes
    assert mistake.path == path
    assert says in mistake.message


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"vary": {"y_pred": "fixed"}}, "no number in it that may change"),
        ({"vary": {"loss": {"step": "1"}}}, "no number that could move"),
        ({"follow_through": "0.5", "vary": {"follow_through": {"step": "0.1"}}}, "could move"),
        ({"vary": {"y_pred": {"min": "7"}}}, "no number left"),
        (
            {
                "loss": "cce",
                "y_true": ["1", "0"],
                "y_pred": ["0.55", "0.45"],
                "vary": {"y_pred": {"step": "0.3", "min": "0.1", "max": "0.9"}},
            },
            "y_pred cannot keep its sum on this grid",
        ),
    ],
)
def test_rules_that_leave_no_room_are_told(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Variants(lossclass.load({**MSE, **keys}), "seed")


def test_numbers_in_a_file_cannot_vary(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("1.5,2.5,2.7\n", encoding="utf-8")
    path = tmp_path / "p.yaml"
    path.write_text("loss: mse\ny_true: [1, 2, 3]\nfile: p.csv\n", encoding="utf-8")
    with pytest.raises(UsageError, match="in a file"):
        Variants(lossclass.load(path), "seed")


def test_a_problem_without_numbers_has_no_variants() -> None:
    keys = {"reference": "kitten", "hypothesis": "sitting"}
    vary = dict.fromkeys(keys, "fixed")
    with pytest.raises(UsageError, match="no number in it that may change; 'vary' can name some"):
        Variants(lossclass.load({"loss": "edit_distance", **keys, "vary": vary}), "seed")


def test_an_end_is_told_where_no_draw_is_good() -> None:
    """The only other number there can be makes the loss 0, and hides every slip."""
    problem = {
        "loss": "mse",
        "y_true": "1",
        "y_pred": "2",
        "vary": {"y_pred": {"min": "1", "max": "2"}},
    }
    with pytest.raises(LossclassError, match="none of 1000 draws for x"):
        Variants(lossclass.load(problem), "seed").of("x")


# --- answers at once ---


@pytest.mark.grid(20, name=VARIED)
def test_answers_at_once_are_those_of_the_keys(name: str) -> None:
    maker = Maker(Order(Assignment.of(bundled(name)), "seed", only_answers=True))
    (variants,), students = maker.assigned.of_tasks, numbered(3)
    picks = tuple(maker.assigned.of_class(students))
    at_once = [*csv.reader(StringIO(maker.make(Chunk(picks, frozenset(), 0)).lines))]
    for (pick,), row in zip(picks, at_once, strict=True):
        variant = variants.of(pick)
        (one,) = csv.reader(
            StringIO(line_of(variant.id, pick.student, [numbers_of(solve(variant.problem))]))
        )
        assert row[:2] == one[:2]
        assert [float(x) for x in row[2:]] == pytest.approx([float(x) for x in one[2:]], rel=1e-9)


def test_most_answers_are_worked_on_arrays() -> None:
    answers = Answers(variants_of("hello_ctc"))
    assert answers._ids is not None
    assert answers.is_quick((0, answers.variants.first("x").numbers or ()))


# --- the folder ---


def make(folder: Path, students: list[str], **more: Any) -> dict[str, bytes]:
    force, jobs = more.pop("force", False), more.pop("jobs", 1)
    order = Order(Assignment.of(bundled("hinge_sequence")), more.pop("seed", "s"), **more)
    run(order, folder, students, jobs=jobs, force=force)
    return tree(folder)


@pytest.mark.thorough
def test_one_seed_gives_the_same_bytes_in_any_number_of_processes(tmp_path: Path) -> None:
    students = [*numbered(25)]
    one = make(tmp_path / "one", students)
    assert len(one) == 4 * len(students) + 2
    assert make(tmp_path / "two", students, jobs=2) == one
    other = make(tmp_path / "other", students, seed="another")
    assert other["answers.csv"] != one["answers.csv"]


def test_more_students_change_nobody_elses_numbers(tmp_path: Path) -> None:
    few = make(tmp_path / "few", [*numbered(2)])
    more = make(tmp_path / "more", [*numbered(4)])
    assert {name: more[name] for name in few if "/" in name} == {
        name: each for name, each in few.items() if "/" in name
    }


@pytest.mark.thorough
def test_a_killed_run_is_taken_up(tmp_path: Path) -> None:
    arguments = ["variants", "hinge_sequence", "--count", "40", "--seed", "s", "--jobs", "1", "-o"]
    command = [sys.executable, "-m", "lossclass", *arguments]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert programs.run(*arguments, whole).returncode == 0
    with subprocess.Popen([*command, str(cut)]) as process:
        until = time.monotonic() + 30
        while len([*cut.glob("problems/*.yaml")]) < 5 and time.monotonic() < until:
            time.sleep(0.005)
        process.kill()
    assert not (cut / "answers.csv").exists()
    (cut / "keys" / ".0040.txt.12345678.part").write_text("half", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in cut.glob("*/*.yaml")}
    assert programs.run(*arguments, cut).returncode == 0
    assert tree(cut) == tree(whole)
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    students = [*numbered(2)]
    first = make(tmp_path, students)
    with pytest.raises(FileError, match="--force"):
        make(tmp_path, students, seed="t")
    assert tree(tmp_path) == first
    assert make(tmp_path, students) == first
    second = make(tmp_path, students, seed="t", force=True)
    assert second.keys() == first.keys()
    assert second["keys/0001.txt"] != first["keys/0001.txt"]


def test_force_writes_again_what_somebody_changed(tmp_path: Path) -> None:
    made = make(tmp_path, ["a"])
    (tmp_path / "problems" / "a.yaml").write_text("changed", encoding="utf-8")
    assert make(tmp_path, ["a"], force=True) == made


def test_worksheets_and_keys_come_in_every_format_that_is_asked_for(tmp_path: Path) -> None:
    made = make(tmp_path, ["a"], formats=("terminal", "json", "html"))
    assert {*made} == {
        "answers.csv", "variants.json", "problems/a.yaml", "sheets/a.yaml", "keys/a.txt",
        "keys/a.json", "keys/a.html", "worksheets/a.txt", "worksheets/a.html",
    }  # fmt: skip
    assert made["worksheets/a.html"].startswith(b"<!DOCTYPE html>")
    assert b"aria-label=" in made["worksheets/a.html"]
    assert b"____" in made["worksheets/a.txt"]
    assert make(tmp_path, ["a"], formats=("terminal", "json", "html")) == made


@pytest.mark.thorough
def test_force_takes_away_what_a_run_before_made_for_others(tmp_path: Path) -> None:
    make(tmp_path, ["a", "gone"], formats=("html", "terminal"))
    (tmp_path / "keys" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "problems" / "own.yaml").write_text("loss: mse\n", encoding="utf-8")
    made = make(tmp_path, ["a", "new"], force=True)
    assert {name for name in made if "/" in name} == {
        "keys/notes.txt",
        "problems/own.yaml",
        *(f"{kind}/{name}.txt" for kind in ("keys", "worksheets") for name in ("a", "new")),
        *(f"{kind}/{name}.yaml" for kind in ("problems", "sheets") for name in ("a", "new")),
    }
    alone = make(tmp_path, ["a"], force=True, only_answers=True)
    assert {*alone} == {"answers.csv", "variants.json", "keys/notes.txt", "problems/own.yaml"}


def fill_in(folder: Path, student: str) -> bytes:
    path = folder / "sheets" / f"{student}.yaml"
    text = path.read_text(encoding="utf-8").replace("  hinge.1:", "  hinge.1: 0.2", 1)
    path.write_text(text, encoding="utf-8")
    assert "0.2" in text
    return path.read_bytes()


def test_a_student_more_or_less_takes_nothing_from_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = make(tmp_path / "whole", ["a", "b", "new"])
    folder = tmp_path / "class"
    make(folder, ["a", "b"])
    filled = {"sheets/a.yaml": fill_in(folder, "a")}
    when = {path: path.stat().st_mtime_ns for path in folder.glob("*/*")}
    assert make(folder, ["a", "b", "new"]) == whole | filled
    *_, said = capsys.readouterr().out.splitlines()
    own = "students, each with numbers of their own"
    assert said == f"{folder}: 3 {own}; the files of 2 were there already"
    fewer = make(folder, ["b", "new"])
    told = capsys.readouterr()
    assert told.out == f"{folder}: 2 {own}; all files were there already\n"
    assert told.err == (
        f"{folder}: 4 files are still there of students who are not in the class any more, such as "
        f"{Path('problems', 'a.yaml')}\n"
    )
    assert all(path.stat().st_mtime_ns == then for path, then in when.items())
    assert fewer["sheets/a.yaml"] == filled["sheets/a.yaml"]
    table = [line.split(b",")[1] for line in fewer["answers.csv"].splitlines()]
    assert table == [b"student", b"b", b"new"]


def test_force_takes_no_sheet_that_is_filled_in(tmp_path: Path) -> None:
    made = make(tmp_path, ["a", "b", "gone", "left"])
    filled = {f"sheets/{name}.yaml": fill_in(tmp_path, name) for name in ("a", "gone")}
    (tmp_path / "sheets" / "b.txt").write_text("a scan", encoding="utf-8")
    (tmp_path / "keys" / "a.txt").write_text("old", encoding="utf-8")
    again = make(tmp_path, ["a", "b"], force=True)
    mine = {name for name in made if name.split("/")[-1].split(".")[0] in ("a", "b")}
    assert {name: again[name] for name in mine} == {name: (made | filled)[name] for name in mine}
    assert again.keys() - made.keys() == {"sheets/b.txt"}
    assert made.keys() - again.keys() == {
        name for name in made if re.search(r"/(left|gone)\.", name) and name not in filled
    }
    assert again["sheets/gone.yaml"] == filled["sheets/gone.yaml"]


@pytest.mark.thorough
def test_sheets_of_another_variant_are_to_be_moved_away_first(tmp_path: Path) -> None:
    make(tmp_path, ["a", "b", "c"])
    for name in ("b", "c"):
        fill_in(tmp_path, name)
    before = tree(tmp_path)
    path = tmp_path / "sheets" / "b.yaml"
    with pytest.raises(FileError, match=f"{re.escape(str(path))}: this is the first of 2 sheets"):
        make(tmp_path, ["a", "b", "c"], seed="t", force=True)
    assert tree(tmp_path) == before
    for name in ("b", "c"):
        (tmp_path / "sheets" / f"{name}.yaml").unlink()
    assert make(tmp_path, ["a", "b", "c"], seed="t", force=True).keys() == before.keys()


@pytest.mark.some(2)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("hinge.1:", "hinge.1:0.2"),
        lambda text: text + "# I tried 0.2\n",
        lambda text: text + "---\n",
        lambda text: text.replace("hinge.1:", "hinge.1: {value: 0.7}"),
    ],
)
def test_what_does_not_look_empty_is_filled_in(change: Any, tmp_path: Path) -> None:
    make(tmp_path, ["a"])
    sheet = tmp_path / "sheets" / "a.yaml"
    sheet.write_text(change(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(FileError, match="this sheet is filled in"):
        make(tmp_path, ["a"], seed="t", force=True)


@pytest.mark.grid(40, name=VARIED)
def test_a_sheet_that_was_just_made_is_empty(name: str) -> None:
    student = "-1: a 'long' name, with \"quotes\" " * 9
    order = Order(Assignment.of(bundled(name)), "a seed")
    maker = Maker(order)
    files = dict(maker._pieces(student, maker.given((Pick(student),))))
    (sheet,) = (each for path, each in files.items() if path.startswith("sheets/"))
    assert _EMPTY.fullmatch("".join(sheet).encode())
    assert _EMPTY.fullmatch("".join(sheet).replace("\n", "\r\n").encode())


def test_force_takes_nothing_from_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    other = make(tmp_path / "other", ["b"])
    for name in ("problems/b.yaml", "keys/b.txt"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        (tmp_path / "mine" / name).write_bytes(other[name])
    (tmp_path / "mine" / "variants.json").write_text("[1]", encoding="utf-8")
    made = make(tmp_path / "mine", ["a"], force=True)
    assert {"problems/b.yaml", "keys/b.txt", "problems/a.yaml"} <= {*made}


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
def test_ctrl_c_ends_a_run_with_nothing_half_written(tmp_path: Path) -> None:
    arguments = ["variants", "hinge_sequence", "--count", "400", "--seed", "s", "--jobs", "2", "-o"]
    command = [sys.executable, "-m", "lossclass", *arguments, str(tmp_path / "class")]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    ) as process:
        until = time.monotonic() + 30
        while not [*tmp_path.glob("class/problems/*.yaml")] and time.monotonic() < until:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the processes as well
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "interrupted; the same command goes on from here\n"
    assert not [*tmp_path.rglob("*.part")]
    assert not (tmp_path / "class" / "answers.csv").exists()


def test_a_bar_counts_students_and_says_how_fast_they_come() -> None:
    text, clock = StringIO(), [0.0]
    with _bar("students") as bar:
        bar.get_time = lambda: clock[0]
        bar.add_task("Making variants", total=40)
        done = Tally(bar)
        done.add(10, there=10)
        assert bar.tasks[0].speed is None
        for clock[0] in (5.0, 10.0):
            done.add(10)
        Console(file=text, width=80).print(bar.make_tasks_table(bar.tasks))
    assert re.search(r"^Making variants .* 30/40 2\.0 students/s 0:00:05$", text.getvalue().strip())


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match="something else"):
        make(tmp_path, ["a"])
    assert tree(tmp_path) == {"thesis.txt": b"mine"}


@pytest.mark.some(4)
@pytest.mark.parametrize("name", ["123_ctc", "multi_task", "rnn_gru", "ranking_structured_hinge"])
def test_the_files_of_a_student_belong_together(name: str, tmp_path: Path) -> None:
    run(Order(Assignment.of(bundled(name)), "s"), tmp_path, ["Zoë O'Hara"], force=False)
    ((problem,), (sheet,)) = ([*(tmp_path / kind).iterdir()] for kind in ("problems", "sheets"))
    from_file = lossclass.solve(problem)
    rows = [*csv.DictReader(StringIO((tmp_path / "answers.csv").read_text("utf-8")))]
    assert rows[0]["student"] == "Zoë O'Hara"
    assert float(rows[0]["loss"]) == pytest.approx(from_file.answer.value, rel=1e-9)
    for kind in ("worksheets", "keys", "sheets", "problems"):
        (path,) = (tmp_path / kind).iterdir()
        assert rows[0]["id"] in path.read_text(encoding="utf-8").replace("\n", " ")
    text = sheet.read_text(encoding="utf-8").replace("  loss:", f"  loss: {rows[0]['loss']}")
    sheet.write_text(text, encoding="utf-8")
    checked = programs.run("check", problem, sheet, "--format", "json")
    assert '"student": "Zoë O\'Hara"' in checked.stdout, checked.stderr


def test_a_label_that_looks_like_a_number_stays_one(tmp_path: Path) -> None:
    data = {**dict(bundled("123_ctc").data), "target": ["01", "1e3"], "published": {}}
    data["probabilities"] = {"01": "0.50", "1e3": "0.7", "-": "0.2"}
    data["alignments"] = [["01", "-", "1e3"], ["01", "1e3"]]
    run(Order(Assignment.of(lossclass.load(data)), "s"), tmp_path, ["a"], force=False)
    (problem,) = load_all(tmp_path / "problems" / "a.yaml", losses)
    assert problem.data["target"] == ["01", "1e3"]
    assert [Decimal(x).as_tuple().exponent for x in problem.data["probabilities"].values()] == [
        -2,
        -1,
        -1,
    ]


# --- students whose names are no names of files ---


def test_hostile_students_stay_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    students = ["../../x", "<script>alert(1)</script>", "a\u0301 b", "[bold]b[/bold]"]
    make(folder, students, formats=("json",))
    assert [*tmp_path.iterdir()] == [folder]
    rows = [*csv.DictReader(StringIO((folder / "answers.csv").read_text("utf-8")))]
    assert [row["student"] for row in rows] == students

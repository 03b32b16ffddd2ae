"""No two students of a class have the same numbers, and what that takes is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import isinf
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import run, tree

import lossclass
from lossclass.errors import UsageError
from lossclass.marking.check import confusable, lint
from lossclass.problem.placeholders import without_names
from lossclass.problem.vary import decimals
from lossclass.rosters.roster import numbered
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of, solve
from lossclass.variants import variant as variant_module
from lossclass.variants.space import Space, spaces_of
from lossclass.variants.taken import _rules
from lossclass.variants.variant import Variant, Variants
from problems import VARIED, bundled, leaves

COUNT = 40
#: Of which a quick run makes all sheets.
QUICK = ("sentiment_example", "categorical_from_logits")
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+\.\d+")
NEAR = {"loss": "hinge", "y_true": ["1", "1", "-1"], "y_pred": ["0.5", "2.1", "0.3"]}


@cache
def variants_of(name: str) -> Variants:
    return Variants(bundled(name), "a seed")


def numbers(data: Mapping[str, Any]) -> dict[tuple[Any, ...], Decimal]:
    """All numbers of a problem, by where they stand."""
    texts = ("title", "statement", "source", "published", "vary", "target", "alignments")
    asked = {key: each for key, each in data.items() if key not in texts}
    found = {}
    for path, text in leaves(asked):
        if re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?", text):
            found[path] = Decimal(text)
    return found


def untold(problem: lossclass.Problem, solution: Solution) -> set[tuple[str, ...]]:
    diagnosis = diagnosis_of(problem, solution)
    found = {(each.step.id, each.slip.code) for each in lint(solution, diagnosis)}
    return found | {*confusable(solution, diagnosis)}


# --- every bundled problem ---


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.thorough) for name in VARIED],
)
def test_forty_students_have_forty_sheets(name: str) -> None:
    variants = variants_of(name)
    made = [variants.of(pick) for pick in variants.of_class(numbered(COUNT))]
    different = {
        frozenset([*numbers(each.data).items(), str(each.data.get("reference"))]) for each in made
    }
    print(f"{name}: {len(different)} different sheets for {COUNT} students")
    assert len(different) == len({each.id for each in made}) == COUNT
    original = numbers(bundled(name).data)
    for each in made:
        are_like(original, numbers(each.data))
        the_text_is_true(bundled(name), each)
    known = untold(bundled(name), variants.original)
    for each in made[::13]:
        solution = solve(each.problem)
        assert solution.cross_check.agrees
        assert isinf(solution.answer.value) == isinf(variants.original.answer.value)
        assert untold(each.problem, solution) <= known


def are_like(original: Mapping[Any, Decimal], others: Mapping[Any, Decimal]) -> None:
    """The same signs, no number that is worse to calculate with, and a distribution that is one."""
    assert others.keys() == original.keys()
    for path, number in others.items():
        before = original[path]
        assert (number > 0, number < 0) == (before > 0, before < 0), path
        assert decimals(number.normalize()) <= max(decimals(before), 3)
    # a row of weights may come to 1 by chance
    rows = {path[:-1] for path in original if isinstance(path[-1], int) and path[0] != "rnn"}
    for row in rows:
        mine = [number for path, number in original.items() if path[:-1] == row]
        if len(mine) > 1 and sum(mine) == 1 and all(0 <= number <= 1 for number in mine):
            assert sum(number for path, number in others.items() if path[:-1] == row) == 1


def the_text_is_true(problem: lossclass.Problem, variant: Variant) -> None:
    """Each decimal in it is one of the variant's numbers, or none of those that changed."""
    mine, before = numbers(variant.data), numbers(problem.data)
    moved = {number for path, number in before.items() if mine[path] != number}
    for key in ("title", "statement"):
        literal = without_names(str(problem.data.get(key) or ""))
        told = {Decimal(text.replace("−", "-")) for text in NUMBER.findall(literal)}
        assert not told & (moved - {*mine.values()}), key
        text = str(getattr(variant.problem.inputs, key) or "")
        shown = {Decimal(each.replace("−", "-")) for each in NUMBER.findall(text)}
        assert shown <= {*mine.values()} | told


@pytest.mark.grid(24, name=VARIED)
def test_what_is_explained_gives_the_same_numbers_when_it_is_pasted(name: str) -> None:
    variants = variants_of(name)
    for space in variants.spaces:
        pasted = lossclass.load({**variants.problem.data, "vary": _rules(variants, space)})
        assert places(spaces_of(pasted)[0]) == places(space)


def places(space: Space) -> dict[Any, set[Decimal]]:
    """What may stand where; rows keep their sums."""
    found: dict[Any, Any] = {}
    for row in space.rows:
        for place in row.places:
            allowed = {Decimal(n).scaleb(row.exponent) for n in place.allowed}
            found[place.path] = (allowed, row.keeps_sum)
    return found


# --- who has which ---


def test_an_id_tells_its_numbers_whoever_is_in_the_class() -> None:
    variants = variants_of("sentiment_example")
    picks = [*variants.of_class(numbered(12))]
    assert {pick.width for pick in picks} > {0}
    assert max(pick.turn for pick in picks) > 0
    for pick in picks:
        assert variants.with_id(pick.student, variants.id_of(pick)) == pick
        assert variants.with_id("somebody", variants.id_of(pick)) is None
        assert variants.of(pick).id == variants.id_of(pick)


def test_who_comes_later_changes_nothing_for_those_before() -> None:
    variants = variants_of("sentiment_example")
    for few, more in pairwise([*variants.of_class(numbered(n))] for n in (3, 9, 20)):
        assert more[: len(few)] == few
    assert next(variants.of_class(["0001"])) == variants.first("0001")


def made(folder: Path, students: Sequence[str]) -> dict[str, bytes]:
    roster = folder.with_suffix(".csv")
    roster.write_text("\n".join(["student", *students, ""]), encoding="utf-8")
    arguments = ("--roster", roster, "--seed", "s", "--jobs", "1", "-o", folder)
    ended = run("variants", "sentiment_example", *arguments)
    assert ended.returncode == 0, ended.stderr
    return tree(folder)


@pytest.mark.thorough
def test_who_leaves_takes_nothing_from_the_others_and_sheets_are_marked(tmp_path: Path) -> None:
    folder, students = tmp_path / "class", [f"s{n}" for n in range(12)]
    before = made(folder, students)
    assert made(folder, students) == before
    others = [*students[5:], "new", *students[1:3]]
    after = made(folder, others)
    kept = [name for name in before if Path(name).stem in others]
    assert len(kept) == 4 * 9
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    problems = [yaml.safe_load(after[f"problems/{name}.yaml"]) for name in others]
    assert len({tuple(each["y_pred"]) for each in problems}) == len(others)
    # a sheet says which variant it is of, and is marked by that
    for row in after["answers.csv"].decode().splitlines()[1:]:
        _, student, *values = row.split(",")
        path = folder / "sheets" / f"{student}.yaml"
        path.write_text(
            re.sub(r"(?m)^  loss:.*$", f"  loss: {values[-1]}", path.read_text("utf-8")), "utf-8"
        )
    for who in (others, [*reversed(others)]):
        roster = tmp_path / "roster.csv"
        roster.write_text("\n".join(["student", *who]), encoding="utf-8")
        sheets = [folder / "sheets" / f"{name}.yaml" for name in others]
        arguments = ("--only", "loss", "--seed", "s", "--roster", roster)
        checked = run("check", "sentiment_example", *sheets, *arguments)
        assert f"{len(others)} sheets, {len(others)} with everything right" in checked.stdout


def test_a_sheet_without_an_id_is_marked_by_who_is_in_the_class() -> None:
    variants = Variants(bundled("sentiment_example"), "s")
    picks = [*variants.of_class(numbered(12))]
    (later,) = [pick for pick in picks if pick.width][-1:]
    assert later != variants.first(later.student)
    answer = solve(variants.of(later).problem).answer.value
    arguments = ("--seed", "s", "--count", "12", "--student", later.student)
    checked = run("check", "sentiment_example", *arguments, "--answer", f"{answer:.6g}")
    assert checked.returncode == 0, checked.stdout
    assert variants.id_of(later) in checked.stdout
    # with another class they may be others, and nobody could see it
    assert checked.stderr.startswith(
        "--answer: no variant is named here, and some numbers depend on"
    )
    first = run("check", "sentiment_example", *arguments[:-1], "0001", "--answer", "0.1")
    assert first.returncode == 1
    assert not first.stderr


def test_questions_for_a_platform_are_different_too() -> None:
    arguments = ("--to", "gift", "--count", "12", "--seed", "s")
    exported = run("export", "sentiment_example", *arguments)
    assert "5 of 12 have numbers beyond what moves by default" in exported.stderr
    text = exported.stdout
    answers = re.findall(r"(?m)^\s*=%100%([-\d.]+):", text) or re.findall(r"#\s*=?([-\d.]+):", text)
    assert len(answers) == len({*answers}) == 12


# --- what is said ---


@pytest.mark.thorough
def test_the_vary_that_was_taken_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    arguments = ("variants", "sentiment_example", "--count", "12", "--seed", "s")
    said = run(*arguments, "--jobs", "1", "-o", folder).stdout
    file = bundled("sentiment_example").in_file("").removesuffix(": ")
    assert said.splitlines() == [
        f"{folder}: 12 students, each with numbers of their own",
        f"{file}: 5 of 12 have numbers beyond what moves by default, which is",
        "too little; all are within this, which 'lossclass variants --explain' prints:",
        "vary:",
        "  y_pred: {min: 0.05, max: 0.95, step: 0.05}",
    ]
    explained = run(*arguments, "--explain")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.endswith(said[said.index("vary:\n") :])
    assert explained.stdout.startswith("# 5 of 12 students have numbers beyond what moves")
    usual = run("variants", "hello_ctc", "--explain", "--count", "3").stdout
    assert usual.startswith(
        "# 3 students have numbers of their own; by default they move so:\nvary:"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--explain", "-o", "class"], "--explain makes no files"),
        (["--explain", "--only-answers"], "--explain makes no files"),
        (["--explain", "--count", "5000"], "expected up to 1,000 students, got 5,000"),
        (["--count", "3", "--seed", "s"], "give --output, a folder, and --seed"),
        (["--count", "3", "-o", "class"], "give --output, a folder, and --seed"),
    ],
)
def test_bad_use_is_told(arguments: list[str], says: str, tmp_path: Path) -> None:
    ended = run("variants", "hello_ctc", *arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert says in " ".join(ended.stderr.replace("│", " ").split())
    assert not [*tmp_path.iterdir()]


def test_a_vary_that_is_too_narrow_is_named(tmp_path: Path) -> None:
    problem = tmp_path / "narrow.yaml"
    problem.write_text(
        "loss: bce\ny_true: 1\ny_pred: 0.8\nvary: {y_pred: {min: 0.6, max: 0.9, step: 0.1}}\n",
        encoding="utf-8",
    )
    arguments = ("variants", problem, "--seed", "s")
    ended = run(*arguments, "--count", "8", "-o", tmp_path / "class")
    assert ended.returncode == 2
    assert re.fullmatch(
        rf"{re.escape(str(problem))}: only [23] students of this class can have numbers of their own "
        "that still tell every slip from the right answer; let more numbers move, or farther, with "
        "'vary'; what holds them is vary.y_pred\n",
        ended.stderr,
    )
    assert not (tmp_path / "class").exists()
    assert run(*arguments, "--count", "2", "-o", tmp_path / "class").returncode == 0


def test_a_class_that_is_too_large_is_not_kept_from_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("variant", "run", "taken"):
        monkeypatch.setattr(f"lossclass.variants.{module}.MOST_DISTINCT", 20)
    arguments = ("--count", "30", "--seed", "s", "--only-answers", "-o", tmp_path / "class")
    ended = run("variants", "sentiment_example", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"{tmp_path / 'class'}: 30 students\n"
        "some may have the same numbers: classes of up to 20 are kept from that\n"
    )
    rows = (tmp_path / "class" / "answers.csv").read_text("utf-8").splitlines()[1:]
    variants = Variants(bundled("sentiment_example"), "s")
    assert [row.split(",")[0] for row in rows] == [
        variants.id_of(variants.first(student)) for student in numbered(30)
    ]


# --- where a number may not stand ---


def test_no_number_comes_to_stand_at_a_kink() -> None:
    """At y · ŷ = 1 the hinge has no slope."""
    rule = {"y_pred.1": {"min": "0.5", "max": "1.5", "step": "0.5"}, "y_pred.2": "fixed"}
    variants = Variants(lossclass.load({**NEAR, "vary": rule}), "s")
    drawn = [variants.of(student).data["y_pred"][0] for student in numbered(30)]
    assert {Decimal(each) for each in drawn} <= {Decimal("0.5"), Decimal("1.5")}
    at = {**NEAR, "y_pred": ["1", "2.1", "0.3"], "vary": rule}
    variants = Variants(lossclass.load(at), "s")
    drawn = [variants.of(student).data["y_pred"][0] for student in numbered(30)]
    assert Decimal(1) in {Decimal(each) for each in drawn}


def test_where_nearly_every_draw_is_worked_in_another_way_numbers_stay_near() -> None:
    """With small errors and large ones, Huber's loss has two ways."""
    variants = variants_of("huber_outlier")
    assert variants.space == spaces_of(variants.problem, near=True)[0]
    assert variants_of("hello_ctc").space == spaces_of(bundled("hello_ctc"))[0]


def test_no_draw_that_is_good_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variant_module, "MOST_DRAWN", 30)
    variants = Variants(bundled("deep_ctc"), "s")
    monkeypatch.setattr(Variants, "is_worked_alike", lambda *_: None)
    with pytest.raises(UsageError, match="none of 30 draws for x has other numbers"):
        variants.first("x")


def test_two_sheets_have_the_same_answers_only_where_there_are_no_more_of_them(
    tmp_path: Path,
) -> None:
    """Other numbers come to the same answers where they trade places in a product."""
    given = ("--seed", "s", "--only-answers", "-o")
    made = run("variants", "hello_ctc", "--count", 60, *given, tmp_path / "c")
    answers = answers_in(tmp_path / "c")
    assert len(set(answers)) == len(answers)
    assert "different sets" not in made.stdout
    many = run("variants", "hello_ctc", "--count", 150, *given, tmp_path / "d")
    different = len(set(answers_in(tmp_path / "d")))
    assert different > 100
    said = f"hello_ctc: the 150 have {different} different sets of answers;"
    assert said in many.stdout.splitlines()


def answers_in(folder: Path) -> list[str]:
    _, *lines = (folder / "answers.csv").read_text().splitlines()
    return [line.split(",", 2)[2] for line in lines]

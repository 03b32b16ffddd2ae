"""Forced alignment, against all alignments one by one."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby, pairwise
from math import isclose
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from test_ctc import paths, problems

import lossclass
from lossclass.errors import UsageError
from lossclass.marking.marker import Marker
from lossclass.marking.marks import Mark
from lossclass.problem.keys import Published
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of


def positions_of(path: tuple[int, ...], blank: int) -> list[int]:
    """Where an alignment is in the target with blanks around its labels, from 1."""
    found, labels = [], 0
    before = blank
    for symbol in path:
        if symbol not in (blank, before):
            labels += 1
        found.append(2 * labels + 1 if symbol == blank else 2 * labels)
        before = symbol
    return found


def aligned(solution: Solution, times: int) -> list[int]:
    return [int(solution.values[f"best.{t}"]) for t in range(1, times + 1)]


@given(problems())
def test_it_is_the_most_probable_of_all_alignments(
    problem: tuple[list[list[float]], list[int], int],
) -> None:
    rows, target, blank = problem
    tenths = [[round(10 * each) / 10 for each in row] for row in rows]
    keys = {"loss": "ctc", "probabilities": tenths, "target": target, "blank": blank}
    solution = lossclass.solve(keys, align=True)
    every = paths(tenths, target, blank)
    largest = max(every.values(), default=0)
    if not largest:
        assert "best_score" not in solution.values
        return
    assert isclose(float(solution.values["best_score"]), largest, rel_tol=1e-12)
    best = [
        positions_of(path, blank)
        for path, size in every.items()
        if isclose(size, largest, rel_tol=1e-12)
    ]
    found = aligned(solution, len(rows))
    assert found in best
    spans = [
        (s, [t for t, _ in times])
        for s, times in groupby(enumerate(found), key=lambda each: each[1])
        if s % 2 == 0
    ]
    assert len(spans) == len(target)
    for n, (s, times) in enumerate(spans, start=1):
        mean = np.mean([tenths[t][target[s // 2 - 1]] for t in times])
        assert float(solution.values[f"span.{n}"]) == pytest.approx(mean)


def test_the_spans_are_tabulated() -> None:
    keys = {
        "loss": "ctc", "target": "ab", "blank": "_", "labels": ["_", "a", "b"],
        "probabilities": [[0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.7, 0.1, 0.2], [0.2, 0.1, 0.7]],
    }  # fmt: skip
    solution = lossclass.solve(keys, align=True)
    (table,) = (each for each in solution.tables if each.id == "spans")
    assert [row[:4] for row in table.rows] == [("1", "a", "1", "2"), ("2", "b", "4", "4")]
    assert float(solution.values["span.1"]) == pytest.approx((0.8 + 0.6) / 2)
    assert float(solution.values["best_score"]) == pytest.approx(0.8 * 0.6 * 0.7 * 0.7)


def test_over_a_list_there_is_none() -> None:
    with pytest.raises(UsageError, match="align: there is no forced alignment"):
        lossclass.solve("hello_ctc", align=True)


# --- mistakes ---------------------------------------------------------------------------------

Table = list[list[float]]


def goes_on(extended: str, s: int, mistake: str) -> list[int]:
    """Whence a walk comes to a position, from 0: it stays, steps, skips."""
    skips = {
        "skip-forgotten": False,
        "skip-between-equal-labels": extended[s] != "-",
        "wrong-predecessor": True,
    }.get(mistake, extended[s] != "-" and extended[s] != extended[s - 2])
    return [s, *([s - 1] if s else []), *([s - 2] if s > 1 and skips else [])]


def largest(numbers: list[float]) -> int:
    return numbers.index(max(numbers))


def forced(rows: Table, extended: str, mistake: str) -> tuple[float, list[int]]:
    """The score, and the positions from 1, with a mistake in the table or on the way back."""
    positions, alphabet = range(len(extended)), "-ab"
    y = [[row[alphabet.index(extended[s])] for s in positions] for row in rows]
    delta, back = [[y[0][s] if s < 2 else 0.0 for s in positions]], []
    for row in y[1:]:
        ways = [goes_on(extended, s, mistake) for s in positions]
        carried = [[delta[-1][source] for source in each] for each in ways]
        meet = sum if mistake == "sum-for-max" else max
        back.append([each[largest(c)] for each, c in zip(ways, carried, strict=True)])
        delta.append([float(meet(c)) * row[s] for s, c in zip(positions, carried, strict=True)])
    ends = [delta[-1][-1], delta[-1][-2]]
    path = [len(extended) - 1 - largest(ends)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    path.reverse()
    if mistake in ("no-backtrace", "argmax-of-each-step"):
        path = [largest(row) for row in (delta if mistake == "no-backtrace" else y)]
    return float(sum(ends) if mistake == "sum-for-max" else max(ends)), [s + 1 for s in path]


RULES = ("sum-for-max", "skip-forgotten", "skip-between-equal-labels", "wrong-predecessor")
WAYS_BACK = ("no-backtrace", "argmax-of-each-step")


def random_problem(random: Random) -> tuple[dict[str, Any], str]:
    target = random.choice(["ab", "aa", "aba", "baa", "abba"])
    times = len(target) + sum(a == b for a, b in pairwise(target)) + random.randint(1, 3)
    rows = []
    for _ in range(times):
        blank = random.randint(2, 14) / 20
        a = round(random.randint(1, 19) / 20 * (1 - blank), 2)
        rows.append([blank, a, round(1 - blank - a, 2)])
    keys = {"loss": "ctc", "labels": "-ab", "blank": "-", "target": target, "probabilities": rows}
    return keys, "-" + "".join(f"{label}-" for label in target)


def marked(solution: Solution, keys: dict[str, Any], answers: dict[str, float]) -> list[Mark]:
    given = {
        id: Published.model_construct(value=Decimal(repr(each))) for id, each in answers.items()
    }
    return [*Marker(solution, given, diagnosis_of(lossclass.load(keys), solution)).marks()]


@pytest.mark.parametrize("count", [4, pytest.param(100, marks=pytest.mark.thorough)])
def test_mistakes_are_named_first(count: int) -> None:
    """What leads to the right numbers, or to those of another mistake, is no mistake of its own."""
    random, tried, missed = Random(count), 0, []  # noqa: S311 - to be had again
    for _ in range(count):
        keys, extended = random_problem(random)
        rows: Table = keys["probabilities"]
        solution = lossclass.solve(keys, align=True)
        score, path = forced(rows, extended, "")
        assert float(solution.values["best_score"]) == pytest.approx(score)
        sheets: list[tuple[str, dict[str, float]]] = []
        scores = {code: forced(rows, extended, code)[0] for code in RULES}
        for code, wrong in scores.items():
            alike = [
                each for each in (score, *scores.values()) if isclose(each, wrong, rel_tol=0.01)
            ]
            if alike == [wrong]:
                sheets.append((code, {"best_score": wrong}))
        ways = {code: forced(rows, extended, code)[1] for code in WAYS_BACK}
        for code, wrong_path in ways.items():
            if wrong_path != path and len({tuple(each) for each in ways.values()}) == len(ways):
                sheets.append((code, {f"best.{t}": s for t, s in enumerate(wrong_path, start=1)}))
        for code, answers in sheets:
            named = [
                mark.slips[0].code
                for mark in marked(solution, keys, answers)
                if mark.verdict == "wrong" and mark.slips
            ]
            tried += 1
            if not named or named[0] != code:
                missed.append((code, named, keys, answers))
    assert tried > 2 * count
    assert len(missed) <= 0.03 * tried, missed


def test_a_wrong_pointer_is_followed_through() -> None:
    keys: dict[str, Any] = {
        "loss": "ctc", "target": "ab", "blank": "_", "labels": ["_", "a", "b"],
        "probabilities": [[0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.7, 0.1, 0.2], [0.2, 0.1, 0.7]],
    }  # fmt: skip
    solution = lossclass.solve(keys, align=True)
    assert aligned(solution, 4) == [2, 2, 3, 4]
    marks = marked(solution, keys, {"psi.4.4": 1, "best.4": 4, "best.3": 4, "best.2": 2})
    assert {each.id: each.verdict for each in marks} == {
        "psi.4.4": "wrong",
        "best.4": "right",
        "best.3": "follows_through",
        "best.2": "right",  # both come from the first label
    }


def test_against_torchaudio() -> None:
    torch, functional = pytest.importorskip("torch"), pytest.importorskip("torchaudio.functional")
    random = np.random.default_rng(7)
    for _ in range(20):
        columns, labels = random.integers(2, 5), random.integers(1, 4)
        target = random.integers(1, columns, labels)
        times = int(labels + sum(a == b for a, b in pairwise(target)) + random.integers(0, 3))
        rows = random.dirichlet([1] * columns, times).round(4) + 1e-4
        rows /= rows.sum(axis=1, keepdims=True)
        path, scores = functional.forced_align(
            torch.tensor(np.log(rows)[None]), torch.tensor(target[None], dtype=torch.int32), blank=0
        )
        spans = functional.merge_tokens(path[0], scores[0].exp())
        keys = {
            "loss": "ctc",
            "probabilities": rows.tolist(),
            "target": target.tolist(),
            "blank": 0,
        }
        solution = lossclass.solve(keys, align=True)
        assert np.log(float(solution.values["best_score"])) == pytest.approx(
            float(scores.sum()), rel=1e-9
        )
        for n, span in enumerate(spans, start=1):
            assert float(solution.values[f"span.{n}"]) == pytest.approx(span.score, rel=1e-9)


def test_it_says_where_the_way_ends_and_what_has_no_way() -> None:
    text = " ".join(str(lossclass.solve("ab_ctc", align=True)).split())
    assert "Where no way leads, δ is 0." in text
    assert "last position, 5, and 2 for the one before it, 4: the position is 6 − argmax." in text

"""Forced alignment, against all alignments one by one."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from test_ctc import paths, problems

import lossclass
from lossclass.errors import UsageError
from lossclass.solution import Solution


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

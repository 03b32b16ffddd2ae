"""The hidden Markov model, against all state paths one by one."""

from __future__ import annotations

import math
import re
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.blocks import Paragraph, Table
from lossclass.errors import LossclassError


def all_paths(problem: dict[str, Any]) -> dict[tuple[int, ...], float]:
    """P(x, z) of every path, from the definition."""
    observed = [int(each) for each in problem["observations"]]
    pi, a, b = (problem[key] for key in ("initial", "transition", "emission"))
    return {
        z: pi[z[0]]
        * math.prod(a[i][j] for i, j in pairwise(z))
        * math.prod(b[k][m] for k, m in zip(z, observed, strict=True))
        for z in product(range(len(pi)), repeat=len(observed))
    }


def distribution(size: int) -> st.SearchStrategy[list[float]]:
    """Twentieths that sum to 1; 0 among them."""
    return st.lists(st.integers(0, 20), min_size=size - 1, max_size=size - 1).map(
        lambda cuts: [(high - low) / 20 for low, high in pairwise([0, *sorted(cuts), 20])]
    )


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    states, symbols, times = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
    )
    return {
        "loss": "hmm",
        "initial": draw(distribution(states)),
        "transition": [draw(distribution(states)) for _ in range(states)],
        "emission": [draw(distribution(symbols)) for _ in range(states)],
        "observations": draw(st.lists(st.integers(0, symbols - 1), min_size=times, max_size=times)),
    }


@given(problems())
def test_the_loss_and_the_best_path_are_those_over_all_paths(problem: dict[str, Any]) -> None:
    every = all_paths(problem)
    solution = lossclass.solve(problem)
    total = math.fsum(every.values())
    assert solution.cross_check.agrees
    assert float(solution.values["probability"]) == pytest.approx(total, rel=1e-12, abs=1e-300)
    if not total:
        assert solution.answer.value == math.inf
        assert {each.code for each in solution.remarks} == {"loss-is-infinite"}
        return
    assert solution.answer.value == pytest.approx(-math.log(total), abs=1e-12)
    times = range(1, len(problem["observations"]) + 1)
    path = tuple(int(solution.values[f"best.{t}"]) - 1 for t in times)
    best = max(every.values())
    assert every[path] == pytest.approx(best)
    assert float(solution.values["best_score"]) == pytest.approx(best)
    ties = sum(math.isclose(each, best, rel_tol=1e-12) for each in every.values())
    assert ("best-path-tie" in {each.code for each in solution.remarks}) == (ties > 1)


@given(problems())
def test_the_probabilities_of_states_are_those_over_all_paths(problem: dict[str, Any]) -> None:
    every = all_paths(problem)
    total = math.fsum(every.values())
    if not total:
        return
    solution = lossclass.solve(problem, baum_welch=True)
    states, symbols = len(problem["initial"]), len(problem["emission"][0])
    observed = problem["observations"]
    times = len(observed)
    there, moved = np.zeros((times, states)), np.zeros((states, states))
    for z, size in every.items():
        there[range(times), z] += size / total
        for pair in pairwise(z):
            moved[pair] += size / total
    for t, k in product(range(times), range(states)):
        found = float(solution.values[f"occupancy.{t + 1}.{k + 1}"])
        assert found == pytest.approx(there[t, k], abs=1e-12)
    for i, j in product(range(states), repeat=2):
        if times > 1:
            left = there[:-1, i].sum()
            expected = moved[i, j] / left if left else problem["transition"][i][j]
            new = float(solution.values[f"updated.transition.{i + 1}.{j + 1}"])
            assert new == pytest.approx(expected, abs=1e-9)
    for k, m in product(range(states), range(symbols)):
        with_m = [t for t in range(times) if observed[t] == m]
        visits = there[:, k].sum()
        expected = there[with_m, k].sum() / visits if visits else problem["emission"][k][m]
        new = float(solution.values[f"updated.emission.{k + 1}.{m + 1}"])
        assert new == pytest.approx(expected, abs=1e-9)


@given(problems())
def test_the_gradient_is_what_differences_show(problem: dict[str, Any]) -> None:
    """p(x) is linear in each π, and a polynomial in each a and b: differences of it, in exact steps."""
    total = math.fsum(all_paths(problem).values())
    if total < 1e-4:
        return
    solution = lossclass.solve(problem, gradient=True)
    assert "gradient-disagrees" not in {each.code for each in solution.remarks}
    step = 1e-6
    for key, place in (("initial", (0,)), ("transition", (0, -1)), ("emission", (-1, 0))):
        ahead, behind = (np.array(problem[key], float) for _ in range(2))
        ahead[place] += step
        behind[place] -= step
        sizes = [
            math.fsum(all_paths({**problem, key: each.tolist()}).values())
            for each in (ahead, behind)
        ]
        slope = -(sizes[0] - sizes[1]) / (2 * step) / total
        assert np.array(solution.gradient[key])[place] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_probabilities_far_below_what_doubles_hold() -> None:
    """Sixty steps of 1e-10 come to 1e-600."""
    problem = {
        "loss": "hmm",
        "initial": [0.5, 0.5],
        "transition": [[0.5, 0.5], [0.5, 0.5]],
        "emission": [[1e-10, 1], [1e-10, 1]],
        "observations": [0] * 60,
    }
    solution = lossclass.solve(problem, backward=True)
    assert solution.answer.value == pytest.approx(60 * 10 * math.log(10), rel=1e-12)
    assert solution.cross_check.agrees
    assert float(solution.values["occupancy.30.1"]) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore")
def test_against_hmmlearn() -> None:
    hmm = pytest.importorskip("hmmlearn.hmm")
    random = np.random.default_rng(7)
    for _ in range(20):
        states, symbols, times = random.integers(2, 4), random.integers(2, 4), random.integers(2, 6)
        model = hmm.CategoricalHMM(states, init_params="", n_iter=1, params="ste")
        model.startprob_ = random.dirichlet([2] * states).round(6)
        model.transmat_ = random.dirichlet([2] * states, states).round(6)
        model.emissionprob_ = random.dirichlet([2] * symbols, states).round(6)
        for each in (model.startprob_, *model.transmat_, *model.emissionprob_):
            each[-1] += 1 - each.sum()
        model.n_features = symbols
        observed = random.integers(0, symbols, times)
        problem = {
            "loss": "hmm",
            "initial": model.startprob_.tolist(),
            "transition": model.transmat_.tolist(),
            "emission": model.emissionprob_.tolist(),
            "observations": observed.tolist(),
        }
        solution = lossclass.solve(problem, baum_welch=True)
        column = observed[:, None]
        assert solution.answer.value == pytest.approx(-model.score(column), rel=1e-9)
        size, path = model.decode(column)
        assert math.log(solution.values["best_score"]) == pytest.approx(size, rel=1e-9)
        every = all_paths(problem)  # of equal ones, theirs may be another
        best = tuple(int(solution.values[f"best.{t}"]) - 1 for t in range(1, times + 1))
        assert every[best] == pytest.approx(every[tuple(path.tolist())], rel=1e-12)
        there = model.predict_proba(column)
        for t, k in product(range(times), range(states)):
            found = float(solution.values[f"occupancy.{t + 1}.{k + 1}"])
            assert found == pytest.approx(there[t, k], abs=1e-9)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"states": "RSX"}, "states: expected 2 states, one for each number in initial, got 3"),
        ({"states": "RR"}, "states.2: the state 'R' stands here twice"),
        ({"symbols": "ab"}, "symbols: expected 3 symbols, one for each column of emission, got 2"),
        ({"transition": [[0.5, 0.5]]}, "transition: expected 2 × 2 numbers, from and to each state, got 1 × 2"),
        ({"emission": [[0.5, 0.3, 0.2]]}, "emission: expected 2 rows, one for each state, got 1"),
        ({"observations": []}, "observations: expected at least one observation, got none"),
        ({"observations": ["walk", "swim"]}, "observations.2: 'swim' is no symbol; there are walk, shop, clean"),
        ({"initial": [0.5, 1.5]}, "initial.2: expected a number between 0 and 1"),
        ({"observations": ["walk"] * 1_600}, "observations: T = 1600 by K = 2 makes 3200 cells"),
    ],
)  # fmt: skip
def test_what_does_not_fit(keys: dict[str, Any], message: str) -> None:
    problem = {**lossclass.load("weather_hmm").data, **keys}
    with pytest.raises(LossclassError, match=re.escape(message)):
        lossclass.load(problem)


def test_probabilities_that_do_not_sum_to_1_are_remarked_on() -> None:
    problem = {**lossclass.load("weather_hmm").data, "initial": [0.5, 0.4]}
    (remark,) = lossclass.solve(problem).remarks
    assert remark.code == "probabilities-do-not-sum-to-one"
    assert remark.text.startswith("The probabilities to begin sum to 0.9, not to 1.")


def test_the_base_and_a_weight_go_into_loss_and_gradient() -> None:
    problem = lossclass.load("weather_hmm").data
    alone = lossclass.solve(problem, gradient=True)
    other = lossclass.solve({**problem, "weights": [3], "log_base": "2"}, gradient=True)
    factor = 3 / math.log(2)
    assert other.answer.value == pytest.approx(factor * alone.answer.value)
    np.testing.assert_allclose(
        other.gradient["emission"], factor * np.array(alone.gradient["emission"])
    )
    assert "gradient-disagrees" not in {each.code for each in other.remarks}


@pytest.mark.parametrize(("base", "log"), [("e", "ln"), (10, "log₁₀")])
def test_the_loss_falls_in_a_step_of_baum_welch(base: object, log: str) -> None:
    problem = {**lossclass.load("weather_hmm").data, "log_base": base}
    solution = lossclass.solve(problem, baum_welch=True)

    def new(key: str, rows: int, columns: int) -> list[list[float]]:
        return [[float(solution.values[f"updated.{key}.{i}.{j}"]) for j in range(1, columns + 1)] for i in range(1, rows + 1)]  # fmt: skip

    changed = {
        "initial": [float(solution.values[f"updated.initial.{k}"]) for k in (1, 2)],
        "transition": new("transition", 2, 2),
        "emission": new("emission", 2, 3),
    }
    after = lossclass.solve({**problem, **changed})
    assert after.answer.value < solution.answer.value
    blocks = [block for section in solution.sections for block in section.blocks]
    said = [b.text for b in blocks if isinstance(b, Paragraph) and "It never rises" in b.text]
    (text,) = said
    before = f"With the new numbers −{log} p(x) is {after.answer.value:.4g}; it was {solution.answer.value:.4g}."
    assert text.startswith(f"{before} It never rises: of all numbers, the new ones make")


def test_after_numbers_that_sum_to_more_than_1_the_loss_may_rise() -> None:
    """p(x) is 4 by all paths, since no number changes anything; new ones of ½ make 1 / 8 of it, and 2 × ½."""
    ones = [[1, 1], [1, 1]]
    problem = {"loss": "hmm", "initial": [1, 1], "transition": ones, "emission": ones, "observations": [0, 1]}  # fmt: skip
    solution = lossclass.solve(problem, baum_welch=True)
    assert solution.answer.value == pytest.approx(-math.log(4))
    texts = [b.text for s in solution.sections for b in s.blocks if isinstance(b, Paragraph)]
    (said,) = [text for text in texts if text.startswith("With the new numbers")]
    assert said == (
        f"With the new numbers −ln p(x) is {-math.log(1 / 4):.4g}; it was −1.386. It may rise here: some of "
        "the old numbers that belong together sum to more than 1."
    )


def test_a_zero_on_the_way_back_through_a_long_step_is_a_slope() -> None:
    """Only the path 3, 3, 3 is probable; b of each state by itself changes p(x) where the path has it."""
    to_last = [[0, 0, 1]] * 3
    problem = {"loss": "hmm", "initial": [0, 0, 1], "transition": to_last, "emission": [[1]] * 3, "observations": [0, 0, 0]}  # fmt: skip
    solution = lossclass.solve(problem, gradient=True)
    assert np.array(solution.gradient["emission"]).ravel() == pytest.approx([0, 0, -3])
    assert "gradient-disagrees" not in {each.code for each in solution.remarks}


def test_a_transition_that_is_1_stands_beside_its_alpha() -> None:
    problem = {"loss": "hmm", "initial": [0.6, 0.5], "transition": [[1, 0.2], [0, 1]]}
    problem |= {"emission": [[1, 0], [0.5, 0.4]], "observations": [0, 1]}
    text = str(lossclass.solve(problem))
    assert "α₂(0) = α₁(0) · a(0, 0) · b(0, 1)" in text
    assert "α₂(1) = (α₁(0) · a(0, 1) + α₁(1) · a(1, 1)) · b(1, 1)" in text


def test_every_table_says_what_it_is_of() -> None:
    letters = {"alpha": "α", "beta": "β", "delta": "δ", "psi": "ψ", "occupancy": "γ"}
    for solution in (
        lossclass.solve("weather_hmm", baum_welch=True),
        lossclass.solve("tagging_crf", gradient=True, viterbi=True),
    ):
        found = set()
        for section in solution.sections:
            for before, block in pairwise([None, *section.blocks]):
                if isinstance(block, Table) and block.id in letters:
                    found.add(block.id)
                    assert isinstance(before, Paragraph)
                    assert before.text.startswith(f"All of {letters[block.id]}, by time t (down)")
        assert found == {*letters}


def test_the_best_path_may_be_asked_for_though_it_is_always_there() -> None:
    assert str(lossclass.solve("weather_hmm", viterbi=True)) == str(lossclass.solve("weather_hmm"))


def test_of_observations_that_cannot_be_no_path_is_marked() -> None:
    problem = {"loss": "hmm", "initial": [1, 0], "transition": [[1, 0], [0, 1]]}
    problem |= {"emission": [[1, 0], [0.5, 0.5]], "observations": [1, 1]}
    assert " mark" not in str(lossclass.solve(problem)).partition("The trellis")[2]

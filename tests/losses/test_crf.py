"""The conditional random field, against all paths one by one."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.blocks import Table
from lossclass.errors import LossclassError
from lossclass.losses.crf_options import VITERBI
from lossclass.marking.marker import Marker
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of

Numbers = list[float]


def scores(
    rows: Any, transitions: Any, start: Numbers, end: Numbers
) -> dict[tuple[int, ...], float]:
    """The score of every path, from the definition."""
    times, tags = len(rows), len(transitions)
    return {
        path: start[path[0]]
        + math.fsum(rows[t][k] for t, k in enumerate(path))
        + math.fsum(transitions[i][j] for i, j in pairwise(path))
        + end[path[-1]]
        for path in product(range(tags), repeat=times)
    }


def log_sum_exp(numbers: Any) -> float:
    largest = max(numbers)
    return float(largest + math.log(math.fsum(math.exp(each - largest) for each in numbers)))


@st.composite
def problems(draw: st.DrawFn, size: float = 3, smallest: int = 1) -> dict[str, Any]:
    tags, times = draw(st.integers(smallest, 3)), draw(st.integers(1, 4))
    numbers = st.floats(-size, size).map(lambda number: round(number, 3) + 0.0)
    row = st.lists(numbers, min_size=tags, max_size=tags)
    problem: dict[str, Any] = {
        "loss": "crf",
        "emissions": draw(st.lists(row, min_size=times, max_size=times)),
        "transitions": draw(st.lists(row, min_size=tags, max_size=tags)),
        "y_true": draw(st.lists(st.integers(0, tags - 1), min_size=times, max_size=times)),
    }
    for key in ("start", "end"):
        if draw(st.booleans()):
            problem[key] = draw(row)
    return problem


def all_scores(problem: dict[str, Any]) -> dict[tuple[int, ...], float]:
    zero = [0.0] * len(problem["transitions"])
    start, end = problem.get("start", zero), problem.get("end", zero)
    return scores(problem["emissions"], problem["transitions"], start, end)


@given(problems())
def test_the_loss_is_that_over_all_paths(problem: dict[str, Any]) -> None:
    every = all_scores(problem)
    score = every[tuple(problem["y_true"])]
    solution = lossclass.solve(problem)
    total = log_sum_exp(every.values())
    assert float(solution.values["log_partition"]) == pytest.approx(total, rel=1e-12, abs=1e-12)
    assert float(solution.values["score"]) == pytest.approx(score, abs=1e-12)
    assert solution.answer.value == pytest.approx(total - score, rel=1e-11, abs=1e-11)
    assert solution.cross_check.agrees
    assert not [each for each in solution.remarks if each.code == "proof-fails"]


@given(problems(size=1e4))
def test_large_scores_are_worked_as_exactly(problem: dict[str, Any]) -> None:
    every = all_scores(problem)
    expected = log_sum_exp(every.values()) - every[tuple(problem["y_true"])]
    solution = lossclass.solve(problem)
    assert solution.answer.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert solution.cross_check.agrees


@given(problems(smallest=2))
def test_the_best_path_is_the_best_of_all(problem: dict[str, Any]) -> None:
    every = all_scores(problem)
    solution = lossclass.solve(problem, viterbi=True)
    times = range(1, len(problem["emissions"]) + 1)
    path = tuple(int(solution.values[f"best.{t}"]) - 1 for t in times)
    assert every[path] == pytest.approx(max(every.values()), abs=1e-9)
    assert float(solution.values["best_score"]) == pytest.approx(max(every.values()), abs=1e-9)


@given(problems())
def test_the_gradient_is_expected_minus_observed(problem: dict[str, Any]) -> None:
    every = all_scores(problem)
    total = log_sum_exp(every.values())
    solution = lossclass.solve(problem, gradient=True)
    emissions = np.zeros(np.shape(problem["emissions"]))
    transitions = np.zeros(np.shape(problem["transitions"]))
    observed = tuple(problem["y_true"])
    for path, score in every.items():
        share = math.exp(score - total) - (path == observed)
        emissions[range(len(path)), path] += share
        for pair in pairwise(path):
            transitions[pair] += share
    found = solution.gradient
    np.testing.assert_allclose(found["emissions"], emissions, atol=1e-10)
    np.testing.assert_allclose(found["transitions"], transitions, atol=1e-10)
    for key, row in (("start", 0), ("end", -1)):
        if key in problem:
            np.testing.assert_allclose(found[key], emissions[row], atol=1e-10)
    assert "gradient-disagrees" not in {each.code for each in solution.remarks}


@given(problems())
def test_the_gradient_is_what_differences_show(problem: dict[str, Any]) -> None:
    found = lossclass.solve(problem, gradient=True).gradient
    step = 1e-5

    def loss(**keys: Any) -> float:
        return float(lossclass.solve({**problem, **keys}).answer.value)

    for key in ("emissions", "transitions"):
        for place in ((0, 0), (-1, -1)):
            ahead, behind = (np.array(problem[key], float) for _ in range(2))
            ahead[place] += step
            behind[place] -= step
            slope = (loss(**{key: ahead.tolist()}) - loss(**{key: behind.tolist()})) / (2 * step)
            assert np.array(found[key])[place] == pytest.approx(slope, abs=1e-6)


def test_a_weight_and_a_base_go_into_loss_and_gradient() -> None:
    problem = lossclass.load("tagging_crf").data
    alone = lossclass.solve(problem, gradient=True)
    other = lossclass.solve({**problem, "weights": [3], "log_base": "2"}, gradient=True)
    factor = 3 / math.log(2)
    assert other.answer.value == pytest.approx(factor * alone.answer.value)
    np.testing.assert_allclose(
        other.gradient["emissions"], factor * np.array(alone.gradient["emissions"])
    )
    assert "gradient-disagrees" not in {each.code for each in other.remarks}
    text = " ".join(str(other).split())
    assert "from i to j. Each derivative is this, divided by ln 2, times the weight." in text


def test_a_network_and_its_numbers_give_the_same_as_its_outputs() -> None:
    solution = lossclass.solve("rnn_crf", gradient=True)
    problem = {**lossclass.load("rnn_crf").data}
    for key in ("rnn", "train"):
        del problem[key]
    emissions = [[float(solution.values[f"emissions.{t}.{k}"]) for k in (1, 2)] for t in (1, 2, 3)]
    given = lossclass.solve({**problem, "emissions": emissions}, gradient=True)
    assert given.answer.value == pytest.approx(solution.answer.value)
    np.testing.assert_allclose(given.gradient["transitions"], solution.gradient["transitions"])
    assert {each.code for each in solution.remarks} == {"loss-fell"}


@pytest.mark.filterwarnings("ignore")
def test_against_pytorch_crf() -> None:
    torch, torchcrf = pytest.importorskip("torch"), pytest.importorskip("torchcrf")
    random = np.random.default_rng(7)
    for _ in range(20):
        times, tags = int(random.integers(2, 6)), int(random.integers(2, 5))
        shapes = {"emissions": (times, tags), "transitions": (tags, tags), "start": (tags,), "end": (tags,)}  # fmt: skip
        draw = {key: random.normal(size=shape).round(3) for key, shape in shapes.items()}
        path = random.integers(0, tags, times)
        crf = torchcrf.CRF(tags, batch_first=True).double()
        for name, key in (
            ("start_transitions", "start"),
            ("end_transitions", "end"),
            ("transitions", "transitions"),
        ):
            getattr(crf, name).data = torch.tensor(draw[key])
        rows = torch.tensor(draw["emissions"], requires_grad=True)
        loss = -crf(rows[None], torch.tensor(path)[None])
        loss.backward()
        problem = {"loss": "crf", **draw, "y_true": path.tolist()}
        solution = lossclass.solve(problem, gradient=True, viterbi=True)
        assert solution.answer.value == pytest.approx(float(loss), rel=1e-10)
        np.testing.assert_allclose(solution.gradient["emissions"], rows.grad, atol=1e-10)
        np.testing.assert_allclose(
            solution.gradient["transitions"], crf.transitions.grad, atol=1e-10
        )
        best = [int(solution.values[f"best.{t}"]) - 1 for t in range(1, times + 1)]
        assert best == crf.decode(rows[None])[0]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"tags": "NVN"}, "tags: expected 2 tags, one for each column of the emissions, got 3"),
        ({"tags": "NN"}, "tags.2: the tag 'N' stands here twice"),
        ({"transitions": [[1, 2, 3]] * 2}, "transitions: expected 2 × 2 numbers, from and to each tag, got 2 × 3"),
        ({"start": [1]}, "start: expected 2 numbers, one for each column of the emissions, got 1"),
        ({"end": [1, 2, 3]}, "end: expected 2 numbers, one for each column of the emissions, got 3"),
        ({"y_true": "NV"}, "y_true: expected 3 tags, one for each row of the emissions, got 2"),
        ({"y_true": "NXV"}, "y_true.2: 'X' is no tag; there are N, V"),
        ({"emissions": None}, "emissions: missing"),
        ({"emissions": [[1, 2]] * 2_000, "y_true": ["N"] * 2_000},
         "emissions: T = 2000 by K = 2 makes 4000 cells with 7996 ways into them"),
    ],
)  # fmt: skip
def test_what_does_not_fit(keys: dict[str, Any], message: str) -> None:
    problem = {
        key: each
        for key, each in ({**lossclass.load("tagging_crf").data, **keys}).items()
        if each is not None
    }
    with pytest.raises(LossclassError, match=re.escape(message)):
        lossclass.load(problem)


def test_reduction_none_gives_a_list_of_one_answer() -> None:
    problem = {**lossclass.load("tagging_crf").data, "reduction": "none"}
    alone, listed = (
        lossclass.solve("tagging_crf", gradient=True),
        lossclass.solve(problem, gradient=True),
    )
    assert listed.answer.value == [alone.answer.value]
    assert listed.gradient == alone.gradient


def test_the_tags_may_go_without_names() -> None:
    problem = {**lossclass.load("tagging_crf").data, "y_true": [0, 1, 1]}
    del problem["tags"]
    inputs: Any = lossclass.load(problem).inputs
    assert inputs.names == ("0", "1")
    assert lossclass.solve(problem).answer.value == lossclass.solve("tagging_crf").answer.value
    assert VITERBI.name == "viterbi"


#: δ is largest in B, C, A, the emissions in B, A, C, and the best path is A, C, A.
FAR_FROM_GREEDY: dict[str, Any] = {
    "loss": "crf",
    "tags": "ABC",
    "emissions": [[2, 2.2, 0.3], [1.5, 0.2, 1.4], [0.3, 0.5, 1.9]],
    "transitions": [[0.2, -0.3, 2.1], [-0.5, 0.6, 1.7], [2.1, 0.3, -1.2]],
    "y_true": "ABC",
}


@pytest.mark.parametrize(
    ("code", "path"), [("argmax-of-each-step", (2, 1, 3)), ("no-backtrace", (2, 3, 1))]
)
def test_the_best_path_without_its_back_pointers_is_named(code: str, path: tuple[int, ...]) -> None:
    problem = lossclass.load(FAR_FROM_GREEDY)
    solution = lossclass.solve(problem, viterbi=True)
    assert [int(solution.values[f"best.{t}"]) for t in (1, 2, 3)] == [1, 3, 1]
    wrong = {f"best.{t}": Decimal(k) for t, k in enumerate(path, start=1)}
    given = {id: Published.model_construct(value=each) for id, each in wrong.items()}
    marks = [*Marker(solution, given, diagnosis_of(problem, solution)).marks()]
    named = [each.slips[0].code for each in marks if each.verdict == "wrong"]
    assert named
    assert {*named} == {code}


def test_a_gradient_of_the_beginnings_alone_or_without_what_is_true_is_named() -> None:
    problem = lossclass.load(FAR_FROM_GREEDY)
    solution = lossclass.solve(problem, gradient=True)
    diagnosis = diagnosis_of(problem, solution)
    rows, transitions = FAR_FROM_GREEDY["emissions"], FAR_FROM_GREEDY["transitions"]
    weights = {path: math.exp(x) for path, x in scores(rows, transitions, [0] * 3, [0] * 3).items()}
    expected = sum(w for path, w in weights.items() if path[1] == 1) / sum(weights.values())
    found = diagnosis.explain("gradient.emissions.2.2", Decimal(f"{expected:.6e}"))
    assert found[0].code == "observed-forgotten"
    begun = scores(rows[:2], transitions, [0] * 3, [0] * 3)
    alpha = [math.fsum(math.exp(x) for path, x in begun.items() if path[1] == k) for k in range(3)]
    found = diagnosis.explain("occupancy.2.2", Decimal(f"{alpha[1] / sum(alpha):.6e}"))
    assert found[0].code == "one-direction-only"


def test_who_goes_back_by_a_wrong_pointer_of_their_own_goes_on_rightly() -> None:
    problem = lossclass.load(FAR_FROM_GREEDY)
    solution = lossclass.solve(problem, viterbi=True)
    answers = {"psi.3.1": 2, "best.3": 1, "best.2": 2, "best.1": 2}
    given = {id: Published.model_construct(value=Decimal(each)) for id, each in answers.items()}
    marks = Marker(solution, given, diagnosis_of(problem, solution)).marks()
    assert {each.id: each.verdict for each in marks} == {
        "psi.3.1": "wrong",
        "best.3": "right",
        "best.2": "follows_through",
        "best.1": "follows_through",
    }


@pytest.mark.parametrize("is_network", [False, True])
def test_the_tables_of_its_gradient_are_named_by_its_tags(is_network: bool) -> None:
    problem = lossclass.load("rnn_crf").data
    if not is_network:
        problem = {key: each for key, each in problem.items() if key not in {"rnn", "train"}}
        problem["emissions"] = [[1, 2]] * len(problem["y_true"])
    solution = lossclass.solve(problem, gradient=True)
    titles = [section.title for section in solution.sections]
    for named in ("A(·, ·)", "A(start, ·)", "A(·, end)"):
        assert f"The gradient by {named}" in titles
    tables = {
        b.id: b for section in solution.sections for b in section.blocks if isinstance(b, Table)
    }
    tags = problem["tags"]
    assert tables["gradient.transitions"].columns == ("", *tags)
    assert [row[0] for row in tables["gradient.transitions"].rows] == tags
    start = [row[0] for row in tables["gradient.start"].rows]
    assert start == [f"A(start, {tag})" for tag in tags]

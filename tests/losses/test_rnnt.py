"""The transducer, against all alignments one by one."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.blocks import Step, Table
from lossclass.errors import LossclassError
from lossclass.solving import diagnosis_of


def alignments(times: int, labels: int) -> list[list[tuple[int, int, bool]]]:
    """The steps of every alignment: the node from 0, and whether it is a label; the last blank too."""
    made = []
    for where in combinations(range(times - 1 + labels), labels):
        t = u = 0
        steps = []
        for n in range(times - 1 + labels):
            steps.append((t, u, n in where))
            t, u = (t, u + 1) if n in where else (t + 1, u)
        made.append([*steps, (t, u, False)])
    return made


def over_all(y: Any, target: list[int], blank: int) -> list[float]:
    times, labels = len(y), len(target)
    return [
        math.prod(y[t][u][target[u] if is_label else blank] for t, u, is_label in steps)
        for steps in alignments(times, labels)
    ]


@st.composite
def problems(draw: st.DrawFn, key: str = "probabilities") -> dict[str, Any]:
    times, labels, columns = (
        draw(st.integers(1, 3)),
        draw(st.integers(0, 3)),
        draw(st.integers(2, 3)),
    )
    blank = draw(st.integers(0, columns - 1))
    others = [k for k in range(columns) if k != blank]
    target = draw(st.lists(st.sampled_from(others), min_size=labels, max_size=labels))
    numbers = {
        "probabilities": st.integers(0, 20).map(lambda n: n / 20),
        "logits": st.integers(-30, 30).map(lambda n: n / 10),
        "log_probs": st.integers(-40, 0).map(lambda n: n / 10),
    }[key]
    row = st.lists(numbers, min_size=columns, max_size=columns)
    rows = st.lists(row, min_size=labels + 1, max_size=labels + 1)
    array = draw(st.lists(rows, min_size=times, max_size=times))
    return {"loss": "rnnt", "target": target, "blank": blank, key: array}


@given(problems())
def test_the_loss_is_that_over_all_alignments(problem: dict[str, Any]) -> None:
    sizes = over_all(problem["probabilities"], problem["target"], problem["blank"])
    total = math.fsum(sizes)
    solution = lossclass.solve(problem, backward=True)
    assert solution.cross_check.agrees
    assert float(solution.values["probability"]) == pytest.approx(total, rel=1e-12)
    assert float(solution.values["beta.1.0"]) == pytest.approx(total, rel=1e-12)
    assert solution.answer.value == (
        pytest.approx(-math.log(total), abs=1e-12) if total else math.inf
    )
    listed = [float(value) for id, value in solution.values.items() if id.startswith("alignment.")]
    assert sorted(listed) == pytest.approx(sorted(sizes))
    codes = {each.code for each in solution.remarks}
    rows = [row for rows in problem["probabilities"] for row in rows]
    assert codes == {
        *([] if total else ["loss-is-infinite"]),
        *(["probabilities-do-not-sum-to-one"] if any(round(sum(r), 9) != 1 for r in rows) else []),
    }


@given(st.sampled_from(["logits", "log_probs"]).flatmap(lambda key: problems(key=key)))
def test_logits_and_logarithms_are_made_probabilities(problem: dict[str, Any]) -> None:
    if "logits" in problem:
        z = np.array(problem["logits"])
        y = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    else:
        y = np.exp(problem["log_probs"])
    total = math.fsum(over_all(y.tolist(), problem["target"], problem["blank"]))
    solution = lossclass.solve(problem)
    assert solution.answer.value == pytest.approx(-math.log(total), abs=1e-10)
    assert solution.cross_check.agrees


@given(
    st.sampled_from(["probabilities", "logits", "log_probs"]).flatmap(lambda key: problems(key=key))
)
def test_the_gradient_is_what_differences_show(problem: dict[str, Any]) -> None:
    (key,) = {"probabilities", "logits", "log_probs"} & problem.keys()
    given = np.array(problem[key], float)

    def loss(array: Any) -> float:
        y = array
        if key == "logits":
            y = np.exp(array) / np.exp(array).sum(axis=2, keepdims=True)
        if key == "log_probs":
            y = np.exp(array)
        return -math.log(math.fsum(over_all(y.tolist(), problem["target"], problem["blank"])))

    solution = lossclass.solve(problem, gradient=True)
    assert "gradient-disagrees" not in {each.code for each in solution.remarks}
    if not math.isfinite(solution.answer.value) or solution.answer.value > 8:
        return
    found, step = np.array(solution.gradient[key]).reshape(given.shape), 1e-6
    for place in ((0, 0, 0), (-1, -1, -1), (-1, 0, 1)):
        ahead, behind = given.copy(), given.copy()
        ahead[place] += step
        behind[place] -= step
        slope = (loss(ahead) - loss(behind)) / (2 * step)
        assert found[place] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_a_joint_is_the_logits_that_it_makes() -> None:
    encoder, predictor = [[0.5, -0.2, 1], [0.3, 0.8, -1]], [[0.1, 0.4, -0.3], [0, 1, 0.5]]
    logits = [
        [[f + g for f, g in zip(one, other, strict=True)] for other in predictor] for one in encoder
    ]
    keys = {"loss": "rnnt", "target": [1], "blank": 0}
    joined = lossclass.solve(
        {**keys, "joint": {"encoder": encoder, "predictor": predictor}}, gradient=True
    )
    alone = lossclass.solve({**keys, "logits": logits}, gradient=True)
    assert joined.answer.value == pytest.approx(alone.answer.value, rel=1e-14)
    slopes = np.array(alone.gradient["logits"])
    np.testing.assert_allclose(joined.gradient["joint.encoder"], slopes.sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(joined.gradient["joint.predictor"], slopes.sum(axis=0), atol=1e-12)


def test_large_and_tiny_numbers_are_worked_exactly() -> None:
    """What does not differ within a row: 1e4 apart from row to row is nothing; ln of 1e-4300 is held."""
    keys = {"loss": "rnnt", "target": [1], "blank": 0}
    shifted = [[[1e4, 1e4 + 1], [-1e4, -1e4]], [[0, 1], [5, 5]]]
    plain = [[[0, 1], [0, 0]], [[0, 1], [0, 0]]]
    one, other = (lossclass.solve({**keys, "logits": each}) for each in (shifted, plain))
    assert one.answer.value == pytest.approx(other.answer.value, rel=1e-12)
    tiny = lossclass.solve({**keys, "log_probs": [[[-1e4, -1e4], [-1e4, -1e4]]] * 2})
    assert tiny.answer.value == pytest.approx(3e4 - math.log(2), rel=1e-12)
    assert tiny.cross_check.agrees


def test_against_torchaudio() -> None:
    torch, functional = pytest.importorskip("torch"), pytest.importorskip("torchaudio.functional")
    random = np.random.default_rng(7)
    for _ in range(20):
        times, labels, columns = random.integers(1, 5), random.integers(1, 4), random.integers(2, 5)
        logits = random.normal(size=(times, labels + 1, columns)).round(3).astype("float32")
        target = random.integers(1, columns, labels)
        given = torch.tensor(logits[None], requires_grad=True)
        lengths = [torch.tensor([n], dtype=torch.int32) for n in (times, labels)]
        loss = functional.rnnt_loss(
            given, torch.tensor(target[None], dtype=torch.int32), *lengths, blank=0
        )
        loss.backward()
        problem = {
            "loss": "rnnt",
            "target": target.tolist(),
            "blank": 0,
            "logits": logits.round(3).tolist(),
        }
        solution = lossclass.solve(problem, gradient=True)
        assert solution.answer.value == pytest.approx(float(loss), rel=1e-5)
        np.testing.assert_allclose(solution.gradient["logits"], given.grad[0], atol=1e-5)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"target": "g"}, "probabilities: expected U + 1 = 2 rows for each time step, one for each number of labels that are out so far, from 0 to 1; got 3"),
        ({"labels": "-g"}, "labels: expected 3 labels, one for each column, got 2"),
        ({"labels": "-gg", "target": "gg"}, "labels.3: the label 'g' stands here twice"),
        ({"target": "gx"}, "target.2: 'x' is no label; there are -, g, o"),
        ({"target": "g-"}, "target.2: the blank is no label, and cannot stand in the target"),
        ({"target": "g-", "blank": 0}, "target.2: the blank is no label, and cannot stand in the target"),
        ({"blank": "_"}, "blank: '_' is no label; there are -, g, o"),
        ({"probabilities": [[0.5, 0.5]]}, "probabilities: expected T × (U + 1) × C numbers, got 1 × 2"),
        ({"probabilities": None}, "probabilities: missing; logits, log_probs or a joint may stand for it"),
        ({"logits": [[[1]]]}, "logits: there is probabilities already; a problem has one of the two"),
        ({"probabilities": None, "joint": {"predictor": [[1]]}}, "joint: expected an encoder beside the predictor, or an rnn in its place"),
    ],
)  # fmt: skip
def test_what_does_not_fit(keys: dict[str, Any], message: str) -> None:
    problem = {
        key: each
        for key, each in ({**lossclass.load("go_transducer").data, **keys}).items()
        if each is not None
    }
    with pytest.raises(LossclassError, match=re.escape(message)):
        lossclass.load(problem)


@pytest.mark.parametrize(("rows", "more"), [(1, ""), (2, ", nor do those of 1 other node"), (4, ", nor do those of 3 other nodes")])  # fmt: skip
def test_probabilities_that_do_not_sum_to_1_are_told_once(rows: int, more: str) -> None:
    array = [[[0.5, 0.75 if 2 * t + u < rows else 0.5] for u in range(2)] for t in range(2)]
    problem = {"loss": "rnnt", "blank": 0, "target": [1], "probabilities": array}
    (remark,) = lossclass.solve(problem).remarks
    assert remark.text.startswith(f"The probabilities for time 1 with 0 out sum to 1.25, not to 1 as the outputs of a softmax do{more}.")  # fmt: skip


def test_a_label_that_is_named_by_its_column_is_written_as_the_column_is() -> None:
    rows = [[[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]]]
    keys = {"loss": "rnnt", "blank": 0, "labels": "-ab", "probabilities": rows}
    by_index, by_name = (lossclass.solve({**keys, "target": each}) for each in ([2], "b"))
    assert repr(by_index.sections) == repr(by_name.sections)


@pytest.mark.parametrize("key", ["logits", "log_probs"])
def test_what_is_given_is_tabulated_before_it_is_used(key: str) -> None:
    array = [[[-1, -0.5, -2], [-3, -1.5, -0.25]]] * 2
    problem = {"loss": "rnnt", "target": "a", "blank": "-", "labels": "-ab", key: array}
    shown: set[str] = set()
    for block in (each for section in lossclass.solve(problem).sections for each in section.blocks):
        if isinstance(block, Table):
            shown |= {cell.id for row in block.rows for cell in row if isinstance(cell, Quantity)}
        if isinstance(block, Step):
            used = {each.id for each in quantities_in(block.quantity.definition)}
            assert {each for each in used if each.startswith("given.")} <= shown, block.id
    assert {f"given.{key}.2.2.{k}" for k in (1, 2, 3)} < shown


def test_the_softmax_at_a_node_has_the_indices_of_the_node() -> None:
    array = [[[-1, -0.5], [-3, -1.5]]] * 2
    problem = {"loss": "rnnt", "target": "a", "blank": "-", "labels": "-a", "logits": array}
    solution = lossclass.solve(problem)
    letters = {"max": "M", "exp": "s", "exp_sum": "Z", "y_pred": "y"}
    for each in solution.steps:
        name, *place = each.id.split(".")
        if name in letters:
            assert each.quantity.symbol.index == (int(place[0]), int(place[1]) - 1), each.id
            assert each.quantity.symbol.letter == letters[name]


def test_its_derivatives_are_listed_by_the_symbols_of_what_is_given() -> None:
    rows = [[[0.5, 0.25, 0.25]] * 2] * 2
    problem = {"loss": "rnnt", "target": "b", "blank": "-", "labels": "-ab", "probabilities": rows}
    solution = lossclass.solve(problem, gradient=True)
    blocks = [block for section in solution.sections for block in section.blocks]
    (table,) = (b for b in blocks if isinstance(b, Table) and b.id == "gradient.probabilities")
    assert [row[0] for row in table.rows] == [
        f"y{t},{u}({name})" for t in "₁₂" for u in "₀₁" for name in "-ab"
    ]


def test_blank_and_label_for_each_other_are_named() -> None:
    """The walks stay, and each step is worth what the other would be; behind the last label there is
    no label."""
    y = [[[0.5, 0.3, 0.2], [0.6, 0.1, 0.3]], [[0.2, 0.7, 0.1], [0.55, 0.25, 0.2]]]
    keys = {"loss": "rnnt", "target": [1], "blank": 0, "probabilities": y}
    ways = [
        y[1][1][0]
        * math.prod((y[t][u][0] if is_label else y[t][u][1] * (u < 1)) for t, u, is_label in steps)
        for *steps, _ in alignments(2, 1)
    ]
    swapped = Decimal(f"{-math.log(sum(ways)):.4e}")
    (slip, *_) = diagnosis_of(lossclass.load(keys), lossclass.solve(keys)).explain("loss", swapped)
    assert slip.code == "blank-and-label-swapped"

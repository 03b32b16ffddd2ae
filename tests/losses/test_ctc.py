"""CTC over all alignments: α, β, the alignments and the gradient, against their definitions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise, product
from math import comb, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expressions import evaluate_text
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.blocks import Paragraph
from lossclass.errors import InvalidProblem, UsageError
from lossclass.losses.ctc import ctc_loss, ctc_occupancy
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import TargetLattice
from lossclass.solution import Solution
from problems import codes

FIXTURE = {
    "loss": "ctc",
    "target": ["a", "b"],
    "blank": "_",
    "labels": ["_", "a", "b"],
    "probabilities": [[0.4, 0.3, 0.3], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3]],
}


def solved(**keys: Any) -> Solution:
    options = {key: keys.pop(key) for key in ("gradient", "backward") if key in keys}
    return lossclass.solve({**FIXTURE, **keys}, **options)


def inputs_of(keys: dict[str, Any]) -> Inputs:
    inputs = lossclass.load(keys).inputs
    assert isinstance(inputs, Inputs)
    return inputs


def paragraphs(solution: Solution) -> str:
    """All of its paragraphs."""
    blocks = (block for section in solution.sections for block in section.blocks)
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def remark(solution: Solution, code: str) -> str:
    (text,) = [remark.text for remark in solution.remarks if remark.code == code]
    return text


def paths(
    rows: Sequence[Sequence[float]], target: Sequence[int], blank: int
) -> dict[tuple[int, ...], float]:
    """All paths that collapse to the target, by trying every path, and their probabilities."""
    found = {}
    for path in product(range(len(rows[0])), repeat=len(rows)):
        labels = [symbol for symbol, _ in groupby(path) if symbol != blank]
        if labels == list(target):
            found[path] = math.prod(row[symbol] for row, symbol in zip(rows, path, strict=True))
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[float]], list[int], int]:
    """Rows T × C that sum to 1, a target of up to three labels, and the column of the blank."""
    columns, steps = draw(st.integers(2, 4)), draw(st.integers(1, 6))
    blank = draw(st.integers(0, columns - 1))
    labels = [column for column in range(columns) if column != blank]
    target = draw(st.lists(st.sampled_from(labels), max_size=3))
    weights = draw(
        st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns).filter(any),
            min_size=steps,
            max_size=steps,
        )
    )
    return [[w / sum(row) for w in row] for row in weights], target, blank


# --- the fixture, by hand ------------------------------------------------------------------


def test_the_fixture_has_five_alignments_and_comes_to_132_thousandths() -> None:
    solution = solved()
    by_hand = [.4 * .2 * .3, .3 * .5 * .3, .3 * .2 * .3, .3 * .3 * .2, .3 * .3 * .3]  # fmt: skip
    for number, probability in enumerate(by_hand, start=1):
        assert solution.step(f"alignment.{number}").value == pytest.approx(probability, rel=1e-14)
    assert solution.step("probability").value == 0.132
    assert solution.step("alignments.probability").value == 0.132
    assert solution.answer.value == pytest.approx(-log(sum(by_hand)), rel=1e-14)
    assert round(solution.answer.value, 6) == 2.024953
    assert solution.cross_check.agrees


def test_alpha_is_the_table_that_is_worked_on_the_board() -> None:
    solution = solved()
    first = [.4, .3, 0, 0, 0]  # fmt: skip
    second = [0.4 * 0.5, (0.3 + 0.4) * 0.2, 0.3 * 0.5, 0.3 * 0.3, 0]
    third = [
        second[0] * .2,
        (second[1] + second[0]) * .5,
        (second[2] + second[1]) * .2,
        (second[3] + second[2] + second[1]) * .3,
        (second[4] + second[3]) * .2,
    ]  # fmt: skip
    for t, row in enumerate([first, second, third], start=1):
        for s, cell in enumerate(row, start=1):
            assert solution.step(f"alpha.{t}.{s}").value == pytest.approx(cell, rel=1e-14)


def test_each_cell_names_the_rule_by_which_it_comes_from_others() -> None:
    why = {step.id: step.aside for step in solved(target="aba", labels="_ab").steps}
    assert why["alpha.1.1"] == "An alignment may begin with the blank."
    assert why["alpha.1.3"] == "An alignment begins at position 1 or 2."
    assert why["alpha.2.2"] == "Stay, or step from 1."
    assert why["alpha.2.4"] == "Stay, step from 3, or skip from 2 over the blank."
    assert "No skip onto a blank" in why["alpha.2.3"]
    doubled = {step.id: step.aside for step in solved(target="aa").steps}
    assert "No skip from a to a" in doubled["alpha.3.4"]


def test_backward_is_worked_without_y_and_tabulated_with_it() -> None:
    solution = solved(backward=True)
    assert [solution.step(f"beta.3.{s}").value for s in range(1, 6)] == [0, 0, 0, 1, 1]
    assert [solution.step(f"beta.2.{s}").value for s in range(1, 6)] == [0, .3, .3, .5, .2]  # fmt: skip
    assert solution.step("beta.1.2").value == pytest.approx(.3 * .2 + .3 * .5 + .5 * .3)  # fmt: skip
    inside = next(table for table in solution.tables if table.id == "beta_inside")
    cell = inside.rows[0][2]
    assert isinstance(cell, Quantity)
    assert float(solution.values[cell.id]) == pytest.approx(.36 * .3)  # fmt: skip


def test_the_check_shows_every_way_and_says_that_they_agree() -> None:
    solution = solved()
    check = next(table for table in solution.tables if table.id == "proof")
    assert [row[0] for row in check.rows] == [
        "the sum over all 5 alignments",
        "forward: α₃(5) + α₃(4)",
        "Σ_s α_t(s) · β_t(s), t = 1",
        "Σ_s α_t(s) · β_t(s), t = 2",
        "Σ_s α_t(s) · β_t(s), t = 3",
        "NumPy, with its own core",
    ]
    assert "All 6 come to the same p(l|x): " in str(solution)


def test_a_check_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossclass.losses.ctc import forward_backward

    monkeypatch.setattr(forward_backward, "negative_log_likelihood", lambda _: 2.02496)
    assert "proof-fails" in codes(solved())


# --- against the definitions ----------------------------------------------------------------


@given(problems())
def test_enumeration_forward_backward_and_numpy_come_to_the_same(
    problem: tuple[list[list[float]], list[int], int],
) -> None:
    rows, target, blank = problem
    every = paths(rows, target, blank)
    solution = lossclass.solve(
        {"loss": "ctc", "target": target, "blank": blank, "probabilities": rows}, backward=True
    )
    expected = math.fsum(every.values())
    assert float(solution.values["probability"]) == pytest.approx(expected, rel=1e-12)
    for t in range(1, len(rows) + 1):
        assert float(solution.values[f"through.{t}"]) == pytest.approx(expected, rel=1e-12)
    assert "proof-fails" not in codes(solution)
    assert solution.cross_check.agrees
    repeats = sum(one == other for one, other in pairwise(target))
    count = (
        comb(len(rows) + len(target) - repeats, 2 * len(target))
        if len(rows) >= len(target) + repeats
        else 0
    )
    assert (
        len(every) == count == TargetLattice(tuple(map(str, target)), str(blank), len(rows)).count
    )


@given(problems())
def test_the_gradients_are_what_finite_differences_say(
    problem: tuple[list[list[float]], list[int], int],
) -> None:
    rows, target, blank = problem

    def loss_of(probabilities: list[list[float]]) -> float:
        total = math.fsum(paths(probabilities, target, blank).values())
        return -log(total) if total else math.inf

    solution = lossclass.solve(
        {"loss": "ctc", "target": target, "blank": blank, "probabilities": rows}, gradient=True
    )
    if loss_of(rows) == math.inf:
        assert solution.gradient == {}
        assert "no-gradient" in codes(solution)
        return
    assert "gradient-disagrees" not in codes(solution)
    derivatives = solution.gradient["probabilities"]
    h = 1e-6
    for t, row in enumerate(rows):
        for k, probability in enumerate(row):
            above, below = ([list(each) for each in rows] for _ in range(2))
            above[t][k], below[t][k] = probability + h, probability - h
            # A sum over paths is linear in each probability, so this is right also at 0.
            slope = (
                math.fsum(paths(above, target, blank).values())
                - math.fsum(paths(below, target, blank).values())
            ) / (2 * h)
            exact = -slope / math.fsum(paths(rows, target, blank).values())
            assert float(derivatives[t][k]) == pytest.approx(exact, rel=1e-6, abs=1e-6)
            share = float(derivatives[t][k]) * probability
            assert float(solution.gradient["log_probs"][t][k]) == pytest.approx(share, abs=1e-12)
            logit = float(solution.gradient["logits"][t][k])
            assert logit == pytest.approx(probability + share, abs=1e-12)


@pytest.mark.parametrize("base", ["2", "10"])
def test_the_gradient_is_of_the_loss_in_its_base_and_with_its_weight(base: str) -> None:
    plain, other = solved(gradient=True), solved(gradient=True, log_base=base, weights=[3])
    for kind, rows in plain.gradient.items():
        expected = 3 * np.array(rows, float) / log(int(base))
        assert np.array(other.gradient[kind], float) == pytest.approx(expected, rel=1e-12)


def test_one_probability_for_all_times_has_the_sum_of_its_derivatives() -> None:
    probabilities = {"_": 0.5, "a": 0.2, "b": 0.3}
    by_symbol = lossclass.solve(
        {
            "loss": "ctc",
            "target": "ab",
            "blank": "_",
            "probabilities": probabilities,
            "time_steps": 4,
        },
        gradient=True,
    )
    by_time = solved(probabilities=[list(probabilities.values())] * 4, gradient=True)
    summed = np.array(by_time.gradient["probabilities"], float).sum(axis=0)
    found = [float(each) for each in by_symbol.gradient["probabilities"].values()]
    assert found == pytest.approx(list(summed), rel=1e-12)


def test_logits_logarithms_and_probabilities_of_one_model_give_one_loss() -> None:
    logits = np.array([[0.3, -1.0, 2.0], [0.0, 0.5, 0.25], [1.0, -0.5, 0.0], [0.1, 0.2, 0.3]])
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    keys = {key: value for key, value in FIXTURE.items() if key != "probabilities"}
    losses = [
        lossclass.solve({**keys, key: rows}, gradient=True)
        for key, rows in [
            ("logits", logits), ("log_probs", np.log(probabilities)), ("probabilities", probabilities),
        ]
    ]  # fmt: skip
    gradients = [one.gradient for one in losses]
    for one, gradient in zip(losses, gradients, strict=True):
        assert one.answer.value == pytest.approx(losses[0].answer.value, rel=1e-13)
        assert one.cross_check.agrees
        assert set(gradient) == {"probabilities", "log_probs", "logits"}
        for kind, rows in gradient.items():
            first = np.array(gradients[0][kind]).astype(float)
            assert np.array(rows).astype(float) == pytest.approx(first, rel=1e-9, abs=1e-12)


def test_every_substituted_line_is_true() -> None:
    problems: list[dict[str, Any]] = [
        {}, {"target": "aa"}, {"target": ""}, {"log_base": "2", "weights": [0.5]},
    ]  # fmt: skip
    for keys in problems:
        for digits in (1, 4, 9):
            solution = solved(**keys, digits=digits, backward=True, gradient=True)
            for step in solution.to_dict()["steps"]:
                if step["substituted"] == step["shown"]:
                    continue
                value = evaluate_text(step["substituted"])
                shown = float(step["shown"].replace("∞", "inf").replace(" × 10⁻", "e-").translate(
                    str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
                ))  # fmt: skip
                assert value == pytest.approx(shown, rel=0.5 * 10 ** (1 - digits) * 1.01), step


# --- what it says ---------------------------------------------------------------------------


def test_what_the_list_leaves_out_is_named() -> None:
    solution = solved(alignments=["a_b", "aab", "ab_", "abb"])
    assert "The list has 4 of the 5 alignments of ab. Missing: _ab." in remark(
        solution, "alignments-missing"
    )
    listed = .3 * .5 * .3 + .3 * .2 * .3 + .3 * .3 * .2 + .3 * .3 * .3  # fmt: skip
    assert solution.step("listed.loss").value == pytest.approx(-log(listed))
    assert solution.step("alignment.5").title == "Alignment 5: _ab"
    assert round(solution.answer.value, 6) == 2.024953
    every = solved(alignments=["_ab", "a_b", "aab", "ab_", "abb"])
    assert remark(every, "alignments-complete") == "All 5 alignments of ab are listed."


def test_a_listed_alignment_of_something_else_is_no_part_of_the_loss() -> None:
    solution = solved(alignments=["a__", "a_b"], alignments_counted="listed")
    assert "It is no part of p(l|x)." in remark(solution, "alignment-collapses-elsewhere")
    assert solution.step("listed.probability").value == pytest.approx(.3 * .5 * .2 + .045)  # fmt: skip
    assert "The list has 1 of the 5" in remark(solution, "alignments-missing")
    valid = solved(alignments=["a__", "a_b"], alignments_counted="valid")
    assert valid.step("listed.probability").value == pytest.approx(0.045)


def test_an_alignment_that_is_listed_twice_is_summed_once() -> None:
    rows = [[0, 0.3, 0.7], [0.5, 0, 0.5]]
    solution = solved(probabilities=rows, alignments=["ab", "ab", "ba"])
    assert solution.step("alignments.probability").value == 0.3 * 0.5
    assert solution.step("listed.probability").value == 2 * 0.3 * 0.5
    assert "ab is listed twice, and counted as often." in remark(solution, "alignment-listed-twice")
    said = remark(solution, "alignments-complete")
    assert "listed more than once and what does not collapse to ab" in said
    assert f"Over the list, −ln p(l|x) is {-log(0.3):.3f}" in said
    assert f"over all alignments of ab, it is {-log(0.15):.3f}." in said
    assert "proof-fails" not in codes(solution)


def test_the_check_notices_a_wrong_sum_over_alignments(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossclass.losses.ctc import alignments

    correct = alignments.total
    monkeypatch.setattr(alignments, "total", lambda steps: correct(steps[1:]))
    assert "proof-fails" in codes(solved())


@pytest.mark.parametrize(("base", "name"), [("2", "−log₂ p(l|x)"), ("10", "−log₁₀ p(l|x)")])
def test_sentences_name_the_base_of_the_logarithm(base: str, name: str) -> None:
    keys = {"loss": "ctc", "target": "ab", "blank": "_", "log_base": base}
    by_symbol = {"probabilities": {"a": 0.5, "b": 0.25}, "alignments": ["ab", "ba"]}
    assert f"{name} is " in remark(lossclass.solve({**keys, **by_symbol}), "valid-alignments-only")
    assert name in remark(solved(alignments=["ab_"], log_base=base), "alignments-missing")
    certain = {"probabilities": {"a": 1, "b": 1}, "alignments": ["ab", "ab"]}
    said = remark(lossclass.solve({**keys, **certain}), "probability-above-one")
    assert f"{name} is negative" in said


def test_a_weight_is_not_in_what_the_list_would_be() -> None:
    plain, weighted = (solved(alignments=["ab_"], weights=w) for w in ([1], [3]))
    step = weighted.step("listed.loss")
    assert step.title == "Minus its logarithm, before the weight"
    assert step.value == plain.step("listed.loss").value == pytest.approx(-log(0.3 * 0.3 * 0.2))
    assert weighted.step("negative_log_likelihood.1").title
    said = str(solved(weights=[3], gradient=True))
    assert "The loss is multiplied by its weight" in said


def test_equally_probable_alignments_are_not_called_the_most_probable() -> None:
    even = solved(probabilities=[[0.25, 0.5, 0.25]] * 2)
    assert "The most probable alignment of ab is ab" in str(even)
    tied = solved(probabilities=[[0.2, 0.4, 0.4]] * 3)  # aab and abb: 0.4³
    assert "is one of the most probable alignments of ab (another one is equally probable)" in (
        " ".join(str(tied).split())
    )
    assert "mark one of the most probable alignments" in " ".join(str(tied).split())
    uniform = " ".join(str(solved(probabilities=[["0.3"] * 3] * 3)).split())
    assert "alignments of ab (others are equally probable)" in uniform


@given(problems())
def test_ties_are_counted_as_trying_every_path_counts_them(
    problem: tuple[list[list[float]], list[int], int],
) -> None:
    from lossclass.losses.ctc.alignments import best_alignment
    from lossclass.losses.ctc.sheet import Sheet
    from lossclass.working import Working

    rows, target, blank = problem
    tenths = [[Fraction(round(10 * each), 10) for each in row] for row in rows]
    given = {"probabilities": [[str(float(each)) for each in row] for row in tenths]}
    inputs = inputs_of({**given, "loss": "ctc", "target": target, "blank": blank})
    found = best_alignment(Sheet(inputs, Working()))
    every = paths(tenths, target, blank)  # type: ignore[arg-type]  # exact here
    largest = max(every.values(), default=0)
    assert found.count == (list(every.values()).count(largest) if largest else 0)
    assert Fraction(found.value) == largest
    assert len(found.walk) == (len(rows) if largest else 0)


def test_without_a_possible_alignment_none_is_the_most_probable() -> None:
    solution = solved(probabilities=[[1, 0, 0]] * 3)
    assert "most probable alignment" not in str(solution)


def test_what_needs_time_steps_is_refused_without_them() -> None:
    keys = {"loss": "ctc", "target": "ab", "blank": "_", "alignments": ["ab"],
            "probabilities": {"a": 0.5, "b": 0.25}}  # fmt: skip
    with pytest.raises(UsageError, match="backward: there is no α and no β"):
        lossclass.solve(keys, backward=True)
    with pytest.raises(UsageError, match="beam: there is no beam search"):
        lossclass.solve(keys, beam=3)


def test_a_probability_of_0_has_infinite_slopes_only_where_it_counts() -> None:
    from lossclass.losses.ctc import gradient

    keys = {"loss": "ctc", "target": "ab", "blank": "_", "alignments": ["ab"],
            "probabilities": {"a": 0, "b": 0.5, "c": 0.5}}  # fmt: skip
    slopes = gradient(inputs_of(keys)).values["probabilities"]
    assert slopes == {("a",): -math.inf, ("b",): 0, ("c",): 0}
    unweighted = gradient(inputs_of({**keys, "weights": [0]})).values["probabilities"]
    assert set(unweighted.values()) == {0}
    assert "gradient-disagrees" not in codes(lossclass.solve(keys, gradient=True))


def test_what_is_said_of_pytorch_fits_the_problem() -> None:
    empty = paragraphs(solved(target=[], gradient=True))
    assert "by the length of the target (a length of 0 counts as 1)" in empty
    unnormalised = paragraphs(solved(probabilities=[[0.9, 0.3, 0.3]] * 3, gradient=True))
    assert "the gradient by the logits" not in unnormalised
    assert "the gradient by the logits" in paragraphs(solved(gradient=True))


def test_the_gradient_by_logits_is_the_probability_minus_the_occupancy_in_every_line() -> None:
    logits: list[list[float]] = [[1, 0, -1], [0.5, 2, 0], [0, 0, 3]]
    solution = solved(probabilities=None, logits=logits, gradient=True)
    for t, row in enumerate(logits, start=1):
        for c in range(1, len(row) + 1):
            step = solution.step(f"gradient.logits.{t}.{c}")
            used = [each.id for each in quantities_in(step.quantity.definition)]
            assert used == [f"y_pred.{t}.{c}", f"occupancy.{t}.{c}"]
    (long_way,) = [table for table in solution.tables if table.id == "gradient.long_way"]
    for t, (_, *cells) in enumerate(long_way.rows, start=1):
        for c, cell in enumerate(cells, start=1):
            assert isinstance(cell, Quantity)
            short = solution.step(f"gradient.logits.{t}.{c}").value
            assert float(solution.values[cell.id]) == pytest.approx(short, abs=1e-15)
    assert "A check: the long way round comes to the same." in paragraphs(solution)
    weighted = solved(probabilities=None, logits=logits, gradient=True, weights=[3], log_base="2")
    assert "the long way round comes to the same" in paragraphs(weighted)


def test_on_the_board_stand_neither_cells_of_0_nor_many_alignments() -> None:
    keys = {"loss": "ctc", "target": "ab", "blank": "_", "time_steps": 4,
            "probabilities": {"a": 0.5, "b": 0.25, "_": 0.25}}  # fmt: skip
    solution = lossclass.solve(keys)
    assert {step.id for step in solution.steps if step.only_in_full} == {
        *(f"alpha.1.{s}" for s in (3, 4, 5)),
        "alpha.2.5",
        *(f"alignment.{n}" for n in range(4, comb(4 + 2, 4) + 1)),
        "alignments.probability",
    }
    assert not any(step.only_in_full for step in solved().steps if "align" in step.id)


def test_what_is_to_be_learnt_is_worked_backwards_without_being_asked() -> None:
    from lossclass.losses.ctc import solve
    from lossclass.working import Working

    rnn: dict[str, Any] = {"inputs": [1, 2, 3], "U": [[0.5]], "W": [[0.1]], "V": [[1], [-1]]}
    keys: dict[str, Any] = {
        "loss": "ctc",
        "target": [1],
        "rnn": rnn,
        "train": {"learning_rate": 0.1, "steps": 1},
    }
    working = Working()
    solve(inputs_of(keys), working)
    assert {f"output.{t}.{c}" for t in (1, 2, 3) for c in (1, 2)} == set(working.derivatives)
    long = {**keys, "rnn": {**rnn, "inputs": [1] * 1100}}
    with pytest.raises(UsageError, match="train: this problem has 1100 × 3"):
        solve(inputs_of(long), Working())


def test_many_alignments_are_counted_and_not_listed() -> None:
    keys = {"loss": "ctc", "target": "HELLO", "blank": "-", "time_steps": 9,
            "probabilities": {"H": 0.6, "E": 0.5, "L": 0.7, "O": 0.8, "-": 0.2}}  # fmt: skip
    text = str(lossclass.solve(keys))
    assert f"C(9 + 5 − 1, 2 · 5) = {comb(13, 10)}" in text
    assert "--alignments 286 lists them" in text
    listed = lossclass.solve(keys, alignments=300)
    assert listed.step("alignment.286")
    assert listed.step("alignments.probability").value == listed.step("probability").value


def test_a_target_that_does_not_fit_is_explained() -> None:
    solution = solved(target="aa", probabilities=[[0.5, 0.2, 0.3]] * 2)
    assert solution.answer.value == math.inf
    assert "takes at least 3 time steps, and there are 2" in remark(solution, "target-does-not-fit")
    assert "U + r = 2 + 1 = 3" in remark(solution, "equal-labels-side-by-side")
    longer = solved(target="ababab")
    assert "takes at least 6 time steps, and there are 3" in remark(longer, "target-does-not-fit")
    assert "equal-labels-side-by-side" not in codes(longer)


def test_a_target_that_fits_with_probability_0_is_explained() -> None:
    solution = solved(probabilities=[[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]])
    assert solution.answer.value == math.inf
    assert "has a symbol with probability 0" in remark(solution, "loss-is-infinite")
    assert "target-does-not-fit" not in codes(solution)


def test_an_empty_target_has_one_alignment() -> None:
    solution = solved(target=[])
    assert solution.answer.value == pytest.approx(-log(0.4 * 0.5 * 0.2))
    assert "the blank _ at every time step" in remark(solution, "empty-target")
    assert [step.id for step in solution.steps if step.id.startswith("alignment.")] == [
        "alignment.1"
    ]


def test_probabilities_that_do_not_sum_to_1_have_no_logits() -> None:
    solution = solved(probabilities=[[0.9, 0.3, 0.3]] * 3, gradient=True)
    assert "sum to 1.5 at t = 1" in remark(solution, "probabilities-do-not-sum-to-one")
    assert set(solution.gradient) == {"probabilities", "log_probs"}


# --- how it is given ------------------------------------------------------------------------


def test_columns_without_labels_are_numbers_and_the_blank_is_0() -> None:
    keys = {"loss": "ctc", "target": [1, 2], "probabilities": FIXTURE["probabilities"]}
    assert lossclass.solve(keys).step("probability").value == 0.132
    assert lossclass.solve({**keys, "blank": 2, "target": [0, 1]}).cross_check.agrees


def test_whatever_offers_an_array_can_be_given() -> None:
    class Tensor:
        def __init__(self, array: np.ndarray[Any, Any]) -> None:
            self.array = array

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
            return self.array

    log_probs = np.log(np.array(FIXTURE["probabilities"])).astype(np.float32)
    for array in (log_probs, log_probs[:, None, :]):  # a batch of one has T × 1 × C
        solution = lossclass.solve(
            {"loss": "ctc", "target": np.array([1, 2]), "log_probs": Tensor(array)}
        )
        assert solution.answer.value == pytest.approx(2.024953, abs=1e-6)


def test_an_array_that_is_large_has_the_shapes_and_numbers_that_a_small_one_may_have() -> None:
    large = np.full((201, 1, 100), 0.01)
    wrong = large[:, 0].copy()
    wrong[3, 4] = 1.5
    keys = {"loss": "ctc", "target": [1]}
    for array in (large, large[:, 0]):
        inputs: Any = lossclass.load({**keys, "probabilities": array}).inputs
        assert inputs.matrix.shape == (201, 100)
    for array, says in (
        (
            np.repeat(large, 2, axis=1),
            "probabilities: expected T × C numbers, got those of a batch",
        ),
        (large.astype("U4"), "probabilities: expected real numbers, got an array of <U4"),
        (wrong, "probabilities.4.5: expected a number between 0 and 1, got 1.5"),
    ):
        with pytest.raises(lossclass.InvalidProblem, match=re.escape(says)):
            lossclass.load({**keys, "probabilities": array})


def test_a_batch_of_one_target_is_that_target() -> None:
    log_probs = np.log(np.array(FIXTURE["probabilities"]))[:, None]
    given = {"loss": "ctc", "log_probs": log_probs, "target": np.array([[1, 2]])}
    assert round(lossclass.solve(given).step("probability").value, 9) == 0.132


@pytest.mark.parametrize("key", ["file", "probabilities"])
def test_probabilities_may_stand_in_a_file(key: str, tmp_path: Path) -> None:
    np.save(tmp_path / "probs.npy", np.array(FIXTURE["probabilities"]))
    (tmp_path / "problem.yaml").write_text(
        f"loss: ctc\ntarget: ab\nblank: _\nlabels: [_, a, b]\n{key}: probs.npy\n"
    )
    assert lossclass.solve(tmp_path / "problem.yaml").step("probability").value == 0.132
    (tmp_path / "probs.csv").write_text("0.4,0.3,0.3\n0.5,0.2,0.3\n0.2,0.5,0.3\n")
    (tmp_path / "problem.yaml").write_text(
        f"loss: ctc\ntarget: ab\nblank: _\nlabels: [_, a, b]\n{key}: probs.csv\n"
    )
    assert lossclass.solve(tmp_path / "problem.yaml").step("probability").value == 0.132


@pytest.mark.parametrize(
    ("keys", "path", "says"),
    [
        ({"labels": ["_", "a"]}, "labels", "expected 3 labels, one for each column, got 2"),
        ({"labels": ["_", "a", "a"]}, "labels.3", "the label 'a' stands here twice"),
        ({"labels": None}, "labels", "missing; they say what the 3 columns stand for"),
        ({"labels": None, "blank": 0, "target": [1, 3]}, "target.2", "expected a column, counted from 0 to 2, got 3"),
        ({"labels": None, "blank": 3, "target": [1, 2]}, "blank", "expected a column, counted from 0 to 2, got 3"),
        ({"target": [["a"], ["b"]]}, "target", "expected the labels of one sequence, got those of a batch"),
        ({"target": ["a", "_"]}, "target", "the blank '_' cannot be a label of the target"),
        ({"target": ["a", "0"]}, "target", "the blank '_' cannot be a label of the target"),
        ({"target": ["a", "c"]}, "target.2", "'c' is no label; there are _, a, b"),
        ({"blank": "-"}, "blank", "'-' is no label; there are _, a, b"),
        ({"blank": None}, "blank", "missing"),
        ({"alignments": ["ab"]}, "alignments.1", "expected 3 symbols, one for each time step, got 2"),
        ({"alignments": ["abc"]}, "alignments.1.3", "'c' is no label"),
        ({"time_steps": 4}, "time_steps", "there are 3 rows, one for each time step, got 4"),
        ({"logits": [[1, 2, 3]]}, "logits", "there is probabilities already"),
        ({"probabilities": [[0.5, 0.5], [1, 0, 0]]}, "probabilities.2", "expected 2 numbers"),
        ({"probabilities": [[0.5, 1.5, 0]]}, "probabilities.1.2", "between 0 and 1, got 1.5"),
        ({"probabilities": None}, "probabilities", "missing; logits, log_probs or an rnn may stand for it"),
        ({"probabilities": None, "log_probs": [[0.5, -1, -1]]}, "log_probs.1.1", "0 or less"),
        ({"probabilities": np.ones((2, 2, 2))}, "probabilities", "expected T × C numbers, got those of a batch"),
        ({"probabilities": np.array([["a"]])}, "probabilities.1.1", "expected a number between 0 and 1"),
        ({"probabilities": np.full((200, 200), 1.5)}, "probabilities.1.1", "got 1.5"),
        ({"probabilities": np.full((200, 200), np.nan)}, "probabilities.1.1", "got nan"),
        (
            {"probabilities": {"_": 0.5, "a": 0.5, "b": 0}, "labels": None},
            "alignments",
            "missing; either alignments are listed here, or time_steps says",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(keys: dict[str, Any], path: str, says: str) -> None:
    problem = {key: value for key, value in {**FIXTURE, **keys}.items() if value is not None}
    with pytest.raises(InvalidProblem) as refused:
        lossclass.load(problem)
    mistakes = {mistake.path: mistake.message for mistake in refused.value.mistakes}
    assert says in mistakes[path]


# --- large ones -----------------------------------------------------------------------------


def test_underflow_does_not_touch_the_steps() -> None:
    steps, q = 5000, 1e-3
    solution = lossclass.solve(
        {"loss": "ctc", "target": "ab", "blank": "_", "time_steps": steps,
         "probabilities": {"_": q, "a": q, "b": q}}
    )  # fmt: skip
    expected = -steps * log(q) - log(comb(steps + 2, 4))
    assert solution.answer.value == pytest.approx(expected, rel=1e-13)
    assert solution.cross_check.agrees
    assert "too many to write out" in str(solution)


@pytest.mark.some(3)
@pytest.mark.parametrize("kind", ["probabilities", "log_probs", "logits"])
def test_a_large_problem_is_summarised(kind: str) -> None:
    generator = np.random.default_rng(7)
    logits = generator.normal(size=(300, 200)) * 3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = {"probabilities": probabilities, "log_probs": np.log(probabilities), "logits": logits}
    target = generator.integers(1, 200, size=40)
    solution = lossclass.solve({"loss": "ctc", "target": target, kind: given[kind]})
    assert solution.cross_check.agrees
    assert [step.id for step in solution.steps if step.id.startswith("alpha.")] == [
        "alpha.300.80", "alpha.300.81",
    ]  # fmt: skip
    assert len(str(solution).splitlines()) < 150
    # No quantity is made for every cell or number: only for what is written.
    assert len(solution.calculation) < 1000
    json.dumps(solution.to_dict())


@pytest.mark.thorough
def test_what_is_too_large_to_be_written_out_is_refused_politely() -> None:
    keys = {
        "loss": "ctc",
        "target": "ab",
        "blank": "_",
        "probabilities": {"_": 0.5, "a": 0.25, "b": 0.25},
    }
    options: list[dict[str, Any]] = [{"backward": True}, {"gradient": True}, {"everything": True}]
    for option in options:
        with pytest.raises(UsageError, match="are not written out"):
            lossclass.solve({**keys, "time_steps": 5000}, **option)
    assert lossclass.solve({**keys, "time_steps": 700}, everything=True).step("alpha.350.3")


def test_long_workings_are_cut_in_the_middle_and_say_so() -> None:
    keys = {
        "loss": "ctc",
        "target": "ab",
        "blank": "_",
        "probabilities": {"_": 0.5, "a": 0.25, "b": 0.25},
    }
    text = str(lossclass.solve({**keys, "time_steps": 60}))
    assert "… 236 steps are left out here, alpha.9.5 to alpha.56.5." in text
    assert "… 30 rows are left out." in text


# --- PyTorch --------------------------------------------------------------------------------


def test_pytorch_agrees_on_loss_and_gradient() -> None:
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(11)
    for steps, columns, length in [(3, 3, 2), (12, 5, 4), (30, 8, 6)]:
        logits = torch.tensor(generator.normal(size=(steps, 1, columns)), requires_grad=True)
        target = torch.tensor(generator.integers(1, columns, size=(1, length)))
        log_probs = logits.log_softmax(2)
        loss = torch.nn.functional.ctc_loss(
            log_probs, target, torch.tensor([steps]), torch.tensor([length]), reduction="none"
        )
        if torch.isinf(loss):
            continue
        loss.sum().backward()
        by_hand = lossclass.solve(
            {"loss": "ctc", "target": target[0], "log_probs": log_probs}, gradient=True
        )
        assert by_hand.answer.value == pytest.approx(loss.item(), rel=1e-12)
        assert np.array(by_hand.gradient["logits"], float) == pytest.approx(
            logits.grad[:, 0].numpy(), abs=1e-12
        )


@pytest.mark.parametrize("kind", ["bfloat16", "float16", "float32"])
def test_a_tensor_of_low_precision_is_read_as_it_is(kind: str) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(FIXTURE["probabilities"]).log().to(getattr(torch, kind))
    keys = {key: value for key, value in FIXTURE.items() if key != "probabilities"}
    solution = lossclass.solve({**keys, "log_probs": tensor.requires_grad_()})
    listed = lossclass.solve({**keys, "log_probs": tensor.double().tolist()})
    assert solution.answer == listed.answer
    batch = tensor[:, None], torch.tensor([[1, 2]])
    assert ctc_loss(*batch) == pytest.approx([solution.answer.value], rel=1e-6)
    assert ctc_occupancy(*batch)[1].sum(axis=-1) == pytest.approx(np.ones((3, 1)), rel=1e-6)


@pytest.mark.parametrize("as_array", [False, True])
def test_a_logarithm_that_is_no_number_may_be_infinite_but_not_nan(as_array: bool) -> None:
    rows = np.log(np.asarray(FIXTURE["probabilities"], float))
    keys = {key: value for key, value in FIXTURE.items() if key != "probabilities"}
    for cell, is_allowed in ((-math.inf, True), (math.nan, False)):
        rows[0, 0] = cell
        problem = {**keys, "log_probs": rows if as_array else rows.tolist()}
        if is_allowed:
            assert lossclass.solve(problem).cross_check.agrees
            continue
        with pytest.raises(InvalidProblem) as caught:
            lossclass.load(problem)
        (mistake,) = caught.value.mistakes
        assert mistake.path == "log_probs.1.1"
        assert "0 or less" in mistake.message
        assert "finite" not in mistake.message


def test_a_mean_is_not_the_mean_of_pytorch() -> None:
    code = "mean-is-not-divided-by-target-length"
    mean = remark(solved(reduction="mean"), code)
    assert f"make {-log(0.132) / 2:.4g} of {-log(0.132):.4g}" in mean
    weighted = remark(solved(reduction="mean", weights=[3]), code)
    assert f"make {-3 * log(0.132) / 2:.4g} of {-3 * log(0.132):.4g}" in weighted
    for keys in ({}, {"reduction": "sum"}, {"reduction": "mean", "target": ["a"]}):
        assert code not in codes(solved(**keys))
    assert code not in codes(solved(reduction="mean", target=["a", "a", "a"]))


def test_the_mean_of_pytorch_is_the_number_in_the_remark() -> None:
    torch = pytest.importorskip("torch")
    loss = torch.nn.CTCLoss(reduction="mean")(
        torch.tensor(FIXTURE["probabilities"]).double().log()[:, None],
        torch.tensor([[1, 2]]),
        [3],
        [2],
    )
    text = remark(solved(reduction="mean"), "mean-is-not-divided-by-target-length")
    assert f"make {float(loss):.4g} of" in text

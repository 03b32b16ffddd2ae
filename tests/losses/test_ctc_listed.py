"""CTC over the alignments that a problem lists, against the definition, and what is remarked."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.losses.ctc.lattice import collapse
from problems import codes, decimals

SYMBOLS = "ab-"


@st.composite
def ctc_problems(draw: st.DrawFn) -> dict[str, Any]:
    alignments = st.text(SYMBOLS, min_size=1, max_size=6)
    return {
        "loss": "ctc",
        "target": draw(st.text("ab", max_size=3)),
        "blank": "-",
        "probabilities": {symbol: draw(decimals("0", "1")) for symbol in SYMBOLS},
        "alignments": draw(st.lists(alignments, min_size=1, max_size=5)),
        "alignments_counted": draw(st.sampled_from(["listed", "valid"])),
        "log_base": draw(st.sampled_from(["e", "2", "10"])),
    }


@given(ctc_problems())
def test_ctc_steps_and_numpy_and_the_definition_agree(problem: dict[str, Any]) -> None:
    counted = [
        alignment
        for alignment in problem["alignments"]
        if problem["alignments_counted"] == "listed"
        or collapse(alignment, "-") == tuple(problem["target"])
    ]
    total = sum(math.prod(float(problem["probabilities"][s]) for s in each) for each in counted)
    base = {"e": math.e, "2": 2, "10": 10}[problem["log_base"]]
    expected = -math.log(total) / math.log(base) if total else math.inf
    solution = lossclass.solve(problem)
    assert solution.cross_check.agrees
    assert solution.step("probability").value == pytest.approx(total, rel=1e-12)
    assert solution.answer.value == pytest.approx(expected, rel=1e-12, abs=1e-12)


def collapse_by_loop(alignment: str, blank: str) -> str:
    """The definition of Graves et al., symbol by symbol."""
    spelt, before = "", None
    for symbol in alignment:
        if symbol not in (before, blank):
            spelt += symbol
        before = symbol
    return spelt


def test_every_alignment_of_up_to_six_symbols_collapses_as_defined() -> None:
    for length in range(7):
        for symbols in product(SYMBOLS, repeat=length):
            alignment = "".join(symbols)
            assert "".join(collapse(alignment, "-")) == collapse_by_loop(alignment, "-")


def test_all_alignments_of_a_distribution_sum_to_the_known_fixture() -> None:
    """a from T = 2 with p(a) = 0.4 and p(-) = 0.6: aa, a-, -a."""
    solution = lossclass.solve(
        {
            "loss": "ctc",
            "target": "a",
            "blank": "-",
            "probabilities": {"a": 0.4, "-": 0.6},
            "alignments": ["aa", "a-", "-a"],
        }
    )
    assert solution.answer.value == pytest.approx(-math.log(0.4**2 + 2 * 0.4 * 0.6), rel=1e-14)
    assert solution.remarks == ()


def ctc(**keys: Any) -> lossclass.Solution:
    problem = {
        "loss": "ctc",
        "target": "ab",
        "blank": "-",
        "probabilities": {"a": 0.5, "b": 0.3, "-": 0.2},
        "alignments": ["a-b", "aab"],
    }
    return lossclass.solve({**problem, **keys})


def test_a_probability_of_zero_makes_the_loss_infinite_and_says_why() -> None:
    solution = ctc(probabilities={"a": 0.5, "b": 0, "-": 0.5})
    assert solution.answer.value == math.inf
    assert "loss-is-infinite" in codes(solution)
    assert solution.cross_check.agrees
    assert solution.to_dict()["answer"]["value"] == "Infinity"


def test_no_valid_alignment_among_those_counted_means_infinity_not_an_error() -> None:
    solution = ctc(alignments=["aaa"], alignments_counted="valid")
    assert solution.answer.value == math.inf
    assert "loss-is-infinite" in codes(solution)


def test_an_alignment_listed_twice_is_counted_twice_and_remarked() -> None:
    solution = ctc(alignments=["aab", "aab"])
    assert "alignment-listed-twice" in codes(solution)
    assert solution.step("probability").value == pytest.approx(2 * 0.5 * 0.5 * 0.3)


def test_a_sum_above_one_is_remarked() -> None:
    solution = ctc(probabilities={"a": 1, "b": 1, "-": 1})
    assert "probability-above-one" in codes(solution)
    assert solution.answer.value == pytest.approx(-math.log(2))


def test_ctc_with_weights_and_reductions() -> None:
    plain = ctc().answer.value
    assert ctc(weights=[3]).answer.value == pytest.approx(3 * plain)
    assert ctc(weights=[3], reduction="weighted_mean").answer.value == pytest.approx(plain)
    assert ctc(reduction="none").answer.value == pytest.approx([plain])


def test_a_probability_too_small_for_a_double_still_gives_its_loss() -> None:
    """0.001 to the power of 400 is 1e-1200: 0 as a double, but not on the sheet."""
    solution = ctc(probabilities={"a": 0.001, "b": 0.001, "-": 0.001}, alignments=["a" * 399 + "b"])
    assert solution.answer.value == pytest.approx(400 * math.log(1000), rel=1e-12)
    assert solution.cross_check.agrees

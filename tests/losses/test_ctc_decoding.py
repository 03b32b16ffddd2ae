"""Greedy decoding and prefix beam search against brute force over all alignments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from expressions import evaluate_precisely, evaluate_text
from hypothesis import assume, given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.line import lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.blocks import Paragraph, Remark, Step, Table
from lossclass.choices import Wanted
from lossclass.errors import UsageError
from lossclass.losses.ctc import write_answer
from lossclass.losses.ctc.decoding import (
    MOST_STEPS,
    most_probable,
    most_steps,
    write_beam,
    write_greedy,
)
from lossclass.losses.ctc.forward_backward import write_forward
from lossclass.losses.ctc.given import write_given
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.sheet import Sheet
from lossclass.working import Working

NAMES = "_abc"
#: The known case in which the best path does not spell the most probable labelling.
GREEDY_IS_WRONG: dict[str, Any] = {
    "target": "a",
    "blank": "_",
    "labels": ["_", "a"],
    "probabilities": [["0.6", "0.4"], ["0.6", "0.4"]],
}


# --- what is written ---


@dataclass(frozen=True)
class Written:
    working: Working

    def blocks(self, kind: type[Any]) -> Iterator[Any]:
        for section in self.working.sections:
            yield from (block for block in section.blocks if isinstance(block, kind))

    @property
    def steps(self) -> dict[str, Step]:
        return {step.id: step for step in self.blocks(Step)}

    @property
    def remarks(self) -> dict[str, str]:
        """Their texts by code; of several with one code, the last."""
        return {remark.code: remark.text for remark in self.blocks(Remark)}

    @property
    def said(self) -> str:
        return " ".join(paragraph.text for paragraph in self.blocks(Paragraph))

    def table(self, id: str) -> Table:
        tables: dict[str, Table] = {table.id: table for table in self.blocks(Table)}
        return tables[id]

    def beam(self, t: int) -> dict[str, tuple[Decimal, Decimal, Decimal, str]]:
        """The table of a time: B, N, p and what became of it, by prefix."""
        values = self.working.values
        return {
            str(prefix): tuple(
                Decimal(0) if cell == "0" else cell if isinstance(cell, str) else values[cell.id]
                for cell in cells
            )  # type: ignore[misc]
            for prefix, *cells in self.table(f"beam.{t}").rows
        }


def sheet_of(problem: Mapping[str, Any], width: int | None = None, digits: int = 4) -> Sheet:
    inputs = lossclass.load({"loss": "ctc", **problem}).inputs
    assert isinstance(inputs, Inputs)
    return Sheet(inputs, Working(digits, Wanted(extras={"beam": width})))


def decoded(problem: Mapping[str, Any], width: int | None = None, digits: int = 4) -> Written:
    """Greedy decoding, and the beam if there is a width."""
    sheet = sheet_of(problem, width, digits)
    write_given(sheet)
    write_greedy(sheet)
    if width is not None:
        write_beam(sheet, width)
    return Written(sheet.working)


# --- brute force ---


def spelt(alignment: Sequence[str]) -> str:
    """What an alignment collapses to, by a loop over its symbols."""
    text, before = "", "_"
    for symbol in alignment:
        text += symbol if symbol not in (before, "_") else ""
        before = symbol
    return text


def rows_of(problem: Mapping[str, Any]) -> list[dict[str, Fraction]]:
    return [
        dict(zip(problem["labels"], map(Fraction, row), strict=True))
        for row in problem["probabilities"]
    ]


def all_paths(problem: Mapping[str, Any]) -> dict[str, Fraction]:
    """The probability of every path, of every labelling."""
    rows = rows_of(problem)
    paths = product(problem["labels"], repeat=len(rows))
    return {
        "".join(path): math.prod(
            (row[symbol] for row, symbol in zip(rows, path, strict=True)), start=Fraction(1)
        )
        for path in paths
    }


def labellings(problem: Mapping[str, Any]) -> dict[str, Fraction]:
    """p(l|x) of every labelling l that has one above 0."""
    found: dict[str, Fraction] = {}
    for path, probability in all_paths(problem).items():
        if probability:
            found[spelt(path)] = found.get(spelt(path), Fraction(0)) + probability
    return found


def pruned(problem: Mapping[str, Any], width: int) -> dict[str, Fraction] | None:
    """The search by its definition: whole paths, of which those of the best prefixes go on. None
    where a tie leaves open which these are."""
    kept = {"": Fraction(1)}
    totals: dict[str, Fraction] = {}
    for row in rows_of(problem):
        paths = {path + s: p * y for path, p in kept.items() for s, y in row.items() if p * y}
        totals = {}
        for path, probability in paths.items():
            totals[spelt(path)] = totals.get(spelt(path), Fraction(0)) + probability
        ranked = sorted(totals.values(), reverse=True)
        if len(set(ranked)) < len(ranked):
            return None
        best = ranked[:width]
        kept = {path: p for path, p in paths.items() if totals[spelt(path)] in best}
    return totals


def name(labels: str) -> str:
    return labels or "ε"


@st.composite
def problems(draw: st.DrawFn, *, most_times: int = 4, places: int = 1) -> dict[str, Any]:
    """Few places make ties and zeros likely; the blank is in any column."""
    symbols = draw(st.permutations(NAMES[: draw(st.integers(1, 4))]))
    times = draw(st.integers(1, most_times if len(symbols) < 4 else 3))
    numbers = st.decimals(0, 1, places=places, allow_nan=False, allow_infinity=False)
    row = st.lists(numbers.map(str), min_size=len(symbols), max_size=len(symbols))
    labels = st.text([symbol for symbol in symbols if symbol != "_"], max_size=3)
    return {
        "target": list(draw(labels)) if len(symbols) > 1 else [],
        "blank": "_",
        "labels": symbols,
        "probabilities": draw(st.lists(row, min_size=times, max_size=times)),
    }


# --- greedy decoding ---


@given(problems())
def test_the_best_path_is_the_most_probable_of_all(problem: dict[str, Any]) -> None:
    written, paths = decoded(problem), all_paths(problem)
    step = written.steps["best_path"]
    assert Fraction(step.decimal) == max(paths.values())
    path = step.title.removeprefix("The best path: ")
    assert paths[path] == max(paths.values())
    target = "".join(problem["target"])
    wrong = written.remarks.get("best-path-is-not-the-target")
    assert (wrong is None) == (spelt(path) == target)
    shown = spelt(path) or "(empty)"
    assert f"The model would write {shown}" in (wrong or written.said)
    tied = {t for t, row in enumerate(rows_of(problem), 1) if len(set(row.values())) < len(row)}
    assert {
        t for t, each in enumerate(most_probable(sheet_of(problem)), 1) if len(each) > 1
    } <= tied


@given(problems())
def test_where_no_labelling_is_said_to_be_more_probable_none_is(problem: dict[str, Any]) -> None:
    written = decoded(problem)
    path = "".join(each[0] for each in most_probable(sheet_of(problem)))
    claimed = "no labelling is more probable" in written.said
    assert claimed != ("best-path-is-one-alignment" in written.remarks)
    every = labellings(problem)
    if claimed and every:
        assert every.get(spelt(path), Fraction(0)) == max(every.values())
    if not claimed:
        assert 2 * all_paths(problem)[path] <= sum(every.values())


def test_the_best_path_may_spell_what_is_not_most_probable() -> None:
    written = decoded(GREEDY_IS_WRONG, width=4)
    assert written.steps["best_path"].value == pytest.approx(0.6 * 0.6, rel=1e-15)
    assert "(empty), not the target a" in written.remarks["best-path-is-not-the-target"]
    assert "best-path-is-one-alignment" in written.remarks
    assert "The most probable prefix at the end is a: p₂(a) = 0.64." in written.said
    assert "Greedy decoding gives ε instead." in written.said
    assert float(written.beam(2)["a"][2]) == pytest.approx(2 * 0.6 * 0.4 + 0.4**2, rel=1e-15)


def test_of_equally_probable_symbols_the_first_column_is_taken_and_a_remark_says_so() -> None:
    rows = [["0.4", "0.4", "0.2"], ["0.5", "0.2", "0.3"], ["0.2", "0.4", "0.4"]]
    for labels, path in [("_ab", "__a"), ("ba_", "bba")]:
        problem = {"target": "a", "blank": "_", "labels": list(labels), "probabilities": rows}
        assert "".join(each[0] for each in most_probable(sheet_of(problem))) == path
        text = decoded(problem).remarks["best-path-tie"]
        assert f"{labels[0]} and {labels[1]} at t = 1" in text
        assert f"{labels[1]} and {labels[2]} at t = 3" in text
        assert "t = 2" not in text


def test_many_ties_are_not_all_named() -> None:
    rows = [["0.1"] * 8] * 9
    problem = {"target": "1", "probabilities": rows}
    text = decoded(problem).remarks["best-path-tie"]
    assert "8 symbols at t = 1;" in text
    assert "8 symbols at t = 5; and so at 4 more." in text


def test_without_ties_nothing_is_said_of_them() -> None:
    assert "best-path-tie" not in decoded(GREEDY_IS_WRONG).remarks


@pytest.mark.parametrize("key", ["logits", "log_probs"])
def test_logits_and_logarithms_have_the_best_path_of_their_probabilities(key: str) -> None:
    rows = [[0.1, -2.5, -0.7], [-1.5, -0.2, -1.4], [-3.0, -1.0, -1.0]]
    if key == "log_probs":
        rows[0][0] = -0.1
    problem = {"target": "a", "blank": "_", "labels": ["_", "a", "b"], key: rows}
    written = decoded(problem)
    assert written.steps["best_path"].title == "The best path: _aa"
    sums = [sum(math.exp(x) for x in row) if key == "logits" else 1.0 for row in rows]
    expected = math.prod(
        [math.exp(max(row)) / total for row, total in zip(rows, sums, strict=True)]
    )
    assert written.steps["best_path"].value == pytest.approx(expected, rel=1e-14)
    assert "a and b at t = 3" in written.remarks["best-path-tie"]


def test_the_same_probabilities_at_every_time_have_a_best_path_of_one_symbol() -> None:
    problem = {"target": "ab", "blank": "_", "time_steps": 4}
    written = decoded({**problem, "probabilities": {"_": 0.2, "a": 0.3, "b": 0.5}})
    assert written.steps["best_path"].value == pytest.approx(0.5**4, rel=1e-15)
    assert "The model would write b" in written.remarks["best-path-is-not-the-target"]
    tied = decoded({**problem, "probabilities": {"_": 0.2, "a": 0.4, "b": 0.4}})
    assert "a and b at every time step" in tied.remarks["best-path-tie"]


@pytest.mark.parametrize(
    ("largest", "times"), [("0.6", 1), ("0.8", 2), ("0.8", 3), ("0.9", 3), ("0.9", 4)]
)
def test_more_than_half_is_of_all_alignments(largest: str, times: int) -> None:
    """All have 1.1 to the power of T together, where the numbers of a time step sum to 1.1."""
    rest = str(Decimal("1.1") - Decimal(largest))
    problem = {"target": "a", "blank": "_", "time_steps": times}
    written = decoded({**problem, "probabilities": {"_": rest, "a": largest}})
    is_certain = times == 1 or Decimal(largest) ** times > Decimal("1.1") ** times / 2
    assert ("no labelling is more probable than a" in written.said) == is_certain
    assert ("best-path-is-one-alignment" in written.remarks) != is_certain


def test_a_long_path_has_no_table_and_a_very_long_one_no_product() -> None:
    row = ["0.3", "0.7"]
    for times, table, product_ in [(30, True, True), (31, False, True), (201, False, False)]:
        rows = [row if t % 2 else row[::-1] for t in range(times)]
        problem = {"target": "a", "blank": "_", "labels": ["_", "a"], "probabilities": rows}
        written = decoded(problem)
        tables = [each.id for each in written.blocks(Table)]
        assert ("best_path" in tables) == table
        assert ("best_path" in written.steps) == product_
        if product_:
            expected = math.prod([0.7] * times)
            assert written.steps["best_path"].value == pytest.approx(expected, rel=1e-13)
    assert "… aaaaaaaaaaaaaaa (100 symbols)" in written.remarks["best-path-is-not-the-target"]


@pytest.mark.parametrize("key", ["probabilities", "logits", "log_probs"])
def test_a_large_input_is_decoded_without_quantities(key: str) -> None:
    numbers = np.random.default_rng(7).uniform(0.01, 0.9, (800, 40))
    numbers[3, [5, 11]] = numbers[3].max() + 0.05  # a tie
    given_numbers = numbers if key != "log_probs" else np.log(numbers)
    sheet = sheet_of({"target": ["1", "2"], key: given_numbers})
    assert sheet.outputs.is_large
    write_greedy(sheet)
    assert sheet.working.calculation == []
    written, path = Written(sheet.working), [each[0] for each in most_probable(sheet)]
    assert path == [str(max(range(40), key=row.__getitem__)) for row in numbers]
    ties = [(t, each) for t, each in enumerate(most_probable(sheet), start=1) if len(each) > 1]
    assert ties == [(4, ["5", "11"])]
    assert "5 and 11 at t = 4" in written.remarks["best-path-tie"]
    assert "…" in written.remarks["best-path-is-not-the-target"]
    assert max(len(text) for text in written.remarks.values()) < 500


# --- prefix beam search ---


@given(problems(places=2))
def test_a_beam_that_drops_nothing_gives_every_labelling_its_probability(
    problem: dict[str, Any],
) -> None:
    written, every = decoded(problem, width=200), labellings(problem)
    if not every:
        assert "beam-is-empty" in written.remarks
        return
    T = len(problem["probabilities"])  # noqa: N806 - the letter of the source
    last = written.beam(T)
    assert {prefix: Fraction(p) for prefix, (_, _, p, _) in last.items()} == {
        name(labels): p for labels, p in every.items()
    }
    paths = all_paths(problem)
    for prefix, (ends_in_blank, ends_in_label, _, beam) in last.items():
        mine = {path: p for path, p in paths.items() if name(spelt(path)) == prefix}
        assert Fraction(ends_in_blank) == sum(p for path, p in mine.items() if path[-1] == "_")
        assert Fraction(ends_in_label) == sum(p for path, p in mine.items() if path[-1] != "_")
        assert beam == "kept"
    best = next(iter(last))
    assert last[best][2] == max(p for _, _, p, _ in last.values())
    assert f"no labelling is more probable than {best}" in written.said
    assert "beam-is-a-lower-bound" not in written.remarks


@given(problems(places=3), st.integers(1, 4))
def test_a_narrow_beam_goes_on_with_the_paths_of_the_prefixes_kept(
    problem: dict[str, Any], width: int
) -> None:
    expected = pruned(problem, width)
    assume(expected)
    assert expected is not None
    written = decoded(problem, width)
    T = len(problem["probabilities"])  # noqa: N806 - the letter of the source
    found = written.beam(T)
    assert {prefix: Fraction(p) for prefix, (_, _, p, _) in found.items()} == {
        name(labels): p for labels, p in expected.items()
    }
    every = labellings(problem)
    assert all(p <= every[labels] for labels, p in expected.items())
    for t in range(1, T + 1):
        table = written.beam(t)
        sums = [p for _, _, p, _ in table.values()]
        assert sums == sorted(sums, reverse=True)
        beams = [beam for *_, beam in table.values()]
        assert beams == ["kept"] * len(beams[:width]) + ["dropped"] * len(beams[width:])
    was_dropped = any(len(written.beam(t)) > width for t in range(1, T))
    exact = "beam-dropped-others" in written.remarks
    assert was_dropped == (exact or "beam-is-a-lower-bound" in written.remarks)
    best = next(iter(found))
    if exact:
        assert Fraction(found[best][2]) == every["" if best == "ε" else best]


def test_a_beam_that_dropped_nothing_of_its_result_has_its_whole_probability() -> None:
    rows = [["0.1", "0.8", "0.1"], ["0.1", "0.1", "0.8"]]
    problem = {"target": "ab", "blank": "_", "labels": ["_", "a", "b"], "probabilities": rows}
    written = decoded(problem, width=1)
    assert "beam-is-a-lower-bound" not in written.remarks
    assert "0.64 is its whole p(l|x)" in written.remarks["beam-dropped-others"]
    assert labellings(problem)["ab"] == Fraction("0.8") * Fraction("0.8")


@given(problems(places=2), st.integers(1, 5), st.sampled_from([1, 2, 4, 10]))
def test_every_substituted_line_comes_to_its_value(
    problem: dict[str, Any], width: int, digits: int
) -> None:
    written = decoded(problem, width, digits)
    values = written.working.values
    for id, step in written.steps.items():
        line = lay_out(step.quantity, values, digits)
        text = line.substituted(PLAIN)
        if line.exact:
            assert math.isclose(evaluate_text(text), float(values[id]), rel_tol=1e-12), id
        else:
            rounded = round_significant(evaluate_precisely(text), digits)
            assert rounded == round_significant(values[id], digits), id


@given(problems(), st.integers(1, 6))
def test_there_are_never_more_steps_than_the_limit_is_held_against(
    problem: dict[str, Any], width: int
) -> None:
    steps = [id for id in decoded(problem, width).steps if id.startswith("beam.")]
    times, symbols = len(problem["probabilities"]), len(problem["labels"])
    assert len(steps) <= most_steps(times, symbols, width)


def formulas(written: Written) -> dict[str, str]:
    values = written.working.values
    return {
        id: f"{line.symbol(PLAIN)} = {line.formula(PLAIN)}"
        for id, step in written.steps.items()
        for line in [lay_out(step.quantity, values, 4)]
    }


def test_the_steps_are_the_three_ways_on() -> None:
    rows = [["0.6", "0.3", "0.1"], ["0.5", "0.3", "0.2"], ["0.2", "0.6", "0.2"]]
    problem = {"target": "aa", "blank": "_", "labels": ["_", "a", "b"], "probabilities": rows}
    written = decoded(problem, width=2)
    lines = formulas(written)
    assert lines["beam.1.1.blank"] == "B₁(ε) = y₁(_)"
    assert lines["beam.1.2.label"] == "N₁(a) = y₁(a)"
    assert lines["beam.1.2"] == "p₁(a) = N₁(a)"
    assert list(written.beam(1)) == ["ε", "a", "b"]
    assert lines["beam.2.2.blank"] == "B₂(a) = p₁(a) · y₂(_)"
    assert lines["beam.2.2.label"] == "N₂(a) = (N₁(a) + p₁(ε)) · y₂(a)"
    assert lines["beam.2.2"] == "p₂(a) = B₂(a) + N₂(a)"
    assert lines["beam.2.3.label"] == "N₂(b) = p₁(ε) · y₂(b)"
    assert "beam.2.4.blank" not in lines
    assert lines["beam.2.4.label"] == "N₂(ab) = p₁(a) · y₂(b)"
    assert list(written.beam(2))[:2] == ["a", "ε"]
    assert lines["beam.3.2.label"] == "N₃(aa) = B₂(a) · y₃(a)"
    assert "Only its paths that end in a blank count, B₂(a)" in written.steps["beam.3.2.label"].why
    assert "B₂" not in written.steps["beam.3.1.label"].why


def test_the_first_made_of_equally_probable_prefixes_is_kept_and_a_remark_says_so() -> None:
    rows = [["0.4", "0.3", "0.3"], ["0.4", "0.3", "0.3"]]
    problem = {"target": "a", "blank": "_", "labels": ["_", "a", "b"], "probabilities": rows}
    written = decoded(problem, width=2)
    assert [beam for *_, beam in written.beam(1).values()] == ["kept", "kept", "dropped"]
    assert list(written.beam(1)) == ["ε", "a", "b"]
    assert "a and b are equally probable" in written.remarks["beam-tie"]
    assert "beam-tie" not in decoded(GREEDY_IS_WRONG, width=1).remarks
    whole = decoded(problem, width=50)
    assert "a and b are equally probable" in whole.remarks["beam-tie"]
    assert "The most probable prefix at the end is a:" in whole.said


def test_prefixes_that_only_rounding_sets_apart_stay_in_the_order_in_which_they_were_made() -> None:
    """abc, cba and the like are products of the same factors in another order, each rounded."""
    logits = [["-3", "0.3", "0.7", "1.03"]] * 3
    problem = {"target": "a", "blank": "_", "labels": list(NAMES), "logits": logits}
    written = decoded(problem, width=60)
    rows = {str(row[0]): row[3] for row in written.table("beam.3").rows}
    alike = [prefix for prefix in rows if sorted(prefix) == ["a", "b", "c"]]
    ids = [rows[prefix].id for prefix in alike]  # type: ignore[union-attr]
    assert len(ids) == 6
    assert len({written.working.values[id] for id in ids}) > 1
    assert ids == sorted(ids, key=lambda each: int(each.rpartition(".")[2]))


@pytest.mark.parametrize(
    ("width", "found", "said"),
    [
        (1, 0.4 * (0.5 + 0.3) * 0.7, "By α, its whole p(l|x) is 0.351."),
        (9, 0.351, "By α, its p(l|x) is the same."),
    ],
)
def test_what_a_beam_finds_of_the_target_is_held_against_alpha(
    width: int, found: float, said: str
) -> None:
    rows = [["0.3", "0.4", "0.3"], ["0.5", "0.3", "0.2"], ["0.1", "0.2", "0.7"]]
    problem = {"target": "ab", "blank": "_", "labels": ["_", "a", "b"], "probabilities": rows}
    sheet = sheet_of(problem, width)
    write_given(sheet)
    write_answer(sheet, write_forward(sheet))
    write_beam(sheet, width)
    written = Written(sheet.working)
    assert labellings(problem)["ab"] == Fraction("0.351")
    assert f"ab is the target. {said}" in written.said
    assert float(written.beam(3)["ab"][2]) == pytest.approx(found, rel=1e-15)
    if width == 1:
        assert "p(l|x) of ab is 0.224 or more" in written.remarks["beam-is-a-lower-bound"]


def test_a_time_step_without_any_probability_ends_the_search() -> None:
    rows = [["0.5", "0.5"], ["0", "0"], ["0.5", "0.5"]]
    problem = {"target": "a", "blank": "_", "labels": ["_", "a"], "probabilities": rows}
    written = decoded(problem, width=3)
    assert written.remarks["beam-is-empty"].startswith("At time 2 ")
    assert not any(id.startswith(("beam.2", "beam.3")) for id in written.steps)


def test_the_sign_for_the_empty_prefix_is_no_symbol_of_the_problem() -> None:
    problem = {**GREEDY_IS_WRONG, "labels": ["ε", "a"], "blank": "ε"}
    written = decoded(problem, width=4)
    assert list(written.beam(1)) == ["(empty)", "a"]
    assert formulas(written)["beam.1.1.blank"] == 'B₁("(empty)") = y₁(ε)'


def test_of_a_long_prefix_the_end_is_shown() -> None:
    letters = [chr(ord("a") + n) for n in range(26)]
    rows = [["1" if s == t else "0" for s in range(27)] for t in range(25)]
    problem = {"target": "a", "blank": "_", "labels": [*letters, "_"], "probabilities": rows}
    written = decoded(problem, width=1)
    assert list(written.beam(20)) == ["abcdefghijklmnopqrst"]
    assert list(written.beam(25)) == ["…fghijklmnopqrstuvwxy"]


# --- what is refused ---


def test_a_search_of_too_many_steps_is_refused_with_its_numbers_and_a_width_that_fits() -> None:
    problem = {"target": "a", "blank": "_", "time_steps": 9}
    symbols = {"_": "0.2", "a": "0.5", "b": "0.1", "c": "0.1", "d": "0.1"}
    sheet = sheet_of({**problem, "probabilities": symbols})
    with pytest.raises(UsageError) as raised:
        write_beam(sheet, 300)
    assert sheet.working.sections == ()
    text = str(raised.value)
    for number in [most_steps(9, 5, 300), MOST_STEPS]:
        assert f" {number} " in text
    assert "T = 9 time steps, 5 symbols and 300 prefixes kept" in text
    fits = int(text.partition("With up to ")[2].partition(" ")[0])
    assert most_steps(9, 5, fits) <= MOST_STEPS < most_steps(9, 5, fits + 1)
    write_beam(sheet, fits)


@pytest.mark.thorough
def test_where_no_width_fits_none_is_named() -> None:
    problem = {"target": "a", "blank": "_", "time_steps": 100_000}
    sheet = sheet_of({**problem, "probabilities": {"_": "0.5", "a": "0.5"}})
    for width in [1, 10**30]:
        with pytest.raises(UsageError, match="So it is left out for this input"):
            write_beam(sheet, width)


@pytest.mark.parametrize("width", [0, -3])
def test_a_beam_keeps_at_least_one_prefix(width: int) -> None:
    with pytest.raises(UsageError, match=f"at least 1 prefix, got {width}"):
        write_beam(sheet_of(GREEDY_IS_WRONG), width)


def test_steps_are_built_on_earlier_steps_and_given_numbers_only() -> None:
    """The 1 of the empty prefix before the first time step is nowhere in the formulas."""
    for step in decoded(GREEDY_IS_WRONG, width=4).steps.values():
        leaves = [step.quantity.definition]
        while leaves:
            node = leaves.pop()
            assert not isinstance(node, Constant)
            leaves += node.operands

"""The edit distance, against its definition in three lines and against every way to edit."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.errors import InvalidProblem, LossclassError, UsageError
from lossclass.marking.marker import Marker
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of
from lossclass.variants.statement import warnings_of
from lossclass.variants.variant import Variants
from lossclass.worksheets import Show
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.worksheet import Grid


def distance(one: str, other: str, costs: tuple[float, float, float] = (1, 1, 1)) -> float:
    """Over all ways to edit, from the definition."""
    substitution, deletion, insertion = costs

    @cache
    def between(i: int, j: int) -> float:
        ways = []
        if i:
            ways.append(between(i - 1, j) + deletion)
        if j:
            ways.append(between(i, j - 1) + insertion)
        if i and j:
            ways.append(between(i - 1, j - 1) + substitution * (one[i - 1] != other[j - 1]))
        return min(ways, default=0)

    return between(len(one), len(other))


texts = st.text("abc", max_size=6)
costs = st.tuples(*[st.sampled_from([0, 0.5, 1, 2, 3])] * 3)


@given(texts, texts, costs)
def test_the_distance_is_the_cheapest_of_all_ways(
    one: str, other: str, costs: tuple[float, float, float]
) -> None:
    problem: dict[str, Any] = {"loss": "edit_distance", "reference": [*one], "hypothesis": [*other]}
    problem["costs"] = dict(zip(("substitution", "deletion", "insertion"), costs, strict=True))
    solution = lossclass.solve(problem)
    assert solution.answer.value == distance(one, other, costs)
    assert solution.cross_check.agrees
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            assert solution.values[f"distance.{i}.{j}"] == distance(one[:i], other[:j], costs)
    counts = [float(solution.values[f"{each}s"]) for each in problem["costs"]]
    assert sum(n * cost for n, cost in zip(counts, costs, strict=True)) == solution.answer.value
    assert len(one) - counts[1] == len(other) - counts[2]


@given(texts.filter(bool), texts)
def test_the_rate_is_divided_by_the_reference(one: str, other: str) -> None:
    problem = {"loss": "edit_distance", "reference": [*one], "hypothesis": [*other]}
    expected = distance(one, other) / len(one)
    assert lossclass.solve(problem).step("rate").value == pytest.approx(expected)
    assert lossclass.solve({**problem, "rate": True}).answer.value == pytest.approx(expected)


def test_texts_are_compared_by_characters_or_by_words() -> None:
    problem = {"loss": "edit_distance", "reference": "a cat sat", "hypothesis": "the cat sat"}
    assert lossclass.solve(problem).answer.value == distance("a cat sat", "the cat sat")
    assert lossclass.solve({**problem, "units": "words"}).answer.value == 1
    letters: dict[str, Any] = {
        "loss": "edit_distance",
        "reference": ["i", "a", "m"],
        "hypothesis": ["i"],
    }
    assert lossclass.solve({**letters, "units": "words"}).answer.value == 2
    assert not any(each.code for each in lossclass.solve(letters, frameworks=True).frameworks)
    letters["reference"] = np.array(["i", "am"])
    assert lossclass.solve({**letters, "units": "words"}).answer.value == 1
    listed = {"loss": "edit_distance", "reference": ["a", "cat"], "hypothesis": ["the", "cat"]}
    assert lossclass.solve(listed).answer.value == 1
    mixed = {"loss": "edit_distance", "reference": ["a", "cat"], "hypothesis": "a cat sat"}
    with pytest.raises(InvalidProblem, match="reference is a list of words; write units: words"):
        lossclass.solve(mixed)
    assert lossclass.solve({**mixed, "units": "words"}).answer.value == 1
    assert lossclass.solve({**mixed, "reference": ["a", "c"], "hypothesis": "ac"}).answer.value == 0
    named = {"loss": "WER", "reference": "a cat sat", "hypothesis": "the cat sat"}
    assert lossclass.solve(named).answer.value == pytest.approx(1 / 3)


def test_against_jiwer() -> None:
    jiwer = pytest.importorskip("jiwer")
    pairs = [
        ("turn the light on in here", "turn light on near here now"),
        ("one two three", "three two one"),
        ("a b c d", "a x c"),
        ("same words here", "same words here"),
        ("short", "a much longer answer"),
    ]
    for reference, hypothesis in pairs:
        problem = {
            "loss": "edit_distance",
            "reference": reference,
            "hypothesis": hypothesis,
            "rate": True,
        }
        words = lossclass.solve({**problem, "units": "words"})
        assert words.answer.value == pytest.approx(jiwer.wer(reference, hypothesis))
        found = jiwer.process_words(reference, hypothesis)
        assert (
            float(words.values["edits"]) == found.substitutions + found.deletions + found.insertions
        )
        assert lossclass.solve(problem).answer.value == pytest.approx(
            jiwer.cer(reference, hypothesis)
        )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"costs": {"swap": 1}}, "costs.swap: there is no such edit; there are substitution, deletion, insertion"),
        ({"costs": {"deletion": -1}}, "costs.deletion: expected a number, 0 or more, got -1"),
        ({"costs": 3}, "costs: expected a mapping of substitution, deletion and insertion"),
        ({"reference": [], "rate": True}, "rate: the reference is empty, and nothing can be divided by its length"),
        ({"hypothesis": "ab" * 200}, "hypothesis: the table has 2406 cells, and more than 900 are not worked by hand"),
        ({"units": "letters"}, "units: expected"),
        ({"hypothesis": ["a b", "c d"]}, "of a list of sentences give one, without brackets"),
    ],
)  # fmt: skip
def test_what_does_not_fit(keys: dict[str, Any], message: str) -> None:
    problem = {**lossclass.load("typing_edit_distance").data, **keys}
    with pytest.raises(LossclassError, match=re.escape(message)):
        lossclass.load(problem)


def test_there_is_no_gradient_and_that_is_said() -> None:
    solution = lossclass.solve("typing_edit_distance", gradient=True)
    assert solution.gradient == {}
    assert [each.code for each in solution.remarks] == ["no-gradient"]


def test_a_weight_and_none_as_a_reduction() -> None:
    problem = lossclass.load("word_error_rate").data
    assert lossclass.solve({**problem, "weights": [3]}).answer.value == pytest.approx(1.5)
    assert lossclass.solve({**problem, "reduction": "none"}).answer.value == [0.5]


def test_deletions_and_insertions_exchanged_are_named() -> None:
    problem = lossclass.load("typing_edit_distance")
    solution = lossclass.solve(problem)
    given = {"deletions": 0, "insertions": 1}
    answers = {id: Published.model_construct(value=Decimal(each)) for id, each in given.items()}
    marks = [*Marker(solution, answers, diagnosis_of(problem, solution)).marks()]
    assert {each.slips[0].code for each in marks if each.verdict == "wrong"} == {
        "insertion-deletion-swapped"
    }


@pytest.mark.parametrize("show", [Show.FORMULA, Show.QUESTION])
def test_a_worksheet_of_the_number_of_edits_does_not_hand_out_their_counts(show: Show) -> None:
    solution = lossclass.solve("typing_edit_distance")
    counts = {"substitutions", "deletions", "insertions"}
    sheet = worksheet(solution, show, ("loss", "edits", "rate"))
    told = [
        b for part in sheet.parts for b in part.blocks if isinstance(b, Grid) and b.id == "told"
    ]
    symbols = {solution.step(each).quantity.symbol for each in counts}
    assert not symbols & {row[0] for grid in told for row in grid.rows}
    # who is asked for everything is asked for them
    assert counts < {each.id for each in worksheet(solution, show).questions}


def test_the_first_cell_stands_in_the_lines_of_those_beside_it() -> None:
    text = str(lossclass.solve("typing_edit_distance"))
    assert "d(1, 1) = min(d(0, 0) + 1, d(0, 1) + 1, d(1, 0) + 1)" in text
    assert "d(0, 1) = d(0, 0) + 1" in text


# --- variants ---


@pytest.mark.some(3)
@pytest.mark.parametrize(
    ("keys", "apart"),
    [
        ({"reference": "kitten", "hypothesis": "sitting"}, list),
        ({"reference": "kitten", "hypothesis": "sitting", "vary": {"reference": "fixed"}}, list),
        ({"reference": "turn it on", "hypothesis": "turn on now", "units": "words"}, str.split),
        ({"reference": ["a", "b", "a"], "hypothesis": ["b", "a", "c", "c"]}, list),
    ],
)
def test_variants_have_other_texts_of_the_same_lengths(keys: Any, apart: Any) -> None:
    """What the two have in common, they still have: no more is deleted and inserted than was not."""
    problem = lossclass.load({"loss": "edit_distance", **keys})
    variants = Variants(problem, "a seed")
    names = ("reference", "hypothesis")
    before = [apart(keys[name]) for name in names]
    first, other = before
    blocks = SequenceMatcher(None, first, other, autojunk=False).get_matching_blocks()
    most = sum(map(len, before)) - 2 * sum(block.size for block in blocks)
    alphabet = {symbol for text in before for symbol in text}
    seen = set()
    for student in ("a", "b", "c"):
        data = variants.of(student).data
        after = [apart(data[name]) for name in names]
        assert type(data["reference"]) is type(keys["reference"])
        assert [*map(len, after)] == [*map(len, before)]
        assert {symbol for text in after for symbol in text} <= alphabet
        assert "vary" not in keys or data["reference"] == keys["reference"]
        assert lossclass.solve(data).answer.value == distance(*after) <= most
        seen.add(str(after))
    assert len(seen) == 3


def test_a_text_moves_by_no_rule() -> None:
    keys = {"reference": "kitten", "hypothesis": "sitting", "vary": {"hypothesis": {"step": 1}}}
    with pytest.raises(
        UsageError, match=r"vary\.hypothesis: a text has no numbers; it may be fixed"
    ):
        Variants(lossclass.load({"loss": "edit_distance", **keys}), "a seed")


def test_a_title_names_the_texts_or_is_warned_of() -> None:
    keys = {"loss": "edit_distance", "reference": "kitten", "hypothesis": "sitting"}
    named = lossclass.load({**keys, "title": "From {reference} to {hypothesis}"})
    assert lossclass.solve(named).about.title == "From kitten to sitting"
    assert not warnings_of(named)
    (warning,) = warnings_of(lossclass.load({**keys, "title": "From kitten to {hypothesis}"}))
    assert "'kitten' is reference, which is another text in variants; write '{reference}'" in str(
        warning
    )


def test_the_length_of_the_alignment_below_the_edits_is_named() -> None:
    """One deletion and one insertion in five places beside each other: 2 / 4, not 2 / 5."""
    keys = {"loss": "edit_distance", "reference": "abcd", "hypothesis": "bcde", "rate": True}
    solution = lossclass.solve(keys)
    assert solution.answer.value == 2 / 4
    (slip, *_) = diagnosis_of(lossclass.load(keys), solution).explain("loss", Decimal(2) / 5)
    assert slip.code == "divided-by-alignment"

"""Numbers that a title or a statement names in braces."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass import losses
from lossclass.errors import InvalidProblem
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import MOST_NUMBERS, escaped, without_names
from problems import bundled

HINGE: dict[str, Any] = {"loss": "hinge", "y_true": [1, -1, 1], "y_pred": ["0.80", "-0.5", "0.3"]}
CTC: dict[str, Any] = {
    "loss": "ctc",
    "target": "ab",
    "blank": "_",
    "probabilities": {"a": 0.5, "b": 0.25, "_": 0.25},
    "time_steps": 3,
}
NETWORK: dict[str, Any] = {
    "loss": "mse",
    "y_true": [1.5],
    "rnn": {
        "inputs": [[1, 0], [0, 1], [1, 1]],
        "U": [[0.5, 0.2]],
        "W": 0.1,
        "V": 2,
        "output": "identity",
        "predict": "last_step",
    },
}


def told(data: dict[str, Any], text: str) -> str:
    problem = lossclass.load({**data, "title": text, "statement": text})
    assert problem.inputs.title == problem.inputs.statement
    assert lossclass.solve(problem).about.title == problem.title
    return str(problem.title)


@pytest.mark.parametrize(
    ("data", "text", "expected"),
    [
        (HINGE, "scores {y_pred}", "scores 0.8, −0.5 and 0.3"),
        (HINGE, "{y_pred.2} for {y_true.2}", "−0.5 for −1"),
        (HINGE, "no braces, 100 %", "no braces, 100 %"),
        (HINGE, r"$\frac{{1}}{{2}}$ {{}} {{{y_pred.1}}}", r"$\frac{1}{2}$ {} {0.8}"),
        (CTC, "{time_steps} steps, {probabilities.b}", "3 steps, 0.25"),
        (CTC, "{probabilities}", "0.5 for a, 0.25 for b and 0.25 for _"),
        (NETWORK, "{rnn.inputs}; {rnn.inputs.3}", "(1, 0), (0, 1) and (1, 1); 1 and 1"),
        (NETWORK, "{rnn.inputs.1.2}, {rnn.W}, {y_true}", "0, 0.1, 1.5"),
        (
            {**HINGE, "y_pred": [1e-7, 12345678.9, 1 / 3]},
            "{y_pred.1} {y_pred.3}",
            "1 × 10⁻⁷ 0.3333",
        ),
        ({**HINGE, "y_pred": [1, 2, 1 / 3], "digits": 2}, "{y_pred}", "1, 2 and 0.33"),
        ({**HINGE, "y_pred": np.array([1.5, 2, 3])}, "{y_pred.1}, {y_pred}", "1.5, 1.5, 2 and 3"),
    ],
)
def test_a_name_in_braces_is_filled_in(data: dict[str, Any], text: str, expected: str) -> None:
    assert told(data, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{y_pred",
        "y_pred}",
        "{y_pred!r}",
        "{y_pred:>1000000000}",
        "{y_pred[0]}",
        "{y_pred.0}",
        "{y_pred.-1}",
        "{y_pred.4}",
        "{y_pred.1.__class__}",
        "{__class__}",
        "{inputs.model_fields}",
        "{title}",
        "{statement}",
        "{published.loss}",
        "{published}",
        "{loss}",
        "{{y_pred}",
        "{n}",
        "{0, 1",
        "}{",
    ],
)
def test_anything_else_in_braces_is_refused(text: str) -> None:
    for key in ("title", "statement"):
        with pytest.raises(InvalidProblem) as refused:
            lossclass.load({**HINGE, "published": {"loss": 0.467}, key: text})
        for mistake in refused.value.mistakes:
            assert mistake.path == key
            assert re.search(r"\bgot\b|no places", mistake.message)
    assert told(HINGE, escaped(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{y_perd.2}", "did you mean '{y_pred.2}'?"),
        ("{y_pred[0]}", "places are counted from 1, behind a point, as in '{y_pred.1}'"),
        ("{y_pred:.2f}", "write '{y_pred}'; the digits are those of the solution"),
    ],
)
def test_what_is_meant_is_suggested(text: str, said: str) -> None:
    with pytest.raises(InvalidProblem, match=re.escape(said)):
        lossclass.load({**HINGE, "statement": text})


@pytest.mark.parametrize("name", ["{ y_pred.2 }", "{Y_pred.2}", "{predictions.2}"])
def test_spaces_capitals_and_other_words_for_a_key_do_not_matter(name: str) -> None:
    assert told(HINGE, name) == told(HINGE, "{y_pred.2}")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{0}",
        "{0, 1} and {a, b}",
        '{"a": 1}',
        r"{x \in S}",
        r"\frac{1}{2}, \frac{a}{b}, \sqrt[3]{n}, \hat{y}_{t}, e^{n}, \mathbb {R}",
        r"\frac{1}{\sqrt{2}}",
        r"\begin{cases} a \\ b \end{cases}",
        "{a {0} b}",
    ],
)
def test_braces_that_can_name_nothing_are_braces(text: str) -> None:
    assert told(HINGE, text) == text
    assert without_names(text) == text
    assert told(HINGE, f"{text} {{y_pred.1}}") == f"{text} 0.8"


def test_a_word_in_braces_that_names_nothing_says_what_to_write() -> None:
    with pytest.raises(InvalidProblem, match=re.escape("is written twice: '{{n}}'")):
        lossclass.load({**HINGE, "statement": "for {n} of them"})
    assert told(HINGE, "for {{n}} of them") == "for {n} of them"


def test_every_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(InvalidProblem) as refused:
        lossclass.load({**HINGE, "title": "{a} {b}", "statement": "{c} {y_true} {y_pred.9} {c}"})
    got = [re.findall(r"got '(.*?)'", each.message) for each in refused.value.mistakes]
    assert got == [["{a}"], ["{b}"], ["{c}"], ["{y_pred.9}"]]


def test_a_text_names_no_more_numbers_than_anybody_reads() -> None:
    many = {"loss": "mse", "y_true": [1] * MOST_NUMBERS, "y_pred": [2] * MOST_NUMBERS}
    assert told(many, "{y_true}").count("1") == MOST_NUMBERS
    with pytest.raises(InvalidProblem, match=f"up to {MOST_NUMBERS} numbers"):
        lossclass.load({**many, "statement": "{y_true} {y_pred.1}"})


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("{} ")))
def test_any_text_can_be_written_with_its_braces_doubled(text: str) -> None:
    assert told(HINGE, f"a{escaped(text)}") == f"a{text}"
    assert without_names(escaped(text)) == text


def test_changed_numbers_change_the_text() -> None:
    problem = lossclass.load({**HINGE, "title": "{y_pred.1}"})
    assert problem.changed(losses, y_pred=[0.25, 1, 1]).title == "0.25"


@pytest.mark.parametrize("name", bundled_problems())
def test_no_bundled_problem_has_a_decimal_in_its_statement_that_it_does_not_name(name: str) -> None:
    data = bundled(name).data
    assert "statement" in data, f"problems/{name}.yaml does not say what is to be done"
    assert not re.search(r"\d\.\d", without_names(str(data["statement"])))

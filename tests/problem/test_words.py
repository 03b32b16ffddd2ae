"""The words that people use for keys, values and losses: what is read as what, and what is asked
back.

``natural_keys.yaml`` has problems as people write them. Adding one there is adding a test.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass import losses
from lossclass.errors import InvalidProblem, LossclassError
from lossclass.losses._template import template
from lossclass.problem.problem import Problem
from lossclass.problem.words import folded, table
from lossclass.problem.yaml_source import as_lists
from problems import ANY_CHARACTER, schema

#: All scalars are texts.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where it is there
CORPUS = yaml.load(
    Path(__file__).with_name("natural_keys.yaml").read_text(encoding="utf-8"),
    Loader=_LOADER,  # noqa: S506 - a file of ours
)
READ = [each for each in CORPUS if "ours" in each]
REFUSED = [each for each in CORPUS if "says" in each]


WORDS = [word for kind in ("keys", "named") for entry in table()[kind] for word in entry["words"]]


def keys_in(schema: Any) -> Iterator[str]:
    """All keys that a schema names, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from keys_in(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_in(inner)


KEYS = sorted({*keys_in(schema()), "problem", "name", "sequence"})
#: Keys that networks may have.
WAITED_FOR = {"optimizer", "beta1", "beta2", "epsilon", "clip_norm", "clip_value"}


def problem(written: str | dict[str, Any]) -> Problem:
    """A problem of a file, or of a mapping as JSON, which is YAML."""
    return lossclass.load(io.StringIO(written if isinstance(written, str) else json.dumps(written)))


def said(read: Problem) -> str:
    """All that a problem says but the name of its loss; expressions are as they print."""
    return repr(read.inputs.model_dump(exclude={"loss"}))


def messages(written: str) -> list[str]:
    with pytest.raises(InvalidProblem) as refused:
        problem(written)
    return [str(each).removeprefix("<text>:") for each in refused.value.mistakes]


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 60
    assert len(READ) > 25
    assert len(REFUSED) > 25


@pytest.mark.some(4)
@pytest.mark.parametrize("case", READ, ids=lambda case: " ".join(case["written"].split()[:4]))
def test_natural_keys_are_read_as_ours(case: dict[str, Any]) -> None:
    read, ours = problem(case["written"]), problem(case["ours"])
    assert read.loss == ours.loss
    assert said(read) == said(ours)
    assert lossclass.solve(read).answer.value == lossclass.solve(ours).answer.value


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: " ".join(case["written"].split()[:4]))
def test_what_cannot_be_told_is_asked_back(case: dict[str, Any]) -> None:
    assert sorted(messages(case["written"])) == sorted(case["says"])


@pytest.mark.some(6)
@pytest.mark.parametrize("case", READ, ids=lambda case: " ".join(case["written"].split()[:4]))
def test_a_mapping_from_python_is_read_the_same_way(case: dict[str, Any]) -> None:
    mapping = yaml.safe_load(case["written"])
    mapping = {
        "true" if key is True else key: as_lists(each) if isinstance(each, str) else each
        for key, each in mapping.items()  # a tensor in Python is no text
    }
    read, ours = lossclass.load(mapping), problem(case["ours"])
    assert read.loss == ours.loss
    assert lossclass.solve(read).answer.value == lossclass.solve(ours).answer.value


@pytest.mark.parametrize("name", losses.canonical_names())
def test_no_word_of_a_template_is_read_as_another(name: str) -> None:
    loaded = problem(template(name))
    assert not loaded.document.said


def counted(words: list[str]) -> list[str]:
    """Words as they are told apart."""
    return [fold if len(fold := folded(word)) > 2 else word for word in words]


def test_no_word_stands_twice_or_is_only_another_spelling_of_its_key() -> None:
    for entry in table()["keys"]:
        words = counted([entry["key"], *entry["words"]])
        assert len(set(words)) == len(words), entry


def test_every_key_and_value_and_loss_of_the_table_is_one_of_ours() -> None:
    known = {*KEYS, *WAITED_FOR}
    assert {entry["key"] for entry in table()["keys"]} <= known
    assert {*table()["values"], *table()["values_named"]} <= known
    for names in table()["losses"].values():
        for name, found in names.items():
            loss = found if isinstance(found, str) else found["loss"]
            assert " " in loss or loss in losses.canonical_names(), name
    assert set(table()["names"]) <= set(losses.canonical_names())


def test_other_names_of_a_loss_are_explained_too() -> None:
    assert lossclass.explain("nn.BCELoss").summary == lossclass.explain("bce").summary


@pytest.mark.parametrize("word", ["titel", "y_perd", "reductoin", "weigths", "digit"])
def test_a_slip_of_the_finger_is_a_suggestion(word: str) -> None:
    (told,) = messages(f"loss: mse\ny_true: 1\ny_pred: 2\n{word}: 1\n")
    assert "did you mean" in told


@pytest.mark.parametrize("word", ["redaction_of_it", "sources_of_error", "customs", "mood", "xy"])
def test_nothing_is_suggested_that_is_not_likely(word: str) -> None:
    (told,) = messages(f"loss: mse\ny_true: 1\ny_pred: 2\n{word}: 1\n")
    assert told.endswith("there is no such key")


@pytest.mark.parametrize("name", ["lstm", "predictions", "scores", "source", "perceptron"])
def test_no_loss_is_suggested_that_is_not_likely(name: str) -> None:
    (told,) = messages(f"loss: {name}\n")
    assert "did you mean" not in told


_X, _A, _T, _P = [0.5, -1.5, 2], [0.2, 1, -0.4], [1, 2, 0.5], [0.8, 0.4, 0.3]
_SIGNS, _BITS = [1, -1, -1], [1, 0, 1]
#: What PyTorch 2.13, Keras 3.15, optax 0.2.8 and scikit-learn 1.9.1 gave for such losses, or what
#: their formula in words comes to (contrastive, jaccard).
GAVE: dict[str, tuple[dict[str, Any], float]] = {
    "soft margin": ({"x": _X, "y": _SIGNS}, 0.934139),
    "hinge embedding": ({"x": _X, "y": _SIGNS, "margin": 1}, 1),
    "margin ranking": ({"a": _X, "b": _A, "y": _SIGNS, "margin": 0.5}, 1.033333),
    "triplet margin": ({"a": _X, "p": _A, "n": _T, "margin": 2}, 1.637933),
    "contrastive": ({"y": _BITS, "d": [0.5, 0.25, 1], "margin": 1}, (0.25 + 0.5625 + 1) / 3),
    "cosine embedding": ({"a": _X, "b": _A}, 1.787726),
    "cosine similarity": ({"a": _X, "b": _A}, -0.787726),
    "info nce": ({"s_pos": 0.5, "s": _X, "t": 0.5}, 3.049456),
    "gaussian nll": ({"mu": _X, "y": _T, "var": [0.5, 1, 2]}, 2.3125),
    "poisson nll": ({"x": _X, "y": _T}, 3.586969),
    "poisson": ({"y_hat": _P, "y": _T}, 1.385904),
    "vae": ({"mu": _X, "logvar": _A}, 3.655002),
    "focal": ({"y": _BITS, "p": _P, "gamma": 2}, 0.226868),
    "dice": ({"y": _BITS, "p": _P}, 0.371429),
    "jaccard": ({"y": _BITS, "p": _P}, 1 - 1.1 / (2 + 1.5 - 1.1)),
    "log cosh": ({"y": _X, "y_hat": _A}, 1.190986),
    "quantile": ({"y": _T, "y_hat": _X, "q": 0.3}, 0.75),
    "mape": ({"y": _T, "y_hat": _X}, 1.75),
    "msle": ({"y": _T, "y_hat": _P}, 0.204145),
}


@pytest.mark.parametrize("entry", table()["formulas"], ids=lambda entry: entry["names"][0])
def test_a_loss_that_there_is_not_has_a_formula_that_gives_what_libraries_give(
    entry: dict[str, Any],
) -> None:
    formula, (numbers, value) = entry["formula"], GAVE[entry["names"][0]]
    assert messages(f"loss: {entry['names'][0].title().replace(' ', '')}Loss")[0].endswith(formula)
    solution = lossclass.solve({"loss": "custom", "formula": formula, "given": numbers})
    assert solution.answer.value == pytest.approx(value, abs=2e-6)


NAMES = [*losses.names(), *(name for names in table()["losses"].values() for name in names)]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["1", "0", "-1", "0.5", "x", "yes", "", "tanh()", "LSTM", "{y}", "[", "mean"])
    | st.text(ANY_CHARACTER, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*WORDS, *KEYS]) | st.text(ANY_CHARACTER, max_size=3), inner, max_size=4
        )
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(NAMES) | st.text(ANY_CHARACTER, max_size=8),
    st.dictionaries(
        st.sampled_from([*WORDS, *KEYS]) | st.text(ANY_CHARACTER, max_size=4), VALUES, max_size=5
    ),
)
def test_random_keys_are_solved_or_refused_in_words(loss: str, keys: dict[str, Any]) -> None:
    told: list[str] = []
    for mapping in ({"loss": loss, **keys}, {**keys, "criterion": loss}):
        try:
            lossclass.solve(mapping)
        except LossclassError as error:
            told.append(str(error))
        try:
            problem(mapping)
        except LossclassError as error:
            told.append(str(error))
    assert all(told)

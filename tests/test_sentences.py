"""What sentences say of numbers is so: in odd problems, and in the bundled ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import localcontext
from typing import Any, Final

import pytest
from ctc_sentences import problems as ctc_problems
from sentences import _EXACT, GENERAL, READERS, Reader, Sentence

import lossclass
from lossclass.problem.bundled import bundled_problems
from problems import bundled

#: What a loss, a network, or a reader may meet.
HINGE: Final = {"loss": "hinge", "y_true": [1, -1], "y_pred": [1, -2]}
SQUARES: Final = {"loss": "mse", "y_true": [1, 2, 3], "y_pred": [1, 2.5, 5]}
CLASSES: Final = {"loss": "cce", "y_true": [0, 1], "y_pred": [[0.5, 0.5], [0, 1]]}
BINARY: Final = {"loss": "bce", "y_true": [1, 0], "y_pred": [0, 0.25]}
EPISODE: Final = {"loss": "reinforce", "rewards": [1, 0, -2], "policy": [0.5, 0.25, 0.4]}
SEQUENCES: Final = {
    "loss": "sequence",
    "examples": [
        {"y_true": [0, 1], "y_pred": [[0.5, 0.5], [0.2, 0.8]]},
        {"y_true": [1], "y_pred": [[0.3, 0.7]]},
    ],
}
SCORED: Final = {"loss": "sequence_hinge", "y_true": [0, 1], "scores": [[1, 0.5, 0.5], [0, 1, 0]]}
RANKED: Final = {
    "loss": "sequence_hinge",
    "formulation": "structured",
    "y_true": "AB",
    "candidates": [{"sequence": "AB", "score": 2}, {"sequence": "BA", "score": 0}],
}


def rnn(loss: str = "mse", y_true: Any = (1, 0.5, 0), **keys: Any) -> dict[str, Any]:
    network = {"inputs": [1, 0, 2], "U": 0.5, "W": 0.9, "V": 1, **keys}
    return {"loss": loss, "y_true": [*y_true], "rnn": network}


def custom(formula: str, **given: Any) -> dict[str, Any]:
    return {"loss": "custom", "formula": formula, "given": given}


GATED: Final[dict[str, Any]] = {"U": [0.5] * 3, "W": [0.4] * 3}
ODD: Final[list[dict[str, Any]]] = [
    HINGE,
    HINGE | {"margin": 2, "squared": True, "reduction": "mean"},
    HINGE | {"y_pred": [0, 3], "weights": [0, 2], "reduction": "mean_over_counted"},
    HINGE | {"y_pred": [0.5, 0.1], "weights": [-1, 2], "reduction": "weighted_mean"},
    HINGE | {"y_true": [1], "y_pred": [-1], "reduction": "mean"},
    HINGE | {"mask": [1, 0], "reduction": "mean"},
    SQUARES,
    SQUARES | {"factor": 0.5, "reduction": "sum"},
    SQUARES | {"root": True, "reduction": "sum"},
    SQUARES | {"root": True, "y_pred": [1, 2, 3]},
    SQUARES | {"root": True, "y_pred": [1, 4, 3], "weights": [1, 0, 2]},
    SQUARES | {"root": True, "weights": [0, 0, 0]},
    SQUARES | {"weights": [0, 0, 1], "reduction": "sum"},
    {"loss": "mse", "y_true": [[1], [2]], "y_pred": [[1], [3]], "over": "last_axis"},
    {"loss": "mse", "y_true": [[1, 2], [3, 4]], "y_pred": [[1, 2], [3, 5]], "mask": [1, 0]},
    {"loss": "mae", "y_true": [1, 0], "y_pred": [1, 1]},
    {"loss": "huber", "y_true": [1, 0, 5], "y_pred": [2, 0, 1], "delta": 1},
    CLASSES,
    CLASSES | {"log_base": 10, "reduction": "mean"},
    CLASSES | {"y_pred": [[0.5, 0.5], [1, 0]], "log_base": 2},
    CLASSES | {"y_true": [[0.3, 0.7], [1, 0]]},
    CLASSES | {"y_true": [[0.3, 0.69999], [1, 0]]},
    CLASSES | {"y_pred": [[0.5, 0.5], [1, 0]], "weights": [1, 0], "class_weights": [1, 2]},
    CLASSES | {"label_smoothing": 0.1, "class_weights": [0, 2], "reduction": "weighted_mean"},
    {"loss": "nll", "y_true": 1, "y_pred": [0.2, 0.8001]},
    {"loss": "nll", "y_true": [1, 0], "log_probs": [[-1, -0.5], [-2, -1]], "log_base": 2},
    BINARY,
    BINARY | {"log_base": 2, "y_pred": [0.5, 1]},
    BINARY | {"pos_weight": 3},
    BINARY | {"pos_weight": 0},
    BINARY | {"class_weights": [2, 0], "y_pred": [0, 0]},
    BINARY | {"label_smoothing": 0.2},
    BINARY | {"weights": [0, 1]},
    {"loss": "bce", "y_true": [1], "logits": [40], "log_base": 10},
    {"loss": "kl", "y_true": [[0.5, 0.5], [1, 0]], "y_pred": [[0, 1], [0.5, 0.5]]},
    {"loss": "kl", "y_true": [0, 0, 1], "y_pred": [0, 0.5, 0.5], "log_base": 2},
    {"loss": "ctc", "target": "a", "blank": "-", "labels": ["-", "a"],
     "probabilities": [[0.5, 0.5], [0, 1], [1, 0]]},
    {"loss": "ctc", "target": "a", "blank": "-", "time_steps": 2, "probabilities": {"-": 0, "a": 1}},
    {"loss": "kl", "true_logits": [[0, 1], [1, 1]], "logits": [[1, 2], [0, 0]], "temperature": 2,
     "reduction": "mean"},
    EPISODE,
    EPISODE | {"form": "objective", "discount": 0.5, "reduction": "mean"},
    EPISODE | {"discount": 1, "baseline": 0.5, "normalise": True, "log_base": 2},
    EPISODE | {"policy": [0, 0.25, 0.4]},
    EPISODE | {"policy": [0.5, 0, 0.4]},
    {"loss": "reinforce", "rewards": [0], "policy": [0.5]},
    {"loss": "reinforce", "reduction": "mean", "episodes": [
        {"rewards": [1, 2], "policy": [0.5, 0.5]}, {"rewards": [1], "policy": [0.1]}]},
    SEQUENCES,
    SEQUENCES | {"over_time": "mean", "over_examples": "sum"},
    SEQUENCES | {"over_examples": "mean_over_tokens", "log_base": 2},
    SCORED | {"formulation": "crammer_singer"},
    SCORED | {"formulation": "weston_watkins", "margin": 0.5, "reduction": "mean"},
    RANKED,
    RANKED | {"weights": [2], "reduction": "mean"},
    RANKED | {"candidates": [{"sequence": "AB", "score": 0}]},
    custom("max(0, e - 1)^2", e=1),
    custom("max(0, e - 1) + |x| + max(x, e)", e=1, x=0),
    custom("max(0, x) - 0.5 * max(0, -x)", x=0),
    custom("ln(x) * y", x=0, y=0),
    custom("sqrt(sum(x^2)) + y", x=[0, 0], y=1),
    custom("sqrt(sum(x^4))", x=[0, 0]),
    custom("sqrt(x) * sqrt(x + x) + sum(p * ln(p)) + sqrt(y^2)", x=0, p=[0, 1], y=0),
    custom("x / y + sqrt(x^2) + sqrt(sum(z^4)) + 2 * sum(z)", x=0, y=2, z=[0, 0]),
    {"loss": "custom", "terms": [{"name": "part", "problem": HINGE, "weight": -0.5}]},
    rnn(),
    rnn(activation="sigmoid"),
    rnn(activation="identity", W=40),
    rnn(activation="relu", b=-0.5),
    rnn(activation="tanh", W=0.001),
    rnn(y_true=[1], predict="last_step"),
    rnn(y_true=[1], inputs=[2]),
    rnn(inputs=[[1, 0], [0, 1], [1, 1]], U=[[1, 2], [0, 1]], W=[[0.1, 0.2], [0, 0.3]], V=[[1, 2]]),
    rnn(cell="gru", **GATED),
    rnn(cell="lstm", U=[0.5] * 4, W=[0.4] * 4),
    rnn("cce", [0, 1, 1], V=[1, -1]),
    rnn("bce", [1, 0, 1]),
    rnn("hinge", [1, -1, 1], activation="relu", U=1, W=0),
    rnn() | {"train": {"learning_rate": 0.1}},
    rnn() | {"train": {"learning_rate": 10, "steps": 3}},
    rnn() | {"train": {"learning_rate": 1e-9}},
    rnn("mae", [0, 0, 0], activation="relu", U=0, W=0) | {"train": {"learning_rate": 1}},
    *(
        {"loss": "mse", "y_true": [1, 1], "rnn": {"inputs": [1, 2], "U": 0.5, "W": 0.1}, "train": each}
        for each in (
            {"learning_rate": 0.1, "momentum": 0.5, "clip_norm": 0.01, "steps": 2},
            {"learning_rate": 0.1, "optimizer": "adam", "clip_value": 0.2, "steps": 2},
        )
    ),
]  # fmt: skip


def readable(keys: Mapping[str, Any], **asked: Any) -> None:
    try:
        solution = lossclass.solve(dict(keys), gradient=keys.get("reduction") != "none", **asked)
    except lossclass.LossclassError as error:
        raise AssertionError(keys) from error
    Reader(keys, solution).check()


@pytest.mark.some(5)
@pytest.mark.parametrize("keys", ODD, ids=lambda keys: str(keys)[:60])
def test_sentences_are_so_in_odd_problems(keys: dict[str, Any]) -> None:
    readable(keys)


@pytest.mark.parametrize("digits", [1, 3])
@pytest.mark.parametrize("keys", [SQUARES, CLASSES, rnn() | {"train": {"learning_rate": 0.1}}])
def test_sentences_are_so_where_who_rounds_as_they_go(keys: dict[str, Any], digits: int) -> None:
    readable(keys, round_as_you_go=digits)


#: Of paths, with what is asked for beside.
PATHS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({"loss": "crf", "emissions": [[1, 2], [0, 0]], "transitions": [[0, 0]] * 2, "y_true": "01"},
     {"viterbi": True}),
    ({"loss": "crf", "emissions": [[1e4, -1e4]] * 4, "transitions": [[1, 2], [3, 4]], "y_true": "0101",
      "start": [0, 1], "end": [2, 3], "weights": [2], "log_base": 2}, {"viterbi": True}),
    ({"loss": "hmm", "initial": [0.5, 0.5], "transition": [[0.5, 0.5]] * 2, "emission": [[0.5, 0.5]] * 2,
      "observations": "01"}, {"baum_welch": True}),
    ({"loss": "hmm", "log_base": 10, "initial": [0.4, 0.5], "transition": [[1, 0], [0.5, 0.4]], "emission": [[1, 0], [0.2, 0.9]],
      "observations": "1"}, {"baum_welch": True}),
    ({"loss": "edit_distance", "reference": "abab", "hypothesis": "baba", "costs": {"deletion": 2}}, {}),
    ({"loss": "edit_distance", "reference": "ab", "hypothesis": "xay", "rate": True}, {}),
    ({"loss": "rnnt", "target": "", "blank": 0, "logits": [[[1, 2]], [[0, 1]]]}, {"backward": True}),
    ({"loss": "rnnt", "target": [1], "blank": 0, "probabilities": [[[1, 0], [0.5, 0.5]]]}, {}),
    ({"loss": "rnnt", "target": [1], "blank": 0, "probabilities": [[[1, 0], [1, 0]], [[0.5, 0.5], [1, 0]]]}, {}),
    ({"loss": "rnnt", "target": [1, 1], "blank": 0, "log_base": 2, "log_probs": [[[-1, -2]] * 3] * 2}, {}),
    ({"loss": "hmm", "initial": 1, "transition": 1, "emission": [1, 0], "observations": "01"}, {}),
]  # fmt: skip


@pytest.mark.some(2)
@pytest.mark.parametrize(("keys", "asked"), PATHS)
def test_sentences_of_paths_are_so(keys: dict[str, Any], asked: dict[str, Any]) -> None:
    readable(keys, **asked)


@pytest.mark.some(6)
@pytest.mark.parametrize(("keys", "asked"), [*ctc_problems()])
def test_sentences_of_ctc_are_so(keys: dict[str, Any], asked: dict[str, Any]) -> None:
    has_gradient = keys.get("reduction") != "none"
    solution = lossclass.solve(dict(keys), gradient=has_gradient, **asked)
    Reader(keys, solution).check()


@pytest.mark.grid(14, name=[*bundled_problems()])
def test_sentences_are_so_in_bundled_problems(name: str) -> None:
    problem = bundled(name)
    keys = {"loss": problem.loss, **problem.data}
    solution = lossclass.solve(problem, gradient=keys.get("reduction") != "none")
    Reader(keys, solution).check()


def test_a_kink_that_is_there_is_told() -> None:
    """Where no sentence speaks of one, the slopes by every number are the same from both sides."""
    for keys in ODD:
        solution = lossclass.solve(dict(keys), gradient=True)
        reader = Reader(keys, solution)
        if not solution.values["loss"].is_finite() or keys.get("root"):
            continue  # a root at 0 says it of itself
        with localcontext(_EXACT):
            kinked = any(map(reader.has_kink, reader.by_numbers))
        told = any(each.code == "kink" for each in solution.remarks)
        assert told == kinked, keys


def test_a_sentence_that_nobody_reads_is_found() -> None:
    reader = Reader(SQUARES, lossclass.solve(SQUARES))
    assert not reader.is_general("All 3 of them.")
    assert not any(re.fullmatch(pattern, "All 3 of them.") for pattern in READERS)
    assert len({*GENERAL}) == len(GENERAL)


def changed(text: str) -> Iterator[str]:
    """A sentence with another last digit in one of its numbers."""
    for found in re.finditer(r"(?<![\w.₀-₉])\d+(?:\.\d+)?(?![\w%])", text):
        other = f"{found[0][:-1]}{(int(found[0][-1]) + 1) % 10}"
        yield text[: found.start()] + other + text[found.end() :]


MANY_NUMBERS: Final = (
    "ab_ctc", "hello_ctc", "rnn_gru", "two_episodes_baseline", "huber_outlier", "imbalanced_classes",
    "ranking_structured_hinge", "labelling_batch_padded",
)  # fmt: skip


def test_a_changed_number_is_noticed() -> None:
    """That is, the readers read numbers, and not only the words around them."""
    verdicts = []
    for name in MANY_NUMBERS:
        problem = bundled(name)
        keys = {"loss": problem.loss, **problem.data}
        reader = Reader(keys, lossclass.solve(problem, gradient=True))
        verdicts += [
            noticed(reader, replace(each, text=text, whole=each.whole.replace(each.text, text)))
            for each in reader.sentences()
            if not reader.is_general(each.text)
            for text in changed(each.text)
        ]
    assert len(verdicts) > 100
    assert sum(verdicts) > 0.95 * len(verdicts)


def noticed(reader: Reader, sentence: Sentence) -> bool:
    for pattern, read in reader.readers.items():
        if found := re.fullmatch(pattern, sentence.text, re.DOTALL):
            try:
                with localcontext(_EXACT):
                    return read(reader, found, sentence) is False
            except (AssertionError, KeyError, ValueError, IndexError, StopIteration):
                return True
    return True

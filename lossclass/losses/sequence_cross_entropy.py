"""Sequence loss: −Σₜ Σ_c y_t,c ln ŷ_t,c, the cross-entropies of all time steps together.

The model gives a distribution at every time step, and each is held against the label there. Over
several sequences of unequal lengths there are several averages; a problem says which one it
means. Source: the course's handout, which sums over time; its article averages over examples,
and over time as well where that is asked. Perplexity: Jurafsky and Martin, *Speech and Language
Processing*, chapter on n-gram language models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses import _cross_entropy, _sequence_averages
from lossclass.losses._closed_forms import ClosedForm, shares
from lossclass.losses._cross_entropy_keys import (
    CrossEntropyKeys,
    only_predictions,
    wrong_classes,
)
from lossclass.losses._labelled_sequence import (
    EACH_EXAMPLE,
    PREDICTIONS,
    Example,
    LabelledSequence,
    Mask,
    left_out,
    sequence_of,
    wrong_in_sequence,
)
from lossclass.losses._predictions import FromRnn, RnnKeys, rnn_outputs
from lossclass.losses._reduction import reduce_values
from lossclass.losses._slips_sequence import sequence_slips
from lossclass.losses._softmax import Index
from lossclass.problem.arrays import LogitRows, ProbabilityRows, Targets
from lossclass.problem.fields import AsChoice, AsList, Label, Labels
from lossclass.problem.keys import WRITTEN, Inconsistency, is_wrong, sum_of_doubles
from lossclass.working import Working

TITLE = "Sequence loss (cross-entropy over time)"
FORMULA = "L = −Σₜ Σ_c y_t,c ln ŷ_t,c"
ALIASES = ("sequence",)
TEMPLATE = """
# The classes. Without them, classes are called 0, 1, 2 ...
classes: [noun, verb, other]

# The class that is true at each time step (or a row for each, such as [1, 0, 0]).
y_true: [noun, verb]

# What the model predicts at each time step, one number for each class: probabilities, or logits.
y_pred:
  - [0.7, 0.2, 0.1]
  - [0.3, 0.6, 0.1]
# logits: [[2, 1, 0], [0.5, 1.5, 1]]
# rnn: {inputs: [1, 2], U: 0.5, W: 0.1, V: [1, 0, -1]}

# A zero for each time step that does not count.
# mask: [1, 1]

# The label that marks padding: time steps that have it do not count.
# ignore: pad

# One loss for the sequence: the sum over its time steps, or the mean. (Or say reduction, below.)
# over_time: mean

# Several sequences, of any lengths, instead of y_true, y_pred, logits and mask above; and what
# becomes of their losses: mean, sum, or mean_over_tokens (all time steps alike).
# examples:
#   - {y_true: [noun, verb], y_pred: [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]}
#   - {y_true: [noun], y_pred: [[0.5, 0.4, 0.1]]}
# over_examples: mean
"""

slips = sequence_slips

#: The keys of one sequence, which ``examples`` takes the place of.
_OF_ONE_SEQUENCE = {
    **dict.fromkeys(("y_true", *PREDICTIONS, "mask"), "each of the examples has its own"),
    "rnn": "a network reads one sequence; here there are examples",
    "weights": "weights belong to the time steps of one sequence; here there are examples",
    "reduction": "with examples, over_time and over_examples say what is averaged",
}


class Inputs(RnnKeys):
    """``y_true`` (T labels, or T × C), ``y_pred`` or ``logits`` (T × C) or a network with C
    outputs, ``mask``; or ``examples``.

    ``reduction`` is another way to say ``over_time`` for a single sequence; a problem has one of
    the two. ``ignore`` is the label of padding, by name, or by index where it is a class.
    """

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("softmax",),
        "the classes' probabilities have to sum to 1",
        every_step="each time step has a label",
    )

    classes: Labels | None = None
    y_true: Targets | None = None
    y_pred: ProbabilityRows | None = None
    logits: LogitRows | None = None
    mask: Mask | None = None
    examples: Annotated[tuple[Example, ...], AsList] | None = None
    ignore: Label | None = None
    over_time: Annotated[Literal["sum", "mean"], AsChoice] = "sum"
    over_examples: Annotated[Literal["mean", "sum", "mean_over_tokens"], AsChoice] = "mean"

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        predictions = only_predictions(given)
        return len(predictions) if predictions and "examples" not in given[WRITTEN] else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from (_wrong_batch if "examples" in given[WRITTEN] else _wrong_single)(given)

    @property
    def sequences(self) -> list[LabelledSequence]:
        """The examples, or the one sequence."""
        return [
            sequence_of(dict(each), self.classes, self.ignore) for each in self.examples or (self,)
        ]


def _wrong_single(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    written = given[WRITTEN]
    if "y_true" not in written:
        yield ("y_true",), "missing; examples may stand for it"
    if "over_examples" in written:
        yield ("over_examples",), "there are no examples here, only one sequence"
    if {"reduction", "over_time"} <= written:
        yield ("reduction",), "there is over_time already; a problem has one of the two"
    classes = given.get("classes")
    if classes is not None:
        yield from wrong_classes(classes, only_predictions(given))
    found = list(
        wrong_in_sequence(given, classes, given.get("ignore"), labels=_labels_are_known(given))
    )
    yield from found
    if not found and given.get("reduction") == "weighted_mean" and given.get("weights"):
        yield from _wrong_weights(given)


def _wrong_weights(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """The weights of the time steps that count may sum to 0 even where all of them do not."""
    weights, predictions = given["weights"], only_predictions(given)
    if predictions is None or "y_true" not in given or len(weights) != len(predictions):
        return
    counted = sequence_of(given, given.get("classes"), given.get("ignore")).counted
    doubles = [*map(float, weights)]
    if sum_of_doubles(doubles) and not sum_of_doubles(doubles[t] for t in counted):
        message = "those of the time steps that count sum to 0, so there is no weighted mean"
        yield ("weights",), message


def _labels_are_known(given: Mapping[str, Any]) -> bool:
    return not any(is_wrong(given, key) for key in ("classes", "ignore", "mask"))


def _wrong_batch(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    written = given[WRITTEN]
    yield from (((key,), why) for key, why in _OF_ONE_SEQUENCE.items() if key in written)
    if given.get("over_examples") == "mean_over_tokens" and given.get("over_time") == "mean":
        message = "mean_over_tokens divides sums over time by the number of all time steps"
        yield ("over_time",), f"{message}, so this can only be sum"
    if given.get("examples") == ():
        yield ("examples",), "expected at least one example, got none"
    classes = given.get("classes")
    examples: Sequence[Mapping[str, Any]] = given.get(EACH_EXAMPLE, [])
    for position, example in enumerate(examples):
        known = _labels_are_known(given) and _labels_are_known(example)
        wrong = wrong_in_sequence(example, classes, given.get("ignore"), labels=known)
        yield from ((("examples", position, *path), message) for path, message in wrong)
    yield from _wrong_shapes(classes, examples)


def _wrong_shapes(
    classes: Sequence[str] | None, examples: Sequence[Mapping[str, Any]]
) -> Iterator[Inconsistency]:
    """Examples whose predictions have not the same key and as many columns as the first ones."""
    first: tuple[int, str, int] | None = None
    for number, example in enumerate(examples, start=1):
        predictions = only_predictions(example)
        if predictions is None:
            continue
        kind = next(key for key in PREDICTIONS if example.get(key) is not None)
        if first is None:
            first = (number, kind, len(predictions[0]))
            if classes is not None:
                yield from wrong_classes(classes, predictions)
        path, like = ("examples", number - 1, kind), f"as in example {first[0]}"
        if kind != first[1]:
            yield path, f"expected {first[1]}, {like}"
        if len(predictions[0]) != first[2]:
            yield path, f"expected {first[2]} columns, {like}, got {len(predictions[0])}"


@dataclass(frozen=True)
class _Counted:
    """The time steps that count, of all sequences one after the other.

    ``keys`` holds them as a cross-entropy problem with an observation for each (of a network, rows
    of 0 in the shape of its predictions); ``indices`` are
    their ``(time,)``, or with examples their ``(example, time)``, from 1.
    """

    keys: CrossEntropyKeys
    indices: list[Index]


def _counted(inputs: Inputs) -> _Counted:
    sequences = inputs.sequences
    first = (inputs.examples or (inputs,))[0]
    rows = tuple(each.predictions[t] for each in sequences for t in each.counted)
    keys = CrossEntropyKeys.model_construct(
        loss=inputs.loss,
        classes=inputs.classes,
        log_base=inputs.log_base,
        y_true=tuple(row for each in sequences for row in each.targets),
        y_pred=None if first.y_pred is None and inputs.rnn is None else rows,
        logits=None if first.logits is None else rows,
    )
    indices: list[Index] = [
        (t + 1,) if inputs.examples is None else (example, t + 1)
        for example, each in enumerate(sequences, start=1)
        for t in each.counted
    ]
    return _Counted(keys, indices)


def _as_given(inputs: Inputs) -> Inputs:
    """The same problem with the outputs of its network, if it has one, as logits."""
    if inputs.rnn is None:
        return inputs
    return inputs.model_copy(update={"rnn": None, "logits": rnn_outputs(inputs)})


def _weights(inputs: Inputs, indices: Sequence[Index]) -> tuple[Decimal, ...] | None:
    """The weights of the time steps that count."""
    if inputs.weights is None:
        return None
    return tuple(inputs.weights[t - 1] for (t,) in indices)


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    counted = _counted(_as_given(inputs))
    log_probs = _cross_entropy.log_probabilities(counted.keys)
    terms = _cross_entropy.cross_entropies(np.array(counted.keys.targets, float), log_probs)
    if inputs.examples is None:
        reduction = inputs.reduction or inputs.over_time
        weights = _weights(inputs, counted.indices)
        of_counted = inputs.model_copy(update={"reduction": reduction, "weights": weights})
        return reduce_values(terms, of_counted, "sum")
    examples = np.array([example for example, _ in counted.indices]) - 1
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    if inputs.over_examples == "mean_over_tokens":
        return sums.sum() / lengths.sum()
    per_example = sums if inputs.over_time == "sum" else sums / lengths
    return per_example.mean() if inputs.over_examples == "mean" else per_example.sum()


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: the softmax for logits, ``term.t`` (``term.EXAMPLE.TIME``), ``example.e``,
    ``sum``, ``loss``, and ``mean_per_token`` and ``perplexity``."""
    counted = _counted(inputs)
    observations = _cross_entropy.write_given(
        working,
        counted.keys,
        counted.keys.targets,
        counted.keys.predictions,
        indices=counted.indices,
        columns=("t",) if inputs.examples is None else ("example", "t"),
        called=_called,
        network=inputs,
        note=left_out(inputs.sequences, several=inputs.examples is not None),
    )
    working.section("The cross-entropy of each time step")
    terms = [
        _cross_entropy.write_term(
            working, each, counted.keys.names, inputs, title=_titled(each.index)
        )
        for each in observations
    ]
    if inputs.examples is None:
        return _sequence_averages.over_time(
            working,
            terms,
            inputs,
            reduction=inputs.reduction or inputs.over_time,
            weights=_weights(inputs, counted.indices),
        )
    return _sequence_averages.over_examples(
        working,
        terms,
        inputs,
        time=inputs.over_time,
        examples=inputs.over_examples,
        longest=max(len(each.predictions) for each in inputs.sequences),
    )


def _called(index: Index) -> str:
    return f"time step {index[-1]}" + (f" of example {index[0]}" if len(index) > 1 else "")


def _titled(index: Index) -> str:
    return (
        f"Time step {index[0]}" if len(index) == 1 else f"Example {index[0]}, time step {index[1]}"
    )


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the predictions that count in closed form; with a network, by its numbers
    too."""
    from lossclass.losses._closed_forms_distributions import cross_entropy, truth

    counted = _counted(_as_given(inputs))
    if inputs.examples is None:
        reduction = inputs.reduction or inputs.over_time
        update = {"reduction": reduction, "weights": _weights(inputs, counted.indices)}
        reduced = shares(
            inputs.model_copy(update=update), "sum", len(counted.indices), each="time step"
        )
    else:
        owners = [example for example, _ in counted.indices]
        reduced = _sequence_averages.shares_of_examples(
            owners, inputs.over_time, inputs.over_examples
        )
    true = truth(counted.keys.targets)
    return cross_entropy(counted.keys, true, reduced, rows=counted.indices, rnn=inputs.rnn)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_sequences import sequence_calls

    inputs = _as_given(inputs)
    counted = _counted(inputs)
    weights = _weights(inputs, counted.indices) if inputs.examples is None else None
    return sequence_calls(inputs, counted, weights)

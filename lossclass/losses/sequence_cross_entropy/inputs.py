"""The keys of a cross-entropy over time: one sequence, or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from lossclass.losses._cross_entropy_keys import only_predictions, wrong_classes
from lossclass.losses.sequence_cross_entropy.labelled import (
    EACH_EXAMPLE,
    PREDICTIONS,
    Example,
    LabelledSequence,
    Mask,
    sequence_of,
    wrong_in_sequence,
)
from lossclass.losses.shapes.network import FromRnn, RnnKeys
from lossclass.problem.arrays import LogitRows, ProbabilityRows, Targets
from lossclass.problem.fields import AsChoice, AsList, Label, Labels
from lossclass.problem.keys import WRITTEN, Inconsistency, is_wrong, sum_of_doubles

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

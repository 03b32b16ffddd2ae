"""The keys of a cross-entropy over time: one sequence, or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Literal

from lossclass.losses.shapes.classes import (
    PREDICTIONS,
    SOFTMAX,
    class_names,
    labelled_in,
    only_predictions,
    wrong_classes,
    wrong_labelled,
)
from lossclass.losses.shapes.cross_entropies import CrossEntropyKeys
from lossclass.losses.shapes.network import FromRnn
from lossclass.losses.shapes.observations import Labelled
from lossclass.problem import arrays
from lossclass.problem.fields import AsChoice, AsList, as_in
from lossclass.problem.keys import PARTS, WRITTEN, Inconsistency, Part, is_wrong

#: The keys of one sequence, which ``examples`` takes the place of.
_OF_ONE_SEQUENCE = {
    **dict.fromkeys(("y_true", *PREDICTIONS, "mask"), "each of the examples has its own"),
    "rnn": "a network reads one sequence; here there are examples",
    "weights": "weights belong to the time steps of one sequence; here there are examples",
    "reduction": "with examples, over_time and over_examples say what is averaged",
}
_EXAMPLES: Final = "examples: [{y_true: [noun, verb], y_pred: [[0.8, 0.2], [0.3, 0.7]]}]"


class Example(Part):
    """One sequence of several: ``y_true``, ``y_pred``, ``logits`` or ``log_probs``, and perhaps a
    ``mask``."""

    y_true: arrays.Targets
    y_pred: arrays.ProbabilityRows | None = None
    logits: arrays.LogitRows | None = None
    log_probs: arrays.LogProbabilityRows | None = None
    mask: arrays.MaskArray | None = None


class SequenceKeys(CrossEntropyKeys):
    """``y_true`` (T labels, or T × C; or B × T), ``y_pred``, ``logits`` or ``log_probs`` (T × C, or
    B × T × C) or a network with C outputs, ``mask``; or ``examples``.

    ``reduction`` is another way to say ``over_time`` for a single sequence; a problem has one of
    the two. ``ignore`` is the label of padding, by name, or by index where it is a class.
    """

    FROM_RNN: ClassVar[FromRnn] = replace(SOFTMAX, every_step="each time step has a label")
    EACH: ClassVar[str] = "time step"

    y_true: arrays.Targets | None = None  # type: ignore[assignment]
    examples: Annotated[tuple[Example, ...] | None, AsList, as_in(_EXAMPLES)] = None
    over_time: Annotated[Literal["sum", "mean"], AsChoice] = "sum"
    over_examples: Annotated[Literal["mean", "sum", "mean_over_tokens"], AsChoice] = "mean"

    @classmethod
    def losses_shape(cls, given: Mapping[str, Any]) -> arrays.Shape | None:
        return None if "examples" in given[WRITTEN] else super().losses_shape(given)

    @classmethod
    def wrong_observations(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        if "examples" in given[WRITTEN]:
            yield from _wrong_examples(given)
            return
        written = given[WRITTEN]
        if "y_true" not in written:
            yield ("y_true",), "missing; examples may stand for it"
        if "over_examples" in written and not _is_batch(given):
            yield ("over_examples",), "there are no examples here, only one sequence"
        if "reduction" in written and {"over_time", "over_examples"} & written:
            other = "over_time" if "over_time" in written else "over_examples"
            yield ("reduction",), f"there is {other} already; a problem has one of the two"
        if "weights" in written and "reduction" not in written and _is_batch(given):
            yield ("weights",), "of several sequences they need a reduction, over all time steps"
        found = [*super().wrong_observations(given), *_wrong_axes(given)]
        yield from found or _nothing_left(given)

    @classmethod
    def some_predictions(cls, given: Mapping[str, Any]) -> arrays.Array | None:
        each: Sequence[Mapping[str, Any]] = given.get(PARTS, [])
        return next(filter(None, map(only_predictions, each)), None) or only_predictions(given)

    @property
    def kind(self) -> str:
        one: Any = self.examples[0] if self.examples else self
        keys = PREDICTIONS if self.examples else (*PREDICTIONS, "rnn")
        return next(key for key in keys if getattr(one, key) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        one: Any = self.examples[0] if self.examples else self
        return class_names(self.classes, only_predictions(dict(one)) or ())

    @property
    def has_examples(self) -> bool:
        """Whether there are several sequences, of which ``over_examples`` says what is averaged."""
        batch = _is_batch(dict(self))
        return self.examples is not None or (batch and self.reduction is None)

    @property
    def labelled(self) -> list[tuple[arrays.Place, Labelled]]:
        if self.examples is not None:
            shared = {"classes": self.classes, "ignore": self.ignore}
            return [
                ((number,), labelled_in({**dict(each), **shared}))
                for number, each in enumerate(self.examples, start=1)
            ]
        ((_, whole),) = super().labelled
        if len(whole.shape) == 1:
            return [((), whole)]
        examples, steps = whole.shape
        return [
            (
                (n,),
                replace(
                    whole,
                    y_true=whole.y_true[n - 1],
                    predictions=whole.predictions[n - 1],
                    mask=whole.mask
                    and tuple(arrays.at(whole.mask, (n, t)) for t in range(1, steps + 1)),
                ),
            )
            for n in range(1, examples + 1)
        ]


def _is_batch(given: Mapping[str, Any]) -> bool:
    predictions = only_predictions(given)
    return predictions is not None and len(arrays.shape_of(predictions)) > 2


def _wrong_axes(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    predictions = only_predictions(given)
    if predictions is None or len(arrays.shape_of(predictions)) <= len("BTC"):
        return
    key = next(key for key in PREDICTIONS if given.get(key) is not None)
    got = " × ".join(map(str, arrays.shape_of(predictions)))
    yield (key,), f"expected T × C numbers, or B × T × C of several sequences, got {got}"


def _nothing_left(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """The sequences of a batch of which no time step counts: each has a loss, if there is no
    reduction over all time steps."""
    if "reduction" in given[WRITTEN] or not _is_batch(given):
        return
    if given.get("y_true") is None or any(
        is_wrong(given, key) for key in ("classes", "ignore", "mask")
    ):
        return
    labelled = labelled_in(given)
    left = {example for example, _ in labelled.counted}
    for number in range(1, labelled.shape[0] + 1):
        if number not in left:
            message = "no time step is left: padding or the mask leaves out every one"
            yield ("y_true", number - 1), f"{message}; with reduction, the others count alone"


def _wrong_examples(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    written = given[WRITTEN]
    yield from (((key,), why) for key, why in _OF_ONE_SEQUENCE.items() if key in written)
    if given.get("over_examples") == "mean_over_tokens" and given.get("over_time") == "mean":
        message = "mean_over_tokens divides sums over time by the number of all time steps"
        yield ("over_time",), f"{message}, so this can only be sum"
    if given.get("examples") == ():
        yield ("examples",), "expected at least one example, got none"
    examples: Sequence[Mapping[str, Any]] = given.get(PARTS, [])
    shared = {"classes", "ignore"}
    valid = {key: given[key] for key in shared & given.keys()}
    for position, example in enumerate(examples):
        if WRITTEN not in example:
            continue  # it is no mapping
        its = {**valid, **example, WRITTEN: example[WRITTEN] | written & shared}
        wrong = wrong_labelled(its, SequenceKeys.EACH)
        yield from ((("examples", position, *path), message) for path, message in wrong)
    yield from _wrong_shapes(given.get("classes"), examples)


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
        width = arrays.shape_of(predictions)[-1]
        if first is None:
            first = (number, kind, width)
            if classes is not None:
                yield from wrong_classes(classes, predictions)
        path, like = ("examples", number - 1, kind), f"as in example {first[0]}"
        if kind != first[1]:
            yield path, f"expected {first[1]}, {like}"
        if width != first[2]:
            yield path, f"expected {first[2]} columns, {like}, got {width}"

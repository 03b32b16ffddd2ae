"""A sequence of labels and predictions, one of each a time step, and which time steps count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from lossclass.losses._cross_entropy_keys import (
    class_names,
    only_predictions,
)
from lossclass.losses.shapes.network import wrong_number_of_predictions
from lossclass.problem.arrays import LogitRows, ProbabilityRows, Rows, Targets, resolve_targets
from lossclass.problem.fields import AsList, number_field
from lossclass.problem.keys import WRITTEN, Inconsistency, written_in

#: The keys that may hold predictions. A sequence has one of them.
PREDICTIONS = ("y_pred", "logits")
#: Beside the keys that are valid by themselves: the valid keys of every example, in order.
EACH_EXAMPLE = "examples.each"

Bit: TypeAlias = Annotated[
    Decimal,
    number_field("0 or 1", lambda number: number in (0, 1)),
    WithJsonSchema({"enum": [0, 1]}),
]
Mask: TypeAlias = Annotated[tuple[Bit, ...], AsList]


class Example(BaseModel):
    """One sequence of several: ``y_true``, ``y_pred`` or ``logits``, and perhaps a ``mask``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    y_true: Targets
    y_pred: ProbabilityRows | None = None
    logits: LogitRows | None = None
    mask: Mask | None = None

    @model_validator(mode="before")
    @classmethod
    def _begin(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict):
            valid = {WRITTEN: written_in(data)} if isinstance(data, Mapping) else {}
            info.context.setdefault(EACH_EXAMPLE, []).append(valid)
        return data

    @field_validator("*")
    @classmethod
    def _note_what_is_valid(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and info.field_name:
            info.context[EACH_EXAMPLE][-1][info.field_name] = value
        return value


@dataclass(frozen=True)
class LabelledSequence:
    """What a problem says of one sequence.

    Attributes:
        y_true: a label or a row of numbers for each time step, as it was written.
        predictions: T × C.
        names: of the C classes.
        mask: a one for each time step that counts, a zero for each that does not.
        ignore: the label of time steps that do not count, a class or not.
    """

    y_true: tuple[Any, ...]
    predictions: Rows
    names: tuple[str, ...]
    mask: tuple[Decimal, ...] | None
    ignore: str | None

    @property
    def is_lone_row(self) -> bool:
        """Whether ``y_true`` is the row of a single time step, without its outer brackets."""
        classes = len(self.names)
        alone = len(self.predictions) == 1 and len(self.y_true) == classes > 1
        return alone and not isinstance(self.y_true[0], tuple)

    @property
    def entries(self) -> tuple[Any, ...]:
        """What is true at each time step: a label, or a tuple of numbers."""
        return (self.y_true,) if self.is_lone_row else self.y_true

    @property
    def masked(self) -> list[int]:
        """The time steps, from 0, that the mask leaves out."""
        return [t for t, bit in enumerate(self.mask or ()) if not bit]

    @property
    def padding(self) -> list[int]:
        """The time steps, from 0, that their label leaves out and the mask does not."""
        masked = set(self.masked)
        return [
            t for t, entry in enumerate(self.entries) if t not in masked and self._is_padding(entry)
        ]

    @property
    def counted(self) -> list[int]:
        """The time steps, from 0, that count."""
        left_out = {*self.masked, *self.padding}
        return [t for t in range(len(self.predictions)) if t not in left_out]

    @property
    def targets(self) -> Rows:
        """The true distributions of the time steps that count."""
        return tuple(self._resolved(self.entries[t])[0][0] for t in self.counted)

    def wrong_labels(self) -> Iterator[Inconsistency]:
        """The time steps that count and whose label or row is none, with paths from ``y_true``."""
        for t in self.counted:
            for (_, *column), message in self._resolved(self.entries[t])[1]:
                yield (*(() if self.is_lone_row else (t,)), *column), message

    def _resolved(self, entry: Any) -> tuple[Rows, list[Inconsistency]]:
        return resolve_targets((entry,), 1, self.names)

    def _is_padding(self, entry: Any) -> bool:
        if self.ignore is None:
            return False
        if entry in (self.ignore, (self.ignore,)):
            return True
        rows, wrong = self._resolved(self.ignore)  # padding may be a class, by name or by index
        return not wrong and self._resolved(entry) == (rows, [])


def sequence_of(
    given: Mapping[str, Any], classes: Sequence[str] | None, ignore: str | None
) -> LabelledSequence:
    """The sequence that these keys give; they are valid and go together."""
    predictions = only_predictions(given)
    assert predictions is not None  # noqa: S101  # or it would not be valid
    names = class_names(classes, predictions)
    return LabelledSequence(given["y_true"], predictions, names, given.get("mask"), ignore)


def wrong_in_sequence(
    given: Mapping[str, Any], classes: Sequence[str] | None, ignore: str | None, *, labels: bool
) -> Iterator[Inconsistency]:
    """What does not go together in one sequence.

    Args:
        given: its keys that are valid by themselves.
        labels: whether it can be told which labels there are.
    """
    yield from wrong_number_of_predictions(given, PREDICTIONS)
    predictions, mask = only_predictions(given), given.get("mask")
    if predictions is None:
        return
    if mask is not None and len(mask) != len(predictions):
        expected = _one_each("zeros and ones", len(predictions))
        yield ("mask",), f"{expected}, got {len(mask)}"
        labels = False
    if given.get("y_true") is None:
        return
    sequence = sequence_of(given, classes, ignore)
    if len(sequence.entries) != len(predictions):
        expected = _one_each("labels or rows", len(predictions))
        yield ("y_true",), f"{expected}, got {len(sequence.entries)}"
    elif labels and len(sequence.names) == len(predictions[0]):
        yield from ((("y_true", *path), message) for path, message in sequence.wrong_labels())
        if not sequence.counted:
            yield ("y_true",), "no time step is left: padding or the mask leaves out every one"


def _one_each(what: str, count: int) -> str:
    return f"expected {count} {what}, one for each time step of the predictions"


def left_out(sequences: Sequence[LabelledSequence], *, several: bool) -> str:
    """Which time steps do not count, and why, in words; empty where all do.

    Args:
        several: whether the sequences are examples, to be named by their numbers.
    """
    sentences = []
    for number, each in enumerate(sequences, start=1):
        whose = f" of example {number}" if several else ""
        for steps, why in [
            (each.padding, f"the label {each.ignore} marks padding"),
            (each.masked, "the mask is 0 there"),
        ]:
            if steps:
                sentences.append(f"{_do_not_count(steps, whose)}: {why}.")
    if sentences:
        sentences.append("What does not count adds nothing to the loss, and no mean divides by it.")
    return " ".join(sentences)


def _do_not_count(steps: Sequence[int], whose: str) -> str:
    *before, last = [str(t + 1) for t in steps]
    if not before:
        return f"Time step {last}{whose} does not count"
    return f"Time steps {', '.join(before)} and {last}{whose} do not count"

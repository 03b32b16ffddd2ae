"""The keys of the losses −Σ y ln ŷ: what is true, what the model says, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from lossclass.losses.shapes.network import (
    FromRnn,
    RnnKeys,
    rnn_outline,
    rnn_outputs,
    wrong_number_of_predictions,
)
from lossclass.problem.arrays import (
    LogitRows,
    LogProbabilityRows,
    ProbabilityRows,
    Rows,
    Targets,
    resolve_targets,
)
from lossclass.problem.fields import Labels
from lossclass.problem.keys import Inconsistency, is_wrong

#: The keys that may hold predictions. A problem has one of them.
PREDICTIONS = ("y_pred", "logits", "log_probs")
#: A distribution over the classes is needed.
SOFTMAX = FromRnn(("softmax",), "the classes' probabilities have to sum to 1")


class CrossEntropyKeys(RnnKeys):
    """``y_true`` (n classes, or n × C), and ``y_pred``, ``logits`` or ``log_probs`` (n × C), or a
    network with C outputs.

    ``classes`` names the C classes; without it they are called by their index, from 0.
    """

    FROM_RNN: ClassVar[FromRnn] = SOFTMAX

    classes: Labels | None = None
    y_true: Targets
    y_pred: ProbabilityRows | None = None
    logits: LogitRows | None = None
    log_probs: LogProbabilityRows | None = None

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        predictions = only_predictions(given)
        return len(predictions) if predictions else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        yield from wrong_number_of_predictions(given, PREDICTIONS)
        predictions, classes = only_predictions(given), given.get("classes")
        if classes is not None:
            yield from wrong_classes(classes, predictions)
        if predictions is None or "y_true" not in given or is_wrong(given, "classes"):
            return
        names = class_names(classes, predictions)
        if len(names) == len(predictions[0]):
            _, found = resolve_targets(given["y_true"], len(predictions), names)
            yield from ((("y_true", *path), message) for path, message in found)

    @property
    def kind(self) -> str:
        """Which key holds the predictions."""
        return next(key for key in (*PREDICTIONS, "rnn") if getattr(self, key) is not None)

    @property
    def predictions(self) -> Rows:
        """The rows of that key; for a network, rows of 0 in their shape."""
        return only_predictions(dict(self)) or ()

    def as_given(self) -> Self:
        """The same problem with the outputs of its network, if it has one, as logits."""
        if self.rnn is None:
            return self
        return self.model_copy(update={"rnn": None, "logits": rnn_outputs(self)})

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names."""
        return class_names(self.classes, self.predictions)

    @property
    def targets(self) -> Rows:
        """The true distributions, n × C."""
        return resolve_targets(self.y_true, len(self.predictions), self.names)[0]


def only_predictions(given: Mapping[str, Any]) -> Rows | None:
    """The predictions, if one key holds them; for a network, rows of 0 in their shape."""
    found = [given[key] for key in PREDICTIONS if given.get(key) is not None]
    if outline := rnn_outline(given):
        found.append(outline)
    return found[0] if len(found) == 1 else None


def class_names(classes: Sequence[str] | None, predictions: Rows) -> tuple[str, ...]:
    """The classes' names, or their indices for names."""
    return tuple(classes or map(str, range(len(predictions[0]))))


def wrong_classes(classes: Sequence[str], predictions: Rows | None) -> Iterator[Inconsistency]:
    """Classes named twice, or more or fewer than the predictions have columns."""
    for position, name in enumerate(classes):
        if name in classes[:position]:
            yield ("classes", position), f"the class {name!r} stands here twice"
    if predictions is not None and len(classes) != len(predictions[0]):
        yield (
            ("classes",),
            f"expected {len(predictions[0])} classes, one for each column of the predictions, got {len(classes)}",
        )

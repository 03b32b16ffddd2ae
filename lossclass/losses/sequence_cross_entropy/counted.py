"""The time steps that count, as observations of a cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

from lossclass.losses._cross_entropy_keys import CrossEntropyKeys
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy.inputs import Inputs
from lossclass.losses.shapes.network import rnn_outputs


@dataclass(frozen=True)
class Counted:
    """The time steps that count, of all sequences one after the other.

    Attributes:
        keys: a cross-entropy problem with an observation for each; of a network, its predictions
            are rows of 0 in their shape.
        indices: of each ``(time,)``, or with examples ``(example, time)``, from 1.
    """

    keys: CrossEntropyKeys
    indices: list[Index]


def counted_steps(inputs: Inputs) -> Counted:
    """The time steps that count of a problem."""
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
    return Counted(keys, indices)


def as_given(inputs: Inputs) -> Inputs:
    """The same problem with the outputs of its network, if it has one, as logits."""
    if inputs.rnn is None:
        return inputs
    return inputs.model_copy(update={"rnn": None, "logits": rnn_outputs(inputs)})


def over_counted(inputs: Inputs, counted: Counted) -> Inputs:
    """The same problem of one sequence, with its reduction over time, and with the weights of the
    time steps that count alone."""
    weights = inputs.weights
    if weights is not None:
        weights = tuple(weights[t - 1] for (t,) in counted.indices)
    reduction = inputs.reduction or inputs.over_time
    return inputs.model_copy(update={"reduction": reduction, "weights": weights, "mask": None})

"""How the libraries are asked for a cross-entropy over time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from lossclass.blocks import Call
from lossclass.losses._calls_classes import class_calls
from lossclass.losses._calls_how import How
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.losses.shapes.classes import Distributions
from lossclass.losses.shapes.observations import cross_entropies, log_probabilities
from lossclass.losses.shapes.reduction import weights_at


def sequence_calls(inputs: SequenceKeys) -> list[Call]:
    """Those of a cross-entropy over time, of the time steps that count."""
    found = inputs.distributions
    more: dict[str, Any] = {
        "label_smoothing": inputs.label_smoothing,
        "class_weights": inputs.weights_in_order,
        "left_out": sum(prod(each.shape) for _, each in inputs.labelled) > len(found.places),
    }
    if inputs.has_examples:
        how = _over_examples(inputs, found.places)
        return class_calls(found, how, batch=True, **_averages(inputs, found), **more)
    how = How(
        inputs.reduction or inputs.over_time,
        (len(found.places),),
        None if inputs.weights is None else weights_at(inputs, found.places),
        log_base=inputs.log_base,
    )
    return class_calls(found, how, **more)


def _over_examples(inputs: SequenceKeys, indices: Sequence[Index]) -> How:
    """All time steps in one row, with what each counts in the answer."""
    shape = (len(indices),)
    if inputs.over_examples == "mean_over_tokens":
        return How("mean", shape, log_base=inputs.log_base)
    examples = [example for example, _ in indices]
    divisor = len(inputs.labelled) if inputs.over_examples == "mean" else 1
    per_step = [
        1 / divisor / (examples.count(example) if inputs.over_time == "mean" else 1)
        for example in examples
    ]
    weights = None if set(per_step) == {1.0} else per_step
    return How("sum", shape, weights, log_base=inputs.log_base)


def _averages(inputs: SequenceKeys, found: Distributions) -> dict[str, Any]:
    """The numbers that are all called the mean of a batch."""
    import numpy as np

    terms = cross_entropies(
        np.array(found.targets, float), log_probabilities(found, inputs.log_base)
    )
    examples = np.array([example for example, _ in found.places]) - 1
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    padded = len(sums) * max(each.shape[0] for _, each in inputs.labelled)
    means = {
        "over_steps": terms.mean(),
        "of_means": (sums / lengths).mean(),
        "padded": terms.sum() / padded,
        "of_sums": sums.mean(),
    }
    return {name: f"{mean:.6g}".replace("inf", "∞") for name, mean in means.items()}

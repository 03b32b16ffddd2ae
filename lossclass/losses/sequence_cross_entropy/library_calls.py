"""How the libraries are asked for a cross-entropy over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from lossclass.blocks import Call
from lossclass.losses._frameworks import How
from lossclass.losses._frameworks_classes import Classes
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy.averages import over_time
from lossclass.losses.sequence_cross_entropy.keys import Inputs


def sequence_calls(inputs: Inputs) -> list[Call]:
    """Those of a cross-entropy over time, of the time steps that count."""
    found = inputs.distributions
    classes, count = Classes(found), len(found.places)
    if not inputs.has_examples:
        how = How.of(over_time(inputs), "sum", count)
    else:
        how = _over_examples(inputs, found.places)
    calls = classes.calls(how)
    steps = sum(prod(each.shape) for _, each in inputs.labelled)
    pytorch = calls[0].rule
    if steps > count:
        pytorch += (
            " Time steps that do not count are left out here; with class numbers it leaves out "
            "those of the class -100 (ignore_index), also of its mean."
        )
    if inputs.has_examples:
        pytorch += f" {_averages(classes, found.places, inputs)}"
    return [replace(calls[0], rule=pytorch.strip()), *calls[1:]]


def _over_examples(inputs: Inputs, indices: Sequence[Index]) -> How:
    """All time steps in one row, with what each counts in the answer."""
    count = len(indices)
    if inputs.over_examples == "mean_over_tokens":
        return How("mean", count, log_base=inputs.log_base)
    examples = [example for example, _ in indices]
    divisor = len(inputs.labelled) if inputs.over_examples == "mean" else 1
    per_step = [
        1 / divisor / (examples.count(example) if inputs.over_time == "mean" else 1)
        for example in examples
    ]
    weights = None if set(per_step) == {1.0} else per_step
    return How("sum", count, weights, log_base=inputs.log_base)


def _averages(classes: Classes, indices: Sequence[Index], inputs: Inputs) -> str:
    """The numbers that are all called the mean of a batch."""
    import numpy as np

    examples = np.array([example for example, _ in indices]) - 1
    terms = np.where(classes.y == 0, 0.0, -classes.y * np.log(classes.probabilities)).sum(axis=1)
    terms = terms / ln_of_base(inputs.log_base)
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    padded = len(sums) * max(each.shape[0] for _, each in inputs.labelled)
    means = {
        "the mean over all time steps that count": terms.mean(),
        "the mean of the sequences' means": (sums / lengths).mean(),
        "the sum divided by the size of the padded batch": terms.sum() / padded,
        "the sum divided by the number of sequences": sums.mean(),
    }
    listed = "; ".join(f"{name}, {value:.6g}" for name, value in means.items())
    return f"There are four averages of a batch: {listed.replace('inf', '∞')}."

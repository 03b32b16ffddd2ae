"""How the libraries are asked for a cross-entropy over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lossclass.blocks import Call
from lossclass.losses._frameworks import How
from lossclass.losses._frameworks_classes import Classes
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy.counted import Counted, over_counted
from lossclass.losses.sequence_cross_entropy.inputs import Inputs


def sequence_calls(inputs: Inputs, counted: Counted) -> list[Call]:
    """Those of a cross-entropy over time, of the time steps that count."""
    classes, count = Classes(counted.keys), len(counted.indices)
    if inputs.examples is None:
        how = How.of(over_counted(inputs, counted), "sum", count)
    else:
        how = _over_examples(inputs, counted.indices)
    calls = classes.calls(how)
    steps = sum(len(each.predictions) for each in inputs.sequences)
    pytorch = calls[0].rule
    if steps > count:
        pytorch += (
            " Time steps that do not count are left out here; with class numbers it leaves out "
            "those of the class -100 (ignore_index), also of its mean."
        )
    if inputs.examples is not None:
        pytorch += f" {_averages(classes, counted.indices, inputs)}"
    return [replace(calls[0], rule=pytorch.strip()), *calls[1:]]


def _over_examples(inputs: Inputs, indices: Sequence[Index]) -> How:
    """All time steps in one row, with what each counts in the answer."""
    count = len(indices)
    if inputs.over_examples == "mean_over_tokens":
        return How("mean", count, log_base=inputs.log_base)
    examples = [example for example, _ in indices]
    divisor = len(inputs.examples or ()) if inputs.over_examples == "mean" else 1
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
    padded = len(sums) * max(len(each.predictions) for each in inputs.sequences)
    means = {
        "the mean over all time steps that count": terms.mean(),
        "the mean of the sequences' means": (sums / lengths).mean(),
        "the sum divided by the size of the padded batch": terms.sum() / padded,
        "the sum divided by the number of sequences": sums.mean(),
    }
    listed = "; ".join(f"{name}, {value:.6g}" for name, value in means.items())
    return f"There are four averages of a batch: {listed.replace('inf', '∞')}."

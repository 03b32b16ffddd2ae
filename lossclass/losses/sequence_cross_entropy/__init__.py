"""Sequence loss: −Σₜ Σ_c y_t,c ln ŷ_t,c, the cross-entropies of all time steps together.

The model gives a distribution at every time step, and each is held against the label there. Over
several sequences of unequal lengths there are several averages; a problem says which one it
means. Source: the course's handout, which sums over time; its article averages over examples,
and over time as well where that is asked. Perplexity: Jurafsky and Martin, *Speech and Language
Processing*, chapter on n-gram language models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses import _cross_entropy
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy import averages
from lossclass.losses.sequence_cross_entropy.counted import as_given, counted_steps, over_counted
from lossclass.losses.sequence_cross_entropy.inputs import Inputs
from lossclass.losses.sequence_cross_entropy.labelled import left_out
from lossclass.losses.sequence_cross_entropy.own_slips import slips
from lossclass.losses.shapes.closed_forms import ClosedForm, shares
from lossclass.losses.shapes.reduction import reduce_values
from lossclass.working import Working

__all__ = [
    "ALIASES",
    "FORMULA",
    "TEMPLATE",
    "TITLE",
    "Inputs",
    "frameworks",
    "gradient",
    "slips",
    "solve",
    "value",
]

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
# logits: [[2, 1, 0], [0.5, 1.5, 1]]  # in the place of y_pred
# rnn: {inputs: [1, 2], U: 0.5, W: 0.1, V: [1, 0, -1]}  # in the place of y_pred

# A zero for each time step that does not count.
# mask: [1, 1]

# The label that marks padding: time steps that have it do not count.
# ignore: pad

# One loss for the sequence: the sum over its time steps, or the mean. (Or say reduction, below.)
# over_time: mean

# Several sequences, of any lengths, instead of y_true, y_pred, logits and mask above; and what
# becomes of their losses: mean, sum, or mean_over_tokens (all time steps alike).
# examples:  # in the place of y_true, y_pred
#   - {y_true: [noun, verb], y_pred: [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]}
#   - {y_true: [noun], y_pred: [[0.5, 0.4, 0.1]]}
# over_examples: mean  # with examples
"""


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    counted = counted_steps(as_given(inputs))
    log_probs = _cross_entropy.log_probabilities(counted.keys)
    terms = _cross_entropy.cross_entropies(np.array(counted.keys.targets, float), log_probs)
    if inputs.examples is None:
        return reduce_values(terms, over_counted(inputs, counted), "sum")
    examples = np.array([example for example, _ in counted.indices]) - 1
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    if inputs.over_examples == "mean_over_tokens":
        return sums.sum() / lengths.sum()
    per_example = sums if inputs.over_time == "sum" else sums / lengths
    return per_example.mean() if inputs.over_examples == "mean" else per_example.sum()


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: the softmax for logits, ``term.t`` (``term.EXAMPLE.TIME``), ``example.e``,
    ``sum``, ``loss``, and ``mean_per_token`` and ``perplexity``."""
    counted = counted_steps(inputs)
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
        return averages.over_time(working, terms, over_counted(inputs, counted))
    return averages.over_examples(
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
    from lossclass.losses.shapes.distributions import cross_entropy, truth

    counted = counted_steps(as_given(inputs))
    if inputs.examples is None:
        over_time = over_counted(inputs, counted)
        reduced = shares(over_time, "sum", len(counted.indices), each="time step")
    else:
        owners = [example for example, _ in counted.indices]
        reduced = averages.shares_of_examples(owners, inputs.over_time, inputs.over_examples)
    true = truth(counted.keys.targets)
    return cross_entropy(counted.keys, true, reduced, rows=counted.indices, rnn=inputs.rnn)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses.sequence_cross_entropy.library_calls import sequence_calls

    inputs = as_given(inputs)
    return sequence_calls(inputs, counted_steps(inputs))

"""Negative log likelihood: −Σ_c y_c ln ŷ_c, for a class that is true and a distribution ŷ.

With a one-hot y it is minus the logarithm of the probability that the model gives to the true
class: the less it expected what happened, the higher. Source: Goodfellow, Bengio, Courville,
*Deep Learning* (2016), section 6.2.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses import _cross_entropy
from lossclass.losses._cross_entropy_keys import CrossEntropyKeys
from lossclass.losses.shapes.closed_forms import ClosedForm, shares
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip

TITLE = "Negative log likelihood (NLL)"
FORMULA = "L = −Σ_c y_c ln ŷ_c"
ALIASES = ("nll",)
TEMPLATE = """
# The classes. Without them, classes are called 0, 1, 2 ...
classes: [negative, positive]

# The class that is true (a list of them for several observations; or rows such as [0, 1]).
y_true: positive

# What the model predicts, one number for each class (a row of them for each observation):
# probabilities, or one of the other two instead.
y_pred: [0.3, 0.7]
# logits: [0.2, 1.1]  # in the place of y_pred
# log_probs: [-1.2, -0.36]  # in the place of y_pred
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: [1, -1], predict: last_step}  # in the place of y_pred
"""


class Inputs(CrossEntropyKeys):
    """``y_true`` (a class, or one-hot), and ``y_pred``, ``logits`` or ``log_probs``; or n of each."""


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    log_probs = _cross_entropy.log_probabilities(inputs)
    terms = _cross_entropy.cross_entropies(np.array(inputs.targets, float), log_probs)
    return reduce_values(terms, inputs, "sum")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``max.i``, ``exp.i.c``, ``exp_sum.i``, ``y_pred.i.c`` for logits, then ``term.i``,
    ``sum``, ``loss``."""
    observations = _cross_entropy.write_given(working, inputs, inputs.targets, inputs.predictions)
    working.section("Minus the logarithm of what happened")
    terms = [
        _cross_entropy.write_term(
            working, each, inputs.names, inputs, title=f"Observation {each.index[0]}"
        )
        for each in observations
    ]
    return reduce_steps(working, terms, inputs, "sum")


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the classes and their probabilities."""
    from lossclass.losses._slips_averages import averaging_slips
    from lossclass.losses._slips_cross_entropy import cross_entropy_slips

    yield from cross_entropy_slips(calculation, inputs.names)
    yield from averaging_slips(calculation)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the predictions in closed form; with a network, by its numbers too."""
    from lossclass.losses.shapes.distributions import cross_entropy, truth

    reduced = shares(inputs, "sum", len(inputs.targets))
    return cross_entropy(inputs.as_given(), truth(inputs.targets), reduced, rnn=inputs.rnn)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_classes import class_calls

    return class_calls(inputs.as_given())

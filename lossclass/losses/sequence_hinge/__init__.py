"""Hinge loss for sequences: Σₜ max(0, 1 − yₜ·ŷₜ), and its relatives for more than two labels.

Four formulations, for what a sequence can be:

* ``binary``: a label of 1 or −1 and one score a time step; the hinge loss with time steps for
  observations. Source: the course's handout, which sums in its formula and averages in its worked
  answer.
* ``weston_watkins``: one of C classes a time step, and every wrong class that comes too close to
  the true one costs: Σₜ Σ_{c≠y} max(0, margin + s_c − s_y). Source: Weston and Watkins, "Support
  vector machines for multi-class pattern recognition", ESANN 1999.
* ``crammer_singer``: the same, but only the wrong class that comes closest costs:
  Σₜ max(0, margin + max_{c≠y} s_c − s_y). Source: Crammer and Singer, "On the algorithmic
  implementation of multiclass kernel-based vector machines", JMLR 2 (2001).
* ``structured``: whole sequences have scores, and how wrong a sequence is sets the margin that it
  has to keep: max_k (cost_k + score_k) − score of the true sequence. Source: Tsochantaridis et
  al., "Large margin methods for structured and interdependent output variables", JMLR 6 (2005),
  with its margin rescaling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses import hinge
from lossclass.losses.sequence_hinge import multiclass, structured
from lossclass.losses.sequence_hinge.inputs import Inputs
from lossclass.losses.shapes.closed_forms import ClosedForm
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip

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

TITLE = "Hinge loss for sequences"
FORMULA = "L = Σₜ max(0, 1 − yₜ·ŷₜ)"
ALIASES = ()
TEMPLATE = """
# binary: a label of 1 or -1 and a score for each time step.
formulation: binary
y_true: [1, -1, 1]
y_pred: [0.8, -0.5, 0.3]
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred

# How far a score has to be on its right side to cost nothing.
# margin: 1

# Take the square of each hinge (binary only).
# squared: false

# weston_watkins or crammer_singer: one of several classes for each time step, and a score for each
# class. Without classes they are called 0, 1, 2. In the place of formulation, y_true, y_pred:
# formulation: crammer_singer
# classes: [DET, NOUN, VERB]
# y_true: [DET, NOUN]
# scores: [[2.1, 0.4, -0.3], [0.2, 1.5, 1.1]]

# structured: whole sequences with their scores, the true one among them. The cost says how wrong a
# sequence is; without it, it is the number of time steps that differ. In the place of formulation,
# y_true, y_pred:
# formulation: structured
# y_true: ABC
# candidates:
#   - {sequence: ABC, score: 2.5}
#   - {sequence: ACB, score: 1.2, cost: 2}
"""


class _Binary(hinge.Hinge):
    """The hinge loss, with time steps for observations."""

    LETTER = "t"
    EACH = "Time step"


BINARY = _Binary()


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    match inputs.formulation:
        case "binary":
            return BINARY.value(inputs.as_hinge)
        case "structured":
            return structured.value(inputs)
    return multiclass.value(inputs)


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps. Binary: ``margin.t``, ``hinge.t`` (and ``squared_hinge.t``), ``sum``, ``loss``;
    multi-class: ``violation.t.c``, ``hinge.t``, ``sum``, ``loss``; structured: ``augmented.k``,
    ``worst``, ``loss``."""
    match inputs.formulation:
        case "binary":
            return BINARY.solve(inputs.as_hinge, working)
        case "structured":
            return structured.solve(inputs, working)
    return multiclass.solve(inputs, working)


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the labels, the margin and the costs."""
    from lossclass.losses.sequence_hinge import own_slips

    match inputs.formulation:
        case "binary":
            return BINARY.slips(inputs.as_hinge, calculation)
        case "structured":
            return own_slips.structured_hinge_slips(calculation)
    return own_slips.multiclass_hinge_slips(calculation, inputs.formulation)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the scores in closed form; with a network, by its numbers too."""
    match inputs.formulation:
        case "binary":
            return BINARY.gradient(inputs.as_hinge)
        case "structured":
            return structured.gradient(inputs)
    return multiclass.gradient(inputs)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses.sequence_hinge import library_calls

    match inputs.formulation:
        case "binary":
            return BINARY.frameworks(inputs.as_hinge)
        case "structured":
            return library_calls.structured_hinge_calls(inputs)
    return library_calls.multiclass_hinge_calls(multiclass.as_given(inputs))

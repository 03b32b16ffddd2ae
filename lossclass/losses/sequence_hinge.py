"""Hinge loss for sequences: Σₜ max(0, 1 − yₜ·ŷₜ), one label and one score a time step.

The hinge loss with the time steps of one sequence for observations. Source: the course's
handout, which sums in its formula and averages in its worked answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from lossclass.arithmetic.expression import Quantity
from lossclass.losses import hinge
from lossclass.problem.fields import AsChoice
from lossclass.working import Working

TITLE = "Hinge loss for sequences"
FORMULA = "L = Σₜ max(0, 1 − yₜ·ŷₜ)"
ALIASES = ()


class Inputs(hinge.Inputs):
    """As for the hinge loss, over time steps. ``formulation``: ``binary``."""

    formulation: Annotated[Literal["binary"], AsChoice] = "binary"


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    return hinge.value(inputs)


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``margin.t``, ``hinge.t`` (and ``squared_hinge.t``), ``sum``, ``loss``."""
    return hinge.solve_over(inputs, working, letter="t", each="Time step")

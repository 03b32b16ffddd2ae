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

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict

from lossclass.losses import Form, hinge
from lossclass.losses.sequence_hinge.multiclass import CrammerSinger, WestonWatkins
from lossclass.losses.sequence_hinge.structured import Structured
from lossclass.problem.arrays import Shape
from lossclass.problem.fields import AsChoice
from lossclass.problem.keys import ProblemKeys


class BinaryKeys(hinge.HingeKeys):
    """Those of the hinge loss."""

    formulation: Annotated[Literal["binary"], AsChoice] = "binary"


class Binary(hinge.Hinge):
    """The hinge loss, with time steps for observations."""

    Inputs = BinaryKeys
    LETTER = "t"
    EACH = "Time step"


_LOSSES: dict[str, Form] = {
    "binary": Binary(),
    "weston_watkins": WestonWatkins(),
    "crammer_singer": CrammerSinger(),
    "structured": Structured(),
}


class Inputs(ProblemKeys):
    """``formulation``, which says what else there is. Of a problem whose formulation there is not, it
    cannot be told what keys it may have, nor what is wrong with them."""

    model_config = ConfigDict(extra="ignore")
    FORM: ClassVar = "formulation"
    FORMS: ClassVar = {name: loss.Inputs for name, loss in _LOSSES.items()}

    formulation: Annotated[
        Literal["binary", "weston_watkins", "crammer_singer", "structured"], AsChoice
    ] = "binary"
    weights: Any = None

    @classmethod
    def losses_shape(cls, given: Mapping[str, Any]) -> Shape | None:
        return None


def _as_formulated(name: str) -> Any:
    """A method of a loss, that of the formulation that a problem asks for."""
    return lambda _, inputs, *more: getattr(_LOSSES[inputs.formulation], name)(inputs, *more)


class SequenceHinge:
    """The four formulations, each a loss with keys of its own: a problem says which it is."""

    TITLE = "Hinge loss for sequences"
    FORMULA = "L = Σₜ max(0, 1 − yₜ·ŷₜ)"
    ALIASES = ()
    Inputs = Inputs

    value, solve, formula_of = map(_as_formulated, ("value", "solve", "formula_of"))
    gradient, differentiated = map(_as_formulated, ("gradient", "differentiated"))
    slips, frameworks = map(_as_formulated, ("slips", "frameworks"))


LOSS = SequenceHinge()

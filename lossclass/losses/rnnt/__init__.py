"""The transducer (RNN-T): −ln p(l|x), with p(l|x) = Σ P(π) over the alignments π of l.

At each pair of a time t and a number u of labels put out so far, the model gives a distribution over the
labels and the blank. A label goes on to u + 1 at the same time, the blank to time t + 1 with the same u.
Source: Graves, "Sequence transduction with recurrent neural networks", 2012, equations 16 to 18 (where
the forward variables do not have the probability of the step that leaves a node).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossclass.losses.rnnt.inputs import Inputs
from lossclass.losses.rnnt.own_slips import conventions, slips
from lossclass.losses.rnnt.solving import solve
from lossclass.losses.rnnt.vectorised import gradient, value
from lossclass.losses.shapes.closed_forms import Differentiated, by_what
from lossclass.losses.shapes.heads import log
from lossclass.losses.shapes.lattice.sequences import formula, no_library

if TYPE_CHECKING:
    from lossclass.working import Working

__all__ = ["Inputs", "conventions", "gradient", "slips", "solve", "value"]

TITLE = "Transducer loss (RNN-T)"
FORMULA = "L = −ln p(l|x),  p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ("transducer", "rnn_transducer")


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    where = "p(l|x) = Σ P(π) over the alignments π of l"
    return formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)


def differentiated(inputs: Inputs, working: Working) -> Differentiated:
    """What the model puts out, or is put together of; see :class:`lossclass.losses.Form`."""
    keys = ("probabilities", "logits", "log_probs", "joint.encoder", "joint.predictor")
    return by_what(inputs, working, keys, ())


frameworks = no_library("rnnt")

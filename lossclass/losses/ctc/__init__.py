"""Connectionist temporal classification: −ln p(l|x), with p(l|x) = Σ P(π) over alignments π.

An alignment π names one symbol, a label or the blank, for every time step; P(π) is the product
of their probabilities. It collapses to a label sequence: repeats are merged, then blanks are
removed. Source: Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossclass.losses.ctc.core import ctc_loss, ctc_occupancy
from lossclass.losses.ctc.inputs import OUTPUTS, Inputs
from lossclass.losses.ctc.lattice import collapse, merge_repeats
from lossclass.losses.ctc.library_calls import frameworks, rounding
from lossclass.losses.ctc.own_slips import conventions, slips
from lossclass.losses.ctc.solving import solve
from lossclass.losses.ctc.vectorised import gradient, value
from lossclass.losses.shapes.closed_forms import Differentiated, by_what
from lossclass.losses.shapes.heads import log
from lossclass.losses.shapes.lattice.sequences import formula

if TYPE_CHECKING:
    from lossclass.working import Working

__all__ = [
    "Inputs",
    "conventions",
    "ctc_loss",
    "ctc_occupancy",
    "frameworks",
    "gradient",
    "rounding",
    "slips",
    "solve",
    "value",
]


def differentiated(inputs: Inputs, working: Working) -> Differentiated:
    """What the model puts out, or its weights; see :class:`lossclass.losses.Form`."""
    return by_what(inputs, working, OUTPUTS, ())


def collapsed(argument: str) -> str:
    """The directive ``ctc.collapse ALIGNMENT blank SYMBOL``: what an alignment spells, merged and
    in the end."""
    path, word, blank = argument.partition(" blank ")
    if not word:
        raise ValueError("expected ALIGNMENT blank SYMBOL")
    return f"{path}  →  {''.join(merge_repeats(path))}  →  {''.join(collapse(path, blank))}"


TITLE = "CTC loss (connectionist temporal classification)"
FORMULA = "L = −ln p(l|x), p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ()
DIRECTIVES = {"collapse": collapsed}


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    which = "all alignments π of l"
    if inputs.T is None:
        which = "the alignments π that are listed"
        if inputs.alignments_counted == "valid":
            which += " and collapse to l"
    where = f"p(l|x) = Σ P(π) over {which}"
    return formula(inputs, f"−{log(inputs.log_base)} p(l|x)", where)

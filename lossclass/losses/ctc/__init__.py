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
from lossclass.losses.shapes.heads import head, log

if TYPE_CHECKING:
    from lossclass.working import Working

__all__ = [
    "ALIASES",
    "DIRECTIVES",
    "FORMULA",
    "TEMPLATE",
    "TITLE",
    "Inputs",
    "conventions",
    "ctc_loss",
    "ctc_occupancy",
    "differentiated",
    "formula_of",
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
TEMPLATE = """
# The labels that should come out: a text with one label per character, or a list of labels.
target: HELLO

# The symbol for "no label".
blank: "-"  # a lone - needs quotes

# The probability of each symbol, the same at every time step.
probabilities: {H: 0.6, E: 0.5, L: 0.7, O: 0.8, "-": 0.2}

# The alignments: texts with one symbol per character, or lists of symbols.
alignments: ["H-E-L-L-O", "HE-L-L-O"]

# Or how many time steps there are: then all alignments count, by the forward algorithm.
# time_steps: 9  # in the place of alignments

# Or a distribution for each time step, one row for each, and what its columns stand for. The rows
# may also be logits or logarithms of probabilities, or the name of a .npy or .csv file. They stand
# in the place of the probabilities and the alignments above, and so does a recurrent network.
# labels: ["-", H, E, L, O]  # with probabilities, logits, log_probs or rnn
# probabilities:  # in the place of probabilities above, alignments; with labels
#   - [0.2, 0.5, 0.1, 0.1, 0.1]
#   - [0.1, 0.2, 0.5, 0.1, 0.1]
# logits:  # in the place of probabilities above, alignments; with labels
#   - [0.5, 1, 0, 0, 0]
#   - [0, 0.5, 1, 0, 0]
# log_probs:  # in the place of probabilities above, alignments; with labels
#   - [-1.6, -0.7, -2.3, -2.3, -2.3]
#   - [-2.3, -1.6, -0.7, -2.3, -2.3]

# Or a recurrent network whose outputs, one for each symbol, are the logits.
# rnn:  # in the place of probabilities above, alignments; with labels
#   {inputs: [1, 2, 3, 4, 5, 6], U: [[0.5]], W: [[0.1]], V: [[1], [0], [0], [0], [-1]]}

# Count all alignments that are listed, or only those that collapse to the target: valid.
# alignments_counted: listed
"""


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    which = "all alignments π of l"
    if inputs.T is None:
        which = "the alignments π that are listed"
        if inputs.alignments_counted == "valid":
            which += " and collapse to l"
    where = f"p(l|x) = Σ P(π) over {which}"
    return head(f"−{log(inputs.log_base)} p(l|x)", inputs, "sum", ("1",), where=[where])

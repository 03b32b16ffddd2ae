"""Connectionist temporal classification: −ln p(l|x), with p(l|x) = Σ P(π) over alignments π.

An alignment π names one symbol, a label or the blank, for every time step; P(π) is the product
of their probabilities. It collapses to a label sequence: repeats are merged, then blanks are
removed. Source: Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006.
"""

from lossclass.blocks import Call
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.listed import solve, value

__all__ = ["ALIASES", "FORMULA", "TEMPLATE", "TITLE", "Inputs", "frameworks", "solve", "value"]

TITLE = "CTC loss (connectionist temporal classification)"
FORMULA = "L = −ln p(l|x), p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ()
TEMPLATE = """
# The labels that should come out: a text with one label per character, or a list of labels.
target: HELLO

# The symbol for "no label". A lone - needs quotes.
blank: "-"

# The probability of each symbol, the same at every time step.
probabilities: {H: 0.6, E: 0.5, L: 0.7, O: 0.8, "-": 0.2}

# The alignments: texts with one symbol per character, or lists of symbols.
alignments: ["H-E-L-L-O", "HE-L-L-O"]

# Count all alignments that are listed, or only those that collapse to the target: valid.
# alignments_counted: listed
"""


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries: none of them has this loss."""
    from lossclass.losses._frameworks_sequences import ctc_calls

    return ctc_calls(inputs)

"""Connectionist temporal classification: −ln p(l|x), with p(l|x) = Σ P(π) over alignments π.

An alignment π names one symbol, a label or the blank, for every time step; P(π) is the product
of their probabilities. It collapses to a label sequence: repeats are merged, then blanks are
removed. Source: Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006.
"""

from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.listed import solve, value

__all__ = ["ALIASES", "FORMULA", "TITLE", "Inputs", "solve", "value"]

TITLE = "CTC loss (connectionist temporal classification)"
FORMULA = "L = −ln p(l|x), p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ()

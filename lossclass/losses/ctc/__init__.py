"""Connectionist temporal classification: −ln p(l|x), with p(l|x) = Σ P(π) over alignments π.

An alignment π names one symbol, a label or the blank, for every time step; P(π) is the product
of their probabilities. It collapses to a label sequence: repeats are merged, then blanks are
removed. Source: Graves et al., "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks", ICML 2006.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Call
from lossclass.losses.ctc.alignment import collapsed
from lossclass.losses.ctc.core import ctc_loss, ctc_occupancy
from lossclass.losses.ctc.inputs import Inputs
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.losses.shapes.closed_forms import ClosedForm
    from lossclass.slips import Convention, Slip

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
    "formula_of",
    "frameworks",
    "gradient",
    "rounding",
    "slips",
    "solve",
    "value",
]

TITLE = "CTC loss (connectionist temporal classification)"
FORMULA = "L = −ln p(l|x), p(l|x) = Σ P(π) over the alignments π of l"
ALIASES = ()
DIRECTIVES = {"collapse": collapsed}
TEMPLATE = """
# The labels that should come out: a text with one label per character, or a list of labels.
target: HELLO

# The symbol for "no label". A lone - needs quotes.
blank: "-"

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


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    from lossclass.losses.ctc import vectorised

    return vectorised.value(inputs)


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: over the alignments that are listed, or over all where there are time steps."""
    from lossclass.losses.ctc.sheet import Sheet

    sheet = Sheet(inputs, working)
    if inputs.T is None:
        from lossclass.losses.ctc import over_list

        return over_list.solve(sheet)
    from lossclass.losses.ctc import over_all

    return over_all.solve(sheet)


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    from lossclass.losses.shapes.heads import head, log

    which = "all alignments π of l"
    if inputs.alignments is not None:
        which = "the alignments π that are listed"
        if inputs.alignments_counted == "valid":
            which += " and collapse to l"
    where = f"p(l|x) = Σ P(π) over {which}"
    return head(f"−{log(inputs.log_base)} p(l|x)", inputs, "sum", ("1",), where=[where])


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be left out of p(l|x), or counted without belonging to it."""
    from lossclass.losses.ctc import own_slips

    return own_slips.slips(inputs, calculation)


def conventions(inputs: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """The backward variables with the probability of their own time in them."""
    from lossclass.losses.ctc import own_slips

    return own_slips.conventions(inputs, calculation)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives in NumPy."""
    from lossclass.losses.ctc import vectorised

    return vectorised.gradient(inputs)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries; over alignments that are listed, none of them has this loss."""
    from lossclass.losses.ctc.library_calls import ctc_calls

    return ctc_calls(inputs)


def rounding(inputs: Inputs) -> float:
    """How far the libraries' numbers may be off only because the probabilities are rounded."""
    from lossclass.losses.ctc import library_calls

    return library_calls.rounding(inputs)

"""What can be asked of a hidden Markov model beyond the loss and the best path."""

from __future__ import annotations

from lossclass.losses.shapes.lattice.options import on_request

BACKWARD = on_request(
    "backward",
    "HMM: also work out β, and the probabilities γ and ξ of states and of pairs of them.",
)
BAUM_WELCH = on_request(
    "baum_welch", "HMM: also work one step of Baum–Welch, with what that takes."
)
VITERBI = on_request(
    "viterbi", "HMM: nothing more than without, since the best path is always there."
)
EXTRAS = (BACKWARD, BAUM_WELCH, VITERBI)

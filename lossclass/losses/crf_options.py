"""What can be asked of a conditional random field beyond the loss."""

from __future__ import annotations

from lossclass.losses.shapes.lattice.options import on_request

VITERBI = on_request("viterbi", "CRF: also work the best path, with its back-pointers.")
EXTRAS = (VITERBI,)

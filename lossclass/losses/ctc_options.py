"""What can be asked of CTC beyond the loss."""

from __future__ import annotations

from lossclass.choices import Extra
from lossclass.losses.shapes.lattice.options import on_request

BACKWARD = on_request("backward", "CTC: also work out the backward variables β.")
BEAM: Extra[int | None] = Extra(
    "beam",
    "CTC: also work prefix beam search, with N prefixes kept.",
    default=None,
    example=3,
    least=1,
)
ALIGNMENTS: Extra[int] = Extra(
    "alignments", "CTC: list all alignments if there are not more than N.", default=20, example=20
)
LOG_SPACE = on_request("log_space", "CTC: also work the loss in logarithms, with log-sum-exp.")
ALIGN = on_request(
    "align",
    "CTC: also work the forced alignment, the most probable one, with the span of each label.",
)
EXTRAS = (BACKWARD, BEAM, ALIGNMENTS, LOG_SPACE, ALIGN)

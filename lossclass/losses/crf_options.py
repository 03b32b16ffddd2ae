"""What can be asked of a conditional random field beyond the loss."""

from __future__ import annotations

from lossclass.choices import Extra

VITERBI: Extra[bool] = Extra(
    "viterbi",
    "CRF: also work the best path, with its back-pointers.",
    default=False,
    example=True,
    commands=("solve", "check", "worksheet", "key"),
)
EXTRAS = (VITERBI,)

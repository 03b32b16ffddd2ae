"""What can be asked of a transducer beyond the loss."""

from __future__ import annotations

from lossclass.choices import Extra

BACKWARD: Extra[bool] = Extra(
    "backward",
    "Transducer: also work out the backward variables β.",
    default=False,
    example=True,
    commands=("solve", "check", "worksheet", "key"),
)
EXTRAS = (BACKWARD,)

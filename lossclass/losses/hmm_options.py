"""What can be asked of a hidden Markov model beyond the loss and the best path."""

from __future__ import annotations

from lossclass.choices import Extra
from lossclass.losses import ctc_options

BACKWARD: Extra[bool] = Extra(
    "backward",
    "HMM: also work out β, and the probabilities γ and ξ of states and of pairs of them.",
    default=False,
    example=True,
    commands=ctc_options.BACKWARD.commands,
)
BAUM_WELCH: Extra[bool] = Extra(
    "baum_welch",
    "HMM: also work one step of Baum–Welch, with what that takes.",
    default=False,
    example=True,
    commands=ctc_options.BACKWARD.commands,
)
EXTRAS = (BACKWARD, BAUM_WELCH)

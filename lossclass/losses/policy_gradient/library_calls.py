"""How the libraries are asked for the loss of an episode."""

from __future__ import annotations

from typing import Any

from lossclass.blocks import Call
from lossclass.losses._frameworks import LIBRARIES, How, Losses, array, cannot

_SKLEARN = LIBRARIES[3]


def policy_gradient_calls(inputs: Any, multipliers: Any, log_policy: Any) -> list[Call]:
    """Those of a policy gradient, whose parts are worked out already.

    Args:
        multipliers: what stands before each step's logarithm, one episode behind another.
        log_policy: the natural logarithms of the probabilities of the actions taken, likewise.
    """
    import numpy as np

    sign = "" if inputs.form == "objective" else "-"
    terms = multipliers * log_policy * (1 if inputs.form == "objective" else -1)
    pytorch = Losses(
        "PyTorch",
        [
            array("PyTorch", "advantages", multipliers.tolist()),
            array("PyTorch", "policy", np.exp(log_policy).tolist()),
        ],
        f"{sign}advantages * torch.log(policy)",
        terms,
        [
            (
                "It has no such loss, so this is written out; torch.distributions.Categorical has "
                "log_prob. The advantages are what is multiplied with ln π, worked out before."
            )
        ],
    )
    rlax = float((-multipliers * log_policy).mean())
    mean = f"Here that is {rlax:.6g}." if np.isfinite(rlax) and inputs.episodes is None else ""
    over_episodes = 1 if inputs.reduction else 1 / len(inputs.each)
    return [
        pytorch.reduced(How.of(inputs, "sum", len(terms), factor=over_episodes)),
        cannot("Keras", "It has no loss for this: write out the sum of -advantages · ln π."),
        cannot(
            "optax",
            "It has no loss for this. rlax, which goes with it, has one: the mean over time of "
            f"−ln π · A, not the sum. {mean}".strip(),
        ),
        cannot(_SKLEARN, "It has no reinforcement learning."),
    ]

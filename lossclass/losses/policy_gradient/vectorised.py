"""The policy gradient in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.losses._reduction import reduce_values
from lossclass.losses.policy_gradient.inputs import Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def value(inputs: Inputs) -> Any:
    """The loss or the objective in NumPy: each return is summed up from its definition,
    Gₜ = Σₖ (γₜ · … · γₖ₋₁) rₖ."""
    import numpy as np

    log_policy = _log_policy(inputs)
    multipliers = _multipliers(inputs, log_policy)
    terms = np.where(multipliers == 0, 0.0, multipliers * log_policy)
    return (-1 if inputs.form == "loss" else 1) * reduce_values(terms, inputs, "sum")


def _log_policy(inputs: Inputs) -> NDArray[np.float64]:
    """The logarithm of the probability of each action taken, shape (T,)."""
    import numpy as np

    rows, taken = np.array(inputs.rows, float), np.array(inputs.taken)[:, np.newaxis]
    logs = np.log(rows)
    if inputs.logits is not None:
        shifted = rows - rows.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    base = {"e": 1.0, "2": np.log(2.0), "10": np.log(10.0)}[inputs.log_base]
    in_base: NDArray[np.float64] = np.take_along_axis(logs, taken, axis=1)[:, 0] / base
    return in_base


def _multipliers(inputs: Inputs, log_policy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rewards, returns or advantages, shape (T,)."""
    import numpy as np

    earned = np.array(inputs.returns or inputs.rewards, float)
    baseline = np.array(inputs.baseline or [0], float)
    scale = max(np.abs(earned).max(), np.abs(baseline).max())
    if inputs.discount:
        discount = np.broadcast_to(np.array(inputs.discount, float), earned.shape)
        rewards = np.append(earned, float(inputs.bootstrap or 0))
        scale = max(scale, np.abs(rewards).max())
        earned = np.array(
            [np.cumprod([1, *discount[t:]]) @ rewards[t:] for t in range(len(earned))]
        )
    multipliers: NDArray[np.float64] = earned - baseline
    # What is 0 but for a double's rounding would else become infinite.
    lost = np.isinf(log_policy) & (np.abs(multipliers) <= 1e-12 * len(earned) * scale)
    multipliers[lost] = 0
    return multipliers


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_sequences import policy_gradient_calls

    natural = _log_policy(inputs.model_copy(update={"log_base": "e"}))
    return policy_gradient_calls(inputs, _multipliers(inputs, natural), natural)

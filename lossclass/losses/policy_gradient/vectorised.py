"""The policy gradient in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.losses._logarithms import ln_of_base, log_softmax
from lossclass.losses.policy_gradient.inputs import Inputs
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Shares,
    by_index,
    shares,
    through_network,
    times,
)
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.losses.shapes.reduction import reduce_values

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

    if inputs.rnn is not None:
        inputs = inputs.model_copy(update={"rnn": None, "logits": rnn_outputs(inputs)})
    rows, taken = np.array(inputs.rows, float), np.array(inputs.taken)[:, np.newaxis]
    logs = np.log(rows) if inputs.logits is None else log_softmax(rows)
    of_taken: NDArray[np.float64] = np.take_along_axis(logs, taken, axis=1)[:, 0]
    return of_taken / ln_of_base(inputs.log_base)


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


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``policy`` or ``logits`` in closed form; with a network, by its numbers
    too. Returns and baselines count as constants."""
    import numpy as np

    with np.errstate(divide="ignore"):
        log_policy = _log_policy(inputs)
    reduced = shares(inputs, "sum", len(log_policy), each="step").in_base(inputs.log_base)
    sign = 1 if inputs.form == "objective" else -1
    factors = times(reduced.factors, sign * _multipliers(inputs, log_policy))
    policy = _policy(inputs)
    taken = np.zeros_like(policy)
    np.put_along_axis(taken, np.array(inputs.taken)[:, np.newaxis], 1.0, axis=1)
    with np.errstate(divide="ignore"):
        by_policy = np.where(taken == 1, times(factors, 1 / policy), 0.0)
    by_logits = times(factors, taken - policy)
    says = _closed_form_said(inputs, reduced)
    if inputs.rnn is not None:
        values = {"y_pred": by_index(by_policy), **through_network(inputs.rnn, by_logits)}
        return ClosedForm(says + THROUGH_THE_NETWORK, values)
    if inputs.logits is not None:
        found = {"logits": by_index(by_logits), "y_pred": by_index(by_policy)}
        return ClosedForm(says, found)
    alone = inputs.actions is None
    return ClosedForm(says, {"policy": by_index(by_policy[:, 0] if alone else by_policy)})


def _policy(inputs: Inputs) -> NDArray[np.float64]:
    """The probabilities of the actions, T × A; or T × 1 where only those of the taken are given."""
    import numpy as np

    if inputs.rnn is not None:
        return np.array(rnn_outputs(inputs, predictions=True), float)
    rows = np.array(inputs.rows, float)
    if inputs.logits is None:
        return rows
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    policy: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return policy


def _closed_form_said(inputs: Inputs, reduced: Shares) -> str:
    letter, name = ("G", "return") if inputs.discount else ("R", "reward")
    name = "return" if inputs.returns is not None else name
    letter, name = ("A", "advantage") if inputs.baseline else (letter, name)
    is_loss = inputs.form == "loss"
    constant = f"The {name} {letter} counts as a constant."
    if inputs.logits is None and inputs.rnn is None:
        formula = reduced.scaled(letter, below=("π",), negative=is_loss)
        words = f"{'minus ' * is_loss}the {name}, divided by the probability"
        others = "" if inputs.actions is None else " for the action taken, and 0 for the others"
        return f"∂L/∂π = {formula}{others}: {reduced.in_words(words)}. {constant}"
    if is_loss:
        taken, others = reduced.scaled(letter, "(ŷ − 1)"), reduced.scaled(letter, "ŷ")
        words = f"prediction minus 1 or minus 0, times the {name}"
    else:
        taken = reduced.scaled(letter, "(1 − ŷ)")
        others = reduced.scaled(letter, "ŷ", negative=True)
        words = f"1 or 0 minus prediction, times the {name}"
    return (
        f"∂L/∂{'z' if inputs.rnn is None else 'o'} = {taken} for the action taken, and {others} for "
        f"the others: {reduced.in_words(words)}. {constant}"
    )


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses.policy_gradient.library_calls import policy_gradient_calls

    natural = _log_policy(inputs.model_copy(update={"log_base": "e"}))
    return policy_gradient_calls(inputs, _multipliers(inputs, natural), natural)

"""The policy gradient in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.losses._logarithms import ln_of_base, log_softmax
from lossclass.losses.policy_gradient.inputs import Inputs, Steps, one_a_step
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Index,
    Shares,
    by_index,
    shares,
    through_network,
    times,
)
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.losses.shapes.reduction import reduce_values

if TYPE_CHECKING:
    from lossclass.losses.shapes.closed_forms import Array


def value(inputs: Inputs) -> Any:
    """The loss or the objective in NumPy: each return is summed up from its definition,
    Gₜ = Σₖ (γₜ · … · γₖ₋₁) rₖ."""
    import numpy as np

    log_policy = _log_policy(inputs)
    multipliers = _multipliers(inputs, log_policy)
    terms = np.where(multipliers == 0, 0.0, multipliers * log_policy)
    divisor = 1 if inputs.reduction else len(inputs.each)
    return (-1 if inputs.form == "loss" else 1) * reduce_values(terms, inputs, "sum") / divisor


def _log_policy(inputs: Inputs) -> Array:
    """The logarithm of the probability of each action taken, one episode behind another."""
    import numpy as np

    if inputs.rnn is not None:
        inputs = inputs.model_copy(update={"rnn": None, "logits": rnn_outputs(inputs)})
    of_taken: list[Array] = []
    for _, each in inputs.each:
        logs = np.array(each.rows, float)
        if each.logits is not None:
            logs = log_softmax(logs)
        elif each.log_policy is None:
            logs = np.log(logs)
        of_taken.append(logs[np.arange(len(logs)), each.taken])
    joined: Array = np.concatenate(of_taken)
    return joined / ln_of_base(inputs.log_base)


def _multipliers(inputs: Inputs, log_policy: Array) -> Array:
    """Rewards, returns or advantages, one episode behind another."""
    import numpy as np

    earned = np.concatenate([_returns(inputs, each) for _, each in inputs.each])
    given = [
        *(each.earned for _, each in inputs.each),
        [each.bootstrap or 0 for _, each in inputs.each],
    ]
    scale = max(np.abs(earned).max(), *(np.abs(np.array(each, float)).max() for each in given))
    multipliers = earned
    if inputs.baseline == "mean":
        multipliers = earned - earned.mean()
    elif inputs.baseline:
        baseline = np.array(one_a_step(inputs.baseline, [t - 1 for *_, t in inputs.places]), float)
        scale = max(scale, np.abs(baseline).max())
        multipliers = earned - baseline
    lost = np.abs(multipliers) <= 1e-12 * len(earned) * scale
    if inputs.normalise:
        deviations = multipliers - multipliers.mean()
        lost = np.abs(deviations) <= 1e-12 * len(earned) * scale
        multipliers = deviations / multipliers.std()
    # What is 0 but for a double's rounding would else become infinite.
    multipliers[lost & np.isinf(log_policy)] = 0
    return multipliers


def _returns(inputs: Inputs, episode: Steps) -> Array:
    """What the steps of an episode brought."""
    import numpy as np

    earned = np.array(episode.earned, float)
    if not inputs.discount:
        return earned
    count = len(earned)
    discount = np.array(one_a_step(inputs.discount, range(count)), float)
    rewards = np.append(earned, float(episode.bootstrap or 0))
    return np.array([np.cumprod([1, *discount[t:]]) @ rewards[t:] for t in range(count)])


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by ``policy``, ``log_policy`` or ``logits`` in closed form; with a network, by
    its numbers too. Returns, baselines and what they are normalised with count as constants."""
    import numpy as np

    with np.errstate(divide="ignore"):
        log_policy = _log_policy(inputs)
    count = len(log_policy)
    reduced = shares(inputs, "sum", count, each="step")
    if inputs.episodes is not None and inputs.reduction is None:
        said = f"divided by the number of episodes, N = {len(inputs.episodes)}"
        reduced = Shares(np.full(count, 1 / len(inputs.episodes)), (), ("N",), (said,))
    reduced = reduced.in_base(inputs.log_base)
    sign = 1 if inputs.form == "objective" else -1
    factors = times(reduced.factors, sign * _multipliers(inputs, log_policy))
    says = _closed_form_said(inputs, reduced)
    values: dict[str, dict[Index, float]] = {}
    start = 0
    for number, each in inputs.each:
        end = start + len(each.earned)
        rows = [(*number, t) for t in range(1, end - start + 1)]
        by_policy, by_logits = _of_episode(inputs, each, factors[start:end])
        start = end
        if inputs.rnn is not None:
            found = {"y_pred": by_index(by_policy), **through_network(inputs.rnn, by_logits)}
            return ClosedForm(says + THROUGH_THE_NETWORK, found)
        kind = "policy" if each.log_policy is None else "log_policy"
        by_key = {kind: by_policy if each.actions else by_policy[:, 0]}
        if each.logits is not None:
            by_key = {"logits": by_logits, "y_pred": by_policy}
        for key, numbers in by_key.items():
            values.setdefault(key, {}).update(by_index(numbers, rows))
    return ClosedForm(says, values)


def _of_episode(inputs: Inputs, episode: Steps, factors: Array) -> tuple[Array, Array]:
    """The derivatives by the probabilities (or by their logarithms, where they are given so), and
    by the logits."""
    import numpy as np

    policy = _policy(inputs, episode)
    taken = np.zeros_like(policy)
    taken[np.arange(len(policy)), episode.taken] = 1
    with np.errstate(divide="ignore"):
        slopes = np.ones_like(policy) if episode.log_policy else 1 / policy
    return np.where(taken == 1, times(factors, slopes), 0.0), times(factors, taken - policy)


def _policy(inputs: Inputs, episode: Steps) -> Array:
    """The probabilities of the actions, T × A; or T × 1 where only those of the taken are given."""
    import numpy as np

    if inputs.rnn is not None:
        return np.array(rnn_outputs(inputs, predictions=True), float)
    rows = np.array(episode.rows, float)
    if episode.logits is not None:
        rows = log_softmax(rows)
    elif episode.log_policy is None:
        return rows
    policy: Array = np.exp(rows)
    return policy


def _closed_form_said(inputs: Inputs, reduced: Shares) -> str:
    letter, name = ("G", "return") if inputs.discount else ("R", "reward")
    name = "return" if inputs.first.returns is not None else name
    if inputs.has_advantages:
        letter, name = "Â" if inputs.normalise else "A", "advantage"
    is_loss = inputs.form == "loss"
    constant = f"The {name} {letter} counts as a constant."
    if inputs.first.logits is None and inputs.rnn is None:
        by, below = ("π", ("π",)) if inputs.first.log_policy is None else ("q", ())
        formula = reduced.scaled(letter, below=below, negative=is_loss)
        words = f"{'minus ' * is_loss}the {name}" + ", divided by the probability" * bool(below)
        others = " for the action taken, and 0 for the others" if inputs.first.actions else ""
        return f"∂L/∂{by} = {formula}{others}: {reduced.in_words(words)}. {constant}"
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
    import numpy as np

    from lossclass.losses._calls import calls
    from lossclass.losses._calls_how import How

    log_policy = _log_policy(inputs.model_copy(update={"log_base": "e"}))
    advantages, sign = _multipliers(inputs, log_policy), 1 if inputs.form == "objective" else -1
    rlax = (-advantages * log_policy).mean()
    return calls(
        "policy_gradient",
        How.of(
            inputs,
            "sum",
            advantages.shape,
            log_base=inputs.log_base,
            factor=1 if inputs.reduction else 1 / len(inputs.each),
        ),
        {"advantages": advantages, "policy": np.exp(log_policy)},
        advantages * log_policy * sign,
        objective=inputs.form == "objective",
        rlax=f"{rlax:.6g}" if np.isfinite(rlax) and inputs.episodes is None else "",
    )

"""Policy gradient (REINFORCE): Σₜ Rₜ ln π(yₜ|sₜ), and its negative, the loss to minimise.

At each time step t an action yₜ is taken in a state sₜ with the probability π(yₜ|sₜ) that the
policy gives it; Rₜ is what it brought. Sources: Williams, "Simple statistical gradient-following
algorithms for connectionist reinforcement learning", Machine Learning 8 (1992); returns with a
discount, bootstrap and baseline as in Sutton and Barto, *Reinforcement Learning* (2nd ed., 2018),
sections 3.3, 13.3 and 13.4; the sum itself as in the course's handout, which prints no minus and
takes the reward at t for Rₜ.

The sum over time is that of one episode, and its gradient estimates that of the expected return.
Over several episodes the estimate is the mean: the loss is the mean over the episodes of their
sums, unless ``reduction`` says otherwise.

``form`` is ``loss`` unless the problem says otherwise: every other loss here is to be minimised,
and gradient descent on the sum without its minus would unlearn what was rewarded. What the
handout prints is ``form: objective``. Either way a remark gives both numbers.
"""

from __future__ import annotations

from typing import Any, Final

from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.losses.policy_gradient.episode_steps import formula_of, solve
from lossclass.losses.policy_gradient.inputs import Inputs, Steps, one_a_step
from lossclass.losses.policy_gradient.own_slips import conventions, slips
from lossclass.losses.shapes import formulas
from lossclass.losses.shapes.classes import Distributions
from lossclass.losses.shapes.formulas import by_what as differentiated
from lossclass.losses.shapes.reduction import reduce_values
from lossclass.second_road import Doubles, doubles, ln_of_base, log_softmax, np

__all__ = ["Inputs", "conventions", "differentiated", "formula_of", "slips", "solve"]

TITLE = "Policy gradient (REINFORCE)"
FORMULA = "L = −Σₜ Rₜ ln π(yₜ|sₜ)"
ALIASES = ("reinforce", "rl")
#: What the policy is, of all actions or of the one taken, by its key.
_KINDS: Final = {"policy": "y_pred", "log_policy": "log_probs", "logits": "logits"}


# --- NumPy's road ------------------------------------------------------------------------


def value(inputs: Inputs) -> Any:
    """The loss or the objective in NumPy: each return is summed up from its definition,
    Gₜ = Σₖ (γₜ · … · γₖ₋₁) rₖ."""
    log_policy = _log_policy(inputs)
    multipliers = _multipliers(inputs, log_policy)
    terms = np.where(multipliers == 0, 0.0, multipliers * log_policy)
    divisor = 1 if inputs.reduction else len(inputs.each)
    return inputs.sign * reduce_values(terms, inputs, "sum") / divisor


def _log_policy(inputs: Inputs) -> Doubles:
    """The logarithm of the probability of each action taken, one episode behind another."""
    taken = []
    for _, each in inputs.as_given().each:
        logs = np.array(each.rows, float)  # T × A; or T × 1 where only those of the taken are given
        if each.held == "logits":
            logs = log_softmax(logs)
        elif each.held == "policy":
            with np.errstate(divide="ignore"):
                logs = np.log(logs)
        taken.append(logs[range(len(each.taken)), each.taken])
    return doubles(np.concatenate(taken) / ln_of_base(inputs.log_base))


def _multipliers(inputs: Inputs, log_policy: Doubles) -> Doubles:
    """Rewards, returns or advantages, one episode behind another."""
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


def _returns(inputs: Inputs, episode: Steps) -> Doubles:
    """What the steps of an episode brought."""
    earned = np.array(episode.earned, float)
    if not inputs.discount:
        return earned
    count = len(earned)
    discount = np.array(one_a_step(inputs.discount, range(count)), float)
    rewards = np.append(earned, float(episode.bootstrap or 0))
    return np.array([np.cumprod([1, *discount[t:]]) @ rewards[t:] for t in range(count)])


def gradient(inputs: Inputs) -> formulas.ClosedForm:
    """The derivatives by ``policy``, ``log_policy`` or ``logits`` in closed form; with a network, by
    its numbers too. Returns, baselines and what they are normalised with count as constants."""
    log_policy = _log_policy(inputs)
    count = len(log_policy)
    reduced = formulas.shares(inputs, "sum", count, each="step")
    if inputs.episodes is not None and inputs.reduction is None:
        said = f"divided by the number of episodes, N = {len(inputs.episodes)}"
        reduced = formulas.Shares(np.full(count, 1 / len(inputs.episodes)), (), ("N",), (said,))
    reduced = reduced.in_base(inputs.log_base)
    factors = formulas.times(reduced.factors, inputs.sign * _multipliers(inputs, log_policy))
    says = _closed_form_said(inputs, reduced)
    values: dict[str, dict[formulas.Index, float | None]] = {}
    for number, each in inputs.as_given().each:
        own, factors = np.split(factors, [len(each.earned)])
        key = each.held
        taken = np.zeros((len(own), len(each.rows[0])))
        taken[range(len(own)), each.taken] = 1
        places = [(*number, t) for t in range(1, len(own) + 1)]
        # what is counted −ln ŷ of the action taken costs, for each step
        found = Distributions(_KINDS[key], (), places, (), each.rows)
        closed = formulas.cross_entropy(
            found, formulas.Truth(taken, "y", True), formulas.Shares(-own), rnn=inputs.rnn
        )
        for kind, slopes in closed.values.items():
            end = None if each.actions else -1  # of the actions taken alone, there is no index
            name = key if kind == _KINDS[key] else kind
            values.setdefault(name, {}).update({at[:end]: slope for at, slope in slopes.items()})
    return formulas.ClosedForm(
        says + formulas.THROUGH_THE_NETWORK * (inputs.rnn is not None), values
    )


def _closed_form_said(inputs: Inputs, reduced: formulas.Shares) -> str:
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
    log_policy = _log_policy(inputs.model_copy(update={"log_base": "e"}))
    advantages = _multipliers(inputs, log_policy)
    factor = 1 if inputs.reduction else 1 / len(inputs.each)
    rlax = (-advantages * log_policy).mean()
    return calls(
        "policy_gradient",
        How.of(inputs, "sum", advantages.shape, log_base=inputs.log_base, factor=factor),
        {"advantages": advantages, "policy": np.exp(log_policy)},
        advantages * log_policy * inputs.sign,
        objective=inputs.form == "objective",
        rlax=f"{rlax:.6g}" if np.isfinite(rlax) and inputs.episodes is None else "",
    )

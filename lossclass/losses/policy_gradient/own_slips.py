"""The mistakes that people make with the policy gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import accumulate, chain, groupby, islice
from operator import mul

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Exp,
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Root,
    Sum,
    mean_of,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import Otherwise, with_others
from lossclass.losses.policy_gradient.inputs import Inputs, one_a_step
from lossclass.losses.shapes.common_slips import (
    logit_behind,
    other_averages,
    row_of,
    shared_slips,
)
from lossclass.slips import Convention, Slip
from lossclass.slips.making import MOST, in_step, once, standing_in


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is left out of the returns, the sign, and another step's or action's number."""
    yield from _of_the_returns(inputs, calculation)
    yield from _of_the_advantages(inputs, calculation)
    yield from _of_the_episodes(inputs, calculation)
    if inputs.form == "objective":  # the other way round, a minus is left out like any other
        text = "This is the loss; here it is the objective, which has no minus before the sum."
        changed = {each.id: -each.definition for each in calculation.all("loss")}
        yield Slip("minus-added", text, changed)
    yield from _two_means(inputs, calculation)
    yield from _of_another_step(inputs, calculation)
    yield from islice(_another_action(inputs, calculation), MOST)
    yield from shared_slips(calculation, probabilities="given.policy")
    yield from _fed_what_is_not_taken(calculation)
    if inputs.baseline is None and not inputs.normalise and inputs.bootstrap is None:
        yield from _normalised_unasked(calculation)


def conventions(inputs: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """The minus in each term, not before their sum."""
    if inputs.form == "objective":
        return
    otherwise = {
        each.id: Otherwise(Negative, -each)
        for name in ("term", "episode", "sum")
        for each in calculation.all(name)
    }
    text = "The minus is taken into each term, not put before their sum; the loss is the same."
    yield Convention("minus-in-each-term", text, otherwise)


def _by_episode(quantities: Sequence[Quantity]) -> list[list[Quantity]]:
    """Quantities of steps, those of each episode together."""
    return [[*group] for _, group in groupby(quantities, key=lambda each: row_of(each.id))]


def _returns(calculation: Calculation) -> list[list[Quantity]]:
    """The returns of each episode from its first step on: they are worked from the last one."""
    return [each[::-1] for each in _by_episode(calculation.all("return"))]


def _first_operands(quantities: Sequence[Quantity]) -> dict[str, Expression]:
    """By id, what something is taken off, or divided."""
    return {each.id: each.definition.operands[0] for each in quantities}


def _signed(inputs: Inputs, objective: Expression) -> Expression:
    """The objective as the problem asks for it."""
    return objective if inputs.form == "objective" else -objective


# --- returns -----------------------------------------------------------------------------


def _of_the_returns(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    rewards = calculation.all("given.reward")
    if inputs.discount:
        returns = [each for own in _returns(calculation) for each in own]
        of_each = {each.id: reward for each, reward in zip(returns, rewards, strict=True)}
        text = "Each step is given its own reward alone: the rewards to come belong to its return."
        yield Slip("reward-to-go-forgotten", text, of_each)
        yield from _discounts(calculation)
        if len(inputs.each) > 1:
            yield from _run_together(calculation, returns)
    elif rewards and max(map(len, _by_episode(rewards))) > 1:
        yield from _rewards_added(calculation, rewards)


def _rewards_added(calculation: Calculation, rewards: Sequence[Quantity]) -> Iterator[Slip]:
    """Rewards to come counted, or all, where the problem has each step's own alone."""
    added: dict[str, Decimal] = {}
    whole: dict[str, Decimal] = {}
    for own in _by_episode(rewards):
        to_come = Decimal(0)
        for reward in reversed(own):
            added[reward.id] = to_come = to_come + calculation.values[reward.id]
        whole |= dict.fromkeys((each.id for each in own), to_come)
    text = "The rewards to come are added: without a discount, each step has its own reward alone."
    yield Slip("reward-to-go-added", text, added)
    text = "Each step is given the sum of all rewards: without a discount, it has its own alone."
    yield Slip("whole-return-everywhere", text, whole)


def _run_together(calculation: Calculation, returns: Sequence[Quantity]) -> Iterator[Slip]:
    """The returns of one episode that go on into the next."""
    changed: dict[str, Decimal] = {}
    following = calculation.values[returns[-1].id]
    discounts = _discount_of_each(calculation)
    steps = [*zip(returns, calculation.all("given.reward"), discounts, strict=True)]
    with localcontext(WORKED_AGAIN):
        for each, reward, discount in steps[-2::-1]:
            following = calculation.values[reward.id] + discount * following
            changed[each.id] = following
    text = "The returns of an episode count the rewards of the next one: each ends with its own episode."
    yield Slip("episodes-run-together", text, changed)


def _discount_of_each(calculation: Calculation) -> list[Decimal]:
    """The discount of every step."""
    given = [calculation.values[each.id] for each in calculation.all("given.discount")]
    steps = [int(each.id.rpartition(".")[2]) for each in calculation.all("given.reward")]
    return one_a_step(given, [t - 1 for t in steps])


def _discounts(calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the discount: left out, taken once, or once more."""
    rewards, returns = _by_episode(calculation.all("given.reward")), _returns(calculation)
    text = "The discount is left out: a reward to come counts less the later it comes."
    discounts = calculation.all("given.discount")
    yield Slip("discount-forgotten", text, {each.id: Decimal(1) for each in discounts})
    discounted = [each for own in returns for each in own if isinstance(each.definition, Sum)]
    if len(discounted) > 1:
        without = (
            (each.id, text, each.definition.operands[0] + _following(each)[1])
            for each in discounted
        )
        yield from once(calculation, "discount-forgotten", without)
    yield from _not_accumulated(returns, rewards)
    if max(map(len, returns)) > 1:
        first = {each.id: calculation.values[own[0].id] for own in returns for each in own}
        text = (
            "Every step is given the return of the first one: a return counts from its own step on."
        )
        yield Slip("whole-return-everywhere", text, first)
        yield from _discounted_twice(calculation, returns)


def _following(discounted: Quantity) -> tuple[Expression, Expression]:
    """The discount of a return, and what it discounts."""
    discount, following = discounted.definition.operands[1].operands
    return discount, following


def _not_accumulated(
    returns: Sequence[Sequence[Quantity]], rewards: Sequence[Sequence[Quantity]]
) -> Iterator[Slip]:
    """Every later reward discounted once."""
    changed: dict[str, Expression] = {}
    for own, earned in zip(returns, rewards, strict=True):
        last = own[-1].definition
        later: list[Expression] = [_following(own[-1])[1]] if isinstance(last, Sum) else []
        for each, reward in zip(reversed(own), reversed(earned), strict=True):
            if len(later) > 1:
                changed[each.id] = reward + _following(each)[0] * Sum(*later)
            later.insert(0, reward)
    if changed:
        text = (
            "Every later reward is discounted once only: it is to be multiplied by the discount as "
        )
        text += "often as it is steps later."
        yield Slip("discount-not-accumulated", text, changed)


def _discounted_twice(
    calculation: Calculation, returns: Sequence[Sequence[Quantity]]
) -> Iterator[Slip]:
    """Every return discounted back to the first step, or to one before it."""
    text = "The returns are discounted once more: only the rewards within a return are to be."
    each_has = iter(_discount_of_each(calculation))
    before, after = list[Decimal](), list[Decimal]()
    with localcontext(WORKED_AGAIN):
        for own in returns:
            factors = [*accumulate(islice(each_has, len(own)), mul)]
            before += [Decimal(1), *factors[:-1]]
            after += factors
        # counted from the first step, or from one before it, as γᵗ is with t from 1
        for counted in (before, after):
            pairs = zip(chain(*returns), counted, strict=True)
            of_returns = {each.id: calculation.values[each.id] * by for each, by in pairs}
            yield Slip("discounted-twice", text, of_returns)
    if advantages := calculation.all("advantage"):
        pairs = zip(advantages, before, strict=True)
        yield Slip("discounted-twice", text, {each.id: by * each.definition for each, by in pairs})


# --- advantages --------------------------------------------------------------------------


def _of_the_advantages(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The baseline, and what normalises."""
    advantages, normalised = calculation.all("advantage"), calculation.all("normalised")
    if advantages:
        yield Slip(
            "baseline-forgotten", "The baseline is not taken off.", _first_operands(advantages)
        )
    if inputs.baseline == "mean" and inputs.discount:
        text = (
            "The baseline is taken to be the mean of the rewards; here it is that of the returns."
        )
        of_rewards = mean_of(calculation.all("given.reward"))
        yield Slip("baseline-of-rewards", text, {"baseline": of_rewards})
    deviations = calculation.all("deviation")
    if len(inputs.each) > 1:
        yield from _mean_of_each_episode(advantages if inputs.baseline == "mean" else deviations)
    if not normalised:
        return
    text = "The advantages are not divided by their standard deviation."
    yield Slip("standard-deviation-forgotten", text, _first_operands(normalised))
    if deviations:
        text = "The advantages are not normalised: their mean is to be taken off, and the rest divided."
        before = _first_operands(deviations).values()
        plain = {each.id: own for each, own in zip(normalised, before, strict=True)}
        yield Slip("normalisation-forgotten", text, plain)
    text = "It is divided by the variance; its root, the standard deviation, belongs there."
    variance = calculation.by_id["variance"]
    yield Slip("root-forgotten", text, {"standard_deviation": variance})
    count = len(normalised)
    if count > 2:  # with two, it is divided by nothing
        text = f"The standard deviation is that of a sample, divided by n − 1 = {count - 1}; here it is "
        text += f"that of a population, divided by n = {count}."
        of_sample = variance.definition.operands[0] / (count - 1)
        yield Slip("divided-by-one-less", text, {"variance": of_sample})


def _mean_of_each_episode(differences: Sequence[Quantity]) -> Iterator[Slip]:
    """The mean of its own episode taken off each, in the place of that of all."""
    changed: dict[str, Expression] = {}
    for own in _by_episode(differences):
        before = _first_operands(own)
        mean = mean_of([*before.values()])
        changed |= {id: each - mean for id, each in before.items()}
    if changed:
        text = (
            "The mean is taken of each episode by itself; here it is that of all episodes together."
        )
        yield Slip("mean-over-wrong-episodes", text, changed)


# --- averages and signs ------------------------------------------------------------------


def _of_the_episodes(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """Another average of the terms of several episodes."""
    if len(inputs.each) < 2 or "loss" not in calculation.by_id:
        return
    terms = calculation.all("term")
    episodes = _by_episode(terms)
    averages: dict[str | None, tuple[str, Expression]] = {
        None: ("the mean over the episodes of their sums over time", Sum(*terms) / len(episodes)),
        "mean": ("the mean over all steps of all episodes", mean_of(terms)),
        "sum": ("the sum over all steps of all episodes", Sum(*terms)),
        "means": ("the mean over the episodes of their means", mean_of([*map(mean_of, episodes)])),
    }
    signed = {kind: (said, _signed(inputs, each)) for kind, (said, each) in averages.items()}
    yield from other_averages(
        signed, inputs.reduction if inputs.reduction in (None, "sum") else "mean"
    )


def _two_means(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The mean logarithm times the mean return."""
    terms = calculation.all("term")
    if "sum" not in calculation.by_id or len(terms) < 2 or inputs.weights or inputs.episodes:
        return
    columns = zip(*(each.definition.operands for each in terms), strict=True)
    text = "The mean of the logarithms is multiplied by the mean of what stands before them: each "
    text += "step's logarithm is to be multiplied by its own, and the products added."
    means = Product(*map(mean_of, columns))
    yield Slip("mean-log-prob-times-return", text, {"loss": _signed(inputs, means)})


# --- the number of another step or action ------------------------------------------------


def _of_another_step(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What one step earned in the term, or the return, of another of its episode."""
    values = calculation.values
    places: list[tuple[Quantity, Sequence[Quantity]]] = []
    backwards: dict[str, Expression] = {}
    for terms in _by_episode(calculation.all("term")):
        earned = [next(quantities_in(each.definition)) for each in terms]
        if len({values[each.id] for each in earned}) > 1:
            for term, other in zip(terms, reversed(earned), strict=True):
                backwards[term.id] = other * term.definition.operands[1]
        places += [(term, earned) for term in terms]
    if backwards:
        text = "What the steps earned is in the reverse order: each belongs to its own step."
        yield Slip("value-of-another-step", text, backwards)
    if inputs.discount:
        rewards = _by_episode(calculation.all("given.reward"))
        for returns, own in zip(_returns(calculation), rewards, strict=True):
            places += [(each, own) for each in returns]
    yield from islice(_neighbours(calculation, places), MOST)


def _neighbours(
    calculation: Calculation, places: Sequence[tuple[Quantity, Sequence[Quantity]]]
) -> Iterator[Slip]:
    """Each of some steps with the number of the step before or behind in the place of its own."""
    for step, of_each in places:
        t = int(step.id.rpartition(".")[2]) - 1
        own, beside = of_each[t], (*of_each[max(t - 1, 0) : t], *of_each[t + 1 : t + 2])
        for other, said in standing_in(calculation, own, beside):
            text = f"In {PLAIN.symbol(step.symbol)}: {said}"
            changed = {step.id: with_others(step.definition, {own.id: other})}
            yield Slip("value-of-another-step", text, changed, step=step.id)


def _another_action(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The probability of another action than the one that was taken."""
    if inputs.first.actions is None:
        return
    # given logarithms stand in the terms as they are
    steps = calculation.all("log_policy") or calculation.all("term")
    taken = chain(*(each.taken for _, each in inputs.each))
    rows = chain(*(each.rows for _, each in inputs.each))
    for step, column, row in zip(steps, taken, rows, strict=True):
        *multiplier, probability = quantities_in(step.definition)
        what = "logarithm" if multiplier else "probability"
        for action in range(len(row)):
            if action == column:
                continue
            text = f"The {what} of action {action} stands where that of action {column} belongs."
            if len(steps) > 1:
                text = in_step(calculation, step.id, text)
            other = calculation.by_id[f"{row_of(probability.id)}.{action + 1}"]
            changed = {step.id: with_others(step.definition, {probability.id: other})}
            yield Slip("classes-swapped", text, changed)


def _fed_what_is_not_taken(calculation: Calculation) -> Iterator[Slip]:
    """Logits or probabilities in the place of the logarithms of probabilities."""
    logarithms = calculation.all("log_policy")
    if not logarithms:
        text = "The probabilities exp(q) stand where their logarithms q belong."
        terms = {each.id: each.definition.operands for each in calculation.all("term")}
        changed = {id: before * Exp(own) for id, (before, own) in terms.items()}
        yield Slip("probabilities-as-log-probs", text, changed)
        return
    taken = {each.id: next(quantities_in(each.definition)) for each in logarithms}
    if all(isinstance(each.definition, Quotient) for each in taken.values()):
        text = "The logits stand where the logarithms of probabilities belong: a log-softmax is missing."
        yield Slip(
            "scores-as-log-probs", text, {id: logit_behind(each) for id, each in taken.items()}
        )


def _normalised_unasked(calculation: Calculation) -> Iterator[Slip]:
    """The mean of the returns taken off them, and the rest divided by their standard deviation."""
    terms = {each.id: each.definition.operands for each in calculation.all("term")}
    count, mean = len(terms), mean_of([own for own, _ in terms.values()])
    if count < 2:
        return
    text = "The mean of the returns is taken off each, as a baseline; here they stand as they are."
    less = {id: own - mean for id, (own, _) in terms.items()}
    yield Slip("baseline-added", text, {id: less[id] * log for id, (_, log) in terms.items()})
    squares = Sum(*(each**2 for each in less.values()))
    if not squares.value(calculation.values):
        return
    text = "The returns are normalised, to the mean 0 and the standard deviation 1; here they stand as they are."
    for divisor in (count - 1, count):  # PyTorch's std divides by n − 1
        deviation = Root(squares / divisor)
        divided = {id: less[id] / deviation * log for id, (_, log) in terms.items()}
        yield Slip("normalisation-added", text, divided)

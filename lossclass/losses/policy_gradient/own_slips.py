"""The mistakes that people make with the policy gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice

from lossclass.arithmetic.expression import Expression, Log, Negative, Quantity, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import MOST, OwnSlip, Reworking, shared_slips
from lossclass.losses.policy_gradient.inputs import Inputs


def slips(
    inputs: Inputs, calculation: Sequence[Quantity], values: Mapping[str, Decimal]
) -> Iterator[OwnSlip]:
    """What is left out of the returns, the sign, and another action's probability."""
    rework = Reworking(calculation, values)
    yield from _of_the_returns(inputs, rework)
    yield from _of_the_form(inputs, rework)
    yield from islice(_another_action(inputs, rework), MOST)
    yield from shared_slips(rework, probabilities="given.policy")


def _of_the_returns(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    rewards = rework.all("given.reward")
    if inputs.discount:
        returns = {f"return.{t}": reward for t, reward in enumerate(rewards, start=1)}
        text = "Each step has its own reward alone: the rewards to come belong to its return."
        yield from rework.slip("reward-to-go-forgotten", text, {**returns})
        discounts = rework.all("given.discount")
        text = "The discount is left out: a reward to come counts less the later it comes."
        yield from rework.slip(
            "discount-forgotten", text, {each.id: Decimal(1) for each in discounts}
        )
    elif inputs.rewards is not None:
        yield from _reward_to_go_added(rework, rewards)
    if inputs.baseline:
        without = {
            each.id: next(quantities_in(each.definition)) for each in rework.all("advantage")
        }
        text = "The baseline is not taken off."
        yield from rework.slip("baseline-forgotten", text, {**without})


def _reward_to_go_added(rework: Reworking, rewards: Sequence[Quantity]) -> Iterator[OwnSlip]:
    """Rewards to come counted, where the problem has each step's own alone."""
    to_come = Decimal(0)
    changed: dict[str, Expression | Decimal] = {}
    for reward in reversed(rewards):
        to_come += rework.values[reward.id]
        changed[reward.id] = to_come
    text = "The rewards to come are added: without a discount, each step has its own reward alone."
    yield from rework.slip("reward-to-go-added", text, changed)


def _of_the_form(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """The loss for the objective; the other way round, a minus is left out like any other."""
    if inputs.form == "objective":
        answers = rework.all("loss")
        text = "This is the loss; here it is the objective, which has no minus before the sum."
        changed = {each.id: Negative(each.definition) for each in answers}
        yield from rework.slip("minus-added", text, {**changed})


def _another_action(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    if inputs.actions is None:
        return
    steps = rework.all("log_policy")
    for t, (step, taken) in enumerate(zip(steps, inputs.taken, strict=True), start=1):
        (probability,) = quantities_in(step.definition)
        where = f"In {PLAIN.symbol(step.symbol)}: the" if len(steps) > 1 else "The"
        for action in range(len(inputs.rows[t - 1])):
            other = rework.quantities[f"{probability.id.rpartition('.')[0]}.{action + 1}"]
            if action != taken:
                text = f"{where} probability of action {action} stands where that of action {taken} belongs."
                changed = {step.id: Log(other, inputs.log_base)}
                yield from rework.slip("classes-swapped", text, {**changed})

"""The mistakes that people make with the policy gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import accumulate, islice
from operator import mul

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import MOST, shared_slips
from lossclass.losses._slips_places import once
from lossclass.losses.policy_gradient.inputs import Inputs
from lossclass.slips import Slip


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is left out of the returns, the sign, and another step's or action's number."""
    yield from _of_the_returns(inputs, calculation)
    yield from _of_the_form(inputs, calculation)
    yield from _two_means(inputs, calculation)
    yield from _of_another_step(inputs, calculation)
    yield from islice(_another_action(inputs, calculation), MOST)
    yield from shared_slips(calculation, probabilities="given.policy")


def _of_the_returns(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    rewards = calculation.all("given.reward")
    if inputs.discount:
        returns = {f"return.{t}": reward for t, reward in enumerate(rewards, start=1)}
        text = "Each step has its own reward alone: the rewards to come belong to its return."
        yield Slip("reward-to-go-forgotten", text, {**returns})
        yield from _discounts(calculation)
    elif inputs.rewards is not None and len(rewards) > 1:
        yield from _reward_to_go_added(calculation, rewards)
        text = "Each step has the sum of all rewards: without a discount, it has its own alone."
        every = sum((calculation.values[each.id] for each in rewards), Decimal(0))
        yield Slip("whole-return-everywhere", text, {each.id: every for each in rewards})
    if inputs.baseline:
        without = {
            each.id: next(quantities_in(each.definition)) for each in calculation.all("advantage")
        }
        text = "The baseline is not taken off."
        yield Slip("baseline-forgotten", text, {**without})


def _reward_to_go_added(calculation: Calculation, rewards: Sequence[Quantity]) -> Iterator[Slip]:
    """Rewards to come counted, where the problem has each step's own alone."""
    to_come = Decimal(0)
    changed: dict[str, Expression | Decimal] = {}
    for reward in reversed(rewards):
        to_come += calculation.values[reward.id]
        changed[reward.id] = to_come
    text = "The rewards to come are added: without a discount, each step has its own reward alone."
    yield Slip("reward-to-go-added", text, changed)


def _discounts(calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the discount: left out, taken once, or once more."""
    rewards, returns = calculation.all("given.reward"), calculation.all("return")[::-1]
    text = "The discount is left out: a reward to come counts less the later it comes."
    discounts = calculation.all("given.discount")
    yield Slip("discount-forgotten", text, {each.id: Decimal(1) for each in discounts})
    discounted = [each for each in returns if isinstance(each.definition, Sum)]
    if len(discounted) > 1:
        without = (
            (each.id, text, Sum(reward, _following(each)[1]))
            for each, reward in zip(discounted, rewards, strict=False)
        )
        yield from once(calculation, "discount-forgotten", without)
    yield from _not_accumulated(calculation, returns, rewards)
    if len(returns) > 1:
        first = calculation.values[returns[0].id]
        text = "Every step has the return of the first one: a return counts from its own step on."
        yield Slip("whole-return-everywhere", text, {each.id: first for each in returns})
        yield from _discounted_twice(calculation, returns, discounts)


def _following(discounted: Quantity) -> tuple[Expression, Expression]:
    """The discount of a return, and what it discounts."""
    discount, following = discounted.definition.operands[1].operands
    return discount, following


def _not_accumulated(
    calculation: Calculation, returns: Sequence[Quantity], rewards: Sequence[Quantity]
) -> Iterator[Slip]:
    """Every later reward discounted once."""
    later: list[Expression] = [*calculation.all("given.bootstrap")]
    changed: dict[str, Expression | Decimal] = {}
    for each, reward in zip(reversed(returns), reversed(rewards), strict=True):
        if len(later) > 1:
            changed[each.id] = Sum(reward, Product(_following(each)[0], Sum(*later)))
        later.insert(0, reward)
    if changed:
        text = (
            "Every later reward is discounted once: it belongs multiplied by one discount for each "
            "step that it is later."
        )
        yield Slip("discount-not-accumulated", text, changed)


def _discounted_twice(
    calculation: Calculation, returns: Sequence[Quantity], discounts: Sequence[Quantity]
) -> Iterator[Slip]:
    """Every return discounted back to the first step, or to one before it."""
    each_has = discounts if len(discounts) > 1 else [*discounts] * len(returns)
    text = (
        "The returns are discounted once more, later ones the more: the discounts within a return are "
        "all that it has."
    )
    with localcontext(WORKED_AGAIN):
        factors = [*accumulate((calculation.values[each.id] for each in each_has), mul)]
        one = Decimal(1)
        # counted from the first step, or from one before it, as γᵗ is with t from 1
        for counted in ([one, *factors[:-1]], factors):
            pairs = [*zip(returns, counted, strict=True)]
            of_returns = {each.id: calculation.values[each.id] * by for each, by in pairs}
            yield Slip("discounted-twice", text, {**of_returns})
        if advantages := calculation.all("advantage"):
            yield Slip(
                "discounted-twice",
                text,
                {
                    each.id: Product(Constant(by), each.definition)
                    for each, by in zip(advantages, [one, *factors[:-1]], strict=True)
                },
            )


def _two_means(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The mean logarithm times the mean return."""
    terms = calculation.all("term")
    if "sum" not in calculation.by_id or len(terms) < 2 or inputs.weights:
        return
    count = Constant(len(terms))
    columns = zip(*(each.definition.operands for each in terms), strict=True)
    means: Expression = Product(*(Quotient(sum_of(column), count) for column in columns))
    text = (
        "The mean of the logarithms is multiplied by the mean of what stands before them: each "
        "step's logarithm belongs to its own, and the products are added up."
    )
    loss = means if inputs.form == "objective" else Negative(means)
    yield Slip("mean-log-prob-times-return", text, {"loss": loss})


def _of_another_step(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What one step earned in the term, or the return, of another."""
    terms, values = calculation.all("term"), calculation.values
    earned = [each.definition.operands[0] for each in terms]
    if len({each.value(values) for each in earned}) > 1:
        backwards = {
            term.id: Product(other, term.definition.operands[1])
            for term, other in zip(terms, reversed(earned), strict=True)
        }
        text = "What the steps earned is in the reverse order: each belongs to its own step."
        yield Slip("value-of-another-step", text, {**backwards})
    places: list[tuple[str, Expression, Sequence[Expression]]]
    places = [(term.id, term.definition, earned) for term in terms]
    if inputs.discount:
        rewards = calculation.all("given.reward")
        returns = calculation.all("return")[::-1]
        places += [(each.id, each.definition, rewards) for each in returns]
    yield from islice(_neighbours(calculation, places), MOST)


def _neighbours(
    calculation: Calculation, places: Sequence[tuple[str, Expression, Sequence[Expression]]]
) -> Iterator[Slip]:
    """Each of some steps with the number of the step before or behind in the place of its own."""
    values = calculation.values
    for id, definition, numbers in places:
        t = int(id.rpartition(".")[2]) - 1
        own = numbers[t]
        for other in (*numbers[max(t - 1, 0) : t], *numbers[t + 1 : t + 2]):
            if other.value(values) == own.value(values):
                continue
            new: Expression = other
            if definition.operands:
                new = definition.rebuilt([other, *definition.operands[1:]])  # type: ignore[attr-defined]
            text = f"{_named(other)} stands where {_named(own)} belongs."
            where = PLAIN.symbol(calculation.by_id[id].symbol)
            yield Slip("value-of-another-step", f"In {where}: {text}", {id: new}, step=id)


def _named(number: Expression) -> str:
    assert isinstance(number, Quantity)  # noqa: S101 - what a step earned is named
    return PLAIN.symbol(number.symbol)


def _of_the_form(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """The loss for the objective; the other way round, a minus is left out like any other."""
    if inputs.form == "objective":
        answers = calculation.all("loss")
        text = "This is the loss; here it is the objective, which has no minus before the sum."
        changed = {each.id: Negative(each.definition) for each in answers}
        yield Slip("minus-added", text, {**changed})


def _another_action(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    if inputs.actions is None:
        return
    steps = calculation.all("log_policy")
    for t, (step, taken) in enumerate(zip(steps, inputs.taken, strict=True), start=1):
        (probability,) = quantities_in(step.definition)
        where = f"In {PLAIN.symbol(step.symbol)}: the" if len(steps) > 1 else "The"
        for action in range(len(inputs.rows[t - 1])):
            other = calculation.by_id[f"{probability.id.rpartition('.')[0]}.{action + 1}"]
            if action != taken:
                text = f"{where} probability of action {action} stands where that of action {taken} belongs."
                changed = {step.id: Log(other, inputs.log_base)}
                yield Slip("classes-swapped", text, {**changed})

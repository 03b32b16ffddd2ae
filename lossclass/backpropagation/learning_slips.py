"""The mistakes that people make in a step of learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.calculation import Calculation, Changed
from lossclass.arithmetic.expression import (
    GIVEN_ID,
    Constant,
    Expression,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    sum_of,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.slips import Slip

_UPDATED: Final = "updated."
_CLIPPED: Final = "clipped."
_CORRECTED: Final = "_corrected."


def learning_slips(calculation: Calculation) -> Iterator[Slip]:
    """The first step of learning taken up the gradient, or with the learning rate squared; Adam's
    means with their bias; a gradient that is not clipped, or not as a whole."""
    rate = calculation.by_id.get("given.learning_rate")
    if rate is None:
        return
    yield from _moves(calculation, rate)
    biased = {
        step.id: step.definition.operands[0]
        for step in calculation
        if _CORRECTED in step.id and isinstance(step.definition, Operation)
    }
    if biased:
        text = "The means are not divided by 1 − β₁ᵗ and 1 − β₂ᵗ: they begin at 0, and are too small at first."
        yield Slip("bias-correction-forgotten", text, _with_loss_after(calculation, biased))
    yield from _clipping(calculation)


def _moves(calculation: Calculation, rate: Quantity) -> Iterator[Slip]:
    upwards: dict[str, Expression] = {}
    twice: dict[str, Expression] = {}
    for step in calculation:
        match step.definition:
            case Sum(operands=(parameter, Negative(operands=(change,)))) if step.id.startswith(
                _UPDATED
            ) and _begins_with(change, rate):
                upwards[step.id] = Sum(parameter, change)
                twice[step.id] = Sum(parameter, Negative(Product(rate, change)))
    if not upwards:
        return
    text = (
        "The parameters are moved up the gradient: the learning rate times the derivative is to be "
        "taken off."
    )
    yield Slip("sign-of-update", text, _with_loss_after(calculation, upwards))
    if calculation.values[rate.id] != 1:
        symbol = PLAIN.symbol(rate.symbol)
        text = f"The derivative is multiplied by {symbol} twice: once is what belongs there."
        yield Slip("learning-rate-twice", text, _with_loss_after(calculation, twice))


def _begins_with(change: Expression, rate: Quantity) -> bool:
    """Whether a product, or one over something, has the learning rate for its first factor."""
    if isinstance(change, Quotient):
        return _begins_with(change.operands[0], rate)
    return isinstance(change, Product) and change.operands[0] is rate


def _clipping(calculation: Calculation) -> Iterator[Slip]:
    """Of derivatives that are clipped by their norm: not clipped, or each key by a norm of its own."""
    clipped = [step for step in calculation if step.id.startswith(_CLIPPED)]
    forgotten: dict[str, Expression] = {}
    alone: dict[str, Expression] = {}
    by_key: dict[str, list[Expression]] = {}
    for step in clipped:
        slope = calculation.by_id[f"gradient.{step.id.removeprefix(_CLIPPED)}"]
        forgotten[step.id] = slope
        by_key.setdefault(step.symbol.index[0], []).append(slope)  # type: ignore[arg-type]
    if not forgotten:
        return
    text = "The gradient is not clipped: it is above what is allowed."
    yield Slip("clipping-forgotten", text, _with_loss_after(calculation, forgotten))
    most = calculation.by_id.get("given.clip_norm")
    if most is None or len(by_key) < 2:
        return
    for step in clipped:
        slopes = by_key[step.symbol.index[0]]  # type: ignore[index]
        norm = Power(sum_of([each * each for each in slopes]), Constant("0.5"))
        is_above = norm.value(calculation.values) > calculation.values[most.id]
        whole = forgotten[step.id]
        alone[step.id] = whole * most / norm if is_above else whole
    text = "Each key is clipped by a norm of its own: the norm is that of all parameters together."
    yield Slip("clipped-one-by-one", text, _with_loss_after(calculation, alone))


def _with_loss_after(calculation: Calculation, changed: Mapping[str, Expression]) -> Changed:
    """What is changed in the updates, with the loss that they lead to."""
    worked = calculation.again(changed)
    parameters = {
        id.replace(_UPDATED, GIVEN_ID, 1): value
        for id, value in worked.items()
        if id.startswith(_UPDATED)
    }
    after = calculation.again(parameters, "loss").get("loss")
    together: dict[str, Expression | Decimal] = {**changed}
    if after is not None and not after.is_nan() and f"{_UPDATED}loss" in calculation.by_id:
        together[f"{_UPDATED}loss"] = after
    return together

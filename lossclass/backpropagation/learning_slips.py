"""The mistakes that people make in a step of learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation, Changed
from lossclass.arithmetic.expression import Expression, Negative, Product, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.slips import Slip

_UPDATED: Final = "updated."


def learning_slips(calculation: Calculation) -> Iterator[Slip]:
    """The step of learning taken up the gradient, or with the learning rate squared."""
    upwards: dict[str, Expression] = {}
    twice: dict[str, Expression] = {}
    for step in calculation:
        if not step.id.startswith(_UPDATED):
            continue
        match step.definition:
            case Sum(
                operands=(parameter, Negative(operands=(Product(operands=(rate, slope)),)))
            ) if rate is calculation.by_id["given.learning_rate"]:
                upwards[step.id] = Sum(parameter, Product(rate, slope))
                twice[step.id] = Sum(parameter, Negative(Product(rate, rate, slope)))
    if not upwards:
        return
    text = (
        "The parameters are moved up the gradient: the learning rate times the derivative is to be "
        "taken off."
    )
    yield Slip("sign-of-update", text, _with_loss_after(calculation, upwards))
    rate = calculation.by_id["given.learning_rate"]
    if calculation.values[rate.id] != 1:
        symbol = PLAIN.symbol(rate.symbol)
        text = f"The derivative is multiplied by {symbol} twice: once is what belongs there."
        yield Slip("learning-rate-twice", text, _with_loss_after(calculation, twice))


def _with_loss_after(calculation: Calculation, updated: Mapping[str, Expression]) -> Changed:
    """The updates with the loss that they lead to."""
    with localcontext(WORKED_AGAIN):
        parameters = {
            id.replace(_UPDATED, "given.", 1): calculation.value(new, calculation.values)
            for id, new in updated.items()
        }
    after = calculation.again(parameters, "loss").get("loss")
    changed: dict[str, Expression | Decimal] = {**updated}
    if after is not None and not after.is_nan() and f"{_UPDATED}loss" in calculation.by_id:
        changed[f"{_UPDATED}loss"] = after
    return changed

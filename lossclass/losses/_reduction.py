"""From one loss per observation to the answer: sum, mean, weighted mean, or none.

Both roads: steps for the working, NumPy for the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import Reduction
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ONE = Decimal(1)
_SAYS = {
    "sum": "the sum, as it is",
    "mean": "their mean, the sum divided by {count}",
    "weighted_mean": "their weighted mean, Σ w ℓ divided by Σ w",
    "class_weighted_mean": "their weighted mean. The class weights are in the losses, so the sum is "
    "divided by the sum of the weights that counted, not by the number of observations",
}


def reduce_steps(
    working: Working,
    losses: Sequence[Quantity],
    inputs: ProblemKeys,
    own: Reduction,
    letter: str = "i",
    factor: Decimal = _ONE,
    class_weights: Sequence[Quantity] = (),
) -> list[Quantity]:
    """Write the reduction, and return the answer or answers.

    Steps: ``weighted.1`` … where there are weights, ``sum``, ``weight_sum`` for the weighted mean,
    ``loss``; or ``loss.1`` … for none.

    Args:
        losses: one per observation.
        own: the reduction in the loss's formula as taught.
        letter: what the formula calls an observation: i, or t for a time step.
        factor: what stands before the whole, such as ½; −1 is written as a minus.
        class_weights: the weight of each observation's true class, already a factor of its loss;
            it only counts in what the weighted mean is divided by.
    """
    reduction = inputs.reduction or own
    count = len(losses)
    working.section("The loss")
    weights, losses = _weighted(working, inputs, losses)
    if reduction == "none":
        return _each_by_itself(working, losses, letter, factor)
    total = working.step("sum", Symbol("S"), Sum(*losses), title=f"The sum over {letter}")
    expression: Expression = total
    if reduction == "weighted_mean" and not (weights or class_weights):
        reduction = "mean"  # every weight is 1
    what = _SAYS[reduction].format(count=count)
    if reduction == "mean":
        expression = Quotient(total, Constant(count))
    elif reduction == "weighted_mean":
        expression = Quotient(total, _weight_sum(working, weights, class_weights))
        what = _SAYS["class_weighted_mean"] if class_weights else what
    if factor == -1:
        what = f"minus {what.removesuffix(', as it is')}"
    answer = working.step(
        "loss", Symbol("L"), _times(factor, expression), title="The loss", why=f"Here: {what}."
    )
    own_value = factor * working.values["sum"] / (count if own == "mean" else 1)
    if reduction != own and own_value != working.values["loss"]:
        said = f"{own} over {letter}, {working.text(own_value)}"
        said += " of the weighted losses" if weights else ""
        _remark_on_reduction(working, answer, reduction, said)
    return [answer]


def _each_by_itself(
    working: Working, losses: Sequence[Quantity], letter: str, factor: Decimal
) -> list[Quantity]:
    """Write an answer for every observation."""
    return [
        working.step(
            f"loss.{n}", Symbol("L", (n,)), _times(factor, loss), title=f"The loss, {letter} = {n}"
        )
        for n, loss in enumerate(losses, start=1)
    ]


def _weighted(
    working: Working, inputs: ProblemKeys, losses: Sequence[Quantity]
) -> tuple[list[Quantity], Sequence[Quantity]]:
    """Write each loss times its weight, where there are weights; the weights, and what to reduce."""
    if not inputs.weights:
        return [], losses
    weights = [
        working.given(f"weight.{n}", Symbol("w", (n,)), weight)
        for n, weight in enumerate(inputs.weights, start=1)
    ]
    return weights, [
        working.step(f"weighted.{n}", Symbol("v", (n,)), Product(weight, loss))
        for n, (weight, loss) in enumerate(zip(weights, losses, strict=True), start=1)
    ]


def _remark_on_reduction(
    working: Working, answer: Quantity, reduction: Reduction, own: str
) -> None:
    working.remark(
        "reduction-differs-from-formula",
        f"As taught, this loss is the {own}. "
        f"Here it is the {reduction.replace('_', ' ')}, {working.text(answer)}. "
        "Two answers that differ by this are both worked correctly: see which one is asked.",
        answer,
    )


def _weight_sum(
    working: Working,
    weights: Sequence[Quantity],
    class_weights: Sequence[Quantity],
) -> Quantity:
    """Write what the weighted mean is divided by."""
    counted: Sequence[Expression] = weights or class_weights
    if weights and class_weights:
        counted = [Product(*both) for both in zip(weights, class_weights, strict=True)]
    symbol = Symbol(sum_of_weights(working))
    return working.step("weight_sum", symbol, Sum(*counted), title="The sum of the weights")


def sum_of_weights(working: Working) -> str:
    """The letter of the sum of the weights."""
    return working.letter("W", "N")


def _times(factor: Decimal, expression: Expression) -> Expression:
    if factor == -1:
        return Negative(expression)
    return expression if factor == 1 else Product(Constant(factor), expression)


def reduce_values(
    losses: NDArray[np.float64],
    inputs: ProblemKeys,
    own: Reduction,
    class_weights: NDArray[np.float64] | None = None,
) -> Any:
    """The same in NumPy.

    Args:
        losses: shape (n,), one per observation.
        own: the reduction in the loss's formula as taught.
        class_weights: shape (n,), see :func:`reduce_steps`.

    Returns:
        A double, or under ``none`` an array of shape (n,).
    """
    import numpy as np

    weights = np.ones(len(losses)) if inputs.weights is None else np.array(inputs.weights, float)
    weighted = np.where(weights == 0, 0.0, weights * losses)  # 0 · ∞ counts as 0, as in the steps
    match inputs.reduction or own:
        case "none":
            return weighted
        case "mean":
            return weighted.mean()
        case "weighted_mean":
            counted = weights if class_weights is None else weights * class_weights
            return weighted.sum() / counted.sum()
    return weighted.sum()

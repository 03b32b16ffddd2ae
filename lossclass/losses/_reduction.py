"""From one loss per observation to the answer: sum, mean, weighted mean, or none.

Both roads: steps for the working, NumPy for the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, Quotient, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import Reduction
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAYS = {
    "sum": "the sum of the losses, as it is",
    "mean": "their mean, the sum divided by {count}",
    "weighted_mean": "their weighted mean, Σ w ℓ divided by Σ w",
}


def reduce_steps(
    working: Working,
    losses: Sequence[Quantity],
    inputs: ProblemKeys,
    own: Reduction,
    letter: str = "i",
) -> list[Quantity]:
    """Write the reduction, and return the answer or answers.

    Steps: ``weighted.1`` … where there are weights, ``sum``, ``weight_sum`` for the weighted mean,
    ``loss``; or ``loss.1`` … for none.

    Args:
        losses: one per observation.
        own: the reduction in the loss's formula as taught.
        letter: what the formula calls an observation: i, or t for a time step.
    """
    reduction = inputs.reduction or own
    count = len(losses)
    working.section("The loss")
    weights = [
        working.given(f"weight.{n}", Symbol("w", (n,)), weight)
        for n, weight in enumerate(inputs.weights or (), start=1)
    ]
    if weights:
        losses = [
            working.step(f"weighted.{n}", Symbol("v", (n,)), Product(weight, loss))
            for n, (weight, loss) in enumerate(zip(weights, losses, strict=True), start=1)
        ]
    if reduction == "none":
        return [
            working.step(f"loss.{n}", Symbol("L", (n,)), loss)
            for n, loss in enumerate(losses, start=1)
        ]
    total = working.step("sum", Symbol("S"), Sum(*losses), title=f"The sum over {letter}")
    expression: Expression = total
    if reduction == "mean" or (reduction == "weighted_mean" and not weights):
        expression = Quotient(total, Constant(count))
    elif reduction == "weighted_mean":
        weight_sum = working.step(
            "weight_sum", Symbol("W"), Sum(*weights), title="The sum of the weights"
        )
        expression = Quotient(total, weight_sum)
    what = _SAYS[reduction].format(count=count)
    answer = working.step("loss", Symbol("L"), expression, title="The loss", why=f"Here: {what}.")
    if reduction != own and count > 1:
        own_value = working.values["sum"] / (count if own == "mean" else 1)
        working.remark(
            "reduction-differs-from-formula",
            f"As taught, this loss is the {own} over {letter}, {working.text(own_value)}. "
            f"This problem asks for the {reduction.replace('_', ' ')}, {working.text(answer)}. "
            "Two answers that differ by this are both worked correctly: see which one is asked.",
            answer,
        )
    return [answer]


def reduce_values(losses: NDArray[np.float64], inputs: ProblemKeys, own: Reduction) -> Any:
    """The same in NumPy.

    Args:
        losses: shape (n,), one per observation.
        own: the reduction in the loss's formula as taught.

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
            return weighted.sum() / weights.sum()
    return weighted.sum()

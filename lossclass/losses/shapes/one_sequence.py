"""Losses of one sequence as a whole: minus the logarithm of a probability, with its base and, if there
is one, a weight."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Log, Product, Quantity, Quotient
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses.shapes.reduction import reduce_steps
from lossclass.problem.keys import LogarithmKeys, ProblemKeys
from lossclass.working import Working


def is_weighted(inputs: ProblemKeys) -> bool:
    """Whether the answer is the loss times a weight."""
    return inputs.weights is not None and inputs.reduction != "weighted_mean"


def beside(inputs: LogarithmKeys) -> str:
    """What the answer has beside the loss in natural logarithms, as a phrase."""
    base = "" if inputs.log_base == "e" else f", divided by ln {inputs.log_base}"
    return f"{base}{', times the weight' if is_weighted(inputs) else ''}"


def all_beside(inputs: LogarithmKeys) -> str:
    """The same of several derivatives, as a sentence behind them."""
    return f" Each derivative is this{phrase}." if (phrase := beside(inputs)) else ""


def scale(inputs: LogarithmKeys) -> float:
    """The derivative of the answer by the loss in natural logarithms."""
    weight = float(inputs.weights[0]) if inputs.weights and is_weighted(inputs) else 1.0
    return weight / ln_of_base(inputs.log_base)


def scaled(inputs: LogarithmKeys, working: Working, slope: Expression) -> Expression:
    """A derivative of the loss in natural logarithms as one of the answer."""
    if isinstance(slope, Constant):
        return slope
    if is_weighted(inputs):
        slope = Product(working.quantity("given.weight.1"), slope)
    return in_base(inputs, slope)


def in_base(inputs: LogarithmKeys, natural: Expression) -> Expression:
    """What is in natural logarithms, in those of the problem."""
    base = inputs.log_base
    return natural if base == "e" else Quotient(natural, Log(Constant(Decimal(base))))


def write_answers(
    inputs: ProblemKeys,
    working: Working,
    loss: Expression,
    titles: tuple[str, str],
    why: str = "",
) -> Sequence[Quantity]:
    """Write the loss as the answer; or, with a weight, as ``negative_log_likelihood.1`` and then the
    answers.

    Args:
        titles: what it is called as the answer, and as the loss before its weight.
    """
    if inputs.weights is None and inputs.reduction != "none":
        return [working.step("loss", Symbol("L"), loss, title=titles[0], why=why)]
    name = Symbol("ℓ", (1,))
    first = working.step("negative_log_likelihood.1", name, loss, title=titles[1], why=why)
    return reduce_steps(working, [first], inputs, "sum")

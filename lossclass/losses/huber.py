"""Huber loss: (1/n) Σ ℓᵢ, where ℓᵢ is ½eᵢ² for |eᵢ| ≤ δ and δ(|eᵢ| − ½δ) beyond, eᵢ = yᵢ − ŷᵢ.

A parabola at the middle, which goes on in straight lines with the slope that it has at δ. Source:
Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964); as a
mean, as PyTorch's ``HuberLoss``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Max,
    Negative,
    Power,
    Product,
    Quantity,
    Sum,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._softmax import dotted
from lossclass.losses.shapes.closed_forms import Shares
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.heads import Letters, indexed
from lossclass.losses.shapes.pairs import Pair, PairKeys
from lossclass.problem.fields import PositiveNumber
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.losses._calls_how import How
    from lossclass.losses.shapes.reduction import Doubles
    from lossclass.slips import Slip

_HALF = Constant("0.5")


def parabola(error: Expression) -> Expression:
    """½e²."""
    return Product(_HALF, Power(error, Constant(2)))


def line(size: Expression, delta: Expression) -> Expression:
    """δ(|e| − ½δ)."""
    return Product(delta, Sum(size, Negative(Product(_HALF, delta))))


class HuberKeys(PairKeys):
    """``delta``: up to where an error is squared."""

    delta: PositiveNumber = Decimal(1)


class Huber(Errors):
    """½e² up to δ, and a straight line beyond."""

    TITLE = "Huber loss"
    FORMULA = "L = (1/n) Σᵢ ℓᵢ,  ℓᵢ = ½eᵢ² if |eᵢ| ≤ δ, else δ(|eᵢ| − ½δ)"
    ALIASES = ("huber_loss",)
    TEMPLATE = """
# What is true and what was predicted: n numbers, or T rows of D numbers.
y_true: [3, 5, 2.5]
y_pred: [2.5, 5, 4]
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred

# Up to which size an error is squared; a larger one costs along a straight line.
# delta: 1
"""
    Inputs = HuberKeys
    HEADING = "The Huber loss of each error"
    CALLS = "huber"
    SIGN_GOES: ClassVar = "squared or in absolute value"

    def pairs(self, inputs: HuberKeys, working: Working) -> list[Pair]:
        pairs = super().pairs(inputs, working)
        working.given("delta", Symbol("δ"), inputs.delta)
        working.say(f"δ = {PLAIN.number(inputs.delta)}: up to there an error is squared.")
        return pairs

    def of_error(self, error: Quantity, inputs: HuberKeys, working: Working) -> Quantity:
        """Steps ``absolute_error.i``, where it is above δ, and ``huber.i``."""
        index = error.symbol.index
        size, delta = working.values[error.id].copy_abs(), working.quantity("given.delta")
        named = f"|{PLAIN.symbol(error.symbol)}|"
        if size > inputs.delta:
            symbol = Symbol(working.letter("a", "d"), index)
            title = self.title("absolute error", index)
            absolute = working.step(
                dotted("absolute_error", index), symbol, Absolute(error), title=title
            )
            cost = line(absolute, delta)
            why = f"{named} is above δ: on the straight line."
        else:
            cost = parabola(error)
            why = f"{named} is not above δ: half the square."
        return working.step(
            dotted("huber", index),
            Symbol("ℓ", index),
            cost,
            title=self.title("Huber loss", index),
            why=why,
            tells=True,
        )

    def pair_formula(self, inputs: HuberKeys, y: str, predicted: str) -> str:
        return y.replace("y", "ℓ")

    def where(self, inputs: HuberKeys, index: Letters) -> Sequence[str]:
        loss, error = indexed("ℓ", index), indexed("e", index)
        return (
            f"{loss} = ½{error}² if |{error}| ≤ δ, else δ(|{error}| − ½δ)",
            f"δ = {PLAIN.number(inputs.delta)}",
        )

    def curves(self, inputs: HuberKeys, x: Expression) -> dict[str, Expression]:
        """½m² + δ(|e| − m), with m the smaller of |e| and δ: the parabola and the lines in one."""
        size, delta = Absolute(x), Constant(inputs.delta)
        smaller = Negative(Max(Negative(size), Negative(delta)))
        beyond = Product(delta, Sum(size, Negative(smaller)))
        named = PLAIN.number(inputs.delta)
        return {f"½e² up to |e| = δ = {named}, then a line": Sum(parabola(smaller), beyond)}

    def reaches(self, inputs: HuberKeys, found: Sequence[Decimal]) -> tuple[Decimal, ...]:
        """Also to where the lines begin."""
        return super().reaches(inputs, [*found, 2 * inputs.delta])

    def losses_of(self, errors: Doubles, inputs: HuberKeys) -> Doubles:
        import numpy as np

        size, delta = np.abs(errors), float(inputs.delta)
        return np.where(size <= delta, 0.5 * errors**2, delta * (size - 0.5 * delta))

    def slopes_of(self, errors: Doubles, inputs: HuberKeys) -> Doubles:
        import numpy as np

        delta = float(inputs.delta)
        return -np.clip(errors, -delta, delta)

    def said(self, inputs: HuberKeys, reduced: Shares) -> str:
        words = reduced.in_words("prediction minus truth, cut at −δ and δ")
        return (
            f"∂L/∂ŷ = {reduced.scaled('(ŷ − y)')} where |y − ŷ| is not above δ, and "
            f"{reduced.scaled('δ', 'sign(ŷ − y)')} beyond: {words}. At δ both are the same, so there is "
            "no kink."
        )

    def slips(self, inputs: HuberKeys, calculation: Calculation) -> Iterator[Slip]:
        from lossclass.losses._slips_huber import in_its_branch

        for slip in super().slips(inputs, calculation):
            yield in_its_branch(calculation, slip)

    def own_slips(self, inputs: HuberKeys, calculation: Calculation) -> Iterator[Slip]:
        from lossclass.losses._slips_huber import huber_slips

        return huber_slips(calculation)

    def facts(self, inputs: HuberKeys, how: How) -> dict[str, Any]:
        return {"delta": float(inputs.delta), "unit": inputs.delta == 1}


LOSS = Huber()

"""Mean squared error: (1/n) Σ (yᵢ − ŷᵢ)², for real numbers.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 5.1.4; as a mean over all
numbers, as in the course's handout. ``factor: 0.5`` gives the convention with ½ in front, whose
derivative is the plain error.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.expression import Absolute, Constant, Power, Product, Quantity, Quotient
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._softmax import dotted
from lossclass.losses.shapes.closed_forms import Shares
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.pairs import PairKeys
from lossclass.problem.fields import PositiveNumber
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip


class MeanSquaredError(Errors):
    """(1/n) Σ (y − ŷ)²."""

    TITLE = "Mean squared error (MSE)"
    FORMULA = "L = (1/n) Σᵢ (yᵢ − ŷᵢ)²"
    ALIASES = ("mse",)
    TEMPLATE = """
# What is true and what was predicted: n numbers, or T rows of D numbers.
y_true: [3, 5, 2.5]
y_pred: [2.5, 5, 4]
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: 1}  # in the place of y_pred

# What stands before the mean: 0.5 for the convention with one half.
# factor: 1
"""
    HEADING = "The squared errors"
    CALLS = "mean_squared_error"

    class Inputs(PairKeys):
        """``factor``: what stands in front of the mean."""

        factor: PositiveNumber = Decimal(1)

    def factor(self, inputs: Any) -> Decimal:
        return inputs.factor  # type: ignore[no-any-return]

    def of_error(self, error: Quantity, inputs: Any, working: Working) -> Quantity:
        """Step ``squared_error.i``."""
        index = error.symbol.index
        square = Power(error, Constant(2))
        return working.step(dotted("squared_error", index), Symbol("ℓ", index), square)

    def losses_of(self, errors: Any, inputs: Any) -> Any:
        return errors**2

    def slopes_of(self, errors: Any, inputs: Any) -> Any:
        return -2 * errors

    def said(self, inputs: Any, reduced: Shares) -> str:
        double = 2 * inputs.factor
        front = () if double == 1 else (PLAIN.number(double),)
        words = [f"{each} times " for each in front]
        says = reduced.in_words(f"{''.join(words)}prediction minus truth")
        return f"∂L/∂ŷ = {reduced.scaled(*front, '(ŷ − y)')}: {says}."

    def own_slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        from lossclass.losses._slips_places import mean_divided_by, where_below_zero
        from lossclass.slips import Slip

        answers = calculation.all("loss")
        if inputs.factor == 1:
            half = Constant("0.5")
            halves = {each.id: Product(half, each.definition) for each in answers}
            text = "There is a factor ½ in it; here the mean stands without one."
            yield Slip("half-added", text, {**halves})
        absolute = {
            each.id: Absolute(each.definition.operands[0])
            for each in calculation.all("squared_error")
        }
        text = "The absolute value of the error is taken: it is to be squared."
        # where none is below 0, this is the error that is not squared
        yield from where_below_zero(calculation, "absolute-for-square", text, absolute)
        for answer in answers if inputs.reduction in {None, "mean"} else ():
            own = mean_divided_by(answer.definition, len(inputs.counted)) or answer.definition
            mean = next(each for each in (own, *own.operands) if isinstance(each, Quotient))
            text = "The root is taken of the mean: this is the root mean square error."
            yield Slip("root-for-mean-square", text, {answer.id: Power(mean, Constant("0.5"))})


LOSS = MeanSquaredError()

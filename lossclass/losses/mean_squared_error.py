"""Mean squared error: (1/n) Σ (yᵢ − ŷᵢ)², for real numbers.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 5.1.4; as a mean over all
numbers, as in the course's handout. ``factor: 0.5`` gives the convention with ½ in front, whose
derivative is the plain error. ``root: true`` gives its square root, the root mean squared error (RMSE).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Absolute, Constant, Expression, Quantity, Quotient, Root
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._calls import How
from lossclass.losses.shapes.common_slips import mean_divided_by
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.formulas import Shares
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.losses.shapes.reduction import weights_at
from lossclass.problem.arrays import numbers_in
from lossclass.problem.fields import Flag, PositiveNumber
from lossclass.problem.keys import Inconsistency
from lossclass.slips import Slip
from lossclass.slips.making import where_below_zero
from lossclass.working import Working

_HALF = Constant("0.5")


class MeanSquaredError(Errors):
    """(1/n) Σ (y − ŷ)²."""

    TITLE = "Mean squared error (MSE)"
    FORMULA = "L = (1/n) Σᵢ (yᵢ − ŷᵢ)²"
    ALIASES = ("mse",)
    HEADING = "The squared errors"
    CALLS = "mean_squared_error"

    class Inputs(PairKeys):
        """``factor``: what stands in front of the mean; ``root``: whether its root is taken."""

        factor: PositiveNumber = Decimal(1)
        root: Flag = False

        @classmethod
        def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
            yield from super().inconsistencies(given)
            if not given.get("root"):
                return
            if given.get("reduction") == "none":
                yield ("root",), "it needs one loss, and reduction: none gives several"
            if given.get("factor", 1) != 1:
                message = "with root: true expected none, or 1: is the root taken of it, or not?"
                yield ("factor",), message
            if any(weight < 0 for weight in numbers_in(given.get("weights") or ())):
                yield ("weights",), "with root: true expected none below 0: the mean could be"

    def of_error(self, error: Quantity, inputs: Any, working: Working) -> Quantity:
        """Step ``squared_error.i``."""
        return self.step(working, "squared_error", "ℓ", error.symbol.index, error**2)

    def pair_formula(self, inputs: Any, y: str, predicted: str) -> str:
        return f"({y} − {predicted})²"

    def curves(self, inputs: Any, x: Expression) -> dict[str, Expression]:
        return {"": x**2}

    def losses_of(self, errors: Any, inputs: Any) -> Any:
        return errors**2

    def slopes_of(self, errors: Any, inputs: Any) -> Any:
        return -2 * errors

    def facts(self, inputs: Any, how: How) -> dict[str, Any]:
        return {"root": True} if inputs.root else {}

    def said(self, inputs: Any, reduced: Shares) -> str:
        # the ½ of the root takes the 2 away
        double = Decimal(1) if inputs.root else 2 * inputs.factor
        front = () if double == 1 else (PLAIN.number(double),)
        words = [f"{each} times " for each in front]
        says = reduced.in_words(f"{''.join(words)}prediction minus truth")
        says = f"∂L/∂ŷ = {reduced.scaled(*front, '(ŷ − y)')}: {says}."
        if not inputs.root:
            return says
        if self.value(inputs):
            return f"{says} The derivative of the root is ½ / L, and the 2 of the square takes its ½ away."
        weights = weights_at(inputs, inputs.counted)
        if weights.all():
            why = ": L has no slope there, as |x| has none at 0. Taken was 0"
        elif weights.any():
            why = (
                ". With a ŷ of weight 0, L does not change: its derivative is 0. By every other ŷ, L has no "
                "slope there, as |x| has none at 0: taken was 0"
            )
        else:
            why = ". But all weights are 0, and L does not change: the derivatives are 0"
        return f"{says} Here L is 0, where that is 0 / 0{why}; PyTorch gives nan."

    def own_slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        answers = calculation.all("loss")
        if inputs.factor == 1:
            text = "There is a factor ½ in it; here the mean stands without one."
            yield Slip("half-added", text, {each.id: _HALF * each.definition for each in answers})
        absolute = {
            each.id: Absolute(each.definition.operands[0])
            for each in calculation.all("squared_error")
        }
        text = "The absolute value of the error is taken: it is to be squared."
        # where none is below 0, this is the error that is not squared
        yield from where_below_zero(calculation, "absolute-for-square", text, absolute)
        if inputs.root:
            yield from self._of_root(calculation)
        elif inputs.reduction in {None, "mean"}:
            (answer,) = answers
            own = mean_divided_by(answer.definition, len(inputs.counted)) or answer.definition
            quotients = (each for each in (own, *own.operands) if isinstance(each, Quotient))
            mean = next(quotients, calculation.by_id["sum"])  # that of one is the sum
            text = "This is the root mean square error: here the mean is asked, without a root."
            yield Slip("root-for-mean-square", text, {answer.id: Root(mean)})

    def _of_root(self, calculation: Calculation) -> Iterator[Slip]:
        """The root forgotten, or taken before the mean."""
        (answer,) = calculation.all("loss")
        (under,) = answer.definition.operands
        text = "The root is not taken: here the square root of this is the loss."
        yield Slip("mean-square-for-root", text, {answer.id: under})
        for mean in calculation.all("mean_square"):
            if not isinstance(mean.definition, Quotient):
                continue  # of one, nothing is divided
            total, count = mean.definition.operands
            text = "The root is taken of the sum, and then divided: it is to be taken of the mean, after dividing."
            yield Slip("root-before-mean", text, {answer.id: Root(total) / count})


LOSS = MeanSquaredError()

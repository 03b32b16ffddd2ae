"""Mean absolute error: (1/n) Σ |yᵢ − ŷᵢ|, for real numbers.

Source: Willmott and Matsuura, "Advantages of the mean absolute error (MAE) over the root mean square
error (RMSE) in assessing average model performance", Climate Research 30 (2005); as PyTorch's
``L1Loss``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Absolute, Expression, Quantity
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.formulas import Shares
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.second_road import Doubles, np
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once, where_below_zero
from lossclass.working import Working


class MeanAbsoluteError(Errors):
    """(1/n) Σ |y − ŷ|."""

    TITLE = "Mean absolute error (MAE)"
    FORMULA = "L = (1/n) Σᵢ |yᵢ − ŷᵢ|"
    ALIASES = ("mae", "l1")
    Inputs = PairKeys
    HEADING = "The absolute errors"
    CALLS = "mean_absolute_error"
    SIGN_GOES: ClassVar = "in absolute value"

    def of_error(self, error: Quantity, inputs: PairKeys, working: Working) -> Quantity:
        """Step ``absolute_error.i``."""
        return self.step(working, "absolute_error", "ℓ", error.symbol.index, Absolute(error))

    def pair_formula(self, inputs: PairKeys, y: str, predicted: str) -> str:
        return f"|{y} − {predicted}|"

    def curves(self, inputs: PairKeys, x: Expression) -> dict[str, Expression]:
        return {"": Absolute(x)}

    def losses_of(self, errors: Doubles, inputs: PairKeys) -> Doubles:
        return abs(errors)

    def slopes_of(self, errors: Doubles, inputs: PairKeys) -> Doubles:
        return -np.sign(errors)

    def said(self, inputs: PairKeys, reduced: Shares) -> str:
        words = reduced.in_words("the sign of prediction minus truth")
        return (
            f"∂L/∂ŷ = {reduced.scaled('sign(ŷ − y)')}: {words}. The sign is 1 above 0 and −1 below; at "
            "the kink, ŷ = y, 0 is taken."
        )

    def own_slips(self, inputs: PairKeys, calculation: Calculation) -> Iterator[Slip]:
        steps = calculation.all("absolute_error")
        errors = {each.id: each.definition.operands[0] for each in steps}
        text = "The error is squared: its absolute value is to be taken."
        squares = {id: error**2 for id, error in errors.items()}
        yield from everywhere_and_once(calculation, "square-for-absolute", text, squares)
        text = "The absolute value is not taken: errors of opposite sign cancel."
        yield from where_below_zero(calculation, "absolute-forgotten", text, errors)


LOSS = MeanAbsoluteError()

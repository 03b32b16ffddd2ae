"""Mean squared error: (1/n) Σ (yᵢ − ŷᵢ)², for real numbers.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 5.1.4; as a mean over all
numbers, as in the course's handout. ``factor: 0.5`` gives the convention with ½ in front, whose
derivative is the plain error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lossclass.arithmetic.expression import Constant, Negative, Power, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._reduction import reduce_steps, reduce_values
from lossclass.losses._softmax import Index, dotted
from lossclass.problem.arrays import NumberRows, Rows
from lossclass.problem.fields import PositiveNumber, decimal_comma_hint
from lossclass.problem.keys import Inconsistency, ProblemKeys
from lossclass.working import Working

TITLE = "Mean squared error (MSE)"
FORMULA = "L = (1/n) Σᵢ (yᵢ − ŷᵢ)²"
ALIASES = ("mse",)
TEMPLATE = """
# What is true and what was predicted: n numbers, or T rows of D numbers.
y_true: [3, 5, 2.5]
y_pred: [2.5, 5, 4]

# What stands before the mean: 0.5 for the convention with one half.
# factor: 1
"""


class Inputs(ProblemKeys):
    """``y_true`` and ``y_pred``: n numbers, or T × D; ``factor`` in front of the mean.

    Every number is an observation; of T × D numbers there are T · D.
    """

    y_true: NumberRows
    y_pred: NumberRows
    factor: PositiveNumber = Decimal(1)

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return sum(map(len, given["y_true"])) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        y_true, y_pred = given.get("y_true"), given.get("y_pred")
        if y_true and y_pred and (shape := _shape(y_true)) != _shape(y_pred):
            hint = decimal_comma_hint(y_pred[0], shape[1])
            yield (
                ("y_pred",),
                f"expected {_said(shape)} as in y_true, got {_said(_shape(y_pred))}{hint}",
            )


def _shape(rows: Rows) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _said(shape: tuple[int, int]) -> str:
    return f"{shape[1]} numbers" if shape[0] == 1 else f"{shape[0]} × {shape[1]} numbers"


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    errors = np.array(inputs.y_true, float) - np.array(inputs.y_pred, float)
    return float(inputs.factor) * reduce_values(errors.ravel() ** 2, inputs, "mean")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``error.i``, ``squared_error.i`` (``.t.d`` for T × D), ``sum``, ``loss``."""
    working.section("Given")
    single = len(inputs.y_true) == 1
    true, predicted, rows = [], [], []
    for t, (trues, predictions) in enumerate(zip(inputs.y_true, inputs.y_pred, strict=True), 1):
        for d, (y, guess) in enumerate(zip(trues, predictions, strict=True), 1):
            index = (d,) if single else (t, d)
            true.append(working.given(dotted("y_true", index), Symbol("y", index), y))
            predicted.append(
                working.given(dotted("y_pred", index), Symbol("y", index, hat=True), guess)
            )
            rows.append((",".join(map(str, index)), true[-1], predicted[-1]))
    working.table("given", "", ("i" if single else "t,d", "actual y", "predicted ŷ"), rows)
    working.section("The squared errors")
    losses = [_squared_error(working, y, guess) for y, guess in zip(true, predicted, strict=True)]
    return reduce_steps(working, losses, inputs, "mean", factor=inputs.factor)


def _squared_error(working: Working, true: Quantity, predicted: Quantity) -> Quantity:
    index: Index = tuple(int(i) for i in true.symbol.index)
    error = working.step(
        dotted("error", index),
        Symbol("e", index),
        Sum(true, Negative(predicted)),
        title=f"Observation {', '.join(map(str, index))}",
    )
    return working.step(
        dotted("squared_error", index), Symbol("ℓ", index), Power(error, Constant(2))
    )


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_numbers import squared_error_calls

    return squared_error_calls(inputs)

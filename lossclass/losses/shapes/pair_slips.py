"""The mistakes that can be made with any loss of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import prod
from typing import TYPE_CHECKING

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.shapes.common_slips import divided_by, halved_for_mean
from lossclass.slips import Slip
from lossclass.slips.making import once

if TYPE_CHECKING:
    from lossclass.losses.shapes.pairs import PairKeys


def over_wrong_axis(calculation: Calculation, inputs: PairKeys) -> Iterator[Slip]:
    """A sum over one axis and a mean over the other, of rows whose mean is over all numbers."""
    if len(inputs.shape) != 2 or min(inputs.shape) == 1 or inputs.mask is not None or inputs.over:
        return
    rows, columns = inputs.shape
    ways = [
        (rows, "over the numbers of a row and averaged over the rows"),
        (columns, "over the rows and averaged over the numbers of a row"),
    ]
    for number, way in ways if rows != columns else ways[:1]:
        text = f"It is added up {way}: the mean is over all {rows * columns} numbers."
        yield from divided_by(calculation, "mean-over-wrong-axis", text, number)


def mask_counted(calculation: Calculation, inputs: PairKeys) -> Iterator[Slip]:
    """A mean that is divided by what the mask leaves out as well."""
    every = prod(inputs.losses_shape(dict(inputs)) or ())
    if inputs.mask is not None and len(inputs.counted) < every:
        text = f"What the mask leaves out is counted in what it is divided by, {every}."
        yield from divided_by(calculation, "padding-counted", text, every)


def of_errors(calculation: Calculation, inputs: PairKeys, factor: Decimal) -> Iterator[Slip]:
    """What else the sum of errors may be divided by."""
    count = len(inputs.counted)
    if count > 2 and not inputs.over:
        text = (
            f"It is divided by n − 1: the mean of {count} numbers is their sum divided by {count}."
        )
        yield from divided_by(calculation, "divided-by-one-less", text, count - 1)
    if factor == 1 and 2 not in inputs.shape:
        yield from halved_for_mean(calculation, count)
    yield from once(calculation, "value-of-another-step", _neighbours(calculation, inputs.shape))


def _neighbours(
    calculation: Calculation, shape: tuple[int, ...]
) -> Iterator[tuple[str, str, Expression]]:
    """The prediction of the observation before or behind in the place of its own."""
    step = shape[-1] if len(shape) > 1 else 1
    errors, values = calculation.all("error"), calculation.values
    for n, error in enumerate(errors):
        true, own = quantities_in(error.definition)
        for place in (n - step, n + step):
            if not 0 <= place < len(errors):
                continue
            _, other = quantities_in(errors[place].definition)
            if values[other.id] != values[own.id]:
                named, belongs = PLAIN.symbol(other.symbol), PLAIN.symbol(own.symbol)
                yield error.id, f"{named} stands where {belongs} belongs.", true - other

"""The mistakes that belong to the Huber loss: in which branch an error is, and in each of the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Max,
    Negative,
    Power,
    Product,
    Quantity,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips_places import everywhere_and_once
from lossclass.losses.huber import line, parabola
from lossclass.slips import Slip


def either(error: Expression, delta: Expression) -> Expression:
    """The branch that belongs to an error, whatever it comes to: c(|e| − ½c), c = min(|e|, δ)."""
    size = Absolute(error)
    return line(size, Negative(Max(Negative(size), Negative(delta))))


def in_its_branch(calculation: Calculation, slip: Slip) -> Slip:
    """The same, for a mistake in an error: what it comes to may belong to the other branch."""
    delta = calculation.all("given.delta")[0]
    errors = dict(zip(calculation.all("error"), calculation.all("huber"), strict=True))
    moved = {
        huber.id: either(error, delta)
        for error, huber in errors.items()
        if error.id in slip.changed
    }
    return replace(slip, changed={**moved, **slip.changed})


def huber_slips(calculation: Calculation) -> Iterator[Slip]:
    """Of the branches, of their ½, and of δ."""
    (delta,) = calculation.all("given.delta")
    limit = calculation.values[delta.id]
    errors = zip(calculation.all("huber"), calculation.all("error"), strict=True)
    lines: dict[str, Quantity] = {}
    parabolas: dict[str, Quantity] = {}
    for step, error in errors:
        above = calculation.values[error.id].copy_abs() > limit
        (lines if above else parabolas)[step.id] = error
    squared = {id: parabola(error) for id, error in lines.items()}
    straight = {id: line(Absolute(error), delta) for id, error in parabolas.items()}
    text = "Half the square is taken where |e| is above δ: there, δ(|e| − ½δ) belongs."
    yield from everywhere_and_once(calculation, "square-everywhere", text, squared)
    text = "δ(|e| − ½δ) is taken where |e| is not above δ: there, ½e² belongs."
    yield from everywhere_and_once(calculation, "line-everywhere", text, straight)
    if squared and straight:
        text = "The branches are swapped: ½e² belongs where |e| is not above δ, the line beyond."
        yield Slip("branches-swapped", text, {**squared, **straight})
        text = "The factor ½ is left out before the squares."
        whole = {id: Power(error, Constant(2)) for id, error in parabolas.items()}
        yield Slip("half-forgotten", text, {**whole})
    text = "½δ² is not taken off: beyond δ, δ(|e| − ½δ) belongs."
    steep = {id: Product(delta, Absolute(error)) for id, error in lines.items()}
    yield from everywhere_and_once(calculation, "half-delta-forgotten", text, steep)
    if limit != 1:
        text = f"1 is taken for δ, which is {PLAIN.number(limit)} here."
        any_ = {id: either(error, delta) for id, error in {**lines, **parabolas}.items()}
        yield Slip("delta-forgotten", text, {**any_, delta.id: Decimal(1)})

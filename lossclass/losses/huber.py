"""Huber loss: (1/n) Σ ℓᵢ, where ℓᵢ is ½eᵢ² for |eᵢ| ≤ δ and δ(|eᵢ| − ½δ) beyond, eᵢ = yᵢ − ŷᵢ.

A parabola at the middle, which goes on in straight lines with the slope that it has at δ. Source:
Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964); as a
mean, as PyTorch's ``HuberLoss``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Absolute, Constant, Expression, Min, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._calls import How
from lossclass.losses.shapes.errors import Errors
from lossclass.losses.shapes.formulas import Letters, Shares, indexed
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.losses.shapes.pairs import Pair
from lossclass.problem.fields import PositiveNumber
from lossclass.second_road import Doubles, np
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once
from lossclass.working import Working

_HALF = Constant("0.5")


def parabola(error: Expression) -> Expression:
    """½e²."""
    return _HALF * error**2


def line(size: Expression, delta: Expression) -> Expression:
    """δ(|e| − ½δ)."""
    return delta * (size - _HALF * delta)


def either(error: Expression, delta: Expression) -> Expression:
    """The branch that belongs to an error, whatever it comes to: c(|e| − ½c), c = min(|e|, δ)."""
    size = Absolute(error)
    return line(size, Min(size, delta))


class HuberKeys(PairKeys):
    """``delta``: up to where an error is squared."""

    delta: PositiveNumber = Decimal(1)


class Huber(Errors):
    """½e² up to δ, and a straight line beyond."""

    TITLE = "Huber loss"
    FORMULA = "L = (1/n) Σᵢ ℓᵢ,  ℓᵢ = ½eᵢ² if |eᵢ| ≤ δ, else δ(|eᵢ| − ½δ)"
    ALIASES = ("huber_loss",)
    Inputs = HuberKeys
    HEADING = "The Huber loss of each error"
    CALLS = "huber"
    SIGN_GOES: ClassVar = "squared or in absolute value"

    def pairs(self, inputs: HuberKeys, working: Working) -> list[Pair]:
        pairs = super().pairs(inputs, working)
        working.given("delta", Symbol("δ"), inputs.delta)
        text = f"δ = {PLAIN.number(inputs.delta)}: up to there an error costs half its square."
        working.say(text)
        return pairs

    def of_error(self, error: Quantity, inputs: HuberKeys, working: Working) -> Quantity:
        """Steps ``absolute_error.i``, where it is above δ, and ``huber.i``."""
        index = error.symbol.index
        size, delta = working.values[error.id].copy_abs(), working.quantity("given.delta")
        if size > inputs.delta:
            letter = working.letter("a", "d", "A")
            absolute = self.step(working, "absolute_error", letter, index, Absolute(error))
            cost = line(absolute, delta)
            why = "|e| is above δ: on the straight line."
        else:
            cost = parabola(error)
            why = "|e| is not above δ: half the square."
        title = self.title("Huber loss", index)
        return self.step(working, "huber", "ℓ", index, cost, title=title, why=why, tells=True)

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
        smaller = Min(size, delta)
        beyond = delta * (size - smaller)
        named = PLAIN.number(inputs.delta)
        return {f"½e² up to |e| = δ = {named}, then a line": parabola(smaller) + beyond}

    def reaches(self, inputs: HuberKeys, found: Sequence[Decimal]) -> tuple[Decimal, ...]:
        """Also to where the lines begin."""
        return super().reaches(inputs, [*found, 2 * inputs.delta])

    def losses_of(self, errors: Doubles, inputs: HuberKeys) -> Doubles:
        size, delta = np.abs(errors), float(inputs.delta)
        return np.where(size <= delta, 0.5 * errors**2, delta * (size - 0.5 * delta))

    def slopes_of(self, errors: Doubles, inputs: HuberKeys) -> Doubles:
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
        """Those of any errors, too: what an error comes to may belong to the other branch."""
        (delta,) = calculation.all("given.delta")
        errors = dict(zip(calculation.all("error"), calculation.all("huber"), strict=True))
        for slip in super().slips(inputs, calculation):
            moved = {
                huber.id: either(error, delta)
                for error, huber in errors.items()
                if error.id in slip.changed
            }
            yield replace(slip, changed={**moved, **slip.changed})

    def of_other(
        self, cost: Quantity, error: Quantity, other: Expression, inputs: HuberKeys
    ) -> Expression:
        return either(other, Constant(inputs.delta))

    def own_slips(self, inputs: HuberKeys, calculation: Calculation) -> Iterator[Slip]:
        """Of the branches, of their ½, and of δ."""
        (delta,) = calculation.all("given.delta")
        lines: dict[str, Quantity] = {}
        parabolas: dict[str, Quantity] = {}
        errors = zip(calculation.all("huber"), calculation.all("error"), strict=True)
        for step, error in errors:
            above = abs(calculation.values[error.id]) > inputs.delta
            (lines if above else parabolas)[step.id] = error
        squared = {id: parabola(error) for id, error in lines.items()}
        straight = {id: line(Absolute(error), delta) for id, error in parabolas.items()}
        text = "Half the square is taken where |e| is above δ: there, δ(|e| − ½δ) belongs."
        yield from everywhere_and_once(calculation, "square-everywhere", text, squared)
        text = "δ(|e| − ½δ) is taken where |e| is not above δ: there, ½e² belongs."
        yield from everywhere_and_once(calculation, "line-everywhere", text, straight)
        if squared and straight:
            text = (
                "The branches are swapped: ½e² belongs where |e| is not above δ, the line beyond."
            )
            yield Slip("branches-swapped", text, {**squared, **straight})
            text = "The factor ½ is left out before the squares."
            whole = {id: error**2 for id, error in parabolas.items()}
            yield Slip("half-forgotten", text, whole)
        text = "½δ² is not taken off: beyond δ, δ(|e| − ½δ) belongs."
        steep = {id: delta * Absolute(error) for id, error in lines.items()}
        yield from everywhere_and_once(calculation, "half-delta-forgotten", text, steep)
        if inputs.delta != 1:
            text = f"1 is taken for δ, which is {PLAIN.number(inputs.delta)} here."
            any_ = {id: either(error, delta) for id, error in {**lines, **parabolas}.items()}
            yield Slip("delta-forgotten", text, {**any_, delta.id: Decimal(1)})
            text = "It is divided by δ, as PyTorch's SmoothL1Loss does with its β; here it is not."
            steps = calculation.all("huber")
            yield Slip(
                "divided-by-delta", text, {each.id: each.definition / delta for each in steps}
            )

    def facts(self, inputs: HuberKeys, how: How) -> dict[str, Any]:
        return {"delta": float(inputs.delta), "unit": inputs.delta == 1}


LOSS = Huber()

"""Hinge loss: Σᵢ max(0, 1 − yᵢ·ŷᵢ), for labels yᵢ of +1 and −1 and real scores ŷᵢ.

A score on the right side of 0 by at least the margin (1) costs nothing; any other costs as much
as it falls short. Source: Rosasco et al., "Are loss functions all the same?", Neural
Computation 16 (2004); as a sum, as in the course's handout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Max,
    Quantity,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._calls import How
from lossclass.losses.shapes.common_slips import halved_for_mean
from lossclass.losses.shapes.formulas import AT_A_KINK, Shares
from lossclass.losses.shapes.network import FromRnn
from lossclass.losses.shapes.pair_keys import PairKeys
from lossclass.losses.shapes.pairs import Pair, Pairs
from lossclass.problem.arrays import Array, array_field, array_schema
from lossclass.problem.fields import Flag, PositiveNumber
from lossclass.second_road import Doubles, doubles, np
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once, once, where_below_zero
from lossclass.working import Working, dotted


class HingeKeys(PairKeys):
    """``y_true``: 1 or −1; ``margin``; ``squared``."""

    FROM_RNN: ClassVar[FromRnn] = FromRnn(
        ("identity",), "a hinge is worked from scores that may be any number"
    )
    CALLED: ClassVar[str] = "scores"

    y_true: Annotated[
        Array,
        array_field(
            "1 or -1",
            lambda number: number in (1, -1),
            hint_for_0="of labels 0 and 1, write -1 for the 0",
        ),
        array_schema({"type": "number", "minimum": -1, "maximum": 1}),
    ]
    margin: PositiveNumber = Decimal(1)
    squared: Flag = False


class Hinge(Pairs):
    """Σ max(0, margin − y · ŷ), or its square."""

    TITLE = "Hinge loss"
    FORMULA = "L = Σᵢ max(0, 1 − yᵢ·ŷᵢ)"
    Inputs = HingeKeys
    OWN = "sum"
    HEADING = "The hinge of each {each}"
    CALLS = "hinge"
    TRUE = "label y"
    PREDICTED = "score ŷ"
    ACROSS = "margin m = y · ŷ"
    VARIABLE = Symbol("m")

    def write(self, pair: Pair, inputs: HingeKeys, working: Working) -> Quantity:
        """Steps ``margin.i``, ``hinge.i`` and ``squared_hinge.i``."""
        place = pair.place
        margin = self.step(working, "margin", "m", place, pair.y_true * pair.y_pred)
        letter = working.letter("h", "k") if inputs.squared else "ℓ"
        short = Max(Constant(0), inputs.margin - margin)
        why = _meaning(working.values[margin.id], inputs.margin)
        hinge = self.step(working, "hinge", letter, place, short, why=why, tells=True)
        if not inputs.squared:
            return hinge
        return self.step(working, "squared_hinge", "ℓ", place, hinge**2)

    def pair_formula(self, inputs: HingeKeys, y: str, predicted: str) -> str:
        square = "²" if inputs.squared else ""
        return f"max(0, {PLAIN.number(inputs.margin)} − {y}·{predicted}){square}"

    def curves(self, inputs: HingeKeys, x: Expression) -> dict[str, Expression]:
        hinge = Max(Constant(0), inputs.margin - x)
        return {"": hinge**2 if inputs.squared else hinge}

    def stands_at(self, pair: Pair, working: Working) -> Quantity:
        return working.quantity(dotted("margin", pair.place))

    def reaches(self, inputs: HingeKeys, found: Sequence[Decimal]) -> tuple[Decimal, ...]:
        return -inputs.margin, 2 * inputs.margin

    def losses(self, inputs: HingeKeys) -> Doubles:
        y_true, y_pred = (each.astype(float) for each in inputs.decimals())
        hinges: Doubles = np.maximum(0.0, float(inputs.margin) - y_true * y_pred)
        return hinges**2 if inputs.squared else hinges

    def slopes(self, inputs: HingeKeys) -> Doubles:
        # in decimals, in which a score just at the margin is told from one beside it
        y_true, y_pred = inputs.decimals()
        missing = (inputs.margin - y_true * y_pred).astype(float)
        if inputs.rnn is not None:
            missing[np.abs(missing) <= AT_A_KINK * (1 + np.abs(y_pred.astype(float)))] = 0
        short = np.where(missing > 0, 2 * missing if inputs.squared else 1.0, 0.0)
        return doubles(-y_true.astype(float) * short)

    def said(self, inputs: HingeKeys, reduced: Shares) -> str:
        margin = PLAIN.number(inputs.margin)
        if inputs.squared:
            formula = reduced.scaled("2", "y", f"max(0, {margin} − y · ŷ)", negative=True)
            words = reduced.in_words("minus the label, times twice what is missing")
            return f"∂L/∂ŷ = {formula}: {words}."
        words = reduced.in_words("minus the label")
        return (
            f"∂L/∂ŷ = {reduced.scaled('y', negative=True)} where y · ŷ is below {margin}: {words}. "
            f"Elsewhere it is 0, and 0 is also taken at the kink, y · ŷ = {margin}."
        )

    def own_slips(self, inputs: HingeKeys, calculation: Calculation) -> Iterator[Slip]:
        labels = (each.id for each in calculation.all("given.y_true"))
        negative = {id for id in labels if calculation.values[id] < 0}
        if negative:
            text = (
                "0 is taken for the label −1: labels are 1 and −1 here, so that y · ŷ has a sign."
            )
            yield Slip("labels-zero-one", text, dict.fromkeys(negative, Decimal(0)))
            text = "The sign of the labels is left out: where y is −1, y · ŷ is −ŷ."
            yield Slip("sign-of-label-ignored", text, dict.fromkeys(negative, Decimal(1)))
        if len(negative) > 1:
            text = "The sign of the label is left out: where y is −1, y · ŷ is −ŷ."
            bare = (
                (each.id, text, each.definition.operands[1])
                for each in calculation.all("margin")
                if {factor.id for factor in quantities_in(each.definition)} & negative
            )
            yield from once(calculation, "sign-of-label-ignored", bare)
        hinges = calculation.all("hinge")
        # the 0 of max(0, …), and the margin less what is reached
        parts = {each.id: each.definition.operands for each in hinges}
        text = "The margin is left out of max(0, …): a score has to be ahead of 0 by so much."
        without = {id: Max(floor, *short.operands[1:]) for id, (floor, short) in parts.items()}
        yield from everywhere_and_once(calculation, "margin-forgotten", text, without)
        yield from halved_for_mean(calculation, len(hinges))
        squares = [each.id for each in calculation.all("squared_hinge")]
        if not squares:
            return
        text = "The score is squared: the square is taken of the hinge, of what the score falls short by."
        scores = (each.definition.operands[1] for each in calculation.all("margin"))
        of_scores = {id: score**2 for id, score in zip(squares, scores, strict=True)}
        yield from everywhere_and_once(calculation, "score-squared", text, of_scores)
        text = "The absolute value of what the score falls short by is taken: max(0, …) is to be squared."
        short = zip(squares, parts.values(), strict=True)
        absolute = {id: Absolute(missing) for id, (_, missing) in short}
        yield from where_below_zero(calculation, "absolute-for-square", text, absolute)

    def theirs(self, inputs: HingeKeys, how: How) -> dict[str, Doubles]:
        if len(self._labels(inputs, how)) > 1:
            return {}
        # of one label alone, scikit-learn makes -1
        _, y_pred = inputs.decimals()
        return {"scikit-learn": np.maximum(0.0, float(inputs.margin) + y_pred.astype(float))}

    def facts(self, inputs: HingeKeys, how: How) -> dict[str, Any]:
        margin = float(inputs.margin)
        return {
            "margin": margin,
            "unit_margin": margin == 1,
            "scale": margin ** (2 if inputs.squared else 1),
            "squared": inputs.squared,
            "one_label": len(self._labels(inputs, how)) == 1,
        }

    def _labels(self, inputs: HingeKeys, how: How) -> set[float]:
        """The labels of what counts."""
        return {*how.pairs_that_count(inputs.decimals()[0].astype(float)).tolist()}


def _meaning(reached: Decimal, margin: Decimal) -> str:
    """What the score did, in words."""
    wanted = PLAIN.number(margin)
    if reached >= margin:
        return f"On the right side of 0 by at least {wanted}: nothing is missing."
    if reached > 0:
        return f"On the right side of 0, but by less than {wanted}: the rest is missing."
    if reached < 0:
        return "On the wrong side of 0: the whole margin is missing, and more."
    return "On neither side of 0: the whole margin is missing."


LOSS = Hinge()

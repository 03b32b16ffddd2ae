"""Hinge loss: Σᵢ max(0, 1 − yᵢ·ŷᵢ), for labels yᵢ of +1 and −1 and real scores ŷᵢ.

A score on the right side of 0 by at least the margin (1) costs nothing; any other costs as much
as it falls short. Source: Rosasco et al., "Are loss functions all the same?", Neural
Computation 16 (2004); as a sum, as in the course's handout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from lossclass.arithmetic.expression import Constant, Max, Negative, Power, Product, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._reduction import reduce_steps, reduce_values
from lossclass.problem.fields import (
    AsList,
    Flag,
    Numbers,
    PositiveNumber,
    decimal_comma_hint,
    number_field,
)
from lossclass.problem.keys import Inconsistency, ProblemKeys
from lossclass.working import Working

TITLE = "Hinge loss"
FORMULA = "L = Σᵢ max(0, 1 − yᵢ·ŷᵢ)"
ALIASES = ()
TEMPLATE = """
# The true labels, 1 or -1, and the scores of the model, one for each.
y_true: [1, -1, 1]
y_pred: [0.8, -0.5, 0.3]

# How far on the right side of 0 a score has to be to cost nothing.
# margin: 1

# Take the square of each hinge.
# squared: false
"""

Sign: TypeAlias = Annotated[Decimal, number_field("1 or -1", lambda number: number in (1, -1))]


class Inputs(ProblemKeys):
    """``y_true`` (n labels, 1 or −1), ``y_pred`` (n scores), ``margin``, ``squared``."""

    y_true: Annotated[tuple[Sign, ...], AsList]
    y_pred: Numbers
    margin: PositiveNumber = Decimal(1)
    squared: Flag = False

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return len(given["y_true"]) if "y_true" in given else None

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        y_true, y_pred = given.get("y_true"), given.get("y_pred")
        if y_true == ():
            yield ("y_true",), "expected at least one label, got none"
        if y_true is not None and y_pred is not None and len(y_true) != len(y_pred):
            yield ("y_pred",), _unequal(len(y_true), y_pred)


def _unequal(labels: int, scores: Sequence[Decimal]) -> str:
    message = f"expected {labels} scores, one for each of y_true, got {len(scores)}"
    return message + decimal_comma_hint(scores, labels)


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    y_true, y_pred = np.array(inputs.y_true, float), np.array(inputs.y_pred, float)
    losses = np.maximum(0.0, float(inputs.margin) - y_true * y_pred)
    return reduce_values(losses**2 if inputs.squared else losses, inputs, "sum")


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``margin.i``, ``hinge.i`` (and ``squared_hinge.i``), ``sum``, ``loss``."""
    return solve_over(inputs, working, letter="i", each="Observation")


def solve_over(inputs: Inputs, working: Working, *, letter: str, each: str) -> Sequence[Quantity]:
    """The steps, with the observations called ``each`` and indexed by ``letter``."""
    working.section("Given")
    labels = [
        working.given(f"y_true.{n}", Symbol("y", (n,)), label)
        for n, label in enumerate(inputs.y_true, start=1)
    ]
    scores = [
        working.given(f"y_pred.{n}", Symbol("y", (n,), hat=True), score)
        for n, score in enumerate(inputs.y_pred, start=1)
    ]
    working.table(
        "given",
        "",
        (letter, "label y", "score ŷ"),
        ([str(n), *pair] for n, pair in enumerate(zip(labels, scores, strict=True), start=1)),
    )
    working.section(f"The hinge of each {each.lower()}")
    losses = [
        _hinge(inputs, working, n, label, score, each)
        for n, (label, score) in enumerate(zip(labels, scores, strict=True), start=1)
    ]
    return reduce_steps(working, losses, inputs, "sum", letter)


def _hinge(
    inputs: Inputs, working: Working, n: int, label: Quantity, score: Quantity, each: str
) -> Quantity:
    margin = working.step(
        f"margin.{n}", Symbol("m", (n,)), Product(label, score), title=f"{each} {n}"
    )
    short = Sum(Constant(inputs.margin), Negative(margin))
    hinge = working.step(
        f"hinge.{n}",
        Symbol("ℓ", (n,)) if not inputs.squared else Symbol("h", (n,)),
        Max(Constant(0), short),
        why=_meaning(working.values[margin.id], inputs.margin),
    )
    if not inputs.squared:
        return hinge
    return working.step(f"squared_hinge.{n}", Symbol("ℓ", (n,)), Power(hinge, Constant(2)))


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


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_numbers import hinge_calls

    return hinge_calls(inputs)

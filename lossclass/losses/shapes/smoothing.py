"""The key ``label_smoothing``: (1 − ε) y + ε / C in the place of y, on both roads.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR (2016),
section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._softmax import named
from lossclass.problem.arrays import Place
from lossclass.problem.fields import number_field
from lossclass.working import Working

Share: TypeAlias = Annotated[
    Decimal,
    number_field("a number from 0 to less than 1", lambda number: 0 <= number < 1),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
]


def write_smoothing(working: Working, share: Decimal, classes: int, library: str) -> Quantity:
    """Write the section in which the truth is smoothed, and return its ε.

    Args:
        library: who smooths in the same way.
    """
    working.section("The smoothed true distributions")
    epsilon = working.given("label_smoothing", Symbol("ε"), share)
    working.say(
        f"Label smoothing with ε = {working.text(epsilon)}: s = (1 − ε) · y + ε / C is used in the "
        f"place of y. Each of the C = {classes} classes gets ε / C, the true one too, as in {library}."
    )
    return epsilon


def write_smoothed(
    working: Working, epsilon: Quantity, true: Quantity, classes: int, place: Place, title: str
) -> Quantity:
    """Write a smoothed probability: step ``smoothed.PLACE``."""
    kept = (1 - epsilon) * true
    return working.step(*named("smoothed", "s", place), kept + epsilon / classes, title=title)

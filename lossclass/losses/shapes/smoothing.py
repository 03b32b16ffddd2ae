"""The key ``label_smoothing``: (1 − ε) y + ε / C in the place of y, on both roads.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR (2016),
section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.arrays import Place
from lossclass.problem.fields import number_field
from lossclass.working import Working, named

Share: TypeAlias = Annotated[
    Decimal,
    number_field("a number from 0 to less than 1", lambda number: 0 <= number < 1),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
]


def write_smoothed(
    working: Working,
    share: Decimal,
    classes: int,
    library: str,
    true: Iterable[tuple[Place, Quantity, str]],
) -> list[Quantity]:
    """Write the section in which the truth is smoothed: steps ``smoothed.PLACE``.

    Args:
        library: who smooths in the same way.
        true: the probabilities, each with its place and the title of its step.
    """
    working.section("The smoothed true distributions")
    epsilon = working.given("label_smoothing", Symbol("ε"), share)
    working.say(
        f"Label smoothing with ε = {working.text(epsilon)}: s = (1 − ε) · y + ε / C is used in the "
        f"place of y. Each of the C = {classes} classes gets ε / C, the true one too, as in {library}."
    )
    return [
        working.step(
            *named("smoothed", "s", place), (1 - epsilon) * y + epsilon / classes, title=title
        )
        for place, y, title in true
    ]

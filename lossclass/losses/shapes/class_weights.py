"""What cross-entropies do to what is true, and its steps: the keys ``class_weights``, a weight for every
class, by position or by name, and ``label_smoothing``, (1 − ε) y + ε / C in the place of y.

Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
CVPR (2016), section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.observations import Labelled
from lossclass.problem import fields
from lossclass.problem.arrays import Place, at, class_index, said_of, shape_of
from lossclass.problem.keys import stands_for, sum_of_doubles
from lossclass.problem.yaml_source import Path
from lossclass.working import Working, named


def _to_class_weights(value: Any) -> dict[str, Decimal] | tuple[Decimal, ...]:
    """Weights by the name of the class, or in the order of the classes."""

    def read(number: Any) -> Decimal:
        return fields.to_allowed(number, "a number of 0 or more", lambda weight: weight >= 0)

    if isinstance(value, Mapping):
        return fields.read_by_label(value, read)
    return tuple(fields.read_each(enumerate(fields.to_list(value)), read))


ClassWeights: TypeAlias = Annotated[
    dict[str, Decimal] | tuple[Decimal, ...],
    fields.ReadBy(_to_class_weights),
    WithJsonSchema(
        {
            "type": ["array", "object", "number"],
            "items": {"type": "number", "minimum": 0},
            "additionalProperties": {"type": "number", "minimum": 0},
        }
    ),
]


def in_order(
    weights: Mapping[str, Decimal] | Sequence[Decimal], names: Sequence[str]
) -> tuple[tuple[Decimal, ...], list[tuple[Path, str]]]:
    """The weights in the classes' order, and what is wrong, with paths from the key on."""
    found: list[tuple[Path, str]] = []
    if not isinstance(weights, Mapping):
        if len(weights) != len(names):
            hint = fields.decimal_comma_hint(weights, len(names))
            what = said_of((len(names),))
            found.append(((), f"expected {what}, one for each class, got {len(weights)}{hint}"))
        return tuple(weights), found
    numbers: dict[int, Decimal] = {}
    for label, number in weights.items():
        try:
            position = class_index(label, names, (label,))
        except fields.Refusals as error:
            found += error.found
            continue
        if position in numbers:
            found.append(((label,), f"the class {names[position]!r} has a weight already"))
        numbers[position] = number
    missing = [name for position, name in enumerate(names) if position not in numbers]
    if missing and not found:
        found.append(((), f"there is no weight for {', '.join(missing)}"))
    return tuple(number for _, number in sorted(numbers.items())), found


def sum_that_counts(labelled: Labelled, class_weights: Sequence[Decimal], weights: Any) -> float:
    """What the weighted mean is divided by; 1 where the observations' weights do not fit."""
    if weights is not None and not stands_for(shape_of(weights), labelled.shape):
        return 1.0
    of_each = [1 if weights is None else at(weights, place) for place in labelled.counted]
    if not sum_of_doubles(map(float, of_each)):
        return 1.0
    return sum_of_doubles(
        float(weight)
        * sum_of_doubles(float(k) * float(y) for k, y in zip(class_weights, row, strict=True))
        for weight, row in zip(of_each, labelled.targets, strict=True)
    )


def write_class_weights(
    working: Working, names: Sequence[str], weights: Sequence[Decimal] | None
) -> list[Quantity]:
    """Write the weights of the classes, in the classes' order, and their table; none, where there
    are none."""
    if weights is None:
        return []
    working.section("The weights of the classes")
    working.say(
        "Each class has a weight k. What belongs to a class is multiplied by its weight, so that "
        "a class with a large weight counts for more than one with a small weight."
    )
    rows = [
        (str(c), name, working.given(f"class_weight.{c}", Symbol("k", (c,)), weight))
        for c, (name, weight) in enumerate(zip(names, weights, strict=True), start=1)
    ]
    working.table("class_weights", "", ("c", "class", "weight k"), rows)
    return [weight for *_, weight in rows]


# --- smoothed labels ---------------------------------------------------------------------


Share: TypeAlias = Annotated[
    Decimal,
    fields.number_field("a number from 0 to less than 1", lambda number: 0 <= number < 1),
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

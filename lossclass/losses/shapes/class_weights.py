"""The key ``class_weights``: a weight for every class, by position or by name; and its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.labelled import Labelled
from lossclass.problem.arrays import at, class_index, said_of, shape_of
from lossclass.problem.fields import (
    ReadBy,
    Refusals,
    decimal_comma_hint,
    read_by_label,
    read_each,
    to_allowed,
    to_list,
)
from lossclass.problem.keys import stands_for, sum_of_doubles
from lossclass.problem.yaml_source import Path
from lossclass.working import Working


def _to_class_weights(value: Any) -> dict[str, Decimal] | tuple[Decimal, ...]:
    """Weights by the name of the class, or in the order of the classes."""

    def read(number: Any) -> Decimal:
        return to_allowed(number, "a number of 0 or more", lambda weight: weight >= 0)

    if isinstance(value, Mapping):
        return read_by_label(value, read)
    return tuple(read_each(enumerate(to_list(value)), read))


ClassWeights: TypeAlias = Annotated[
    dict[str, Decimal] | tuple[Decimal, ...],
    ReadBy(_to_class_weights),
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
            hint = decimal_comma_hint(weights, len(names))
            what = said_of((len(names),))
            found.append(((), f"expected {what}, one for each class, got {len(weights)}{hint}"))
        return tuple(weights), found
    numbers: dict[int, Decimal] = {}
    for label, number in weights.items():
        try:
            position = class_index(label, names, (label,))
        except Refusals as error:
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
    quantities = [
        working.given(f"class_weight.{c}", Symbol("k", (c,)), weight)
        for c, weight in enumerate(weights, start=1)
    ]
    rows = enumerate(zip(names, quantities, strict=True), start=1)
    working.table(
        "class_weights", "", ("c", "class", "weight k"), ((str(c), *pair) for c, pair in rows)
    )
    return quantities

"""The key ``class_weights``: a weight for every class, by position or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import WithJsonSchema

from lossclass.problem.arrays import class_index
from lossclass.problem.fields import (
    ReadBy,
    Refusals,
    check_labels_are_unique,
    decimal_comma_hint,
    expected,
    to_label,
    to_list,
    to_number,
)
from lossclass.problem.yaml_source import Path

_NOT_NEGATIVE = "a number of 0 or more"


def _to_class_weights(value: Any) -> dict[str, Decimal] | tuple[Decimal, ...]:
    """Weights by the name of the class, or in the order of the classes."""
    by_name = isinstance(value, Mapping)
    check_labels_are_unique(value)
    numbers, found = {}, []
    for key, number in value.items() if by_name else enumerate(to_list(value)):
        try:
            label = to_label(key)
            numbers[label] = to_number(number, _NOT_NEGATIVE)
            if numbers[label] < 0:
                raise expected(_NOT_NEGATIVE, number)
        except ValueError as error:
            found.append(((key,), str(error)))
    if found:
        raise Refusals(found)
    return numbers if by_name else tuple(numbers.values())


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
            message = f"expected {len(names)} numbers, one for each class, got {len(weights)}{hint}"
            found.append(((), message))
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

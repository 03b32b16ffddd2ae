"""The key ``rnn``: the numbers of a recurrent network, as a problem may write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from lossclass.problem.arrays import numbers_in, rows_schema, shape_of, to_array
from lossclass.problem.fields import AsChoice, ReadBy, Refusals, to_label, to_number
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path

#: Beside a problem's keys that are valid by themselves: those of its ``rnn``.
VALID: Final = "rnn.valid"
#: The gates of each cell, in the order in which PyTorch stacks their rows.
GATES: Final[Mapping[str, tuple[str, ...]]] = {
    "vanilla": ("",),
    "gru": ("r", "z", "n"),
    "lstm": ("i", "f", "g", "o"),
}
#: The keys of which each gate has its own.
BY_GATE: Final = ("U", "W", "b", "b_hidden")
_ROWS: Final = rows_schema({"type": "number"})


@dataclass(frozen=True)
class Written:
    """Numbers as a problem writes them.

    Attributes:
        numbers: row by row.
        shape: ``()`` for a number alone, ``(n,)`` for a list, ``(n, m)`` for rows.
    """

    numbers: tuple[Decimal, ...]
    shape: tuple[int, ...]


#: The rows of all gates in one table, or a table for each gate.
WrittenByGate: TypeAlias = Written | Mapping[str, Written]


def _to_written(value: Any) -> Written:
    if hasattr(value, "__array__"):
        import numpy as np

        value = np.asarray(value).tolist()
    if not isinstance(value, list | tuple):
        return Written((_to_number_alone(value),), ())
    array = to_array(value, "a number", axes=2)
    return Written(tuple(numbers_in(array)), shape_of(array))


def _to_number_alone(value: Any) -> Decimal:
    try:
        return to_number(value, "a number")
    except ValueError as error:
        several = isinstance(value, str) and len(value.replace(",", " ").split()) > 1
        hint = "; several numbers are a list, in brackets" if several else ""
        hint = "" if ";" in str(error) else hint  # one will do
        raise ValueError(f"{error}{hint}") from None


def _to_written_by_gate(value: Any) -> WrittenByGate:
    if not isinstance(value, Mapping):
        return _to_written(value)
    tables: dict[str, Written] = {}
    found: list[tuple[Path, str]] = []
    for key, table in value.items():
        try:
            tables[to_label(key)] = _to_written(table)
        except Refusals as error:
            found += [((key, *path), message) for path, message in error.found]
        except ValueError as error:
            found.append(((key,), str(error)))
    if found:
        raise Refusals(found)
    return tables


Numbers: TypeAlias = Annotated[Written, ReadBy(_to_written), _ROWS]
Parameters: TypeAlias = Annotated[Numbers, Moves(Kind.NUMBER)]
ParametersByGate: TypeAlias = Annotated[
    WrittenByGate,
    ReadBy(_to_written_by_gate),
    WithJsonSchema(
        {
            **_ROWS.json_schema,
            "type": ["array", "number", "object"],
            "additionalProperties": _ROWS.json_schema,
        }
    ),
    Moves(Kind.NUMBER),
]


class Rnn(BaseModel):
    """A recurrent network of H units, which reads T × D ``inputs`` and gives C outputs a time step.

    ``U`` is G·H × D, ``W`` G·H × H, ``b`` and ``b_hidden`` G·H, ``V`` C × H, ``c`` C, with one row
    block for each of the G gates (G = 1 in a vanilla cell); the first four may also be mappings
    by the gates' names. ``initial_state`` and ``initial_cell`` are H. What is left out is 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    cell: Annotated[Literal["vanilla", "gru", "lstm"], AsChoice] = "vanilla"
    inputs: Numbers
    U: ParametersByGate
    W: ParametersByGate
    V: Parameters
    b: ParametersByGate | None = None
    b_hidden: ParametersByGate | None = None
    c: Parameters | None = None
    initial_state: Parameters | None = None
    initial_cell: Parameters | None = None
    activation: Annotated[Literal["tanh", "sigmoid", "relu", "identity"], AsChoice] | None = None
    output: Annotated[Literal["softmax", "sigmoid", "identity"], AsChoice] | None = None
    predict: Annotated[Literal["every_step", "last_step"], AsChoice] = "every_step"

    @model_validator(mode="before")
    @classmethod
    def _begin(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and isinstance(data, Mapping):
            defaults = {name: field.default for name, field in cls.model_fields.items()}
            info.context[VALID] = {
                name: default
                for name, default in defaults.items()
                if name not in data and not cls.model_fields[name].is_required()
            }
        return data

    @field_validator("*")
    @classmethod
    def _note_what_is_valid(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and info.field_name:
            info.context.setdefault(VALID, {})[info.field_name] = value
        return value

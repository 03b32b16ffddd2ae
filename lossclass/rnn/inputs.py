"""The key ``rnn``: the numbers of a recurrent network, as a problem may write them, and the template in
which every key of it is explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

import yaml
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from lossclass.problem.arrays import at_most_rows, numbers_in, rows_schema, shape_of, to_array
from lossclass.problem.fields import NAME_OF, AsChoice, ReadBy, read_by_label, to_number
from lossclass.problem.moves import Kind, Moves
from lossclass.records import record

#: Beside a problem's keys that are valid by themselves: those of its ``rnn``.
VALID: Final = "rnn.valid"
#: Among these: what keys are called in the problem, where it has PyTorch's names for them.
CALLED: Final = "(called)"
#: The gates of each cell, in the order in which PyTorch stacks their rows.
GATES: Final[Mapping[str, tuple[str, ...]]] = {
    "vanilla": ("",),
    "gru": ("r", "z", "n"),
    "lstm": ("i", "f", "g", "o"),
}
#: The cells by the names under which a template of them is asked for.
CELLS: Final[Mapping[str, str]] = {"rnn": "vanilla", "gru": "gru", "lstm": "lstm"}
#: The keys of which each gate has its own.
BY_GATE: Final = ("U", "W", "b", "b_hidden")
#: What PyTorch calls the weights of a layer; the rows of its gates are stacked in our order.
OF_PYTORCH: Final[Mapping[str, str]] = {
    "U": "weight_ih_l0",
    "W": "weight_hh_l0",
    "b": "bias_ih_l0",
    "b_hidden": "bias_hh_l0",
}
#: What a network here has not, by the names that people give it; the first that fits counts.
_NOT_HERE: Final = {
    r"backward|bidirectional|reverse|.*_reverse": "a network here reads its inputs in one direction; a "
    "bidirectional one is two of them: solve the second as a problem of its own, with the inputs from "
    "the last to the first",
    r"num_layers|layers|(weight|bias)_[ih]h_l[1-9]\d*": "a network here has one layer; the inputs of a "
    "second are the hidden states of the first: solve it as a problem of its own",
    r"(use_)?peepholes?|[Vp]_?[ifo]|[wW]_?c_?[ifo]": "an LSTM here has no peepholes: its gates are "
    "worked from the input and the hidden state, not from the cell state",
    r"proj(_size)?|weight_hr_l\d+": "an LSTM here has no projection: its hidden state is as long as its "
    "cell state",
    r".+\.(weight|bias)_[ih]h(_l0)?": "leave out what stands before the last point",
    r"(.+\.)?weight|.+\.bias": "of a linear layer behind the network, the weight is V and the bias is c",
}
_ROWS: Final = rows_schema({"type": "number"})


@record
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
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return Written((to_number(value),), ())
    array = at_most_rows(to_array(value, "a number"))
    return Written(tuple(numbers_in(array)), shape_of(array))


def _to_written_by_gate(value: Any) -> WrittenByGate:
    if not isinstance(value, Mapping):
        return _to_written(value)
    return read_by_label(value, _to_written)


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


def _named(key: str) -> Any:
    """A field that may also go under PyTorch's name."""
    return Field(validation_alias=AliasChoices(key, OF_PYTORCH[key]))


def _with_names_of_pytorch(schema: dict[str, Any]) -> None:
    """Let either name of a key stand in the JSON Schema."""
    properties = schema["properties"]
    for key, name in OF_PYTORCH.items():
        properties[name] = {**properties[key], NAME_OF: key}
    required = schema["required"]
    schema["required"] = [key for key in required if key not in OF_PYTORCH]
    schema["allOf"] = [
        {"anyOf": [{"required": [key]}, {"required": [OF_PYTORCH[key]]}]}
        for key in required
        if key in OF_PYTORCH
    ]


class Rnn(BaseModel):
    """A recurrent network of H units, which reads T × D ``inputs`` and gives C outputs a time step.

    ``U`` is G·H × D, ``W`` G·H × H, ``b`` and ``b_hidden`` G·H, ``V`` C × H, ``c`` C, with one row
    block for each of the G gates (G = 1 in a vanilla cell); the first four may also be mappings
    by the gates' names. ``initial_state`` and ``initial_cell`` are H. What is left out is 0; without
    ``V``, the outputs are the hidden states. ``update`` and ``reset`` say which GRU is meant.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, json_schema_extra=_with_names_of_pytorch
    )

    cell: Annotated[Literal["vanilla", "gru", "lstm"], AsChoice] = "vanilla"
    inputs: Numbers
    U: Annotated[ParametersByGate, _named("U")]
    W: Annotated[ParametersByGate, _named("W")]
    V: Parameters | None = None
    b: Annotated[ParametersByGate | None, _named("b")] = None
    b_hidden: Annotated[ParametersByGate | None, _named("b_hidden")] = None
    c: Parameters | None = None
    initial_state: Parameters | None = None
    initial_cell: Parameters | None = None
    activation: Annotated[Literal["tanh", "sigmoid", "relu", "identity"], AsChoice] | None = None
    update: Annotated[Literal["keep", "replace"], AsChoice] | None = None
    reset: Annotated[Literal["after", "before"], AsChoice] | None = None
    output: Annotated[Literal["softmax", "sigmoid", "identity"], AsChoice] | None = None
    predict: Annotated[Literal["every_step", "last_step"], AsChoice] = "every_step"

    @model_validator(mode="before")
    @classmethod
    def _begin(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and isinstance(data, Mapping):
            called = {
                key: name for key, name in OF_PYTORCH.items() if key not in data and name in data
            }
            info.context[VALID] = {CALLED: called} | {
                name: field.default
                for name, field in cls.model_fields.items()
                if not (name in data or name in called or field.is_required())
            }
        return data

    @classmethod
    def why_not(cls, key: str) -> str:
        """Why there is no such key, where it is known what is meant by it."""
        twice = (ours for ours, name in OF_PYTORCH.items() if name == key)
        if ours := next(twice, ""):
            return f"there is {ours} already, which is the same"
        return next((why for name, why in _NOT_HERE.items() if re.fullmatch(name, key)), "")

    @field_validator("*")
    @classmethod
    def _note_what_is_valid(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and info.field_name:
            info.context.setdefault(VALID, {})[info.field_name] = value
        return value


def own_keys(cell: str) -> str:
    """What ``lossclass new rnn``, ``new gru`` and ``new lstm`` print of the network: the keys of a
    problem that it answers for, those behind a ``#`` optional."""
    texts = yaml.safe_load((files("lossclass.rnn") / "template.yaml").read_text(encoding="utf-8"))
    own = texts[cell]
    weights = texts["weights_by_gate" if "order" in own else "weights"].format(**own)
    return str(texts["problem"].format(cell=cell, weights=weights, **own))

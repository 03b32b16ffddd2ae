"""Pydantic's errors, in words for people who never heard of pydantic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lossclass.problem.fields import Refusals, describe
from lossclass.problem.yaml_source import Path
from lossclass.suggest import nearest

#: How pydantic marks that the last part of a path is a key that is wrong, not its value.
_KEY_MARK = "[key]"


def mistakes_in(
    error: ValidationError,
    data: Mapping[str, Any],
    model: type[BaseModel],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[Path, str, bool]]:
    """Path, message, and whether the key rather than its value is meant, for each mistake.

    Args:
        elsewhere: messages by key, for some that are not the model's.
    """
    for one in error.errors(include_url=False):
        path = tuple(one["loc"])
        at_key = one["type"] == "extra_forbidden"
        if path[-1] == _KEY_MARK and not _has_key(data, path):
            path, at_key = path[:-1], True
        if at_key and len(path) == 1 and path[0] in elsewhere:
            yield path, elsewhere[str(path[0])], at_key
            continue
        for inner, message in _messages(one, path, model):
            yield path + inner, message, at_key


def _has_key(data: Any, path: Path) -> bool:
    """Whether there really is something at the path."""
    for key in path:
        if not (isinstance(data, Mapping) and key in data):
            return False
        data = data[key]
    return True


def _messages(error: Any, path: Path, model: type[BaseModel]) -> list[tuple[Path, str]]:
    """Our words for one error, each with its path from there on."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Refusals):
        return [
            (
                inner,
                text
                + (_hint_for_nothing(inner[-1], "nothing") if _got_nothing(inner, text) else ""),
            )
            for inner, text in cause.found
        ]
    got = describe(error["input"])
    match error["type"]:
        case "value_error":
            text = f"{cause}{_hint_for_nothing(path[-1], got)}"
        case "missing":
            text = "missing"
        case "extra_forbidden":
            text = f"there is no such key{_did_you_mean(path, model)}"
        case "literal_error":
            text = f"expected {error['ctx']['expected']}, got {got}"
        case "list_type" | "tuple_type":
            text = f"expected a list, got {got}"
        case "dict_type" | "model_type" | "model_attributes_type":
            text = f"expected a mapping, got {got}"
        case _:
            text = str(error["msg"])
    return [((), text)]


def _got_nothing(path: Path, text: str) -> bool:
    return bool(path) and text.endswith("got nothing")


def _hint_for_nothing(key: str | int, got: str) -> str:
    """Why a key in braces may have no value: {a: 0,5} is a with 0, and 5 with nothing."""
    if got != "nothing" or isinstance(key, int):
        return ""
    if key.isdecimal():
        return "; is there a comma for a decimal point, as in 0,5?"
    if ":" in key:
        return "; a space is missing behind the colon"
    return ""


def _did_you_mean(path: Path, model: type[BaseModel]) -> str:
    nested = _model_at(path[:-1], model)
    near = nearest(str(path[-1]), nested.model_fields) if nested else None
    return f"; did you mean {near!r}?" if near else ""


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    """The model whose keys are expected at the path: in ``published.loss``, that of a number."""
    found: type[BaseModel] | None = model
    for key in path:
        if found and key in found.model_fields:
            found = _model_in(found.model_fields[str(key)].annotation)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a type such as ``dict[str, Model]`` is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)

"""How a key of a problem says that its numbers may be others in a variant.

A field of a loss's ``Inputs`` declares it: ``y_pred: Annotated[NumberRows, Moves(Kind.NUMBER)]``.
What is shared by several losses has it in its type. A field that says nothing moves only where
``vary`` names it, and one that takes texts, choices or whole numbers does not move at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AliasChoices, BaseModel

from lossclass.records import record

if TYPE_CHECKING:
    from lossclass.problem.problem import Catalogue
    from lossclass.problem.yaml_source import Path


class Kind(Enum):
    """What a number is, and so what it may be."""

    DISTRIBUTION = "a probability of several that belong together"
    PROBABILITY = "a probability by itself"
    NUMBER = "any number"
    SYMBOL = "a symbol of a text"


@record
class Moves:
    """Its numbers move by themselves.

    Attributes:
        kind: what they are.
        beside: the key beside which they are that; without it, each is a probability by itself.
        words: a key, and what it says where a text has words for its symbols, not characters.
    """

    kind: Kind
    beside: str | None = None
    words: tuple[str, str] | None = None


@record
class NumbersAt:
    """A key with numbers, or with the symbols of a text; no kind for those that move only if that is
    said.

    Attributes:
        joined: what stands between the symbols of a text; None where they are a list.
    """

    path: Path
    kind: Kind | None
    value: Any
    joined: str | None = None


def _text_at(path: Path, moves: Moves, value: Any, beside: Mapping[str, Any]) -> NumbersAt:
    if not isinstance(value, str):
        return NumbersAt(path, moves.kind, [*map(str, value)])
    has_words = moves.words is not None and beside.get(moves.words[0]) == moves.words[1]
    symbols = value.split() if has_words else [*value]
    return NumbersAt(path, moves.kind, symbols, " " if has_words else "")


def keys_with_numbers(
    model: type[Any], data: Mapping[str, Any], catalogue: Catalogue, path: Path = ()
) -> Iterator[NumbersAt]:
    """The keys of a problem that hold numbers which may be others, in the order of the file.

    Args:
        model: a class whose fields are the keys.
        data: the keys as they were written.
        catalogue: the losses, for problems in the problem.
        path: where the keys stand.
    """
    hints = _hints(model)  # type: ignore[arg-type]  # mypy: no class is Hashable
    for key, value in data.items():
        if key in hints:
            yield from _numbers_at(hints[key], value, (*path, key), data, catalogue)


@cache
def _hints(model: Any) -> Mapping[str, Any]:
    """The types of a class's fields, by all names that they go by."""
    hints = get_type_hints(model, include_extras=True)
    for name, each in getattr(model, "model_fields", {}).items():
        if isinstance(each.validation_alias, AliasChoices):
            hints |= dict.fromkeys(map(str, each.validation_alias.choices), hints[name])
    return hints


def _numbers_at(
    hint: Any, value: Any, path: Path, beside: Mapping[str, Any], catalogue: Catalogue
) -> Iterator[NumbersAt]:
    moves, hint = _declared(hint)
    if moves is not None and moves.kind is Kind.SYMBOL:
        yield _text_at(path, moves, value, beside)
    elif moves is not None:
        is_kind = moves.beside is None or moves.beside in beside
        yield NumbersAt(path, moves.kind if is_kind else Kind.PROBABILITY, value)
    elif isinstance(value, Mapping) and (model := _model(hint, value, catalogue)) is not None:
        yield from keys_with_numbers(model, value, catalogue, path)
    elif isinstance(value, Mapping) and _declared(_item(hint))[0] is not None:
        for name, each in value.items():
            yield from _numbers_at(_item(hint), each, (*path, name), value, catalogue)
    elif isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value):
        for n, each in enumerate(value):
            yield from _numbers_at(_item(hint), each, (*path, n), beside, catalogue)
    elif _may_be_a_number(hint):
        yield NumbersAt(path, None, value)


def _declared(hint: Any) -> tuple[Moves | None, Any]:
    """How a type says that it moves, the last word counting, and the bare type. What may be left
    out, ``X | None``, is what it is where it is there."""
    if get_origin(hint) is Annotated:
        inner, *said = get_args(hint)
        moves = [each for each in said if isinstance(each, Moves)]
        return (moves[-1], inner) if moves else _declared(inner)
    if get_origin(hint) in (Union, UnionType):
        arms = [each for each in get_args(hint) if each is not type(None)]
        return _declared(arms[0]) if len(arms) == 1 else (None, hint)
    return None, hint


def _item(hint: Any) -> Any:
    """What stands in a list, or in a mapping behind its keys, of this type."""
    arguments = [each for each in get_args(hint) if each is not Ellipsis]
    return arguments[-1] if arguments else Any


def _model(hint: Any, value: Mapping[str, Any], catalogue: Catalogue) -> type[Any] | None:
    """The class whose fields are the keys of a mapping of this type, if there is one."""
    from lossclass.problem.problem import Problem

    if hint is Problem:
        name = catalogue.canonical_name(str(value.get("loss")))
        return catalogue.inputs_of(name, value) if name is not None else None
    is_model = isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel))
    return hint if is_model else None


def _may_be_a_number(hint: Any) -> bool:
    """Whether a value of this type can hold numbers that are more than a count or a choice."""
    if get_origin(hint) is Literal:
        return False
    inner = [each for each in get_args(hint) if each is not Ellipsis]
    if get_origin(hint) is Annotated:
        inner = inner[:1]
    if inner:
        return any(map(_may_be_a_number, inner))
    return hint not in (str, int, bool, type(None))

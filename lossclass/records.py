"""Classes of values that do not change, made quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """What ``dataclass(frozen=True)`` makes of a class, in a fifth of the time.

    That compiles six functions for each class, and a run loads a hundred of them: this took a third of
    a short one. Here only ``__init__`` is compiled, when the first value is made, for half of the
    classes have none in a run; the others are the same functions for all.

    Raises:
        FrozenInstanceError: a field is assigned to that has its value, or is taken away; as there.
    """
    made = dataclass(init=False, eq=False, repr=False)(cls)
    for name, method in _methods(made).items():
        if name not in vars(cls):
            setattr(made, name, method)
    return made


def _compiled(cls: type[Any]) -> Any:
    """The ``__init__`` that assigns the fields; compiled, for some classes have thousands of values."""
    scope: dict[str, Any] = {"assign": object.__setattr__, "absent": MISSING}
    positional, named, lines = ["self"], ["*"], []
    for each in fields(cls):
        name, argument, value = each.name, each.name, each.name
        if each.default is not MISSING:
            scope[f"default_{name}"] = each.default
            argument = f"{name}=default_{name}"
        elif each.default_factory is not MISSING:
            scope[f"make_{name}"] = each.default_factory
            argument, value = f"{name}=absent", f"make_{name}() if {name} is absent else {name}"
        if each.init:
            (named if each.kw_only else positional).append(argument)
        else:
            scope[name] = each.default
        lines.append(f"assign(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    arguments = [*positional, *(named if len(named) > 1 else [])]
    head = f"def __init__({', '.join(arguments)}):"
    exec("\n    ".join([head, *(lines or ["pass"])]), scope)  # noqa: S102 - names of fields, no more
    return scope["__init__"]


def _methods(cls: type[Any]) -> dict[str, Callable[..., Any]]:
    names = [each.name for each in fields(cls) if each.repr]
    compared = [each.name for each in fields(cls) if each.compare]
    values: Callable[[Any], Any] = attrgetter(*compared) if compared else type

    def written(self: Any) -> str:
        pairs = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({pairs})"

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: Any) -> int:
        return hash(values(self))

    def initialised(self: Any, *values: Any, **named: Any) -> None:
        if cls.__init__ is initialised:
            cls.__init__ = _compiled(cls)
        cls.__init__(self, *values, **named)

    return {
        "__init__": initialised,
        "__repr__": written,
        "__eq__": equal,
        "__hash__": hashed,
        "__setattr__": _set_once,
        "__delattr__": _refuse,
    }


def _set_once(self: Any, name: str, value: Any) -> None:
    own = self.__dict__
    if name in own:
        _refuse(self, name)
    own[name] = value


def _refuse(_self: Any, name: str) -> None:
    raise FrozenInstanceError(f"{name!r} of a value that does not change")

"""The commands. Each loads, does, renders and writes; the rest is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

#: Every command, in the order of the help. Each is a module of this room, which has a function of
#: the same name and, before it, what is to be said of the options that no other command has.
NAMES: Final = (
    "solve",
    "check",
    "proofread",
    "worksheet",
    "practice",
    "quiz",
    "explain",
    "key",
    "variants",
    "export",
    "site",
    "list",
    "new",
    "schema",
)


class Commands(TyperGroup):
    """A group whose commands are made when they are asked for: a run needs one of them, and to
    make them all takes 2 % of ``solve hello_ctc`` and 16 % of ``--version``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _MadeWhenAsked()  # type: ignore[assignment]


class _MadeWhenAsked(Mapping[str, Any]):
    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        return _made(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


@cache  # whoever runs several commands in one process, as our tests do, waits for each but once
def _made(name: str) -> Any:
    from lossclass.commands.parameters import with_options

    module = import_module(f"{__name__}.{name}")
    alone = typer.Typer(add_completion=False)
    alone.command(name)(with_options(name, getattr(module, name), getattr(module, "OPTIONS", {})))
    return typer.main.get_command(alone)

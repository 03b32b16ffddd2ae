"""Renderers: from solutions to text, each format in a module that is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.solution import Solution


class Detail(StrEnum):
    """How much of the working is written."""

    ANSWER = "answer"
    BRIEF = "brief"
    FULL = "full"


@dataclass(frozen=True)
class View:
    """How the user wants to see solutions.

    ``console`` tells width and colours where they matter. ``several`` says that more than one
    solution is to come, for formats in which that is another document; ``whole`` that nothing is
    to be cut, however long.
    """

    console: Console
    detail: Detail = Detail.FULL
    several: bool = False
    whole: bool = False


Renderer: TypeAlias = "Callable[[Iterable[Solution], View], Iterator[str]]"

#: The formats, and the suffix of a file that asks for each by its name.
RENDERERS = {"terminal": ".txt", "json": ".json"}


def renderer(name: str) -> Renderer:
    """The renderer of a format: it writes solutions as they come, a piece of text at a time."""
    module = {"json": "json_"}.get(name, name)
    return cast("Renderer", import_module(f"{__name__}.{module}").render)

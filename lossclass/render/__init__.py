"""Renderers: from solutions to text or bytes, each format in a module that is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet


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
    to be cut, however long; ``contents`` that a table of contents is to stand before them.
    """

    console: Console
    detail: Detail = Detail.FULL
    several: bool = False
    whole: bool = False
    contents: bool = False


#: It gives pieces of text, or of bytes in a format of ``BINARY``.
Renderer: TypeAlias = "Callable[[Iterable[Solution], View], Iterator[Any]]"

#: The formats, and the suffix of a file that asks for each by its name.
RENDERERS = {
    "terminal": ".txt",
    "json": ".json",
    "html": ".html",
    "pdf": ".pdf",
    "ipynb": ".ipynb",
    "markdown": ".md",
    "latex": ".tex",
    "svg": ".svg",
}
#: Those of them that are bytes, not text.
BINARY = frozenset({"pdf"})
#: Where a format's module is not called as the format is.
_MODULES = {"json": "json_", "ipynb": "notebook", "svg": "picture"}


def renderer(name: str) -> Renderer:
    """The renderer of a format: it writes solutions as they come, a piece of text at a time."""
    module = _MODULES.get(name, name)
    return cast("Renderer", import_module(f"{__name__}.{module}").render)


def worksheet_renderer(name: str) -> tuple[Callable[[Iterable[Worksheet], Console], Any], str]:
    """What writes worksheets in a format, and the suffix of their files; formats that are not for
    paper have them in plain text."""
    if name in {"terminal", "json"}:
        from lossclass.render import worksheet

        return worksheet.render, RENDERERS["terminal"]
    module = "html_worksheet" if name == "html" else _MODULES.get(name, name)
    found = import_module(f"{__name__}.{module}")
    draw = getattr(found, "render_worksheet", None) or found.render
    return lambda worksheets, _: draw(worksheets), RENDERERS[name]

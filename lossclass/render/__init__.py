"""Renderers: from solutions to text or bytes, each format in a module that is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from lossclass.errors import UsageError
from lossclass.records import record

if TYPE_CHECKING:
    from fractions import Fraction

    from rich.console import Console

    from lossclass.render.gradebook import Class
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet


class Detail(StrEnum):
    """How much of the working is written."""

    ANSWER = "answer"
    BRIEF = "brief"
    BOARD = "board"
    FULL = "full"


@record
class View:
    """How the user wants to see solutions.

    ``console`` tells width and colours where they matter. ``several`` says that more than one
    solution is to come, for formats in which that is another document; ``whole`` that nothing is
    to be cut, however long; ``contents`` that a table of contents is to stand before them.
    ``points`` gives what each step counts, for a table to mark by on the first page.
    """

    console: Console
    detail: Detail = Detail.BOARD
    several: bool = False
    whole: bool = False
    contents: bool = False
    points: Callable[[Solution], Mapping[str, Fraction]] | None = None


#: As wide as a sheet of paper, and a terminal, at least.
PAPER = 80
#: It gives pieces of text, or of bytes in a format of ``PACKAGES``.
Renderer: TypeAlias = "Callable[[Iterable[Solution], View], Iterator[Any]]"
#: It gets the sheets, a console, and whether the right lines behind the first mistake are shown.
MarksWriter: TypeAlias = "Callable[[Class, Console, bool], Iterator[str]]"

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
    "xlsx": ".xlsx",
}
#: Of those that are bytes, not text, the package that they need, and what writing them is called;
#: the extra that brings it has the name of the format.
PACKAGES = {"pdf": ("typst", "PDF"), "xlsx": ("openpyxl", "a workbook")}
#: Those in which several solutions make one document with a table of contents.
BOOKS = ("terminal", "html", "pdf", "ipynb", "markdown", "latex")
#: The formats of marked answer sheets, and the ends of the names of their files.
MARKS = {"terminal": ".txt", "json": ".json", "csv": ".csv", "moodle": ".csv", "canvas": ".csv"}
#: Those of them that have one row a student.
PLATFORMS = ("moodle", "canvas")
GRADEBOOKS = ("csv", *PLATFORMS)
#: The formats of pages to hand back, and the ends of the names of their files.
PAGES = {"html": ".html", "txt": ".txt"}
#: Where a format's module is not called as the format is.
_MODULES = {"json": "json_", "ipynb": "notebook", "svg": "picture", "xlsx": "workbook"}


@cache
def data(name: str) -> Any:
    """What a file of ours beside this one says, in YAML."""
    import yaml

    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe


def paper_console() -> Console:
    """What files are drawn on: without colours, whatever terminal is there."""
    from rich.console import Console

    return Console(width=PAPER, color_system=None, force_terminal=False)


def renderer(name: str) -> Renderer:
    """The renderer of a format: it writes solutions as they come, a piece of text at a time.

    Raises:
        UsageError: the package that it needs is not installed.
    """
    return cast("Renderer", _module(name).render)


def _module(name: str) -> Any:
    refuse_uninstalled(name)
    return import_module(f"{__name__}.{_MODULES.get(name, name)}")


def format_of_file(path: Path) -> str | None:
    """The format that the name of a file asks for, if it asks for one."""
    suffix = path.suffix.lower()
    return next((name for name, each in RENDERERS.items() if each == suffix), None)


def refuse_uninstalled(name: str) -> None:
    """Say early, before anything is worked out, that a format's package is missing.

    Raises:
        UsageError: it is not installed.
    """
    if name not in PACKAGES:
        return
    package, what = PACKAGES[name]
    if find_spec(package) is None:
        raise UsageError(
            f"writing {what} needs the package {package}, which is not installed; pip install "
            f"'lossclass[{name}]' installs it"
        )


def marks_writer(name: str) -> MarksWriter:
    """What writes marked answer sheets in one of the formats ``MARKS``."""
    module = "gradebook" if name in GRADEBOOKS else "marks"
    return cast("MarksWriter", getattr(import_module(f"{__name__}.{module}"), f"to_{name}"))


def worksheet_renderer(name: str) -> tuple[Callable[[Iterable[Worksheet], Console], Any], str]:
    """What writes worksheets in a format, and the suffix of their files; formats that are not for
    paper have them in plain text."""
    if name in {"terminal", "json"}:
        from lossclass.render import terminal

        return terminal.render_worksheet, RENDERERS["terminal"]
    draw = _module(name).render_worksheet
    return lambda worksheets, _: draw(worksheets), RENDERERS[name]

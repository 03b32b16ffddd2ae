"""A picture of the terminal as SVG, for slides and pages: the same text, in its colours.

It needs no network: letters come from whatever fixed-width font the reader's machine has, and
every run of them is set to its exact width, so that columns stay in line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from lossclass.errors import printable
from lossclass.render import PAPER, View, terminal

if TYPE_CHECKING:
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet

#: For Rich's ``export_svg``; its own one loads a font from the network.
_SVG = (Path(__file__).parent / "terminal.svg").read_text(encoding="utf-8")


def render(solutions: Iterable[Solution], view: View) -> Iterator[str]:
    """One picture of all solutions, one below the other, as wide as the view's console."""
    drawn_on = _coloured(view.console.width)
    titles: list[str] = []
    told = View(drawn_on, view.detail, view.several, view.whole)
    text = "".join(terminal.render(_listing(solutions, titles), told))
    yield _picture(text, titles, view.console.width)


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """One picture of worksheets, as wide as paper."""
    listed = list(worksheets)
    drawn_on = _coloured(PAPER)
    text = "".join(terminal.render_worksheet(listed, drawn_on))
    yield _picture(text, [each.about.title for each in listed], drawn_on.width)


def _listing(solutions: Iterable[Solution], titles: list[str]) -> Iterator[Solution]:
    """The solutions; their titles are noted as they pass, so that no two are held at a time."""
    for solution in solutions:
        titles.append(solution.about.title)
        yield solution


def _coloured(width: int, **more: Any) -> Console:
    return Console(width=width, force_terminal=True, color_system="standard", **more)


def _picture(text: str, titles: list[str], width: int) -> str:
    console = _coloured(width, record=True, file=StringIO())
    console.print(Text.from_ansi(text))
    title = titles[0] if len(titles) == 1 else f"{len(titles)} problems"
    return console.export_svg(title=printable(title), code_format=_SVG)

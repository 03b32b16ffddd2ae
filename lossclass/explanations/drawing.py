"""How explanations look in the terminal: prose by Rich's Markdown, the rest by our renderers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from lossclass.explanations.blocks import (
    Block,
    Curve,
    Equation,
    Picture,
    Prose,
    Values,
    Verbatim,
    Worked,
)
from lossclass.render import Detail, curve, terminal, trellis
from lossclass.render.pieces import NARROWEST
from lossclass.render.wrapping import wrapped

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from lossclass.solution import Solution

WIDEST = 88
#: Narrower than this, two columns are put one under the other.
SIDE_BY_SIDE_FROM = 70
_INDENT = 2
_THEME = Theme({"markdown.code": "cyan", "markdown.item.bullet": "bold"})
_BEFORE_OPERATOR = re.compile(r" (?=[=≈×·+−/] )|(?<=,) ")
_TRAILING = re.compile(r" +$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def room(width: int) -> int:
    """How much of a console's width is used: longer lines are hard to read, shorter ones hold
    nothing."""
    return max(NARROWEST, min(width, WIDEST))


def text(what: RenderableType, console: Console) -> str:
    """What would be printed, without the blanks that Rich pads lines with."""
    with console.capture() as capture:
        console.print(what)
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("", capture.get()))


def explanation(
    title: str, summary: str, sections: Mapping[str, Iterable[Block]], width: int
) -> Iterator[RenderableType]:
    """A title, and sections with headings over their blocks."""
    yield Text(title, style="bold")
    yield _prose(summary, width)
    for heading, blocks in sections.items():
        yield Text()
        yield _heading(heading, width)
        for block in blocks:
            yield from _block(block, width)


def _heading(title: str, width: int) -> Text:
    return Text.assemble((title, "bold"), " ", ("━" * (width - cell_len(title) - 1), "dim"))


class _Prose:
    """Markdown in our colours."""

    def __init__(self, markdown: str, width: int) -> None:
        self.markdown = Markdown(markdown, hyperlinks=False)
        self.width = width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_THEME):
            yield from list(console.render(self.markdown, options.update_width(self.width)))


def _prose(markdown: str, width: int) -> RenderableType:
    return _Prose(markdown, width)


def _block(block: Block, width: int) -> Iterator[RenderableType]:
    match block:
        case Prose(markdown=markdown):
            yield _prose(markdown, width)
        case Worked(solution=solution, detail=detail):
            yield _Working(solution, detail, width)
            yield Text()
        case Verbatim() | Equation() | Values() | Picture() | Curve():
            yield Text()
            yield from _displayed(block, width - _INDENT)
            yield Text()


def _displayed(
    block: Verbatim | Equation | Values | Picture | Curve, width: int
) -> Iterator[RenderableType]:
    match block:
        case Verbatim(text=written, is_code=is_code):
            lines = written.splitlines()
            if not is_code:
                lines = [piece for line in lines for piece in _folded(line, width)]
            yield _indented("\n".join(lines), "" if is_code else "cyan")
        case Equation(left=left, sides=sides):
            yield _indented("\n".join(_equation(left, sides, width)))
        case Values(columns=columns, rows=rows):
            yield _values(columns, rows)
        case Picture(trellis=figure, solution=solution):
            drawn, notes = trellis.draw(figure, solution, width)
            yield Padding(drawn, (0, 0, 0, _INDENT))
            under = "\n".join(line for note in notes for line in wrapped(note, width))
            yield _indented(f"\n{under}" if drawn else under)
        case Curve():
            function = curve.function(block.expression, block.variable, block.known)
            picture = curve.draw(
                function,
                block.start,
                block.end,
                label=block.label,
                name=block.variable.symbol.letter,
                width=width,
            )
            yield _indented(picture)


def _indented(lines: str, style: str = "") -> Padding:
    return Padding(Text(lines, style, no_wrap=True, overflow="fold"), (0, 0, 0, _INDENT))


def _equation(left: str, sides: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """One line if there is room, else a line for every side."""
    sides = list(sides)
    whole = " ".join([left, *(f"{sign} {side}" for sign, side in sides)])
    if cell_len(whole) <= width:
        yield whole
        return
    before = cell_len(left)
    for sign, side in sides:
        first, *more = _folded(side, max(width - before - 3, NARROWEST))
        yield f"{left:{before}} {sign} {first}"
        yield from (" " * (before + 3) + line for line in more)
        left = ""


def _folded(line: str, width: int) -> list[str]:
    """A formula in lines that fit, broken before operators where it can be."""
    if cell_len(line) <= width:
        return [line]
    lines = [""]
    for piece in _BEFORE_OPERATOR.split(line):
        together = f"{lines[-1]} {piece}".strip() if lines[-1] else piece
        if not lines[-1] or cell_len(together) <= width:
            lines[-1] = together
        else:
            lines.append(f"  {piece.strip()}")
    return lines


def _values(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> RenderableType:
    cells = [list(columns), *map(list, rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    head, *body = (
        "   ".join(c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        for row in cells
    )
    return _indented("\n".join([head, "─" * cell_len(head), *body]))


class _Working:
    """The working of a problem, as ``lossclass solve`` prints it."""

    def __init__(self, solution: Solution, detail: Detail, width: int) -> None:
        self.solution, self.detail, self.width = solution, detail, width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text()
        yield from terminal.draw(self.solution, options.update_width(self.width), self.detail)


# --- two losses ---


def comparison(
    titles: tuple[str, str],
    aspects: Mapping[str, tuple[str, str]],
    under: Mapping[str, str],
    width: int,
) -> Iterator[RenderableType]:
    """Every aspect under its heading, side by side, or one under the other.

    Args:
        titles: what the two are called.
        aspects: what is said of each, by heading.
        under: what stands under a heading for both.
    """
    if width >= SIDE_BY_SIDE_FROM:
        yield _columns((titles[0], titles[1]), width, style="bold")
    else:
        yield Text(f"{titles[0]}, and {titles[1]}", style="bold")
    for heading, (one, other) in aspects.items():
        yield Text()
        yield _heading(heading, width)
        if shared := under.get(heading):
            yield Text(shared + "\n")
        if width >= SIDE_BY_SIDE_FROM:
            yield _columns((one, other), width)
            continue
        for title, said in zip(titles, (one, other), strict=True):
            yield Text(f"{title}:", style="dim")
            yield Padding(_said(said), (0, 0, 0, _INDENT))


def _columns(cells: tuple[str, str], width: int, style: str = "") -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.width = width
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(*map(_said, cells), style=style)
    return table


def _said(markdown: str) -> Text:
    """A short text without markup."""
    return Text(re.sub(r"\\(.)", r"\1", markdown).replace("`", ""))


# --- the list ---


def overview(
    rows: Iterable[tuple[str, tuple[str, ...], str, bool]], width: int
) -> Iterator[RenderableType]:
    """The losses, the other topics, and how to ask."""
    groups: dict[bool, list[RenderableType]] = {True: [], False: []}
    for name, others, line, is_loss in rows:
        called = f" (also: {', '.join(others)})" if others else ""
        groups[is_loss] += [
            Text.assemble((name, "bold"), (called, "dim")),
            Padding(_said(line), (0, 0, 0, _INDENT)),
        ]
    for heading, is_loss in (("The losses", True), ("Other topics", False)):
        yield _heading(heading, width)
        yield from groups[is_loss]
        yield Text()
    yield Text("lossclass explain NAME, or lossclass explain LOSS --versus LOSS")

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
    Verbatim,
    Worked,
)
from lossclass.render import Detail, curve, trellis
from lossclass.render.document import Document
from lossclass.render.markup import Rows
from lossclass.render.pieces import INDENT, equation, rule
from lossclass.render.terminal import Terminal
from lossclass.render.wrapping import wrapped

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType, RenderResult

#: Narrower than this, two columns are put one under the other.
SIDE_BY_SIDE_FROM = 70
#: The line behind a heading.
_HEAVY = "━"
_THEME = Theme({"markdown.code": "cyan", "markdown.item.bullet": "bold"})
_BEFORE_OPERATOR = re.compile(r" (?=[=≈×·+−/] )|(?<=,) ")


def explanation(
    title: str, summary: str, sections: Mapping[str, Iterable[Block]], width: int
) -> Iterator[RenderableType]:
    """A title, and sections with headings over their blocks."""
    yield Text(title, style="bold")
    yield _Prose(summary, width)
    for heading, blocks in sections.items():
        yield Text()
        yield rule(heading, width, _HEAVY)
        for block in blocks:
            yield from _block(block, width)


class _Prose:
    """Markdown in our colours."""

    def __init__(self, markdown: str, width: int) -> None:
        self.markdown = Markdown(markdown, hyperlinks=False)
        self.width = width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_THEME):
            yield from list(console.render(self.markdown, options.update_width(self.width)))


def _block(block: Block, width: int) -> Iterator[RenderableType]:
    terminal, room = Terminal(width), width - INDENT
    match block:
        case Prose(markdown=markdown):
            yield _Prose(markdown, width)
            return
        case Worked(solution=solution, detail=detail):
            yield Text()
            in_full = detail is Detail.FULL
            yield from Document(solution, terminal, in_full=in_full).parts(detail)
        case Rows():
            yield from terminal.table(block)
        case Verbatim(text=written, is_code=True):
            yield _indented(f"\n{written}")
        case Verbatim(text=written):
            lines = (piece for line in written.splitlines() for piece in _folded(line, room))
            yield _indented("\n".join(["", *lines]), "cyan")
        case Equation(left=left, sides=sides):
            yield _indented("\n".join(["", *_equation(left, sides, room)]))
        case Picture(trellis=figure, solution=solution):
            drawn, notes = trellis.draw(figure, solution, room)
            yield _indented(Text("\n").append(drawn))
            under = "\n".join(line for note in notes for line in wrapped(note, room))
            yield _indented(f"\n{under}" if drawn else under)
        case Curve():
            yield Text()
            yield _indented(_curve(block, room))
    yield Text()


def _curve(block: Curve, width: int) -> str:
    function = curve.function(block.expression, block.variable, block.known)
    name = block.variable.symbol.letter
    return curve.draw(function, block.start, block.end, label=block.label, name=name, width=width)


def _indented(lines: str | Text, style: str = "") -> Padding:
    text = Text(lines, style) if isinstance(lines, str) else lines
    text.no_wrap, text.overflow = True, "fold"
    return Padding(text, (0, 0, 0, INDENT))


def _equation(left: str, sides: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """One line if there is room, else a line for every side."""
    sides = list(sides)
    whole = " ".join([left, *(f"{sign} {side}" for sign, side in sides)])
    if cell_len(whole) <= width:
        yield whole
        return
    for sign, side in sides:
        yield equation(left, sign, side, width).plain
        left = " " * cell_len(left)


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
        yield rule(heading, width, _HEAVY)
        if shared := under.get(heading):
            yield Text(shared + "\n")
        if width >= SIDE_BY_SIDE_FROM:
            yield _columns((one, other), width)
            continue
        for title, said in zip(titles, (one, other), strict=True):
            yield Text(f"{title}:", style="dim")
            yield Padding(_said(said), (0, 0, 0, INDENT))


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
            Padding(_said(line), (0, 0, 0, INDENT)),
        ]
    for heading, is_loss in (("The losses", True), ("Other topics", False)):
        yield rule(heading, width, _HEAVY)
        yield from groups[is_loss]
        yield Text()
    yield Text("lossclass explain NAME, or lossclass explain LOSS --versus LOSS")

"""What drawings in the terminal are made of: headings, texts and equations that fit its width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from lossclass.arithmetic.notation import PLAIN
from lossclass.render.markup import Sides
from lossclass.render.wrapping import folded, wrapped
from lossclass.solution import About

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDEST = 100
NARROWEST = 20
#: Of nothing but prose: longer lines are hard to read.
_WIDEST_PROSE = 88
INDENT = 2
#: What a frame takes of a line.
FRAME = 4
_MARKDOWN = re.compile(r"[*_`#>\[\]|]|^\s*(?:[-+]|\d+\.)\s", re.MULTILINE)
_TRAILING = re.compile(r" +$", re.MULTILINE)


def captured(console: Console, *parts: RenderableType, **how: Any) -> str:
    """What a console draws, without spaces at the ends of lines."""
    with console.capture() as capture:
        for part in parts:
            console.print(part, **how)
    return _TRAILING.sub("", capture.get())


def header(about: About, width: int) -> RenderableType:
    """The problem, in a frame."""
    parts: list[RenderableType] = [Text(about.title, style="bold")]
    if about.statement:
        parts.append(_statement(about.statement))
    if about.source:
        parts.append(Text(f"Source: {about.source}", style="dim"))
    what = about.loss_title if about.loss_title != about.title else "Formula"
    formula, room = about.formula, width - FRAME
    if cell_len(f"{what}: {formula}") > room:
        parts += [Text(what)] if what != "Formula" else []
        what = "Formula"
    if cell_len(f"{what}: {formula}") > room:
        first, *more = wrapped(f"{what}: {formula}", room)
        formula = "\n".join([first.removeprefix(f"{what}: "), *more])
    parts.append(Text.assemble(f"{what}: ", (formula, "cyan")))
    return Panel(Group(*parts), width=width)


def _statement(statement: str) -> RenderableType:
    """The statement; Rich's Markdown, which is slow to import, only if it has any."""
    if not _MARKDOWN.search(statement):
        paragraphs = re.split(r"\n\s*\n", statement.strip())
        return Text("\n\n".join(" ".join(each.split()) for each in paragraphs))
    from markdown_it import MarkdownIt
    from rich.markdown import Markdown

    # A tag such as <eos> is text here. An entity would put back what the reader of the file
    # refused: control characters.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("entity")
    drawn = Markdown("", hyperlinks=False)
    drawn.parsed = parser.parse(statement)
    return drawn


def width_of_prose(width: int) -> int:
    """How much of a console's width is used; what is narrower holds nothing."""
    return max(NARROWEST, min(width, _WIDEST_PROSE))


def rule(title: str, width: int, line: str = "─") -> Text:
    """The heading of a section."""
    return Text.assemble((title, "bold"), " ", (line * (width - cell_len(title) - 1), "dim"))


def heading(title: str, id: str, width: int, style: str = "bold") -> Iterator[Text]:
    """The heading of a step: its title on the left, its id on the right."""
    gap = width - cell_len(title) - len(id)
    if gap > 0:
        yield Text.assemble((title, style), " " * gap, (id, "dim"))
    else:
        yield Text(title, style=style)
        yield Text(id.rjust(width), style="dim")


def paragraph(text: str, width: int, style: str = "") -> Text:
    """A text that wraps."""
    return Text("\n".join(wrapped(text, width)), style)


def indented(text: str, width: int, style: str = "", mark: str = "") -> Text:
    """A text that wraps under itself, behind an indent that may hold a mark."""
    room = max(width - INDENT - len(mark), NARROWEST)
    lines = wrapped(text, room)
    first = " " * INDENT + mark
    return Text(
        "\n".join([first + lines[0], *(" " * len(first) + line for line in lines[1:])]), style
    )


def equation(left: str, sign: str, text: str, width: int, style: str = "") -> Text:
    """One side of an equation; where it is too long, broken before operators."""
    before = cell_len(left) + len(sign) + 2
    first, *more = folded(text, max(width - before, NARROWEST))
    lines = "\n".join([first, *(" " * before + line for line in more)])
    return Text.assemble(f"{left} {sign} ", (lines, style))


def equations(
    left: str, lines: Sequence[Sides], width: int, last: str = "", beside: str = ""
) -> Iterator[Text]:
    """A symbol and what it is equal to, line by line.

    Args:
        last: the style of the last side.
        beside: what stands on the right of the first line, or above it where there is no room.
    """
    left = " " * INDENT + left
    for place, sides in enumerate(lines, start=1):
        *others, (exact, side) = sides
        before = left + "".join(f" {PLAIN.sign(exact)} {side}" for exact, side in others)
        style = last if place == len(lines) else ""
        line = equation(before, PLAIN.sign(exact), side, width, style)
        gap = width - cell_len(line.plain) - cell_len(beside)
        if beside and gap > 0:
            line.append(" " * gap).append(beside, "dim")
        elif beside:
            yield Text(beside.rjust(width), "dim")
        yield line
        left, beside = " " * cell_len(left), ""

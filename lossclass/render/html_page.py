"""What pages are made of: the document around them, headings, formulas and tables.

A page is one file that loads nothing. Whatever comes from a problem file goes through
:func:`lossclass.arithmetic.mathml.escaped`, or through Markdown with links and pictures turned off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.mathml import escaped, fit
from lossclass.render.cutting import ELLIPSIS, Limits, pieces_of
from lossclass.solution import About

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: As many letters as fit beside each other on paper, and between columns.
_ROOM, _GAP = 100, 3
#: Where the ids of the steps stand.
NAMES = "beside the titles are the steps' ids"
#: Letters of a symbol that leaves too little room beside it on a phone.
_WIDE = 7
#: What a file may not bring along: addresses, pictures, headings that upset the order of ours, and
#: the characters that the reader of the file refused.
_NOT_IN_STATEMENTS = ("link", "image", "autolink", "reference", "heading", "lheading", "entity")


def document(title: str, body: Iterable[str], more_style: str = "") -> Iterator[str]:
    """A whole page around its parts."""
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(' '.join(title.split()))}</title>\n"
        f"<style>\n{style()}{more_style}</style>\n</head>\n<body>\n"
    )
    yield from body
    yield "</body>\n</html>\n"


@cache
def style(name: str = "html.css") -> str:
    """A style sheet of ours."""
    return files("lossclass.render").joinpath(name).read_text(encoding="utf-8")


def anchor(name: str) -> str:
    """A name that an element can have; step ids stay as they are."""
    return escaped("_".join(name.split()))


def paragraph(text: str, kind: str = "") -> str:
    return f"<p{_class(kind)}>{escaped(text)}</p>\n"


def heading(level: int, text: str, kind: str = "") -> str:
    return f"<h{level}{_class(kind)}>{escaped(text)}</h{level}>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def contents(label: str, entries: Iterable[tuple[str, str]]) -> str:
    """A table of contents: what to go to, and what it is called."""
    items = "".join(f'<li><a href="#{to}">{escaped(title)}</a></li>\n' for to, title in entries)
    return f'<nav aria-label="{escaped(label)}">\n<p>Contents</p>\n<ol>\n{items}</ol>\n</nav>\n'


def about(problem: About) -> str:
    """What stands under the title: the statement, its source, and the formula."""
    parts = [statement(problem.statement)] if problem.statement else []
    if problem.source:
        parts.append(paragraph(f"Source: {problem.source}", "quiet"))
    if problem.loss_title != problem.title:
        parts.append(paragraph(problem.loss_title))
    formula = f'<span class="formula">{escaped(problem.formula)}</span>'
    return "".join([*parts, f"<p>As taught: {formula}</p>\n"])


# --- statements ---


def statement(text: str) -> str:
    """A statement: Markdown without addresses, pictures and headings."""
    return str(_markdown().render(fit(text)))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_NOT_IN_STATEMENTS)
    rules: dict[str, Any] = parser.renderer.rules  # type: ignore[attr-defined]
    rules["table_open"] = lambda *_: '<div class="scroll" tabindex="0"><table>\n'
    rules["table_close"] = lambda *_: "</table></div>\n"
    rules["th_open"] = lambda *_: '<th scope="col">'
    rules["td_open"] = lambda *_: "<td>"
    return parser


# --- equations and tables ---


@dataclass(frozen=True)
class Cell:
    """A cell: what stands in it as HTML, and how many letters wide it is."""

    content: str
    width: int

    @classmethod
    def of(cls, text: str) -> Cell:
        return cls(escaped(text), len(text))


@dataclass(frozen=True)
class Part:
    """What stands behind a sign: ``kind`` is its class, ``element`` the formula as an element."""

    exact: bool
    element: str
    kind: str = ""


def equation(left: Cell, parts: Iterable[Part]) -> str:
    """A symbol, and below each other what it is equal to. A wide symbol stands above them where
    the page is narrow."""
    rows = "".join(
        f'<div class="sign">{"=" if part.exact else "≈"}</div>'
        f'<div class="side{part.kind and " " + part.kind}">{part.element}</div>\n'
        for part in parts
    )
    kind = "equation wide" if left.width > _WIDE else "equation"
    return f'<div class="{kind}">\n<div class="left">{left.content}</div>{rows}</div>\n'


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    limits: Limits | None,
    *,
    title: str = "",
) -> str:
    """A table in a box of its own that scrolls; of a wide one, pieces below each other."""
    body = [list(row) for row in rows]
    heads = list(map(Cell.of, columns))
    widths = [max(cell.width for cell in column) for column in zip(heads, *body, strict=True)]
    texts = [[cell.content for cell in row] for row in body]
    pieces, notes = pieces_of([head.content for head in heads], texts, widths, _ROOM, _GAP, limits)
    caption = f"<caption>{escaped(title)}</caption>\n" if title else ""
    drawn = (
        f'<div class="scroll" tabindex="0">\n<table>\n{caption}'
        f"<thead>\n{_head(piece.head)}</thead>\n"
        f"<tbody>\n{''.join(map(_row, piece.rows))}</tbody>\n</table>\n</div>\n"
        for piece in pieces
    )
    return "".join([*drawn, *(paragraph(note, "quiet") for note in notes)])


def _head(cells: Iterable[str]) -> str:
    named = (f'<th scope="col">{cell}</th>' if cell else "<td></td>" for cell in cells)
    return f"<tr>{''.join(named)}</tr>\n"


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    opening = "<td>" if first == ELLIPSIS else '<th scope="row">'
    closing = "</td>" if first == ELLIPSIS else "</th>"
    return f"<tr>{opening}{first}{closing}{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>\n"

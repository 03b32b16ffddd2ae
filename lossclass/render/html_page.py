"""What pages are made of: the document around them, headings, contents and statements.

A page is one file that loads nothing. Whatever comes from a problem file goes through
:func:`lossclass.arithmetic.mathml.escaped`, or through Markdown with links and pictures turned off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.mathml import escaped, fit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

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


def feet(texts: Sequence[str | None]) -> str:
    """Styles for what stands at the foot of printed pages, beside the page's number: one text, or for
    each of several articles its own; None where an article goes on from the one before it."""
    if len(texts) == 1:
        return _foot("", texts[0] or "")
    styles, page = [], 0
    for n, text in enumerate(texts, start=1):
        page = page if text is None else n
        styles.append(f"article:nth-of-type({n}) {{ page: article-{page}; }}\n")
        if text is not None:
            styles.append(_foot(f" article-{n}", text))
    return "".join(styles)


def _foot(pages: str, text: str) -> str:
    safe = re.sub(r"[^\w .·-]", lambda found: f"\\{ord(found[0]):x} ", text)
    style = f'content: "{safe}"; font: 8pt sans-serif; color: #5a606a;'
    return f"@page{pages} {{ @bottom-left {{ {style} }} }}\n"


def heading(level: int, written: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<h{level}{named}>{written}</h{level}>"


def contents(label: str, entries: Iterable[tuple[str, str]]) -> str:
    """A table of contents: what to go to, and what it is called, as it is written."""
    items = "".join(f'<li><a href="#{to}">{title}</a></li>\n' for to, title in entries)
    return f'<nav aria-label="{escaped(label)}">\n<p>Contents</p>\n<ol>\n{items}</ol>\n</nav>\n'


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

"""PDF: the Typst document, typeset by the ``typst`` package, which brings its own fonts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossclass.render import View, refuse_uninstalled, typst

if TYPE_CHECKING:
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet

#: As it stands in the preamble.
_NONE_SMALLER = "#let smaller = ()"
#: Where a last page ends that is hardly begun, in points from the top.
_LITTLE = 190


def render(solutions: Iterable[Solution], view: View) -> Iterator[bytes]:
    """All solutions as one document of A4 pages, each beginning a new one.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from typeset(typst.render(solutions, view))


def render_worksheet(
    worksheets: Iterable[Worksheet], *, odd_pages: bool = False
) -> Iterator[bytes]:
    """All worksheets as one document, of which each sheet begins a page; an odd one, where both sides
    of the paper are printed.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from typeset(typst.render_worksheet(worksheets, odd_pages=odd_pages))


def typeset(pieces: Iterable[str]) -> Iterator[bytes]:
    """The pages of a Typst document as a file; nothing where there is nothing to write.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    refuse_uninstalled("pdf")
    source = "".join(pieces)
    if source:
        source = _without_short_ends(source)
        # Always the same time, so that the same problem gives the same file.
        yield _compiler().compile(source.encode(), format="pdf", timestamp=0)


def _without_short_ends(source: str) -> str:
    """The source, with smaller letters in the documents that they save a page: of those that leave
    little for their last."""
    placed = _placed(source)
    short = [n for n, (pages, end) in enumerate(placed) if pages > 1 and end < _LITTLE]
    if not short:
        return source
    pages_then = [pages for pages, _ in _placed(_with_smaller(source, short))]
    return _with_smaller(source, [n for n in short if pages_then[n] < placed[n][0]])


def _with_smaller(source: str, numbers: Iterable[int]) -> str:
    return source.replace(
        _NONE_SMALLER, f"#let smaller = ({''.join(f'{n}, ' for n in numbers)})", 1
    )


def _placed(source: str) -> list[tuple[int, float]]:
    """Of each document, its pages, and how far down in points it ends on the last."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    found = json.loads(typesetter.query(source.encode(), "<ends>", field="value"))
    return [(each["pages"], float(each["y"].removesuffix("pt"))) for each in found]


@cache
def _compiler() -> Any:
    """A typesetter that has read its fonts. Our documents read no files; if one did, it would find
    only those beside this one."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    return typesetter.Compiler(root=Path(__file__).parent)

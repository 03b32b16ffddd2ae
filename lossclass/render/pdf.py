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

    Args:
        pieces: what begins its source, and then documents and what stands between them.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    refuse_uninstalled("pdf")
    start, *rest = [*pieces] or [""]
    if start:
        source = start + "".join(_without_short_end(start, piece) for piece in rest)
        # Always the same time, so that the same problem gives the same file.
        yield _compiler().compile(source.encode(), format="pdf", timestamp=0)


def _without_short_end(start: str, piece: str) -> str:
    """A document, with smaller letters if it leaves little for its last page, and they save that; or
    what is none, as it is.

    Args:
        start: what stands before all documents.
    """
    if not piece.startswith(typst.BEGIN):
        return piece
    pages, end = _placed(start + piece)
    if pages == 1 or end >= _LITTLE:
        return piece
    smaller = piece.replace(typst.BEGIN, f"{typst.BEGIN}size: 9.2pt, ", 1)
    return smaller if _placed(start + smaller)[0] < pages else piece


def _placed(source: str) -> tuple[int, float]:
    """The pages of a document, and how far down in points it ends on the last."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    (found,) = json.loads(typesetter.query(source.encode(), "<ends>", field="value"))
    # Only here does it forget what it remembers of documents before, 4 MB of each page.
    _compiler().compile(b"", format="pdf", timestamp=0)
    return found["pages"], float(found["y"].removesuffix("pt"))


@cache
def _compiler() -> Any:
    """A typesetter that has read its fonts. Our documents read no files; if one did, it would find
    only those beside this one."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    return typesetter.Compiler(root=Path(__file__).parent)

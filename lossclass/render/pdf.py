"""PDF: the Typst document, typeset by the ``typst`` package, which brings its own fonts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossclass.render import View, refuse_uninstalled, typst

if TYPE_CHECKING:
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet


def render(solutions: Iterable[Solution], view: View) -> Iterator[bytes]:
    """All solutions as one document of A4 pages, each beginning a new one.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from _typeset(typst.render(solutions, view))


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[bytes]:
    """All worksheets as one document.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from _typeset(typst.render_worksheet(worksheets))


def _typeset(pieces: Iterable[str]) -> Iterator[bytes]:
    """The pages as a file; nothing where there is nothing to write."""
    refuse_uninstalled("pdf")
    source = "".join(pieces)
    if source:
        # Always the same time, so that the same problem gives the same file.
        yield _compiler().compile(source.encode(), format="pdf", timestamp=0)


@cache
def _compiler() -> Any:
    """A typesetter that has read its fonts. Our documents read no files; if one did, it would find
    only those beside this one."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    return typesetter.Compiler(root=Path(__file__).parent)

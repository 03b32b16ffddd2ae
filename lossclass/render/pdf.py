"""PDF: the Typst document, typeset by the ``typst`` package, which brings its own fonts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lossclass.arithmetic.typst import typst_string
from lossclass.render import View, refuse_uninstalled, typst

if TYPE_CHECKING:
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet

#: So many documents later the typesetter forgets what it remembers of one, 4 MB of each page.
_REMEMBERED = 11
#: Where a last page ends that is hardly begun, in points from the top.
_LITTLE = 190


def render(solutions: Iterable[Solution], view: View) -> Iterator[bytes]:
    """All solutions as one document of A4 pages, each beginning a new one.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from typeset(typst.render(solutions, view))


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[bytes]:
    """All worksheets as one document, of which each sheet begins a page.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    yield from typeset(typst.render_worksheet(worksheets))


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
        with TemporaryDirectory() as folder:
            typesetter = _Typesetter(Path(folder))
            yield typesetter.made(start + "".join(typesetter.shortened(start, rest)))
            typesetter.forget()


def joined(
    sources: Iterable[tuple[str, Iterable[str]]], *, odd_pages: bool = False
) -> Iterator[bytes]:
    """A PDF of many documents, of which each is typeset by itself and forgotten: typeset as one, every
    page would take 4 MB of memory to the end. It has no tags for screen readers: it is for paper.

    Args:
        sources: each as for :func:`typeset`, with what a reader's table of contents calls it.
        odd_pages: let each begin on an odd page, where both sides of the paper are printed.

    Raises:
        UsageError: the package ``typst`` is not installed.
    """
    refuse_uninstalled("pdf")
    source = ['#set page(paper: "a4", margin: 0pt)\n']
    with TemporaryDirectory() as folder:
        typesetter, numbers = _Typesetter(Path(folder)), count()
        for name, (start, *rest) in sources:
            source += ['#pagebreak(weak: true, to: "odd")\n'] if odd_pages else []
            source += [f"#place(hide(heading(bookmarked: true, {typst_string(name)})))\n"]
            documents = (piece for piece in rest if piece.startswith(typst.BEGIN))
            for document in typesetter.shortened(start, documents):
                pages, _ = typesetter.placed(start + document)
                file = f"{next(numbers)}.pdf"
                made = typesetter.made(start + document, is_tagged=False)
                (Path(folder) / file).write_bytes(made)
                source += (
                    f'#image("{file}", page: {n}, width: 100%)\n' for n in range(1, pages + 1)
                )
            typesetter.forget()
        yield typesetter.made("".join(source), is_tagged=False)
        typesetter.forget()


class _Typesetter:
    """Typesets one source after another, each as a file in a folder: what it has found out of one to
    tell where that ends need not be found out again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shortened(self, start: str, pieces: Iterable[str]) -> Iterator[str]:
        """Documents, with smaller letters where they leave little for their last page and that saves
        it; and what is none, as it is.

        Args:
            start: what stands before all documents.
        """
        for piece in pieces:
            pages, end = self.placed(start + piece) if piece.startswith(typst.BEGIN) else (1, 0)
            smaller = piece.replace(typst.BEGIN, f"{typst.BEGIN}size: 9.2pt, ", 1)
            is_smaller = pages > 1 and end < _LITTLE and self.placed(start + smaller)[0] < pages
            yield smaller if is_smaller else piece

    def placed(self, source: str) -> tuple[int, float]:
        """The pages of a document, and how far down in points it ends on the last."""
        (found,) = json.loads(self._compiler(source).query("<ends>", field="value"))
        self.forget(1)  # what is only measured counts for nothing there
        return found["pages"], float(found["y"].removesuffix("pt"))

    def made(self, source: str, *, is_tagged: bool = True) -> bytes:
        """The PDF."""
        # Always the same time, so that the same problem gives the same file.
        return bytes(self._compiler(source).compile(format="pdf", timestamp=0, pdf_tags=is_tagged))

    def forget(self, documents: int = _REMEMBERED) -> None:
        """Forget what is remembered from before so many documents: that happens as they are made."""
        for _ in range(documents):
            self.made("")

    def _compiler(self, source: str) -> Any:
        import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

        file = self._folder / "source.typ"
        file.write_text(source, encoding="utf-8")
        return typesetter.Compiler(input=file, root=self._folder, font_paths=_fonts())


@cache
def _fonts() -> Any:
    """All that there are: labels may be in any language."""
    import typst as typesetter  # type: ignore[import-not-found, unused-ignore]

    return typesetter.Fonts()

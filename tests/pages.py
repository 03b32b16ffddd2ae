"""What stands on the pages of a PDF, line by line; read by pypdfium2, which is not ours."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

import pytest

pypdfium2 = pytest.importorskip("pypdfium2")


@dataclass(frozen=True)
class Letter:
    """A letter and its box in points, from the left and from the bottom."""

    text: str
    left: float
    right: float
    base: float
    size: float
    font: str

    @property
    def is_bold(self) -> bool:
        """Whether it is in a bold font of texts and formulas; pictures have others."""
        return "Bold" in self.font and "DejaVu" not in self.font


@dataclass(frozen=True)
class TextLine:
    """What stands at one height of a page."""

    letters: tuple[Letter, ...]

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)

    @property
    def is_bold(self) -> bool:
        """Whether it begins as a heading or the head of a table does."""
        return self.letters[0].is_bold

    @property
    def words(self) -> str:
        """Its letters without accents and signs; those of formulas may be missing."""
        return ascii_letters(self.text)

    @property
    def right(self) -> float:
        return max(letter.right for letter in self.letters)


@dataclass(frozen=True)
class Page:
    """The lines of a page from the top down, of which the last is its foot."""

    width: float
    lines: tuple[TextLine, ...]
    foot: str


def ascii_letters(text: str) -> str:
    return "".join(each for each in text if each.isascii() and each.isalpha())


def pages_of(document: bytes) -> list[Page]:
    """The pages of a PDF."""
    return [_page(each) for each in pypdfium2.PdfDocument(document)]


def _page(page: object) -> Page:
    width, _ = page.get_size()  # type: ignore[attr-defined]
    letters = sorted(_letters(page.get_textpage()), key=lambda each: -each.base)  # type: ignore[attr-defined]
    lines: list[list[Letter]] = []
    for letter in letters:
        if lines and lines[-1][0].base - letter.base < 3:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    written = [TextLine(tuple(sorted(each, key=lambda one: one.left))) for each in lines]
    *body, foot = written
    return Page(width, tuple(body), foot.text)


def _letters(text: object) -> Iterator[Letter]:
    raw = pypdfium2.raw
    name = ctypes.create_string_buffer(200)
    for n in range(text.count_chars()):  # type: ignore[attr-defined]
        character = normalize("NFKC", chr(raw.FPDFText_GetUnicode(text, n)))
        if character.isspace() or character in {"\0", "\N{ZERO WIDTH SPACE}"}:
            continue
        left, _, right, _ = text.get_charbox(n)  # type: ignore[attr-defined]
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(text, n, x, y)
        raw.FPDFText_GetFontInfo(text, n, name, 200, ctypes.c_int())
        size = raw.FPDFText_GetFontSize(text, n)
        yield Letter(character, left, right, y.value, size, name.value.decode(errors="replace"))

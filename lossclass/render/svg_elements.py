"""The elements that a drawing in SVG is put together from, and their colours.

Measures are in pixels. Texts become safe when the document is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from rich.cells import cell_len

from lossclass.blocks import RowKind

#: Of letters.
SIZE = 14
#: Width of a character to be on the safe side, as a share of the size of the letters.
_ADVANCE = 0.64
#: How far below the middle of its letters a text stands, as such a share.
_HALF_HEIGHT = 0.36

#: For each class its attributes on light paper, and what replaces them on dark.
_Styles: TypeAlias = dict[str, tuple[dict[str, str], str]]
_SHADED = ({"fill": "#dfe5ec", "stroke": "#4a4a4a"}, "fill: #343c47; stroke: #c4c4c4")
_UNSHADED = ({"fill": "#ffffff", "stroke": "#4a4a4a"}, "fill: #14161a; stroke: #c4c4c4")
_PAPER: _Styles = {
    "paper": ({"fill": "#ffffff"}, "fill: #14161a"),
    "ink": ({"fill": "#1a1a1a"}, "fill: #f0f0f0"),
    "quiet": ({"fill": "#6a6a6a"}, "fill: #a6a6a6"),
}
_DRAWN: _Styles = {
    "unused": (
        {"fill": "#ffffff", "stroke": "#b4b4b4", "stroke-dasharray": "3 3"},
        "fill: #14161a; stroke: #5c5c5c",
    ),
    "best": ({"fill": "none", "stroke": "#111111"}, "stroke: #ffffff"),
    "move": ({"stroke": "#8a8a8a", "stroke-width": "1.2"}, "stroke: #868686"),
    "best-move": ({"stroke": "#111111", "stroke-width": "3.6"}, "stroke: #ffffff"),
    "move-head": ({"fill": "#8a8a8a"}, "fill: #868686"),
    "best-move-head": ({"fill": "#111111"}, "fill: #ffffff"),
}


class StyleSheet:
    """The classes of a drawing, of which each kind of row is one."""

    def __init__(self, row_kinds: Iterable[RowKind]) -> None:
        rows = {kind.name: _SHADED if kind.is_shaded else _UNSHADED for kind in row_kinds}
        self._styles = {**_PAPER, **rows, **_DRAWN}

    def element(
        self,
        parent: Element,
        tag: str,
        kind: str,
        more: dict[str, str] | None = None,
        **attributes: str,
    ) -> Element:
        """An element of a class, with the colours that the class has on light paper."""
        light, _ = self._styles[kind]
        return SubElement(parent, tag, {"class": kind, **light, **(more or {})}, **attributes)

    def write(self, root: Element) -> None:
        """The colours on dark, for this drawing alone, and the heads of the arrows."""
        root.set("class", "trellis")
        rules = (f".trellis .{kind} {{ {dark} }}" for kind, (_, dark) in self._styles.items())
        sheet = f"@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}"
        SubElement(root, "style").text = sheet
        definitions = SubElement(root, "defs")
        for kind, size in (("move-head", 8), ("best-move-head", 13)):
            marker = SubElement(
                definitions,
                "marker",
                {"id": f"trellis-{kind}", "markerUnits": "userSpaceOnUse", "orient": "auto"},
                viewBox="0 0 10 10",
                refX="9",
                refY="5",
                markerWidth=str(size),
                markerHeight=str(size),
            )
            self.element(marker, "path", kind, d="M 0 0.5 L 10 5 L 0 9.5 z")


def write(parent: Element, text: str, x: float, y: float, anchor: str = "") -> Element:
    """A text in the middle of a line at this height, beginning at ``x`` or anchored to it."""
    y += SIZE * _HALF_HEIGHT
    element = SubElement(parent, "text", x=number(x), y=number(y))
    if anchor:
        element.set("text-anchor", anchor)
    element.text = text
    return element


def arrow(
    parent: Element, kind: str, start: tuple[float, float], end: tuple[float, float]
) -> Element:
    """A straight arrow, in a group of its kind."""
    names = ("x1", "y1", "x2", "y2")
    places = map(number, (*start, *end))
    head = {"marker-end": f"url(#trellis-{kind}-head)"}
    return SubElement(parent, "line", {**dict(zip(names, places, strict=True)), **head})


def pill(parent: Element, middle: tuple[float, float], width: float, height: float) -> None:
    """A box with round ends."""
    x, y = middle
    names = ("x", "y", "width", "height", "rx")
    places = map(number, (x - width / 2, y - height / 2, width, height, height / 2))
    SubElement(parent, "rect", dict(zip(names, places, strict=True)))


def number(value: float) -> str:
    """A measure, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def extent(text: str) -> float:
    """How wide a text may come out: fonts differ."""
    return cell_len(text) * SIZE * _ADVANCE


def lines_of(text: str, room: float) -> list[str]:
    """A text in lines that fit, broken between words."""
    lines: list[str] = []
    for word in text.split():
        if lines and extent(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]

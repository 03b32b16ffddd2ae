"""The elements that a drawing in SVG is put together from, and their colours.

Measures are in pixels. Texts become safe when the document is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from rich.cells import cell_len

from lossclass.render import data
from lossclass.render.wrapping import filled

_FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
#: Of letters.
SIZE = 14
#: Width of a character to be on the safe side, as a share of the size of the letters.
_ADVANCE = 0.64
#: How far below the middle of its letters a text stands, as such a share.
_HALF_HEIGHT = 0.36

#: By how much an index stands lower, and how large its letters are.
_LOW, _LOW_SIZE = 4, 10.5

#: A text, piece by piece, each with whether it stands low.
Runs: TypeAlias = tuple[tuple[str, bool], ...]
#: Across and down, in pixels.
Spot: TypeAlias = tuple[float, float]


class StyleSheet:
    """The classes of a kind of drawing: those of all, and those of its boxes.

    Args:
        name: what drawings of this kind are called.
        boxes: the classes of boxes, and whether they are shaded.
    """

    def __init__(self, name: str, boxes: Mapping[str, bool]) -> None:
        styles, looks = data("svg"), ("unshaded", "shaded")
        of_boxes = {kind: styles[looks[is_shaded]] for kind, is_shaded in boxes.items()}
        self.name = name
        self._styles = {**styles["paper"], **of_boxes, **styles["drawn"]}

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

    def document(self, title: str, description: str) -> Element:
        """A drawing in which there is nothing yet, as its root."""
        title_id, description_id = f"{self.name}-title", f"{self.name}-description"
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
        root.set("aria-labelledby", f"{title_id} {description_id}")
        root.set("font-family", _FONTS)
        root.set("font-size", str(SIZE))
        SubElement(root, "title", id=title_id).text = title
        SubElement(root, "desc", id=description_id).text = description
        self._write(root)
        self.element(root, "rect", "paper", width="100%", height="100%")
        return root

    def arrow(self, parent: Element, kind: str, *points: Spot) -> None:
        """An arrow along some points, in a group of its kind."""
        drawn = line(parent, *points)
        drawn.set("marker-end", f"url(#{self.name}-{kind}-head)")

    def _write(self, root: Element) -> None:
        """The colours on dark, for this kind of drawing alone, and the heads of the arrows."""
        root.set("class", self.name)
        styles = self._styles.items()
        rules = (f".{self.name} .{kind} {{ {dark} }}" for kind, (_, dark) in styles)
        sheet = f"@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}"
        SubElement(root, "style").text = sheet
        definitions = SubElement(root, "defs")
        for kind, size in (("move-head", 8), ("best-move-head", 13)):
            marker = SubElement(
                definitions,
                "marker",
                {"id": f"{self.name}-{kind}", "markerUnits": "userSpaceOnUse", "orient": "auto"},
                viewBox="0 0 10 10",
                refX="9",
                refY="5",
                markerWidth=str(size),
                markerHeight=str(size),
            )
            self.element(marker, "path", kind, d="M 0 0.5 L 10 5 L 0 9.5 z")


def write(parent: Element, text: str | Runs, x: float, y: float, anchor: str = "") -> Element:
    """A text in the middle of a line at this height, beginning at ``x`` or anchored to it."""
    y += SIZE * _HALF_HEIGHT
    element = SubElement(parent, "text", x=number(x), y=number(y))
    if anchor:
        element.set("text-anchor", anchor)
    if isinstance(text, str):
        element.text = text
        return element
    was_low = False
    for piece, is_low in text:
        part = SubElement(element, "tspan")
        part.text = piece
        if is_low != was_low:
            part.set("dy", number(_LOW if is_low else -_LOW))
        if is_low:
            part.set("font-size", number(_LOW_SIZE))
        was_low = is_low
    return element


def write_lines(parent: Element, lines: Iterable[str], x: float, y: float, apart: float) -> float:
    """Lines of a text below each other, the first of them at a height; gives where they end."""
    for each in lines:
        write(parent, each, x, y)
        y += apart
    return y


def line(parent: Element, *points: Spot) -> Element:
    """A line from point to point."""
    if len(points) > 2:
        places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        return SubElement(parent, "polyline", points=places, fill="none")
    names = ("x1", "y1", "x2", "y2")
    measures = (number(each) for point in points for each in point)
    return SubElement(parent, "line", dict(zip(names, measures, strict=True)))


def box(parent: Element, middle: Spot, width: float, height: float, radius: float) -> None:
    """A box with round corners."""
    x, y = middle
    names = ("x", "y", "width", "height", "rx")
    measures = map(number, (x - width / 2, y - height / 2, width, height, radius))
    SubElement(parent, "rect", dict(zip(names, measures, strict=True)))


def pill(parent: Element, middle: Spot, width: float, height: float) -> None:
    """A box with round ends."""
    box(parent, middle, width, height, height / 2)


def close(root: Element, width: float, height: float) -> Element:
    """The drawing, now that it is known how large it is."""
    root.set("viewBox", f"0 0 {number(width)} {number(height)}")
    root.set("width", number(width))
    root.set("height", number(height))
    return root


def number(value: float) -> str:
    """A measure, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def extent(text: str | Runs) -> float:
    """How wide a text may come out: fonts differ."""
    if not isinstance(text, str):
        return sum(extent(piece) * (_LOW_SIZE / SIZE if low else 1) for piece, low in text)
    return cell_len(text) * SIZE * _ADVANCE


def lines_of(text: str, room: float) -> list[str]:
    """A text in lines that fit, broken between words."""
    return filled(text.split(), room, extent)

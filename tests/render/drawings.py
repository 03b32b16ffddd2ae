"""How tests read drawings: what stands where in an SVG."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple
from xml.etree import ElementTree as ET

from rich.cells import cell_len

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol

SVG = "{http://www.w3.org/2000/svg}"
#: Of letters, in pixels: their height, and their width in a font that is not narrow.
_SIZE, _WIDTH = 14, 8.4


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Area, by: float = 0.5) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > by and down > by

    def holds(self, other: Area) -> bool:
        corner = self.left <= other.left and self.top <= other.top
        return corner and other.right <= self.right and other.bottom <= self.bottom


class Drawing:
    """A drawing: its texts and boxes with their areas, its lines as points."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)  # noqa: S314 - it is ours
        _, _, self.width, self.height = map(float, self.root.get("viewBox", "").split())
        self.texts: list[tuple[str, Area]] = []
        self.boxes: list[Area] = []
        self.arrows: list[list[tuple[float, float]]] = []
        self.curves: list[list[tuple[float, float]]] = []
        self.circles: list[tuple[str, float, float]] = []
        self._read(self.root, "")

    def _read(self, parent: ET.Element, anchor: str) -> None:
        for each in parent:
            own = each.get("text-anchor", anchor)
            match each.tag.removeprefix(SVG):
                case "g":
                    self._read(each, own)
                case "text":
                    text = text_of(each)
                    self.texts.append((text, _area(each, text, own)))
                case "rect" if each.get("rx"):
                    x, y, width, height = (float(each.get(k, "")) for k in _RECT)
                    self.boxes.append(Area(x, y, x + width, y + height))
                case "line" | "polyline":
                    lines = self.arrows if each.get("marker-end") else self.curves
                    lines.append([*_points(each)])
                case "circle":
                    title = each.findtext(f"{SVG}title") or ""
                    x, y = float(each.get("cx", "")), float(each.get("cy", ""))
                    self.circles.append((title, x, y))

    @property
    def description(self) -> str:
        return self.root.findtext(f"{SVG}desc") or ""

    def lines_in(self, box: Area) -> list[str]:
        """The texts in a box, from the top down."""
        return [text for text, area in self.texts if box.holds(area)]

    def ends(self) -> Iterator[tuple[Area, Area]]:
        """The boxes from and to which the arrows lead."""
        for points in self.arrows:
            first, last = (
                min(self.boxes, key=lambda box: _distance(box, spot))
                for spot in (points[0], points[-1])
            )
            assert _distance(first, points[0]) < 1
            assert _distance(last, points[-1]) < 1
            yield first, last

    def faults(self) -> Iterator[str]:
        """What cannot be read: texts over each other or cut, boxes over each other, and lines
        through texts and boxes."""
        whole = Area(0, 0, self.width, self.height)
        yield from (f"{text!r} is cut" for text, area in self.texts if not whole.holds(area))
        for (one, area), (other, its) in combinations(self.texts, 2):
            if area.overlaps(its):
                yield f"{one!r} hides {other!r}"
        for area, its in combinations(self.boxes, 2):
            if area.overlaps(its):
                yield f"{self.lines_in(area)} hides {self.lines_in(its)}"
        for points in self.arrows:
            for text, area in self.texts:
                if _crosses(points, area):
                    yield f"an arrow crosses {text!r}"
            for box in self.boxes:
                inside = Area(box.left + 2, box.top + 2, box.right - 2, box.bottom - 2)
                if _crosses(points, inside):
                    yield f"an arrow crosses the box {self.lines_in(box)}"


_RECT = ("x", "y", "width", "height")


def text_of(element: ET.Element) -> str:
    """A text as it is written on one line: what stands low is an index. It goes up again as far as
    it went down."""
    text, low = element.text or "", 0.0
    for part in element:
        assert not (part.tail or "").strip()
        low += float(part.get("dy", 0))
        piece = part.text or ""
        text += PLAIN.symbol(Symbol("", (piece,))) if low else piece
    return text


def _area(element: ET.Element, text: str, anchor: str) -> Area:
    width = cell_len(text) * _WIDTH
    x, y = float(element.get("x", "")), float(element.get("y", ""))
    left = x - {"": 0, "middle": width / 2, "end": width}[anchor]
    return Area(left, y - 0.75 * _SIZE, left + width, y + 0.2 * _SIZE)


def _points(line: ET.Element) -> Iterator[tuple[float, float]]:
    if line.get("points"):
        for point in line.get("points", "").split():
            x, y = point.split(",")
            yield float(x), float(y)
    else:
        for n in (1, 2):
            yield float(line.get(f"x{n}", "")), float(line.get(f"y{n}", ""))


def _distance(box: Area, spot: tuple[float, float]) -> float:
    x, y = spot
    return max(box.left - x, x - box.right, box.top - y, y - box.bottom, 0)


def _crosses(points: list[tuple[float, float]], area: Area) -> bool:
    """Whether a line passes through an area, looked at every pixel or so."""
    for (x, y), (to_x, to_y) in pairwise(points):
        count = int(max(abs(to_x - x), abs(to_y - y))) + 1
        for n in range(count + 1):
            at_x, at_y = x + (to_x - x) * n / count, y + (to_y - y) * n / count
            if area.left < at_x < area.right and area.top < at_y < area.bottom:
                return True
    return False

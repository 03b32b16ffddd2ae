"""A trellis as SVG.

The colours for light paper stand at the elements themselves, so that every program that shows SVG
has them; a style sheet replaces them where the reader prefers a dark background. The drawing can
be read without any: the path that is marked has thick arrows and double outlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Arc, Place, Trellis
from lossclass.errors import UsageError
from lossclass.render.figure import MOST_CELLS, Figure, is_within_column, short_label
from lossclass.render.svg_elements import (
    StyleSheet,
    close,
    extent,
    lines_of,
    pill,
    write,
    write_lines,
)
from lossclass.solution import Solution

_LINE = 22
_EDGE = 24
#: Height of a node, from each row of nodes to the next, and between columns.
_NODE, _ROW, _GAP = 30, 58, 56
_NARROWEST_NODE = 60
#: Between the two outlines of the nodes on the path that is marked.
_DOUBLE = 4
_NARROWEST = 440
#: Room for the numbers of the rows, and between their symbols and the nodes.
_ROW_NUMBER, _BESIDE = 64, 20
#: Where the words of the legend begin, right of its samples.
_WORDS = 76


class Drawing:
    """A trellis with the measures of its parts, in pixels.

    Raises:
        UsageError: it is too large to be looked at.
    """

    def __init__(self, trellis: Trellis, solution: Solution) -> None:
        self.figure = figure = Figure(trellis, solution)
        if (cells := len(figure.places)) > MOST_CELLS:
            raise UsageError(
                f"the trellis is too large to plot: {figure.size} make {cells:,} cells, and at most "
                f"{MOST_CELLS:,} can be drawn"
            )
        self.trellis = trellis
        kinds = {kind.name: kind.is_shaded for kind in self.trellis.row_kinds}
        self.styles = StyleSheet("trellis", kinds)
        self.texts = {place: self._text(place) for place in figure.places}
        labels = [short_label(row.label) for row in self.trellis.rows]
        self.left = _EDGE + _ROW_NUMBER + max(map(extent, labels)) + _BESIDE
        self.node = max(_NARROWEST_NODE, *(extent(text) + _BESIDE for text in self.texts.values()))
        across = figure.columns * (self.node + _GAP) - _GAP
        self.width = max(self.left + across + _DOUBLE + _EDGE, _NARROWEST)
        self.title = lines_of(self.trellis.title or "The trellis", self.width - 2 * _EDGE)
        #: The middle of the first row: above it are the title and two lines that name the axes.
        self.top = _EDGE + (len(self.title) + 3) * _LINE + _NODE

    def _text(self, place: Place) -> str:
        value = self.figure.number(place, self.figure.solution.digits)
        return "·" if value is None else PLAIN.number(value)

    def document(self) -> Element:
        """The root element of the drawing."""
        text = f"{self.figure.size}. {self.trellis.description}"
        if self.trellis.path:
            text += f" The thick path is {self._on_path()}."
        root = self.styles.document(" ".join(self.title), text)
        self._headings(root)
        self._arcs(root)
        self._nodes(root)
        end = self._legend(root, self._middle((0, self.figure.rows))[1])
        return close(root, self.width, end)

    def _on_path(self) -> str:
        return f"{self.trellis.path_is}: {self.figure.path_labels}"

    def _middle(self, place: Place) -> tuple[float, float]:
        column, row = place
        return self.left + self.node / 2 + column * (self.node + _GAP), self.top + row * _ROW

    def _headings(self, root: Element) -> None:
        ink, quiet = (self.styles.element(root, "g", kind) for kind in ("ink", "quiet"))
        for line, text in enumerate(self.title):
            written = write(ink, text, _EDGE, _EDGE + (line + 0.5) * _LINE)
            written.set("font-weight", "bold")
        above = self.top - _NODE - _LINE / 2
        write(quiet, " ".join(self.trellis.across.title), self.left, above - _LINE)
        titles = self.trellis.down.title
        for line, title in enumerate(titles):
            write(quiet, title, _EDGE, above - (len(titles) - 1 - line) * _LINE)
        for column, heading in enumerate(self.figure.headings):
            write(ink, heading, self._middle((column, 0))[0], above, "middle")
        for number_of_row, row in enumerate(self.trellis.rows):
            y = self._middle((0, number_of_row))[1]
            write(ink, row.heading, _EDGE, y)
            shown = write(ink, short_label(row.label), self.left - _BESIDE, y, "end")
            shown.set("font-weight", "bold")
            if shown.text != row.label:
                SubElement(shown, "title").text = row.label

    # --- arcs and nodes ---

    def _arcs(self, root: Element) -> None:
        groups = {kind: self.styles.element(root, "g", kind) for kind in ("move", "best-move")}
        for arc in self.trellis.arcs:
            kind = "best-move" if self.figure.is_on_path(arc) else "move"
            start, end = self._ends(arc)
            self.styles.arrow(groups[kind], kind, start, end)

    def _ends(self, arc: Arc) -> tuple[tuple[float, float], tuple[float, float]]:
        """The points on the outlines of the nodes from and to which an arrow goes."""
        (x, y), (to_x, to_y) = self._middle(arc.start), self._middle(arc.end)
        from_outline, to_outline = self._outside(arc.start), self._outside(arc.end)
        if is_within_column(arc):
            half = _NODE / 2
            return (x, y + half + from_outline), (to_x, to_y - half - to_outline)
        half = self.node / 2
        return (x + half + from_outline, y), (to_x - half - to_outline, to_y)

    def _outside(self, place: Place) -> int:
        return _DOUBLE if place in self.figure.path else 0

    def _nodes(self, root: Element) -> None:
        kinds = ["unused", *(kind.name for kind in self.trellis.row_kinds), "best"]
        boxes = {kind: self.styles.element(root, "g", kind) for kind in kinds}
        used, unused = (
            self.styles.element(root, "g", kind, {"text-anchor": "middle"})
            for kind in ("ink", "quiet")
        )
        for place in self.figure.places:
            middle, kind = self._middle(place), self._kind(place)
            if place in self.figure.nodes:
                pill(boxes[kind], middle, self.node, _NODE)
            text = write(unused if kind == "unused" else used, self.texts[place], *middle)
            if place in self.figure.path:
                pill(boxes["best"], middle, self.node + 2 * _DOUBLE, _NODE + 2 * _DOUBLE)
                text.set("font-weight", "bold")

    def _kind(self, place: Place) -> str:
        if not self.figure.is_passed(place):
            return "unused"
        return self.trellis.rows[place[1]].kind.name

    # --- the legend ---

    def _legend(self, root: Element, top: float) -> float:
        """Samples and what they mean, below the drawing; gives where it ends."""
        y = top
        for kind, meaning in self._meanings():
            self._sample(root, kind, y)
            ink = self.styles.element(root, "g", "ink")
            lines = lines_of(meaning, self.width - 2 * _EDGE - _WORDS)
            y = write_lines(ink, lines, _EDGE + _WORDS, y, _LINE) + _LINE / 4
        return y - _LINE / 2 + _EDGE

    def _meanings(self) -> Iterator[tuple[str, str]]:
        figure, trellis = self.figure, self.trellis
        if trellis.path:
            yield "best" if len(trellis.path) > 1 else "best-node", self._on_path()
        if not all(map(figure.is_on_path, trellis.arcs)):
            kinds = ", ".join(kind.name for kind in figure.arcs_by_kind)
            yield "move", f"{trellis.arcs_are}: {kinds}"
        elif not any(node.is_passed for node in trellis.nodes):
            yield "", trellis.without_path
        drawn = set(map(self._kind, figure.nodes))
        for row_kind in trellis.row_kinds:
            if row_kind.name in drawn:
                yield row_kind.name, row_kind.meaning
        if "unused" in drawn:
            yield "unused", f"{trellis.unpassed} here"
        if len(figure.nodes) < len(figure.places):
            yield "·", "no path from the start leads here"
        digits = Rounding(figure.solution.digits)
        yield figure.letter, f"the number in a node, to at most {digits}"

    def _sample(self, root: Element, kind: str, y: float) -> None:
        """One of the signs of the drawing, left of the words that explain it."""
        left, right = _EDGE + 4, _EDGE + _WORDS - 16
        middle = ((left + right) / 2, y)
        if kind == "best-node":
            self._doubled(root, middle)
        elif kind == "best":
            self._doubled(root, (left + 12, y))
            line = self.styles.element(root, "g", "best-move")
            self.styles.arrow(line, "best-move", (left + 28, y), (right, y))
        elif kind == "move":
            self.styles.arrow(self.styles.element(root, "g", kind), kind, (left, y), (right, y))
        elif kind == "unused" or any(kind == each.name for each in self.trellis.row_kinds):
            pill(self.styles.element(root, "g", kind), middle, 40, 16)
        else:
            write(self.styles.element(root, "g", "ink"), kind, *middle, "middle")

    def _doubled(self, root: Element, middle: tuple[float, float]) -> None:
        for outside in (0, 2 * _DOUBLE):
            pill(self.styles.element(root, "g", "best"), middle, 20 + outside, 14 + outside)

"""A plot as SVG: points over an axis, on curves or joined by lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from lossclass.arithmetic.notation import PLAIN
from lossclass.figures import Curve, Plot, Point
from lossclass.render.curve import ticks
from lossclass.render.figure_text import point_label, words_of
from lossclass.render.svg_elements import (
    SIZE,
    Spot,
    StyleSheet,
    close,
    extent,
    line,
    lines_of,
    number,
    write,
    write_lines,
)
from lossclass.solution import Solution

#: Left, top, right and bottom.
_Area: TypeAlias = tuple[float, float, float, float]
#: As wide as a phone shows without moving it.
_WIDTH, _HEIGHT = 340, 150
_LINE, _EDGE = 20, 16
#: Where the words of the legend begin, right of its samples.
_WORDS = 56
_DOT = 5
#: Points of a curve, and beyond so many points of its own a plot has neither dots nor names.
_SAMPLES, _MOST_DOTS = 120, 40
#: What stays free beyond the points, as a share of what they take.
_BEYOND = 0.08
#: How the curves are told from each other.
_DASHES = ("", "7 4", "2 3")


class Drawing:
    """A plot with the measures of its parts, in pixels."""

    def __init__(self, plot: Plot, solution: Solution) -> None:
        self.plot = plot
        self.solution = solution
        self.styles = StyleSheet("plot", {})
        self.points = [(each, *self._numbers(each)) for each in plot.points]
        self.low, self.high = _with_room([*plot.reaches, *(x for _, x, _ in self.points)])
        self.samples = [self._sampled(each) for each in plot.curves]
        self.floor, self.ceiling = self._up()
        self.heights = ticks(self.floor, self.ceiling, 4)
        self.left = _EDGE + max(extent(_written(each)) for each in self.heights) + 10
        self.title = lines_of(plot.title, _WIDTH - 2 * _EDGE)
        self.top = _EDGE + (len(self.title) + 1.4) * _LINE
        self.bottom, self.right = self.top + _HEIGHT, _WIDTH - _EDGE
        #: Where something stands that no text may hide.
        self.taken: list[_Area] = []

    def _numbers(self, point: Point) -> Spot:
        values, across = self.solution.values, point.across
        x = across if isinstance(across, int) else values[across.id]
        return float(x), float(values[point.up.id])

    def _up(self) -> tuple[float, float]:
        """From 0 to above the points, and to where the curves are away from the ends of the axis,
        where some rise without end; of joined points from the lowest."""
        away = _SAMPLES // 10
        inner = (y for samples in self.samples for _, y in samples[away:-away])
        heights = [*(y for _, _, y in self.points), *inner]
        if self.plot.is_joined:
            return _with_room(heights)
        return min(0.0, *filter(math.isfinite, heights)), _with_room([0.0, *heights])[1]

    def _sampled(self, curve: Curve) -> list[Spot]:
        """Points of a curve, from the left to the right."""
        assert self.plot.variable is not None  # noqa: S101 - a plot with curves has one
        step, id = (self.high - self.low) / _SAMPLES, self.plot.variable.id
        across = (self.low + step * n for n in range(_SAMPLES + 1))
        return [(x, float(curve.expression.value({id: x}, floats=True))) for x in across]

    def _spot(self, x: float, y: float) -> Spot:
        across = (x - self.low) / (self.high - self.low)
        up = (y - self.floor) / (self.ceiling - self.floor)
        return self.left + across * (self.right - self.left), self.bottom - up * _HEIGHT

    # --- the drawing ---

    def document(self) -> Element:
        """The root element of the drawing."""
        root = self.styles.document(self.plot.title, words_of(self.plot, self.solution))
        heading = self.styles.element(root, "g", "ink", {"font-weight": "bold"})
        write_lines(heading, self.title, _EDGE, _EDGE + 0.5 * _LINE, _LINE)
        self._axes(root)
        for n, samples in enumerate(self.samples):
            self._curve(root, samples, n)
        if self.plot.is_joined:
            self._curve(root, [(x, y) for _, x, y in self.points], 0)
        if len(self.points) <= _MOST_DOTS:
            self._dots(root)
        return close(root, _WIDTH, self._legend(root))

    def _axes(self, root: Element) -> None:
        lines = self.styles.element(root, "g", "move")
        texts = self.styles.element(root, "g", "quiet")
        line(lines, (self.left, self.top), (self.left, self.bottom), (self.right, self.bottom))
        for each in self.heights:
            _, y = self._spot(self.low, each)
            line(lines, (self.left - 4, y), (self.left, y))
            write(texts, _written(each), self.left - 8, y, "end")
        whole = all(isinstance(each.across, int) for each in self.plot.points)
        end = 0.0
        for each in ticks(self.low, self.high, 5):
            x, half = self._spot(each, self.floor)[0], extent(_written(each)) / 2
            if end < x - half and x + half < _WIDTH and (each.is_integer() or not whole):
                line(lines, (x, self.bottom), (x, self.bottom + 4))
                write(texts, _written(each), x, self.bottom + 14, "middle")
                end = x + half + 4
        write(texts, self.plot.up, _EDGE, self.top - 0.8 * _LINE)
        write(texts, self.plot.across, self.right, self.bottom + 14 + _LINE, "end")

    def _stroke(self, root: Element, n: int) -> Element:
        """A group for the lines of a curve, by its number."""
        dashes = {"stroke-dasharray": _DASHES[n]} if n else {}
        return self.styles.element(root, "g", "best", {"stroke-width": "1.8", **dashes})

    def _curve(self, root: Element, points: Sequence[Spot], n: int) -> None:
        """A line through points; where it is beyond the picture it has a gap."""
        group = self._stroke(root, n)
        for piece in self._inside(points):
            if len(piece) > 1:
                line(group, *piece)
                self.taken += [_around(spot, 1, 1) for spot in piece]

    def _inside(self, points: Sequence[Spot]) -> Iterator[list[Spot]]:
        piece: list[Spot] = []
        for x, y in points:
            if self.floor <= y <= self.ceiling:
                piece.append(self._spot(x, y))
            else:
                yield piece
                piece = []
        yield piece

    def _dots(self, root: Element) -> None:
        """A dot for each point, and its name where there is room beside it."""
        dots = self.styles.element(root, "g", "ink")
        names = self.styles.element(root, "g", "ink", {"text-anchor": "middle"})
        named: dict[tuple[int, int], list[str]] = {}
        for point, across, up in self.points:
            if not math.isfinite(up):
                continue
            x, y = self._spot(across, up)
            dot = SubElement(dots, "circle", cx=number(x), cy=number(y), r=str(_DOT))
            SubElement(dot, "title").text = f"{point.name}: {point_label(point, self.solution)}"
            self.taken.append(_around((x, y), _DOT, _DOT))
            named.setdefault((round(x), round(y)), []).append(point.name)
        for spot, same in named.items() if not self.plot.is_joined else ():
            name = ", ".join(same)
            if place := self._free(name, *spot):
                write(names, name, *place)

    def _free(self, text: str, x: float, y: float) -> Spot | None:
        """The middle of a place near a dot where nothing else stands."""
        across = extent(text) / 2
        for dx, dy in _near_a_dot(_DOT + across + 2):
            own = _around((x + dx, y + dy), across, SIZE * 0.6)
            inside = self.left < own[0] and own[2] < _WIDTH and own[3] < self.bottom
            if inside and not any(
                all(own[n] < other[n + 2] and other[n] < own[n + 2] for n in (0, 1))
                for other in self.taken
            ):
                self.taken.append(own)
                return x + dx, y + dy
        return None

    def _legend(self, root: Element) -> float:
        """Which curve is which, below the drawing, and what is not drawn; gives where it ends."""
        y = self.bottom + 14 + 2.2 * _LINE
        for n, curve in enumerate(self.plot.curves):
            line(self._stroke(root, n), (_EDGE, y), (_WORDS - 12, y))
            y = self._words(root, curve.label, _WORDS, y)
        if beyond := [each.name for each, _, up in self.points if not math.isfinite(up)]:
            y = self._words(root, f"Infinite, and so not drawn: {', '.join(beyond)}", _EDGE, y)
        return y

    def _words(self, root: Element, text: str, x: float, y: float) -> float:
        """A text in lines that fit, from a height down; gives where it ends."""
        group = self.styles.element(root, "g", "ink")
        return write_lines(group, lines_of(text, _WIDTH - x - _EDGE), x, y, _LINE)


def _near_a_dot(beside: float) -> Iterator[Spot]:
    """Where a name may stand, the best place first."""
    yield 0, -15
    for further in (0, 8):
        yield from ((side * (beside + further), -9 - further) for side in (1, -1))
    yield from ((side * beside, 9) for side in (1, -1))
    yield 0, -30


def _around(spot: Spot, across: float, up: float) -> _Area:
    x, y = spot
    return x - across, y - up, x + across, y + up


def _with_room(shown: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis on which some numbers stand, with some room beyond them."""
    finite = [each for each in shown if math.isfinite(each)] or [0.0]
    low, high = min(finite), max(finite)
    beyond = _BEYOND * (high - low) or 0.5
    return low - beyond, high + beyond


def _written(tick: float) -> str:
    return PLAIN.number(Decimal(f"{tick:.6g}"))

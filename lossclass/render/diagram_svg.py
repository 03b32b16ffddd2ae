"""A diagram as SVG: boxes with names and numbers, and arrows between them. It may be drawn upright, for
a page as narrow as a phone: what stands beside each other on others is one below the other then."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from xml.etree.ElementTree import Element

from lossclass.figures import Arrow, Box, Diagram
from lossclass.render.figure_text import drawn_label, parts_of_label, words_of
from lossclass.render.layers import layers
from lossclass.render.svg_elements import (
    Runs,
    Spot,
    StyleSheet,
    box,
    close,
    extent,
    lines_of,
    write,
    write_lines,
)
from lossclass.solution import Solution

_LINE, _EDGE, _CORNER = 20, 16, 7
#: Inside a box, beside its lines, and above and below them.
_BESIDE, _ABOVE = 8, 5
#: Between columns and rows, at least; between columns where arrows may lead up and down.
_ACROSS, _DOWN, _SLANTED = 44, 36, 56
#: Arrows between columns leave boxes level, and come so twice as long.
_LEVEL = 6
#: Between an arrow and its label.
_BESIDE_ARROW = 7
#: A text that is no number is broken here.
_WIDEST_TEXT = 130
#: A phone is so wide that a title of this width is read without moving it.
_NARROWEST = 340
#: Between the ends of two arrows at a box.
_PORT = 16
#: Of an upright diagram: between boxes beside each other, and the least width from which on their lines
#: are broken; that of a number in one in which time runs down, its columns, and how far from its boxes
#: there is a way around them.
_CLOSE, _LEAST_WIDE, _WIDEST_NUMBER, _COLUMNS, _AROUND = 10, 72, 125, 3, 18


class Drawing:
    """A diagram, or an upright one, with the measures of its parts, in pixels."""

    def __init__(self, diagram: Diagram, solution: Solution, *, upright: bool = False) -> None:
        self.diagram = diagram
        self.solution = solution
        self.upright = upright
        self.styles = StyleSheet("diagram", {"plain": False, "shaded": True})
        self.in_layers = any(each.place is None for each in diagram.boxes)
        self.places = {each.id: each.place or (0.0, 0.0) for each in diagram.boxes}
        self.passed: dict[Arrow, list[Spot]] = {}
        if self.in_layers:
            self.places, self.passed = layers(diagram.boxes, diagram.arrows, sources_first=upright)
        if upright:
            self._turn()
        self.texts = {each.id: self._lines(each) for each in diagram.boxes}
        #: Width and height of each box, around its lines.
        self.size = {
            id: (max(map(extent, lines)) + 2 * _BESIDE, len(lines) * _LINE + 2 * _ABOVE)
            for id, lines in self.texts.items()
        }
        sizes = [
            [(self.places[id][axis], size[axis]) for id, size in self.size.items()]
            for axis in (0, 1)
        ]
        widths, heights = sizes
        if self.in_layers and not upright:  # then boxes stand between rows, too
            most = max(height for _, height in heights)
            spots = (*self.places.values(), *chain.from_iterable(self.passed.values()))
            heights = [(row, most) for _, row in spots]
        if self.in_layers and upright:
            self.x, right = self._packed()
        else:
            columns = [*widths, *self._beside_arrows()]
            self.x, right, self.half_width = _axis(columns, self._gap_across(), _EDGE)
        #: Where arrows pass boxes that stand between their ends.
        self.around = right + _AROUND
        if any(map(self._goes_around, diagram.arrows)):
            right = self.around
        self.width = max(right + _EDGE, _NARROWEST)
        self.title = lines_of(diagram.title, self.width - 2 * _EDGE)
        top = _EDGE + (len(self.title) + 0.5) * _LINE
        down = _SLANTED if self.in_layers and upright else _DOWN
        self.y, _, self.half_height = _axis(heights, down, 0)
        highest, lowest = self._ends()
        self.shift, self.bottom = top - highest, top - highest + lowest
        self.middles = {
            id: (self.x(x), self.y(y) + self.shift) for id, (x, y) in self.places.items()
        }

    def _lines(self, box: Box) -> list[str | Runs]:
        """What stands in a box; texts that are no numbers are broken where they are long."""
        room = number_room = _WIDEST_TEXT
        if self.upright and self.in_layers:
            beside = sum(row == self.places[box.id][1] for _, row in self.places.values())
            room = number_room = min(room, max(_NARROWEST // beside - 40, _LEAST_WIDE))
        elif self.upright:
            number_room = _WIDEST_NUMBER
        lines: list[str | Runs] = []
        for each in box.lines:
            if isinstance(each, str):
                lines += lines_of(each, room)
                continue
            *symbol, (value, _) = label = drawn_label(each, self.solution)
            if self.upright and extent(label) > number_room:
                _, sign, number = value.split(" ", 2)
                lines += [(*symbol, (f" {sign}", False)), number]
            else:
                lines.append(label)
        return lines

    def _turn(self) -> None:
        """Let boxes that stand in columns stand in rows. Where their places are said, the lowest row
        becomes the first column; what stands above the last column stands below it, with the box of
        them all at the end."""
        if self.in_layers:
            self.places = {id: (row, column) for id, (column, row) in self.places.items()}
            self.passed = {
                arrow: [(row, column) for column, row in spots]
                for arrow, spots in self.passed.items()
            }
            return
        lowest = max(row for _, row in self.places.values())
        depths = {id: lowest - row for id, (_, row) in self.places.items()}
        deepest = max(depths.values())
        at_end = {id for id, depth in depths.items() if depth == deepest}
        at_end = at_end if len(at_end) == 1 else set()
        below = {depth for id, depth in depths.items() if id not in at_end}
        rows = int(max(1, max(below) - _COLUMNS + 2))
        steps = 1 + max(column for id, (column, _) in self.places.items() if id not in at_end)
        for id, depth in depths.items():
            more = max(0.0, depth - _COLUMNS + 1)
            row = rows * steps if id in at_end else rows * self.places[id][0] + more
            self.places[id] = depth - more, row

    def _packed(self) -> tuple[Callable[[float], float], float]:
        """Where things have their middles that stand close beside each other in each row, and where
        the widest row ends: boxes, and arrows that pass."""
        rows: dict[float, dict[float, float]] = defaultdict(dict)
        for spot in chain.from_iterable(self.passed.values()):
            rows[spot[1]][spot[0]] = 0
        for id, (place, row) in self.places.items():
            rows[row][place] = self.size[id][0]
        long = {row: sum(sizes.values()) + _CLOSE * (len(sizes) - 1) for row, sizes in rows.items()}
        widest = max(*long.values(), _NARROWEST - 2 * _EDGE)
        at: dict[Spot, float] = {}
        for row, sizes in rows.items():
            x = _EDGE + (widest - long[row]) / 2
            for place in sorted(sizes):
                at[place, row] = x + sizes[place] / 2
                x += sizes[place] + _CLOSE
        self.places = {id: (at[spot], spot[1]) for id, spot in self.places.items()}
        self.passed = {
            arrow: [(at[spot], spot[1]) for spot in spots] for arrow, spots in self.passed.items()
        }
        return lambda x: x, _EDGE + widest

    def _goes_around(self, arrow: Arrow) -> bool:
        """Whether a box stands between its ends in an upright diagram."""
        if self.in_layers or not self.upright:
            return False
        (column, first), (last_column, last) = self.places[arrow.start], self.places[arrow.end]
        return column == last_column and any(
            at == column and first < row < last for at, row in self.places.values()
        )

    def _ends(self) -> tuple[float, float]:
        """How high up and how far down the boxes reach, and the arrows that pass them."""
        passed = [self.y(row) for places in self.passed.values() for _, row in places]
        halves = [(self.y(self.places[id][1]), height / 2) for id, (_, height) in self.size.items()]
        highest = min(*(y - half for y, half in halves), *passed, math.inf)
        return highest, max(*(y + half for y, half in halves), *passed, -math.inf)

    def _is_upright(self, arrow: Arrow) -> bool:
        """Whether it leads from row to row."""
        if self.in_layers:
            return self.upright
        is_level = self.places[arrow.start][1] == self.places[arrow.end][1]
        return not is_level and not self._goes_around(arrow)

    def _beside_arrows(self) -> Iterable[tuple[float, float]]:
        """How wide columns are for the labels beside upright arrows."""
        for arrow in filter(self._is_upright, self.diagram.arrows):
            if arrow.label:
                text = drawn_label(arrow.label, self.solution)
                yield self.places[arrow.end][0], 2 * (_BESIDE_ARROW + extent(text))

    def _gap_across(self) -> float:
        if self.in_layers:
            return _SLANTED
        above = (
            max(map(extent, parts_of_label(arrow.label, self.solution)))
            for arrow in self.diagram.arrows
            if not self._is_upright(arrow)
        )
        return max(_ACROSS, *(width + 2 * _BESIDE_ARROW + 8 for width in above), 0)

    def document(self) -> Element:
        """The root element of the drawing."""
        diagram = self.diagram
        words = words_of(diagram, self.solution, upright=self.upright)
        root = self.styles.document(diagram.title, words)
        heading = self.styles.element(root, "g", "ink", {"font-weight": "bold"})
        write_lines(heading, self.title, _EDGE, _EDGE + 0.5 * _LINE, _LINE)
        self._arrows(root)
        self._boxes(root)
        y = self.bottom + _LINE
        notes = self.styles.element(root, "g", "quiet")
        for note in diagram.notes:
            y = write_lines(notes, lines_of(note, self.width - 2 * _EDGE), _EDGE, y, _LINE)
        return close(root, self.width, y if diagram.notes else self.bottom + _EDGE)

    def _boxes(self, root: Element) -> None:
        for each in self.diagram.boxes:
            (x, y), (width, height) = self.middles[each.id], self.size[each.id]
            group = self.styles.element(root, "g", "shaded" if each.is_shaded else "plain")
            box(group, (x, y), width, height, _CORNER)
            texts = self.styles.element(root, "g", "ink", {"text-anchor": "middle"})
            first = y - (len(self.texts[each.id]) - 1) / 2 * _LINE
            for line, text in enumerate(self.texts[each.id]):
                write(texts, text, x, first + line * _LINE)

    def _arrows(self, root: Element) -> None:
        lines = self.styles.element(root, "g", "move")
        texts = self.styles.element(root, "g", "ink")
        ports = self._ports()
        for arrow in self.diagram.arrows:
            start, end = ports[arrow]
            self.styles.arrow(lines, "move", start, *self._between(arrow, start, end), end)
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
            if self._is_upright(arrow):
                if arrow.label:
                    text = drawn_label(arrow.label, self.solution)
                    write(texts, text, middle[0] + _BESIDE_ARROW, middle[1] - 2)
                continue
            above, *below = parts_of_label(arrow.label, self.solution)
            if arrow.label:
                write(texts, above, middle[0] - 3, middle[1] - 0.6 * _LINE, "middle")
            for text in below:
                write(texts, text, middle[0] - 3, middle[1] + 0.6 * _LINE, "middle")

    def _between(self, arrow: Arrow, start: Spot, end: Spot) -> list[Spot]:
        """Where an arrow passes: inside of columns it is level, so that it meets no box there, and in
        an upright diagram inside of rows it leads down."""
        if self._goes_around(arrow):
            return [(self.around, start[1]), (self.around, end[1])]
        if not self.in_layers:
            return []
        axis = int(self.upright)
        first, last = self.places[arrow.start][axis], self.places[arrow.end][axis]
        way = [(self._end_of(first, 1) + _LEVEL, start[1 - axis])]
        for spot in self.passed[arrow]:
            across = self.x(spot[0]) if self.upright else self.y(spot[1]) + self.shift
            way += [(self._end_of(spot[axis], side), across) for side in (-1, 1)]
        way.append((self._end_of(last, -1) - 2 * _LEVEL, end[1 - axis]))
        return [(y, x) for x, y in way] if self.upright else way

    def _end_of(self, place: float, side: int) -> float:
        """Where a column ends to the left or the right, or a row of an upright diagram."""
        if self.upright:
            return self.y(place) + self.shift + side * self.half_height(place)
        return self.x(place) + side * self.half_width(place)

    def _ports(self) -> dict[Arrow, tuple[Spot, Spot]]:
        """Where each arrow begins and ends, on the sides of boxes; several at one side stand in the
        order of what is at their other ends."""
        sides: dict[tuple[str, int, int], list[tuple[Arrow, bool]]] = defaultdict(list)
        for arrow in self.diagram.arrows:
            for leaves in (True, False):
                sides[self._side(arrow, leaves=leaves)].append((arrow, leaves))
        spots: dict[tuple[Arrow, bool], Spot] = {}
        for (id, right, down), ends in sides.items():
            (x, y), (width, height) = self.middles[id], self.size[id]
            ends.sort(key=lambda end: self._other_end(*end))
            apart = min(_PORT, (width if down else height) / (len(ends) + 1))
            for n, end in enumerate(ends):
                along = (n - (len(ends) - 1) / 2) * apart
                spots[end] = (
                    x + right * width / 2 + abs(down) * along,
                    y + down * height / 2 + abs(right) * along,
                )
        return {each: (spots[each, True], spots[each, False]) for each in self.diagram.arrows}

    def _side(self, arrow: Arrow, *, leaves: bool) -> tuple[str, int, int]:
        """A box and its side, to the right and down, at which an arrow leaves it or comes to it."""
        own, other = (arrow.start, arrow.end) if leaves else (arrow.end, arrow.start)
        if self._is_upright(arrow):
            return own, 0, 1 if self.places[other][1] > self.places[own][1] else -1
        return own, 1 if leaves or self._goes_around(arrow) else -1, 0

    def _other_end(self, arrow: Arrow, leaves: bool) -> tuple[float, float]:
        """What is at the other end of an arrow, or at the next place that it passes: where it is,
        along the side of the box."""
        places = [self.places[arrow.start], *self.passed.get(arrow, ()), self.places[arrow.end]]
        column, row = places[1 if leaves else -2]
        return (column, row) if self._is_upright(arrow) else (row, column)


def _axis(
    sizes: Sequence[tuple[float, float]], gap: float, start: float
) -> tuple[Callable[[float], float], float, Callable[[float], float]]:
    """Where columns have their middles, or rows; where the last ends; and half of the size of each.

    Args:
        sizes: what stands on the axis: its place, and how large it is.
    """
    count = math.ceil(max(place for place, _ in sizes)) + 1
    largest = [
        max((size for place, size in sizes if abs(place - n) < 1), default=0.0)
        for n in range(count)
    ]
    middles, at = [], start
    for size in largest:
        middles.append(at + size / 2)
        at += size + gap

    def middle(place: float) -> float:
        before, share = int(place), place - int(place)
        after = min(before + 1, count - 1)
        return middles[before] + share * (middles[after] - middles[before])

    return middle, at - gap, lambda place: largest[int(place)] / 2

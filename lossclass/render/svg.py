"""The trellis of CTC as an SVG document: one file, drawn by any browser, nothing loaded from
elsewhere.

The colours for light paper stand at the elements themselves, so that every program that shows SVG
has them; a style sheet replaces them where the reader prefers a dark background. The drawing can
be read without any: the most probable alignment has thick arrows and double outlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Trellis
from lossclass.errors import UsageError
from lossclass.render.figure import MOST_CELLS, NO_PATH, Figure, Move, Node, short_label
from lossclass.render.svg_elements import (
    SIZE,
    add_styles,
    arrow,
    extent,
    lines_of,
    number,
    pill,
    styled,
    write,
)
from lossclass.solution import Solution

_FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
_LINE = 22
_EDGE = 24
#: Height of a node, from each row of nodes to the next, and between columns.
_NODE, _ROW, _GAP = 30, 58, 72
_NARROWEST_NODE = 60
#: Between the two outlines of the nodes on the most probable alignment.
_DOUBLE = 4
_NARROWEST = 640
#: Room for the numbers of the rows, and between their symbols and the nodes.
_ROW_NUMBER, _BESIDE = 64, 20
#: Where the words of the legend begin, right of its samples.
_WORDS = 76
_MOVES = ("stay", "step to the next position", "skip the blank between different labels")
_NODES = {
    "label": "a label of the target",
    "blank": "a blank",
    "unused": "no alignment of the target passes here",
}


def plot(solution: Solution) -> str:
    """The first trellis of a solution as a document.

    Raises:
        UsageError: the solution has none, or it is too large to be looked at.
    """
    blocks = chain.from_iterable(section.blocks for section in solution.sections)
    trellis = next((block for block in blocks if isinstance(block, Trellis)), None)
    if trellis is None:
        raise UsageError(
            "there is nothing to plot: this solution has no trellis. CTC has one, where the "
            "problem gives probabilities for each time step and is not too large to be written out"
        )
    root = picture(trellis, solution)
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def picture(trellis: Trellis, solution: Solution) -> Element:
    """A trellis as the root element of a drawing.

    Raises:
        UsageError: it is too large to be looked at.
    """
    figure = Figure(trellis, solution)
    if (cells := len(figure.nodes)) > MOST_CELLS:
        raise UsageError(
            f"the trellis is too large to plot: {figure.size} make {cells:,} cells, and at most "
            f"{MOST_CELLS:,} can be drawn"
        )
    return _Drawing(figure).document()


class _Drawing:
    """The figure with the measures of its parts, in pixels."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.texts = {node: self._text(node) for node in figure.nodes}
        labels = map(short_label, figure.trellis.symbols)
        self.left = _EDGE + _ROW_NUMBER + max(map(extent, labels)) + _BESIDE
        self.node = max(_NARROWEST_NODE, *(extent(text) + _BESIDE for text in self.texts.values()))
        across = figure.times * (self.node + _GAP) - _GAP
        self.width = max(self.left + across + _DOUBLE + _EDGE, _NARROWEST)
        self.title = lines_of(figure.trellis.title or "The trellis", self.width - 2 * _EDGE)
        #: The middle of the first row: above it are the title and two lines that name the axes.
        self.top = _EDGE + (len(self.title) + 3) * _LINE + _NODE

    def _text(self, node: Node) -> str:
        value = self.figure.number(node, self.figure.solution.digits)
        return "·" if value is None else PLAIN.number(value)

    def document(self) -> Element:
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
        root.set("aria-labelledby", "trellis-title trellis-description")
        root.set("font-family", _FONTS)
        root.set("font-size", str(SIZE))
        SubElement(root, "title", id="trellis-title").text = " ".join(self.title)
        SubElement(root, "desc", id="trellis-description").text = self._description()
        add_styles(root)
        styled(root, "rect", "paper", width="100%", height="100%")
        self._headings(root)
        self._moves(root)
        self._nodes(root)
        end = self._legend(root, self._middle((0, self.figure.positions))[1])
        width, height = number(self.width), number(end)
        root.set("viewBox", f"0 0 {width} {height}")
        root.set("width", width)
        root.set("height", height)
        return root

    def _description(self) -> str:
        figure = self.figure
        text = (
            f"{figure.size}. Rows are the positions of the extended target: "
            f"{' '.join(figure.trellis.symbols)}. Columns are time. Each node holds a value; "
            "arrows are the moves of the target's alignments."
        )
        if figure.trellis.best:
            text += f" The thick path is {figure.best_name}: {figure.best_symbols}."
        return text

    def _middle(self, node: Node) -> tuple[float, float]:
        t, s = node
        return self.left + self.node / 2 + t * (self.node + _GAP), self.top + s * _ROW

    def _headings(self, root: Element) -> None:
        ink, quiet = styled(root, "g", "ink"), styled(root, "g", "quiet")
        for place, line in enumerate(self.title):
            title = write(ink, line, _EDGE, _EDGE + (place + 0.5) * _LINE)
            title.set("font-weight", "bold")
        above = self.top - _NODE - _LINE / 2
        write(quiet, "time t →", self.left, above - _LINE)
        write(quiet, "extended", _EDGE, above - _LINE)
        write(quiet, "target ↓", _EDGE, above)
        for t in range(self.figure.times):
            write(ink, f"t = {t + 1}", self._middle((t, 0))[0], above, "middle")
        for s, symbol in enumerate(self.figure.trellis.symbols):
            y = self._middle((0, s))[1]
            write(ink, f"s = {s + 1}", _EDGE, y)
            shown = write(ink, short_label(symbol), self.left - _BESIDE, y, "end")
            shown.set("font-weight", "bold")
            if shown.text != symbol:
                SubElement(shown, "title").text = symbol

    # --- moves and nodes ---

    def _moves(self, root: Element) -> None:
        groups = {kind: styled(root, "g", kind) for kind in ("move", "best-move")}
        for move in self.figure.trellis.moves:
            kind = "best-move" if move in self.figure.best_moves else "move"
            start, end = self._ends(move)
            arrow(groups[kind], kind, start, end)

    def _ends(self, move: Move) -> tuple[tuple[float, float], tuple[float, float]]:
        """The points on the outlines of the nodes from and to which an arrow goes."""
        t, here, there = move
        (x, y), (to_x, to_y) = self._middle((t, here)), self._middle((t + 1, there))
        half = self.node / 2
        return (x + half + self._outside((t, here)), y), (
            to_x - half - self._outside((t + 1, there)),
            to_y,
        )

    def _outside(self, node: Node) -> int:
        return _DOUBLE if node in self.figure.best_nodes else 0

    def _nodes(self, root: Element) -> None:
        boxes = {kind: styled(root, "g", kind) for kind in ("unused", "label", "blank", "best")}
        used = styled(root, "g", "ink", {"text-anchor": "middle"})
        unused = styled(root, "g", "quiet", {"text-anchor": "middle"})
        for node in self.figure.nodes:
            middle, kind = self._middle(node), self._kind(node)
            if node in self.figure.reached:
                pill(boxes[kind], middle, self.node, _NODE)
            text = write(unused if kind == "unused" else used, self.texts[node], *middle)
            if node in self.figure.best_nodes:
                pill(boxes["best"], middle, self.node + 2 * _DOUBLE, _NODE + 2 * _DOUBLE)
                text.set("font-weight", "bold")

    def _kind(self, node: Node) -> str:
        if node not in self.figure.visited:
            return "unused"
        is_blank = self.figure.trellis.symbols[node[1]] == self.figure.trellis.blank
        return "blank" if is_blank else "label"

    # --- the legend ---

    def _legend(self, root: Element, top: float) -> float:
        """Samples and what they mean, below the drawing; gives where it ends."""
        y = top
        for kind, meaning in self._meanings():
            _sample(root, kind, y)
            ink = styled(root, "g", "ink")
            for line in lines_of(meaning, self.width - 2 * _EDGE - _WORDS):
                write(ink, line, _EDGE + _WORDS, y)
                y += _LINE
            y += _LINE / 4
        return y - _LINE / 2 + _EDGE

    def _meanings(self) -> Iterator[tuple[str, str]]:
        figure = self.figure
        if figure.trellis.best:
            yield (
                "best" if figure.best_moves else "best-node",
                f"{figure.best_name}: {figure.best_symbols}",
            )
        if not figure.best_moves.issuperset(figure.trellis.moves):
            moves = ", ".join(_MOVES[kind] for kind in figure.kinds_of_moves)
            yield "move", f"a move of the target's alignments: {moves}"
        elif not figure.visited:
            yield "", NO_PATH
        kinds = set(map(self._kind, figure.reached))
        yield from ((kind, meaning) for kind, meaning in _NODES.items() if kind in kinds)
        if len(figure.reached) < len(figure.nodes):
            yield "·", "no path from the start leads here"
        digits = figure.solution.digits
        yield figure.letter, f"the number in a node, to at most {digits} significant digits"


def _sample(root: Element, kind: str, y: float) -> None:
    """One of the signs of the drawing, left of the words that explain it."""
    left, right = _EDGE + 4, _EDGE + _WORDS - 16
    middle = ((left + right) / 2, y)
    match kind:
        case "best-node":
            _doubled(root, middle)
        case "best":
            _doubled(root, (left + 12, y))
            arrow(styled(root, "g", "best-move"), "best-move", (left + 28, y), (right, y))
        case "move":
            arrow(styled(root, "g", kind), kind, (left, y), (right, y))
        case "label" | "blank" | "unused":
            pill(styled(root, "g", kind), middle, 40, 16)
        case _:
            write(styled(root, "g", "ink"), kind, *middle, "middle")


def _doubled(root: Element, middle: tuple[float, float]) -> None:
    for outside in (0, 2 * _DOUBLE):
        pill(styled(root, "g", "best"), middle, 20 + outside, 14 + outside)

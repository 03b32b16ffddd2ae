"""Figures in the terminal, and in documents that are text: those that lines of letters can draw."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lossclass.blocks import Figure, Trellis
from lossclass.figures import Arrow, Box, Diagram
from lossclass.render import trellis
from lossclass.render.figure_text import label
from lossclass.solution import Solution

#: Between columns, beside the label of an arrow.
_GAP = 4


def draw(figure: Figure, solution: Solution, width: int) -> tuple[Text, list[str]]:
    """The picture, in lines of at most ``width`` cells, and what is to be said under it. Both are
    empty where lines cannot draw it."""
    match figure:
        case Trellis():
            return trellis.draw(figure, solution, width)
        case Diagram() if all(box.place is not None for box in figure.boxes):
            lines = _Lines(figure, solution).lines()
            if all(cell_len(line) <= width for line in lines):
                return Text("\n".join(lines), no_wrap=True), [*figure.notes]
    return Text(), []


class _Lines:
    """A diagram whose arrows lead straight to the right and straight up. What others lead to is left
    out, and they are, too."""

    def __init__(self, diagram: Diagram, solution: Solution) -> None:
        self.solution = solution
        self.place = {box.id: box.place or (0.0, 0.0) for box in diagram.boxes}
        slanted = {arrow.end for arrow in diagram.arrows if self._is_slanted(arrow)}
        self.boxes = [box for box in diagram.boxes if box.id not in slanted]
        self.arrows = [arrow for arrow in diagram.arrows if arrow.end not in slanted]
        self.texts = {box.id: [label(each, solution) for each in box.lines] for box in self.boxes}
        labels = {arrow: label(arrow.label, solution) for arrow in self.arrows}
        self.up = {arrow.end: f" ↑ {text}" for arrow, text in labels.items() if self._is_up(arrow)}
        self.across = {a.end: text for a, text in labels.items() if not self._is_up(a)}

    def _is_slanted(self, arrow: Arrow) -> bool:
        (column, row), (to_column, to_row) = self.place[arrow.start], self.place[arrow.end]
        return column != to_column and row != to_row

    def _is_up(self, arrow: Arrow) -> bool:
        return self.place[arrow.start][0] == self.place[arrow.end][0]

    def lines(self) -> list[str]:
        """The rows from the top down, and between them the arrows that lead up."""
        columns = sorted({self.place[box.id][0] for box in self.boxes})
        gap = max(map(cell_len, self.across.values()), default=0) + _GAP
        at = {(self.place[box.id][1], self.place[box.id][0]): box for box in self.boxes}
        width = {
            column: max(
                cell_len(text)
                for box in self.boxes
                if self.place[box.id][0] == column
                for text in (*self.texts[box.id], self.up.get(box.id, ""))
            )
            for column in columns
        }
        drawn: list[str] = []
        for row in sorted({self.place[box.id][1] for box in self.boxes}):
            boxes = [at.get((row, column)) for column in columns]
            height = max(len(self.texts[box.id]) for box in boxes if box)
            across = min(1, height - 1)
            for line in range(height + 1):
                cells = (
                    self._before(box, line - across, gap if column != columns[0] else 0)
                    + set_cell_size(self._cell(box, line - across), width[column])
                    for column, box in zip(columns, boxes, strict=True)
                )
                drawn.append("".join(cells).rstrip())
        while not drawn[-1]:
            drawn.pop()
        return drawn

    def _cell(self, box: Box | None, line: int) -> str:
        """A line of a box, or below it the arrow that leads up to it; line 0 is that of the arrows
        to the right."""
        if box is None:
            return ""
        lines = [*self.texts[box.id], self.up.get(box.id, "")]
        place = line + min(1, len(lines) - 2)
        return lines[place] if 0 <= place < len(lines) else ""

    def _before(self, box: Box | None, line: int, gap: int) -> str:
        """What stands before a line of a box: an arrow, and its label above that."""
        if box is None or box.id not in self.across or line not in (-1, 0):
            return " " * gap
        return f" {'─' * (gap - 3)}→ " if line == 0 else f"{self.across[box.id]:^{gap}}"

"""Equations of matrices in letters: brackets over several lines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Final, TypeAlias

from rich.cells import cell_len

from lossclass.arithmetic.matrices import MatrixLine, Rows, entry_text
from lossclass.arithmetic.notation import PLAIN

#: Lines of the same width.
_Picture: TypeAlias = list[str]
#: The tops, middles and ends of high brackets.
_TOP, _MIDDLE, _END = ("⎛", "⎞"), ("⎜", "⎟"), ("⎝", "⎠")
#: What is higher is no picture of an equation any more.
_MOST_ROWS: Final = 8


def drawn(line: MatrixLine, room: int) -> list[str]:
    """An equation, line by line; nothing where its numbers take more than the room."""
    left = line.left(PLAIN)
    start = [" " * cell_len(left)]
    first, second = ([f" {PLAIN.sign(exact)} "] for exact in line.signs)
    terms = (_joined(map(_matrix, factors), " ") for factors in line.terms)
    numbers = [start, first, _joined(terms, " + ")]
    result = [second, _matrix([[each] for each in line.result])]
    rows = _beside([*numbers, *result])
    if cell_len(rows[0]) > room:
        rows = [*_beside(numbers), *_beside([start, *result])]
    if len(line.result) > _MOST_ROWS or max(map(cell_len, rows)) > room:
        return []
    return [f"{left} = {line.names(PLAIN)}", *rows]


def _matrix(rows: Rows) -> _Picture:
    texts = [[entry_text(each, PLAIN) for each in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    inside = [
        "  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
        for row in texts
    ]
    if len(inside) == 1:
        return [f"({inside[0]})"]
    brackets = [_TOP, *[_MIDDLE] * (len(inside) - 2), _END]
    return [left + row + right for row, (left, right) in zip(inside, brackets, strict=True)]


def _joined(pictures: Iterable[_Picture], between: str) -> _Picture:
    first, *others = pictures
    return _beside([first, *chain(*(([between], each) for each in others))])


def _beside(pictures: list[_Picture]) -> _Picture:
    """Pictures side by side, the middles of all at one height."""
    height = max(map(len, pictures))
    columns = []
    for picture in pictures:
        blank = " " * cell_len(picture[0])
        above = (height - len(picture)) // 2
        below = height - len(picture) - above
        columns.append([*[blank] * above, *picture, *[blank] * below])
    return ["".join(row) for row in zip(*columns, strict=True)]

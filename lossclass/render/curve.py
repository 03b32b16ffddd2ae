"""A curve in the terminal: a function of one variable, drawn in braille dots.

Every cell of the picture holds 2 × 4 dots, so a picture of 60 × 12 cells has 120 × 48. Axes,
ticks and their numbers are computed from the values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rich.cells import cell_len

Function: TypeAlias = Callable[[float], float]
HEIGHT = 11
WIDEST = 72
_ACROSS, _DOWN = 2, 4
_EMPTY = 0x2800
#: The bit of a dot in a braille cell, by its row and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from ``low`` to ``high``, around so many of them."""
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def draw(function: Function, start: float, end: float, *, label: str, name: str, width: int) -> str:
    """The picture, as lines of at most ``width`` cells, ``label`` above it.

    Where the function is infinite, the curve leaves the picture.

    Args:
        start: the first value of the variable; ``end`` is the last.
        name: what the variable is called.
    """
    width = min(width, WIDEST)
    # How wide the numbers beside the axis are cannot be known before the values are.
    finite = [*filter(math.isfinite, _values(function, start, end, _ACROSS * width))]
    low, high = min(*finite, 0.0), max(finite)
    high = high if high > low else low + 1
    heights = ticks(low, high, 5)
    margin = max(cell_len(_number(each)) for each in heights)
    across = width - margin - 2
    ys = _values(function, start, end, _ACROSS * across)
    rows = _dotted([_dot(each, low, high) for each in ys], across)
    marks = {_dot(each, low, high) // _DOWN: _number(each) for each in heights}
    lines = [label]
    lines += [
        f"{marks.get(number, ''):>{margin}} {'┤' if number in marks else '│'}{row}".rstrip()
        for number, row in enumerate(rows)
    ]
    return "\n".join([*lines, *_axis(start, end, across, margin, name)])


def _values(function: Function, start: float, end: float, count: int) -> list[float]:
    """The values at so many places, as far from each other."""
    step = (end - start) / (count - 1)
    return [function(end if n == count - 1 else start + n * step) for n in range(count)]


def _dot(height: float, low: float, high: float) -> int:
    """The row of dots in which a height is, from above; of what is no number, the lowest."""
    inside = low if math.isnan(height) else min(max(height, low), high)
    return round((high - inside) / (high - low) * (HEIGHT * _DOWN - 1))


def _dotted(heights: Sequence[int], across: int) -> list[str]:
    """The rows of the picture. Neighbouring dots are joined, so that steep parts have no gaps."""
    cells = [[_EMPTY] * across for _ in range(HEIGHT)]
    previous = heights[0]
    for x, y in enumerate(heights):
        # From half-way to the one before: at least its own dot.
        between = range(min(y, previous + 1), max(y, previous - 1) + 1)
        for dot in between if previous != y else (y,):
            cells[dot // _DOWN][x // _ACROSS] |= _DOTS[dot % _DOWN][x % _ACROSS]
        previous = y
    return ["".join(chr(cell) for cell in row).replace(chr(_EMPTY), " ") for row in cells]


def _axis(start: float, end: float, across: int, margin: int, name: str) -> list[str]:
    """The horizontal axis, the numbers under it, and the name of the variable."""
    line, under = ["─"] * across, ""
    for tick in ticks(start, end, 5):
        column = min(int((tick - start) / (end - start) * across), across - 1)
        text = _number(tick)
        left = max(column - len(text) // 2, 0)
        if left + len(text) > across or (under and left <= len(under)):
            left = across - len(text)
        if under and left <= len(under):
            continue
        line[column] = "┬"
        under = under.ljust(left) + text
    before = " " * (margin + 2)
    return [" " * (margin + 1) + "└" + "".join(line), before + under, before + name.rjust(across)]


def _number(number: float) -> str:
    return f"{number:.6g}".replace("-", "−")

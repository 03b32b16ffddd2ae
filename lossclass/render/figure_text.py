"""What figures say: their numbers as they stand in a drawing, and the whole in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.figures import Diagram, Label, Plot, Point
from lossclass.render.svg_elements import Runs
from lossclass.solution import Solution

#: Of more points, only so many are told.
_MOST_TOLD = 40


def value(quantity: Quantity, solution: Solution) -> tuple[str, str]:
    """The number of a quantity as the steps show it, and the sign that belongs before it."""
    shown = show(solution.values[quantity.id], solution.digits)
    return PLAIN.sign(shown.exact), PLAIN.number(shown.value)


def label(label: Label, solution: Solution) -> str:
    """A text, or a quantity in one line: h₁ ≈ 0.4621."""
    if isinstance(label, str):
        return label
    return " ".join([PLAIN.symbol(label.symbol), *value(label, solution)])


def drawn_label(label: Label, solution: Solution) -> Runs:
    """The same, with what stands low."""
    if isinstance(label, str):
        return ((label, False),)
    return (*_with_index(label.symbol), (f" {' '.join(value(label, solution))}", False))


def parts_of_label(label: Label, solution: Solution) -> list[Runs]:
    """What stands above an arrow and below it: a symbol, and its number."""
    if isinstance(label, str):
        return [((label, False),)]
    sign, number = value(label, solution)
    return [_with_index(label.symbol), ((number if sign == "=" else f"{sign} {number}", False),)]


def _with_index(symbol: Symbol) -> Runs:
    if symbol.by:
        above = _with_index(replace(symbol, by=None))
        return (("∂", False), *above, ("/∂", False), *_with_index(symbol.by))
    letter = PLAIN.symbol(replace(symbol, index=(), arguments=()))
    index = ",".join(map(str, symbol.index))
    arguments = PLAIN.symbol(Symbol("", arguments=symbol.arguments, separator=symbol.separator))
    return tuple(run for run in ((letter, False), (index, True), (arguments, False)) if run[0])


def words_of(figure: Diagram | Plot, solution: Solution, *, upright: bool = False) -> str:
    """All that a figure shows, for who cannot see it. What is where in it, is otherwise in an upright
    one."""
    told = _boxes(figure, solution) if isinstance(figure, Diagram) else _points(figure, solution)
    notes = figure.notes if isinstance(figure, Diagram) else ()
    description = [] if upright else [figure.description]
    return " ".join([f"{figure.title}.", *description, *told, *notes])


def _boxes(diagram: Diagram, solution: Solution) -> Iterator[str]:
    """Every box with its numbers, and what leads to it."""
    names = {box.id: box.name for box in diagram.boxes}
    into: dict[str, list[str]] = defaultdict(list)
    for arrow in diagram.arrows:
        text = label(arrow.label, solution)
        into[arrow.end].append(names[arrow.start] + (f" ({text})" if text else ""))
    for box in diagram.boxes:
        lines = [label(each, solution) for each in box.lines if each != box.name]
        if box.id in into:
            lines.append(f"from {', '.join(into[box.id])}")
        yield f"{box.name}: {', '.join(lines)}."


def _points(plot: Plot, solution: Solution) -> Iterator[str]:
    """Every point with its numbers."""
    for point in plot.points[:_MOST_TOLD]:
        yield f"{point.name}: {point_label(point, solution)}."
    if len(plot.points) > _MOST_TOLD:
        yield f"And {len(plot.points) - _MOST_TOLD} more."


def point_label(point: Point, solution: Solution) -> str:
    """Where a point stands."""
    up = label(point.up, solution)
    return up if isinstance(point.across, int) else f"{label(point.across, solution)}, {up}"

"""Figures as SVG documents: one file, drawn by any browser, nothing loaded from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from itertools import chain
from xml.etree.ElementTree import Element, indent, tostring

from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Figure, Trellis
from lossclass.errors import UsageError
from lossclass.figures import Arrow, Box, Diagram, Plot
from lossclass.render import diagram_svg, plot_svg, trellis_svg
from lossclass.solution import Solution

#: Nobody follows the arrows between more boxes of a graph of steps.
MOST_BOXES = 80


def picture(figure: Figure, solution: Solution, *, upright: bool = False) -> Element:
    """A figure as the root element of a drawing; a diagram also such that it is narrow, but high.

    Raises:
        UsageError: it is too large to be looked at.
    """
    match figure:
        case Trellis():
            return trellis_svg.Drawing(figure, solution).document()
        case Diagram():
            return diagram_svg.Drawing(figure, solution, upright=upright).document()
        case Plot():
            return plot_svg.Drawing(figure, solution).document()


def written(figure: Figure, solution: Solution) -> str:
    """The same as a document.

    Raises:
        UsageError: it is too large to be looked at.
    """
    root = picture(figure, solution)
    indent(root)
    for line in root.iter("text"):  # a space inside would be seen
        for part in line:
            line.text = part.tail = None
    return tostring(root, encoding="unicode") + "\n"


def address(document: str) -> str:
    """An address that holds the document itself."""
    return f"data:image/svg+xml;base64,{b64encode(document.encode()).decode('ascii')}"


def plot(solution: Solution) -> str:
    """The picture of a whole solution: its trellis, or else the graph of its steps.

    Raises:
        UsageError: it is too large to be looked at.
    """
    return written(trellis_of(solution) or graph_of(solution), solution)


def trellis_of(solution: Solution) -> Trellis | None:
    """The first trellis of a solution, if it has one."""
    blocks = chain.from_iterable(section.blocks for section in solution.sections)
    return next((block for block in blocks if isinstance(block, Trellis)), None)


def graph_of(solution: Solution) -> Diagram:
    """All that the answer is worked from, each with its number, and with the derivative of the
    answer by it where that was worked out.

    Raises:
        UsageError: there are more boxes than anybody could look at.
    """
    calculation = solution.calculation
    used = set(solution.answer_ids)
    for quantity in reversed(calculation.quantities):
        if quantity.id in used:
            used |= {each.id for each in quantities_in(quantity.definition)}
    quantities = [each for each in calculation.quantities if each.id in used]
    if len(quantities) > MOST_BOXES:
        raise UsageError(
            f"the graph of the steps is too large to plot: it has {len(quantities):,} boxes, for the "
            f"numbers given and the steps, and at most {MOST_BOXES} can be drawn"
        )
    boxes = (
        Box(
            each.id,
            PLAIN.symbol(each.symbol),
            (each, *_derivative(each, solution)),
            is_shaded=not each.is_given,
        )
        for each in quantities
    )
    arrows = dict.fromkeys(
        (used.id, each.id) for each in quantities for used in quantities_in(each.definition)
    )
    return Diagram(
        "graph",
        "The graph of the steps",
        tuple(boxes),
        tuple(Arrow(*ends) for ends in arrows),
        "Each box is a number that is given, or a shaded step. Arrows lead to a step from what it is "
        "worked from.",
    )


def _derivative(quantity: Quantity, solution: Solution) -> tuple[Quantity, ...]:
    """The derivative of the answer by a quantity, if there is one: the gradient calls it by the name
    of the quantity, and by its id where a step has that name."""
    known = solution.calculation.by_id
    name = quantity.id if quantity.name in known else quantity.name
    found = known.get(f"gradient.{name}")
    return (found,) if found is not None and found.symbol.by == quantity.symbol else ()

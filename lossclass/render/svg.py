"""Figures as SVG documents: one file, drawn by any browser, nothing loaded from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from itertools import chain
from xml.etree.ElementTree import Element, indent, tostring

from lossclass.blocks import Figure, Trellis
from lossclass.figures import Diagram, Plot
from lossclass.render import diagram_svg, plot_svg, trellis_svg
from lossclass.render.graph import graph_of
from lossclass.solution import Solution


def picture(figure: Figure, solution: Solution, *, upright: bool = False) -> Element:
    """A figure as the root element of a drawing; a diagram also such that it is narrow, but high.

    Raises:
        UsageError: it is too large to be looked at.
    """
    match figure:
        case Trellis():
            return trellis_svg.draw(figure, solution)
        case Diagram():
            return diagram_svg.draw(figure, solution, upright=upright)
        case Plot():
            return plot_svg.draw(figure, solution)


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

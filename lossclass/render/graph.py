"""The graph of a solution's steps: a box for each, and arrows from what it is worked from."""

from __future__ import annotations

from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.errors import UsageError
from lossclass.figures import Arrow, Box, Diagram
from lossclass.solution import Solution

#: Nobody follows the arrows between more boxes.
MOST_BOXES = 80


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

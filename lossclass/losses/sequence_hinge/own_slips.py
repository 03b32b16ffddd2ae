"""The mistakes that people make with the hinge losses of several classes and of whole sequences."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.expression import Constant, Expression, Max, Quantity, Sum
from lossclass.losses._slips import OwnSlip, Reworking, shared_slips


def multiclass_hinge_slips(rework: Reworking, formulation: str) -> Iterator[OwnSlip]:
    """The mistakes with one of several classes a time step: the other formulation, or no margin."""
    changed: dict[str, Expression] = {}
    if formulation == "weston_watkins":
        code = "only-the-largest"
        text = "Only the wrong class with the largest violation is counted: all of them count."
        for each in rework.all("hinge"):
            changed[each.id] = _largest(each.definition)
    else:
        code = "not-only-the-largest"
        text = "All wrong classes are counted: only the one with the largest violation counts."
        for each in rework.all("hinge"):
            zero, *violations = each.definition.operands
            changed[each.id] = Sum(*(Max(zero, violation) for violation in violations))
    yield from rework.slip(code, text, {**changed})
    without = {each.id: _without_margin(each) for each in rework.all("violation")}
    text = "The margin is left out: the true score has to be ahead by so much."
    yield from rework.slip("margin-forgotten", text, {**without})
    yield from shared_slips(rework)


def _largest(total: Expression) -> Expression:
    clipped = total.operands
    return Max(*clipped) if len(clipped) > 1 else clipped[0]


def _without_margin(violation: Quantity) -> Expression:
    ahead, true = violation.definition.operands
    return Sum(ahead.operands[1], true)


def structured_hinge_slips(rework: Reworking) -> Iterator[OwnSlip]:
    """The mistakes with whole sequences."""
    costs = {each.id: Constant(0) for each in rework.all("given.cost")}
    text = (
        "The costs are left out: each is added to its candidate's score before they are compared."
    )
    yield from rework.slip("cost-forgotten", text, {**costs})
    yield from shared_slips(rework)

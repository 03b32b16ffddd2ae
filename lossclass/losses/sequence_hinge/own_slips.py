"""The mistakes that people make with the hinge losses of several classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Max, Quantity, Sum, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.shapes.common_slips import halved_for_mean, shared_slips
from lossclass.slips import Slip
from lossclass.slips.making import everywhere_and_once, in_step, once


def multiclass_hinge_slips(calculation: Calculation, classes: int) -> Iterator[Slip]:
    """The mistakes with one of several classes a time step, in either formulation."""
    hinges, violations = calculation.all("hinge"), calculation.all("violation")
    without = {each.id: Sum(*_parts(each)[1:]) for each in violations}
    text = "The margin is left out: the true score has to be ahead by so much."
    yield from everywhere_and_once(calculation, "margin-forgotten", text, without)
    for each in hinges:
        there = {of.id: without[of.id] for of in quantities_in(each.definition)}
        if 1 < len(there) < len(without):
            yield Slip("margin-forgotten", in_step(calculation, each.id, text), there)
    text = f"It is divided by the number of classes, {classes}, as PyTorch's MultiMarginLoss does; here it is not."
    divided = {each.id: each.definition / classes for each in hinges}
    yield Slip("divided-by-classes", text, divided)
    yield from _of_the_other_scores(calculation, violations)
    yield from _counted_besides(calculation)
    yield from halved_for_mean(calculation, len(hinges))
    yield from shared_slips(calculation)


def _of_the_other_scores(
    calculation: Calculation, violations: Sequence[Quantity]
) -> Iterator[Slip]:
    """The score of a wrong class with the other sign, or 0 for it."""
    minus, zero = dict[str, Expression](), list[tuple[str, str, Expression]]()
    for each in violations:
        margin, score, true = _parts(each)
        if calculation.values[score.id]:
            minus[each.id] = margin - score + true
            text = f"0 is taken for {PLAIN.symbol(score.symbol)}."
            zero.append((each.id, text, margin + true))
    text = (
        "The score of the wrong class is taken off: it belongs added, and the true one taken off."
    )
    yield from everywhere_and_once(calculation, "sign-of-other-score", text, minus)
    yield from once(calculation, "zero-among-other-scores", zero)


def _counted_besides(calculation: Calculation) -> Iterator[Slip]:
    """What else is compared with the true score: itself, or a 0 in its place."""
    true_class, zero = dict[str, Expression](), dict[str, Expression]()
    for hinge in calculation.all("hinge"):
        margin, _, true = _parts(next(quantities_in(hinge.definition)))
        true_class[hinge.id] = _with(hinge.definition, margin)
        zero[hinge.id] = _with(hinge.definition, margin + true)
    text = "The true class is counted among the others: against itself it misses the whole margin."
    yield from everywhere_and_once(calculation, "true-class-counted", text, true_class)
    text = (
        "0 is counted among the scores of the wrong classes, as where the true one's is set to 0: "
    )
    text += "it is to be left out."
    yield from everywhere_and_once(calculation, "zero-among-other-scores", text, zero)


def _with(hinge: Expression, violation: Expression) -> Expression:
    """A hinge with one more violation."""
    if isinstance(hinge, Max):
        return Max(*hinge.operands, violation)
    return Sum(*hinge.operands, Max(Constant(0), violation))


def _parts(violation: Quantity) -> tuple[Expression, Quantity, Expression]:
    """The margin, the score of the wrong class, and minus the score of the true one."""
    ahead, true = violation.definition.operands
    margin, score = ahead.operands
    assert isinstance(score, Quantity)  # noqa: S101 - a score is named
    return margin, score, true

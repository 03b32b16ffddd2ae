"""The mistakes that people make with the hinge losses of several classes and of whole sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import shared_slips
from lossclass.losses._slips_places import everywhere_and_once, halved_for_mean, once
from lossclass.slips import Slip


def multiclass_hinge_slips(calculation: Calculation, formulation: str) -> Iterator[Slip]:
    """The mistakes with one of several classes a time step: the other formulation, or no margin."""
    changed: dict[str, Expression] = {}
    if formulation == "weston_watkins":
        code = "only-the-largest"
        text = "Only the wrong class with the largest violation is counted: all of them count."
        for each in calculation.all("hinge"):
            changed[each.id] = _largest(each.definition)
    else:
        code = "not-only-the-largest"
        text = "All wrong classes are counted: only the one with the largest violation counts."
        for each in calculation.all("hinge"):
            zero, *largest_of = each.definition.operands
            changed[each.id] = Sum(*(Max(zero, violation) for violation in largest_of))
    yield Slip(code, text, {**changed})
    violations = calculation.all("violation")
    without = {each.id: _without_margin(each) for each in violations}
    text = "The margin is left out: the true score has to be ahead by so much."
    yield from everywhere_and_once(calculation, "margin-forgotten", text, without)
    for each in calculation.all("hinge"):
        there = {
            id: new
            for id, new in without.items()
            if id.startswith(f"violation.{each.id.removeprefix('hinge.')}.")
        }
        if 1 < len(there) < len(without):
            where = PLAIN.symbol(each.symbol)
            yield Slip("margin-forgotten", f"In {where}: {text[0].lower()}{text[1:]}", {**there})
    yield from _divided_by_classes(calculation)
    yield from _of_the_other_scores(calculation, violations)
    yield from _counted_besides(calculation)
    yield from halved_for_mean(calculation, len(calculation.all("hinge")))
    yield from shared_slips(calculation)


def _divided_by_classes(calculation: Calculation) -> Iterator[Slip]:
    """The sum over the classes divided by how many there are, as a library does."""
    hinges = calculation.all("hinge")
    classes = 1 + max(
        len(
            [
                id
                for id in calculation.by_id
                if id.startswith(f"violation.{each.id.removeprefix('hinge.')}.")
            ]
        )
        for each in hinges
    )
    text = (
        f"It is divided by the number of classes, {classes}, as PyTorch's MultiMarginLoss does; here "
        "it is not."
    )
    divided = {each.id: Quotient(each.definition, Constant(classes)) for each in hinges}
    yield Slip("divided-by-classes", text, divided)


def _of_the_other_scores(
    calculation: Calculation, violations: Sequence[Quantity]
) -> Iterator[Slip]:
    """The score of a wrong class with the other sign, or 0 for it."""
    minus, zero = dict[str, Expression](), list[tuple[str, str, Expression]]()
    for each in violations:
        margin, score, true = _parts(each)
        if calculation.values[score.id]:
            minus[each.id] = Sum(margin, Negative(score), true)
            text = f"0 is taken for {PLAIN.symbol(score.symbol)}."
            zero.append((each.id, text, Sum(margin, true)))
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
        zero[hinge.id] = _with(hinge.definition, Sum(margin, true))
    text = "The true class is counted among the others: against itself it misses the whole margin."
    yield from everywhere_and_once(calculation, "true-class-counted", text, true_class)
    text = (
        "0 is counted among the scores of the wrong classes, as where the true one's is set to 0: "
        "it is to be left out."
    )
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


def _largest(total: Expression) -> Expression:
    clipped = total.operands
    return Max(*clipped) if len(clipped) > 1 else clipped[0]


def _without_margin(violation: Quantity) -> Expression:
    ahead, true = violation.definition.operands
    return Sum(ahead.operands[1], true)


def structured_hinge_slips(calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with whole sequences."""
    costs = {each.id: Constant(0) for each in calculation.all("given.cost")}
    text = (
        "The costs are left out: each is added to its candidate's score before they are compared."
    )
    yield Slip("cost-forgotten", text, {**costs})
    yield from shared_slips(calculation)

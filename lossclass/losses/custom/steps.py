"""The road by hand: the terms' own working and their weighted sum, then the formula."""

from __future__ import annotations

from collections.abc import Sequence

from lossclass import losses
from lossclass.arithmetic.expression import Product, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.custom.arrays import Array
from lossclass.losses.custom.formula import FormulaSteps, write_given
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.terms import Term
from lossclass.working import Working

_LOSS = Symbol("L")
_SUM_ALONE = "The loss: the sum of the terms"
_FORMULA_ALONE = "The loss: the formula, with the results put in"
_FORMULA = "The formula, with the results put in"
_BOTH = "The loss: the terms and the formula together"


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: those of each term under ``NAME.``, ``weighted.NAME``, ``sum``; for each sum or
    mean in the formula ``term.K.I``, ``sum.K``, ``mean.K``, numbered as they are worked, inner
    ones first; then ``loss``, after ``formula`` where there are terms too.

    An element that is a given number as it stands has no ``term.K.I``. A step that would hold
    two long sums or products has the inner ones before it, as ``STEP.part.1`` ….
    """
    terms = [_weighted_sum(inputs, working)] if inputs.terms else []
    names: dict[str, Array] = {}
    if inputs.given or inputs.formula is not None:
        names = write_given(working, inputs.formula, inputs.given, "F" if terms else "L")
    if inputs.formula is None:
        working.section("The loss")
        answer = working.step("loss", _LOSS, Sum(*terms), title=_SUM_ALONE)
    else:
        steps = FormulaSteps(inputs.formula, names, working)
        whole = steps.expression()
        working.section("The loss")
        if terms:
            formula = steps.step("formula", Symbol("F"), whole, title=_FORMULA)
            answer = working.step("loss", _LOSS, Sum(*terms, formula), title=_BOTH)
        else:
            answer = steps.step("loss", _LOSS, whole, title=_FORMULA_ALONE)
    _remark_on_infinity(working, answer)
    return [answer]


def _weighted_sum(inputs: Inputs, working: Working) -> Quantity:
    working.section("The terms")
    working.say("Each term is a problem of its own, and its loss is multiplied by its weight.")
    weights = [
        working.given(f"weight.{term.name}", term.symbol("w"), term.weight) for term in inputs.terms
    ]
    working.table(
        "terms",
        "",
        ("term", "loss", "weight"),
        (
            (term.name, losses.load(term.problem.loss).TITLE, weight)
            for term, weight in zip(inputs.terms, weights, strict=True)
        ),
    )
    own = [_term_loss(term, working) for term in inputs.terms]
    working.section("The weighted sum of the terms")
    weighted = [
        working.step(
            f"weighted.{term.name}",
            term.symbol("v"),
            Product(weight, loss),
            title=f"The weight of {term.name} times its loss",
        )
        for term, weight, loss in zip(inputs.terms, weights, own, strict=True)
    ]
    is_copied = inputs.formula is None
    return working.step(
        "sum",
        Symbol("S"),
        Sum(*weighted),
        title="The sum of the terms",
        only_in_full=is_copied or len(weighted) == 1,
    )


def _term_loss(term: Term, working: Working) -> Quantity:
    """The working of a term, on a part of the sheet."""
    loss = losses.load(term.problem.loss)
    part = working.part(term.name)
    (answer,) = loss.solve(term.problem.inputs, part)
    return answer


def _remark_on_infinity(working: Working, answer: Quantity) -> None:
    if working.values[answer.id].is_infinite():
        working.remark(
            "loss-is-infinite",
            f"The loss is {working.text(answer)}: an infinite part cannot be made up for by any "
            "finite ones.",
            answer,
        )

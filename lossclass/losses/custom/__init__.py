"""A loss of one's own: L = Σₖ wₖ·Lₖ + F, weighted terms that are problems themselves, and a formula.

A term is any other problem, and its loss counts with a weight, as where one network is trained
for several tasks at once; source: Caruana, "Multitask learning", Machine Learning 28 (1997). A
formula is arithmetic over named numbers, vectors and matrices, read by
:mod:`lossclass.arithmetic.parsing`; it works element by element, and ``sum`` and ``mean`` make
one number of many.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lossclass import losses
from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.notation import PLAIN
from lossclass.blocks import Call
from lossclass.losses._calls import How, calls
from lossclass.losses.custom.inputs import Inputs, Term
from lossclass.losses.custom.naming import written
from lossclass.losses.custom.numpy_road import gradient, value
from lossclass.losses.custom.steps import solve
from lossclass.losses.shapes.formulas import Differentiated
from lossclass.slips import Slip
from lossclass.working import Working

__all__ = ["Inputs", "gradient", "solve", "value"]

TITLE = "Custom loss"
FORMULA = "L = Σₖ wₖ·Lₖ + F, or one of the two"
ALIASES = ()


def differentiated(inputs: Inputs, working: Working) -> Differentiated:
    """What the terms have derivatives by, under ``NAME.KEY``, and the formula's names."""
    found: Differentiated = {}
    for term in inputs.terms:
        part, problem = working.part(term.name), term.problem
        own = losses.load(problem.loss).differentiated(problem.inputs, part)
        found |= {f"{term.name}.{key}": each for key, each in own.items()}
    return found | working.all_at(*inputs.given)


def formula_of(inputs: Inputs) -> str:
    """The formula that a problem is worked by."""
    own = "" if inputs.formula is None else written(inputs.formula, set(inputs.given))
    if not inputs.terms:
        return f"L = {own}"
    terms = [
        f"{PLAIN.symbol(each.symbol('w'))} · {PLAIN.symbol(each.symbol('L'))}"
        for each in inputs.terms
    ]
    return f"L = {' + '.join(terms)}" + (f" + F,  F = {own}" if own else "")


def frameworks(inputs: Inputs) -> list[Call]:
    """Why the libraries do not have this loss."""
    terms = ", ".join(str(term.name) for term in inputs.terms or ())
    return calls("custom", How("sum", (1,)), terms=terms, formula=bool(inputs.formula))


def slips(inputs: Inputs, _: Calculation) -> Iterator[Slip]:
    """Those of each term, carried on to the whole, and the weights left out."""
    if inputs.terms:
        weights = {f"given.weight.{term.name}": Decimal(1) for term in inputs.terms}
        text = "The weights of the terms are left out, as if all were 1."
        yield Slip("weights-forgotten", text, weights)
    for term in inputs.terms:
        yield from _of_term(term)


def _of_term(term: Term) -> Iterator[Slip]:
    """The slips of a term worked by itself, as what they make of its steps."""
    loss, working = losses.load(term.problem.loss), Working()
    loss.solve(term.problem.inputs, working)
    alone = Calculation(working.calculation, working.values)
    for slip in loss.slips(term.problem.inputs, alone):
        values = alone.again(slip.changed)
        changed = {_id_in_whole(term, id): value for id, value in values.items()}
        step = slip.step and _id_in_whole(term, slip.step)
        if changed:
            yield Slip(slip.code, f"In {term.name}: {slip.text}", changed, step)


def _id_in_whole(term: Term, id: str) -> str:
    if id.startswith("given."):
        return f"given.{term.name}.{id.removeprefix('given.')}"
    return f"{term.name}.{id}"

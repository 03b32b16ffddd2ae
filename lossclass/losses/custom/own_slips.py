"""The mistakes that people make with a loss put together of others: theirs, and with the weights."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lossclass import losses
from lossclass.arithmetic.calculation import Calculation
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.terms import Term
from lossclass.slips import Slip
from lossclass.working import Working


def slips(inputs: Inputs, _: Calculation) -> Iterator[Slip]:
    """Those of each term, carried on to the whole, and the weights left out."""
    if inputs.terms:
        weights = {f"given.weight.{term.name}": Decimal(1) for term in inputs.terms}
        text = "The weights of the terms are left out, as if all were 1."
        yield Slip("weights-forgotten", text, {**weights})
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

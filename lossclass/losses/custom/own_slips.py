"""The mistakes that people make with a loss put together of others: theirs, and with the weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from lossclass import losses
from lossclass.arithmetic.expression import Quantity
from lossclass.losses._slips import OwnSlip, Reworking
from lossclass.losses.custom.inputs import Inputs
from lossclass.losses.custom.terms import Term
from lossclass.working import Working


def slips(
    inputs: Inputs, calculation: Sequence[Quantity], values: Mapping[str, Decimal]
) -> Iterator[OwnSlip]:
    """Those of each term, carried on to the whole, and the weights left out."""
    rework = Reworking(calculation, values)
    if inputs.terms:
        weights = {f"given.weight.{term.name}": Decimal(1) for term in inputs.terms}
        text = "The weights of the terms are left out, as if all were 1."
        yield from rework.slip("weights-forgotten", text, {**weights})
    for term in inputs.terms:
        yield from _of_term(term, rework)


def _of_term(term: Term, rework: Reworking) -> Iterator[OwnSlip]:
    """The slips of a term worked by itself, and what they make of the whole."""
    loss, working = losses.load(term.problem.loss), Working()
    loss.solve(term.problem.inputs, working)
    for slip in loss.slips(term.problem.inputs, working.calculation, working.values):
        changed = {_id_in_whole(term, id): value for id, value in slip.values.items()}
        yield from rework.slip(slip.code, f"In {term.name}: {slip.text}", {**changed})


def _id_in_whole(term: Term, id: str) -> str:
    if id.startswith("given."):
        return f"given.{term.name}.{id.removeprefix('given.')}"
    return f"{term.name}.{id}"

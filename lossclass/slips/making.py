"""Slips that are made wherever they can be, at one place only, or in what is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Absolute, Expression, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.slips import Slip

#: Mistakes in single observations, classes or cells are worked out for so many of them.
MOST: Final = 60


def everywhere_and_once(
    calculation: Calculation, code: str, text: str, changed: Mapping[str, Expression]
) -> Iterator[Slip]:
    """A mistake made at all of its places, and, where there are several, at each alone."""
    if changed:
        yield Slip(code, text, changed)
    if len(changed) > 1:
        yield from once(calculation, code, ((id, text, new) for id, new in changed.items()))


def once(
    calculation: Calculation, code: str, places: Iterable[tuple[str, str, Expression]], most: int = MOST
) -> Iterator[Slip]:  # fmt: skip
    """A mistake made at one place at a time: the step, what is said, the other definition."""
    for id, text, new in islice(places, most):
        yield Slip(code, in_step(calculation, id, text), {id: new}, step=id)


def in_step(calculation: Calculation, id: str, text: str) -> str:
    """What is said of a mistake, with the step in which it is made."""
    return f"In {PLAIN.symbol(calculation.by_id[id].symbol)}: {text[0].lower()}{text[1:]}"


def in_itself(text: str, symbol: str) -> str:
    """What is said of a mistake in a step, below that very step: without the step."""
    told = text.removeprefix(f"In {symbol}: ")
    is_word = told != text and told.split()[0] in ("half", "the")  # not tanh, nor a symbol
    return told[0].upper() + told[1:] if is_word else told


def standing_in(
    calculation: Calculation, own: Quantity, others: Iterable[Quantity]
) -> Iterator[tuple[Quantity, str]]:
    """What may stand in the place of a quantity and is another number, and what is said of it."""
    for other in others:
        if calculation.values[other.id] != calculation.values[own.id]:
            there, belongs = PLAIN.symbol(other.symbol), PLAIN.symbol(own.symbol)
            yield other, f"{there} stands where {belongs} belongs."


def where_below_zero(
    calculation: Calculation, code: str, text: str, changed: Mapping[str, Expression]
) -> Iterator[Slip]:
    """Steps without an absolute value, or with one, made everywhere and at each place alone; where
    nothing is below 0, it is nothing of its own.

    Args:
        changed: the numbers themselves, or their absolute values.
    """

    def is_below(new: Expression) -> bool:
        number = new.operands[0] if isinstance(new, Absolute) else new
        return bool(number.value(calculation.values) < 0)

    below = [(id, text, new) for id, new in changed.items() if is_below(new)]
    if below:
        yield Slip(code, text, changed)
    if len(changed) > 1:
        yield from once(calculation, code, below)


def with_ones(calculation: Calculation, name: str, code: str, text: str) -> Iterator[Slip]:
    """The mistake of leaving given factors out."""
    if given := calculation.all(name):
        yield Slip(code, text, {each.id: Decimal(1) for each in given})

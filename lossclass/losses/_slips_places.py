"""Slips that are made wherever they can be, or at one place only; and in what a mean divides by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Operation,
    Quantity,
    Quotient,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses._slips import MOST
from lossclass.slips import Slip


def everywhere_and_once(
    calculation: Calculation, code: str, text: str, changed: Mapping[str, Expression]
) -> Iterator[Slip]:
    """A mistake made at all of its places, and, where there are several, at each alone."""
    if changed:
        yield Slip(code, text, {**changed})
    if len(changed) > 1:
        each_alone = ((id, text, new) for id, new in changed.items())
        yield from once(calculation, code, each_alone)


def once(
    calculation: Calculation, code: str, places: Iterable[tuple[str, str, Expression]], most: int = MOST
) -> Iterator[Slip]:  # fmt: skip
    """A mistake made at one place at a time: the step, what is said, the other definition."""
    for id, text, new in islice(places, most):
        where = PLAIN.symbol(calculation.by_id[id].symbol)
        yield Slip(code, f"In {where}: {text[0].lower()}{text[1:]}", {id: new}, step=id)


def where_below_zero(
    calculation: Calculation, code: str, text: str, absolute: Mapping[str, Absolute]
) -> Iterator[Slip]:
    """An absolute value in the place of another power or clip, made everywhere and at each place
    alone; where no operand is below 0, it is nothing of its own."""
    below = [
        (id, text, new)
        for id, new in absolute.items()
        if new.operands[0].value(calculation.values) < 0
    ]
    if below:
        yield Slip(code, text, {**absolute})
        yield from once(calculation, code, below if len(absolute) > 1 else ())


def mean_divided_by(expression: Expression, number: int) -> Expression | None:
    """A step that ends in a mean, with something else to divide by; None if it is no mean."""
    if isinstance(expression, Quotient) and isinstance(expression.operands[1], Constant):
        return Quotient(expression.operands[0], Constant(number))
    if not isinstance(expression, Operation):
        return None
    parts = [mean_divided_by(each, number) for each in expression.operands]
    if not any(parts):
        return None
    return expression.rebuilt(new or old for new, old in zip(parts, expression.operands, strict=True))  # fmt: skip


def reduced(calculation: Calculation) -> Sequence[Quantity]:
    """The steps in which losses become one: before a root, where there is one, and the answer."""
    return calculation.all("mean_square") or calculation.all("loss")


def halved_for_mean(calculation: Calculation, count: int) -> Iterator[Slip]:
    """The mistake of dividing by 2, whatever the number of terms."""
    for answer in reduced(calculation):
        halved = mean_divided_by(answer.definition, 2)
        if halved is not None and count > 2:
            text = f"It is divided by 2: the mean of {count} terms is their sum divided by {count}."
            yield Slip("halved-for-mean", text, {answer.id: halved})

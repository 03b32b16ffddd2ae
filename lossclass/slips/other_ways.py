"""Other ways to work the same that textbooks show, in any calculation: no mistakes, but other numbers on
the way to the same answer.

A softmax without the largest logit subtracted; a minus, a divisor or a base of logarithms that belongs
to every term of a sum, and may be taken at once or when they are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from functools import partial
from itertools import chain
from typing import Final

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation, is_same
from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Role,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import LOW_BASES, PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.replacing import Otherwise, with_others
from lossclass.records import record
from lossclass.slips import Convention
from lossclass.slips.rewritings import OTHER_BASES, codes_in, kind_of, throughout

_NONE = Constant(0)
#: To so many digits a factor is said.
_DIGITS_SAID: Final = 4


def other_ways(calculation: Calculation) -> Iterator[Convention]:
    """The other ways to work a calculation."""
    yield from _without_maximum(calculation)
    yield from _with_maximum(calculation)
    for added in _sums_that_end(calculation):
        yield from _taken_at_once(calculation, added)
        yield from _taken_later(calculation, added)


# --- the largest of what exp is taken of -------------------------------------------------


def _without_maximum(calculation: Calculation) -> Iterator[Convention]:
    """Exponentials of the logits themselves."""
    largest = [each for each in calculation if each.role is Role.CANCELS]
    without = partial(with_others, others={each.id: _NONE for each in largest})
    users = {user.id: user for each in largest for user in calculation.users[each.id]}
    if users:
        text = (
            "Here the largest is subtracted before exp; without that, the exponentials and their sum "
            "are other numbers, and what comes of them is the same."
        )
        otherwise = {id: Otherwise(without, user) for id, user in users.items()}
        yield Convention("without-maximum", text, otherwise)


def _with_maximum(calculation: Calculation) -> Iterator[Convention]:
    """The largest subtracted before exp, in a sum of exponentials."""
    for total in calculation:
        powers = _powers(total)
        users = [each.id for each in calculation.users[total.id]]
        if len(powers) < 2 or not users:
            continue
        with localcontext(WORKED_AGAIN):
            factor = 1 / max(calculation.values[each.id] for each in powers)
        sign = PLAIN.symbol(calculation.by_id[users[0]].symbol)
        text = f"The largest is subtracted before exp, which is not done here: {sign} is the same."
        otherwise = _multiplied_by(factor, [*powers, total])
        yield Convention("maximum-subtracted", text, otherwise, shown_by=users)


def _powers(total: Quantity) -> Sequence[Quantity]:
    """The exponentials that a quantity is the sum of, each a quantity; none if it is no such sum, or
    the largest is subtracted in them."""
    terms = total.definition.operands if isinstance(total.definition, Sum) else ()
    found = [
        each for each in terms if isinstance(each, Quantity) and isinstance(each.definition, Exp)
    ]
    is_shifted = any(
        used.role is Role.CANCELS for each in found for used in quantities_in(each.definition)
    )
    return found if len(found) == len(terms) and not is_shifted else ()


# --- what belongs to all terms of a sum --------------------------------------------------


@record
class _Added:
    """Terms that are added, and what the sum becomes.

    Attributes:
        levels: the terms; what is made of each of them by a factor; sums of some; the sum of all.
        end: the step that is made of the sum.
        factors: by what it is multiplied there.
    """

    levels: Sequence[Sequence[Quantity]]
    end: Quantity
    factors: Sequence[Expression]


def _multiplied_by(factor: Decimal, steps: Iterable[Quantity]) -> dict[str, Otherwise]:
    """Steps multiplied by a factor, which is taken back where they are used."""

    def times(number: Expression, expression: Expression) -> Expression:
        return -expression if factor == -1 else Product(number, expression)

    number = Constant(factor)
    written, back = partial(times, number), partial(times, Constant(1) / number)
    return {each.id: Otherwise(written, back(each)) for each in steps}


def _sums_that_end(calculation: Calculation) -> Iterator[_Added]:
    """The sums of which something is made by factors alone."""
    for end in calculation:
        if end.is_given:
            continue
        total, factors = _multiplied(end.definition)
        if total is not None and len(levels := [*_levels(total)]) > 1:
            yield _Added(levels[::-1], end, factors)


def _multiplied(expression: Expression) -> tuple[Quantity | None, list[Expression]]:
    """The step that an expression is a multiple of, and its factors."""
    match expression:
        case Quantity() if not expression.is_given:
            return expression, []
        case Negative(operands=(inner,)):
            step, factors = _multiplied(inner)
            return step, [Constant(-1), *factors]
        case Quotient(operands=(above, below)):
            step, factors = _multiplied(above)
            return step, [*factors, Constant(1) / below]
        case Product(operands=(*before, last)):
            step, factors = _multiplied(last)
            return step, [*before, *factors]
    return None, []


def _levels(total: Quantity) -> Iterator[Sequence[Quantity]]:
    """A sum of steps of one kind, what these are sums of, or given multiples, and so on."""
    level: Sequence[Quantity] = [total]
    while level:
        yield level
        level = [*_next(level)]


def _next(level: Sequence[Quantity]) -> Iterator[Quantity]:
    """The steps that all those of a level are sums or given multiples of, if they are of one kind."""
    found: list[Quantity] = []
    for each in level:
        match each.definition:
            case Sum(operands=terms):
                parts = terms
            case Product(operands=(Quantity() as weight, part)) if weight.is_given:
                parts = (part,)
            case _:
                return
        found.extend(part for part in parts if isinstance(part, Quantity))
        if len(found) < len(parts):
            return
    if len({kind_of(each.id) for each in found}) == 1 and not any(each.is_given for each in found):
        yield from found


def _taken_at_once(calculation: Calculation, added: _Added) -> Iterator[Convention]:
    """What the sum is multiplied by, each of several terms multiplied by it already."""
    if len(added.levels[0]) < 2:
        return
    with localcontext(WORKED_AGAIN):
        numbers = [each.value(calculation.values) for each in added.factors]
        whole = Decimal(1)
        for each in numbers:
            whole *= each
        wholes = dict.fromkeys([*numbers, whole])
    sign = PLAIN.symbol(added.end.symbol)
    for number in wholes:
        if number in (0, 1) or not number.is_finite():
            continue
        text = f"Each term is {_said(number)} already, where here only their sum is: {sign} is the same."
        for start in range(len(added.levels) - 1):
            otherwise = _multiplied_by(number, chain.from_iterable(added.levels[start:]))
            yield Convention("factor-in-each-term", text, otherwise, shown_by=[added.end.id])


def _said(factor: Decimal) -> str:
    """What is done by a factor."""
    if factor == -1:
        return "given the minus"
    with localcontext(WORKED_AGAIN):
        below = 1 / factor
        if is_same(below, below.to_integral_value()):
            return f"divided by {PLAIN.number(below.to_integral_value())}"
        return f"multiplied by {PLAIN.number(show(factor, _DIGITS_SAID).value)}"


def _taken_later(calculation: Calculation, added: _Added) -> Iterator[Convention]:
    """The minus of the terms, or the factor that makes another base of their logarithms, taken of a sum
    of them."""
    terms = added.levels[0]
    later: list[tuple[str, Decimal, str]] = []
    if all(isinstance(each.definition, Negative) for each in terms):
        later.append(("minus-later", Decimal(-1), "The minus is put later than here"))
    for code, factor in _other_bases(calculation, terms):
        name = LOW_BASES.get(wrong := code.partition("-for-")[0], wrong)
        later.append(
            (
                "base-later",
                factor,
                f"The logarithm is {name}, and is turned into the other base later than here",
            )
        )
    for code, factor, said in later:
        for stop, level in enumerate(added.levels, start=1):
            ends = dict.fromkeys(user.id for each in level for user in calculation.users[each.id])
            sign = PLAIN.symbol(calculation.by_id[next(iter(ends))].symbol)
            otherwise = _multiplied_by(factor, chain.from_iterable(added.levels[:stop]))
            yield Convention(code, f"{said}: {sign} is the same.", otherwise, shown_by=ends)


def _other_bases(
    calculation: Calculation, terms: Sequence[Quantity]
) -> Iterator[tuple[str, Decimal]]:
    """Other bases for the logarithms in terms, and what all terms are multiplied by with each."""
    values = calculation.values
    counting = [each for each in terms if values[each.id]]
    codes = (codes_in(each.definition) & OTHER_BASES for each in counting)
    for code in sorted(frozenset.intersection(*codes)) if counting else ():
        with localcontext(WORKED_AGAIN):
            made = [throughout(each.definition, code).value(values) for each in counting]
            ratios = [new / values[each.id] for new, each in zip(made, counting, strict=True)]
        if all(is_same(each, ratios[0]) for each in ratios):
            yield code, ratios[0]

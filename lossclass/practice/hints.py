"""Hints for a step, from the rule to the numbers in their places; none has the result in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lossclass.arithmetic.expression import Operation, Quantity, quantities_in
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import Shown
from lossclass.practice.words import in_words
from lossclass.worksheets.worksheet import Question

#: Of so many numbers, the middle ones are left out.
_MOST, _FIRST, _LAST = 16, 10, 3


@dataclass(frozen=True)
class Hint:
    """One hint: texts, a line each at least, or a side of the equation with whether ``=`` may
    stand before it."""

    texts: tuple[str, ...] = ()
    side: tuple[bool, str] | None = None


def hints_for(question: Question, values: Mapping[str, Decimal], digits: int) -> tuple[Hint, ...]:
    """The hints, each telling more than the one before it: which rule, which numbers, and the
    numbers put into the formula.

    What is only copied has the first alone: its number would be the result.

    Args:
        values: of all quantities, by id.
        digits: significant digits of the numbers in hints.
    """
    definition = question.quantity.definition
    rule = Hint(tuple(filter(None, (question.why, in_words(definition)))))
    if not isinstance(definition, Operation):
        return (rule,)
    line = lay_out(question.quantity, values, digits)
    side = line.sides[0]
    return (rule, Hint(tuple(_numbers(line))), Hint(side=(side.exact, side.write(PLAIN))))


def _numbers(line: Line) -> Sequence[str]:
    """Which numbers go into the formula, with the digits that they have in the line."""
    used = {each.id: each for each in quantities_in(line.quantity.definition)}
    numbers = line.sides[0].numbers
    texts = [_equation(each, numbers[each.id]) for each in used.values()]
    if len(texts) > _MOST:
        left_out = f"… {len(texts) - _FIRST - _LAST} more …"
        return [*texts[:_FIRST], left_out, *texts[-_LAST:]]
    return texts or ["All numbers stand in the formula already."]


def _equation(quantity: Quantity, number: Shown) -> str:
    sign = "=" if number.exact else "≈"
    return f"{PLAIN.symbol(quantity.symbol)} {sign} {PLAIN.number(number.value)}"

"""Hints for a step, from the rule to the numbers in their places; none has the result in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import (
    Absolute,
    ArgMax,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Root,
    Sigmoid,
    Sum,
    Tanh,
    quantities_in,
)
from lossclass.arithmetic.line import Line, formula, lay_out
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import Shown
from lossclass.marking.operands import listed
from lossclass.records import record
from lossclass.worksheets.worksheet import Question

#: Of so many numbers, the middle ones are left out.
_MOST, _FIRST, _LAST = 16, 10, 3
_LOGARITHMS = {"e": "natural logarithm", "2": "logarithm to base 2", "10": "logarithm to base 10"}
_OF_ONE: dict[type[Expression], str] = {
    Exp: "Raise e to the power {}",
    Tanh: "Take the hyperbolic tangent of {}",
    Sigmoid: "Take the sigmoid 1 / (1 + exp(−x)) of x = {}",
    Absolute: "Take {} without its sign",
    Root: "Take the square root of {}",
}
#: Of so many operands, the middle ones are left out.
_MOST_NAMES, _FIRST_NAMES, _LAST_NAMES = 12, 6, 2


@record
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
    rule = Hint(tuple(filter(None, (question.why, _in_words(definition)))))
    if not isinstance(definition, Operation):
        return (rule,)
    line = lay_out(question.quantity, values, digits)
    side = line.sides[0]
    return (rule, Hint(tuple(_numbers(line))), Hint(side=(side.exact, side.write(PLAIN))))


def _numbers(line: Line) -> Sequence[str]:
    """Which numbers go into the formula, with the digits that they have in the line."""
    used = {each.id: each for each in quantities_in(line.quantity.definition)}
    numbers = line.sides[0].numbers
    texts = [equation(each, numbers[each.id]) for each in used.values()]
    if len(texts) > _MOST:
        left_out = f"… {len(texts) - _FIRST - _LAST} more …"
        return [*texts[:_FIRST], left_out, *texts[-_LAST:]]
    return texts or ["All numbers stand in the formula already."]


def equation(quantity: Quantity, number: Shown) -> str:
    """A quantity and what it comes to, rounded or not."""
    sign = "=" if number.exact else "≈"
    return f"{PLAIN.symbol(quantity.symbol)} {sign} {PLAIN.number(number.value)}"


# --- a formula in words ---


def _in_words(expression: Expression) -> str:
    """A sentence that says what to do."""
    match expression:
        case Quantity():
            return f"Take {_said(expression)} as it is."
        case Constant():
            return "It is a number that was worked out elsewhere."
        case Negative(operands=(inner,)):
            return f"{_steps(inner)}, and change the sign."
    return f"{_steps(expression)}."


def _steps(expression: Expression) -> str:
    match expression:
        case Sum(operands=operands):
            return _sum(operands)
        case Product(operands=operands):
            return f"Multiply {_listed(operands)}"
        case Quotient(operands=(above, below)):
            return f"Divide {_said(above)} by {_said(below)}"
        case Power(operands=(base, Constant(number=exponent))) if exponent == 2:
            return f"Square {_said(base)}"
        case Power(operands=(base, exponent)):
            return f"Raise {_said(base)} to the power {_said(exponent)}"
        case Max(operands=operands) | Min(operands=operands):
            which = "larg" if isinstance(expression, Max) else "small"
            which += "er" if len(operands) == 2 else "est"
            return f"Take the {which} of {_listed(operands)}"
        case ArgMax(operands=operands):
            return f"Say which is the largest of {_listed(operands)}, by its place in this order, from 1"
        case Log(operands=(inner,), base=base):
            return f"Take the {_LOGARITHMS[base]} of {_said(inner)}"
        case Operation(operands=(inner,)) if type(expression) in _OF_ONE:
            return _OF_ONE[type(expression)].format(_said(inner))
    return f"Take {_said(expression)}"


def _sum(operands: Sequence[Expression]) -> str:
    added = [each for each in operands if not isinstance(each, Negative)]
    taken = [each.operands[0] for each in operands if isinstance(each, Negative)]
    if not taken:
        return f"Add {_listed(added)}"
    if not added:
        return f"Add {_listed(taken)}, and change the sign"
    first = _said(added[0]) if len(added) == 1 else f"the sum of {_listed(added)}"
    return f"Subtract {_listed(taken)} from {first}"


def _said(expression: Expression) -> str:
    return formula(expression, PLAIN)


def _listed(operands: Sequence[Expression]) -> str:
    """Operands in a sentence, of many the first and the last."""
    names = [_said(each) for each in operands]
    if len(names) > _MOST_NAMES:
        left_out = len(names) - _FIRST_NAMES - _LAST_NAMES
        names[_FIRST_NAMES:-_LAST_NAMES] = [f"{left_out} more like these"]
    return listed(names)

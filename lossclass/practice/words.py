"""A formula in words: what to do last, and with what."""

from __future__ import annotations

from collections.abc import Sequence

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
)
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN

_LOGARITHMS = {"e": "natural logarithm", "2": "logarithm to base 2", "10": "logarithm to base 10"}
_OF_ONE: dict[type[Expression], str] = {
    Exp: "Raise e to the power {}",
    Tanh: "Take the hyperbolic tangent of {}",
    Sigmoid: "Take the sigmoid 1 / (1 + exp(−x)) of x = {}",
    Absolute: "Take {} without its sign",
    Root: "Take the square root of {}",
}
#: Of so many operands, the middle ones are left out.
_MOST, _FIRST, _LAST = 12, 6, 2


def in_words(expression: Expression) -> str:
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
            return f"Multiply {listed([_said(each) for each in operands])}"
        case Quotient(operands=(above, below)):
            return f"Divide {_said(above)} by {_said(below)}"
        case Power(operands=(base, Constant(number=exponent))) if exponent == 2:
            return f"Square {_said(base)}"
        case Power(operands=(base, exponent)):
            return f"Raise {_said(base)} to the power {_said(exponent)}"
        case Max(operands=operands) | Min(operands=operands):
            which = "larg" if isinstance(expression, Max) else "small"
            which += "er" if len(operands) == 2 else "est"
            return f"Take the {which} of {listed([_said(each) for each in operands])}"
        case ArgMax(operands=operands):
            which = listed([_said(each) for each in operands])
            return f"Say which is the largest of {which}, by its place in this order"
        case Log(operands=(inner,), base=base):
            return f"Take the {_LOGARITHMS[base]} of {_said(inner)}"
        case Operation(operands=(inner,)) if type(expression) in _OF_ONE:
            return _OF_ONE[type(expression)].format(_said(inner))
    return f"Take {_said(expression)}"


def _sum(operands: Sequence[Expression]) -> str:
    added = [_said(each) for each in operands if not isinstance(each, Negative)]
    taken = [_said(each.operands[0]) for each in operands if isinstance(each, Negative)]
    if not taken:
        return f"Add {listed(added)}"
    if not added:
        return f"Add {listed(taken)}, and change the sign"
    first = added[0] if len(added) == 1 else f"the sum of {listed(added)}"
    return f"Subtract {listed(taken)} from {first}"


def _said(expression: Expression) -> str:
    return formula(expression, PLAIN)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, of many the first and the last."""
    if len(names) > _MOST:
        left_out = len(names) - _FIRST - _LAST
        names = [*names[:_FIRST], f"{left_out} more like these", *names[-_LAST:]]
    return ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]

"""The functions that calculators have and hand work has not, worked out by powers of e.

tanh(0.5) = (exp(0.5) − exp(-0.5)) / (exp(0.5) + exp(-0.5)) ≈ … ≈ 0.4621
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import localcontext
from typing import Final

from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Negative,
    Operation,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.line import DecimalValues, Line, comes_out, lay_out
from lossclass.arithmetic.notation import Notation, as_number
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

#: A line with more digits than asked for by so many teaches nobody what the function is: a number
#: so near to 0 is its own tanh.
_MOST_MORE_DIGITS: Final = 8
#: Beyond, powers of e are too large or small for anybody.
_LARGEST: Final = 1_000_000


@record
class FunctionLine:
    """A function of a number, which is rounded as on the line, and what it is worked out as."""

    function: Operation
    line: Line

    def left(self, notation: Notation) -> str:
        return notation.write(self.function, as_number)

    def sides(self, notation: Notation) -> list[tuple[bool, str]]:
        """What stands after it, each with whether ``=`` may stand before it."""
        (_, first), *rest = self.line.chain(notation)
        return [(True, first), *rest]


def functions_in(expression: Expression) -> Iterator[Operation]:
    """The tanh and sigmoid in an expression, inner ones last."""
    if isinstance(expression, Tanh | Sigmoid):
        yield expression
    for operand in expression.operands:
        yield from functions_in(operand)


def work_out(function: Operation, values: DecimalValues, digits: int) -> FunctionLine | None:
    """A tanh or sigmoid worked out; None where its number is so small or large that no line with
    some digits comes out.

    Args:
        values: of the quantities in it, at full precision, by id.
        digits: how many significant digits to show of what is not exact.
    """
    with localcontext(WORKING):
        number = function.operands[0].value(values)
        if not abs(number) <= _LARGEST:
            return None
        numbers = {"x": number, "-x": -number}
        x, minus_x = (Quantity(id, Symbol(id), Constant(each)) for id, each in numbers.items())
        result = Quantity("result", Symbol("result"), _by_powers_of_e(function, x, minus_x))
        known = {each.id: each.definition.value({}) for each in (x, minus_x)}
        known[result.id] = function.value(values)
        line = lay_out(result, known, digits)
        if not comes_out(line, digits, digits + _MOST_MORE_DIGITS):
            return None
        rounded = line.sides[0].numbers[minus_x.id].value
        return FunctionLine(function.rebuilt([Constant(-rounded)]), line)


def _by_powers_of_e(function: Operation, x: Expression, minus_x: Expression) -> Expression:
    if isinstance(function, Sigmoid):
        return Quotient(Constant(1), Sum(Constant(1), Exp(minus_x)))
    return Quotient(Sum(Exp(x), Negative(Exp(minus_x))), Sum(Exp(x), Exp(minus_x)))

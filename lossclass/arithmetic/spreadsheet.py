"""Expressions as formulas of a spreadsheet.

There, a minus before a number binds tighter than a power: −2^2 is 4. There is no infinity, and
numbers end at 1.8E+308; no formula may be too long, or nested too deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import (
    Absolute,
    ArgMax,
    Choose,
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
from lossclass.arithmetic.notation import ATOM, POWER, PRECEDENCE, PRODUCT, SUM, as_number
from lossclass.arithmetic.number import WORKING

#: Stands for ∞: so large that it stays what it is whatever is added to it, so far from the end that
#: a thousand of it can be added up. From ``LARGE`` on, a number is what was made of it.
INFINITE: Final = "1E+305"
LARGE: Final = "1E+280"
#: A spreadsheet keeps so many digits of a number that is typed.
DIGITS: Final = 15
#: EXP of more is beyond what a spreadsheet can hold.
_LARGEST_EXPONENT: Final = 709
#: Spreadsheets take 8,192 letters, 255 operands of a function and 64 levels. We stay well below:
#: what is longer than a formula may be is worked out in a cell of its own, and so is an operand
#: that is long or deep itself.
_LONGEST, _LONGEST_OPERAND, _DEEPEST, _MOST_OPERANDS = 4_000, 1_000, 30, 200


class SpreadsheetFormula:
    """Writes expressions, without the ``=`` before them.

    A limit is written where these numbers come to one: LN(0) as IF(A1=0,−∞,LN(A1)). Elsewhere the
    plain function stands, which says #NUM! if another number takes it there.

    Args:
        cell: where a quantity stands.
        values: those of the quantities, by id.
        part: puts a formula into a cell of its own, and says where that is.
    """

    def __init__(
        self,
        cell: Callable[[Quantity], str],
        values: Mapping[str, Decimal],
        part: Callable[[str], str],
    ) -> None:
        self._cell = cell
        self._values = values
        self._part = part

    def write(self, expression: Expression) -> str:
        """An expression.

        Raises:
            TypeError: it has a node that no rule here covers.
        """
        with localcontext(WORKING):
            if isinstance(expression, Operation):
                return self._operation(expression)[0]
            return self._at(SUM, expression)

    def _at(self, place: int, node: Expression) -> str:
        """The text for a place that takes this precedence and tighter."""
        if isinstance(node, Quantity):
            return self._cell(node)
        if not isinstance(node, Operation):
            text = spreadsheet_number(as_number(node))
            return f"({text})" if text.startswith("-") and place > SUM else text
        text, level = self._operation(node)
        if len(text) > _LONGEST_OPERAND or _depth(text) > _DEEPEST:
            return self._part(text)
        return f"({text})" if level < place else text

    def _operation(self, node: Operation) -> tuple[str, int]:
        """The text of an operation, and its precedence."""
        level = PRECEDENCE.get(type(node), ATOM)
        match node:
            case Sum(operands=(first, *rest)):
                return self._joined([self._at(SUM, first), *map(self._further_term, rest)]), level
            case Product(operands=(first, *rest)):
                factors = (f"*{self._at(POWER, each)}" for each in rest)
                return self._joined([self._at(PRODUCT, first), *factors]), level
            case Negative(operands=(operand,)):
                return "-" + self._at(ATOM, operand), level
            case Quotient(operands=(above, below)):
                return self._quotient(above, below)
            case Power(operands=(base, exponent)):
                return self._power(base, exponent)
            case Max() | Min():
                name = "MAX" if isinstance(node, Max) else "MIN"
                return self._extreme(name, [self._at(SUM, each) for each in node.operands]), ATOM
            case ArgMax(operands=operands):
                return self._place_of_largest([self._at(SUM, each) for each in operands]), ATOM
            case Choose(operands=operands):
                return f"CHOOSE({','.join(self._at(SUM, each) for each in operands)})", ATOM
        (operand,) = node.operands
        return self._function(node, self._value(operand), operand)

    def _function(self, node: Operation, value: Decimal, operand: Expression) -> tuple[str, int]:
        """A function of one number, which has this value."""
        if isinstance(node, Sigmoid):
            x = self._at(ATOM, operand)
            text = f"1/(1+EXP(-{x}))"
            small = f"{x}<-{_LARGEST_EXPONENT}" if value < -_LARGEST_EXPONENT else ""
            return _unless(small, f"EXP({x})", text, PRODUCT)
        x = self._at(SUM, operand)
        match node:
            case Log():
                text = {"e": f"LN({x})", "2": f"LOG({x},2)", "10": f"LOG10({x})"}[node.base]
                if not value:
                    return _unless(f"{x}=0", f"-{INFINITE}", text, ATOM)
                large = "" if value.is_finite() else f"{x}>={LARGE}"
                return _unless(large, INFINITE, text, ATOM)
            case Exp():
                large = f"{x}>{_LARGEST_EXPONENT}" if value > _LARGEST_EXPONENT else ""
                return _unless(large, INFINITE, f"EXP({x})", ATOM)
            case Root():
                large = "" if value.is_finite() else f"{x}>={LARGE}"
                return _unless(large, INFINITE, f"SQRT({x})", ATOM)
            case Tanh():
                return f"TANH({x})", ATOM
            case Absolute():
                return f"ABS({x})", ATOM
        raise TypeError(f"no formula of a spreadsheet for {type(node).__name__}")

    def _quotient(self, above: Expression, below: Expression) -> tuple[str, int]:
        a, b = self._at(PRODUCT, above), self._at(POWER, below)
        value = self._value(below)
        if not value:
            return _unless(f"{b}=0", f"SIGN({a})*{INFINITE}", f"{a}/{b}", PRODUCT)
        large = "" if value.is_finite() else f"ABS({b})>={LARGE}"
        return _unless(large, "0", f"{a}/{b}", PRODUCT)

    def _power(self, base: Expression, exponent: Expression) -> tuple[str, int]:
        a, b = self._at(ATOM, base), self._at(ATOM, exponent)
        value, raised = self._value(base), self._value(exponent)
        at_limit, limit = "", ""
        if not value and not raised:
            at_limit, limit = f"{b}=0", "1"
        elif not value and raised < 0:
            at_limit, limit = f"{a}=0", INFINITE
        elif not value.is_finite():
            at_limit = f"ABS({a})>={LARGE}"
            limit = spreadsheet_number(elementary.power(value, raised))
        return _unless(at_limit, limit, f"{a}^{b}", POWER)

    def _extreme(self, name: str, operands: list[str]) -> str:
        """The largest or smallest; of too many, the largest of the largest of some."""
        while len(operands) > _MOST_OPERANDS or len(",".join(operands)) > _LONGEST:
            some = min(_MOST_OPERANDS, _LONGEST // (1 + max(map(len, operands))))
            operands = [
                self._part(f"{name}({','.join(operands[n : n + some])})")
                for n in range(0, len(operands), some)
            ]
        return f"{name}({','.join(operands)})"

    def _place_of_largest(self, operands: list[str]) -> str:
        """The first that reaches the largest, from 1."""
        largest = self._part(self._extreme("MAX", operands))
        text = str(len(operands))
        for place in range(len(operands) - 1, 0, -1):
            text = f"IF({operands[place - 1]}>={largest},{place},{text})"
            if len(text) > _LONGEST or _depth(text) > _DEEPEST:
                text = self._part(text)
        return text

    def _joined(self, texts: Iterable[str]) -> str:
        """Terms or factors with their signs; where they are too long, the first of them are worked
        out before."""
        line = ""
        for text in texts:
            if len(line) + len(text) > _LONGEST:
                line = self._part(line)
            line += text
        return line

    def _further_term(self, term: Expression) -> str:
        if isinstance(term, Negative):
            return "-" + self._at(PRODUCT, term.operands[0])
        return "+" + self._at(PRODUCT, term)

    def _value(self, node: Expression) -> Decimal:
        value: Decimal = node.value(self._values)
        return value


def _unless(at_limit: str, limit: str, text: str, level: int) -> tuple[str, int]:
    """A text and its precedence; with what it comes to at a limit, if there is one to come to."""
    return (f"IF({at_limit},{limit},{text})", ATOM) if at_limit else (text, level)


def _depth(text: str) -> int:
    """How deep brackets stand in brackets."""
    depth = deepest = 0
    for each in text:
        depth += (each == "(") - (each == ")")
        deepest = max(deepest, depth)
    return deepest


def spreadsheet_number(number: Decimal) -> str:
    """A number in so many digits as a formula can have."""
    if number.is_infinite():
        return f"-{INFINITE}" if number < 0 else INFINITE
    return f"{float(number):.{DIGITS}g}".upper()


def double(number: Decimal) -> float:
    """A number as a cell holds it."""
    return float(spreadsheet_number(number)) if number.is_infinite() else float(number)

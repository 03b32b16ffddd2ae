"""Expressions as Python, to be run with NumPy (as ``np``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.expression import (
    Absolute,
    Expression,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Root,
    Sum,
)
from lossclass.arithmetic.notation import (
    ATOM,
    POWER,
    PRECEDENCE,
    PRODUCT,
    SUM,
    as_number,
    function_name,
)

#: Each is in NumPy or Python itself, but for ``sigmoid``, which the reader has to define.
_FUNCTIONS: Final = {
    "ln": "np.log",
    "log2": "np.log2",
    "log10": "np.log10",
    "exp": "np.exp",
    "tanh": "np.tanh",
    "sigmoid": "sigmoid",
    "max": "max",
    "min": "min",
}
#: More operands are put into a list: Python's parser does not like very long sums.
_MOST_OPERANDS = 40


def number_source(number: Decimal) -> str:
    """A number with all its digits."""
    if number.is_infinite():
        return "-np.inf" if number < 0 else "np.inf"
    return str(number)


class PythonSource:
    """Writes expressions.

    Args:
        name: what to write for a quantity.
        times: a function of the reader's for products, where ``*`` would not do: 0 · ∞ is 0 here.
    """

    def __init__(self, name: Callable[[Quantity], str], times: str | None = None) -> None:
        self._name = name
        self._times = times

    def write(self, expression: Expression) -> str:
        """An expression.

        Raises:
            TypeError: it has a node that no rule here covers.
        """
        return self._at(SUM, expression)

    def _at(self, place: int, node: Expression) -> str:
        """The text for a place that takes this precedence and tighter."""
        if isinstance(node, Quantity):
            return self._name(node)
        if not isinstance(node, Operation):
            text = number_source(as_number(node))
            return f"({text})" if text.startswith("-") and place > SUM else text
        text = self._operation(node)
        level = ATOM if self._is_a_call(node) else PRECEDENCE.get(type(node), ATOM)
        return f"({text})" if level < place else text

    def _is_a_call(self, node: Operation) -> bool:
        is_product = isinstance(node, Product)
        return (
            self._is_in_a_list(node)
            or isinstance(node, Root)
            or (is_product and self._times is not None)
        )

    def _is_in_a_list(self, node: Operation) -> bool:
        return isinstance(node, Sum | Product) and len(node.operands) > _MOST_OPERANDS

    def _operation(self, node: Operation) -> str:
        name = function_name(node)
        if name is not None:
            return f"{_FUNCTIONS[name]}({self._listed(node.operands)})"
        match node:
            case Sum():
                return self._sum(node)
            case Negative(operands=(operand,)):
                return "-" + self._at(PRODUCT, operand)
            case Product():
                return self._product(node)
            case Quotient(operands=(above, below)):
                return f"{self._at(PRODUCT, above)} / {self._at(POWER, below)}"
            case Power(operands=(base, exponent)):
                return f"{self._at(ATOM, base)} ** {self._at(ATOM, exponent)}"
            case Absolute(operands=(operand,)):
                return f"abs({self.write(operand)})"
            case Root(operands=(operand,)):
                return f"np.sqrt({self.write(operand)})"
        raise TypeError(f"no Python for {type(node).__name__}")

    def _sum(self, node: Sum) -> str:
        if self._is_in_a_list(node):
            return f"sum([{self._listed(node.operands)}])"
        first, *rest = node.operands
        return self._at(SUM, first) + "".join(map(self._further_term, rest))

    def _product(self, node: Product) -> str:
        if self._times:
            return f"{self._times}({self._listed(node.operands)})"
        if self._is_in_a_list(node):
            return f"np.prod([{self._listed(node.operands)}])"
        first, *rest = node.operands
        return " * ".join([self._at(PRODUCT, first), *(self._at(POWER, each) for each in rest)])

    def _listed(self, operands: Sequence[Expression]) -> str:
        return ", ".join(map(self.write, operands))

    def _further_term(self, term: Expression) -> str:
        if isinstance(term, Negative):
            return " - " + self._at(PRODUCT, term.operands[0])
        return " + " + self._at(PRODUCT, term)

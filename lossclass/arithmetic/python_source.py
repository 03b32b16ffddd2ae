"""Expressions as Python, to be run with NumPy (as ``np``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.expression import (
    ArgMax,
    Choose,
    Expression,
    Operation,
    Product,
    Quantity,
    Root,
    Sum,
)
from lossclass.arithmetic.notation import SUM, TYPED, Leaf, Notation, as_number
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

#: Each is in NumPy or Python itself, but for ``sigmoid``, which the reader has to define.
_FUNCTIONS: Final = {
    **{name: f"np.{name}" for name in ("log2", "log10", "exp", "tanh")},
    "ln": "np.log",
}
_CALLS: Final[Mapping[type[Operation], str]] = {
    Root: "np.sqrt({})",
    ArgMax: "(1.0 + np.argmax([{}]))",
    Choose: "(lambda place, *numbers: numbers[int(place) - 1])({})",
}
#: More operands are put into a list: Python's parser does not like very long sums.
_MOST_OPERANDS = 40


def number_source(number: Decimal) -> str:
    """A number with all its digits."""
    if number.is_infinite():
        return "-np.inf" if number < 0 else "np.inf"
    return str(number)


@record
class _Python(Notation):
    """What the signs of a notation cannot say: what is written as a call."""

    product: str | None = None

    def _at(self, place: int, expression: Expression, leaf: Leaf, *, leading: bool) -> str:
        if isinstance(expression, Operation) and (call := self._call(expression)):
            listed = ", ".join(self.write(each, leaf) for each in expression.operands)
            return call.format(listed)
        return super()._at(place, expression, leaf, leading=leading)

    def _call(self, node: Operation) -> str:
        """How an operation is called with its operands; nothing where it has signs."""
        if isinstance(node, Product) and self.product:
            return f"{self.product}({{}})"
        if isinstance(node, Sum | Product) and len(node.operands) > _MOST_OPERANDS:
            return "sum([{}])" if isinstance(node, Sum) else "np.prod([{}])"
        return _CALLS.get(type(node), "")

    def _leaf(self, place: int, shown: Decimal | Symbol, *, leading: bool) -> str:
        if isinstance(shown, Symbol):
            return shown.letter
        text = number_source(shown)
        return f"({text})" if text.startswith("-") and place > SUM else text


def python_source(
    name: Callable[[Quantity], str], times: str | None = None
) -> Callable[[Expression], str]:
    """What writes expressions.

    Args:
        name: what to write for a quantity.
        times: a function of the reader's for products, where ``*`` would not do: 0 · ∞ is 0 here.
    """
    signs = {
        **{each.name: getattr(TYPED, each.name) for each in fields(TYPED)},
        "minus": "-",
        "times": "*",
        "bars": ("abs(", ")"),
        "power": "{} ** {}".format,
        "function": lambda each: _FUNCTIONS.get(each, each),
    }
    notation = _Python(**signs, product=times)

    def leaf(node: Expression) -> Decimal | Symbol:
        return Symbol(name(node)) if isinstance(node, Quantity) else as_number(node)

    return lambda expression: notation.write(expression, leaf)

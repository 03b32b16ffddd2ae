"""What may be seen on a worksheet: which quantities, and which sentences.

A quantity may be seen if the problem gives it, or if it is told because nobody is asked for it. A
sentence may not if a number stands in it that may not: of numbers with a decimal point, all that
are neither such a quantity nor part of a formula; of whole numbers, which also count things, those
that an asked step comes to, from 10 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Quantity
from lossclass.arithmetic.number import show
from lossclass.solution import Solution
from lossclass.worksheets.choosing import Choice, is_given

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
#: Smaller whole numbers are too common to be told from numbers of steps, classes and positions.
_FIRST_TELLING = 10


class Hiding:
    """Tells what may be seen of a solution."""

    def __init__(self, solution: Solution, choice: Choice) -> None:
        self._told = choice.told | choice.known
        values = solution.values
        # A definition that is nothing but a number is a result that was worked out elsewhere.
        definitions = (each.definition for each in solution.calculation)
        worked = (each for each in definitions if not isinstance(each, Constant))
        self._seen = {abs(number) for each in worked for number in _constants_in(each)}
        for quantity in solution.calculation:
            if self.may_be_seen(quantity):
                value = abs(values[quantity.id])
                self._seen |= {value, show(value, solution.digits).value}
        self._hidden = {abs(step.decimal) for step in choice.asked.values()}

    def may_be_seen(self, quantity: Quantity) -> bool:
        """Whether its value may stand on the worksheet."""
        return is_given(quantity) or quantity.id in self._told

    def tells(self, text: str) -> bool:
        """Whether a number in the text gives something away."""
        return any(self._is_telling(number) for number in _NUMBER.findall(text))

    def _is_telling(self, text: str) -> bool:
        number = Decimal(text)
        if number in self._seen:
            return False
        if "." in text:
            return True
        return number >= _FIRST_TELLING and number in self._hidden


def _constants_in(expression: Expression) -> Iterator[Decimal]:
    """The numbers that belong to a formula."""
    if isinstance(expression, Constant):
        yield expression.number
    for operand in expression.operands:
        yield from _constants_in(operand)

"""What the directives of one text share: bundled problems, solved, and the names defined so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

from lossclass import losses
from lossclass.arithmetic.expression import Constant, Expression, Quantity, UndefinedValue
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.reading import UnreadableText, read
from lossclass.arithmetic.symbol import Symbol
from lossclass.explanations.source import BadExplanation
from lossclass.problem import bundled
from lossclass.problem.files import load_all, only
from lossclass.problem.problem import validate
from lossclass.solution import Solution
from lossclass.solving import solve

DIGITS = 4
_NAME = re.compile(r"[^\W\d]\w*")


class Scope:
    """Names and solutions, and the arithmetic done with them."""

    def __init__(self, loss: losses.Loss | None = None) -> None:
        self.loss = loss
        self.names: dict[str, Quantity] = {}
        self.values: dict[str, Decimal] = {}
        self._solutions: dict[str, Solution] = {}

    def solution(self, name: str) -> Solution:
        """A bundled problem's solution."""
        if name not in self._solutions:
            path = bundled.bundled_problems().get(name)
            if path is None:
                raise BadExplanation(f"there is no bundled problem {name!r}")
            self._solutions[name] = solve(only(load_all(path, losses), name))
        return self._solutions[name]

    def read(self, text: str, more: Mapping[str, Expression] | None = None) -> Expression:
        """An expression over the names defined so far, and ``more``."""
        try:
            return read(text, {**self.names, **(more or {})})
        except UnreadableText as error:
            raise BadExplanation(f"{text}: {error}") from None

    def define(self, name: str, expression: Expression) -> Quantity:
        """Give a name to an expression; a later definition takes the place of an earlier one."""
        if not _NAME.fullmatch(name):
            raise BadExplanation(f"{name!r} cannot be a name")
        quantity = Quantity(f"{name}.{len(self.values)}", Symbol(name), expression)
        self.values[quantity.id] = self.value(expression)
        self.names[name] = quantity
        return quantity

    def value(self, expression: Expression, more: Mapping[str, Decimal] | None = None) -> Decimal:
        """The value of an expression to 50 digits."""
        with localcontext(WORKING):
            value = expression.value({**self.values, **(more or {})})
        if not isinstance(value, Decimal) or value.is_nan():
            raise BadExplanation(f"{expression!r} has no value")
        return value

    def given(self, name: str, text: str) -> Quantity:
        """Name a number: one that ``text`` writes, or a quantity of a problem, ``hello_ctc loss``."""
        problem, _, id = text.partition(" ")
        if problem in bundled.bundled_problems():
            return self.define(name, Constant(self.of_problem(problem, id.strip())))
        return self.define(name, Constant(self.value(self.read(text))))

    def of_problem(self, problem: str, id: str) -> Decimal:
        """The value of a problem's step or given number; ``count term`` counts term.1, term.2 …."""
        values = self.solution(problem).values
        if id.startswith("count "):
            beginning = id.removeprefix("count ") + "."
            return Decimal(sum(each.startswith(beginning) for each in values))
        if id not in values:
            raise BadExplanation(f"{problem} has no {id!r}; it has {', '.join(values)}")
        return values[id]

    def line(self, quantity: Quantity) -> Line:
        """The printed line of a name."""
        return lay_out(quantity, self.values, DIGITS)


def solved(loss: str, template: Mapping[str, Any], scope: Scope) -> Solution:
    """The solution of a problem in which texts that begin with ``=`` are worked out first."""

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        if isinstance(value, str) and value.startswith("="):
            return float(scope.value(scope.read(value[1:])))
        return value

    try:
        return solve(validate({"loss": loss, **filled(template)}, losses))
    except UndefinedValue as error:
        raise BadExplanation(f"{loss}: {error}") from None

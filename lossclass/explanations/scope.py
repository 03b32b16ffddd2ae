"""What the directives of one text share: bundled problems, solved, and the names defined so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from typing import Any

from lossclass import losses
from lossclass.arithmetic.expression import Constant, Expression, Quantity, UndefinedValue
from lossclass.arithmetic.line import Line, lay_out
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import UsageError
from lossclass.explanations.source import BadExplanation
from lossclass.problem import bundled
from lossclass.problem.files import load_all, only
from lossclass.problem.problem import validate
from lossclass.solution import Solution
from lossclass.solving import solve

DIGITS = 4
_NAME = re.compile(r"[^\W\d]\w*")
_DERIVATIVE = re.compile(r"∂([^\W\d]\w*)/∂([^\W\d]\w*)")


class Scope:
    """Names and solutions, and the arithmetic done with them."""

    def __init__(self, loss: losses.Loss | None = None) -> None:
        self.loss = loss
        self.names: dict[str, Quantity] = {}
        self.values: dict[str, Decimal] = {}
        self._solutions: dict[tuple[str, bool], Solution] = {}

    def solution(self, name: str, *, with_extras: bool = False) -> Solution:
        """A bundled problem's solution; with what its loss works out only when it is asked to."""
        if (name, with_extras) not in self._solutions:
            path = bundled.bundled_problems().get(name)
            if path is None:
                raise BadExplanation(f"there is no bundled problem {name!r}")
            problem = only(load_all(path, losses), name)
            wanted = _extras(problem.loss) if with_extras else NOTHING_MORE
            self._solutions[name, with_extras] = solve(problem, wanted=wanted)
        return self._solutions[name, with_extras]

    def solution_with(self, name: str, has_it: Callable[[Solution], bool]) -> Solution:
        """A bundled problem's solution, with extras only if what is looked for is among them."""
        plain = self.solution(name)
        if has_it(plain):
            return plain
        try:
            return self.solution(name, with_extras=True)
        except UsageError:  # over alignments that are listed there is no more
            return plain

    def read(self, text: str, more: Mapping[str, Expression] | None = None) -> Expression:
        """An expression over the names defined so far, and ``more``."""
        try:
            return read(_readable(text), {**self.names, **(more or {})})
        except UnreadableText as error:
            raise BadExplanation(f"{text}: {error}") from None

    def define(self, name: str, expression: Expression) -> Quantity:
        """Give a name to an expression; a later definition takes the place of an earlier one."""
        symbol = Symbol(name)
        if derivative := _DERIVATIVE.fullmatch(name):
            symbol = Symbol(derivative[1], by=Symbol(derivative[2]))
        elif not _NAME.fullmatch(name):
            raise BadExplanation(f"{name!r} cannot be a name")
        quantity = Quantity(f"{name}.{len(self.values)}", symbol, expression)
        self.values[quantity.id] = self.value(expression)
        self.names[_readable(name)] = quantity
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
        if id.startswith("count "):
            beginning = id.removeprefix("count ") + "."
            return Decimal(
                sum(each.startswith(beginning) for each in self.solution(problem).values)
            )
        values = self.solution_with(problem, lambda solution: id in solution.values).values
        if id not in values:
            raise BadExplanation(f"{problem} has no {id!r}; it has {', '.join(values)}")
        return values[id]

    def line(self, quantity: Quantity) -> Line:
        """The printed line of a name."""
        return lay_out(quantity, self.values, DIGITS)


def _readable(text: str) -> str:
    """A text in which the name of a derivative is one name, and no quotient."""
    return _DERIVATIVE.sub(r"derivative_of_\1_by_\2", text)


def _extras(loss: str) -> Wanted:
    """All that a loss has to offer beyond its value."""
    extras = {extra.name: extra.example for extra in losses.extras_of(loss)}
    return Wanted(gradient=True, extras=extras)


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

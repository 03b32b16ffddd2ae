"""The ways in which people work a step, and write it."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.expression import Constant, Expression, Max, Operation, Quantity
from lossclass.blocks import Step
from lossclass.solution import Solution


def ways_of(step: Step, solution: Solution) -> list[Expression]:
    """The ways to work a step: from what it is defined by; with the steps before it written out, all or
    one of two, as people do who do not stop there; without the ``max(0, …)`` that changes nothing; and as it stands on
    the board."""
    definition = step.quantity.definition
    ways = [definition, *_one_written_out(definition), _written_out(definition)]
    if isinstance(definition, Max) and solution.values[step.id]:
        inside = [each for each in definition.operands if not isinstance(each, Constant)]
        ways += [*inside, *map(_written_out, inside)] if len(inside) == 1 else []
    return [*dict.fromkeys([*ways, solution.on_board(step)])]


def _one_written_out(definition: Expression) -> Iterator[Expression]:
    if isinstance(definition, Operation) and len(definition.operands) == 2:
        one, other = definition.operands
        yield definition.rebuilt([_written_out(one), other])
        yield definition.rebuilt([one, _written_out(other)])


def _written_out(expression: Expression) -> Expression:
    """An expression with the steps in it written out."""
    if isinstance(expression, Quantity):
        return expression if expression.is_given else expression.definition
    if isinstance(expression, Operation):
        return expression.rebuilt([_written_out(each) for each in expression.operands])
    return expression

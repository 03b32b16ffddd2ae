"""Expressions with some of their nodes replaced, and calculations in which a step is written another
way and every other number stays what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, Operation, Product, Quantity, product_of
from lossclass.records import record


def replaced(expression: Expression, by: Callable[[Expression], Expression | None]) -> Expression:
    """The same with other nodes for those for which there is one; it is not looked into these."""
    other = by(expression)
    if other is not None:
        return other
    if not isinstance(expression, Operation):
        return expression
    operands = [replaced(each, by) for each in expression.operands]
    if all(one is same for one, same in zip(operands, expression.operands, strict=True)):
        return expression
    return expression.rebuilt(operands)


def with_others(expression: Expression, others: Mapping[str, Expression]) -> Expression:
    """The same with other expressions for some quantities, by id."""
    return replaced(
        expression, lambda node: others.get(node.id) if isinstance(node, Quantity) else None
    )


def without_factors(
    expression: Expression, is_left_out: Callable[[Expression], bool]
) -> Expression:
    """The same without some of the factors in its products."""

    def without(node: Expression) -> Expression | None:
        if not (isinstance(node, Product) and any(map(is_left_out, node.operands))):
            return None
        kept = (each for each in node.operands if not is_left_out(each))
        return product_of([replaced(each, without) for each in kept])

    return replaced(expression, without)


@record
class Otherwise:
    """How a quantity is written in another convention.

    Attributes:
        written: from its own definition to the other one.
        back: what its users take in its place, to get the number that they had.
    """

    written: Callable[[Expression], Expression]
    back: Expression


def written_otherwise(
    calculation: Calculation, otherwise: Mapping[str, Otherwise]
) -> dict[str, Expression]:
    """The other definitions of the quantities and of all that are worked from them, by id.

    Args:
        otherwise: by id, what comes out differently.
    """
    users = (user.id for id in otherwise for user in calculation.users[id])
    backs = {id: each.back for id, each in otherwise.items()}
    changed: dict[str, Expression] = {}
    for id in dict.fromkeys([*otherwise, *users]):
        definition = with_others(calculation.by_id[id].definition, backs)
        changed[id] = otherwise[id].written(definition) if id in otherwise else definition
    return changed

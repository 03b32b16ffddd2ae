"""Expressions with some of their nodes replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lossclass.arithmetic.expression import Expression, Operation, Product, Quantity, product_of


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

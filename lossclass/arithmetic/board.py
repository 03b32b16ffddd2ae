"""An expression as a teacher writes it on the board: without what comes to nothing there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Product,
    Quantity,
    Quotient,
    Role,
    Sum,
    Values,
    product_of,
    quantities_in,
    sum_of,
)


def on_board(
    expression: Expression, values: Values, unwritten: Mapping[str, Expression]
) -> Expression:
    """The expression with what steps that are not written stand for in their place, and without the
    products of its sums that a given 0 makes 0. Where that 0 is one of several numbers of a kind, those
    of them that are 1 go too: of Σ y·ln ŷ with a y for each class, the true one's ln ŷ is left.
    Nothing is multiplied by 1, or divided by it, and what is multiplied by 1 / z is divided by z.

    Args:
        values: those of the quantities in it, by id, as decimals.
        unwritten: by id, what the steps that are not written are.
    """
    if isinstance(expression, Quantity):
        if expression.id not in unwritten:
            return expression
        return on_board(unwritten[expression.id], values, unwritten)
    if not isinstance(expression, Operation):
        return expression
    operands: Sequence[Expression] = expression.operands
    if isinstance(expression, Sum) and not _is_given(expression):
        kept = [each for each in operands if not _is_nothing(each, values, unwritten)]
        if not kept:
            alone = len(operands) == 1
            return on_board(operands[0], values, unwritten) if alone else expression
        if len(kept) < len(operands):
            zeros = _zeros(expression, values)
            # of a(i, j), a 0 is no choice of another: where one is named, all are
            left_out = {q.symbol.letter for q in zeros if not q.symbol.arguments}
            operands = [_without_ones(each, values, left_out) for each in kept]
    operands = [on_board(each, values, unwritten) for each in operands]
    if isinstance(expression, Sum):
        return sum_of(operands)
    match expression, operands:
        case Quotient(), [above, Constant(number=1)]:
            return above
        case Product(), _:
            return _without_idle_ones(operands)
    return expression.rebuilt(operands)


def _is_nothing(term: Expression, values: Values, unwritten: Mapping[str, Expression]) -> bool:
    """Whether a term is 0 since a number that is given, or that is not written, is 0."""
    match term:
        case Quantity():
            return term.id in unwritten and values[term.id] == 0
        case Product():
            return any(
                (_is_given(factor) and factor.value(values) == 0)
                or _is_nothing(factor, values, unwritten)
                for factor in term.operands
            )
        case Negative():
            return _is_nothing(term.operands[0], values, unwritten)
    return False


def _zeros(total: Sum, values: Values) -> Iterator[Quantity]:
    """The given factors of its terms that are 0."""
    for term in total.operands:
        product = term.operands[0] if isinstance(term, Negative) else term
        if isinstance(product, Product):
            for factor in product.operands:
                if _is_given(factor) and factor.value(values) == 0:
                    yield from quantities_in(factor)


def _without_ones(term: Expression, values: Values, letters: Set[str]) -> Expression:
    """A term without its given factors of 1 that have one of these letters."""
    match term:
        case Product():
            ones = [each for each in term.operands if _is_given(each) and each.value(values) == 1]
            idle = [
                each for each in ones if letters >= {q.symbol.letter for q in quantities_in(each)}
            ]
            factors = [each for each in term.operands if each not in idle]
            return product_of(factors) if factors else term
        case Negative():
            return Negative(_without_ones(term.operands[0], values, letters))
    return term


def _is_given(node: Expression) -> bool:
    """Whether it is a number of the problem, or a plain number and such: 1 − y."""
    match node:
        case Quantity():
            return node.role is Role.GIVEN
        case Sum(operands=(Constant(), Negative(operands=(Quantity() as number,)))):
            return number.role is Role.GIVEN
    return False


def _without_idle_ones(factors: Sequence[Expression]) -> Expression:
    """The product of some factors, of which ±1 is none, nor 1 / z the last."""
    minus = sum(isinstance(each, Constant) and each.number == -1 for each in factors) % 2
    kept = [each for each in factors if not (isinstance(each, Constant) and abs(each.number) == 1)]
    product = product_of(kept)
    match kept:
        case [*before, Quotient(operands=(Constant(number=1), below))] if before:
            product = Quotient(product_of(before), below)
    return Negative(product) if minus else product

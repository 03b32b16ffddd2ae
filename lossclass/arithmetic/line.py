"""The printed line of a step: its formula, the numbers put in, what they come to.

Two promises are kept here. ``=`` stands only between equal numbers, ``≈`` only before the
rounding of what stands on its left. And a line with rounded numbers still comes out: where
0.6667 − 0.3333 would give 0.3334 and not the 0.3333 that is shown, the line is written with
as many more digits as it takes, 0.66667 − 0.33333.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TypeAlias

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Product,
    Quantity,
    Sum,
)
from lossclass.arithmetic.notation import Notation, as_number
from lossclass.arithmetic.number import PRECISION, WORKING, Shown, round_significant, show
from lossclass.arithmetic.symbol import Symbol

DecimalValues: TypeAlias = Mapping[str, Decimal]
#: Products of so many factors, and sums of so many terms, show what they come to on the way.
RUNNING_FROM = 3


@dataclass(frozen=True)
class Side:
    """One side of a line: an expression in which every quantity is a number."""

    expression: Expression
    numbers: Mapping[str, Shown]

    @property
    def exact(self) -> bool:
        return all(number.exact for number in self.numbers.values())

    def write(self, notation: Notation) -> str:
        return notation.write(self.expression, self._number)

    def _number(self, leaf: Expression) -> Decimal:
        return self.numbers[leaf.id].value if isinstance(leaf, Quantity) else as_number(leaf)


@dataclass(frozen=True)
class RunningValue:
    """One more operand of a long product or sum, and what all so far come to."""

    operand: Expression
    number: Shown
    value: Decimal
    so_far: Shown


@dataclass(frozen=True)
class Line:
    """``symbol = formula = sides[0] = … = result``; see :func:`lay_out`.

    ``sides[0]`` is the formula with its numbers put in, the further ones have their inner
    operations carried out.
    """

    quantity: Quantity
    sides: tuple[Side, ...]
    result: Shown
    running: tuple[RunningValue, ...]

    @property
    def is_product(self) -> bool:
        """Whether the running values are those of a product."""
        return isinstance(running_operation(self.quantity.definition), Product)

    @property
    def exact(self) -> bool:
        """Whether the line is true with ``=`` all along."""
        return self.result.exact and all(side.exact for side in self.sides)

    def symbol(self, notation: Notation) -> str:
        return notation.symbol(self.quantity.symbol)

    def formula(self, notation: Notation) -> str:
        return formula(self.quantity.definition, notation)

    def substituted(self, notation: Notation) -> str:
        return self.sides[0].write(notation)

    def chain(self, notation: Notation) -> list[tuple[bool, str]]:
        """What stands after the formula, down to the result, each with whether ``=`` may stand
        before it. A side that reads like the next one is left out."""
        exact, chain = True, []
        for side in self.sides:
            exact = exact and side.exact
            chain.append((exact, side.write(notation)))
        chain.append((exact and self.result.exact, notation.number(self.result.value)))
        following = [*(text for _, text in chain[1:]), None]
        return [
            one
            for one, next_ in zip(chain, following, strict=True)
            if next_ is None
            or one[1].replace(notation.minus, "-") != next_.replace(notation.minus, "-")
        ]

    def equation(self, notation: Notation) -> list[tuple[bool, str]]:
        """All that stands after the symbol: the formula, if it is not just the first of the
        numbers, and the chain, each with whether ``=`` may stand before it. A number that was worked
        out elsewhere has no formula."""
        if isinstance(self.quantity.definition, Constant):
            return self.chain(notation)[-1:]
        formula, chain = self.formula(notation), self.chain(notation)
        return chain if chain[0][1] == formula else [(True, formula), *chain]


def formula(expression: Expression, notation: Notation) -> str:
    """An expression in symbols."""

    def leaf(node: Expression) -> Decimal | Symbol:
        return node.symbol if isinstance(node, Quantity) else as_number(node)

    return notation.for_symbols().write(expression, leaf)


def running_operation(expression: Expression) -> Operation | None:
    """The product or sum in an expression that is long enough to show its running values."""
    if isinstance(expression, Operation):
        if isinstance(expression, Product | Sum) and len(expression.operands) >= RUNNING_FROM:
            return expression
        for operand in expression.operands:
            if (found := running_operation(operand)) is not None:
                return found
    return None


def lay_out(quantity: Quantity, values: DecimalValues, digits: int) -> Line:
    """The line of a step.

    Args:
        quantity: the step.
        values: the values of the quantities, at full precision, by id.
        digits: how many significant digits to show of what is not exact.
    """
    with localcontext(WORKING):
        value = values[quantity.id]
        return Line(
            quantity=quantity,
            sides=tuple(_sides(quantity.definition, values, value, digits)),
            result=show(value, digits),
            running=tuple(_running(quantity.definition, values, digits)),
        )


def _sides(
    expression: Expression, values: DecimalValues, value: Decimal, digits: int
) -> list[Side]:
    """All sides. Their digits are chosen from the last to the first, since each has to come not
    only to the result but also to the numbers that stand on the next one."""
    stages: list[tuple[Expression, DecimalValues, dict[str, Expression]]] = []
    carried: dict[str, Expression] = {}
    while True:
        stages.append((expression, values, carried))
        simpler = _carried_out(expression, values)
        if simpler is None:
            break
        expression, carried = simpler
        values = {**values, **{id: node.value(values) for id, node in carried.items()}}
    sides: list[Side] = []
    wanted: list[tuple[Expression, Shown]] = []
    for stage, known, made in reversed(stages):
        side = _come_out(stage, known, [(stage, show(value, digits)), *wanted], digits)
        wanted = [(node, side.numbers[id]) for id, node in made.items()]
        sides.insert(0, side)
    return sides


def _come_out(
    expression: Expression,
    values: DecimalValues,
    wanted: Sequence[tuple[Expression, Shown]],
    digits: int,
) -> Side:
    """The expression's numbers, with the fewest digits that make each part of it come to what is
    wanted of it."""
    ids = dict.fromkeys(_ids(expression))
    numbers: dict[str, Shown] = {}
    for more in range(PRECISION - digits):
        numbers = {id: show(values[id], digits + more) for id in ids}
        shown_values = {id: number.value for id, number in numbers.items()}
        if all(_same(part.value(shown_values), shown, digits) for part, shown in wanted):
            break
    return Side(expression, numbers)


def _same(got: Decimal, shown: Shown, digits: int) -> bool:
    """Whether ``got`` rounds to what is shown, to the digits shown and at least to ``digits``."""
    wanted = shown.value
    if not wanted.is_finite():
        return got == wanted
    if not wanted:
        return abs(got) < Decimal(1).scaleb(-digits)
    written = len(wanted.as_tuple().digits)
    if shown.exact:
        written = max(written, digits, wanted.adjusted() + 1 if abs(wanted) < 1_000_000 else 0)
    return round_significant(got, written) == wanted


def _ids(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Quantity):
        yield expression.id
    for operand in expression.operands:
        yield from _ids(operand)


def _carried_out(
    expression: Expression, values: DecimalValues
) -> tuple[Expression, dict[str, Expression]] | None:
    """The expression with its innermost operations replaced by numbers, and what each number
    stands for.

    None where only one operation is left, which is the result itself. A minus before a term is
    part of the sum.
    """
    inner: dict[str, Expression] = {}

    def simplify(node: Expression, within: Expression | None) -> Expression:
        if not isinstance(node, Operation):
            return node
        if within is not None and not _is_subtracted(node, within) and _is_innermost(node):
            found = f"inner.{len(values) + len(inner)}"
            inner[found] = node
            return Quantity(found, Symbol(found), Constant(0))
        return node.rebuilt(simplify(each, node) for each in node.operands)

    simpler = simplify(expression, None)
    return (simpler, inner) if inner else None


def _is_innermost(node: Operation) -> bool:
    """Whether nothing inside the node is left to carry out."""
    return not any(
        isinstance(operand.operands[0] if _is_subtracted(operand, node) else operand, Operation)
        for operand in node.operands
    )


def _is_subtracted(node: Expression, within: Expression | None) -> bool:
    return isinstance(node, Negative) and isinstance(within, Sum)


def _running(expression: Expression, values: DecimalValues, digits: int) -> Iterator[RunningValue]:
    operation = running_operation(expression)
    if operation is None:
        return
    so_far: Decimal | None = None
    for operand in operation.operands:
        value = operand.value(values)
        so_far = value if so_far is None else operation.compute(so_far, value)
        yield RunningValue(operand, show(value, digits), so_far, show(so_far, digits))

"""The printed line of a step: its formula, the numbers put in, what they come to.

Two promises are kept here. ``=`` stands only between equal numbers, ``≈`` only before the
rounding of what stands on its left. And a line with rounded numbers still comes out: where
0.6667 − 0.3333 would give 0.3334 and not the 0.3333 that is shown, the line is written with
as many more digits as it takes, 0.66667 − 0.33333.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from typing import NamedTuple, TypeAlias, TypeGuard

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Operation,
    Product,
    Quantity,
    Sum,
    nodes_in,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN, Notation, as_number
from lossclass.arithmetic.number import PRECISION, WORKING, Shown, is_equal, round_significant, show
from lossclass.arithmetic.symbol import Symbol
from lossclass.records import record

DecimalValues: TypeAlias = Mapping[str, Decimal]
#: Products of so many factors, and sums of so many terms, show what they come to on the way.
RUNNING_FROM = 3


@record
class Side:
    """One side of a line: an expression in which every quantity is a number."""

    expression: Expression
    numbers: Mapping[str, Shown]

    @property
    def exact(self) -> bool:
        return all(number.exact for number in self.numbers.values())

    @property
    def is_minus_negative(self) -> bool:
        """Whether it is −(−6.18)."""
        match self.expression:
            case Negative(operands=(Quantity() as inside,)):
                return self.numbers[inside.id].value < 0
        return False

    @property
    def value(self) -> Decimal:
        """What who works with these numbers gets; to be asked inside ``localcontext(WORKING)``."""
        value: Decimal = self.expression.value(self._values)
        return value

    @property
    def _values(self) -> DecimalValues:
        return {id: number.value for id, number in self.numbers.items()}

    @property
    def loses(self) -> bool:
        """Whether a term is so small beside the others that the sum of 50 digits has nothing of it:
        what comes next is not quite equal then, however few digits it has."""
        sizes = [each.value.adjusted() for each in self.numbers.values() if _is_some(each.value)]
        if max([0, *sizes]) - min([0, *sizes]) < PRECISION:
            return False
        numbers = self._values
        sums = (node for node in nodes_in(self.expression) if isinstance(node, Sum))
        return any(_loses([each.value(numbers) for each in node.operands]) for node in sums)

    def write(self, notation: Notation) -> str:
        return notation.write(self.expression, self._number)

    def _number(self, leaf: Expression) -> Decimal:
        return self.numbers[leaf.id].value if isinstance(leaf, Quantity) else as_number(leaf)


@record
class RunningValue:
    """One more operand of a long product or sum, and what all so far come to."""

    operand: Expression
    number: Shown
    value: Decimal
    so_far: Shown


@record
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
        before it. A side that reads like the next one is left out, and so is, behind others, minus
        a negative number, of which both signs have only to be taken off."""
        written = [
            (self._exact[place], self.sides[place].write(notation)) for place in self._telling
        ]
        return [*written, (self._exact[-1], notation.number(self.result.value))]

    @cached_property
    def _telling(self) -> list[int]:
        """The places of the sides that are written; the same in every notation."""
        places = [
            place for place, side in enumerate(self.sides) if not (place and side.is_minus_negative)
        ]
        texts = [self.sides[place].write(PLAIN) for place in places]
        following = [*texts[1:], PLAIN.number(self.result.value)]
        pairs = zip(places, texts, following, strict=True)
        return [place for place, text, next_ in pairs if text != next_]

    @cached_property
    def _exact(self) -> list[bool]:
        """Whether ``=`` may stand before each side and the result: nothing in it is rounded, and all
        before it come to the same as they are shown, such as 0 × 0.7616 before 0."""
        unrounded = [*(side.exact for side in self.sides), self.result.exact]
        with localcontext(WORKING):
            for place, side in enumerate(self.sides, start=1):
                unrounded[place] &= not side.loses
        first = next((i for i, each in enumerate(unrounded) if not each), len(unrounded))
        if not any(unrounded[first:]):
            return unrounded
        with localcontext(WORKING):
            shown = [*(side.value for side in self.sides), self.result.value]
        return [
            each and (i < first or all(_is_one(before, shown[i]) for before in shown[:i]))
            for i, each in enumerate(unrounded)
        ]

    def equation(self, notation: Notation) -> list[tuple[bool, str]]:
        """All that stands after the symbol: the formula, if it is not just the first of the
        numbers, and the chain, each with whether ``=`` may stand before it. A number that was worked
        out elsewhere has no formula."""
        if isinstance(self.quantity.definition, Constant):
            return self.chain(notation)[-1:]
        chain = self.chain(notation)
        is_numbers = not self.sides[0].numbers  # saves writing most of them once more
        if is_numbers and self.chain(PLAIN)[0][1] == self.formula(PLAIN):
            return chain
        return [(True, self.formula(notation)), *chain]


def formula(expression: Expression, notation: Notation) -> str:
    """An expression in symbols."""

    def leaf(node: Expression) -> Decimal | Symbol:
        return node.symbol if isinstance(node, Quantity) else as_number(node)

    return notation.for_symbols.write(expression, leaf)


def running_operation(expression: Expression) -> Operation | None:
    """The product or sum in an expression that shows its running values."""
    return next(iter(long_operations(expression)), None)


def is_long(expression: Expression) -> TypeGuard[Operation]:
    """Whether it is a product or sum of so many operands that it shows its running values."""
    return len(expression.operands) >= RUNNING_FROM and isinstance(expression, (Product, Sum))


def long_operations(expression: Expression) -> list[Operation]:
    """All that is long in an expression, outer ones first."""
    found = [expression] if is_long(expression) else []
    for operand in expression.operands:
        if operand.operands:
            found += long_operations(operand)
    return found


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


class _Stage(NamedTuple):
    """An expression on its way to the result.

    ``simpler`` is it with its innermost operations carried out; ``made`` are these, by the ids under
    which ``simpler`` has what they come to. The last stage has nothing left to carry out.
    """

    expression: Expression
    made: Mapping[str, Expression]
    simpler: Expression


def _sides(
    expression: Expression, values: DecimalValues, value: Decimal, digits: int
) -> list[Side]:
    """All sides. Their digits are chosen from the last to the first, since each has to come not
    only to the result but also to the numbers that stand on the next one."""
    known = {each.id: values[each.id] for each in quantities_in(expression)}
    stages: list[_Stage] = []
    while not stages or stages[-1].made:
        stage = _carried_out(expression, known)
        known |= {id: node.value(known) for id, node in stage.made.items()}
        stages.append(stage)
        expression = stage.simpler
    result = show(value, digits)
    sides: list[Side] = []
    for stage in reversed(stages):
        following = sides[-1].numbers if sides else {}
        sides.append(_come_out(stage, known, following, result, digits))
    return sides[::-1]


def _come_out(
    stage: _Stage, values: DecimalValues, following: Mapping[str, Shown], result: Shown, digits: int
) -> Side:
    """A side with the fewest digits with which it comes to the numbers on the following side and to
    the result."""
    ids = dict.fromkeys(each.id for each in quantities_in(stage.expression))
    numbers: dict[str, Shown] = {}
    for more in range(PRECISION - digits):
        numbers = {id: show(values[id], digits + more) for id in ids}
        if all(number.value == values[id] for id, number in numbers.items()):
            break  # nothing is rounded
        if _comes_to(stage, numbers, following, result, digits):
            break
    return Side(stage.expression, numbers)


def _comes_to(
    stage: _Stage,
    numbers: Mapping[str, Shown],
    following: Mapping[str, Shown],
    result: Shown,
    digits: int,
) -> bool:
    """Whether who works with these numbers gets what is shown next, and in the end."""
    got = {id: number.value for id, number in numbers.items()}
    for id, node in stage.made.items():
        got[id] = node.value(got)
        if not is_shown_as(got[id], following[id], digits):
            return False
    return is_shown_as(stage.simpler.value(got), result, digits)


def is_shown_as(got: Decimal, shown: Shown, digits: int) -> bool:
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


def comes_out(line: Line, digits: int, most_digits: int) -> bool:
    """Whether all sides of a line come to its result, none of their numbers being infinite, or
    rounded to more than so many digits."""
    with localcontext(WORKING):
        return all(
            number.value.is_finite()
            and (number.exact or len(number.value.as_tuple().digits) <= most_digits)
            for side in line.sides
            for number in side.numbers.values()
        ) and all(is_shown_as(side.value, line.result, digits) for side in line.sides)


def _is_some(number: Decimal) -> bool:
    return number.is_finite() and not number.is_zero()


def _loses(terms: Sequence[Decimal]) -> bool:
    total = sum(terms, Decimal(0))
    return total.is_finite() and any(_is_some(term) and total - term == total for term in terms)


def _is_one(one: Decimal, other: Decimal) -> bool:
    """Whether two values are the same; infinities are, where they have one sign."""
    if one.is_finite() and other.is_finite():
        return is_equal(one, other)
    return one == other


def _carried_out(expression: Expression, values: DecimalValues) -> _Stage:
    """The expression and what it is with its innermost operations replaced by numbers.

    Where only one operation is left, that is the result itself, and stays. A minus before a term is
    part of the sum.
    """
    made: dict[str, Expression] = {}

    def simplify(node: Expression, within: Expression | None) -> Expression:
        if not isinstance(node, Operation):
            return node
        if within is not None and not _is_subtracted(node, within) and _is_innermost(node):
            found = f"inner.{len(values) + len(made)}"
            made[found] = node
            return Quantity(found, Symbol(found), Constant(0))
        return node.rebuilt(simplify(each, node) for each in node.operands)

    simpler = simplify(expression, None)
    return _Stage(expression, made, simpler if made else expression)


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

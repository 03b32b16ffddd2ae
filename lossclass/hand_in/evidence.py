"""How much speaks for a line of working to be of a step: the numbers that it works with, and the one
that it comes to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from lossclass.arithmetic.calculation import is_same
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Max,
    Negative,
    Operation,
    Quantity,
    Role,
    nodes_in,
)
from lossclass.arithmetic.notation import TYPED, as_number
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.replacing import replaced
from lossclass.blocks import Step
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.sides import ARROWS, Chain, Side
from lossclass.marking.written import Written
from lossclass.solution import Solution

#: How near to a step's value the arithmetic of a line comes that works it out, relatively.
_NEAR: Final = Decimal("0.002")
#: A number with so many digits is that of one step, and of no other by chance.
_TELLING: Final = 3
#: What tells the shape of a step, whichever numbers it has.
_FUNCTIONS: Final = frozenset({"Log", "Exp", "Tanh", "Sigmoid", "Max"})
_SMALL: Final = frozenset({Decimal(0), Decimal(1)})
_Leaf = Quantity | Decimal


class Evidence:
    """What the steps of a solution work with and come to; ``theirs`` are the numbers that somebody
    wrote for steps so far, by id, with which they may go on."""

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.theirs: dict[str, Decimal] = {}

    def of(self, id: str, chain: Chain) -> int:
        """How much speaks for a chain to be of a step: 3 if it works with the same numbers, 2 if it
        comes to its value, 1 if its last number is that."""
        if not (numeric := chain.numeric):
            return 0
        worked = [side for side in numeric if side.number is None]
        if id in self.not_shifted and self.is_not_shifted(chain, id):
            return 0
        if any(self._is_of(id, side) for side in worked):
            return 3
        value = self.solution.values[id]
        if worked and abs(value) != 1 and self._is_near(worked[0].value(), value):
            return 2
        return int(self.comes_to(id, numeric[-1].number))

    def is_not_shifted(self, chain: Chain, *ids: str) -> bool:
        """Whether a chain comes to an exp(z), or to their sum, where we have exp(z − M), with which the softmax
        is the same; and not to what one of some steps comes to."""
        number = chain.last.value()
        is_one = any(self._is_near(number, value) for value in self.not_shifted.values())
        return is_one and not any(self.comes_near(id, number) for id in ids or self.not_shifted)

    @cached_property
    def not_shifted(self) -> Mapping[str, Decimal]:
        """What comes otherwise where the largest logit is not taken from each, which cancels out."""
        calculation = self.solution.calculation
        shifts = [each.id for each in calculation if each.role is Role.CANCELS]
        worked = calculation.again(dict.fromkeys(shifts, Decimal(0)))
        return {id: value for id, value in worked.items() if id not in shifts}

    def comes_to(self, id: str, number: Decimal | None) -> bool:
        """Whether a number is the value of a step, rounded to two digits at least."""
        return number is not None and is_value(number, self.solution.values[id])

    def comes_near(self, id: str, number: Decimal) -> bool:
        """Whether a number is the value of a step, or nearly."""
        value = self.solution.values[id]
        return is_value(number, value) or self._is_near(number, value)

    @staticmethod
    def _is_near(number: Decimal, value: Decimal) -> bool:
        if not (value and value.is_finite() and number.is_finite()):
            return False
        apart = WORKING.subtract(number, value).copy_abs()  # of any size
        return apart <= _NEAR * abs(value)

    def shows(self, id: str, chain: Chain) -> bool:
        """Whether a chain ends with the value of a step, in so many digits that it is no accident."""
        last, value = chain.last, self.solution.values[id]
        if last.number is None:
            got = last.value()
            return got.is_finite() and is_same(got, value) and Written(value).digits >= _TELLING
        return self.comes_to(id, last.number) and Written(last.number).digits >= _TELLING

    def is_alike(self, id: str, chain: Chain) -> bool:
        """Whether a chain works out nothing, or in such a way as a step is worked."""
        worked = [_shape_and_numbers(side)[0] for side in chain.numeric if side.number is None]
        if len(chain.sides) == 1 and worked == ["Quotient:"]:  # a fraction is a number
            return True
        return not worked or any(shape in worked for shape, _ in self._ways[id])

    def _is_of(self, id: str, side: Side) -> bool:
        """Whether a side works with the numbers with which a step does, ours or theirs."""
        shape, numbers = _shape_and_numbers(side)
        return bool(numbers) and any(
            shape == step_shape and self._has_the_same(quantities, numbers)
            for step_shape, quantities in self._ways[id]
        )

    @cached_property
    def _ways(self) -> Mapping[str, list[tuple[str, list[_Leaf]]]]:
        """The functions and the leaves of each way to work each step."""
        return {
            step.id: list(map(_shape_and_leaves, ways_of(step, self.solution)))
            for step in self.solution.steps
        }

    def _has_the_same(self, leaves: Sequence[_Leaf], numbers: Sequence[Decimal]) -> bool:
        """Whether the numbers are those of the leaves, each once, but for 0 and 1."""
        values = list(map(self._values, leaves))
        wanted = [each for each in values if not any(abs(value) in _SMALL for value in each)]
        left = [abs(number) for number in numbers if abs(number) not in _SMALL]
        if not left:  # all are 0 and 1: they are those of a step that has none else
            ours = sorted(abs(each[0]) for each in values)
            return not wanted and len(numbers) > 1 and ours == sorted(map(abs, numbers))
        if len(wanted) != len(left):
            return False
        for each in wanted:
            match = next((n for n in left if any(is_value(n, abs(value)) for value in each)), None)
            if match is None:
                return False
            left.remove(match)
        return True

    def _values(self, leaf: _Leaf) -> list[Decimal]:
        if isinstance(leaf, Decimal):
            return [leaf]
        values = [self.solution.values[leaf.id]]
        return [*values, self.theirs[leaf.id]] if leaf.id in self.theirs else values


def is_value(written: Decimal, value: Decimal) -> bool:
    """Whether a number that was put in is a value: the same, or rounded to two digits or more."""
    if not (written.is_finite() and value.is_finite()):
        return written == value
    if is_same(written, value):
        return True
    number = Written(written)
    return number.digits > 1 and number.stands_for(value)


def is_one_number(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two numbers are the same, or one is the other rounded."""
    if one is None or other is None:
        return False
    return one == other or Written(one).stands_for(other) or Written(other).stands_for(one)


@lru_cache(maxsize=1_000)
def _shape_and_numbers(side: Side) -> tuple[str, list[Decimal]]:
    shape, leaves = _shape_and_leaves(side.read())
    return shape, [leaf for leaf in leaves if isinstance(leaf, Decimal)]


def _shape_and_leaves(expression: Expression) -> tuple[str, list[_Leaf]]:
    """The functions in an expression and its outermost operation, signs left out; and its leaves."""
    nodes = list(nodes_in(expression))
    leaves = [
        node if isinstance(node, Quantity) else node.number
        for node in nodes
        if isinstance(node, Quantity | Constant)
    ]
    functions = sorted(_FUNCTIONS & {type(node).__name__ for node in nodes})
    outer = next(node for node in nodes if not isinstance(node, Negative))
    return "".join([type(outer).__name__, ":", *functions]), leaves


# --- chains within a chain ---


def implied(chain: Chain) -> Iterator[Chain]:
    """What is carried out between two sides that are otherwise the same, as chains of their own:
    ``(0.2 + 0.5 + 0.7)/3 = 1.4/3`` says what the sum is."""
    for left, right in pairwise(chain.numeric):
        if left.number is not None or right.number is not None:
            continue
        for inside, number in _carried_out(left.read(), right.read()):
            arithmetic, result = TYPED.write(inside, as_number), TYPED.number(number)
            sides = (Side(arithmetic, arithmetic), Side(result, result))
            yield Chain(chain.line, sides, ("=",), chain.label)


def _carried_out(left: Expression, right: Expression) -> Iterator[tuple[Operation, Decimal]]:
    """The parts of one expression in the place of which another has a number."""
    if isinstance(right, Constant) and isinstance(left, Operation):
        yield left, right.number
    elif type(left) is type(right) and len(left.operands) == len(right.operands):
        for one, other in zip(left.operands, right.operands, strict=True):
            yield from _carried_out(one, other)


def one_after_another(chain: Chain) -> list[Chain]:
    """The chains in one that goes on with its result as if that were the same: in 0.2 + 0.5 + 0.7 = 1.4 / 3 =
    0.467, the sum and the mean; and in −1.4 → 0, what an arrow leads to."""
    wrong = {id(each.right) for each in equalities_in(chain) if each.verdict == "wrong"}
    found: list[Chain] = []
    first = 0
    for n, (side, relation) in enumerate(
        zip(chain.sides[1:], chain.relations, strict=True), start=1
    ):
        before = chain.sides[n - 1]
        is_led_to = relation in ARROWS - {"is"} and None not in (before.number, side.number)
        result = _result_in(side, before) if id(side) in wrong else None
        if is_led_to or result is not None:
            found.append(_between(chain, first, n, result if before.number is None else None))
            first = n
    return [*found, _between(chain, first, len(chain.sides))] if found else [chain]


def _result_in(side: Side, before: Side) -> Side | None:
    """What comes of a side, if the next works on with it."""
    if before.typed is None or side.number is not None:
        return None
    result = before.value()
    for node in nodes_in(side.read()):
        if (
            isinstance(node, Constant)
            and node.number not in _SMALL
            and is_value(node.number, result)
        ):
            return Side(str(node.number), str(node.number))
    return None


def _between(chain: Chain, first: int, end: int, result: Side | None = None) -> Chain:
    """The sides from one to another, and what comes of them."""
    sides, relations = chain.sides[first:end], chain.relations[first : end - 1]
    ours = {side.text for side in sides if side.typed is None}
    theirs = {side.text for side in chain.sides if side.typed is None} - ours
    names = [name for name in chain.names if name in ours or (not first and name not in theirs)]
    more = (result,) if result is not None else ()
    return replace(
        chain,
        sides=(*sides, *more),
        relations=(*relations, *("=" for _ in more)),
        names=tuple(names),
        label="" if first else chain.label,
    )


# --- the ways in which people work a step, and write it ---


def ways_of(step: Step, solution: Solution) -> list[Expression]:
    """The ways to work a step: from what it is defined by; with the steps before it written out, all or
    one of two, as people do who do not stop there; without the ``max(0, …)`` that changes nothing; and as it stands on
    the board."""
    definition = step.quantity.definition
    ways = [definition, *_one_with_steps_in_it(definition), _with_steps_in_it(definition)]
    if isinstance(definition, Max) and solution.values[step.id]:
        inside = [each for each in definition.operands if not isinstance(each, Constant)]
        ways += [*inside, *map(_with_steps_in_it, inside)] if len(inside) == 1 else []
    return [*dict.fromkeys([*ways, solution.on_board(step)])]


def _one_with_steps_in_it(definition: Expression) -> Iterator[Expression]:
    if isinstance(definition, Operation) and len(definition.operands) == 2:
        one, other = definition.operands
        yield definition.rebuilt([_with_steps_in_it(one), other])
        yield definition.rebuilt([one, _with_steps_in_it(other)])


def _with_steps_in_it(expression: Expression) -> Expression:
    """An expression with the steps in it written out."""
    return replaced(
        expression,
        lambda node: node.definition if isinstance(node, Quantity) and not node.is_given else None,
    )

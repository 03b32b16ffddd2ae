"""An expression as it stands on a board: what may be left out, and that nothing else is."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossclass
from lossclass.arithmetic.board import on_board
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.problem.bundled import bundled_problems
from problems import solved


def number(letter: str, value: str, index: int = 1) -> Quantity:
    return Quantity(f"given.{letter}.{index}", Symbol(letter, (index,)), Constant(value))


def step(letter: str, definition: Expression) -> Quantity:
    return Quantity(letter, Symbol(letter), definition)


def on(expression: Expression, *unwritten: Quantity) -> str:
    return formula(_shortened(expression, *unwritten), PLAIN)


def _shortened(expression: Expression, *unwritten: Quantity) -> Expression:
    values: dict[str, Decimal] = {}

    def evaluate(node: Expression) -> None:
        for operand in node.operands:
            evaluate(operand)
        if isinstance(node, Quantity):
            evaluate(node.definition)
            values[node.id] = node.definition.value(values)

    with localcontext(WORKING):
        evaluate(expression)
        return on_board(expression, values, {each.id: each.definition for each in unwritten})


YES, NO = number("y", "1", 1), number("y", "0", 2)
P, Q = number("p", "0.7", 1), number("p", "0.3", 2)
SCORE = step("s", Sum(P, Q))


def test_of_a_one_hot_sum_the_true_term_is_left() -> None:
    cross_entropy = Negative(Sum(Product(YES, Log(P)), Product(NO, Log(Q))))
    assert on(cross_entropy) == "−ln(p₁)"


def test_of_two_outcomes_the_one_that_happened_is_left() -> None:
    rest = Sum(Constant(1), Negative(NO))
    terms = Sum(Product(NO, Log(P)), Product(rest, Log(Q)))
    assert on(Negative(terms)) == "−ln(p₂)"


def test_a_factor_of_1_stays_where_no_other_of_its_kind_is_0() -> None:
    bias, one = number("b", "0"), number("x", "1")
    assert on(Sum(bias, Product(P, one))) == "b₁ + p₁ · x₁"
    assert on(Sum(Product(YES, P), Q)) == "y₁ · p₁ + p₂"


def test_a_sum_of_nothing_but_zeros_stays_whole() -> None:
    assert on(Sum(Product(NO, P), Product(NO, Q))) == "y₂ · p₁ + y₂ · p₂"


def test_a_step_of_0_stays() -> None:
    nothing = step("d", Sum(P, Negative(P)))
    assert on(Sum(nothing, Q)) == "d + p₂"


def test_a_step_that_is_not_written_is_replaced_by_what_it_is() -> None:
    assert on(Product(SCORE, P), SCORE) == "(p₁ + p₂) · p₁"
    copy = step("c", SCORE)
    assert on(Log(copy), copy) == "ln(s)"


def test_nothing_is_divided_by_1() -> None:
    assert on(Quotient(SCORE, Constant(1))) == "s"
    assert on(Quotient(SCORE, Constant(2))) == "s / 2"


numbers = st.sampled_from(["0", "1", "-1", "0.5", "3"])


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), st.booleans())
def test_what_is_left_comes_to_the_same(pairs: list[tuple[str, str]], negative: bool) -> None:
    products = [
        Product(number("y", y, n), number("z", z, n)) for n, (y, z) in enumerate(pairs, start=1)
    ]
    whole: Expression = Sum(*(Negative(each) if negative else each for each in products))
    values = {
        f"given.{letter}.{n}": Decimal(value)
        for n, pair in enumerate(pairs, start=1)
        for letter, value in zip("yz", pair, strict=True)
    }
    assert on_board(whole, values, {}).value(values) == whole.value(values)


@pytest.mark.parametrize("name", bundled_problems())
@pytest.mark.some(12)
def test_every_line_on_a_board_comes_to_its_step(name: str) -> None:
    solution: lossclass.Solution = solved(name, gradient=True)
    written = [each for each in solution.steps if not each.only_in_full]
    hidden = {each.id for each in solution.steps} - {each.id for each in written}
    with localcontext(WORKING):
        for each in written:
            line = solution.board_line(each)
            value = line.quantity.definition.value(solution.values)
            near = abs(value - each.decimal) <= Decimal("1e-40") * max(
                Decimal(1), abs(each.decimal)
            )
            assert value == each.decimal or near, each.id
            used = {id for side in line.sides for id in side.numbers}
            assert not used & hidden or not each.decimal, each.id  # a sum of zeros stays whole

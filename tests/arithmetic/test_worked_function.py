"""tanh and sigmoid worked out by powers of e."""

from __future__ import annotations

from decimal import Decimal

import pytest
from expressions import evaluate_precisely
from hypothesis import given
from hypothesis import strategies as st

from lossclass.arithmetic.expression import (
    Constant,
    Operation,
    Product,
    Quantity,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.worked_function import FunctionLine, functions_in, work_out

FUNCTIONS = st.sampled_from([Tanh, Sigmoid])
#: As large as anybody has them; those near 0 have their own test.
ARGUMENTS = st.one_of(
    st.decimals("-30", "30", places=3).filter(lambda x: abs(x) > Decimal("0.001")),
    st.fractions(-20, 20).map(lambda x: Decimal(x.numerator) / Decimal(x.denominator)),
    st.sampled_from([Decimal(each) for each in ("0", "1000", "-1000", "1e6")]),
)


def worked(function: type[Operation], x: Decimal, digits: int = 4) -> FunctionLine | None:
    return work_out(function(Quantity("a", Symbol("a"), Constant(x))), {"a": x}, digits)


def text(line: FunctionLine | None) -> str:
    assert line is not None
    sides = (f" {PLAIN.sign(exact)} {side}" for exact, side in line.sides(PLAIN))
    return line.left(PLAIN) + "".join(sides)


@given(FUNCTIONS, ARGUMENTS, st.integers(1, 10))
def test_every_side_comes_to_the_function(
    function: type[Operation], x: Decimal, digits: int
) -> None:
    line = worked(function, x, digits)
    if line is None:
        assert abs(x) < Decimal("0.001")
        return
    with_all_digits = evaluate_precisely(f"{line.left(PLAIN).partition('(')[0]}({x:f})")
    wanted = round_significant(with_all_digits, digits)
    for side in line.line.sides:
        assert round_significant(evaluate_precisely(side.write(PLAIN)), digits) == wanted
    left, (is_equal, first), *_ = line.left(PLAIN), *line.sides(PLAIN)
    assert is_equal
    one, other = evaluate_precisely(left), evaluate_precisely(first)
    assert abs(one - other) <= Decimal("1e-30") * abs(one)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (Sigmoid, "0.5", "sigmoid(0.5) = 1 / (1 + exp(−0.5)) ≈ 1 / (1 + 0.6065)"),
        (Sigmoid, "-0.5", "sigmoid(−0.5) = 1 / (1 + exp(0.5)) ≈ 1 / (1 + 1.649)"),
        (Sigmoid, "0", "sigmoid(0) = 1 / (1 + exp(0)) = 1 / (1 + 1) = 1 / 2 = 0.5"),
        (Tanh, "0.5", "tanh(0.5) = (exp(0.5) − exp(−0.5)) / (exp(0.5) + exp(−0.5)) ≈ "),
        (Tanh, "0", "tanh(0) = (exp(0) − exp(0)) / (exp(0) + exp(0)) = "),
        (Sigmoid, "-1000", "sigmoid(−1000) = 1 / (1 + exp(1000)) ≈ 1 / (1 + 1.970 × 10⁴³⁴)"),
    ],
)
def test_how_it_reads(function: type[Operation], x: str, expected: str) -> None:
    assert text(worked(function, Decimal(x))).startswith(expected)


def test_it_reads_in_latex_as_the_steps_do() -> None:
    line = worked(Sigmoid, Decimal("0.5"))
    assert line is not None
    assert line.left(LATEX) == r"\sigma\left(0.5\right)"


@pytest.mark.parametrize("x", ["1e-12", "1e-60", "1e20", "-1e20", "Infinity"])
def test_a_number_too_near_to_0_or_too_far_from_it_is_not_worked_out(x: str) -> None:
    assert worked(Tanh, Decimal(x)) is None


def test_functions_are_found_inside_others() -> None:
    a = Quantity("a", Symbol("a"), Constant(1))
    inner = Sigmoid(a)
    outer = Tanh(Sum(inner, Product(a, a)))
    assert [*functions_in(Product(a, outer))] == [outer, inner]

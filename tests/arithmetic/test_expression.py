"""Expressions are frozen trees, and a calculation is evaluated step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from expressions import constants, decimals, evaluate_precisely, given_number, small_expressions
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.derivative import local_derivatives
from lossclass.arithmetic.expression import (
    Absolute,
    ArgMax,
    Choose,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Negative,
    Operation,
    Power,
    Product,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    Tanh,
    UndefinedValue,
    quantities_in,
)
from lossclass.arithmetic.notation import FUNCTIONS
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.arithmetic.symbol import Symbol

ONE, TWO, THREE = Constant(1), Constant(2), Constant(3)
OPERATIONS: list[type[Operation]] = [
    Sum,
    Product,
    Quotient,
    Power,
    Negative,
    Log,
    Exp,
    Tanh,
    Sigmoid,
    Max,
    Absolute,
]


def step(id: str, definition: Expression) -> Quantity:
    return Quantity(id, Symbol(id), definition)


def value_of(expression: Expression) -> Decimal:
    with localcontext(WORKING):
        value = expression.value({})
    assert isinstance(value, Decimal)
    return value


# --- nodes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "attribute"),
    [
        (ONE, "number"),
        (ONE, "operands"),
        (ONE, "anything"),
        (given_number("a", 1), "id"),
        (given_number("a", 1), "symbol"),
        (given_number("a", 1), "definition"),
        (Sum(ONE, TWO), "operands"),
        (Sum(ONE, TWO), "arity"),
        (Log(ONE), "base"),
        (Log(ONE), "operands"),
    ],
)
def test_nodes_are_frozen(node: Expression, attribute: str) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        setattr(node, attribute, TWO)


def test_nodes_compare_by_identity() -> None:
    one, same = Constant(1), Constant(1)
    assert one == one  # noqa: PLR0124
    assert one != same
    assert len({one, same, Sum(one, same), Sum(one, same)}) == 4
    assert given_number("a", 1) != given_number("a", 1)


@pytest.mark.parametrize("operation", [Sum, Product])
def test_sums_and_products_take_any_number_of_operands_but_none(operation: Any) -> None:
    assert len(operation(*[ONE] * 1000).operands) == 1000
    assert value_of(operation(THREE)) == 3
    with pytest.raises(TypeError, match="0 operands"):
        operation()


@pytest.mark.parametrize("operation", [Quotient, Power])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_quotients_and_powers_take_two_operands(operation: Any, number: int) -> None:
    with pytest.raises(TypeError, match=f"{number} operands"):
        operation(*[ONE] * number)


@pytest.mark.parametrize("operation", [Negative, Exp, Tanh, Sigmoid, Absolute])
@pytest.mark.parametrize("number", [0, 2])
def test_functions_take_one_operand(operation: Any, number: int) -> None:
    with pytest.raises(TypeError, match=f"{number} operands"):
        operation(*[ONE] * number)


@pytest.mark.parametrize("number", [0, 1])
def test_a_maximum_takes_at_least_two_operands(number: int) -> None:
    with pytest.raises(TypeError, match=f"{number} operands"):
        Max(*[ONE] * number)


def test_an_operation_is_rebuilt_on_other_operands() -> None:
    rebuilt = Log(TWO, "10").rebuilt([Constant(1000)])
    assert isinstance(rebuilt, Log)
    assert rebuilt.base == "10"
    assert value_of(rebuilt) == 3
    assert value_of(Sum(ONE, TWO).rebuilt([THREE, THREE, THREE])) == 9


def test_the_quantities_of_an_expression_come_from_left_to_right() -> None:
    a, b = given_number("a", 1), given_number("b", 2)
    inside = step("inside", Product(a, b))
    expression = Sum(b, Negative(Product(inside, a)), Log(b))
    assert [each.id for each in quantities_in(expression)] == ["b", "inside", "a", "b"]


def test_a_repr_shows_the_tree() -> None:
    assert (
        repr(Sum(given_number("a", 1), Negative(TWO)))
        == "Sum(Quantity('a'), Negative(Constant(2)))"
    )


# --- evaluating --------------------------------------------------------------------------


@given(small_expressions(constants(decimals())))
def test_a_step_has_the_value_of_its_definition(expression: Expression) -> None:
    value = value_of(expression)
    assume(not value.is_nan())
    assert evaluate([step("s", expression)]) == {"s": value}


def test_steps_are_evaluated_in_order() -> None:
    a = given_number("a", 3)
    double = step("double", Product(TWO, a))
    square = step("square", Power(double, TWO))
    assert list(evaluate([a, double, square]).items()) == [("a", 3), ("double", 6), ("square", 36)]


def test_a_step_before_the_one_it_uses_is_an_error() -> None:
    a = given_number("a", 3)
    with pytest.raises(KeyError, match="a"):
        evaluate([step("double", Product(TWO, a)), a])


def test_replaced_values_are_taken_as_they_are_and_used_by_what_follows() -> None:
    a, b = given_number("a", 3), given_number("b", 5)
    double = step("double", Product(TWO, a))
    total = step("total", Sum(double, b))
    calculation = [a, b, double, total]
    assert evaluate(calculation, replacing={"a": Decimal(4)})["total"] == 13
    assert evaluate(calculation, replacing={"double": Decimal("6.1")}) == {
        "a": 3,
        "b": 5,
        "double": Decimal("6.1"),
        "total": Decimal("11.1"),
    }
    assert evaluate(calculation, replacing={"elsewhere": Decimal(1)})["total"] == 11


def test_a_replaced_step_is_not_evaluated() -> None:
    undefined = step("undefined", Log(Constant(-1)))
    after = step("after", Sum(undefined, ONE))
    assert evaluate([undefined, after], replacing={"undefined": Decimal(1)})["after"] == 2


@given(decimals(), decimals(), st.integers(1, 10))
def test_rounding_rounds_each_step_and_no_given_number(
    one: Decimal, other: Decimal, digits: int
) -> None:
    a, b = given_number("a", one), given_number("b", other)
    product = step("product", Product(a, b))
    total = step("total", Sum(product, a))
    values = evaluate([a, b, product, total], rounding=digits)
    assert values["a"].as_tuple() == one.as_tuple()
    assert values["b"].as_tuple() == other.as_tuple()
    assert values["product"] == round_significant(WORKING.multiply(one, other), digits)
    assert values["total"] == round_significant(WORKING.add(values["product"], one), digits)


def test_a_replaced_value_is_not_rounded() -> None:
    a = given_number("a", 3)
    third = step("third", Quotient(ONE, a))
    double = step("double", Product(TWO, third))
    replaced = {"third": Decimal("0.33333")}
    values = evaluate([a, third, double], replacing=replaced, rounding=2)
    assert values == {"a": 3, "third": Decimal("0.33333"), "double": Decimal("0.67")}


@pytest.mark.parametrize("floats", [False, True])
def test_a_chain_of_5000_steps_is_evaluated(floats: bool) -> None:
    chain = [given_number("0", "0.5")]
    for number in range(1, 5001):
        chain.append(step(str(number), Sum(chain[-1], Product(ONE, TWO), Negative(ONE))))
    assert evaluate(chain, floats=floats)["5000"] == Decimal("5000.5")


@pytest.mark.parametrize(
    "expression",
    [
        Sum(Constant("Infinity"), Negative(Constant("Infinity"))),
        Sum(Log(Constant(0)), Exp(Constant("Infinity"))),
        Log(Constant(-1)),
        Log(Constant("-1e-40"), "2"),
        Log(Constant(-10), "10"),
        Quotient(Constant(0), Constant(0)),
        Quotient(Constant("Infinity"), Constant("Infinity")),
        Power(Constant(-2), Constant("0.5")),
        Absolute(Log(Constant(-1))),
        Sum(ONE, Exp(Log(Constant(-1)))),
    ],
    ids=repr,
)
def test_a_step_without_a_value_is_named(expression: Expression) -> None:
    with pytest.raises(UndefinedValue, match=r"^bad$"):
        evaluate([given_number("a", 1), step("bad", expression), step("c", ONE)])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (Log(Constant(0)), "-Infinity"),
        (Log(Constant(0), "2"), "-Infinity"),
        (Log(Constant(0), "10"), "-Infinity"),
        (Negative(Log(Constant(0))), "Infinity"),
        (Exp(Constant("-Infinity")), "0"),
        (Exp(Constant("Infinity")), "Infinity"),
        (Quotient(ONE, Constant(0)), "Infinity"),
        (Quotient(Constant(-1), Constant(0)), "-Infinity"),
        (Quotient(ONE, Constant("Infinity")), "0"),
        (Product(Constant(0), Log(Constant(0))), "0"),
        (Product(Log(Constant(0)), Constant(0), TWO), "0"),
        (Power(Constant(0), Constant(0)), "1"),
        (Power(Constant(0), Constant(-1)), "Infinity"),
        (Power(Constant(9), Power(Constant(9), Power(Constant(9), Constant(9)))), "Infinity"),
        (Tanh(Constant("Infinity")), "1"),
        (Tanh(Constant("-Infinity")), "-1"),
        (Sigmoid(Constant("Infinity")), "1"),
        (Sigmoid(Constant("-Infinity")), "0"),
        (Max(Constant("-Infinity"), Constant(-3)), "-3"),
        (ArgMax(Constant("-Infinity"), Constant("-Infinity")), "1"),
        (ArgMax(Constant("-Infinity"), Constant(-3), Constant("-3.5"), Constant(-3)), "2"),
        (Absolute(Constant("-Infinity")), "Infinity"),
    ],
    ids=repr,
)
def test_limits_have_a_value(expression: Expression, value: str) -> None:
    result = evaluate([step("s", expression)])["s"]
    assert result == Decimal(value)
    doubles = evaluate([step("s", expression)], floats=True)["s"]
    assert doubles == float(value)


# --- three roads: decimals, doubles, arrays ----------------------------------------------

UNARY: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "log": (elementary.log, 1e-100, 1e100),
    "log2": (lambda x: elementary.log(x, "2"), 1e-100, 1e100),
    "log10": (lambda x: elementary.log(x, "10"), 1e-100, 1e100),
    "exp": (elementary.exp, -700, 700),
    "tanh": (elementary.tanh, -400, 400),
    "tanh of tiny numbers": (elementary.tanh, -1e-6, 1e-6),
    "sigmoid": (elementary.sigmoid, -700, 700),
}


def agree(decimal: Any, double: Any, element: Any) -> None:
    """The same number, or the same infinity."""
    assert isinstance(decimal, Decimal)
    assert double == pytest.approx(float(decimal), rel=1e-12, abs=0)
    assert float(element) == pytest.approx(float(decimal), rel=1e-12, abs=0)


def on_all_roads(function: Callable[..., Any], *operands: float) -> None:
    with localcontext(WORKING):
        decimal = function(*map(Decimal, operands))
    double = function(*operands)
    array = function(*(np.array([each, each]) for each in operands))
    assert isinstance(double, float)
    assert isinstance(array, np.ndarray)
    assert array.shape == (2,)
    for element in array:
        agree(decimal, double, element)


def doubles(smallest: float, largest: float) -> st.SearchStrategy[float]:
    return st.floats(smallest, largest, allow_subnormal=False)


SIZES = st.one_of(
    st.just(0.0),
    doubles(1e-100, 1e100),
    doubles(-1e100, -1e-100),
    doubles(0.001, 1000),
    doubles(-1000, -0.001),
)


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_functions_agree_in_decimals_doubles_and_arrays(name: str, data: st.DataObject) -> None:
    function, smallest, largest = UNARY[name]
    on_all_roads(function, data.draw(doubles(smallest, largest)))


@pytest.mark.parametrize(
    ("function", "operand", "value"),
    [
        (elementary.log, 0.0, -math.inf),
        (lambda x: elementary.log(x, "2"), 0.0, -math.inf),
        (lambda x: elementary.log(x, "10"), 0.0, -math.inf),
        (elementary.log, math.inf, math.inf),
        (elementary.log, 1.0, 0.0),
        (lambda x: elementary.log(x, "2"), 8.0, 3.0),
        (lambda x: elementary.log(x, "10"), 1000.0, 3.0),
        (elementary.exp, 1000.0, math.inf),
        (elementary.exp, -1000.0, 0.0),
        (elementary.exp, math.inf, math.inf),
        (elementary.exp, -math.inf, 0.0),
        (elementary.exp, 0.0, 1.0),
        (elementary.tanh, 0.0, 0.0),
        (elementary.tanh, 1e-300, 1e-300),
        (elementary.tanh, -1e-60, -1e-60),
        (elementary.tanh, 1e300, 1.0),
        (elementary.tanh, -151.0, -1.0),
        (elementary.tanh, 149.0, 1.0),
        (elementary.tanh, -math.inf, -1.0),
        (elementary.sigmoid, 1000.0, 1.0),
        (elementary.sigmoid, -1000.0, 0.0),
        (elementary.sigmoid, 0.0, 0.5),
    ],
)
def test_functions_agree_at_the_edges(
    function: Callable[[Any], Any], operand: float, value: float
) -> None:
    on_all_roads(function, operand)
    assert function(operand) == value


@pytest.mark.parametrize("base", ["e", "2", "10"])
def test_the_logarithm_of_a_negative_number_is_nan_on_all_roads(base: str) -> None:
    with localcontext(WORKING):
        assert elementary.log(Decimal(-1), base).is_nan()
    assert math.isnan(elementary.log(-1.0, base))
    assert np.isnan(elementary.log(np.array([-1.0]), base)).all()


@given(SIZES, SIZES)
@example(0.0, math.inf)
@example(-math.inf, 0.0)
@example(-math.inf, 2.0)
def test_products_agree(one: float, other: float) -> None:
    on_all_roads(elementary.times, one, other)


@pytest.mark.parametrize("infinite", [math.inf, -math.inf])
def test_zero_times_infinity_is_zero_on_all_roads(infinite: float) -> None:
    for operands in [(0.0, infinite), (infinite, 0.0), (-0.0, infinite)]:
        on_all_roads(elementary.times, *operands)
        assert elementary.times(*operands) == 0
        assert elementary.times(np.array([operands[0]]), operands[1]) == 0
        assert elementary.times(operands[0], np.array([operands[1]])) == 0


@given(SIZES, SIZES)
@example(2.0, 0.0)
@example(-2.0, 0.0)
@example(2.0, math.inf)
@example(math.inf, 0.0)
def test_quotients_agree(above: float, below: float) -> None:
    assume(above or below)
    on_all_roads(elementary.divide, above, below)


@given(doubles(1e-5, 1e5), doubles(-20, 20))
@example(0.0, 0.0)
@example(0.0, 2.0)
@example(0.0, -2.0)
@example(-2.0, 3.0)
@example(-2.0, -3.0)
@example(-2.0, 1026.0)
@example(math.inf, 0.0)
@example(math.inf, -1.0)
@example(0.5, math.inf)
def test_powers_agree(base: float, exponent: float) -> None:
    on_all_roads(elementary.power, base, exponent)


def test_powers_overflow_to_the_infinity_of_their_sign() -> None:
    for base, exponent, value in [(-10.0, 1001.0, -math.inf), (-10.0, 1000.0, math.inf)]:
        assert elementary.power(base, exponent) == value
        on_all_roads(elementary.power, base, exponent)


@given(SIZES, SIZES, SIZES)
@example(-math.inf, -2.0, 0.0)
def test_maxima_agree(one: float, other: float, third: float) -> None:
    on_all_roads(elementary.maximum, one, other, third)


@pytest.mark.parametrize("name", ["ln", "log2", "log10", "exp", "tanh", "sigmoid"])
@given(data=st.data())
def test_decimals_are_right_to_48_digits(name: str, data: st.DataObject) -> None:
    """By the reader in expressions.py, which carries 120."""
    smallest, largest = {"exp": (-500, 500), "sigmoid": (-200, 200)}.get(
        name, (-120, 120) if name == "tanh" else (Decimal("1e-8"), 1000)
    )
    number = data.draw(st.decimals(smallest, largest, places=8))
    value = evaluate([step("s", FUNCTIONS[name](Constant(number)))])["s"]
    precise = evaluate_precisely(f"{name}({number:f})")
    with localcontext(Context(prec=100)):
        assert abs(value - precise) <= abs(precise) * Decimal("1e-48")


#: Conditioned so well that a last bit more or less does not show.
_A, _B, _C = (given_number(id, "0.5") for id in "abc")
_SCORE = step("score", Sum(Product(_A, _B), Quotient(_C, Sum(_A, ONE)), TWO))
_SQUASHED = step("squashed", Product(Sigmoid(_SCORE), Tanh(_B), Exp(Negative(Tanh(_C)))))
_LARGEST = step("largest", Max(_SQUASHED, Power(_A, TWO), Absolute(Negative(_B))))
_LOSS = step("loss", Log(Sum(_LARGEST, _SCORE, Constant("1.5")), "2"))
CALCULATION = [_A, _B, _C, _SCORE, _SQUASHED, _LARGEST, _LOSS]


@given(st.lists(st.tuples(*[doubles(0.001, 100)] * 3), min_size=1, max_size=8))
def test_arrays_give_element_by_element_what_doubles_and_decimals_give(
    rows: list[tuple[float, float, float]],
) -> None:
    columns = dict(zip("abc", np.array(rows).T, strict=True))
    arrays = evaluate(CALCULATION, replacing=columns, floats=True)
    for index, row in enumerate(rows):
        given_numbers = dict(zip("abc", row, strict=True))
        scalars = evaluate(CALCULATION, replacing=given_numbers, floats=True)
        exact = evaluate(
            CALCULATION, replacing={id: Decimal(each) for id, each in given_numbers.items()}
        )
        assert list(scalars) == list(arrays) == [each.id for each in CALCULATION]
        for id in scalars:
            agree(exact[id], scalars[id], arrays[id][index])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_takes_arrays_of_any_shape(operation: Any) -> None:
    one, other = given_number("one", 1), given_number("other", 2)
    names = [one, other][: 1 if operation.arity[1] == 1 else 2]
    calculation = [one, other, step("s", operation(*names))]
    shape = {"one": np.full((2, 3), 0.5), "other": np.full((2, 3), 2.5)}
    array = evaluate(calculation, replacing=shape, floats=True)["s"]
    scalar = evaluate(calculation, replacing={"one": 0.5, "other": 2.5}, floats=True)["s"]
    assert array.shape == (2, 3)
    assert array == pytest.approx(np.full((2, 3), scalar), rel=1e-14)


def test_constants_are_doubles_where_doubles_are_asked_for() -> None:
    value = evaluate([step("s", Sum(Constant("0.1"), Constant("0.2")))], floats=True)["s"]
    assert isinstance(value, float)
    assert value == 0.1 + 0.2
    assert evaluate([step("s", Sum(Constant("0.1"), Constant("0.2")))])["s"] == Decimal("0.3")


def test_an_undefined_part_makes_the_whole_undefined() -> None:
    bad = Log(Constant(-1))
    for whole in (Max(Constant(5), bad), Product(Constant(0), bad), Power(bad, Constant(0))):
        with pytest.raises(UndefinedValue):
            evaluate([step("s", whole)])


def test_there_is_no_negative_zero() -> None:
    """Its reciprocal would be −∞, behind a line that shows 0."""
    zero = Quotient(Constant(0), Constant(-2))
    small = Power(Quotient(Constant(-1), Constant(Decimal("Infinity"))), Constant(3))
    with localcontext(WORKING):
        assert str(zero.value({})) == str(small.value({})) == "0"
        assert Power(zero, Constant(-1)).value({}) == Decimal("Infinity")
        assert Quotient(Constant(1), zero).value({}) == Decimal("Infinity")


def test_the_place_of_the_largest_in_arrays_and_of_what_has_no_value() -> None:
    a, b = (Quantity(each, Symbol(each), Constant(0)) for each in "ab")
    values = {"a": np.array([1.0, 2.0, 3.0, np.nan]), "b": np.array([2.0, 2.0, 1.0, 0.0])}
    np.testing.assert_array_equal(ArgMax(a, b).value(values, floats=True), [2, 1, 1, np.nan])
    assert math.isnan(ArgMax(a, b).value({"a": math.nan, "b": 1.0}, floats=True))


def test_a_place_that_is_not_there_chooses_nothing() -> None:
    a, b = (Quantity(each, Symbol(each), Constant(0)) for each in "ab")
    places = np.array([1.0, 2.0, 3.0, 1.5, 0.0])
    expected = [7.0, 9.0, np.nan, np.nan, np.nan]
    chosen = Choose(a, Constant(7), b)
    np.testing.assert_array_equal(chosen.value({"a": places, "b": 9.0}, floats=True), expected)
    for place, number in zip(places.tolist(), expected, strict=True):
        alone = chosen.value({"a": Decimal(place), "b": Decimal(9)})
        assert alone.is_nan() if math.isnan(number) else alone == number
    local = local_derivatives(step("place", ArgMax(a, b)), {"a": Decimal(1), "b": Decimal(1)})
    assert not any(each.expression for each in local.values())

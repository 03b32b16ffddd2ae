"""Every printed line is true, to whoever reads it with nothing but the line.

The lines are read by :func:`expressions.evaluate_precisely`, which shares no code with
lossclass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import NoReturn

import pytest
from expressions import (
    calculations,
    decimals,
    evaluate_precisely,
    evaluate_text,
    given_number,
    laid_out,
    parts,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    UndefinedValue,
)
from lossclass.arithmetic.line import Line, lay_out, running_operation
from lossclass.arithmetic.notation import LATEX, PLAIN, as_number
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol

#: So many digits that what the working loses at 50 shows.
MORE_PRECISE = Context(prec=150, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
LARGEST = Decimal("1e15")
DIGITS = st.integers(1, 10)
LINES = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def printed(line: Line) -> str:
    """The line from its first side on, as the terminal has it."""
    return " ".join(("= " if exact else "≈ ") + text for exact, text in line.chain(PLAIN))


def steps_of(calculation: list[Quantity]) -> Iterator[tuple[Quantity, dict[str, Decimal]]]:
    """The steps of a calculation that can be checked, with all values.

    Skipped are values that are infinite or beyond 10¹⁵, those that lose more than ten of the
    working's 50 digits by cancellation, and those in which some part has no value, one that no
    double can hold, or one like 0.999…9987 that is shown as 1.
    """
    try:
        values = evaluate(calculation)
    except UndefinedValue:
        return
    for quantity in calculation:
        if isinstance(quantity.definition, Constant):
            continue
        value = values[quantity.id]
        if not value.is_finite() or value.copy_abs() > LARGEST:
            return
        with localcontext(WORKING):
            sound = all(map(is_sound, parts(quantity.definition, values)))
        if sound and is_close(value, precisely(quantity.definition, values), "1e-40"):
            yield quantity, values


def precisely(expression: Expression, values: dict[str, Decimal]) -> Decimal:
    """The value of an expression by the other reader, which carries many more digits."""

    def number(leaf: Expression) -> Decimal:
        return values[leaf.id] if isinstance(leaf, Quantity) else as_number(leaf)

    return evaluate_precisely(PLAIN.write(expression, number))


def is_sound(value: Decimal) -> bool:
    if value.is_nan():
        return False
    if not value or value.is_infinite():
        return True
    with localcontext(MORE_PRECISE):
        residue = abs(value - rounded(value, 20)) / abs(value)
        nearly_round = Decimal("1e-49") < residue < Decimal("1e-25")
        return not nearly_round and Decimal("1e-300") < abs(value) < Decimal("1e300")


def is_close(one: Decimal, other: Decimal, relative: str = "1e-12", zero: str = "1e-15") -> bool:
    with localcontext(MORE_PRECISE):
        if not one.is_finite() or not other.is_finite():
            return one == other
        return abs(one - other) <= (abs(other) * Decimal(relative) if other else Decimal(zero))


def assert_rounds_to(text: str, shown: Decimal, digits: int, *, exact: bool, line: str) -> None:
    """The number that ``text`` comes to is shown as ``shown``."""
    value = evaluate_precisely(text)
    assert value.is_finite(), line
    with localcontext(MORE_PRECISE):
        if not shown:
            assert abs(value) < Decimal(1).scaleb(-digits), line
        elif exact:  # it may have fewer digits than it could, or a few more
            digits = max(digits, len(shown.as_tuple().digits))
            assert rounded(value, digits) == rounded(shown, digits), line
        else:
            half_a_unit = Decimal(5).scaleb(int(shown.as_tuple().exponent) - 1)
            assert abs(value - shown) <= half_a_unit + abs(shown) * Decimal("1e-9"), line


def rounded(number: Decimal, digits: int) -> Decimal:
    context = Context(prec=digits, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
    return context.plus(number)


def assert_true(line: Line, value: Decimal, digits: int) -> None:
    text = printed(line)
    *sides, (result_exact, result) = line.chain(PLAIN)
    assert is_close(evaluate_precisely(result), line.result.value), text
    # "=": all that stands left of it, and it, are one number.
    numbers = [value]
    for exact, side in line.chain(PLAIN):
        numbers.append(evaluate_precisely(side))
        if exact:
            assert all(is_close(number, numbers[-1]) for number in numbers), text
    # "≈": every side comes to the result that is shown.
    for _, side in sides:
        assert_rounds_to(side, line.result.value, digits, exact=line.result.exact, line=text)
    assert not result_exact or line.result.exact


# --- the promise -------------------------------------------------------------------------


@LINES
@given(calculations(), DIGITS)
def test_every_printed_line_is_true(calculation: list[Quantity], digits: int) -> None:
    checked = 0
    for step, values in steps_of(calculation):
        halves = 2 * values[step.id]
        if digits < 3 and halves % 2 == 1:  # 176837.5: rounded to 7 digits first, and then to 6
            continue
        assert_true(lay_out(step, values, digits), values[step.id], digits)
        checked += 1
    assume(checked)


@pytest.mark.some(3)
@pytest.mark.parametrize("digits", range(1, 11))
@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1 / a", {"a": "3"}),
        ("2 / a − 1 / a", {"a": "3"}),
        ("a / b × c", {"a": "1", "b": "7", "c": "7"}),
        ("-ln(a)", {"a": "0.36"}),
        ("-ln(a × b × c)", {"a": "0.6", "b": "0.7", "c": "0.3"}),
        ("ln(a) × ln(b)", {"a": "0.1", "b": "0.7"}),
        ("ln(a + b)", {"a": "0.99999999", "b": "0.00000002"}),
        ("max(0, 1 − a × b)", {"a": "-1", "b": "0.5"}),
        ("max(0, 1 − a × b)^2", {"a": "1", "b": "0.123456789"}),
        ("1 / (1 + exp(-a))", {"a": "0.7"}),
        ("exp(a) / (exp(a) + exp(b))", {"a": "12.5", "b": "-3"}),
        ("(exp(a) − exp(-a)) / (exp(a) + exp(-a)) − tanh(b)", {"a": "0.3", "b": "0.29"}),
        ("log2(a) + log10(b)", {"a": "0.2", "b": "0.2"}),
        ("a × b", {"a": "0.00001234", "b": "0.00001234"}),
        ("a × b", {"a": "99999999", "b": "99999.999"}),
        ("a + b", {"a": "999999.4", "b": "0.3123456789"}),
        ("a − b", {"a": "1234567.891", "b": "1234567.890"}),
        ("|a − b| / b", {"a": "0.123456789", "b": "0.123456788"}),
    ],
)
def test_lines_as_losses_have_them_are_true(
    text: str, numbers: dict[str, str | int], digits: int
) -> None:
    line = laid_out(text, digits, **numbers)
    names = {id: Decimal(number) for id, number in numbers.items()}
    with localcontext(WORKING):
        value = line.quantity.definition.value(names)
    assert_true(line, value, digits)


@pytest.mark.parametrize(
    ("text", "numbers", "chain"),
    [
        ("a", {"a": "0.5"}, "= 0.5"),
        ("a + b", {"a": "0.1", "b": "0.2"}, "= 0.1 + 0.2 = 0.3"),
        ("1 / a", {"a": "3"}, "= 1 / 3 ≈ 0.3333"),
        ("1 − a × b", {"a": "-1", "b": "0.5"}, "= 1 − (−1) × 0.5 = 1 − (−0.5) = 1.5"),
        ("ln(a) × ln(b)", {"a": "0.1", "b": "0.7"},
         "= ln(0.1) × ln(0.7) ≈ −2.3026 × (−0.35667) ≈ 0.8213"),
        ("2 / a − 1 / a", {"a": "3"}, "= 2 / 3 − 1 / 3 ≈ 0.66667 − 0.33333 ≈ 0.3333"),
        ("a × ln(a)", {"a": "0"}, "= 0 × ln(0) = 0 × (−∞) = 0"),
        ("a × b", {"a": "0", "b": "0.761594155956"}, "≈ 0 × 0.7616 = 0"),
        ("a × b + c", {"a": "0", "b": "0.761594155956", "c": "2"},
         "≈ 0 × 0.7616 + 2 = 0 + 2 = 2"),
        ("exp(a)", {"a": "1.38629436111989061883446"}, "≈ exp(1.3863) ≈ 4.000"),
        ("-ln(a)", {"a": "0"}, "= −ln(0) = ∞"),
        ("exp(a)", {"a": "20"}, "= exp(20) ≈ 4.852 × 10⁸"),
        ("exp(a)", {"a": "70"}, "= exp(70) ≈ 2.515 × 10³⁰"),
        ("a × b", {"a": "0.001", "b": "0.00002"}, "= 0.001 × (2 × 10⁻⁵) = 2 × 10⁻⁸"),
    ],
)  # fmt: skip
def test_lines_are_printed_as_on_the_board(
    text: str, numbers: dict[str, str | int], chain: str
) -> None:
    assert printed(laid_out(text, **numbers)) == chain


def test_more_digits_are_shown_where_the_line_would_not_come_out() -> None:
    a, b = given_number("a", 2), given_number("b", 3)
    two_thirds = Quantity("two_thirds", Symbol("t"), Quotient(a, b))
    third = Quantity("third", Symbol("u"), Quotient(Constant(1), b))
    difference = Quantity("difference", Symbol("d"), Sum(two_thirds, Negative(third)))
    values = evaluate([a, b, two_thirds, third, difference])
    assert printed(lay_out(difference, values, 4)) == "≈ 0.66667 − 0.33333 ≈ 0.3333"


def test_what_was_rounded_once_stays_an_approximation() -> None:
    """Even where the rounded numbers come to a whole one: 0.33333 × 3 + 2 is not 3."""
    a = given_number("a", 3)
    third = Quantity("third", Symbol("t"), Quotient(Constant(1), a))
    step = Quantity("step", Symbol("s"), Sum(Product(third, a), Constant(2)))
    values = evaluate([a, third, step])
    line = lay_out(step, values, 4)
    assert printed(line) == "≈ 0.33333 × 3 + 2 ≈ 1 + 2 ≈ 3"
    assert_true(line, values["step"], 4)


def test_a_sum_of_rounded_numbers_comes_to_the_zero_that_is_shown() -> None:
    six, three = given_number("six", 6), given_number("three", 3)
    sixth = Quantity("sixth", Symbol("s"), Quotient(Constant(1), six))
    thirds = Quantity("thirds", Symbol("t"), Quotient(Constant(2), three))
    total = Quantity("total", Symbol("S"), Sum(sixth, sixth, thirds, Constant(-1)))
    values = evaluate([six, three, sixth, thirds, total])
    assert values["total"] == 0
    line = lay_out(total, values, 4)
    assert printed(line) == "≈ 0.16667 + 0.16667 + 0.66667 + (−1) ≈ 0"
    assert_true(line, values["total"], 4)


def test_a_term_that_is_lost_beside_the_others_makes_it_no_equality() -> None:
    assert printed(laid_out("a + b", a="1e-60", b=1)).endswith(" ≈ 1")
    assert printed(laid_out("(a + b) × c", a="1e-60", b=1, c=2)).endswith(" ≈ 1 × 2 = 2")
    assert printed(laid_out("a + b", a="1e-60", b="1e-60")).endswith(" = 2 × 10⁻⁶⁰")
    assert printed(laid_out("a + b", a=2, b=1)).endswith(" = 3")


def test_a_line_is_exact_where_all_its_numbers_are() -> None:
    assert laid_out("a × b", a="0.5", b="0.25").exact
    assert not laid_out("a / b", a=1, b=3).exact
    assert not laid_out("a / b × c", a=1, b=3, c=3).exact


@LINES
@given(calculations(), DIGITS)
def test_a_line_is_exact_exactly_where_its_chain_has_no_approximation(
    calculation: list[Quantity], digits: int
) -> None:
    for step, values in steps_of(calculation):
        line = lay_out(step, values, digits)
        assert line.exact == all(exact for exact, _ in line.chain(PLAIN))


@LINES
@given(calculations(), DIGITS)
def test_no_two_sides_in_a_row_read_alike(calculation: list[Quantity], digits: int) -> None:
    for step, values in steps_of(calculation):
        chain = lay_out(step, values, digits).chain(PLAIN)
        texts = [text.replace("−", "-") for _, text in chain]
        assert all(one != other for one, other in pairwise(texts))


@LINES
@given(calculations(), DIGITS)
def test_a_line_is_as_exact_in_latex_as_in_plain_text(
    calculation: list[Quantity], digits: int
) -> None:
    for step, values in steps_of(calculation):
        line = lay_out(step, values, digits)
        plain, latex = line.chain(PLAIN), line.chain(LATEX)
        assert plain[-1][0] == latex[-1][0]
        assert plain[0][0] == latex[0][0]


# --- running values ----------------------------------------------------------------------


@LINES
@given(st.lists(decimals(4, -6), min_size=3, max_size=9), st.booleans(), DIGITS)
def test_running_values_go_from_the_first_operand_to_the_result(
    numbers: list[Decimal], is_product: bool, digits: int
) -> None:
    operands = [given_number(str(n), number) for n, number in enumerate(numbers)]
    operation = Product if is_product else Sum
    step = Quantity("step", Symbol("s"), operation(*operands))
    values = evaluate([*operands, step])
    line = lay_out(step, values, digits)
    assume(all(abs(each.value) <= LARGEST for each in line.running))
    assert line.is_product == is_product
    assert [each.operand for each in line.running] == operands
    so_far = [each.value for each in line.running]
    assert so_far[0] == numbers[0]
    for before, after, number in zip(so_far, so_far[1:], numbers[1:], strict=False):
        combine = WORKING.multiply if is_product else WORKING.add
        assert after == combine(before, number)
    assert so_far[-1] == values["step"]
    for each, number in zip(line.running, numbers, strict=True):
        for shown, true in [(each.number, number), (each.so_far, each.value)]:
            error = abs(Fraction(shown.value) - Fraction(true))
            assert not error or not shown.exact
            assert error <= Fraction(10) ** int(shown.value.as_tuple().exponent) / 2
    assert line.running[-1].so_far == line.result


@pytest.mark.parametrize("text", ["a", "a + b", "a × b", "ln(a)", "max(a, b, a)", "a / b / a"])
def test_short_operations_have_no_running_values(text: str) -> None:
    assert laid_out(text, a="0.5", b="0.7").running == ()


def test_the_running_values_of_a_long_operation_inside_another_are_shown() -> None:
    line = laid_out("-ln(a × b × c)", a="0.6", b="0.7", c="0.3")
    assert line.is_product
    assert [each.value for each in line.running] == [
        Decimal(each) for each in ("0.6", "0.42", "0.126")
    ]
    operation = running_operation(line.quantity.definition)
    assert operation is not None
    assert len(operation.operands) == 3


def test_a_running_product_that_meets_zero_stays_zero() -> None:
    line = laid_out("a × ln(a) × b", a="0", b="2")
    assert [each.value for each in line.running] == [0, 0, 0]


def test_what_is_subtracted_runs_with_its_sign() -> None:
    line = laid_out("a − b − c", a="1", b="0.2", c="0.3")
    assert [each.value for each in line.running] == [1, Decimal("0.8"), Decimal("0.5")]
    assert [each.number.value for each in line.running] == [1, Decimal("-0.2"), Decimal("-0.3")]


# --- formulas and substitution -----------------------------------------------------------


def test_a_formula_has_the_symbols_and_a_substituted_line_the_numbers() -> None:
    line = laid_out("max(0, 1 − y × score)", y=-1, score="0.5")
    assert line.symbol(PLAIN) == "s"
    assert line.formula(PLAIN) == "max(0, 1 − y · score)"
    assert line.substituted(PLAIN) == "max(0, 1 − (−1) × 0.5)"


# --- the reader of printed lines, on which all this rests --------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("-0.5", -0.5),
        ("−0.5 + 2", 1.5),
        ("1 + 2 × 3", 7),
        ("8 / 4 / 2", 1),
        ("8 / 4 × 2", 4),
        ("1 − (-0.5)", 1.5),
        ("−2^2", -4),
        ("(-2)^2", 4),
        ("2^3^2", 512),
        ("2^(-1)", 0.5),
        ("1.88 × 10⁻⁴", 0.000188),
        ("2 / (1 × 10⁻²)", 200),
        ("−(1 × 10²)^2", -10000),
        ("ln(2)", math.log(2)),
        ("log2(10)", math.log2(10)),
        ("log10(2)", math.log10(2)),
        ("exp(−1)", math.exp(-1)),
        ("tanh(0.3)", math.tanh(0.3)),
        ("tanh(5 × 10⁻⁷⁰)", 5e-70),
        ("tanh(-500)", -1),
        ("sigmoid(0.3)", 1 / (1 + math.exp(-0.3))),
        ("max(-1, 0.5, 0.25)", 0.5),
        ("|-0.5|", 0.5),
        ("||-0.5| − |2 × (−1)||", 1.5),
        ("2 × |−3| / |(-1.5)|", 4),
        ("max(|-2|, |1|)", 2),
        ("0 × ln(0)", 0),
        ("0 × (-∞)", 0),
        ("−(-∞)", math.inf),
        ("exp(1000)", math.inf),
        ("1 / exp(-∞)", math.inf),
    ],
)
def test_the_reader_of_lines_does_the_arithmetic(text: str, value: float) -> None:
    assert evaluate_text(text) == pytest.approx(value, rel=1e-14)
    if text != "exp(1000)":
        assert float(evaluate_precisely(text)) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["x", "open(1)", "ln.x", "1 = 1", "[1]", "1 if 1 else 2", "1 % 2"])
def test_the_reader_of_lines_reads_nothing_else(text: str) -> None:
    with pytest.raises((ValueError, KeyError, SyntaxError)):
        evaluate_text(text)


def test_a_half_comes_out_at_one_digit() -> None:
    assert_true(laid_out("g / g / (2 / g)", 1, g=353675), Decimal("176837.5"), 1)


def test_huge_numbers_are_written_in_any_context() -> None:
    assert PLAIN.number(Decimal("1e1000000")).startswith("1 × 10")


def test_what_is_carried_out_inside_comes_to_the_number_on_the_next_side() -> None:
    """0.6667 − 0.3333 would be 0.3334; and ln(1.000) would be 0, not -1 × 10⁻²²."""
    line = laid_out("1 + (a − b)", 4, a="0.66666666666666", b="0.33333333333333")
    assert printed(line) == "≈ 1 + (0.66667 − 0.33333) ≈ 1 + 0.3333 ≈ 1.333"
    near = printed(laid_out("a × ln(b) + a", 4, a=0, b="0.9999999999999999999999"))
    assert "ln(1.000)" not in near
    assert "ln(0.9999999999999999999999)" in near


class OnlyLookedUp(dict[str, Decimal]):
    """Values that may be asked for by id, but not gone through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all values were gone through")

    def keys(self) -> NoReturn:
        raise AssertionError("all values were gone through")


def test_a_line_takes_no_longer_where_there_are_many_other_steps() -> None:
    given = [given_number(id, number) for id, number in (("a", 2), ("b", 3), ("c", 7))]
    a, b, c = given
    step = Quantity("step", Symbol("s"), Sum(Quotient(a, b), Negative(Quotient(b, c))))
    values = OnlyLookedUp(evaluate([*given, step]))
    assert printed(lay_out(step, values, 4)) == "= 2 / 3 − 3 / 7 ≈ 0.6667 − 0.4286 ≈ 0.2381"

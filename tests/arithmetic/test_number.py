"""Decimal numbers are read strictly and shown truthfully."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numbers_in_texts import is_shown

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import (
    MOST_DIGITS,
    WORKING,
    is_equal,
    last_place,
    read_number,
    round_significant,
    show,
)
from problems import ANY_CHARACTER

FINITE = st.builds(
    lambda number, power: Decimal(number).scaleb(power, WORKING),
    st.one_of(st.integers(-9999, 9999), st.integers(-(10**28), 10**28)),
    st.integers(-60, 30),
)
DIGITS = st.integers(1, 10)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("0.60", "0.60"),
        ("-0.5", "-0.5"),
        ("−0.5", "-0.5"),
        ("+.5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("1e5", "1E+5"),
        ("1.88e-5", "0.0000188"),
        ("1.88E−5", "0.0000188"),
        ("  0.25\t", "0.25"),
        ("9" * MOST_DIGITS, "9" * MOST_DIGITS),
        ("0." + "1" * (MOST_DIGITS - 1), "0." + "1" * (MOST_DIGITS - 1)),
        ("1e299", "1E+299"),
        ("1e-299", "1E-299"),
    ],
)
def test_decimal_numbers_are_read_digit_for_digit(text: str, number: str) -> None:
    assert read_number(text).as_tuple() == Decimal(number).as_tuple()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a decimal number"),
        (" ", "not a decimal number"),
        (".", "not a decimal number"),
        ("-", "not a decimal number"),
        ("--5", "not a decimal number"),
        ("+-5", "not a decimal number"),
        ("- 5", "not a decimal number"),
        ("1 000", "not a decimal number"),
        ("1_000", "not a decimal number"),
        ("0x1F", "not a decimal number"),
        ("1/2", "not a decimal number"),
        ("1e", "not a decimal number"),
        ("1e5.5", "not a decimal number"),
        ("1e9999999999", "not a decimal number"),
        ("1.2.3", "not a decimal number"),
        ("٣", "not a decimal number"),
        ("½", "not a decimal number"),
        ("0.5\n0.6", "not a decimal number"),
        ("sNaN", "not a decimal number"),
        ("0,9", "the decimal mark is a point"),
        ("-0,9", "the decimal mark is a point"),
        ("O.6", "is one of its digits a letter"),
        ("0.l", "is one of its digits a letter"),
        ("nan", "it has to be finite"),
        ("-inf", "it has to be finite"),
        ("∞", "it has to be finite"),
        ("1" * (MOST_DIGITS + 1), "more than 40 digits"),
        ("0." + "1" * MOST_DIGITS, "more than 40 digits"),
        ("1e400", "beyond what a double can hold"),
        ("-1e400", "beyond what a double can hold"),
        ("1e-400", "beyond what a double can hold"),
        ("1e999999999", "beyond what a double can hold"),
    ],
)
def test_what_is_no_decimal_number_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_number(text)


@pytest.mark.parametrize("text", ["∞", "inf", "Inf", ".inf", "+inf", "infinity", " ∞ "])
def test_infinity_is_read_where_it_may_stand(text: str) -> None:
    assert read_number(text, infinite=True) == Decimal("Infinity")
    assert read_number("-" + text.strip().lstrip("+"), infinite=True) == Decimal("-Infinity")
    assert read_number("−" + text.strip().lstrip("+"), infinite=True) == Decimal("-Infinity")


@given(st.text(ANY_CHARACTER, max_size=30))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    try:
        number = read_number(text, infinite=True)
    except ValueError:
        return
    assert not number.is_nan()


@settings(deadline=timedelta(seconds=2), max_examples=4, database=None)
@given(
    st.sampled_from(["1" * 10**6, "1" * 10**6 + "x", "1." + "1" * 10**6 + ".", "O" * 10**6 + "x"])
)
def test_a_long_row_of_digits_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a decimal number|more than 40 digits"):
        read_number(text)


@given(st.integers(-(10**40) + 1, 10**40 - 1), st.integers(0, 39))
def test_numbers_survive_being_written_and_read(number: int, places: int) -> None:
    sign, digits = "-" if number < 0 else "", str(abs(number)).rjust(places + 1, "0")
    text = sign + digits[: len(digits) - places] + "." * bool(places) + digits[-places or 99 :]
    assert Fraction(read_number(text)) == Fraction(number, 10**places)


@given(FINITE, DIGITS)
@example(Decimal("999999.97"), 4)
@example(Decimal("0.99999999999"), 4)
def test_what_is_shown_is_within_half_a_unit_of_its_last_digit(
    number: Decimal, digits: int
) -> None:
    shown = show(number, digits).value
    error = abs(Fraction(shown) - Fraction(number))
    if error:
        unit = Fraction(10) ** int(shown.as_tuple().exponent)
        assert 2 * error <= unit


@given(FINITE, DIGITS)
@example(Decimal("1000400.3123456"), 4)
@example(Decimal("999999.5123456"), 1)
@example(Decimal("9.99123456"), 1)
def test_all_digits_that_are_written_are_right(number: Decimal, digits: int) -> None:
    """1000000 has seven; rounded to four, it is 1.000 × 10⁶."""
    assert is_shown(PLAIN.number(show(number, digits).value), number)


def test_the_last_of_all_digits_are_not_exact() -> None:
    nearly_1 = WORKING.subtract(Decimal(1), Decimal("1.2984e-43"))
    assert not show(nearly_1, 42).exact
    assert show(Decimal("0.1234567890123456789012345678901234567891"), 36).exact


@given(FINITE, DIGITS)
def test_exact_means_equal(number: Decimal, digits: int) -> None:
    shown = show(number, digits)
    error = abs(Fraction(shown.value) - Fraction(number))
    equal = error <= abs(Fraction(number)) / 10**30
    assert equal or not shown.exact


@given(FINITE, DIGITS)
def test_a_number_of_few_digits_is_shown_whole(number: Decimal, digits: int) -> None:
    if len(number.normalize(WORKING).as_tuple().digits) <= digits + 4:
        shown = show(number, digits)
        assert shown.exact
        assert shown.value == number


@given(FINITE, DIGITS)
@example(Decimal("1e-300"), 1)
def test_only_zero_is_shown_as_zero(number: Decimal, digits: int) -> None:
    shown = show(number, digits).value
    assert bool(shown) == bool(number)
    assert not shown or shown.is_signed() == number.is_signed()


@given(
    st.builds(
        lambda number, power: Decimal(number).scaleb(power),
        st.integers(-(10**20), 10**20),
        st.integers(-20, -14),
    ),
    DIGITS,
)
@example(Decimal("123456.789012345"), 1)
@example(Decimal("-999999.789012345"), 2)
def test_digits_before_the_point_are_never_lost(number: Decimal, digits: int) -> None:
    """Below a million; larger numbers are written as powers of ten."""
    assert abs(number) <= 10**6
    assert abs(show(number, digits).value - number) <= Decimal("0.5")


@given(FINITE, DIGITS)
def test_what_is_not_exact_has_the_digits_asked_for(number: Decimal, digits: int) -> None:
    shown = show(number, digits)
    if not shown.exact:
        assert len(shown.value.as_tuple().digits) >= digits


@pytest.mark.parametrize("infinite", ["Infinity", "-Infinity"])
def test_infinity_is_shown_as_it_is(infinite: str) -> None:
    shown = show(Decimal(infinite), 4)
    assert shown.exact
    assert shown.value == Decimal(infinite)


@pytest.mark.parametrize(
    ("number", "digits", "rounded"),
    [
        ("0.5", 1, "0.5"),
        ("0.25", 1, "0.3"),
        ("-0.25", 1, "-0.3"),
        ("0.35", 1, "0.4"),
        ("2.5", 1, "3"),
        ("-2.5", 1, "-3"),
        ("0.99995", 4, "1.000"),
        ("0.99994999", 4, "0.9999"),
        ("12345", 3, "1.23E+4"),
        ("0", 3, "0"),
    ],
)
def test_halves_are_rounded_away_from_zero(number: str, digits: int, rounded: str) -> None:
    result = round_significant(Decimal(number), digits)
    assert result == Decimal(rounded)
    assert result.as_tuple().digits == Decimal(rounded).as_tuple().digits


@given(st.integers(1, 9999), st.integers(-40, 40), st.booleans())
def test_every_half_goes_away_from_zero(number: int, power: int, negative: bool) -> None:
    digits = len(str(number))
    half = Decimal((negative, (*map(int, str(number)), 5), power))
    expected = Decimal((negative, tuple(map(int, str(number + 1))), power + 1))
    assert round_significant(half, digits) == expected


@given(FINITE, DIGITS)
def test_rounding_depends_on_no_context(number: Decimal, digits: int) -> None:
    with localcontext(Context(prec=1, Emax=1, Emin=-1, traps=[])):
        narrow = round_significant(number, digits)
    expected = Context(prec=digits, rounding=ROUND_HALF_UP).plus(number)
    assert narrow.as_tuple() == expected.as_tuple()


def test_the_last_place_is_that_of_the_last_digit_written() -> None:
    assert last_place(Decimal("3.673")) == Decimal("0.001")
    assert last_place(Decimal("3.670")) == Decimal("0.001")
    assert last_place(Decimal(367)) == 1
    assert last_place(Decimal("1.88E-5")) == Decimal("1E-7")
    assert last_place(Decimal("1.235E+6")) == 1000
    assert last_place(Decimal("Infinity")) == 0


def test_numbers_are_equal_that_differ_only_in_the_last_of_50_digits() -> None:
    third = WORKING.divide(Decimal(1), Decimal(3))
    assert is_equal(WORKING.multiply(third, Decimal(3)), Decimal(1))
    assert is_equal(Decimal(0), Decimal(0))
    assert not is_equal(Decimal("1e-60"), Decimal(0))
    assert not is_equal(Decimal("1.0000000001"), Decimal(1))

"""The reader reads arithmetic and nothing else: it runs no code, and it always comes back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, localcontext

import pytest
from expressions import given_number
from hypothesis import given, settings
from hypothesis import strategies as st

from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.expression import Expression, Log, Max, Product, Sum
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import DEEPEST, MOST_CHARACTERS, UnreadableText, read
from problems import ANY_CHARACTER

QUICKLY = timedelta(seconds=2)


def value_of(expression: Expression) -> Decimal:
    with localcontext(WORKING):
        value = expression.value({})
    assert isinstance(value, Decimal)
    return value


def refused(text: str) -> UnreadableText:
    """Why a text is not read."""
    with pytest.raises(UnreadableText) as caught:
        read(text)
    assert 1 <= caught.value.column <= len(text) + 1
    return caught.value


# --- what it reads -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("8 / 4 / 2", "1"),
        ("8 / 4 × 2", "4"),
        ("2 - 3 - 4", "-5"),
        ("2 − 3 – 4", "-5"),
        ("2 · 3 ∙ 4 ÷ 6", "4"),
        ("-2^2", "-4"),
        ("(-2)^2", "4"),
        ("2^3^2", "512"),
        ("2**3**2", "512"),
        ("2 ** -1", "0.5"),
        ("2^-1", "0.5"),
        ("3 × -2^2", "-12"),
        ("--2", "2"),
        ("2 - -2", "4"),
        ("+2", "2"),
        ("3²", "9"),
        ("10⁻²", "0.01"),
        ("1.88 × 10⁻⁴", "0.000188"),
        ("1.88e-4", "0.000188"),
        ("1.88E−4", "0.000188"),
        ("|2 - 5|", "3"),
        ("||2 - 5| - |4||", "1"),
        ("2 × |-3| × |-4|", "24"),
        ("max(1, 3, 2)", "3"),
        ("ln(1)", "0"),
        ("log2(8)", "3"),
        ("log10(1000)", "3"),
        ("exp(0)", "1"),
        ("tanh(0)", "0"),
        ("sigmoid(0)", "0.5"),
        ("-∞", "-Infinity"),
        ("∞", "Infinity"),
        (" \t2\n+\u00a02 ", "4"),
        (".5 + 5.", "5.5"),
    ],
)
def test_arithmetic_is_read_as_on_the_board(text: str, value: str) -> None:
    assert abs(value_of(read(text)).compare(Decimal(value))) == 0


def test_a_negative_number_keeps_all_its_digits() -> None:
    digits = "1234567890" * 4
    assert value_of(read(f"-{digits}")) == Decimal(f"-{digits}")


def test_names_stand_for_what_the_caller_gives() -> None:
    y, score = given_number("y", -1), given_number("score", "0.5")
    expression = read("max(0, 1 − y·ŷ₁)", {"y": y, "ŷ₁": score})
    assert evaluate([y, score])
    with localcontext(WORKING):
        assert expression.value({"y": Decimal(-1), "score": Decimal("0.5")}) == Decimal("1.5")


def test_a_raised_digit_behind_a_name_is_a_power() -> None:
    names = {"x": given_number("x", 3), "ŷ₁": given_number("y", 2)}
    with localcontext(WORKING):
        assert read("x² + ŷ₁⁻¹", names).value({"x": Decimal(3), "y": Decimal(2)}) == Decimal("9.5")


def test_a_name_may_take_the_place_of_a_function() -> None:
    assert value_of(read("exp + 1", {"exp": Sum(Max(*map(read, "12")))})) == 3


def test_a_flat_sum_or_product_is_one_node() -> None:
    total, product, log = read("1 + 2 − 3"), read("1 × 2 × 3"), read("log2(3)")
    assert isinstance(total, Sum)
    assert isinstance(product, Product)
    assert isinstance(log, Log)
    assert len(total.operands) == len(product.operands) == 3
    assert log.base == "2"


@pytest.mark.thorough
def test_sums_and_products_of_thousands_are_read() -> None:
    assert value_of(read("+".join(["1"] * 9_999))) == 9_999
    assert value_of(read("-".join(["1"] * 9_999))) == -9_997
    assert value_of(read("*".join(["1"] * 9_999))) == 1
    assert value_of(read(f"max({','.join(['1'] * 9_990)})")) == 1


def test_as_many_characters_as_allowed_are_read() -> None:
    assert value_of(read("1" + " " * (MOST_CHARACTERS - 1))) == 1


@settings(deadline=QUICKLY, max_examples=1)
@given(st.just("9^9^9^9^9"))
def test_a_tower_of_powers_overflows_at_once(text: str) -> None:
    assert value_of(read(text)) == Decimal("Infinity")


@pytest.mark.parametrize(
    "text",
    [
        "1.0000001^1e299",
        "0.9999999^1e299",
        "(1 + 10^-49)^10^50",
        "(-1)^1e299",
        "10^10^17^0.5",
        "exp(1e299)",
        "exp(exp(exp(exp(9))))",
        "tanh(1e299)",
        "tanh(1e-299)",
        "sigmoid(-1e299)",
        "ln(exp(1e17))",
        "exp(-1e17)",
        "10⁹⁹⁹⁹⁹⁹⁹⁹⁹",
        "1/10⁹⁹⁹⁹⁹⁹⁹⁹⁹",
    ],
)
def test_extreme_numbers_take_no_time(text: str) -> None:
    @settings(deadline=QUICKLY, max_examples=1, database=None)
    @given(st.just(text))
    def evaluated(text: str) -> None:
        assert not value_of(read(text)).is_nan()

    evaluated()


# --- what it refuses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "ends too early"),
        ("   ", 4, "ends too early"),
        ("1 +", 4, "ends too early"),
        ("(1 + 2", 7, "ends too early"),
        ("ln 2", 4, "did not expect '2'"),
        ("1 + 2)", 6, r"did not expect '\)'"),
        ("1 2", 3, "did not expect '2'"),
        ("2(3)", 2, r"did not expect '\('"),
        ("2 3²", 3, "did not expect '3'"),
        ("---2", 3, "did not expect '-'"),
        ("0,9 + 1", 2, "the decimal mark is a point"),
        ("|2", 3, "ends too early"),
        ("1_000", 1, "cannot read '1'"),
        ("0x1F", 1, "cannot read '0'"),
        ("1.2.3", 4, "only one decimal point"),
        ("1 + .5.", 7, "only one decimal point"),
        ("ln((1 - 2)^2", 13, r"a '\)' is missing for the '\(' of character 3$"),
        ("(ln(2 + 1", 10, r"a '\)' is missing for the '\(' of character 4$"),
        ("1 + |2 - 3", 11, r"a '\|' is missing for the '\|' of character 5$"),
        ("2π", 1, "cannot read|did not expect|unknown name"),
        ("1 + $", 5, r"cannot read '\$'"),
        ("1 = 1", 3, "cannot read '='"),
        ("1; 2", 2, "cannot read ';'"),
        ("'a'", 1, "cannot read"),
        ("1 + x", 5, "unknown name 'x'"),
        ("log(2)", 1, "write ln, log2 or log10"),
        ("LOG(2)", 1, "write ln, log2 or log10"),
        ("Exp(2)", 1, "unknown name"),
        ("ln()", 4, r"did not expect '\)'"),
        ("1 + ln(2, 3)", 5, "ln does not take 2"),
        ("max(2)", 1, "max does not take 1"),
        ("exp(1, 2)", 1, "exp does not take 2"),
        ("ln", 3, "ends too early"),
        ("1e400", 1, "beyond what a double can hold"),
        ("3 + 1e-400", 5, "beyond what a double can hold"),
        ("2 × " + "1" * 41, 5, "more than 40 digits"),
        ("10⁻", 3, "cannot read '⁻'"),
        ("2^", 3, r"^the text ends too early \(character 3\)$"),
        ("2***3", 4, "did not expect"),
        ("2 // 3", 4, "did not expect '/'"),
    ],
)
def test_what_is_no_arithmetic_is_refused_where_it_ceases_to_be(
    text: str, column: int, message: str
) -> None:
    with pytest.raises(UnreadableText, match=message) as caught:
        read(text)
    if "π" not in text:
        assert caught.value.column == column


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "__import__",
        "exec(1)",
        "eval(1)",
        "lambda: 1",
        "().__class__",
        "ln.__globals__",
        "ln(1).real",
        "[1, 2]",
        "{1: 2}",
        "x := 1",
        "1 if 1 else 1",
        "not 1",
        "1 and 1",
        "True",
        "None",
        "f'{1}'",
        "1j",
        "1 @ 1",
        "1 % 1",
        "1 << 99999",
        "~1",
        "max(*1)",
        "#",
        "\\",
        "\0",
    ],
)
def test_python_is_not_read(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("opening", ["(", "-(", "2^", "2^-", "|", "max(", "ln(", "max(1, ", "1+("])
@pytest.mark.parametrize("times", [DEEPEST + 1, 1_000, MOST_CHARACTERS // 10, 100_000])
def test_deep_nesting_is_refused(opening: str, times: int) -> None:
    message = str(refused(opening * times))
    if len(opening * times) > MOST_CHARACTERS:
        assert "longer than 20000 characters" in message
    else:
        assert "nested more than 50 deep" in message


@pytest.mark.parametrize("times", [51, 1_000, 100_000])
def test_a_row_of_signs_is_refused(times: int) -> None:
    refused("-" * times)
    refused("-" * times + "1")


@pytest.mark.parametrize(
    ("opening", "closing"), [("(", ")"), ("|", "|"), ("ln(", ")"), ("max(1, ", ")"), ("2^(", ")")]
)
def test_balanced_deep_nesting_is_refused(opening: str, closing: str) -> None:
    assert "deep" in str(refused(opening * 200 + "1" + closing * 200))


def test_nesting_as_people_write_it_is_read() -> None:
    assert value_of(read("(" * 15 + "1" + ")" * 15)) == 1
    assert value_of(read("|" * 15 + "1" + "|" * 15)) == 1
    assert value_of(read("1^" * 15 + "1")) == 1


@settings(deadline=QUICKLY, max_examples=3, database=None)
@given(st.sampled_from(["1" * 19_999 + "x", "1." + "1" * 19_990 + "e", "." + "1" * 19_990 + "_"]))
def test_a_long_row_of_digits_that_is_no_number_is_refused_at_once(text: str) -> None:
    assert "cannot read" in str(refused(text))


@pytest.mark.parametrize("piece", ["/1", "*1/1", "÷(1)", "/-1"])
def test_a_long_row_of_divisions_is_refused(piece: str) -> None:
    """Each holds the one before it."""
    assert "divisions in a row" in str(refused("1" + piece * 4_000))
    assert value_of(read("1" + piece * 20)).copy_abs() == 1


def test_text_that_is_too_long_is_refused() -> None:
    assert "longer than" in str(refused("1" + "+1" * (MOST_CHARACTERS // 2)))


# --- any text ----------------------------------------------------------------------------


def is_read_or_refused(text: str) -> bool:
    try:
        expression = read(text)
    except UnreadableText as error:
        marked = f"(character {error.column})" in str(error)
        return marked and 1 <= error.column <= len(text) + 1
    return isinstance(value_of(expression), Decimal)


@settings(deadline=QUICKLY)
@given(st.text(ANY_CHARACTER))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert is_read_or_refused(text)


TOKENS = [
    *"0123456789.,+-−–×·*/÷^()|∞ \n\t⁻⁰¹²³⁹",
    *("10", "0.5", ".5", "5.", "1e5", "1e-5", "1e299", "1e400", "0,5", "**", "10⁻⁴", "1_0", "0x1"),
    *("ln", "log2", "log10", "exp", "tanh", "sigmoid", "max", "log", "e", "π", "x²", "ŷ₁"),
    *("ln(", "log2(", "exp(", "tanh(", "sigmoid(", "max(", "max(1,", ")", ")", ")", "|", "|"),
    *("__import__", "exec", "lambda", "__class__", "os.system", "eval('1')", "None", "nan", "inf"),
]


@settings(deadline=QUICKLY)
@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_any_text_of_the_grammars_pieces_is_read_or_refused(text: str) -> None:
    assert is_read_or_refused(text)


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 3) -> str:
    """Text that follows the grammar, in all its spellings."""
    numbers = st.sampled_from(["0", "1", "2.50", ".5", "5.", "1e3", "1e-5", "10⁻⁴", "3²", "∞"])
    if not depth:
        return draw(numbers)
    inner = arithmetic(depth - 1)
    shape = draw(st.sampled_from(["number", "infix", "infix", "sign", "()", "||", "one", "max"]))
    match shape:
        case "infix":
            sign = draw(st.sampled_from(["+", "-", "−", "×", "*", "·", "/", "÷", "^", "**"]))
            space = draw(st.sampled_from(["", " "]))
            return f"{draw(inner)}{space}{sign}{space}{draw(inner)}"
        case "sign":
            return f"{draw(st.sampled_from('+-−'))}({draw(inner)})"
        case "()":
            return f"({draw(inner)})"
        case "||":
            return f"|{draw(inner)}|"
        case "one":
            names = ["ln", "log2", "log10", "exp", "tanh", "sigmoid"]
            return f"{draw(st.sampled_from(names))}({draw(inner)})"
        case "max":
            return f"max({', '.join(draw(st.lists(inner, min_size=2, max_size=3)))})"
    return draw(numbers)


@settings(deadline=QUICKLY)
@given(arithmetic())
def test_what_follows_the_grammar_is_read(text: str) -> None:
    assert isinstance(value_of(read(text)), Decimal)

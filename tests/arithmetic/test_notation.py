"""Plain text reads back to what it says, with no bracket too few or too many; LaTeX is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext

import pytest
from expressions import (
    NUMBERS,
    POSITIVE_NUMBERS,
    constants,
    expressions,
    given_number,
    parts,
    small_expressions,
)
from hypothesis import assume, given
from hypothesis import strategies as st

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
)
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import (
    FUNCTIONS,
    LATEX,
    PLAIN,
    as_number,
    function_name,
    latex_text,
    plain_label,
)
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.arithmetic.symbol import Symbol
from problems import ANY_CHARACTER


def plain(expression: Expression) -> str:
    return PLAIN.write(expression, as_number)


def value_of(expression: Expression) -> Decimal:
    with localcontext(WORKING):
        value = expression.value({})
    assert isinstance(value, Decimal)
    return value


def form(node: Expression) -> object:
    """The structure of a tree, for comparison: a sum (product) that begins with a sum (product)
    is one sum (product), and the negative of a number is a number."""
    match node:
        case Constant(number=number):
            return "number", number.normalize(WORKING)
        case Negative(operands=(operand,)):
            match form(operand):
                case ("number", Decimal() as number):
                    return "number", number.copy_negate()
                case other:
                    return "Negative", other
        case Sum() | Product():
            first, *others = map(form, node.operands)
            name = type(node).__name__
            if isinstance(first, tuple) and first[0] == name:
                return (*first, *others)
            return name, first, *others
        case Operation():
            return function_name(node) or type(node).__name__, *map(form, node.operands)
    raise TypeError(node)


# --- reading back ------------------------------------------------------------------------


@given(expressions(constants()))
def test_plain_text_reads_back_to_the_same_value(expression: Expression) -> None:
    """Skipped are those with a negative zero on the way, such as −1 / ∞, which text cannot tell
    from 0."""
    with localcontext(WORKING):
        assume(not any(part.is_zero() and part.is_signed() for part in parts(expression, {})))
    value, again = value_of(expression), value_of(read(plain(expression)))
    if value.is_nan() or not value.is_finite():
        assert str(again) == str(value)
    else:
        difference = WORKING.abs(WORKING.subtract(again, value))
        assert difference <= WORKING.multiply(WORKING.abs(value), Decimal("1e-40"))


@given(expressions(constants(POSITIVE_NUMBERS)))
def test_plain_text_reads_back_to_the_same_tree(expression: Expression) -> None:
    assert form(read(plain(expression))) == form(expression)


@given(NUMBERS)
def test_a_number_reads_back_to_itself(number: Decimal) -> None:
    assert value_of(read(PLAIN.number(number))) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0E-3", "0.000"),
        ("0.60", "0.60"),
        ("-0.5", "−0.5"),
        ("1E+2", "100"),
        ("0.0001", "0.0001"),
        ("0.00009", "9 × 10⁻⁵"),
        ("-0.0000188", "−1.88 × 10⁻⁵"),
        ("0.00001880", "1.880 × 10⁻⁵"),
        ("1000000", "1000000"),
        ("1000001", "1.000001 × 10⁶"),
        ("1.235E+6", "1.235 × 10⁶"),
        ("1E-123", "1 × 10⁻¹²³"),
        ("Infinity", "∞"),
        ("-Infinity", "−∞"),
    ],
)
def test_numbers_are_written_with_the_digits_that_they_have(number: str, text: str) -> None:
    assert PLAIN.number(Decimal(number)) == text


# --- brackets ----------------------------------------------------------------------------

_SIGNED_OR_SCIENTIFIC = re.compile(r"-?(∞|[0-9.]+)( × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")


def brackets(text: str) -> Iterator[tuple[int, int]]:
    """Where round brackets open and close, but for those of functions."""
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
        elif character == ")":
            opening = opened.pop()
            if not text[:opening][-1:].isalnum():
                yield opening, position
    assert not opened


def is_customary(text: str, opening: int, closing: int) -> bool:
    """Whether the brackets are there for people: around a signed or scientific number, a signed
    operand behind another sign (2 − (−ln(3))), what is under a root, or an exponent that is a power."""
    before, inside = text[:opening].rstrip(), text[opening + 1 : closing]
    if _SIGNED_OR_SCIENTIFIC.fullmatch(inside):
        return True
    if before.endswith(("+", "−", "×", "/", "^")) and inside.startswith("−"):
        return isinstance(read(inside), Constant | Negative)
    if inside.startswith("√"):
        return before.endswith(("√", "^", "×", "/"))
    if before.endswith("√"):  # no bar says how far it goes
        return not re.fullmatch(r"[0-9.]+", inside)
    if re.match(r"\^|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]", text[closing + 1 :]):
        # exp(0)⁰ may be read as exp(0⁰), and 2⁰^1 as 2 to the power of 0^1.
        return inside[-1] in ")⁰¹²³⁴⁵⁶⁷⁸⁹"
    return before.endswith("^") and isinstance(read(inside), Power)


@given(expressions(constants()))
def test_no_bracket_is_needless(expression: Expression) -> None:
    """Without it, the text means something else or nothing."""
    text = plain(expression)
    meaning = form(read(text))
    for opening, closing in brackets(text):
        if not is_customary(text, opening, closing):
            without = text[:opening] + text[opening + 1 : closing] + text[closing + 1 :]
            try:
                assert form(read(without)) != meaning, f"{text} could be {without}"
            except UnreadableText:
                continue


A, B, C = Constant("0.5"), Constant(2), Constant(3)
TINY, NEGATIVE = Constant("1.88E-5"), Constant("-0.5")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Sum(A, B, C), "0.5 + 2 + 3"),
        (Sum(Sum(A, B), C), "0.5 + 2 + 3"),
        (Sum(A, Sum(B, C)), "0.5 + (2 + 3)"),
        (Sum(A, Negative(B)), "0.5 − 2"),
        (Sum(A, Negative(Sum(B, C))), "0.5 − (2 + 3)"),
        (Sum(A, Negative(NEGATIVE)), "0.5 − (−0.5)"),
        (Sum(A, NEGATIVE), "0.5 + (−0.5)"),
        (Sum(NEGATIVE, A), "−0.5 + 0.5"),
        (Sum(A, Negative(Product(B, C))), "0.5 − 2 × 3"),
        (Sum(Negative(A), B), "−0.5 + 2"),
        (Sum(A, Negative(Negative(Log(B)))), "0.5 − (−ln(2))"),
        (Negative(Sum(A, B)), "−(0.5 + 2)"),
        (Negative(Product(A, B)), "−0.5 × 2"),
        (Negative(Log(A)), "−ln(0.5)"),
        (Product(A, Sum(B, C)), "0.5 × (2 + 3)"),
        (Product(NEGATIVE, B), "−0.5 × 2"),
        (Product(B, NEGATIVE), "2 × (−0.5)"),
        (Product(Negative(A), B), "(−0.5) × 2"),
        (Product(Product(A, B), C), "0.5 × 2 × 3"),
        (Product(A, Product(B, C)), "0.5 × (2 × 3)"),
        (Product(Quotient(A, B), C), "0.5 / 2 × 3"),
        (Product(A, Quotient(B, C)), "0.5 × (2 / 3)"),
        (Quotient(Product(A, B), C), "0.5 × 2 / 3"),
        (Quotient(A, Product(B, C)), "0.5 / (2 × 3)"),
        (Quotient(Quotient(A, B), C), "0.5 / 2 / 3"),
        (Quotient(A, Quotient(B, C)), "0.5 / (2 / 3)"),
        (Product(TINY, B), "(1.88 × 10⁻⁵) × 2"),
        (Product(B, TINY), "2 × (1.88 × 10⁻⁵)"),
        (Quotient(B, TINY), "2 / (1.88 × 10⁻⁵)"),
        (Sum(B, TINY), "2 + 1.88 × 10⁻⁵"),
        (Power(TINY, B), "(1.88 × 10⁻⁵)²"),
        (Power(A, B), "0.5²"),
        (Power(NEGATIVE, B), "(−0.5)²"),
        (Power(B, NEGATIVE), "2^(−0.5)"),
        (Power(Sum(A, B), C), "(0.5 + 2)³"),
        (Power(Power(A, B), C), "(0.5²)³"),
        (Negative(Power(A, B)), "−0.5²"),
        (Power(Log(A), B), "(ln(0.5))²"),
        (Log(A, "2"), "log₂(0.5)"),
        (Log(Sum(A, B), "10"), "log₁₀(0.5 + 2)"),
        (Exp(Negative(A)), "exp(−0.5)"),
        (Tanh(NEGATIVE), "tanh(−0.5)"),
        (Sigmoid(A), "sigmoid(0.5)"),
        (Max(NEGATIVE, Sum(A, B), C), "max(−0.5, 0.5 + 2, 3)"),
        (ArgMax(NEGATIVE, Sum(A, B), C), "argmax(−0.5, 0.5 + 2, 3)"),
        (Choose(B, A, C), "choose(2, 0.5, 3)"),
        (Absolute(Sum(NEGATIVE, Absolute(A))), "|−0.5 + |0.5||"),
        (Product(A, Absolute(NEGATIVE)), "0.5 × |−0.5|"),
        (Constant("-Infinity"), "−∞"),
        (Product(A, Constant("-Infinity")), "0.5 × (−∞)"),
    ],
)
def test_expressions_are_written_as_on_the_board(expression: Expression, text: str) -> None:
    assert plain(expression) == text


# --- symbols -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "text", "latex"),
    [
        (Symbol("y", (2,), hat=True), "ŷ₂", r"\hat{y}_{2}"),
        (Symbol("ℓ", (12,)), "ℓ₁₂", r"\ell_{12}"),
        (Symbol("α", (3, 1)), "α₃,₁", r"\alpha_{3,1}"),
        (Symbol("L", ("valid",)), "L_valid", r"L_{\mathrm{valid}}"),
        (Symbol("P", arguments=(Symbol("π", (1,)),)), "P(π₁)", r"P\left(\pi_{1}\right)"),
        (
            Symbol("p", arguments=(Symbol("l"), Symbol("x")), separator="|"),
            "p(l|x)",
            r"p\left(l \mid x\right)",
        ),
        (Symbol("P", arguments=("a_b",)), "P(a_b)", r"P\left(\text{a\_b}\right)"),
        (Symbol("P", arguments=("a b",)), 'P("a b")', r"P\left(\text{a b}\right)"),
        (Symbol("margin"), "margin", r"\mathrm{margin}"),
        (
            Symbol("L", by=Symbol("h", (1,))),
            "∂L/∂h₁",
            r"\frac{\partial L}{\partial h_{1}}",
        ),
        (
            Symbol("L", ("valid",), by=Symbol("y", (1, 2), hat=True)),
            "∂L_valid/∂ŷ₁,₂",
            r"\frac{\partial L_{\mathrm{valid}}}{\partial \hat{y}_{1,2}}",
        ),
        (
            Symbol("p", arguments=("a b",), by=Symbol("P", arguments=(Symbol("π"),))),
            '∂p("a b")/∂P(π)',
            r"\frac{\partial p\left(\text{a b}\right)}{\partial P\left(\pi\right)}",
        ),
    ],
)
def test_symbols_are_written_as_mathematics_writes_them(
    symbol: Symbol, text: str, latex: str
) -> None:
    assert PLAIN.symbol(symbol) == text
    assert LATEX.symbol(symbol) == latex


@pytest.mark.parametrize(
    ("symbol", "latex"),
    [
        (Symbol("v", ("U",)), "v_{U}^{2}"),
        (Symbol("v′", ("U",)), "{v'_{U}}^{2}"),
        # TeX takes an accent alone in a group for the accent, and then finds two superscripts.
        (Symbol("v′", ("U",), hat=True), r"{{}\hat{v}'_{U}}^{2}"),
    ],
)
def test_a_power_of_what_has_a_prime_compiles(symbol: Symbol, latex: str) -> None:
    square = Quantity("v", symbol, Constant(3)) ** 2
    assert formula(square, LATEX) == latex


@pytest.mark.parametrize("label", ["", " ", "a b", "a,b", "a|b", "(a", "a)", "a\tb"])
def test_a_label_that_could_be_misread_stands_in_quotes(label: str) -> None:
    assert plain_label(label) == f'"{label}"'


@pytest.mark.parametrize("label", ["a", "-", "_", "ä", "∅", "hello"])
def test_a_plain_label_stands_as_it_is(label: str) -> None:
    assert plain_label(label) == label


def test_a_formula_has_symbols_for_quantities_and_dots_for_products() -> None:
    y, score = (
        given_number("y", -1),
        Quantity("score", Symbol("y", (1,), hat=True), Constant("0.5")),
    )
    hinge = Max(Constant(0), Sum(Constant(1), Negative(Product(y, score))))
    assert formula(hinge, PLAIN) == "max(0, 1 − y · ŷ₁)"
    assert formula(hinge, LATEX) == r"\max\left(0, 1 - y \cdot \hat{y}_{1}\right)"


SLOPE = Quantity("slope", Symbol("L", by=Symbol("p")), Constant(1))


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (Product(SLOPE, B, SLOPE), "∂L/∂p · 2 · ∂L/∂p", r"@ \cdot 2 \cdot @"),
        (Negative(SLOPE), "−∂L/∂p", "-@"),
        (Sum(A, Negative(SLOPE)), "0.5 − ∂L/∂p", "0.5 - @"),
        (Absolute(SLOPE), "|∂L/∂p|", r"\left|@\right|"),
        (Power(SLOPE, B), "(∂L/∂p)²", r"\left(@\right)^{2}"),
        (Power(B, SLOPE), "2^(∂L/∂p)", "2^{@}"),
        (Quotient(SLOPE, B), "(∂L/∂p) / 2", r"\frac{@}{2}"),
        (Quotient(B, SLOPE), "2 / (∂L/∂p)", r"\frac{2}{@}"),
        (Quotient(Product(SLOPE, A), B), "∂L/∂p · 0.5 / 2", r"\frac{@ \cdot 0.5}{2}"),
        (Product(SLOPE, Quotient(A, B)), "∂L/∂p · (0.5 / 2)", r"@ \cdot \frac{0.5}{2}"),
    ],
)
def test_the_slash_of_a_derivative_is_not_taken_for_a_division(
    expression: Expression, text: str, latex: str
) -> None:
    assert formula(expression, PLAIN) == text
    assert formula(expression, LATEX) == latex.replace("@", r"\frac{\partial L}{\partial p}")


# --- LaTeX -------------------------------------------------------------------------------

_LATEX_PAIRS = {"}": "{", r"\right)": r"\left(", r"\right|": r"\left|"}
_LATEX_TOKENS = re.compile(r"\\\\|\\[{}]|\\(?:left|right)[(|)]|[{}]")
_LATEX_COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
}
_LATEX_ESCAPED = re.compile("|".join([*map(re.escape, _LATEX_COMMANDS), r"\\[{}$&#%_]"]))


def assert_balanced(latex: str) -> None:
    opened: list[str] = []
    for token in _LATEX_TOKENS.findall(latex):
        if token in _LATEX_PAIRS.values():
            opened.append(token)
        elif token in _LATEX_PAIRS:
            assert opened, latex
            assert opened.pop() == _LATEX_PAIRS[token], latex
    assert not opened, latex


SYMBOLS = st.builds(
    Symbol,
    st.sampled_from(["y", "π", "ℓ", "P", "margin"]),
    st.sampled_from([(), (1,), (12, 3), ("valid",)]),
    st.lists(
        st.one_of(st.text(ANY_CHARACTER, max_size=8), st.builds(Symbol, st.just("π"))), max_size=2
    ).map(tuple),
    st.sampled_from([", ", "|"]),
    st.booleans(),
    st.sampled_from([None, Symbol("h", (1,)), Symbol("P", arguments=("}",))]),
)
QUANTITIES = st.builds(lambda symbol: Quantity("q", symbol, Constant(1)), SYMBOLS)


@given(expressions(constants()))
def test_latex_of_numbers_is_balanced(expression: Expression) -> None:
    assert_balanced(LATEX.write(expression, as_number))


@given(small_expressions(st.one_of(QUANTITIES, constants())))
def test_latex_of_formulas_is_balanced_whatever_the_labels(expression: Expression) -> None:
    assert_balanced(formula(expression, LATEX))


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (Quotient(Sum(A, B), Negative(C)), r"\frac{0.5 + 2}{-3}"),
        (Power(Quotient(A, B), C), r"\left(\frac{0.5}{2}\right)^{3}"),
        (Product(C, Quotient(A, B)), r"3 \times \frac{0.5}{2}"),
        (Power(A, Sum(B, C)), r"0.5^{2 + 3}"),
        (Product(A, NEGATIVE), r"0.5 \times \left(-0.5\right)"),
        (TINY, r"1.88 \times 10^{-5}"),
        (Absolute(A), r"\left|0.5\right|"),
        (Power(Log(A), B), r"\left(\ln\left(0.5\right)\right)^{2}"),
        (Power(Log(A, "10"), B), r"\left(\log_{10}\left(0.5\right)\right)^{2}"),
        (Power(Max(A, B), B), r"\left(\max\left(0.5, 2\right)\right)^{2}"),
        (Power(Absolute(A), B), r"\left|0.5\right|^{2}"),
        (Log(A, "2"), r"\log_{2}\left(0.5\right)"),
        (Negative(Constant("Infinity")), r"-\infty"),
    ],
)
def test_latex_is_written_as_mathematics_is_set(expression: Expression, latex: str) -> None:
    assert LATEX.write(expression, as_number) == latex


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {"sqrt", "abs"}))
def test_every_function_has_a_name_in_latex(name: str) -> None:
    assert LATEX.function(name).startswith("\\")


@given(st.one_of(st.text(ANY_CHARACTER), st.text(alphabet="\\{}$&#_%~^ a", max_size=20)))
def test_texs_special_characters_are_escaped(text: str) -> None:
    """And nothing is lost but white space."""
    assume(text.split())
    escaped = latex_text(text)
    assert not set(_LATEX_ESCAPED.sub("", escaped)) & set("\\{}$&#_%~^")
    restored = _LATEX_ESCAPED.sub(lambda it: _LATEX_COMMANDS.get(it[0], it[0][1:]), escaped)
    assert restored.split() == text.split()


def test_a_text_of_nothing_is_a_space_in_latex() -> None:
    assert latex_text("") == latex_text(" \t") == "\\ "


# --- leaves ------------------------------------------------------------------------------


def test_a_quantity_is_no_number() -> None:
    with pytest.raises(TypeError, match="is not a number"):
        as_number(given_number("a", 1))


def test_an_operation_without_a_rule_is_refused() -> None:
    class Strange(Operation):
        def compute(self, *operands: Decimal) -> Decimal:
            return operands[0]

    with pytest.raises(TypeError, match="no notation for Strange"):
        plain(Strange(A))

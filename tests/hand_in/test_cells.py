"""Cells as students fill them in: a number as people write one is read as that number."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from random import Random
from time import process_time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossclass.arithmetic.parsing import read
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.marking.operands import worked_out
from problems import ANY_CHARACTER

#: What is written, and the number that it is, in its digits.
NUMBERS: Final = [
    # plain
    ("0.467", "0.467"), (".467", "0.467"), ("+0.467", "0.467"), ("0.4670", "0.4670"),
    ("-0.467", "-0.467"), ("−0.467", "-0.467"), ("–0.467", "-0.467"), ("- 0.467", "-0.467"),
    ("5", "5"), ("3.", "3"), ("017", "17"), ("0", "0"), ("0.00", "0.00"), ("  0.467\t", "0.467"),
    # a decimal comma
    ("0,467", "0.467"), (",467", "0.467"), ("-0,5", "-0.5"), ("12,5", "12.5"), ("1,2345", "1.2345"),
    ("0,467 nats", "0.467"), ("(1,5)", "1.5"), ("0{,}467", "0.467"), ("٠٫٤٦٧", "0.467"),
    # said beside it
    ("≈0.467", "0.467"), ("≈ 0.467", "0.467"), ("~0.467", "0.467"), ("= 0.467", "0.467"),
    ("about 0.467", "0.467"), ("approx. 0.467", "0.467"), ("ca. 0.467", "0.467"),
    ("roughly 0.467", "0.467"), ("I got 0.467", "0.467"), ("it's about 0.467", "0.467"),
    ("L = 0.467", "0.467"), ("L=0.467", "0.467"), ("L ≈ 0.467", "0.467"), ("loss: 0.467", "0.467"),
    ("answer: 0.467", "0.467"), ("The answer is 0.467.", "0.467"), ("Loss is 0.467", "0.467"),
    ("alpha_2(3) = 0.06", "0.06"), ("P(π₁): 0.06", "0.06"), ("p(l|x) = 0.06", "0.06"),
    ("0.467 = L", "0.467"), ("e = 0.5", "0.5"), ("=> 0.467", "0.467"), ("→ 0.467", "0.467"),
    ("0.467 nats", "0.467"), ("0.467 bits", "0.467"), ("0.467 units", "0.467"), ("1 bit", "1"),
    ("0.467nats", "0.467"), ("0.467 (rounded)", "0.467"), ("0.467 (3 s.f.)", "0.467"),
    ("0.467.", "0.467"), ("0.467,", "0.467"), ("0.467;", "0.467"), ("0.467!", "0.467"),
    ("0.467?", "0.467"), ("0.4666…", "0.4666"), ("0.4666...", "0.4666"), ("0.4666..", "0.4666"),
    # in brackets, quotes and TeX
    ("(0.467)", "0.467"), ("[0.467]", "0.467"), ('"0.467"', "0.467"), ("'0.467'", "0.467"),
    ("'0.467", "0.467"), ("“0.467”", "0.467"), ("`0.467`", "0.467"), ("**0.467**", "0.467"),
    ("$0.467$", "0.467"), ("$L = 0.467$", "0.467"), (r"\(0.467\)", "0.467"), ("**L = 0.467**", "0.467"),
    (r"$L \approx 0.467$", "0.467"), (r"\boxed{0.467}", "0.467"), (r"0.467\,\text{nats}", "0.467"),
    (r"\mathbf{0.467}", "0.467"), (r"-\infty", "-Infinity"),
    # powers of ten
    ("4.67e-1", "0.467"), ("4.67E-1", "0.467"), ("4.67e−1", "0.467"), ("4,67e-1", "0.467"),
    ("4.67 e-1", "0.467"), ("4.67×10⁻¹", "0.467"), ("4.67 × 10⁻¹", "0.467"), ("-4.67·10⁻¹", "-0.467"),
    ("4.67 * 10^-1", "0.467"), ("4.67*10**-1", "0.467"), ("4.67 x 10^-1", "0.467"),
    ("4.67x10^(-1)", "0.467"), (r"4.67 \cdot 10^{-1}", "0.467"), (r"4.67 \times 10^{-1}", "0.467"),
    ("4.67 ⋅ 10^−1", "0.467"), ("5e3", "5E+3"), ("1.880*10^-4", "0.0001880"), ("10^-3", "0.001"),
    ("10⁻³", "0.001"), ("4.67×10-1", "0.467"),
    # per cent
    ("46.7%", "0.467"), ("46.7 %", "0.467"), ("46,7%", "0.467"), ("46.7 percent", "0.467"),
    ("46.7 per cent", "0.467"), ("-5%", "-0.05"), (r"46.7\%", "0.467"), ("46.70%", "0.4670"),
    # thousands
    ("1 234.5", "1234.5"), ("1\u2009234.5", "1234.5"), ("1\u202f234,5", "1234.5"), ("1\u00a0234", "1234"),
    ("1,234.5", "1234.5"), ("1.234,5", "1234.5"), ("1'234.5", "1234.5"), ("1’234,5", "1234.5"),
    ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("12 345 678", "12345678"), ("1_000", "1000"),
    ("1_000.5", "1000.5"), ("1,234", "1.234"), ("12,345", "12.345"),
    # other digits
    ("０．４６７", "0.467"), ("－０．４６７", "-0.467"), ("0\u200b.467", "0.467"), ("\ufeff0.467", "0.467"),
    # a chain: the last number is the value
    ("x = 1.4/3 = 0.467", "0.467"), ("L = S/3 = 1.4/3 ≈ 0.467", "0.467"), ("1.4/3=0.467", "0.467"),
    (r"$L = \frac{1.4}{3} \approx 0.467$", "0.467"), ("7/15 = 46.7%", "0.467"), ("1.4/3 → 0.467", "0.467"),
    # infinite
    ("inf", "Infinity"), ("∞", "Infinity"), ("-inf", "-Infinity"), ("+∞", "Infinity"), ("−∞", "-Infinity"),
    ("infinite", "Infinity"), ("Infinity", "Infinity"), (".inf", "Infinity"), ("L = ∞", "Infinity"),
    ("0.467 ✓", "0.467"), ("0.467 loss", "0.467"), ("L≈0.467 nats (=1.4/3)", "0.467"), ("0.467 (±0.001)", "0.467"),
    ("0.0002 (1.88e-4)", "0.0002"), ("0·467", "0.467"), ("-0·5", "-0.5"), ("= -0,467", "-0.467"),
    ("0.467 ± 0.001", "0.467"), ("0.467 +/- 0.001", "0.467"),
    # as programs print them
    ("tensor(0.467)", "0.467"), ("tensor([0.467], grad_fn=<MeanBackward0>)", "0.467"),
    ("np.float64(0.467)", "0.467"), ("array([0.467], dtype=float32)", "0.467"), ("Decimal('0.467')", "0.467"),
    ("tf.Tensor(0.467, shape=(), dtype=float32)", "0.467"),
    ("<tf.Tensor: shape=(), dtype=float32, numpy=0.467>", "0.467"),
    # repeating without an end, and uncertain in the last digit
    ("0.4(6)", "0.46666"), ("0,(3)", "0.3333"), ("0.467(1)", "0.467"),
    # in other languages
    ("ungefähr 0,467", "0.467"), ("environ 0,467", "0.467"), ("aprox. 0,467", "0.467"), ("Verlust = 0,467", "0.467"),
    ("«0,467»", "0.467"), ("„0,467“", "0.467"), ("1,88.10^-4", "0.000188"), ("0.467 3sf", "0.467"),
]  # fmt: skip
#: Arithmetic, and what Python's own arithmetic makes of it.
ARITHMETIC: Final = [
    ("7/15", 7 / 15), ("1.4/3", 1.4 / 3), ("1.4 / 3", 1.4 / 3), ("1.4 : 3", 1.4 / 3), ("1.4÷3", 1.4 / 3),
    ("1.4∶3", 1.4 / 3), ("1.4⁄3", 1.4 / 3), ("1,4/3", 1.4 / 3), ("=1.4/3", 1.4 / 3), ("1.4/3 =", 1.4 / 3),
    ("1:30", 1 / 30), ("L = 1.4/3", 1.4 / 3), ("-ln(0.132)", -math.log(0.132)), ("−ln 0.8", -math.log(0.8)),
    ("ln 0.8", math.log(0.8)), ("ln(0,8)", math.log(0.8)), ("log(0.8)", math.log(0.8)), ("Log(0.8)", math.log(0.8)),
    ("np.log(0.8)", math.log(0.8)), ("-math.log(0.8)", -math.log(0.8)), ("lg 100", 2), ("log10(0.8)", math.log10(0.8)),
    ("log2(8)", 3), ("log_2 8", 3), ("log₂(8)", 3), (r"\log_{2}(8)", 3), (r"\log_{10} 0.8", math.log10(0.8)),
    ("exp(-1)", math.exp(-1)), ("e^-1", math.exp(-1)), ("e^{-1}", math.exp(-1)), ("e**-1", math.exp(-1)),
    ("sqrt(2)", 2**0.5), ("√2", 2**0.5), ("√(2)", 2**0.5), (r"\sqrt{2}", 2**0.5), ("tanh(0.5)", math.tanh(0.5)),
    ("σ(0.5)", 1 / (1 + math.exp(-0.5))), ("|−0.5|", 0.5), ("abs(-0.5)", 0.5), ("max(0, 1 - 0.3)", 0.7), ("min(1, 0.3)", 0.3),
    ("max(0,1-0.3)", 0.7), ("max(0; 1 - 0,3)", 0.7), ("max(0, 1-0,3)", 0.7), ("2*pi", 2 * math.pi),
    ("0.6*0.2", 0.12), ("0.6 x 0.2", 0.12), ("0.6x0.2", 0.12), ("0.6·0.2", 0.12), ("0.6 • 0.2", 0.12),
    ("0,6*0,2", 0.12), ("0.6(0.2)", 0.12), ("(0.6)(0.2)", 0.12), ("3 ln 2", 3 * math.log(2)), ("2^-20", 2**-20),
    ("½", 0.5), ("-½", -0.5), ("2½", 2.5), ("1 1/2", 1.5), ("⅔", 2 / 3), ("50% * 0.2", 0.1), ("1/50%", 2),
    (r"\frac{7}{15}", 7 / 15), (r"\frac7{15}", 7 / 15), (r"$\dfrac{1.4}{3}$", 1.4 / 3), (r"-\ln(0.132)", -math.log(0.132)),
    (r"\frac{0.2 + 0.5 + 0.7}{3}", 1.4 / 3), (r"\frac{1}{\frac{1}{2}}", 2), (r"\left(0.2 + 0.5\right) \times 2", 1.4),
    ("0.8ln0.7", 0.8 * math.log(0.7)), ("ln2", math.log(2)), ("-[0.8 ln(0.7) + 0.2 ln(0.3)]", -0.8 * math.log(0.7) - 0.2 * math.log(0.3)),
    (r"\max\{0, 0.7\}", 0.7), (r"\tfrac12(0.5)^2", 0.125), ("1/(1+e^-0.5)", 1 / (1 + math.exp(-0.5))), ("0.6 (0.2)", 0.12),
    ("-ln(0)", math.inf), ("1 - 1", 0), ("(-0.5)²", 0.25), ("0.5² + 1", 1.25),
]  # fmt: skip
NOTHING: Final = [
    "", " ", "?", "??", "-", "--", "–", "—", "−", "_", "___", "…", "...", ".", "/", "n/a", "N/A", "NA",
    "#N/A", "none", "None", "null", "~", "tbd", "TBD", "todo", "empty", "missing", "skipped", "idk",
    "I don't know", "(empty)", "L =", "=", "L = ", "≈", "'", "$$", "*", "unknown",
]  # fmt: skip
UNREADABLE: Final = [
    ("half", "It is no number."), ("yes", "It is no number."), ("True", "It is no number."), ("see above", "'see' in it"),
    ("nan", "nan is no number"), ("O.5", "Is one of its digits a letter?"), ("l.5", "Is one of its digits a letter?"),
    ("0.5.5", "It has several decimal points."), ("0.2.1 + 1", "several decimal points"),
    ("0.4 0.5", "It holds several numbers; one is asked."), ("0.4, 0.5", "several numbers"),
    ("0,4, 0,5", "several numbers"), ("0.4; 0.5", "several numbers"), ("1 2", "several numbers"),
    ("12,34,567", "several numbers"), ("(0.4, 0.5)", "several numbers"), ("0.4 or 0.5", "'or' in it is no number"),
    ("1,23.4", "points and commas that cannot be told apart"), ("1'2'3", "cannot be read as one number"),
    ("<0.001", "larger, smaller"), ("> 3", "larger, smaller"), ("≤ 0.5", "larger, smaller"),
    ("1.4/", "the text ends too early"), ("1.4 * ", "the text ends too early"), ("(1.4/3", "A bracket is not closed."),
    ("1.4)/3", "A bracket is closed that is not open."), ("1/0", "nothing can be divided by 0"),
    ("0/0", "nothing can be divided by 0"), ("2 - 3/(1 - 1)", "nothing can be divided by 0"),
    ("ln(-1)", "It has no value"), ("∞ - ∞", "It has no value"), ("1e200", "too large a number"),
    ("exp(1000)", "It is 1.970 × 10⁴³⁴, too large a number"), ("exp(-1000)", "too small a number"),
    ("1e-200", "too small a number"), ("10^9999999", "too large a number"), ("9" * 41, "40 digits"),
    ("1e500", "beyond what a double can hold"), ("0x1F", "'F' in it is no number"), ("0.6*0.2 = o.12", "a letter"),
    ("0.467 foo", "'foo' in it is no number and no function"), ("__import__(1)", "no number and no function"),
    ("1+" * 600 + "1", "longer than 1000 characters"), ("(" * 300 + "1" + ")" * 300, "nested more than 50 deep"),
    ("log2", "What it is of is missing behind log2."), ("0.5 ln", "is missing behind ln"),
    ("\x1b[31m", "'m' in it is no number"), ("0.5 @ 2", "cannot read '@'"),
    ("0.5 = = 0.x", "'x' in it is no number"), ("max()", "did not expect ')'"),
]  # fmt: skip
NOTED: Final = {
    "log(0.8)": "log is read as ln, the natural logarithm.",
    "lg 100": "lg is read as log₁₀.",
    "1.4 : 3": "':' is read as a division.",
    "1:30": "':' is read as a division.",
    "1,234": "1,234 is read as 1.234, with a decimal comma; a thousand is written 1234.",
    "1 1/2": "1 1/2 is read as 1 + 1/2.",
    "4.67×10-1": "×10-1 is read as a power of ten.",
    "0.467 ± 0.001": "what is behind ± is passed over.",
    "-ln 0.6*0.2": "without brackets, a function is of the next number alone.",
    "0·467": "· is read as a decimal point.",
    "log(2) : 3": "log is read as ln, the natural logarithm; ':' is read as a division.",
}


def test_the_corpus_is_large() -> None:
    written = [each for each, _ in [*NUMBERS, *ARITHMETIC, *UNREADABLE]] + NOTHING
    assert len(set(written)) == len(written) > 250


@pytest.mark.parametrize(("written", "number"), NUMBERS)
def test_a_number_keeps_its_digits_however_it_is_written(written: str, number: str) -> None:
    cell = read_cell(written)
    assert cell.value is not None, cell.unreadable
    assert cell.value.as_tuple() == Decimal(number).as_tuple()
    assert (cell.written, cell.exact) == (written.strip(), False)


@pytest.mark.parametrize(("written", "comes_to"), ARITHMETIC)
def test_arithmetic_is_worked_and_has_no_digits(written: str, comes_to: float) -> None:
    cell = read_cell(written)
    assert cell.value is not None, cell.unreadable
    assert float(cell.value) == pytest.approx(comes_to, rel=1e-14, abs=1e-300)
    assert cell.exact
    assert cell.working is not None
    assert worked_out(cell.working) == cell.value


@pytest.mark.parametrize("written", [*NOTHING, None])
def test_what_says_nothing_is_missing(written: str | None) -> None:
    cell = read_cell(written)
    assert cell.is_missing
    assert (cell.value, cell.unreadable, cell.note) == (None, "", "")


@pytest.mark.parametrize(("written", "why"), UNREADABLE)
def test_what_cannot_be_read_is_told_why_in_a_sentence(written: str, why: str) -> None:
    cell = read_cell(written)
    assert why in cell.unreadable
    assert cell.unreadable.endswith((".", "?"))
    assert cell.unreadable.isprintable()
    assert cell.value is None
    assert not cell.is_missing


@pytest.mark.parametrize(("written", "note"), NOTED.items())
def test_what_is_assumed_is_noted(written: str, note: str) -> None:
    assert read_cell(written).note == note


@pytest.mark.parametrize(
    "written", ["0,467", "0.467", "7/15", "1 234.5", "1,234.5", "ln(2)", "L = 0.5"]
)
def test_what_can_be_read_in_one_way_gets_no_note(written: str) -> None:
    assert read_cell(written).note == ""


def test_numbers_of_python_are_cells() -> None:
    assert read_cell(0.1 + 0.2).value == Decimal("0.30000000000000004")
    assert read_cell(Decimal("0.20")).value == Decimal("0.20")
    assert read_cell(3).value == 3
    assert read_cell(math.inf).value == Decimal("Infinity")
    assert read_cell(math.nan).unreadable
    assert read_cell(True).unreadable


def test_the_working_of_a_chain_is_the_last_arithmetic_before_its_number() -> None:
    assert read_cell("L = S/3 = (0.2+0.5+0.7)/3 = 1.4/3 = 0.467").working == "1.4/3"
    assert read_cell("0.6×0.2=0.12").working == "0.6×0.2"
    assert read_cell("0.4667 = 0.467").working is None
    assert read_cell("e = 0.5").working is None


def test_a_working_may_stand_beside_a_number() -> None:
    assert read_cell("0.7", "1 − 0,3") == Cell("0.7", Decimal("0.7"), "1-0.3")
    assert read_cell(None, "1 - 0.3").value == Decimal("0.7")
    broken = read_cell("0.7", "1 -")
    assert (broken.value, broken.working) == (Decimal("0.7"), None)
    assert "the working beside it cannot be read" in broken.note
    assert read_cell("x", "1 - 0.3").unreadable == "It is no number."


# --- every number, in every way ---------------------------------------------------------------

NUMBER = st.decimals(-10_000, 10_000, places=4, allow_nan=False)
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def grouped(text: str, mark: str) -> str:
    whole, _, tail = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    threes = f"{int(digits):,}".replace(",", mark)
    return f"{sign}{threes}{',' if mark == '.' else '.'}{tail}"


@given(NUMBER, st.sampled_from(["", "≈ ", "L = ", "about ", "loss: ", "= ", "x = y/2 = "]))
def test_any_number_is_read_however_it_is_written(number: Decimal, before: str) -> None:
    text = str(number)
    in_tens = f"{number.scaleb(2)}"
    ways = [
        text, text.replace(".", ","), text.replace("-", "−"), f"${text}$", f"{text} nats", f"({text})",
        f"{text}.", f"{text}…", f"**{text}**", f"{in_tens}%", f"{in_tens} × 10⁻²", f"{in_tens}e-2",
        f"{in_tens}*10^-2", rf"{in_tens} \cdot 10^{{-2}}", grouped(text, ","), grouped(text, " "),
        grouped(text, "'"), grouped(text, "\u2009"), grouped(text, "."),
        "".join(chr(ord(each) + 0xFEE0) for each in text),
    ]  # fmt: skip
    for way in ways:
        cell = read_cell(before + way)
        assert cell.value == number, (before + way, cell)
        assert not cell.exact


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(["/", " / ", "÷", " : ", "⁄"]))
def test_any_fraction_is_read_exactly(above: int, below: int, over: str) -> None:
    exact = Fraction(above, below)
    for way in (
        f"{above}{over}{below}",
        rf"\frac{{{above}}}{{{below}}}",
        f"x = {above}{over}{below}",
    ):
        cell = read_cell(way)
        assert cell.exact
        assert cell.value is not None
        assert abs(Fraction(cell.value) - exact) <= exact * Fraction(1, 10**49)


@given(st.text(ANY_CHARACTER, max_size=60))
def test_any_text_is_read_or_told_why_not(text: str) -> None:
    sound(text)


def sound(text: str) -> None:
    """Hold the reading of a text against what every reading keeps."""
    cell = read_cell(text)
    assert cell.written == text.strip()
    assert [cell.is_missing, bool(cell.unreadable), cell.value is not None].count(True) == 1
    assert cell.unreadable.isprintable()
    assert cell.note.isprintable()
    assert cell.value is None or not cell.value.is_nan()
    if cell.working is not None:
        assert read(cell.working)


PIECES: Final = [
    *"0123456789" * 2, *".,:;+-*/^()[]{}%|=≈~ ''_eExX", "ln", "log", "max(", "exp", "\\frac", "{", "}",
    "\\sqrt", "×", "10", "⁻¹", "²", "½", "∞", "nan", "inf", "\u2009", "−", "–", "±", "L = ", "nats",
    "about ", "$", "\\", "&", "√", "e", "π", "log_2", "1/2", "\n", "\t", "\x1b", "\u200b", "１", "…",
    "...", "٫", "é", "中", "(a)", "**", '"', "`", "σ", "5e9", "^^", "9^9^9", "\ud800", "answer ",
]  # fmt: skip


@pytest.mark.fuzz
def test_random_cells_are_read_at_once_or_told_why_not(pytestconfig: pytest.Config) -> None:
    """Each case has a generator of its own: ``Random("0/17")`` makes case 17 of seed 0."""
    seed = pytestconfig.getoption("--fuzz-seed")
    count = 10 * pytestconfig.getoption("--fuzz")
    slowest, text = 0.0, ""
    for case in range(count):
        random = Random(f"{seed}/{case}")  # noqa: S311
        length = random.randrange(1, 400 if case % 100 == 0 else 14)
        text = "".join(random.choice(PIECES) for _ in range(length))
        start = process_time()
        try:
            sound(text)
        except Exception as error:
            raise AssertionError(f"case {seed}/{case}: {text!r}") from error
        slowest = max(slowest, process_time() - start)
    assert slowest < 1, f"{slowest} s for one cell"


@pytest.mark.parametrize(
    "piece",
    ["(", "{", "[", "\\frac", "\\sqrt", "ln ", "1,", "1 ", "1 234", "=", "about ", "0.5 nats ", "-", "'", "(a", "a:", "1:", "1/", "9^", "\\frac{", "^{", "_", "1_", "1'", "5.", "1e", "½", "√", "%", "5%", "x", "1x", "(1)", "0.5 (", "|", "a ", "\\", "$", "±", "…", "'1", "**", "→"],
)  # fmt: skip
def test_what_is_repeated_a_thousand_times_takes_no_time(piece: str) -> None:
    start = process_time()
    sound((piece * 1000)[:1000])
    sound((piece * 1000)[:500] + "1" + piece[::-1] * 100)
    assert process_time() - start < 2

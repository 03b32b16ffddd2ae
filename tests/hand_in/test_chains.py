"""A line of text, and the chains of equal sides in it; an equality, and whether it comes out."""

from __future__ import annotations

import pytest

from lossclass.hand_in.chains import chains_in
from lossclass.hand_in.decimal_commas import has_decimal_commas, with_points
from lossclass.hand_in.equalities import equalities_in
from lossclass.hand_in.lines import Line, lines_in
from lossclass.hand_in.sides import Chain
from lossclass.hand_in.tex import OPAQUE, plain, without_matrices


def chains_of(text: str) -> list[Chain]:
    lines = lines_in(text)
    commas = has_decimal_commas(lines)
    return [chain for line in lines for chain in chains_in(line, commas=commas)]


@pytest.mark.parametrize(
    ("text", "names", "numeric"),
    [
        ("L = 0.467", ["L"], ["0.467"]),
        ("L = 1.4/3 ≈ 0.467", ["L"], ["1.4/3", "0.467"]),
        ("L = S/3 = 1.4/3 = 0.467", ["L", "S/3"], ["1.4/3", "0.467"]),
        ("So the loss L is 0.467.", ["loss L", "L"], ["0.467"]),
        ("loss: 0.467", ["loss"], ["0.467"]),
        ("P(π₁) = 0.6 × 0.2 = 0.12", ["P(π₁)"], ["0.6 × 0.2", "0.12"]),
        ("P(pi_1) -> 0.12", ["P(pi_1)"], ["0.12"]),
        ("alpha(2,3) := 0.5", ["alpha(2,3)"], ["0.5"]),
        ("r₁,₂ = exp(−1) ≈ 0.368", ["r₁,₂"], ["exp(−1)", "0.368"]),
        ("a_f,1 = 1 + 0.2 = 1.2", ["a_f,1"], ["1 + 0.2", "1.2"]),
        ("U' = 0.5 − 0.1 = 0.4", ["U′"], ["0.5 − 0.1", "0.4"]),
        ("∂L/∂y = 0.25", ["∂L/∂y"], ["0.25"]),
        ("CTC Loss = −log(0.0254)", ["CTC Loss"], ["−log(0.0254)"]),
        ("0.6 x 0.2 = 0.12", [], ["0.6 × 0.2", "0.12"]),
        ("(0.6)(0.2) = 0.12", [], ["(0.6)(0.2)", "0.12"]),
        ("2(0.3 + 0.1) = 0.8", [], ["2(0.3 + 0.1)", "0.8"]),
        ("1 234.5 + 1 = 1 235.5", [], ["1 234.5 + 1", "1 235.5"]),
        ("√(0.25) = 0.5", [], ["√(0.25)", "0.5"]),
        ("L = 46.7%", ["L"], ["46.7%"]),
        ("L = 0.4666…", ["L"], ["0.4666…"]),
        ("L = ½", ["L"], ["½"]),
        ("0.467", [], ["0.467"]),
        ("0.467 ← this", [], []),
        ("the step from 2 to 3", [], []),
        ("x < 0.5", [], []),
        ("if p == 0.5", [], []),
    ],
)
def test_a_line_has_a_name_and_sides(text: str, names: list[str], numeric: list[str]) -> None:
    chains = chains_of(text)
    assert [side.text for chain in chains for side in chain.numeric] == numeric
    assert [name for chain in chains for name in chain.names][: len(names)] == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 0.2, b = 0.5; c = 0.7", ["a = 0.2", "b = 0.5", "c = 0.7"]),
        ("0.2 + 0.3 = 0.5 and 0.4 × 2 = 0.8", ["0.2 + 0.3 = 0.5", "0.4 × 2 = 0.8"]),
        ("0.2 + 0.3 = 0.5    0.4 × 2 = 0.8", ["0.2 + 0.3 = 0.5", "0.4 × 2 = 0.8"]),
        ("We get 0.2 + 0.3 = 0.5, so S = 0.5.", ["0.2 + 0.3 = 0.5", "S = 0.5"]),
        ("S = 0.5 (rounded) and T = 2 (exact)", ["S = 0.5", "T = 2"]),
        ("h₁ ≈ 0.2748    → h₂ ≈ 0.0246", ["h₁ ≈ 0.2748", "h₂ ≈ 0.0246"]),
        ("S = 0.2 +\n  0.3 = 0.5", ["S = 0.2 + 0.3 = 0.5"]),
        ("S\n  = 0.2 + 0.3\n  = 0.5", ["S = 0.2 + 0.3 = 0.5"]),
        ("| a | b |\n|---|---|\n| x | y = 0.5 |", ["y = 0.5"]),
        ("```python\nx = 0.5\n```\ny = 0.5", ["y = 0.5"]),
        ("```\nx = 0.5\n```", ["x = 0.5"]),
        ("  0.2\n  0.3\n+ 0.5\n-----\n  1.0", ["0.2 + 0.3 + 0.5 = 1.0"]),
    ],
)
def test_several_chains_are_told_apart(text: str, found: list[str]) -> None:
    assert [chain.text for chain in chains_of(text)] == found


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1.4}{3}", "(1.4 / 3)"),
        (r"\dfrac12", "(1 / 2)"),
        (r"\sqrt[3]{8}", "((8)^(1 / 3))"),
        (r"\textcolor{red}{0.5}", "0.5"),
        (r"\frac{\partial L}{\partial y_1}", "∂L/∂y_1"),
        (r"0.6 \times 0.2 \cdot 0.5", "0.6 × 0.2 · 0.5"),
        (r"-\ln\left(0.5\right)", "- ln (0.5)"),
        (r"\log_2 8", " log2 8"),
        (r"\log_{10}(8)", " log10 (8)"),
        (r"e^{-0.5}", "e^(-0.5)"),
        (r"2^3", "2^3"),
        (r"\sqrt{0.25}", "√(0.25)"),
        (r"\alpha_{2}(3)", "α_2(3)"),
        (r"\hat{y}_{1,2}", "ŷ_1,2"),
        (r"0{,}5", "0,5"),
        (r"50\%", "50%"),
        (r"\text{loss} &= 0.5", "loss = 0.5"),
        (r"\boxed{0.5}", "0.5"),
        (r"0.4\overline{6}", "0.4666…"),
        (r"\unknown{0.5}", " unknown 0.5"),
        ("}}0.5{", "0.5"),
    ],
)
def test_tex_is_written_plainly(tex: str, text: str) -> None:
    assert plain(tex) == text


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r"1 & 2 \\ 3 & 4", "[[1, 2], [3, 4]]"),
        (r"1 & 2 \\ 3 & 4 \\", "[[1, 2], [3, 4]]"),
        (r"1 \\ 2", "[1, 2]"),
        (r"1 & 2 \\ 3", OPAQUE),
        (r"a & 2 \\ 3 & 4", OPAQUE),
    ],
)
def test_a_matrix_of_numbers_is_a_list_and_no_other(inside: str, text: str) -> None:
    assert without_matrices(rf"W = \begin{{bmatrix}} {inside} \end{{bmatrix}}") == f"W = {text}"


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("0.6 × 0.2 × 0.5 = 0.06", "exact", ""),
        ("1.4/3 = 0.467", "rounded", ""),
        ("1.4/3 ≈ 0.466", "cut", "this quotient is 0.46667; its digits are cut off, not rounded"),
        ("2/3 = 0.66...", "rounded", ""),
        ("2/3 = 0.66…", "rounded", ""),
        ("1/3 = 0.33", "rounded", ""),
        ("2/3 = 0.6", "wrong", ""),
        ("-ln(0.0254) = 3.673", "rounded", ""),
        ("-log(0.01) = 2", "exact", ""),
        ("-log(0.01) = 4.605", "rounded", ""),
        ("0.467 = 1.4/3", "rounded", ""),
        ("0.46667 = 0.467", "rounded", ""),
        ("0.467 = 46.7%", "exact", ""),
        ("0.5 = ½", "exact", ""),
        ("(0.2 + 0.5 + 0.7)/3 = 1.4/3", "exact", ""),
        ("0.667 - 0.333 = 0.3333", "explained", "rounding of its numbers explains it"),
        ("0.667 × 0.667 = 0.4444", "explained", "this product is 0.444889"),
        ("ln(0.45/0.62) = ln(0.726)", "explained", ""),
        ("0.6 × 0.2 × 0.5 = 0.6", "wrong", "this product is 0.06"),
        ("0.2 + 0.5 + 0.7 = 1.5", "wrong", "this sum is 1.4"),
        ("1.4/3 = 0.47667", "wrong", "this quotient is 0.4666667"),
        ("ln(0.5) = 0.693", "wrong", "this logarithm is −0.69315"),
        ("0.6 = 0.2 + 0.5", "wrong", "this sum is 0.7"),
        ("0.6 × 0.5 + 0.1 = 0.2 + 0.1", "wrong", ""),
        ("ln(-1) = 0", "wrong", "has no value"),
        ("2 + 2 = 5", "wrong", "this sum is 4"),
        ("0.25 × 0.5 = 0.13", "rounded", ""),
        ("2/3 − 1/3 = 0.67 − 0.33 = 0.333", "rounded", ""),
    ],
)
def test_an_equality_comes_out_or_not(text: str, verdict: str, said: str) -> None:
    equalities = [each for chain in chains_of(text) for each in equalities_in(chain)]
    assert equalities[-1].verdict == verdict
    assert said in str(equalities[-1])


@pytest.mark.parametrize(
    "text",
    [
        "The learning rate goes 0.1 → 0.01.",
        "y = 2 x + 3 = 7",
        "f(2) = 3, f(3) = 5",
        "sin 0.5 = 0.479",
        "mean(1, 2) = 1.5",
        "version 1.2 = 1.2.3",
        "step 2 = 0.5",
        "Table 3: n = 100",
        "a = b = c = 3",
        "P(A|B) = 0.5 P(B|A) = 0.3",
        "3 of 4 = right",
        "0.5 ≤ p = 0.6",
        "2 ± 0.1 = about 2",
        "Σ 0.5 = 3",
        "x_1 = 3, x_2 = 4",
        "0.2 0.3 = 0.5",
        "https://example.org/?a=1&b=2",
        "- a=1 b=2",
        "[1, -1, 1] = y",
        "2 × 3 is the size, and 6 is the sum",
    ],
)
def test_what_is_no_equality_of_numbers_is_not_checked(text: str) -> None:
    equalities = [each for chain in chains_of(text) for each in equalities_in(chain)]
    assert [each for each in equalities if each.verdict == "wrong"] == []


def test_a_line_says_where_it_stands() -> None:
    assert Line(3, "").place == "line 3"
    assert Line(3, "", cell=2).place == "cell 2, line 3"
    lines = lines_in("a\n\n$$\nx = 1 \\\\\ny = 2\n$$\nz = 3")
    assert [(line.number, line.text.strip()) for line in lines] == [
        (1, "a"), (4, "x = 1"), (5, "y = 2"), (7, "z = 3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1.10^2 = 1.21", "exact"),  # no product
        ("1,88.10^-2 = 0,0188", "exact"),
        ("1.5 × 5 = 2.5(3)", "exact"),  # a product, where an equality is checked
        ("Part 1 : 0,6 × 2 = 1,2", "exact"),  # no division
        ("1,2 : 2 = 0,6", "exact"),
        ("(0.6 + 0.6) : 2 = 0.6", "exact"),
    ],
)
def test_signs_with_two_meanings(text: str, verdict: str) -> None:
    (chain,) = chains_of(text)
    assert [each.verdict for each in equalities_in(chain)] == [verdict]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # whatever the mark of the document
        ("l1 = 1 - 0.8 = 0,2", "l1 = 1 - 0.8 = 0.2"),
        ("L = -ln(0,00206976) = 6.18", "L = -ln(0.00206976) = 6.18"),
        ("L = -ln(0.00206976) = 6,18.", "L = -ln(0.00206976) = 6.18."),
        ("max(0,1-0.8) = 0,2", "max(0,1-0.8) = 0.2"),
        ("max(0; 0,8) = 0.8", "max(0; 0.8) = 0.8"),
        ("max(0, 1 - 0,8) = 0.2", "max(0, 1 - 0.8) = 0.2"),
        ("(0,2+0,5 + 0,7)/3 = 0.467", "(0.2+0.5 + 0.7)/3 = 0.467"),
        ("2·(0,5) = 1", "2·(0.5) = 1"),
        ("h = (0,2, 0,5)", "h = (0.2, 0.5)"),
        ("h = [0,5; -0,3]", "h = [0.5; -0.3]"),
        ("h = 0,2 0,5 0,7", "h = 0.2 0.5 0.7"),
        ("e1 = 0,5, e2 = -0,8", "e1 = 0.5, e2 = -0.8"),
        ("a_f,1 = 1,5 m", "a_f,1 = 1.5 m"),
        ("e^(-0,5) = 0,607", "e^(-0.5) = 0.607"),
        ("1\u202f234,5", "1\u202f234.5"),
        # no decimal comma
        ("u1,2 = 0.5", "u1,2 = 0.5"),
        ("V′2,1 = V2,1 − 0.5", "V′2,1 = V2,1 − 0.5"),
        ("V'2,1 = a_{1,2} + 0.5", "V'2,1 = a_{1,2} + 0.5"),
        ("α(2,3) = D(0,1) = 1", "α(2,3) = D(0,1) = 1"),
        ("t = 1,2: 0.5", "t = 1,2: 0.5"),
        ("h = (0,1)", "h = (0,1)"),
        ("max(0,1) = 1", "max(0,1) = 1"),
        ("[1, 2,3] and 2,1,1", "[1, 2,3] and 2,1,1"),
        ("for steps 1,2 and 3", "for steps 1,2 and 3"),
        ("1,234.5 + 1,234,567", "1234.5 + 1234567"),
    ],
)
def test_a_comma_is_a_decimal_comma_where_it_can_be_nothing_else(text: str, read: str) -> None:
    assert with_points(text, commas=False, thousands=False) == read


def test_a_comma_before_three_digits_parts_thousands_where_the_line_comes_out_with_them() -> None:
    found = {
        text: [side.number for chain in chains_in(lines_in(text)[0]) for side in chain.numeric][-1]
        for text in ("S = 1,234", "L = -ln(0.00206976) = 6,180", "S = 1,000 + 234 = 1,234")
    }
    assert list(map(str, found.values())) == ["1234", "6.180", "1234"]


def test_a_line_of_commas_takes_no_time() -> None:
    assert len(with_points("(0,1 " * 800 + "a" * 4_000, commas=True)) == 8_000


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Mittelwert: 1,4 : 3 = 0,467", ["1.4 / 3", "0.467"]),
        ("L = 1.4:3 = 0.467", ["1.4 / 3", "0.467"]),
        ("t = 1: 0.2 = 0.2", ["0.2", "0.2"]),
        ("S = 1.4: 3 of them", ["1.4"]),
    ],
)
def test_a_colon_between_numbers_divides(text: str, sides: list[str]) -> None:
    assert [side.text for chain in chains_of(text) for side in chain.numeric] == sides

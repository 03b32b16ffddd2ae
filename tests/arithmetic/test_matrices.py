"""Equations of matrices: what their numbers come to, and how they are drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossclass.arithmetic.expression import Constant, Quantity
from lossclass.arithmetic.mathml import MATHML
from lossclass.arithmetic.matrices import Entry, Matrix, MatrixLine, MatrixSum, lay_out_matrices
from lossclass.arithmetic.notation import LATEX, PLAIN
from lossclass.arithmetic.number import Shown, round_significant
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.typst import TYPST
from lossclass.render.matrices import drawn

NUMBERS = st.fractions(-3, 3, max_denominator=40).map(
    lambda x: Decimal(x.numerator) / Decimal(x.denominator)
)


def matrix(letter: str, numbers: Any) -> tuple[Matrix, dict[str, Decimal]]:
    values = {
        f"{letter}.{j}.{k}": Decimal(number)
        for j, row in enumerate(numbers)
        for k, number in enumerate(row)
    }
    rows = tuple(
        tuple(Quantity(f"{letter}.{j}.{k}", Symbol(letter), Constant(0)) for k in range(len(row)))
        for j, row in enumerate(numbers)
    )
    return Matrix(Symbol(letter), rows), values


def laid_out(*numbers: Any, digits: int = 4) -> MatrixLine:
    """A = b + W h."""
    parts = [matrix(*each) for each in zip("bWh", numbers, strict=True)]
    (b, _), (w, _), (h, _) = parts
    values = {id: value for _, each in parts for id, value in each.items()}
    return lay_out_matrices(MatrixSum(Symbol("a"), ((b,), (w, h))), values, digits)


@st.composite
def sums(draw: st.DrawFn) -> Any:
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))

    def rows(n: int, m: int) -> Any:
        return draw(st.lists(st.lists(NUMBERS, min_size=m, max_size=m), min_size=n, max_size=n))

    return rows(height, 1), rows(height, width), rows(width, 1)


def number(entry: Entry) -> Shown:
    assert isinstance(entry, Shown)
    return entry


@given(sums(), st.integers(1, 8))
def test_the_numbers_shown_come_to_the_result_shown(numbers: Any, digits: int) -> None:
    line = laid_out(*numbers, digits=digits)
    shown = [
        [
            np.array([[number(each).value for each in row] for row in factor], object)
            for factor in term
        ]
        for term in line.terms
    ]
    (b,), (w, h) = shown
    got = [*(b + w @ h).ravel()]
    whole = [*(np.array(numbers[0], object) + np.array(numbers[1]) @ np.array(numbers[2])).ravel()]
    for mine, exact, result in zip(got, whole, line.result, strict=True):
        if exact:
            assert float(mine) == pytest.approx(float(exact), rel=10.0 ** (1 - digits))
            # All digits before the point are shown: 14.9 is 15 with one digit, too.
            written = max(digits, exact.adjusted() + 1)
            assert round_significant(mine, written) == round_significant(
                number(result).value, written
            )
    assert line.signs[0] == all(number(each).exact for each in line.numbers.values())


LINE = laid_out([[0], ["0.1"]], [["0.1", "-0.2"], ["0.3", "0.4"]], [["0.5"], ["-0.25"]])


def test_it_is_drawn_with_brackets_over_several_lines() -> None:
    assert drawn(LINE, 80) == [
        "a = b + W h",
        "  = ⎛  0⎞ + ⎛0.1  −0.2⎞ ⎛  0.5⎞ = ⎛ 0.1⎞",
        "    ⎝0.1⎠   ⎝0.3   0.4⎠ ⎝−0.25⎠   ⎝0.15⎠",
    ]


def test_where_there_is_little_room_the_result_stands_below_and_where_there_is_less_nothing() -> (
    None
):
    assert drawn(LINE, 35) == [
        "a = b + W h",
        "  = ⎛  0⎞ + ⎛0.1  −0.2⎞ ⎛  0.5⎞",
        "    ⎝0.1⎠   ⎝0.3   0.4⎠ ⎝−0.25⎠",
        "  = ⎛ 0.1⎞",
        "    ⎝0.15⎠",
    ]
    assert drawn(LINE, 30) == []


def test_pictures_of_unlike_heights_have_their_middles_at_one_height() -> None:
    line = laid_out([[1], [2], [3]], [[1, 0], [0, 1], [1, 1]], [[4], [5]])
    assert drawn(line, 80)[1:] == [
        "    ⎛1⎞   ⎛1  0⎞ ⎛4⎞   ⎛ 5⎞",
        "  = ⎜2⎟ + ⎜0  1⎟ ⎝5⎠ = ⎜ 7⎟",
        "    ⎝3⎠   ⎝1  1⎠       ⎝12⎠",
    ]


def test_every_notation_has_it() -> None:
    (_, names), (_, numbers), (_, result) = LINE.sides(LATEX)
    assert names == "b + W h"
    assert r"\begin{pmatrix} 0.1 & -0.2 \\ 0.3 & 0.4 \end{pmatrix}" in numbers
    assert result == r"\begin{pmatrix} 0.1 \\ 0.15 \end{pmatrix}"
    assert LINE.sides(TYPST)[2] == (True, "mat(0.1; 0.15)")
    assert LINE.sides(PLAIN)[2] == (True, "[0.1; 0.15]")
    assert MATHML.matrix([["<mn>1</mn>"]]) in laid_out([[1]], [[1]], [[1]]).sides(MATHML)[1][1]

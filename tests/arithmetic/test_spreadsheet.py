"""Formulas of a spreadsheet: as they are written, and as LibreOffice works them out."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from spreadsheets import needs_spreadsheet, recalculated, saved

from lossclass.arithmetic.expression import (
    Absolute,
    ArgMax,
    Choose,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Min,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Root,
    Sigmoid,
    Sum,
    Tanh,
    Values,
)
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.parsing import read
from lossclass.arithmetic.spreadsheet import SpreadsheetFormula, double, spreadsheet_number
from lossclass.arithmetic.symbol import Symbol

#: What spreadsheets take at most.
MOST_LETTERS, MOST_OPERANDS, DEEPEST = 8_192, 255, 64
INFINITY = Decimal("Infinity")


def quantity(id: str, number: str | Decimal) -> Quantity:
    return Quantity(id, Symbol(id), Constant(number))


NUMBERS = {
    each.id: each
    for each in (
        quantity("A1", "0.7"), quantity("A2", "-1.3"), quantity("A3", "2"),
        quantity("A4", "0"), quantity("A5", "1200"), quantity("A6", "1e-9"),
        quantity("A7", INFINITY), quantity("A8", -INFINITY), quantity("A9", "-900"),
    )
}  # fmt: skip
VALUES: Values = {id: each.definition.value({}) for id, each in NUMBERS.items()}


def exact(expression: Expression) -> Decimal:
    with localcontext(WORKING):
        value: Decimal = expression.value(VALUES)
        return value


def written(expression: Expression | str, parts: list[str] | None = None) -> str:
    """The formula, with the parts that it is too long for."""
    found = [] if parts is None else parts

    def part(text: str) -> str:
        found.append(text)
        return f"B{len(found)}"

    if isinstance(expression, str):
        expression = read(expression, NUMBERS)
    return SpreadsheetFormula(lambda each: each.id, VALUES, part).write(expression)


FORMULAS = [
    ("-A3^2", "-(A3^2)"),
    ("1 - A3^2", "1-A3^2"),
    ("(-A3)^2", "(-A3)^2"),
    ("(-2)^2", "(-2)^2"),
    ("2^-A3", "2^(-A3)"),
    ("2^3^2", "2^(3^2)"),
    ("(2^3)^2", "(2^3)^2"),
    ("-A1*A2", "-(A1*A2)"),
    ("A1 - (A2 - A3)", "A1-(A2-A3)"),
    ("A1 / (A2*A3)", "A1/(A2*A3)"),
    ("A1 - -2", "A1-(-2)"),
    ("-ln(A1)", "-LN(A1)"),
    ("log2(A1) + log10(A1)", "LOG(A1,2)+LOG10(A1)"),
    ("exp(A2) * tanh(A2)", "EXP(A2)*TANH(A2)"),
    ("max(0, 1 - A1*A3)", "MAX(0,1-A1*A3)"),
    ("min(A1, A3)", "MIN(A1,A3)"),
    ("sqrt(A1 + A3)^2", "SQRT(A1+A3)^2"),
    ("sqrt(A7)", "IF(A7>=1E+280,1E+305,SQRT(A7))"),
    ("|A1 - A3|^2", "ABS(A1-A3)^2"),
    ("sigmoid(A1)", "1/(1+EXP(-A1))"),
    ("2*sigmoid(A1 + A2)", "2*(1/(1+EXP(-(A1+A2))))"),
    ("0.5*A1", "0.5*A1"),
    ("0.0000001*A1", "1E-07*A1"),
    # Where these numbers come to a limit, it is written.
    ("ln(A4)", "IF(A4=0,-1E+305,LN(A4))"),
    ("ln(A7)", "IF(A7>=1E+280,1E+305,LN(A7))"),
    ("1/A4", "IF(A4=0,SIGN(1)*1E+305,1/A4)"),
    ("1/A7", "IF(ABS(A7)>=1E+280,0,1/A7)"),
    ("exp(A5)", "IF(A5>709,1E+305,EXP(A5))"),
    ("sigmoid(A9)", "IF(A9<-709,EXP(A9),1/(1+EXP(-A9)))"),
    ("A4^A4", "IF(A4=0,1,A4^A4)"),
    ("A4^-1", "IF(A4=0,1E+305,A4^(-1))"),
    ("A7^A3", "IF(ABS(A7)>=1E+280,1E+305,A7^A3)"),
    ("A8^3", "IF(ABS(A8)>=1E+280,-1E+305,A8^3)"),
    ("A7^-1", "IF(ABS(A7)>=1E+280,0,A7^(-1))"),
    ("2*ln(A4)", "2*IF(A4=0,-1E+305,LN(A4))"),
]


@pytest.mark.parametrize(("text", "formula"), FORMULAS)
def test_a_formula_has_the_precedence_of_spreadsheets(text: str, formula: str) -> None:
    assert written(text) == formula


def test_numbers_have_the_digits_that_a_spreadsheet_keeps() -> None:
    assert spreadsheet_number(Decimal("0.1234567890123456789")) == "0.123456789012346"
    assert spreadsheet_number(Decimal(100)) == "100"
    assert spreadsheet_number(-INFINITY) == "-1E+305"
    assert double(INFINITY) == 1e305
    assert double(Decimal("0.1")) == 0.1


def depth(formula: str) -> int:
    deepest = now = 0
    for letter in formula:
        now += (letter == "(") - (letter == ")")
        deepest = max(deepest, now)
    return deepest


def nested(levels: int) -> Expression:
    expression: Expression = NUMBERS["A1"]
    for _ in range(levels):
        expression = Tanh(Sum(expression, NUMBERS["A3"]))
    return expression


LONG: dict[str, Expression] = {
    "sum": Sum(*[NUMBERS["A1"]] * 5_000),
    "difference": Sum(*[NUMBERS["A3"], *[Negative(NUMBERS["A1"])] * 5_000]),
    "product": Product(*[Constant("1.001")] * 3_000),
    "largest": Max(*[Constant(n) for n in range(3_000)]),
    "place of the largest": ArgMax(*[Constant(n % 700) for n in range(3_000)]),
    "sum of long": Sum(*[Product(*[NUMBERS["A1"]] * 400)] * 40),
    "deep": nested(100),
}


@pytest.mark.some(12)
@pytest.mark.parametrize("name", LONG)
def test_what_is_too_long_or_too_deep_is_worked_out_in_cells_beside(name: str) -> None:
    parts: list[str] = []
    formulas = [written(LONG[name], parts), *parts]
    assert parts
    for formula in formulas:
        assert len(formula) < MOST_LETTERS
        assert formula.count(",") < MOST_OPERANDS
        assert depth(formula) < DEEPEST


# --- as a program works it out ---


def some(seed: int, count: int) -> list[Expression]:
    """Random expressions that double precision does not spoil, over numbers of usual sizes."""
    chance = random.Random(seed)  # noqa: S311 - no secrets are made of it
    leaves = [NUMBERS[id] for id in ("A1", "A2", "A3", "A4", "A6")]

    def grown(levels: int) -> Expression:
        if not levels or chance.random() < 0.2:
            constant = Constant(Decimal(chance.randint(-40, 40)).scaleb(-1))
            return chance.choice([*leaves, constant])
        several = [grown(levels - 1) for _ in range(chance.randint(2, 4))]
        one, other = several[0], several[1]
        return chance.choice(
            [
                Sum(*several), Product(*several), Max(*several), Min(*several), ArgMax(*several), Choose(Constant(1), *several), Root(Absolute(one)), Quotient(one, other),
                Power(one, Constant(chance.randint(-2, 3))), Negative(one), Absolute(one),
                Log(one, chance.choice(["e", "2", "10"])), Exp(one), Tanh(one), Sigmoid(one),
                Sum(one, Negative(other)), Power(Absolute(one), Constant("0.5")),
            ]
        )  # fmt: skip

    found: list[Expression] = []
    floats = {id: float(value) for id, value in VALUES.items()}
    while len(found) < count:
        expression = grown(4)
        value = exact(expression)
        if value.is_nan() or (value.is_finite() and value and abs(value.adjusted()) > 250):
            continue
        in_doubles = expression.value(floats, floats=True)
        if value.is_finite() and not math.isclose(in_doubles, value, rel_tol=1e-13):
            continue
        found.append(expression)
    return found


def worked_out(expressions: Sequence[Expression], folder: Path) -> list[object]:
    """What LibreOffice makes of expressions: in column A the numbers, in C the formulas."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for id, value in VALUES.items():
        sheet[id] = double(value)
    parts: list[str] = []
    for row, expression in enumerate(expressions, start=1):
        sheet.cell(row, 3).value = f"={written(expression, parts)}"
    for row, part in enumerate(parts, start=1):
        sheet.cell(row, 2).value = f"={part}"
    found = recalculated({"formulas": saved(book)}, folder)["formulas"].active
    return [found.cell(row, 3).value for row in range(1, len(expressions) + 1)]


def has_infinities(expression: Expression) -> bool:
    """Whether anything in it is infinite."""
    is_finite = exact(expression).is_finite()
    return not is_finite or any(map(has_infinities, expression.operands))


@needs_spreadsheet
@pytest.mark.thorough
def test_a_spreadsheet_works_out_what_we_do(tmp_path: Path) -> None:
    expressions = [read(text, NUMBERS) for text, _ in FORMULAS]
    expressions += [*LONG.values(), *some(1, 1_500)]
    for expression, got in zip(expressions, worked_out(expressions, tmp_path), strict=True):
        value = exact(expression)
        if has_infinities(expression) and isinstance(got, str):
            assert got.startswith("#"), (written(expression), got)  # it says so
            continue
        assert isinstance(got, int | float), (written(expression), got)
        if value.is_finite():
            tolerance = 1e-12 * float(abs(value)) or 1e-15
            assert abs(got - float(value)) <= tolerance, (written(expression), got, value)
        else:
            assert got * (1 if value > 0 else -1) >= 1e280, (written(expression), got, value)
    assert sum(map(has_infinities, expressions)) > 100

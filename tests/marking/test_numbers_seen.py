"""Numbers that people wrote in public, wrong and rightly rounded, as ``numbers_seen.yaml`` has them.

What led to a number is worked here by its formula, in double precision, and apart from lossclass.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

import lossclass
from lossclass.marking.marker import Marker
from lossclass.problem.keys import Published
from lossclass.solving import diagnosis_of
from problems import yaml_in

Entry: TypeAlias = dict[str, Any]

#: What each step came to, as it was written down.
Written: TypeAlias = dict[str, str]

SEEN: Final[list[Entry]] = yaml_in(Path(__file__).with_name("numbers_seen.yaml"))
NOT_WRONG: Final = "right"
KEYS: Final = {"source", "problem", "cause", "why"}
MAY_HAVE: Final = {"gradient", "step", "number", "answers", "formula", "same", "units"}
#: Some libraries work in single precision, which is good to so much after a few steps.
SINGLE: Final = Decimal("2.4e-7")
DOUBLE: Final = Decimal("1e-14")
#: How far rounding on the way may have led from the right number.
MOST: Final = 0.015


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


FUNCTIONS: Final[Mapping[str, Callable[[float], float]]] = {
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "sigmoid": sigmoid,
}
OPERATIONS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def value(formula: str) -> float:
    """What a formula of plain numbers comes to."""
    return float(_value(ast.parse(formula, mode="eval").body))


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=operation, right=right):
            return OPERATIONS[type(operation)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return FUNCTIONS[name](_value(argument))
    raise ValueError(ast.unparse(node))


def unit(number: str) -> Decimal:
    """A unit of the last digit that is written."""
    exponent = Decimal(number).as_tuple().exponent
    assert isinstance(exponent, int), number
    return Decimal(1).scaleb(exponent)


def is_written_as(exact: float, number: str) -> bool:
    """Whether a number, rounded or cut to the digits that are written, is what is written."""
    if not math.isfinite(exact):
        return False
    written, last, whole = Decimal(number), unit(number), Decimal(exact)
    many = len(written.as_tuple().digits) > 7
    slack = abs(whole) * (SINGLE if many else DOUBLE)
    if abs(whole - written) <= last / 2 + slack:
        return True
    return whole.quantize(last, rounding=ROUND_DOWN) == written


def answers(entry: Entry) -> Written:
    if "answers" in entry:
        found: Written = entry["answers"]
        return found
    return {entry["step"]: entry["number"]}


def formulas(entry: Entry) -> Written:
    formula = entry["formula"]
    if isinstance(formula, str):
        return dict.fromkeys(answers(entry), formula)
    found: Written = formula
    return found


@cache
def solved(place: int) -> tuple[lossclass.Problem, lossclass.Solution]:
    entry = SEEN[place]
    problem = lossclass.load(entry["problem"])
    return problem, lossclass.solve(problem, gradient=entry.get("gradient", False))


def ours(place: int) -> Mapping[str, float]:
    """The value of every step of an entry's problem."""
    _, solution = solved(place)
    return {step.id: step.value for step in solution.steps}


def named(entry: Entry) -> str:
    return f"{entry['cause']}-{next(iter(answers(entry).values()))}"


def test_an_entry_has_the_keys_that_it_needs() -> None:
    for entry in SEEN:
        assert set(entry) >= KEYS, entry
        assert set(entry) <= KEYS | MAY_HAVE, entry
        assert ("answers" in entry) != ("step" in entry and "number" in entry), entry
        assert all(isinstance(number, str) for number in answers(entry).values()), entry


@pytest.mark.thorough
def test_the_problem_has_the_steps() -> None:
    for place, entry in enumerate(SEEN):
        assert set(answers(entry)) <= set(ours(place)), named(entry)


def test_the_formula_leads_to_what_was_written() -> None:
    for place, entry in enumerate(SEEN):
        written = answers(entry)
        units = entry.get("units", {})
        assert {*formulas(entry), *units} == set(written), named(entry)
        for step, formula in formulas(entry).items():
            assert is_written_as(value(formula), written[step]), (named(entry), step)
        for step, most in units.items():
            apart = abs(Decimal(ours(place)[step]) - Decimal(written[step]))
            allowed = (Decimal(most) + Decimal("0.5")) * unit(written[step])
            assert apart <= allowed, (named(entry), step)


@pytest.mark.thorough
def test_what_is_right_is_so_but_for_rounding_and_what_is_wrong_is_not() -> None:
    for place, entry in enumerate(SEEN):
        if entry["cause"] == NOT_WRONG:
            for step, formula in formulas(entry).items():
                assert value(formula) == pytest.approx(ours(place)[step], rel=MOST), named(entry)
        else:
            written = answers(entry).items()
            assert not all(is_written_as(ours(place)[id], number) for id, number in written), named(
                entry
            )


@cache
def marked(place: int) -> Marker:
    entry = SEEN[place]
    problem, solution = solved(place)
    written = {
        id: Published.model_construct(value=Decimal(number))
        for id, number in answers(entry).items()
    }
    return Marker(solution, written, diagnosis_of(problem, solution))


def test_what_is_right_is_marked_as_right_and_what_is_wrong_is_not() -> None:
    for place, entry in enumerate(SEEN):
        verdicts = {mark.verdict for mark in marked(place).marks()}
        if entry["cause"] == NOT_WRONG:
            assert verdicts == {"right"}, named(entry)
        else:
            assert "wrong" in verdicts, named(entry)


def test_four_in_five_causes_are_named_first_and_hardly_any_is_misnamed() -> None:
    wrong = [place for place, entry in enumerate(SEEN) if entry["cause"] != NOT_WRONG]
    known = [place for place in wrong if SEEN[place]["cause"] != "none"]
    first, misnamed = [], []
    for place in wrong:
        entry = SEEN[place]
        causes = [cause.code for cause in marked(place).causes]
        expected = {entry["cause"], *entry.get("same", [])}
        if causes and causes[0] in expected:
            first.append(place)
        elif causes and expected.isdisjoint(causes):
            misnamed.append((place, causes))
    assert len(first) >= 0.8 * len(known), sorted(set(known) - set(first))
    assert len(misnamed) < 0.05 * len(wrong), misnamed


def test_there_are_enough_of_each() -> None:
    right = sum(entry["cause"] == NOT_WRONG for entry in SEEN)
    assert right >= 15
    assert len(SEEN) - right >= 40


@pytest.mark.parametrize(
    ("exact", "number"),
    [(0.16251, "0.163"), (0.16251, "0.162"), (-0.16251, "-0.162"), (38.0, "38"), (2e-7, "2e-7")],
)
def test_a_number_is_rounded_or_cut(exact: float, number: str) -> None:
    assert is_written_as(exact, number)


@pytest.mark.parametrize(
    ("exact", "number"), [(0.16251, "0.164"), (0.16251, "0.161"), (1.0, "1.1")]
)
def test_a_number_that_is_neither_is_another(exact: float, number: str) -> None:
    assert not is_written_as(exact, number)


@pytest.mark.parametrize("formula", ["__import__('os')", "log(1, 2)", "x", "'a'", "(1).real"])
def test_a_formula_has_nothing_but_numbers(formula: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        value(formula)

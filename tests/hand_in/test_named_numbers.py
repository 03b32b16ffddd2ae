"""A number belongs to the step that its line names, whichever other step has it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

import pytest

from lossclass.arithmetic.notation import GREEK, PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.blocks import Step
from lossclass.errors import UsageError
from lossclass.hand_in.evidence import is_value
from lossclass.hand_in.lines import lines_in
from lossclass.hand_in.placing import Placing
from lossclass.problem.bundled import bundled_problems
from lossclass.solution import Solution
from problems import solved

_LOW = re.compile("[₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+(?:,[₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)*")
#: How people write an index: alpha_2(3), alpha_{2}(3), alpha2(3), u12.
INDICES = {"below": "_{}", "in braces": "_{{{}}}", "behind": "{}"}
_GREEK = {letter: name for name, letter in GREEK.items()}
#: So many steps of a problem are tried.
_SOME = 8


def typed(symbol: str, index: str) -> str:
    """A symbol as it is typed with an English keyboard."""
    between = "," if index.startswith("_") else ""
    low = _LOW.sub(
        lambda low: index.format(unicodedata.normalize("NFKC", low[0]).replace(",", between)),
        symbol,
    )
    plain = unicodedata.normalize("NFKD", low.replace("∂", "d").replace("′", "'"))
    plain = re.sub(r"([A-Za-z])\u0302(?![a-z])", r"\1_hat", plain.replace("ℓ", "l"))
    return "".join(_GREEK.get(letter, letter) for letter in plain)


def placed(solution: Solution, name: str, number: Decimal) -> list[str]:
    """The steps that are answered by a line."""
    cells = Placing(lines_in(f"{name} = {number:f}"), solution).answers().cells
    return [id for id, cell in cells.items() if cell.value is not None]


def steps_of(solution: Solution) -> list[Step]:
    steps = [step for step in solution.steps if step.decimal.is_finite() and not step.is_known]
    return steps[:: max(1, len(steps) // _SOME)]


def of_its_kind(step: Step, solution: Solution) -> Iterator[Decimal]:
    """The number of another step that differs in its indices alone, and is another number."""
    kind = step.id.rstrip(".0123456789")
    own = step.decimal
    for other in solution.steps:
        if other.id.rstrip(".0123456789") == kind and other.decimal.is_finite():
            number = round_significant(other.decimal, 4)
            if not is_value(number, own) and abs(number) not in (0, 1, abs(own)):
                yield number


def tried(name: str, index: str | None, *, gradient: bool) -> None:
    solution = solved(name, gradient=gradient)
    for step in steps_of(solution):
        symbol = PLAIN.symbol(step.quantity.symbol)
        written = symbol if index is None else typed(symbol, INDICES[index])
        for digits in (6, 3):
            found = placed(solution, written, round_significant(step.decimal, digits))
            assert any(solution.values[id] == step.decimal for id in found), written
        for number in [*of_its_kind(step, solution)][:2]:
            found = placed(solution, written, number)
            assert not any(is_value(number, solution.values[id]) for id in found), written


@pytest.mark.parametrize("index", [None, "below"])
@pytest.mark.parametrize("name", ["rnn_regression_series", "weather_hmm", "tagging_crf"])
def test_the_name_of_a_line_says_which_step_it_is_of(name: str, index: str | None) -> None:
    tried(name, index, gradient=False)


@pytest.mark.thorough
@pytest.mark.parametrize("index", [None, *INDICES])
@pytest.mark.parametrize("gradient", [False, True], ids=["loss", "gradient"])
@pytest.mark.parametrize("name", bundled_problems())
def test_every_name_says_which_step_a_line_is_of(
    name: str, index: str | None, *, gradient: bool
) -> None:
    try:
        tried(name, index, gradient=gradient)
    except UsageError:
        pytest.skip("it has no gradient")

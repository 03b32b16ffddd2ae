"""Jupyter notebooks: they are valid, and their code runs and comes to the answer."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
from decimal import localcontext
from typing import Any

import numpy as np
import pytest
from expressions import constants, decimals, small_expressions
from hypothesis import assume, given
from rich.console import Console

import lossclass
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Exp,
    Expression,
    Log,
    Max,
    Negative,
    Power,
    Product,
    Quotient,
    Sigmoid,
    Sum,
    Tanh,
)
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.python_source import python_source
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.render import Detail, View
from lossclass.render.notebook import render, render_worksheet
from lossclass.render.notebook_code import LAST_QUANTITIES, Code
from lossclass.worksheets.composing import worksheet
from problems import solved

HOSTILE = [
    "<script>alert(1)</script>",
    r"\input{/etc/passwd}",
    '#read("/etc/passwd")',
    "$x$",
    "a|b",
    "```\nimport os\n```",
    "]]>",
    '"""',
    "'] + open('x', 'w'); #",
    "a\nraise SystemExit",
    "שלום",
    "\\",
]
ONE, TWO = Constant(1), Constant(2)


def notebook(
    *solutions: lossclass.Solution, detail: Detail = Detail.FULL, contents: bool = False
) -> dict[str, Any]:
    view = View(Console(width=80), detail, contents=contents)
    document: dict[str, Any] = json.loads("".join(render(solutions, view)))
    return document


def code_of(document: dict[str, Any]) -> list[str]:
    return ["".join(each["source"]) for each in document["cells"] if each["cell_type"] == "code"]


def run(cells: list[str]) -> tuple[dict[str, Any], str]:
    """What the cells leave behind, and what they print."""
    names: dict[str, Any] = {}
    with np.errstate(), contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in cells:
            exec(cell, names)  # noqa: S102
    return names, printed.getvalue()


def validate(document: dict[str, Any]) -> None:
    pytest.importorskip("nbformat").validate(document)


@pytest.mark.grid(24, name=bundled_problems())
def test_the_notebook_of_every_problem_is_valid_and_runs(name: str) -> None:
    solution = solved(name)
    document = notebook(solution)
    validate(document)
    cells = code_of(document)
    assert "assert " in cells[-1]
    _, printed = run(cells)
    answer = solution.answer.value
    assert isinstance(answer, float)
    assert float(printed) == pytest.approx(answer, rel=1e-9)


def test_every_step_is_recomputed() -> None:
    solution = solved("rnn_regression_series")
    names, _ = run(code_of(notebook(solution)))
    for step in solution.steps:
        name = re.sub(r"\W", "_", step.id)
        got = names[f"{name}_" if name in {"sum", "max", "abs"} else name]
        assert got == pytest.approx(step.value, rel=1e-9, abs=1e-12)


def test_a_wrong_number_is_found() -> None:
    cells = code_of(notebook(solved("hinge_sequence")))
    wrong = [cell.replace("[0.8, -0.5, 0.3]", "[0.7, -0.5, 0.3]") for cell in cells]
    assert wrong != cells
    with pytest.raises(AssertionError):
        run(wrong)


def test_given_numbers_are_called_as_in_the_problem() -> None:
    names, _ = run(code_of(notebook(solved("hinge_sequence"))))
    assert names["y_pred"].tolist() == [0.8, -0.5, 0.3]
    names, _ = run(code_of(notebook(solved("hello_ctc"))))
    assert names["P"] == {"H": 0.6, "E": 0.5, "L": 0.7, "O": 0.8, "-": 0.2}


def test_an_infinite_loss_runs_without_a_warning() -> None:
    _, printed = run(code_of(notebook(solved("too_short_ctc"))))
    assert float(printed) == math.inf


def test_nothing_times_the_logarithm_of_nothing_is_nothing() -> None:
    problem = {"loss": "categorical_cross_entropy", "y_true": [0, 1], "y_pred": [0, 1]}
    solution = lossclass.solve(lossclass.load(problem))
    _, printed = run(code_of(notebook(solution)))
    assert float(printed) == solution.answer.value == 0


def test_a_loss_that_doubles_do_not_come_to_is_not_checked() -> None:
    """10¹⁷ + 1 and 10¹⁷ are the same double, and their difference is 1."""
    keys = {"loss": "mse", "y_true": [10**17 + 1], "y_pred": [10**17], "reduction": "sum"}
    solution = lossclass.solve(keys)
    assert solution.answer.value == 1
    cells = code_of(notebook(solution))
    names, _ = run(cells)
    assert names["loss"] == 0
    assert "do not carry far enough" in cells[-1]
    assert "assert" not in cells[-1]


def test_several_losses_are_all_checked() -> None:
    problem = {
        "loss": "hinge",
        "y_true": [1, -1],
        "y_pred": ["0.5", "0.25"],
        "reduction": "none",
    }
    cells = code_of(notebook(lossclass.solve(lossclass.load(problem))))
    assert cells[-1].count("assert") == 2
    assert run(cells)[1] == f"{1 - 0.5} {1 + 0.25}\n"


@pytest.mark.parametrize("detail", Detail)
def test_the_code_is_the_same_at_every_detail(detail: Detail) -> None:
    document = notebook(solved("hello_ctc"), detail=detail)
    validate(document)
    assert run(code_of(document))[1] == run(code_of(notebook(solved("hello_ctc"))))[1]


@pytest.mark.thorough
def test_a_large_working_is_recomputed_from_its_last_steps() -> None:
    problem = {"loss": "hinge", "y_true": [1] * 900, "y_pred": ["0.5"] * 900}
    solution = lossclass.solve(lossclass.load(problem))
    code = Code(solution)
    assert len(code.chosen) <= LAST_QUANTITIES < len(solution.calculation)
    _, printed = run(code_of(notebook(solution)))
    assert float(printed) == pytest.approx(900 * (1 - 0.5))


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_problems_are_neither_run_nor_obeyed(text: str) -> None:
    label = " ".join(text.split())
    problem = {
        "loss": "ctc",
        "title": escaped(text),
        "statement": escaped(text),
        "source": text,
        "target": [label],
        "blank": "-",
        "probabilities": {label: "0.25", "-": "0.5"},
        "alignments": [[label, "-"], [label, label]],
    }
    document = notebook(lossclass.solve(lossclass.load(problem)))
    validate(document)
    names, printed = run(code_of(document))
    assert float(printed) == pytest.approx(-math.log(0.25 * 0.5 + 0.25 * 0.25))
    assert names["P"] == {label: 0.25, "-": 0.5}
    for cell in document["cells"]:
        if cell["cell_type"] == "markdown":
            outside = re.sub(r"`[^`]*`", "", "".join(cell["source"]))
            assert not re.search(r"(?<!\\)<script", outside)


def test_several_problems_are_one_notebook_with_contents() -> None:
    solutions = [solved("hello_ctc"), solved("hinge_sequence")]
    document = notebook(*solutions, contents=True)
    validate(document)
    first = "".join(document["cells"][0]["source"])
    assert first.startswith("# Contents")
    assert all(solution.about.title in first for solution in solutions)
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])
    assert len(run(code_of(document))[1].splitlines()) == 2


def test_nothing_to_write_is_no_notebook() -> None:
    assert list(render([], View(Console(width=80)))) == []


@pytest.mark.parametrize("name", ["hello_ctc", "hinge_sequence"])
def test_a_worksheet_is_a_notebook_without_results(name: str) -> None:
    document = json.loads("".join(render_worksheet([worksheet(solved(name))])))
    validate(document)
    assert set(code_of(document)) == {""}
    assert "0.00018816" not in json.dumps(document)


# --- expressions as Python ---


def python(expression: Expression) -> str:
    return python_source(lambda quantity: quantity.id)(expression)


def test_expressions_in_python() -> None:
    assert python(Sum(ONE, Negative(Sum(ONE, TWO)))) == "1 - (1 + 2)"
    assert python(Product(ONE, Quotient(ONE, TWO))) == "1 * (1 / 2)"
    assert python(Quotient(ONE, Product(ONE, TWO))) == "1 / (1 * 2)"
    assert python(Power(Constant(-2), Negative(TWO))) == "(-2) ** (-2)"
    assert python(Negative(Log(ONE, "10"))) == "-np.log10(1)"
    assert python(Max(ONE, Absolute(Tanh(TWO)))) == "max(1, abs(np.tanh(2)))"
    assert python(Sigmoid(Exp(ONE))) == "sigmoid(np.exp(1))"
    assert python(Sum(*[ONE] * 1000)).startswith("sum([1, 1, ")


@given(small_expressions(constants(decimals(3, -3))))
def test_python_comes_to_the_same(expression: Expression) -> None:
    def sigmoid(number: Any) -> Any:
        return 1 / (1 + np.exp(-number))

    with np.errstate(all="ignore"), localcontext(WORKING):
        try:
            exact, in_doubles = (expression.value({}, floats=each) for each in (False, True))
            got = eval(python(expression), {"np": np, "sigmoid": sigmoid})  # noqa: S307
        except ArithmeticError:
            assume(False)
    # Where doubles lose digits, they may lose others in another order.
    assume(math.isfinite(float(exact)) and math.isfinite(got))
    assume(float(in_doubles) == pytest.approx(float(exact), rel=1e-9))
    assert got == pytest.approx(float(exact), rel=1e-6)

"""How long a step takes to be solved, laid out and written, next to evaluating it in doubles.

Run by hand: ``python tests/benchmarks/rendering.py [RUNS]``. The baseline is the same graph of steps,
evaluated once in doubles, in turn with what is measured; all else is printed as a multiple of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from measuring import Row, call, measured, runs_asked, show
from rich.console import Console

import lossclass
from lossclass.arithmetic.calculation import evaluate
from lossclass.arithmetic.line import Line
from lossclass.problem.bundled import bundled_folder
from lossclass.render import View, renderer

FORMATS = ("terminal", "json", "html")
#: As many times the one problem, since one alone is too quick to be timed.
MANY = 40


def numbers(height: int, width: int, source: random.Random) -> list[list[float]]:
    """Numbers of two decimals, as people write them."""
    return [[round(source.uniform(-1, 1), 2) for _ in range(width)] for _ in range(height)]


def problems() -> dict[str, tuple[list[lossclass.Problem], dict[str, Any]]]:
    """What is solved, and with which options, by name."""
    source = random.Random(1)  # noqa: S311 - the same numbers in every run, nothing secret
    hello = lossclass.load(bundled_folder() / "hello_ctc.yaml")
    labels = [str(source.randrange(4)) for _ in range(180)]
    sequence = {"loss": "sequence", "y_true": labels, "logits": numbers(180, 4, source)}
    rnn = {
        "inputs": numbers(20, 4, source),
        "U": numbers(20, 4, source),
        "W": numbers(20, 20, source),
        "V": numbers(4, 20, source),
    }
    network = {"loss": "sequence", "y_true": labels[:20], "rnn": rnn}
    return {
        f"HELLO, {MANY} times": ([hello] * MANY, {}),
        "sequence of 180": ([lossclass.load(sequence)], {}),
        "RNN of 20 units": ([lossclass.load(network)], {}),
        "RNN, with gradient": ([lossclass.load(network)], {"gradient": True}),
    }


def solved(loaded: list[lossclass.Problem], options: dict[str, Any]) -> list[lossclass.Solution]:
    """All of the problems, worked out."""
    return [lossclass.solve(problem, **options) for problem in loaded]


def in_doubles(solutions: list[lossclass.Solution]) -> None:
    """Evaluate every graph once more."""
    for solution in solutions:
        evaluate(solution.calculation, floats=True)


def laid_out(solutions: list[lossclass.Solution]) -> list[Line]:
    """The lines of all steps, not yet written."""
    return [solution.line(step) for solution in solutions for step in solution.steps]


def written(solutions: list[lossclass.Solution], name: str) -> str:
    """All of the solutions in a format."""
    console = Console(width=80, color_system=None, force_terminal=False, legacy_windows=False)
    return "".join(renderer(name)(solutions, View(console, whole=True)))


def measured_rows(name: str, runs: int) -> Iterator[Row]:
    """One problem: solved, laid out, and written in every format."""
    loaded, options = problems()[name]
    solutions = solved(loaded, options)
    count = sum(len(solution.steps) for solution in solutions)
    doubles = call(partial(in_doubles, solutions))
    ways: dict[str, Callable[[], Any]] = {
        "solved": partial(solved, loaded, options),
        "laid out": partial(laid_out, solutions),
        **{each: partial(written, solutions, each) for each in FORMATS},
    }
    for way, run in ways.items():
        row = measured(f"{name}, {way}", call(run), "evaluated in doubles", doubles, runs)
        yield replace(row, more=f"{row.ours / count * 1e6:.0f} µs a step of {count}")


def rows(runs: int) -> Iterator[Row]:
    """Everything against the doubles."""
    for name in problems():
        yield from measured_rows(name, runs)


if __name__ == "__main__":
    show(rows(runs_asked(3)))

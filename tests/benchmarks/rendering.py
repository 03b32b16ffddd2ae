"""How long a step takes to be solved, laid out and written, next to evaluating it in doubles.

Run by hand: ``python tests/benchmarks/rendering.py [RUNS]``. The baseline is the same graph of steps,
evaluated once in doubles, in turn with what is measured; all else is printed as a multiple of it.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

from rich.console import Console

import lossclass
from lossclass.arithmetic.expression import evaluate
from lossclass.arithmetic.line import Line
from lossclass.problem.bundled import bundled_folder
from lossclass.render import View, renderer

FORMATS = ("terminal", "json", "html")
#: As many times the one problem, since one alone is too quick to be timed.
MANY = 40


def rows(height: int, width: int, source: random.Random) -> list[list[float]]:
    """Numbers of two decimals, as people write them."""
    return [[round(source.uniform(-1, 1), 2) for _ in range(width)] for _ in range(height)]


def problems() -> dict[str, tuple[list[lossclass.Problem], dict[str, Any]]]:
    """What is solved, and with which options, by name."""
    source = random.Random(1)  # noqa: S311 - the same numbers in every run, nothing secret
    hello = lossclass.load(bundled_folder() / "hello_ctc.yaml")
    labels = [str(source.randrange(4)) for _ in range(180)]
    sequence = {"loss": "sequence", "y_true": labels, "logits": rows(180, 4, source)}
    rnn = {
        "inputs": rows(20, 4, source),
        "U": rows(20, 4, source),
        "W": rows(20, 20, source),
        "V": rows(4, 20, source),
    }
    network = {"loss": "sequence", "y_true": labels[:20], "rnn": rnn}
    return {
        f"HELLO, {MANY} times": ([hello] * MANY, {}),
        "sequence of 180": ([lossclass.load(sequence)], {}),
        "RNN of 20 units": ([lossclass.load(network)], {}),
        "RNN, with gradient": ([lossclass.load(network)], {"gradient": True}),
    }


def seconds(run: Callable[[], Any]) -> float:
    """How much of the processor's time one call takes: others may be using the machine."""
    gc.collect()
    start = process_time()
    run()
    return process_time() - start


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


def ratio(
    run: Callable[[], Any], solutions: list[lossclass.Solution], runs: int
) -> tuple[float, float]:
    """How long evaluating in doubles takes, and how many times as long something else."""
    run()  # the first run imports what it needs
    pairs = [(seconds(lambda: in_doubles(solutions)), seconds(run)) for _ in range(runs)]
    return (
        statistics.median(one for one, _ in pairs),
        statistics.median(other / one for one, other in pairs),
    )


def main(runs: int) -> None:
    """Time everything against the doubles, and print the table."""
    print(f"{'':<20}{'steps':>6}{'in doubles':>15}{'solved':>10}{'laid out':>10}", end="")
    print("".join(f"{name:>10}" for name in FORMATS), f"  ({runs} runs)")
    for name, (loaded, options) in problems().items():
        solutions = solved(loaded, options)
        measured: list[Callable[[], Any]] = [
            partial(solved, loaded, options),
            partial(laid_out, solutions),
            *(partial(written, solutions, each) for each in FORMATS),
        ]
        baselines, ratios = zip(*(ratio(run, solutions, runs) for run in measured), strict=True)
        count = sum(len(solution.steps) for solution in solutions)
        doubles = statistics.median(baselines) / count * 1e6
        print(f"{name:<20}{count:>6}{doubles:>7.1f} µs/step", end="")
        print("".join(f"{each:>9.0f}×" for each in ratios), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)

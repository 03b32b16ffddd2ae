"""How long it takes to mark the sheets of a class, and to look for the slip behind one number.

Run by hand: ``python tests/benchmarks/marking.py [RUNS]``. Every sheet has all of HELLO's steps; two of
three have a slip in them.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from measuring import LOSSCLASS, Row, bare_imports, call, measured, process, runs_asked, show

import lossclass
from lossclass.problem.bundled import bundled_problems
from lossclass.solving import diagnosis_of

SHEETS = 300
RIGHT = {
    "alignment.1": "0.000188",
    "alignment.2": "0.000941",
    "alignment.3": "0.000941",
    "probability": "0.00207",
    "loss": "6.18",
}
SLIPPED = {
    "alignment.1": ["0.118", "0.000376", "0.0001"],
    "alignment.2": ["0.00941", "0.0047"],
    "alignment.3": ["0.0094", "0.001"],
    "probability": ["0.0011", "0.003"],
    "loss": ["2.68", "8.92", "-6.18", "3.67"],
}


def write_sheets(folder: Path, count: int) -> None:
    generator = random.Random(1)  # noqa: S311 - no secret
    for number in range(count):
        answers = dict(RIGHT)
        if number % 3:
            id = generator.choice(list(answers))
            answers[id] = generator.choice(SLIPPED[id])
        lines = [f"student: s{number}", "answers:", *(f"  {id}: {x}" for id, x in answers.items())]
        (folder / f"s{number:04}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def explained(name: str, runs: int) -> Row:
    """The first look for the slip behind a wrong loss, beside solving the problem."""
    problem = lossclass.load(bundled_problems()[name])
    solution = lossclass.solve(problem)

    def explain() -> None:
        diagnosis = diagnosis_of(problem, solution)  # a new one, which remembers nothing
        diagnosis.explain("loss", Decimal("1.234"))

    solving = call(lambda: lossclass.solve(problem))
    return measured(f"a wrong loss of {name}", call(explain), "solving it", solving, runs)


def rows(runs: int) -> Iterator[Row]:
    """A class in each format, and single numbers."""
    with tempfile.TemporaryDirectory() as name:
        write_sheets(Path(name), SHEETS)
        for format in ("terminal", "json", "csv"):
            ours = process(*LOSSCLASS, "check", "hello_ctc", name, "--format", format, status=1)
            what = f"{SHEETS} sheets as {format}"
            yield measured(what, ours, "the bare imports", bare_imports(), runs)
    for problem in ("hello_ctc", "hello_seven_steps_ctc"):
        yield explained(problem, runs)


if __name__ == "__main__":
    show(rows(runs_asked(5)))

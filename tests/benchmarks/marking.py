"""How long it takes to mark the sheets of a class: whole processes, run by hand.

    python tests/benchmarks/marking.py [SHEETS]

Every sheet has all of HELLO's steps; two of three have a slip in them.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from time import perf_counter

RUNS = 5
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


def milliseconds_to_explain(name: str, number: str) -> float:
    """The first look for the slip behind a wrong loss, with nothing remembered."""
    import lossclass
    from lossclass.problem.bundled import bundled_problems
    from lossclass.solving import diagnosis_of

    problem = lossclass.load(bundled_problems()[name])
    solution = lossclass.solve(problem)
    times = []
    for _ in range(RUNS):
        diagnosis = diagnosis_of(problem, solution)
        start = perf_counter()
        diagnosis.explain("loss", Decimal(number), Decimal("0.01"))
        times.append(perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    environment = {
        key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sheets(folder, count)
        for format in ("terminal", "json", "csv"):
            command = [
                sys.executable,
                "-m",
                "lossclass",
                "check",
                "hello_ctc",
                name,
                "--format",
                format,
            ]
            times = []
            for _ in range(RUNS):
                start = perf_counter()
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
                times.append(perf_counter() - start)
            print(f"{count} sheets as {format:8}  {statistics.median(times):.2f} s")
    for name, number in (("hello_ctc", "1.234"), ("hello_seven_steps_ctc", "1.234")):
        print(f"a wrong loss of {name}: {milliseconds_to_explain(name, number):.1f} ms")


if __name__ == "__main__":
    main()

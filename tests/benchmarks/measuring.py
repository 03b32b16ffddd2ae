"""What the benchmarks share: two things timed in turn in one run, and a table of their ratios."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time
from typing import Any, TypeAlias

#: Runs something once and says how many seconds it took.
Timed: TypeAlias = Callable[[], float]

#: An installed package has its bytecode; a checkout may be told not to write it.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
LOSSCLASS = [sys.executable, "-m", "lossclass"]
#: What no run of lossclass can do without.
IMPORTS = "import typer, rich.console, rich.table, numpy, yaml, pydantic"


@dataclass(frozen=True)
class Row:
    """Something measured, beside something else.

    Attributes:
        ours, theirs: seconds, the medians of all runs.
        ratio: the median of the ratios of neighbouring runs.
        goal: what the ratio should not be over, if there is a goal.
        more: what else was seen, such as memory.
    """

    what: str
    ours: float
    beside: str
    theirs: float
    ratio: float
    goal: float | None = None
    more: str = ""


def processors() -> float:
    """Seconds that processes begun from here have used, once they have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(*command: str, status: int = 0, clock: Timed = perf_counter) -> Timed:
    """A whole process, from its start to its end."""

    def run() -> float:
        start = clock()
        ended = subprocess.run(
            command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        seconds = clock() - start
        if ended.returncode != status:
            raise SystemExit(f"{' '.join(command)}: {ended.stderr.decode()}")
        return seconds

    return run


def bare_imports(clock: Timed = perf_counter) -> Timed:
    """A process that imports what lossclass needs, and ends."""
    return process(sys.executable, "-c", IMPORTS, clock=clock)


def call(run: Callable[[], Any]) -> Timed:
    """A call in this process, by the processor's time: others may be using the machine."""

    def timed() -> float:
        gc.collect()
        start = process_time()
        run()
        return process_time() - start

    return timed


def measured(
    what: str, ours: Timed, beside: str, theirs: Timed, runs: int, goal: float | None = None
) -> Row:
    """Both in turn, so many times; once before, which fills the caches."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Row(what, one, beside, other, statistics.median(a / b for a, b in pairs), goal)


def show(rows: Iterable[Row]) -> None:
    """Print the table, row by row as they come."""
    print(f"{'what':<50}{'time':>10}  {'beside':<32}{'time':>10}{'ratio':>9}{'goal':>7}")
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:g}"
        times = f"{_time(row.ours):>10}  {row.beside:<32}{_time(row.theirs):>10}"
        print(f"{row.what:<50}{times}{row.ratio:>9.2f}{goal:>7}  {row.more}".rstrip(), flush=True)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def runs_asked(usual: int) -> int:
    """How many runs the command line asks for."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else usual

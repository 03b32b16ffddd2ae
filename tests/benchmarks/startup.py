"""How long lossclass takes to start, next to the bare imports that it cannot do without.

Run by hand: ``python tests/benchmarks/startup.py [RUNS]``. The last row is the least that a program
with Typer can have: pydantic and Typer import a good part of themselves only when a command is run.
Times are those of the processors: others may be using the machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from measuring import (
    IMPORTS,
    LOSSCLASS,
    Row,
    bare_imports,
    measured,
    process,
    processors,
    runs_asked,
    show,
)

HELLO = str(Path(__file__).parents[2] / "problems" / "hello_ctc.yaml")
NOTHING = """
def nothing(name: str): pass
typer.run(nothing)
"""
#: Each command, with the ratio that it should not be over.
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "solve hello_ctc": ([*LOSSCLASS, "solve", HELLO], 1.4),
    "solve hello_ctc as JSON": ([*LOSSCLASS, "solve", HELLO, "--format", "json"], 1.4),
    "check hinge_sequence": (
        [*LOSSCLASS, "check", "hinge_sequence", "--answer", "0.4667"],
        None,
    ),
    "worksheet hello_ctc": ([*LOSSCLASS, "worksheet", HELLO], None),
    "explain ctc": ([*LOSSCLASS, "explain", "ctc"], None),
    "--version": ([*LOSSCLASS, "--version"], 1.05),
    "--help": ([*LOSSCLASS, "--help"], None),
    "a command without content": ([sys.executable, "-c", f"{IMPORTS}{NOTHING}", "name"], None),
}


def rows(runs: int) -> Iterator[Row]:
    """Every command beside the imports."""
    for name, (command, goal) in COMMANDS.items():
        ours, imports = process(*command, clock=processors), bare_imports(processors)
        yield measured(name, ours, "the bare imports", imports, runs, goal)


if __name__ == "__main__":
    show(rows(runs_asked(15)))

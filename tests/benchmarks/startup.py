"""How long lossclass takes to start, next to the bare imports that it cannot do without.

Run by hand: ``python tests/benchmarks/startup.py [RUNS]``. Prints the median time of each command
and its ratio to the imports, the two run in turn. The last row is the least that a program with
Typer can have: pydantic and Typer import a good part of themselves only when a command is run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

#: An installed package has its bytecode; a checkout may be told not to write it.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
IMPORTS = "import typer, rich.console, rich.table, numpy, yaml, pydantic"
NOTHING = """
def nothing(name: str): pass
typer.run(nothing)
"""
HELLO = str(Path(__file__).parents[2] / "problems" / "hello_ctc.yaml")
LOSSCLASS = [sys.executable, "-m", "lossclass"]
COMMANDS = {
    "solve hello_ctc": [*LOSSCLASS, "solve", HELLO],
    "solve hello_ctc as JSON": [*LOSSCLASS, "solve", HELLO, "--format", "json"],
    "check hinge_sequence": [*LOSSCLASS, "check", "hinge_sequence", "--answer", "0.4667"],
    "worksheet hello_ctc": [*LOSSCLASS, "worksheet", HELLO],
    "explain ctc": [*LOSSCLASS, "explain", "ctc"],
    "--version": [*LOSSCLASS, "--version"],
    "--help": [*LOSSCLASS, "--help"],
    "a command without content": [sys.executable, "-c", f"{IMPORTS}{NOTHING}", "name"],
}


def seconds(command: list[str]) -> float:
    """How long one run takes, from start to finish."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return perf_counter() - start


def main(runs: int) -> None:
    """Time every command against the imports, and print the table."""
    imports = [sys.executable, "-c", IMPORTS]
    print(f"{'command':<26}{'median':>10}{'imports':>10}{'ratio':>8}   ({runs} runs)")
    for name, command in COMMANDS.items():
        seconds(command), seconds(imports)  # the first run warms the disk's cache
        pairs = [(seconds(command), seconds(imports)) for _ in range(runs)]
        ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(f"{name:<26}{ours * 1000:>7.0f} ms{bare * 1000:>7.0f} ms{ratio:>8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

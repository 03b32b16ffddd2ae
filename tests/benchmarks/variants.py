"""How long variants for a class take, and how much memory: whole processes, run by hand.

python tests/benchmarks/variants.py [STUDENTS] [ANSWERS]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

JOBS = "2"


def measured(what: str, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "lossclass", "variants", "hello_ctc", "--seed", "1"]
        start = perf_counter()
        subprocess.run(
            [*command, "--jobs", JOBS, "-o", str(Path(name) / "class"), *arguments], check=True
        )
        seconds = perf_counter() - start
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{what:48} {seconds:6.1f} s, largest process so far {largest:4.0f} MB", flush=True)


def main() -> None:
    students, answers = (*sys.argv[1:], *("1000", "1000000")[len(sys.argv) - 1 :])
    measured(f"{students} variants, worksheet and key as text", "--count", students)
    html = ("--count", students, "--format", "html")
    measured(f"{students} variants, worksheet and key as HTML", *html)
    measured(f"{answers} rows of answers", "--count", answers, "--only-answers")


if __name__ == "__main__":
    main()

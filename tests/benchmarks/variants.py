"""How long variants for a class take, and how much memory: whole processes, next to the bare imports.

Run by hand: ``python tests/benchmarks/variants.py [STUDENTS [ANSWERS]]``.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from measuring import LOSSCLASS, Row, Timed, bare_imports, process, show

JOBS = "2"


def rows(students: str = "1000", answers: str = "1000000") -> Iterator[Row]:
    """A class as text and as HTML, and answers alone; each once, since each takes its time."""
    text = f"{students} variants, worksheet and key as text"
    yield _once(text, "--count", students)
    page = f"{students} variants, worksheet and key as HTML"
    yield _once(page, "--count", students, "--format", "html")
    yield _once(f"{answers} rows of answers", "--count", answers, "--only-answers")


def _once(what: str, *arguments: str) -> Row:
    with tempfile.TemporaryDirectory() as name:
        to = str(Path(name) / "class")
        ours = _run("hello_ctc", "--seed", "1", "--jobs", JOBS, "-o", to, *arguments)()
    imports = bare_imports()()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row = Row(what, ours, "the bare imports", imports, ours / imports)
    return replace(row, more=f"largest process so far {largest:.0f} MB")


def _run(*arguments: str) -> Timed:
    return process(*LOSSCLASS, "variants", *arguments)


if __name__ == "__main__":
    show(rows(*sys.argv[1:3]))

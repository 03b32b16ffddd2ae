"""How long 1,000 problem files in one run take: a whole process, next to the bare imports.

Run by hand: ``python tests/benchmarks/files.py [RUNS]``. The files are the bundled problems, over and
over.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from measuring import LOSSCLASS, Row, bare_imports, measured, process, runs_asked, show

from lossclass.problem.bundled import bundled_problems

FILES = 1000


def rows(runs: int) -> Iterator[Row]:
    """The answers alone, and whole solutions as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(islice(cycle(bundled_problems().values()), FILES)):
            shutil.copy(path, Path(folder) / f"{number:04}.yaml")
        for detail in (("--detail", "answer"), ("--format", "json")):
            name = f"solve {FILES} files {' '.join(detail)}"
            ours = process(*LOSSCLASS, "solve", folder, *detail)
            yield measured(name, ours, "the bare imports", bare_imports(), runs)


if __name__ == "__main__":
    show(rows(runs_asked(3)))

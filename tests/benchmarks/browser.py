"""How long the page takes to its first answer from a cold start, and to the next; and how large it is.

Run by hand: ``python tests/benchmarks/browser.py RUNTIME [RUNS]``, with the folder that ``lossclass site
--runtime`` takes, Playwright and Chromium. The load of the machine stands beside it: a page takes
longer where others are using the processors.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "site")]
from serving import served  # noqa: E402 - it stands beside the tests of the page

#: Seconds to the first answer and to the next, and megabytes as a server sends them.
GOALS = {"first answer": 10.0, "next answer": 1.0, "size": 12.0}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def compressed(folder: Path) -> float:
    """Megabytes of all files, each compressed by itself."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) / 1e6


def answers(address: str) -> dict[str, float]:
    """Seconds to the first answer, on the clock and of all processors; and to the next ones."""
    sync_playwright: Any = import_module("playwright.sync_api").sync_playwright
    command = next(filter(None, map(shutil.which, CHROMIUM)))
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        found["first answer"] = _seconds(lambda: _answered(page, f"{address}#hello_ctc", "HELLO"))
        found["its processors"] = _processors()
        found["next answer"] = median(_next_answers(page, address))
        browser.close()
    return found


def _processors() -> float:
    """Seconds of all processes that were begun from here and still run, on Linux: as others may be
    using the machine, they say more than the clock."""
    parents, seconds = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = path.read_text().rpartition(")")[2].split()
            process = int(path.parent.name)
            parents[process] = int(fields[1])
            seconds[process] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    ours, last = {os.getpid()}, 0
    while len(ours) > last:
        last = len(ours)
        ours |= {process for process, parent in parents.items() if parent in ours}
    return sum(seconds[process] for process in ours - {os.getpid()})


def _next_answers(page: Any, address: str) -> Iterator[float]:
    others = {
        "hinge_sequence": "Hinge loss",
        "categorical_from_logits": "From logits",
        "rnn_gru": "GRU",
    }
    for name, title in others.items():
        yield _seconds(partial(_answered, page, f"{address}#{name}", title))


def _answered(page: Any, address: str, title: str) -> None:
    page.goto(address)
    page.locator("article", has=page.locator("h1", has_text=title)).wait_for()


def _seconds(run: Callable[[], None]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def main(runtime: str, runs: int) -> None:
    """Print the median of some runs beside the goals."""
    from lossclass.site.building import Runtime, build

    with TemporaryDirectory() as folder:
        public = Path(folder) / "public"
        build((), public, Runtime(runtime), force=False)
        print(f"{'size':<14}{compressed(public):8.1f} MB compressed, goal {GOALS['size']:g}")
        with served(public) as address:
            taken = [answers(address) for _ in range(runs)]
        for what in taken[0]:
            goal = f", goal {GOALS[what]:g}" if what in GOALS else ""
            print(f"{what:<14}{median(each[what] for each in taken):8.2f} s{goal}")
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)

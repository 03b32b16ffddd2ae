"""A solution's picture, drawn on the way to its renderer. One that cannot be drawn is left out and told;
the solution comes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lossclass.errors import UsageError
from lossclass.output import write
from lossclass.runs.batch import Batch
from lossclass.solution import Solution


def plotted(batch: Batch, to: Path, *, force: bool) -> Iterator[Solution]:
    """The solution of a batch, with its picture drawn to a file.

    Raises:
        UsageError: there are several solutions.
        FileError: the file cannot be written.
    """
    from lossclass.render.svg import plot  # it is seldom asked for

    if batch.several:
        raise UsageError("--plot draws one problem, and there are several")
    for solution in batch.solutions():
        try:
            picture = plot(solution)
        except UsageError as error:
            batch.report(UsageError(f"{to}: no picture is written: {error}"))
        else:
            write([picture], to, force=force)
        yield solution

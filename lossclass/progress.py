"""How far a long run is: a bar, how many are done in a second, and how long it still takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, Task

#: From so many on, a run says how far it is.
MANY = 20
Item = TypeVar("Item")


class Tally:
    """Counts what is done, and shows it where there is something to show it on."""

    def __init__(self, bar: Progress | None = None) -> None:
        self._bar = bar
        self._done = 0
        #: So many a run before has done.
        self.there = 0

    def add(self, count: int, *, there: int = 0) -> None:
        """Count some more.

        Args:
            there: so many of them a run before has done; if that is all, they tell nothing of how
                fast this one is.
        """
        self._done += count
        self.there += there
        if self._bar is None:
            return
        for task in self._bar.task_ids:
            if there == count:
                self._bar.reset(task, completed=self._done)
            else:
                self._bar.update(task, completed=self._done)


@contextmanager
def tally(total: int, what: str, unit: str = "items", *, printing: bool = True) -> Iterator[Tally]:
    """A bar on a terminal, if there are many, and unless results are being printed on it.

    Args:
        what: what is being done.
        unit: of what there are so many in a second.
    """
    if total < MANY or not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield Tally()
        return
    with _bar(unit) as bar:
        bar.add_task(what, total=total)
        yield Tally(bar)


def with_progress(
    items: Sequence[Item], what: str, unit: str = "items", *, printing: bool = True
) -> Iterator[Item]:
    """The items; see :func:`tally`."""
    with tally(len(items), what, unit, printing=printing) as done:
        for item in items:
            yield item
            done.add(1)


def _bar(unit: str) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """So many in a second; of few, with a decimal."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            digits = 0 if speed is None or speed >= 10 else 1
            return Text(
                "" if speed is None else f"{speed:,.{digits}f} {unit}/s", "progress.data.speed"
            )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        expand=True,
    )

"""How far a long run is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

#: From so many on, a run says how far it is.
MANY = 20
Item = TypeVar("Item")


def with_progress(items: Sequence[Item], what: str, *, printing: bool = True) -> Iterator[Item]:
    """The items; on a terminal, with a bar, unless results are being printed on it."""
    if len(items) < MANY or not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, what, console=Console(stderr=True), transient=True)

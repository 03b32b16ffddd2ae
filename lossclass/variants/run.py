"""The run for a whole class, in this process or in several."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Final

from lossclass.errors import LossclassError
from lossclass.output import write
from lossclass.progress import with_progress
from lossclass.variants.answers import header
from lossclass.variants.folder import ANSWERS, Maker, Order, begin, refuse_same_files

#: So many students are sent to a process at once.
_CHUNK, _CHUNK_OF_ANSWERS = 10, 10_000
#: So many chunks for each process are on their way at a time, however large the class is.
_AHEAD: Final = 3
#: With fewer chunks, other processes would take longer to start than they spare.
_WORTH_IT: Final = 5


def run(order: Order, students: Sequence[str], *, jobs: int | None = None, force: bool) -> None:
    """Make the files of a class.

    Args:
        jobs: in so many processes; by default as many as there are processors, for a large class.
        force: write over what is there.

    Raises:
        LossclassError: the problem has no variants, or a file cannot be written.
    """
    if not order.only_answers:
        refuse_same_files(students)
    maker = Maker(order)  # says what is wrong before anything is written
    begin(order, students, force=force)
    size = _CHUNK_OF_ANSWERS if order.only_answers else _CHUNK
    chunks = [students[start : start + size] for start in range(0, len(students), size)]
    lines = _lines(maker, chunks, jobs or _usual(len(chunks)))
    answers = order.folder / ANSWERS
    if not answers.exists():
        write(_table(maker, lines), answers)
    elif not order.only_answers:
        deque(lines, maxlen=0)  # the table is there; a file may have been taken away


def _table(maker: Maker, lines: Iterator[str]) -> Iterator[str]:
    yield header(maker.variants)
    yield from lines


def _usual(chunks: int) -> int:
    return (os.cpu_count() or 1) if chunks >= _WORTH_IT else 1


def _lines(maker: Maker, chunks: Sequence[Sequence[str]], jobs: int) -> Iterator[str]:
    if jobs == 1 or len(chunks) == 1:
        yield from map(maker.make, with_progress(chunks, "Making variants"))
        return
    # A forked process would inherit the thread that draws the progress bar.
    with ProcessPoolExecutor(
        min(jobs, len(chunks)), get_context("spawn"), _start, (maker.order,)
    ) as pool:
        made = _in_order(chunks, lambda chunk: pool.submit(_make, chunk), jobs * _AHEAD)
        try:
            for _ in with_progress(chunks, "Making variants"):
                yield next(made)
        except BrokenProcessPool:
            raise LossclassError(
                "a process of this run has ended by itself, perhaps for lack of memory; the same "
                "command goes on from here, and --jobs 1 takes the least memory"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    chunks: Sequence[Sequence[str]],
    submit: Callable[[Sequence[str]], Future[str]],
    ahead: int,
) -> Iterator[str]:
    """The results, in order, with only so many chunks begun before they are asked for."""
    waiting = iter(chunks)
    begun = deque(map(submit, islice(waiting, ahead)))
    while begun:
        yield begun.popleft().result()
        begun.extend(map(submit, islice(waiting, 1)))


_makers: list[Maker] = []


def _start(order: Order) -> None:
    """What a process does once: solving the original, and finding what may move."""
    _makers[:] = [Maker(order)]


def _make(students: Sequence[str]) -> str:
    return _makers[0].make(students)

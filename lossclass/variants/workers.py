"""Several processes that make the files of a class. A cluster has a module of its own."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from lossclass.errors import LossclassError
from lossclass.output import write
from lossclass.records import record
from lossclass.variants.making import PROBLEMS, Chunk, Made, Maker, Order

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

#: So many chunks for each process are on their way at a time, however large the class is.
AHEAD: Final = 3
_WRITERS: Final = 8


#: Makes chunks, one after another as they are asked for.
MakeAll: TypeAlias = Callable[[Iterable[Chunk]], Iterator[tuple[Chunk, Made]]]


class Crew(Protocol):
    """Who makes several chunks at a time."""

    @property
    def ahead(self) -> int:
        """So many chunks it has at a time."""

    def submit(self, chunk: Chunk) -> Future[Made]:
        """Begin with a chunk."""

    def wait_for(self, future: Future[Made]) -> Made:
        """The result, or what went wrong as a :class:`LossclassError`."""


def in_order(crew: Crew, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Made]]:
    """The results, in order, with only so many chunks begun before they are asked for."""
    waiting = iter(chunks)
    begun: deque[tuple[Chunk, Future[Made]]] = deque()
    while True:
        for chunk in islice(waiting, crew.ahead - len(begun)):
            begun.append((chunk, crew.submit(chunk)))
        if not begun:
            return
        chunk, future = begun.popleft()
        yield chunk, crew.wait_for(future)


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, several at a time: most of it is waiting for the disk. The problems first, by
    which can be told whose the other files are."""
    if not files:
        return
    with ThreadPoolExecutor(_WRITERS) as writers:
        for is_first in (True, False):
            some = [name for name in files if name.startswith(PROBLEMS) == is_first]
            for _ in writers.map(lambda name: write([files[name]], folder / name), some):
                pass


# --- several processes: what there are not everywhere, as in a browser, is imported here ---


@contextmanager
def processes(order: Order, folder: Path, jobs: int) -> Iterator[MakeAll]:
    """So many processes of this machine, which write the files themselves."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A forked process would inherit the thread that draws the progress bar.
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start, (order, folder)) as pool:
        try:
            yield partial(in_order, _Processes(pool, jobs * AHEAD))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@record
class _Processes:
    pool: ProcessPoolExecutor
    ahead: int

    def submit(self, chunk: Chunk) -> Future[Made]:
        with _sparing_the_processes():
            return self.pool.submit(_make, chunk)

    def wait_for(self, future: Future[Made]) -> Made:
        try:
            return future.result()
        except BrokenExecutor:
            raise LossclassError(
                "a process of this run has ended by itself, perhaps for lack of memory; the same "
                "command goes on from here, and --jobs 1 takes the least memory"
            ) from None


@contextmanager
def _sparing_the_processes() -> Iterator[None]:
    """Keep Ctrl-C, which a terminal sends to all processes, from those that are started here:
    they end when they are told to, with nothing half-written."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would let the signal through again when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


#: What a process of ours makes of chunks, and where it writes that.
_ours: dict[str, Any] = {}


def _start(order: Order, folder: Path) -> None:
    """What a process does once: solving the original, and finding what may move."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()
    _ours.update(maker=Maker(order), folder=folder)


def _end_with_the_parent() -> None:
    """If the run is killed, its processes must not go on writing into the next one's folder."""
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _make(chunk: Chunk) -> Made:
    """The lines of a chunk, whose files are written."""
    made: Made = _ours["maker"].make(chunk)
    write_all(_ours["folder"], made.files)
    return Made(made.lines)

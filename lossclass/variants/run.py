"""The run for a whole class: in this process, in several, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain, islice
from math import ceil
from pathlib import Path
from typing import Final

from lossclass.errors import Interrupted, printable, tell
from lossclass.output import write
from lossclass.progress import Tally, tally
from lossclass.render import refuse_uninstalled
from lossclass.rosters.table import csv_line
from lossclass.variants.assigned import Picks
from lossclass.variants.folder import ANSWERS, alone_in, begin, ids_in, make_kinds
from lossclass.variants.making import Chunk, Made, Maker, Order
from lossclass.variants.printed import print_class, refuse_unprintable
from lossclass.variants.taken import told_of_class
from lossclass.variants.variant import MOST_DISTINCT
from lossclass.variants.workers import MakeAll, processes, write_all

#: So many students are sent to a process at once.
_CHUNK, _CHUNK_OF_ANSWERS = 10, 10_000
#: With fewer chunks, other processes would take longer to start than they spare.
_WORTH_IT: Final = 5
_WAITS: Final = "another run is making variants in this folder; this one waits for it"


def run(
    order: Order,
    folder: Path,
    students: Sequence[str],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    printed: bool = False,
    force: bool,
) -> None:
    """Make the files of a class.

    Args:
        jobs: in so many processes; by default as many as there are processors, for a large class.
        cluster: the address of a Dask cluster that is to do it.
        printed: also make one PDF of all worksheets, and one of all keys.
        force: write over what is there.

    Raises:
        LossclassError: the problem has no variants, a file cannot be written, or the cluster
            cannot be used.
        Interrupted: somebody pressed Ctrl-C.
    """
    try:
        if not order.only_answers:
            for name in order.formats:
                refuse_uninstalled(name)
        if printed:
            refuse_unprintable(students)
        maker = Maker(order)  # says what is wrong before anything is written
        size = _CHUNK_OF_ANSWERS if order.only_answers else _CHUNK
        chunks = ceil(len(students) / size)
        usual = (os.cpu_count() or 1) if chunks >= _WORTH_IT else 1
        with (
            alone_in(folder, lambda: tell(f"{folder}: {_WAITS}")),
            _crew(maker, folder, min(jobs or usual, chunks), cluster) as make_all,
        ):
            picks = _drawn(maker, students, folder)
            begin(folder, order, students, partial(_ids_of, maker, picks), force=force)
            make_kinds(folder, order)
            with tally(len(students), "Making variants", "students", printing=False) as done:
                lines = _lines(make_all(_chunks(order, folder, picks(), size)), folder, done)
                _write_answers(folder / ANSWERS, maker, lines, is_all=order.only_answers)
            if printed:
                print_class(maker, folder, [*picks()])
        first, *more = told_of_class(maker.assigned, picks, len(students), done.there)
        write([f"{line}\n" for line in (printable(f"{folder}: {first}"), *more)], None)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the same command goes on from here") from None


def _drawn(maker: Maker, students: Sequence[str], folder: Path) -> Callable[[], Iterable[Picks]]:
    """What each student has; in a large class, one after another, each time it is asked for."""
    picks = partial(maker.assigned.of_class, students, ids_in(folder, students))
    if len(students) > MOST_DISTINCT:
        return picks
    found = []
    with tally(len(students), "Drawing numbers", "students", printing=False) as done:
        for each in picks():
            found.append(each)
            done.add(1)
    return lambda: found


def _ids_of(maker: Maker, picks: Callable[[], Iterable[Picks]]) -> Mapping[str, str]:
    return {each[0].student: maker.assigned.id_of(each) for each in picks()}


def _crew(
    maker: Maker, folder: Path, jobs: int, cluster: str | None
) -> AbstractContextManager[MakeAll]:
    if cluster is not None:
        from lossclass.variants.cluster import workers_at

        return workers_at(cluster, maker.order)
    if jobs > 1:
        return processes(maker.order, folder, jobs)
    return nullcontext(lambda chunks: ((chunk, maker.make(chunk)) for chunk in chunks))


def _chunks(order: Order, folder: Path, picks: Iterable[Picks], size: int) -> Iterator[Chunk]:
    """The students, some at a time, each time with the files that are there by then."""
    rest = iter(picks)
    while some := tuple(islice(rest, size)):
        files = {each.student: [*order.files([each.student])] for each, *_ in some}
        there = frozenset(
            name for each in files.values() for name in each if (folder / name).exists()
        )
        yield Chunk(some, there, sum(bool(each) and there >= {*each} for each in files.values()))


def _lines(made: Iterable[tuple[Chunk, Made]], folder: Path, done: Tally) -> Iterator[str]:
    for chunk, each in made:
        write_all(folder, each.files)
        done.add(len(chunk.picks), there=chunk.complete)
        yield each.lines


def _write_answers(path: Path, maker: Maker, lines: Iterator[str], *, is_all: bool) -> None:
    if not path.exists():
        write(chain([csv_line(["id", "student", *maker.step_ids])], lines), path)
    elif not is_all:  # the table is there; another file may have been taken away
        for _ in lines:
            pass

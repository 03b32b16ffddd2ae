"""What is too long to be read is cut in the middle, and a line says how much is left out.

All numbers from which on something is cut stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from lossclass.blocks import Block, Section, Step
from lossclass.records import record

_Item = TypeVar("_Item")


class Limit(NamedTuple):
    """Of more than ``most``, only the ``first`` and the ``last`` are written."""

    most: int
    first: int
    last: int

    def cut(self, items: Sequence[_Item]) -> tuple[Sequence[_Item], ...]:
        """The first, those that are left out, and the last; the first are all where none are."""
        if len(items) <= self.most:
            return items, (), ()
        end = len(items) - self.last
        return items[: self.first], items[self.first : end], items[end:]


class Limits(NamedTuple):
    """Those for the steps of a section, and for the rows of a table."""

    steps: Limit
    rows: Limit


#: So many lines are read through, on two or three pages; so many rows are a page.
USUAL = Limits(Limit(120, 40, 20), Limit(40, 20, 10))
#: A working of more steps would be a book at that: of it a section is looked at, as on a screen.
_VERY_LONG = 600
SHORT = Limits(Limit(12, 6, 3), Limit(12, 6, 3))
#: A table that is too wide is written in so many pieces, one below the other: behind more of them
#: nobody finds the row again.
MOST_PIECES = 3
#: Of a trellis in letters, as many rows as a screen has room for, with a line between any two.
ROWS_OF_TRELLIS = Limit(15, 8, 7)
#: Of so many rows, some stand beside others where there is room.
_HIGH = 12
ELLIPSIS = "…"


def limits_for(steps: int, *, whole: bool) -> Limits | None:
    """The limits for a working of so many steps; None where nothing is to be cut."""
    if whole:
        return None
    return SHORT if steps > _VERY_LONG else USUAL


@record
class LeftOut:
    """Stands where steps were left out."""

    first: str
    last: str
    count: int


def blocks_of(section: Section, limits: Limits | None) -> Iterator[Block | LeftOut]:
    """The blocks of a section; of very many steps only the first and the last."""
    ids = [block.id for block in section.blocks if isinstance(block, Step)]
    left_out = limits.steps.cut(ids)[1] if limits else ()
    out = frozenset(left_out)
    for block in section.blocks:
        if not (isinstance(block, Step) and block.id in out):
            yield block
        elif block.id == left_out[0]:
            yield LeftOut(left_out[0], left_out[-1], len(left_out))


def in_blocks(
    rows: Sequence[Sequence[_Item]], wide: int, room: int, empty: _Item, apart: int = 0
) -> tuple[int, list[list[_Item]]]:
    """The rows of a long and narrow table in blocks beside each other, and how many these are.

    Args:
        wide: how many cells a block takes, with what is between it and the next.
        room: how many there are.
        empty: what stands in a cell that has nothing to hold.
        apart: so many empty columns stand between two blocks.
    """
    count = max(1, min(room // wide, -(-len(rows) // _HIGH)))
    high = -(-len(rows) // count)
    beside = range(0, len(rows), high)
    filled = [*rows, *[[empty] * len(rows[0])] * (high * len(beside) - len(rows))]
    between = [empty] * apart
    return len(beside), [
        [*filled[n], *chain.from_iterable([*between, *filled[n + start]] for start in beside[1:])]
        for n in range(high)
    ]


def pieces_of(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    room: int,
    gap: int,
    limits: Limits | None,
) -> tuple[list[tuple[list[str], list[list[str]]]], list[str]]:
    """A table as pieces that fit, each with its head and its rows, and what to say of what is left out.

    Args:
        widths: how many cells each column takes.
        room: how many there are.
        gap: how many there are between columns.
        limits: None for the whole table, however long and wide.
    """
    notes = []
    first_rows, left_out, last_rows = limits.rows.cut(rows) if limits else (rows, (), ())
    if left_out:
        notes.append(f"… {len(left_out)} rows are left out.")
        rows = [*first_rows, [ELLIPSIS] * len(columns), *last_rows]
    behind = range(1, len(widths))
    groups = _groups(behind, widths, room, gap)
    if len(groups) > MOST_PIECES and limits is not None:
        groups = [groups[0], _groups(behind[::-1], widths, room, gap)[0][::-1]]
        dropped = len(behind) - len([*chain(*groups)])
        notes.append(f"… {dropped} columns are left out.")
    chosen = [(0, *group) for group in groups]
    return [
        ([columns[n] for n in group], [[row[n] for n in group] for row in rows]) for group in chosen
    ], notes


def _groups(columns: Sequence[int], widths: Sequence[int], room: int, gap: int) -> list[list[int]]:
    """The columns behind the first in groups that fit beside it."""
    groups: list[list[int]] = []
    left = 0
    for column in columns:
        needed = gap + widths[column]
        if not groups or needed > left:
            groups.append([])
            left = room - widths[0]
        groups[-1].append(column)
        left -= needed
    return groups or [[]]

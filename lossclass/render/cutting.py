"""What is too long to be read is cut in the middle, and a line says how much is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lossclass.blocks import Block, Section, Step


@dataclass(frozen=True)
class Limits:
    """From ``most`` on, only the ``first`` and the ``last`` are written: of the steps of a section,
    and of the rows of a table."""

    most_steps: int
    first_steps: int
    last_steps: int
    most_rows: int
    first_rows: int
    last_rows: int


USUAL = Limits(120, 40, 20, 40, 20, 10)
#: Of a working that is very long as a whole.
SHORT = Limits(12, 6, 3, 12, 6, 3)
_VERY_LONG = 600
#: A table that is too wide is written in so many pieces, one below the other.
MOST_PIECES = 3
ELLIPSIS = "…"


def limits_for(steps: int, *, whole: bool) -> Limits | None:
    """The limits for a working of so many steps; None where nothing is to be cut."""
    if whole:
        return None
    return SHORT if steps > _VERY_LONG else USUAL


@dataclass(frozen=True)
class LeftOut:
    """Stands where steps were left out."""

    first: str
    last: str
    count: int

    @property
    def text(self) -> str:
        """What to tell the reader."""
        return f"… {self.count} steps are left out here, {self.first} to {self.last}."


def blocks_of(section: Section, limits: Limits | None) -> Iterator[Block | LeftOut]:
    """The blocks of a section; of very many steps only the first and the last."""
    steps = [block for block in section.blocks if isinstance(block, Step)]
    if limits is None or len(steps) <= limits.most_steps:
        yield from section.blocks
        return
    left_out = steps[limits.first_steps : -limits.last_steps]
    ids = {step.id for step in left_out}
    for block in section.blocks:
        if not (isinstance(block, Step) and block.id in ids):
            yield block
        elif block is left_out[0]:
            yield LeftOut(left_out[0].id, left_out[-1].id, len(left_out))


@dataclass(frozen=True)
class Piece:
    """A table, or some of its columns, that fits into the width."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def pieces_of(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    room: int,
    gap: int,
    limits: Limits | None,
) -> tuple[list[Piece], list[str]]:
    """A table as pieces that fit, and what to say of what is left out.

    Args:
        widths: how many cells each column takes.
        room: how many there are.
        gap: how many there are between columns.
        limits: None for the whole table, however long and wide.
    """
    notes = []
    if limits is not None and len(rows) > limits.most_rows:
        left_out = len(rows) - limits.first_rows - limits.last_rows
        notes.append(f"… {left_out} rows are left out.")
        between = [ELLIPSIS] * len(columns)
        rows = [*rows[: limits.first_rows], between, *rows[-limits.last_rows :]]
    groups = _groups(widths, room, gap)
    if len(groups) > MOST_PIECES and limits is not None:
        first, last = groups[0], _last_group(widths, room, gap)
        dropped = len(columns) - 1 - len(first) - len(last)
        notes.append(f"… {dropped} columns are left out.")
        groups = [first, last]
    pieces = [
        Piece(
            tuple(columns[n] for n in (0, *group)),
            tuple(tuple(row[n] for n in (0, *group)) for row in rows),
        )
        for group in groups
    ]
    return pieces, notes


def _groups(widths: Sequence[int], room: int, gap: int) -> list[list[int]]:
    """The columns behind the first in groups that fit beside it."""
    groups: list[list[int]] = []
    left = 0
    for column in range(1, len(widths)):
        needed = gap + widths[column]
        if not groups or needed > left:
            groups.append([])
            left = room - widths[0]
        groups[-1].append(column)
        left -= needed
    return groups or [[]]


def _last_group(widths: Sequence[int], room: int, gap: int) -> list[int]:
    """As many of the last columns as fit beside the first."""
    turned = [widths[0], *reversed(widths[1:])]
    group = _groups(turned, room, gap)[0]
    return [len(widths) - column for column in reversed(group)]

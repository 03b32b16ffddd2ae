"""Boxes in columns, so that all arrows lead to the right and few of them cross.

A box stands one column behind the last of those that lead to it (Sugiyama, Tagawa and Toda, "Methods
for visual understanding of hierarchical system structures", IEEE Transactions on Systems, Man, and
Cybernetics 11, 1981). Arrows that pass columns have a place in each, between the boxes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import TypeAlias

from lossclass.figures import Arrow, Box

Place: TypeAlias = tuple[float, float]
#: A box by its id, or the place of an arrow in a column that it passes.
_Item: TypeAlias = Hashable
#: How often the columns are put in order, from the left and from the right in turn.
_SWEEPS = 12
#: Between boxes, and beside an arrow that passes: rows.
_APART, _BESIDE = 1.0, 0.5


def layers(
    boxes: Sequence[Box], arrows: Sequence[Arrow], *, sources_first: bool = False
) -> tuple[dict[str, Place], dict[Arrow, list[Place]]]:
    """The places of boxes, and the places that arrows pass on their way.

    Args:
        boxes: each behind all that lead to it.
        sources_first: whether those to which nothing leads stand in the first column, and not just
            before what they lead to.
    """
    column = _columns(boxes, arrows, sources_first=sources_first)
    ways: dict[Arrow, list[_Item]] = {
        arrow: [
            arrow.start,
            *((arrow, between) for between in range(column[arrow.start] + 1, column[arrow.end])),
            arrow.end,
        ]
        for arrow in arrows
    }
    beside: dict[_Item, list[_Item]] = defaultdict(list)
    behind: dict[_Item, list[_Item]] = defaultdict(list)
    items: list[list[_Item]] = [[] for _ in range(max(column.values()) + 1)]
    for box in boxes:
        items[column[box.id]].append(box.id)
    for arrow, way in ways.items():
        for n, item in enumerate(way[1:-1], start=column[arrow.start] + 1):
            items[n].append(item)
        for one, other in pairwise(way):
            beside[other].append(one)
            behind[one].append(other)
    row = _rows(items, beside, behind)
    top = min(row.values())
    places: dict[_Item, Place] = {
        item: (n, row[item] - top) for n, column_of in enumerate(items) for item in column_of
    }
    return (
        {box.id: places[box.id] for box in boxes},
        {arrow: [places[item] for item in way[1:-1]] for arrow, way in ways.items()},
    )


def _columns(
    boxes: Sequence[Box], arrows: Sequence[Arrow], *, sources_first: bool
) -> dict[str, int]:
    """The column of each box."""
    column = dict.fromkeys((box.id for box in boxes), 0)
    into: dict[str, list[str]] = defaultdict(list)
    out: dict[str, list[str]] = defaultdict(list)
    for arrow in arrows:
        into[arrow.end].append(arrow.start)
        out[arrow.start].append(arrow.end)
    for box in boxes:
        column[box.id] = max((column[each] + 1 for each in into[box.id]), default=0)
    for box in boxes:
        if not sources_first and not into[box.id] and out[box.id]:
            column[box.id] = min(column[each] for each in out[box.id]) - 1
    return column


def _rows(
    items: Sequence[list[_Item]],
    beside: Mapping[_Item, list[_Item]],
    behind: Mapping[_Item, list[_Item]],
) -> dict[_Item, float]:
    """The row of each item: near the mean of those that it is joined with."""
    row: dict[_Item, float] = {item: float(n) for column in items for n, item in enumerate(column)}

    def wanted(item: _Item, joined: Mapping[_Item, list[_Item]]) -> float:
        return fmean(row[each] for each in joined[item]) if joined.get(item) else row[item]

    for sweep in range(_SWEEPS):
        joined, columns = (beside, items) if sweep % 2 == 0 else (behind, [*reversed(items)])
        for column in columns:
            wishes = {item: wanted(item, joined) for item in column}
            column.sort(key=lambda item: wishes[item])
            below: float | None = None
            for upper, item in zip([None, *column], column, strict=False):
                apart = _BESIDE if _passes(upper) or _passes(item) else _APART
                row[item] = wishes[item] if below is None else max(wishes[item], below + apart)
                below = row[item]
            shift = fmean(wishes[item] - row[item] for item in column)
            for item in column:
                row[item] += shift
    return row


def _passes(item: _Item) -> bool:
    return isinstance(item, tuple)

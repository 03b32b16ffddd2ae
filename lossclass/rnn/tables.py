"""The forward pass in tables, a row for each time step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from lossclass.arithmetic.expression import Quantity
from lossclass.rnn.cells import BEFORE, Cell
from lossclass.rnn.given import Quantities
from lossclass.working import Working

#: A heading, and what stands below it at each time step.
Column: TypeAlias = tuple[str, Sequence[Quantity | None]]
#: Columns that fit beside each other, the time step not counted.
_MOST_COLUMNS: Final = 5


def write_tables(
    working: Working,
    cell: Cell,
    made: Mapping[int, tuple[Quantities, Quantities]],
    *,
    shown: str,
) -> None:
    """Write them: for a single unit all side by side as far as they fit, for more a table for each
    kind of quantity. The gates' pre-activations stand in the steps only, and so do in a long
    working with several units all but the states and what comes of them.

    Args:
        made: the outputs and the predictions of the time steps that have any.
        shown: which of the outputs o and the predictions ŷ are in them: both of "oŷ", or those that
            nothing else has.
    """
    network = cell.network
    times, units = range(1, network.steps + 1), range(network.units)
    names = {id: kind.letter for id, kind in cell.kinds.items() if not kind.gate}
    kinds = {
        id: [[cell.columns[id].get((t, j)) for t in times] for j in units]
        for id in names
        if id in cell.columns and (id in BEFORE or network.units == 1 or not cell.timed)
    }
    last = _predicted(made, times, shown=shown)
    if network.units > 1:
        for id, columns in kinds.items():
            heads = [f"{names[id]}, unit {j + 1}" for j in units]
            _write(working, f"forward.{id}", list(zip(heads, columns, strict=True)))
        if last:
            _write(working, "forward.output", last)
        return
    side_by_side: list[Column] = [(names[id], columns[0]) for id, columns in kinds.items()]
    if network.features == 1:
        side_by_side.insert(0, ("x", [row[0] for row in cell.given.x]))
    side_by_side += last
    count = -(-len(side_by_side) // _MOST_COLUMNS)
    size = -(-len(side_by_side) // count)
    for n in range(count):
        id = f"forward.{n + 1}" if count > 1 else "forward"
        _write(working, id, side_by_side[n * size : (n + 1) * size])


def _predicted(
    made: Mapping[int, tuple[Quantities, Quantities]], times: range, *, shown: str
) -> list[Column]:
    """The columns of the outputs and of the predictions, with gaps where there are none."""
    columns: list[Column] = []
    for letter in shown:
        which = "oŷ".index(letter)
        width = len(next(iter(made.values()))[which])
        for k in range(width):
            head = letter if width == 1 else f"{letter}, {k + 1}"
            columns.append((head, [made[t][which][k] if t in made else None for t in times]))
    return columns


def _write(working: Working, id: str, columns: Sequence[Column]) -> None:
    """Write columns beside the time step; rows in which there is nothing are left out."""
    beside = zip(*(column for _, column in columns), strict=True)
    rows: list[list[str | Quantity]] = [
        [str(t), *("–" if each is None else each for each in row)]
        for t, row in enumerate(beside, start=1)
        if any(each is not None for each in row)
    ]
    working.table(id, "", ["t", *(head for head, _ in columns)], rows)

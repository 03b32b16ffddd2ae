"""What stands on the first page of a solution, before the working: the main results beside the answer,
and the table by which a sheet is marked by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from rich.cells import cell_len

from lossclass.arithmetic.expression import Expression, Log, Max, Quantity, Sum, quantities_in
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.blocks import Step
from lossclass.points import points_text
from lossclass.render.cutting import in_blocks
from lossclass.render.markup import Cell, Rows
from lossclass.solution import Solution

#: Of more results of a kind there is no table that can be taken in at a glance.
_MOST_RESULTS = 13
_NETWORK = "gradient.rnn."
_HEADS = ("step", "result", "points", "got")
#: A column of more rows would be no first page: then the steps of a kind are one row, with their
#: results where there is room for them.
_MOST = 26
#: As many letters as a blank takes.
_BLANK = 8


# --- the main results ---


def main_results(solution: Solution) -> list[Step]:
    """The losses that the answer adds up, or what its logarithm is taken of; and the derivatives by
    the weights of a network, or else by what is given first. Those of a kind only if they are few,
    and none where the answer itself is a list."""
    if len(solution.answer_ids) > 1:
        return []
    steps = {step.id: step for step in solution.steps}
    found = _made_of(solution.step(solution.answer_ids[0]).quantity)
    made_of = [steps[id] for id in dict.fromkeys(each.id for each in found) if id in steps]
    slopes = [step for id, step in steps.items() if id.startswith(_NETWORK)]
    if solution.gradient and not slopes:
        first = f"gradient.{next(iter(solution.gradient))}."
        slopes = [step for id, step in steps.items() if id.startswith(first)]
    return [step for kind in (made_of, slopes) if len(kind) <= _MOST_RESULTS for step in kind]


def _made_of(quantity: Quantity) -> Sequence[Quantity]:
    """What is added up or has its logarithm taken, at the end of the way to a quantity."""
    definition = quantity.definition
    used = [each for each in quantities_in(definition) if not each.is_given]
    if isinstance(definition, Sum) and len(definition.operands) > 1:
        return used if len(used) > 1 else ()
    if _has(Log, definition):
        return used
    return _made_of(used[0]) if used and not _has(Max, definition) else ()


def _has(kind: type[Expression], node: Expression) -> bool:
    """Whether there is such a node in a definition."""
    if isinstance(node, Quantity):
        return False
    return isinstance(node, kind) or any(_has(kind, each) for each in node.operands)


# --- the marks ---


def marking_grid(
    solution: Solution, counts: Mapping[str, Fraction], room: int, gap: int
) -> Rows | None:
    """The table; None where nothing counts.

    Args:
        counts: what each step counts, by id; what counts nothing is left out.
        room: how many letters fit beside each other.
        gap: how many stand between columns.
    """
    counted = {id: each for id, each in counts.items() if each}
    if not counted:
        return None
    rows = [_row(solution, [id], counted) for id in counted]
    if len(rows) > _MOST * max(1, (room + gap) // _wide(rows, gap)):
        kinds: dict[str, list[str]] = {}
        for id in counted:
            kinds.setdefault(_kind(id), []).append(id)
        rows = [_row(solution, ids, counted) for ids in kinds.values()]
        names, _, points, blanks = (max(map(_width, column)) for column in zip(*rows, strict=True))
        left = room - names - max(points, cell_len(_HEADS[2])) - blanks - 3 * gap
        rows = [
            [name, "" if _width(results) > left else results, *more]
            for name, results, *more in rows
        ]
    rows.append(["in all", "", _number(counted.values()), None])
    count, beside = in_blocks(rows, _wide(rows, gap), room + gap, "")
    return Rows(_HEADS * count, beside)


def _wide(rows: Sequence[Sequence[Cell]], gap: int) -> int:
    """How many letters such a table takes, with what is between it and the next."""
    widths = [max(map(_width, column)) for column in zip(*rows, _HEADS, strict=True)]
    return sum(widths) + len(widths) * gap


def _row(solution: Solution, ids: Sequence[str], points: Mapping[str, Fraction]) -> list[Cell]:
    """The row of a step, or of all steps of a kind."""
    name = ids[0] if len(ids) == 1 else f"{_kind(ids[0])} ({len(ids)})"
    numbers = [show(solution.values[id], solution.digits).value for id in ids]
    results = numbers[0] if len(ids) == 1 else ", ".join(map(PLAIN.number, numbers))
    return [name, results, _number(points[id] for id in ids), None]


def _number(points: Iterable[Fraction]) -> Decimal:
    """All of some points, with as many decimals as people add up."""
    return Decimal(points_text(sum(points, Fraction())))


def _kind(id: str) -> str:
    """What an id is before its indices."""
    parts = id.split(".")
    first = next((n for n, part in enumerate(parts) if part.isdigit()), len(parts))
    return ".".join(parts[:first])


def _width(cell: Cell) -> int:
    if cell is None:
        return _BLANK
    return cell_len(PLAIN.number(cell) if isinstance(cell, Decimal) else str(cell))

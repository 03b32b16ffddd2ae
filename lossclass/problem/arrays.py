"""Tables of numbers in a problem: rows of equal length, and what may stand for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import WithJsonSchema

from lossclass.problem.fields import (
    PROBABILITY,
    SCALAR,
    ReadBy,
    Refusals,
    describe,
    expected,
    to_label,
    to_list,
    to_number,
)
from lossclass.problem.yaml_source import Path

Rows: TypeAlias = tuple[tuple[Decimal, ...], ...]


#: Further apart, a softmax would make the smallest 0 even in the decimals of the steps.
FURTHEST_LOGITS = Decimal("1e15")


def rows_field(
    what: str, allowed: Callable[[Decimal], bool] = lambda _: True, *, infinite: bool = False
) -> ReadBy:
    """A validator for rows of numbers that are ``what``, all of one length.

    A single row may stand without its outer brackets, and a single number without any.
    """
    return ReadBy(lambda value: to_rows(value, what, allowed, infinite=infinite))


def to_rows(
    value: Any,
    what: str,
    allowed: Callable[[Decimal], bool] = lambda _: True,
    *,
    infinite: bool = False,
) -> Rows:
    """Rows of numbers that are ``what``; see :func:`rows_field`.

    Raises:
        ValueError: a number is not ``what``, or the rows are not of one length.
    """
    found: list[tuple[Path, str]] = []
    rows = []
    listed, flat = as_rows(value)
    for position, row in enumerate(listed):
        numbers = []
        for column, cell in enumerate(to_list(row)):
            path = (column,) if flat else (position, column)
            try:
                number = to_number(cell, what, infinite=infinite)
                if not allowed(number):
                    raise expected(what, cell)
                numbers.append(number)
            except ValueError as error:
                found.append((path, str(error)))
        rows.append(tuple(numbers))
    if found := found or ragged(rows):
        raise Refusals(found)
    return tuple(rows)


def to_logits(value: Any) -> Rows:
    """Rows of logits, those of a row not too far apart for a softmax."""
    rows = to_rows(value, "a number")
    apart = f"its numbers are more than {FURTHEST_LOGITS:.0e} apart"
    found: list[tuple[Path, str]] = [
        ((position,), apart)
        for position, row in enumerate(rows)
        if max(row) - min(row) > FURTHEST_LOGITS
    ]
    if found:
        raise Refusals(found)
    return rows


def as_rows(value: Any) -> tuple[list[Any], bool]:
    """The rows of a table, and whether it was one row without outer brackets."""
    listed = to_list(value)
    flat = not any(isinstance(each, list | tuple) or hasattr(each, "__array__") for each in listed)
    flat = flat or not listed
    return ([listed] if flat else list(listed)), flat


def ragged(rows: Sequence[Sequence[Any]]) -> list[tuple[Path, str]]:
    """The rows that are empty, or not as long as the first."""
    length = len(rows[0]) if rows else 0
    if not length:
        return [((), "expected at least one number, got none")]
    return [
        ((position,), f"expected {length} numbers, as in the first row, got {len(row)}")
        for position, row in enumerate(rows)
        if len(row) != length
    ]


def to_targets(value: Any) -> tuple[Any, ...]:
    """What is true, as classes (one text each) or as rows of numbers: which of the two can only
    be told beside the predictions, see :func:`resolve_targets`."""
    rows, flat = as_rows(value)
    found: list[tuple[Path, str]] = []
    targets = []
    for position, row in enumerate(rows):
        cells = []
        for column, cell in enumerate(to_list(row)):
            try:
                cells.append(_to_cell(cell))
            except ValueError as error:
                found.append(((column,) if flat else (position, column), str(error)))
        targets.append(tuple(cells))
    if found:
        raise Refusals(found)
    return targets[0] if flat else tuple(targets)


def _to_cell(value: Any) -> str:
    """A class, or a number of Python or NumPy as it prints: 0.25 is a soft label."""
    if isinstance(value, float | Decimal):
        return str(to_number(value))
    return to_label(value)


def resolve_targets(
    targets: tuple[Any, ...], count: int, classes: Sequence[str]
) -> tuple[Rows, list[tuple[Path, str]]]:
    """True distributions, one row of as many numbers as there are classes for each observation.

    Args:
        targets: from :func:`to_targets`.
        count: how many observations the predictions have.
        classes: the names of the classes; a class may also be given by its index, from 0.

    Returns:
        The rows, and what is wrong, with paths from ``y_true`` on.
    """
    width = len(classes)
    nested = bool(targets) and isinstance(targets[0], tuple)
    if not nested and count == 1 and len(targets) == width and width > 1:
        targets, nested, lone = (targets,), True, True
    else:
        lone = False
    if len(targets) != count:
        what = "1 was expected" if count == 1 else f"{count} were expected"
        return (), [((), f"{what}, one for each row of the predictions, got {len(targets)}")]
    rows, found = [], []
    for position, target in enumerate(targets):
        path: Path = () if lone else (position,)
        try:
            rows.append(_row(target, width, path) if nested else _one_hot(target, classes, path))
        except Refusals as error:
            found += error.found
    return tuple(rows), found


def _row(target: tuple[str, ...], width: int, path: Path) -> tuple[Decimal, ...]:
    if len(target) != width:
        message = f"expected {width} numbers, one for each class, got {len(target)}"
        raise Refusals([(path, message)])
    numbers, found = [], []
    for column, cell in enumerate(target):
        try:
            number = to_number(cell, "a number between 0 and 1")
            if not 0 <= number <= 1:
                raise expected("a number between 0 and 1", cell)
            numbers.append(number)
        except ValueError as error:
            found.append(((*path, column), str(error)))
    if found:
        raise Refusals(found)
    return tuple(numbers)


def _one_hot(label: str, classes: Sequence[str], path: Path) -> tuple[Decimal, ...]:
    return tuple(Decimal(int(n == class_index(label, classes, path))) for n in range(len(classes)))


def class_index(label: str, classes: Sequence[str], path: Path) -> int:
    """The position of a class, given by its name or by its index from 0.

    Raises:
        Refusals: there is no such class.
    """
    if label in classes:
        return list(classes).index(label)
    if label.isdecimal() and len(label) <= 9 and int(label) < len(classes):
        return int(label)
    message = f"{describe(label)} is no class; there are {', '.join(classes)}"
    raise Refusals([(path, message)])


def rows_schema(cell: dict[str, Any]) -> WithJsonSchema:
    """The JSON Schema of a table of such cells, or of one row of them, or of one cell."""
    kinds = ["array", *([cell["type"]] if isinstance(cell["type"], str) else cell["type"])]
    row = {**cell, "type": kinds, "items": cell}
    return WithJsonSchema({**row, "items": row})


NumberRows: TypeAlias = Annotated[Rows, rows_field("a number"), rows_schema({"type": "number"})]
LogitRows: TypeAlias = Annotated[Rows, ReadBy(to_logits), rows_schema({"type": "number"})]
ProbabilityRows: TypeAlias = Annotated[
    Rows,
    rows_field("a number between 0 and 1", lambda number: 0 <= number <= 1),
    rows_schema(PROBABILITY),
]
LogProbabilityRows: TypeAlias = Annotated[
    Rows,
    rows_field("a logarithm of a probability, 0 or less", lambda n: n <= 0, infinite=True),
    rows_schema({"type": "number", "maximum": 0}),
]
Targets: TypeAlias = Annotated[tuple[Any, ...], ReadBy(to_targets), rows_schema(SCALAR)]

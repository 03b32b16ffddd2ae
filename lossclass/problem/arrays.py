"""Arrays of numbers in a problem: lists in lists, of one shape, and what may stand for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Annotated, Any, Final, TypeAlias

from pydantic import WithJsonSchema

from lossclass.problem.fields import (
    PROBABILITY,
    SCALAR,
    ReadBy,
    Refusals,
    describe,
    expected,
    is_list,
    is_probability,
    is_true,
    read_each,
    to_allowed,
    to_label,
    to_list,
    to_number,
    to_probability,
)
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.yaml_source import Path

Rows: TypeAlias = tuple[tuple[Decimal, ...], ...]
#: Numbers in tuples as deep as there are axes.
Array: TypeAlias = tuple[Any, ...]
Shape: TypeAlias = tuple[int, ...]
#: Where a number stands in an array: a number from 1 for each axis.
Place: TypeAlias = tuple[int, ...]

#: An array has no more axes than these: batch, time, and two of what stands there.
MOST_AXES = 4

_INDEX: Final = re.compile(r"(\d{1,9})(?:\.0?)?", re.ASCII)
#: Further apart, a softmax would make the smallest 0 even in the decimals of the steps.
FURTHEST_LOGITS = Decimal("1e15")


def array_field(
    what: str, allowed: Callable[[Decimal], bool] = lambda _: True, *, hint_for_0: str = ""
) -> ReadBy:
    """A validator for numbers that are ``what``, in lists as deep as an array has axes.

    ``hint_for_0``: what to say of a 0, or of what says false or true, where it is none.
    """

    def read(value: Any) -> Array:
        try:
            return to_array(value, what, allowed)
        except Refusals as error:
            bits = {path for path, _ in error.found if hint_for_0 and _is_bit(value, path)}
            raise Refusals(
                (path, f"{message}; {hint_for_0}" if path in bits else message)
                for path, message in error.found
            ) from None

    return ReadBy(read)


def _is_bit(value: Any, path: Path) -> bool:
    """Whether what stands at a path is a 0, or says false or true."""
    for part in path:
        value = to_list(value)[part]
    return is_true(value) is not None or to_index(str(value)) == 0


def _to_truth(value: Any) -> Array:
    """Probabilities, where true is 1 and false is 0; whoever has labels −1 and 1 is told."""

    def read(cell: Any) -> Any:
        if str(cell).startswith("-1") and to_index(str(cell)[1:]) == 1:
            hint = "; of labels -1 and 1, write 0 for the -1"
            raise expected(_PROBABILITY["what"], cell, hint)
        return cell

    return to_array(nested(value, read), **_PROBABILITY, flags=True)


def to_array(
    value: Any,
    what: str,
    allowed: Callable[[Decimal], bool] = lambda _: True,
    *,
    infinite: bool = False,
    axes: int = MOST_AXES,
    flags: bool = False,
) -> Array:
    """Numbers that are ``what``, in tuples as deep as the lists. A number alone may stand without
    brackets, for a list of one. With ``flags``, true is 1 and false is 0.

    Raises:
        Refusals: a number is not ``what``, or the lists are not of one shape, or have more axes.
    """

    def read(cell: Any) -> Decimal:
        said = is_true(cell) if flags else None
        return to_allowed(cell if said is None else int(said), what, allowed, infinite=infinite)

    array = nested(value, read, axes)
    if found := wrong_shape(array):
        raise Refusals(found)
    return array


def nested(value: Any, read: Callable[[Any], Any], axes: int = MOST_AXES) -> Array:
    """Lists, as deep as they are, of what ``read`` makes of their cells.

    Raises:
        Refusals: ``read`` refuses a cell, or the lists have more axes.
    """
    listed = to_list(value)
    # a number among lists is a list of one
    has_lists = axes > 1 and any(map(is_list, listed))
    inner = partial(nested, read=read, axes=axes - 1) if has_lists else read
    return tuple(read_each(enumerate(listed), inner))


def wrong_shape(array: Array) -> list[tuple[Path, str]]:
    """Where an array is empty, or is not as long as what comes first beside it."""
    shape = shape_of(array)
    if 0 in shape:
        return [((), "expected at least one number, got none")]
    return [*_unlike_the_first(array, shape, ())]


def _unlike_the_first(part: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, str]]:
    """What is not of a shape, inside a part of an array that is to be of that shape."""
    if not isinstance(part, tuple) or len(part) != shape[0]:
        what = "rows, as in the first list" if shape[1:] else "numbers, as in the first row"
        got = len(part) if isinstance(part, tuple) else "a number"
        yield path, f"expected {shape[0]} {what}, got {got}"
    elif shape[1:]:
        for position, each in enumerate(part):
            yield from _unlike_the_first(each, shape[1:], (*path, position))
    elif any(isinstance(each, tuple) for each in part):
        yield path, "expected numbers, as in the first row, got lists among them"


def shape_of(array: Any) -> Shape:
    """How many there are along each axis, as its first parts have them; () of a number alone."""
    return (len(array), *(shape_of(array[0]) if array else ())) if isinstance(array, tuple) else ()


def numbers_in(array: Any) -> Iterator[Any]:
    """The numbers of an array, row behind row."""
    if isinstance(array, tuple):
        for part in array:
            yield from numbers_in(part)
    else:
        yield array


def places(shape: Shape) -> Iterator[Place]:
    """The places of an array's numbers, each axis counted from 1, the last one fastest."""
    return product(*(range(1, length + 1) for length in shape))


def at(array: Any, place: Place) -> Any:
    """The number at a place. An axis of length 1 has the same number all along; where the array
    has fewer axes, what stands at the first of them stands for all of it."""
    for position in place:
        if not isinstance(array, tuple):
            break
        array = array[position - 1 if len(array) > 1 else 0]
    return array


def place_in(array: Any, place: Place) -> Place:
    """Where the number stands in an array that :func:`at` finds at a place."""
    return tuple(n if length > 1 else 1 for n, length in zip(place, shape_of(array), strict=False))


def said_of(shape: Shape) -> str:
    """A shape in words: ``3 numbers``, ``2 × 3 numbers``."""
    return "1 number" if shape == (1,) else f"{' × '.join(map(str, shape))} numbers"


def to_rows(
    value: Any,
    what: str,
    allowed: Callable[[Decimal], bool] = lambda _: True,
    *,
    infinite: bool = False,
) -> Rows:
    """Rows of numbers that are ``what``, all of one length. A single row may stand without its outer
    brackets, and a single number without any."""
    array = at_most_rows(to_array(value, what, allowed, infinite=infinite))
    return array if isinstance(array[0], tuple) else (array,)


def at_most_rows(array: Array) -> Array:
    """The same array, where it has no more than two axes.

    Raises:
        ValueError: it has.
    """
    shape = shape_of(array)
    if len(shape) == 3 and 1 in shape[:2]:  # a batch of one
        return array[0] if shape[0] == 1 else tuple(row for (row,) in array)
    if len(shape) > 2:
        message = f"expected rows of numbers, got {said_of(shape)}"
        raise ValueError(f"{message}; of a batch give one sequence, as in x[0] or x[:, 0]")
    return array


def to_logits(value: Any) -> Rows:
    """Rows of logits, those of a row not too far apart for a softmax."""
    return check_logits(to_rows(value, "a number"))


def check_logits(array: Array) -> Array:
    """The same logits, where those along the last axis are not too far apart for a softmax.

    Raises:
        Refusals: some are.
    """
    apart = f"its numbers are more than {FURTHEST_LOGITS:.0e} apart"
    found: list[tuple[Path, str]] = []
    for place in places(shape_of(array)[:-1]):
        row: Any = array
        for position in place:
            row = row[position - 1]
        if max(row) - min(row) > FURTHEST_LOGITS:
            found.append((tuple(position - 1 for position in place), apart))
    if found:
        raise Refusals(found)
    return array


def _to_cell(value: Any) -> str:
    """A class, or a number of Python or NumPy as it prints: 0.25 is a soft label."""
    if isinstance(value, float | Decimal):
        return str(to_number(value))
    return to_label(value)


def resolve_target(target: str | tuple[str, ...], classes: Sequence[str]) -> tuple[Decimal, ...]:
    """A true distribution: as many numbers as there are classes.

    Args:
        target: one of :data:`Targets`: a class, by its name or its index from 0, or a row of numbers.
        classes: the names of the classes.

    Raises:
        Refusals: it is neither, with paths from there on.
    """
    width = len(classes)
    if not isinstance(target, tuple):
        own = class_index(target, classes, ())
        return tuple(Decimal(int(n == own)) for n in range(width))
    if len(target) != width:
        message = f"expected {width} numbers, one for each class, got {len(target)}"
        raise Refusals([((), message)])
    return tuple(read_each(enumerate(target), to_probability))


def class_index(label: str, classes: Sequence[str], path: Path) -> int:
    """The position of a class, given by its name or by its index from 0.

    Raises:
        Refusals: there is no such class.
    """
    if label in classes:
        return list(classes).index(label)
    index = to_index(label)
    if index is not None and index < len(classes):
        return index
    message = f"{describe(label)} is no class; there are {', '.join(classes)}"
    if index == len(classes):
        message += "; they count from 0"
    raise Refusals([(path, message)])


def to_index(label: str) -> int | None:
    """The whole number from 0 that a text is, also as arrays of doubles print it: 2, 2.0, 2."""
    found = _INDEX.fullmatch(label)
    return int(found[1]) if found else None


def rows_schema(cell: dict[str, Any]) -> WithJsonSchema:
    """The JSON Schema of a table of such cells, or of one row of them, or of one cell."""
    return WithJsonSchema(_in_lists(cell, 2))


def array_schema(cell: dict[str, Any]) -> WithJsonSchema:
    """The JSON Schema of an array of such cells, or of one of them."""
    return WithJsonSchema(_in_lists(cell, MOST_AXES))


def _in_lists(cell: dict[str, Any], axes: int) -> dict[str, Any]:
    if not axes:
        return cell
    kinds = [cell["type"]] if isinstance(cell["type"], str) else cell["type"]
    return {**cell, "type": ["array", *kinds], "items": _in_lists(cell, axes - 1)}


_PROBABILITY: Any = {"what": "a number between 0 and 1", "allowed": is_probability}
_LOG_PROBABILITY: Any = {
    "what": "a logarithm of a probability, 0 or less",
    "allowed": lambda number: number <= 0,
    "infinite": True,
}
NumberArray: TypeAlias = Annotated[Array, array_field("a number"), array_schema({"type": "number"})]
ProbabilityArray: TypeAlias = Annotated[
    Array, array_field(**_PROBABILITY), array_schema(PROBABILITY)
]
#: What is true, as probabilities of a 1.
TruthArray: TypeAlias = Annotated[
    Array,
    ReadBy(_to_truth),
    array_schema({**PROBABILITY, "type": ["number", "boolean"]}),
]
LogProbabilityArray: TypeAlias = Annotated[
    Array,
    ReadBy(partial(to_array, **_LOG_PROBABILITY)),
    array_schema({"type": "number", "maximum": 0}),
]
LogitArray: TypeAlias = Annotated[
    Array,
    ReadBy(lambda value: check_logits(to_array(value, "a number"))),
    array_schema({"type": "number"}),
    Moves(Kind.NUMBER),
]
#: Numbers in lists, or one for all.
WeightArray: TypeAlias = Annotated[
    Any,
    ReadBy(lambda value: to_array(value, "a number") if is_list(value) else to_number(value)),
    array_schema({"type": "number"}),
]
MaskArray: TypeAlias = Annotated[
    Array,
    ReadBy(partial(to_array, what="0 or 1", allowed=lambda n: n in (0, 1), flags=True)),
    array_schema({"type": ["number", "boolean"], "minimum": 0, "maximum": 1}),
]
NumberRows: TypeAlias = Annotated[
    Rows, ReadBy(partial(to_rows, what="a number")), rows_schema({"type": "number"})
]
LogitRows: TypeAlias = Annotated[
    Rows, ReadBy(to_logits), rows_schema({"type": "number"}), Moves(Kind.NUMBER)
]
ProbabilityRows: TypeAlias = Annotated[
    Rows,
    ReadBy(partial(to_rows, **_PROBABILITY)),
    rows_schema(PROBABILITY),
    Moves(Kind.DISTRIBUTION),
]
LogProbabilityRows: TypeAlias = Annotated[
    Rows,
    ReadBy(partial(to_rows, **_LOG_PROBABILITY)),
    rows_schema({"type": "number", "maximum": 0}),
]
#: What is true, as classes (one text each) or as rows of numbers: which of the two can only be told
#: beside the predictions, see :func:`resolve_target`.
Targets: TypeAlias = Annotated[
    tuple[Any, ...], ReadBy(lambda value: nested(value, _to_cell)), rows_schema(SCALAR)
]

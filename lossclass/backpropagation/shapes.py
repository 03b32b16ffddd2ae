"""Derivatives by the key of the problem that they belong to, in the shape of what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lossclass.arithmetic.expression import Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.rnn.inputs import Rnn
from lossclass.rnn.parameters import parameters
from lossclass.working import Place


def nested(numbers: Mapping[Place, Any]) -> Any:
    """Numbers by place, in lists of lists; in mappings where a place has a name."""
    if () in numbers:
        return numbers[()]
    inside: dict[int | str, dict[Place, Any]] = {}
    for (first, *rest), number in numbers.items():
        inside.setdefault(first, {})[tuple(rest)] = number
    made = {first: nested(each) for first, each in inside.items()}
    if all(isinstance(first, int) for first in made):
        return [made[first] for first in sorted(made, key=int)]
    return made


def like(written: Any, numbers: Any) -> Any:
    """Nested numbers without the outer brackets of one that the problem does not write."""
    while _depth(numbers) > _depth(written) and len(numbers) == 1:
        (numbers,) = numbers
    return numbers


def _depth(value: Any) -> int:
    if hasattr(value, "ndim"):
        return int(value.ndim)
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def in_shape(
    values: Mapping[str, Mapping[Place, Any]], data: Mapping[str, Any], rnn: Rnn | None
) -> dict[str, Any]:
    """Values by key and place as the problem writes what they belong to.

    Args:
        data: the problem's keys and values as they were written.
        rnn: the problem's network, if it has one.
    """
    shaped: dict[str, Any] = {}
    for key, numbers in values.items():
        shaped[key] = nested(numbers)
        if key in data:
            shaped[key] = like(data[key], shaped[key])
    for parameter in parameters(rnn) if rnn is not None else ():
        if parameter.name in values:
            shaped[parameter.name] = parameter.arranged(list(values[parameter.name].values()))
    return shaped


def with_what_is_left_out(numbers: Mapping[Place, Any], array: Any) -> Mapping[Place, Any]:
    """Numbers by place, and 0 at the places of an array that have none: what a mask leaves out is
    not in the working, and the loss does not change with it."""
    every: dict[Place, Any] = {place: numbers.get(place, 0) for place in _places_in(array)}
    # other places are those of something that is written with fewer brackets, or by name
    return every if numbers.keys() <= every.keys() else numbers


def _places_in(array: Any) -> Iterator[Place]:
    if not isinstance(array, tuple):
        yield ()
        return
    for position, part in enumerate(array, start=1):
        yield from ((position, *place) for place in _places_in(part))


def rows_of(
    numbers: Mapping[Place, Quantity], cell: Callable[[Quantity], Any]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The head and the rows of a table: a vector down, a matrix as it is, anything else as a list
    of places. Where symbols have names, as A(N, V) and y₁,₀(a), these stand there."""
    depths = {len(place) for place in numbers}
    width = len({place[1:] for place in numbers})
    is_matrix = depths == {2} and all(isinstance(i, int) for place in numbers for i in place)
    if is_matrix and len(numbers) == width * len({place[0] for place in numbers}):
        names = {place: _names(place, number) for place, number in numbers.items()}
        columns = {place[1]: names[place][1] for place in numbers}
        rows: dict[int | str, list[Any]] = {}
        for place, number in numbers.items():
            rows.setdefault(place[0], [names[place][0]]).append(cell(number))
        return ("", *columns.values()), [*map(tuple, rows.values())]
    return ("", "derivative"), [(_said(place, each), cell(each)) for place, each in numbers.items()]


def _names(place: Place, number: Quantity) -> list[str]:
    """What a place is called: the indices and names of what stands there, if it has as many."""
    symbol = number.symbol
    parts = [*map(str, symbol.index), *map(_text, symbol.arguments)]
    return parts if symbol.arguments and len(parts) == len(place) else [*map(str, place)]


def _said(place: Place, number: Quantity) -> str:
    """What a place is called in a list."""
    if number.symbol.arguments and len(number.symbol.index + number.symbol.arguments) > 1:
        return PLAIN.symbol(number.symbol)
    return ", ".join(_names(place, number))


def _text(argument: Symbol | str) -> str:
    return argument if isinstance(argument, str) else PLAIN.symbol(argument)

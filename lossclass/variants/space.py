"""Which numbers of a problem may change from variant to variant, and what they may become.

What ``vary`` does not name moves on the grid of the decimals it is written with: probabilities
between 0 and 1, the rows of distributions with the sum that they had; other numbers about as far
as those of their key lie apart (a number alone by half of itself), with the sign that they have.
0 and, among probabilities, 1 stay, and so does a key that has nothing but 0, 1 and -1. What is
true, what the network reads, labels, weights and settings stay unless ``vary`` names them. Texts
that are compared become others of the same lengths, of the same symbols; what two of them have in
common, in the same order, they still have.

Where that gives a class too few variants there are wider spaces: numbers go farther, then in finer
steps. What is said above holds in all of them, and no rule of ``vary`` is widened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from difflib import SequenceMatcher
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TypeAlias

from lossclass import losses
from lossclass.arithmetic.number import WORKING
from lossclass.errors import UsageError
from lossclass.problem.fields import to_number
from lossclass.problem.moves import Kind, NumbersAt, keys_with_numbers
from lossclass.problem.predictions import FROM_FILES, KEY
from lossclass.problem.problem import Problem
from lossclass.problem.vary import Fixed, Varied, decimals, rule_for
from lossclass.problem.yaml_source import Path, dotted
from lossclass.records import record
from lossclass.variants.rows import Place, Row
from lossclass.variants.sampling import Draws

_PROBABILITIES = (Kind.DISTRIBUTION, Kind.PROBABILITY)
_LEFT_OUT: Final = ("published", "vary")
#: Keys that say what a mark is, not what is to be worked out.
_OF_MARKS: Final = ("digits", "points", "follow_through")
#: Nobody adds up many numbers with more decimals than these, unless they were written with more.
_FINEST: Final = Decimal("0.001")

#: Where a number stands, and what it is in a variant.
Change: TypeAlias = tuple[Path, Decimal]


class Width(NamedTuple):
    """How far numbers move of which nothing is said: so many times as far as usual, and each step
    divided into so many."""

    reach: Decimal = Decimal(1)
    parts: int = 1


_USUAL: Final = Width()
_NEAR: Final = Width(Decimal("0.25"))
_FAR: Final = Decimal(2)
#: From the usual one up; each holds all numbers of those before it.
_WIDTHS: Final = (_USUAL, *(Width(_FAR, parts) for parts in (1, 2, 10, 20, 100)))


@record
class Space:
    """All variants that a problem can have: rows of numbers that move.

    Attributes:
        every_row: also those that cannot be anything else than they are.
        texts: whose symbols are among them.
    """

    data: Mapping[str, Any]
    rows: tuple[Row, ...]
    every_row: tuple[Row, ...]
    texts: tuple[NumbersAt, ...] = ()

    @property
    def written(self) -> tuple[int, ...]:
        """The numbers of the original, one row behind another, each in its row's unit."""
        return tuple(number for row in self.rows for number in row.written)

    @property
    def moving(self) -> frozenset[Path]:
        """Where the numbers stand that can become others."""
        return frozenset(p.path for row in self.rows for p in row.places if len(p.allowed) > 1)

    def draw(self, draws: Draws) -> tuple[int, ...]:
        """Other numbers, in the same order."""
        return tuple(number for row in self.rows for number in row.draw(draws))

    def changes(self, numbers: Sequence[int]) -> frozenset[Change]:
        """What is other than in the original: nothing else tells two variants apart."""
        places = ((place, row.exponent) for row in self.rows for place in row.places)
        return frozenset(
            (place.path, Decimal(number).scaleb(exponent, WORKING).normalize(WORKING))
            for (place, exponent), number in zip(places, numbers, strict=True)
            if number != place.written
        )

    def with_numbers(self, numbers: Sequence[int]) -> dict[str, Any]:
        """The problem's keys with other numbers; what is published belongs to the old ones."""
        data: dict[str, Any] = plain_copy(_asked(self.data))
        for text in self.texts:
            _put(data, text.path, [*text.value])
        places = ((place, row) for row in self.rows for place in row.places)
        for (place, row), number in zip(places, numbers, strict=True):
            for path in (place.path, *place.also):
                _put(data, path, row.text(place, number))
        for text in self.texts:
            if text.joined is not None:
                _put(data, text.path, text.joined.join(at_path(data, text.path)))
        return data


def at_path(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _put(data: Any, path: Path, value: Any) -> None:
    at_path(data, path[:-1])[path[-1]] = value


def _asked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that say what is to be worked out."""
    return {key: each for key, each in data.items() if key not in _LEFT_OUT}


def plain_copy(value: Any) -> Any:
    """The data of a problem in lists, mappings and texts of their own, which can be sent to
    another process and written as YAML."""
    if isinstance(value, Mapping):
        return {str(key): plain_copy(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_copy(each) for each in value]
    return str(value)


def spaces_of(problem: Problem, *, near: bool = False) -> list[Space]:
    """The variants that a problem can have, from those in the usual space to those in the widest.

    Args:
        near: whether the first is a smaller one, nearer to the original.

    Raises:
        UsageError: its numbers are in a file, or nothing in it may change, or a rule of ``vary``
            leaves no room.
    """
    for key, value in _texts_in(problem.data):
        is_name = isinstance(value, str) and PurePath(value).suffix in (".npy", ".csv")
        if key == KEY or (key in FROM_FILES and is_name):
            message = f"{key}: its numbers are in a file; variants need them in the problem"
            raise _error(problem, message)
    rules = problem.inputs.vary
    with localcontext(WORKING):
        found = keys_with_numbers(type(problem.inputs), _asked(problem.data), losses)
        keys = [key for key in found if key.path[0] not in _OF_MARKS]
        used = {name for key in keys for name in rules if _is_at(name, key.path)}
        for name in rules:
            if name not in used and not isinstance(rules[name], Fixed):
                raise _error(problem, f"vary.{name}: there is no number that could move")
        widths = (_NEAR, *_WIDTHS[1:]) if near else _WIDTHS
        spaces = [_space(problem, keys, width) for width in widths]
    different = [each for n, each in enumerate(spaces) if not n or each != spaces[n - 1]]
    spaces = [each for each in different if each.rows]
    if not spaces:
        raise _error(problem, "there is no number in it that may change; 'vary' can name some")
    return spaces


def _space(problem: Problem, keys: Sequence[NumbersAt], width: Width) -> Space:
    texts = tuple(key for key in keys if key.kind is Kind.SYMBOL)
    rows = [row for key in keys if key not in texts for row in _rows_of(key, problem, width)]
    rows += _rows_of_texts(texts, problem)
    return Space(problem.data, tuple(row for row in rows if row.moves), tuple(rows), texts)


def _error(problem: Problem, message: str) -> UsageError:
    return UsageError(problem.in_file(message))


def _texts_in(data: Any) -> Iterator[tuple[str, Any]]:
    """All keys with what stands behind them, also of problems in the problem."""
    if isinstance(data, Mapping):
        yield from data.items()
    for each in data.values() if isinstance(data, Mapping) else data:
        if isinstance(each, Mapping | list | tuple):
            yield from _texts_in(each)


def _is_at(name: str, path: Path) -> bool:
    """Whether a rule's name leads to a key, to something inside it, or to what it is inside of."""
    name, here = f"{name}.", f"{dotted(path)}."
    return here.startswith(name) or name.startswith(here)


# --- the rows of a key ---


def _rows_of(key: NumbersAt, problem: Problem, width: Width) -> Iterator[Row]:
    rules = problem.inputs.vary
    rows = [*_numbers(key.value, key.path)]
    numbers = [number for row in rows for _, number in row]
    spread = max(numbers, default=Decimal(0)) - min(numbers, default=Decimal(0))
    # Nothing but 0, 1 and -1 is labels, one-hot rows, and weights that are left as they are.
    kind = None if all(number in (-1, 0, 1) for number in numbers) else key.kind
    for row in rows:
        found = [rule_for(path, rules) for path, _ in row]
        grids = [
            _grid(number, rule, kind, spread, width)
            for (_, number), rule in zip(row, found, strict=True)
        ]
        unit = -max(decimals(number) for _, number in row)
        unit = min(unit, *(-decimals(each) for grid in grids for each in grid))
        places = [
            _place(path, number, grid, unit)
            for (path, number), grid in zip(row, grids, strict=True)
        ]
        keeps = all(rule is None or rule.keep_sum for rule in found)
        keeps = keeps and key.kind is Kind.DISTRIBUTION and len(places) > 1
        made = Row(key.path, tuple(places), unit, keeps)
        _check_room(made, key, problem)
        yield made


def _grid(
    number: Decimal, rule: Varied | None, kind: Kind | None, spread: Decimal, width: Width
) -> _Grid:
    """Where a number may move."""
    moves = _default(number, kind, spread, width) if rule is None else None
    if rule is not None and not isinstance(rule, Fixed):
        moves = _named(number, rule, kind, spread)
    return moves or _Grid(number, number, Decimal(1).scaleb(-decimals(number)))


def _numbers(value: Any, path: Path) -> Iterator[list[tuple[Path, Decimal]]]:
    """The rows of numbers in a value; what is none, is none of ours."""
    if not isinstance(value, list | tuple | Mapping):
        value, path = {path[-1]: value}, path[:-1]
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    row = []
    for part, each in items:
        if isinstance(each, list | tuple | Mapping):
            yield from _numbers(each, (*path, part))
            continue
        try:
            row.append(((*path, part), to_number(each)))
        except ValueError:
            return
    if row:
        yield row


# --- texts ---


def _rows_of_texts(texts: Sequence[NumbersAt], problem: Problem) -> Iterator[Row]:
    """A row for each symbol, and one for what two texts have in common; none of texts that stay."""
    rules = problem.inputs.vary
    alphabet = tuple(sorted({symbol for text in texts for symbol in text.value}))
    moving = {text.path for text in texts if rule_for(text.path, rules) is None}
    for text in texts:
        if text.path not in moving and not isinstance(rule_for(text.path, rules), Fixed):
            raise _error(
                problem, f"vary.{dotted(text.path)}: a text has no numbers; it may be fixed"
            )
    also: dict[Path, list[Path]] = {}
    for other in texts[1:]:
        common = SequenceMatcher(None, texts[0].value, other.value, autojunk=False)
        for i, j, length in common.get_matching_blocks():
            for n in range(length if other.path in moving else 0):
                also.setdefault((*texts[0].path, i + n), []).append((*other.path, j + n))
    shared = {path for paths in also.values() for path in paths}
    for text in texts:
        for n, symbol in enumerate(text.value):
            path = (*text.path, n)
            if text.path in moving and path not in shared:
                written, allowed = alphabet.index(symbol), range(len(alphabet))
                place = Place(path, written, allowed, 0, alphabet, tuple(also.get(path, ())))
                yield Row(text.path, (place,), 0, keeps_sum=False)


# --- the grid of a number ---


class _Grid(NamedTuple):
    """From where to where, in which steps."""

    least: Decimal
    most: Decimal
    step: Decimal


def _default(
    number: Decimal, kind: Kind | None, spread: Decimal, width: Width = _USUAL
) -> _Grid | None:
    """Where a number moves of which nothing is said; None if it stays."""
    written = Decimal(1).scaleb(-decimals(number))
    if kind is None or not number:
        return None
    step = max(written / width.parts, min(written, _FINEST))
    if kind in _PROBABILITIES:
        return None if number == 1 or written == 1 else _Grid(step, 1 - step, step)
    reach = width.reach * max(written, (spread or abs(number)) / 2)
    least = max(step, abs(number) - reach)
    least = (least / step).to_integral_value(ROUND_CEILING) * step
    most = ((abs(number) + reach) / step).to_integral_value(ROUND_FLOOR) * step
    return _Grid(least, most, step) if number > 0 else _Grid(-most, -least, step)


def _named(number: Decimal, rule: Varied, kind: Kind | None, spread: Decimal) -> _Grid:
    """Where a rule lets a number move. Its grid begins at ``min``, or else has the number on it."""
    usual = _default(number, kind or Kind.NUMBER, spread) or _Grid(number, number, Decimal(1))
    step = rule.step or Decimal(1).scaleb(
        -max(decimals(each) for each in (number, rule.min or Decimal(0), rule.max or Decimal(0)))
    )
    most = usual.most if rule.max is None else rule.max
    least = rule.min
    if least is None:
        least = number - ((number - usual.least) / step).to_integral_value(ROUND_FLOOR) * step
    return _Grid(least, most, step)


def _place(path: Path, number: Decimal, grid: _Grid, unit: int) -> Place:
    def units(exact: Decimal) -> int:
        return int(exact.scaleb(-unit))

    shown = max(decimals(grid.least), decimals(grid.step))
    allowed = range(units(grid.least), units(grid.most) + 1, units(grid.step))
    return Place(path, units(number), allowed, shown)


def _check_room(row: Row, key: NumbersAt, problem: Problem) -> None:
    """Refuse rules that leave a number nowhere to be, or a row no sum that it had."""
    name = ".".join(map(str, key.path))
    if any(not place.allowed for place in row.places):
        raise _error(problem, f"vary: there is no number left that {name} may have")
    if row.is_stuck:
        message = f"vary: {name} cannot keep its sum on this grid; 'keep_sum: false' lets it change"
        raise _error(problem, message)

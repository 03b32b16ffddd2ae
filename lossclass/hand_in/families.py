"""Steps of one kind, told apart by their numbers: in which a list or a table without a name that is
known can be found again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, TypeAlias

_NUMBERS: Final = re.compile(r"(?:\.\d+)+$")
#: These are the values of too many steps to tell one.
_SMALL: Final = frozenset({Decimal(0), Decimal(1)})
#: So many kinds of steps are put together at most, to find those of a list.
_MOST_KINDS: Final = 10
_LONGEST_LIST: Final = 40

#: The numbers of an id.
Index: TypeAlias = tuple[int, ...]
Rows: TypeAlias = Sequence[Sequence[Decimal]]


class Families:
    """The steps that differ in their numbers alone: ``hinge.1`` and ``hinge.2``.

    Args:
        ids: of all steps, in their order.
        comes_to: whether a step comes to a number.
    """

    def __init__(self, ids: Iterable[str], comes_to: Callable[[str, Decimal], bool]) -> None:
        self.comes_to = comes_to
        #: Lists of them by their length, and tables by how many rows and columns they have.
        self.of_shape: dict[tuple[int, int], list[list[str]]] = defaultdict(list)
        for steps in kinds_of(ids).values():
            for rows in _tables(steps):
                flat = [id for row in rows for id in row]
                self.of_shape[len(rows), len(rows[0])].append(flat)

    def fitting(
        self, rows: Rows, taken: Iterable[str], named: Sequence[str | None]
    ) -> list[str] | None:
        """The steps of the numbers of a list (one row) or of a table, row by row: of those of its
        shape, those of which most come to the numbers, and half of them at least; None if there are
        none. A list of which not all fit needs two numbers that are no single digits, or the ``named``
        steps. Where several fit as well, the first of which none is taken."""
        if len({*map(len, rows)}) != 1:
            return None
        numbers = [number for row in rows for number in row]
        is_table = len(rows) > 1 < len(rows[0])
        telling = [n for n, number in enumerate(numbers) if is_table or number not in _SMALL]
        best, most = None, max(2, (len(telling) + 1) // 2) - 1
        is_taken = {*taken}
        for ids in self.of_shape[len(rows), len(rows[0])]:
            fitting = [numbers[n] for n in telling if self.comes_to(ids[n], numbers[n])]
            sure = sum(len(number.as_tuple().digits) > 1 for number in fitting)
            is_sure = is_table or sure > 1 or ids == named or len(fitting) == len(telling)
            count = len(fitting) if is_sure else 0
            if count > most or (best and count == most and is_taken.issuperset(best)):
                best, most = ids, count
        return best


def kind_of(id: str) -> str:
    """What an id has before its numbers."""
    return _NUMBERS.sub("", id)


def kinds_of(ids: Iterable[str]) -> Mapping[str, Mapping[Index, str]]:
    """Ids by their numbers, of each kind: by what they have before these."""
    found: dict[str, dict[Index, str]] = {}
    for id in ids:
        kind = kind_of(id)
        numbers = id.removeprefix(kind).split(".")[1:]
        found.setdefault(kind, {})[tuple(map(int, numbers))] = id
    return found


def _tables(steps: Mapping[Index, str]) -> Iterator[list[list[str]]]:
    """All that steps of one kind can be written as: a list of those that differ in one number alone,
    a table of those that differ in two."""
    depth = max(map(len, steps))
    for axis in range(depth):
        lists: dict[Index, list[str]] = defaultdict(list)
        for index in sorted(each for each in steps if len(each) == depth):
            lists[index[:axis] + index[axis + 1 :]].append(steps[index])
        found = list(lists.values())
        yield from ([each] for each in found if len(each) > 1)
        if depth == 2 and len(found) > 1 and len({*map(len, found)}) == 1 < len(found[0]):
            yield found
            if axis:  # row by row
                yield [[id for row in found for id in row]]


def steps_in_order(
    numbers: Sequence[Decimal],
    kinds: Sequence[Sequence[str]],
    places: Mapping[str, int],
    fits: Callable[[Sequence[str], int], bool],
) -> list[str] | None:
    """The steps of a list of numbers of which some are wrong: those of all steps of some kinds, in the
    order in which they are worked or kind by kind, of which as many numbers as possible fit, two of three at
    least, and more than those of any other; None if there are none.

    Args:
        kinds: the ids of each kind of steps.
        places: where each step stands.
        fits: whether the number at a place fits the step that it then is of.
    """
    telling = [n for n, number in enumerate(numbers) if number not in _SMALL]
    if len(kinds) > _MOST_KINDS or not 1 < len(telling) <= _LONGEST_LIST:
        return None
    counts: dict[tuple[str, ...], int] = {}
    for length in range(1, len(kinds) + 1):
        for chosen in combinations(kinds, length):
            ids = [id for kind in chosen for id in kind]
            if len(ids) == len(numbers):
                for ordered in (tuple(ids), tuple(sorted(ids, key=places.__getitem__))):
                    counts[ordered] = sum(fits(ordered, n) for n in telling)
    most = max(counts.values(), default=0)
    best = [ids for ids, count in counts.items() if count == most]
    return [*best[0]] if len(best) == 1 and most >= max(2, 2 * len(telling) / 3) else None

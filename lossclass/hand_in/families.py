"""Steps of one kind, told apart by their numbers: in which a list or a table without a name that is
known can be found again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

_NUMBERED: Final = re.compile(r"(.+?)\.(\d+(?:\.\d+)*)")
#: These are the values of too many steps to tell one.
_SMALL: Final = frozenset({Decimal(0), Decimal(1)})

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
        named: dict[str, dict[tuple[int, ...], str]] = defaultdict(dict)
        for id in ids:
            if found := _NUMBERED.fullmatch(id):
                named[found[1]][tuple(map(int, found[2].split(".")))] = id
        for steps in named.values():
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


def _tables(steps: dict[tuple[int, ...], str]) -> Iterator[list[list[str]]]:
    """All that steps of one kind can be written as: a list of those that differ in one number alone,
    a table of those that differ in two."""
    depth = max(map(len, steps))
    for axis in range(depth):
        lists: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for index in sorted(each for each in steps if len(each) == depth):
            lists[index[:axis] + index[axis + 1 :]].append(steps[index])
        found = list(lists.values())
        yield from ([each] for each in found if len(each) > 1)
        if depth == 2 and len(found) > 1 and len({*map(len, found)}) == 1 < len(found[0]):
            yield found
            if axis:  # row by row
                yield [[id for row in found for id in row]]

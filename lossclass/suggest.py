"""What a mistyped name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: So many letters of a word for each that may be wrong in it, and of those that begin a longer one.
_LETTERS_A_MISTAKE: Final = 4
_BEGINNING: Final = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was probably meant to be, as it is written: with a letter in four
    wrong, too many, too few or in its neighbour's place; or the beginning of it. Capitals do not
    count. None where none is likely."""
    typed = word.casefold()
    found: list[tuple[int, str]] = []
    for each in known:
        other = each.casefold()
        longest, shortest = max(len(typed), len(other)), min(len(typed), len(other))
        may_be = max(1, longest // _LETTERS_A_MISTAKE) if shortest > 1 else 0
        wrong = _distance(typed, other) if longest - shortest <= may_be else longest
        if wrong <= may_be:
            found.append((wrong, each))
        elif len(typed) >= _BEGINNING and other.startswith(typed):
            found.append((len(other), each))
    return min(found, key=lambda each: each[0])[1] if found else None


def _distance(one: str, other: str) -> int:
    """How many letters are to be changed, added, taken away, or swapped with the next."""
    before: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for n, letter in enumerate(one, start=1):
        previous, row = row, [n]
        for m, its in enumerate(other, start=1):
            least = min(previous[m] + 1, row[m - 1] + 1, previous[m - 1] + (letter != its))
            if n > 1 and m > 1 and letter == other[m - 2] and one[n - 2] == its:
                least = min(least, before[m - 2] + 1)
            row.append(least)
        before = previous
    return row[-1]

"""Alignments: what they collapse to, and how they are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

#: Between symbols of more than one character, and between symbols with spaces in them.
_GAP, _WIDE_GAP = " ", " · "


def merge_repeats(alignment: Sequence[str]) -> tuple[str, ...]:
    """The alignment with every run of one symbol merged into one.

    >>> merge_repeats("H-E-LL-O")
    ('H', '-', 'E', '-', 'L', '-', 'O')
    """
    return tuple(symbol for symbol, _ in groupby(alignment))


def remove_blanks(symbols: Sequence[str], blank: str) -> tuple[str, ...]:
    """The symbols that are not the blank."""
    return tuple(symbol for symbol in symbols if symbol != blank)


def collapse(alignment: Sequence[str], blank: str) -> tuple[str, ...]:
    """The label sequence that an alignment stands for: repeats merged, then blanks removed.

    >>> "".join(collapse("H-E-LL-O", "-"))
    'HELO'
    """
    return remove_blanks(merge_repeats(alignment), blank)


class Spelling:
    """How symbols are written side by side: closed up while all are single characters."""

    def __init__(self, symbols: Collection[str]) -> None:
        self._gap = "" if all(len(symbol) == 1 for symbol in symbols) else _GAP
        if any(" " in symbol for symbol in symbols):
            self._gap = _WIDE_GAP

    def __call__(self, symbols: Sequence[str]) -> str:
        """The symbols as one text; ``(empty)`` for none."""
        return self._gap.join(symbols) or "(empty)"

    def short(self, symbols: Sequence[str], most: int = 30) -> str:
        """The same, with the middle of a long sequence left out."""
        if len(symbols) <= most:
            return self(symbols)
        return f"{self(symbols[: most // 2])} … {self(symbols[-most // 2 :])}"

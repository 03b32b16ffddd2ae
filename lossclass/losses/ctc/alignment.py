"""What alignments collapse to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


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


def collapsed(argument: str) -> str:
    """The directive ``ctc.collapse ALIGNMENT blank SYMBOL``: what an alignment spells, merged and
    in the end."""
    path, word, blank = argument.partition(" blank ")
    if not word:
        raise ValueError("expected ALIGNMENT blank SYMBOL")
    return f"{path}  →  {''.join(merge_repeats(path))}  →  {''.join(collapse(path, blank))}"

"""How symbols are written side by side, as one sequence."""

from __future__ import annotations

from collections.abc import Collection, Sequence

#: Between symbols of more than one character, and between symbols with spaces in them.
_GAP, _WIDE_GAP = " ", " · "
#: Of a longer sequence, the middle is left out where space is short.
_MOST = 30


class Spelling:
    """How symbols are written side by side: closed up while all are single characters."""

    def __init__(self, symbols: Collection[str]) -> None:
        self._gap = "" if all(len(symbol) == 1 for symbol in symbols) else _GAP
        if any(" " in symbol for symbol in symbols):
            self._gap = _WIDE_GAP

    def __call__(self, symbols: Sequence[str]) -> str:
        """The symbols as one text; ``(empty)`` for none."""
        return self._gap.join(symbols) or "(empty)"

    def short(self, symbols: Sequence[str]) -> str:
        """The same, with the middle of a long sequence left out."""
        if len(symbols) <= _MOST:
            return self(symbols)
        return f"{self(symbols[: _MOST // 2])} … {self(symbols[-_MOST // 2 :])}"

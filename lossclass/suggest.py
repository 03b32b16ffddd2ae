"""What a mistyped name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, as it is written; capitals do not count."""
    from difflib import get_close_matches  # only mistakes pay for it

    written: dict[str, str] = {}
    for each in known:
        written.setdefault(each.casefold(), each)
    return next((written[each] for each in get_close_matches(word.casefold(), written, n=1)), None)

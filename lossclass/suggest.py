"""What a mistyped name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is."""
    from difflib import get_close_matches  # only mistakes pay for it

    return next(iter(get_close_matches(word, list(known), n=1)), None)

"""Whole numbers by chance that are the same on every machine and in every Python.

They are read from SHA-256 over the seed, the problem, the student and a counter, byte by byte, and
those that would favour small results are thrown away: no library's generator and no floating
point is in it.
"""

from __future__ import annotations

from hashlib import sha256

#: Stands in every hash; another way of drawing has to have another.
_SCHEME = b"lossclass variants 1"
_LENGTH_BYTES = 8
#: So many bytes more than a bound has: hardly any number is thrown away.
_SPARE_BYTES = 2
_ID_DIGITS = 12


class Source:
    """Where the numbers of a class come from.

    Args:
        seed: chosen by the teacher.
        problem: the text of the problem, as far as it matters.
    """

    def __init__(self, seed: str, problem: str) -> None:
        self._begun = sha256(_SCHEME)
        for text in (seed, problem):
            self._begun.update(_with_length(text))

    def id_of(self, student: str, width: int = 0, turn: int = 0) -> str:
        """A short name for a variant of a student, 12 hexadecimal digits; of how wide a space it is,
        and the how manieth draw from it, counted from 0."""
        hashed = self._begun.copy()
        hashed.update(b"id" + _with_length(student))
        if width or turn:
            hashed.update(_with_length(f"{width} {turn}"))
        return hashed.hexdigest()[:_ID_DIGITS]

    def draws(self, student: str) -> Draws:
        """The numbers of a student."""
        hashed = self._begun.copy()
        hashed.update(b"draws" + _with_length(student))
        return Draws(hashed.digest())


class Draws:
    """Numbers by chance, one after another, from a key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._counter = 0
        self._bytes = b""

    def below(self, bound: int) -> int:
        """A whole number from 0 to below ``bound``, each as likely as the others.

        Raises:
            ValueError: ``bound`` is not positive.
        """
        if bound < 1:
            raise ValueError(f"there is no whole number from 0 to below {bound}")
        size = (bound.bit_length() + 7) // 8 + _SPARE_BYTES
        past = (1 << 8 * size) // bound * bound
        while True:
            number = int.from_bytes(self._take(size), "big")
            if number < past:
                return number % bound

    def _take(self, size: int) -> bytes:
        while len(self._bytes) < size:
            counter = self._counter.to_bytes(_LENGTH_BYTES, "big")
            self._bytes += sha256(self._key + counter).digest()
            self._counter += 1
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        return taken


def _with_length(text: str) -> bytes:
    """A text such that no two lists of texts look the same when they are put together."""
    encoded = text.encode("utf-8")
    return len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded

"""Numbers as programs print them, as people write them: ``tensor(0.4667)`` is 0.4667, an array of
several rows is one row, and ``{'loss': 0.4667}`` says ``loss = 0.4667``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from lossclass.problem.printed import CALL, DEEPEST, SAID, TENSORFLOW

#: So many rows one array has at most.
_MOST_ROWS: Final = 100
_PAIR: Final = re.compile(
    r"""(["'])([^"']{1,60})\1\s*:\s*(\[[^\[\]]*\]|[-−+]?(?:inf\b|[\d.][^\s,;}]*))\s*(?:[,;]|(?=\})|$)"""
)
_PROMPT: Final = re.compile(r"\s*(?:In \[\d*\]:|>>> )")
_OUTPUT: Final = re.compile(r"\s*Out\[\d*\]:\s*")
_OPEN: Final = re.compile(r"\[[^A-Za-z\\$=|`]*$|\bnumpy=\s*$")
_ENTRIES: Final = re.compile(r"[\s\d.,;eE+−\-\[\]…naif]*")


def unprinted(text: str) -> str:
    """A text without what programs print around numbers."""
    if "(" not in text and "<" not in text:
        return text
    text = TENSORFLOW.sub(r"\1", SAID.sub("", text))
    for _ in range(DEEPEST):
        text, count = CALL.subn(_inside, text)
        if not count:
            break
    return text


def _inside(call: re.Match[str]) -> str:
    """What a call is of; a fraction as a quotient."""
    inside = call[2].strip().strip("'\"")
    return f"({inside.replace(',', ' /')})" if call[1] == "Fraction" and "," in inside else inside


def rows_unprinted(rows: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Rows with their numbers, without what was typed to have them printed; an array of several rows is
    the first of them."""
    at = 0
    while at < len(rows):
        n, row = rows[at]
        length = _rows_of_array(rows, at) if _OPEN.search(row) else 1
        row = " ".join([row, *(each.strip() for _, each in rows[at + 1 : at + length])])
        at += length
        if _PROMPT.match(row):
            continue
        row = unprinted(_OUTPUT.sub("", row, count=1))
        for each in (":" in row and _pairs(row)) or [row]:
            yield n, each


def _rows_of_array(rows: Sequence[tuple[int, str]], at: int) -> int:
    """How many rows there are up to the one in which the brackets are closed; 1 if they are not."""
    first = rows[at][1]
    depth = first.count("[") - first.count("]")
    if depth < 1 and not first.rstrip().endswith("numpy="):
        return 1
    for length, (_, row) in enumerate(rows[at + 1 : at + _MOST_ROWS], start=2):
        depth += row.count("[") - row.count("]")
        whole = row[: row.rfind("]") + 1] if depth <= 0 else row
        if not _ENTRIES.fullmatch(whole.partition("array(")[2] or whole):
            return 1
        if depth <= 0:
            return length
    return 1


def _pairs(row: str) -> list[str]:
    """The pairs of a dictionary, or of JSON, as equalities; none if there is more in a row."""
    rest = _PAIR.sub("", row).strip(" {}[],\t")
    return [] if rest else [f"{pair[2]} = {pair[3]}" for pair in _PAIR.finditer(row)]

"""Texts in lines that fit, measured in cells: some characters take two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain

from rich.cells import cell_len

_EMPTY_LINES = re.compile(r"\n\s*\n")
#: Where a line of a statement has to stay one: before the items of a list, and rows of a table.
_LINE = re.compile(r"\n(?=\s*(?:(?:[-*+]|\d+[.)])\s|\|))")
_SIGNS = frozenset("=≈−+·×/")
#: As many letters of a formula are not parted.
_SHORT = 28
_BEFORE_OPERATOR = re.compile(r" (?=[×·+−/] )")


def paragraphs(statement: str) -> list[list[str]]:
    """The paragraphs of a statement, each with the lines that have to stay lines."""
    found = (each.strip() for each in _EMPTY_LINES.split(statement))
    return [[" ".join(line.split()) for line in _LINE.split(each)] for each in found if each]


def folded(text: str, room: int) -> list[str]:
    """The text in lines of at most ``room`` cells, broken before operators where it can be: before a
    plus or a minus outside brackets, and where that is not enough, before any."""
    pieces = (
        [term] if cell_len(term) <= room else _BEFORE_OPERATOR.split(term) for term in _terms(text)
    )
    return filled(chain.from_iterable(pieces), room)


def _terms(text: str) -> list[str]:
    """What is added up in a formula, with its sign."""
    terms: list[str] = []
    for piece in _BEFORE_OPERATOR.split(text):
        is_in_brackets = bool(terms) and terms[-1].count("(") > terms[-1].count(")")
        if terms and (is_in_brackets or piece[0] not in "+−"):
            terms[-1] += f" {piece}"
        else:
            terms.append(piece)
    return terms


def wrapped(text: str, room: int) -> list[str]:
    """The text in lines of at most ``room`` cells, broken between words where it can be."""
    return filled(_kept_together(text.split()), room)


def _kept_together(words: Iterable[str]) -> list[str]:
    """The words; of a short formula, such as n = 3, both sides with the sign between them, and of a long
    one a sign with what stands behind it."""
    kept: list[str] = []
    is_open = False
    for word in words:
        is_sign = word in _SIGNS
        if kept and (is_sign or is_open) and len(kept[-1]) + 1 + len(word) <= _SHORT:
            kept[-1] += f" {word}"
        elif is_open and " " in kept[-1]:
            kept[-1], sign = kept[-1].rsplit(" ", 1)
            kept.append(f"{sign} {word}")
        else:
            kept.append(word)
        is_open = is_sign
    return kept


def filled(
    pieces: Iterable[str], room: float, width: Callable[[str], float] = cell_len
) -> list[str]:
    """Pieces with spaces between them, in lines that are no wider than the room where that can be."""
    lines: list[str] = []
    for piece in pieces:
        if lines and width(f"{lines[-1]} {piece}") <= room:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines or [""]

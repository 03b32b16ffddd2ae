"""Displayed mathematics in LaTeX's notation, for all that reads it, in lines that fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from rich.cells import cell_len

from lossclass.arithmetic.notation import LATEX, Notation

#: What stands after a symbol: texts, each with whether ``=`` may stand before it.
Sides: TypeAlias = Sequence[tuple[bool, str]]

#: As many characters as a line of a page takes, signs and spaces counted.
ROOM = 74
_OPERATOR = re.compile(r" (?=(?:\\times|\\cdot|[+-]) )")
_POWER_OF_TEN = re.compile(r"\\times 10\^\{-?\d+\}")
_INVISIBLE = re.compile(r"\\(?:left|right|text|mathrm|hat|frac)(?![a-z])|[{}\\^_]")
_ONE_WIDE = re.compile(r"\\(?!ln|log|exp|tanh|max|left|right|text|mathrm|hat|frac)[a-zA-Z]+")
_BARS = (r"\left\vert ", r"\right\vert ")
#: Fractions above one another, and brackets as high as they are.
HIGH = replace(LATEX, bars=_BARS)
#: All on one line, which can then be broken: also inside brackets.
FLAT = replace(HIGH, fraction=None, brackets=("(", ")"), bars=(r"\lvert ", r"\rvert "))


def width_of(text: str) -> int:
    """About how many characters wide a formula is."""
    return cell_len(_INVISIBLE.sub("", _ONE_WIDE.sub("x", text)))


def aligned(
    symbol: Callable[[Notation], str], sides: Callable[[Notation], Sides]
) -> Iterator[tuple[str, str, str]]:
    """An equation as rows of left side, sign and right side, the signs one below the other.

    A long side is broken before its operators; what follows has neither left side nor sign.
    """
    notation = HIGH
    room = ROOM - width_of(symbol(HIGH))
    if any(width_of(text) > room for _, text in sides(HIGH)):
        notation = FLAT
    left = symbol(HIGH)
    for exact, text in sides(notation):
        first, *more = _folded(text, room)
        yield left, "=" if exact else r"\approx", first
        yield from (("", "", each) for each in more)
        left = ""


def rows(lines: Iterable[tuple[str, str, str]]) -> list[str]:
    r"""The rows as ``aligned`` and ``align*`` take them, without what ends each."""
    return [
        f"{left} &{sign} {right}".strip() if sign else rf"&\quad {right}"
        for left, sign, right in lines
    ]


def _folded(text: str, room: int) -> list[str]:
    r"""The text in lines, broken before operators that are not inside braces or \left( \right)."""
    lines: list[str] = []
    for piece in _pieces(text):
        if lines and width_of(lines[-1]) + 1 + width_of(piece) <= room:
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    return lines


def _pieces(text: str) -> Iterator[str]:
    start, depth, at = 0, 0, 0
    powers = {match.start() for match in _POWER_OF_TEN.finditer(text)}
    while at < len(text):
        depth += _opens(text, at)
        if not depth and _OPERATOR.match(text, at) and at + 1 not in powers:
            yield text[start:at]
            start = at + 1
        at += 2 if text[at] == "\\" and text[at + 1 : at + 2] in {"{", "}", "\\"} else 1
    yield text[start:]


def _opens(text: str, at: int) -> int:
    r"""1 where a group begins that must not be broken, -1 where one ends."""
    if text.startswith(("{", r"\left"), at):
        return 1
    return -1 if text.startswith(("}", r"\right"), at) else 0

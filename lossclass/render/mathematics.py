"""Displayed mathematics in LaTeX's notation, for all that reads it, in lines that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rich.cells import cell_len

from lossclass.arithmetic.notation import LATEX
from lossclass.render.markup import WrittenStep
from lossclass.render.wrapping import filled

#: A place for a result, to be filled in by hand.
BLANK = r"\underline{\hspace{8em}}"
#: A line to put numbers in.
LINE = r"\underline{\hspace{24em}}"
#: As many characters as a line of a page takes, signs and spaces counted.
ROOM = 74
_OPERATOR = re.compile(r" (?=(?:\\times|\\cdot|[+-]) )")
_POWER_OF_TEN = re.compile(r"\\times 10\^\{-?\d+\}")
_INVISIBLE = re.compile(r"\\(?:left|right|text|mathrm|hat|frac)(?![a-z])|[{}\\^_]")
_ONE_WIDE = re.compile(r"\\(?!ln|log|exp|tanh|max|left|right|text|mathrm|hat|frac)[a-zA-Z]+")
#: Where a group begins that must not be broken, and where one ends.
_OPEN, _CLOSED = ("{", r"\left"), ("}", r"\right")
_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}")
_BARS = (r"\left\vert ", r"\right\vert ")
#: Fractions above one another, and brackets as high as they are.
HIGH = replace(LATEX, bars=_BARS)
#: All on one line, which can then be broken: also inside brackets.
FLAT = replace(HIGH, fraction=None, brackets=("(", ")"), bars=(r"\lvert ", r"\rvert "))


def width_of(text: str) -> int:
    """About how many characters wide a formula is."""
    text = _MATRIX.sub(lambda found: max(found[1].split(r"\\"), key=len), text)
    return cell_len(_INVISIBLE.sub("", _ONE_WIDE.sub("x", text)))


def aligned(step: WrittenStep, beside: int = 0) -> Iterator[tuple[str, str, str]]:
    """An equation as rows of left side, sign and right side, the signs one below the other.

    A long side is broken before its operators; what follows has neither left side nor sign. The first
    row takes ``beside`` characters less.
    """
    left = step.left(HIGH)
    room = ROOM - width_of(left)
    lines = step.lines(HIGH, room, BLANK, beside, LINE)
    if any(width_of(text) > room for line in lines for _, text in line):
        lines = step.lines(FLAT, room, BLANK, beside, LINE)
    for (exact, side), *others in lines:
        text = " ".join([side, *(f"{HIGH.sign(exact)} {each}" for exact, each in others)])
        first, *more = filled(_pieces(text), room, width_of)
        yield left, HIGH.sign(exact), first
        yield from (("", "", each) for each in more)
        left = ""


def equation_rows(step: WrittenStep, beside: int = 0) -> list[str]:
    r"""An equation as ``aligned`` and ``align*`` take it: rows, without what ends each."""
    return [
        f"{left} &{sign} {right}".strip() if sign else rf"&\quad {right}"
        for left, sign, right in aligned(step, beside)
    ]


def _pieces(text: str) -> Iterator[str]:
    r"""A formula in pieces, cut before operators that are not inside braces or \left( \right)."""
    start, depth, at = 0, 0, 0
    powers = {match.start() for match in _POWER_OF_TEN.finditer(text)}
    while at < len(text):
        depth += text.startswith(_OPEN, at) - text.startswith(_CLOSED, at)
        if not depth and _OPERATOR.match(text, at) and at + 1 not in powers:
            yield text[start:at]
            start = at + 1
        at += 2 if text[at] == "\\" and text[at + 1 : at + 2] in {"{", "}", "\\"} else 1
    yield text[start:]

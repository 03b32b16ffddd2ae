"""Where a comma in working is a decimal comma: of the whole document, and of each number in it, as a hand
writes commas beside the points of a pocket calculator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from lossclass.hand_in.lines import Line

_RESULT_MARK: Final = re.compile(r"[=≈]\s*[-−+]?\d+([.,])\d+[.\s]*$", re.MULTILINE)
_RESULT: Final = re.compile(r"[-−+]?\d+([.,])\d+")
#: Digits with one comma between; not the one between the indices of a letter, or of pi.
_COMMA: Final = re.compile(
    r"(?<![\d.,])(?:(?<![^\W\d_])(?<![^\W\d_][′'’])|(?<=\dx)|(?<=l[ngd])|(?<=log|exp|anh))(\d+),(\d+)(?![.,]?\d)"
)
_THOUSANDS: Final = re.compile(r"(?<![\w.,(])([1-9]\d{0,2})((?:,\d{3})+)(?![\d,])(\.\d)?")
#: What stands before a number that is worked with.
_OPERATOR: Final = re.compile(r"[·×*/+−-]\s*$")
#: Of which steps a line is, as in t = 1,2, is no number, nor is an index in braces.
_COUNTS: Final = re.compile(r"(?:\b[tijkns]\s*=\s*|\{)$")
#: A list of numbers with such commas.
_LIST: Final = re.compile(r";|(?<!\d)0,\d+,?\s")
_WORD: Final = re.compile(r"([^\W\d]*)(\s*)$")
_NAME: Final = re.compile(r"[^\W\d]\w*$")
_ARITHMETIC: Final = re.compile(r"[·×*/+−-]")
_OF_ONE: Final = frozenset({"ln", "log", "log2", "log10", "lg", "ld", "exp", "tanh", "sigmoid", "sqrt", "abs"})  # fmt: skip
#: So many characters on both sides say what a comma is.
_FAR: Final = 200
_OF_SEVERAL: Final = frozenset({"max", "min", "máx", "mín"})


def has_decimal_commas(lines: Sequence[Line]) -> bool:
    """Whether the numbers of a document have a comma where others have a point: those that lines, or
    the rows of steps, end with, if there are any, as on a worksheet the given ones are printed with
    points."""
    text = "\n".join(line.text for line in lines)
    rows = (_RESULT.fullmatch(line.cells[-1]) for line in lines if line.cells and line.tags)
    marks = [*_RESULT_MARK.findall(text), *(found[1] for found in rows if found)]
    marks = marks or re.findall(r"\d([.,])\d", text)
    return marks.count(",") > marks.count(".")


def with_points(text: str, *, commas: bool, thousands: bool = True) -> str:
    """A text with points for decimal commas, and without the commas of thousands.

    Args:
        commas: whether the decimal mark of the document is a comma.
        thousands: whether 1,234 is one thousand where it is not.
    """
    if "," not in text:
        return text
    if not commas:

        def whole(found: re.Match[str]) -> str:
            is_one = thousands or found[3] or found[2].count(",") > 1
            return found[0].replace(",", "") if is_one else found[0]

        text = _THOUSANDS.sub(whole, text)

    def mark(found: re.Match[str]) -> str:
        begins, ends = found.span()
        before, behind = text[max(0, begins - _FAR) : begins], text[ends : ends + _FAR]
        is_mark = _is_mark(before, found[0], behind, commas=commas)
        return f"{found[1]}.{found[2]}" if is_mark else found[0]

    return _COMMA.sub(mark, text)


def _is_mark(before: str, number: str, behind: str, *, commas: bool) -> bool:
    """Whether a comma between digits is a decimal comma, by what the number stands in."""
    opening = _last_open(before)
    name = _NAME.search(before[:opening]) if opening >= 0 else None
    called = name[0].casefold() if name else ""
    whole = before[opening:] + number + behind
    inside = whole[1 : _closed(whole)] if opening >= 0 else ""
    if called in _OF_SEVERAL:  # it parts the values, if nothing else does
        return bool(_OPERATOR.search(before) or re.search(r"[,;]\s|;", inside))
    if commas:
        return True
    word, blank = _WORD.findall(before)[0]
    is_zero = bool(blank) and number.startswith("0,")
    if _COUNTS.search(before) or (word and word not in _OF_ONE and not is_zero):
        return False
    if opening < 0 or called in _OF_ONE:
        return True
    is_list = _LIST.search(inside) is not None
    is_worked = bool(_ARITHMETIC.search(inside) or _OPERATOR.search(before[:opening]))
    return not called and (is_list or (is_worked and before[opening] == "("))


def _last_open(text: str) -> int:
    """Where the last bracket is opened that is not closed; -1 if there is none."""
    depths = accumulate((each in ")]") - (each in "([") for each in reversed(text))
    return next((len(text) - n for n, depth in enumerate(depths, start=1) if depth < 0), -1)


def _closed(text: str) -> int:
    """Where the bracket is closed with which a text begins."""
    depths = accumulate((each in "([") - (each in ")]") for each in text)
    return next((at for at, depth in enumerate(depths) if not depth), len(text))

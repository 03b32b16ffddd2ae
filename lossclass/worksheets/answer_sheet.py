"""An empty answer sheet: a line for every step that a worksheet asks, in YAML.

Filled in, it is what ``lossclass check`` marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent

import yaml

from lossclass.arithmetic.notation import PLAIN
from lossclass.errors import printable
from lossclass.problem.bundled import bundled_problems
from lossclass.worksheets.worksheet import Question, Worksheet

_INDENT = "  "
#: Comments begin in the same column, unless that is too far to the right.
_FURTHEST = 40
_HOW = (
    "# Fill in what you have; leave the others empty. An answer is a number, or arithmetic",
    "# that comes to one, such as 1.4/3; write 1 - 0.3 = 0.7 to show how you got it.",
)


def answer_sheets(worksheets: Iterable[Worksheet]) -> Iterator[str]:
    """A YAML document for each worksheet, with its ids in order and nothing behind them."""
    before = ""
    for worksheet in worksheets:
        yield before + "".join(f"{line}\n" for line in _lines(worksheet))
        before = "---\n"


def _lines(worksheet: Worksheet) -> Iterator[str]:
    yield f"# Answer sheet for: {_one_line(worksheet.about.title)}"
    yield from _HOW
    yield entry("problem", problem_name(worksheet.about.file))
    yield "student:"
    yield f"digits: {worksheet.digits}  # significant digits that a result has at least"
    keys = [indent(entry(question.id), _INDENT) for question in worksheet.questions]
    yield "answers:" if keys else "answers: {}"
    room = min(max(map(len, keys), default=0), _FURTHEST)
    for key, question in zip(keys, worksheet.questions, strict=True):
        yield f"{key.ljust(room)}  # {_what(question)}"


def entry(key: str, value: str | None = None) -> str:
    """A key with a text or with nothing behind it, in quotes where YAML needs them."""
    text = yaml.safe_dump({key: value}, allow_unicode=True, width=float("inf")).rstrip("\n")
    return text if value is not None else text.removesuffix(" null")


def _what(question: Question) -> str:
    symbol = PLAIN.symbol(question.quantity.symbol)
    return _one_line(", ".join(filter(None, (symbol, question.title))))


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def problem_name(file: str) -> str | None:
    """What to call the problem: the name of a bundled one, or its file if it has one."""
    if not file or file.startswith("<"):
        return None
    path = Path(file).resolve()
    bundled = (name for name, each in bundled_problems().items() if each.resolve() == path)
    return next(bundled, file)

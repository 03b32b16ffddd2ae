"""An empty answer sheet: a line for every step that a worksheet asks, in YAML.

Filled in, it is what ``lossclass check`` marks.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def answer_sheet(
    title: str,
    file: str,
    worksheets: Sequence[tuple[int, Worksheet]],
    student: str | None = None,
    variant: str = "",
) -> str:
    """A YAML document with the ids of what is asked, in order, and nothing behind them. On a sheet of
    several worksheets, an id has the number of its own before it.

    Args:
        title, file: of what is handed in: a problem or an exam.
        worksheets: each with its number; 0 for one by itself.
        student, variant: whose it is, and the id of what they were given, where that is known.
    """
    lines = [f"# Answer sheet for: {_one_line(title)}", *_HOW, entry("problem", problem_name(file))]
    lines.append(entry("student", student))
    lines += [entry("variant", variant)] if variant else []
    digits = {worksheet.digits for _, worksheet in worksheets}
    if len(digits) == 1:
        lines.append(f"digits: {digits.pop()}  # significant digits that a result has at least")
    answers = [_answers(*each) for each in worksheets]
    room = min(max((len(key) for each in answers for key, _ in each), default=0), _FURTHEST)
    lines.append("answers:" if room else "answers: {}")
    for (number, worksheet), keys in zip(worksheets, answers, strict=True):
        if number:
            lines.append(f"{_INDENT}# {_one_line(worksheet.about.title)}")
        lines += [f"{key.ljust(room)}  # {what}" for key, what in keys]
    return "".join(f"{line}\n" for line in lines)


def _answers(number: int, worksheet: Worksheet) -> list[tuple[str, str]]:
    """The keys of what a worksheet asks, each with what it is."""
    before = f"{number}." if number else ""
    return [
        (indent(entry(f"{before}{question.id}"), _INDENT), _what(question))
        for question in worksheet.questions
    ]


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

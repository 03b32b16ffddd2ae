"""GIFT: numerical questions in Moodle's plain text.

A blank line ends a question, so each of its texts is one line. What stands behind the first ``~``
matches everything, so it is last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lossclass.lms import content
from lossclass.lms.exercise import Exercise
from lossclass.lms.markup import escaped, number

_SPECIAL = re.compile(r"([~=#{}:\\])")


def export(exercises: Sequence[Exercise]) -> bytes:
    """A file for the question bank."""
    posed = content.posed(exercises)
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in posed).encode()


def _lines(posed: content.Posed) -> Iterator[str]:
    asked = posed.asked
    yield f"::{_kept(posed.name)}::[html]{_kept(posed.text)} {{#"
    yield f"={number(asked.value)}:{number(asked.tolerance)}#{_feedback(content.RIGHT)}"
    for wrong in asked.wrong:
        yield f"=%0%{number(wrong.value)}:{number(wrong.tolerance)}#{_feedback(wrong.text)}"
    yield f"~#{_feedback(content.WRONG)}"
    yield f"####{_kept(content.solution(posed.exercise, asked))}"
    yield "}"


def _feedback(text: str) -> str:
    return _kept(escaped(text))


def _kept(text: str) -> str:
    """A text with a backslash before each sign that GIFT would obey."""
    return _SPECIAL.sub(r"\\\1", text)

"""GIFT: numerical questions in Moodle's plain text.

A blank line ends a question, so each of its texts is one line. What stands behind the first ``~``
matches everything, so it is last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise
from lossclass.lms.markup import escaped, number

_SPECIAL = re.compile(r"([~=#{}:\\])")


def export(exercises: Sequence[Exercise]) -> bytes:
    """A file for the question bank."""
    questions = (
        "".join(f"{line}\n" for line in _lines(exercise, asked))
        for exercise in exercises
        for asked in exercise.asked
    )
    return "\n".join(questions).encode()


def _lines(exercise: Exercise, asked: Asked) -> Iterator[str]:
    name = _kept(content.name(exercise, asked))
    yield f"::{name}::[html]{_kept(content.question(exercise, asked))} {{#"
    yield f"={number(asked.value)}:{number(asked.tolerance)}#{_feedback(content.RIGHT)}"
    for wrong in asked.wrong:
        yield f"=%0%{number(wrong.value)}:{number(wrong.tolerance)}#{_feedback(wrong.text)}"
    yield f"~#{_feedback(content.WRONG)}"
    solution = content.solution(exercise, asked, picture=content.embedded(exercise, asked))
    yield f"####{_kept(solution)}"
    yield "}"


def _feedback(text: str) -> str:
    return _kept(escaped(text))


def _kept(text: str) -> str:
    """A text with a backslash before each sign that GIFT would obey."""
    return _SPECIAL.sub(r"\\\1", text)

"""GIFT: numerical questions in Moodle's plain text.

A blank line ends a question, so each of its texts is one line. What stands behind the first ``~``
matches everything, so it is last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from lossclass.lms import Grading, content
from lossclass.lms.exercise import Exercise
from lossclass.lms.markup import escaped, number
from lossclass.lms.moodle import category, percent, plain, sober, tags
from lossclass.render.svg import address

_SPECIAL = re.compile(r"([~=#{}:\\])")


def export(exercises: Sequence[Exercise], grading: Grading) -> bytes:
    """A file for the question bank."""
    credit = percent(grading.slip_credit)
    blocks = []
    for path, group in groupby(content.posed(exercises), lambda each: category(each.exercise)):
        blocks.append(f"$CATEGORY: {path}\n")
        blocks += ["".join(f"{line}\n" for line in _lines(each, credit)) for each in group]
    return "\n".join(blocks).encode()


def _lines(posed: content.Posed, credit: str) -> Iterator[str]:
    exercise, asked, picture = posed.exercise, posed.asked, posed.picture
    found_by = " ".join(f"[tag:{each}]" for each in tags(exercise, asked))
    yield f"// [id:{posed.id}] {found_by}"
    yield f"::{_kept(plain(posed.name))}::[html]{_kept(sober(posed.text))} {{#"
    yield f"={number(asked.value)}:{number(asked.tolerance)}#{_feedback(content.RIGHT)}"
    for wrong in asked.wrong:
        text = _feedback(wrong.text)
        yield f"=%{credit}%{number(wrong.value)}:{number(wrong.tolerance)}#{text}"
    yield f"~#{_feedback(content.WRONG)}"
    solution = content.solution(exercise, asked, address(picture.svg) if picture else "")
    yield f"####{_kept(sober(solution))}"
    yield "}"


def _feedback(text: str) -> str:
    return _kept(sober(escaped(text)))


def _kept(text: str) -> str:
    """A text with a backslash before each sign that GIFT would obey."""
    return _SPECIAL.sub(r"\\\1", text)

"""Moodle XML: numerical questions.

Moodle takes the first answer that matches, so the right one stands first, then the slips with
their own feedback, and what matches everything last. Tolerances are absolute and inclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise
from lossclass.lms.markup import XML, escaped, number, xml


def export(exercises: Sequence[Exercise]) -> bytes:
    """A file for the question bank."""
    return quiz(map(_question, content.posed(exercises)))


def quiz(questions: Iterator[str]) -> bytes:
    """The document around questions."""
    return f"{XML}<quiz>\n{''.join(questions)}</quiz>\n".encode()


def head(name: str, text: str, feedback: str) -> str:
    """What every kind of question begins with."""
    return (
        f"<name><text>{xml(name)}</text></name>\n"
        f'<questiontext format="html"><text>{_html(text)}</text></questiontext>\n'
        f'<generalfeedback format="html"><text>{_html(feedback)}</text></generalfeedback>\n'
    )


def _html(text: str) -> str:
    """XHTML as a CDATA section; MathJax is told that it holds no TeX."""
    inside = f'<div class="tex2jax_ignore mathjax_ignore">{text}</div>' if text else ""
    return f"<![CDATA[{inside}]]>"


def _question(posed: content.Posed) -> str:
    exercise, asked = posed.exercise, posed.asked
    return (
        '<question type="numerical">\n'
        + head(posed.name, posed.text, content.solution(exercise, asked))
        + "<defaultgrade>1</defaultgrade>\n<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n"
        + f"<idnumber>{posed.id}</idnumber>\n"
        + "".join(_answers(asked))
        + f"<tags><tag><text>{xml(exercise.solution.about.loss)}</text></tag></tags>\n"
        + "</question>\n"
    )


def _answers(asked: Asked) -> Iterator[str]:
    yield _answer(100, number(asked.value), number(asked.tolerance), content.RIGHT)
    for wrong in asked.wrong:
        yield _answer(0, number(wrong.value), number(wrong.tolerance), wrong.text)
    yield _answer(0, "*", "0", content.WRONG)


def _answer(fraction: int, value: str, tolerance: str, feedback: str) -> str:
    return (
        f'<answer fraction="{fraction}" format="moodle_auto_format"><text>{value}</text>'
        f"<tolerance>{tolerance}</tolerance>"
        f'<feedback format="html"><text>{_html(escaped(feedback))}</text></feedback></answer>\n'
    )

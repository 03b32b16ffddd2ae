"""Moodle's Cloze: one question with a gap for each number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise, distinct, identifier
from lossclass.lms.markup import legible, number
from lossclass.lms.moodle import head, quiz

#: What ends a feedback in a gap, or stands for something else in HTML.
_SPECIAL: Final = frozenset("&<>\"'{}~#\\$@`=%")


def export(exercises: Sequence[Exercise]) -> bytes:
    """A file for the question bank."""
    texts = [(content.name(each), _text(each)) for each in exercises]
    ids = distinct([identifier(*each) for each in texts])
    return quiz(
        _question(exercise, name, text, id)
        for exercise, (name, text), id in zip(exercises, texts, ids, strict=True)
    )


def _text(exercise: Exercise) -> str:
    if all(map(exercise.is_answer, exercise.asked)):
        gaps = "".join(f"<p>{gap(each)}</p>" for each in exercise.asked)
        return content.question(exercise, exercise.asked[0]) + gaps
    return content.sheet(exercise, {id: gap(asked) for id, asked in exercise.by_id.items()})


def _question(exercise: Exercise, name: str, text: str, id: str) -> str:
    return (
        '<question type="cloze">\n'
        + head(name, text, content.solution(exercise))
        + f"<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n<idnumber>{id}</idnumber>\n"
        + "</question>\n"
    )


def gap(asked: Asked) -> str:
    """A gap with the right number, those of slips with what to tell, and what is left."""
    answers = [
        f"={number(asked.value)}:{number(asked.tolerance)}#{feedback(content.RIGHT)}",
        *(
            f"%0%{number(wrong.value)}:{number(wrong.tolerance)}#{feedback(wrong.text)}"
            for wrong in asked.wrong
        ),
        f"%0%*#{feedback(content.WRONG)}",
    ]
    return "{1:NUMERICAL:" + "~".join(answers) + "}"


def feedback(text: str) -> str:
    r"""A text as a gap can hold it.

    Moodle decodes entities once and takes the backslash from ``\#``; what it has then is HTML. So
    each special character is an entity of which the ampersand is one, too.
    """
    line = " ".join(legible(text).split())
    return "".join(f"&amp;\\#{ord(each)};" if each in _SPECIAL else each for each in line)

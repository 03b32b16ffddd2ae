"""Moodle's Cloze: one question with a gap for each number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import lcm
from typing import Final

from lossclass.lms import Grading, content
from lossclass.lms.exercise import Asked, Exercise, distinct, identifier
from lossclass.lms.markup import Gap, escaped, number
from lossclass.lms.moodle import percent, question, quiz, sober

#: What ends a feedback in a gap, or an answer; of what is an entity already, the # stays.
_SPECIAL: Final = re.compile(r"[~=%]|(?<!&)#")
#: A gap is as wide as the longest of its numbers, and at least so wide.
_NARROWEST: Final = 12
#: A number nearer to 0 is shorter with an exponent.
_SMALL: Final = 1e-6


def export(exercises: Sequence[Exercise], grading: Grading) -> bytes:
    """A file for the question bank."""
    denominators = [each.points.denominator for made in exercises for each in made.asked]
    times = lcm(*denominators)
    texts = [(content.name(each), _text(each, grading, times)) for each in exercises]
    ids = distinct([identifier(*each) for each in texts])
    return quiz(
        (each, question("cloze", name, text, id, each, grading))
        for each, (name, text), id in zip(exercises, texts, ids, strict=True)
    )


def _text(exercise: Exercise, grading: Grading, times: int) -> str:
    gaps = _gaps(exercise.asked, grading, times)
    if all(map(exercise.is_answer, exercise.asked)):
        written = "".join(f"<p>{each.written}</p>" for each in gaps.values())
        return content.question(exercise, exercise.asked[0]) + written
    return content.sheet(exercise, gaps)


def _gaps(all_asked: Sequence[Asked], grading: Grading, times: int) -> dict[str, Gap]:
    """The gaps by the ids of their steps, all of the same width, or it would tell of the number.

    Args:
        times: by what points are multiplied. In a gap, Moodle takes whole numbers alone; in all
            questions of a file, they have the same proportions as the points.
    """
    values = [each.value for each in all_asked]
    values += [slip.value for each in all_asked for slip in each.wrong]
    width = max(_NARROWEST, *(len(_short(value)) for value in values))
    return {
        asked.step.id: Gap(_gap(asked, grading, times, width), asked.as_logarithm)
        for asked in all_asked
    }


def _gap(asked: Asked, grading: Grading, times: int, width: int) -> str:
    """A gap with the right number, those of slips with what to tell, one that nobody writes, and
    what is left."""
    credit, wrong = percent(grading.slip_credit), _feedback(content.WRONG)
    answers = [
        f"={_short(asked.value)}:{_short(asked.tolerance)}#{_feedback(content.RIGHT)}",
        *(
            f"%{credit}%{_short(slip.value)}:{_short(slip.tolerance)}#{_feedback(slip.text)}"
            for slip in asked.wrong
        ),
        f"%0%{'9' * width}:0#{wrong}",
        f"%0%*#{wrong}",
    ]
    return f"{{{asked.points * times}:NUMERICAL:{'~'.join(answers)}}}"


def _short(value: float) -> str:
    return repr(value) if 0 < abs(value) < _SMALL else number(value)


def _feedback(text: str) -> str:
    r"""A text as a gap can hold it.

    Moodle decodes entities once and takes the backslash from ``\#``; what it has then is HTML. So
    each special character is an entity of which the ampersand is one, too.
    """
    written = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", sober(escaped(text)))
    return written.replace("&", "&amp;").replace("#", r"\#")

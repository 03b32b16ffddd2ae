"""Moodle XML: numerical questions.

Moodle takes the first answer that matches, so the right one stands first, then the slips with
their own feedback, and what matches everything last. Tolerances are absolute and inclusive.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from lossclass.lms import Grading, content
from lossclass.lms.exercise import Asked, Exercise
from lossclass.lms.markup import escaped, number, one_line, points, xml
from lossclass.lms.package import filled

#: What Moodle draws as a picture, in formulas too: a heart in the place of (h).
EMOTICONS: Final = (
    ":-)", ":)", ":-D", ";-)", ":-/", "V-.", ":-P", ":-p", "B-)", "^-)", "8-)", ":o)", ":-(", ":(",
    "8-.", ":-I", ":-X", "8-o", "P-|", "8-[", "(grr)", "xx-P", "|-.", "}-]", "(h)", "(heart)", "(y)",
    "(n)", "(martin)", "( )",
)  # fmt: skip
_EMOTICON: Final = re.compile("|".join(map(re.escape, EMOTICONS)))
#: What may not stand in a tag, in XML or in GIFT.
_NOT_IN_TAGS: Final = re.compile(r"[\[\],\\`]")
#: Where Moodle keeps the pictures of a text.
_FILES: Final = "@@PLUGINFILE@@"
_LONGEST_TAG: Final = 50
#: Under this category stands one for each problem.
_CATEGORY: Final = "Loss functions"


def export(exercises: Sequence[Exercise], grading: Grading) -> bytes:
    """A file for the question bank."""
    return quiz((each.exercise, _question(each, grading)) for each in content.posed(exercises))


def quiz(questions: Iterable[tuple[Exercise, str]]) -> bytes:
    """The document around the questions of exercises: those of a problem and its variants are in one
    category."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n']
    for path, group in groupby(questions, key=lambda pair: category(pair[0])):
        place = f"<category><text>{xml(path)}</text></category>"
        parts += [f'<question type="category">{place}</question>\n', *(each for _, each in group)]
    return "".join([*parts, "</quiz>\n"]).encode()


def category(exercise: Exercise) -> str:
    """The path of the category of a problem: a slash in a name is written twice."""
    names = filter(None, (_CATEGORY, exercise.exam, exercise.title))
    return "/".join(plain(one_line(each)).replace("/", "//") for each in names)


def plain(name: str) -> str:
    """A name without what Moodle would take for HTML and leave out."""
    return name.replace("<", "‹").replace(">", "›")


def tags(exercise: Exercise, asked: Asked | None = None) -> list[str]:
    """What a question can be found by: its loss, its problem, its step, and its variant."""
    about = exercise.solution.about
    found = [about.loss, Path(about.file).stem]
    found += [f"step {asked.step.id}"] if asked else []
    found += [f"variant {exercise.variant}"] if exercise.variant else []
    names = (_NOT_IN_TAGS.sub(" ", plain(one_line(each))) for each in found if each)
    return [each[:_LONGEST_TAG].strip() for each in names]


def question(
    kind: str,
    name: str,
    text: str,
    id: str,
    exercise: Exercise,
    grading: Grading,
    asked: Asked | None = None,
    worth: str = "",
    more: str = "",
) -> str:
    """A question of a kind, about one step or all; ``worth`` and ``more`` are what not all kinds
    have."""
    picture, place, file = content.picture(exercise, asked), "", ""
    if picture:
        place = f"{_FILES}/{picture.name}"
        data = b64encode(picture.svg.encode()).decode()
        file = f'<file name="{picture.name}" path="/" encoding="base64">{data}</file>'
    return filled(
        "moodle_question",
        kind=kind,
        name=xml(plain(name)),
        text=_html(text),
        solution=_html(content.solution(exercise, asked, place)),
        picture=file,
        worth=worth,
        penalty=f"{grading.penalty:.7f}",
        id=id,
        tags="".join(f"<tag><text>{xml(each)}</text></tag>" for each in tags(exercise, asked)),
        more=more,
    )


def sober(written: str) -> str:
    """XHTML, or a text in it, in which Moodle finds no emoticon: an entity is the last sign of what
    looks like one."""
    while found := _EMOTICON.search(written):
        end = found.end()
        written = f"{written[: end - 1]}&#{ord(written[end - 1])};{written[end:]}"
    return written


def percent(share: float) -> str:
    """A share as Moodle writes it, with up to seven digits."""
    return f"{share * 100:.7g}"


def _html(text: str) -> str:
    """XHTML as a CDATA section; MathJax is told that it holds no TeX."""
    inside = f'<div class="tex2jax_ignore mathjax_ignore">{sober(text)}</div>' if text else ""
    return f"<![CDATA[{inside}]]>"


def _question(posed: content.Posed, grading: Grading) -> str:
    exercise, asked = posed.exercise, posed.asked
    worth = f"<defaultgrade>{points(asked.points)}</defaultgrade>\n"
    credit = percent(grading.slip_credit)
    more = _answer("100", number(asked.value), number(asked.tolerance), content.RIGHT)
    for wrong in asked.wrong:
        more += _answer(credit, number(wrong.value), number(wrong.tolerance), wrong.text)
    more += _answer("0", "*", "0", content.WRONG)
    for hint in content.hints(exercise, asked):
        more += f'<hint format="html"><text>{_html(hint)}</text></hint>\n'
    described = (posed.name, posed.text, posed.id, exercise, grading, asked)
    return question("numerical", *described, worth, more)


def _answer(fraction: str, value: str, tolerance: str, feedback: str) -> str:
    return (
        f'<answer fraction="{fraction}" format="moodle_auto_format"><text>{value}</text>'
        f"<tolerance>{tolerance}</tolerance>"
        f'<feedback format="html"><text>{_html(escaped(feedback))}</text></feedback></answer>\n'
    )

"""QTI 2.1: a package with one item for each question, and a test of all of them.

An empty field is wrong: some players would take it for 0. An answer counts if it lies in a range,
written as two comparisons, which all readers know. A slip has a range and a feedback of its own; the
feedback with the worked solution is always shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from lossclass.arithmetic.number import round_significant
from lossclass.lms import Grading, content
from lossclass.lms.exercise import Asked, Exercise, identifier
from lossclass.lms.markup import bounds, escaped, number, points, tag, xml
from lossclass.lms.package import filled, packed, resource

_SCORE = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{}</baseValue></setOutcomeValue>'


def export(exercises: Sequence[Exercise], grading: Grading) -> bytes:
    """A package of items and a test, in which all items are one section; the score is their sum."""
    posed = content.posed(exercises)
    ids = [each.id for each in posed]
    title = xml(content.title(exercises))
    test = identifier("test", *ids)
    items = "".join(f'<assessmentItemRef identifier="{each}" href="{each}.xml"/>\n' for each in ids)
    return packed(
        {
            "imsmanifest.xml": _manifest(test, posed, ids),
            f"{test}.xml": filled("qti_test", id=test, title=title, items=items),
            **{f"{each.id}.xml": _item(each, Fraction(grading.slip_credit)) for each in posed},
            **{each.picture.name: each.picture.svg for each in posed if each.picture},
        }
    )


def _item(posed: content.Posed, credit: Fraction) -> str:
    asked, picture = posed.asked, posed.picture
    cases = _case("right", asked.value, asked.tolerance, asked.points)
    feedbacks = {"right": tag("p", content.RIGHT)}
    for n, slip in enumerate(asked.wrong, start=1):
        cases += _case(f"slip{n}", slip.value, slip.tolerance, asked.points * credit)
        feedbacks[f"slip{n}"] = tag("p", escaped(slip.text))
    feedbacks["wrong"] = tag("p", content.WRONG)
    return filled(
        "qti_item",
        id=posed.id,
        title=xml(posed.name),
        answer=_human(asked),
        points=points(asked.points),
        text=posed.text,
        cases=cases,
        feedbacks="".join(
            filled("qti_feedback", feedback=id, text=text) for id, text in feedbacks.items()
        ),
        solution=content.solution(posed.exercise, asked, picture.name if picture else ""),
    )


def _case(feedback: str, value: float, tolerance: float, worth: Fraction) -> str:
    """What becomes of an answer that lies in a range."""
    low, high = bounds(value, tolerance)
    score = _SCORE.format(points(worth)) if worth else ""
    return filled("qti_case", low=low, high=high, score=score, feedback=feedback)


def _human(asked: Asked) -> str:
    """The right answer as somebody would write it: in as few digits, from three on, as are right."""
    low, high = map(Decimal, bounds(asked.value, asked.tolerance))
    value = Decimal(repr(asked.value))
    rounded = (round_significant(value, digits) for digits in range(3, 17))
    return number(float(next((each for each in rounded if low <= each <= high), value)))


def _manifest(test: str, all_posed: Sequence[content.Posed], ids: Sequence[str]) -> str:
    resources = resource(test, "imsqti_test_xmlv2p1", f"{test}.xml", href=f"{test}.xml", needs=ids)
    for each in all_posed:
        files = [f"{each.id}.xml", *([each.picture.name] if each.picture else [])]
        resources += resource(each.id, "imsqti_item_xmlv2p1", *files, href=files[0])
    return filled("qti_manifest", id=identifier("qti", *ids), resources=resources)

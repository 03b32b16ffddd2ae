"""Canvas: a package of QTI 1.2 with one quiz of numerical questions.

Canvas gives full credit for every number that a condition names, so no slip has a condition of its
own: the feedback tells of them. Classic Quizzes round what is typed to four decimals before they
score it, unless one of the right answers is said to so many significant digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lossclass.arithmetic.number import round_significant
from lossclass.lms import Grading, content
from lossclass.lms.exercise import Asked, Exercise, identifier
from lossclass.lms.markup import bounds, number, points, tag, xml
from lossclass.lms.package import filled, packed, resource

#: The digits of the answer for which Canvas takes what is typed as it is.
_PRECISION: Final = 8
#: So many powers of ten below the tolerance, a number is as good as 0.
_HARDLY: Final = 3
_META_TYPE = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
#: How Canvas names the package's own files.
_FILES = "%24IMS-CC-FILEBASE%24"


def export(exercises: Sequence[Exercise], _grading: Grading) -> bytes:
    """A package to be imported into a course."""
    posed = content.posed(exercises)
    pictures = {_path(each.picture): each.picture.svg for each in posed if each.picture}
    id = identifier("canvas", *(each.id for each in posed))
    title = xml(content.title(exercises))
    worth = points(sum((each.asked.points for each in posed), Fraction(0)))
    items = "".join(map(_item, posed))
    return packed(
        {
            "imsmanifest.xml": _manifest(id, pictures),
            f"{id}/{id}.xml": filled("canvas_quiz", id=id, title=title, items=items),
            f"{id}/assessment_meta.xml": filled("canvas_meta", id=id, title=title, points=worth),
            **pictures,
        }
    )


def _path(picture: content.Picture) -> str:
    return f"pictures/{picture.name}"


def _item(posed: content.Posed) -> str:
    asked = posed.asked
    place = f"{_FILES}/{_path(posed.picture)}" if posed.picture else ""
    low, high = bounds(asked.value, asked.tolerance)
    right = _right(number(asked.value), ("vargte", low), ("varlte", high))
    return filled(
        "canvas_item",
        id=posed.id,
        title=xml(posed.name),
        points=points(asked.points),
        text=xml(posed.text),
        rights="".join([right, *_precise(asked)]),
        solution=xml(content.solution(posed.exercise, asked, place)),
        right=xml(tag("p", content.RIGHT)),
        wrong=xml(tag("p", content.WRONG) + content.slips(asked)),
    )


def _precise(asked: Asked) -> Iterator[str]:
    """The right number to some digits: Canvas knows it by an odd comparison with what is half a unit
    of the last one away. A 0 has none: where it is right, a number hardly away from it, which the
    tolerance holds as well, is said in its place."""
    middle = round_significant(Decimal(repr(asked.value)), _PRECISION)
    if tolerance := Decimal(repr(asked.tolerance)):
        middle = middle or Decimal(1).scaleb(tolerance.adjusted() - _HARDLY)
    if middle:
        half = Decimal(5).scaleb(middle.adjusted() - _PRECISION)
        low, high = (format(each, "f") for each in (middle - half, middle + half))
        yield _right(format(middle, "f"), ("vargt", low), ("varlte", high))


def _right(value: str, *ends: tuple[str, str]) -> str:
    """What becomes of an answer, or of what lies between two ends."""
    equal, *between = (
        f'<{how} respident="response1">{each}</{how}>' for how, each in (("varequal", value), *ends)
    )
    return filled("canvas_right", when=tag("or", equal + tag("and", "".join(between))))


def _manifest(id: str, pictures: Iterable[str]) -> str:
    meta = f"{id}/assessment_meta.xml"
    resources = resource(id, "imsqti_xmlv1p2", f"{id}/{id}.xml", needs=[f"{id}_meta"])
    resources += resource(f"{id}_meta", _META_TYPE, meta, href=meta)
    for path in pictures:
        resources += resource(identifier(path), "webcontent", path, href=path)
    return filled("canvas_manifest", id=id, resources=resources)

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
from lossclass.lms.markup import INSTANCE, XML, bounds, number, points, tag, xml
from lossclass.lms.package import packed, resource

#: The digits of the answer for which Canvas takes what is typed as it is.
_PRECISION: Final = 8
#: So many powers of ten below the tolerance, a number is as good as 0.
_HARDLY: Final = 3
_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_QTI_SCHEMA = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
_CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_META_TYPE = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
#: How Canvas names the package's own files.
_FILES = "%24IMS-CC-FILEBASE%24"


def export(exercises: Sequence[Exercise], _grading: Grading) -> bytes:
    """A package to be imported into a course."""
    posed = content.posed(exercises)
    items = [_item(each, _solution(each)) for each in posed]
    pictures = {_path(each.picture): each.picture.svg for each in posed if each.picture}
    id = identifier("canvas", *(each.id for each in posed))
    title = content.title(exercises)
    worth = sum((each.asked.points for each in posed), Fraction(0))
    return packed(
        {
            "imsmanifest.xml": _manifest(id, pictures),
            f"{id}/{id}.xml": _quiz(id, title, items),
            f"{id}/assessment_meta.xml": _meta(id, title, points(worth)),
            **pictures,
        }
    )


def _solution(posed: content.Posed) -> str:
    place = f"{_FILES}/{_path(posed.picture)}" if posed.picture else ""
    return content.solution(posed.exercise, posed.asked, place)


def _path(picture: content.Picture) -> str:
    return f"pictures/{picture.name}"


# --- the quiz ------------------------------------------------------------------------------


def _quiz(id: str, title: str, items: Sequence[str]) -> str:
    return (
        f'{XML}<questestinterop xmlns="{_QTI}" {INSTANCE} '
        f'xsi:schemaLocation="{_QTI} {_QTI_SCHEMA}">\n'
        f'<assessment ident="{id}" title="{xml(title)}">\n'
        f"<qtimetadata>{_field('cc_maxattempts', '1')}</qtimetadata>\n"
        f'<section ident="root_section">\n{"".join(items)}</section>\n'
        "</assessment>\n</questestinterop>\n"
    )


def _item(posed: content.Posed, solution: str) -> str:
    fields = (
        ("question_type", "numerical_question"),
        ("points_possible", points(posed.asked.points)),
        ("original_answer_ids", "answer1"),
        ("assessment_question_identifierref", f"{posed.id}_ref"),
    )
    metadata = "".join(_field(*field) for field in fields)
    slips = content.slips(posed.asked)
    feedbacks = {
        "general_fb": solution,
        "correct_fb": tag("p", content.RIGHT),
        "general_incorrect_fb": tag("p", content.WRONG) + slips,
    }
    return (
        f'<item ident="{posed.id}" title="{xml(posed.name)}">\n'
        f"<itemmetadata><qtimetadata>{metadata}</qtimetadata></itemmetadata>\n"
        f"<presentation>{_material(posed.text)}"
        '<response_str ident="response1" rcardinality="Single"><render_fib fibtype="Decimal">'
        '<response_label ident="answer1"/></render_fib></response_str></presentation>\n'
        f"{_processing(posed.asked)}"
        + "".join(
            f'<itemfeedback ident="{id}"><flow_mat>{_material(text)}</flow_mat></itemfeedback>\n'
            for id, text in feedbacks.items()
        )
        + "</item>\n"
    )


def _field(label: str, entry: str) -> str:
    return tag("qtimetadatafield", tag("fieldlabel", label) + tag("fieldentry", entry))


def _material(text: str) -> str:
    return f'<material><mattext texttype="text/html">{xml(text)}</mattext></material>'


def _processing(asked: Asked) -> str:
    low, high = bounds(asked.value, asked.tolerance)
    score = '<setvar action="Set" varname="SCORE">100</setvar>'
    rights = [
        _right(number(asked.value), ("vargte", low), ("varlte", high)),
        *_precise(asked),
    ]
    return (
        '<resprocessing>\n<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" '
        'vartype="Decimal"/></outcomes>\n'
        + _condition("Yes", "<other/>", "", "general_fb")
        + "".join(_condition("No", each, score, "correct_fb") for each in rights)
        + _condition("Yes", "<other/>", "", "general_incorrect_fb")
        + "</resprocessing>\n"
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
    """An answer, or what lies between two ends."""
    equal, *between = (
        f'<{how} respident="response1">{each}</{how}>' for how, each in (("varequal", value), *ends)
    )
    return tag("or", equal + tag("and", "".join(between)))


def _condition(goes_on: str, when: str, then: str, feedback: str) -> str:
    return (
        f'<respcondition continue="{goes_on}"><conditionvar>{when}</conditionvar>{then}'
        f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/></respcondition>\n'
    )


# --- the files beside it -------------------------------------------------------------------


def _meta(id: str, title: str, worth: str) -> str:
    return (
        f'{XML}<quiz identifier="{id}" xmlns="{_CANVAS}" {INSTANCE} '
        f'xsi:schemaLocation="{_CANVAS} https://canvas.instructure.com/xsd/cccv1p0.xsd">\n'
        f"<title>{xml(title)}</title>\n<description></description>\n"
        "<quiz_type>assignment</quiz_type>\n"
        f"<points_possible>{worth}</points_possible>\n<allowed_attempts>1</allowed_attempts>\n"
        "</quiz>\n"
    )


def _manifest(id: str, pictures: Iterable[str]) -> str:
    meta = f"{id}/assessment_meta.xml"
    resources = resource(id, "imsqti_xmlv1p2", f"{id}/{id}.xml", needs=[f"{id}_meta"])
    resources += resource(f"{id}_meta", _META_TYPE, meta, href=meta)
    for path in pictures:
        resources += resource(identifier(path), "webcontent", path, href=path)
    return (
        f'{XML}<manifest identifier="{id}_manifest" xmlns="{_PACKAGE}">\n'
        "<metadata><schema>IMS Content</schema><schemaversion>1.1.3</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{resources}</resources>\n</manifest>\n"
    )

"""Canvas: a package of QTI 1.2 with one quiz of numerical questions.

Canvas gives full credit for every number that a condition names, so no slip has a condition of its
own: the feedback tells of them. It takes numbers under 1e-4 for 0, so of such a number −ln is asked
for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lossclass.arithmetic.notation import PLAIN
from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise, WrongAnswer, distinct, identifier
from lossclass.lms.markup import INSTANCE, XML, bounds, escaped, number, tag, xml
from lossclass.lms.package import packed

#: Smaller numbers become 0.
_SMALLEST: Final = 1e-4
_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_QTI_SCHEMA = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
_CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_META_TYPE = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
#: How Canvas names the package's own files.
_FILES = "%24IMS-CC-FILEBASE%24"


@dataclass(frozen=True)
class _Item:
    """A question with its id, and its texts in XHTML."""

    id: str
    name: str
    asked: Asked
    question: str
    solution: str


def export(exercises: Sequence[Exercise]) -> bytes:
    """A package to be imported into a course."""
    pictures: dict[str, str] = {}
    items = _with_ids(
        [_item(exercise, each, pictures) for exercise in exercises for each in exercise.asked]
    )
    id = identifier("canvas", *(item.id for item in items))
    title = items[0].name if len(exercises) == 1 else f"{len(items)} questions on loss functions"
    return packed(
        {
            "imsmanifest.xml": _manifest(id, pictures),
            f"{id}/{id}.xml": _quiz(id, title, items),
            f"{id}/assessment_meta.xml": _meta(id, title, len(items)),
            **pictures,
        }
    )


def _with_ids(items: Sequence[_Item]) -> list[_Item]:
    ids = [identifier(item.name, item.question, number(item.asked.value)) for item in items]
    return [replace(item, id=id) for item, id in zip(items, distinct(ids), strict=True)]


def _item(exercise: Exercise, asked: Asked, pictures: dict[str, str]) -> _Item:
    """A question; its picture is added to the others, by its path."""
    place = ""
    if drawn := content.picture(exercise, asked):
        path = f"pictures/{identifier(drawn)}.svg"
        pictures[path] = drawn
        place = f"{_FILES}/{path}"
    question = content.question(exercise, asked)
    if 0 < abs(asked.value) < _SMALLEST:
        asked = _logarithm(asked)
        symbol = escaped(PLAIN.symbol(asked.step.quantity.symbol))
        question += tag("p", f"The number is too small for this platform. Enter −ln |{symbol}|.")
    solution = content.solution(exercise, asked, picture=place)
    return _Item("", content.name(exercise, asked), asked, question, solution)


def _logarithm(asked: Asked) -> Asked:
    """The question for −ln of a small number."""
    value, tolerance = _minus_log(asked.value, asked.tolerance)
    wrong: list[WrongAnswer] = []
    taken = [(value, tolerance)]
    for each in asked.wrong:
        if not each.value:
            continue
        pair = _minus_log(each.value, each.tolerance)
        if all(abs(pair[0] - other[0]) > pair[1] + other[1] for other in taken):
            taken.append(pair)
            wrong.append(WrongAnswer(*pair, each.text))
    return replace(asked, value=value, tolerance=tolerance, wrong=tuple(wrong))


def _minus_log(value: float, tolerance: float) -> tuple[float, float]:
    """−ln |x|, and by how much it moves where x moves by its tolerance."""
    return -math.log(abs(value)), float(f"{tolerance / abs(value):.3g}")


# --- the quiz ------------------------------------------------------------------------------


def _quiz(id: str, title: str, items: Sequence[_Item]) -> str:
    return (
        f'{XML}<questestinterop xmlns="{_QTI}" {INSTANCE} '
        f'xsi:schemaLocation="{_QTI} {_QTI_SCHEMA}">\n'
        f'<assessment ident="{id}" title="{xml(title)}">\n'
        f"<qtimetadata>{_field('cc_maxattempts', '1')}</qtimetadata>\n"
        f'<section ident="root_section">\n{"".join(map(_written, items))}</section>\n'
        "</assessment>\n</questestinterop>\n"
    )


def _written(item: _Item) -> str:
    fields = (
        ("question_type", "numerical_question"),
        ("points_possible", "1.0"),
        ("original_answer_ids", "answer1"),
        ("assessment_question_identifierref", f"{item.id}_ref"),
    )
    metadata = "".join(_field(*field) for field in fields)
    slips = content.slips(item.asked)
    feedbacks = {
        "general_fb": item.solution,
        "correct_fb": tag("p", content.RIGHT),
        "general_incorrect_fb": tag("p", content.WRONG) + slips,
    }
    return (
        f'<item ident="{item.id}" title="{xml(item.name)}">\n'
        f"<itemmetadata><qtimetadata>{metadata}</qtimetadata></itemmetadata>\n"
        f"<presentation>{_material(item.question)}"
        '<response_str ident="response1" rcardinality="Single"><render_fib fibtype="Decimal">'
        '<response_label ident="answer1"/></render_fib></response_str></presentation>\n'
        f"{_processing(item.asked)}"
        + "".join(
            f'<itemfeedback ident="{id}"><flow_mat>{_material(text)}</flow_mat></itemfeedback>\n'
            for id, text in feedbacks.items()
        )
        + "</item>\n"
    )


def _field(label: str, entry: str) -> str:
    return (
        f"<qtimetadatafield><fieldlabel>{label}</fieldlabel>"
        f"<fieldentry>{entry}</fieldentry></qtimetadatafield>"
    )


def _material(text: str) -> str:
    return f'<material><mattext texttype="text/html">{xml(text)}</mattext></material>'


def _processing(asked: Asked) -> str:
    low, high = bounds(asked.value, asked.tolerance)
    right = (
        f'<or><varequal respident="response1">{number(asked.value)}</varequal>'
        f'<and><vargte respident="response1">{low}</vargte>'
        f'<varlte respident="response1">{high}</varlte></and></or>'
    )
    score = '<setvar action="Set" varname="SCORE">100</setvar>'
    return (
        '<resprocessing>\n<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" '
        'vartype="Decimal"/></outcomes>\n'
        + _condition("Yes", "<other/>", "", "general_fb")
        + _condition("No", right, score, "correct_fb")
        + _condition("Yes", "<other/>", "", "general_incorrect_fb")
        + "</resprocessing>\n"
    )


def _condition(goes_on: str, when: str, then: str, feedback: str) -> str:
    return (
        f'<respcondition continue="{goes_on}"><conditionvar>{when}</conditionvar>{then}'
        f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/></respcondition>\n'
    )


# --- the files beside it -------------------------------------------------------------------


def _meta(id: str, title: str, points: int) -> str:
    return (
        f'{XML}<quiz identifier="{id}" xmlns="{_CANVAS}" {INSTANCE} '
        f'xsi:schemaLocation="{_CANVAS} https://canvas.instructure.com/xsd/cccv1p0.xsd">\n'
        f"<title>{xml(title)}</title>\n<description></description>\n"
        "<quiz_type>assignment</quiz_type>\n"
        f"<points_possible>{points}.0</points_possible>\n<allowed_attempts>1</allowed_attempts>\n"
        "</quiz>\n"
    )


def _manifest(id: str, pictures: dict[str, str]) -> str:
    resources = (
        f'<resource identifier="{id}" type="imsqti_xmlv1p2"><file href="{id}/{id}.xml"/>'
        f'<dependency identifierref="{id}_meta"/></resource>\n'
        f'<resource identifier="{id}_meta" type="{_META_TYPE}" href="{id}/assessment_meta.xml">'
        f'<file href="{id}/assessment_meta.xml"/></resource>\n'
    )
    resources += "".join(
        f'<resource identifier="{identifier(path)}" type="webcontent" href="{path}">'
        f'<file href="{path}"/></resource>\n'
        for path in pictures
    )
    return (
        f'{XML}<manifest identifier="{id}_manifest" xmlns="{_PACKAGE}">\n'
        "<metadata><schema>IMS Content</schema><schemaversion>1.1.3</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{resources}</resources>\n</manifest>\n"
    )

"""Canvas: a package of QTI 1.2 with one quiz of numerical questions.

Canvas gives full credit for every number that a condition names, so no slip has a condition of its
own: the feedback tells of them. It takes numbers under 1e-4 for 0, so of such a number −ln is asked
for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lossclass.arithmetic.notation import PLAIN
from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise, WrongAnswer, identifier
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


def export(exercises: Sequence[Exercise]) -> bytes:
    """A package to be imported into a course."""
    pictures: dict[str, str] = {}
    posed = content.posed(exercises, _as_canvas_reads_it)
    items = [_item(each, _solution(each, pictures)) for each in posed]
    id = identifier("canvas", *(each.id for each in posed))
    title = posed[0].name if len(exercises) == 1 else f"{len(items)} questions on loss functions"
    return packed(
        {
            "imsmanifest.xml": _manifest(id, pictures),
            f"{id}/{id}.xml": _quiz(id, title, items),
            f"{id}/assessment_meta.xml": _meta(id, title, len(items)),
            **pictures,
        }
    )


def _solution(posed: content.Posed, pictures: dict[str, str]) -> str:
    """The solution of a question; its picture is added to the others, by its path."""
    place = ""
    if drawn := content.picture(posed.exercise, posed.asked):
        path = f"pictures/{identifier(drawn)}.svg"
        pictures[path] = drawn
        place = f"{_FILES}/{path}"
    return content.solution(posed.exercise, posed.asked, place)


def _as_canvas_reads_it(asked: Asked) -> tuple[Asked, str]:
    """Of a number that is too small, its logarithm, and what is to be said of that."""
    if not 0 < abs(asked.value) < _SMALLEST:
        return asked, ""
    symbol = escaped(PLAIN.symbol(asked.step.quantity.symbol))
    text = f"The number is too small for this platform. Enter −ln |{symbol}|."
    return _logarithm(asked), tag("p", text)


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
        ("points_possible", "1.0"),
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

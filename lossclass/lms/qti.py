"""QTI 2.1: a package with one item for each question.

An answer counts if it lies in a range, written as two comparisons, which all readers know. A slip
has a range and a feedback of its own; the feedback with the worked solution is always shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from lossclass.lms import content
from lossclass.lms.exercise import Asked, Exercise, identifier
from lossclass.lms.markup import INSTANCE, XML, bounds, escaped, number, tag, xml
from lossclass.lms.package import packed

_ITEM = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_ITEM_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_PACKAGE_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"
_MANIFEST = "imsmanifest.xml"


def export(exercises: Sequence[Exercise]) -> bytes:
    """A package of items."""
    items: dict[str, str] = {}
    pictures: dict[str, str] = {}
    resources = []
    posed = content.posed(exercises)
    for each in posed:
        drawn = content.picture(each.exercise, each.asked)
        place = f"{identifier(drawn)}.svg" if drawn else ""
        if drawn:
            pictures[place] = drawn
        solution = content.solution(each.exercise, each.asked, place)
        items[f"{each.id}.xml"] = _item(each, solution)
        beside = f'<file href="{place}"/>' if place else ""
        resources.append(
            f'<resource identifier="{each.id}" type="imsqti_item_xmlv2p1" href="{each.id}.xml">'
            f'<file href="{each.id}.xml"/>{beside}</resource>\n'
        )
    return packed(
        {_MANIFEST: _manifest([each.id for each in posed], resources), **items, **pictures}
    )


def _item(posed: content.Posed, solution: str) -> str:
    asked = posed.asked
    feedbacks = {
        "right": tag("p", content.RIGHT),
        **{f"slip{n}": tag("p", escaped(slip.text)) for n, slip in enumerate(asked.wrong, start=1)},
        "wrong": tag("p", content.WRONG),
    }
    return (
        f'{XML}<assessmentItem xmlns="{_ITEM}" {INSTANCE} '
        f'xsi:schemaLocation="{_ITEM} {_ITEM_SCHEMA}" identifier="{posed.id}" title="{xml(posed.name)}" '
        'adaptive="false" timeDependent="false">\n'
        '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="float">'
        f"<correctResponse><value>{number(asked.value)}</value></correctResponse>"
        "</responseDeclaration>\n"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
        "<defaultValue><value>0</value></defaultValue></outcomeDeclaration>\n"
        + _declaration("FEEDBACK")
        + _declaration("SOLUTION")
        + f"<itemBody><div>{posed.text}</div><p>"
        '<textEntryInteraction responseIdentifier="RESPONSE" expectedLength="20"/></p></itemBody>\n'
        + _processing(asked)
        + "".join(_feedback("FEEDBACK", *each) for each in feedbacks.items())
        + _feedback("SOLUTION", "shown", solution)
        + "</assessmentItem>\n"
    )


def _declaration(name: str) -> str:
    return f'<outcomeDeclaration identifier="{name}" cardinality="single" baseType="identifier"/>\n'


def _feedback(outcome: str, id: str, text: str) -> str:
    return (
        f'<modalFeedback outcomeIdentifier="{outcome}" showHide="show" identifier="{id}">'
        f"<div>{text}</div></modalFeedback>\n"
    )


def _processing(asked: Asked) -> str:
    right = _set("SCORE", "float", "1") + _set("FEEDBACK", "identifier", "right")
    cases = [tag("responseIf", _in_range(asked.value, asked.tolerance) + right)]
    for n, slip in enumerate(asked.wrong, start=1):
        told = _set("FEEDBACK", "identifier", f"slip{n}")
        cases.append(tag("responseElseIf", _in_range(slip.value, slip.tolerance) + told))
    cases.append(tag("responseElse", _set("FEEDBACK", "identifier", "wrong")))
    return (
        f"<responseProcessing>\n{_set('SOLUTION', 'identifier', 'shown')}<responseCondition>\n"
        + "".join(f"{each}\n" for each in cases)
        + "</responseCondition>\n</responseProcessing>\n"
    )


def _in_range(value: float, tolerance: float) -> str:
    given = '<variable identifier="RESPONSE"/>'
    ends = zip(("gte", "lte"), bounds(value, tolerance), strict=True)
    return tag("and", "".join(tag(how, given + _value("float", end)) for how, end in ends))


def _value(kind: str, value: str) -> str:
    return f'<baseValue baseType="{kind}">{value}</baseValue>'


def _set(outcome: str, kind: str, value: str) -> str:
    return f'<setOutcomeValue identifier="{outcome}">{_value(kind, value)}</setOutcomeValue>'


def _manifest(ids: Sequence[str], resources: Sequence[str]) -> str:
    return (
        f'{XML}<manifest xmlns="{_PACKAGE}" {INSTANCE} '
        f'xsi:schemaLocation="{_PACKAGE} {_PACKAGE_SCHEMA}" '
        f'identifier="{identifier("qti", *ids)}">\n'
        "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{''.join(resources)}</resources>\n</manifest>\n"
    )

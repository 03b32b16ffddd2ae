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
from lossclass.lms.markup import INSTANCE, XML, bounds, escaped, number, points, tag, xml
from lossclass.lms.package import packed, resource

_ITEM = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_ITEM_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_PACKAGE_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"
_MANIFEST = "imsmanifest.xml"


def export(exercises: Sequence[Exercise], grading: Grading) -> bytes:
    """A package of items and a test."""
    posed = content.posed(exercises)
    ids = [each.id for each in posed]
    title = content.title(exercises)
    test = identifier("test", *ids)
    return packed(
        {
            _MANIFEST: _manifest(test, posed, ids),
            f"{test}.xml": _test(test, title, ids),
            **{f"{each.id}.xml": _item(each, Fraction(grading.slip_credit)) for each in posed},
            **{each.picture.name: each.picture.svg for each in posed if each.picture},
        }
    )


def _item(posed: content.Posed, credit: Fraction) -> str:
    asked, picture = posed.asked, posed.picture
    solution = content.solution(posed.exercise, asked, picture.name if picture else "")
    worth = points(asked.points)
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
        f"<correctResponse><value>{_human(asked)}</value></correctResponse>"
        "</responseDeclaration>\n"
        + _number("SCORE", "0", worth)
        + _number("MAXSCORE", worth, worth)
        + _declaration("FEEDBACK")
        + _declaration("SOLUTION")
        + f"<itemBody><div>{posed.text}</div><p>"
        '<textEntryInteraction responseIdentifier="RESPONSE" expectedLength="20"/></p></itemBody>\n'
        + _processing(asked, credit)
        + "".join(_feedback("FEEDBACK", *each) for each in feedbacks.items())
        + _feedback("SOLUTION", "shown", solution)
        + "</assessmentItem>\n"
    )


def _number(name: str, value: str, most: str) -> str:
    return (
        f'<outcomeDeclaration identifier="{name}" cardinality="single" baseType="float" '
        f'normalMaximum="{most}"><defaultValue><value>{value}</value></defaultValue>'
        "</outcomeDeclaration>\n"
    )


def _declaration(name: str) -> str:
    return f'<outcomeDeclaration identifier="{name}" cardinality="single" baseType="identifier"/>\n'


def _feedback(outcome: str, id: str, text: str) -> str:
    return (
        f'<modalFeedback outcomeIdentifier="{outcome}" showHide="show" identifier="{id}">'
        f"<div>{text}</div></modalFeedback>\n"
    )


def _human(asked: Asked) -> str:
    """The right answer as somebody would write it: in as few digits, from three on, as are right."""
    low, high = map(Decimal, bounds(asked.value, asked.tolerance))
    value = Decimal(repr(asked.value))
    rounded = (round_significant(value, digits) for digits in range(3, 17))
    return number(float(next((each for each in rounded if low <= each <= high), value)))


def _processing(asked: Asked, credit: Fraction) -> str:
    given = '<variable identifier="RESPONSE"/>'
    wrong = _set("FEEDBACK", "identifier", "wrong")
    cases = [tag("responseIf", tag("isNull", given) + wrong)]
    right = _score(asked.points) + _set("FEEDBACK", "identifier", "right")
    cases.append(tag("responseElseIf", _in_range(asked.value, asked.tolerance) + right))
    for n, slip in enumerate(asked.wrong, start=1):
        told = _set("FEEDBACK", "identifier", f"slip{n}")
        told = _score(asked.points * credit) + told if credit else told
        cases.append(tag("responseElseIf", _in_range(slip.value, slip.tolerance) + told))
    cases.append(tag("responseElse", wrong))
    return (
        f"<responseProcessing>\n{_set('SOLUTION', 'identifier', 'shown')}<responseCondition>\n"
        + "".join(f"{each}\n" for each in cases)
        + "</responseCondition>\n</responseProcessing>\n"
    )


def _score(worth: Fraction) -> str:
    return _set("SCORE", "float", points(worth))


def _in_range(value: float, tolerance: float) -> str:
    given = '<variable identifier="RESPONSE"/>'
    ends = zip(("gte", "lte"), bounds(value, tolerance), strict=True)
    return tag("and", "".join(tag(how, given + _value("float", end)) for how, end in ends))


def _value(kind: str, value: str) -> str:
    return f'<baseValue baseType="{kind}">{value}</baseValue>'


def _set(outcome: str, kind: str, value: str) -> str:
    return f'<setOutcomeValue identifier="{outcome}">{_value(kind, value)}</setOutcomeValue>'


# --- the package ---------------------------------------------------------------------------


def _test(id: str, title: str, ids: Sequence[str]) -> str:
    """All items in one section; the score is their sum."""
    items = "".join(f'<assessmentItemRef identifier="{each}" href="{each}.xml"/>\n' for each in ids)
    total = '<sum><testVariables variableIdentifier="SCORE"/></sum>'
    return (
        f'{XML}<assessmentTest xmlns="{_ITEM}" {INSTANCE} '
        f'xsi:schemaLocation="{_ITEM} {_ITEM_SCHEMA}" identifier="{id}" title="{xml(title)}">\n'
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>\n'
        '<testPart identifier="part" navigationMode="nonlinear" submissionMode="individual">\n'
        f'<assessmentSection identifier="section" title="{xml(title)}" visible="true">\n{items}'
        "</assessmentSection>\n</testPart>\n<outcomeProcessing>"
        f'<setOutcomeValue identifier="SCORE">{total}</setOutcomeValue></outcomeProcessing>\n'
        "</assessmentTest>\n"
    )


def _manifest(test: str, all_posed: Sequence[content.Posed], ids: Sequence[str]) -> str:
    resources = resource(test, "imsqti_test_xmlv2p1", f"{test}.xml", href=f"{test}.xml", needs=ids)
    for each in all_posed:
        files = [f"{each.id}.xml", *([each.picture.name] if each.picture else [])]
        resources += resource(each.id, "imsqti_item_xmlv2p1", *files, href=files[0])
    return (
        f'{XML}<manifest xmlns="{_PACKAGE}" {INSTANCE} '
        f'xsi:schemaLocation="{_PACKAGE} {_PACKAGE_SCHEMA}" '
        f'identifier="{identifier("qti", *ids)}">\n'
        "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{resources}</resources>\n</manifest>\n"
    )

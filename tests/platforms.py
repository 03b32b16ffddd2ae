"""What platforms make of an export, and of what is typed: stand-ins for their importers and their
scoring, each as it was seen in the platform's own code."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TypeAlias
from xml.etree.ElementTree import XML, Element

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
QTI_12 = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
#: The smallest step of a number in Moodle, which is one of PHP.
_EPSILON = Decimal("1e-14")

#: Wide enough for four decimals of any double.
_WIDE = Context(prec=400)

#: What an answer is worth, from 0 to 1, and what is told.
Scored: TypeAlias = tuple[float, str]


@dataclass(frozen=True)
class Read:
    """A question as a platform keeps it.

    Attributes:
        text: what is asked, in HTML.
        solution: what is told in any case, in HTML.
        score: what comes of what is typed.
        points: what a right answer is worth; None where the platform is not told.
        stored: all HTML that is kept of it.
        numbers: those of the answers, as they are kept.
    """

    name: str
    text: str
    solution: str
    score: Callable[[str], Scored]
    points: float | None = None
    stored: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def seen(markup: str) -> str:
    """The text that a browser shows of XHTML."""
    return "".join(XML(f"<div>{markup}</div>").itertext())


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- Moodle --------------------------------------------------------------------------------


@dataclass(frozen=True)
class MoodleAnswer:
    """One of the answers of a numerical question: a number or ``*``."""

    value: str
    tolerance: str
    share: float
    feedback: str

    def takes(self, typed: Decimal) -> bool:
        if self.value == "*":
            return True
        value, tolerance = Decimal(self.value), abs(Decimal(self.tolerance))
        tolerance += _EPSILON * max(tolerance, abs(value), _EPSILON)
        return value - tolerance <= typed <= value + tolerance


def _moodle(
    name: str, text: str, solution: str, points: float | None, answers: list[MoodleAnswer]
) -> Read:
    def score(typed: str) -> Scored:
        if not typed:
            return 0, ""
        first = next(each for each in answers if each.takes(Decimal(typed)))
        return first.share, seen(first.feedback)

    assert [each.value for each in answers if each.share == 1] == [answers[0].value]
    stored = (text, solution, *(each.feedback for each in answers))
    return Read(name, text, solution, score, points, stored, tuple(a.value for a in answers))


def read_moodle(data: bytes) -> list[Read]:
    category, *questions = XML(data).iter("question")
    assert category.get("type") == "category"
    return [_numerical(each) for each in questions if each.get("type") != "category"]


def _numerical(question: Element) -> Read:
    assert question.get("type") == "numerical"
    answers = [
        MoodleAnswer(
            each.findtext("text") or "",
            each.findtext("tolerance") or "",
            float(each.get("fraction") or "") / 100,
            each.findtext("feedback/text") or "",
        )
        for each in question.findall("answer")
    ]
    name, text, solution, grade = (
        question.findtext(at) or ""
        for at in ("name/text", "questiontext/text", "generalfeedback/text", "defaultgrade")
    )
    return _moodle(name, text, solution, float(grade), answers)


GAP = re.compile(r"\{(\d+):NUMERICAL:((?:[^}\\]|\\.)*)\}")


def read_cloze(data: bytes) -> list[Read]:
    """Each gap as a question, in the text of all."""
    found = []
    for question in XML(data).iter("question"):
        if question.get("type") == "category":
            continue
        assert question.get("type") == "cloze"
        text = question.findtext("questiontext/text") or ""
        name, solution = question.findtext("name/text"), question.findtext("generalfeedback/text")
        shown = GAP.sub("", text)
        assert "{" not in shown
        for weight, inside in GAP.findall(text):
            answers = [*map(_gap_answer, re.split(r"(?<!\\)~", inside))]
            found.append(_moodle(name or "", shown, solution or "", float(weight), answers))
    return found


def _gap_answer(part: str) -> MoodleAnswer:
    """Moodle decodes the feedback once, and then takes out the backslashes."""
    answer, told = part.split("#", 1)
    share = 1.0
    if parts := re.fullmatch(r"%([\d.]+)%(.*)", answer):
        share, answer = float(parts[1]) / 100, parts[2]
    else:
        answer = answer.removeprefix("=")
    value, _, tolerance = answer.partition(":")
    feedback = html.unescape(told).replace("\\}", "}").replace("\\#", "#")
    return MoodleAnswer(value, tolerance or "0", share, feedback)


def read_gift(data: bytes) -> list[Read]:
    """Blank lines stand between questions; escapes are first put out of the way."""
    category, *blocks = data.decode().strip().split("\n\n")
    assert category.startswith("$CATEGORY: ")
    return [_gift(each) for each in blocks if not each.startswith("$CATEGORY: ")]


def _gift(block: str) -> Read:
    comment, block = block.split("\n", 1)
    assert comment.startswith("// [id:")
    hidden = re.sub(r"\\([~=#{}:\\])", lambda found: chr(0xE000 + ord(found[1])), block)
    assert hidden.count("{") == hidden.count("}") == 1
    head, _, rest = hidden.partition("{")
    lines, _, feedback = rest.rpartition("}")[0].partition("####")
    _, name, question = head.split("::")
    *numbers, last = lines.removeprefix("#").strip().split("\n")
    assert last.startswith("~#")
    answers = []
    for line in numbers:
        answer, _, told = line.removeprefix("=").partition("#")
        share = re.match(r"%([\d.]+)%", answer)
        value, tolerance = answer.removeprefix(share[0] if share else "").split(":")
        assert not set("~=#{}:") & set(told)
        worth = float(share[1]) / 100 if share else 1
        answers.append(MoodleAnswer(value, tolerance, worth, shown(told)))
    answers.append(MoodleAnswer("*", "0", 0, shown(last[2:])))
    assert not set("~=#{}:") & set(name + question + feedback)
    text = shown(question).strip().removeprefix("[html]")
    return _moodle(shown(name), text, shown(feedback.strip()), None, answers)


def shown(text: str) -> str:
    return re.sub("[\ue000-\ue07f]", lambda found: chr(ord(found[0]) - 0xE000), text)


# --- Canvas --------------------------------------------------------------------------------


def canvas_items(data: bytes) -> list[Element]:
    files = files_in(data)
    manifest = XML(files["imsmanifest.xml"])
    resources = [each for each in manifest.iter() if each.tag.endswith("}resource")]
    named = {each.get("href") for each in manifest.iter() if each.tag.endswith("}file")}
    assert named == set(files) - {"imsmanifest.xml"}
    quiz, meta, *pictures = resources
    assert quiz.get("type") == "imsqti_xmlv1p2"
    assert {each.get("type") for each in pictures} <= {"webcontent"}
    depends = next(each for each in quiz if each.tag.endswith("}dependency"))
    assert depends.get("identifierref") == meta.get("identifier")
    id = quiz.get("identifier")
    XML(files[f"{id}/assessment_meta.xml"])
    return list(XML(files[f"{id}/{id}.xml"]).iter(f"{QTI_12}item"))


def read_canvas(data: bytes) -> list[Read]:
    return [*map(_canvas, canvas_items(data))]


def _canvas(item: Element) -> Read:
    rights = [_credited(each) for each in item.iter(f"{QTI_12}respcondition") if _gives(each)]
    has_precision = any(precise for _, _, precise in rights)

    def score(typed: str) -> Scored:
        if not typed:
            return 0, ""
        number = Decimal(typed)
        if not has_precision:
            number = number.quantize(Decimal("0.0001"), ROUND_HALF_UP, _WIDE)
        is_right = any(low <= number <= high for low, high, _ in rights)
        return float(is_right), seen(texts["correct_fb" if is_right else "general_incorrect_fb"])

    text = next(item.iter(f"{QTI_12}mattext")).text or ""
    texts = {
        each.get("ident"): next(each.iter(f"{QTI_12}mattext")).text or ""
        for each in item.iter(f"{QTI_12}itemfeedback")
    }
    fields = [each.text or "" for each in item.iter(f"{QTI_12}fieldentry")]
    assert fields[0] == "numerical_question"
    return Read(item.get("title") or "", text, texts["general_fb"], score, float(fields[1]))


def _gives(condition: Element) -> bool:
    return [each.text for each in condition.iter(f"{QTI_12}setvar")] == ["100"]


def _credited(condition: Element) -> tuple[Decimal, Decimal, bool]:
    """From where to where an answer gets credit, and whether that is what Canvas knows as a number to
    some digits: two ends with a 5 last, and a power of ten between them."""
    ends = {each.tag.removeprefix(QTI_12): Decimal(each.text or "") for each in condition.iter()
            if each.tag.removeprefix(QTI_12) in {"varequal", "vargt", "vargte", "varlte"}}  # fmt: skip
    middle, high = ends["varequal"], ends["varlte"]
    if (low := ends.get("vargt")) is not None:
        width = (high - low).normalize()
        assert middle - low == high - middle
        assert width.as_tuple().digits == (1,)
        assert {_last_digit(low), _last_digit(high)} == {5}
        return low, high, True
    # the lower end is not read: what holds is the distance of the upper one
    assert ends["vargte"] == middle - (high - middle)
    return middle - (high - middle), high, False


def _last_digit(number: Decimal) -> int:
    return number.normalize().as_tuple().digits[-1]


# --- QTI 2.1 -------------------------------------------------------------------------------


def qti_items(data: bytes) -> list[Element]:
    files = files_in(data)
    manifest = XML(files["imsmanifest.xml"])
    test, *resources = (each for each in manifest.iter() if each.tag.endswith("}resource"))
    assert test.get("type") == "imsqti_test_xmlv2p1"
    assert {each.get("type") for each in resources} == {"imsqti_item_xmlv2p1"}
    named = {each.get("href") for each in manifest.iter() if each.tag.endswith("}file")}
    assert named == set(files) - {"imsmanifest.xml"}
    needed = [each.get("identifierref") for each in test if each.tag.endswith("}dependency")]
    assert needed == [each.get("identifier") for each in resources]
    wanted = XML(files[test.get("href") or ""])
    links = [each.get("href") for each in wanted.iter(f"{QTI}assessmentItemRef")]
    assert links == [each.get("href") for each in resources]
    return [XML(files[each.get("href") or ""]) for each in resources]


def read_qti(data: bytes) -> list[Read]:
    return [*map(_qti, qti_items(data))]


def _qti(item: Element) -> Read:
    most = _default(item, "MAXSCORE")
    feedbacks = {
        each.get("identifier"): "".join(each.itertext())
        for each in item.findall(f"{QTI}modalFeedback")
    }

    def score(typed: str) -> Scored:
        outcomes = {"SCORE": "0", "SOLUTION": "", "FEEDBACK": ""}
        for rule in item.iter(f"{QTI}responseProcessing"):
            _run(rule, typed, outcomes)
        assert outcomes["SOLUTION"] == "shown"
        return float(outcomes["SCORE"]) / (most or 1), feedbacks[outcomes["FEEDBACK"]]

    assert item.get("timeDependent") == "false"
    body = item.find(f"{QTI}itemBody")
    assert body is not None
    assert {each.tag for each in body} == {f"{QTI}div", f"{QTI}p"}  # text stands in blocks alone
    assert not (body.text or "").strip()
    text = html.escape("".join(body[0].itertext()))
    shown_in = html.escape(feedbacks["shown"])
    return Read(item.get("title") or "", text, shown_in, score, most)


def _default(item: Element, name: str) -> float:
    for each in item.iter(f"{QTI}outcomeDeclaration"):
        if each.get("identifier") == name:
            return float(next(each.iter(f"{QTI}value")).text or "")
    raise AssertionError(name)


def _run(rules: Element, typed: str, outcomes: dict[str, str]) -> None:
    """Do what stands in a block, of a condition the first branch that holds."""
    for rule in rules:
        match rule.tag.removeprefix(QTI):
            case "setOutcomeValue":
                outcomes[rule.get("identifier") or ""] = rule[0].text or ""
            case "responseCondition":
                for branch in rule:
                    if branch.tag == f"{QTI}responseElse" or _holds(branch[0], typed):
                        _run(branch, typed, outcomes)
                        break


def _holds(test: Element, typed: str) -> bool:
    """An empty field is 0 in comparisons, as in one player; others find that they do not hold."""
    match test.tag.removeprefix(QTI):
        case "isNull":
            return not typed
        case "and":
            return all(_holds(each, typed) for each in test)
        case "gte":
            return Decimal(typed or 0) >= Decimal(test[1].text or "")
        case "lte":
            return Decimal(typed or 0) <= Decimal(test[1].text or "")
    raise AssertionError(test.tag)


# --- Blackboard ----------------------------------------------------------------------------


def read_blackboard(data: bytes) -> list[Read]:
    return [*_blackboard(data.decode())]


def _blackboard(text: str) -> Iterator[Read]:
    for row in text.split("\n"):
        kind, question, value, tolerance = row.split("\t")
        assert kind == "NUM"

        def score(typed: str, value: str = value, tolerance: str = tolerance) -> Scored:
            is_near = bool(typed) and abs(Decimal(typed) - Decimal(value)) <= Decimal(tolerance)
            return float(is_near), ""

        yield Read("", question, "", score)


READERS: dict[str, Callable[[bytes], list[Read]]] = {
    "moodle": read_moodle,
    "cloze": read_cloze,
    "gift": read_gift,
    "canvas": read_canvas,
    "qti": read_qti,
    "blackboard": read_blackboard,
}

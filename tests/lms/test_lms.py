"""What is exported for learning platforms, parsed back."""

from __future__ import annotations

import html
import io
import math
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import XML, Element, tostring

import pytest
from programs import run

from lossclass import load
from lossclass.lms import EXPORTERS, exporter
from lossclass.lms.exercise import MOST_SLIPS, Asked, Exercise, exercise
from lossclass.lms.markup import Xhtml, bounds, legible, number
from lossclass.marking.marks import Allowed
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.problem.problem import Problem
from lossclass.render import Detail
from lossclass.render.document import Document
from lossclass.runs.exporting import Export
from lossclass.solving import diagnosis_of, solve

#: No platform takes ∞ for a number.
WITHOUT_ANSWER = {"too_short_ctc"}
NAMES = sorted(set(bundled_problems()) - WITHOUT_ANSWER)
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
QTI_12 = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
HOSTILE = (
    "<script>alert('x')</script>]]> {1:NUMERICAL:=1} :: ~=#:{}\\ $$x$$ \\(y\\) @@PLUGINFILE@@ &lt;"
)

#: The right number, its tolerance and feedback; then those of the slips.
Answers = list[tuple[float, float, str]]


@cache
def exported(name: str, *, steps: bool = False) -> Exercise:
    return next(iter(Export([name], steps=steps)))


def meant(asked: Asked) -> Answers:
    slips = [(each.value, each.tolerance, each.text) for each in asked.wrong]
    return [(asked.value, asked.tolerance, "This is right."), *slips]


def seen(markup: str) -> str:
    """The text that a browser shows of XHTML."""
    return "".join(XML(f"<div>{markup}</div>").itertext())


def problem(**keys: object) -> Problem:
    given = {"loss": "negative_log_likelihood", "y_true": [0, 1], "y_pred": [0.3, 0.7]}
    return load({**given, **keys})


def exercise_of(given: Problem, *, steps: bool = False, allowed: Allowed | None = None) -> Exercise:
    solution = solve(given)
    return exercise(solution, diagnosis_of(given, solution), allowed, steps=steps)


# --- each format, read back ----------------------------------------------------------------


def moodle_answers(question: Element) -> Answers:
    found = []
    *answers, rest = question.findall("answer")
    assert [each.get("fraction") for each in answers] == ["100"] + ["0"] * (len(answers) - 1)
    assert (rest.get("fraction"), rest.findtext("text")) == ("0", "*")
    for each in answers:
        value, tolerance = each.findtext("text") or "", each.findtext("tolerance") or ""
        found.append((float(value), float(tolerance), seen(each.findtext("feedback/text") or "")))
    return found


def read_moodle(data: bytes) -> Iterator[tuple[str, str, Answers, str]]:
    for question in XML(data).findall("question"):
        assert question.get("type") == "numerical"
        yield (
            question.findtext("name/text") or "",
            question.findtext("questiontext/text") or "",
            moodle_answers(question),
            question.findtext("generalfeedback/text") or "",
        )


GAP = re.compile(r"\{1:NUMERICAL:((?:[^}\\]|\\.)*)\}")


def read_gap(inside: str) -> Answers:
    """A gap as Moodle reads it: the parts, their fractions, the feedback decoded once."""
    found = []
    first, *others, rest = re.split(r"(?<!\\)~", inside)
    assert first.startswith("=")
    assert rest.startswith("%0%*#")
    for part in [first.removeprefix("="), *others]:
        answer, feedback = part.removeprefix("%0%").split("#", 1)
        value, tolerance = answer.split(":")
        text = html.unescape(feedback).replace("\\}", "}").replace("\\#", "#")
        found.append((float(value), float(tolerance), seen(text)))
    return found


def read_gift(text: str) -> Iterator[tuple[str, str, Answers, str]]:
    """Questions as Moodle reads them: blank lines between, escapes first put out of the way."""
    for block in text.strip().split("\n\n"):
        hidden = re.sub(r"\\([~=#{}:\\])", lambda found: chr(0xE000 + ord(found[1])), block)
        assert hidden.count("{") == hidden.count("}") == 1
        head, _, rest = hidden.partition("{")
        answers, _, feedback = rest.rpartition("}")[0].partition("####")
        _, name, question = head.split("::")
        right, *wrong, last = answers.removeprefix("#").strip().split("\n")
        assert last.startswith("~#")
        assert right.startswith("=")
        found = []
        for line in [right.removeprefix("="), *wrong]:
            answer, _, told = line.removeprefix("=%0%").partition("#")
            assert not set("~=#{}:") & set(told)
            value, tolerance = answer.split(":")
            found.append((float(value), float(tolerance), seen(shown(told))))
        assert not set("~=#{}:") & set(name + question + feedback)
        yield shown(name), shown(question).removeprefix("[html]"), found, shown(feedback.strip())


def shown(text: str) -> str:
    return re.sub("[\ue000-\ue07f]", lambda found: chr(ord(found[0]) - 0xE000), text)


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_canvas(data: bytes) -> list[Element]:
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


def read_qti(data: bytes) -> list[Element]:
    files = files_in(data)
    manifest = XML(files["imsmanifest.xml"])
    resources = [each for each in manifest.iter() if each.tag.endswith("}resource")]
    assert {each.get("type") for each in resources} == {"imsqti_item_xmlv2p1"}
    named = {each.get("href") for each in manifest.iter() if each.tag.endswith("}file")}
    assert named == set(files) - {"imsmanifest.xml"}
    return [XML(files[each.get("href") or ""]) for each in resources]


# --- every bundled problem -----------------------------------------------------------------


@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_moodle_reads_back_what_was_meant(name: str, steps: bool) -> None:
    made = exported(name, steps=steps)
    read = list(read_moodle(exporter("moodle")([made])))
    assert [answers for _, _, answers, _ in read] == [meant(each) for each in made.asked]
    for (_, question, _, feedback), asked in zip(read, made.asked, strict=True):
        assert asked.step.title in seen(question)
        assert asked.step.title in seen(feedback)


@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_cloze_has_a_gap_for_every_number(name: str, steps: bool) -> None:
    made = exported(name, steps=steps)
    (question,) = XML(exporter("cloze")([made])).findall("question")
    assert question.get("type") == "cloze"
    text = question.findtext("questiontext/text") or ""
    assert list(map(read_gap, GAP.findall(text))) == [meant(each) for each in made.asked]
    assert "{" not in GAP.sub("", text)
    seen(GAP.sub("", text))


@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_gift_reads_back_what_was_meant(name: str, steps: bool) -> None:
    made = exported(name, steps=steps)
    read = list(read_gift(exporter("gift")([made]).decode()))
    assert [answers for _, _, answers, _ in read] == [meant(each) for each in made.asked]
    for (_, question, _, feedback), asked in zip(read, made.asked, strict=True):
        assert asked.step.title in seen(question)
        assert asked.step.title in seen(feedback)


@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_canvas_gives_credit_for_the_right_range_alone(name: str, steps: bool) -> None:
    made = exported(name, steps=steps)
    for item, asked in zip(read_canvas(exporter("canvas")([made])), made.asked, strict=True):
        fields = [each.text for each in item.iter(f"{QTI_12}fieldentry")]
        assert fields[:2] == ["numerical_question", "1.0"]
        equal, low, high = (
            [float(each.text or "") for each in item.iter(f"{QTI_12}{kind}")]
            for kind in ("varequal", "vargte", "varlte")
        )
        ours, tolerance = asked.value, asked.tolerance
        if 0 < abs(ours) < 1e-4:
            ours, tolerance = -math.log(abs(ours)), tolerance / abs(ours)
        assert equal == [ours]
        assert (*low, *high) == pytest.approx((ours - tolerance, ours + tolerance), rel=5e-3)
        texts = [seen(each.text or "") for each in item.iter(f"{QTI_12}mattext")]
        assert asked.step.title in texts[0]
        assert all(slip.text in texts[-1] for slip in asked.wrong if abs(asked.value) >= 1e-4)


@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_qti_has_a_range_for_the_answer_and_for_every_slip(name: str, steps: bool) -> None:
    made = exported(name, steps=steps)
    for item, asked in zip(read_qti(exporter("qti")([made])), made.asked, strict=True):
        assert item.get("timeDependent") == "false"
        body = item.find(f"{QTI}itemBody")
        assert body is not None
        assert {each.tag for each in body} == {f"{QTI}div", f"{QTI}p"}
        assert not (body.text or "").strip()
        feedbacks = {
            each.get("identifier"): "".join(each.itertext())
            for each in item.findall(f"{QTI}modalFeedback")
        }
        cases = [*item.iter(f"{QTI}responseIf"), *item.iter(f"{QTI}responseElseIf")]
        found = []
        for case in cases:
            *_, id = (each.text for each in case.iter(f"{QTI}baseValue"))
            low, high = (
                float(next(case.iter(f"{QTI}{kind}"))[1].text or "") for kind in ("gte", "lte")
            )
            found.append((low, high, feedbacks[id]))
        assert found == [(*map(float, bounds(v, t)), text) for v, t, text in meant(asked)]
        scored = [each for each in cases if "SCORE" in tostring(each, "unicode")]
        assert scored == cases[:1]


@pytest.mark.grid(platform=EXPORTERS, count=[3, 30])
def test_a_reduction_that_is_not_the_taught_one_stands_in_the_question(
    platform: str, count: int
) -> None:
    """Or the question would ask for the sum, and have it wrong."""
    keys = {"y_true": [0] * count, "y_pred": [[0.3, 0.7]] * count, "statement": "What is the loss?"}
    taught, mean = (
        text_of(platform, exercise_of(problem(**keys, **more)))
        for more in ({}, {"reduction": "mean"})
    )
    asks = mean[: mean.index("L = ?")]
    assert asks.rindex("The sum over i: S") < asks.rindex(f"The loss: L = S / {count}")
    assert "The loss: L =" not in taught[: taught.index("L = ?")]


def test_questions_with_the_same_numbers_are_counted() -> None:
    arguments = ["export", "hinge_sequence", "--to", "gift", "--count", "15", "--seed", "5"]
    assert run(*arguments).stderr == (
        "warning: 2 of 15 questions have the same numbers as another; let more numbers move, or "
        "farther, with 'vary'\n"
    )


def text_of(platform: str, made: Exercise) -> str:
    """All that an export asks and tells, as it is read."""
    data = exporter(platform)([made])
    files = list(files_in(data).values()) if zipfile.is_zipfile(io.BytesIO(data)) else [data]
    text = "".join(each.decode().replace("\\", "") for each in files)
    text = text.replace("<![CDATA[", "").replace("]]>", "")
    for _ in range(2):  # HTML in XML
        text = re.sub(r"<[^<>]*>", "", html.unescape(text))
    return text


@pytest.mark.grid(12, name=NAMES)
def test_slips_can_be_told_from_the_answer_and_from_each_other(name: str) -> None:
    for asked in exported(name, steps=True).asked:
        assert len(asked.wrong) <= MOST_SLIPS
        numbers = [(value, tolerance) for value, tolerance, _ in meant(asked)]
        for place, (value, tolerance) in enumerate(numbers):
            for other, others_tolerance in numbers[:place]:
                assert abs(value - other) > 0.99 * max(tolerance, others_tolerance)
                assert not abs(value - other) < 0.99 * (tolerance + others_tolerance)


def test_the_classic_slips_of_hello_have_their_feedback() -> None:
    """The first that come to mind: they are not crowded out by rarer ones."""
    probability = 0.00018816 + 2 * 0.0009408
    loss = -math.log(probability)
    (asked,) = exported("hello_ctc").asked
    found = [each.value for each in asked.wrong]
    largest = -math.log(0.0009408)
    slips = (-loss, -math.log10(probability), -math.log2(probability), loss / 5, largest)
    for wrong in slips:
        assert any(math.isclose(wrong, each, rel_tol=1e-12) for each in found), wrong


@pytest.mark.grid(12, name=NAMES)
def test_an_answer_rounded_at_every_step_is_still_right(name: str) -> None:
    given = next(iter(Export([name]).batch.worked()))[0]
    rounded = solve(given, round_as_you_go=3).rounded
    assert rounded is not None
    for asked in exported(name).asked:
        off = abs(rounded.values[asked.step.id] - Decimal(repr(asked.value)))
        assert float(off) <= asked.tolerance, asked.step.id


# --- what stands in it ---------------------------------------------------------------------


def test_hello_knows_its_classic_slips() -> None:
    (asked,) = exported("hello_ctc").asked
    p = 0.6 * 0.2 * 0.5 * 0.2 * 0.7 * 0.2 * 0.7 * 0.2 * 0.8, 0.0009408, 0.0009408
    assert asked.value == pytest.approx(-math.log(sum(p)), rel=1e-12)
    slips = [each.value for each in asked.wrong]
    for expected in (-math.log10(sum(p)), -math.log(max(p)), -math.log(sum(p)) / 5):
        assert any(math.isclose(each, expected, rel_tol=1e-9) for each in slips)


def test_tolerance_is_half_a_unit_and_what_rounding_passes_on() -> None:
    (asked,) = exported("regression_series").asked
    assert (asked.value, asked.tolerance) == (0.5825, 0.0005)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [(Allowed(Decimal("0.25"), False), 0.25), (Allowed(Decimal("0.1"), True), 0.0357)],
)
def test_a_tolerance_of_the_teacher_takes_its_place(allowed: Allowed, expected: float) -> None:
    (asked,) = exercise_of(problem(y_true=[1, 0], y_pred=[0.7, 0.3]), allowed=allowed).asked
    assert asked.value == pytest.approx(-math.log(0.7))
    assert asked.tolerance == pytest.approx(expected)


def test_the_picture_is_in_the_file() -> None:
    made = exported("ab_ctc")
    ((_, question, _, feedback),) = read_moodle(exporter("moodle")([made]))
    data = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)"', feedback)
    assert [XML(b64decode(each)).tag for each in data] == ["{http://www.w3.org/2000/svg}svg"]
    assert "<img" not in question
    for name in ("canvas", "qti"):
        files = files_in(exporter(name)([made]))
        (picture,) = (path for path in files if path.endswith(".svg"))
        assert any(picture.encode() in text for path, text in files.items() if path != picture)


def test_no_result_stands_in_a_question() -> None:
    made = exported("ab_ctc", steps=True)
    steps = {str(made.solution.line(each.step).result.value) for each in made.asked}
    long = {each for each in steps if len(each) > 5}
    for _, question, _, _ in read_moodle(exporter("moodle")([made])):
        assert not [each for each in long if each in question]


def test_canvas_asks_for_the_logarithm_of_a_small_number() -> None:
    made = exercise_of(problem(y_true=[1, 0], y_pred=[0.99999, 0.00001], statement="Compute it."))
    (asked,) = made.asked
    assert 0 < asked.value < 1e-4
    (item,) = read_canvas(exporter("canvas")([made]))
    (equal,) = item.iter(f"{QTI_12}varequal")
    assert float(equal.text or "") == pytest.approx(-math.log(-math.log(0.99999)))
    assert "Enter −ln |" in (next(item.iter(f"{QTI_12}mattext")).text or "")


# --- texts of others -----------------------------------------------------------------------


@pytest.mark.parametrize("steps", [False, True])
def test_hostile_texts_stay_text(steps: bool) -> None:
    made = exercise_of(
        problem(
            loss="categorical_cross_entropy",
            classes=["<b>", "a}~=#:{\\"],
            y_true=[[0, 1]],
            y_pred=[[0.3, 0.7]],
            title=escaped(HOSTILE),
            statement=escaped("One $$a$$ & <i>b</i>\n\n- {2:MC:=c}\n- ~d"),
        ),
        steps=steps,
    )
    for name, question, answers, feedback in read_moodle(exporter("moodle")([made])):
        assert name.startswith(HOSTILE[:100])
        assert "- {2:MC:=c}" in seen(question)
        assert "One $$a$$ & <i>b</i>" in seen(question)
        assert "<i>" not in question
        assert not set("{}$@") & set(question + feedback)
        assert answers
    gift = list(read_gift(exporter("gift")([made]).decode()))
    assert [answers for _, _, answers, _ in gift] == [meant(each) for each in made.asked]
    assert all(name.startswith(HOSTILE[:100]) and "a}~=#:{\\" in seen(q) for name, q, _, _ in gift)
    cloze = XML(exporter("cloze")([made]))
    text = cloze.findtext("question/questiontext/text") or ""
    assert list(map(read_gap, GAP.findall(text))) == [meant(each) for each in made.asked]
    assert any("a}~=#:{\\" in slip.text for asked in made.asked for slip in asked.wrong)
    for item in read_qti(exporter("qti")([made])):
        assert (item.get("title") or "").startswith(HOSTILE[:100])
        assert not [*item.iter(f"{QTI}script"), *item.iter(f"{QTI}i")]
    for item in read_canvas(exporter("canvas")([made])):
        assert not [t for t in item.iter(f"{QTI_12}mattext") if "<script" in (t.text or "")]


@pytest.mark.parametrize("detail", Detail)
def test_all_of_a_working_can_stand_on_a_platform(detail: Detail) -> None:
    solution = solve(load(bundled_problems()["hinge_sequence"]), frameworks=True)
    parts = Document(solution, Xhtml()).parts(detail)
    assert "0.4667" in "".join(XML(f"<div>{''.join(parts)}</div>").itertext())


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert legible("a\0b\x1bc\ud800d\u202ee\ufffef ä𝄞") == "a�b�c�d�e�f ä𝄞"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1, "0.1"), (-0.0, "0.0"), (1.88e-05, "0.0000188"), (1e16, "10000000000000000")],
)
def test_numbers_have_a_point_and_no_exponent(value: float, expected: str) -> None:
    assert number(value) == expected
    assert float(number(value)) == value


def test_numbers_read_back_as_the_same_doubles() -> None:
    for value in (math.pi, 5e-324, 1.7e308, 2 / 3 * 1e-29, 123456789.123):
        assert float(number(value)) == value


# --- the command ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_problems_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        ended = run("export", "hello_ctc", "ab_ctc", "--to", name, "-o", file)
        assert (ended.returncode, ended.stderr) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_problem_twice_has_two_ids(name: str) -> None:
    made = exported("hello_ctc")
    data = exporter(name)([made, made])
    if name in {"moodle", "cloze"}:
        ids = [each.text for each in XML(data).iter("idnumber")]
    elif name == "canvas":
        ids = [each.get("ident") for each in read_canvas(data)]
    elif name == "qti":
        ids = [each.get("identifier") for each in read_qti(data)]
    else:
        ids = [str(place) for place, _ in enumerate(read_gift(data.decode()))]
    assert len(set(ids)) == 2


def test_what_no_platform_can_ask_is_told_and_the_others_come_out() -> None:
    ended = run("export", "too_short_ctc", "sentiment_example", "--to", "moodle")
    assert ended.returncode == 2
    assert "no finite number" in ended.stderr
    assert len(list(read_moodle(ended.output))) == 1


def test_a_file_that_exists_is_kept_and_an_unknown_platform_refused(tmp_path: Path) -> None:
    file = tmp_path / "quiz.xml"
    file.write_text("mine")
    assert run("export", "hello_ctc", "--to", "moodle", "-o", file).returncode == 4
    assert file.read_text() == "mine"
    ended = run("export", "hello_ctc", "--to", "word")
    assert ended.returncode == 2
    assert "is not one of moodle, cloze" in ended.stderr


def test_a_question_bank_of_variants_asks_for_other_numbers() -> None:
    command = ("export", "hello_ctc", "--to", "moodle", "--count", 5, "--seed", "spring")
    ended = run(*command)
    read = list(read_moodle(ended.output))
    assert len({name for name, _, _, _ in read}) == 5
    assert len({answers[0][0] for _, _, answers, _ in read}) == 5
    assert len({question for _, question, _, _ in read}) == 5
    assert run(*command).output == ended.output
    assert run("export", "hello_ctc", "--to", "moodle", "--count", 5).returncode == 2

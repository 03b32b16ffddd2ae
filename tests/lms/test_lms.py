"""What is exported for learning platforms, as they read it."""

from __future__ import annotations

import html
import math
import re
import zipfile
from base64 import b64decode
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import XML

import pytest
from hypothesis import given, strategies
from platforms import QTI, QTI_12, READERS, Read, canvas_items, files_in, qti_items, seen
from programs import run

from lossclass import load
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.errors import UsageError
from lossclass.lms import CREDITS, EXPORTERS, SMALLEST, Grading, content, exporter
from lossclass.lms.blackboard import MOST
from lossclass.lms.exercise import MOST_SLIPS, Asked, Exercise, exercise
from lossclass.lms.markup import Xhtml, legible, number, one_line
from lossclass.lms.moodle import EMOTICONS, sober
from lossclass.marking.diagnosis import Diagnosis
from lossclass.marking.marks import Allowed
from lossclass.problem.bundled import bundled_problems
from lossclass.problem.placeholders import escaped
from lossclass.problem.problem import Problem
from lossclass.render import Detail
from lossclass.render.document import Document
from lossclass.runs.exporting import Export
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of, solve
from problems import VARIED

#: No platform takes ∞ for a number.
WITHOUT_ANSWER = {"too_short_ctc"}
NAMES = sorted(set(bundled_problems()) - WITHOUT_ANSWER)
#: Those that have no place for what is told of a slip.
WITHOUT_SLIPS = {"canvas", "blackboard"}
HOSTILE = (
    "<script>alert('x')</script>]]> {1:NUMERICAL:=1} :: ~=#:{}\\ $$x$$ \\(y\\) @@PLUGINFILE@@ &lt;"
)


@cache
def worked(name: str) -> tuple[Solution, Diagnosis]:
    problem = load(bundled_problems()[name])
    solution = solve(problem)
    return solution, diagnosis_of(problem, solution)


@cache
def exported(name: str, *, steps: bool = False, smallest: float = SMALLEST) -> Exercise:
    solution, diagnosis = worked(name)
    only = () if steps else solution.answer_ids
    return exercise(solution, diagnosis, only=only, smallest=smallest)


def problem(**keys: object) -> Problem:
    given = {"loss": "negative_log_likelihood", "y_true": [0, 1], "y_pred": [0.3, 0.7]}
    return load({**given, **keys})


def exercise_of(
    given: Problem, platform: str = "qti", *, steps: bool = False, allowed: Allowed | None = None
) -> Exercise:
    solution = solve(given)
    only = () if steps else solution.answer_ids
    smallest = EXPORTERS[platform].smallest
    diagnosis = diagnosis_of(given, solution)
    return exercise(solution, diagnosis, allowed, only=only, smallest=smallest)


def export(platform: str, *exercises: Exercise, **grading: float) -> bytes:
    return exporter(platform)(exercises, Grading(**grading))


def read(platform: str, *exercises: Exercise, **grading: float) -> list[Read]:
    assert platform in READERS, f"tests/platforms.py does not say how {platform} reads its files"
    return READERS[platform](export(platform, *exercises, **grading))


# --- what is typed is scored as it should be -----------------------------------------------


def true_value(asked: Asked) -> Decimal:
    """What is asked for, by the steps."""
    value = asked.step.decimal
    return WORKING.minus(WORKING.ln(abs(value))) if asked.as_logarithm else value


def typed(value: Decimal, digits: int) -> str:
    return format(round_significant(value, digits), "f")


def hold(platform: str, asked: Asked, question: Read) -> None:
    """The right answer scores, in three, four and six digits; a slip gets its own feedback and
    nothing, and so does nothing at all; 0 scores only where it is right."""
    value = true_value(asked)
    for digits in (3, 4, 6):
        assert question.score(typed(value, digits)) == (1, question.score(typed(value, 8))[1])
    for slip in asked.wrong:
        share, told = question.score(typed(Decimal(repr(slip.value)), 6))
        assert share == 0, slip
        assert platform in WITHOUT_SLIPS or told == slip.text
        assert platform != "canvas" or slip.text in told
    assert question.score("0")[0] == float(abs(asked.value) <= asked.tolerance)
    assert question.score("")[0] == 0


@pytest.mark.some(2)
@pytest.mark.grid(12, name=NAMES, steps=[False, True])
def test_every_platform_scores_what_is_typed_as_it_should(name: str, steps: bool) -> None:
    for platform, about in EXPORTERS.items():
        made = exported(name, steps=steps, smallest=about.smallest)
        if platform == "blackboard" and len(made.asked) > MOST:
            continue
        for asked, question in zip(made.asked, read(platform, made), strict=True):
            hold(platform, asked, question)
            if platform != "cloze":
                assert asked.step.title in seen(question.text)
                assert platform == "blackboard" or asked.step.title in seen(question.solution)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted({*VARIED} - WITHOUT_ANSWER))
def test_every_platform_scores_variants_as_it_should(name: str) -> None:
    made = list(Export([name], count=5, seed="spring"))
    asked = [each for exercise in made for each in exercise.asked]
    for platform in set(EXPORTERS) - {"canvas", "blackboard"}:
        for each, question in zip(asked, read(platform, *made), strict=True):
            hold(platform, each, question)


@pytest.mark.parametrize("platform", ["moodle", "cloze", "gift"])
def test_moodle_finds_no_emoticon_in_what_it_stores(platform: str) -> None:
    """P(h) would be a heart, and P(y) a thumb."""
    symbols = {"h": 0.6, "y": 0.5, "n": 0.7, "8": 0.8, "B": 0.3, "-": 0.2}
    made = exercise_of(
        load(
            {
                "loss": "ctc",
                "target": "hyn8B",
                "blank": "-",
                "probabilities": symbols,
                "alignments": ["h-y-n8B-"],
            }
        ),
        steps=True,
    )
    ours = "".join(content.question(made, each) + content.solution(made) for each in made.asked)
    assert {"(h)", "(y)", "(n)"} <= {code for code in EMOTICONS if code in ours}
    for question in read(platform, made):
        assert not [code for text in question.stored for code in EMOTICONS if code in text]
        assert "P(h)" in "".join(map(seen, question.stored))


@given(strategies.lists(strategies.sampled_from([*EMOTICONS, *"-();:8ab &", "&amp;"])))
def test_what_could_be_an_emoticon_is_read_as_it_was(parts: Sequence[str]) -> None:
    text = "".join(parts)
    assert not [code for code in EMOTICONS if code in sober(text)]
    assert html.unescape(sober(text)) == html.unescape(text)


@pytest.mark.grid(2, platform=EXPORTERS, count=[3, 30])
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


def text_of(platform: str, made: Exercise) -> str:
    """All that an export asks and tells, as it is read."""
    data = export(platform, made)
    files = list(files_in(data).values()) if zipfile.is_zipfile(BytesIO(data)) else [data]
    text = "".join(each.decode().replace("\\", "") for each in files)
    text = text.replace("<![CDATA[", "").replace("]]>", "")
    for _ in range(2):  # HTML in XML
        text = re.sub(r"<[^<>]*>", "", html.unescape(text))
    return text


@pytest.mark.grid(12, name=NAMES)
def test_slips_can_be_told_from_the_answer_and_from_each_other(name: str) -> None:
    for asked in exported(name, steps=True).asked:
        assert len(asked.wrong) <= MOST_SLIPS
        numbers = [(asked.value, asked.tolerance)]
        numbers += [(each.value, each.tolerance) for each in asked.wrong]
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
        assert any(math.isclose(wrong, each, rel_tol=1e-7) for each in found), wrong


@pytest.mark.grid(12, name=NAMES)
def test_an_answer_rounded_at_every_step_is_still_right(name: str) -> None:
    given = next(Export([name]).batch.done()).worked[0].problem
    rounded = solve(given, round_as_you_go=3).rounded
    assert rounded is not None
    for asked in exported(name).asked:
        off = abs(rounded.values[asked.step.id] - Decimal(repr(asked.value)))
        assert float(off) <= asked.tolerance, asked.step.id


# --- what stands in it ---------------------------------------------------------------------


def test_hello_knows_its_classic_slips() -> None:
    (asked,) = exported("hello_ctc").asked
    p = 0.6 * 0.2 * 0.5 * 0.2 * 0.7 * 0.2 * 0.7 * 0.2 * 0.8, 0.0009408, 0.0009408
    assert asked.value == pytest.approx(-math.log(sum(p)), rel=1e-7)
    slips = [each.value for each in asked.wrong]
    for expected in (-math.log10(sum(p)), -math.log(max(p)), -math.log(sum(p)) / 5):
        assert any(math.isclose(each, expected, rel_tol=1e-7) for each in slips)


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
    svg = "{http://www.w3.org/2000/svg}svg"
    for platform in ("moodle", "cloze"):
        feedback = XML(export(platform, made)).find(".//generalfeedback")
        assert feedback is not None
        file, text = feedback.find("file"), feedback.findtext("text") or ""
        assert file is not None
        assert f'<img src="@@PLUGINFILE@@/{file.get("name")}"' in text
        assert XML(b64decode(file.text or "")).tag == svg
    (question,) = read("gift", made)
    (data,) = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)"', question.solution)
    assert XML(b64decode(data)).tag == svg
    assert "<img" not in question.text
    for platform in ("canvas", "qti"):
        files = files_in(export(platform, made))
        (picture,) = (path for path in files if path.endswith(".svg"))
        pages = (html.unescape(text.decode()) for path, text in files.items() if path != picture)
        assert any(re.search(rf'<img src="[^"]*{re.escape(picture)}"', page) for page in pages)


def test_no_result_stands_in_a_question() -> None:
    made = exported("ab_ctc", steps=True)
    steps = {str(made.solution.line(each.step).result.value) for each in made.asked}
    long = {each for each in steps if len(each) > 5}
    for question in read("moodle", made):
        assert not [each for each in long if each in question.text]


def small_error(error: float, platform: str, *, steps: bool = False) -> Exercise:
    """The mean squared error of one number that is off by so much."""
    given = problem(loss="mean_squared_error", y_true=[0], y_pred=[error], statement="Compute it.")
    return exercise_of(given, platform, steps=steps)


@pytest.mark.parametrize(
    ("platform", "error"),
    [
        ("moodle", 1e-15),
        ("cloze", 1e-15),
        ("gift", 1e-15),
        ("qti", 1e-15),
        ("canvas", 3e-3),
        ("blackboard", 3e-3),
    ],
)
def test_of_a_number_that_would_be_taken_for_0_the_logarithm_is_asked(
    platform: str, error: float
) -> None:
    made = small_error(error, platform)
    (asked,) = made.asked
    assert asked.as_logarithm
    assert asked.value == pytest.approx(-2 * math.log(error), rel=1e-7)
    (question,) = read(platform, made)
    assert "−ln |L| = ?" in seen(question.text)
    hold(platform, asked, question)
    # 0 is none, nor is the number itself
    assert question.score("0")[0] == question.score(str(error**2))[0] == 0


def test_a_number_that_is_no_double_is_asked_too() -> None:
    keys = {"loss": "ctc", "target": "a", "blank": "-", "alignments": ["aaaaa"]}
    made = exercise_of(load({**keys, "probabilities": {"a": 1e-90, "-": 0.5}}), steps=True)
    assert [each.step.id for each in made.asked] == ["alignment.1", "probability", "loss"]
    assert {each.value for each in made.asked} == {round(450 * math.log(10), 4)}


def test_a_gap_for_a_logarithm_says_so() -> None:
    text = export("cloze", small_error(1e-15, "cloze", steps=True)).decode()
    # 30 ln 10 = 69.0775527898…
    assert re.search(r"; −ln \|L\| = \{1:NUMERICAL:=69\.077553:", text)


def test_canvas_takes_three_digits_of_a_logarithm() -> None:
    """10.3978 ± 0.0016 would not have 10.4 among it."""
    loss = Decimal("0.0000304")
    made = exercise_of(problem(y_true=[1, 0], y_pred=[(-loss).exp(), 1 - (-loss).exp()]), "canvas")
    (question,) = read("canvas", made)
    assert (-loss.ln()).quantize(Decimal("0.1")) == Decimal("10.4")
    assert question.score("10.4")[0] == 1


def test_canvas_rounds_nothing_into_0() -> None:
    """Of four decimals, a number hardly outside the tolerance would be one at its end."""
    made = exercise_of(problem(loss="hinge", y_true=[1], y_pred=[2]))
    (question,), (asked,) = read("canvas", made), made.asked
    assert (asked.value, asked.tolerance) == (0, 0.0005)
    scores = {typed: question.score(typed)[0] for typed in ("0", "0.0005", "0.00054", "-0.00054")}
    assert scores == {"0": 1, "0.0005": 1, "0.00054": 0, "-0.00054": 0}


def test_canvas_takes_what_is_typed_with_all_its_digits() -> None:
    """It would make 0.00019 of 0.000188 first, and 0.0002 of that."""
    made = exported("hello_ctc", steps=True, smallest=EXPORTERS["canvas"].smallest)
    first = read("canvas", made)[0]
    assert made.asked[0].step.decimal == Decimal("0.00018816")
    assert [first.score(each)[0] for each in ("0.000188", "0.000189", "0.0002")] == [1, 0, 0]


@pytest.mark.parametrize(
    ("y_pred", "expected"),
    [
        # −ln 0.7 = 0.356675, to three digits; and 0.0001 more than what three digits can be off
        ([0.3, 0.7], "0.357"),
        ([0.7, 0.3], "1.20"),
    ],
)
def test_the_right_answer_in_qti_is_one_that_somebody_would_write(
    y_pred: list[float], expected: str
) -> None:
    (item,) = qti_items(export("qti", exercise_of(problem(y_pred=y_pred))))
    assert float(next(item.iter(f"{QTI}value")).text or "") == float(expected)


def test_the_right_answer_in_qti_has_the_digits_that_a_teacher_asks_for() -> None:
    allowed = Allowed(Decimal("0.000001"), relative=False)
    (item,) = qti_items(export("qti", exercise_of(problem(), allowed=allowed)))
    assert next(item.iter(f"{QTI}value")).text == "0.356675"


def test_numbers_are_shown_with_eight_digits_or_as_many_as_the_tolerance_asks() -> None:
    (asked,) = exercise_of(problem()).asked
    assert asked.value == round(-math.log(0.7), 8)
    exact = Allowed(Decimal(0), relative=False)
    (asked,) = exercise_of(problem(), allowed=exact).asked
    assert asked.value == float(asked.step.decimal) != round(-math.log(0.7), 8)


# --- points, hints, tags -------------------------------------------------------------------


def with_points() -> Exercise:
    """HELLO with 3 points for its three alignments together, and 1.5 for the loss."""
    given = load(bundled_problems()["hello_ctc"]).data
    points = {"alignment": 3, "loss": Decimal("1.5")}
    return exercise_of(load({**given, "points": points}), steps=True)


#: What is left of the steps that it asks for.
WORTH = [1.0, 1.0, 1.0, 1.5]


@pytest.mark.some(5)
@pytest.mark.parametrize("platform", sorted(set(EXPORTERS) - {"gift", "blackboard"}))
def test_points_are_those_of_the_steps(platform: str) -> None:
    made = with_points()
    worth = [each.points for each in read(platform, made)]
    # in a gap, only whole numbers can be: twice as many
    times = 2 if platform == "cloze" else 1
    assert worth == [times * each for each in WORTH]


def test_no_question_is_worth_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hinge.yaml"
    file.write_text("loss: hinge\ny_true: [1, -1]\ny_pred: [0.2, 0.4]\npoints: {hinge: 3}\n")
    made = [*Export([str(file)], steps=True, count=2, seed="s")]
    assert [[each.step.id for each in one.asked] for one in made] == [["hinge.1", "hinge.2"]] * 2
    left_out = {"margin.1", "margin.2", "sum", "loss"} & {*made[0].uncounted}
    assert {*made[0].uncounted} == {"margin.1", "margin.2", *left_out}
    told = (
        f"no question asks for the {len(made[0].uncounted)} steps without points, such as margin.1"
    )
    assert capsys.readouterr().err.count(told) == 1
    assert not [*Export([str(file)])]
    assert "nothing that is asked has points; --steps" in capsys.readouterr().err


def test_the_points_of_a_quiz_in_canvas_are_the_sum() -> None:
    files = files_in(export("canvas", with_points()))
    (meta,) = (XML(files[path]) for path in files if path.endswith("assessment_meta.xml"))
    (worth,) = (each.text for each in meta if each.tag.endswith("points_possible"))
    assert float(worth or "") == 4.5


def test_an_exam_asks_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "exam.yaml"
    file.write_text(
        "exam: Sequence models\n"
        "problems:\n"
        "  - {problem: hello_ctc, points: 6, only: [alignment, loss]}\n"
        "  - {problem: sentiment_example, points: 2, only: [loss]}\n"
        "  - {problem: greedy_ctc, points: 1, only: [span], align: true}\n"
    )
    made = list(Export([str(file)], steps=True))
    asked = [each for exercise in made for each in exercise.asked]
    assert [each.step.id for each in asked] == [
        *(f"alignment.{n}" for n in (1, 2, 3)), "loss", "loss", "span.1",
    ]  # fmt: skip
    assert [each.points for each in read("moodle", *made)] == [1.5] * 4 + [2, 1]
    assert [each.points for each in read("cloze", *made)] == [3] * 4 + [4, 2]
    paths = [each.text for each in XML(export("moodle", *made)).iter("text")]
    assert f"Loss functions/Sequence models/{made[0].title}" in paths
    files = files_in(export("qti", *made))
    assert any(b'title="Sequence models"' in text for text in files.values())
    again = list(Export([str(file)], count=2, seed="spring"))
    assert [each.title for each in again] == [each.title for each in made for _ in range(2)]
    assert [len(each.asked) for each in again] == [4, 4, 1, 1, 1, 1]
    assert not any("c₁ =" in content.question(each, each.asked[0]).split("<b>")[0] for each in made)


@pytest.mark.parametrize("platform", ["moodle", "cloze", "gift", "qti"])
def test_a_slip_is_worth_what_is_said(platform: str) -> None:
    made = exported("hello_ctc")
    (question,) = read(platform, made, slip_credit=0.25)
    slips = [question.score(typed(Decimal(repr(s.value)), 6))[0] for s in made.asked[0].wrong]
    assert slips == [0.25] * len(slips) != []
    assert question.score("12345")[0] == 0


def test_moodle_gives_the_hints_of_practice_one_after_the_other() -> None:
    made = exported("hello_ctc", steps=True)
    question = XML(export("moodle", made, penalty=0.5)).findall("question")[1]
    rule, numbers, put_in = (seen(each.findtext("text") or "") for each in question.iter("hint"))
    assert rule == "Multiply P(H), P(-), P(E), P(-), P(L), P(-), P(L), P(-) and P(O)."
    assert numbers == "P(H) = 0.6P(-) = 0.2P(E) = 0.5P(L) = 0.7P(O) = 0.8"
    assert put_in == "P(π₁) = 0.6 × 0.2 × 0.5 × 0.2 × 0.7 × 0.2 × 0.7 × 0.2 × 0.8"
    assert float(question.findtext("penalty") or "") == 0.5


@pytest.mark.thorough
def test_questions_are_found_by_problem_and_step_and_variant() -> None:
    made = list(Export(["hello_ctc", "ab_ctc"], count=2, seed="spring"))
    root = XML(export("moodle", *made))
    kinds = [each.get("type") for each in root]
    assert kinds == ["category", "numerical", "numerical"] * 2
    paths = [each.text for each in root.iter("text") if (each.text or "").startswith("Loss func")]
    assert paths == [
        f"Loss functions/{worked(each)[0].about.title}" for each in ("hello_ctc", "ab_ctc")
    ]
    tags = [[tag.findtext("text") for tag in each.iter("tag")] for each in root.iter("question")]
    assert tags[1] == ["ctc", "hello_ctc", "step loss", f"variant {made[0].variant}"]
    gift = export("gift", *made).decode()
    assert f"$CATEGORY: {paths[0]}\n\n// [id:" in gift
    assert f"[tag:ctc] [tag:hello_ctc] [tag:step loss] [tag:variant {made[0].variant}]" in gift


def test_a_slash_in_a_title_begins_no_other_category() -> None:
    made = exercise_of(problem(title="a/b <c> d"))
    assert "$CATEGORY: Loss functions/a//b ‹c› d\n" in export("gift", made).decode()


def test_gaps_are_of_one_width_whatever_is_in_them() -> None:
    questions = read("cloze", exported("deep_ctc", steps=True))
    widths = {max(map(len, each.numbers)) for each in questions}
    assert len(widths) == 1
    assert len({len(each.numbers[0]) for each in questions}) > 1


def test_a_file_for_blackboard_has_no_head_and_no_empty_row_and_not_too_many() -> None:
    made = exported("hello_ctc")
    rows = export("blackboard", *[made] * MOST).split(b"\n")
    assert len(rows) == MOST
    assert all(row.count(b"\t") == 3 and row.startswith(b"NUM\t<p>") for row in rows)
    with pytest.raises(UsageError, match="at most 250 questions in a file, and these are 251"):
        export("blackboard", *[made] * (MOST + 1))


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
    assert any("a}~=#:{\\" in slip.text for asked in made.asked for slip in asked.wrong)
    plain = HOSTILE.replace("<", "‹").replace(">", "›")
    for platform in EXPORTERS:
        questions = read(platform, made)
        for asked, question in zip(made.asked, questions, strict=True):
            hold(platform, asked, question)
            expected = plain if platform in {"moodle", "cloze", "gift"} else HOSTILE
            assert platform == "blackboard" or question.name.startswith(expected[:100])
            assert "- {2:MC:=c}" in seen(question.text)
            assert "One $$a$$ & <i>b</i>" in seen(question.text)
            assert "<i>" not in question.text
            assert platform == "qti" or not set("{}$@") & set(question.text + question.solution)
    for item in qti_items(export("qti", made)):
        assert not [*item.iter(f"{QTI}script"), *item.iter(f"{QTI}i")]
    for item in canvas_items(export("canvas", made)):
        assert not [t for t in item.iter(f"{QTI_12}mattext") if "<script" in (t.text or "")]


@pytest.mark.parametrize("detail", Detail)
def test_all_of_a_working_can_stand_on_a_platform(detail: Detail) -> None:
    solution = solve(load(bundled_problems()["hinge_sequence"]), frameworks=True)
    parts = Document(solution, Xhtml(), detail).parts()
    assert "0.4667" in "".join(XML(f"<div>{''.join(parts)}</div>").itertext())


@pytest.mark.parametrize("length", [199, 200, 201])
def test_a_title_is_no_longer_than_platforms_keep(length: int) -> None:
    title = "x" * length
    assert one_line(f" {title}\n") == (title if length <= 200 else "x" * 199 + "…")


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


@pytest.mark.some(4)
@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_problems_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        ended = run("export", "hello_ctc", "ab_ctc", "--to", name, "-o", file)
        assert (ended.returncode, ended.stderr) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", sorted(set(EXPORTERS) - {"blackboard"}))
def test_the_same_problem_twice_has_two_ids(name: str) -> None:
    made = exported("hello_ctc")
    data = export(name, made, made)
    if name in {"moodle", "cloze"}:
        ids = [each.text for each in XML(data).iter("idnumber")]
    elif name == "canvas":
        ids = [each.get("ident") for each in canvas_items(data)]
    elif name == "qti":
        ids = [each.get("identifier") for each in qti_items(data)]
    else:
        ids = re.findall(r"\[id:(.*?)\]", data.decode())
    assert len(set(ids)) == 2


def test_what_no_platform_can_ask_is_told_and_the_others_come_out() -> None:
    ended = run("export", "too_short_ctc", "sentiment_example", "--to", "moodle")
    assert ended.returncode == 2
    assert "no finite number" in ended.stderr
    assert len(READERS["moodle"](ended.output)) == 1


def test_a_file_that_exists_is_kept_and_an_unknown_platform_refused(tmp_path: Path) -> None:
    file = tmp_path / "quiz.xml"
    file.write_text("mine")
    assert run("export", "hello_ctc", "--to", "moodle", "-o", file).returncode == 4
    assert file.read_text() == "mine"
    ended = run("export", "hello_ctc", "--to", "word")
    assert ended.returncode == 2
    assert "is not one of moodle, cloze" in ended.stderr


@pytest.mark.thorough
def test_a_question_bank_of_variants_asks_for_other_numbers() -> None:
    command = ("export", "hello_ctc", "--to", "moodle", "--count", 5, "--seed", "spring")
    ended = run(*command)
    questions = READERS["moodle"](ended.output)
    assert len({each.name for each in questions}) == 5
    assert len({each.numbers[0] for each in questions}) == 5
    assert len({each.text for each in questions}) == 5
    assert run(*command).output == ended.output
    assert run("export", "hello_ctc", "--to", "moodle", "--count", 5).returncode == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--to", "gift", "--penalty", "0.5"), "--penalty changes nothing for gift"),
        (("--to", "canvas", "--slip-credit", "50"), "canvas gives none for slips"),
        (("--to", "moodle", "--slip-credit", "55"), f"is not one of {CREDITS[0]}, {CREDITS[1]}"),
        (("--to", "moodle", "--penalty", "2"), "should be less than or equal to 1"),
    ],
)
def test_what_a_platform_cannot_do_is_refused(options: tuple[str, ...], expected: str) -> None:
    ended = run("export", "hello_ctc", *options)
    assert ended.returncode == 2
    assert expected in " ".join(ended.stderr.split())


def test_penalty_and_credit_reach_the_file() -> None:
    ended = run(
        "export", "hello_ctc", "--to", "moodle", "--penalty", "0.1", "--slip-credit", "33.33333"
    )
    question = XML(ended.output).findall("question")[1]
    assert question.findtext("penalty") == "0.1000000"
    assert {each.get("fraction") for each in question.iter("answer")} == {"100", "33.33333", "0"}


def test_a_slip_made_a_second_time_takes_no_place_of_another_kind() -> None:
    """The score of the best path for ln Z is what many do in a CRF; beside it, there are many pairs of
    tags and bases of logarithms."""
    text = run("export", "tagging_crf", "--to", "gift").stdout
    assert "%0%0.7:" in text
    assert "The largest is taken where log-sum-exp belongs" in text

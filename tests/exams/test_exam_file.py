"""Exam files: what may stand in them, and what is said of those that cannot be meant.

Every ``bad_exams/NAME.yaml`` has the messages that it must give in ``NAME.txt`` beside it;
``--force-regen`` writes them anew: read them as an instructor would.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from programs import run
from pytest_regressions.file_regression import FileRegressionFixture

import lossclass
from lossclass.errors import InvalidProblem
from lossclass.exams import is_exam
from lossclass.exams.exam_file import load
from lossclass.problem.bundled import bundled_problems
from lossclass.worksheets import Show

BAD = Path(__file__).parent / "bad_exams"
NAMES = sorted(path.stem for path in BAD.glob("*.yaml"))
EXAM = """\
# the third one
course: 23AD2205A
exam: Sequence models, sheet 3
due: 2026-12-04
show: question
follow_through: 0.5
problems:
  - {problem: hello_ctc, points: 6, only: [alignment, probability, loss]}
  - problem: mine/hinge.yaml
    points: {hinge: 3, loss: 2}
    show: substitution
    digits: 3
    follow_through: 1
  - {problem: ab_ctc, only: loss, log_space: true}
  - hinge_sequence
"""
HINGE = "loss: hinge\ny_true: [1, -1]\ny_pred: [0.2, 0.4]\npoints: 9\n"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "hinge.yaml").write_text(HINGE, encoding="utf-8")
    (tmp_path / "exam.yaml").write_text(EXAM, encoding="utf-8")
    return tmp_path / "exam.yaml"


def test_an_exam_says_what_is_asked_of_each_problem(exam: Path) -> None:
    assert is_exam(exam)
    found = load(exam)
    assert (found.title, found.course, found.due) == (
        "Sequence models, sheet 3",
        "23AD2205A",
        "2026-12-04",
    )
    assert [task.number for task in found.tasks] == [1, 2, 3, 4]
    hello, hinge, ab, last = found.tasks
    assert (hello.only, hello.show) == (("alignment", "probability", "loss"), Show.QUESTION)
    assert (hinge.show, hinge.solution.digits) == (Show.SUBSTITUTION, 3)
    assert ab.wanted.extras == {"log_space": True}
    shares = [task.solution.points.follow_through for task in found.tasks]
    assert shares == [Fraction(1, 2), 1, Fraction(1, 2), Fraction(1, 2)]
    most = [sum(t.solution.points.shared([*t.asked_in(t.solution)]).values()) for t in found.tasks]
    # Without points, one for each step that is asked: the answer alone, and what a question asks.
    assert most == [6, 5, 1, len(last.asked_in(last.solution))]
    assert hinge.solution.points.named == {"hinge": 3, "loss": 2}  # not the 9 of the problem
    titles = [task.solution.about.title for task in found.tasks]
    assert titles[0] == "Problem 1: HELLO: CTC loss over three alignments (6 points)"
    assert titles[2].endswith(" (1 point)")


def test_the_schema_takes_what_is_an_exam_and_says_what_is_not() -> None:
    schema = json.loads(run("schema", "--exam").stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    as_numbers = {**yaml.safe_load(EXAM), "due": "2026-12-04", "course": 2005}
    assert not [*validator.iter_errors(as_numbers)]
    assert {*schema["properties"]} == {*as_numbers, "digits"}
    for keys, path, keyword in (
        ({"exma": 1}, [], "additionalProperties"),
        ({"problems": []}, ["problems"], "minItems"),
        ({"problems": [3]}, ["problems", 0], "type"),
        ({"problems": [{"points": 3}]}, ["problems", 0], "required"),
        (
            {"problems": [{"problem": "a", "points": {"loss": -1}}]},
            ["problems", 0, "points", "loss"],
            "minimum",
        ),
        ({"problems": [{"problem": "a", "show": "all"}]}, ["problems", 0, "show"], "enum"),
        (
            {"problems": [{"problem": "a", "gradeint": True}]},
            ["problems", 0],
            "additionalProperties",
        ),
    ):
        (error,) = validator.iter_errors({**as_numbers, **keys})
        assert ([*error.absolute_path], error.validator) == (path, keyword)


def test_a_problem_is_no_exam_and_an_exam_is_one_however_it_is_written(tmp_path: Path) -> None:
    assert not any(map(is_exam, bundled_problems().values()))
    assert not is_exam(Path("nowhere.yaml"))
    file = tmp_path / "exam.yaml"
    written = ("{exam: A, problems: [hello_ctc]}", '"exam": A\n"problems": [hello_ctc]')
    for text in (*written, "{\n  course: B,\n  exam: A, problems: [hello_ctc]}"):
        file.write_text(text, encoding="utf-8")
        assert is_exam(file)
        assert load(file).title == "A"
    for text in (
        "title: an exam\nloss: hinge",
        "exam",
        "- exam: A",
        "exam: [",
        "{exam: A, loss: b}",
    ):
        file.write_text(text, encoding="utf-8")
        assert not is_exam(file)


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_exam_gives_its_messages_and_status_3(
    name: str, file_regression: FileRegressionFixture
) -> None:
    refused = run("check", f"{name}.yaml", "nobody.yaml", cwd=BAD)
    assert (refused.returncode, refused.stdout) == (3, "")
    for line in refused.stderr.splitlines():
        _, row, column, message = line.split(":", 3)
        assert (row + column).isdecimal(), line
        assert message.strip(), line
    file_regression.check(refused.stderr, encoding="utf-8", fullpath=BAD / f"{name}.txt")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["check", "exam.yaml", "a.yaml", "--only", "loss"], "--only: exam.yaml is an exam"),
        (["check", "exam.yaml", "a.yaml", "--gradient"], "write gradient beside the problem in it"),
        (["check", "exam.yaml", "a.yaml", "--log-space"], "write log_space beside the problem"),
    ],
)
def test_options_that_an_exam_says_itself(exam: Path, given: list[str], message: str) -> None:
    (exam.parent / "a.yaml").touch()
    refused = run(*given, cwd=exam.parent)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert message in refused.stderr


def test_an_exam_in_the_place_of_a_problem_says_that_it_is_one(exam: Path) -> None:
    with pytest.raises(InvalidProblem, match="3:1: exam: this is an exam, not a problem"):
        lossclass.load(exam)


def test_an_exam_among_problems_is_none_of_them(exam: Path) -> None:
    text = EXAM.partition("\n")[2].replace("course: 23AD2205A\n", "")
    (exam.parent / "mine" / "exam.yaml").write_text(text, encoding="utf-8")
    solved = run("solve", "mine", "--detail", "answer", cwd=exam.parent)
    assert (solved.returncode, solved.stderr) == (0, "")
    (exam.parent / "mine" / "hinge.yaml").unlink()
    refused = run("solve", "mine", cwd=exam.parent)
    assert refused.returncode == 4
    assert "only quizzes or exams; name an exam itself" in refused.stderr


def test_the_problems_of_an_exam_are_solved_as_it_asks(exam: Path) -> None:
    solved = run("solve", "exam.yaml", cwd=exam.parent)
    assert (solved.returncode, solved.stderr) == (0, "")
    places = [solved.stdout.index(f"Problem {n}: ") for n in (1, 2, 3, 4)]
    assert places == sorted(places)
    assert "log_alpha" in solved.stdout
    refused = run("solve", "exam.yaml", "--gradient", cwd=exam.parent)
    assert refused.returncode == 2
    assert "write gradient beside the problem in it" in refused.stderr

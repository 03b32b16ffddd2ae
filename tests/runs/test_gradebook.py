"""``lossclass check`` for a class: gradebooks for a spreadsheet, Moodle and Canvas, and pages to hand
back."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from programs import Ended, run, tree

from lossclass.rosters.roster import file_name

PROBLEM = "hinge_sequence"
TITLE = "Hinge loss for a sequence of three labels"
#: Without the margins.
ASKED = ("--only", "hinge", "--only", "sum", "--only", "loss")
STEPS = ["hinge.1", "hinge.2", "hinge.3", "sum", "loss"]
RIGHT = dict(zip(STEPS, ["0.2", "0.5", "0.7", "1.4", "0.467"], strict=True))
SLIPPED = {**RIGHT, "loss": "1.4"}
FOLLOWS = {**RIGHT, "hinge.3": "0.3", "sum": "1.0", "loss": "0.333"}
UNREADABLE = {**RIGHT, "sum": "#REF!"}
LONG = "von und zu Müller-Østergård, " + "Anna Maria " * 9 + "A."
MOODLE = f"""\
First name,Surname,ID number,Department,Email address
Jürgen,"Müller, Dr.",100001,+49 30 123,j.mueller@example.org
Zoë,O'Hara,100002,=1+2,zoe@example.org
"{LONG}",-,100003,@x,+anna@example.org
李,雷,100004,,lei@example.org
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (1234),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Müller, Anna",17,m1,amueller,"Group A, Group B",8.00,80.0
"Müller, Anna",18,m2,amueller2,Group B,7.00,
"Student, Test",19,,,Group A,,
"""


def sheet(path: Path, student: str, answers: dict[str, str], **more: str) -> None:
    keys = {**({"student": student} if student else {}), **more, "answers": answers}
    text = yaml.safe_dump(keys, allow_unicode=True)
    path.write_text(text, encoding="utf-8")


def check(folder: Path, *arguments: object) -> Ended:
    named = () if "--only" in arguments else ASKED
    return run("check", PROBLEM, *arguments, *named, cwd=folder)


def check_all(folder: Path, *arguments: object) -> Ended:
    return run("check", PROBLEM, *arguments, cwd=folder)


def rows(result: Ended) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A class of four as Moodle has it, two of whom handed something in: one twice."""
    (tmp_path / "class.csv").write_text(MOODLE, encoding="utf-8")
    (tmp_path / "in").mkdir()
    sheet(tmp_path / "in" / "1.yaml", "zoe@example.org", SLIPPED)
    sheet(tmp_path / "in" / "2.yaml", "Jürgen Müller, Dr.", RIGHT)
    sheet(tmp_path / "in" / "3.yaml", "100002", UNREADABLE)
    sheet(tmp_path / "in" / "4.yaml", "100004", {**RIGHT, "los": "1"}, problem="hello_ctc")
    return tmp_path


# --- for a spreadsheet ---


def test_a_gradebook_has_the_columns_of_the_roster_and_a_row_for_everybody(room: Path) -> None:
    result = check(room, "in", "--roster", "class.csv", "--format", "csv")
    header, *_ = csv.reader(io.StringIO(result.stdout))
    known = next(csv.reader(io.StringIO(MOODLE)))
    assert header == [
        *known,
        *("status", "points", "of", "percent", "right", "follows_through", "wrong", "missing"),
        *("unreadable", "first mistake", "causes"),
        *STEPS,
    ]
    found = rows(result)
    before = list(csv.DictReader(io.StringIO(MOODLE)))
    before[1]["Department"] = "'=1+2"  # nothing of it can be run
    assert [{name: row[name] for name in known} for row in found] == before
    assert [row["status"] for row in found] == [
        "marked",
        "unreadable cells; two sheets",
        "nothing handed in",
        "not marked",
    ]
    assert [row["points"] for row in found] == ["5", "4", "", ""]
    assert [row["percent"] for row in found] == ["100", "80", "", ""]
    assert (found[1]["unreadable"], found[1]["sum"], found[1]["loss"]) == (
        "1",
        "unreadable",
        "right",
    )
    assert result.returncode == 3
    assert result.stderr.splitlines() == [
        'in/3.yaml: "Zoë O\'Hara (100002)" has a sheet already, in in/1.yaml; the last one counts',
        f"in/4.yaml:8:10: problem: this sheet is for 'hello_ctc', and is marked against {PROBLEM!r}",
        f"2 of the 4 students in the class have no marked sheet: {LONG} - (100003); 李 雷 (100004)",
    ]


def test_points_are_of_what_is_asked_of_anybody(tmp_path: Path) -> None:
    sheet(tmp_path / "1.yaml", "a", {"sum": "1.4", "loss": "1.4"})
    sheet(tmp_path / "2.yaml", "b", FOLLOWS)
    sheet(tmp_path / "3.yaml", "c", {})
    sheet(tmp_path / "4.yaml", "d", {"loss": "", "sum": "?"})
    found = rows(check(tmp_path, ".", "--format", "csv"))
    a, b, c, d = found
    assert (a["points"], a["of"], a["percent"], a["missing"]) == ("1", "5", "20", "3")
    assert (a["first mistake"], a["causes"]) == ("loss", "sum-for-mean")
    assert (b["points"], b["right"], b["follows_through"], b["wrong"]) == ("4", "2", "2", "1")
    assert {c["status"], d["status"]} == {"nothing handed in"}
    assert {c["points"], d["points"]} == {""}


@pytest.mark.parametrize("more", [{}, {"hinge.1": "0.2"}, {"margin.1": "0.8", **RIGHT}])
def test_points_are_of_as_many_whatever_others_hand_in(
    more: dict[str, str], tmp_path: Path
) -> None:
    """A sheet with other steps on it changes nobody's points."""
    (tmp_path / "class.csv").write_text(CANVAS, encoding="utf-8")
    sheet(tmp_path / "1.yaml", "17", {"sum": "1.4", "loss": "1.4"})
    if more:
        sheet(tmp_path / "2.yaml", "18", more)
    places = [path.name for path in sorted(tmp_path.glob("*.yaml"))]
    known = (*places, "--roster", "class.csv", "--format")
    ann = rows(check_all(tmp_path, *known, "csv"))[0]
    assert (ann["points"], ann["of"], ann["missing"]) == ("1", "8", "6")  # with the margins
    assert [ann[step] for step in STEPS] == ["missing"] * 3 + ["right", "wrong"]
    most = rows(check_all(tmp_path, *known, "canvas"))[1]
    assert most["Student"].strip() == "Points Possible"
    assert most[TITLE] == "8"
    named = rows(check(tmp_path, *known, "canvas", "--only", "sum", "--only", "loss"))
    assert named[1][TITLE] == "2"


def test_steps_that_nobody_answers_are_told_unless_they_are_named(tmp_path: Path) -> None:
    sheet(tmp_path / "1.yaml", "a", RIGHT)
    result = check_all(tmp_path, "1.yaml", "--format", "csv")
    assert rows(result)[0]["of"] == "8"
    assert result.stderr == (
        "nobody has answered 3 of the 8 steps that count (margin.1, margin.2, margin.3); "
        "--only says which were asked\n"
    )
    named = check(tmp_path, "1.yaml", "--format", "csv")
    assert (rows(named)[0]["of"], named.stderr) == ("5", "")


def test_a_table_asks_for_what_it_has_columns_for_and_an_answer_for_the_loss(
    tmp_path: Path,
) -> None:
    (tmp_path / "class.csv").write_text("student,sum,loss\na,1.4,\nb,,\n", encoding="utf-8")
    result = check_all(tmp_path, "class.csv", "--format", "csv")
    first, second = rows(result)
    assert (first["points"], first["of"], second["status"]) == ("1", "2", "nothing handed in")
    alone = check_all(tmp_path, "--answer", "0.467", "--format", "csv")
    assert (rows(alone)[0]["of"], alone.stderr, alone.returncode) == ("1", "", 0)


def test_what_is_not_asked_does_not_count(tmp_path: Path) -> None:
    sheet(tmp_path / "1.yaml", "a", FOLLOWS)
    sheet(tmp_path / "2.yaml", "b", {"loss": "0.467"})
    given = (".", "--only", "sum", "--only", "loss")
    a, b = rows(check(tmp_path, *given, "--format", "csv"))
    assert (a["points"], a["of"], a["first mistake"]) == ("2", "2", "")
    assert (b["points"], b["of"], b["sum"]) == ("1", "2", "missing")
    assert "hinge.3" not in a
    assert "a: 0 of 2 right, 2 right from wrong numbers before" in check(tmp_path, *given).stdout
    refused = check(tmp_path, ".", "--only", "los", "--format", "csv")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no step is called 'los'" in refused.stderr


def test_an_empty_sheet_does_not_take_the_place_of_one_with_answers(tmp_path: Path) -> None:
    sheet(tmp_path / "1.yaml", "a", RIGHT)
    sheet(tmp_path / "2.yaml", "a", dict.fromkeys(RIGHT, ""))
    (row,) = rows(check(tmp_path, ".", "--format", "csv"))
    assert (row["status"], row["points"]) == ("marked", "5")


def test_a_sheet_that_is_not_marked_is_said_beside_one_that_is(room: Path) -> None:
    sheet(room / "in" / "0.yaml", "100004", RIGHT)
    *_, row = rows(check(room, "in", "--roster", "class.csv", "--format", "csv"))
    assert (row["status"], row["points"]) == ("marked; another not marked", "5")


def test_sheets_that_only_bear_the_name_of_a_file_are_of_different_people(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("answers: {loss: 1}\n---\nanswers: {loss: 0.467}\n")
    found = rows(check(tmp_path, "s.yaml", "--format", "csv"))
    assert [(row["student"], row["points"]) for row in found] == [("s", "0"), ("s", "1")]


def test_a_gradebook_can_be_the_roster_of_the_next_one(room: Path) -> None:
    first = check(room, "in", "--roster", "class.csv", "--format", "csv")
    (room / "marks.csv").write_text(first.stdout, encoding="utf-8")
    (row, *_) = rows(check(room, "in", "--roster", "marks.csv", "--format", "csv"))
    assert (row["points"], row["points (marks)"], row["loss"]) == ("5", "5", "right")


def test_nothing_of_a_sheet_or_of_the_name_of_its_file_is_obeyed(tmp_path: Path) -> None:
    for n, name in enumerate(["=1+2", "+1", "-1+1", "@x", "\x1b[31mred"]):
        sheet(tmp_path / f"{n}.yaml", "", {"loss": "1"})
        (tmp_path / f"{n}.yaml").rename(tmp_path / f"{name}.yaml")
    result = check(tmp_path, ".", "--format", "csv")
    assert "\x1b" not in result.stdout + result.stderr
    found = {row["student"] for row in rows(result)}
    assert found == {"'=1+2", "'+1", "'-1+1", "'@x", "\\x1b[31mred"}


# --- for platforms ---


def test_moodle_gets_who_somebody_is_and_the_grade(room: Path) -> None:
    result = check(room, "in", "--roster", "class.csv", "--format", "moodle")
    found = rows(result)
    assert list(found[0]) == ["First name", "Surname", "ID number", "Email address", TITLE]
    assert [row[TITLE] for row in found] == ["5", "4", "-", "-"]
    assert found[2]["Email address"] == "+anna@example.org"
    assert [row["First name"] for row in found] == ["Jürgen", "Zoë", LONG, "李"]
    titled = check(room, "in", "--roster", "class.csv", "--format", "moodle", "--title", "Sheet 3")
    assert list(rows(titled)[0])[-1] == "Sheet 3"


def test_moodle_knows_nobody_by_a_name_alone(room: Path) -> None:
    (room / "names.csv").write_text("First name,Last name\nZoë,O'Hara\n", encoding="utf-8")
    result = check(room, "in", "--roster", "names.csv", "--format", "moodle")
    assert (result.returncode, result.stdout) == (2, "")
    assert "ID number, Email address or username" in result.stderr
    assert check(room, "in", "--roster", "names.csv", "--format", "csv").stdout


def test_a_grading_sheet_of_moodle_comes_back_whole(tmp_path: Path) -> None:
    text = (
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (grade)\n"
        "Participant 7,Zoë O'Hara,zoe@example.org,Submitted for grading,,10.00,-\n"
        "Participant 8,Bo,bo@example.org,No submission,3.00,10.00,-\n"
    )
    (tmp_path / "grades.csv").write_text(text, encoding="utf-8")
    sheet(tmp_path / "1.yaml", "Participant 7", SLIPPED)
    result = check(tmp_path, "1.yaml", "--roster", "grades.csv", "--format", "moodle")
    assert result.stdout == text.replace("grading,,10", "grading,8,10")


def test_canvas_gets_back_what_it_exported(tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS, encoding="utf-8")
    sheet(tmp_path / "1.yaml", "amueller2", SLIPPED)
    given = ("1.yaml", "--roster", "canvas.csv", "--format", "canvas")
    assert list(csv.reader(io.StringIO(check(tmp_path, *given).stdout))) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE],
        ["", "", "", "", "", ""],
        ["Points Possible", "", "", "", "", "5"],
        ["Müller, Anna", "17", "m1", "amueller", "Group A, Group B", ""],
        ["Müller, Anna", "18", "m2", "amueller2", "Group B", "4"],
        ["Student, Test", "19", "", "", "Group A", ""],
    ]
    there = check(tmp_path, *given, "--title", "Homework 1")
    assert [row[-1] for row in csv.reader(io.StringIO(there.stdout))] == [
        *("Homework 1 (1234)", "Manual Posting", "10.00", "8.00", "8", ""),
    ]
    refused = check(tmp_path, *given, "--title", "My Final Score")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "sum of its own" in refused.stderr


@pytest.mark.parametrize("roster", [[], ["--roster", "class.csv"]])
def test_canvas_takes_no_other_roster(room: Path, roster: list[str]) -> None:
    result = check(room, "in", *roster, "--format", "canvas", "-o", "marks.csv")
    assert (result.returncode, result.stdout) == (2, "")
    assert "Student, ID, SIS Login ID and Section" in result.stderr
    assert not (room / "marks.csv").exists()


def test_a_class_of_forty_with_sheets_of_every_kind(tmp_path: Path) -> None:
    students = [f"Ünsal, Student {n:02}" for n in range(40)]
    with (tmp_path / "class.csv").open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([["student"], *([each] for each in students)])
    kinds = [RIGHT, SLIPPED, FOLLOWS, UNREADABLE]
    answers = [kinds[n % 4] for n in range(40)]
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        cells = [[name, *each.values()] for name, each in zip(students, answers, strict=True)]
        csv.writer(file, delimiter=";").writerows([["student", *STEPS], *cells[:30]])
    for n in range(30, 38):
        sheet(tmp_path / f"{n}.yaml", students[n], answers[n])
    places = [f"{n}.yaml" for n in range(30, 38)]
    result = check(tmp_path, "answers.csv", *places, "--roster", "class.csv", "--format", "csv")
    found = rows(result)
    assert [row["student"] for row in found] == students
    expected = [["5", "4", "4", "4"][n % 4] if n < 38 else "" for n in range(40)]
    assert [row["points"] for row in found] == expected
    assert [row["status"] for row in found[:4]] == ["marked"] * 3 + ["unreadable cells"]
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("roster", "name"),
    [
        (MOODLE, "Zoë O'Hara_4711_assignsubmission_file_/sheet.yaml"),
        (MOODLE, "Zoë O'Hara_4711_assignsubmission_file_sheet.yaml"),
        (CANVAS, "mulleranna_LATE_18_98765_sheet-1.yaml"),
        (CANVAS, "mulleranna_18_98765_sheet.yaml"),
    ],
)
def test_what_platforms_call_submissions_says_whose_they_are(
    roster: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "class.csv").write_text(roster, encoding="utf-8")
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True)
    sheet(path, "", RIGHT)
    result = check(tmp_path, "in", "--roster", "class.csv", "--format", "csv")
    assert [row["points"] for row in rows(result)][:2] == ["", "5"]


# --- pages to hand back ---


class _Text(HTMLParser):
    """The text of a page, and the tags in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_each_student_gets_a_page(room: Path) -> None:
    result = check(room, "in", "--roster", "class.csv", "--feedback", "pages")
    assert set(tree(room / "pages")) == {"100001.html", "100002.html"}
    assert "Zoë O'Hara (100002): 4 of 5 right, 1 cannot be read" in result.stdout
    page = _Text((room / "pages" / "100002.html").read_text(encoding="utf-8")).text
    assert "Zoë O'Hara (100002): 4 of 5 right, 1 cannot be read." in page
    assert "#REF!: cannot be read" in page  # the last sheet, and not the one before


def test_a_page_says_what_the_terminal_says(tmp_path: Path) -> None:
    for n, answers in enumerate((SLIPPED, FOLLOWS, UNREADABLE)):
        name = f"<b>{n}</b>"
        sheet(tmp_path / f"{n}.yaml", name, answers)
        shown = check(tmp_path, f"{n}.yaml", "--feedback", f"html{n}").stdout
        (page,) = tree(tmp_path / f"html{n}").values()
        found = _Text(page.decode())
        assert "script" not in found.tags
        for sentence in re.findall(r"^    (?!written|right)(\S.*)$", shown, re.MULTILINE):
            assert " ".join(sentence.split()) in " ".join(found.text.split())
        assert name in found.text
        text = ("--feedback", f"txt{n}", "--feedback-format", "txt")
        assert check(tmp_path, f"{n}.yaml", *text).stdout == shown
        assert tree(tmp_path / f"txt{n}") == {f"{file_name(name)}.txt": shown.encode()}


def test_a_folder_with_something_in_it_is_not_written_over(tmp_path: Path) -> None:
    for n, name in enumerate(["ann", "Ann", "../x", "ann"]):
        sheet(tmp_path / f"{n}.yaml", name, RIGHT)
    given = (".", "--feedback", "pages", "--feedback-format", "txt")
    assert check(tmp_path, *given).returncode == 0
    made = tree(tmp_path / "pages")
    assert set(made) == {"ann.txt", "Ann-2.txt", f"{file_name('../x')}.txt"}
    refused = check(tmp_path, *given)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert refused.stderr == (
        "pages: there is something in this folder already; --force writes over it\n"
    )
    assert check(tmp_path, *given, "--force").returncode == 0
    assert tree(tmp_path / "pages") == made
    (tmp_path / "file").write_text("")
    assert check(tmp_path, ".", "--feedback", "file").returncode == 4


def test_who_handed_nothing_in_gets_no_page(tmp_path: Path) -> None:
    sheet(tmp_path / "1.yaml", "a", dict.fromkeys(RIGHT, ""))
    check(tmp_path, ".", "--feedback", "pages")
    assert not (tmp_path / "pages").exists()

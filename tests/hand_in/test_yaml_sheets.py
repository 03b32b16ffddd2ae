"""Answer sheets in YAML, as people fill them in who never wrote any."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Ended, run

from lossclass.errors import InvalidProblem
from lossclass.hand_in.reading import files_in, sheets_in
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked
from lossclass.runs.checking import checker_of
from problems import ANY_CHARACTER

HINGE = {"hinge.1": "0.2", "hinge.2": "0.5", "hinge.3": "0.7", "sum": "1.4", "loss": "0.467"}


def sheet(folder: Path, text: str) -> Sheet:
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    (found,) = sheets_in(folder / "s.yaml")
    return found


def values(found: Sheet) -> dict[str, str]:
    return {
        name: "missing" if cell.is_missing else cell.unreadable or str(cell.value)
        for name, cell in found.cells.items()
    }


def marked(folder: Path, text: str, problem: str = "hinge_sequence") -> Checked:
    return checker_of(problem).check(sheet(folder, text))


def verdicts(checked: Checked) -> dict[str, str]:
    return {mark.id: mark.verdict for mark in checked.marks}


def check(folder: Path, text: str, *arguments: str) -> Ended:
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    return run("check", "hinge_sequence", "s.yaml", *arguments, cwd=folder)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0,467", "0.467"), ("46.7%", "0.467"), ("≈ 0.467", "0.467"), ("'0.467'", "0.467"), ("1.4/3 = 0.467", "0.467"),
        ("1_000", "1000"), ("017", "17"), ("1e-1", "0.1"), (".5", "0.5"), ("+.5", "0.5"), ("[0.467]", "0.467"),
        ("{0.467}", "0.467"), ("{value: 0.467}", "0.467"), ("{value: 0.7, working: 1 - 0.3}", "0.7"),
        ("{working: 1 - 0.3}", "0.7"), ("  # nothing", "missing"), ("~", "missing"), ("null", "missing"), ('""', "missing"),
        ("yes", "It is no number."), ("2026-01-02", "2023"), ("[0.4, 0.6]", "It is a list; one number is asked."),
        ("{a: 1}", "It is a mapping; one number is asked."), ("|\n    0.467", "0.467"), (">\n    0.467", "0.467"),
        # what YAML itself would not take
        ("1.2 : 3", "0.4"), ("= 0.467", "0.467"), ("?", "missing"), ("-", "missing"), ("%", "missing"), ("- 0.467", "-0.467"),
        ("@ 0.4", "It cannot be read as arithmetic: cannot read '@'."), ("*0.5", "It cannot be read as arithmetic: did not expect '×'."),
        ("`0.467`", "0.467"), ("!0.467", "It cannot be read as arithmetic: cannot read '!'."), ("'0.467", "0.467"),
        ("&a 0.5", "'a' in it is no number and no function; write the number that it has."), ("|0.467|", "0.467"), ('"0.467', "0.467"), ("L: 0.467", "0.467"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is_written(tmp_path: Path, written: str, value: str) -> None:
    found = sheet(tmp_path, f"student: Anna\nanswers:\n  sum: 1.4\n  loss: {written}\n")
    assert values(found) == {"sum": "1.4", "loss": value}
    assert (found.student, found.mistakes) == ("Anna", ())


@pytest.mark.parametrize(
    "text",
    [
        "sum: 1.4\nloss: 0.467",
        "problem: hinge_sequence\nstudent:\nsum: 1.4\nloss: 0.467",
        "sum = 1.4\nloss = 0.467",
        "S = 0.2+0.5+0.7 = 1.4\nL = 0.467",
        "answers:\n\tsum: 1.4\n\tloss: 0.467",
        "answers:\n  sum:1.4\n  loss:0.467",
        "answers: {sum: 1,4, loss: 0,467}",
        "\ufeffanswers:\r\n  sum: 1.4\r\n  loss: 0.467\r\n",
        "answers:\n  sum: 1.4 : 1  # hm\n  loss: 0.467 # ok\n",
    ],
)
def test_a_sheet_may_be_written_in_several_ways(tmp_path: Path, text: str) -> None:
    checked = marked(tmp_path, text)
    assert verdicts(checked) == {"sum": "right", "loss": "right"}
    assert checked.said == ()


def test_no_cell_takes_the_others_with_it(tmp_path: Path) -> None:
    lines = [f"  {id}: {value}" for id, value in HINGE.items()]
    for bad in ("half", "0.4 0.5", "[1, 2]", "{a: 1}", "*x", "1.4 : ", "!!", "0b1", "'", "@", "<1"):
        text = "\n".join(["answers:", *lines[:2], f"  hinge.3: {bad}", *lines[3:]])
        found = verdicts(marked(tmp_path, text))
        assert found.pop("hinge.3") in ("unreadable", "missing"), bad
        assert set(found.values()) == {"right"}, bad


def test_an_answer_that_stands_there_twice_is_unreadable(tmp_path: Path) -> None:
    checked = marked(tmp_path, "answers:\n  loss: 1\n  sum: 1.4\n  loss: 0.467\n")
    assert verdicts(checked) == {"sum": "right", "loss": "unreadable"}
    assert checked.marks[1].on_reading == "It stands there twice, in lines 2 and 4."
    checked = marked(tmp_path, "sum: 1.4\nS: 1.5\n")
    assert verdicts(checked) == {"sum": "right"}
    assert "this is 'sum', which stands here already" in checked.said[0]
    assert verdicts(marked(tmp_path, "sum:\nS: 1.4\n")) == {"sum": "right"}
    with pytest.raises(InvalidProblem, match="'student' stands here twice"):
        marked(tmp_path, "student: a\nstudent: b\nloss: 1\n")


def test_what_cannot_be_read_is_a_verdict_beside_the_others(tmp_path: Path) -> None:
    text = "answers:\n  hinge.1: 0.2\n  hinge.3: half\n  sum: 0.2\n  loss:\n"
    checked = marked(tmp_path, text)
    assert list(verdicts(checked).values()) == ["right", "unreadable", "wrong", "missing"]
    assert checked.first_mistake is not None
    assert checked.first_mistake.id == "sum"  # what cannot be read is nobody's slip
    assert checked.score == {
        "right": 1, "follows_through": 0, "wrong": 1, "unreadable": 1, "asked": 4,
    }  # fmt: skip
    ended = check(tmp_path, text)
    assert ended.returncode == 1
    assert "1 of 4 right, 1 wrong, 1 cannot be read, 1 not answered" in ended.stdout
    assert "? hinge.3  half  cannot be read\n    It is no number.\n" in ended.stdout
    marks = json.loads(check(tmp_path, text, "--format", "json").stdout)["marks"]
    assert marks[1]["verdict"] == "unreadable"
    assert (marks[1]["answer"], marks[1]["written"]) == (None, "half")
    assert marks[1]["on_reading"] == "It is no number."
    table = check(tmp_path, text, "--format", "csv").stdout.splitlines()
    assert dict(zip(*(line.split(",") for line in table), strict=True))["unreadable"] == "1"


def test_a_name_that_fits_no_step_is_said_and_the_others_are_marked(tmp_path: Path) -> None:
    text = "date: today\nanswers:\n  ℓ₁: 0.2\n  los: 1\n  gradient.sum: 1\n  loss: 0.467\n  x9:\n"
    said = [
        "s.yaml:1:1: date: there is no such key; it is passed over",
        "s.yaml:4:3: answers.los: there is no such step; did you mean 'loss'?",
        "s.yaml:5:3: answers.gradient.sum: there is no such step without --gradient: give this option, too",
        "s.yaml:7:3: answers.x9: there is no such step; 'lossclass solve' shows the steps' ids",
    ]
    ended = check(tmp_path, text)
    assert all(line in " ".join(ended.stdout.split()) for line in said)
    assert "2 of 2 right" in ended.stdout
    assert json.loads(check(tmp_path, text, "--format", "json").stdout)["said"] == said
    ended = check(tmp_path, text, "--format", "csv")
    *told, unanswered = ended.stderr.splitlines()
    assert told == said
    assert unanswered.startswith("nobody has answered 6 of the 8 steps that count")
    assert "gradient" not in ended.stdout


def test_a_sheet_of_which_nothing_fits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProblem, match=r"s\.yaml:1:1: los: there is no such step"):
        marked(tmp_path, "los: 1\nx: 2\n")
    with pytest.raises(InvalidProblem, match="without --gradient: give this option, too"):
        marked(tmp_path, "answers:\n  gradient.hinge.1:\n  gradient.hinge.2:\n")


def test_steps_counted_from_0_are_said_to_be(tmp_path: Path) -> None:
    checked = marked(tmp_path, "l_0: 0.2\nl_1: 0.5\nl_2: 0.7\nloss: 0.467\n")
    assert checked.is_right
    assert checked.said == ("Counted from 0: 'l_0' is taken for 'hinge.1'.",)
    checked = marked(tmp_path, "l_0: 0.2\nl_3: 0.5\nloss: 0.467\n")  # there is no l_4
    assert "there is no such step" in checked.said[0]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("1.4/3", "right"), ("7/15", "right"), ("(0.2 + 0.5 + 0.7)/3", "right"), ("1.4002/3", "wrong"), ("1.41/3", "wrong"),
        ("0.2+0.5+0.7", "wrong"), ("0.467/1", "right"), ("0.4666666/1", "right"), ("0.46667 * 1", "right"), ("0.4660*1", "wrong"),
    ],
)  # fmt: skip
def test_arithmetic_is_held_against_the_exact_number(
    tmp_path: Path, answer: str, verdict: str
) -> None:
    checked = marked(tmp_path, f"loss: {answer}")
    assert verdicts(checked) == {"loss": verdict}
    assert checked.marks[0].written == answer
    assert checked.marks[0].on_working[0].startswith("The working comes to ")


def test_arithmetic_of_rounded_numbers_is_right_as_far_as_these_go(tmp_path: Path) -> None:
    for answer, verdict in [
        ("-ln(0.00207)", "right"),
        ("-ln(0.0020698)", "right"),
        ("-ln(0.00211)", "wrong"),
    ]:
        assert verdicts(marked(tmp_path, f"loss: {answer}", "hello_ctc")) == {"loss": verdict}, (
            answer
        )


def test_a_slip_in_arithmetic_is_named(tmp_path: Path) -> None:
    (mark,) = marked(tmp_path, "loss: 0.2+0.5+0.7").marks
    assert mark.slips[0].code == "sum-for-mean"
    (mark,) = marked(tmp_path, "loss: -log10(0.00206976)", "hello_ctc").marks
    assert mark.slips[0].code == "log10-for-ln"


def test_arithmetic_carries_on(tmp_path: Path) -> None:
    checked = marked(tmp_path, "hinge.3: 1 - 0.2\nsum: 0.2 + 0.5 + 0.8\nloss: 1.5/3\n")
    assert verdicts(checked) == {
        "hinge.3": "wrong",
        "sum": "follows_through",
        "loss": "follows_through",
    }


def test_an_answer_alone_is_a_cell() -> None:
    for answer, status in [("46.7%", 0), ("1.4/3", 0), ("L = 1.4 : 3", 0), ("1.4", 1), ("half", 1)]:
        assert run("check", "hinge_sequence", "--answer", answer).returncode == status
    said = " ".join(run("check", "hinge_sequence", "--answer", "log(0.8)").stdout.split())
    assert "Note: log is read as ln, the natural logarithm." in said


def test_few_digits_that_fit_a_slip_better_are_said_to_be_too_few() -> None:
    ended = run("check", "rnn_lstm", "--answer", "0.95")
    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1
    assert (
        "Two digits are too few to tell: our number rounds to this as well, but this slip" in said
    )
    assert "With three digits it shows which of the two it is." in said
    mark = json.loads(run("check", "rnn_lstm", "--answer", "0.95", "--format", "json").stdout)[
        "marks"
    ][0]
    assert (mark["verdict"], mark["coarse"]) == ("wrong", True)
    assert run("check", "rnn_lstm", "--answer", "0.951").returncode == 0


def test_several_sheets_are_shown_in_full_if_asked_for(tmp_path: Path) -> None:
    for name, loss in [("a", "1.4"), ("b", "0.467")]:
        (tmp_path / f"{name}.yaml").write_text(f"loss: {loss}\n", encoding="utf-8")
    short = run("check", "hinge_sequence", ".", cwd=tmp_path).stdout
    assert "right:" not in short
    full = run("check", "hinge_sequence", ".", "--show", cwd=tmp_path).stdout
    assert "a: Hinge loss" in full
    assert "right:   L = S / 3 = 1.4 / 3 ≈ 0.4667" in full
    assert "2 sheets, 1 with everything right." in full
    assert full.count("An answer is right if") == 1


def test_a_folder_is_searched_for_sheets(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.YML").write_text("loss: 1\n", encoding="utf-8")
    (tmp_path / "quiz.yaml").write_text("quiz: it\n", encoding="utf-8")
    (tmp_path / "b.unknown").write_text("loss: 1\n", encoding="utf-8")
    assert files_in(tmp_path) == [tmp_path / "inner" / "a.YML"]
    ended = run("check", "hinge_sequence", "--", "empty", cwd=tmp_path)
    assert ended.returncode == 4


KEYS = st.sampled_from(["loss", "sum", "hinge.1", "L", "x", "answers", "student", "", "?"])
LINES = st.lists(st.tuples(KEYS, st.text(ANY_CHARACTER, max_size=12)), max_size=5)


@given(LINES, st.sampled_from([": ", ":", " = ", "  "]))
def test_whatever_stands_on_a_sheet_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], between: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "drawn.yaml"
    text = "".join(f"{key}{between}{value}\n" for key, value in lines)
    path.write_bytes(text.encode(errors="surrogatepass"))
    with suppress(InvalidProblem):
        for found in sheets_in(path):
            checker_of("hinge_sequence").check(found)


def test_a_number_keeps_its_digits_on_the_way(tmp_path: Path) -> None:
    cell = sheet(tmp_path, "loss: 0.4670\n").cells["loss"]
    assert cell.value is not None
    assert cell.value.as_tuple() == Decimal("0.4670").as_tuple()


def test_what_no_sheet_can_be_read_of_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "scan.PDF").write_bytes(b"%PDF-1.4")
    ended = run("check", "hinge_sequence", "scan.PDF", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.startswith("scan.PDF: a sheet cannot be read of a .pdf file, but of .yaml,")
    assert ended.stderr.rstrip().endswith("; save its text as a .txt file")


def test_in_a_folder_it_is_passed_over_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "ada"
    folder.mkdir(parents=True)
    for name in ("a.yaml", "answers.docx", "photo.jpg", "notes.py"):
        (folder / name).write_text("loss: 0.467", encoding="utf-8")
    ended = run("check", "hinge_sequence", "in", "--feedback", "in/back", cwd=tmp_path)
    told = (
        "in: passed over, as no sheet can be read of such a file: ada/answers.docx; ada/photo.jpg\n"
    )
    assert (ended.returncode, ended.stderr) == (0, told)
    again = run("check", "hinge_sequence", "in", "--feedback", "in/back", "--force", cwd=tmp_path)
    assert again.stderr == told


def test_a_table_in_a_folder_is_told_and_marked_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yaml").write_text("loss: 0.467", encoding="utf-8")
    (tmp_path / "in" / "class.csv").write_text("student,loss\nAda,0.467\n", encoding="utf-8")
    alone = run("check", "hinge_sequence", "in", cwd=tmp_path)
    assert "in: passed over, as a table is marked only where it is named itself" in alone.stderr
    assert alone.stderr.count("class.csv") == 1
    assert "Ada" not in alone.stdout
    both = run("check", "hinge_sequence", "in", "in/class.csv", cwd=tmp_path)
    assert "Ada" in both.stdout
    assert "passed over" not in both.stderr

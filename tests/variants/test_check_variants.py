"""``lossclass check --seed``: every sheet against the variant of its student; and numbers in a
statement that variants make false."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import Ended, run

import lossclass
from lossclass.arithmetic.number import round_significant
from lossclass.errors import InvalidProblem
from lossclass.exams.assignment import Assignment
from lossclass.hand_in.reading import sheets_in
from lossclass.hand_in.sheet import Sheet
from lossclass.rosters.roster import Roster, file_name, roster_of
from lossclass.solution import Solution
from lossclass.solving import solve
from lossclass.variants.classroom import Classroom
from lossclass.variants.statement import warnings_of
from lossclass.variants.variant import Variant, Variants
from problems import VARIED, bundled

PROBLEM, SEED = "hinge_sequence", "a seed"
BO = "O'Hara Bo"
STUDENTS = ["Doe, Jane", "Zoë Müller", "ann", BO, "李 雷"]


@cache
def variant(student: str, seed: str = SEED) -> Variant:
    return Variants(bundled(PROBLEM), seed).of(student)


@cache
def solution(student: str) -> Solution:
    return solve(variant(student).problem)


@cache
def room() -> Classroom:
    return Classroom(Assignment.of(bundled(PROBLEM)), SEED, Roster(STUDENTS))


def right_of(student: str) -> dict[str, str]:
    return {step.id: f"{round_significant(step.decimal, 3):f}" for step in solution(student).steps}


def written(path: Path, student: str, answers: dict[str, str], **more: str) -> Path:
    keys = {**({"student": student} if student else {}), **more, "answers": answers}
    path.write_text(yaml.safe_dump(keys, allow_unicode=True), encoding="utf-8")
    return path


def read(path: Path) -> Sheet:
    (sheet,) = sheets_in(path)
    return sheet


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "students.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["student"], *([student] for student in STUDENTS)])
    return path


@pytest.fixture
def returned(tmp_path: Path) -> Path:
    """The sheets of three of the class: all right; the sum for the mean; one who stays away."""
    folder = tmp_path / "returned"
    folder.mkdir()
    written(folder / "1.yaml", "Doe, Jane", right_of("Doe, Jane"))
    slipped = right_of("Zoë Müller")
    written(folder / "2.yaml", "Zoë Müller", {**slipped, "loss": slipped["sum"]})
    written(folder / f"{file_name(BO)}.yaml", "", right_of(BO))
    return folder


def check(*arguments: object) -> Ended:
    return run("check", PROBLEM, "--seed", SEED, *arguments)


# --- against the right numbers --------------------------------------------------------------


@pytest.mark.some(4)
@pytest.mark.parametrize("student", STUDENTS)
def test_a_sheet_is_marked_against_the_variant_of_its_student(student: str) -> None:
    answers = {"answers": right_of(student)}
    sheet = Sheet(student, lossclass_answers(answers))
    checked = room().check(sheet)
    assert checked.is_right
    assert checked.variant == variant(student).id
    assert {mark.id: mark.ours for mark in checked.marks} == {
        step.id: step.decimal for step in solution(student).steps
    }


def lossclass_answers(data: dict[str, Any]) -> dict[str, Any]:
    from lossclass.problem.keys import Published

    return {id: Published(value=Decimal(each)) for id, each in data["answers"].items()}


def test_the_numbers_of_the_original_are_wrong_in_a_variant(tmp_path: Path) -> None:
    original = {step.id: f"{step.decimal:.3g}" for step in solve(bundled(PROBLEM)).steps}
    checked = room().check(read(written(tmp_path / "a.yaml", "ann", original)))
    assert not checked.is_right


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["hello_ctc", "rnn_lstm", "multi_task", "categorical_from_logits"])
def test_all_sheets_of_other_problems_are_marked_as_their_keys_say(
    name: str, tmp_path: Path
) -> None:
    """With an RNN behind it, with a learning step, with logits."""
    theirs = solve(Variants(bundled(name), SEED).of("ann").problem)
    answers = {step.id: f"{round_significant(step.decimal, 3):f}" for step in theirs.steps}
    checked = Classroom(Assignment.of(bundled(name)), SEED, Roster(["ann"])).check(
        read(written(tmp_path / "a.yaml", "ann", answers))
    )
    assert {mark.ours for mark in checked.marks} == {step.decimal for step in theirs.steps}


def test_numbered_students_have_theirs() -> None:
    assert roster_of(3).students == ["0001", "0002", "0003"]


# --- whose it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ANN", "Doe, jane", unicodedata.normalize("NFD", "Zoë Müller")])
def test_small_letters_and_accents_apart_are_the_same_student(name: str, tmp_path: Path) -> None:
    sheet = read(written(tmp_path / "a.yaml", name, {"loss": "1"}))
    student = room().check(sheet).sheet.student
    assert student in STUDENTS
    assert student.casefold() == unicodedata.normalize("NFC", name).casefold()


@pytest.mark.some(3)
@pytest.mark.parametrize("student", STUDENTS)
def test_a_sheet_without_a_name_is_of_whom_its_file_is_called_after(
    student: str, tmp_path: Path
) -> None:
    sheet = read(written(tmp_path / f"{file_name(student)}.yaml", "", right_of(student)))
    checked = room().check(sheet)
    assert checked.sheet.student == student
    assert checked.is_right


def test_who_is_not_in_the_class_is_told_with_file_line_and_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("answers: {loss: 1}\nstudent: anne\n", encoding="utf-8")
    with pytest.raises(InvalidProblem) as refused:
        room().check(read(path))
    expected = f"{path}:2:10: student: 'anne' is not in the class; did you mean 'ann'?"
    assert str(refused.value) == expected
    with pytest.raises(InvalidProblem) as refused:
        room().check(read(written(tmp_path / "anm.yaml", "", {"loss": "1"})))
    assert "does not say whose it is, and its file's name 'anm' is not" in str(refused.value)


def test_a_sheet_of_somebody_elses_variant_is_refused(tmp_path: Path) -> None:
    """The empty sheet that comes with a variant says which file it is for."""
    mine = {"problem": f"{file_name('ann')}.yaml"}
    assert room().check(read(written(tmp_path / "a.yaml", "ann", right_of("ann"), **mine))).is_right
    other = {"problem": f"{file_name('Doe, Jane')}.yaml"}
    with pytest.raises(InvalidProblem, match="for the variant of 'Doe, Jane'"):
        room().check(read(written(tmp_path / "a.yaml", "ann", {"loss": "1"}, **other)))
    with pytest.raises(InvalidProblem, match="this sheet is for 'hello_ctc'"):
        room().check(read(written(tmp_path / "a.yaml", "ann", {"loss": "1"}, problem="hello_ctc")))


def test_a_sheet_made_with_another_seed_is_refused(tmp_path: Path) -> None:
    same = read(written(tmp_path / "a.yaml", "ann", right_of("ann"), variant=variant("ann").id))
    assert room().check(same).is_right
    other = variant("ann", "another seed").id
    sheet = read(written(tmp_path / "a.yaml", "ann", {"loss": "1"}, variant=other))
    with pytest.raises(InvalidProblem, match=f"variant '{other}'.*was another --seed given"):
        room().check(sheet)


# --- the command ----------------------------------------------------------------------------


def test_a_class_is_marked_and_summed_up(returned: Path, roster: Path) -> None:
    result = check(returned, "--roster", roster)
    assert result.returncode == 1
    assert f"Doe, Jane ({variant('Doe, Jane').id}): 8 of 8 right" in result.stdout
    assert f"{BO} ({variant(BO).id}): 8 of 8 right" in result.stdout
    assert "3 sheets, 2 with everything right." in result.stdout
    assert "sum-for-mean  1" in result.stdout
    absent = "2 of the 5 students in the class have no marked sheet: ann; 李 雷"
    assert result.stderr.splitlines() == [absent]


def test_one_sheet_shows_the_numbers_of_the_variant(returned: Path, roster: Path) -> None:
    result = check(returned / "2.yaml", "--roster", roster)
    text = " ".join(result.stdout.split())
    assert f"(variant {variant('Zoë Müller').id})" in text
    assert text.count("Zoë Müller") == 1
    assert f"/ 3 = {solution('Zoë Müller').step('sum').value:.4g} / 3" in text
    assert result.stderr == ""


def test_a_gradebook_has_a_row_for_everybody(returned: Path, roster: Path) -> None:
    result = check(returned, "--roster", roster, "--format", "csv")
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert set(rows) == set(STUDENTS)
    assert rows["Zoë Müller"]["causes"] == "sum-for-mean"
    assert rows["Zoë Müller"]["variant"] == variant("Zoë Müller").id
    filled = {key: cell for key, cell in rows["ann"].items() if cell}
    assert filled == {"student": "ann", "status": "nothing handed in"}


def test_json_is_an_array_of_marked_sheets(returned: Path, roster: Path) -> None:
    result = check(returned, "--roster", roster, "--format", "json")
    found = json.loads(result.stdout)
    assert [each["student"] for each in found] == ["Doe, Jane", "Zoë Müller", BO]
    for each in found:
        assert each["variant"] == variant(each["student"]).id
        assert Path(each["problem"]).stem == PROBLEM
        loss = next(mark for mark in each["marks"] if mark["id"] == "loss")
        assert loss["ours"] == pytest.approx(solution(each["student"]).answer.value, rel=1e-15)


def test_a_stranger_and_a_second_sheet_are_told_and_the_others_marked(
    returned: Path, roster: Path
) -> None:
    written(returned / "3.yaml", "Doe, Jan", {"loss": "1"})
    again = written(returned / "4.yaml", "doe, jane", {"loss": "123"})
    result = check(returned, "--roster", roster)
    assert result.returncode == 3
    assert "4 sheets, 2 with everything right." in result.stdout
    assert "'Doe, Jan' is not in the class; did you mean 'Doe, Jane'?" in result.stderr
    first = returned / "1.yaml"
    told = f"{again}: 'Doe, Jane' has a sheet already, in {first}; each is marked by itself"
    assert told in result.stderr


def test_many_who_are_absent_are_not_all_named(returned: Path) -> None:
    for path in returned.iterdir():
        path.unlink()
    written(returned / "0001.yaml", "", {"loss": "1"})
    result = check(returned, "--count", "40")
    assert "39 of the 40 students in the class have no marked sheet: 0002; 0003;" in result.stderr
    assert result.stderr.rstrip().endswith("0011; and 29 more")


def test_namesakes_are_told_from_each_other(tmp_path: Path) -> None:
    """A name that two students have says how to tell which of them it is, wherever it stands; another
    column of a table may say that."""
    roster = tmp_path / "roster.csv"
    roster.write_text("id,student\nD1,Ada Lovelace\nD2,Ada Lovelace\nD3,Emmy\n", encoding="utf-8")

    def told(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        command = ("hinge_sequence", tmp_path / name, "--roster", roster, "--column", "id")
        done = run("check", *command)
        return f"{done.stdout}{done.stderr}"

    two = "2 in the class are called 'Ada Lovelace', D1 and D2; to say which of them this is, "
    named = told("Ada Lovelace.txt", "L = 0.467")
    assert f"{two}name the file after 'D1', or write 'ID: D1' on the sheet" in named
    assert f"{two}write 'ID: D1' on it" in told("1.txt", "Name: Ada Lovelace\nL = 0.467")
    assert "Ada Lovelace (D2)" in told("2.txt", "Name: Ada Lovelace  ID: D2\nL = 0.467")
    row = told("t.csv", "student;L\nAda Lovelace;0.467\nEmmy;0.467\n")
    assert f"{two}put 'D1' in the place of the name, or into a column 'id'" in row
    assert "Emmy (D3)" in row
    row = told("t.csv", "student;id;L\nAda Lovelace;D2;0.467\n")
    assert "Ada Lovelace (D2)" in row
    assert "passed over" not in row
    # What a form counts is nobody's id.
    form = told("t.csv", "ID;Email;Name;L\n7;e@x.org;Emmy;0.467\n")
    assert "Emmy (D3)" in form
    alone = ("--student", "Ada Lovelace", "--answer", "L=1")
    done = run("check", "hinge_sequence", "--roster", roster, "--column", "id", "--seed", 1, *alone)
    assert f"--student: {two}write --student D1" in done.stderr


def test_an_answer_is_that_of_one_student(roster: Path) -> None:
    right = right_of("ann")
    given = check("--roster", roster, "--student", "ann", "--answer", right["loss"])
    assert given.returncode == 0
    assert variant("ann").id in given.stdout
    slipped = check("--roster", roster, "--student", "ann", "--answer", right["sum"])
    assert "This is the sum; divide it by 3." in slipped.stdout
    unknown = check("--roster", roster, "--student", "anne", "--answer", "1")
    assert unknown.returncode == 2
    assert "--student: 'anne' is not in the class; did you mean 'ann'?" in unknown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seed", "s", "--answer", "1"],
        ["--seed", "s", "--count", "3", "--answer", "1"],
        ["--seed", "s", "--count", "3", "--roster", "x.csv", "sheets"],
        ["--count", "3", "sheets"],
        ["--title", "x", "sheets"],
        ["--student", "ann", "--answer", "1"],
        ["--seed", "s", "--count", "3", "--student", "0001", "sheets"],
        ["--seed", "s", "--count", "3", "--lint"],
        ["--roster", "x.csv", "--lint"],
        ["--roster", "x.csv", "--answer", "1"],
        ["--feedback", "pages", "--lint"],
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str]) -> None:
    result = run("check", PROBLEM, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""


@pytest.mark.thorough
def test_what_the_program_makes_for_a_class_is_what_it_marks(tmp_path: Path, roster: Path) -> None:
    folder = tmp_path / "class"
    arguments = ("--roster", roster, "--seed", SEED)
    made = run("variants", PROBLEM, *arguments, "--jobs", "1", "-o", folder)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == f"{folder}: 5 students, each with numbers of their own\n"
    table = (folder / "answers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(table)):
        path = folder / "sheets" / f"{file_name(row['student'])}.yaml"
        text = path.read_text(encoding="utf-8")
        for id in list(row)[2:]:
            text = text.replace(f"  {id}:", f"  {id}: {row[id]}")
        path.write_text(text, encoding="utf-8")
    for place in (folder / "sheets", folder):
        result = check(place, "--roster", roster)
        assert (result.returncode, result.stderr) == (0, "")
        assert "5 sheets, 5 with everything right." in result.stdout


# --- numbers in a statement -----------------------------------------------------------------

BINARY: dict[str, Any] = {"loss": "bce", "y_true": ["1", "0"], "y_pred": ["0.8", "0.30"]}
SCORES: dict[str, Any] = {"loss": "hinge", "y_true": ["1", "-1"], "y_pred": ["2", "-3"]}


def told(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    said = re.compile(r"warning: (['\"])(.*)\1 is (\S+), which is")
    found = [(each.path, said.match(each.message)) for each in warnings_of(lossclass.load(data))]
    return [(key, match[2], match[3]) for key, match in found if match]


@pytest.mark.some(2)
@pytest.mark.parametrize(
    ("data", "text", "expected"),
    [
        (BINARY, "With ŷ = 0.8, what is the loss?", [("0.8", "y_pred.1")]),
        (BINARY, "0.3 and 0.80.", [("0.3", "y_pred.2"), ("0.80", "y_pred.1")]),
        (BINARY, "The model is 80 % sure.", [("80%", "y_pred.1")]),
        (BINARY, "See 1.0.8, v0.8, 0.85 and −0.8.", []),
        (BINARY, "Exercise 1: two labels, 1 and 0", []),
        (SCORES, "The second score is s = −3.", [("−3", "y_pred.2")]),
        (SCORES, "Exercise two has two scores", []),
        ({**BINARY, "vary": {"y_pred.1": "fixed"}}, "With ŷ = 0.8, what is the loss?", []),
    ],
)
def test_a_number_that_moves_is_found_in_the_statement(
    data: dict[str, Any], text: str, expected: list[tuple[str, str]]
) -> None:
    for key in ("statement", "title"):
        assert told({**data, key: text}) == [(key, *each) for each in expected]


def test_a_whole_number_is_one_in_a_statement_and_counts_in_a_title() -> None:
    text = "Exercise 2: the score is 2"
    assert told({**SCORES, "statement": text}) == [("statement", "2", "y_pred.1")]
    assert told({**SCORES, "title": text}) == []
    network = {**bundled("rnn_regression_series").data, "vary": {"rnn.inputs": {"step": "1"}}}
    found = told({**network, "statement": "It reads 1, 2 and 3, and is to say 1, 1.5 and 2."})
    assert [name for _, _, name in found] == [f"rnn.inputs.{place}" for place in (1, 2, 3)]


def test_a_number_is_told_where_it_moves_even_if_it_also_stands_where_it_does_not() -> None:
    data = {**bundled("imbalanced_classes").data, "y_pred": [["0.1", "0.9"]] * 3}
    assert told(data) == []
    data["statement"] = "The labels are smoothed with 0.1."
    assert told(data) == [("statement", "0.1", "y_pred.1.1")]
    (warning,) = warnings_of(lossclass.load(data))
    assert "write '{y_pred.1.1}' or '{y_pred.2.1}' or '{y_pred.3.1}' there" in str(warning)
    assert told({**data, "statement": "The labels are smoothed with {label_smoothing}."}) == []


@pytest.mark.grid(24, name=VARIED)
def test_no_bundled_problem_says_what_its_variants_make_false(name: str) -> None:
    assert warnings_of(bundled(name)) == []


def test_a_statement_names_the_numbers_of_the_variant() -> None:
    data = {
        **bundled("three_step_episode").data,
        "title": "From {policy.1} on",
        "vary": {"discount": {"step": "0.05", "min": "0.5", "max": "0.95"}},
    }
    variants = Variants(lossclass.load(data), "seed")
    discounts = set()
    for student in ("ann", "{policy.2}", "{{"):
        variant = variants.of(student)
        numbers = variant.problem.data
        discounts.add(numbers["discount"])
        assert variant.problem.title == (
            f"From {Decimal(numbers['policy'][0])} on (variant {variant.id} for {student})"
        )
        assert f"discounted by {Decimal(numbers['discount']).normalize()} a step" in str(
            variant.problem.inputs.statement
        )
        assert "{discount}" in variant.data["statement"]
        again = lossclass.load(dict(variant.data))
        assert again.inputs.statement == variant.problem.inputs.statement
    assert len(discounts) > 1


def test_the_instructor_is_warned(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "loss: bce\nstatement: With ŷ = 0.8, what is L?\ny_true: 1\ny_pred: 0.8\n", encoding="utf-8"
    )
    says = (
        f"{path}:2:12: statement: warning: '0.8' is y_pred, which is another number in variants; "
        "write '{y_pred}' there, or keep the number with 'vary: {y_pred: fixed}'"
    )
    folder = tmp_path / "class"
    made = run("variants", path, "--count", "1", "--seed", "s", "-o", folder)
    assert made.returncode == 0
    assert made.stderr.splitlines() == [says]
    assert made.stdout == f"{folder}: 1 student with numbers of their own\n"
    exported = run("export", path, "--to", "gift", "--count", "1", "--seed", "s")
    assert exported.returncode == 0
    assert exported.stderr.splitlines() == [says]

"""Rosters: who is in a class, from the tables that people and platforms have."""

from __future__ import annotations

import builtins
import csv
import io
import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import run

from lossclass.errors import FileError, InvalidProblem, UsageError
from lossclass.rosters import table
from lossclass.rosters.roster import Roster, file_name, roster_of
from lossclass.rosters.table import csv_line, read_table
from problems import ANY_CHARACTER

NAMES = ["Müller, Jürgen", "Zoë O'Hara", "李 雷", "van der Berg-Østergård, " + "Anna " * 12 + "A."]
MOODLE = """\
"First name",Surname,"ID number",Institution,Department,"Email address","Course total (Real)"
Jürgen,"Müller, Dr.",100001,,Physik,j.mueller@example.org,-
Zoë,O'Hara,100002,,,zoe+moodle@example.org,"7,50"
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (1234),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Müller, Anna",17,m1,amueller,"Group A, Group B",8.00,80.0
"Müller, Anna",18,m2,amueller2,Group B,,
"Student, Test",19,,,Group A,,
"""
BLACKBOARD = """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Sheet 1 [Total Pts: 10] |41"
"Müller"\t"Jürgen"\t"jmueller"\t"1001"\t"2026-11-01 10:00:00"\t""
"Müller"\t"Jürgen"\t"jm2"\t""\t""\t""
"""


def roster(tmp_path: Path, content: bytes | str, column: str | None = None) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return roster_of(path, column)


def workbook(path: Path, rows: list[list[Any]], **formats: str) -> Path:
    """A workbook with a table in its second sheet.

    Args:
        formats: how cells are shown, by their names.
    """
    book = pytest.importorskip("openpyxl").Workbook()
    sheet = book.create_sheet("Class")
    for row in rows:
        sheet.append(row)
    for cell, shown in formats.items():
        sheet[cell].number_format = shown
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("content", "students"),
    [
        (b"student\nann\nbob\n", ["ann", "bob"]),
        (b"\xef\xbb\xbfID;name\r\n7;Ann\r\n\r\n8;Bob", ["7", "8"]),
        ("id,student\n1,Zoë\n".encode(), ["Zoë"]),
        (b'name , Student\n"x, y","Doe, Jane"\n', ["Doe, Jane"]),
        ("student\tgroup\nZoë\t1".encode("utf-16"), ["Zoë"]),
        (b"\r\nsep=;\nstudent".replace(b"\r\n", b"") + b"\nDoe, Jane\n", ["Doe, Jane"]),
        (b'"a, b, c";student;x\n1;Ann;\n', ["Ann"]),
        (b"student,group\nann\nbob,2,,\n", ["ann", "bob"]),
        (b"E-mail;Email address;id\nx;a@b.org;\ny;c@b.org;\n", ["a@b.org", "c@b.org"]),
        (b"student\nDoe, Jane\n", ["Doe, Jane"]),
        (b"First name;Last name\nAda;Lovelace\n", ["Ada Lovelace"]),
        (MOODLE.encode(), ["100001", "100002"]),
        (CANVAS.encode(), ["17", "18", "19"]),
        (BLACKBOARD.encode("utf-16"), ["jmueller", "jm2"]),
    ],
)
def test_rosters_are_read(content: bytes, students: list[str], tmp_path: Path) -> None:
    assert roster(tmp_path, content).students == students


def test_the_test_student_of_canvas_is_nobody_where_nothing_tells_them(tmp_path: Path) -> None:
    by_name = roster(tmp_path, CANVAS.replace('"Müller, Anna",18', '"Müller, A.",18'), "Student")
    assert by_name.students == ["Müller, Anna", "Müller, A.", "Student, Test"]
    known = roster(tmp_path, CANVAS, "SIS User ID")
    assert known.students == ["m1", "m2"]
    assert known.others[-1][:2] == ("Student, Test", "19")  # goes back to Canvas
    with pytest.raises(InvalidProblem, match="no name in this line"):
        roster(tmp_path, CANVAS.replace("m2,", ","), "SIS User ID")


def test_a_roster_keeps_what_else_it_knows_of_students(tmp_path: Path) -> None:
    found = roster(tmp_path, MOODLE)
    assert found.header == tuple(next(csv.reader(io.StringIO(MOODLE))))
    assert found.row("100001")[1:3] == ("Müller, Dr.", "100001")
    assert (found.keys, found.is_gradebook) == ((2,), False)
    canvas = roster(tmp_path, CANVAS)
    assert canvas.is_gradebook
    assert [row[0] for row in canvas.others] == ["", "Points Possible"]


def test_any_column_can_say_who_somebody_is(tmp_path: Path) -> None:
    assert roster(tmp_path, MOODLE, "email ADDRESS").students[1] == "zoe+moodle@example.org"
    assert roster(tmp_path, "Matrikelnummer;Name\n007;Zoë\n", "matrikelnummer").students == ["007"]
    with pytest.raises(InvalidProblem, match="expected one column 'nr' in the header, got 'name'"):
        roster(tmp_path, "name\nann\n", "nr")
    with pytest.raises(InvalidProblem, match="expected one column 'id' in the header, got 2 of"):
        roster(tmp_path, "id,ID\n1,2\n", "id")


@pytest.mark.parametrize(
    ("content", "name", "student"),
    [
        (MOODLE, "jürgen müller, dr.", "100001"),
        (MOODLE, "Zoe+Moodle@example.org", "100002"),
        (MOODLE, "O'Hara, Zoë", "100002"),
        (CANVAS, "amueller2", "18"),
        (CANVAS, "Test Student", "19"),
        (CANVAS, "Anna Müller", None),
        (CANVAS, "Group B", None),
        (BLACKBOARD, "1001", "jmueller"),
        ("student,id\nann,bob\nbob,7\n", "bob", "bob"),
        ("student\nDoe Jane\n", file_name("Doe Jane"), "Doe Jane"),
    ],
)
def test_people_are_known_by_all_of_their_names(
    content: str, name: str, student: str | None, tmp_path: Path
) -> None:
    assert roster(tmp_path, content).whose(name) == student


def test_a_workbook_is_a_roster(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["student", "id", "n"], ["Zoë, x", 42, 0.1 + 0.2], [None], ["Bo", 7.0]]
    path = workbook(tmp_path / "class.xlsx", rows)
    found = roster_of(path)
    assert [found.row(student) for student in found.students] == [
        ("Zoë, x", "42", "0.3"),
        ("Bo", "7", ""),
    ]
    assert roster_of(path, "id").students == ["42", "7"]
    numbers = workbook(tmp_path / "ids.xlsx", [["id"], [42]], A2="0000000")
    assert roster_of(numbers).students == ["0000042"]


def test_a_formula_that_no_spreadsheet_has_worked_yet_is_not_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["id", "loss"], [1, "=1.4/3"]])
    assert read_table(path).rows[0].cells == ("1", "=1.4/3")


def test_what_is_no_workbook_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "class.xlsx", [["id"], [1]])
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:200] + whole[300:], b"\xd0\xcf\x11\xe0" * 9):
        path.write_bytes(content)
        with pytest.raises(InvalidProblem, match=r"workbook"):
            roster_of(path)
    with ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(InvalidProblem, match="workbook"):
        roster_of(path)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(2_000_000))
    monkeypatch.setattr(table, "_MOST_UNPACKED", 1_000_000)
    with pytest.raises(FileError, match="unpacked"):
        roster_of(path)


def test_without_openpyxl_a_workbook_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "class.xlsx", [["id"], [1]])
    there = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return there(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'lossclass\[xlsx\]'"):
        roster_of(path)


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "expected a column"),
        (
            b"seat\nann\n",
            1,
            "expected a column 'student', 'id' or 'name' in the first line, got seat",
        ),
        (b"student\n", 1, "no student in this roster"),
        (b"student\nann\n\x81\n", 3, "no text in UTF-8, UTF-16 or Windows-1252"),
        (b"student\n\xff\0\n", 2, "no text in UTF-8"),
        (b"\xff\xfestudent", 1, "no text in UTF-8"),
        (b'student\nann\n"open\n', 3, "no CSV table"),
        (b"student,group\nDoe, Jane,5\n", 2, "expected 2 cells, as in the header in line 1, got 3"),
        (b"student" + b",x" * 2000, 1, "expected at most 2000 columns, got 2001"),
        (b'\n\n"student\n"\nann\n,\n\n"\x1b"\n', 8, "control character U\\+001B"),
    ],
)
def test_what_is_no_roster_is_not_valid(
    content: bytes, line: int, says: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidProblem, match=says) as caught:
        roster(tmp_path, content)
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == (str(tmp_path / "roster.csv"), line)
    with pytest.raises(FileError):
        roster_of(tmp_path / "nowhere.csv")


def test_a_table_is_no_larger_than_that_of_a_spreadsheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_MOST_ROWS", 2)
    assert roster(tmp_path, "id\n1\n2\n").students == ["1", "2"]
    with pytest.raises(InvalidProblem, match="4:1: expected at most 2 rows, got more"):
        roster(tmp_path, "id\n1\n2\n3\n4\n")
    monkeypatch.setattr(table, "_MOST_BYTES", 5)
    with pytest.raises(FileError, match="over 0 MB"):
        roster(tmp_path, "id\n1\n2\n3\n4\n")


def test_bad_students_are_told_with_their_lines(tmp_path: Path) -> None:
    content = b"id,name\na,1\n,2\nb,3\nA,4\n=cmd,5\nx\x00y,6\n../b,7\na,8\n"
    with pytest.raises(InvalidProblem) as caught:
        roster(tmp_path, content)
    found = {mistake.line: mistake.message for mistake in caught.value.mistakes}
    assert [*found] == [3, 5, 6, 7, 9]
    assert "no name" in found[3]
    assert found[5] == "'A' and 'a' in line 2 would have the same files on some systems"
    with pytest.raises(InvalidProblem, match="and 'a b' in line 2 would have the same files"):
        roster(tmp_path, f"student\na b\n{file_name('a b')}\n")
    assert found[9].startswith("'a' stands in line 2 already; --column names a column")
    assert "formulas" in found[6]


def test_a_guessed_encoding_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes("student;group\nAnn;1\nZoë Müller;2\n".encode("cp1252"))
    assert roster_of(path).students == ["Ann", "Zoë Müller"]
    said = capsys.readouterr().err
    assert said.startswith(
        f"{path}:3: this is not UTF-8, and was read as Windows-1252: Zoë Müller;2"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_in_every_form(encoding: str, delimiter: str, tmp_path: Path) -> None:
    names = [name for name in NAMES if encoding != "cp1252" or "李" not in name]
    rows = [["id", "student", "note"], *([str(n), name, "a\nb;c"] for n, name in enumerate(names))]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    found = roster(tmp_path, text.getvalue().encode(encoding))
    assert found.students == names
    assert [list(found.row(name)) for name in names] == rows[1:]


def test_the_program_makes_variants_for_any_roster(tmp_path: Path) -> None:
    path = workbook(tmp_path / "class.xlsx", [["Matrikel", "x"], [*NAMES[:1], 1], [*NAMES[1:2], 2]])
    arguments = ("variants", "hinge_sequence", "--seed", "s", "-o", tmp_path / "class")
    refused = run(*arguments, "--roster", path)
    assert (refused.returncode, f"{path}:1" in refused.stderr) == (3, True)
    assert "--column NAME says which" in refused.stderr
    made = run(*arguments, "--roster", path, "--column", "Matrikel")
    assert (made.returncode, made.stderr) == (0, "")
    answers = (tmp_path / "class" / "answers.csv").read_text(encoding="utf-8")
    assert [row["student"] for row in csv.DictReader(io.StringIO(answers))] == NAMES[:2]
    assert run(*arguments, "--count", 3, "--column", "x").returncode == 2


@pytest.mark.parametrize(
    ("cell", "written", "own"),
    [
        ("=1+2", "'=1+2", "'=1+2"),
        ("+49 170", "'+49 170", "+49 170"),
        ("-", "-", "-"),
        ("+zoe@example.org", "'+zoe@example.org", "+zoe@example.org"),
        ("-1", "'-1", "-1"),
        ("@SUM(A1)", "'@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("\tx", "'\\tx", "'\\tx"),
        ("a\x1b[31mb\u202ec", "a\\x1b[31mb\\u202ec", "a\\x1b[31mb\\u202ec"),
        ("O'Hara\u00a0Zoë\u200cx", "O'Hara\u00a0Zoë\u200cx", "O'Hara\u00a0Zoë\u200cx"),
    ],
)
def test_nothing_in_a_table_of_ours_can_be_run(cell: str, written: str, own: str) -> None:
    (found,) = csv.reader(io.StringIO(csv_line([cell, cell], own=1)))
    assert found == [own, written]


@given(st.lists(st.text(ANY_CHARACTER), min_size=1, max_size=4), st.integers(0, 4))
def test_a_line_is_read_back_with_as_many_cells_and_nothing_that_runs(
    cells: list[str], own: int
) -> None:
    (found,) = csv.reader(io.StringIO(csv_line(cells, own), newline=""), strict=True)
    assert len(found) == len(cells)
    for cell, before in zip(found, cells, strict=True):
        assert not cell.startswith(("=", "\t", "\r"))
        assert not cell.startswith(("+", "-", "@")) or not set("(!|='\":;*&^%") & set(cell)
        assert cell.isprintable() or not before.isprintable()


def test_a_table_says_where_its_rows_begin(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('\n"a\nb",c\n\n"1\n2",3\r4,5\n', encoding="utf-8")
    found = read_table(path)
    assert (found.header.line, [row.line for row in found.rows]) == (2, [5, 7])
    assert found.rows[0].cells == ("1\n2", "3")


HOSTILE = ["../../etc/passwd", "/etc/passwd", "..", ".", "a/b", "a\\b", "a:b", "con", "NUL.txt"]
HOSTILE += [
    "LPT¹",
    "com².txt",
    "x" * 500,
    ".hidden",
    "a b",
    "a_b",
    "ends.",
    "<script>",
    "\N{PILE OF POO}" * 80,
]


def test_names_of_files_are_safe_and_their_own(tmp_path: Path) -> None:
    names = [file_name(student) for student in HOSTILE]
    assert len({name.casefold() for name in names}) == len(HOSTILE)
    for name in names:
        path = (tmp_path / f".{name}.yaml.12345678.part").resolve()
        assert path.parent == tmp_path.resolve()
        path.write_text("", encoding="utf-8")
        assert not name.startswith(".")
        assert re.fullmatch("(con|nul|lpt.|com.)", name.split(".")[0].casefold()) is None


@given(st.text(ANY_CHARACTER, min_size=1, max_size=60))
def test_any_name_makes_a_file_name(student: str) -> None:
    if any(0xD800 <= ord(c) <= 0xDFFF for c in student):
        return
    name = file_name(student)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0')
    assert len(name.encode()) < 200
    assert file_name(student) == name


def test_the_id_of_somebody_told_by_name_is_known_for_the_paper(tmp_path: Path) -> None:
    found = roster(tmp_path, "student,ID number,group\nAda,007,1\nEmmy,,2\n")
    assert [found.called(each) for each in found.students] == [("Ada", "007"), ("Emmy", "")]
    assert roster(tmp_path, "id,name\n007,Ada\n").called("007") == ("Ada", "007")

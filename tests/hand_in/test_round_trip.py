"""A worksheet that is filled in and handed in gets the same marks in every form: as text, as
Markdown, as TeX, as YAML, as a workbook, and as a row of the table of a class."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from programs import run

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import round_significant
from lossclass.hand_in.reading import sheets_in
from lossclass.marking.check import Checked
from lossclass.problem.bundled import bundled_problems
from lossclass.runs.checking import checker_of
from lossclass.workbooks import ID, VALUE, WORKING
from lossclass.worksheets.composing import worksheet
from problems import solved

#: What somebody got, by the ids of the steps; nothing where a step is left out.
Got: TypeAlias = Mapping[str, str]
NAMES = [*bundled_problems()]
#: What a document leaves free to put numbers in.
_WIDE = r"\\underline\{\\hspace\{24em\}\}"
#: What a worksheet leaves free for the result of a step: behind the last equals sign, and in a table.
BLANKS = {
    ".txt": r"(?<== )_{16}(?!_)",
    ".md": r"(?<== )\\underline\{\\hspace\{8em\}\}",
    ".tex": r"(?<== )\\underline\{\\hspace\{8em\}\}",
}
IN_ROWS = {
    ".txt": BLANKS[".txt"],
    ".md": r"(?m)(?<=\$ \|)   (?=\|$)",
    ".tex": r"(?<=& )\\underline\{\\hspace\{6em\}\}(?= \\tabularnewline)",
}


def right(name: str) -> dict[str, str]:
    """What a worksheet asks for; what is so from the beginning, it tells."""
    asked = worksheet(solved(name)).questions
    return {each.id: digits(solved(name).values[each.id]) for each in asked}


def digits(value: Decimal) -> str:
    return f"{round_significant(value, 6):f}" if value.is_finite() else "∞"


def with_slips(name: str) -> dict[str, str]:
    """A number in the middle is too large, and is not gone on with; the first is left out;
    and what is infinite is written in letters."""
    got = right(name)
    known = [id for id, number in got.items() if number not in ("0", "∞")]
    middle = known[len(known) // 2]
    got[middle] = digits(solved(name).values[middle] * Decimal("1.2347"))
    if len(got) > 1:
        got[next(id for id in got if id != middle)] = ""
    return {id: number.replace("∞", "inf") for id, number in got.items()}


SHEETS = {"right": right, "with slips": with_slips}


# --- how it is filled in ---


def on_paper(kind: str, mark: str = ".", *options: str) -> Callable[[str, Got, Path], Path]:
    """The worksheet as text, with each result at its place; what is left out stays as printed."""
    blank = (IN_ROWS if "table" in options else BLANKS)[kind]

    def fill(name: str, got: Got, folder: Path) -> Path:
        path = folder / f"ada{kind}"
        assert run("worksheet", name, "-o", path, *options).returncode == 0
        results = iter(got.values())
        text, count = re.subn(
            blank,
            lambda found: next(results).replace(".", mark) or found[0],
            path.read_text(encoding="utf-8"),
        )
        assert count == len(got)
        path.write_text(text, encoding="utf-8")
        return path

    return fill


def as_yaml(name: str, got: Got, folder: Path) -> Path:
    path = folder / "ada.yaml"
    assert run("worksheet", name, "--sheet", path).returncode == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(_filled_lines(lines, got)), encoding="utf-8")
    return path


def _filled_lines(lines: list[str], got: Got) -> Iterator[str]:
    for line in lines:
        asked = re.match(r"  ([^\s:]+):", line)
        yield f"{asked[0]} {got[asked[1]]}" if asked else line


def as_a_workbook(name: str, got: Got, folder: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    path = folder / "ada.xlsx"
    assert run("worksheet", name, "-o", path).returncode == 0
    book = openpyxl.load_workbook(path)
    left = dict(got)
    for row in book[WORKING].iter_rows(min_row=6):
        if number := left.pop(row[ID - 1].value, ""):
            row[VALUE - 1].value = float(number) if number[0] in "-.0123456789" else number
    assert not any(left.values())
    book.save(path)
    return path


def in_a_table(between: str, mark: str) -> Callable[[str, Got, Path], Path]:
    def fill(_: str, got: Got, folder: Path) -> Path:
        path = folder / "class.csv"
        rows = [["student", *got], ["ada", *(each.replace(".", mark) for each in got.values())]]
        path.write_text("\n".join(map(between.join, rows)), encoding="utf-8")
        return path

    return fill


FORMS = {
    "text": on_paper(".txt"),
    "text with decimal commas": on_paper(".txt", ","),
    "Markdown": on_paper(".md"),
    "TeX": on_paper(".tex"),
    "table of text": on_paper(".txt", ".", "--layout", "table"),
    "table of Markdown": on_paper(".md", ",", "--layout", "table"),
    "table of TeX": on_paper(".tex", ".", "--layout", "table", "--space", "2cm"),
    "workbook": as_a_workbook,
    "table": in_a_table(",", "."),
    "table with decimal commas": in_a_table(";", ","),
}


# --- what is said of it ---


def marked(name: str, path: Path) -> Checked:
    (sheet,) = sheets_in(path)
    assert sheet.student == "ada"
    return checker_of(name).check(sheet)


def told(checked: Checked) -> list[object]:
    """The marks of what is answered, and why; and the mistakes behind them."""
    marks = [mark for mark in checked.marks if mark.verdict != "missing"]
    return [
        *((mark.id, mark.verdict, mark.explanation.to_dict()) for mark in marks),
        *(cause.to_dict() for cause in checked.causes),
    ]


@cache
def told_of_yaml(name: str, got: str) -> list[object]:
    with TemporaryDirectory() as folder:
        return told(marked(name, as_yaml(name, SHEETS[got](name), Path(folder))))


@pytest.mark.some(3)
@pytest.mark.grid(30, name=NAMES[::4], form=list(FORMS), got=list(SHEETS))
def test_the_marks_are_the_same(name: str, form: str, got: str, tmp_path: Path) -> None:
    numbers = SHEETS[got](name)
    checked = marked(name, FORMS[form](name, numbers, tmp_path))
    assert told(checked) == told_of_yaml(name, got)
    assert [line for line in checked.said if "No line was found" not in line] == []
    verdicts = [mark.verdict for mark in checked.marks]
    if got == "right":
        assert verdicts == ["right"] * len(numbers)
    else:
        assert "wrong" in verdicts


@pytest.mark.grid(9, name=NAMES[::4], kind=[".txt", ".md", ".tex"])
def test_numbers_put_in_on_the_lines_are_working(name: str, kind: str, tmp_path: Path) -> None:
    """Each step worked on its lines, the first of them with the numbers put in."""
    path = on_paper(kind)(name, right(name), tmp_path)
    lines = {".txt": r"(?<== )_{17,}", ".md": _WIDE, ".tex": _WIDE}[kind]
    text = path.read_text(encoding="utf-8")
    rest = iter(re.split(lines, text))
    filled = [next(rest)]
    worked = []
    for question in worksheet(solved(name)).questions:
        line = solved(name).line(solved(name).step(question.id))
        put_in = line.sides[0].write(PLAIN) if line.sides else ""
        if question.lines and re.search(r" |\w\(", put_in):  # or it is one number with its sign
            worked.append(question.id)
        for n in range(question.lines):
            filled += ["" if n else put_in, next(rest)]
    assert not [*rest]
    path.write_text("".join(filled), encoding="utf-8")
    checked = marked(name, path)
    assert {mark.verdict for mark in checked.marks} == {"right"}
    (sheet,) = sheets_in(path)
    cells = sheet.answers_to(solved(name)).cells
    assert worked
    assert [id for id in worked if cells[id].working is None] == []

"""The students of a class: from a CSV file, or just numbered."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from lossclass.errors import FileError, InvalidProblem, Mistake, printable
from lossclass.problem.fields import to_label

#: The columns that may say who somebody is; the first of them that there is counts.
_COLUMNS: Final = ("student", "id")
_MOST_BYTES: Final = 100_000_000
#: Longer names, with an end such as .yaml, some file systems do not take.
_LONGEST_NAME: Final = 40
_HASH_DIGITS: Final = 8
#: Whoever opens a table with these in a spreadsheet would run them.
_FORMULAS: Final = ("=", "+", "-", "@")
#: Names that Windows keeps for devices.
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))]
)


def numbered(count: int) -> Sequence[str]:
    """Students who are called 0001, 0002, …; the same however many they are."""
    return [f"{number:04}" for number in range(1, count + 1)]


def students_of(roster: Path | int) -> Sequence[str]:
    """The students of a roster, or so many who are numbered.

    Raises:
        FileError, InvalidProblem: see :func:`read_roster`.
    """
    return numbered(roster) if isinstance(roster, int) else read_roster(roster)


def read_roster(path: Path) -> list[str]:
    """The students of a CSV file: UTF-8, with commas or semicolons, and a column ``student`` or
    ``id``.

    Raises:
        FileError: the file cannot be read, or is no such table.
        InvalidProblem: students without a name, or twice, all of them with their lines.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise FileError(f"{path}: this is not UTF-8 text; save it as CSV UTF-8") from None
    if len(content) > _MOST_BYTES:
        raise FileError(f"{path}: the roster has over {_MOST_BYTES // 1_000_000} MB")
    try:
        return _students(text, path)
    except csv.Error as error:
        raise FileError(f"{path}: this is no CSV table: {error}") from None


def _students(text: str, path: Path) -> list[str]:
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = next((row for row in reader if row), [])
    names = [name.strip().casefold() for name in header]
    column = next((names.index(each) for each in _COLUMNS if each in names), None)
    if column is None:
        found = ", ".join(printable(name) for name in header) or "nothing"
        raise FileError(
            f"{path}: expected a column 'student' or 'id' in the first line, got {found}"
        )
    students: list[str] = []
    mistakes = [*_wrong(reader, column, path, students)]
    if mistakes:
        raise InvalidProblem(mistakes)
    if not students:
        raise FileError(f"{path}: there is no student in this roster")
    return students


def _wrong(
    reader: Iterator[list[str]], column: int, path: Path, students: list[str]
) -> Iterator[Mistake]:
    """What is wrong with the rows; ``students`` gets those with whom nothing is."""
    seen: dict[str, int] = {}
    for row in reader:
        line = getattr(reader, "line_num", 0)
        if not any(cell.strip() for cell in row):
            continue
        try:
            students.append(_student(row[column].strip() if len(row) > column else "", line, seen))
        except ValueError as error:
            yield Mistake(str(error), "", str(path), line, 1)


def _student(cell: str, line: int, seen: dict[str, int]) -> str:
    """A student who is not among those ``seen``, to whom they are added.

    Raises:
        ValueError: it is none.
    """
    if not cell:
        raise ValueError("there is no name in this line")
    student = to_label(cell)
    if student.startswith(_FORMULAS):
        raise ValueError(f"{student!r} begins as formulas of spreadsheets do")
    first = seen.setdefault(student.casefold(), line)
    if first != line:
        raise ValueError(f"{student!r} stands in line {first} already")
    return student


def file_name(student: str) -> str:
    """A name for files of a student, safe on every system; different for different students."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in student)
    safe = unicodedata.normalize("NFC", plain).strip(".")[:_LONGEST_NAME]
    if safe == student and safe.split(".")[0].casefold() not in _DEVICES:
        return safe
    # What was changed may look like another student's; the hash tells them apart.
    return f"{safe}-{sha256(student.encode()).hexdigest()[:_HASH_DIGITS]}"

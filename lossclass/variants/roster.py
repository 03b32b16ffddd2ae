"""The students of a class: from a CSV file, or just numbered."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lossclass.errors import FileError, InvalidProblem, Mistake, printable
from lossclass.problem.fields import to_label

if TYPE_CHECKING:
    from _csv import Reader

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
        FileError: the file cannot be read, or is too large.
        InvalidProblem: it is no such table, or has students without a name, or twice, all of them
            with their lines.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    if len(content) > _MOST_BYTES:
        raise FileError(f"{path}: the roster has over {_MOST_BYTES // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _invalid("this is not UTF-8 text; save it as CSV UTF-8", path, line) from None
    return _students(text, path)


def _invalid(message: str, path: Path, line: int) -> InvalidProblem:
    return InvalidProblem([Mistake(message, "", str(path), line, 1)])


def _students(text: str, path: Path) -> list[str]:
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        return _read(reader, path)
    except csv.Error as error:
        message = f"this is no CSV table: {error}"
        raise _invalid(message, path, max(reader.line_num, 1)) from None


def _read(reader: Reader, path: Path) -> list[str]:
    header = next((row for row in reader if row), [])
    names = [name.strip().casefold() for name in header]
    column = next((names.index(each) for each in _COLUMNS if each in names), None)
    if column is None:
        found = ", ".join(printable(name) for name in header) or "nothing"
        message = f"expected a column 'student' or 'id' in the first line, got {found}"
        raise _invalid(message, path, max(reader.line_num, 1))
    students: list[str] = []
    mistakes = [*_wrong(reader, column, path, students)]
    if mistakes:
        raise InvalidProblem(mistakes)
    if not students:
        raise _invalid("there is no student in this roster", path, max(reader.line_num, 1))
    return students


def _wrong(reader: Reader, column: int, path: Path, students: list[str]) -> Iterator[Mistake]:
    """What is wrong with the rows; ``students`` gets those with whom nothing is."""
    seen: dict[str, tuple[str, int]] = {}
    for row in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        try:
            students.append(_student(row[column].strip() if len(row) > column else "", line, seen))
        except ValueError as error:
            yield Mistake(str(error), "", str(path), line, 1)


def _student(cell: str, line: int, seen: dict[str, tuple[str, int]]) -> str:
    """A student who is not among those ``seen``, to whom they are added.

    Raises:
        ValueError: it is none.
    """
    if not cell:
        raise ValueError("there is no name in this line")
    student = to_label(cell)
    if student.startswith(_FORMULAS):
        raise ValueError(f"{student!r} begins as formulas of spreadsheets do")
    other, first = seen.setdefault(student.casefold(), (student, line))
    if other != student:
        raise ValueError(
            f"{student!r} differs from {other!r} in line {first} only by capitals; files of both "
            "would be one on some systems"
        )
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

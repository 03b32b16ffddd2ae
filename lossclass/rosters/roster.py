"""The students of a class: from a table, or just numbered."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from lossclass.errors import InvalidProblem, Mistake, printable
from lossclass.problem.fields import to_label
from lossclass.rosters.table import Row, Table, folded, read_table

#: The columns that may say who somebody is, folded; the first of them that there are, and in which
#: something stands, count.
_KEYS: Final = tuple(
    tuple(names.split())
    for names in (
        *("student", "id", "idnumber", "emailaddress", "email", "username", "studentid"),
        *("firstname lastname", "firstname surname", "fullname", "name"),
    )
)
#: What says that a table is the gradebook of Canvas, in which names repeat.
_OF_CANVAS: Final = frozenset({"sisloginid", "sisuserid"})
#: Columns by which people are called, too.
_NAMES: Final = frozenset(
    [
        *("student", "id", "idnumber", "emailaddress", "email", "sisuserid", "sisloginid"),
        *("integrationid", "username", "studentid", "login", "name", "fullname", "identifier"),
    ]
)
#: Those of them by which people are told on paper.
_NUMBERS: Final = ("id", "idnumber", "studentid", "sisuserid")
_FULL_NAMES: Final = ("student", "fullname", "name")
#: Rows of a gradebook that are no students'; as "Student, Test", teachers look at a course.
_NO_STUDENTS: Final = ("", "pointspossible", "studenttest")
#: Longer names, with an end such as .yaml, some file systems do not take.
_LONGEST_NAME: Final = 40
_HASH_DIGITS: Final = 8
#: Whoever opens a table with these in a spreadsheet would run them.
_FORMULAS: Final = ("=", "+", "-", "@")
#: Names that Windows keeps for devices.
_DEVICES: Final = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{each}{n}" for each in ("com", "lpt") for n in "0123456789¹²³"),
    ]
)


@dataclass(frozen=True, eq=False)
class Roster:
    """Who is in a class.

    Attributes:
        students: as they are told from each other, in the order of the table.
        header: the names of the columns.
        rows: what stands in the columns, by student.
        keys: the columns that say who somebody is; two for a first and a last name.
        others: the rows that are no students', such as the most points of a gradebook.
        is_gradebook: whether it is one of Canvas.
    """

    students: Sequence[str]
    header: tuple[str, ...] = ("student",)
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: tuple[int, ...] = (0,)
    others: Sequence[tuple[str, ...]] = ()
    is_gradebook: bool = False

    def row(self, student: str) -> tuple[str, ...]:
        """What the table has of somebody."""
        return self.rows.get(student, (student,))

    def full_name(self, student: str) -> str:
        """What to call somebody: a name, if the table has one, and what they are told by."""
        name = self._name(student)
        return student if name == student else f"{name} ({student})"

    def _name(self, student: str) -> str:
        columns = self._columns(student)
        first, last = _first_and_last(columns)
        written = [f"{first} {last}" if first and last else "", *map(columns.get, _FULL_NAMES)]
        return next(filter(None, written), student)

    def called(self, student: str) -> tuple[str, str]:
        """The name of somebody, and by what else they are told; what is not known is empty."""
        if (name := self._name(student)) != student:
            return name, student
        name, id = name_or_id(student)
        columns = self._columns(student)
        return name, id or next(filter(None, map(columns.get, _NUMBERS)), "")

    def whose(self, name: str) -> str | None:
        """The student whom a name stands for: as the class has it; what a file of theirs is called;
        or one that no other student has in a column that names people."""
        called, also = _alike(name), self.called_so(name)
        return self._called.get(called) or (also[0] if len(also) == 1 else None)

    def called_so(self, name: str) -> Sequence[str]:
        """The students who have a name in a column that names people."""
        return self._also_called.get(_alike(name), ())

    @cached_property
    def _called(self) -> Mapping[str, str]:
        files = {_alike(file_name(student)): student for student in self.students}
        return files | {_alike(student): student for student in self.students}

    @cached_property
    def _also_called(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for student in self.rows:
            for name in set(map(_alike, self._names_of(student))):
                found.setdefault(name, []).append(student)
        return found

    def _names_of(self, student: str) -> Iterator[str]:
        columns = self._columns(student)
        first, last = _first_and_last(columns)
        if first and last:
            yield f"{first} {last}"
            yield f"{last}, {first}"
        for name, cell in columns.items():
            if name in _NAMES and cell:
                yield cell
                last, comma, first = cell.partition(",")
                if comma:
                    yield f"{first.strip()} {last}"

    def _columns(self, student: str) -> Mapping[str, str]:
        return dict(zip(map(folded, self.header), self.row(student), strict=True))


def name_or_id(student: str) -> tuple[str, str]:
    """What somebody is told by, as a name or as an id: there are no digits in a name."""
    is_id = "@" in student or any(map(str.isdigit, student))
    return ("", student) if is_id else (student, "")


def _first_and_last(columns: Mapping[str, str]) -> tuple[str, str]:
    return columns.get("firstname", ""), columns.get("lastname") or columns.get("surname", "")


def _alike(name: str) -> str:
    """A name without what no two students of a roster differ by alone: some systems write the
    names of files with their accents apart, and some people write theirs small."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(count: int) -> Sequence[str]:
    """Students who are called 0001, 0002, …; the same however many they are."""
    return [f"{number:04}" for number in range(1, count + 1)]


def roster_of(students: Path | int, column: str | None = None) -> Roster:
    """The class of a table, or so many who are numbered; see
    :func:`lossclass.rosters.table.read_table` for the forms of a table.

    Args:
        column: the one that says who somebody is. By default it is ``student``, ``id``,
            ``ID number``, ``Email address``, ``Username``, ``Student ID``, ``First name`` with
            ``Last name``, ``Full name`` or ``Name``, the first of them in which something stands; in
            the gradebook of Canvas its ``ID``.

    Raises:
        FileError: the file cannot be read, or is too large.
        InvalidProblem: it is no such table, or has students without a name, or twice, all of them
            with their lines.
        UsageError: it is a workbook, and what reads them is not installed.
    """
    if isinstance(students, int):
        return Roster(numbered(students))
    table = read_table(students)
    named = named_rows(table, column)
    seen: dict[str, tuple[str, int]] = {}
    found: dict[str, tuple[str, ...]] = {}
    mistakes: list[Mistake] = []
    for row in named.rows:
        try:
            found[_student(name_in(row, named.keys), row.line, seen)] = row.cells
        except ValueError as error:
            mistakes.append(table.mistake(row.line, str(error)))
    if mistakes:
        raise InvalidProblem(mistakes)
    others = [row.cells for row in named.others]
    return Roster(list(found), table.header.cells, found, named.keys, others, named.is_gradebook)


class NamedRows(NamedTuple):
    """The rows of a table, and by which columns it is told whose each is; those that are
    nobody's apart."""

    rows: Sequence[Row]
    keys: tuple[int, ...]
    others: Sequence[Row]
    is_gradebook: bool


def named_rows(table: Table, column: str | None = None) -> NamedRows:
    """Whose the rows of a table are.

    Args:
        column: the name of the column that says so.

    Raises:
        InvalidProblem: there is no such column, or no row.
    """
    names = tuple(map(folded, table.header.cells))
    is_gradebook = "id" in names and not _OF_CANVAS.isdisjoint(names)
    rows: list[Row] = []
    others: list[Row] = []
    if column is None and is_gradebook:
        column = "id"
    for row in table.rows:
        is_nobody = is_gradebook and _is_of_nobody(row, names, folded(column or ""))
        (others if is_nobody else rows).append(row)
    keys = _key_columns(replace(table, rows=rows), column)
    return NamedRows(rows, keys, others, is_gradebook)


def _is_of_nobody(row: Row, names: Sequence[str], column: str) -> bool:
    cells = dict(zip(names, row.cells, strict=True))
    is_told = cells["id"] and cells.get(column)
    return not is_told and folded(cells.get("student", "")) in _NO_STUDENTS


def columns_of_names(table: Table) -> list[tuple[int, ...]]:
    """The columns that say whose a row is, by what stands above them; of several the surest first."""
    names = list(map(folded, table.header.cells))
    there = [each for each in _KEYS if all(name in names for name in each)]
    return [tuple(map(names.index, each)) for each in there]


def _key_columns(table: Table, column: str | None) -> tuple[int, ...]:
    found = columns_of_names(table) if column is None else [(table.column(column),)]
    if not found:
        got = ", ".join(map(printable, table.header.cells)) or "nothing"
        message = (
            f"expected a column 'student', 'id' or 'name' in the first line, got {got}; "
            "--column NAME says which column it is"
        )
        raise InvalidProblem([table.mistake(table.header.line, message)])
    if not table.rows:
        message = "there is no student in this roster"
        raise InvalidProblem([table.mistake(table.header.line, message)])
    filled = (each for each in found if any(name_in(row, each) for row in table.rows))
    return next(filled, found[0])


def name_in(row: Row, keys: Sequence[int]) -> str:
    """Whose a row is, as it stands there."""
    return " ".join(filter(None, (row.cells[n] for n in keys)))


def says_who(column: str) -> bool:
    """Whether a column is called as those are that say who somebody is."""
    return folded(column) in _NAMES | {"firstname", "lastname", "surname"}


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
    for name in (student.casefold(), file_name(student).casefold()):
        other, first = seen.setdefault(name, (student, line))
        if other != student:
            raise ValueError(
                f"{student!r} and {other!r} in line {first} would have the same files on some systems"
            )
        if first != line:
            raise ValueError(
                f"{student!r} stands in line {first} already; --column names a column in which no two "
                "are the same, such as an ID"
            )
    return student


def file_name(student: str) -> str:
    """A name for files of a student, safe on every system; different for different students."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in student)
    safe = unicodedata.normalize("NFC", plain).strip(".")[:_LONGEST_NAME]
    if safe.split(".")[0].casefold() in _DEVICES:
        safe = safe.replace(".", "_")  # what stands behind a dot changes nothing for Windows
    elif safe == student:
        return safe
    # What was changed may look like another student's; the hash tells them apart.
    return f"{safe}-{sha256(student.encode()).hexdigest()[:_HASH_DIGITS]}"

"""A table with a header, as spreadsheets and platforms write it: CSV in its dialects, and ``.xlsx``."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from lossclass.errors import (
    FileError,
    InvalidProblem,
    LossclassError,
    Mistake,
    UsageError,
    printable,
    tell,
)
from lossclass.records import record

_MOST_BYTES: Final = 100_000_000
#: What a workbook may hold once it is unpacked.
_MOST_UNPACKED: Final = 500_000_000
_MOST_COLUMNS: Final = 2_000
#: As many as a spreadsheet has.
_MOST_ROWS: Final = 1_048_576
_LONGEST_HEADER: Final = 100_000
_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ZIP: Final = b"PK\x03\x04"
#: Old workbooks, and those with a password.
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
#: With which a spreadsheet says what stands between its cells.
_SEPARATED_BY: Final = re.compile(r"\ufeff?sep=(.)\s*(?:\r\n|\r|\n|$)", re.IGNORECASE)
#: What stands between cells; the first where there is nothing in the header, so that in a list of
#: names their commas are their own.
_DELIMITERS: Final = "\t,;"
#: So many digits of a number a spreadsheet keeps; what doubles have beyond them is noise.
_DIGITS: Final = 15
#: What a spreadsheet would run, at the beginning of a cell.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
#: A name, number, address or telephone number, with which nothing can be run.
_HARMLESS: Final = re.compile(r"[-+@][\w\s.,@/+-]*")


@record
class Row:
    """A row, with as many cells as the header.

    Attributes:
        line: where it begins in its file; in a workbook, its number.
    """

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it stands in a file.

    Attributes:
        rows: those under the header in which something stands.
    """

    file: str
    header: Row
    rows: Sequence[Row]

    def mistake(self, line: int, message: str) -> Mistake:
        """What is wrong in a line."""
        return Mistake(message, "", self.file, line, 1)

    def column(self, name: str) -> int:
        """The column of a name, however it is spaced and capitalised.

        Raises:
            InvalidProblem: there is none, or there are several.
        """
        found = [n for n, each in enumerate(self.header.cells) if folded(each) == folded(name)]
        if len(found) == 1:
            return found[0]
        got = ", ".join(map(repr, self.header.cells)) if not found else f"{len(found)} of them"
        message = f"expected one column {name!r} in the header, got {got}"
        raise InvalidProblem([self.mistake(self.header.line, message)])


def folded(name: str) -> str:
    """The name of a column without what it may be written differently with."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", name).casefold()))


def read_table(path: Path | str) -> Table:
    """The table of a file: a workbook if it is one, whatever its name; else CSV with commas,
    semicolons or tabs, in UTF-8 or UTF-16, or else in Windows-1252, with a warning.

    Raises:
        FileError: the file cannot be read, or is too large.
        InvalidProblem: it is no table, with line, what was got and what was expected.
        UsageError: it is a workbook, and what reads them is not installed.
    """
    file = str(path)
    content = read_bytes(path)
    if content.startswith(_OLD_WORKBOOK):
        message = "an old workbook, or one with a password; save it as .xlsx without, or as CSV"
        raise _invalid(message, file, 1)
    if content.startswith(_ZIP):
        return _table(_in_workbook(content, file), file)
    return _table(_in_csv(decoded(content, file), file), file)


def read_bytes(path: Path | str) -> bytes:
    """All that stands in a file.

    Raises:
        FileError: it cannot be read, or is too large.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # a name that no file can have, with a NUL in it
        raise FileError(f"{str(path)!r}: {error}") from None
    if len(content) > _MOST_BYTES:
        raise FileError(f"{path}: the table has over {_MOST_BYTES // 1_000_000} MB")
    return content


def _invalid(message: str, file: str, line: int) -> InvalidProblem:
    return InvalidProblem([Mistake(message, "", file, line, 1)])


def _table(rows: Iterator[Row], file: str) -> Table:
    written = (Row(row.line, tuple(map(str.strip, row.cells))) for row in rows)
    filled = (row for row in written if any(row.cells))
    header = next(filled, Row(1, ()))
    while header.cells and not header.cells[-1]:
        header = Row(header.line, header.cells[:-1])
    width = len(header.cells)
    if width > _MOST_COLUMNS:
        message = f"expected at most {_MOST_COLUMNS} columns, got {width}"
        raise _invalid(message, file, header.line)
    found, mistakes = [], []
    for row in filled:
        if any(row.cells[width:]):
            message = (
                f"expected {width} cells, as in the header in line {header.line}, got "
                f"{len(row.cells)}; is a text with a comma in it not in quotes?"
            )
            mistakes.append(Mistake(message, "", file, row.line, 1))
        found.append(Row(row.line, (row.cells + ("",) * width)[:width]))
        if len(found) > _MOST_ROWS:
            raise _invalid(f"expected at most {_MOST_ROWS} rows, got more", file, row.line)
    if mistakes:
        raise InvalidProblem(mistakes)
    return Table(file, header, found)


# --- CSV ---


def decoded(content: bytes, file: str, saved_as: str = "the table as CSV UTF-8") -> str:
    """The text of a file; if its encoding was guessed, that is told."""
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), "utf-8-sig")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = "\0"
    if encoding != "utf-8-sig" or "\0" in text:
        message = "this is no text in UTF-8, UTF-16 or Windows-1252; save it as CSV UTF-8"
        raise _invalid(message, file, line)
    shown = text.split("\n")[line - 1].strip()
    tell(
        f"{file}:{line}: this is not UTF-8, and was read as Windows-1252: {shown:.60}; if that is "
        f"not what was written, save {saved_as}"
    )
    return text


def _in_csv(text: str, file: str) -> Iterator[Row]:
    stream = StringIO(text, newline="")
    lines = 0
    if told := _SEPARATED_BY.match(text):
        stream.seek(told.end())
        lines = 1
        delimiter = told[1]
    else:
        bare = re.sub(r'"[^"]*"', "", text[:_LONGEST_HEADER].lstrip())
        delimiter = max(_DELIMITERS, key=re.split(r"[\r\n]", bare)[0].count)
    line = lines + 1
    try:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        for cells in reader:
            yield Row(line, tuple(cells))
            line = lines + reader.line_num + 1
    except (csv.Error, TypeError, ValueError) as error:  # a delimiter that cannot be one
        message = f"this is no CSV table: {printable(str(error))}"
        raise _invalid(message, file, line) from None


# --- workbooks ---


@contextmanager
def opened_workbook(
    content: bytes, file: str, *, read_only: bool = False
) -> Iterator[tuple[Any, Any]]:
    """A workbook with its formulas, and with what they came to when it was saved.

    Raises:
        FileError: it is too large.
        InvalidProblem: it is no workbook, or a broken one, even if only its user sees that.
        UsageError: what reads them is not installed.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise UsageError(
            f"{file}: a workbook needs openpyxl: pip install 'lossclass[xlsx]'; a table can be CSV"
        ) from None
    try:
        _refuse_too_large(content, file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drawings that it does not know
            opened = partial(load_workbook, read_only=read_only)
            yield opened(BytesIO(content)), opened(BytesIO(content), data_only=True)
    except LossclassError:
        raise
    except Exception as error:  # noqa: BLE001 - broken ones end openpyxl in every way
        message = f"expected an .xlsx workbook, got one that cannot be read: {error}"
        raise InvalidProblem([Mistake(printable(message), file=file)]) from None


def _refuse_too_large(content: bytes, file: str) -> None:
    with ZipFile(BytesIO(content)) as archive:
        unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > _MOST_UNPACKED:
        raise FileError(f"{file}: unpacked, it has over {_MOST_UNPACKED // 1_000_000} MB")


def _in_workbook(content: bytes, file: str) -> Iterator[Row]:
    """The rows of the first sheet with something in it; not a title above the table, of several words in
    one cell."""
    with opened_workbook(content, file, read_only=True) as (written, worked):
        for both in zip(worked.worksheets, written.worksheets, strict=True):
            rows = [row for row in _in_sheet(*both, file) if any(row.cells)]
            wide = [sum(map(bool, row.cells)) for row in rows[:2]]
            if len(wide) == 2 and wide[0] == 1 < wide[1] and " " in "".join(rows[0].cells).strip():
                del rows[0]
            if rows:
                return iter(rows)
    return iter(())


def _in_sheet(worked: Any, written: Any, file: str) -> Iterator[Row]:
    """The rows of a sheet.

    Args:
        worked: the sheet with the numbers that formulas came to when it was saved.
        written: the same with the formulas, which stand where no spreadsheet has worked them yet.
    """
    for sheet in (worked, written):
        sheet.reset_dimensions()
    rows = (worked.iter_rows(), written.iter_rows())
    for line, (row, formulas) in enumerate(zip(*rows, strict=True), 1):
        if len(row) > _MOST_COLUMNS:
            message = f"expected at most {_MOST_COLUMNS} columns, got {len(row)}"
            raise _invalid(message, file, line)
        pairs = zip(row, formulas, strict=True)
        yield Row(line, tuple(_text(cell) or _text(formula) for cell, formula in pairs))


def _text(cell: Any) -> str:
    """What a cell of a workbook shows, as far as somebody may have meant it."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return format(value, f".{_DIGITS}g")
        case int():
            zeros = str(cell.number_format)
            return str(value).zfill(len(zeros)) if set(zeros) == {"0"} else str(value)
        case datetime():
            return value.isoformat(" ").removesuffix(" 00:00:00")
        case date():
            return value.isoformat()
    return str(value)


# --- writing ---


def csv_line(cells: Iterable[str], own: int = 0) -> str:
    """A line of a CSV table in which nothing can be run, neither by a spreadsheet nor by a
    terminal.

    Args:
        own: so many cells at its beginning are from a roster, in which names, addresses and numbers
            may begin as formulas do: they stay as they are.
    """
    text = StringIO()
    safe = (_safe(cell, is_own=n < own) for n, cell in enumerate(cells))
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue()


def _safe(cell: str, *, is_own: bool) -> str:
    shown = "".join(c if _is_shown(c) else printable(c) for c in cell)
    is_harmless = shown == "-" or (is_own and _HARMLESS.fullmatch(shown))
    return f"'{shown}" if cell.startswith(_RUNS) and not is_harmless else shown


def _is_shown(character: str) -> bool:
    """Whether a character is one that names and addresses have: also other spaces, and what joins
    letters in some scripts."""
    return unicodedata.category(character) == "Zs" or character in "\n\u200c\u200d"

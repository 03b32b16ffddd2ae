"""Predictions from a file beside the problem: ``file: name.npy``, or ``logits: name.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from lossclass.arithmetic.number import is_number
from lossclass.problem.fields import describe, to_number
from lossclass.problem.from_python import without_long_doubles
from lossclass.problem.yaml_source import Document, Path
from lossclass.second_road import np, numpy_is_here

KEY = "file"
#: More numbers in a CSV file would take long to read digit by digit.
MOST_IN_TEXT = 200_000
#: Keys that may name a file instead of holding rows; ``file`` stands for the first that a loss has.
FROM_FILES = ("y_pred", "probabilities", "logits", "log_probs")
_LONGEST_LINE = 10_000_000
#: The name of a column: no number, nor one with a letter for a digit in it.
_NAME = re.compile(r"\s*(?:# ?)?(?!nan|inf)[^\W\d][\w -]*", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]*")


def replaced_by_file(fields: Iterable[str]) -> str | None:
    """The key in the place of which ``file`` may stand, among those of a loss."""
    fields = set(fields)
    return next((key for key in FROM_FILES[:2] if key in fields), None)


def with_files_read(
    data: Mapping[str, Any], document: Document, fields: Iterable[str], most_numbers: int
) -> tuple[Mapping[str, Any], list[tuple[Path, str]]]:
    """The data with the rows of the files that it names in their places, and what is wrong.

    A name is relative to the folder of the problem file (of the working folder, where there is
    none), and may not lead out of it.

    Args:
        fields: the keys of the loss.
        most_numbers: how many numbers a file may hold.
    """
    read = dict(data)
    wrong: list[tuple[Path, str]] = []
    names = {key: data[key] for key in FROM_FILES if key in fields and _is_name(data.get(key))}
    replaces = replaced_by_file(fields)
    if KEY in data and replaces:
        names[KEY] = read.pop(KEY)
    for key, name in names.items():
        into = replaces if key == KEY and replaces else key
        if key == KEY and into in data:
            wrong.append(((key,), f"there is {into} already; a problem has one of the two"))
            continue
        try:
            columns, read[into] = _read(name, FilePath(document.file).parent, most_numbers)
            _name_columns(read, columns, fields, name)
        except ValueError as error:
            wrong.append(((key,), str(error)))
    return read, wrong


def _name_columns(
    read: dict[str, Any], names: Sequence[str], fields: Iterable[str], file: str
) -> None:
    """Let the first line of a file name the classes, where the loss has names for them.

    Raises:
        ValueError: they are named otherwise in the problem.
    """
    key = next((each for each in ("classes", "labels", "tags") if each in fields), None)
    if key is None or len(names) < 2:
        return
    said = read.setdefault(key, list(names))
    own = [*map(str, said)] if isinstance(said, list | tuple) else names
    if own != names and sorted(own) == sorted(names):
        raise ValueError(
            f"the columns of {describe(file)} are {', '.join(names)}, and {key} has another order: "
            f"{', '.join(own)}"
        )


def _is_name(value: Any) -> bool:
    """Whether a text can only be meant for the name of a file, even one that is not read."""
    is_file = isinstance(value, str) and bool(_SUFFIX.fullmatch(FilePath(value).suffix))
    return is_file and not is_number(value)


def _read(name: Any, folder: FilePath, most_numbers: int) -> tuple[list[str], Any]:
    """The names of a file's columns, if its first line has them, and its rows.

    Raises:
        ValueError: the file cannot be read, or holds something else than numbers in rows.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"expected the name of a .npy or .csv file, got {describe(name)}")
    folder = folder.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{describe(name)} leads out of the folder of the problem")
    try:
        names, rows = _READERS[path.suffix.lower()](path, most_numbers)
    except KeyError:
        raise ValueError(f"expected a .npy or .csv file, got {describe(name)}") from None
    except OSError as error:
        raise ValueError(f"{describe(name)}: {error.strerror or error}") from None
    return names, _without_axes_of_one(rows)


def _without_axes_of_one(rows: Any) -> Any:
    """One row, or one column, as the plain list that it would be in a problem."""
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        return rows
    if len(rows) == 1:
        return rows[0]
    return [row[0] for row in rows] if all(len(row) == 1 for row in rows) else rows


def _read_csv(path: FilePath, most_numbers: int) -> tuple[list[str], list[list[str]]]:
    """The cells as they are written: whether their numbers can be meant, the fields tell."""
    names: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows: list[list[str]] = []
            numbers = 0
            # A line is read in pieces, so that a file of one endless line ends as well.
            reader = csv.reader(iter(lambda: file.readline(_LONGEST_LINE), ""))
            for row in reader:
                numbers += len(row)
                _check_size(path, numbers, min(most_numbers, MOST_IN_TEXT))
                if reader.line_num == 1 and row and all(map(_NAME.fullmatch, row)):
                    names = [cell.removeprefix("#").strip() for cell in row]
                    continue
                if not all(map(_is_number, row)):
                    where = f"{describe(path.name)}, line {reader.line_num}"
                    raise ValueError(f"{where}: {_no_numbers(row)}")
                if row:
                    rows.append(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{describe(path.name)} is no CSV file: {error}") from None
    return names, rows


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, for the fields to say if it can be meant."""
    try:
        float(cell)
    except ValueError:
        return is_number(cell)
    return True


def _no_numbers(row: list[str]) -> str:
    """What is wrong with a line of a file that should hold numbers."""
    line = ",".join(row)
    if ";" in line:
        has_both = "a decimal point and a comma between numbers" if "," in line else "a comma"
        return f"expected numbers such as 0.8,-0.5, got {describe(line)}; write {has_both}, and no semicolon"
    if not row[0].strip():
        return "the first cell is empty; of a table with an index, write to_csv(…, index=False)"
    cell = next(cell for cell in row if not _is_number(cell))
    if len(cell.split()) > 1 and all(map(_is_number, cell.split())):
        return (
            f"expected numbers such as 0.8,-0.5, got {describe(line)}; write commas between numbers"
        )
    try:
        to_number(cell, infinite=True)
    except ValueError as error:
        return str(error)
    return f"expected a number, got {describe(cell)}"


def _read_npy(path: FilePath, most_numbers: int) -> tuple[list[str], Any]:
    if not numpy_is_here():
        raise ValueError(f"{describe(path.name)}: NumPy is not here, which reads .npy; write .csv")
    try:
        array = np.load(path, allow_pickle=False)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a header is read as Python, which can go wrong in any way
        message = f"{describe(path.name)} is no .npy file of numbers, or not a whole one"
        raise ValueError(message) from None
    if isinstance(array, np.ndarray) and array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]  # a batch of one sequence: T × 1 × C
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or array.ndim > 2:
        raise ValueError(
            f"expected real numbers in at most two dimensions in {describe(path.name)}"
        )
    _check_size(path, array.size, most_numbers)
    array = without_long_doubles(array)
    return [], array.tolist() if array.size <= MOST_IN_TEXT else array


def _check_size(path: FilePath, numbers: int, most: int) -> None:
    if numbers > most:
        raise ValueError(f"{describe(path.name)} has over {most} numbers")


_READERS = {".csv": _read_csv, ".npy": _read_npy}

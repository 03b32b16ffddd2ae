"""Predictions from a file beside the problem: ``file: name.npy`` or ``file: name.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossclass.problem.fields import describe
from lossclass.problem.yaml_source import Document

KEY, REPLACES = "file", "y_pred"
#: More would be no hand work, and would fill the memory with steps.
MOST_NUMBERS = 200_000


def with_file_read(data: Mapping[str, Any], document: Document) -> Mapping[str, Any]:
    """The data with ``y_pred`` taken from the file that ``file`` names.

    The name is relative to the folder of the problem file (of the working folder, where there is
    none), and may not lead out of it.

    Raises:
        ValueError: there is ``y_pred`` already, or the file cannot be read, or holds something
            else than numbers in rows.
    """
    if REPLACES in data:
        raise ValueError(f"there is {REPLACES} already; a problem has one of the two")
    name = data[KEY]
    if not isinstance(name, str) or not name:
        raise ValueError(f"expected the name of a .npy or .csv file, got {describe(name)}")
    folder = Path(document.file).parent.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{describe(name)} leads out of the folder of the problem")
    try:
        rows = _READERS[path.suffix.lower()](path)
    except KeyError:
        raise ValueError(f"expected a .npy or .csv file, got {describe(name)}") from None
    except OSError as error:
        raise ValueError(f"{describe(name)}: {error.strerror or error}") from None
    rest = {key: value for key, value in data.items() if key != KEY}
    return {**rest, REPLACES: _without_axes_of_one(rows)}


def _without_axes_of_one(rows: Any) -> Any:
    """One row, or one column, as the plain list that it would be in a problem."""
    if not rows or not isinstance(rows, list) or not isinstance(rows[0], list):
        return rows
    if len(rows) == 1:
        return rows[0]
    return [row[0] for row in rows] if all(len(row) == 1 for row in rows) else rows


def _read_csv(path: Path) -> list[list[str]]:
    """The cells as they are written: whether they are numbers, the fields tell."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = [row for row in csv.reader(file) if row]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{describe(path.name)} is no CSV file: {error}") from None
    _check_size(path, sum(map(len, rows)))
    return rows


def _read_npy(path: Path) -> Any:
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{describe(path.name)} is no .npy file of numbers: {error}") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or array.ndim > 2:
        raise ValueError(
            f"expected real numbers in at most two dimensions in {describe(path.name)}"
        )
    _check_size(path, array.size)
    return array.tolist()


def _check_size(path: Path, numbers: int) -> None:
    if numbers > MOST_NUMBERS:
        raise ValueError(f"{describe(path.name)} has over {MOST_NUMBERS} numbers")


_READERS = {".csv": _read_csv, ".npy": _read_npy}

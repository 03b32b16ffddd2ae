"""The sheets of a file, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lossclass.errors import FileError
from lossclass.hand_in import workbook
from lossclass.hand_in.sheet import Sheet
from lossclass.problem.bundled import is_quiz

#: How the names of files end in which sheets are looked for in a folder.
SUFFIXES: Final = (".yaml", ".yml", ".txt", ".md", ".tex", ".ipynb")
#: How the names of tables end.
TABLES: Final = (".csv", ".tsv", ".xlsx")
#: How the names of files end that people hand in as well, and that are read by nobody but people.
_OF_TEXT: Final = (".pdf", ".docx", ".doc", ".odt", ".rtf", ".pages", ".html", ".htm")
UNREADABLE: Final = (*_OF_TEXT, ".png", ".jpg", ".jpeg", ".heic", ".zip")


def sheets_in(
    path: Path | str, column: str | None = None, *, of_exam: bool = False
) -> Iterator[Sheet]:
    """The sheets of a file, by the end of its name; of one with mistakes what can be told, for
    whoever marks it to find the others.

    Args:
        column: the one that says whose a row is, in a table of a class.
        of_exam: whether what stands in a workbook for several problems is one sheet.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: there is no sheet in it.
    """
    match Path(path).suffix.lower():
        case ".xlsx" if workbook.is_ours(path):
            yield from [workbook.whole(path)] if of_exam else workbook.sheets(path)
        case kind if kind in TABLES:
            from lossclass.hand_in import tables

            yield from tables.sheets(path, column)
        case ".txt" | ".md" | ".tex" | ".ipynb":
            from lossclass.hand_in import working

            yield from working.sheets(path)
        case kind if kind in UNREADABLE:
            readable = ", ".join((*SUFFIXES, ".xlsx", ".csv"))
            how = "; save its text as a .txt file" if kind in _OF_TEXT else ""
            message = f"{path}: a sheet cannot be read of a {kind} file, but of {readable}{how}"
            raise FileError(message)
        case _:
            from lossclass.hand_in.yaml_sheets import sheets

            yield from sheets(path)


def files_in(folder: Path) -> list[Path]:
    """The files in a folder, and in the folders in it, that can be sheets, in order.

    Raises:
        FileError: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if _can_be_sheets(path))
    sheets = [path for path in found if not is_quiz(path)]
    if not sheets:
        raise FileError(
            f"{folder}: there is no answer sheet in this folder ({', '.join(SUFFIXES)})"
        )
    return sheets


def passed_over(folder: Path) -> list[Path]:
    """The files in a folder that somebody may have handed in, and that cannot be read, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in UNREADABLE)


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder, in order: of answers, or a roster, a gradebook, the key."""
    found = (path for path in folder.rglob("[!~.]*") if path.suffix.lower() in TABLES)  # no locks
    return sorted(path for path in found if not _can_be_sheets(path))


def _can_be_sheets(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return workbook.is_ours(path)
    return suffix in SUFFIXES and path.stem.lower() != "readme"

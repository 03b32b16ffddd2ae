"""Answer sheets in which somebody filled something in: no run may take them away.

A sheet of a class may have thousands beside it, so that it is not read as YAML: whatever does not
look like one that was just made is taken for filled in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lossclass.errors import FileError

_END: Final = rb"[ \t]*(?:\#[^\r\n]*)?\r?\n"
#: A sheet as it is made: comments, what it belongs to, and ids with nothing behind them.
_EMPTY: Final = re.compile(
    rb"""(?:\#[^\r\n]*\r?\n)*
    (?:(?:problem|student|variant|digits):[^\r\n]*\r?\n (?:[ ]+[^\r\n]*\r?\n)*)*
    answers:(?:[ ]\{\})?"""
    + _END
    + rb"""(?:[ ]+(?:[^\s\#]+:)?"""
    + _END
    + rb")*",
    re.VERBOSE,
)
#: The id of a variant; of those of an exam, one behind the other.
_ID: Final = rb"([0-9a-f]{12}(?:-[0-9a-f]{12})*)"
_VARIANT: Final = re.compile(rb"^variant:[ \t]*['\"]?" + _ID + rb"\b", re.MULTILINE)
#: How a student's problem begins; whatever has its name belongs to that student.
_OURS: Final = re.compile(rb"# Variant " + _ID + rb" of a problem, ")
_LONGEST_HEADING: Final = 2_000


def folded(name: str) -> str:
    """The name of a file without what some systems do not tell names apart by."""
    return unicodedata.normalize("NFC", name).casefold()


def kept_sheets(
    sheets: Path, known: Mapping[str, str], wanted: Mapping[str, str | None]
) -> frozenset[str]:
    """The names of filled-in sheets that are to stay, :func:`folded` and without their end.

    Args:
        known: the ids of the variants that there are, for sheets that do not say theirs.
        wanted: the names of the sheets that would be taken away or written over, each with the id
            of the variant that belongs to it from now on; None where it is nobody's any more.

    Raises:
        FileError: sheets are filled in, and their variants will be others.
    """
    found = {folded(path.stem): path for path in _yaml_in(sheets)}
    filled, others = set(), []
    for stem in sorted(wanted.keys() & found.keys()):
        text = found[stem].read_bytes()
        if _EMPTY.fullmatch(text) is None:
            filled.add(stem)
            match = _VARIANT.search(text)
            if wanted[stem] not in (None, match[1].decode() if match else known.get(stem)):
                others.append(found[stem])
    if others:
        what = "this sheet is filled in, and its student would have another variant now; move it"
        if len(others) > 1:
            what = (
                f"this is the first of {len(others)} sheets that are filled in, and whose students "
                "would have other variants now; move them"
            )
        raise FileError(f"{others[0]}: {what} to another folder first")
    return frozenset(filled)


def problem_ids(problems: Path) -> Mapping[str, str]:
    """The ids of the variants in a folder, by the names of their files, folded."""
    found = {}
    for path in _yaml_in(problems):
        with path.open("rb") as file:
            if match := _OURS.match(file.read(_LONGEST_HEADING)):
                found[folded(path.stem)] = match[1].decode()
    return found


def sheet_ids(sheets: Path) -> Mapping[str, str]:
    """The ids that answer sheets say, in the same way."""
    said = ((path, _VARIANT.search(path.read_bytes())) for path in _yaml_in(sheets))
    return {folded(path.stem): match[1].decode() for path, match in said if match}


def _yaml_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.yaml") if path.is_file())

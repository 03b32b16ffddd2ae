"""The problems and quizzes that come with lossclass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lossclass.errors import InvalidProblem, LossclassError

_LONGEST_LINE = 1000
#: What a file is that has a key, and what to do with it.
_KINDS = {
    "quiz": ("a quiz", "'lossclass quiz' asks its questions"),
    "exam": ("an exam", "'lossclass worksheet' prints it"),
    "answers": ("an answer sheet", "'lossclass check PROBLEM SHEET' marks it"),
    "loss": ("a problem", "'lossclass solve' works it out"),
}


def other_kind(keys: Collection[str], wanted: str) -> tuple[str, str] | None:
    """The key by which a file is of another kind than the one with the key ``wanted``, and what to say of
    it; None if it is of none."""
    found = (key for key in _KINDS if key in keys and wanted not in keys)
    if (key := next(found, None)) is None:
        return None
    kind, how = _KINDS[key]
    return key, f"this is {kind}, not {_KINDS[wanted][0]}; {how}"


def first_key(path: Path) -> str:
    """The first key of a file; empty if it cannot be read. Problems, exams and quizzes are all YAML,
    and may lie in one folder."""
    with suppress(OSError, ValueError), path.open(encoding="utf-8-sig") as file:
        while line := file.readline(_LONGEST_LINE):
            if line.strip() and not line.startswith(("#", "---")):
                return line.partition(":")[0].strip()
    return ""


def is_quiz(path: Path) -> bool:
    """Whether a file's first key is ``quiz``."""
    return first_key(path) == "quiz"


_is_quiz = cache(is_quiz)


def bundled_folder() -> Path:
    """Where they are: inside an installed package, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "problems"
    return inside if inside.is_dir() else package.parent / "problems"


def bundled_files() -> Mapping[str, Path]:
    """All of their files by name, problems and quizzes."""
    return _files_in(bundled_folder())


@cache  # an explanation asks for them very often
def _files_in(folder: Path) -> Mapping[str, Path]:
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.yaml"))})


def bundled_problems() -> dict[str, Path]:
    """The files of problems by name."""
    return {name: path for name, path in bundled_files().items() if not _is_quiz(path)}


def bundled_quizzes() -> dict[str, Path]:
    """The files of quizzes by name."""
    return {name: path for name, path in bundled_files().items() if _is_quiz(path)}


def called(file: str) -> str:
    """What messages call a file: a bundled one by its name, any other as it is."""
    path = Path(file)
    return path.stem if path.parent == bundled_folder() else file


def with_names(error: LossclassError) -> LossclassError:
    """An error with the bundled files in it by their names."""
    if not isinstance(error, InvalidProblem):
        return error
    return InvalidProblem([replace(each, file=called(each.file)) for each in error.mistakes])

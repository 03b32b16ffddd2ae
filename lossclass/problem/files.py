"""Problems from files, streams and mappings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from lossclass.errors import FileError, InvalidProblem, Mistake, UsageError
from lossclass.problem.bundled import bundled_files, first_key
from lossclass.problem.fields import describe
from lossclass.problem.from_python import plain
from lossclass.problem.problem import Catalogue, Problem, validate
from lossclass.problem.text import MOST_BYTES, decode
from lossclass.problem.yaml_source import read_documents
from lossclass.suggest import nearest

#: The first keys of files that are no problems.
_OTHERS: Final = ("quiz", "exam")
Source: TypeAlias = str | Path | IO[str] | IO[bytes] | Mapping[str, Any]


def load_all(source: Source, catalogue: Catalogue) -> list[Problem]:
    """All problems in a file, a text or binary stream, or a mapping.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: something in it cannot be meant; all mistakes of all problems at once.
    """
    if isinstance(source, Mapping):
        return [validate(plain(source), catalogue)]
    problems, mistakes = [], []
    for document in read_documents(*read_text(source)):
        try:
            problems.append(validate(document.plain(), catalogue, document))
        except InvalidProblem as error:
            mistakes += error.mistakes
    if mistakes:
        raise InvalidProblem(mistakes)
    return problems


def read_text(source: str | Path | IO[str] | IO[bytes]) -> tuple[str, str]:
    """The text of a source, and what to call it in messages."""
    if isinstance(source, str | Path):
        try:
            path = Path(source)
            if not path.exists():
                path = bundled_files().get(str(source), path)
            with path.open("rb") as file:
                return decode(file.read(MOST_BYTES + 1), str(source)), str(source)
        except FileNotFoundError:
            if isinstance(source, str) and re.search(r"[\n{]", source):
                raise UsageError(
                    f"expected the path of a problem, got its text, {describe(source)}; a text is given "
                    "as io.StringIO(text), or as the mapping that it says"
                ) from None
            near = nearest(str(source), bundled_files())
            hint = f"; did you mean the bundled problem {near!r}?" if near else ""
            raise FileError(f"{source}: No such file or directory{hint}") from None
        except OSError as error:
            raise FileError(f"{source}: {error.strerror or error}") from None
        except ValueError as error:  # a name that no file can have, with a NUL in it
            raise FileError(f"{str(source)!r}: {error}") from None
    if not hasattr(source, "read"):
        raise UsageError(
            f"expected the path of a problem, an open file or a mapping, got {describe(source)}"
        )
    name = getattr(source, "name", None)
    name = name if isinstance(name, str) else "<text>"
    content = source.read(MOST_BYTES + 1)
    return (decode(content, name) if isinstance(content, bytes) else content), name


def only(problems: list[Problem], name: str) -> Problem:
    """The problem of a source that has to hold one.

    Raises:
        InvalidProblem: it holds several.
    """
    if len(problems) != 1:
        message = f"it holds {len(problems)} problems; use load_all"
        raise InvalidProblem([Mistake(message, file=name)])
    return problems[0]


def yaml_files(folder: Path) -> list[Path]:
    """The problem files in a folder and the folders in it, in order, without quizzes and exams.

    Raises:
        FileError: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    if not found:
        raise FileError(f"{folder}: there is no .yaml file in this folder")
    problems = [path for path in found if first_key(path) not in _OTHERS]
    if not problems:
        raise FileError(
            f"{folder}: there is no problem in this folder, only quizzes or exams; name an exam itself"
        )
    return problems

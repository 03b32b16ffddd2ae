"""Answer sheets in YAML, in which somebody fills in the numbers of a problem.

    problem: hinge_sequence.yaml     # optional
    student: s1042                   # optional
    variant: e17a7d3668af            # optional: of which variant the numbers are
    answers:
      hinge.1: 0.2
      hinge.3: {value: 0.7, working: "1 - 0.3"}
      loss:                          # asked, and left empty

A mapping of ids alone is a sheet as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.sheet import Sheet
from lossclass.problem.fields import describe, to_text
from lossclass.problem.files import read_text
from lossclass.problem.yaml_source import NOWHERE, Document, WrittenText, read_documents
from lossclass.suggest import nearest

_ABOUT: Final = ("problem", "student", "variant")


@dataclass(frozen=True)
class YamlSheet(Sheet):
    """A sheet that knows where in a YAML document its answers stand."""

    document: Document = NOWHERE

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong at a path in it."""
        if path[0] == "answers" and "answers" not in self.document.plain():
            path = path[1:]
        return self.document.mistake(path, message, at_key=at_key)


def sheets(path: Path | str) -> Iterator[Sheet]:
    """The answer sheets of a file, one a document.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no answer sheet.
    """
    for document in read_documents(*read_text(path)):
        yield _sheet(document, Path(path).stem)


def _sheet(document: Document, name: str) -> Sheet:
    data = document.plain()
    if not isinstance(data, Mapping):
        message = f"expected an answer sheet with a key 'answers', got {describe(data)}"
        raise InvalidProblem([*document.mistakes, document.mistake((), message)])
    found = list(document.mistakes)
    about: dict[str, str] = {}
    for key in _ABOUT:
        if not _is_nothing(data.get(key)):
            try:
                about[key] = to_text(data[key])
            except ValueError as error:
                found.append(document.mistake((key,), str(error)))
    answers, wrong = _answers_in(data, document)
    found += wrong
    return YamlSheet(
        student=about.get("student", name),
        cells={key: cell_of(value) for key, value in answers.items()},
        problem=about.get("problem"),
        variant=about.get("variant"),
        is_named="student" in about,
        place=document.file,
        mistakes=tuple(found),
        document=document,
    )


def _answers_in(
    data: Mapping[str, Any], document: Document
) -> tuple[Mapping[str, Any], list[Mistake]]:
    """The answers under their key or, without it, beside the keys that say whose they are; and the
    keys that are neither."""
    if "answers" in data:
        others = [key for key in data if key not in (*_ABOUT, "answers")]
        answers = {} if _is_nothing(data["answers"]) else data["answers"]
    else:
        answers = {key: data[key] for key in data if key not in _ABOUT}
        others = [key for key, value in answers.items() if not _is_answer(value)]
    wrong = []
    for key in others:
        near = nearest(key, (*_ABOUT, "answers"))
        hint = f"; did you mean {near!r}?" if near else ""
        wrong.append(document.mistake((key,), f"there is no such key{hint}", at_key=True))
    if not isinstance(answers, Mapping):
        message = f"expected a mapping, got {describe(answers)}"
        return {}, [*wrong, document.mistake(("answers",), message)]
    return answers, wrong


def _is_answer(value: Any) -> bool:
    return not isinstance(value, Mapping | list) or _has_working(value)


def _has_working(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() <= {"value", "working"}


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, WrittenText) and value.is_nothing)


def cell_of(value: Any) -> Cell:
    """An answer alone, or one with its working: ``{value: 0.7, working: "1 - 0.3"}``."""
    if _has_working(value):
        return read_cell(value.get("value"), value.get("working"))
    if isinstance(value, Mapping | list):
        return Cell(str(value), unreadable=f"it is {describe(value)}, and no number")
    return read_cell(value)

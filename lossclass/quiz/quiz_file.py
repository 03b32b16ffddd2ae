"""From a quiz file to its questions, with all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator

from lossclass.errors import FileError, InvalidProblem
from lossclass.problem.bundled import bundled_files, bundled_quizzes, other_kind
from lossclass.problem.fields import describe, expected
from lossclass.problem.files import read_text
from lossclass.problem.messages import validated
from lossclass.problem.text import invalid
from lossclass.problem.yaml_source import Document, read_documents
from lossclass.problem.yaml_source import Path as KeyPath
from lossclass.quiz.questions import KINDS, Question, Quiz, Words
from lossclass.suggest import nearest


def find(name: str) -> Path:
    """The file of a quiz: a path, or the name of a bundled quiz.

    Raises:
        FileError: there is neither.
    """
    path, bundled = Path(name), bundled_files()  # a problem among them says that it is one
    if path.exists():
        return path
    if name in bundled:
        return bundled[name]
    near = nearest(path.stem, bundled_quizzes())
    hint = f"; did you mean the bundled quiz {near}?" if near else ""
    raise FileError(f"{name}: there is no such file or bundled quiz{hint}")


def load(path: Path) -> Quiz:
    """The quiz in a file.

    Raises:
        FileError: the file cannot be read.
        InvalidProblem: something in it cannot be meant; all mistakes at once.
    """
    text, file = read_text(path)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        raise invalid("there is no quiz in it", file, (1, 1))
    document, *others = read_documents(text, file)
    if others:
        raise InvalidProblem([others[0].mistake((), "a second quiz; a file holds one")])
    return _quiz(document)


def _to_questions(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise expected("a list of questions", value)
    if not value:
        raise ValueError("expected at least one question, got an empty list")
    return value


class _Head(BaseModel):
    """The keys of the file itself; each question is looked at by itself."""

    model_config = ConfigDict(extra="forbid")

    quiz: Words
    questions: Annotated[list[Any], PlainValidator(_to_questions)]


def _quiz(document: Document) -> Quiz:
    data = document.plain()
    if not isinstance(data, Mapping):
        message = f"expected a quiz with the keys 'quiz' and 'questions', got {describe(data)}"
        raise InvalidProblem([*document.mistakes, document.mistake((), message)])
    if other := other_kind(data, "quiz"):
        raise InvalidProblem([document.mistake((other[0],), other[1], at_key=True)])
    found, head = list(document.mistakes), None
    try:
        head = validated(_Head, data, (), document)
    except InvalidProblem as error:
        found += error.mistakes
    entries, questions = data.get("questions"), {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        try:
            questions[number] = _question(entry, ("questions", number - 1), document)
        except InvalidProblem as error:
            found += error.mistakes
    if found or head is None:
        raise InvalidProblem(found)
    return Quiz(head.quiz, questions)


def _question(entry: Any, path: KeyPath, document: Document) -> Question:
    """The question of an entry.

    Raises:
        InvalidProblem: it is none, or something in it cannot be meant.
    """
    wrong = [
        document.mistake((*path, *key), message, at_key=bool(key))
        for key, message in _wrong_kind(entry)
    ]
    if wrong:
        raise InvalidProblem([] if document.is_refused(path) else wrong)
    model = next(KINDS[key] for key in entry if key in KINDS)
    return validated(model, entry, path, document)


def _wrong_kind(entry: Any) -> Iterator[tuple[KeyPath, str]]:
    """Why it cannot be told which kind of question an entry is."""
    names = "'fill', 'choose' or 'short'"
    if not isinstance(entry, Mapping):
        yield (), f"expected a question with a key {names}, got {describe(entry)}"
        return
    first, *others = [key for key in entry if key in KINDS] or [None]
    if first is None:
        near = next((key for key in entry if nearest(key, KINDS)), None)
        hint = f"there is {near!r}, did you mean {nearest(near, KINDS)!r}?" if near else ""
        yield (), f"expected a key {names}, which holds the question" + (hint and f"; {hint}")
    for key in others:
        yield (key,), f"this question has a key {first!r} already; it is of one kind"

"""Answer sheets: YAML files in which somebody fills in the numbers of a problem.

problem: hinge_sequence.yaml     # optional
student: s1042                   # optional
variant: e17a7d3668af            # optional: of which variant the numbers are
answers:
hinge.1: 0.2
hinge.3: {value: 0.7, working: "1 - 0.3"}
loss:                          # asked, and left empty
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from lossclass.errors import InvalidProblem, Mistake
from lossclass.problem.fields import Text, describe
from lossclass.problem.files import read_text
from lossclass.problem.keys import Published, to_published
from lossclass.problem.messages import mistakes_in
from lossclass.problem.yaml_source import Document, WrittenText, read_documents
from lossclass.suggest import nearest


def _or_nothing(value: Any) -> Any:
    """A number with or without its working; None where nothing is filled in."""
    if value is None or (isinstance(value, WrittenText) and value.is_nothing):
        return None
    return to_published(value)


def _nothing_is_nobody(value: Any) -> Any:
    return None if isinstance(value, WrittenText) and value.is_nothing else value


Optional = BeforeValidator(_nothing_is_nobody)


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    problem: Annotated[Text | None, Optional] = None
    student: Annotated[Text | None, Optional] = None
    variant: Annotated[Text | None, Optional] = None
    answers: dict[str, Annotated[Published | None, BeforeValidator(_or_nothing)]]


@dataclass(frozen=True)
class Sheet:
    """What somebody answered.

    Attributes:
        student: whose it is; the name of its file where it does not say.
        answers: by step id; None for what was left empty.
        problem: which problem it says that it answers, if it says so.
        variant: the id of the variant that it says that it answers, if it says so.
        is_named: whether it says whose it is.
    """

    student: str
    answers: Mapping[str, Published | None]
    problem: str | None = None
    document: Document | None = None
    variant: str | None = None
    is_named: bool = False

    def check_fits(self, problem: str, ids: list[str]) -> None:
        """Refuse a sheet of another problem, and answers to steps that the problem does not have.

        Args:
            problem: the name or file of the problem.
            ids: of its steps.

        Raises:
            InvalidProblem: with all that does not fit.
        """
        wrong = [self._unknown(id, ids) for id in self.answers if id not in ids]
        if self.problem and problem and Path(self.problem).stem != Path(problem).stem:
            message = f"this sheet is for {self.problem!r}, and is marked against {problem!r}"
            if self.variant:
                message += "; --seed and --roster mark it against its own variant"
            wrong.insert(0, self.mistake(("problem",), message))
        if wrong:
            raise InvalidProblem(wrong)

    def _unknown(self, id: str, ids: list[str]) -> Mistake:
        near = nearest(id, ids)
        if id.isdecimal() and self.answers[id] is None:
            message = "there is no such step; is there a comma for a decimal point, as in 0,5?"
            return self.mistake(("answers", id), message, at_key=True)
        hint = f"did you mean {near!r}?" if near else "'lossclass solve' shows the steps' ids"
        return self.mistake(("answers", id), f"there is no such step; {hint}", at_key=True)

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong at a path in it."""
        if self.document is None:
            return Mistake(message, path[-1])
        return self.document.mistake(path, message, at_key=at_key)


def sheets_in(path: Path | str) -> Iterator[Sheet]:
    """The answer sheets of a file, one a document.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no answer sheet, with all that is wrong.
    """
    for document in read_documents(*read_text(path)):
        yield _sheet(document, Path(path).stem)


def _sheet(document: Document, name: str) -> Sheet:
    data = document.plain()
    found = list(document.mistakes)
    if not isinstance(data, Mapping):
        message = f"expected an answer sheet with a key 'answers', got {describe(data)}"
        raise InvalidProblem([*found, document.mistake((), message)])
    try:
        sheet = _Sheet.model_validate(dict(data))
    except ValidationError as error:
        wrong = mistakes_in(error, data, _Sheet)
        found += [document.mistake(path, text, at_key=at_key) for path, text, at_key in wrong]
    if found:
        raise InvalidProblem(found)
    return Sheet(
        sheet.student or name,
        sheet.answers,
        sheet.problem,
        document,
        sheet.variant,
        sheet.student is not None,
    )


def sheet_of(answer: Any) -> Sheet:
    """A sheet with the loss alone, as ``--answer`` gives it.

    Raises:
        InvalidProblem: it is no number.
    """
    try:
        return Sheet("", {"loss": Published.model_validate(to_published(answer))})
    except ValidationError as error:
        message = "; ".join(text for _, text, _ in mistakes_in(error, {"value": answer}, Published))
        raise InvalidProblem([Mistake(message, "--answer")]) from None

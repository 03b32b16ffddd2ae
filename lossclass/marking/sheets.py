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

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.errors import InvalidProblem, Mistake
from lossclass.problem.bundled import called
from lossclass.problem.fields import MOST_SHOWN, Text, describe
from lossclass.problem.files import read_text
from lossclass.problem.keys import Published, to_published
from lossclass.problem.messages import mistakes_in
from lossclass.problem.yaml_source import Document, WrittenText, read_documents
from lossclass.problem.yaml_source import Path as KeyPath
from lossclass.suggest import nearest

#: How to write arithmetic, which is no number.
_BESIDE = ", and the arithmetic under 'working': {{value: …, working: \"{}\"}}"
_PERCENTAGE = re.compile(r"([+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?) ?%")
#: In the place of an answer, on a sheet that is not marked: something is written.
_UNREAD = Published.model_construct(value=Decimal("nan"))


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
        mistakes: what is wrong with it of itself; such a sheet fits no problem.
    """

    student: str
    answers: Mapping[str, Published | None]
    problem: str | None = None
    document: Document | None = None
    variant: str | None = None
    is_named: bool = False
    mistakes: tuple[Mistake, ...] = ()

    def check_fits(self, problem: str, ids: list[str]) -> None:
        """Refuse a sheet with mistakes, one of another problem, and answers to steps that the
        problem does not have.

        Args:
            problem: the name or file of the problem.
            ids: of its steps.

        Raises:
            InvalidProblem: with all that is wrong or does not fit.
        """
        wrong = [*self.mistakes]
        wrong += [self._unknown(id, ids) for id in self.answers if id not in ids]
        if self.problem and problem and Path(self.problem).stem != Path(problem).stem:
            message = (
                f"this sheet is for {self.problem!r}, and is marked against {called(problem)!r}"
            )
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
    """The answer sheets of a file, one a document; of one with mistakes what can be told, for
    whoever marks it to find the others.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no answer sheet.
    """
    for document in read_documents(*read_text(path)):
        yield _sheet(document, Path(path).stem)


def _sheet(document: Document, name: str) -> Sheet:
    data = document.plain()
    found = list(document.mistakes)
    if not isinstance(data, Mapping):
        message = f"expected an answer sheet with a key 'answers', got {describe(data)}"
        raise InvalidProblem([*found, document.mistake((), message)])
    sheet = None
    try:
        sheet = _Sheet.model_validate(dict(data))
    except ValidationError as error:
        wrong = mistakes_in(error, data, _Sheet)
        found += [
            document.mistake(path, _with_hint(text, _value_at(path, data)), at_key=at_key)
            for path, text, at_key in wrong
        ]
    if sheet is None:
        return _as_far_as_it_goes(data, document, name, found)
    return Sheet(
        sheet.student or name,
        sheet.answers,
        sheet.problem,
        document,
        sheet.variant,
        sheet.student is not None,
        tuple(found),
    )


def _as_far_as_it_goes(
    data: Mapping[str, Any], document: Document, name: str, found: list[Mistake]
) -> Sheet:
    """A sheet with mistakes."""
    answers = data.get("answers")
    texts = {key: data[key] for key in ("student", "problem", "variant") if _is_text(data.get(key))}
    return Sheet(
        texts.get("student", name),
        {id: _or_nothing(value) and _UNREAD for id, value in answers.items()}
        if isinstance(answers, Mapping)
        else {},
        texts.get("problem"),
        document,
        texts.get("variant"),
        "student" in texts,
        tuple(found),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _value_at(path: KeyPath, data: Any) -> Any:
    """What is written at a path; a number alone also stands for its ``value``."""
    for key in path:
        if isinstance(data, Mapping) and key in data:
            data = data[key]
    return data


def _with_hint(message: str, value: Any, beside: str = _BESIDE) -> str:
    """A message on what is no number; how to write it, if it comes to one."""
    plain = f"expected a number, got {describe(value)}"
    if not isinstance(value, str) or not message.startswith(plain):
        return message
    if percentage := _PERCENTAGE.fullmatch(value.strip()):
        return f"{plain}; as a number it is {Decimal(percentage[1]).scaleb(-2):f}"
    try:
        is_arithmetic = not isinstance(read(value), Constant)
    except UnreadableText:
        return message
    working = beside.format(value) if len(value) <= MOST_SHOWN else ""
    return f"{plain}; write the number that it comes to{working}" if is_arithmetic else message


def sheet_of(answer: Any) -> Sheet:
    """A sheet with the loss alone, as ``--answer`` gives it.

    Raises:
        InvalidProblem: it is no number.
    """
    try:
        return Sheet("", {"loss": Published.model_validate(to_published(answer))})
    except ValidationError as error:
        message = "; ".join(
            _with_hint(text, answer, beside="")
            for _, text, _ in mistakes_in(error, {"value": answer}, Published)
        )
        raise InvalidProblem([Mistake(message, "--answer")]) from None

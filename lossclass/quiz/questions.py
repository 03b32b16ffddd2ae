"""The three kinds of questions, as they are written in a quiz file.

Where something is wrong with one of them, all of it is said at once, as for problems.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationInfo, field_validator

from lossclass.problem.fields import Refusals, expected, read_each, to_list, to_text
from lossclass.problem.yaml_source import Path
from lossclass.quiz.answers import option_meant, same
from lossclass.records import record
from lossclass.suggest import nearest

GAP = re.compile(r"_{3,}")
FEWEST_OPTIONS = 2
T = TypeVar("T")


def to_words(value: Any) -> str:
    """A text with something in it."""
    text = to_text(value).strip()
    if not text:
        raise expected("a text", value)
    return text


def _each(values: Sequence[Any], convert: Callable[[Any], T]) -> tuple[T, ...]:
    """All values converted; what is wrong with any of them is told for all, with its position."""
    return tuple(read_each(enumerate(values), convert))


def _to_alternatives(value: Any) -> tuple[str, ...]:
    """One text, or a list of texts that are as good as one another."""
    texts = to_list(value)
    if not texts:
        raise ValueError("expected at least one text, got an empty list")
    return _each(texts, to_words)


def _to_keywords(value: Any) -> tuple[tuple[str, ...], ...]:
    return _each(to_list(value), _to_alternatives)


def _to_options(value: Any) -> tuple[str, ...]:
    """Options that cannot be taken for one another, by their texts or by their numbers."""
    options = _each(to_list(value), to_words)
    if len(options) < FEWEST_OPTIONS:
        raise ValueError(f"expected at least {FEWEST_OPTIONS} options, got {len(options)}")
    refused: list[tuple[Path, str]] = []
    for position, option in enumerate(options):
        earlier = next((i for i, each in enumerate(options[:position]) if same(each, option)), None)
        if earlier is not None:
            refused.append(((position,), f"it says the same as option {earlier + 1}"))
        elif option.isdecimal() and int(option) - 1 in {*range(len(options))} - {position}:
            message = f"{option!r} could be taken for the number of option {int(option)}"
            refused.append(((position,), f"{message}; put it there, or add a word"))
    if refused:
        raise Refusals(refused)
    return options


Words: TypeAlias = Annotated[str, PlainValidator(to_words)]


class Question(BaseModel):
    """What all questions have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def asked(self) -> str:
        """The question itself."""
        return str(getattr(self, next(key for key, kind in KINDS.items() if type(self) is kind)))


class Fill(Question):
    """A sentence with a gap ``___``, or several; for each gap the answers that are accepted, of
    which the first is shown."""

    fill: Words
    accept: tuple[tuple[str, ...], ...]
    why: Words | None = None

    @field_validator("fill")
    @classmethod
    def _has_a_gap(cls, text: str) -> str:
        if not GAP.search(text):
            raise ValueError("there is no gap to fill in; write it as ___, three underscores")
        return text

    @field_validator("accept", mode="plain")
    @classmethod
    def _answers_for_each_gap(cls, value: Any, info: ValidationInfo) -> Any:
        given = to_list(value)
        gaps = len(GAP.findall(info.data.get("fill", "")))
        if gaps <= 1 and not any(isinstance(each, list) for each in given):
            return (_to_alternatives(given),)
        answers = _each(given, _to_alternatives)
        if gaps and len(answers) != gaps:
            lists = "1 list" if gaps == 1 else f"{gaps} lists"
            raise ValueError(f"expected {lists} of answers, one for each gap, got {len(answers)}")
        return answers


class Choose(Question):
    """A question with options, one or several of which are right.

    ``answer`` holds their positions, from 0; in the file it is a number from 1, or the text.
    """

    choose: Words
    options: Annotated[tuple[str, ...], PlainValidator(_to_options)]
    answer: frozenset[int]
    why: Words | None = None

    @field_validator("answer", mode="plain")
    @classmethod
    def _are_options(cls, value: Any, info: ValidationInfo) -> Any:
        options = info.data.get("options")
        texts = _to_alternatives(value)
        if options is None:
            return frozenset()

        def position(text: str) -> int:
            found = option_meant(text, options)
            if found is None:
                near = nearest(text, options)
                hint = f"did you mean {near!r}?" if near else f"there are {len(options)}"
                raise expected("an option or its number", text, f"; {hint}")
            return found

        if isinstance(value, list):
            return frozenset(_each(texts, position))
        return frozenset({position(texts[0])})

    @property
    def takes_several(self) -> bool:
        return len(self.answer) > 1


class Short(Question):
    """A question that is answered in sentences. It has a model answer to compare with, and
    keywords, each with its alternatives, that a good answer mentions."""

    short: Words
    model: Words
    keywords: Annotated[tuple[tuple[str, ...], ...], PlainValidator(_to_keywords)] = ()


#: The kinds by the key that holds the question.
KINDS: dict[str, type[Question]] = {"fill": Fill, "choose": Choose, "short": Short}


@record
class Quiz:
    """A title, and the questions by their numbers, which count from 1 in the order of the file."""

    title: str
    questions: Mapping[int, Question]

    def shuffled(self, seed: int | None = None) -> Quiz:
        """The same questions in another order; the same seed gives the same order."""
        numbers = list(self.questions)
        random.Random(seed).shuffle(numbers)  # noqa: S311 - nobody's secret depends on it
        return replace(self, questions={number: self.questions[number] for number in numbers})

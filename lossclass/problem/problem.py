"""A problem: its loss, its validated inputs, and where each of them stood in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from decimal import localcontext
from typing import Any, Protocol

from pydantic import ValidationError

from lossclass.arithmetic.number import WORKING
from lossclass.errors import InvalidProblem
from lossclass.problem.bundled import called, other_kind
from lossclass.problem.fields import describe
from lossclass.problem.keys import WRITTEN, ProblemKeys, written_in
from lossclass.problem.messages import mistakes_in, summed_up
from lossclass.problem.placeholders import TEXTS, fill
from lossclass.problem.predictions import with_files_read
from lossclass.problem.vary import unknown_names
from lossclass.problem.words import Reading
from lossclass.problem.yaml_source import NOWHERE, Document, Path
from lossclass.records import record
from lossclass.suggest import nearest

#: Keys in which no label stands.
_NO_LABELS = frozenset(
    {*TEXTS, "loss", "formula", "given", "points", "published", "rnn", "train", "vary"}
)
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")


class Catalogue(Protocol):
    """What this room needs to know of the losses."""

    def canonical_name(self, name: str) -> str | None:
        """The name of the loss that goes under this name or alias."""

    def names(self) -> list[str]:
        """All names and aliases."""

    def canonical_names(self) -> tuple[str, ...]:
        """The losses' names."""

    def all_names(self, name: str) -> list[str]:
        """A loss's name and aliases."""

    def inputs_of(self, name: str, data: Mapping[str, Any] | None = None) -> type[ProblemKeys]:
        """The keys of the loss with this canonical name, in the form that a problem asks for."""


@record
class Problem:
    """A problem that can be solved.

    Attributes:
        loss: the loss's canonical name, such as ``ctc``.
        inputs: what the problem says, validated; its fields are the keys of the file. Its title
            and statement have the numbers that they name. Problems are equal if their data are.
        data: the same before it was validated: as it was written, but for words that are not ours.
        document: where it came from, with the place of every key.
        original: the problem as its file has it, if :meth:`changed` made this one of it; its
            published numbers belong to that one.
    """

    loss: str
    inputs: ProblemKeys = field(compare=False)
    data: Mapping[str, Any]
    document: Document = NOWHERE
    original: Problem | None = None

    def __hash__(self) -> int:
        return hash((self.loss, self.title, self.file))

    @property
    def file(self) -> str:
        """The file, as the user named it; empty for a mapping."""
        return self.document.file

    @property
    def title(self) -> str | None:
        """The title that the file gives, if any."""
        return self.inputs.title

    @property
    def asked_digits(self) -> int | None:
        """To how many significant digits the file asks for results, if it says so."""
        return self.inputs.digits if "digits" in self.inputs.model_fields_set else None

    @property
    def words(self) -> frozenset[str]:
        """The texts in the file that may be labels or names; no number that stands as a value."""
        own = {key: value for key, value in self.data.items() if key not in _NO_LABELS}
        return frozenset(_texts_in(own)) - type(self.inputs).model_fields.keys()

    def in_file(self, message: str) -> str:
        """A message about the problem, behind the name of its file."""
        return f"{called(self.file)}: {message}" if self.file else message

    @property
    def learns(self) -> bool:
        """Whether the problem asks for steps of learning."""
        return getattr(self.inputs, "train", None) is not None

    def invalid(self, found: Iterable[tuple[Path, str]]) -> InvalidProblem:
        """The error for keys that only solving could find wrong: their paths, and why."""
        return InvalidProblem(
            [self.document.mistake(path, message, at_key=True) for path, message in found]
        )

    def changed(self, catalogue: Catalogue, **keys: Any) -> Problem:
        """The same problem with other values for some keys, validated again.

        Raises:
            InvalidProblem: the keys do not go together with the rest.
        """
        other = validate({**self.data, **keys}, catalogue, self.document)
        return replace(other, original=self.original or self)


def validate(data: Any, catalogue: Catalogue, document: Document = NOWHERE) -> Problem:
    """A problem from plain data.

    Args:
        data: the keys and values; texts as they were written, or Python objects.
        catalogue: the losses that there are.
        document: where the data came from, to say where mistakes are.

    Raises:
        InvalidProblem: with all mistakes at once.
    """
    found = list(document.mistakes)
    if not isinstance(data, Mapping):
        message = f"expected a problem with keys such as 'loss', got {describe(data)}"
        if isinstance(data, str):
            message += "; behind a key stand a colon and a space, as in loss: mse"
        raise InvalidProblem([*found, document.mistake((), message)])
    if other := other_kind(data, "loss"):
        raise InvalidProblem([document.mistake((other[0],), other[1], at_key=True)])
    reading = Reading(data, catalogue)
    document = replace(document, said={**document.said, **reading.said})
    found += [
        document.mistake(path, message, at_key=at_key) for path, message, at_key in reading.wrong
    ]
    name, model, data = reading.named.loss, reading.model, reading.data
    if name is None or model is None:
        if not document.is_refused(("loss",)):
            message = _unknown_loss(data, catalogue, reading.named.says)
            found.append(document.mistake(("loss",), message))
        raise InvalidProblem(found)
    as_written = data
    data, unread = with_files_read(data, document, model.model_fields, model.MOST_NUMBERS)
    if unread:
        raise InvalidProblem([*found, *(document.mistake(*each) for each in unread)])
    with localcontext(WORKING):
        inputs, wrong = _inputs(data, model, catalogue.inputs_of(name), reading)
    found += [
        document.mistake(path, message, at_key=at_key)
        for path, message, at_key in summed_up(wrong, data, model.model_fields)
        if not document.is_refused(path)
        if not (path in reading.unclear and message.startswith("missing"))
    ]
    if found or inputs is None:
        raise InvalidProblem(found)
    return Problem(name, inputs, as_written, document)


def _inputs(
    data: Mapping[str, Any], model: type[ProblemKeys], any_form: type[ProblemKeys], reading: Reading
) -> tuple[ProblemKeys | None, list[tuple[Path, str, bool]]]:
    """The validated keys, if they are valid, and all that is wrong with them.

    Args:
        model: the keys of the form of a loss that is asked for.
        any_form: the loss's keys, which know its forms.
        reading: in whose words the keys are.
    """
    valid: dict[str, Any] = {WRITTEN: written_in(data)}
    inputs = None
    wrong: list[tuple[Path, str, bool]] = []
    try:
        inputs = model.model_validate(dict(data), context=valid)
    except ValidationError as error:
        wrong += mistakes_in(error, model, any_form.of_other_forms(model))
    wrong += [(path, message, False) for path, message in model.inconsistencies(valid)]
    wrong += [(path, message, True) for path, message in unknown_names(valid.get("vary", {}), data)]
    texts = {key: valid[key] for key in TEXTS if valid.get(key)}
    digits = valid.get("digits", 4)
    filled, unfilled = fill(texts, data, digits, reading.our_name, model.NAMED_TEXTS)
    known = {path[0] for path, _, _ in wrong if path}
    wrong += [(path, message, False) for path, message, key in unfilled if key not in known]
    return (inputs and inputs.model_copy(update=filled)), wrong


def _texts_in(data: Any) -> Iterator[str]:
    """All texts in plain data; keys too, for labels may be some."""
    match data:
        case str():
            if not _NUMBER.fullmatch(data):
                yield data
        case Mapping():
            for key, value in data.items():
                yield from _texts_in(value)
                yield str(key)
        case list() | tuple():
            for each in data:
                yield from _texts_in(each)


def _unknown_loss(data: Mapping[str, Any], catalogue: Catalogue, says: str) -> str:
    """Why ``loss`` names none; ``says``: what is known of the name."""
    if "loss" not in data:
        near = nearest("loss", map(str, data))
        if near:
            return f"missing; there is {near!r}, did you mean 'loss'?"
        return "missing; it says which loss, such as ctc or hinge"
    loss = data["loss"]
    if not isinstance(loss, str) or not loss:
        return f"expected the name of a loss, got {describe(loss)}"
    return no_such_loss(loss, catalogue.names(), says)


def no_such_loss(loss: str, names: Iterable[str], says: str) -> str:
    """What to say of a text that is none of the names of losses; ``says``: what is known of it."""
    if says:
        return f"no loss is called {describe(loss)}: {says}"
    if "(" in loss:
        return f"no loss is called {describe(loss)}; write its name alone, and what it is given as keys, such as reduction: sum"
    near = nearest(loss.lower(), names)
    hint = f"did you mean {near!r}?" if near else "'lossclass list' shows those that there are"
    return f"no loss is called {describe(loss)}; {hint}"

"""A problem: its loss, its validated inputs, and where each of them stood in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pydantic import ValidationError

from lossclass.errors import InvalidProblem, Mistake
from lossclass.problem.fields import Refusals, describe
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.yaml_source import Document, Path, dotted
from lossclass.suggest import nearest

#: Keys that every problem has and that change what its steps are.
FORMULA_KEYS = ("log_base", "reduction")


class Catalogue(Protocol):
    """What this room needs to know of the losses."""

    def canonical_name(self, name: str) -> str | None:
        """The name of the loss that goes under this name or alias."""

    def names(self) -> list[str]:
        """All names and aliases."""

    def inputs_of(self, name: str) -> type[ProblemKeys]:
        """The keys of the loss with this canonical name."""


@dataclass(frozen=True)
class Problem:
    """A problem that can be solved.

    Attributes:
        loss: the loss's canonical name, such as ``ctc``.
        inputs: what the problem says, validated; its fields are the keys of the file.
        file: where it came from, as the user named it; empty for a mapping.
        audited: whether its published numbers still belong to it; they do not after
            :meth:`changed` asked for another formula.
    """

    loss: str
    inputs: ProblemKeys
    data: Mapping[str, Any]
    document: Document | None = None
    audited: bool = True

    @property
    def file(self) -> str:
        return self.document.file if self.document else ""

    @property
    def title(self) -> str | None:
        """The title that the file gives, if any."""
        return self.inputs.title

    def invalid(self, path: Path, message: str) -> InvalidProblem:
        """The error for something wrong at ``path`` that only solving could find."""
        return InvalidProblem([_mistake(self.document, path, message)])

    def changed(self, catalogue: Catalogue, **keys: Any) -> Problem:
        """The same problem with other values for some keys, validated again.

        Raises:
            InvalidProblem: the keys do not go together with the rest.
        """
        other = validate({**self.data, **keys}, catalogue, self.document)
        same = all(getattr(other.inputs, k) == getattr(self.inputs, k) for k in FORMULA_KEYS)
        return replace(other, audited=self.audited and same)


def validate(data: Any, catalogue: Catalogue, document: Document | None = None) -> Problem:
    """A problem from plain data.

    Args:
        data: the keys and values; texts as they were written, or Python objects.
        catalogue: the losses that there are.
        document: where the data came from, to say where mistakes are.

    Raises:
        InvalidProblem: with all mistakes at once.
    """
    found = list(document.mistakes) if document else []
    if not isinstance(data, Mapping):
        message = f"expected a problem with keys such as 'loss', got {describe(data)}"
        raise InvalidProblem([*found, _mistake(document, (), message)])
    name = catalogue.canonical_name(data["loss"]) if isinstance(data.get("loss"), str) else None
    if name is None:
        raise InvalidProblem([*found, _unknown_loss(data, catalogue, document)])
    model = catalogue.inputs_of(name)
    valid: dict[str, Any] = {}
    inputs = None
    try:
        inputs = model.model_validate(dict(data), context=valid)
    except ValidationError as error:
        found += _mistakes(error, model, document)
    found += [_mistake(document, path, text) for path, text in model.inconsistencies(valid)]
    if found or inputs is None:
        raise InvalidProblem(found)
    return Problem(name, inputs, data, document)


def _unknown_loss(
    data: Mapping[str, Any], catalogue: Catalogue, document: Document | None
) -> Mistake:
    if "loss" not in data:
        near = nearest("loss", map(str, data))
        message = "missing; it says which loss, such as ctc or hinge"
        if near:
            message = f"missing; there is {near!r}, did you mean 'loss'?"
        return _mistake(document, ("loss",), message)
    loss = data["loss"]
    if not isinstance(loss, str):
        return _mistake(document, ("loss",), f"expected the name of a loss, got {describe(loss)}")
    names = catalogue.names()
    near = nearest(loss, names)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(names)}"
    return _mistake(document, ("loss",), f"no loss is called {describe(loss)}; {hint}")


def _mistake(
    document: Document | None, path: Path, message: str, *, at_key: bool = False
) -> Mistake:
    if document is None:
        return Mistake(message, dotted(path))
    return document.mistake(path, message, at_key=at_key)


def _mistakes(
    error: ValidationError, model: type[ProblemKeys], document: Document | None
) -> Iterator[Mistake]:
    for one in error.errors(include_url=False):
        path = tuple(key for key in one["loc"] if key != "[key]")
        at_key = "[key]" in one["loc"] or one["type"] == "extra_forbidden"
        if document and document.is_refused(path):
            continue
        for inner, message in _messages(one, model):
            yield _mistake(document, path + inner, message, at_key=at_key)


def _messages(error: Any, model: type[ProblemKeys]) -> list[tuple[Path, str]]:
    """Our words for one of pydantic's errors, each with its path from there on."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Refusals):
        return cause.found
    got = describe(error["input"])
    match error["type"]:
        case "value_error":
            return [((), str(cause))]
        case "missing":
            return [((), "missing")]
        case "extra_forbidden":
            key = str(error["loc"][-1])
            known = list(model.model_fields) if len(error["loc"]) == 1 else []
            near = nearest(key, known)
            return [((), "there is no such key" + (f"; did you mean {near!r}?" if near else ""))]
        case "literal_error":
            return [((), f"expected {error['ctx']['expected']}, got {got}")]
        case "list_type" | "tuple_type":
            return [((), f"expected a list, got {got}")]
        case "dict_type" | "model_type" | "model_attributes_type":
            return [((), f"expected a mapping, got {got}")]
        case "too_short":
            return [((), "expected at least one, got none")]
    return [((), error["msg"])]

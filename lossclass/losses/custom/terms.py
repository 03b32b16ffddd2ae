"""The terms of a custom loss: problems inside a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from lossclass import losses
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import InvalidProblem, Mistake
from lossclass.losses.custom.naming import is_name
from lossclass.problem.fields import Refusals, expected, to_label, to_list, to_number
from lossclass.problem.problem import Problem, validate
from lossclass.problem.yaml_source import Document, Path

_KEYS: Final = ("name", "weight", "problem")
#: The first parts of step ids that a custom loss has of its own.
_OWN_IDS: Final = ("term", "sum", "mean", "weighted", "formula", "loss", "given", "weight")
#: Keys that only mean something for a whole problem.
_OF_THE_WHOLE: Final = {
    "published": "published numbers belong to the whole problem; name the step NAME.loss there",
    "vary": "it belongs to the whole problem; name terms.1.problem.y_pred there",
    "digits": "the digits shown are those of the whole problem",
}


@dataclass(frozen=True)
class Term:
    """A problem whose loss is added, multiplied by a weight."""

    name: str
    weight: Decimal
    problem: Problem

    def symbol(self, letter: str) -> Symbol:
        """A letter with the name for an index, in which an underscore would look like one more."""
        return Symbol(letter, (self.name.replace("_", "-"),))


@dataclass(frozen=True)
class _Nowhere(Document):
    """Keeps the paths of what is wrong inside a problem; the problem around it knows the places."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def mistake(self, path: Path, message: str, *, at_key: bool = False) -> Mistake:
        self.found.append((path, message))
        return super().mistake(path, message, at_key=at_key)


def to_terms(value: Any) -> tuple[Term, ...]:
    """The terms, all of them valid.

    Raises:
        Refusals: with everything that is wrong in any of them.
    """
    found: list[tuple[Path, str]] = []
    terms: list[Term] = []
    names: list[str] = []
    for position, each in enumerate(to_list(value)):
        term, wrong = _term(each, names)
        found += [((position, *path), message) for path, message in wrong]
        if term is not None:
            terms.append(term)
    if not found and not terms:
        found = [((), "expected at least one term, got none")]
    if found:
        raise Refusals(found)
    return tuple(terms)


def _term(value: Any, names: list[str]) -> tuple[Term | None, list[tuple[Path, str]]]:
    """A term if it is valid, and what is wrong with it; ``names`` are those of the terms before
    it, to which its own is added."""
    if not isinstance(value, Mapping):
        return None, [((), str(expected("a mapping with name, weight and problem", value)))]
    found: list[tuple[Path, str]] = [
        ((key,), "there is no such key; a term has name, weight and problem")
        for key in value
        if key not in _KEYS
    ]
    found += [((key,), "missing") for key in ("name", "problem") if key not in value]
    found += _wrong_name(value, names)
    weight, problem = Decimal(1), None
    try:
        weight = to_number(value.get("weight", 1))
    except ValueError as error:
        found.append((("weight",), str(error)))
    try:
        problem = _problem(value["problem"]) if "problem" in value else None
    except Refusals as error:
        found += [(("problem", *path), message) for path, message in error.found]
    if found or problem is None:
        return None, found
    return Term(names[-1], weight, problem), []


def _wrong_name(term: Mapping[Any, Any], names: list[str]) -> Iterator[tuple[Path, str]]:
    if "name" not in term:
        return
    try:
        name = to_label(term["name"])
    except ValueError as error:
        yield ("name",), str(error)
        return
    if not is_name(name):
        yield ("name",), f"{name!r} is no name: a letter, then letters, digits and single _"
    elif name in _OWN_IDS:
        yield ("name",), f"steps of the whole are called {name!r}; choose another name"
    elif name in names:
        yield ("name",), f"there is a term {name!r} already"
    names.append(name)


def _problem(value: Any) -> Problem:
    """A problem from the mapping inside a term.

    Raises:
        Refusals: it is none, or one that cannot be a term.
    """
    if not isinstance(value, Mapping):
        raise Refusals([((), str(expected("a problem with its keys", value)))])
    loss = value.get("loss")
    name = losses.canonical_name(loss) if isinstance(loss, str) else None
    if name == "custom":
        raise Refusals([(("loss",), "a term cannot be a custom loss; list its terms here instead")])
    found = [((key,), why) for key, why in _OF_THE_WHOLE.items() if key in value]
    if value.get("reduction") == "none":
        message = "a term is one number, so it cannot have the reduction none"
        found.append((("reduction",), message))
    noted = _Nowhere("", None)
    try:
        problem = validate(value, losses, noted)
    except InvalidProblem:
        raise Refusals([*found, *noted.found]) from None
    if found:
        raise Refusals(found)
    return problem

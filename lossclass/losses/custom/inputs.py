"""What a custom problem says: terms, which are problems inside a problem, and a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final
from unicodedata import normalize

from pydantic import Field, WithJsonSchema

from lossclass import losses
from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.parsing import CannotCombine, UnreadableText
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import InvalidProblem, Mistake
from lossclass.losses.custom.arrays import Array, Arrays, check_value
from lossclass.losses.custom.naming import is_name, symbol
from lossclass.problem.arrays import nested, numbers_in, places, shape_of, wrong_shape
from lossclass.problem.fields import (
    AsList,
    Number,
    ReadBy,
    Refusals,
    as_in,
    expected,
    to_label,
    to_number,
    to_text,
)
from lossclass.problem.keys import PARTS, WRITTEN, Inconsistency, Part, ProblemKeys, is_wrong
from lossclass.problem.moves import Kind, Moves
from lossclass.problem.problem import Problem, validate
from lossclass.problem.words import meant
from lossclass.problem.yaml_source import Document, Path
from lossclass.records import record

#: A formula is a line or two; longer ones would not print as anything that can be followed.
MOST_CHARACTERS: Final = 1_000
_MEANINGLESS: Final = {
    "log_base": "give the terms' problems a log_base of their own, and write ln, log2 or log10 in "
    "the formula",
    "reduction": "give the terms' problems a reduction of their own, and write sum(...) or "
    "mean(...) in the formula",
    "weights": "a term has its own weight, and a formula may multiply by a list of numbers",
}
_PROBLEM: Final = "{loss: hinge, y_true: [1, -1], y_pred: [0.8, 0.3]}"
_TERMS: Final = f"terms: [{{name: margin, weight: 0.5, problem: {_PROBLEM}}}]"
_SOME: Final = Field(json_schema_extra={"minItems": 1})
#: Symbols that the working has of its own, and those that it has where there are terms.
_OWN_SYMBOLS: Final = {"L": "the loss"}
_SYMBOLS_BESIDE_TERMS: Final = {"S": "the sum of the terms", "F": "the formula"}
_NUMBERS_SCHEMA: Final = {"type": ["number", "array"]}
#: What a formula may define, for all that counts.
_DEFINES: Final = re.compile(r"\s*(?:L|ℒ|ℓ|J|E|F|C|loss|Loss|cost|f)(?:\([\w, ]*\))?\s*:?=(?!=)")
#: The first parts of step ids that a custom loss has of its own.
_OWN_IDS: Final = ("term", "sum", "mean", "weighted", "formula", "loss", "given", "weight")
#: Keys that only mean something for a whole problem.
_OF_THE_WHOLE: Final = {
    "published": "published numbers belong to the whole problem; name the step NAME.loss there",
    "vary": "it belongs to the whole problem; name terms.1.problem.y_pred there",
    "points": "points belong to the whole problem; name the step NAME.loss there",
    "follow_through": "it belongs to the whole problem, beside its points",
    "digits": "the digits shown are those of the whole problem",
}


# --- terms -------------------------------------------------------------------------------


@record
class _Nowhere(Document):
    """Keeps the paths of what is wrong inside a problem; the problem around it knows the places."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def mistake(self, path: Path, message: str, *, at_key: bool = False) -> Mistake:
        self.found.append((path, message))
        return super().mistake(path, message, at_key=at_key)


def _to_name(value: Any) -> str:
    name = to_label(value)
    if not is_name(name):
        raise ValueError(f"{name!r} is no name: a letter, then letters, digits and single _")
    if name in _OWN_IDS:
        raise ValueError(f"steps of the whole are called {name!r}; choose another name")
    return name


def _to_problem(value: Any) -> Problem:
    """A problem from the mapping inside a term.

    Raises:
        Refusals: it is none, or one that cannot be a term.
    """
    if not isinstance(value, Mapping):
        raise Refusals([((), str(expected(f"a problem such as {_PROBLEM}", value)))])
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


class Term(Part):
    """A problem whose loss is added, multiplied by a weight."""

    name: Annotated[str, ReadBy(_to_name), WithJsonSchema({"type": "string"})]
    weight: Number = Decimal(1)
    problem: Annotated[
        Problem, ReadBy(_to_problem), WithJsonSchema({"type": "object", "required": ["loss"]})
    ]

    @classmethod
    def why_not(cls, _: str) -> str:
        """What is said of any other key."""
        return "there is no such key; a term has name, weight and problem"

    def symbol(self, letter: str) -> Symbol:
        """A letter with the name for an index, in which an underscore would look like one more."""
        return Symbol(letter, (self.name.replace("_", "-"),))


# --- the formula, and the whole ----------------------------------------------------------


def to_formula(value: Any) -> str:
    """A formula, with blanks in the place of an ``L =`` in front of it, so that columns stay."""
    formula = normalize("NFC", to_text(value))
    if len(formula) > MOST_CHARACTERS:
        raise ValueError(f"longer than {MOST_CHARACTERS} characters")
    found = _DEFINES.match(formula)
    return formula if found is None else " " * found.end() + formula[found.end() :]


def to_array(value: Any) -> Array:
    """A number, a list of numbers, or a list of rows of equal length."""
    if not isinstance(value, list | tuple) and not hasattr(value, "tolist"):
        return Array((), (Constant(to_number(value, "a number, or a list of numbers")),))
    array = nested(value, lambda cell: Constant(to_number(cell)), axes=2)
    if found := wrong_shape(array):
        raise Refusals(found)
    return Array(shape_of(array), tuple(numbers_in(array)))


class Inputs(ProblemKeys):
    """``terms`` (a name, a weight and a problem each), ``formula``, and ``given``, its names:
    numbers, vectors (n) and matrices (n × m)."""

    terms: Annotated[tuple[Term, ...], AsList, _SOME, as_in(_TERMS)] = ()
    formula: Annotated[str, ReadBy(to_formula), WithJsonSchema({"type": "string"})] | None = None
    given: Annotated[
        dict[
            str,
            Annotated[Array, ReadBy(to_array), WithJsonSchema(_NUMBERS_SCHEMA), Moves(Kind.NUMBER)],
        ],
        as_in("given: {y: [1, 2], y_hat: [1.5, 1.5], lambda: 0.1}"),
    ] = Field(default_factory=dict)

    # keys of other losses that it has not, see why_not
    reduction: ClassVar[None] = None  # type: ignore[misc]
    weights: ClassVar[None] = None  # type: ignore[misc]

    @classmethod
    def why_not(cls, word: str) -> str:
        """What is said of a key that it has not, and others have."""
        key = word if word in _MEANINGLESS else next(iter(meant(word, _MEANINGLESS)), None)
        return f"a custom loss has none; {_MEANINGLESS[key]}" if key else ""

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        if not given[WRITTEN] & {"terms", "formula"}:
            yield (), "a custom loss has terms, a formula, or both; neither is here"
        arrays = given.get("given", {})
        own = _OWN_SYMBOLS | (_SYMBOLS_BESIDE_TERMS if "terms" in given[WRITTEN] else {})
        for term in given.get("terms", ()):
            own[PLAIN.symbol(term.symbol("w"))] = f"the weight of {term.name}"
            own[PLAIN.symbol(term.symbol("v"))] = f"the weighted loss of {term.name}"
        if given.get("terms") == ():
            yield ("terms",), "expected at least one term, got none"
        names = [each.get("name") for each in given.get(PARTS, ())]
        for n, name in enumerate(names):
            if name is not None and name in names[:n]:
                yield ("terms", n, "name"), f"there is a term {name!r} already"
        yield from _bad_names(arrays, own)
        formula = given.get("formula")
        if formula is None or is_wrong(given, "given"):
            return
        values = {k: array for k, array in arrays.items() if k not in Arrays.functions}
        try:
            check_value(formula, values)
        except (UnreadableText, CannotCombine) as error:
            yield ("formula",), str(error)


def _bad_names(arrays: Mapping[str, Array], own: Mapping[str, str]) -> Iterator[Inconsistency]:
    """Names that are none, and those with a symbol that something else has."""
    owners = dict(own)
    for name, array in arrays.items():
        if name in Arrays.functions:
            yield ("given", name), f"{name!r} is a function in formulas; choose another name"
        elif not is_name(name):
            message = f"{name!r} is no name: a letter, then letters, digits and single _"
            yield ("given", name), message
        else:
            symbols = (PLAIN.symbol(symbol(name, index)) for index in places(array.shape))
            for text in symbols:
                if (owner := owners.setdefault(text, name)) != name:
                    message = f"its symbol would be {text}, and so is that of {owner}"
                    yield ("given", name), f"{message}; choose another name"
                    break

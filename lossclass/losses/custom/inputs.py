"""What a custom problem says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final
from unicodedata import normalize

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_validator,
)

from lossclass.arithmetic.algebra import CannotCombine
from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.parsing import UnreadableText
from lossclass.losses.custom.arrays import Array, Arrays, indices
from lossclass.losses.custom.checking import check_value
from lossclass.losses.custom.naming import is_name, symbol
from lossclass.losses.custom.terms import Term, to_terms
from lossclass.problem.arrays import nested, numbers_in, shape_of, wrong_shape
from lossclass.problem.fields import ReadBy, Refusals, Text, to_number
from lossclass.problem.keys import WRITTEN, Inconsistency, ProblemKeys, is_wrong
from lossclass.problem.moves import Kind, Moves

#: A formula is a line or two; longer ones would not print as anything that can be followed.
MOST_CHARACTERS: Final = 1_000
_MEANINGLESS: Final = {
    "log_base": "give the terms' problems a log_base of their own, and write ln, log2 or log10 in "
    "the formula",
    "reduction": "give the terms' problems a reduction of their own, and write sum(...) or "
    "mean(...) in the formula",
    "weights": "a term has its own weight, and a formula may multiply by a list of numbers",
}
#: Symbols that the working has of its own, and those that it has where there are terms.
_OWN_SYMBOLS: Final = {"L": "the loss"}
_SYMBOLS_BESIDE_TERMS: Final = {"S": "the sum of the terms", "F": "the formula"}
_NUMBERS_SCHEMA: Final = {"type": ["number", "array"]}
_TERMS_SCHEMA: Final = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["name", "problem"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "weight": {"type": "number"},
            "problem": {"type": "object", "required": ["loss"]},
        },
    },
}


def to_array(value: Any) -> Array:
    """A number, a list of numbers, or a list of rows of equal length."""
    if not isinstance(value, list | tuple) and getattr(value, "ndim", 0) == 0:
        return Array((), (Constant(to_number(value, "a number, or a list of numbers")),))
    array = nested(value, lambda cell: Constant(to_number(cell)), axes=2)
    if found := wrong_shape(array):
        raise Refusals(found)
    return Array(shape_of(array), tuple(numbers_in(array)))


def _with_composed_names(value: Any) -> Any:
    """The mapping with its names in Unicode's composed form, as files have them."""
    if not isinstance(value, Mapping):
        return value
    return {normalize("NFC", k) if isinstance(k, str) else k: v for k, v in value.items()}


class Inputs(ProblemKeys):
    """``terms`` (a name, a weight and a problem each), ``formula``, and ``given``, its names:
    numbers, vectors (n) and matrices (n × m)."""

    terms: Annotated[tuple[Term, ...], ReadBy(to_terms), WithJsonSchema(_TERMS_SCHEMA)] = ()
    formula: Text | None = None
    given: Annotated[
        dict[
            str,
            Annotated[Array, ReadBy(to_array), WithJsonSchema(_NUMBERS_SCHEMA), Moves(Kind.NUMBER)],
        ],
        BeforeValidator(_with_composed_names),
    ] = Field(default_factory=dict)

    @field_validator("formula")
    @classmethod
    def _is_composed(cls, formula: str | None) -> str | None:
        if formula and len(formula) > MOST_CHARACTERS:
            raise ValueError(f"longer than {MOST_CHARACTERS} characters")
        return formula and normalize("NFC", formula)

    @classmethod
    def observations(cls, given: Mapping[str, Any]) -> int | None:
        return 1

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        for key, instead in _MEANINGLESS.items():
            if key in given:
                yield (key,), f"a custom loss has none; {instead}"
        if not given[WRITTEN] & {"terms", "formula"}:
            yield (), "a custom loss has terms, a formula, or both; neither is here"
        arrays = given.get("given", {})
        own = _OWN_SYMBOLS | (_SYMBOLS_BESIDE_TERMS if "terms" in given[WRITTEN] else {})
        for term in given.get("terms", ()):
            own[PLAIN.symbol(term.symbol("w"))] = f"the weight of {term.name}"
            own[PLAIN.symbol(term.symbol("v"))] = f"the weighted loss of {term.name}"
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
        elif clash := _clash(name, array, owners):
            yield ("given", name), clash


def _clash(name: str, array: Array, owners: dict[str, str]) -> str | None:
    """Take the symbols of a name and its elements; say which of them has an owner already."""
    for index in indices(array.shape):
        text = PLAIN.symbol(symbol(name, index))
        owner = owners.setdefault(text, name)
        if owner != name:
            return f"its symbol would be {text}, and so is that of {owner}; choose another name"
    return None

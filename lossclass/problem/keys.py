"""The keys that every problem has, whatever its loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from math import fsum, prod
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from lossclass.arithmetic.parsing import UnreadableText, read
from lossclass.choices import MOST_DIGITS_SHOWN, LogBase, Reduction
from lossclass.problem.arrays import Place, Shape, at, places, shape_of
from lossclass.problem.fields import (
    AsChoice,
    Numbers,
    Probability,
    ReadBy,
    Result,
    Text,
    as_in,
    decimal_comma_hint,
    describe,
    to_text,
    whole_number_field,
)
from lossclass.problem.points import AsPoints
from lossclass.problem.vary import Rule
from lossclass.problem.yaml_source import Path
from lossclass.second_road import np, numpy_is_here

DIGITS: Final[dict[str, Any]] = {"type": "integer", "minimum": 1, "maximum": MOST_DIGITS_SHOWN}
#: Beside the valid keys: the names of all keys that are written, see :func:`written_in`.
WRITTEN: Final = "(written)"
#: Beside the valid keys: those of every part that is a mapping of keys, in order; see :class:`Part`.
PARTS: Final = "(parts)"
_TEXT_WITH_NUMBERS: Final = {
    "type": "string",
    "description": "A name in braces, such as {y_pred.2} or {rnn.inputs}, is filled in with the "
    "numbers that the problem gives; braces around a word that names nothing are written twice.",
}
#: See :mod:`lossclass.problem.placeholders`.
TextWithNumbers: TypeAlias = Annotated[str, ReadBy(to_text), WithJsonSchema(_TEXT_WITH_NUMBERS)]
#: Where something does not fit, and why.
Inconsistency: TypeAlias = tuple[Path, str]


def written_in(data: Mapping[str, Any]) -> frozenset[str]:
    """The keys that have a value, valid or not; None from Python is none."""
    return frozenset(key for key, value in data.items() if value is not None)


def is_wrong(given: Mapping[str, Any], key: str) -> bool:
    """Whether a key is written, but not valid by itself: what depends on it cannot be told.

    Args:
        given: the valid keys, and under :data:`WRITTEN` the names of all.
    """
    return key in given.get(WRITTEN, ()) and key not in given


class Part(BaseModel):
    """One of several mappings under a key, such as an example; what is valid by itself in each is
    kept, see :data:`PARTS`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _begin(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict):
            valid = {WRITTEN: written_in(data)} if isinstance(data, Mapping) else {}
            info.context.setdefault(PARTS, []).append(valid)
        return data

    @field_validator("*")
    @classmethod
    def _note_what_is_valid(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, dict) and info.field_name:
            info.context[PARTS][-1][info.field_name] = value
        return value


class Published(BaseModel):
    """A number printed in the source, and the working printed beside it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,
        json_schema_extra={"type": ["object", "number", "string"]},
    )

    value: Result
    working: Text | None = None

    #: What an answer in a sheet can be, and a printed number is not.
    written: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    unreadable: ClassVar[str] = ""
    note: ClassVar[str] = ""

    @field_validator("working")
    @classmethod
    def _is_arithmetic(cls, text: str | None) -> str | None:
        try:
            return text if text is None or read(text) else None
        except UnreadableText as error:
            raise ValueError(f"expected arithmetic, got {describe(text)}: {error}") from None


#: A number alone is one without its working.
AsPublished: Final[BeforeValidator] = BeforeValidator(
    lambda value: value if isinstance(value, dict) else {"value": value}
)


def sum_of_doubles(numbers: Iterable[float]) -> float:
    """Their sum as NumPy gets it, which is to divide by it: from Python 3.12 on, ``sum`` rounds
    less. Where NumPy is not here, nothing else is divided by it than the sum of the decimals."""
    if not numpy_is_here():
        return fsum(numbers)
    return float(np.sum([*numbers]))


class ProblemKeys(BaseModel):
    """What any problem may say; each loss's ``Inputs`` adds its own keys."""

    # Deferred, for only the keys of the loss at hand are ever validated, not those above them.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    #: How many numbers a file of predictions may hold: more would be no hand work, and would fill
    #: the memory with steps.
    MOST_NUMBERS: ClassVar[int] = 200_000
    #: The keys whose texts a title or a statement may name, as it names numbers.
    NAMED_TEXTS: ClassVar[tuple[str, ...]] = ()
    #: Where a loss has several forms: the key that says which, and the keys of each. The first is
    #: meant where a problem does not say.
    FORM: ClassVar[str] = ""
    FORMS: ClassVar[Mapping[str, type[ProblemKeys]]] = {}

    loss: Text
    title: TextWithNumbers | None = None
    statement: TextWithNumbers | None = None
    source: Text | None = None
    reduction: Annotated[Reduction, AsChoice] | None = None
    weights: Numbers | None = None
    digits: Annotated[int, whole_number_field(MOST_DIGITS_SHOWN), WithJsonSchema(DIGITS)] = 4
    published: Annotated[
        dict[str, Annotated[Published, AsPublished]], as_in("published: {loss: 1}")
    ] = {}
    vary: Annotated[dict[str, Rule], as_in("vary: {y_pred: {step: 0.1, min: 0.1, max: 0.9}}")] = {}
    points: AsPoints = {}
    follow_through: Probability = Decimal(1)

    @classmethod
    def form_in(cls, data: Mapping[str, Any]) -> type[ProblemKeys]:
        """The keys of the form that a problem asks for; these ones where it asks for none."""
        form = data.get(cls.FORM, next(iter(cls.FORMS), None))
        return cls.FORMS.get(form, cls) if isinstance(form, str) else cls

    @classmethod
    def of_other_forms(cls, asked: type[ProblemKeys]) -> dict[str, str]:
        """By key, what is to be said where one is written that the form asked for does not have."""
        form = next((name for name, keys in cls.FORMS.items() if keys is asked), None)
        users: dict[str, list[str]] = {}
        for name, keys in cls.FORMS.items():
            for key in keys.model_fields:
                users.setdefault(key, []).append(name)
        message = f"the {cls.FORM} {form} has no such key; it belongs to"
        return {key: f"{message} {', '.join(names)}" for key, names in users.items()}

    @field_validator("*")
    @classmethod
    def _note_what_is_valid(cls, value: Any, info: ValidationInfo) -> Any:
        """Keep what is valid by itself, so that :meth:`inconsistencies` can look at it even
        where other keys are wrong, and all mistakes come at once."""
        if isinstance(info.context, dict) and info.field_name:
            info.context[info.field_name] = value
        return value

    @classmethod
    def losses_shape(cls, given: Mapping[str, Any]) -> Shape | None:
        """How many losses are reduced to one, along each axis; None where that cannot be told. By
        itself there is one."""
        return (1,)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        """What does not go together: paths and messages.

        ``given`` holds the keys that are valid by themselves; there may be others, and all their
        names are under :data:`WRITTEN`.
        """
        weights, shape = given.get("weights"), cls.losses_shape(given)
        if weights is None or shape is None:
            return
        if not stands_for(shape_of(weights), shape):
            listed = len(shape) == len(shape_of(weights)) == 1
            hint = decimal_comma_hint(weights, shape[0]) if listed else ""
            what = "weight" if shape == (1,) else "weights"
            got = " × ".join(map(str, shape_of(weights))) or "one number"
            yield ("weights",), f"expected {one_each(shape)} {what}, got {got}{hint}"
            return
        counted = [at(weights, place) for place in cls.counted_places(given, shape)]
        reduction = given.get("reduction")
        all_of = "they" if len(counted) == prod(shape) else "those of what counts"
        if reduction == "weighted_mean" and not (
            sum(counted, Decimal(0)) and sum_of_doubles(map(float, counted))
        ):
            yield ("weights",), f"{all_of} sum to 0, so there is no weighted mean"
        if reduction == "mean_over_counted" and not any(counted):
            yield ("weights",), f"{all_of} are all 0, so there is nothing to take the mean of"

    @classmethod
    def counted_places(cls, given: Mapping[str, Any], shape: Shape) -> list[Place]:
        """The places of the losses that count, as far as that can be told."""
        mask = given.get("mask")
        if mask is None or not stands_for(shape_of(mask), shape):
            return [*places(shape)]
        return [place for place in places(shape) if at(mask, place)]


class LogarithmKeys(ProblemKeys):
    """``log_base``, of a loss that takes logarithms; the others have no such key. It stands behind
    other bases of a class, for pydantic takes what keys are from the first that has them."""

    log_base: Annotated[LogBase, AsChoice] = "e"


def stands_for(part: Shape, shape: Shape) -> bool:
    """Whether what has the one shape stands for what has the other: each of its numbers for one of
    those, or for all that share the beginning of its place, or one for all along an axis."""
    if len(part) == len(shape) > 1:
        return all(own in (1, length) for own, length in zip(part, shape, strict=True))
    return part == shape[: len(part)]


def one_each(shape: Shape) -> str:
    """How many numbers stand for losses of a shape, in words: ``3``, and ``2, or 2 × 3``."""
    return ", or ".join(" × ".join(map(str, shape[:axes])) for axes in range(1, len(shape) + 1))


def zeros_and_ones(shape: Shape) -> str:
    """What a mask of a shape is made of, in words."""
    return "1 zero or one" if shape == (1,) else f"{one_each(shape)} zeros and ones"

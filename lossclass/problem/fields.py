"""What a value in a problem file may be: numbers, labels, choices, and lists of them.

Values come as the text that stood in the file, or as Python objects from ``load({...})``, see
:mod:`lossclass.problem.from_python`. Each field turns either into one type, or says what it expected and what it got.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from lossclass.arithmetic.number import is_number, read_number
from lossclass.problem.printed import lists_in
from lossclass.problem.text import MOST_SHOWN, UNPRINTABLE, control_message
from lossclass.problem.yaml_source import Path, is_nothing

#: In the JSON Schema of a key: of which key it is another name.
NAME_OF = "x-name-of"
#: Invisible, but what holds some emoji and letters together.
JOINERS = "\u200c\u200d"
#: So many numbers show how a list is written.
MOST_IN_HINT = 3
_GROUPED: Final = re.compile(r"[-+−]?\d{1,3}(?:[ ,'_]\d{3})+(?:\.\d*)?", re.ASCII)
_BETWEEN_NUMBERS: Final = re.compile(r"[\s,;，()|]+")
_TRUTH: Final = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
}
#: Beyond these, the product of three given numbers could be more than a double holds.
SMALLEST, LARGEST = Decimal("1e-100"), Decimal("1e100")


Item = TypeVar("Item")
Value = TypeVar("Value")


class Refusals(ValueError):
    """Several things wrong inside one field, each with its path from that field on."""

    def __init__(self, found: Iterable[tuple[Path, str]]) -> None:
        self.found: list[tuple[Path, str]] = list(found)
        super().__init__("; ".join(message for _, message in self.found))


def read_each(items: Iterable[tuple[Any, Item]], read: Callable[[Item], Value]) -> list[Value]:
    """What ``read`` makes of each item, which stands behind its place in a list, or its key.

    Raises:
        Refusals: it refuses some; with all of these.
    """
    made: list[Value] = []
    found: list[tuple[Path, str]] = []
    for place, item in items:
        try:
            made.append(read(item))
        except Refusals as error:
            found += [((place, *path), message) for path, message in error.found]
        except ValueError as error:
            found.append(((place,), str(error)))
    if found:
        raise Refusals(found)
    return made


def read_by_label(mapping: Mapping[Any, Item], read: Callable[[Item], Value]) -> dict[str, Value]:
    """What ``read`` makes of what stands under each label; see :func:`read_each`."""
    pairs = ((key, (key, item)) for key, item in mapping.items())
    return {
        label: value
        for value, label in read_each(pairs, lambda pair: (read(pair[1]), to_label(pair[0])))
    }


class ReadBy:
    """Reads a field by a function of ours, which raises ``ValueError`` for what it cannot take.

    As pydantic's ``PlainValidator``, but that one also makes a schema of the field's type, twice,
    to write values out again. Nothing here is, and they take a quarter of the time to build a model.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.function)


def describe(value: Any) -> str:
    """What was got, for a message: texts in quotes and cut, containers by kind."""
    if is_nothing(value):
        return "nothing"
    if isinstance(value, str):
        return repr(str(value) if len(value) <= MOST_SHOWN else value[:MOST_SHOWN] + "…")
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else type(value).__name__


def expected(what: str, value: Any, hint: str = "") -> ValueError:
    """The error for a value that is not ``what``."""
    return ValueError(f"expected {what}, got {describe(value)}{hint}")


def to_number(value: Any, what: str = "a number", *, infinite: bool = False) -> Decimal:
    """A decimal from text or from a Python or NumPy number (as it prints).

    Raises:
        ValueError: it is none, or not finite (unless ``infinite``), or too long or large.
    """
    if isinstance(value, bool) or value is None or isinstance(value, list | tuple | Mapping):
        raise expected(what, value)
    if not isinstance(value, str):
        try:  # float() takes what NumPy and PyTorch call a number; repr is its shortest text
            value = str(value) if isinstance(value, int | Decimal) else repr(float(value))
        except (TypeError, ValueError, OverflowError):
            raise expected(what, value) from None
    try:
        number = read_number(value, infinite=infinite)
    except ValueError as error:
        hint = str(error).removeprefix("not a decimal number") or _hint_for_what_is_none(value)
        raise expected(what, value, hint if not hint or hint[0] == ";" else f"; {hint}") from None
    if number.is_finite() and number and not SMALLEST <= abs(number) <= LARGEST:
        raise expected(what, value, f"; its size is not between {SMALLEST:.0e} and {LARGEST:.0e}")
    return number


def _hint_for_what_is_none(text: str) -> str:
    """How to write what has digits in groups, or is several numbers; what nan is."""
    if text.casefold() == "nan":
        return "; it is no number, as 0 / 0 is none"
    if text in ("...", "…"):
        return "; the print leaves numbers out: print all, as after torch.set_printoptions(profile='full')"
    if lists_in(text):
        return "; a printed array stands behind its key without quotes"
    if _GROUPED.fullmatch(text):
        return "; write its digits without anything between them"
    parts = _BETWEEN_NUMBERS.sub(" ", text).split()
    if len(parts) < 2 or not all(map(is_number, parts)):
        return ""
    if ";" in text:
        return "; between numbers stand commas, and in them points"
    return f"; several numbers are a list, as in [{', '.join(parts[:MOST_IN_HINT])}], or one a line behind '- '"


def decimal_comma_hint(numbers: Sequence[Decimal], wanted: int, where: str = "") -> str:
    """A hint where [0,8, 0,5] may have been meant to be two numbers: there are twice as many as
    wanted, all of them whole."""
    if len(numbers) == 2 * wanted and all(n.is_finite() and n == int(n) for n in numbers):
        return f"; is there a comma for a decimal point{where}, as in [0,8, 0,5]?"
    return ""


def number_field(
    what: str, allowed: Callable[[Decimal], bool] = lambda _: True, *, infinite: bool = False
) -> ReadBy:
    """A validator for numbers that are ``what``."""
    return ReadBy(lambda value: to_allowed(value, what, allowed, infinite=infinite))


def to_allowed(
    value: Any, what: str, allowed: Callable[[Decimal], bool], *, infinite: bool = False
) -> Decimal:
    """A number that is ``what``.

    Raises:
        ValueError: it is not, or no number.
    """
    number = to_number(value, what, infinite=infinite)
    if not allowed(number):
        raise expected(what, value)
    return number


def is_probability(number: Decimal) -> bool:
    return 0 <= number <= 1


def to_probability(value: Any) -> Decimal:
    """A number between 0 and 1."""
    return to_allowed(value, "a number between 0 and 1", is_probability)


def whole_number_field(most: int) -> ReadBy:
    """A validator for whole numbers from 1 on."""
    return ReadBy(lambda value: to_whole_number(value, most))


def to_whole_number(value: Any, most: int) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        ValueError: it is none.
    """
    what = f"a whole number from 1 to {most}"
    return int(
        to_allowed(value, what, lambda number: 1 <= number <= most and number == int(number))
    )


def to_text(value: Any) -> str:
    """A text as it was written."""
    if not isinstance(value, str) or is_nothing(value):
        raise expected("a text", value)
    if found := UNPRINTABLE.search(value):
        raise ValueError(control_message(found.group()))
    return str(value)


def to_label(value: Any) -> str:
    """A label: any text of one line but the empty one; whole numbers from Python are written out."""
    if is_whole_number(value):
        return str(int(value))
    if not isinstance(value, str) or not value:
        raise expected("a label", value)
    label = to_text(unicodedata.normalize("NFC", value))
    if any(unicodedata.category(c) == "Cf" and c not in JOINERS for c in label):
        raise expected("a label of characters that can be seen", ascii(str(value)))
    if "\t" in label or label.splitlines() != [label]:
        raise expected("a label without tabs and line ends", value)
    return label


def is_whole_number(value: Any) -> bool:
    """Whether it is one from Python, of whatever type."""
    if isinstance(value, float):  # as arrays of class numbers often have them
        return value.is_integer()
    return hasattr(value, "__index__") and not isinstance(value, bool)


def is_list(value: Any) -> bool:
    """Whether it is a list, or an array that is one."""
    return isinstance(value, list | tuple) or hasattr(value, "tolist")


def to_list(value: Any) -> Any:
    """A list; a single value stands for a list of one, a large array for its nested lists."""
    if is_nothing(value) or isinstance(value, Mapping):
        raise expected("a list", value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    return value if isinstance(value, list | tuple) else [value]


def _of_one_sequence(labels: Any) -> Any:
    """The labels of a sequence, or of the only one in a batch.

    Raises:
        ValueError: there are several in it.
    """
    if not labels or not all(isinstance(each, list | tuple) for each in labels):
        return labels
    if len(labels) > 1:
        raise ValueError(
            "expected the labels of one sequence, got those of a batch; give one, as in target[0], "
            "or of a column target[:, 0]"
        )
    return labels[0]


def to_labels(value: Any) -> tuple[str, ...]:
    """A sequence of labels: a list, or a text with one label per character."""
    if is_nothing(value):
        raise expected("a text or a list of labels", value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if is_whole_number(value):
        value = str(int(value))
    if isinstance(value, str):
        value = unicodedata.normalize("NFC", value)
    elif not isinstance(value, list | tuple):
        raise expected("a text or a list of labels", value)
    return tuple(read_each(enumerate(_of_one_sequence(value)), to_label))


def is_true(value: Any) -> bool | None:
    """Whether something says true or false, in YAML's words for it; None if it says neither."""
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.casefold()) if isinstance(value, str) else None


def to_flag(value: Any) -> bool:
    """True or false, or 1 or 0."""
    found = {"1": True, "0": False}.get(str(value), is_true(value))
    if found is None:
        raise expected("true or false", value)
    return found


#: What a value may be in the JSON Schema, where any scalar of YAML can be a label.
SCALAR: Final[dict[str, Any]] = {"type": ["string", "number", "boolean", "null"]}
FLAG: Final[dict[str, Any]] = {"enum": [True, False, 1, 0]}
PROBABILITY: Final[dict[str, Any]] = {"type": "number", "minimum": 0, "maximum": 1}

Number: TypeAlias = Annotated[Decimal, number_field("a number"), WithJsonSchema({"type": "number"})]
PositiveNumber: TypeAlias = Annotated[
    Decimal,
    number_field("a number greater than 0", lambda number: number > 0),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Probability: TypeAlias = Annotated[Decimal, ReadBy(to_probability), WithJsonSchema(PROBABILITY)]
#: A result as somebody wrote it: its trailing zeros count, and it may be infinite.
Result: TypeAlias = Annotated[
    Decimal, number_field("a number", infinite=True), WithJsonSchema({"type": ["number", "string"]})
]
Text: TypeAlias = Annotated[str, ReadBy(to_text), WithJsonSchema({"type": "string"})]
Label: TypeAlias = Annotated[str, ReadBy(to_label), WithJsonSchema(SCALAR)]
Labels: TypeAlias = Annotated[
    tuple[str, ...],
    ReadBy(to_labels),
    WithJsonSchema({"type": ["array", "string", "number"], "items": SCALAR}),
]
Flag: TypeAlias = Annotated[bool, ReadBy(to_flag), WithJsonSchema(FLAG)]


def as_in(example: str) -> Any:
    """Says of a key how it is written, in messages and in the JSON Schema."""
    return Field(description=f"as in {example}")


#: A column of single values, n × 1, as the list of them.
AsColumn: Final[BeforeValidator] = BeforeValidator(
    lambda value: (
        [each[0] for each in value]
        if isinstance(value, list | tuple)
        and value
        and all(isinstance(each, list | tuple) and len(each) == 1 for each in value)
        else value
    )
)
AsList: Final[BeforeValidator] = BeforeValidator(
    lambda value: value if value is None else to_list(value)
)
#: The text of a choice; ``log_base: 2`` may come as a number from Python.
AsChoice: Final[BeforeValidator] = BeforeValidator(
    lambda value: str(int(value)) if is_whole_number(value) else value
)
Numbers: TypeAlias = Annotated[
    tuple[Number, ...],
    AsList,
    AsColumn,
    WithJsonSchema({"type": ["array", "number"], "items": {"type": "number"}}),
]

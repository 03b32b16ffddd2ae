"""Pydantic's errors, in words for people who never heard of pydantic."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from lossclass.errors import InvalidProblem
from lossclass.problem.fields import Refusals, describe, to_number
from lossclass.problem.words import meant, said_of, said_of_value
from lossclass.problem.yaml_source import Document, Path
from lossclass.suggest import nearest

#: Behind it, a message says what stands there.
_GOT: Final = ", got "
#: What people write for the blank.
_USUAL_BLANKS: Final = ("-", "_", "ε", "ϵ", "∅", "blank", "<blank>", "[blank]", "BLANK", "␣", "φ")
#: How a message begins on the label that PyTorch does not count.
_LEFT_OUT: Final = "'-100' is no class"
#: Of more mistakes of one kind under one key, the first is told.
_MOST_ALIKE: Final = 5
#: The keys that take what a model puts out, by what that is.
_KINDS: Final = {
    "probabilities": ("probabilities", "policy", "y_pred"),
    "logarithms of probabilities": ("log_probs", "log_policy"),
    "logits": ("logits",),
}
#: Keys that hold keys of their own, which are also looked for above them.
_PARTS = frozenset(("rnn", "train"))
_Keys = TypeVar("_Keys", bound=BaseModel)


def validated(model: type[_Keys], data: Mapping[str, Any], path: Path, document: Document) -> _Keys:
    """The keys of a mapping in a document that is no problem.

    Raises:
        InvalidProblem: something in it cannot be meant; with all but what could not be read.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise InvalidProblem(
            [
                document.mistake((*path, *inner), message, at_key=at_key)
                for inner, message, at_key in mistakes_in(error, model)
                if not document.is_refused((*path, *inner))
            ]
        ) from None


def mistakes_in(
    error: ValidationError,
    model: type[BaseModel],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[Path, str, bool]]:
    """Path, message, and whether the key rather than its value is meant, for each mistake.

    Args:
        elsewhere: messages by key, for some that are not the model's.
    """
    for one in error.errors(include_url=False):
        path = tuple(one["loc"])
        at_key = one["type"] == "extra_forbidden"
        if at_key and len(path) == 1 and path[0] in elsewhere:
            yield path, elsewhere[str(path[0])], at_key
            continue
        for inner, message in _messages(one, path, model):
            yield path + inner, message, at_key


def summed_up(
    wrong: Iterable[tuple[Path, str, bool]], data: Mapping[str, Any], fields: Mapping[str, Any]
) -> Iterator[tuple[Path, str, bool]]:
    """The same mistakes, but of many of one kind under one key the first alone, and how many more
    there are; with how the key is written, or the key that these numbers would fit, if all would.

    Args:
        fields: the keys of the loss.
    """
    kinds: dict[tuple[Any, ...], list[tuple[Path, str, bool]]] = {}
    for each in wrong:
        path, message, _ = each
        kinds.setdefault((*path[:1], message.split(_GOT)[0]), []).append(each)
    for (key, *_), alike in kinds.items():
        path, message, at_key = alike[0]
        count = len(alike)
        is_many = count > _MOST_ALIKE
        if is_many:
            message += f"; {count - 1} more are like it"
        if "ignore" in fields and "ignore" not in data and message.startswith(_LEFT_OUT):
            message += "; PyTorch leaves it out: say ignore: -100"
        if path == ("blank",) and message == "missing":
            message += _hint_for_blank(data)
        of_columns = {"y_true": "tags", "target": "labels"}.get(str(key))
        if message == "missing" and of_columns in data:
            message += f"; {of_columns} names the columns, and {key} says which are true"
        said = getattr(fields.get(key), "description", None)
        if (
            said
            and len(path) <= 2
            and message.startswith(("expected a list", "expected a mapping"))
        ):
            message += f"; {said}"  # how the key is written
        meant = _meant(str(key), data.get(key), fields, count) if _GOT in message else None
        yield path, message + (f"; these look like {meant}" if meant else ""), at_key
        yield from () if is_many else alike[1:]


def _meant(key: str, value: Any, fields: Collection[str], wrong: int) -> str | None:
    """What the numbers under a key look like that takes probabilities, or their logarithms, where most
    are not that; and under which key they may stand."""
    kinds = [kind for kind, keys in _KINDS.items() if key in keys]
    if not kinds or not isinstance(value, list | tuple):
        return None
    flat = [n for row in value for n in (row if isinstance(row, list | tuple) else [row])]
    # a logarithm above 0 is less often a slip, for logits are on both sides of it
    most = 4 if kinds == ["logarithms of probabilities"] else 2
    if not 2 <= wrong > len(flat) / most:
        return None
    try:
        numbers = [to_number(each, infinite=True) for each in flat]
    except ValueError:
        return None
    kind = "logits"
    if all(0 <= number <= 1 for number in numbers):
        kind = "probabilities"
    elif max(numbers) <= 0 and any(
        each in fields for each in _KINDS["logarithms of probabilities"]
    ):
        kind = "logarithms of probabilities"
    other = next((each for each in _KINDS[kind] if each in fields), None)
    return f"{kind}: give them as {other!r}" if other and kind not in kinds else None


def _hint_for_blank(data: Mapping[str, Any]) -> str:
    """Which of the symbols may be the blank that is not named."""
    labels, probabilities = data.get("labels"), data.get("probabilities")
    symbols = probabilities if labels is None else labels
    if labels is None and not isinstance(probabilities, Mapping):
        return "; without labels, it is the place of its column, from 0 on"
    if not isinstance(symbols, Mapping | str | list | tuple):
        return ""
    usual = next((each for each in symbols if each in _USUAL_BLANKS), None)
    return f"; is it {str(usual)!r}, which is one of the symbols?" if usual else ""


def _messages(error: Any, path: Path, model: type[BaseModel]) -> list[tuple[Path, str]]:
    """Our words for one error, each with its path from there on."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Refusals):
        return [
            (inner, text + _hint_for_nothing(inner, text.rpartition("got ")[2]))
            for inner, text in cause.found
        ]
    got = describe(error["input"])
    match error["type"]:
        case "value_error":
            text = f"{cause}{_hint_for_nothing(path, got)}"
        case "missing":
            text = "missing"
        case "extra_forbidden":
            text = no_such_key(path, model)
        case "literal_error":
            says = said_of_value(str(path[-1]), error["input"])
            text = f"expected {error['ctx']['expected']}, got {got}{says and f'; {says}'}"
        case "list_type" | "tuple_type":
            text = f"expected a list, got {got}"
        case "dict_type" | "model_type" | "model_attributes_type":
            text = f"expected a mapping, got {got}"
        case _:
            text = str(error["msg"])
    return [((), text)]


def _hint_for_nothing(path: Path, got: str) -> str:
    """Why a key in braces may have no value: {a: 0,5} is a with 0, and 5 with nothing."""
    key = path[-1] if path else 0
    if got != "nothing" or isinstance(key, int):
        return ""
    if key.isdecimal():
        return "; is there a comma for a decimal point, as in 0,5?"
    if ":" in key:
        return "; a space is missing behind the colon"
    return ""


def no_such_key(path: Path, model: type[BaseModel]) -> str:
    """What to say of a key that there is not: why, where it belongs, what it is called here, or which
    key it is like."""
    word, around = str(path[-1]), _model_at(path[:-1], model)
    if why := getattr(around, "why_not", lambda _: "")(word):
        return str(why)
    keys = around.model_fields if around else {}
    near = nearest(word, keys)
    if "loss" in model.model_fields and (near is None or near.casefold() != word.casefold()):
        if near is None and (says := said_of(word, keys)):
            return says
        for part in set(keys) & _PARTS:
            if found := _meant_in(word, _model_in(keys[part].annotation)):
                return f"here it stands under {part}, as {found}"
        outside = _model_at(path[:-2], model) if len(path) > 1 and path[-2] in _PARTS else None
        if found := _meant_in(word, outside):
            return f"here it stands beside {path[-2]}, not under it, as {found}"
        if "formula" in keys and len(path) == 1:
            return "there is no such key; the names in a formula stand under given"
    return f"there is no such key{f'; did you mean {near!r}?' if near else ''}"


def _meant_in(word: str, model: type[BaseModel] | None) -> str | None:
    """The key of a model that a word is or means."""
    if model is None or word in model.model_fields:
        return word if model else None
    found = meant(word, model.model_fields) if len(word) > 1 else []
    return found[0] if found else None


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    """The model whose keys are expected at the path: in ``published.loss``, that of a number."""
    found: type[BaseModel] | None = model
    for key in path:
        if found and key in found.model_fields:
            found = _model_in(found.model_fields[str(key)].annotation)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a type such as ``dict[str, Model]`` is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)

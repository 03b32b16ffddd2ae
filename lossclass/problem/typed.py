"""Problems without a file: their keys and values as somebody types them.

y_true=1,2      numbers or names, with commas between them; a space will do between numbers
y_true=1,2;3,4  rows
probabilities=a=0.5,-=0.5   numbers by name, also written a: 0.5, -: 0.5
rnn.U=0.5       a key under another
y_true=[[1, 2], [3, 4]]     anything in brackets is YAML
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from lossclass.arithmetic.number import is_number
from lossclass.errors import InvalidProblem, Mistake, UsageError
from lossclass.problem.problem import Catalogue, Problem, validate
from lossclass.problem.words import meant
from lossclass.problem.yaml_source import (
    Document,
    Path,
    WrittenText,
    as_lists,
    dotted,
    read_documents,
)
from lossclass.records import record

OPTION: Final = "--given"
#: Keys whose values are one text, commas and all.
_TEXTS: Final = ("title", "statement", "source", "formula", "blank", "ignore")
_NAMED: Final = re.compile(r"\s*(.+?)\s*[:=]\s*([^\s:=]+)\s*")
_PLAIN: Final = re.compile(r"[A-Za-z]\w*", re.ASCII)


@record
class _Typed(Document):
    """Where there is no file, a mistake has the key that was typed in its place."""

    def mistake(self, path: Path, message: str, *, at_key: bool = False) -> Mistake:
        return Mistake(message, f"{OPTION} {dotted(self.as_written(path))}".rstrip())


@record
class Given:
    """A problem of a loss and what is given for it, each as ``KEY=VALUE``."""

    loss: str
    pairs: tuple[str, ...]

    def __str__(self) -> str:
        return self.loss

    def problem(self, catalogue: Catalogue) -> Problem:
        """The problem.

        Raises:
            UsageError: something is no ``KEY=VALUE``.
            InvalidProblem: the problem says something that cannot be meant.
        """
        data: dict[str, Any] = {"loss": self.loss}
        for pair in self.pairs:
            key, equals, text = pair.partition("=")
            if not equals or not key.strip():
                raise UsageError(
                    f"{OPTION} {pair}: expected a key and its value, such as y_true=1,2"
                )
            *way, last = key.strip().split(".")
            under: Any = data
            for part in way:
                under = under.setdefault(part, {})
                if not isinstance(under, dict):
                    raise UsageError(f"{OPTION} {key}: {part} is given as a value already")
            if last in under:
                raise UsageError(f"{OPTION} {key}: it is given twice")
            under[last] = typed_value(last, text.strip())
        return validate(data, catalogue, _Typed("", None))


def typed_value(key: str, text: str) -> Any:
    """What was typed for a key: a text, or lists and mappings of texts.

    Raises:
        InvalidProblem: it has brackets, and is no YAML.
    """
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return WrittenText(text[1:-1], quoted=True)
    if key in _TEXTS or meant(key, _TEXTS):
        return _text(text)
    if (printed := as_lists(text)) is not text:
        return printed
    if text.startswith(("[", "{")):
        return _yaml(key, text)
    if "[" in text or "{" in text:
        return _yaml(key, f"[{text}]")
    if ";" in text:
        return [_row(row) for row in text.split(";") if row.strip()]
    row = _row(text)
    named = [_NAMED.fullmatch(each) for each in row]
    if all(found and is_number(found[2]) for found in named):
        return {found[1]: _text(found[2]) for found in named if found}
    return row if len(row) > 1 or "," in text else _text(text)


def _row(text: str) -> list[WrittenText]:
    """Values with commas between them, or numbers with spaces."""
    numbers = text.split()
    parts = numbers if all(map(is_number, numbers)) else text.rstrip(", ").split(",")
    return [_text(each.strip()) for each in parts]


_text = partial(WrittenText, quoted=False)


def _yaml(key: str, text: str) -> Any:
    place = f"{OPTION} {key}"
    try:
        documents = read_documents(text, place)
    except InvalidProblem:
        if not text.startswith("["):
            raise
        documents = read_documents(f"[{text}]", place)  # [1, 2], [3, 4]: rows alone
    if documents[0].mistakes:
        raise InvalidProblem(list(documents[0].mistakes))
    return documents[0].plain()


# --- the other way round -----------------------------------------------------------------


def as_typed(data: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a problem as ``KEY=VALUE``, quoted for a shell."""
    for key, value in data.items():
        if isinstance(value, Mapping) and not all(isinstance(each, str) for each in value.values()):
            yield from as_typed({f"{key}.{inner}": each for inner, each in value.items()})
        else:
            yield shlex.quote(f"{key}={_typed(value)}")


def as_example(value: Any) -> str:
    """A value as it may be typed when it is asked for."""
    if isinstance(value, Mapping):
        is_deep = not all(isinstance(each, str) for each in value.values())
    else:
        is_deep = isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
    return _in_line(value) if is_deep else _typed(value, " ")


def _typed(value: Any, gap: str = "") -> str:
    """A value as :func:`typed_value` takes it; with a gap behind commas, for a prompt."""
    if isinstance(value, Mapping):
        return f",{gap}".join(f"{key}={each}" for key, each in value.items())
    if not isinstance(value, list):
        return str(value)
    if any(isinstance(each, list) for row in value if isinstance(row, list) for each in row):
        return _in_line(value)
    if any(isinstance(each, list) for each in value):
        rows = [_typed(each, gap) for each in value]  # the semicolon alone makes rows of 1; 2
        return f";{gap}".join(row.rstrip(",") for row in rows) if len(rows) > 1 else rows[0]
    return f",{gap}".join(map(str, value)) + ("," if len(value) == 1 else "")


def as_yaml(data: Mapping[str, Any]) -> str:
    """The keys of a problem as YAML, one a line."""
    return "".join(f"{key}: {_in_line(value)}\n" for key, value in data.items())


def _in_line(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = (f"{_scalar(key)}: {_in_line(each)}" for key, each in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_in_line, value))}]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    """A number or a word as it stands; all else in double quotes, which YAML and JSON share."""
    is_plain = _PLAIN.fullmatch(text) or is_number(text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)

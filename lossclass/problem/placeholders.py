r"""Given numbers in a problem's title and statement, by their names: ``{y_pred.2}``.

    {y_pred}      a number, or a list: "0.8, -0.5 and 0.3"; of rows: "(1, 0), (0, 1) and (1, 1)"
    {y_pred.2}    what stands at a place of it, counted from 1, or behind a key: {probabilities.H}
    {reference}   a text, of those that the loss lets be named
    {{ and }}     a brace, where what stands in braces would be a name

Braces are only braces around what is no name, as ``{0, 1}``, and behind TeX, as in ``\frac{a}{b}``, where
they lead to nothing.

Names are those of ``vary``. They are read here and nowhere else: ``str.format`` would let a file
reach into objects of Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.problem.fields import describe, is_list, to_list, to_number
from lossclass.problem.yaml_source import Path
from lossclass.suggest import nearest

#: The keys of the texts that may name numbers.
TEXTS: Final = ("title", "statement")
#: What is there for people, or says something of numbers, gives none.
NO_DATA: Final = frozenset(
    {"loss", *TEXTS, "source", "published", "vary", "points", "follow_through"}
)
#: More numbers in a text are nothing that anybody reads.
MOST_NUMBERS: Final = 1_000
_MOST_NAMES: Final = 12
#: So many letters on both sides tell which brace it is.
_NEAR: Final = 12
_BRACES: Final = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
#: What may be meant as a name: a word, and what leads to a place or says how to write it.
_LIKE_A_NAME: Final = re.compile(r"\s*[^\W\d]\w*(?:[.:!\[(].*| [\d, ]+)?\s*", re.DOTALL)
#: Behind it, braces are TeX's: a command, with what stands in braces behind it already; a power, an index.
_TEX: Final = re.compile(r".*(?:[\^_]|\\[A-Za-z]+\*?(?:\[[^\]]*\])?(?:\{[^{}]*\})*)\s?", re.DOTALL)
_INDEX: Final = re.compile(r"(\w+) ?[\[(]?[\d, ]+[\])]?")
_DOUBLED: Final = "a brace that is only a brace is written twice"


class _BadName(ValueError):
    """Braces in a text that lead to no number; ``key`` is what their name begins with."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.key = name.partition(".")[0]


def fill(
    texts: Mapping[str, str],
    data: Mapping[str, Any],
    digits: int,
    our_name: Callable[[str], str] = str,
    named: Sequence[str] = (),
) -> tuple[dict[str, str], list[tuple[Path, str, str]]]:
    """Texts with the numbers that they name, by key.

    Args:
        data: the keys of the problem.
        digits: significant digits, as the solution has them.
        our_name: a name in the words of the data.
        named: the keys whose texts may be named, too.

    Returns:
        Those that changed, and what is wrong in others: the path, why, and the key that is named.
    """
    changed: dict[str, str] = {}
    wrong: list[tuple[Path, str, str]] = []
    words = {key: data[key] for key in named if isinstance(data.get(key), str)}
    for key, text in texts.items():
        filled, bad = _filled(text, data, digits, our_name, words)
        wrong += [((key,), str(error), error.key) for error in bad]
        if filled != text and not bad:
            changed[key] = filled
    return changed, wrong


def without_names(text: str) -> str:
    """A text with a gap for each number that it names."""

    def without(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match.group()[0]
        return "…" if _may_name(match) else match.group()

    return _BRACES.sub(without, text)


def _may_name(braces: re.Match[str]) -> bool:
    """Whether what stands in braces has to be the name of something."""
    return bool(_LIKE_A_NAME.fullmatch(braces["name"])) and not _TEX.fullmatch(
        braces.string[: braces.start()]
    )


def escaped(text: str) -> str:
    """A text in which braces are only braces."""
    return text.replace("{", "{{").replace("}", "}}")


def _filled(
    text: str,
    data: Mapping[str, Any],
    digits: int,
    our_name: Callable[[str], str],
    words: Mapping[str, str],
) -> tuple[str, list[_BadName]]:
    """A text with its numbers, and what is wrong in it."""
    room = MOST_NUMBERS
    bad: list[_BadName] = []
    alone = [each.group() for each in _BRACES.finditer(text) if len(each.group()) == 1]
    in_pairs = _are_in_pairs(alone)

    def filled_in(braces: re.Match[str]) -> str:
        nonlocal room
        written, name = braces.group(), braces["name"]
        if name is None:
            if len(written) == 2 or in_pairs:
                return written[0]
            near = describe(text[max(0, braces.start() - _NEAR) : braces.end() + _NEAR])
            message = f"expected a name in braces, got {written!r} alone in {near}; {_DOUBLED}"
            raise _BadName("", f"{message}: {written * 2!r}")
        if (ours := our_name(name.strip())) in words:
            return words[ours]
        found = _numbers_at(name, ours, data)
        room -= sum(1 for _ in _leaves(found))
        if room < 0:
            raise _BadName(name, f"{_braced(name)}: a text may name up to {MOST_NUMBERS} numbers")
        each = _parts(found, digits)
        return " and ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)

    def in_its_place(match: re.Match[str]) -> str:
        try:
            return filled_in(match)
        except _BadName as error:
            if match["name"] is not None and not _may_name(match):
                return match.group()
            if str(error) not in map(str, bad):
                bad.append(error)
            return match.group()

    return _BRACES.sub(in_its_place, text), bad


def _twice(name: str) -> str:
    return f"{_DOUBLED}: {describe(f'{{{{{name}}}}}')}"


def _are_in_pairs(braces: Sequence[str]) -> bool:
    """Whether each brace that is opened is closed behind it."""
    depths = [*accumulate(1 if each == "{" else -1 for each in braces)]
    return not depths or (min(depths) >= 0 and depths[-1] == 0)


def _braced(name: str) -> str:
    return describe(f"{{{name}}}")


# --- what a name leads to ---


def _numbers_at(written: str, name: str, data: Mapping[str, Any]) -> Any:
    """The number that a name leads to, or those in lists and mappings.

    Args:
        written: the name as it stands in the text.
        name: the same in our words.
    """
    found: Any = {key: each for key, each in data.items() if key not in NO_DATA}
    way: list[str] = []
    for part in name.split("."):
        inside = dict(below(found))
        if part not in inside:
            raise _BadName(name, _unknown(written, name, way, inside))
        found = inside[part]
        way.append(part)
    try:
        return _numbers(found)
    except ValueError as error:
        raise _BadName(name, f"{_braced(written)}: {error}; {_twice(written)}") from None


def below(value: Any) -> Iterator[tuple[str, Any]]:
    """What a list or a mapping holds, by place or key."""
    if isinstance(value, Mapping):
        yield from ((str(key), each) for key, each in value.items())
    elif is_list(value):
        yield from ((str(place), each) for place, each in enumerate(to_list(value), 1))


def _numbers(value: Any) -> Any:
    """What is written, as numbers.

    Raises:
        ValueError: there is something else in it.
    """
    if isinstance(value, Mapping):
        return {str(key): _numbers(each) for key, each in value.items()}
    return [_numbers(each) for each in to_list(value)] if is_list(value) else to_number(value)


def _leaves(numbers: Any) -> Iterator[Any]:
    if isinstance(numbers, dict | list):
        for each in numbers.values() if isinstance(numbers, dict) else numbers:
            yield from _leaves(each)
    else:
        yield numbers


def _unknown(written: str, name: str, way: list[str], inside: Mapping[str, Any]) -> str:
    """Why a name leads nowhere: what there is, and what was got."""
    part, *rest = name.split(".")[len(way) :]
    near = nearest(part, inside)
    if (before := part.partition(":")[0]) in inside:
        hint = f"write {_braced(before)}; the digits are those of the solution"
    elif near:
        hint = f"did you mean {_braced('.'.join([*way, near, *rest]))}?"
    elif (index := _INDEX.fullmatch(part)) and index[1] in inside:
        hint = f"places are counted from 1, behind a point, as in {_braced(f'{index[1]}.1')}"
    else:
        hint = _twice(written)
    if not way:
        there = f"expected the name of a number in braces: {_listed([*_names(inside, '')])}"
    elif inside:
        there = f"expected a place in {'.'.join(way)}: {_listed([*inside])}"
    else:
        there = f"{'.'.join(way)} has no places"
    return f"{there}; got {_braced(written)}; {hint}"


def _names(data: Mapping[str, Any], before: str) -> Iterator[str]:
    """The keys with nothing but numbers, also those inside other keys."""
    for key, value in data.items():
        try:
            _numbers(value)
        except ValueError:
            if isinstance(value, Mapping):
                yield from _names(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _listed(names: list[str]) -> str:
    if len(names) > 1 and names == [*map(str, range(1, len(names) + 1))]:
        return f"1 to {len(names)}"
    more = ["…"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])


# --- how it is written ---


def _parts(numbers: Any, digits: int) -> list[str]:
    """Numbers as the solution writes them; lists inside lists in parentheses."""

    def inner(each: Any) -> str:
        parts = ", ".join(_parts(each, digits))
        return f"({parts})" if isinstance(each, dict | list) else parts

    if isinstance(numbers, dict):
        return [f"{inner(each)} for {key}" for key, each in numbers.items()]
    if isinstance(numbers, list):
        return [*map(inner, numbers)]
    return [PLAIN.number(show(numbers, digits).value)]

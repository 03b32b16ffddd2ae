"""States and tags by their names, where a number says which it is: ψ₂(Rainy) = Sunny, and the whole best
path in a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from lossclass.arithmetic.expression import is_place
from lossclass.hand_in.lines import Line
from lossclass.hand_in.names import Names
from lossclass.solution import Solution

#: All states or tags of the best path, in a line of so many characters.
_LONGEST_PATH: Final = 300
_PATH: Final = re.compile(
    r"(?:\W*viterbi(?=\s*[:=])|(?:.*\b(?:best|most (?:probable|likely)|viterbi|decoded)\s(?:[^\W\d]+\s){0,2}?|\W*(?:the\s)?(?:state\s)?)"
    r"(?:path|way|sequence|states|tags)\b)(?:\s+is)?\s*[:=→]?\s*(\w[\w\s,;→>–-]*)\.?(?:[,;.]\s+([^=]+=.*))?\s*",
    re.IGNORECASE,
)


def place_of(label: str, solution: Solution, ids: Iterable[str]) -> int | None:
    """The number of a state or tag that is written by its name, where all of the steps with these
    ids are places."""
    steps = [solution.step(id) for id in ids]
    if not steps or not all(is_place(step.quantity.definition) for step in steps):
        return None
    symbols = (step.quantity.symbol for step in solution.steps)
    labels = dict.fromkeys(
        argument.casefold()
        for symbol in symbols
        if symbol.index and len(symbol.arguments) == 1
        for argument in symbol.arguments
        if isinstance(argument, str) and not argument.isdecimal()
    )
    numbers = {each: n for n, each in enumerate(labels, start=1)}
    label = label.strip(" .,;").casefold()
    short = [n for each, n in numbers.items() if label and each.startswith(label)]
    return numbers.get(label) or (short[0] if len(short) == 1 else None)


def with_places(line: Line, names: Names, note: Callable[[Line, str], None]) -> Line:
    """A line that says which state or tag is at a place, with its number: ψ₂(Rainy) = Sunny; or
    with those of the whole best path."""
    if line.cells:
        return line
    solution = names.solution
    count = sum(re.fullmatch(r"best\.\d+", step.id) is not None for step in solution.steps)
    ids = [f"best.{n}" for n in range(1, count + 1)]
    if ids and len(line.text) <= _LONGEST_PATH and (found := _PATH.fullmatch(line.text)):
        return _with_path(line, found[1], found[2] or "", solution, ids, note)
    name, labels = (*re.split("[=:]", line.text, maxsplit=1), "")[:2]
    place = place_of(labels, solution, names.ids(name)) if labels.strip() else None
    return replace(line, text=f"{name}= {place}") if place else line


def _with_path(
    line: Line,
    written: str,
    rest: str,
    solution: Solution,
    ids: Sequence[str],
    note: Callable[[Line, str], None],
) -> Line:
    """A line with the numbers of the states or tags of the best path, which are these steps; it is told
    if they are too few or too many."""
    labels = re.findall(r"\w+", written)
    if len(labels) == 1 < len(ids) and place_of(written, solution, ids) is None:
        labels = [*labels[0]]
    places = [place_of(label, solution, ids) for label in labels]
    if not places or None in places:
        return line
    if len(ids) != len(places):
        text = f"the path has {len(ids)} states, and here are {len(places)}: it is not marked."
        note(line, text)
        return replace(line, text=rest)
    pairs = (f"{id} = {place}" for id, place in zip(ids, places, strict=True))
    return replace(line, text="; ".join([*pairs, rest]))

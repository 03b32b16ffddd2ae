"""Numbers in a statement that a variant makes false: it says 0.8, and a sheet has another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from lossclass.errors import Mistake
from lossclass.problem.fields import to_number
from lossclass.problem.placeholders import NO_DATA, TEXTS, without_names
from lossclass.problem.problem import Problem
from lossclass.problem.yaml_source import Path, dotted
from lossclass.variants.space import at_path, spaces_of

#: So many places of one number are named.
_MOST_NAMED: Final = 3
#: Whole numbers in a title count, as in "Exercise 2"; behind one of these, it is a value.
_GIVES: Final = "=≈"
_NUMBER: Final = re.compile(
    rf"""(?: (?P<gives> [{_GIVES}]) \s* )?
    (?<![\w.]) (?P<sign> [-−]?) (?P<digits> \d*\.\d+ | \d+) (?! \w | \.\d)
    \s* (?P<percent> %?)""",
    re.VERBOSE,
)


def warnings_of(problem: Problem) -> list[Mistake]:
    """What there is to tell of the numbers and texts in a problem's title and statement that are given
    ones which may change, and that are not named there.

    Raises:
        UsageError: the problem has no variants.
    """
    spaces = spaces_of(problem)
    moving = frozenset().union(*(space.moving for space in spaces))
    moved = {path[:-1] for path in moving}
    texts = [each for each in spaces[0].texts if each.path in moved and each.joined is not None]
    given, warnings = [*_numbers(problem.data, ())], []
    for key in TEXTS:
        seen = set()
        written = without_names(str(problem.data.get(key) or ""))
        for each in texts:
            text = at_path(problem.data, each.path)
            if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", written):
                warnings.append(_warning(problem, key, text, [dotted(each.path)], "text"))
        for text, number in _numbers_told(written, is_title=key == "title"):
            found = sorted(
                (path for path, each in given if each == number),
                key=lambda path: path not in moving,
            )
            if found and found[0] in moving and number not in seen:
                seen.add(number)
                warnings.append(_warning(problem, key, text, [*map(dotted, found)], "number"))
    return warnings


def _warning(problem: Problem, key: str, text: str, names: list[str], what: str) -> Mistake:
    """What is said of a number, or a text, that stands in a text of the problem as it is.

    Args:
        names: where it stands in the problem, first where it may change, as ``vary`` has it.
    """
    written = " or ".join(f"'{{{name}}}'" for name in names[:_MOST_NAMED])
    spelled = ", or write it as a word if it is another" if text.isdecimal() else ""
    message = (
        f"warning: {text!r} is {names[0]}, which is another {what} in variants; write {written} "
        f"there{spelled}, or keep the {what} with 'vary: {{{names[0]}: fixed}}'"
    )
    return problem.document.mistake((key,), message)


def _numbers_told(text: str, *, is_title: bool) -> Iterator[tuple[str, Decimal]]:
    """The numbers of a text that may be given ones, as written and as they are."""
    for match in _NUMBER.finditer(text):
        is_value = "." in match["digits"] or match["gives"] or match["percent"]
        if is_title and not is_value:
            continue
        number = Decimal(match["digits"]) * (-1 if match["sign"] else 1)
        written = f"{match['sign']}{match['digits']}{match['percent']}"
        yield written, number / 100 if match["percent"] else number


def _numbers(value: Any, path: Path) -> Iterator[tuple[Path, Decimal]]:
    """All numbers of a problem, with where they stand."""
    if isinstance(value, Mapping | list | tuple):
        for key, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            if path or key not in NO_DATA:
                yield from _numbers(each, (*path, key))
        return
    try:
        yield path, to_number(value)
    except ValueError:
        return

"""Numbers in a statement that a variant makes false: it says 0.8, and every sheet has another."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lossclass.errors import Mistake
from lossclass.problem.fields import to_number
from lossclass.problem.problem import Problem
from lossclass.problem.yaml_source import Path
from lossclass.variants.space import Space, space_of

#: Whole numbers stand in a statement for many things, such as a count; behind one of these, it is
#: a value. A number with a decimal point is one anywhere.
_GIVES: Final = "=≈"
_NUMBER: Final = re.compile(
    rf"""(?: (?P<gives> [{_GIVES}]) \s* )?
    (?<![\w.]) (?P<sign> [-−]?) (?P<digits> \d*\.\d+ | \d+) (?! \w | \.\d)
    \s* (?P<percent> %?)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Told:
    """A number that a text of the problem gives away, and that is another in every variant.

    Attributes:
        key: of the text: ``title`` or ``statement``.
        text: the number, as it is written there.
        path: where the number stands in the problem.
    """

    key: str
    text: str
    path: Path

    @property
    def name(self) -> str:
        """Where it stands, as ``vary`` would call it."""
        return ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in self.path)


def told_of(problem: Problem, space: Space) -> Iterator[Told]:
    """The numbers in the title and the statement that are given ones which may change.

    A number that also stands where nothing changes is taken for that one.
    """
    moving = {path: number for path, number in _numbers(problem.data, ()) if path in space.moving}
    staying = {abs(n) for path, n in _numbers(problem.data, ()) if path not in space.moving}
    for key in ("title", "statement"):
        seen = set()
        for text, number in _numbers_told(str(problem.data.get(key) or "")):
            found = next((path for path, each in moving.items() if each == number), None)
            if found is not None and abs(number) not in staying and found not in seen:
                seen.add(found)
                yield Told(key, text, found)


def warn(problem: Problem) -> None:
    """Tell whoever makes variants of a problem, on standard error.

    Raises:
        UsageError: the problem has no variants.
    """
    for warning in warnings_of(problem):
        print(warning, file=sys.stderr)


def warnings_of(problem: Problem) -> list[Mistake]:
    """What there is to tell of the numbers in a problem's title and statement.

    Raises:
        UsageError: the problem has no variants.
    """
    return [
        problem.document.mistake(
            (each.key,),
            f"warning: {each.text!r} is {each.name}, which is another number in every variant; "
            f"leave it out of the {each.key}, or keep the number with 'vary: {{{each.name}: fixed}}'",
        )
        for each in told_of(problem, space_of(problem))
    ]


def _numbers_told(text: str) -> Iterator[tuple[str, Decimal]]:
    """The numbers of a text that may be given ones, as written and as they are."""
    for match in _NUMBER.finditer(text):
        digits = match["digits"]
        if "." not in digits and not match["gives"] and not match["percent"]:
            continue
        number = Decimal(digits) * (-1 if match["sign"] else 1)
        written = f"{match['sign']}{digits}{match['percent']}"
        yield written, number / 100 if match["percent"] else number


def _numbers(value: Any, path: Path) -> Iterator[tuple[Path, Decimal]]:
    """All numbers of a problem, with where they stand."""
    if isinstance(value, Mapping | list | tuple):
        for key, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            if (*path, key) not in _NO_DATA:
                yield from _numbers(each, (*path, key))
        return
    try:
        yield path, to_number(value)
    except ValueError:
        return


#: What is there for people, or says of numbers how they change.
_NO_DATA: Final = frozenset({("title",), ("statement",), ("source",), ("published",), ("vary",)})

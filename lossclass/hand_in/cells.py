"""What stands in one place for an answer: a number, or arithmetic that comes to one.

The one reader for answer sheets, ``--answer``, ``practice``, tables, workbooks and plain working.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic.expression import UndefinedValue
from lossclass.arithmetic.number import WORKING, read_number
from lossclass.arithmetic.parsing import UnreadableText, read

#: What says that there is no answer.
_NOTHING: Final = frozenset({"", "?", "-", "–", "—", "−", "n/a", "na", "none", "null", "~", "tbd"})


@dataclass(frozen=True)
class Cell:
    """An answer as it was written, and what it says.

    Attributes:
        written: as it was written; '' if nothing was.
        value: in its written digits; None where it is missing or cannot be read.
        working: arithmetic that was written, readable by :func:`lossclass.arithmetic.parsing.read`.
        exact: whether the value is worked out of arithmetic, so that it has no written digits.
        unreadable: why it cannot be read; '' otherwise.
        note: what was assumed in reading it, for whoever wrote it.
    """

    written: str
    value: Decimal | None = None
    working: str | None = None
    exact: bool = False
    unreadable: str = ""
    note: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether nothing is filled in."""
        return self.value is None and not self.unreadable


def read_cell(written: str | int | float | Decimal | None, working: str | None = None) -> Cell:
    """What stands in a cell.

    Args:
        working: arithmetic that stands in a place of its own beside it.
    """
    cell = _read(written)
    if not working or cell.value is None:
        return cell
    try:
        read(working)
    except UnreadableText as error:
        return replace(cell, note=f"the working cannot be read: {error}")
    return replace(cell, working=working)


def _read(written: str | int | float | Decimal | None) -> Cell:
    text = "" if written is None else str(written).strip()
    if text.casefold() in _NOTHING:
        return Cell(text)
    try:
        return Cell(text, read_number(text, infinite=True))
    except ValueError as error:
        why = str(error)
    try:
        with localcontext(WORKING):
            value = read(text).value({})
    except UnreadableText as error:
        return Cell(text, unreadable=f"it is {why}" if why.startswith("not") else str(error))
    except (UndefinedValue, ArithmeticError):
        value = Decimal("nan")
    if value.is_nan():
        return Cell(text, unreadable="it has no value")
    return Cell(text, value, text, exact=True)

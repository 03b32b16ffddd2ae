"""What all formats say in the same words; how it is written is theirs."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossclass.arithmetic.calculation import Rounding
from lossclass.arithmetic.number import as_numpy_has_it
from lossclass.second_road import NOT_MADE
from lossclass.worksheets import Layout, Show

if TYPE_CHECKING:
    from lossclass.solution import About, CrossCheck
    from lossclass.worksheets.form import SheetHead
    from lossclass.worksheets.worksheet import Worksheet

#: A sign and words for each verdict on a published number.
VERDICTS = {
    "right": ("✓", "right"),
    "follows_through": ("→", "follows from the wrong numbers before it"),
    "wrong": ("✗", "wrong"),
}
#: Digits of a library's number: it is not worked out by hand, and differences may be small.
_LIBRARY_DIGITS = 8


def foot(about: About, head: SheetHead | None = None) -> str:
    """What stands at the foot of every page, beside its number: the sheet or the problem; of a
    variant whose it is, and its id."""
    sheet = head.sheet if head else ""
    if about.variant:
        return " · ".join(filter(None, (sheet, about.student, f"variant {about.variant}")))
    return sheet or Path(about.file).stem or about.loss


def how_numbers_are_shown(digits: int, names: str, *, in_full: bool) -> str:
    """What a reader has to know of the numbers, on a board in short.

    Args:
        names: where the ids of the steps stand, as the end of "The names …".
    """
    if not in_full:
        return (
            f"Here = is exact, ≈ is rounded: to {Rounding(digits)}, or more where a line "
            f"needs them. Full precision is carried on. {names[0].upper()}{names[1:]}."
        )
    return (
        f"Results are shown to {Rounding(digits)}, or whole where a few more make them "
        "exact, and numbers on a line with as many as it takes for the line to come out: = is exact, "
        f"≈ is rounded. Full precision is carried from step to step. The names {names}."
    )


class Blank(NamedTuple):
    """What is to be filled in at the head of a worksheet: a label, what is filled in already, what
    stands behind it, and how many letters it has room for; 0 is as many as there is room."""

    label: str
    filled: str = ""
    behind: str = ""
    room: int = 0

    def typed(self, room: int) -> str:
        """It in letters, with so much room if it has none of its own."""
        filled = self.filled or "_" * (self.room or room)
        return " ".join(filter(None, (f"{self.label}:", filled, self.behind)))


def sheet_head(head: SheetHead) -> tuple[str, list[Blank], list[Blank]]:
    """What a sheet is called in its course; what stands beside that; and below, whose it is, and when it
    was worked on, where it is not said until when it has to be."""
    points = Blank("Points", "", f"of {head.points}", 6)
    beside = [Blank("Due", head.due)] * bool(head.due) + [points] * bool(head.points)
    below = [Blank("Name", head.student), Blank("ID", head.id, room=10)]
    below += [] if head.due else [Blank("Date", room=12)]
    return ", ".join(filter(None, (head.course, head.sheet))), beside, below


def how_to_fill_in(worksheet: Worksheet, names: str, where: str = "") -> str:
    """What a student has to know of a worksheet.

    Args:
        names: as above.
        where: a result is to be written, if not on the paper of all that belongs to it.
    """
    digits = f"to at least {Rounding(worksheet.digits)}"
    if worksheet.head is None and not where:
        text = f"Write the results as in the problem before, {digits}."
    else:
        on_paper = "in its row" if worksheet.layout is Layout.TABLE else "on its last line"
        if worksheet.has_tables:
            on_paper += ", or in its place in a table"
        text = (
            f"Work out the steps in order and write each result {where or on_paper}, {digits}. Go on "
            "with the number as your calculator has it, not with the rounded one. The names "
            f"{names}, as on the answer sheet."
        )
    if worksheet.show is Show.SUBSTITUTION:
        text += (
            " The numbers that are given are put in already. Where a symbol stands among them, "
            "put in your own result."
        )
    if worksheet.only:
        text += (
            f" Asked is only part of the working: {', '.join(worksheet.only)}. What else you need "
            "for it, work out on paper of your own"
        )
        text += "; lines without a blank say how." if worksheet.has_formulas else "."
    return text


def running_columns(*, is_product: bool) -> tuple[str, str, str, str]:
    """The heads of the table of a long product or sum: place, operand, its value, and what they
    come to by then."""
    if is_product:
        return "", "factor", "value", "product so far"
    return "", "term", "value", "sum so far"


def checked(check: CrossCheck) -> tuple[str, str]:
    """A sign, and a sentence on what NumPy makes of the problem."""
    if check.numpy is None:
        return "–", f"The cross-check is {NOT_MADE}."
    values = check.numpy if isinstance(check.numpy, list) else [check.numpy]
    numbers = ", ".join(map(as_numpy_has_it, values))
    text = f"NumPy, by a way of its own, gives {numbers}"
    if not check.agrees:
        return "✗", (
            f"{text}, which is not the same. Do not rely on this answer, and please report the "
            "problem file."
        )
    if not check.close:
        text += ", which is the same as far as numbers of 16 digits can tell here"
    return "✓", f"Checked: {text}."


def library_numbers(value: float | list[float] | None) -> tuple[bool, list[Decimal]]:
    """Whether what a library gives is exactly the numbers to be written, and these; none where it
    gives nothing."""
    if value is None:
        return True, []
    values = value if isinstance(value, list) else [value]
    rounded = [Decimal(f"{each:.{_LIBRARY_DIGITS}g}") for each in values]
    # doubles are off by some units in their last place
    exact = all(
        math.isclose(each, float(number), rel_tol=1e-14)
        for each, number in zip(values, rounded, strict=True)
    )
    return exact, rounded

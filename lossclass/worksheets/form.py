"""How worksheets are made: what is asked, how it stands on paper, and what stands above it."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from lossclass.records import record
from lossclass.worksheets import Layout, Show

#: Millimetres in the units in which a length is written. A point is that of printers today.
_MILLIMETRES: Final = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
_LENGTH: Final = re.compile(rf"([0-9]+(?:[.,][0-9]+)?) ?({'|'.join(_MILLIMETRES)})")
#: What a page has room for.
MOST_SPACE: Final = 240.0


@record
class SheetHead:
    """What stands at the head of a sheet of paper, and in the foot of each of its pages; what is
    empty is not known. Where a name, an id or points are not known, there is a blank for them on a
    worksheet.

    Attributes:
        course: of which it is a sheet, such as 23AD2205A.
        sheet: what it is called in the course, such as Sheet 3.
        due: until when it is to be handed in, as it was written.
        points: how many there are for it, as they are to be written.
        student: the name of whose it is.
        id: what they are told by, such as their number, where that is not the name.
    """

    course: str = ""
    sheet: str = ""
    due: str = ""
    points: str = ""
    student: str = ""
    id: str = ""


@record
class Form:
    """How worksheets are made.

    Attributes:
        show: how much of each step is shown.
        only: what is asked, where that is not all: ids, or what they begin with before a dot.
        layout: how the steps stand on paper.
        space: millimetres to work in under each step, beside its lines.
        head: what stands above.
    """

    show: Show = Show.FORMULA
    only: tuple[str, ...] = ()
    layout: Layout = Layout.LINES
    space: float = 0.0
    head: SheetHead = field(default_factory=SheetHead)


#: All steps are asked, and shown as far as by default.
EVERYTHING: Final = Form()


def millimetres(length: str) -> float:
    """A length on paper in millimetres, such as 30 for 3cm.

    Raises:
        ValueError: it is none, or more than a page has.
    """
    found = _LENGTH.fullmatch(length.strip().lower())
    if found is None:
        units = ", ".join(_MILLIMETRES)
        raise ValueError(f"expected a length such as 3cm or 25mm (in {units}), got {length!r}")
    found_length = float(found[1].replace(",", ".")) * _MILLIMETRES[found[2]]
    if found_length > MOST_SPACE:
        raise ValueError(f"{length!r} is more than a page has, which is {MOST_SPACE / 10:.0f}cm")
    return found_length

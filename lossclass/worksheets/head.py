"""The head of a sheet: what stands on it beside the problem."""

from __future__ import annotations

from lossclass.records import record


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

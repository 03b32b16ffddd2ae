"""Blackboard's upload: a table with a row for each question, its fields parted by tabs.

It has no head and no empty rows, and no feedback. The questions are HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lossclass.errors import UsageError
from lossclass.lms import Grading, content
from lossclass.lms.exercise import Exercise
from lossclass.lms.markup import number

#: So many questions Blackboard takes from a file.
MOST: Final = 250


def export(exercises: Sequence[Exercise], _grading: Grading) -> bytes:
    """A file to be uploaded into a question bank.

    Raises:
        UsageError: there are too many questions.
    """
    posed = content.posed(exercises)
    if len(posed) > MOST:
        raise UsageError(
            f"Blackboard takes at most {MOST} questions in a file, and these are {len(posed)}; "
            "export fewer problems or variants at a time"
        )
    rows = []
    for each in posed:
        text = " ".join(each.text.split())  # a tab or the end of a line would end the field
        rows.append(["NUM", text, number(each.asked.value), number(each.asked.tolerance)])
    return "\n".join(map("\t".join, rows)).encode()

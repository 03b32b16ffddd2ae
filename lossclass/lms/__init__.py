"""Exporters: from exercises to what learning platforms read, each format in a module that is
imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from lossclass.records import record

if TYPE_CHECKING:
    from lossclass.lms.exercise import Exercise


@record
class Format:
    """What has to be known of a format before there are exercises.

    Attributes:
        says: what the help says of it.
        suffix: the end of the names of its files.
        smallest: of numbers nearer to 0 than this, but 0 itself, −ln is asked for.
        takes_penalty: whether another try can cost something.
        takes_credit: whether the number of a slip can be worth something.
    """

    says: str
    suffix: str
    smallest: float
    takes_penalty: bool = False
    takes_credit: bool = False


@record
class Grading:
    """What answers are worth that are not right at once, as shares of the points.

    Attributes:
        penalty: what each wrong try costs, where there may be several.
        slip_credit: what the number of a known slip is worth: nothing, or one of
            :data:`CREDITS`, of 100.
    """

    penalty: float = 0.25
    slip_credit: float = 0.0


#: The percentages that Moodle takes for an answer that is right in part.
CREDITS = (
    5, 10, 11.11111, 12.5, 14.28571, 16.66667, 20, 25, 30, 33.33333, 40, 50, 60, 66.66667, 70, 75,
    80, 83.33333, 90,
)  # fmt: skip

Exporter: TypeAlias = "Callable[[Sequence[Exercise], Grading], bytes]"

#: Moodle takes no tolerance under 1e-28: of smaller numbers, it would take 0 as well. Nobody types
#: them elsewhere.
SMALLEST = 1e-25
#: Canvas takes smaller numbers for 0. What becomes of them in Blackboard is not known.
_FOUR_DECIMALS = 1e-4
#: The platforms and formats, by what they are called on the command line.
EXPORTERS = {
    "moodle": Format("Moodle's XML", ".xml", SMALLEST, True, True),
    "cloze": Format("Moodle's questions with gaps (cloze)", ".xml", SMALLEST, True, True),
    "gift": Format("GIFT", ".txt", SMALLEST, False, True),
    "canvas": Format("Canvas", ".zip", _FOUR_DECIMALS),
    "blackboard": Format("Blackboard's upload", ".txt", _FOUR_DECIMALS),
    "qti": Format("any other that reads QTI 2.1", ".zip", SMALLEST, False, True),
}


def exporter(name: str) -> Exporter:
    """The exporter of a format: it makes one file, the same bytes for the same exercises."""
    return cast("Exporter", import_module(f"{__name__}.{name}").export)

"""Choices that both problem files and the command line offer, without what is slow to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

LogBase: TypeAlias = Literal["e", "2", "10"]
Reduction: TypeAlias = Literal["mean", "sum", "weighted_mean", "mean_over_counted", "none"]
#: How many significant digits can be shown: a double has no more to compare with.
MOST_DIGITS_SHOWN = 15


@dataclass(frozen=True)
class Wanted:
    """What to work out beyond the loss itself.

    Attributes:
        gradient: the derivatives of the loss.
        backward: CTC's backward variables β.
        beam: CTC's prefix beam search, with so many prefixes kept; None for none.
        alignments: list all of CTC's alignments if they are not more than these.
        everything: work out as steps also what is too long to be read, such as an α of thousands
            of cells.
    """

    gradient: bool = False
    backward: bool = False
    beam: int | None = None
    alignments: int = 20
    everything: bool = False


#: The loss alone.
NOTHING_MORE = Wanted()

"""Choices that both problem files and the command line offer, without what is slow to import."""

from __future__ import annotations

from typing import Literal, TypeAlias

LogBase: TypeAlias = Literal["e", "2", "10"]
Reduction: TypeAlias = Literal["mean", "sum", "weighted_mean", "none"]
#: How many significant digits can be shown: a double has no more to compare with.
MOST_DIGITS_SHOWN = 15

"""A problem with its right answer and wrong ones, each with the mistake that leads to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Problem: TypeAlias = dict[str, Any]
#: A code, and the number that somebody gets who makes that mistake.
Wrong: TypeAlias = tuple[str, float]
Numbers: TypeAlias = Sequence[float]


@dataclass(frozen=True)
class Exercise:
    """A problem, its right answer, and wrong ones."""

    problem: Problem
    right: float
    wrong: list[Wrong] = field(default_factory=list)

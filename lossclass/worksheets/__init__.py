"""Worksheets: worked solutions with their values hidden, and the answer sheets that go with them."""

from __future__ import annotations

from enum import StrEnum


class Show(StrEnum):
    """How much of each step a worksheet shows."""

    QUESTION = "question"
    FORMULA = "formula"
    SUBSTITUTION = "substitution"

"""Worksheets: worked solutions with their values hidden, and the answer sheets that go with them."""

from __future__ import annotations

from enum import StrEnum


class Show(StrEnum):
    """How much of each step a worksheet shows."""

    QUESTION = "question"
    FORMULA = "formula"
    SUBSTITUTION = "substitution"


class Layout(StrEnum):
    """How the steps of a worksheet stand on paper: each with lines to work on, or one line a step."""

    LINES = "lines"
    TABLE = "table"

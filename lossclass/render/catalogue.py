"""What there is to solve: the losses and the bundled problems and quizzes."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text


def catalogue(
    losses: Sequence[tuple[str, ...]],
    problems: Sequence[tuple[str, ...]],
    quizzes: Sequence[tuple[str, ...]],
) -> Group:
    """Three tables: names with formulas, and twice names with titles."""
    return Group(
        _table(("loss", "other names", "formula"), losses),
        _table(("bundled problem", "title"), problems),
        _table(("bundled quiz", "title"), quizzes),
    )


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column)
    for first, *rest in rows:
        table.add_row(Text(first, style="bold"), *map(Text, rest))
    return table

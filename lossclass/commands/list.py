"""List what there is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lossclass.commands.common import console

if TYPE_CHECKING:
    from rich.table import Table


def list() -> None:
    """List the losses, and the problems and quizzes that come with lossclass.

    For example: lossclass list
    """
    from rich.console import Group

    from lossclass import losses
    from lossclass.problem.bundled import bundled_problems, bundled_quizzes
    from lossclass.problem.files import load_all
    from lossclass.quiz import quiz_file

    known = [(name, losses.load(name)) for name in losses.canonical_names()]
    console(None).print(
        Group(
            _table(
                ("loss", "other names", "formula"),
                ((name, "\n".join(loss.ALIASES), loss.FORMULA) for name, loss in known),
            ),
            _table(
                ("bundled problem", "title"),
                (
                    (name, problem.title or "")
                    for name, path in bundled_problems().items()
                    for problem in load_all(path, losses)
                ),
            ),
            _table(
                ("bundled quiz", "title"),
                ((name, quiz_file.load(path).title) for name, path in bundled_quizzes().items()),
            ),
        )
    )


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in columns:  # what is typed stands whole
        table.add_column(column, no_wrap=column != columns[-1], overflow="fold")
    for first, *rest in rows:
        table.add_row(Text(first, style="bold"), *map(Text, rest))
    return table

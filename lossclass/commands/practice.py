"""Practise a problem."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands import options
from lossclass.commands.common import console
from lossclass.commands.options import answer_sheet

Save: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Keep the answers in this file, as an answer sheet for check.",
        callback=answer_sheet,
    ),
]


def practice(
    problem: options.OneProblem,
    given: options.Given = None,
    only: options.Only = None,
    save: Save = None,
    force: options.Force = False,
) -> None:
    """Practise a problem: work it out step by step, with each answer marked at once.

    For example: lossclass practice hinge_sequence
    """
    from lossclass.errors import UsageError
    from lossclass.practice.ask import practise
    from lossclass.runs.checking import checker_of

    if problem == "-":
        raise UsageError("-: the answers come from standard input, so the problem cannot")
    practise(checker_of(problem, given=given), console(None), only or (), save, force=force)

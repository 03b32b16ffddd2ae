"""Practise a problem."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console
from lossclass.commands.options import answer_sheet, argument, complete_problem, option

OPTIONS: Final = {
    "problem": argument(
        "A problem file, or the name of a bundled problem.", autocompletion=complete_problem
    ),
    "gradient": option("Also ask for the derivatives of the loss."),
    "save": option(
        "Keep the answers in this file, as an answer sheet for check.",
        metavar="FILE.yaml",
        callback=answer_sheet,
    ),
}


def practice(
    problem: str,
    given: list[str] | None = None,
    gradient: bool = False,
    extras: options.Extras = NOTHING_MORE.extras,
    only: list[str] | None = None,
    save: Path | None = None,
    force: bool = False,
) -> None:
    """Practise a problem: work it out step by step, with each answer marked at once.

    For example: lossclass practice hinge_sequence
    """
    from lossclass.errors import UsageError
    from lossclass.practice.ask import practise
    from lossclass.runs.checking import checker_of

    if problem == "-":
        raise UsageError("-: the answers come from standard input, so the problem cannot")
    wanted = Wanted(gradient, extras=extras)
    checker = checker_of(problem, given=given, wanted=wanted)
    practise(checker, console(None), only or (), save, force=force)

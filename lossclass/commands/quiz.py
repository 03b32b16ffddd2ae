"""Ask self-assessment questions."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from lossclass.commands.common import console
from lossclass.commands.options import files_and


def _complete_quiz(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_quizzes

    return files_and(bundled_quizzes(), incomplete)


File: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A file of questions, or the name of a bundled quiz.", autocompletion=_complete_quiz
    ),
]
Answers: TypeAlias = Annotated[
    bool, typer.Option("--answers", help="Print the questions with their answers, and ask nothing.")
]
Shuffle: TypeAlias = Annotated[
    bool, typer.Option("--shuffle", help="Ask in another order each time.")
]
Seed: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="Shuffle, but always the same way for the same number."),
]


def quiz(
    file: File = "session_quiz",
    answers: Answers = False,
    shuffle: Shuffle = False,
    seed: Seed = None,
) -> None:
    """Ask self-assessment questions, one after another, and mark the answers.

    For example: lossclass quiz session_quiz
    """
    from lossclass.quiz.ask import ask
    from lossclass.quiz.key import print_key
    from lossclass.quiz.quiz_file import find, load

    asked = load(find(file))
    if shuffle or seed is not None:
        asked = asked.shuffled(seed)
    if answers:
        print_key(asked, console(None))
    else:
        ask(asked, console(None))

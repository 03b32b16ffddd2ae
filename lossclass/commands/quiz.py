"""Ask self-assessment questions."""

from __future__ import annotations

from typing import Final

from lossclass.commands.common import console
from lossclass.commands.options import argument, files_and, option


def _complete_quiz(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_quizzes

    return files_and(bundled_quizzes(), incomplete)


OPTIONS: Final = {
    "file": argument(
        "A file of questions, or the name of a bundled quiz.", autocompletion=_complete_quiz
    ),
    "answers": option("Print the questions with their answers, and ask nothing."),
    "shuffle": option("Ask in another order each time."),
    "seed": option("Shuffle, but always the same way for the same number.", metavar="N"),
}


def quiz(
    file: str = "session_quiz",
    answers: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
) -> None:
    """Ask self-assessment questions, one after another, and mark the answers.

    For example: lossclass quiz session_quiz
    """
    from lossclass.quiz.ask import ask, print_key
    from lossclass.quiz.quiz_file import find, load

    asked = load(find(file))
    if shuffle or seed is not None:
        asked = asked.shuffled(seed)
    if answers:
        print_key(asked, console(None))
    else:
        ask(asked, console(None))

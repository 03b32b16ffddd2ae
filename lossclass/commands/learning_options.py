"""The options of the commands for who learns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands.options import MOST_STUDENTS, answer_sheet, files_and, one_of
from lossclass.render import MARKS


def _complete_quiz(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_quizzes

    return files_and(bundled_quizzes(), incomplete)


Sheets: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(help="Answer sheets, or folders of them.", show_default=False),
]
Answer: TypeAlias = Annotated[
    str | None, typer.Option(metavar="X", help="The loss that was got, in the place of a sheet.")
]
CheckSeed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--seed",
        metavar="TEXT",
        help="Every student had a variant, made with this seed: mark each sheet against its own. "
        "Needs --roster or --count.",
        show_default=False,
    ),
]
CheckRoster: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="FILE.csv",
        help="The students for whom the variants were made, as in variants.",
        show_default=False,
    ),
]
CheckCount: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--count",
        min=1,
        max=MOST_STUDENTS,
        metavar="N",
        help="The variants were made for N students, called 0001, 0002, …",
        show_default=False,
    ),
]
CheckStudent: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--student",
        metavar="NAME",
        help="Whose variant --answer belongs to, with --seed.",
        show_default=False,
    ),
]
MarksFormat: TypeAlias = Annotated[str, one_of(MARKS, "How to write the marks.")]
Reveal: TypeAlias = Annotated[
    bool, typer.Option("--show", help="Also show the right lines behind the first mistake.")
]
StrictDigits: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--strict-digits",
        help="Count a number as wrong that has fewer than three significant digits and is only a "
        "rounding of ours.",
    ),
]
Lint: TypeAlias = Annotated[
    bool,
    typer.Option("--lint", help="Say which slips this problem cannot tell from the right answer."),
]
QuizFile: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A file of questions, or the name of a bundled quiz.", autocompletion=_complete_quiz
    ),
]
QuizAnswers: TypeAlias = Annotated[
    bool, typer.Option("--answers", help="Print the questions with their answers, and ask nothing.")
]
QuizShuffle: TypeAlias = Annotated[
    bool, typer.Option("--shuffle", help="Ask in another order each time.")
]
QuizSeed: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="Shuffle, but always the same way for the same number."),
]
AnswerSheet: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Also write an empty answer sheet to this file, to fill in.",
        callback=answer_sheet,
    ),
]
PracticeSave: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Keep the answers in this file, as an answer sheet for check.",
        callback=answer_sheet,
    ),
]

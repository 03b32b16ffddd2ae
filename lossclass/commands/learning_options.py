"""The options of the commands for who learns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands.options import YAML_SUFFIXES, files_and
from lossclass.worksheets import Show

MARKS_FORMATS = ("terminal", "json", "csv")


def _known_marks_format(name: str) -> str:
    if name not in MARKS_FORMATS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(MARKS_FORMATS)}.")
    return name


def _is_yaml(path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in YAML_SUFFIXES:
        raise typer.BadParameter(
            f"the answer sheet is YAML, so its name ends in .yaml, not {str(path)!r}."
        )
    return path


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
        max=10_000_000,
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
MarksFormat: TypeAlias = Annotated[
    str,
    typer.Option(
        help="How to write the marks.",
        metavar=f"[{'|'.join(MARKS_FORMATS)}]",
        callback=_known_marks_format,
    ),
]
Tolerance: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="X|X%",
        help="How far an answer may be off, in the place of what rounding can do.",
    ),
]
Reveal: TypeAlias = Annotated[
    bool, typer.Option("--show", help="Also show the right lines behind the first mistake.")
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
    int | None, typer.Option(help="Shuffle, but always the same way for the same number.")
]
WorksheetShow: TypeAlias = Annotated[
    Show,
    typer.Option(
        help="How much of each step to show: only the question, its formula too, or also the "
        "formula with the given numbers put in."
    ),
]
WorksheetOnly: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Ask only for this step, or for those whose ids begin with this, such as alpha; may be "
        "given several times.",
        show_default=False,
    ),
]
AnswerSheet: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Also write an empty answer sheet to this file, to fill in.",
        callback=_is_yaml,
    ),
]
PracticeOnly: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Practise only this step, or those whose ids begin with this; may be given several "
        "times.",
        show_default=False,
    ),
]
PracticeSave: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Keep the answers in this file, as an answer sheet for check.",
        callback=_is_yaml,
    ),
]

"""The options and arguments that several commands have: what each is called, and what its help
says. Those of one command alone stand before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from lossclass.choices import MOST_DIGITS_SHOWN
from lossclass.errors import printable
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.form import Form, millimetres
from lossclass.worksheets.head import SheetHead

#: More than any class has.
MOST_STUDENTS = 10_000_000
_YAML = (".yaml", ".yml")


def one_of(names: Iterable[str], help: str, *flags: str, **more: Any) -> Any:
    """An option that takes one of some names, or several of them if its type is a list."""
    known = tuple(names)

    def refuse_unknown(given: Any) -> Any:
        for name in [given] if isinstance(given, str) else given or ():
            if name not in known:
                raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}.")
        return given

    return typer.Option(
        *flags,
        help=f"{help} One of: {', '.join(known)}.",
        metavar="NAME",
        callback=refuse_unknown,
        autocompletion=lambda incomplete: beginning(known, incomplete),
        **more,
    )


def file_ending(what: str, *suffixes: str) -> Callable[[Path | None], Path | None]:
    """A callback that takes only names of files with one of these ends; ``what`` says why."""

    def refuse_others(path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in suffixes:
            raise typer.BadParameter(
                f"{what}, so its name ends in {suffixes[0]}, not {str(path)!r}."
            )
        return path

    return refuse_others


#: For files in which answers are written.
answer_sheet = file_ending("the answer sheet is YAML", *_YAML)


def beginning(names: Iterable[str], incomplete: str) -> list[str]:
    """The names that begin with what was typed."""
    return [name for name in names if name.startswith(incomplete)]


def complete_problem(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_problems

    return files_and(bundled_problems(), incomplete)


def files_and(bundled: Iterable[str], incomplete: str) -> list[str]:
    """Files of YAML, folders, and names of what is bundled."""
    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    places = [path for path in folder.glob("*") if path.is_dir() or path.suffix in _YAML]
    names = [f"{path}/" if path.is_dir() else str(path) for path in places]
    return beginning([*names, *bundled], incomplete)


Problems: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        help="Problem files, folders of them, names of bundled problems, or - for standard input.",
        autocompletion=complete_problem,
    ),
]
ProblemsOrExams: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        help="Problem files, folders of them, names of bundled problems, exams ('lossclass explain "
        "exams'), or - for standard input.",
        autocompletion=complete_problem,
    ),
]
OneProblem: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A problem file, or the name of a bundled problem.", autocompletion=complete_problem
    ),
]
ProblemOrExam: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A problem file, the name of a bundled problem, or an exam ('lossclass explain exams').",
        autocompletion=complete_problem,
    ),
]
Given: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="KEY=VALUE",
        help="With the name of a loss in the place of a problem, what is given for it: "
        "solve mse --given y_true=1,2 --given y_pred=1.1,1.9. Rows are 1,2;3,4.",
    ),
]
SelfCheck: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--self-check",
        help="In a workbook (.xlsx): say beside each result that is filled in whether it is right. "
        "The results are in the file then.",
    ),
]
Digits: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_DIGITS_SHOWN,
        metavar="N",
        help="Significant digits to show, if not the problem's.",
    ),
]
Gradient: TypeAlias = Annotated[
    bool, typer.Option("--gradient", help="Also work out the derivatives of the loss.")
]
#: The values of the options of :mod:`lossclass.commands.extras`, by their names.
Extras: TypeAlias = Mapping[str, Any]
Tolerance: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="X|X%",
        help="How far an answer may be off, such as 0.01 or 1%; by default right is what "
        "is our number in the digits written.",
    ),
]
Column: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The column that says who somebody is, if it is not student, id, ID number, Email "
        "address, or First name with Last name.",
    ),
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to this file, whole or not at all."),
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]


# --- worksheets ---


def _space(length: str | None) -> str | None:
    """Refuse a length that is none."""
    try:
        if length is not None:
            millimetres(length)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    return length


WorksheetShow: TypeAlias = Annotated[
    Show,
    typer.Option(
        help="How much of each step worksheets show: only the question, its formula too, or also "
        "the formula with the given numbers put in."
    ),
]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Ask only for this step, or for those whose ids begin with this, such as alpha; may be "
        "given several times.",
    ),
]
LayoutOfSteps: TypeAlias = Annotated[
    Layout,
    typer.Option(
        help="How steps stand on worksheets: lines to put the numbers in and for the result, or a "
        "table with one line a step, which takes least paper."
    ),
]
Space: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="LENGTH",
        help="Room to work in under each step of a worksheet, such as 3cm, 25mm, 1in or 40pt.",
        callback=_space,
    ),
]
Course: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", help="The course, for the head of worksheets.")
]
Heading: TypeAlias = Annotated[
    str,
    typer.Option(metavar="TEXT", help="What the worksheet is called in it, such as 'Sheet 3'."),
]
Due: TypeAlias = Annotated[
    str, typer.Option(metavar="DATE", help="Until when worksheets are to be handed in.")
]
PointsOfSheet: TypeAlias = Annotated[
    str, typer.Option(metavar="N", help="How many points there are for the worksheet.")
]


def worksheet_form(
    show: WorksheetShow = Show.FORMULA,
    only: Only = None,
    layout: LayoutOfSteps = Layout.LINES,
    space: Space = None,
    course: Course = "",
    heading: Heading = "",
    due: Due = "",
    points: PointsOfSheet = "",
) -> Form:
    """The options of all commands that write worksheets, and what is made of their values."""
    head = SheetHead(
        *(" ".join(printable(each).split()) for each in (course, heading, due, points))
    )
    return Form(show, tuple(only or ()), layout, millimetres(space) if space else 0.0, head)


#: In the place of a parameter that is annotated with it stand the options of the function.
SheetForm: TypeAlias = Annotated[Form, worksheet_form]

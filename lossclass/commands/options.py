"""The options and arguments of commands: how they are made, and those that several commands have. Those
of one command alone stand before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from lossclass.choices import MOST_DIGITS_SHOWN
from lossclass.errors import printable
from lossclass.worksheets import Layout, Show
from lossclass.worksheets.form import Form, SheetHead, millimetres

#: More than any class has.
MOST_STUDENTS = 10_000_000
_YAML = (".yaml", ".yml")


def argument(help: str, **more: Any) -> Any:
    """What stands without the name of an option."""
    return typer.Argument(help=help, **more)


def option(help: str, *flags: str, **more: Any) -> Any:
    """An option; it is called as its parameter, unless ``flags`` say otherwise."""
    return typer.Option(*flags, help=help, **more)


def one_of(names: Iterable[str], help: str, *flags: str) -> Any:
    """An option that takes one of some names, or several of them if its type is a list."""
    known = tuple(names)

    def refuse_unknown(given: Any) -> Any:
        for name in [given] if isinstance(given, str) else given or ():
            if name not in known:
                raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}.")
        return given

    return option(
        f"{help} One of: {', '.join(known)}.",
        *flags,
        metavar="NAME",
        callback=refuse_unknown,
        autocompletion=lambda incomplete: beginning(known, incomplete),
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


#: The values of the options of :mod:`lossclass.commands.parameters`, by their names.
Extras: TypeAlias = Mapping[str, Any]


def _space(length: str | None) -> str | None:
    """Refuse a length that is none."""
    try:
        if length is not None:
            millimetres(length)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    return length


#: What the help says of each, by the names of the commands' parameters; ``OPTIONS`` of a command
#: goes before it.
SHARED: Final = {
    "problems": argument(
        "Problem files, folders of them, names of bundled problems, exams ('lossclass explain "
        "exams'), or - for standard input.",
        autocompletion=complete_problem,
    ),
    "problem": argument(
        "A problem file, the name of a bundled problem, or an exam ('lossclass explain exams').",
        autocompletion=complete_problem,
    ),
    "given": option(
        "With the name of a loss in the place of a problem, what is given for it: "
        "solve mse --given y_true=1,2 --given y_pred=1.1,1.9. Rows are 1,2;3,4.",
        metavar="KEY=VALUE",
    ),
    "self_check": option(
        "In a workbook (.xlsx): say beside each result that is filled in whether it is right. "
        "The results are in the file then."
    ),
    "digits": option(
        "Significant digits to show, if not the problem's.",
        min=1,
        max=MOST_DIGITS_SHOWN,
        metavar="N",
    ),
    "gradient": option("Also work out the derivatives of the loss."),
    "column": option(
        "The column that says who somebody is, if it is not student, name, id, ID number, Email "
        "address, Username, Student ID, or First name with Last name.",
        metavar="NAME",
    ),
    "output": option("Write to this file, whole or not at all.", "--output", "-o", metavar="FILE"),
    "force": option("Write over a file that exists."),
    "show": option(
        "How much of each step worksheets show: only the question, its formula too, or also "
        "the formula with the given numbers put in."
    ),
    "only": option(
        "Ask only for this step, or for those whose ids begin with this, such as alpha; may be "
        "given several times.",
        metavar="ID",
    ),
    "layout": option(
        "How steps stand on worksheets: lines to put the numbers in and for the result, or a "
        "table with one line a step, which takes least paper."
    ),
    "space": option(
        "Room to work in under each step of a worksheet, such as 3cm, 25mm, 1in or 40pt.",
        metavar="LENGTH",
        callback=_space,
    ),
    "course": option("The course, for the head of worksheets.", metavar="TEXT"),
    "heading": option("What the worksheet is called in it, such as 'Sheet 3'.", metavar="TEXT"),
    "due": option("Until when worksheets are to be handed in.", metavar="DATE"),
    "points": option("How many points there are for the worksheet.", metavar="N"),
}


def worksheet_form(
    show: Show = Show.FORMULA,
    only: list[str] | None = None,
    layout: Layout = Layout.LINES,
    space: str | None = None,
    course: str = "",
    heading: str = "",
    due: str = "",
    points: str = "",
) -> Form:
    """The options of all commands that write worksheets, and what is made of their values."""
    head = SheetHead(
        *(" ".join(printable(each).split()) for each in (course, heading, due, points))
    )
    return Form(show, tuple(only or ()), layout, millimetres(space) if space else 0.0, head)


#: In the place of a parameter that is annotated with it stand the options of the function.
SheetForm: TypeAlias = Annotated[Form, worksheet_form]

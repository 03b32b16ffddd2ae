"""Mark hand work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console, file_of
from lossclass.commands.options import MOST_STUDENTS, one_of
from lossclass.render import GRADEBOOKS, MARKS, PAGES, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossclass.exams.assignment import Assignment
    from lossclass.exams.marking import Rules

Sheets: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(help="Answer sheets, folders of them, or tables with a row a student."),
]
Answer: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[STEP=]X",
        help="The loss that was got, in the place of a sheet; or what a step came to, such as "
        "alpha.2.1=0.3 or, in an exam, 2.loss=0.47. May be given several times.",
    ),
]
MarksFormat: TypeAlias = Annotated[
    str,
    one_of(
        MARKS,
        "How to write the marks. The last three are gradebooks, with a row a student. Points are "
        "as the problem says; else one for every step that is right, or follows from what is "
        "written before it.",
    ),
]
Reveal: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--show",
        help="Also show the right lines behind the first mistake, and several sheets in full.",
    ),
]
StrictDigits: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--strict-digits",
        help="Count a number as wrong that is only a rounding of ours to fewer significant digits "
        "than are asked: as the sheet says, else the problem (its digits), else three.",
    ),
]
Lint: TypeAlias = Annotated[
    bool,
    typer.Option("--lint", help="Say which slips this problem cannot tell from the right answer."),
]
Seed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Every student had a variant, made with this seed: mark each sheet against its own. "
        "Needs --roster or --count.",
    ),
]
Roster: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Who is in the class, .csv or .xlsx; with --seed, for whom the variants were made.",
    ),
]
Count: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_STUDENTS,
        metavar="N",
        help="The variants were made for N students, called 0001, 0002, …",
    ),
]
Student: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose variant --answer belongs to, with --seed.")
]
Asked: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Asked is only this step, or those whose ids begin with this, such as alpha: others are "
        "read, and do not count. May be given several times.",
    ),
]
Title: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="What the column of grades is called, for moodle and canvas; by default as the problem.",
    ),
]
Feedback: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Write a page for each student there, to be handed back."),
]
PageFormat: TypeAlias = Annotated[
    str, one_of(PAGES, "How to write the pages of --feedback.", "--feedback-format")
]


def check(
    problem: options.ProblemOrExam,
    sheets: Sheets = None,
    given: options.Given = None,
    answer: Answer = None,
    format: MarksFormat = "terminal",
    tolerance: options.Tolerance = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    only: Asked = None,
    show: Reveal = False,
    strict_digits: StrictDigits = False,
    lint: Lint = False,
    seed: Seed = None,
    roster: Roster = None,
    count: Count = None,
    student: Student = None,
    column: options.Column = None,
    title: Title = None,
    feedback: Feedback = None,
    feedback_format: PageFormat = "html",
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Mark hand work: where a sheet went wrong, and by which slip.

    For example: lossclass check hinge_sequence --answer 1.4
    """
    from lossclass.exams.marking import Rules
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.render import marks_writer
    from lossclass.rosters.roster import roster_of
    from lossclass.runs.checking import Class, Told, allowed_in, marking_of, to_mark
    from lossclass.runs.feedback import Pages

    to = file_of(output)
    refuse_other_kind(to, format, MARKS)
    refuse_existing(to, force=force)
    students = _class_of(seed, roster, count, given)
    marked_how = show, tolerance, strict_digits, only, format != "terminal", seed, roster, feedback
    if not lint:
        _refuse_without_a_student(student, sheets, answer, of_class=students is not None)
    elif any((sheets, answer, *marked_how)):
        raise typer.BadParameter("--lint marks nothing: it takes no sheets, nor how to mark them.")
    _refuse_what_changes_nothing(show, strict_digits, tolerance, title, format)
    how = Rules(allowed_in(tolerance), strict_digits, format in GRADEBOOKS and not answer)
    assignment = to_mark(problem, Wanted(gradient, extras=extras), only or (), given)
    if lint:
        return write(_linted(assignment, how, console(to).width), to, force=force)
    pages = None if feedback is None else Pages(feedback, feedback_format, force=force)
    known = None if students is None else roster_of(students, column)
    marking, told = marking_of(assignment, how, seed, known), Told(title, pages, format, seed)
    marked = Class(marking, sheets or [], answer or (), student or "", known, column, told)
    write(marks_writer(format)(marked, console(to), show), to, force=force)
    marked.tell_what_is_missing(steps=how.of_class and not only)
    raise typer.Exit(marked.exit_status)


def _class_of(
    seed: str | None, roster: Path | None, count: int | None, given: list[str] | None
) -> Path | int | None:
    """Who is in the class: a roster, or so many who had variants; None if that is not known."""
    if seed is not None and given:
        raise typer.BadParameter("variants are made of a problem in a file: no --given with it.")
    if seed is None and count is not None:
        raise typer.BadParameter(
            "--count says how many had a variant: give the --seed of the variants, too."
        )
    if seed is not None and (roster is None) == (count is None):
        raise typer.BadParameter(
            "--seed needs one of --roster and --count, the one with which the variants were made."
        )
    return roster if count is None else count


def _refuse_without_a_student(
    student: str | None, sheets: list[str] | None, answer: list[str] | None, *, of_class: bool
) -> None:
    if not (sheets or answer):
        raise typer.BadParameter("there is nothing to mark: name sheets, or give --answer.")
    if student is not None and not (answer and of_class):
        raise typer.BadParameter("--student says whose --answer it is, with --seed or --roster.")
    if student is None and answer and of_class:
        raise typer.BadParameter("--answer in a class needs --student: whose is it?")


def _refuse_what_changes_nothing(
    show: bool, strict_digits: bool, tolerance: str | None, title: str | None, format: str
) -> None:
    if strict_digits and tolerance is not None:
        raise typer.BadParameter("--strict-digits goes by digits: it takes no --tolerance.")
    if title is not None and format not in PLATFORMS:
        raise typer.BadParameter(f"--title is for the formats {' and '.join(PLATFORMS)}.")
    if show and format != "terminal":
        print(f"--show is for the terminal: it changes nothing in {format}", file=sys.stderr)


def _linted(assignment: Assignment, rules: Rules, width: int) -> Iterator[str]:
    """Which slips a problem cannot tell, or those of an exam."""
    from lossclass.marking.check import lint
    from lossclass.render.marks import lint_text

    for task in assignment.tasks:
        checker = rules.of_task(task)
        before = "\n" if task.number > 1 else ""
        found = lint(checker.solution, checker.diagnosis, checker.asked_digits)
        yield before + lint_text(found, checker.title, width)

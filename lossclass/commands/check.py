"""Mark hand work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console, file_of
from lossclass.commands.options import MOST_STUDENTS, argument, one_of, option
from lossclass.errors import tell
from lossclass.render import GRADEBOOKS, MARKS, PAGES, PLATFORMS, marks_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossclass.exams.assignment import Assignment
    from lossclass.exams.marking import Rules

OPTIONS: Final = {
    "sheets": argument("Answer sheets, folders of them, or tables with a row a student."),
    "answer": option(
        "The loss that was got, in the place of a sheet; or what a step came to, such as "
        "alpha.2.1=0.3 or, in an exam, 2.loss=0.47. May be given several times.",
        metavar="[STEP=]X",
    ),
    "format": one_of(
        MARKS,
        "How to write the marks. The last three are gradebooks, with a row a student. Points are "
        "as the problem says; else one for every step that is right, or follows from what is "
        "written before it.",
    ),
    "tolerance": option(
        "How far an answer may be off, such as 0.01 or 1%; by default right is what "
        "is our number in the digits written.",
        metavar="X|X%",
    ),
    "only": option(
        "Asked is only this step, or those whose ids begin with this, such as alpha: others are "
        "read, and do not count. May be given several times.",
        metavar="ID",
    ),
    "show": option(
        "Also show the right lines behind the first mistake, and several sheets in full."
    ),
    "strict_digits": option(
        "Count a number as wrong that is only a rounding of ours to fewer significant digits "
        "than are asked: as the sheet says, else the problem (its digits), else three."
    ),
    "lint": option("Say which slips this problem cannot tell from the right answer."),
    "seed": option(
        "Every student had a variant, made with this seed: mark each sheet against its own. "
        "Needs --roster or --count.",
        metavar="TEXT",
    ),
    "roster": option(
        "Who is in the class, .csv or .xlsx; with --seed, for whom the variants were made.",
        metavar="FILE",
    ),
    "count": option(
        "The variants were made for N students, called 0001, 0002, …",
        min=1,
        max=MOST_STUDENTS,
        metavar="N",
    ),
    "student": option("Whose variant --answer belongs to, with --seed.", metavar="NAME"),
    "title": option(
        "What the column of grades is called, for moodle and canvas; by default as the problem.",
        metavar="TEXT",
    ),
    "feedback": option("Write a page for each student there, to be handed back.", metavar="FOLDER"),
    "feedback_format": one_of(PAGES, "How to write the pages of --feedback."),
}


def check(
    problem: str,
    sheets: list[str] | None = None,
    given: list[str] | None = None,
    answer: list[str] | None = None,
    format: str = "terminal",
    tolerance: str | None = None,
    gradient: bool = False,
    extras: options.Extras = NOTHING_MORE.extras,
    only: list[str] | None = None,
    show: bool = False,
    strict_digits: bool = False,
    lint: bool = False,
    seed: str | None = None,
    roster: Path | None = None,
    count: int | None = None,
    student: str | None = None,
    column: str | None = None,
    title: str | None = None,
    feedback: Path | None = None,
    feedback_format: str = "html",
    output: Path | None = None,
    force: bool = False,
) -> None:
    """Mark hand work: where a sheet went wrong, and by which slip.

    For example: lossclass check hinge_sequence --answer 1.4
    """
    from lossclass.exams.marking import Rules
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.rosters.roster import roster_of
    from lossclass.runs.checking import Class, allowed_in, marking_of, to_mark
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
    marking = marking_of(assignment, how, seed, known)
    handed_in = sheets or (), answer or (), student or ""
    marked = Class(marking, *handed_in, known, column, title or "", pages, format)
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
        tell(f"--show is for the terminal: it changes nothing in {format}")


def _linted(assignment: Assignment, rules: Rules, width: int) -> Iterator[str]:
    """Which slips a problem cannot tell, or those of an exam."""
    from lossclass.marking.check import lint
    from lossclass.render.marks import lint_text

    for task in assignment.tasks:
        checker = rules.of_task(task)
        before = "\n" if task.number > 1 else ""
        found = lint(checker.solution, checker.diagnosis, checker.asked_digits)
        yield before + lint_text(found, checker.title, width)

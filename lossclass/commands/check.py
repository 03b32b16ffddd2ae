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
from lossclass.render import MARKS

if TYPE_CHECKING:
    from lossclass.marking.check import Checker

Sheets: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(help="Answer sheets, or folders of them.", show_default=False),
]
Answer: TypeAlias = Annotated[
    str | None, typer.Option(metavar="X", help="The loss that was got, in the place of a sheet.")
]
MarksFormat: TypeAlias = Annotated[str, one_of(MARKS, "How to write the marks.")]
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
        help="Count a number as wrong that has fewer than three significant digits and is only a "
        "rounding of ours.",
    ),
]
Lint: TypeAlias = Annotated[
    bool,
    typer.Option("--lint", help="Say which slips this problem cannot tell from the right answer."),
]
Seed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--seed",
        metavar="TEXT",
        help="Every student had a variant, made with this seed: mark each sheet against its own. "
        "Needs --roster or --count.",
        show_default=False,
    ),
]
Roster: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="FILE.csv",
        help="The students for whom the variants were made, as in variants.",
        show_default=False,
    ),
]
Count: TypeAlias = Annotated[
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
Student: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--student",
        metavar="NAME",
        help="Whose variant --answer belongs to, with --seed.",
        show_default=False,
    ),
]


def check(
    problem: options.OneProblem,
    sheets: Sheets = None,
    given: options.Given = None,
    answer: Answer = None,
    format: MarksFormat = "terminal",
    tolerance: options.Tolerance = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    show: Reveal = False,
    strict_digits: StrictDigits = False,
    lint: Lint = False,
    seed: Seed = None,
    roster: Roster = None,
    count: Count = None,
    student: Student = None,
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Mark hand work: where a sheet went wrong, and by which slip.

    For example: lossclass check hinge_sequence --answer 1.4
    """
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.render import marks_writer
    from lossclass.runs.checking import Class, allowed_in, checker_of, classroom_of

    to = file_of(output)
    refuse_other_kind(to, format, MARKS)
    if to is not None:
        refuse_existing(to, force=force)
    if not (sheets or answer is not None or lint):
        raise typer.BadParameter("there is nothing to mark: name sheets, or give --answer.")
    marks = sheets or answer is not None or format != "terminal"
    rules = show or tolerance is not None or strict_digits
    _refuse_beside_lint(lint, marks=bool(marks), rules=rules, of_variants=seed is not None)
    if show and format != "terminal":
        print(f"--show is for the terminal: it changes nothing in {format}", file=sys.stderr)
    students = _class_of(seed, roster, count, student, answer)
    if strict_digits and tolerance is not None:
        raise typer.BadParameter("--strict-digits goes by digits: it takes no --tolerance.")
    how = allowed_in(tolerance), Wanted(gradient, extras=extras), strict_digits
    drawn_on = console(to)
    if lint:
        write([_linted(checker_of(problem, *how, given=given), drawn_on.width)], to, force=force)
        return
    beside = format != "csv"
    if seed is None or students is None:
        checker = checker_of(problem, *how, given=given)
        marked = Class(checker, sheets or [], answer, says_beside=beside)
    else:
        room = classroom_of(problem, seed, students, *how)
        who = student or "", room.students
        marked = Class(room, sheets or [], answer, *who, says_beside=beside)
    write(marks_writer(format)(marked, drawn_on, show), to, force=force)
    marked.tell_absent()
    raise typer.Exit(marked.exit_status)


def _class_of(
    seed: str | None,
    roster: Path | None,
    count: int | None,
    student: str | None,
    answer: str | None,
) -> Path | int | None:
    """Who had variants: a roster, or so many; None if nobody had."""
    _refuse_without_a_student(student, answer, of_variants=seed is not None)
    if seed is None:
        if roster is not None or count is not None:
            raise typer.BadParameter(
                "--roster and --count say who had a variant: give the --seed of the variants, too."
            )
        return None
    if (roster is None) == (count is None):
        raise typer.BadParameter(
            "--seed needs one of --roster and --count, the one with which the variants were made."
        )
    return roster if count is None else count


def _refuse_beside_lint(lint: bool, *, marks: bool, rules: bool, of_variants: bool) -> None:
    if lint and marks:
        raise typer.BadParameter("--lint marks nothing: it takes no sheets, no answer, no format.")
    if lint and rules:
        raise typer.BadParameter(
            "--lint marks nothing: it takes no rules, and has nothing to show."
        )
    if lint and of_variants:
        raise typer.BadParameter("--lint is about the problem itself: it takes no --seed.")


def _refuse_without_a_student(
    student: str | None, answer: str | None, *, of_variants: bool
) -> None:
    if student is not None and (answer is None or not of_variants):
        raise typer.BadParameter("--student says whose --answer it is, with --seed.")
    if student is None and answer is not None and of_variants:
        raise typer.BadParameter("--answer with --seed needs --student: whose variant is it?")


def _linted(checker: Checker, width: int) -> str:
    """Which slips a problem cannot tell."""
    from lossclass.marking.check import lint
    from lossclass.render.marks import lint_text

    return lint_text(list(lint(checker.solution, checker.diagnosis)), checker.title, width)

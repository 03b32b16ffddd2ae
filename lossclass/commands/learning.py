"""Commands for who learns: marking, worksheets, practice, quizzes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import learning_options, options
from lossclass.commands.common import console, file_of, format_of
from lossclass.worksheets import Show

if TYPE_CHECKING:
    from lossclass.marking.check import Checker


def check(
    problem: options.OneProblem,
    sheets: learning_options.Sheets = None,
    answer: learning_options.Answer = None,
    format: learning_options.MarksFormat = "terminal",
    tolerance: options.Tolerance = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    show: learning_options.Reveal = False,
    strict_digits: learning_options.StrictDigits = False,
    lint: learning_options.Lint = False,
    seed: learning_options.CheckSeed = None,
    roster: learning_options.CheckRoster = None,
    count: learning_options.CheckCount = None,
    student: learning_options.CheckStudent = None,
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Mark hand work: where a sheet went wrong, and by which slip.

    For example: lossclass check hinge_sequence --answer 1.4
    """
    from lossclass.output import refuse_existing, write
    from lossclass.render import marks_writer
    from lossclass.runs.checking import Class, allowed_in, checker_of, classroom_of

    to = file_of(output)
    if to is not None:
        refuse_existing(to, force=force)
    if not (sheets or answer is not None or lint):
        raise typer.BadParameter("there is nothing to mark: name sheets, or give --answer.")
    if lint and (sheets or answer is not None or format != "terminal"):
        raise typer.BadParameter("--lint marks nothing: it takes no sheets, no answer, no format.")
    students = _class_of(seed, roster, count)
    _refuse_without_a_student(student, answer, of_variants=students is not None)
    if lint and students is not None:
        raise typer.BadParameter("--lint is about the problem itself: it takes no --seed.")
    if strict_digits and tolerance is not None:
        raise typer.BadParameter("--strict-digits goes by digits: it takes no --tolerance.")
    rules = allowed_in(tolerance), Wanted(gradient, extras=extras), strict_digits
    drawn_on = console(to)
    if lint:
        write([_linted(checker_of(problem, *rules), drawn_on.width)], to, force=force)
        return
    if seed is None or students is None:
        marked = Class(checker_of(problem, *rules), sheets or [], answer)
    else:
        room = classroom_of(problem, seed, students, *rules)
        marked = Class(room, sheets or [], answer, student=student or "", students=room.students)
    write(marks_writer(format)(marked, drawn_on, show), to, force=force)
    marked.tell_absent()
    raise typer.Exit(marked.exit_status)


def _class_of(seed: str | None, roster: Path | None, count: int | None) -> Path | int | None:
    """Who had variants: a roster, or so many; None if nobody had."""
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


def worksheet(
    problems: options.Problems,
    show: options.WorksheetShow = Show.FORMULA,
    only: options.Only = None,
    sheet: learning_options.AnswerSheet = None,
    digits: options.Digits = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Print a worksheet: what to compute, in order, with blanks for the results.

    For example: lossclass worksheet hello_ctc --sheet answers.yaml
    """
    from lossclass.output import refuse_existing, write
    from lossclass.render import worksheet_renderer
    from lossclass.runs.batch import Batch
    from lossclass.worksheets.answer_sheet import answer_sheets
    from lossclass.worksheets.composing import worksheet

    to = _file_for_worksheets(output, sheet)
    for path in filter(None, (to, sheet)):
        refuse_existing(path, force=force)
    batch = Batch(problems, {"digits": digits}, wanted=Wanted(gradient, extras=extras))
    worksheets = [worksheet(each, show, only or ()) for each in batch.solutions()]
    render, _ = worksheet_renderer(format_of(to))
    write(render(worksheets, console(to)), to, force=force)
    if sheet is not None:
        write(answer_sheets(worksheets), sheet, force=force)
    raise typer.Exit(batch.exit_status(strict=False))


def _file_for_worksheets(output: Path | None, sheet: Path | None) -> Path | None:
    """The file for worksheets, which is not that of the answer sheet."""
    from lossclass.errors import UsageError

    to = file_of(output)
    if format_of(to) == "json":
        raise UsageError(f"{to}: a worksheet is for people; it has no JSON")
    if to is not None and to == sheet:
        raise UsageError(f"{to}: the worksheet and the answer sheet need a file each")
    return to


def practice(
    problem: options.OneProblem,
    only: options.Only = None,
    save: learning_options.PracticeSave = None,
    force: options.Force = False,
) -> None:
    """Practise a problem: work it out step by step, with each answer marked at once.

    For example: lossclass practice hinge_sequence
    """
    from lossclass.practice.ask import practise, refuse_standard_input
    from lossclass.runs.checking import checker_of

    refuse_standard_input(problem)
    practise(checker_of(problem), console(None), only or (), save, force=force)


def quiz(
    file: learning_options.QuizFile = "session_quiz",
    answers: learning_options.QuizAnswers = False,
    shuffle: learning_options.QuizShuffle = False,
    seed: learning_options.QuizSeed = None,
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

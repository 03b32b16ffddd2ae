"""Give every student other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from lossclass.choices import Wanted
from lossclass.commands import options
from lossclass.commands.common import refuse_unchecked, tell_of_key
from lossclass.commands.options import MOST_STUDENTS, one_of, option
from lossclass.errors import tell
from lossclass.render import RENDERERS
from lossclass.worksheets.form import EVERYTHING

_PURPOSE: Final = "variants are made of"

if TYPE_CHECKING:
    from lossclass.exams.assignment import Assignment

#: Of how many --explain speaks.
_CLASS: Final = 40

OPTIONS: Final = {
    "output": option("The folder for everything that is made.", "--output", "-o", metavar="FOLDER"),
    "seed": option(
        "Any text or number; the same one gives every student the same numbers again.",
        metavar="TEXT",
    ),
    "count": option("For N students, called 0001, 0002, …", min=1, max=MOST_STUDENTS, metavar="N"),
    "roster": option("For the students of this table, .csv or .xlsx.", metavar="FILE"),
    "format": one_of(
        RENDERERS,
        "How to write worksheets and keys; may be given several times. By default as text.",
    ),
    "only_answers": option("Write the table of all answers, and nothing else."),
    "printed": option(
        "Also write one PDF of all worksheets, each student's on paper of their own when both "
        "sides are printed, and one of all keys.",
        "--print",
    ),
    "explain": option(
        "Make nothing: print the 'vary' with which everybody in the class (by default 40) has "
        "numbers of their own, to be put into the problem."
    ),
    "jobs": option(
        "Use N processes; for a large class, as many as processors.", min=1, metavar="N"
    ),
    "cluster": option(
        "Let the Dask cluster with this scheduler do it, such as tcp://10.0.0.5:8786.",
        metavar="ADDRESS",
    ),
}


def variants(
    problem: str,
    output: Path | None = None,
    seed: str | None = None,
    count: int | None = None,
    roster: Path | None = None,
    column: str | None = None,
    format: list[str] | None = None,
    form: options.SheetForm = EVERYTHING,
    gradient: bool = False,
    self_check: bool = False,
    only_answers: bool = False,
    printed: bool = False,
    explain: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    force: bool = False,
) -> None:
    """Give every student of a class numbers of their own: worksheets, keys, sheets, all answers.

    For example: lossclass variants hello_ctc --count 30 --seed spring -o class
    """
    from lossclass.rosters.roster import roster_of
    from lossclass.runs.batch import assignment_of
    from lossclass.variants.making import Order
    from lossclass.variants.run import run
    from lossclass.variants.statement import warnings_of

    students = _class_of(count, roster, column, explain=explain)
    for_paper = bool(format or printed or self_check or form != EVERYTHING)
    _refuse_together(jobs, cluster, only_answers=only_answers, for_paper=for_paper)
    if self_check:
        refuse_unchecked(*(format or ()))
    assignment = assignment_of(problem, _PURPOSE, Wanted(gradient), form.only)
    known = roster_of(students, column)
    if explain:
        if any((output, format, only_answers, self_check, printed, jobs, cluster, force)):
            raise typer.BadParameter("--explain makes no files: it takes no options for them.")
        _explain(assignment, seed or "", known.students)
    if output is None or seed is None:
        raise typer.BadParameter("give --output, a folder, and --seed, by which to make it again.")
    for warning in chain.from_iterable(warnings_of(task.problem) for task in assignment.tasks):
        tell(str(warning))
    order = Order(
        assignment,
        seed,
        formats=tuple(name for name in RENDERERS if name in (format or ["terminal"])),
        form=form,
        people={} if roster is None else {each: known.called(each) for each in known.students},
        self_check=self_check,
        only_answers=only_answers,
    )
    run(order, output, known.students, jobs=jobs, cluster=cluster, printed=printed, force=force)
    if self_check:
        tell_of_key(str(output))


def _refuse_together(
    jobs: int | None, cluster: str | None, *, only_answers: bool, for_paper: bool
) -> None:
    if only_answers and for_paper:
        raise typer.BadParameter("--only-answers takes no options for worksheets and keys.")
    if jobs is not None and cluster is not None:
        raise typer.BadParameter("--jobs is for this machine, --cluster for others; give one.")


def _explain(assignment: Assignment, seed: str, students: Sequence[str]) -> NoReturn:
    """Print the ``vary`` of a class, and end."""
    from lossclass.output import write
    from lossclass.variants.assigned import Assigned
    from lossclass.variants.taken import explained

    write(explained(Assigned(assignment, seed), students), None)
    raise typer.Exit


def _class_of(
    count: int | None, roster: Path | None, column: str | None, *, explain: bool
) -> Path | int:
    """Who is in the class: a roster, or so many."""
    if explain and count is None and roster is None:
        count = _CLASS
    students = count if roster is None else roster
    if students is None or (count is not None and roster is not None):
        raise typer.BadParameter("give one of --count and --roster.")
    if column is not None and roster is None:
        raise typer.BadParameter("--column names a column of a --roster.")
    return students

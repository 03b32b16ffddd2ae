"""Commands for who teaches: keys, variants for a class, questions for platforms."""

from __future__ import annotations

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options, teaching_options
from lossclass.commands.common import console, file_of
from lossclass.worksheets import Show


def key(
    problems: options.Problems,
    output: teaching_options.KeyOutput,
    format: teaching_options.KeyFormat = None,
    worksheet: teaching_options.KeyWorksheet = False,
    book: teaching_options.KeyBook = False,
    digits: options.Digits = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    force: options.Force = False,
) -> None:
    """Write answer keys to files, one for each problem or all in a book, and worksheets.

    For example: lossclass key hello_ctc hinge_sequence --worksheet -o keys
    """
    from lossclass.runs.batch import Batch
    from lossclass.runs.keys import Keys

    keys = Keys(output, format, worksheet, book, force, console(output))
    batch = Batch(problems, {"digits": digits}, wanted=Wanted(gradient, extras=extras))
    keys.write(batch)
    raise typer.Exit(batch.exit_status(strict=False))


def variants(
    problem: options.OneProblem,
    output: teaching_options.VariantsFolder,
    seed: teaching_options.VariantsSeed,
    count: teaching_options.VariantsCount = None,
    roster: teaching_options.VariantsRoster = None,
    format: teaching_options.VariantsFormat = None,
    show: options.WorksheetShow = Show.FORMULA,
    only_answers: teaching_options.OnlyAnswers = False,
    jobs: teaching_options.Jobs = None,
    cluster: teaching_options.Cluster = None,
    force: options.Force = False,
) -> None:
    """Give every student of a class numbers of their own: worksheets, keys, sheets, all answers.

    For example: lossclass variants hello_ctc --count 30 --seed spring -o class
    """
    from lossclass.render import RENDERERS
    from lossclass.runs.batch import problem_of
    from lossclass.variants.making import Order
    from lossclass.variants.roster import students_of
    from lossclass.variants.run import run
    from lossclass.variants.statement import warn

    students = count if roster is None else roster
    if students is None or (count is not None and roster is not None):
        raise typer.BadParameter("give one of --count and --roster.")
    if jobs is not None and cluster is not None:
        raise typer.BadParameter("--jobs is for this machine, --cluster for others; give one.")
    loaded = problem_of(problem, "variants are made of")
    warn(loaded)
    named = students_of(students)
    order = Order.of(
        loaded,
        seed,
        formats=tuple(name for name in RENDERERS if name in (format or ["terminal"])),
        show=show,
        only_answers=only_answers,
    )
    run(order, output, named, jobs=jobs, cluster=cluster, force=force)


def export(
    problems: options.Problems,
    platform: teaching_options.Platform,
    steps: teaching_options.ExportSteps = False,
    tolerance: options.Tolerance = None,
    count: teaching_options.ExportCount = None,
    seed: teaching_options.ExportSeed = None,
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Write problems as questions for a learning platform, with feedback for each usual slip.

    For example: lossclass export hello_ctc --to moodle -o hello.xml
    """
    from lossclass.lms import exporter
    from lossclass.output import refuse_existing, write
    from lossclass.runs.checking import allowed_in
    from lossclass.runs.exporting import Export, Others

    to = file_of(output)
    if to is not None:
        refuse_existing(to, force=force)
    if (count is None) != (seed is None):
        raise typer.BadParameter("--count and --seed go together.")
    others = None if count is None else Others(count, seed or "")
    exported = Export(problems, allowed_in(tolerance), steps=steps, others=others)
    if exercises := list(exported):
        write([exporter(platform)(exercises)], to, force=force)
    raise typer.Exit(exported.exit_status)

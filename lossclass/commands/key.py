"""Write answer keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console
from lossclass.commands.options import one_of
from lossclass.render import BOOKS, RENDERERS
from lossclass.worksheets.form import EVERYTHING

_NOT_AS_BOOKS = " or ".join(name for name in RENDERERS if name not in BOOKS)

Output: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="The file, or the folder for a file for each problem or exam.",
        metavar="FILE|FOLDER",
    ),
]
Format: TypeAlias = Annotated[
    str | None,
    one_of(RENDERERS, "How to write them; by default what the name of --output asks for, or html."),
]
Worksheet: TypeAlias = Annotated[
    bool, typer.Option("--worksheet", help="Also write worksheets, beside the keys.")
]
Book: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--book", help=f"All in one document with a table of contents; not as {_NOT_AS_BOOKS}."
    ),
]


def key(
    problems: options.ProblemsOrExams,
    output: Output,
    given: options.Given = None,
    format: Format = None,
    worksheet: Worksheet = False,
    form: options.SheetForm = EVERYTHING,
    book: Book = False,
    digits: options.Digits = None,
    gradient: options.Gradient = False,
    extras: options.Extras = NOTHING_MORE.extras,
    force: options.Force = False,
) -> None:
    """Write answer keys to files, one for each problem or all in a book, and worksheets.

    For example: lossclass key hello_ctc hinge_sequence --worksheet -o keys
    """
    from lossclass.runs.batch import Batch, with_given
    from lossclass.runs.keys import Keys

    sheets = form if worksheet else None
    if sheets is None and form != EVERYTHING:
        raise typer.BadParameter("what worksheets are like needs --worksheet, which writes them.")
    keys = Keys(output, format, sheets, book, force, console(output))
    batch = Batch(
        with_given(problems, given),
        {"digits": digits},
        wanted=Wanted(gradient, extras=extras),
        only=form.only,
    )
    keys.write(batch)
    raise typer.Exit(batch.exit_status(strict=False))

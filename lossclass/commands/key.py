"""Write answer keys."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console
from lossclass.commands.options import one_of, option
from lossclass.render import BOOKS, RENDERERS
from lossclass.worksheets.form import EVERYTHING

_NOT_AS_BOOKS = ", ".join(name for name in RENDERERS if name not in BOOKS)

OPTIONS: Final = {
    "output": option(
        "The file, or the folder for a file for each problem or exam.",
        "--output",
        "-o",
        metavar="FILE|FOLDER",
    ),
    "format": one_of(
        RENDERERS, "How to write them; by default what the name of --output asks for, or html."
    ),
    "worksheet": option("Also write worksheets, beside the keys."),
    "book": option(
        f"All in one document with a table of contents; in any format but {_NOT_AS_BOOKS}."
    ),
}


def key(
    problems: list[str],
    output: Path,
    given: list[str] | None = None,
    format: str | None = None,
    worksheet: bool = False,
    form: options.SheetForm = EVERYTHING,
    book: bool = False,
    digits: int | None = None,
    gradient: bool = False,
    extras: options.Extras = NOTHING_MORE.extras,
    force: bool = False,
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
    wanted = Wanted(gradient, extras=extras)
    batch = Batch(with_given(problems, given), {"digits": digits}, wanted=wanted, only=form.only)
    keys.write(batch)
    raise typer.Exit(batch.exit_status(strict=False))

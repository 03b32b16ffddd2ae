"""Print worksheets."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options
from lossclass.commands.common import console, file_of, format_of, refuse_unchecked, tell_of_key
from lossclass.commands.options import answer_sheet, option
from lossclass.render import RENDERERS
from lossclass.worksheets.form import EVERYTHING

OPTIONS: Final = {
    "sheet": option(
        "Also write an empty answer sheet to this file, to fill in.",
        metavar="FILE.yaml",
        callback=answer_sheet,
    ),
}


def worksheet(
    problems: list[str],
    given: list[str] | None = None,
    form: options.SheetForm = EVERYTHING,
    sheet: Path | None = None,
    digits: int | None = None,
    gradient: bool = False,
    extras: options.Extras = NOTHING_MORE.extras,
    self_check: bool = False,
    output: Path | None = None,
    force: bool = False,
) -> None:
    """Print a worksheet: what to compute, in order, with blanks for the results.

    For example: lossclass worksheet hello_ctc --sheet answers.yaml
    """
    from lossclass.exams.sheets import Sheet
    from lossclass.output import refuse_existing, write
    from lossclass.render import worksheet_renderer
    from lossclass.runs.batch import Batch, with_given
    from lossclass.runs.effects import tell_without_gradient

    to = _file_for_worksheets(output, sheet)
    if self_check:
        refuse_unchecked(format_of(to))
    refuse_existing(to, sheet, force=force)
    wanted = Wanted(gradient, extras=extras)
    batch = Batch(with_given(problems, given), {"digits": digits}, wanted=wanted, only=form.only)
    sheets = []
    for done in batch.done():
        sheets.append(Sheet.of(done.assignment, done.solutions, form, with_key=self_check))
        for each in done.worked:
            tell_without_gradient(each.problem, each.solution, wanted)
    render, _ = worksheet_renderer(format_of(to))
    write(render([each for one in sheets for each in one.worksheets], console(to)), to, force=force)
    if self_check and sheets:
        tell_of_key(str(to))
    if sheet is not None:
        write(["---\n".join(each.answer_sheet() for each in sheets)], sheet, force=force)
    raise typer.Exit(batch.exit_status(strict=False))


def _file_for_worksheets(output: Path | None, sheet: Path | None) -> Path | None:
    """The file for worksheets, which is not that of the answer sheet."""
    from lossclass.errors import UsageError
    from lossclass.output import refuse_other_kind

    to = file_of(output)
    if format_of(to) == "json":
        raise UsageError(f"{to}: a worksheet is for people; it has no JSON")
    if to is not None and to == sheet:
        raise UsageError(f"{to}: the worksheet and the answer sheet need a file each")
    refuse_other_kind(to, format_of(to), RENDERERS, option="")
    return to

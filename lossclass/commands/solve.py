"""Work problems out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from lossclass.choices import MOST_DIGITS_SHOWN, NOTHING_MORE, LogBase, Reduction, Wanted
from lossclass.commands import options
from lossclass.commands.common import console, file_of, format_of
from lossclass.commands.options import argument, complete_problem, file_ending, one_of, option
from lossclass.errors import tell
from lossclass.render import RENDERERS, Detail

if TYPE_CHECKING:
    from lossclass.runs.batch import Batch
    from lossclass.solution import Solution

OPTIONS: Final = {
    "problems": argument(
        "Problem files, folders of them, names of bundled problems, or - for standard input.",
        autocompletion=complete_problem,
    ),
    "format": one_of(
        RENDERERS, "How to write it; by default what the name of --output asks for, or terminal."
    ),
    "detail": option(
        "How much of the working to show: by default board, as a teacher writes it on the "
        "board; full leaves nothing out."
    ),
    "log_base": option("Base of logarithms, if not the problem's."),
    "reduction": option("How the losses of observations become one, if not the problem's way."),
    "round_as_you_go": option(
        "Also work it with every step rounded to N significant digits.",
        min=1,
        max=MOST_DIGITS_SHOWN,
        metavar="N",
    ),
    "updated_loss": option(
        "With train: also work out line by line the loss with the new parameters."
    ),
    "frameworks": option(
        "Also show the call in PyTorch, Keras, optax and scikit-learn, and its number."
    ),
    "plot": option(
        "Also draw the trellis to this file, or else the graph of the steps, each with its "
        "number and, with --gradient, its derivative.",
        metavar="FILE.svg",
        callback=file_ending("the picture is an SVG", ".svg"),
    ),
    "strict": option("End with status 1 if a published number is wrong."),
    "slides": option("Write a PDF as slides: 16:9, with one step more on each."),
}


def solve(
    problems: list[str],
    given: list[str] | None = None,
    format: str | None = None,
    detail: Detail | None = None,
    digits: int | None = None,
    log_base: LogBase | None = None,
    reduction: Reduction | None = None,
    round_as_you_go: int | None = None,
    gradient: bool = False,
    updated_loss: bool = False,
    extras: options.Extras = NOTHING_MORE.extras,
    frameworks: bool = False,
    plot: Path | None = None,
    output: Path | None = None,
    force: bool = False,
    strict: bool = False,
    slides: bool = False,
) -> None:
    """Work problems out, step by step.

    For example: lossclass solve hello_ctc
    """
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.render import View, renderer
    from lossclass.runs.batch import Batch, with_given

    to = file_of(output)
    written = format or format_of(to)
    refuse_other_kind(to, written, RENDERERS)
    draw = renderer(_as_slides(written, detail) if slides else written)
    refuse_existing(to, plot, force=force)
    overrides = {"digits": digits, "log_base": log_base, "reduction": reduction}
    everything = detail is Detail.FULL
    wanted = Wanted(gradient, everything, updated_loss, extras)
    batch = Batch(with_given(problems, given), overrides, round_as_you_go, frameworks, wanted)
    view = View(console(to), detail or Detail.BOARD, batch.solves_several, everything)
    if detail is not None or written == "xlsx":
        from lossclass.runs.effects import not_shown

        rounds = bool(round_as_you_go)
        for message in not_shown(detail, written, wanted, rounds=rounds, calls=frameworks):
            tell(message)
    solutions = batch.solutions() if plot is None else _plotted(batch, plot, force=force)
    write(draw(solutions, view), to, force=force)
    raise typer.Exit(batch.exit_status(strict=strict))


def _as_slides(written: str, detail: Detail | None) -> str:
    """What slides are written as.

    Raises:
        UsageError: they are asked for as something else than a PDF, or without the working.
    """
    from lossclass.errors import UsageError

    if written != "pdf":
        raise UsageError(
            f"--slides: slides are a PDF, not {written}; name a file that ends in .pdf with -o"
        )
    if detail in {Detail.ANSWER, Detail.BRIEF}:
        raise UsageError(
            f"--slides: they show the working, and --detail {detail.value} leaves it out; leave out one "
            "of the two"
        )
    return "slides"


def _plotted(batch: Batch, to: Path, *, force: bool) -> Iterator[Solution]:
    """The solution of a batch, with its picture drawn to a file on the way to its renderer. One that
    cannot be drawn is left out and told.

    Raises:
        UsageError: there are several solutions.
        FileError: the file cannot be written.
    """
    from lossclass.errors import UsageError
    from lossclass.output import write
    from lossclass.render.svg import plot

    if batch.several:
        raise UsageError("--plot draws one problem, and there are several")
    for solution in batch.solutions():
        try:
            picture = plot(solution)
        except UsageError as error:
            batch.report(UsageError(f"{to}: no picture is written: {error}"))
        else:
            write([picture], to, force=force)
        yield solution

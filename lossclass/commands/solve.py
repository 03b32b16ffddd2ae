"""Work problems out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.choices import MOST_DIGITS_SHOWN, NOTHING_MORE, LogBase, Reduction, Wanted
from lossclass.commands import options
from lossclass.commands.common import console, file_of, format_of
from lossclass.commands.options import file_ending, one_of
from lossclass.render import RENDERERS, Detail

Format: TypeAlias = Annotated[
    str | None,
    one_of(
        RENDERERS, "How to write it; by default what the name of --output asks for, or terminal."
    ),
]
HowMuch: TypeAlias = Annotated[
    Detail | None,
    typer.Option(
        help="How much of the working to show: by default board, as a teacher writes it on the "
        "board; full leaves nothing out."
    ),
]
Base: TypeAlias = Annotated[
    LogBase | None, typer.Option(help="Base of logarithms, if not the problem's.")
]
Reduce: TypeAlias = Annotated[
    Reduction | None,
    typer.Option(help="How the losses of observations become one, if not the problem's way."),
]
RoundAsYouGo: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_DIGITS_SHOWN,
        metavar="N",
        help="Also work it with every step rounded to N significant digits.",
    ),
]
UpdatedLoss: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--updated-loss",
        help="With train: also work out line by line the loss with the new parameters.",
    ),
]
Frameworks: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--frameworks",
        help="Also show the call in PyTorch, Keras, optax and scikit-learn, and its number.",
    ),
]
Plot: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.svg",
        help="Also draw the trellis to this file, or else the graph of the steps, each with its "
        "number and, with --gradient, its derivative.",
        callback=file_ending("the picture is an SVG", ".svg"),
    ),
]
Slides: TypeAlias = Annotated[
    bool,
    typer.Option("--slides", help="Write a PDF as slides: 16:9, with one step more on each."),
]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="End with status 1 if a published number is wrong.")
]


def solve(
    problems: options.Problems,
    given: options.Given = None,
    format: Format = None,
    detail: HowMuch = None,
    digits: options.Digits = None,
    log_base: Base = None,
    reduction: Reduce = None,
    round_as_you_go: RoundAsYouGo = None,
    gradient: options.Gradient = False,
    updated_loss: UpdatedLoss = False,
    extras: options.Extras = NOTHING_MORE.extras,
    frameworks: Frameworks = False,
    plot: Plot = None,
    output: options.Output = None,
    force: options.Force = False,
    strict: Strict = False,
    slides: Slides = False,
) -> None:
    """Work problems out, step by step.

    For example: lossclass solve hello_ctc
    """
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.render import View, renderer
    from lossclass.runs.batch import Batch, with_given
    from lossclass.runs.plotting import plotted

    to = file_of(output)
    written = format or format_of(to)
    refuse_other_kind(to, written, RENDERERS)
    draw = renderer(_as_slides(written, detail) if slides else written)
    refuse_existing(to, plot, force=force)
    overrides = {"digits": digits, "log_base": log_base, "reduction": reduction}
    everything = detail is Detail.FULL
    wanted = Wanted(gradient, everything, updated_loss, extras)
    batch = Batch(with_given(problems, given), overrides, round_as_you_go, frameworks, wanted)
    view = View(console(to), detail or Detail.BOARD, batch.several, everything)
    if detail is not None or written == "xlsx":
        from lossclass.runs.effects import not_shown, tell

        tell(not_shown(detail, written, wanted, rounds=bool(round_as_you_go), calls=frameworks))
    solutions = batch.solutions() if plot is None else plotted(batch, plot, force=force)
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

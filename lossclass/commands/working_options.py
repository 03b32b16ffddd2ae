"""The options of the commands that work problems out, explain, and list what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.choices import MOST_DIGITS_SHOWN, LogBase, Reduction
from lossclass.commands.options import beginning, file_ending, one_of
from lossclass.render import RENDERERS, Detail


def complete_topic(incomplete: str) -> list[str]:
    from lossclass.explanations import topics

    return beginning(topics(), incomplete)


def _complete_loss(incomplete: str) -> list[str]:
    from lossclass import losses

    return beginning(losses.canonical_names(), incomplete)


Format: TypeAlias = Annotated[
    str | None,
    one_of(
        RENDERERS, "How to write it; by default what the name of --output asks for, or terminal."
    ),
]
HowMuch: TypeAlias = Annotated[
    Detail | None,
    typer.Option(
        help="How much of the working to show. By default all of it, with what is very long cut in "
        "the middle; full leaves nothing out.",
        show_default=False,
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
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="End with status 1 if a published number is wrong.")
]
Topic: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        help="A loss or another topic; without it, they are listed.",
        autocompletion=complete_topic,
        show_default=False,
    ),
]
Versus: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Another loss, to be put beside the first.",
        metavar="LOSS",
        autocompletion=complete_topic,
    ),
]
LossName: TypeAlias = Annotated[
    str, typer.Argument(help="A loss, as in the list of losses.", autocompletion=_complete_loss)
]

"""The options and arguments of the commands: what each is called, and what its help says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.choices import MOST_DIGITS_SHOWN, NOTHING_MORE, LogBase, Reduction
from lossclass.render import RENDERERS, Detail

YAML_SUFFIXES = (".yaml", ".yml")


def known_format(name: str | None) -> str | None:
    if name is not None and name not in RENDERERS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(RENDERERS)}.")
    return name


def _is_svg(path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() != ".svg":
        raise typer.BadParameter(
            f"the picture is an SVG, so its name ends in .svg, not {str(path)!r}."
        )
    return path


def complete_format(incomplete: str) -> list[str]:
    return [name for name in RENDERERS if name.startswith(incomplete)]


def complete_problem(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_problems

    return files_and(bundled_problems(), incomplete)


def files_and(bundled: Iterable[str], incomplete: str) -> list[str]:
    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    places = [path for path in folder.glob("*") if path.is_dir() or path.suffix in YAML_SUFFIXES]
    names = [f"{path}/" if path.is_dir() else str(path) for path in places]
    return [name for name in [*names, *bundled] if name.startswith(incomplete)]


def complete_topic(incomplete: str) -> list[str]:
    from lossclass.explanations import topics

    return [name for name in topics() if name.startswith(incomplete)]


def complete_loss(incomplete: str) -> list[str]:
    from lossclass import losses

    return [name for name in losses.canonical_names() if name.startswith(incomplete)]


Problems: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        help="Problem files, folders of them, names of bundled problems, or - for standard input.",
        autocompletion=complete_problem,
        show_default=False,
    ),
]
Format: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="How to write it; by default what the name of --output asks for, or terminal.",
        metavar=f"[{'|'.join(RENDERERS)}]",
        callback=known_format,
        autocompletion=complete_format,
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
Digits: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_DIGITS_SHOWN, help="Significant digits to show, if not the problem's."
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
Gradient: TypeAlias = Annotated[
    bool, typer.Option("--gradient", help="Also work out the derivatives of the loss.")
]
Backward: TypeAlias = Annotated[
    bool, typer.Option("--backward", help="CTC: also work out the backward variables β.")
]
Beam: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="CTC: also work prefix beam search, with N prefixes kept."
    ),
]
Alignments: TypeAlias = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="CTC: list all alignments if there are not more than N.",
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
        metavar="FILE.svg", help="CTC: also draw the trellis to this file.", callback=_is_svg
    ),
]
Output: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file, whole or not at all.")
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="End with status 1 if a published number is wrong.")
]
OneProblem: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A problem file, or the name of a bundled problem.",
        autocompletion=complete_problem,
        show_default=False,
    ),
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
    str, typer.Argument(help="A loss, as in the list of losses.", autocompletion=complete_loss)
]
MOST_ALIGNMENTS = NOTHING_MORE.alignments

"""The command line. Each command loads, does, renders and writes; the rest is elsewhere.

Only what every command needs is imported up here, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lossclass import __version__
from lossclass.choices import MOST_DIGITS_SHOWN, LogBase, Reduction
from lossclass.errors import LossclassError
from lossclass.render import RENDERERS, Detail

if TYPE_CHECKING:
    from rich.console import Console

YAML_SUFFIXES = (".yaml", ".yml")

app = typer.Typer(
    help="Worked solutions for the loss functions of recurrent neural networks: every product, "
    "sum and logarithm, to check hand work against.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line. Every error that is meant for users ends here."""
    _start_quickly()
    _speak_utf8()
    try:
        app(prog_name="lossclass")
    except LossclassError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)
    except BrokenPipeError:  # whoever read our output has seen enough, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _start_quickly() -> None:
    """Spare a short run what only pays in a long one: looking for cycles among objects that all
    stay, and for plugins of pydantic in everything that is installed."""
    gc.set_threshold(50_000)
    gc.enable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _speak_utf8() -> None:
    """Write UTF-8 also where the locale says otherwise: formulas need it, JSON promises it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lossclass {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """What stands before any command."""


def _known_format(name: str | None) -> str | None:
    if name is not None and name not in RENDERERS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(RENDERERS)}.")
    return name


def _complete_format(incomplete: str) -> list[str]:
    return [name for name in RENDERERS if name.startswith(incomplete)]


def _complete_problem(incomplete: str) -> list[str]:
    from lossclass.problem.bundled import bundled_problems

    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    places = [path for path in folder.glob("*") if path.is_dir() or path.suffix in YAML_SUFFIXES]
    names = [f"{path}/" if path.is_dir() else str(path) for path in places]
    return [name for name in [*names, *bundled_problems()] if name.startswith(incomplete)]


@app.command()
def solve(
    problems: Annotated[
        list[str],
        typer.Argument(
            help="Problem files, folders of them, names of bundled problems, or - for standard input.",
            autocompletion=_complete_problem,
            show_default=False,
        ),
    ],
    format: Annotated[
        str | None,
        typer.Option(
            help="How to write it; by default what the name of --output asks for, or terminal.",
            metavar=f"[{'|'.join(RENDERERS)}]",
            callback=_known_format,
            autocompletion=_complete_format,
        ),
    ] = None,
    detail: Annotated[Detail, typer.Option(help="How much of the working to show.")] = Detail.FULL,
    digits: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_DIGITS_SHOWN, help="Significant digits to show, if not the problem's."
        ),
    ] = None,
    log_base: Annotated[
        LogBase | None, typer.Option(help="Base of logarithms, if not the problem's.")
    ] = None,
    reduction: Annotated[
        Reduction | None,
        typer.Option(help="How the losses of observations become one, if not the problem's way."),
    ] = None,
    round_as_you_go: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_DIGITS_SHOWN,
            metavar="N",
            help="Also work it with every step rounded to N significant digits.",
        ),
    ] = None,
    frameworks: Annotated[
        bool,
        typer.Option(
            "--frameworks",
            help="Also show the call in PyTorch, Keras, optax and scikit-learn, and its number.",
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, whole or not at all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 1 if a published number is wrong.")
    ] = False,
) -> None:
    """Work problems out, step by step.

    For example: lossclass solve hello_ctc
    """
    from lossclass.batch import Batch
    from lossclass.output import refuse_existing, write
    from lossclass.render import View, renderer

    to = None if output is None or str(output) == "-" else output
    if to is not None:
        refuse_existing(to, force=force)
    given = {"digits": digits, "log_base": log_base, "reduction": reduction}
    overrides = {key: value for key, value in given.items() if value is not None}
    batch = Batch(problems, overrides, round_as_you_go, frameworks)
    view = View(_console(to), detail, batch.several)
    write(renderer(format or _format_of(to))(batch.solutions(), view), to, force=force)
    raise typer.Exit(batch.exit_status(strict=strict))


def _format_of(to: Path | None) -> str:
    """The format that a file's name asks for."""
    suffix = to.suffix.lower() if to else ""
    return next((name for name, each in RENDERERS.items() if each == suffix), "terminal")


def _console(to: Path | None) -> Console:
    """Width and colours of standard output; plain and 80 wide for a file."""
    from rich.console import Console

    if to is None:
        return Console()
    return Console(width=80, color_system=None, force_terminal=False)


def _complete_topic(incomplete: str) -> list[str]:
    from lossclass.explanations import topics

    return [name for name in topics() if name.startswith(incomplete)]


@app.command()
def explain(
    topic: Annotated[
        str | None,
        typer.Argument(
            help="A loss or another topic; without it, they are listed.",
            autocompletion=_complete_topic,
            show_default=False,
        ),
    ] = None,
    versus: Annotated[
        str | None,
        typer.Option(
            help="Another loss, to be put beside the first.",
            metavar="LOSS",
            autocompletion=_complete_topic,
        ),
    ] = None,
) -> None:
    """Explain a loss, or another topic of the course.

    For example: lossclass explain hinge, or: lossclass explain mse --versus cross_entropy
    """
    from lossclass import explanations
    from lossclass.output import write

    if topic is None and versus is not None:
        raise typer.BadParameter("--versus needs a loss to put the other beside.")
    if topic is None:
        write([explanations.overview().text(_console(None))], None)
    elif versus is None:
        write([explanations.explain(topic).text(_console(None))], None)
    else:
        write([explanations.compare(topic, versus).text(_console(None))], None)


@app.command(name="list")
def list_() -> None:
    """List the losses, and the problems that come with lossclass.

    For example: lossclass list
    """
    from lossclass import losses
    from lossclass.problem.bundled import bundled_problems
    from lossclass.problem.files import load_all
    from lossclass.render.catalogue import catalogue

    known = [(name, losses.load(name)) for name in losses.canonical_names()]
    _console(None).print(
        catalogue(
            [(name, ", ".join(loss.ALIASES), loss.FORMULA) for name, loss in known],
            [
                (name, problem.title or "")
                for name, path in bundled_problems().items()
                for problem in load_all(path, losses)
            ],
        )
    )


def _complete_loss(incomplete: str) -> list[str]:
    from lossclass import losses

    return [name for name in losses.canonical_names() if name.startswith(incomplete)]


@app.command()
def new(
    loss: Annotated[
        str, typer.Argument(help="A loss, as in the list of losses.", autocompletion=_complete_loss)
    ],
) -> None:
    """Print a problem to start from, with every key explained. It solves as it is.

    For example: lossclass new ctc > my_problem.yaml
    """
    from lossclass import losses
    from lossclass.errors import UsageError
    from lossclass.losses._template import template
    from lossclass.suggest import nearest

    name = losses.canonical_name(loss)
    if name is None:
        near = nearest(loss.lower(), losses.names())
        hint = f"did you mean {near!r}?" if near else "'lossclass list' shows those that there are"
        raise UsageError(f"no loss is called {loss!r}; {hint}")
    print(template(name), end="")


@app.command()
def schema() -> None:
    """Print the JSON Schema of problem files, for editors that check them while you write.

    For example: lossclass schema > lossclass.schema.json
    """
    import json

    from lossclass import losses
    from lossclass.problem.schema import problem_schema

    print(json.dumps(problem_schema(losses), indent=2, ensure_ascii=False))

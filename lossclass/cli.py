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

from lossclass import __version__, options
from lossclass.choices import Wanted
from lossclass.errors import LossclassError
from lossclass.render import RENDERERS, Detail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from lossclass.batch import Batch
    from lossclass.solution import Solution

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
def before_any_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """What stands before any command."""


@app.command()
def solve(
    problems: options.Problems,
    format: options.Format = None,
    detail: options.HowMuch = None,
    digits: options.Digits = None,
    log_base: options.Base = None,
    reduction: options.Reduce = None,
    round_as_you_go: options.RoundAsYouGo = None,
    gradient: options.Gradient = False,
    backward: options.Backward = False,
    beam: options.Beam = None,
    alignments: options.Alignments = options.MOST_ALIGNMENTS,
    frameworks: options.Frameworks = False,
    plot: options.Plot = None,
    output: options.Output = None,
    force: options.Force = False,
    strict: options.Strict = False,
) -> None:
    """Work problems out, step by step.

    For example: lossclass solve hello_ctc
    """
    from lossclass.batch import Batch
    from lossclass.output import refuse_existing, write
    from lossclass.render import View, renderer

    to = None if output is None or str(output) == "-" else output
    for path in filter(None, (to, plot)):
        refuse_existing(path, force=force)
    given = {"digits": digits, "log_base": log_base, "reduction": reduction}
    overrides = {key: value for key, value in given.items() if value is not None}
    everything = detail is Detail.FULL
    wanted = Wanted(gradient, backward, beam, alignments, everything)
    batch = Batch(problems, overrides, round_as_you_go, frameworks, wanted)
    view = View(_console(to), detail or Detail.FULL, batch.several, everything)
    solutions = batch.solutions() if plot is None else _plotted(batch, plot, force=force)
    write(renderer(format or _format_of(to))(solutions, view), to, force=force)
    raise typer.Exit(batch.exit_status(strict=strict))


def _plotted(batch: Batch, to: Path, *, force: bool) -> Iterator[Solution]:
    """The solution of a batch, with its picture drawn to a file."""
    from lossclass.errors import UsageError
    from lossclass.output import write
    from lossclass.render.svg import plot

    if batch.several:
        raise UsageError("--plot draws one problem, and there are several")
    for solution in batch.solutions():
        write([plot(solution)], to, force=force)
        yield solution


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


@app.command()
def explain(topic: options.Topic = None, versus: options.Versus = None) -> None:
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


@app.command()
def new(loss: options.LossName) -> None:
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

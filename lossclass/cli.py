"""The command line. Each command loads, does, renders and writes; the rest is elsewhere.

Only what every command needs is imported up here, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lossclass import __version__
from lossclass.commands import learning, teaching, working
from lossclass.errors import LossclassError

if TYPE_CHECKING:
    pass


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


for command in (
    working.solve,
    learning.check,
    learning.worksheet,
    learning.practice,
    learning.quiz,
    working.explain,
    teaching.key,
    teaching.variants,
    teaching.export,
):
    app.command()(command)
app.command(name="list")(working.list_)
app.command()(working.new)
app.command()(working.schema)

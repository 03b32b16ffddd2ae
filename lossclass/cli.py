"""The command line. Each command loads, does, renders and writes; the rest is elsewhere.

Only what every command needs is imported up here, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from lossclass import __version__
from lossclass.commands import Commands
from lossclass.errors import FileError, LossclassError, printable
from lossclass.streams import prepare_streams

app = typer.Typer(
    cls=Commands,
    help="Worked solutions for the loss functions of recurrent neural networks: every product, "
    "sum and logarithm, to check hand work against.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line. Every error that is meant for users ends here."""
    _start_quickly()
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        try:
            app(prog_name="lossclass")
        finally:
            sys.stdout.flush()  # in here, for a disk may be found full only now
    except LossclassError as error:
        from lossclass.problem.bundled import with_names

        _fail(str(with_names(error)), error.exit_status)
    except OSError as error:  # a name that no file can have, a folder that is gone
        place = f"{printable(str(error.filename))}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}", FileError.exit_status)
    except MemoryError:
        _fail("there is not enough memory for this", FileError.exit_status)


def _fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(status)


def _terminate(number: int, _frame: object) -> NoReturn:
    """End as Ctrl-C does, so that nothing half-written is left."""
    sys.exit(128 + number)


def _start_quickly() -> None:
    """Spare a short run what only pays in a long one: looking for cycles among objects that all
    stay, for plugins of pydantic in everything that is installed, and a processor's threads for
    NumPy, whose arrays are small here."""
    gc.set_threshold(200_000)
    gc.enable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lossclass {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def before_any_command(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """What stands before any command; alone, what there is to try."""
    if context.invoked_subcommand is None:
        from lossclass.commands.greeting import greet

        greet()

"""Write a problem to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from lossclass.commands.common import console, file_of
from lossclass.commands.options import argument, beginning, option


def _complete_loss(incomplete: str) -> list[str]:
    from lossclass import losses
    from lossclass.rnn.inputs import CELLS

    return beginning((*losses.canonical_names(), *CELLS), incomplete)


OPTIONS: Final = {
    "loss": argument(
        "A loss, as in the list of losses; or rnn, gru or lstm.", autocompletion=_complete_loss
    ),
    "ask": option("Ask for the numbers, key by key, and write the file."),
}


def new(loss: str, ask: bool = False, output: Path | None = None, force: bool = False) -> None:
    """Print a problem to start from, with every key explained; it solves as it is. Or ask for one.

    For example: lossclass new ctc > my_problem.yaml, lossclass new mse --ask, or, with all keys of a
    network: lossclass new gru
    """
    from lossclass import losses
    from lossclass.errors import UsageError
    from lossclass.losses._template import network_template, template
    from lossclass.output import write
    from lossclass.problem.problem import no_such_loss
    from lossclass.problem.words import loss_named
    from lossclass.rnn.inputs import CELLS
    from lossclass.runs.new_problem import ask_for_problem

    to = file_of(output)
    if loss.lower() in CELLS:
        if ask:
            raise UsageError("--ask asks for a loss; a network's template is filled in by hand")
        write([network_template(loss.lower())], to, force=force)
        return
    named = loss_named(loss, losses)
    if named.loss is None:
        raise UsageError(no_such_loss(loss, [*losses.names(), *CELLS], named.says))
    if not ask:
        write([template(named.loss)], to, force=force)
        return
    if to is None and sys.stdin.isatty() and not sys.stdout.isatty():
        raise UsageError("--ask talks on the terminal: name the file for the problem with -o")
    ask_for_problem(named, console(None), to, force=force)

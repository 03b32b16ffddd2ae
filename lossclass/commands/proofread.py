"""Find the numbers in a document that do not come out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import typer

from lossclass.commands.common import file_of
from lossclass.commands.options import argument, one_of

FORMATS: Final = ("text", "json")

OPTIONS: Final = {
    "documents": argument(
        "Documents (.txt, .md, .tex, .ipynb), folders of them, or - for standard input."
    ),
    "format": one_of(FORMATS, "How to write what was found."),
}


def proofread(
    documents: list[str], format: str = "text", output: Path | None = None, force: bool = False
) -> None:
    """Proof-read documents: which equalities of numbers do not come out, line by line.

    No problem is needed. It ends with status 1 if one is wrong, for handouts that are checked by a
    machine; what rounding of the numbers in the line explains is told, and is not wrong.

    For example: lossclass proofread handout.md
    """
    from lossclass.output import refuse_existing, write
    from lossclass.runs.proofreading import Proofreading

    to = file_of(output)
    refuse_existing(to, force=force)
    run = Proofreading(documents)
    write(run.text() if format == "text" else run.json(), to, force=force)
    raise typer.Exit(run.exit_status)

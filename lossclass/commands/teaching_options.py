"""The options of the commands for who teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands.options import MOST_STUDENTS, one_of
from lossclass.lms import EXPORTERS
from lossclass.render import BOOKS, RENDERERS

*_OTHERS, _LAST = EXPORTERS.values()
_PLATFORMS = f"{', '.join(_OTHERS)}, or {_LAST}"
_NOT_AS_BOOKS = " or ".join(name for name in RENDERERS if name not in BOOKS)

VariantsFolder: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FOLDER", help="The folder for everything that is made."
    ),
]
VariantsSeed: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Any text or number; the same one gives every student the same numbers again.",
    ),
]
VariantsCount: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_STUDENTS, metavar="N", help="For N students, called 0001, 0002, …"
    ),
]
VariantsRoster: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv", help="For the students in the column student or id of this table."
    ),
]
OnlyAnswers: TypeAlias = Annotated[
    bool, typer.Option("--only-answers", help="Write the table of all answers, and nothing else.")
]
Jobs: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Use N processes; for a large class, as many as processors."
    ),
]
VariantsFormat: TypeAlias = Annotated[
    list[str] | None,
    one_of(
        RENDERERS,
        "How to write worksheets and keys; may be given several times. By default as text.",
        "--format",
        show_default=False,
    ),
]
Cluster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Let the Dask cluster with this scheduler do it, such as tcp://10.0.0.5:8786.",
    ),
]
Platform: TypeAlias = Annotated[
    str,
    one_of(EXPORTERS, f"What it is for: {_PLATFORMS}.", "--to", show_default=False),
]
ExportSteps: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--steps", help="Ask for every step that a worksheet asks for, not for the loss alone."
    ),
]
ExportCount: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--count", min=1, metavar="N", help="Ask N variants of each problem, with other numbers."
    ),
]
ExportSeed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--seed",
        metavar="TEXT",
        help="Any text or number, for --count; the same one gives the same numbers again.",
        show_default=False,
    ),
]
KeyOutput: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="The file, or the folder for a file for each problem.",
        metavar="FILE|FOLDER",
        show_default=False,
    ),
]
KeyFormat: TypeAlias = Annotated[
    str | None,
    one_of(RENDERERS, "How to write them; by default what the name of --output asks for, or html."),
]
KeyWorksheet: TypeAlias = Annotated[
    bool, typer.Option("--worksheet", help="Also write worksheets, beside the keys.")
]
KeyBook: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--book",
        help=f"All in one document with a table of contents; not as {_NOT_AS_BOOKS}.",
    ),
]

"""The options of the commands for who teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lossclass.commands.options import complete_format, known_format
from lossclass.lms import EXPORTERS
from lossclass.render import RENDERERS


def _known_formats(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        known_format(name)
    return names


def _known_platform(name: str) -> str:
    if name not in EXPORTERS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(EXPORTERS)}.")
    return name


def _complete_platform(incomplete: str) -> list[str]:
    return [name for name in EXPORTERS if name.startswith(incomplete)]


VariantsFolder: TypeAlias = Annotated[
    Path, typer.Option("--output", "-o", help="The folder for everything that is made.")
]
VariantsSeed: TypeAlias = Annotated[
    str,
    typer.Option(help="Any text or number; the same one gives every student the same numbers."),
]
VariantsCount: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=10_000_000, metavar="N", help="For N students, called 0001, 0002, …"),
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
    typer.Option(
        "--format",
        help="How to write worksheets and keys; may be given several times. By default as text.",
        metavar=f"[{'|'.join(RENDERERS)}]",
        callback=_known_formats,
        autocompletion=complete_format,
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
    typer.Option(
        "--to",
        help="What it is for: Moodle's XML, its questions with gaps (cloze), GIFT, Canvas, or any "
        "platform that reads QTI 2.1.",
        metavar=f"[{'|'.join(EXPORTERS)}]",
        callback=_known_platform,
        autocompletion=_complete_platform,
        show_default=False,
    ),
]
ExportSteps: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--steps", help="Ask for every step that a worksheet asks for, not for the loss alone."
    ),
]
ExportTolerance: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--tolerance",
        metavar="NUMBER|PERCENT",
        help="How far an answer may be off, such as 0.01 or 1%; by default what rounding to three "
        "significant digits can do.",
        show_default=False,
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
    typer.Option(
        help="How to write them; by default what the name of --output asks for, or html.",
        metavar=f"[{'|'.join(RENDERERS)}]",
        callback=known_format,
        autocompletion=complete_format,
    ),
]
KeyWorksheet: TypeAlias = Annotated[
    bool, typer.Option("--worksheet", help="Also write worksheets, beside the keys.")
]
KeyBook: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--book", help="All in one document with a table of contents; not as json or svg."
    ),
]

"""Write questions for learning platforms."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from lossclass.commands import options
from lossclass.commands.common import file_of
from lossclass.commands.options import one_of
from lossclass.lms import EXPORTERS

*_OTHERS, _LAST = EXPORTERS.values()
_PLATFORMS = f"{', '.join(_OTHERS)}, or {_LAST}"

Platform: TypeAlias = Annotated[str, one_of(EXPORTERS, f"What it is for: {_PLATFORMS}.", "--to")]
Steps: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--steps", help="Ask for every step that a worksheet asks for, not for the loss alone."
    ),
]
Count: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Ask N variants of each problem, with other numbers."),
]
Seed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Any text or number, for --count; the same one gives the same numbers again.",
    ),
]


def export(
    problems: options.Problems,
    platform: Platform,
    steps: Steps = False,
    tolerance: options.Tolerance = None,
    count: Count = None,
    seed: Seed = None,
    output: options.Output = None,
    force: options.Force = False,
) -> None:
    """Write problems as questions for a learning platform, with feedback for each usual slip.

    For example: lossclass export hello_ctc --to moodle -o hello.xml
    """
    from lossclass.lms import SUFFIXES, exporter
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.runs.checking import allowed_in
    from lossclass.runs.exporting import Export

    to = file_of(output)
    refuse_other_kind(to, platform, SUFFIXES, option="--to")
    refuse_existing(to, force=force)
    if (count is None) != (seed is None):
        raise typer.BadParameter("--count and --seed go together.")
    allowed = allowed_in(tolerance)
    exported = Export(problems, allowed, steps=steps, count=count, seed=seed or "")
    if exercises := list(exported):
        write([exporter(platform)(exercises)], to, force=force)
    raise typer.Exit(exported.exit_status)

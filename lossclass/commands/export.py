"""Write questions for learning platforms."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import typer

from lossclass.commands.common import file_of
from lossclass.commands.options import one_of, option
from lossclass.lms import CREDITS, EXPORTERS, Grading

*_OTHERS, _LAST = (each.says for each in EXPORTERS.values())
_PLATFORMS = (
    f"What it is for: {', '.join(_OTHERS)}, or {_LAST}. For Canvas, take canvas: it "
    "imports QTI 2.1 too, and then no answer is right."
)

_PENALTY = Grading().penalty

OPTIONS: Final = {
    "platform": one_of(EXPORTERS, _PLATFORMS, "--to"),
    "steps": option(
        "Ask for every step that a worksheet asks for, not for the loss alone. An exam says itself "
        "what is asked."
    ),
    "tolerance": option(
        "How far an answer may be off, such as 0.01 or 1%; by default, as far as rounding to "
        "three significant digits can move it.",
        metavar="X|X%",
    ),
    "count": option("Ask N variants of each problem, with other numbers.", min=1, metavar="N"),
    "seed": option(
        "Any text or number, for --count; the same one gives the same numbers again.",
        metavar="TEXT",
    ),
    "penalty": option(
        "What each wrong try costs, as a share of the points, where a quiz lets students try "
        "again. For moodle and cloze.",
        min=0,
        max=1,
        metavar="SHARE",
    ),
    "slip_credit": option(
        "What the number of a known slip is worth: a percentage that Moodle knows, such as 25 or "
        "50. Not for Canvas and Blackboard.",
        metavar="PERCENT",
    ),
}


def export(
    problems: list[str],
    platform: str,
    steps: bool = False,
    tolerance: str | None = None,
    count: int | None = None,
    seed: str | None = None,
    penalty: float = _PENALTY,
    slip_credit: float = 0,
    output: Path | None = None,
    force: bool = False,
) -> None:
    """Write problems as questions for a learning platform, with feedback for each usual slip where
    the platform has a place for it.

    A file that is imported twice makes every question twice.

    For example: lossclass export hello_ctc --to moodle -o hello.xml
    """
    from lossclass.lms import exporter
    from lossclass.output import refuse_existing, refuse_other_kind, write
    from lossclass.runs.checking import allowed_in
    from lossclass.runs.exporting import Export

    to = file_of(output)
    suffixes = {name: each.suffix for name, each in EXPORTERS.items()}
    refuse_other_kind(to, platform, suffixes, option="--to")
    refuse_existing(to, force=force)
    if (count is None) != (seed is None):
        raise typer.BadParameter("--count and --seed go together.")
    grading = _grading(platform, penalty, slip_credit)
    exported = Export(
        problems,
        allowed_in(tolerance),
        steps=steps,
        count=count,
        seed=seed or "",
        smallest=EXPORTERS[platform].smallest,
    )
    if exercises := list(exported):
        write([exporter(platform)(exercises, grading)], to, force=force)
    raise typer.Exit(exported.exit_status)


def _grading(platform: str, penalty: float, slip_credit: float) -> Grading:
    """What the options say, if the platform can do it."""
    format = EXPORTERS[platform]
    if penalty != _PENALTY and not format.takes_penalty:
        raise typer.BadParameter(f"--penalty changes nothing for {platform}; leave it out.")
    if slip_credit and not format.takes_credit:
        raise typer.BadParameter(f"--slip-credit: {platform} gives none for slips; leave it out.")
    if slip_credit and slip_credit not in CREDITS:
        known = ", ".join(f"{each:.7g}" for each in CREDITS)
        raise typer.BadParameter(f"--slip-credit {slip_credit:.7g} is not one of {known}.")
    return Grading(penalty, slip_credit / 100)

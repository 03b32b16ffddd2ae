"""What several commands need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lossclass.render import RENDERERS

if TYPE_CHECKING:
    from rich.console import Console


def format_of(to: Path | None) -> str:
    """The format that a file's name asks for."""
    suffix = to.suffix.lower() if to else ""
    return next((name for name, each in RENDERERS.items() if each == suffix), "terminal")


def console(to: Path | None) -> Console:
    """Width and colours of standard output; plain and 80 wide for a file."""
    from rich.console import Console

    if to is None:
        return Console()
    return Console(width=80, color_system=None, force_terminal=False)


def file_of(output: Path | None) -> Path | None:
    """The file that --output names; None for standard output, which may be called -."""
    return None if output is None or str(output) == "-" else output

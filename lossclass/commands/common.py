"""What several commands need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lossclass.errors import UsageError, tell
from lossclass.render import format_of_file, paper_console

if TYPE_CHECKING:
    from rich.console import Console


def format_of(to: Path | None) -> str:
    """The format that a file's name asks for; what the terminal shows if it asks for none."""
    return (format_of_file(to) if to else None) or "terminal"


def console(to: Path | None) -> Console:
    """Width and colours of standard output; plain and 80 wide for a file."""
    if to is None:
        from rich.console import Console

        return Console()
    return paper_console()


def file_of(output: Path | None) -> Path | None:
    """The file that --output names; None for standard output, which may be called -."""
    return None if output is None or str(output) == "-" else output


def refuse_unchecked(*formats: str) -> None:
    """Refuse a worksheet that is to check itself and cannot.

    Raises:
        UsageError: none of the formats is a workbook.
    """
    if "xlsx" not in formats:
        raise UsageError(
            "--self-check: only a workbook checks itself; name a file that ends in .xlsx with -o, or "
            "give variants --format xlsx"
        )


def tell_of_key(place: str) -> None:
    """Say that a workbook that checks itself can be read."""
    tell(
        f"{place}: for --self-check the results are in it, where who looks into its cells finds them"
    )

"""Tables in the terminal: columns side by side, in pieces where they are too wide."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text

from lossclass.render.cutting import Limits, Piece, pieces_of

INDENT = 2
GAP = 3


def table(
    columns: Iterable[str], rows: Iterable[Iterable[str]], width: int, limits: Limits | None
) -> Text:
    """A table of texts, at most ``width`` cells wide if its columns allow it.

    Rich's own tables take a third of the time of a whole run.

    Args:
        limits: from where on it is cut; None for never.
    """
    head, body = tuple(columns), [tuple(row) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(head, *body, strict=True)]
    pieces, notes = pieces_of(head, body, widths, width - INDENT, GAP, limits)
    left = " " * INDENT
    drawn = Text("\n\n").join(map(_drawn, pieces))
    return Text("").join([drawn, *(Text(f"\n{left}{note}", "dim") for note in notes)])


def _drawn(piece: Piece) -> Text:
    cells = [piece.head, *piece.rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    head, *body = (
        (" " * GAP).join(c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        for row in cells
    )
    left = " " * INDENT
    return Text.assemble(
        (f"{left}{head}\n{left}{'─' * cell_len(head)}", "dim"),
        *(f"\n{left}{row.rstrip()}" for row in body),
    )

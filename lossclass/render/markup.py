"""What a format for documents has to know: how it writes each kind of thing, and nothing of
solutions. :mod:`lossclass.render.document` and :mod:`lossclass.render.paper` say what to write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.cells import cell_len

from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.render.cutting import Limits, Piece, pieces_of
from lossclass.render.mathematics import HIGH

_ROOM = 84
_GAP = 2


class Markup(ABC):
    """A format. What is called ``written`` is in this format already; a ``text`` is not, and may
    hold anything."""

    #: An empty place in a line of mathematics and in a table, to be filled in by hand.
    blank: str
    empty_cell: str

    @abstractmethod
    def text(self, text: str) -> str:
        """Any text, so that nothing in it is obeyed."""

    @abstractmethod
    def strong(self, written: str) -> str: ...

    @abstractmethod
    def code(self, text: str) -> str:
        """A name, inside a line."""

    @abstractmethod
    def math(self, latex: str) -> str:
        """Mathematics inside a line, from LaTeX's notation."""

    @abstractmethod
    def equation(self, lines: Iterable[tuple[str, str, str]]) -> str:
        """Displayed mathematics: left sides, signs and right sides."""

    @abstractmethod
    def title(self, text: str) -> str: ...

    @abstractmethod
    def section(self, text: str) -> str: ...

    @abstractmethod
    def step(self, title: str, id: str, equation: str) -> str:
        """A step under its heading; the equation is written."""

    @abstractmethod
    def remark(self, text: str) -> str:
        """Something that stands out."""

    @abstractmethod
    def listing(self, text: str, language: str) -> str:
        """Text in which every space counts."""

    @abstractmethod
    def piece(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table of what is written, as wide as it is."""

    @abstractmethod
    def lines(self, written: Iterable[str]) -> str:
        """A paragraph whose lines stay lines."""

    def number(self, number: Decimal) -> str:
        """A number inside a line."""
        return self.math(HIGH.number(number))

    def symbol(self, symbol: Symbol) -> str:
        """A symbol inside a line."""
        return self.math(HIGH.symbol(symbol))

    def cell(self, cell: str | Decimal | Symbol | None) -> tuple[str, int]:
        """What stands in a cell, and about how wide it is."""
        match cell:
            case None:
                return self.empty_cell, 8
            case Decimal():
                return self.number(cell), cell_len(PLAIN.number(cell))
            case Symbol():
                return self.symbol(cell), cell_len(PLAIN.symbol(cell))
        return self.text(cell), cell_len(cell)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Iterable[tuple[str, int]]],
        limits: Limits | None,
    ) -> str:
        """A table of cells with their widths, cut and in pieces where it is too large."""
        body = [tuple(row) for row in rows]
        widths = [
            max([cell_len(head), *(row[column][1] for row in body)])
            for column, head in enumerate(columns)
        ]
        written = [[cell for cell, _ in row] for row in body]
        pieces, notes = pieces_of([*columns], written, widths, _ROOM, _GAP, limits)
        return "\n".join([*map(self._piece, pieces), *map(self.text_line, notes)]).rstrip("\n")

    def text_line(self, text: str) -> str:
        """A paragraph of any text."""
        return self.lines([self.text(text)])

    def _piece(self, piece: Piece) -> str:
        return self.piece([self.text(each) for each in piece.head], piece.rows)

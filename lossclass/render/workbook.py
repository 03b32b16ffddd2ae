"""A living workbook: the steps as formulas of a spreadsheet, over given numbers that can be changed.

On the sheet Working, each step is a row, and so it is on that of a worksheet, with an empty cell
for its result. The steps and numbers of a solution that stand in no row of it are on the sheet
Other. What says whose and of which problem it is stands in cells with fixed names; they and the ids
beside the steps are what ``lossclass check`` reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lossclass.render import View, refuse_uninstalled

if TYPE_CHECKING:
    from lossclass.solution import Solution
    from lossclass.worksheets.worksheet import Worksheet


def render(solutions: Iterable[Solution], _: View) -> Iterator[bytes]:
    """All solutions in one workbook, each on sheets of its own.

    Raises:
        UsageError: the package ``openpyxl`` is not installed.
    """
    refuse_uninstalled("xlsx")
    from lossclass.render.workbook_file import Book
    from lossclass.render.workbook_sheets import Solved

    book: Book | None = None
    for number, solution in enumerate(solutions, start=1):
        book = book or Book(solution.about.title)
        Solved(book, solution, number).write()
    if book:
        yield from book.pieces()


def render_worksheet(worksheets: Iterable[Worksheet]) -> Iterator[bytes]:
    """All worksheets in one workbook, each on sheets of its own.

    Raises:
        UsageError: the package ``openpyxl`` is not installed.
    """
    refuse_uninstalled("xlsx")
    from lossclass.render.workbook_file import Book
    from lossclass.render.workbook_sheets import Asked

    book: Book | None = None
    for number, worksheet in enumerate(worksheets, start=1):
        book = book or Book(worksheet.about.title)
        Asked(book, worksheet, number).write()
    if book:
        yield from book.pieces()

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


def render(written: Iterable[Solution | Worksheet], _: View | None = None) -> Iterator[bytes]:
    """All solutions or worksheets in one workbook, each on sheets of its own.

    Raises:
        UsageError: the package ``openpyxl`` is not installed.
    """
    refuse_uninstalled("xlsx")
    from lossclass.render.workbook_file import Book
    from lossclass.render.workbook_sheets import write

    book: Book | None = None
    for number, each in enumerate(written, start=1):
        book = book or Book(each.about.title)
        write(book, each, number)
    if book:
        yield from book.pieces()


render_worksheet = render

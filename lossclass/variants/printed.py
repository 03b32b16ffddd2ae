"""All worksheets of a class in one PDF, to be printed at once, and all keys in another.

FOLDER/worksheets.pdf        each student begins on an odd page, so that a duplex printer puts no
two of them on one sheet of paper
FOLDER/keys.pdf              in the same order
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lossclass.errors import UsageError
from lossclass.output import write
from lossclass.progress import with_progress
from lossclass.render import refuse_uninstalled
from lossclass.variants.assigned import Picks
from lossclass.variants.making import Given, Maker

#: The files, as seen from the folder of the class.
PRINTED: Final = ("worksheets.pdf", "keys.pdf")
#: A larger class would be a document that nothing typesets.
MOST_PRINTED: Final = 1_000


def refuse_unprintable(students: Sequence[str]) -> None:
    """Say early that a class cannot be printed.

    Raises:
        UsageError: what makes PDF is not installed, or there are too many students.
    """
    refuse_uninstalled("pdf")
    if len(students) > MOST_PRINTED:
        raise UsageError(
            f"--print: expected at most {MOST_PRINTED} students, got {len(students)}; with --format pdf "
            "everybody has a file"
        )


def print_class(maker: Maker, folder: Path, picks: Sequence[Picks]) -> None:
    """Write those of the two files that are not there.

    Args:
        picks: what each student has.

    Raises:
        LossclassError: a student cannot have a variant, or a file cannot be written.
    """
    from lossclass.render import pdf, typst

    def sheet(given: Given) -> Iterator[str]:
        return typst.render_worksheet(given.sheet.worksheets)

    def key(given: Given) -> Iterator[str]:
        return typst.render(given.solutions, maker.view(given))

    for name, source_of in zip(PRINTED, (sheet, key), strict=True):
        if not (folder / name).exists():
            all = with_progress(picks, f"Printing {name}", "students", printing=False)
            sources = ((each[0].student, source_of(maker.given(each))) for each in all)
            write(pdf.joined(sources, odd_pages=source_of is sheet), folder / name)

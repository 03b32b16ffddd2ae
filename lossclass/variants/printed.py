"""All worksheets of a class in one PDF, to be printed at once, and all keys in another.

FOLDER/worksheets.pdf        each student begins on an odd page, so that a duplex printer puts no
two of them on one sheet of paper
FOLDER/keys.pdf              in the same order
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lossclass.errors import UsageError
from lossclass.output import write
from lossclass.progress import with_progress
from lossclass.render import refuse_uninstalled
from lossclass.variants.assigned import Picks
from lossclass.variants.making import Maker

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
    worksheets, keys = (folder / name for name in PRINTED)
    if worksheets.exists() and keys.exists():
        return
    from lossclass.render import typst
    from lossclass.render.pdf import Joined

    with TemporaryDirectory() as of_sheets, TemporaryDirectory() as of_keys:
        all_sheets, all_keys = Joined(Path(of_sheets), odd_pages=True), Joined(Path(of_keys))
        for each in with_progress(picks, "Printing", "students", printing=False):
            given = maker.given(each)
            name = each[0].student
            if not worksheets.exists():
                all_sheets.add(name, typst.render_worksheet(given.sheet.worksheets))
            if not keys.exists():
                all_keys.add(name, typst.render(given.solutions, maker.view(given)))
        for joined, to in ((all_sheets, worksheets), (all_keys, keys)):
            if not to.exists():
                write(joined.file(), to)

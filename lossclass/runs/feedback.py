"""Pages to hand back: one for each student, in a folder."""

from __future__ import annotations

from pathlib import Path

from lossclass.errors import FileError
from lossclass.marking.check import AnyChecked
from lossclass.output import make_folder, write
from lossclass.render import PAGES
from lossclass.render.feedback import feedback
from lossclass.render.gradebook import who
from lossclass.rosters.roster import Roster, file_name


class Pages:
    """Writes the page of each sheet, whole or not at all; of several sheets of a student, that of
    the last in which something stands.

    Args:
        form: one of ``PAGES``.
        force: write over what is in the folder.

    Raises:
        FileError: there is something in the folder, and ``force`` is not given.
    """

    def __init__(self, folder: Path, form: str, *, force: bool) -> None:
        self._folder = folder
        self._form = form
        #: Whose page has which name.
        self._written: dict[str, object] = {}
        if not force and folder.exists() and any(folder.iterdir()):
            raise FileError(
                f"{folder}: there is something in this folder already; --force writes over it"
            )

    def holds(self, path: Path) -> bool:
        """Whether a file is one of these pages, from another time."""
        return path.resolve().is_relative_to(self._folder.resolve())

    def keep(self, checked: AnyChecked, roster: Roster | None) -> None:
        """Write the page of a sheet; none of one in which nothing stands.

        Raises:
            FileError: it cannot be written.
        """
        if all(mark.verdict == "missing" for mark in checked.marks):
            return
        student = checked.sheet.student
        name = roster.full_name(student) if roster else student
        text = feedback(checked, name, self._form)
        make_folder(self._folder)
        path = self._folder / f"{self._name_of(checked)}{PAGES[self._form]}"
        write([text], path, force=True)

    def _name_of(self, checked: AnyChecked) -> str:
        """A name that is no other student's on any system."""
        key = who(checked) or object()
        plain = name = file_name(checked.sheet.student)
        number = 1
        while self._written.setdefault(name.casefold(), key) != key:
            number += 1
            name = f"{plain}-{number}"
        return name

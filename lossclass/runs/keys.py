"""Answer keys: solutions in files, one a problem or all in a book, and worksheets beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lossclass.errors import UsageError
from lossclass.exams.sheets import Sheet
from lossclass.output import make_folder, refuse_existing, refuse_other_kind, write
from lossclass.render import (
    BOOKS,
    RENDERERS,
    View,
    format_of_file,
    refuse_uninstalled,
    renderer,
    worksheet_renderer,
)
from lossclass.worksheets.form import EVERYTHING, Form

if TYPE_CHECKING:
    from rich.console import Console

    from lossclass.runs.batch import Batch, Done

_UNLESS_ASKED = "html"
_WORKSHEET = ".worksheet"
_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


@dataclass
class Keys:
    """Where keys go, and how they are written.

    Args:
        to: a file, if its name ends as those of a format do; else a folder.
        format: a name of ``RENDERERS``, or None for what the name of the file asks for.
        form: how worksheets beside them are made; None for no worksheets.
        book: write one document instead of one for each problem.
        force: write over files that exist.

    Raises:
        UsageError: the format cannot be a book, or needs what is not installed.
    """

    to: Path
    format: str | None
    form: Form | None
    book: bool
    force: bool
    console: Console
    _names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if str(self.to) == "-":
            raise UsageError("-: keys are written to files; name a file or a folder")
        found = format_of_file(self.to)
        self.is_file = found is not None and not self.to.is_dir()
        self.format = self.format or (found if self.is_file else None) or _UNLESS_ASKED
        if not self.to.is_dir():
            refuse_other_kind(self.to, self.format, RENDERERS)
        if self.book and self.format not in BOOKS:
            raise UsageError(
                f"--book can be {', '.join(BOOKS)}, not {self.format}, which has no table of "
                "contents; leave --book out for a file of each problem"
            )
        refuse_uninstalled(self.format)

    def write(self, batch: Batch) -> None:
        """Write the keys of a batch, each file whole.

        Raises:
            UsageError: there are several problems for one file that is no book.
            FileError: a file exists, or cannot be written.
        """
        if batch.several and self.is_file and not self.book:
            raise UsageError(
                f"{self.to}: this is one file, and there are several problems; name a folder, or "
                "put them into a --book"
            )
        self._refuse_early(batch)
        batch.printing = False
        if self.book:
            self._write(list(batch.done()), self._paths("keys"))
            return
        for done in batch.done():
            about = done.solutions[0].about
            self._write([done], self._paths(_name(done.assignment.file or about.loss)))

    def _refuse_early(self, batch: Batch) -> None:
        """Look for files in the way, as far as their names can be known before any work."""
        names = ["keys"] if self.book else [_name(str(each)) for each in batch.sources]
        paths = (path for name in names for path in self._paths_of(name))
        refuse_existing(*paths, force=self.force)

    def _paths(self, name: str) -> Iterator[Path]:
        """The files for a name that nothing has had yet."""
        found, number = name, 1
        while found.casefold() in self._names:
            number += 1
            found = f"{name}-{number}"
        self._names.add(found.casefold())
        return self._paths_of(found)

    def _paths_of(self, name: str) -> Iterator[Path]:
        """The file of a key, and that of its worksheet if there is to be one."""
        suffix = RENDERERS[str(self.format)]
        path = self.to if self.is_file else self.to / f"{name}{suffix}"
        yield path
        if self.form:
            _, own_suffix = worksheet_renderer(str(self.format))
            yield path.with_name(f"{path.stem}{_WORKSHEET}{own_suffix}")

    def _write(self, all: list[Done], paths: Iterator[Path]) -> None:
        solutions = [each for done in all for each in done.solutions]
        if not solutions:
            return
        worked = (each for done in all for each in done.worked)
        counted = {each.solution: each.task.points_in(each.solution) for each in worked}
        several = self.book or len(solutions) > 1  # an exam is one document
        view = View(self.console, several=several, contents=self.book, points=counted.__getitem__)
        path = next(paths)
        make_folder(path.parent)
        write(renderer(str(self.format))(solutions, view), path, force=self.force)
        for beside in paths:
            form = self.form or EVERYTHING
            made = (Sheet.of(done.assignment, done.solutions, form) for done in all)
            sheets = [each for sheet in made for each in sheet.worksheets]
            draw, _ = worksheet_renderer(str(self.format))
            write(draw(sheets, self.console), beside, force=self.force)


def _name(file: str) -> str:
    """What the files of a problem are called: like its own, as far as any system can have that."""
    return _NOT_IN_NAMES.sub("_", Path(file).stem).strip("._-") or "problem"

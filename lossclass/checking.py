"""Marking in one run: a problem, and sheets from files and folders."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from lossclass import losses
from lossclass.arithmetic.number import read_number
from lossclass.batch import sources_of
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import FileError, LossclassError, UsageError
from lossclass.marking.check import Checked, Checker
from lossclass.marking.marks import Allowed
from lossclass.marking.sheets import Sheet, sheet_of, sheets_in
from lossclass.problem.files import load_all, only, yaml_files
from lossclass.progress import with_progress
from lossclass.solving import diagnosis_of, solve


def allowed_in(text: str | None) -> Allowed | None:
    """The tolerance that a text writes: ``0.01`` or ``1%``.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    is_share = text.rstrip().endswith("%")
    try:
        number = read_number(text.rstrip().removesuffix("%"))
    except ValueError:
        number = Decimal(-1)
    if number < 0:
        raise UsageError(
            f"--tolerance: expected a number or a percentage, such as 1%, got {text!r}"
        )
    return Allowed(number / 100 if is_share else number, is_share)


def checker_of(
    problem: str, allowed: Allowed | None = None, wanted: Wanted = NOTHING_MORE
) -> Checker:
    """What marks the sheets of a problem, a file or a bundled one.

    Args:
        allowed: a tolerance in the place of what rounding can do.
        wanted: what may be answered beyond the loss.

    Raises:
        LossclassError: it cannot be read or is not valid, or there are several.
    """
    sources = sources_of(problem)
    if len(sources) != 1:
        raise UsageError(
            f"{problem}: sheets are marked against one problem, and there are {len(sources)}"
        )
    loaded = only(load_all(sources[0], losses), problem)
    solution = solve(loaded, wanted=wanted)
    return Checker(solution, diagnosis_of(loaded, solution), allowed)


class Class:
    """The sheets that the arguments of a command name; a broken one is told, and left out.

    Args:
        places: files and folders.
        answer: the loss alone, in the place of a sheet.
    """

    def __init__(self, checker: Checker, places: Sequence[str], answer: str | None = None) -> None:
        self.checker = checker
        self.answer = answer
        self.status = 0
        self.has_mistakes = False
        self.paths = [path for place in places for path in _sheets_at(place)]

    def __iter__(self) -> Iterator[Checked]:
        """The marks of each sheet."""
        if self.answer is not None:
            yield from self._marked([sheet_of(self.answer)])
        for path in with_progress(self.paths, "Marking"):
            try:
                yield from self._marked(sheets_in(path))
            except LossclassError as error:
                self._report(error)

    def _marked(self, sheets: Sequence[Sheet] | Iterator[Sheet]) -> Iterator[Checked]:
        for sheet in sheets:
            try:
                checked = self.checker.check(sheet)
            except LossclassError as error:
                self._report(error)
                continue
            self.has_mistakes |= not checked.is_right
            yield checked

    def _report(self, error: LossclassError) -> None:
        print(error, file=sys.stderr)
        self.status = max(self.status, error.exit_status)

    @property
    def exit_status(self) -> int:
        """What the run ends with: 1 if something is wrong, unless it is worse."""
        return self.status or int(self.has_mistakes)


def _sheets_at(place: str) -> list[Path]:
    path = Path(place)
    if path.is_dir():
        return list(yaml_files(path))
    if not path.exists():
        raise FileError(f"{place}: there is no such file or folder")
    return [path]

"""Marking in one run: a problem or its variants, and sheets from files and folders."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lossclass.arithmetic.number import read_number
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import FileError, LossclassError, UsageError, printable
from lossclass.hand_in.reading import files_in, sheets_in
from lossclass.hand_in.sheet import Sheet, sheet_of
from lossclass.marking.check import Checked, Checker
from lossclass.marking.marks import Allowed
from lossclass.progress import with_progress
from lossclass.runs.batch import Run, problem_of, with_given
from lossclass.solving import diagnosis_of, solve

if TYPE_CHECKING:
    from lossclass.variants.classroom import Classroom

#: So many students without a sheet are named.
_MOST_NAMED = 10
_PURPOSE = "sheets are marked against"


class Marking(Protocol):
    """What marks sheets: against one problem, or each against a variant of it."""

    @property
    def title(self) -> str:
        """The title of the problem."""

    def check(self, sheet: Sheet) -> Checked:
        """The marks of a sheet."""


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
    problem: str,
    allowed: Allowed | None = None,
    wanted: Wanted = NOTHING_MORE,
    strict_digits: bool = False,
    given: Sequence[str] | None = None,
) -> Checker:
    """What marks the sheets of a problem, a file or a bundled one.

    Args:
        allowed: a tolerance in the place of what the digits say.
        wanted: what may be answered beyond the loss.
        strict_digits: whether a number with fewer digits than asked is wrong.
        given: what is given for a loss in the place of a problem, see
            :func:`lossclass.runs.batch.with_given`.

    Raises:
        LossclassError: it cannot be read or is not valid, or there are several.
    """
    (argument,) = with_given([problem], given)
    loaded = problem_of(argument, _PURPOSE)
    solution = solve(loaded, wanted=wanted)
    if wanted != NOTHING_MORE:
        from lossclass.runs.effects import tell, without_effect

        tell(without_effect(loaded, solution, {}, wanted))
    return Checker(solution, diagnosis_of(loaded, solution), allowed, strict_digits=strict_digits)


def classroom_of(
    problem: str,
    seed: str,
    students: int | Path,
    allowed: Allowed | None = None,
    wanted: Wanted = NOTHING_MORE,
    strict_digits: bool = False,
) -> Classroom:
    """What marks the sheets of a class in which every student had a variant of a problem.

    Args:
        seed: the one with which the variants were made.
        students: a roster, or how many there are.
        allowed, wanted, strict_digits: see :func:`checker_of`.

    Raises:
        LossclassError: something cannot be read or is not valid, or the problem has no variants.
    """
    from lossclass.rosters.roster import roster_of
    from lossclass.variants.classroom import Classroom

    loaded = problem_of(problem, _PURPOSE)
    return Classroom(
        loaded, seed, roster_of(students).students, allowed, wanted, strict_digits=strict_digits
    )


class Class(Run):
    """The sheets that the arguments of a command name; a broken one is told, and left out.

    Args:
        places: files and folders.
        answer: the loss alone, in the place of a sheet.
        student: whose answer it is.
        students: those who had a variant; None where all had the problem as it is.
        says_beside: whether what there is to say of a sheet is written beside its marks; otherwise it
            is told here.

    Raises:
        FileError: one of the places is not there, or a folder has no sheets.
    """

    def __init__(
        self,
        checker: Marking,
        places: Sequence[str],
        answer: str | None = None,
        student: str = "",
        students: Sequence[str] | None = None,
        *,
        says_beside: bool = True,
    ) -> None:
        super().__init__()
        self.says_beside = says_beside
        self.checker = checker
        self.answer = answer
        self.student = student
        self.students = students
        self.has_mistakes = False
        self.paths = [path for place in places for path in _sheets_at(place)]
        self._is_of_many = len(places) > 1 or any(Path(place).is_dir() for place in places)
        #: Where the first sheet of each student was.
        self._marked_at: dict[str, str] = {}

    @property
    def title(self) -> str:
        """The title of the problem."""
        return self.checker.title

    @property
    def has_variants(self) -> bool:
        """Whether every student had a variant."""
        return self.students is not None

    def __iter__(self) -> Iterator[Checked]:
        """The marks of each sheet."""
        if self.answer is not None:
            yield from self._marked(
                [replace(sheet_of(self.answer), student=self.student)], "--answer"
            )
        for path in with_progress(self.paths, "Marking", "sheets"):
            try:
                yield from self._marked(sheets_in(path), str(path))
            except LossclassError as error:
                self.report(error)

    @property
    def absent(self) -> Sequence[str]:
        """Who is in the class, and has no sheet that was marked; to be asked at the end. Nobody,
        where one sheet was to be marked and not those of a class."""
        if not self._is_of_many and len(self._marked_at) < 2:
            return []
        return [each for each in self.students or () if each not in self._marked_at]

    def tell_absent(self) -> None:
        """Say of whom there was no sheet."""
        absent = self.absent
        if not absent:
            return
        count = f"{len(absent)} of the {len(self.students or ())} students in the class"
        named = "; ".join(map(printable, absent[:_MOST_NAMED]))
        more = len(absent) - _MOST_NAMED
        print(
            f"{count} {'has' if len(absent) == 1 else 'have'} no marked sheet: {named}"
            f"{f'; and {more} more' if more > 0 else ''}",
            file=sys.stderr,
        )

    def _marked(self, sheets: Iterable[Sheet], place: str) -> Iterator[Checked]:
        for sheet in sheets:
            try:
                checked = self.checker.check(sheet)
            except LossclassError as error:
                self.report(error)
                continue
            self._remember(checked.sheet.student, place)
            self.has_mistakes |= not checked.is_right
            if not self.says_beside:
                for text in checked.said:
                    print(printable(text), file=sys.stderr)
            yield checked

    def _remember(self, student: str, place: str) -> None:
        """Say if there was a sheet of a student before; only a class tells who is the same."""
        if not self.has_variants:
            return
        if (first := self._marked_at.get(student)) is not None:
            where = "" if first == place else f", in {first}"
            message = f"{place}: {student!r} has a sheet already{where}; each is marked by itself"
            print(printable(message), file=sys.stderr)
        self._marked_at.setdefault(student, place)

    @property
    def exit_status(self) -> int:
        """What the run ends with: 1 if something is wrong, unless it is worse."""
        return self.status or int(self.has_mistakes)


def _sheets_at(place: str) -> list[Path]:
    if not place:  # it would mean the working folder
        raise FileError("'': a name is empty")
    path = Path(place)
    if path.is_dir():
        from lossclass.variants.folder import MANIFEST
        from lossclass.variants.making import SHEETS

        # What 'variants' made has the sheets beside problems, which are no sheets.
        made = path / SHEETS
        is_class = (path / MANIFEST).is_file() and made.is_dir()
        return files_in(made if is_class else path)
    if not path.exists():
        raise FileError(f"{place}: there is no such file or folder")
    return [path]

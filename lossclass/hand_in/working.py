"""Sheets of working as it is written on paper, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.items import told_at_head
from lossclass.hand_in.lines import Line, lines_of
from lossclass.hand_in.parts import Asked, sections
from lossclass.hand_in.placing import Placing
from lossclass.hand_in.sheet import Answers, Sheet, digits_asked
from lossclass.records import record
from lossclass.solution import Solution


def sheets(path: Path | str) -> Iterator[Sheet]:
    """The sheet of a file with working; whose it is a line says (``Name: …``), or else the file's
    name, or the first line, if that is the name of somebody in the class.

    Raises:
        FileError: it cannot be read.
        InvalidProblem: it is no text, or no notebook.
    """
    lines = lines_of(path)
    told = told_at_head(lines)
    named = told.get("name") or told.get("student") or told.get("id", "")
    first = lines[0].text.strip() if lines and not named else ""
    yield WrittenWorking(
        named or Path(path).stem,
        digits=digits_asked(" ".join(line.text for line in lines)),
        is_named=bool(named),
        id=told.get("id", ""),
        also_called=(first,) if any(map(str.isalpha, first)) else (),
        place=str(path),
        lines=tuple(lines),
    )


@record
class WrittenWorking(Sheet):
    """A sheet of working."""

    lines: tuple[Line, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no line."""
        return not self.lines

    def parts(self, problems: Sequence[Asked]) -> tuple[Sequence[Sheet], list[str]]:
        """The working of each of several problems.

        Raises:
            InvalidProblem: no line says of which problem it is.
        """
        self._check_filled()
        found, said = sections(self.lines, len(problems))
        if found is None:
            message = (
                "no line says of which problem it is; write 'Problem 1', 'Problem 2' … above the "
                "working of each"
            )
            raise InvalidProblem([Mistake(each, file=self.place) for each in said or [message]])
        return [replace(self, lines=tuple(each), problem=None) for each in found], said

    def answers_to(self, solution: Solution) -> Answers:
        """The answers, by the steps of a solution; the loss is asked even if it is not there.

        Raises:
            InvalidProblem: nothing in it is an answer to one of the steps.
        """
        self._check_filled()
        self.check_fits(solution.about.file)
        answers = Placing(self.lines, solution).answers()
        if all(cell.is_missing for cell in answers.cells.values()):
            message = "no line in it works out or names a step of this problem"
            said = (message, *answers.said)
            raise InvalidProblem([Mistake(each, file=self.place) for each in said])
        return answers

    def _check_filled(self) -> None:
        if self.is_empty:
            raise InvalidProblem([Mistake("there is nothing in it", file=self.place)])

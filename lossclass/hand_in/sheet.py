"""What one person handed in, however it was written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.cells import Cell, read_cell
from lossclass.hand_in.names import Names
from lossclass.problem.bundled import called
from lossclass.solution import Solution


@dataclass(frozen=True)
class Answers:
    """The answers of a sheet to the steps of a solution.

    Attributes:
        cells: by step id.
        said: what is to be said beside the marks, a line each: what fits no step, and so on.
    """

    cells: Mapping[str, Cell]
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What somebody answered.

    Attributes:
        student: whose it is; the name of its file where it does not say.
        cells: by the names that are written for the steps.
        problem: which problem it says that it answers, if it says so.
        variant: the id of the variant that it says that it answers, if it says so.
        is_named: whether it says whose it is.
        place: where it stands, for messages: a file, or a file and a line.
        mistakes: what is wrong with it of itself; such a sheet is not marked.
    """

    student: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    problem: str | None = None
    variant: str | None = None
    is_named: bool = False
    place: str = ""
    mistakes: tuple[Mistake, ...] = ()

    def answers_to(self, solution: Solution) -> Answers:
        """The answers, by the steps of a solution.

        Raises:
            InvalidProblem: the sheet has mistakes, is for another problem, or nothing on it is an
                answer to one of the steps.
        """
        self.check_fits(solution.about.file)
        names = Names(solution)
        cells: dict[str, Cell] = {}
        misfits = []
        for written, cell in self.cells.items():
            ids = [id for id in names.ids(written) if id not in cells]
            if len(ids) == 1:
                cells[ids[0]] = cell
            else:
                misfits.append(self._misfit(written, names))
        if misfits and not cells:
            raise InvalidProblem(misfits)
        return Answers(cells, tuple(map(str, misfits)))

    def check_fits(self, problem: str) -> None:
        """Refuse a sheet with mistakes, and one of another problem.

        Args:
            problem: the name or file of the problem.

        Raises:
            InvalidProblem: with all that is wrong.
        """
        if wrong := [*self._of_another(problem), *self.mistakes]:
            raise InvalidProblem(wrong)

    def _of_another(self, problem: str) -> Iterator[Mistake]:
        if self.problem and problem and Path(self.problem).stem != Path(problem).stem:
            message = (
                f"this sheet is for {self.problem!r}, and is marked against {called(problem)!r}"
            )
            if self.variant:
                message += "; --seed and --roster mark it against its own variant"
            yield self.mistake(("problem",), message)

    def _misfit(self, written: str, names: Names) -> Mistake:
        if several := names.ids(written):
            message = f"this can be {' or '.join(map(repr, several))}"
        else:
            near = names.nearest(written)
            hint = f"did you mean {near!r}?" if near else "'lossclass solve' shows the steps' ids"
            message = f"there is no such step; {hint}"
        return self.mistake(("answers", written), message, at_key=True)

    def mistake(self, path: tuple[str, ...], message: str, *, at_key: bool = False) -> Mistake:
        """What is wrong at a path in it."""
        return Mistake(message, path[-1], self.place)


def sheet_of(answer: str) -> Sheet:
    """A sheet with the loss alone, as ``--answer`` gives it."""
    return Sheet("", {"loss": read_cell(answer)}, place="--answer")

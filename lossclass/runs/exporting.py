"""Exporting in one run: problems, and the exercises that platforms ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lossclass.errors import LossclassError
from lossclass.lms.exercise import Exercise, exercise
from lossclass.marking.marks import Allowed
from lossclass.problem.problem import Problem
from lossclass.runs.batch import Batch, Run
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of, solve


class Export(Run):
    """The exercises of the problems that the arguments of a command name; one that no platform can
    ask is told, and left out.

    Args:
        problems: see :class:`lossclass.runs.batch.Batch`.
        allowed: a tolerance in the place of what rounding can do.
        steps: ask for the steps, too.
        count: ask so many variants, with other numbers, in the place of each problem.
        seed: with which the variants are made.
    """

    def __init__(
        self,
        problems: Sequence[str],
        allowed: Allowed | None = None,
        *,
        steps: bool = False,
        count: int | None = None,
        seed: str = "",
    ) -> None:
        super().__init__()
        self.batch = Batch(problems)
        self.allowed = allowed
        self.steps = steps
        self.count = count
        self.seed = seed

    def __iter__(self) -> Iterator[Exercise]:
        for problem, solution in self.batch.worked():
            try:
                if self.count is None:
                    yield self._exercise(problem, solution)
                else:
                    yield from self._varied(problem, self.count)
            except LossclassError as error:
                self.report(error)

    def _exercise(self, problem: Problem, solution: Solution) -> Exercise:
        diagnosis = diagnosis_of(problem, solution)
        return exercise(solution, diagnosis, self.allowed, steps=self.steps)

    def _varied(self, problem: Problem, count: int) -> Iterator[Exercise]:
        from lossclass.rosters.roster import numbered
        from lossclass.variants.repeats import Same
        from lossclass.variants.statement import warn
        from lossclass.variants.variant import Variants

        warn(problem)
        variants, same = Variants(problem, self.seed), Same()
        for student in numbered(count):
            varied = variants.of(student, problem.file).problem
            same.add(variants.numbers_of(student))
            yield self._exercise(varied, solve(varied))
        same.warn(f"{count} questions", "numbers")

    @property
    def exit_status(self) -> int:
        """What the run ends with."""
        return max(self.status, self.batch.exit_status(strict=False))

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
        smallest: see :func:`lossclass.lms.exercise.exercise`.
    """

    def __init__(
        self,
        problems: Sequence[str],
        allowed: Allowed | None = None,
        *,
        steps: bool = False,
        count: int | None = None,
        seed: str = "",
        smallest: float = 0.0,
    ) -> None:
        super().__init__()
        self.batch = Batch(problems)
        self.allowed = allowed
        self.steps = steps
        self.count = count
        self.seed = seed
        self.smallest = smallest

    def __iter__(self) -> Iterator[Exercise]:
        for problem, solution in self.batch.worked():
            try:
                if self.count is None:
                    yield self._exercise(problem, solution)
                else:
                    yield from self._varied(problem, self.count)
            except LossclassError as error:
                self.report(error)

    def _exercise(
        self, problem: Problem, solution: Solution, variant: str = "", problem_title: str = ""
    ) -> Exercise:
        return exercise(
            solution,
            diagnosis_of(problem, solution),
            self.allowed,
            steps=self.steps,
            smallest=self.smallest,
            variant=variant,
            problem_title=problem_title,
        )

    def _varied(self, problem: Problem, count: int) -> Iterator[Exercise]:
        from lossclass.rosters.roster import numbered
        from lossclass.variants.repeats import Same
        from lossclass.variants.statement import warn
        from lossclass.variants.variant import Variants

        warn(problem)
        variants, same = Variants(problem, self.seed), Same()
        for student in numbered(count):
            variant = variants.of(student, problem.file)
            same.add(variants.numbers_of(student))
            solution = solve(variant.problem)
            title = variants.original.about.title
            yield self._exercise(variant.problem, solution, variant.id, title)
        same.warn(f"{count} questions", "numbers")

    @property
    def exit_status(self) -> int:
        """What the run ends with."""
        return max(self.status, self.batch.exit_status(strict=False))

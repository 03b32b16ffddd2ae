"""Exporting in one run: problems, and the exercises that platforms ask of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field

from lossclass.errors import LossclassError, tell
from lossclass.exams.assignment import Task
from lossclass.lms import SMALLEST
from lossclass.lms.exercise import Exercise, exercise
from lossclass.marking.marks import Allowed
from lossclass.runs.batch import Batch, Run, Worked
from lossclass.solving import diagnosis_of


@dataclass(eq=False)
class Export(Run):
    """The exercises of the problems that the arguments of a command name; one that no platform can
    ask is told, and left out.

    Args:
        problems: see :class:`lossclass.runs.batch.Batch`.
        allowed: a tolerance in the place of what rounding can do.
        steps: ask for the steps, too; an exam says itself what is asked.
        count: ask so many variants, with other numbers, in the place of each problem.
        seed: with which the variants are made.
        smallest: see :func:`lossclass.lms.exercise.exercise`.
    """

    problems: Sequence[str]
    allowed: Allowed | None = None
    _: KW_ONLY
    steps: bool = False
    count: int | None = None
    seed: str = ""
    smallest: float = SMALLEST
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.batch = Batch(self.problems)

    def __iter__(self) -> Iterator[Exercise]:
        for assignment, all_worked in self.batch.done():
            for worked in all_worked:
                exam = assignment.title if assignment.is_exam else ""
                try:
                    if self.count is None:
                        yield self._exercise(worked, exam=exam)
                    else:
                        yield from self._varied(worked.task, exam, self.count)
                except LossclassError as error:
                    self.report(error)

    def _exercise(
        self, worked: Worked, variant: str = "", title: str = "", exam: str = ""
    ) -> Exercise:
        task, problem, solution = worked
        only: Collection[str] = () if self.steps else solution.answer_ids
        if exam:
            only = task.asked_in(solution)
        made = exercise(
            solution,
            diagnosis_of(problem, solution),
            self.allowed,
            only=only,
            smallest=self.smallest,
            variant=variant,
            title=title,
            exam=exam,
        )
        if made.uncounted:
            count, first = len(made.uncounted), task.id_of(made.uncounted[0])
            told = f"{count} steps without points, such as {first}"
            if count == 1:
                told = f"step {first}, which has no points"
            self._tell(problem.in_file(f"no question asks for the {told}"))
        return made

    def _varied(self, task: Task, exam: str, count: int) -> Iterator[Exercise]:
        from lossclass.rosters.roster import numbered
        from lossclass.variants.statement import warnings_of
        from lossclass.variants.taken import told_of_wider
        from lossclass.variants.variant import Variants

        for warning in warnings_of(task.problem):
            tell(str(warning))
        variants = Variants(task.problem, self.seed)
        picks = [*variants.of_class(numbered(count))]
        for line in told_of_wider(variants, picks):
            self._tell(line)
        title = task.solution.about.title
        for pick in picks:
            variant = variants.of(pick, task.problem.file)
            worked = Worked(task, variant.problem, task.solved(variant.problem))
            yield self._exercise(worked, variant.id, title, exam)

    def _tell(self, line: str) -> None:
        """Say something on standard error, and once for all variants."""
        if line not in self._told:
            self._told.add(line)
            tell(line)

    @property
    def exit_status(self) -> int:
        """What the run ends with."""
        return max(self.status, self.batch.exit_status(strict=False))

"""What somebody is given to do: one problem, or the several of an exam, and what is asked of each.

What a command does with a problem, it does with an assignment. A problem by itself is an assignment of
one task without a number. In an exam, the tasks are numbered from 1, as people see them ("Problem 2:
…"); where the steps of all of them stand together, the id of each has the number of its task before
it: ``2.loss``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from lossclass import losses
from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.points import WHOLE, Points, in_points
from lossclass.problem.problem import Problem
from lossclass.records import record
from lossclass.solution import Solution
from lossclass.solving import solve
from lossclass.worksheets import Show
from lossclass.worksheets.choosing import Choice, marked_in


@record
class Task:
    """A problem, and what is asked of it.

    Attributes:
        wanted: what is worked out beyond the loss.
        only: the ids of the steps that are asked, or what they begin with; empty for all.
        show: how much of each step a worksheet shows; None for what the command says.
        points: in the place of the problem's own.
        number: its number in an exam, from 1; 0 for a problem by itself.
    """

    problem: Problem
    wanted: Wanted = NOTHING_MORE
    only: tuple[str, ...] = ()
    show: Show | None = None
    points: Points | None = None
    number: int = 0

    @cached_property
    def solution(self) -> Solution:
        """The solution of its problem.

        Raises:
            LossclassError: it has none, or there is no step for one of :attr:`only`.
        """
        return self.solved(self.problem)

    def solved(self, problem: Problem, title: str = "") -> Solution:
        """The solution of its problem, or of a variant of that, with the points of the task; in an
        exam, its title says which task it is, and how many points it has.

        Args:
            title: in the place of that of the problem.

        Raises:
            LossclassError: it has none, or there is no step for one of :attr:`only`.
        """
        solution = solve(problem, wanted=self.wanted)
        if title:
            solution = replace(solution, about=replace(solution.about, title=title))
        return self.of_exam(solution)

    def of_exam(self, solution: Solution) -> Solution:
        """A solution of its problem as one of the task."""
        points = self.points or solution.points
        if not self.number:
            return replace(solution, points=points)
        asked = self.asked_in(solution)
        if not points.are_given:
            points = replace(points, named={WHOLE: Fraction(len(asked))})
        most = sum(points.shared([*asked]).values(), Fraction(0))
        title = f"Problem {self.number}: {solution.about.title} ({in_points(most)})"
        return replace(solution, points=points, about=replace(solution.about, title=title))

    def asked_in(self, solution: Solution) -> Collection[str]:
        """The ids of the steps that a worksheet asks, in order."""
        return Choice(solution, self.show or Show.FORMULA, self.only).asked

    def points_in(self, solution: Solution) -> dict[str, Fraction]:
        """What each step that a worksheet asks counts, by id."""
        return solution.points.shared([*self.asked_in(solution)])

    def marked_in(self, solution: Solution) -> Collection[str] | None:
        """The ids of the steps that are marked; None for those that are answered."""
        return self.asked_in(solution) if self.number else marked_in(solution, self.only)

    def id_of(self, step: str) -> str:
        """What the id of one of its steps is where those of all tasks stand together."""
        return f"{self.number}.{step}" if self.number else step


@record
class Assignment:
    """One task or several, as they are given to somebody.

    Attributes:
        title: of the exam, or of the one problem.
        course, due: what an exam says of itself, as it is written there.
        file: where it stands; empty for a problem from a mapping.
    """

    tasks: tuple[Task, ...]
    title: str
    course: str = ""
    due: str = ""
    file: str = ""

    @classmethod
    def of(
        cls, problem: Problem, wanted: Wanted = NOTHING_MORE, only: Sequence[str] = ()
    ) -> Assignment:
        """The assignment that a problem by itself is."""
        task = Task(problem, wanted, tuple(only))
        title = problem.title or losses.load(problem.loss).TITLE
        return cls((task,), title, file=problem.file)

    @property
    def is_exam(self) -> bool:
        """Whether it has numbered tasks, be it one."""
        return self.tasks[0].number > 0

"""Marking what was handed in for an assignment: each part of a sheet against its own problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lossclass.errors import InvalidProblem, Mistake
from lossclass.exams.assignment import Assignment, Task
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import AnyChecked, CheckedExam, Checker
from lossclass.marking.marks import USUAL_DIGITS, Allowed
from lossclass.problem.problem import Problem
from lossclass.records import record
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of


@record
class Rules:
    """What counts as right.

    Attributes:
        allowed: a tolerance in the place of what the digits say.
        strict_digits: whether a number with fewer digits than asked is wrong.
        of_class: whether everybody is asked the same, whatever is on a sheet: what a worksheet asks.
    """

    allowed: Allowed | None = None
    strict_digits: bool = False
    of_class: bool = False

    def of_task(self, task: Task) -> Checker:
        """What marks the sheets of a task.

        Raises:
            LossclassError: it cannot be solved, or has no step that is asked for.
        """
        return self.checker(task, task.problem, task.solution)

    def checker(
        self, task: Task, problem: Problem, solution: Solution, variant: str = ""
    ) -> Checker:
        """What marks the sheets of somebody who had a variant of a task.

        Args:
            problem, solution: the variant, and its solution as one of the task.
            variant: the id of what somebody had.

        Raises:
            LossclassError: it has no step that is asked for.
        """
        return Checker(
            solution,
            diagnosis_of(problem, solution),
            self.allowed,
            variant,
            strict_digits=self.strict_digits,
            asked_digits=problem.asked_digits or USUAL_DIGITS,
            asked=task.marked_in(solution),
            of_class=task.asked_in(solution) if self.of_class else None,
        )


#: What the digits say.
USUAL: Final = Rules()


@record
class AssignmentMarking:
    """Marks the sheets of an assignment, by one checker for each of its tasks, in order."""

    assignment: Assignment
    checkers: Sequence[Checker]

    def check(self, sheet: Sheet) -> AnyChecked:
        """The marks of a sheet.

        Raises:
            InvalidProblem: it is for another assignment, or nothing in it answers a step.
        """
        if not self.assignment.is_exam:
            return self.checkers[0].check(sheet)
        sheet.check_fits(self.assignment.file)
        parts, said = sheet.parts(self.checkers)
        marked, refused = [], list[Mistake]()
        for task, checker, part in zip(self.assignment.tasks, self.checkers, parts, strict=True):
            try:
                # Whose variant it is, was looked at before.
                checked = checker.check(replace(part, problem=None) if checker.variant else part)
            except InvalidProblem as error:
                refused += error.mistakes
                checked = checker.check(Sheet(sheet.student, is_named=sheet.is_named))
                said.extend(str(each) for each in error.mistakes if not part.is_empty)
            marked.append(checked.in_exam(task.number))
        marks = (mark for checked in marked for mark in checked.marks)
        if len(refused) >= len(marked) and all(mark.verdict == "missing" for mark in marks):
            raise InvalidProblem(refused)
        said += [text for checked in marked for text in checked.said]
        title, variant = self.assignment.title, self.checkers[0].variant
        return CheckedExam(title, sheet, tuple(marked), variant, tuple(dict.fromkeys(said)))

"""The worksheets of an assignment, which are one sheet under one head; and its answer sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from lossclass.exams.assignment import Assignment
from lossclass.points import points_text
from lossclass.records import record
from lossclass.solution import Solution
from lossclass.worksheets.answer_sheet import answer_sheet
from lossclass.worksheets.composing import worksheet
from lossclass.worksheets.form import Form, SheetHead
from lossclass.worksheets.worksheet import Worksheet


@record
class Sheet:
    """What somebody is to work out, on one sheet of paper: a worksheet for each task."""

    assignment: Assignment
    worksheets: Sequence[Worksheet]

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        solutions: Sequence[Solution],
        form: Form,
        *,
        with_key: bool = False,
    ) -> Sheet:
        """The sheet of an assignment.

        Args:
            solutions: of its tasks, in order.
            form: how the worksheets are made; what an exam says itself goes before it, and what is
                said of the head before that.
            with_key: put the results into them as well, for workbooks that check themselves.

        Raises:
            UsageError: there is no step for one of the names that are asked for.
        """
        made: list[Worksheet] = []
        for task, solution in zip(assignment.tasks, solutions, strict=True):
            own = replace(form, only=task.only or form.only, show=task.show or form.show)
            asked = worksheet(solution, own.show, own.only, with_key=with_key)
            made.append(replace(asked, layout=own.layout, space=own.space, head=None))
        most = sum(map(_points, made, solutions), Fraction(0))
        given = assignment.is_exam or solutions[0].points.are_given
        head = _filled(form.head, assignment, points_text(most) if given else "")
        return cls(assignment, [replace(made[0], head=head), *made[1:]])

    def answer_sheet(self, file: str = "", student: str | None = None, variant: str = "") -> str:
        """An empty answer sheet, in which each id of an exam has the number of its problem.

        Args:
            file: what is answered, if that is no file that the assignment stands in.
            student, variant: see :func:`lossclass.worksheets.answer_sheet.answer_sheet`.
        """
        numbers = (task.number for task in self.assignment.tasks)
        numbered = [*zip(numbers, self.worksheets, strict=True)]
        return answer_sheet(
            self.assignment.title, file or self.assignment.file, numbered, student, variant
        )


def _points(worksheet: Worksheet, solution: Solution) -> Fraction:
    asked = [question.id for question in worksheet.questions]
    return sum(solution.points.shared(asked).values(), Fraction(0))


def _filled(head: SheetHead, assignment: Assignment, points: str) -> SheetHead:
    """A head with what an exam says of itself, where nothing else is said."""
    return replace(
        head,
        course=head.course or assignment.course,
        sheet=head.sheet or (assignment.title if assignment.is_exam else ""),
        due=head.due or assignment.due,
        points=head.points or points,
    )

"""Marking a class in which every student had a variant: whose sheet it is, and against what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from lossclass.errors import InvalidProblem, tell
from lossclass.exams.assignment import Assignment
from lossclass.exams.marking import USUAL, AssignmentMarking, Rules
from lossclass.hand_in.sheet import Sheet, student_of
from lossclass.marking.check import AnyChecked, Checker
from lossclass.rosters.roster import Roster
from lossclass.variants.assigned import BETWEEN, Assigned, Picks

_BY_PLACE: Final = (
    "no variant is named here, and some numbers depend on who comes before in the class: that has to "
    "be the roster with which the variants were made; 'variant' with the id of each says it for sure"
)


class Classroom:
    """Marks the sheets of a class, each against the variant of its student.

    Args:
        seed: the one with which the variants were made.
        roster: who is in the class; nobody else had a variant.

    Raises:
        LossclassError: a problem has no variants, or cannot be solved.
    """

    def __init__(
        self, assignment: Assignment, seed: str, roster: Roster, rules: Rules = USUAL
    ) -> None:
        self.assignment = assignment
        self.roster = roster
        self._variants = Assigned(assignment, seed)
        self._picks: dict[str, Picks] = {}
        self._others = self._variants.of_class(roster.students)
        self._rules = rules
        #: Whether somebody has other numbers than they would have alone, and that this is told.
        self._is_by_place = self._is_told = False

    def check(self, sheet: Sheet) -> AnyChecked:
        """The marks of a sheet, which is told by the student's name as the class has it.

        Raises:
            InvalidProblem: it is nobody's in this class, or of another variant or problem, or
                answers steps that there are not.
            LossclassError: the student cannot have had a variant.
        """
        student = student_of(sheet, self.roster)
        whose = self.roster.whose(Path(sheet.problem).stem) if sheet.problem else None
        picks = self._pick(student, sheet)
        self._refuse_another(sheet, student, whose, self._variants.id_of(picks))
        checkers = [*self._checkers(picks)]
        problem = None if whose == student else sheet.problem
        mine = replace(sheet, student=student, problem=problem, is_named=True)
        return AssignmentMarking(self.assignment, checkers).check(mine)

    def _checkers(self, picks: Picks) -> Iterator[Checker]:
        id, tasks = self._variants.id_of(picks), self.assignment.tasks
        for task, variants, pick in zip(tasks, self._variants.of_tasks, picks, strict=True):
            variant = variants.of(pick, task.problem.file)
            # The variant's own title names the student; here that stands beside it.
            solution = task.solved(variant.problem, variants.original.about.title)
            yield self._rules.checker(task, variant.problem, solution, id)

    def _pick(self, student: str, sheet: Sheet) -> Picks:
        """What a student has: what the id on the sheet tells, or else by who comes before them in
        the class."""
        id = sheet.variant
        if id is not None and (found := self._variants.with_id(student, id)) is not None:
            return found
        while student not in self._picks:
            picks = next(self._others)
            self._picks[picks[0].student] = picks
            self._is_by_place |= any(pick.width or pick.turn for pick in picks)
        if id is None and self._is_by_place and not self._is_told:
            self._is_told = True
            tell(f"{sheet.place}: {_BY_PLACE}")
        return self._variants.drawn(self._picks[student])

    def _refuse_another(self, sheet: Sheet, student: str, whose: str | None, id: str) -> None:
        """Refuse a sheet that came with somebody else's numbers, or with those of another seed."""
        found = []
        if whose not in (None, student):
            message = f"this sheet is for the variant of {whose!r}, and its student is {student!r}"
            found.append(sheet.mistake(("problem",), message))
        # At the foot of the pages of an exam stands the id of its first problem.
        if sheet.variant not in {None, id, *id.split(BETWEEN)} and not found:
            message = (
                f"this sheet is for variant {sheet.variant!r}, and {student!r} has {id!r} with this "
                "seed and problem; was another --seed given, or has the problem changed since?"
            )
            found.append(sheet.mistake(("variant",), message))
        if found:
            raise InvalidProblem(found)

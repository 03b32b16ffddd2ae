"""Marking a class in which every student had a variant: whose sheet it is, and against what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import InvalidProblem
from lossclass.hand_in.sheet import Sheet
from lossclass.hand_in.whose import student_of
from lossclass.marking.check import Checked, Checker
from lossclass.marking.marks import USUAL_DIGITS, Allowed
from lossclass.problem.problem import Problem
from lossclass.rosters.roster import Roster
from lossclass.solving import diagnosis_of, solve
from lossclass.variants.variant import Variants
from lossclass.worksheets.choosing import marked_in


class Classroom:
    """Marks the sheets of a class, each against the variant of its student.

    Args:
        seed: the one with which the variants were made.
        roster: who is in the class; nobody else had a variant.
        allowed: a tolerance in the place of what the digits say.
        wanted: what may be answered beyond the loss.
        strict_digits: whether a number with fewer digits than asked is wrong.
        only: the ids of what is asked, or what they begin with; empty for all that is answered.

    Raises:
        LossclassError: the problem has no variants, or cannot be solved.
    """

    def __init__(
        self,
        problem: Problem,
        seed: str,
        roster: Roster,
        allowed: Allowed | None = None,
        wanted: Wanted = NOTHING_MORE,
        *,
        strict_digits: bool = False,
        only: Sequence[str] = (),
    ) -> None:
        self._strict_digits = strict_digits
        self._only = only
        self.roster = roster
        self._variants = Variants(problem, seed)
        self._allowed = allowed
        self._wanted = wanted

    @property
    def title(self) -> str:
        """The title of the problem."""
        return self._variants.original.about.title

    def check(self, sheet: Sheet) -> Checked:
        """The marks of a sheet, which is told by the student's name as the class has it.

        Raises:
            InvalidProblem: it is nobody's in this class, or of another variant or problem, or
                answers steps that there are not.
            LossclassError: the student cannot have had a variant.
        """
        student = student_of(sheet, self.roster)
        whose = self.roster.whose(Path(sheet.problem).stem) if sheet.problem else None
        self._refuse_another(sheet, student, whose)
        variant = self._variants.of(student, self._variants.problem.file)
        solution = solve(variant.problem, wanted=self._wanted)
        # The variant's own title names the student; here that stands beside it.
        solution = replace(solution, about=replace(solution.about, title=self.title))
        checker = Checker(
            solution,
            diagnosis_of(variant.problem, solution),
            self._allowed,
            variant.id,
            strict_digits=self._strict_digits,
            asked_digits=variant.problem.asked_digits or USUAL_DIGITS,
            asked=marked_in(solution, self._only),
        )
        problem = None if whose == student else sheet.problem
        return checker.check(replace(sheet, student=student, problem=problem, is_named=True))

    def _refuse_another(self, sheet: Sheet, student: str, whose: str | None) -> None:
        """Refuse a sheet that came with somebody else's numbers, or with those of another seed."""
        found = []
        if whose not in (None, student):
            message = f"this sheet is for the variant of {whose!r}, and its student is {student!r}"
            found.append(sheet.mistake(("problem",), message))
        id = self._variants.source.id_of(student)
        if sheet.variant not in (None, id) and not found:
            message = (
                f"this sheet is for variant {sheet.variant!r}, and {student!r} has {id!r} with this "
                "seed and problem; was another --seed given, or has the problem changed since?"
            )
            found.append(sheet.mistake(("variant",), message))
        if found:
            raise InvalidProblem(found)

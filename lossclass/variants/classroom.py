"""Marking a class in which every student had a variant: whose sheet it is, and against what."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.errors import InvalidProblem, Mistake
from lossclass.hand_in.sheet import Sheet
from lossclass.marking.check import Checked, Checker
from lossclass.marking.marks import Allowed
from lossclass.problem.problem import Problem
from lossclass.rosters.roster import file_name
from lossclass.solving import diagnosis_of, solve
from lossclass.suggest import nearest
from lossclass.variants.variant import Variants


class Classroom:
    """Marks the sheets of a class, each against the variant of its student.

    Args:
        seed: the one with which the variants were made.
        students: those in the class; nobody else had a variant.
        allowed: a tolerance in the place of what the digits say.
        wanted: what may be answered beyond the loss.
        strict_digits: whether a number with fewer digits than asked is wrong.

    Raises:
        LossclassError: the problem has no variants, or cannot be solved.
    """

    def __init__(
        self,
        problem: Problem,
        seed: str,
        students: Sequence[str],
        allowed: Allowed | None = None,
        wanted: Wanted = NOTHING_MORE,
        *,
        strict_digits: bool = False,
    ) -> None:
        self._strict_digits = strict_digits
        self.students = students
        self._variants = Variants(problem, seed)
        self._allowed = allowed
        self._wanted = wanted
        # What a file of theirs is called stands for students, too, unless it is another's name.
        self._called = {_folded(file_name(student)): student for student in students}
        self._called |= {_folded(student): student for student in students}

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
        student = self._student_of(sheet)
        self._refuse_another(sheet, student)
        own = sheet.problem is not None and self._whose(Path(sheet.problem).stem) == student
        problem = None if own else sheet.problem
        return self._checker(student).check(replace(sheet, student=student, problem=problem))

    def _checker(self, student: str) -> Checker:
        variant = self._variants.of(student, self._variants.problem.file)
        solution = solve(variant.problem, wanted=self._wanted)
        # The variant's own title names the student; here that stands beside it.
        solution = replace(solution, about=replace(solution.about, title=self.title))
        diagnosis = diagnosis_of(variant.problem, solution)
        return Checker(
            solution, diagnosis, self._allowed, variant.id, strict_digits=self._strict_digits
        )

    def _whose(self, name: str) -> str | None:
        return self._called.get(_folded(name))

    def _student_of(self, sheet: Sheet) -> str:
        if (student := self._whose(sheet.student)) is not None:
            return student
        near = nearest(sheet.student, self.students)
        hint = f"; did you mean {near!r}?" if near else ""
        who = f"{sheet.student!r} is not in the class"
        if sheet.place == "--answer":
            raise InvalidProblem([Mistake(f"{who}{hint}", "--student")])
        if not sheet.is_named:
            who = f"this sheet does not say whose it is, and its file's name {who}"
        raise InvalidProblem([sheet.mistake(("student",), f"{who}{hint}")])

    def _refuse_another(self, sheet: Sheet, student: str) -> None:
        """Refuse a sheet that came with somebody else's numbers, or with those of another seed."""
        found = []
        whose = self._whose(Path(sheet.problem).stem) if sheet.problem else None
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


def _folded(name: str) -> str:
    """A name without what no two students of a roster differ by alone: some systems write the
    names of files with their accents apart, and some people write theirs small."""
    return unicodedata.normalize("NFC", name).casefold()

"""The variants of an assignment: of its one problem, or of all problems of an exam under one id."""

from __future__ import annotations

from hashlib import sha256

from lossclass.exams.assignment import Assignment
from lossclass.variants.variant import Variant, Variants


class Assigned:
    """What everybody is given in the place of an assignment.

    Args:
        seed: the same one gives every student the same numbers again.

    Raises:
        LossclassError: one of the problems has no variants, or cannot be solved.
    """

    def __init__(self, assignment: Assignment, seed: str) -> None:
        self.assignment = assignment
        self.of_tasks = [Variants(task.problem, seed) for task in assignment.tasks]

    def id_of(self, student: str) -> str:
        """The id of what a student is given; in an exam, it is made of those of the variants."""
        ids = [variants.source.id_of(student) for variants in self.of_tasks]
        if not self.assignment.is_exam:
            return ids[0]
        return sha256(" ".join(ids).encode()).hexdigest()[: len(ids[0])]

    def of(self, student: str, file: str = "") -> list[Variant]:
        """The variants of a student, one for each problem.

        Args:
            file: what the problems are to be called.

        Raises:
            LossclassError: the student cannot have one.
        """
        return [variants.of(student, file) for variants in self.of_tasks]

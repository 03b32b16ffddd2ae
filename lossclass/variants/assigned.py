"""The variants of an assignment: of its one problem, or of all problems of an exam together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from lossclass.exams.assignment import Assignment
from lossclass.variants.variant import Pick, Variant, Variants

#: Between the ids of the variants of an exam, in the id of all of them.
BETWEEN: Final = "-"
#: What a student has of each problem.
Picks: TypeAlias = tuple[Pick, ...]


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

    def id_of(self, picks: Picks) -> str:
        """The id of what a student is given; in an exam, of all variants in it."""
        both = zip(self.of_tasks, picks, strict=True)
        return BETWEEN.join(variants.id_of(pick) for variants, pick in both)

    def with_id(self, student: str, id: str) -> Picks | None:
        """What a student has who is given what has this id; None if that cannot be theirs."""
        ids = id.split(BETWEEN)
        if len(ids) != len(self.of_tasks):
            return None
        found = (each.with_id(student, own) for each, own in zip(self.of_tasks, ids, strict=True))
        picks = tuple(pick for pick in found if pick is not None)
        return picks if len(picks) == len(ids) else None

    def of_class(self, students: Sequence[str], ids: Mapping[str, str] = {}) -> Iterator[Picks]:
        """What each student has, no two of them the same in any problem; see
        :meth:`Variants.of_class`."""
        parts = {student: id.split(BETWEEN) for student, id in ids.items()}
        count = len(self.of_tasks)
        return zip(
            *(
                each.of_class(
                    students, {s: own[n] for s, own in parts.items() if len(own) == count}
                )
                for n, each in enumerate(self.of_tasks)
            ),
            strict=True,
        )

    def drawn(self, picks: Picks) -> Picks:
        """The same, with all numbers; see :meth:`Variants.drawn`."""
        return tuple(each.drawn(pick) for each, pick in zip(self.of_tasks, picks, strict=True))

    def of(self, picks: Picks, file: str = "") -> list[Variant]:
        """The variants of a student, one for each problem.

        Args:
            file: what the problems are to be called.

        Raises:
            LossclassError: the student cannot have one.
        """
        both = zip(self.of_tasks, picks, strict=True)
        return [variants.of(pick, file) for variants, pick in both]

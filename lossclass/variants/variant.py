"""One student's variant: drawn, solved, and drawn again if it is a bad one, or another student's.

A student's first good draw depends on the seed, the problem and the name alone. Only if somebody
before them in the class has these numbers, it is the next one. What was taken, the id of the variant
tells: so a sheet belongs to its numbers whoever comes into the class later, or leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lossclass import losses
from lossclass.arithmetic.derivative import local_derivatives
from lossclass.arithmetic.expression import (
    Absolute,
    Expression,
    Max,
    Min,
    Operation,
    Quantity,
    Role,
)
from lossclass.errors import LossclassError, UsageError
from lossclass.marking.check import confusable, indistinguishable
from lossclass.problem.placeholders import escaped
from lossclass.problem.problem import Problem, validate
from lossclass.problem.yaml_source import Document
from lossclass.records import record
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of, solve
from lossclass.variants.sampling import Source
from lossclass.variants.space import Change, Space, spaces_of

#: So often numbers are drawn for a student, from each space, before there is an error.
MOST_DRAWN: Final = 1_000
#: So many good draws are tried before the next wider space is.
_MOST_TURNS: Final = 20
#: So many of the first draws have to be worked as the original is, or all are too far from it.
_FEWEST_ALIKE, _LOOKED_AT = 2, 40
#: In a larger class, students are not kept from having the same numbers.
MOST_DISTINCT: Final = 1_000
#: So many verdicts on numbers are kept.
_MOST_KEPT: Final = 100_000
#: Keys for people: to mend a word in them gives nobody other numbers.
_FOR_PEOPLE: Final = (
    *("title", "statement", "source", "published", "digits", "points", "follow_through"),
)


@dataclass(frozen=True, slots=True)
class Pick:
    """Which numbers a student has.

    Attributes:
        width: how wide a space they are from, the usual one first.
        turn: so many good draws from this space came before.
        numbers: what was drawn; None if that is still to be done.
    """

    student: str
    width: int = 0
    turn: int = 0
    numbers: tuple[int, ...] | None = None


@record
class Variant:
    """The problem of one student.

    Attributes:
        id: 12 hexadecimal digits, printed on whatever belongs to it.
        data: the keys of the problem, as its file has them.
    """

    id: str
    student: str
    data: Mapping[str, Any]
    problem: Problem


class Variants:
    """The variants of a problem.

    Args:
        seed: the same one gives every student the same numbers again.

    Raises:
        LossclassError: the problem has no variants, or cannot be solved.
    """

    def __init__(self, problem: Problem, seed: str) -> None:
        self.problem = problem
        self.source = Source(seed, _text_of(problem))
        self.spaces = spaces_of(problem)
        self.original = solve(self._problem({**problem.data, "published": {}}))
        self.step_ids = tuple(step.id for step in self.original.steps)
        self._indistinct = {*_indistinct(self._problem(problem.data), self.original)}
        self._shape = [*_shape(self.original.calculation)]
        # where texts move, other ways meet in other cells, and are as often equal
        self._kinks = None if self.space.texts else _kinks(self.original)
        self._judged: dict[frozenset[Change], tuple[bool | None, int]] = {}
        if self._is_too_far():
            self.spaces = spaces_of(problem, near=True)

    @property
    def space(self) -> Space:
        """The usual space."""
        return self.spaces[0]

    def _is_too_far(self) -> bool:
        """Whether hardly any draw has the steps of the original, as where many errors are small
        ones because of how they were chosen."""
        draws = self.source.draws("")
        found = (self._like_the_original(self.space.draw(draws), 0) for _ in range(_LOOKED_AT))
        return len([*islice(filter(None, found), _FEWEST_ALIKE)]) < _FEWEST_ALIKE

    # --- whose numbers are which ---

    def id_of(self, pick: Pick) -> str:
        """The id of a variant: 12 hexadecimal digits."""
        return self.source.id_of(pick.student, pick.width, pick.turn)

    def changes(self, pick: Pick) -> frozenset[Change]:
        """What is other than in the original."""
        return self.spaces[pick.width].changes(pick.numbers or ())

    def picks(self, student: str) -> Iterator[Pick]:
        """What a student may have, in the order in which it is tried; all of it is good."""
        for width, space in enumerate(self.spaces):
            draws = self.source.draws(student)
            drawn = (space.draw(draws) for _ in range(MOST_DRAWN))
            good = (each for each in drawn if self.is_worked_alike(each, width) is not None)
            for turn, numbers in zip(self._turns(width), good, strict=False):
                yield Pick(student, width, turn, numbers)

    def first(self, student: str) -> Pick:
        """What a student has if nobody else is in the class.

        Raises:
            UsageError: none of a thousand draws can tell the slips that the original can.
        """
        return self._picked(student, frozenset(), frozenset())

    def with_id(self, student: str, id: str) -> Pick | None:
        """What a student has whose variant has this id; None if it cannot be theirs."""
        turns = ((width, turn) for width in range(len(self.spaces)) for turn in self._turns(width))
        for each in turns:
            if self.source.id_of(student, *each) == id:
                return next((p for p in self.picks(student) if (p.width, p.turn) == each), None)
        return None

    def _turns(self, width: int) -> range:
        """How many good draws from a space are tried: of the last one, all."""
        return range(MOST_DRAWN if width == len(self.spaces) - 1 else _MOST_TURNS)

    def of_class(self, students: Sequence[str], ids: Mapping[str, str] = {}) -> Iterator[Pick]:
        """What each student of a class has, no two of them the same, nor what it comes to where there
        are so many answers; in a class that is too large for that, what has still to be drawn for each.

        Args:
            ids: of variants that students have already, and keep.

        Raises:
            UsageError: there are not so many variants.
        """
        kept = {each: self.with_id(each, ids[each]) for each in students if each in ids}
        taken = {self.changes(pick) for pick in kept.values() if pick}
        answers = {self.answers(pick) for pick in kept.values() if pick}
        for student in students:
            pick = kept.get(student)
            if pick is None and len(students) <= MOST_DISTINCT:
                pick = self._picked(student, taken, answers)
                taken.add(self.changes(pick))
                answers.add(self.answers(pick))
            yield pick or Pick(student)

    def answers(self, pick: Pick) -> int:
        """What tells the answers of two students from each other."""
        return self._judgement(pick.numbers or (), pick.width)[1]

    def _picked(self, student: str, taken: Set[frozenset[Change]], answers: Set[int]) -> Pick:
        """The first numbers of a student that nobody has: of those in the narrowest space, the first
        with answers that nobody has."""
        found: Pick | None = None
        for pick in self.picks(student):
            if found and pick.width > found.width:
                break
            if self.changes(pick) not in taken:
                if self.answers(pick) not in answers:
                    return pick
                found = found or pick
        if found:
            return found
        if taken:
            why = (
                f"only {len(taken)} students of this class can have numbers of their own that still "
                "tell every slip from the right answer"
            )
        else:
            why = (
                f"none of {MOST_DRAWN} draws for {student} has other numbers that still tell every "
                "slip from the right answer"
            )
        rules = ", ".join(f"vary.{name}" for name in self.problem.inputs.vary)
        narrow = f"; what holds them is {rules}" if rules else ""
        message = f"{why}; let more numbers move, or farther, with 'vary'{narrow}"
        raise UsageError(self.problem.in_file(message))

    def of(self, student: str | Pick, file: str = "") -> Variant:
        """The variant of a student, or what they would have alone.

        Args:
            file: what the problem is to be called.

        Raises:
            LossclassError: see :meth:`first`.
        """
        pick = self.drawn(Pick(student) if isinstance(student, str) else student)
        student, id = pick.student, self.id_of(pick)
        data = self.spaces[pick.width].with_numbers(pick.numbers or ())
        title = data.get("title") or self.original.about.title
        data["title"] = f"{title} (variant {id} for {escaped(student)})"
        if data.get("statement"):
            data["statement"] = data["statement"].strip()
        if data.get("source"):
            data["source"] = f"{data['source']}; with other numbers"
        return Variant(id, student, data, self._problem(data, file))

    def drawn(self, pick: Pick) -> Pick:
        """The same, with its numbers.

        Raises:
            UsageError: see :meth:`first`.
        """
        return self.first(pick.student) if pick.numbers is None else pick

    def is_worked_alike(self, numbers: tuple[int, ...], width: int = 0) -> bool | None:
        """Whether numbers are worked with the very expressions of the original; None for bad ones,
        which are to be drawn again."""
        return self._judgement(numbers, width)[0]

    def _judgement(self, numbers: tuple[int, ...], width: int) -> tuple[bool | None, int]:
        """The same; and a number that other answers do not have."""
        changes = self.spaces[width].changes(numbers)
        if changes not in self._judged:
            if len(self._judged) >= _MOST_KEPT:
                self._judged.clear()
            self._judged[changes] = self._judge(numbers, width) if changes else (None, 0)
        return self._judged[changes]

    def solved(self, numbers: Sequence[int], width: int = 0) -> Solution:
        """The solution with other numbers.

        Raises:
            LossclassError: it has none.
        """
        return solve(self._problem(self.spaces[width].with_numbers(numbers)))

    def _judge(self, numbers: tuple[int, ...], width: int) -> tuple[bool | None, int]:
        found = self._like_the_original(numbers, width)
        if found is None or any(each not in self._indistinct for each in _indistinct(*found)):
            return None, 0
        values = found[1].values
        answers = hash(tuple(values[id] for id in self.step_ids))
        return [*_shape(found[1].calculation)] == self._shape, answers

    def _like_the_original(
        self, numbers: tuple[int, ...], width: int
    ) -> tuple[Problem, Solution] | None:
        """The problem with its solution, if that has the same steps, and an infinity or a kink only
        where the original has one."""
        try:
            problem = self._problem(self.spaces[width].with_numbers(numbers))
            solution = solve(problem)
        except LossclassError:
            return None
        if tuple(step.id for step in solution.steps) != self.step_ids:
            return None
        values, before = solution.values, self.original.values
        is_alike = (
            solution.cross_check.agrees
            and all(values[id].is_finite() == before[id].is_finite() for id in self.step_ids)
            and (self._kinks is None or _kinks(solution) <= self._kinks)
        )
        return (problem, solution) if is_alike else None

    def _problem(self, data: Mapping[str, Any], file: str = "") -> Problem:
        return validate(data, losses, Document(file, None))


def _indistinct(problem: Problem, solution: Solution) -> Iterator[tuple[str, ...]]:
    """The slips that cannot be told from the right answer, by step and code, and the usual ones that
    cannot be told from each other."""
    diagnosis = diagnosis_of(problem, solution)
    for each in indistinguishable(solution, diagnosis):
        yield each.step.id, each.slip.code
    yield from confusable(solution, diagnosis)


def _kinks(solution: Solution) -> set[str]:
    """The steps that stand at a kink; all but those that no derivative goes through."""
    return {
        step.id
        for step in solution.calculation
        if step.role is Role.STEP
        and _bends(step.definition)
        and any(each.kink for each in local_derivatives(step, solution.values).values())
    }


def _bends(node: Expression) -> bool:
    """Whether it has a kink anywhere."""
    if isinstance(node, Max | Min | Absolute):
        return True
    return isinstance(node, Operation) and any(map(_bends, node.operands))


def _shape(calculation: Sequence[Quantity]) -> Iterator[tuple[str, str]]:
    """The quantities with their expressions; of what is given, not the number."""
    for quantity in calculation:
        yield quantity.id, "" if quantity.role is Role.GIVEN else repr(quantity.definition)


def _text_of(problem: Problem) -> str:
    """What decides about the numbers, whatever order it stands in."""
    data = {key: each for key, each in problem.data.items() if key not in _FOR_PEOPLE}
    data["loss"] = problem.loss
    return json.dumps(data, sort_keys=True, ensure_ascii=True, default=str)

"""One student's variant: drawn, solved, and drawn again if it is a bad one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lossclass import losses
from lossclass.arithmetic.expression import Quantity, Role
from lossclass.errors import LossclassError
from lossclass.marking.check import lint
from lossclass.problem.placeholders import escaped
from lossclass.problem.problem import Problem, validate
from lossclass.problem.yaml_source import Document
from lossclass.solution import Solution
from lossclass.solving import diagnosis_of, solve
from lossclass.variants.sampling import Source
from lossclass.variants.space import space_of

#: So often numbers are drawn for a student before there is an error.
MOST_DRAWN: Final = 1_000
#: So many verdicts on numbers are kept.
_MOST_KEPT: Final = 100_000
#: Keys for people: to mend a word in them gives nobody other numbers.
_FOR_PEOPLE: Final = (
    *("title", "statement", "source", "published", "digits", "points", "follow_through"),
)


@dataclass(frozen=True)
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
        self.space = space_of(problem)
        self.source = Source(seed, _text_of(problem))
        self.original = solve(self._problem({**self.space.data, "published": {}}))
        self.step_ids = tuple(step.id for step in self.original.steps)
        self._indistinct = _indistinct(self._problem(self.space.data), self.original)
        self._shape = [*_shape(self.original.calculation)]
        self._judged: dict[tuple[int, ...], bool | None] = {}

    def numbers_of(self, student: str) -> tuple[int, ...]:
        """The numbers of a student, in the order of :attr:`Space.written`.

        Raises:
            LossclassError: none of a thousand draws can tell the slips that the original can.
        """
        draws = self.source.draws(student)
        for _ in range(MOST_DRAWN):
            numbers = self.space.draw(draws)
            if self.is_worked_alike(numbers) is not None:
                return numbers
        message = (
            f"none of {MOST_DRAWN} draws for {student} has other numbers that still tell every slip "
            "from the right answer; let more numbers move, or farther, with 'vary'"
        )
        raise LossclassError(self.problem.in_file(message))

    def of(self, student: str, file: str = "") -> Variant:
        """The variant of a student.

        Args:
            file: what the problem is to be called.

        Raises:
            LossclassError: see :meth:`numbers_of`.
        """
        id = self.source.id_of(student)
        data = self.space.with_numbers(self.numbers_of(student))
        title = data.get("title") or self.original.about.title
        data["title"] = f"{title} (variant {id} for {escaped(student)})"
        if data.get("statement"):
            data["statement"] = data["statement"].strip()
        if data.get("source"):
            data["source"] = f"{data['source']}; with other numbers"
        return Variant(id, student, data, self._problem(data, file))

    def is_worked_alike(self, numbers: tuple[int, ...]) -> bool | None:
        """Whether numbers are worked with the very expressions of the original; None for bad ones,
        which are to be drawn again."""
        if numbers not in self._judged:
            if len(self._judged) >= _MOST_KEPT:
                self._judged.clear()
            self._judged[numbers] = self._judge(numbers)
        return self._judged[numbers]

    def solved(self, numbers: Sequence[int]) -> Solution:
        """The solution with other numbers.

        Raises:
            LossclassError: it has none.
        """
        return solve(self._problem(self.space.with_numbers(numbers)))

    def _judge(self, numbers: tuple[int, ...]) -> bool | None:
        if numbers == self.space.written:
            return None
        try:
            problem = self._problem(self.space.with_numbers(numbers))
            solution = solve(problem)
        except LossclassError:
            return None
        if (
            not self._is_like_the_original(solution)
            or not _indistinct(problem, solution) <= self._indistinct
        ):
            return None
        return [*_shape(solution.calculation)] == self._shape

    def _is_like_the_original(self, solution: Solution) -> bool:
        """Whether it has the same steps, and an infinity only where the original has one."""
        if tuple(step.id for step in solution.steps) != self.step_ids:
            return False
        return solution.cross_check.agrees and all(
            solution.values[id].is_finite() == self.original.values[id].is_finite()
            for id in solution.answer_ids
        )

    def _problem(self, data: Mapping[str, Any], file: str = "") -> Problem:
        return validate(data, losses, Document(file, None))


def _indistinct(problem: Problem, solution: Solution) -> frozenset[tuple[str, str]]:
    """The slips that cannot be told from the right answer: step and code."""
    found = lint(solution, diagnosis_of(problem, solution))
    return frozenset((each.step.id, each.slip.code) for each in found)


def _shape(calculation: Sequence[Quantity]) -> Iterator[tuple[str, str]]:
    """The quantities with their expressions; of what is given, not the number."""
    for quantity in calculation:
        yield quantity.id, "" if quantity.role is Role.GIVEN else repr(quantity.definition)


def _text_of(problem: Problem) -> str:
    """What decides about the numbers, whatever order it stands in."""
    data = {key: each for key, each in problem.data.items() if key not in _FOR_PEOPLE}
    data["loss"] = problem.loss
    return json.dumps(data, sort_keys=True, ensure_ascii=True, default=str)

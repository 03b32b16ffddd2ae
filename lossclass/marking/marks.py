"""Somebody's numbers held against a solution: verdict, tolerance, and what went wrong.

One code for answer sheets and for the published numbers of a problem.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from lossclass.arithmetic.expression import Product, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, show
from lossclass.arithmetic.reading import read
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.operands import compare
from lossclass.marking.tolerance import Reading, half_unit, within
from lossclass.solution import Solution

Verdict: TypeAlias = Literal["right", "follows_through", "wrong", "missing"]


class Answered(Protocol):
    """A number that somebody wrote down, and the working beside it if there is one."""

    @property
    def value(self) -> Decimal: ...
    @property
    def working(self) -> str | None: ...


@dataclass(frozen=True)
class Allowed:
    """A tolerance that the teacher sets: so much, or such a share of our number."""

    amount: Decimal
    relative: bool

    def of(self, ours: Decimal) -> Decimal:
        """How far an answer may be off."""
        return abs(ours) * self.amount if self.relative and ours.is_finite() else self.amount


@dataclass(frozen=True)
class Mark:
    """The verdict on one answer.

    Attributes:
        answer: what was written; None where nothing was, though it was asked.
        tolerance: how far it could be off and still be right.
        slips: the mistakes that lead to the number, the likeliest first.
        on_working: what there is to say of the working beside it.
        leaves_nothing: whether it follows from wrong numbers that left nothing to work out.
    """

    id: str
    answer: Decimal | None
    ours: Decimal
    verdict: Verdict
    tolerance: Decimal
    slips: tuple[Named, ...] = ()
    on_working: tuple[str, ...] = ()
    leaves_nothing: bool = False


class Marker:
    """Marks the numbers that one person wrote down.

    Args:
        answers: by step id; every id is one of the solution's. None for what was left empty.
        diagnosis: the slips of the problem; without it, none are named.
        allowed: in the place of what rounding can do.
        printed: whether they are from a book, not from a hand.
    """

    def __init__(
        self,
        solution: Solution,
        answers: Mapping[str, Answered | None],
        diagnosis: Diagnosis | None = None,
        allowed: Allowed | None = None,
        *,
        printed: bool = False,
    ) -> None:
        self._the_working, self._put = (
            ("The printed working", "printed") if printed else ("The working", "written")
        )
        self.solution = solution
        self.answers = answers
        self.diagnosis = diagnosis
        self.allowed = allowed
        self.written = {id: each.value for id, each in answers.items() if each is not None}
        self.from_ours = Reading(solution.calculation, self.written, carried_on=False)
        self.from_theirs = Reading(solution.calculation, self.written, carried_on=True)
        self._tolerances: dict[str, Decimal] = {}

    def marks(self) -> Iterator[Mark]:
        """All marks, in the order of the steps."""
        for step in self.solution.steps:
            if step.id in self.answers:
                yield self.mark(step.id)

    def mark(self, id: str) -> Mark:
        """The mark of one answer."""
        answer, ours = self.answers[id], self.solution.values[id]
        if answer is None:
            return Mark(id, None, ours, "missing", Decimal(0))
        tolerance = self._tolerance_to_ours(id)
        verdict = self._verdict(id)
        # Working with other operands than the step's says more than any slip that fits by chance.
        looks_for_slips = verdict == "wrong" and not self._difference(id, answer)
        return Mark(
            id,
            answer.value,
            ours,
            verdict,
            tolerance,
            tuple(self._slips(id, answer, tolerance)) if looks_for_slips else (),
            tuple(self._on_working(id, answer, verdict)),
            verdict == "wrong" and self._follows(id),
        )

    # --- verdicts ---

    def _tolerance(self, id: str, reading: Reading, ours: Decimal) -> Decimal:
        return self.allowed.of(ours) if self.allowed else reading.tolerance(id)

    def _tolerance_to_ours(self, id: str) -> Decimal:
        """How far an answer may be off our number. Where all answers before it are right, that is
        at least what their rounding does to this step if they are carried on as written."""
        if id not in self._tolerances:
            found = self._tolerance(id, self.from_ours, self.solution.values[id])
            if found and not self.allowed:
                off = self.from_theirs.values[id] - self.solution.values[id]
                carried = half_unit(self.written[id]) + abs(off)
                if off.is_finite() and carried > found and self._is_right_before(id):
                    found = carried
            self._tolerances[id] = found
        return self._tolerances[id]

    def _is_right_before(self, id: str) -> bool:
        """Whether no answer to an earlier step is off by more than it may be."""
        earlier = (each for each, n in self._places.items() if n < self._places[id])
        return all(self._is_right(each) for each in earlier if each in self.written)

    def _is_right(self, id: str) -> bool:
        return within(self.written[id], self.solution.values[id], self._tolerance_to_ours(id))

    def _verdict(self, id: str) -> Verdict:
        if self._is_right(id):
            return "right"
        if self._follows(id) and not self._is_trivial(id):
            return "follows_through"
        return "wrong"

    def _follows(self, id: str) -> bool:
        """Whether the number is what the step gives on the numbers written before it."""
        value = self.from_theirs.values[id]
        tolerance = self._tolerance(id, self.from_theirs, value)
        return within(self.written[id], value, tolerance)

    def _is_trivial(self, id: str) -> bool:
        """Whether the numbers before it left nothing to work out in this step, so that no credit
        is due: its value is no number, or 0 or 1. A sum may come to these by its own terms, if
        they are not all 0."""
        value = self.from_theirs.values[id]
        definition = self.solution.step(id).quantity.definition
        if isinstance(definition, Sum) and value.is_finite():
            used = self.from_theirs.used
            return not any(operand.value(used) for operand in definition.operands)
        return not value.is_finite() or value in (0, 1)

    def _slips(self, id: str, answer: Answered, tolerance: Decimal) -> list[Named]:
        if self.diagnosis is None:
            return []
        if answer.value == self._wrong_in_print.get(id):
            text = "This is the number that the source prints. It is wrong: 'lossclass solve' says why."
            return [Named("published-number", text, answer.value, id)]
        if self._follows(id) and self._is_trivial(id):
            return []  # on numbers that left nothing to work out, every slip comes to the same
        number, tolerance = self._meant(id, answer, tolerance)
        place = self._places[id]
        earlier = {
            each: value for each, value in self.written.items() if self._places[each] < place
        }
        found = self.diagnosis.explain(id, number, tolerance, earlier)
        return found or self.diagnosis.explain(id, number, tolerance)

    def _meant(self, id: str, answer: Answered, tolerance: Decimal) -> tuple[Decimal, Decimal]:
        """The number for which to look for slips, and how far it may be off: what the working
        beside it comes to, if the number is that rounded."""
        if answer.working is None:
            return answer.value, tolerance
        gives, half = _worked_out(answer.working), half_unit(answer.value)
        if not within(answer.value, gives, half):
            return answer.value, tolerance
        return gives, tolerance if self.allowed else max(tolerance - half, Decimal(0))

    @cached_property
    def _wrong_in_print(self) -> Mapping[str, Decimal]:
        """The numbers of the source that are not ours."""
        return {
            each.id: each.published for each in self.solution.published if each.verdict != "right"
        }

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {step.id: n for n, step in enumerate(self.solution.steps)}

    # --- the working beside a number ---

    def _on_working(self, id: str, answer: Answered, verdict: Verdict) -> Iterator[str]:
        """What the working comes to, and which operands it lacks or has too many of."""
        if answer.working is None:
            return
        gives = _worked_out(answer.working)
        written = _number(answer.value)
        shown = _number(gives, len(answer.value.as_tuple().digits) + 2)
        comes_out = within(answer.value, gives, half_unit(answer.value))
        if gives.is_nan():
            yield f"{self._the_working} has no value."
        elif gives == answer.value or shown == written:
            yield f"{self._the_working} gives {written}, as {self._put}."
        elif comes_out:
            yield f"{self._the_working} gives {shown}, {self._put} as {written}."
        else:
            yield f"{self._the_working} gives {shown}, not the {self._put} {written}."
            if verdict == "right":
                yield "The number is right, its working is not."
        if verdict != "wrong":
            return
        difference = self._difference(id, answer)
        definition = self.solution.step(id).quantity.definition
        kind = "factors" if isinstance(definition, Product) else "terms"
        if difference:
            yield f"But its {kind} are not those of this step: {difference}."
        elif difference == "" and not comes_out:
            yield f"Its {kind} are the right ones, so the slip is in the arithmetic."

    def _difference(self, id: str, answer: Answered) -> str | None:
        """How the working's operands differ from those of the step, if they can be compared."""
        if answer.working is None:
            return None
        return compare(
            self.solution.step(id).quantity.definition,
            read(answer.working),
            self.from_theirs.used,
            self.solution.calculation,
            self.solution.digits,
        )


def _worked_out(working: str) -> Decimal:
    """What a working comes to; nan if it has no value."""
    with localcontext(WORKING):
        value: Decimal = read(working).value({})
    return value


def _number(number: Decimal, digits: int | None = None) -> str:
    return PLAIN.number(number if digits is None else show(number, digits).value)


def first_mistake(marks: Collection[Mark]) -> Mark | None:
    """The first that is wrong of itself; later ones are to be seen in its light."""
    return next((mark for mark in marks if mark.verdict == "wrong"), None)

"""Answer sheets of a class against one problem: the marks of each, and what slips it can tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

from lossclass.arithmetic.number import round_significant
from lossclass.blocks import Step
from lossclass.marking.causes import Cause
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marks import USUAL_DIGITS, Allowed, Answered, Mark, Marker, first_mistake
from lossclass.marking.written import Written
from lossclass.slips import CATALOGUE
from lossclass.solution import Solution, plain


class Answers(Protocol):
    """Answers by step id, and what is to be said beside their marks."""

    @property
    def cells(self) -> Mapping[str, Answered]: ...
    @property
    def said(self) -> tuple[str, ...]: ...


class HandedIn(Protocol):
    """What somebody handed in."""

    @property
    def student(self) -> str: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def digits(self) -> int | None: ...
    def answers_to(self, solution: Solution) -> Answers: ...


@dataclass(frozen=True)
class Checked:
    """A sheet with its marks, in the order of the steps.

    Attributes:
        causes: the fewest mistakes that explain what is wrong.
        allowed: the tolerance, if the teacher set it.
        variant: the id of the variant that it was marked against, if it is one.
        said: what there is to say of the sheet beside its marks, a line each.
    """

    solution: Solution
    sheet: HandedIn
    marks: tuple[Mark, ...]
    causes: tuple[Cause, ...] = ()
    allowed: Allowed | None = None
    variant: str = ""
    said: tuple[str, ...] = ()

    @property
    def first_mistake(self) -> Mark | None:
        """The first answer that is wrong of itself."""
        return first_mistake(self.marks)

    @property
    def is_right(self) -> bool:
        """Whether everything that was asked is right."""
        return all(mark.verdict == "right" for mark in self.marks)

    @cached_property
    def possible(self) -> Mapping[str, Fraction]:
        """What each answer counts if it is right, by id."""
        return self.solution.points.shared([mark.id for mark in self.marks])

    def points_of(self, mark: Mark) -> Fraction:
        """What an answer gets."""
        if mark.verdict == "follows_through":
            return self.possible[mark.id] * self.solution.points.follow_through
        return self.possible[mark.id] if mark.verdict == "right" else Fraction(0)

    @property
    def has_points(self) -> bool:
        """Whether the problem says what its steps count."""
        return self.solution.points.are_given

    @property
    def points(self) -> Fraction:
        """What all answers get."""
        return sum(map(self.points_of, self.marks), Fraction(0))

    @property
    def most(self) -> Fraction:
        """What all answers count if they are right."""
        return sum(self.possible.values(), Fraction(0))

    @property
    def score(self) -> dict[str, int]:
        """How many answers have each verdict, and how many were asked."""
        verdicts = [mark.verdict for mark in self.marks]
        names = ("right", "follows_through", "wrong", "unreadable")
        return {**{name: verdicts.count(name) for name in names}, "asked": len(verdicts)}  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """The marks as plain data, as ``--format json`` prints them."""
        first = self.first_mistake
        return {
            "problem": self.solution.about.file or self.solution.about.title,
            "student": self.sheet.student,
            **({"variant": self.variant} if self.variant else {}),
            "score": self.score,
            "points": float(self.points),
            "of": float(self.most),
            "marks": [self._mark_dict(mark) for mark in self.marks],
            **({"said": list(self.said)} if self.said else {}),
            "first_mistake": first.id if first else None,
            "causes": [cause.to_dict() for cause in self.causes],
        }

    def _mark_dict(self, mark: Mark) -> dict[str, Any]:
        return {
            "id": mark.id,
            "answer": None if mark.answer is None else plain(mark.answer),
            **({"written": mark.written} if mark.written else {}),
            **({"on_reading": mark.on_reading} if mark.on_reading else {}),
            "ours": plain(mark.ours),
            "verdict": mark.verdict,
            "points": float(self.points_of(mark)),
            "of": float(self.possible[mark.id]),
            "explanation": mark.explanation.to_dict(),
            **({"coarse": True, "asked_digits": mark.asked_digits} if mark.coarse else {}),
            "slips": [{"code": slip.code, "text": slip.text} for slip in mark.slips],
        }


@dataclass(frozen=True)
class Checker:
    """Marks sheets of one problem.

    Attributes:
        diagnosis: the slips of the problem.
        allowed: a tolerance in the place of what the digits say.
        variant: the id of the problem, if it is a variant of another.
        strict_digits: whether a number with fewer digits than asked is wrong.
        asked_digits: to how many significant digits answers are asked by sheets that do not say.
        asked: the ids of the steps that are asked; others are read, and get no mark. None for all
            that are answered.
    """

    solution: Solution
    diagnosis: Diagnosis
    allowed: Allowed | None = None
    variant: str = ""
    strict_digits: bool = field(default=False, kw_only=True)
    asked_digits: int = field(default=USUAL_DIGITS, kw_only=True)
    asked: Collection[str] | None = field(default=None, kw_only=True)

    def check(self, sheet: HandedIn) -> Checked:
        """The marks of a sheet.

        Raises:
            InvalidProblem: it is for another problem, or has no answer to a step of this one.
        """
        answers = sheet.answers_to(self.solution)
        digits = sheet.digits or self.asked_digits
        said = answers.said
        if digits < self.asked_digits:
            fewer = f"{digits}, not {self.asked_digits}"
            said += (f"This sheet asks for fewer significant digits than usual here: {fewer}.",)
        marker = self.marker(answers.cells, digits)
        marks = tuple(self._of_what_is_asked(marker))
        return Checked(self.solution, sheet, marks, marker.causes, self.allowed, self.variant, said)

    def _of_what_is_asked(self, marker: Marker) -> Iterator[Mark]:
        if self.asked is None:
            yield from marker.marks()
            return
        there = {mark.id: mark for mark in marker.marks()}
        counts = self.solution.points.shared([*self.asked])
        for step in self.solution.steps:
            mark = there.get(step.id) or Mark(step.id, None, step.decimal, "missing")
            if step.id in self.asked and (counts[step.id] or mark.verdict != "missing"):
                yield mark

    def marker(
        self, answers: Mapping[str, Answered | None], asked_digits: int | None = None
    ) -> Marker:
        """What marks these answers, asked to so many digits."""
        return Marker(
            self.solution,
            answers,
            self.diagnosis,
            self.allowed,
            asked_digits=asked_digits or self.asked_digits,
            strict_digits=self.strict_digits,
        )

    @property
    def title(self) -> str:
        """The title of the problem."""
        return self.solution.about.title


@dataclass(frozen=True)
class Indistinguishable:
    """A slip whose number is too near the right one for a step to tell it from that."""

    step: Step
    slip: Named


def lint(
    solution: Solution, diagnosis: Diagnosis, asked_digits: int = USUAL_DIGITS
) -> list[Indistinguishable]:
    """The slips that a problem cannot tell from the right answer, written with as many digits as are
    asked; each code once a step, the most usual first. Trivial ones, which work out the very same
    expression of the same numbers, are left out."""
    found: list[Indistinguishable] = []
    for step in solution.steps:
        if step.id in solution.answer_ids and step.decimal.is_finite():
            number = Written(round_significant(step.decimal, asked_digits))
            seen: set[str] = set()
            near = 2 * float(number.half_unit)
            for slip in diagnosis.all_of(step.id, near):
                if slip.code not in seen and number.is_rounded(slip.value):
                    seen.add(slip.code)
                    found.append(Indistinguishable(step, slip))
    return sorted(found, key=lambda each: -CATALOGUE[each.slip.code].usual)

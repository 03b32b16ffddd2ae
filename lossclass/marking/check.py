"""Answer sheets of a class against one problem: the marks of each, and what slips it can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.blocks import Step
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marks import Allowed, Mark, Marker, first_mistake
from lossclass.marking.sheets import Sheet
from lossclass.marking.tolerance import USUAL_DIGITS, Reading
from lossclass.solution import Solution, plain


@dataclass(frozen=True)
class Checked:
    """A sheet with its marks, in the order of the steps, the tolerance if the teacher set it, and
    the id of the variant that it was marked against, if it is one."""

    solution: Solution
    sheet: Sheet
    marks: tuple[Mark, ...]
    allowed: Allowed | None = None
    variant: str = ""

    @property
    def first_mistake(self) -> Mark | None:
        """The first answer that is wrong of itself."""
        return first_mistake(self.marks)

    @property
    def is_right(self) -> bool:
        """Whether everything that was asked is right."""
        return all(mark.verdict == "right" for mark in self.marks)

    @property
    def score(self) -> dict[str, int]:
        """How many answers have each verdict, and how many were asked."""
        verdicts = [mark.verdict for mark in self.marks]
        names = ("right", "follows_through", "wrong")
        return {**{name: verdicts.count(name) for name in names}, "asked": len(verdicts)}  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """The marks as plain data, as ``--format json`` prints them."""
        first = self.first_mistake
        return {
            "problem": self.solution.about.file or self.solution.about.title,
            "student": self.sheet.student,
            **({"variant": self.variant} if self.variant else {}),
            "score": self.score,
            "marks": [_mark_dict(mark) for mark in self.marks],
            "first_mistake": first.id if first else None,
        }


def _mark_dict(mark: Mark) -> dict[str, Any]:
    return {
        "id": mark.id,
        "answer": None if mark.answer is None else plain(mark.answer),
        "ours": plain(mark.ours),
        "verdict": mark.verdict,
        "tolerance": plain(mark.tolerance),
        "slips": [{"code": slip.code, "text": slip.text} for slip in mark.slips],
    }


class Checker:
    """Marks sheets of one problem.

    Args:
        diagnosis: the slips of the problem.
        allowed: a tolerance in the place of what rounding can do.
        variant: the id of the problem, if it is a variant of another.
    """

    def __init__(
        self,
        solution: Solution,
        diagnosis: Diagnosis,
        allowed: Allowed | None = None,
        variant: str = "",
    ) -> None:
        self.solution = solution
        self.diagnosis = diagnosis
        self.allowed = allowed
        self.variant = variant
        self._ids = [step.id for step in solution.steps]

    def check(self, sheet: Sheet) -> Checked:
        """The marks of a sheet.

        Raises:
            InvalidProblem: it is for another problem, or answers steps that there are not.
        """
        sheet.check_fits(self.solution.about.file, self._ids)
        with localcontext(WORKING):
            marker = Marker(self.solution, sheet.answers, self.diagnosis, self.allowed)
            marks = tuple(marker.marks())
        return Checked(self.solution, sheet, marks, self.allowed, self.variant)

    @property
    def title(self) -> str:
        """The title of the problem."""
        return self.solution.about.title


@dataclass(frozen=True)
class Indistinguishable:
    """A slip whose number is too near the right one for a step to tell it from that."""

    step: Step
    slip: Named


def lint(solution: Solution, diagnosis: Diagnosis) -> Iterator[Indistinguishable]:
    """The slips that a problem cannot tell from the right answer, with everything rounded to as
    many digits as is usual; each code once a step."""
    with localcontext(WORKING):
        rounded: Mapping[str, Decimal] = {
            step.id: round_significant(step.decimal, USUAL_DIGITS)
            for step in solution.steps
            if step.id in solution.answer_ids
        }
        reading = Reading(solution.calculation, rounded, carried_on=False)
        for step in solution.steps:
            if step.id in rounded:
                seen: set[str] = set()
                for slip in diagnosis.all_of(step.id):
                    apart = abs(slip.value - step.decimal)
                    if slip.code not in seen and apart <= reading.tolerance(step.id):
                        seen.add(slip.code)
                        yield Indistinguishable(step, slip)

"""Answer sheets of a class against one problem: the marks of each, and what slips it can tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from lossclass.arithmetic.number import round_significant
from lossclass.blocks import Step
from lossclass.marking.causes import Cause
from lossclass.marking.diagnosis import Diagnosis, Named
from lossclass.marking.marker import Marker
from lossclass.marking.marks import USUAL_DIGITS, Allowed, Answered, Mark
from lossclass.marking.meant import as_meant
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.slips import CATALOGUE
from lossclass.solution import Solution, plain

#: So many steps are named that were not found.
_MOST_NAMED: Final = 20


class Answers(Protocol):
    """Answers by step id, and what is to be said beside their marks."""

    @property
    def cells(self) -> Mapping[str, Answered]: ...
    @property
    def said(self) -> tuple[str, ...]: ...
    @property
    def absent(self) -> tuple[str, ...]: ...


class HandedIn(Protocol):
    """What somebody handed in."""

    @property
    def student(self) -> str: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def digits(self) -> int | None: ...
    @property
    def is_row(self) -> bool: ...
    def answers_to(self, solution: Solution) -> Answers: ...


class _Marked:
    """What can be said of the marks of a sheet, on one problem or on several."""

    if TYPE_CHECKING:
        sheet: HandedIn
        variant: str
        said: tuple[str, ...]

        @property
        def marks(self) -> tuple[Mark, ...]: ...
        @property
        def causes(self) -> tuple[Cause, ...]: ...
        @property
        def possible(self) -> Mapping[str, Fraction]: ...
        @property
        def points(self) -> Fraction: ...

    @property
    def first_mistake(self) -> Mark | None:
        """The first answer that is wrong of itself; later ones are to be seen in its light."""
        return next((mark for mark in self.marks if mark.verdict == "wrong"), None)

    @property
    def is_right(self) -> bool:
        """Whether everything that was asked is right, and something was."""
        return bool(self.marks) and all(mark.verdict == "right" for mark in self.marks)

    @property
    def most(self) -> Fraction:
        """What all answers count if they are right."""
        return sum(self.possible.values(), Fraction(0))

    @property
    def score(self) -> dict[str, int]:
        """How many answers have each verdict, and how many were asked."""
        verdicts: list[str] = [mark.verdict for mark in self.marks]
        names = ("right", "follows_through", "wrong", "unreadable")
        return {**{name: verdicts.count(name) for name in names}, "asked": len(verdicts)}

    def _dict(self, head: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
        """The marks as plain data; ``parts`` stand between what they count and what is said."""
        first = self.first_mistake
        return {
            **head,
            "student": self.sheet.student,
            **({"variant": self.variant} if self.variant else {}),
            "score": self.score,
            "points": float(self.points),
            "of": float(self.most),
            **parts,
            **({"said": list(self.said)} if self.said else {}),
            "first_mistake": first.id if first else None,
            "causes": [cause.to_dict() for cause in self.causes],
        }


@record
class Checked(_Marked):
    """A sheet with its marks, in the order of the steps.

    Attributes:
        causes: the fewest mistakes that explain what is wrong.
        allowed: the tolerance, if the teacher set it.
        variant: the id of the variant that it was marked against, if it is one.
        said: what there is to say of the sheet beside its marks, a line each.
        number: of the problem in an exam, from 1; it stands before the ids of the marks. 0 for a
            problem by itself.
        not_found: the ids of steps that were looked for in working, have no line, and are not asked.
        is_empty: whether nothing is answered, be it asked or not.
    """

    solution: Solution
    sheet: HandedIn
    marks: tuple[Mark, ...]
    causes: tuple[Cause, ...] = ()
    allowed: Allowed | None = None
    variant: str = ""
    said: tuple[str, ...] = ()
    number: int = 0
    not_found: tuple[str, ...] = ()
    is_empty: bool = False

    @property
    def parts(self) -> tuple[Checked, ...]:
        """The marks problem by problem: there is one."""
        return (self,)

    @property
    def title(self) -> str:
        """What was marked."""
        return self.solution.about.title

    @property
    def step_ids(self) -> list[str]:
        """The ids of all steps of the problem, as marks have them."""
        return [_numbered(step.id, self.number) for step in self.solution.steps]

    def step_of(self, mark: Mark) -> Step:
        """The step that a mark is of."""
        return self.solution.step(self._own(mark.id))

    def _own(self, id: str) -> str:
        """The id that a step has in the solution."""
        return id.partition(".")[2] if self.number else id

    def in_exam(self, number: int) -> Checked:
        """The same as the marks of a numbered problem of an exam."""
        marks = (replace(each, id=_numbered(each.id, number)) for each in self.marks)
        causes = (
            replace(each, explains=tuple(_numbered(id, number) for id in each.explains))
            for each in self.causes
        )
        return replace(self, marks=tuple(marks), causes=tuple(causes), number=number)

    @cached_property
    def possible(self) -> Mapping[str, Fraction]:
        """What each answer counts if it is right, by id."""
        shared = self.solution.points.shared([self._own(mark.id) for mark in self.marks])
        return {_numbered(id, self.number): most for id, most in shared.items()}

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

    def to_dict(self) -> dict[str, Any]:
        """The marks as plain data, as ``--format json`` prints them."""
        head = {
            **({"number": self.number} if self.number else {}),
            "problem": self.solution.about.file or self.solution.about.title,
        }
        return self._dict(head, {"marks": [self._mark_dict(mark) for mark in self.marks]})

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


def _numbered(id: str, number: int) -> str:
    return f"{number}.{id}" if number else id


@record
class CheckedExam(_Marked):
    """A sheet with its marks on several problems, which are numbered from 1.

    Attributes:
        title: of the exam.
        parts: the marks, problem by problem.
        variant, said: see :class:`Checked`.
    """

    title: str
    sheet: HandedIn
    parts: tuple[Checked, ...]
    variant: str = ""
    said: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks, each id behind the number of its problem."""
        return tuple(mark for part in self.parts for mark in part.marks)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What explains what is wrong, problem by problem."""
        return tuple(cause for part in self.parts for cause in part.causes)

    @property
    def step_ids(self) -> list[str]:
        """The ids of all steps of all problems, as marks have them."""
        return [id for part in self.parts for id in part.step_ids]

    @property
    def allowed(self) -> Allowed | None:
        """The tolerance, if the teacher set it."""
        return self.parts[0].allowed

    @property
    def is_empty(self) -> bool:
        """Whether nothing is answered."""
        return all(part.is_empty for part in self.parts)

    @property
    def not_found(self) -> list[str]:
        """The ids of steps that have no line in working, and are not asked."""
        return [_numbered(id, part.number) for part in self.parts for id in part.not_found]

    @property
    def has_points(self) -> bool:
        """An exam has; answers that are no sheet have not."""
        return any(part.has_points for part in self.parts)

    @cached_property
    def possible(self) -> Mapping[str, Fraction]:
        """What each answer counts if it is right, by id."""
        return {id: most for part in self.parts for id, most in part.possible.items()}

    @property
    def points(self) -> Fraction:
        """What all answers get."""
        return sum((part.points for part in self.parts), Fraction(0))

    def to_dict(self) -> dict[str, Any]:
        """The marks as plain data, as ``--format json`` prints them."""
        problems = [part.to_dict() for part in self.parts]
        return self._dict({"exam": self.title}, {"problems": problems})


#: The marks of a sheet, on one problem or on those of an exam.
AnyChecked: TypeAlias = Checked | CheckedExam


@record
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
        of_class: the ids of those that are asked where nothing else says so, neither ``asked`` nor
            the columns of a table; None for those that are answered.
    """

    solution: Solution
    diagnosis: Diagnosis
    allowed: Allowed | None = None
    variant: str = ""
    strict_digits: bool = field(default=False, kw_only=True)
    asked_digits: int = field(default=USUAL_DIGITS, kw_only=True)
    asked: Collection[str] | None = field(default=None, kw_only=True)
    of_class: Collection[str] | None = field(default=None, kw_only=True)

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
        asked = self.of_class if self.asked is None and not sheet.is_row else self.asked
        marks = tuple(self._of_what_is_asked(marker, asked))
        absent = answers.absent if asked is None else ()
        return Checked(
            self.solution,
            sheet,
            marks,
            marker.causes,
            self.allowed,
            self.variant,
            (*said, *self._not_found(absent)),
            not_found=absent,
            is_empty=all(
                each.value is None and not each.unreadable for each in answers.cells.values()
            ),
        )

    def _not_found(self, absent: Sequence[str]) -> Iterator[str]:
        """That steps were not found, where there are no marks to say so."""
        if 0 < len(absent) < len(self.solution.steps):
            more = f" and {len(absent) - _MOST_NAMED} more" if len(absent) > _MOST_NAMED else ""
            yield f"No line was found for {', '.join(absent[:_MOST_NAMED])}{more}."

    def _of_what_is_asked(self, marker: Marker, asked: Collection[str] | None) -> Iterator[Mark]:
        if asked is None:
            yield from marker.marks()
            return
        there = {mark.id: mark for mark in marker.marks()}
        counts = self.solution.points.shared([*asked])
        for step in self.solution.steps:
            mark = there.get(step.id) or Mark(step.id, None, step.decimal, "missing")
            if step.id in asked and (counts[step.id] or mark.verdict != "missing"):
                yield mark

    def marker(
        self, answers: Mapping[str, Answered | None], asked_digits: int | None = None
    ) -> Marker:
        """What marks these answers, asked to so many digits."""
        return Marker(
            self.solution,
            as_meant(answers, self.diagnosis.calculation),
            self.diagnosis,
            self.allowed,
            asked_digits=asked_digits or self.asked_digits,
            strict_digits=self.strict_digits,
        )

    @property
    def title(self) -> str:
        """The title of the problem."""
        return self.solution.about.title


@record
class Indistinguishable:
    """A slip whose number is too near the right one for a step to tell it from that."""

    step: Step
    slip: Named


def lint(
    solution: Solution, diagnosis: Diagnosis, asked_digits: int = USUAL_DIGITS
) -> list[Indistinguishable]:
    """What :func:`indistinguishable` finds, the most usual first."""
    found = indistinguishable(solution, diagnosis, asked_digits)
    return sorted(found, key=lambda each: -CATALOGUE[each.slip.code].usual)


def indistinguishable(
    solution: Solution, diagnosis: Diagnosis, asked_digits: int = USUAL_DIGITS
) -> Iterator[Indistinguishable]:
    """The slips that a problem cannot tell from the right answer, written with as many digits as are
    asked; each code once a step. Trivial ones, which work out the very same expression of the same
    numbers, are left out."""
    for step in _answers(solution):
        number = Written(round_significant(step.decimal, asked_digits))
        seen: set[str] = set()
        near = 2 * float(number.half_unit)
        for slip in diagnosis.all_of(step.id, near):
            if slip.code not in seen and number.is_rounded(slip.value):
                seen.add(slip.code)
                yield Indistinguishable(step, slip)


def confusable(solution: Solution, diagnosis: Diagnosis) -> Iterator[tuple[str, str, str]]:
    """The commonest slips that a problem cannot tell from each other, written with as many digits as
    is usual: the id of a step, and two codes, in order."""
    for step in _answers(solution):
        codes: dict[Decimal, set[str]] = {}
        for slip in diagnosis.numbers_of(diagnosis.commonest(step.id), step.id):
            codes.setdefault(round_significant(slip.value, USUAL_DIGITS), set()).add(slip.code)
        for each in codes.values():
            yield from ((step.id, *pair) for pair in combinations(sorted(each), 2))


def _answers(solution: Solution) -> Iterator[Step]:
    return (
        step
        for step in solution.steps
        if step.id in solution.answer_ids and step.decimal.is_finite()
    )

"""Somebody's numbers held against a solution: the verdict on each is that of its simplest explanation.

One code for answer sheets, for ``practice``, for ``--answer`` and for the published numbers of a
problem.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Final, Literal, Protocol, TypeAlias, TypeGuard, get_args

from lossclass.arithmetic.calculation import Calculation, Rounding, Run, is_same
from lossclass.arithmetic.expression import Product, Sum, is_place
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, round_significant, show
from lossclass.arithmetic.parsing import read
from lossclass.marking.causes import Cause, causes_of
from lossclass.marking.diagnosis import ROUNDINGS, Diagnosis, Fit, Search, distinct
from lossclass.marking.explanation import NOTHING, Explanation
from lossclass.marking.operands import compare, reach_of, worked_out
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.slips import Convention, Named, Slip
from lossclass.solution import Solution

Verdict: TypeAlias = Literal["right", "follows_through", "wrong", "missing", "unreadable"]

#: Which numbers somebody carries on from: what is right and precise; what is right and has two digits
#: at least; all that was written; what this is taken to stand for, with more digits; nothing of it.
_Stand: TypeAlias = Literal["precise", "right", "all", "meant", "nothing"]

#: To how many significant digits an answer is asked, where nothing else is said.
USUAL_DIGITS: Final = 3
#: What arithmetic comes to is shown, and taken if need be, to so many at least: nobody who writes 1/3
#: has rounded, but goes on with the digits that are shown then.
FEWEST_OF_ARITHMETIC: Final = 4
_CUT: Final = tuple(replace(each, cut=True) for each in ROUNDINGS)
#: So much, relatively, rounding to two digits may move a number.
_AS_TWO_DIGITS: Final = Decimal("0.05")
_COARSE: Final = (Rounding(2), Rounding(2, "decimals"))
#: A number may be off in its last digit by so much of itself at most.
_MOST_OFF: Final = Decimal("0.005")
_IN_WORDS: Final[Mapping[int, str]] = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}
#: Of more quantities than these, they are rounded in the most usual ways only.
_MOST_ROUNDED: Final = 2_000
#: Rounding on the way moves hardly a number farther than this, relatively.
_NEAR_ENOUGH: Final = Decimal("0.1")
#: From so many digits on, it may be off by two units of the last.
_FINE: Final = 4


class Answered(Protocol):
    """What somebody wrote for a step: a number, and the working beside it if there is one; or
    nothing; or what cannot be read."""

    @property
    def written(self) -> str: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def working(self) -> str | None: ...
    @property
    def exact(self) -> bool: ...
    @property
    def unreadable(self) -> str: ...
    @property
    def note(self) -> str: ...


class Number(Answered, Protocol):
    """What can be marked."""

    @property
    def value(self) -> Decimal: ...


def _is_number(answer: Answered) -> TypeGuard[Number]:
    return answer.value is not None


@record
class Allowed:
    """A tolerance that the teacher sets: so much, or such a share of our number."""

    amount: Decimal
    relative: bool

    def of(self, ours: Decimal) -> Decimal:
        """How far an answer may be off."""
        return abs(ours) * self.amount if self.relative and ours.is_finite() else self.amount

    def lets(self, one: Decimal, ours: Decimal) -> bool:
        """Whether a number is near enough to ours."""
        if not (one.is_finite() and ours.is_finite()):
            return one == ours
        gap, allowed = WORKING.subtract(one, ours).copy_abs(), self.of(ours)
        return gap <= allowed or is_same(gap, allowed)


@record
class Mark:
    """The verdict on one answer.

    Attributes:
        answer: what was written; None where nothing was, though it was asked.
        explanation: how the number comes about.
        slips: the mistakes that lead to the number, the likeliest first.
        on_working: what there is to say of the working beside it.
        leaves_nothing: whether it follows from wrong numbers that left nothing to work out.
        coarse: whether it has fewer digits than were asked, and is not our number itself.
        asked_digits: how many were asked.
        written: as it stands on the sheet, where that is not the number itself.
        on_reading: why it cannot be read, or what was assumed in reading it.
    """

    id: str
    answer: Decimal | None
    ours: Decimal
    verdict: Verdict
    explanation: Explanation = NOTHING
    slips: tuple[Named, ...] = ()
    on_working: tuple[str, ...] = ()
    leaves_nothing: bool = False
    coarse: bool = False
    written: str = ""
    on_reading: str = ""
    asked_digits: int = USUAL_DIGITS


@record
class _Judged:
    """A verdict with what speaks for it."""

    verdict: Verdict
    explanation: Explanation
    fits: Sequence[Fit] = ()


@dataclass(eq=False)
class Marker:
    """Marks the numbers that one person wrote down.

    Attributes:
        answers: by step id; every id is one of the solution's. None for what was left empty.
        diagnosis: the calculation and its slips.
        allowed: in the place of what the digits say.
        asked_digits: to how many significant digits answers are asked.
        strict_digits: whether a number with fewer of them is wrong.
        printed: whether they are from a book, not from a hand.
    """

    solution: Solution
    answers: Mapping[str, Answered | None]
    diagnosis: Diagnosis
    allowed: Allowed | None = None
    asked_digits: int = field(default=USUAL_DIGITS, kw_only=True)
    strict_digits: bool = field(default=False, kw_only=True)
    printed: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        self._the_working, self._put = (
            ("The printed working", "printed") if self.printed else ("The working", "written")
        )
        self._calculation = self.diagnosis.calculation
        self._convention: Convention | None = None
        #: What was written for the steps gone through, and what of it is right.
        self._before: dict[str, Written] = {}
        self._right: dict[str, Written] = {}
        #: What may stand in the place of steps from which somebody carries on.
        self._standing: dict[_Stand, dict[str, Decimal]] = {kind: {} for kind in get_args(_Stand)}
        self._runs: dict[tuple[_Stand, Rounding | None], Run] = {}

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The fewest mistakes that explain the wrong numbers."""
        return self._all[1]

    @cached_property
    def _all(self) -> tuple[Mapping[str, Mark], tuple[Cause, ...]]:
        """All marks, made in the order of the calculation, and the causes of what is wrong."""
        places = self._calculation.places
        marks: dict[str, Mark] = {}
        fits: dict[str, Sequence[Fit]] = {}
        with localcontext(WORKING):
            for id in sorted(self.answers, key=places.__getitem__):
                answer = self.answers[id]
                if answer is None or not _is_number(answer):
                    marks[id] = self._unmarked(id, answer)
                    continue
                marks[id], fits[id] = self._mark(id, answer)
            fits = {id: self._uncontradicted(each) for id, each in fits.items()}
        for id, each in fits.items():
            if marks[id].slips and not each:
                marks[id] = self._without_slips(marks[id])
        in_order = [step.id for step in self.solution.steps if step.id in fits]
        causes, chosen = causes_of({id: fits[id] for id in in_order})
        for id, fit in chosen.items():
            first = fit.named
            others = [each for each in marks[id].slips if each.code != first.code]
            explanation = replace(
                marks[id].explanation, code=first.code, value=first.value, rounding=fit.rounding
            )
            marks[id] = replace(marks[id], slips=(first, *others), explanation=explanation)
        return marks, causes

    def _without_slips(self, mark: Mark) -> Mark:
        """A mark whose slips other steps contradict: what only a slip spoke against is right."""
        if mark.coarse and not self.strict_digits:
            exact = Explanation("exact", mark.ours)
            return replace(mark, verdict="right", slips=(), explanation=exact)
        return replace(mark, slips=(), explanation=NOTHING)

    def marks(self) -> Iterator[Mark]:
        """All marks, in the order of the steps."""
        for step in self.solution.steps:
            if step.id in self.answers:
                yield self.mark(step.id)

    def mark(self, id: str) -> Mark:
        """The mark of one answer."""
        return self._all[0][id]

    def _unmarked(self, id: str, answer: Answered | None) -> Mark:
        """Of a step for which no number is written."""
        ours = self._calculation.values[id]
        if answer is None or not answer.unreadable:
            return Mark(id, None, ours, "missing")
        return Mark(
            id, None, ours, "unreadable", written=answer.written, on_reading=answer.unreadable
        )

    def _mark(self, id: str, answer: Number) -> tuple[Mark, Sequence[Fit]]:
        number, judged = self._numbered(id, answer)
        is_coarse = self._is_coarse(id, number, judged)
        if is_coarse and self.strict_digits:
            judged = _Judged("wrong", judged.explanation, judged.fits)
        follows = judged.verdict == "wrong" and self._follows(id, number) is not None
        self._go_on(id, number, judged, is_coarse=is_coarse)
        mark = Mark(
            id,
            answer.value,
            self._calculation.values[id],
            judged.verdict,
            judged.explanation,
            tuple(distinct(judged.fits)),
            tuple(self._on_working(id, answer, judged.verdict)),
            follows,
            is_coarse,
            answer.written if answer.exact else "",
            answer.note,
            self.asked_digits,
        )
        return mark, judged.fits

    def _numbered(self, id: str, answer: Number) -> tuple[Written, _Judged]:
        """A number in its digits, and the verdict on it. What arithmetic comes to has none: it is held
        against exact numbers; and, where none of them is it, against what rounding the numbers in
        the arithmetic can have made of one, to as many digits as are shown."""
        if not answer.exact:
            number = Written(answer.value, self._meant(answer))
            return number, self._judged(id, number, answer)
        number = Written.exactly(answer.value)
        judged = self._judged(id, number, answer)
        if judged.verdict != "wrong" or judged.fits or not number.value:
            return number, judged
        digits = max(self.solution.digits, FEWEST_OF_ARITHMETIC)
        rounded = Written.to(digits, answer.value)
        again = self._judged(id, rounded, answer)
        meant = again.explanation.value
        is_reached = meant is not None and number.off(meant) <= reach_of(answer.working or "")
        return (rounded, again) if is_reached else (number, judged)

    def _is_coarse(self, id: str, number: Written, judged: _Judged) -> bool:
        """Whether a number has few digits, and more would tell more: it is right as far as it goes, or a
        slip leads nearer to it than ours. Zeros that are left out at the end are no fewer digits."""
        ours = self._calculation.values[id]
        if self.allowed is not None or not 0 < number.digits < self.asked_digits:
            return False
        if judged.verdict == "right":
            return not number.is_exactly(round_significant(ours, self.asked_digits))
        return judged.verdict == "wrong" and bool(judged.fits) and number.is_rounded(ours)

    def _go_on(self, id: str, number: Written, judged: _Judged, *, is_coarse: bool) -> None:
        """Carry what was written on to the steps after it."""
        self._before[id] = number
        meant = judged.explanation.value
        kept: dict[_Stand, Decimal] = {"all": number.value, "meant": number.value if meant is None else meant}  # fmt: skip
        if judged.verdict == "right":
            self._right[id] = number
            if not is_coarse:
                kept["precise"] = number.value
            if not is_coarse or number.digits > 1:
                kept["right"] = number.value
        for kind, value in kept.items():
            self._standing[kind][id] = value
        for (kind, _), run in self._runs.items():
            if kind in kept:
                run.stands(id, kept[kind])

    # --- the order of explanations ---

    def _judged(self, id: str, number: Written, answer: Number) -> _Judged:
        if self.allowed is not None:
            return self._within_what_is_allowed(id, number)
        right = self._as_right(id, number) or self._by_convention(id, number)
        if right is not None:
            better = self._said_better_by_a_slip(id, number, right)
            return better or _Judged("right", right)
        if (follows := self._follows(id, number)) and not self._is_trivial(id):
            return _Judged("follows_through", follows)
        if found := self._published(id, number):
            return found
        # Working with other operands than the step's says more than any slip that fits by chance.
        looks_for_slips = not self._difference(id, answer) and not follows
        search = self._search(id, number)
        fits = search.common() if looks_for_slips else []
        if not fits and (rounded := self._nearly(id, number)):
            return _Judged("right", rounded)
        return _wrong(search.with_others(fits) if looks_for_slips else [])

    def _within_what_is_allowed(self, id: str, number: Written) -> _Judged:
        assert self.allowed is not None  # noqa: S101 - whoever asks has looked
        ours = self._calculation.values[id]
        if self.allowed.lets(number.value, ours):
            return _Judged("right", Explanation("exact", ours))
        value = self._value("all", id)
        if self.allowed.lets(number.value, value) and not self._is_trivial(id):
            return _Judged("follows_through", Explanation("carried", value))
        if found := self._published(id, number):
            return found
        search = self._search(id, number)
        return _wrong(search.with_others(search.common()))

    def _as_right(self, id: str, number: Written) -> Explanation | None:
        """Our value; or it carried on from what was written and is right; or with every step
        rounded alike."""
        ours = self._calculation.values[id]
        if fit := _fitting("exact", number, ours):
            return fit
        carried = self._value("precise", id)
        if not is_same(carried, ours) and (fit := _fitting("carried", number, carried)):
            return fit
        if not self._doubtful(id) and (
            fit := _fitting("carried", number, self._value("meant", id))
        ):
            return fit
        if self._standing["right"].keys() != self._standing["precise"].keys():
            carried = self._value("right", id)
            if fit := _fitting("carried", number, carried):
                return fit
        return self._rounded(id, number, (*ROUNDINGS, *_CUT))

    def _rounded(
        self, id: str, number: Written, roundings: Sequence[Rounding]
    ) -> Explanation | None:
        """The whole with every step rounded, and with what was written in the place of steps."""
        if not number.value or not number.value.is_finite():  # rounding leaves nothing of it
            return None
        if len(self._calculation) > _MOST_ROUNDED:
            roundings = roundings[:2]
        for rounding in roundings:
            alone = (
                self.diagnosis.rounded(rounding)
                if self._convention is None
                else self._run("nothing", rounding)
            )
            values = [alone.value(id, {})]
            if self._right:
                values.append(
                    self._value("precise" if rounding.digits > 2 else "right", id, rounding)
                )
            for value in values:
                is_it = not number.is_exact and is_same(rounding(value), number.value)
                if is_it or number.is_rounded(value):
                    return Explanation("rounded", value, rounding, text=_said_of(rounding))
                if number.digits > 2 and number.is_cut(value):
                    return Explanation("rounded", value, rounding, is_cut=True, text=_said_of(rounding))  # fmt: skip
        return None

    def _by_convention(self, id: str, number: Written) -> Explanation | None:
        """Another way to write the same down; the steps after are judged in it."""
        if self._convention is not None:
            return None
        for convention, calculation in self.diagnosis.other_calculations:
            value = calculation.values[id]
            if is_same(value, self._calculation.values[id]) or not value.is_finite():
                continue
            if number.off(value) > _NEAR_ENOUGH * abs(value):  # saves working it all again
                continue
            kept = self._calculation, self._runs
            self._calculation, self._runs, self._convention = calculation, {}, convention
            if found := self._as_right(id, number):
                return replace(found, kind="convention", code=convention.code, text=convention.text)
            (self._calculation, self._runs), self._convention = kept, None
        return None

    def _said_better_by_a_slip(
        self, id: str, number: Written, right: Explanation
    ) -> _Judged | None:
        """Of a number with few digits: a slip that leads to the very number, or nearer to it than
        our value, which only rounds to it."""
        ours = self._calculation.values[id]
        if not 0 < number.digits < self.asked_digits or number.is_exactly(ours):
            return None
        if right.value is not None and number.is_exactly(right.value):
            return None
        if number.decimals >= USUAL_DIGITS:  # three decimals are as usual as three digits
            return None
        assert right.value is not None  # noqa: S101 - what is right has a value
        off = number.off(right.value)
        fits = [
            fit
            for fit in self._search(id, number).common()
            if number.is_exactly(fit.named.value) or number.off(fit.named.value) < off
        ]
        return _wrong(fits) if fits else None

    def _follows(self, id: str, number: Written) -> Explanation | None:
        """What the step gives on the numbers written before it, if some of them are not right."""
        if not self._doubtful(id):
            return None
        kinds: tuple[_Stand, ...] = ("meant", "all")
        for kind in kinds:
            if fit := _fitting("carried", number, self._value(kind, id)):
                return fit
        for rounding in ROUNDINGS:
            value = self._value("all", id, rounding)
            if number.is_rounded(value):
                return Explanation("carried", value, rounding)
        if found := self._last_digit(id, number, self._from_theirs):
            return replace(found, kind="carried")
        return None

    def _doubtful(self, id: str) -> bool:
        """Whether something before a step was written that is wrong, or has few digits."""
        doubtful = self._before.keys() - self._standing["precise"].keys()
        return bool(doubtful) and not doubtful.isdisjoint(self._earlier(id))

    def _earlier(self, id: str) -> Mapping[str, int]:
        """All steps that a step is worked from."""
        return self.diagnosis.calculation.before(id)

    def _is_trivial(self, id: str) -> bool:
        """Whether the numbers before it left nothing to work out in this step, so that no credit
        is due: its value is no number, or 0 or 1. A sum may come to these by its own terms, if
        they are not all 0, and a place in a list may be the first."""
        run, value = self._run("all"), self._value("all", id)
        definition = self.solution.step(id).quantity.definition
        if isinstance(definition, Sum) and value.is_finite():
            return not any(operand.value(run.used) for operand in definition.operands)
        return not value.is_finite() or (value in (0, 1) and not is_place(definition))

    def _nearly(self, id: str, number: Written) -> Explanation | None:
        """With every step rounded to two digits; or our value but for the last digit, if rounding
        on the way can do that; or as single precision has it."""
        coarse = _COARSE[: 2 if self._has_no_small_step(id) else 1]
        if number.digits > 1 and (fit := self._rounded(id, number, coarse)):
            return fit
        worked = self._worked(self._standing["precise"])
        for calculation in (self._calculation, worked):
            if found := self._last_digit(id, number, calculation):
                return found
        return None

    def _has_no_small_step(self, id: str) -> bool:
        """Whether two decimals are as good as two digits, in every step on the way: of a small number
        they leave one or none, and that is a slip."""
        values = (self._calculation.values[each] for each in self._earlier(id) if each != id)
        return all(
            abs(_COARSE[1](value) - value) <= _AS_TWO_DIGITS * abs(value)
            for value in values
            if value.is_finite()
        )

    def _last_digit(self, id: str, number: Written, calculation: Calculation) -> Explanation | None:
        ours = calculation.values[id]
        if not (ours and ours.is_finite() and number.value.is_finite()):
            return None
        off = number.off(ours)
        if number.is_single(ours):
            text = "It is our number to the seven digits that single precision (float32) holds."
            return Explanation("rounded", ours, Rounding(7), text=text)
        units = 2 if number.digits >= _FINE else 1
        if off > (units + Decimal("0.5")) * number.unit or off > _MOST_OFF * abs(ours):
            return None
        written = {each: number.half_unit for each, number in self._before.items()}
        spread = calculation.spread(id, Rounding(USUAL_DIGITS), written)
        if spread + number.unit / 2 < off:
            return None
        is_off = number.off(self._calculation.values[id]) > number.half_unit
        text = "Its last digit is off, as rounding the steps before it makes it." if is_off else ""
        return Explanation("rounded", ours, Rounding(USUAL_DIGITS), text=text)

    # --- slips ---

    def _uncontradicted(self, fits: Sequence[Fit]) -> Sequence[Fit]:
        """Without the slips made everywhere that a step does not show that is right."""
        return [
            fit
            for fit in fits
            if fit.slip.step is not None
            or all(
                self._right[id].stands_for(value)
                for id, value in self.diagnosis.world(fit.slip).items()
                if id in self._right
            )
        ]

    def _worked(self, written: Mapping[str, Decimal]) -> Calculation:
        return self._calculation.carried_on(written) if written else self._calculation

    @property
    def _from_theirs(self) -> Calculation:
        """The calculation worked from all that was written so far."""
        return self._worked(self._standing["all"])

    def _search(self, id: str, number: Written) -> Search:
        return Search(self.diagnosis, id, number, self._from_theirs, self._right, self._before)

    def _published(self, id: str, number: Written) -> _Judged | None:
        """The number of the source that is not right."""
        if number.value != self._wrong_in_print.get(id):
            return None
        text = "This is the number that the source prints. It is wrong: 'lossclass solve' says why."
        named = Named("published-number", text, number.value, id)
        slip = Slip(named.code, text, {id: number.value}, id, is_own=False)
        return _wrong([Fit(slip, named, 1.0)])

    @cached_property
    def _wrong_in_print(self) -> Mapping[str, Decimal]:
        """The numbers of the source that are not ours."""
        return {
            each.id: each.published for each in self.solution.published if each.verdict != "right"
        }

    # --- runs ---

    def _value(self, kind: _Stand, id: str, rounding: Rounding | None = None) -> Decimal:
        """What a step comes to with these numbers in the place of steps before it."""
        return self._run(kind, rounding).value(id, self._standing[kind])

    def _run(self, kind: _Stand, rounding: Rounding | None = None) -> Run:
        key = kind, rounding
        if key not in self._runs:
            self._runs[key] = Run(self._calculation, rounding)
        return self._runs[key]

    # --- the working beside a number ---

    def _meant(self, answer: Number) -> Decimal | None:
        """What the working beside a number comes to, if the number is that rounded."""
        if answer.working is None:
            return None
        gives = worked_out(answer.working)
        return gives if Written(answer.value).is_rounded(gives) else None

    def _on_working(self, id: str, answer: Number, verdict: Verdict) -> Iterator[str]:
        """What the working comes to, and which operands it lacks or has too many of."""
        if answer.working is None:
            return
        gives = worked_out(answer.working)
        if answer.exact:
            digits = max(self.solution.digits, FEWEST_OF_ARITHMETIC)
            yield f"{self._the_working} comes to {shown(gives, digits)}."
        else:
            yield from self._on_coming_out(answer, gives, verdict)
        if verdict != "wrong":
            return
        difference = self._difference(id, answer)
        definition = self.solution.step(id).quantity.definition
        kind = "factors" if isinstance(definition, Product) else "terms"
        if difference:
            yield f"But its {kind} are not those of this step: {difference}."
        elif difference == "" and not Written(answer.value).stands_for(gives):
            yield f"Its {kind} are the right ones, so the slip is in the arithmetic."

    def _on_coming_out(self, answer: Number, gives: Decimal, verdict: Verdict) -> Iterator[str]:
        """Whether the number is what the working beside it comes to."""
        written = shown(answer.value)
        given = shown(gives, len(answer.value.as_tuple().digits) + 2)
        if gives.is_nan():
            yield f"{self._the_working} has no value."
        elif gives == answer.value or given == written:
            yield f"{self._the_working} gives {written}, as {self._put}."
        elif Written(answer.value).stands_for(gives):
            yield f"{self._the_working} gives {given}, {self._put} as {written}."
        else:
            yield f"{self._the_working} gives {given}, not the {self._put} {written}."
            is_near = Written(answer.value).off(gives) <= reach_of(answer.working or "")
            if verdict == "right" and is_near:
                yield "The number is right: the working has rounded numbers."
            elif verdict == "right":
                yield "The number is right, its working is not."

    def _difference(self, id: str, answer: Number) -> str | None:
        """How the working's operands differ from those of the step, if they can be compared."""
        if answer.working is None:
            return None
        run = self._run("all")
        self._value("all", id)
        return compare(
            self.solution.step(id).quantity.definition,
            read(answer.working),
            run.used,
            self._calculation,
            self.solution.digits,
        )


def _wrong(fits: Sequence[Fit]) -> _Judged:
    if not fits:
        return _Judged("wrong", NOTHING)
    first = fits[0]
    explanation = Explanation(
        "slip", first.named.value, first.rounding, first.named.code, first.is_cut
    )
    return _Judged("wrong", explanation, fits)


def _fitting(kind: Literal["exact", "carried"], number: Written, value: Decimal) -> Explanation | None:  # fmt: skip
    """That a value explains a number, if it does; digits that are cut off are said to be."""
    if number.is_rounded(value):
        return Explanation(kind, value)
    if number.is_cut(value):
        text = "The digits behind these are cut off; rounded, the last one would be another."
        return Explanation(kind, value, code="digits-cut", is_cut=True, text=text)
    return None


def _said_of(rounding: Rounding) -> str:
    how = "cut" if rounding.cut else "rounded"
    return f"It is right with every step {how} to {rounding}."


def shown(number: Decimal, digits: int | None = None) -> str:
    """A number as a sentence has it: in so many digits, or as it is."""
    return PLAIN.number(number if digits is None else show(number, digits).value)


def said_of_coarse(mark: Mark) -> str:
    """What there is to say of a number with few digits."""
    assert mark.answer is not None  # noqa: S101 - it is right as far as it goes
    digits, asked = Written(mark.answer).digits, mark.asked_digits
    few = "One digit is" if digits == 1 else f"{_IN_WORDS.get(digits, digits)} digits are"
    if mark.verdict == "right" or not mark.slips:
        return f"{few} too few to tell whether it is right: {_in_words(asked)} are asked."
    both = mark.ours, mark.slips[0].value
    digits_that_tell = (
        each
        for each in range(asked, asked + 3)
        if len({round_significant(number, each) for number in both}) > 1
    )
    tell = next(digits_that_tell, asked)
    return (
        f"{few} too few to tell: our number rounds to these, too, but what the following leads to "
        f"is nearer to them. With {_in_words(tell)} digits it shows which of the two it is."
    )


def _in_words(number: int) -> str:
    return _IN_WORDS.get(number, str(number)).lower()


def first_mistake(marks: Collection[Mark]) -> Mark | None:
    """The first that is wrong of itself; later ones are to be seen in its light."""
    return next((mark for mark in marks if mark.verdict == "wrong"), None)

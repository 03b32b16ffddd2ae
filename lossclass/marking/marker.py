"""Somebody's numbers held against a solution: the verdict on each is that of its simplest explanation.

One code for answer sheets, for ``practice``, for ``--answer`` and for the published numbers of a
problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property
from itertools import chain
from typing import Final, Literal, TypeAlias, TypeGuard

from lossclass.arithmetic.calculation import Calculation, Rounding, Run, is_same
from lossclass.arithmetic.expression import Product, Quantity, Quotient, Sum, is_place
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.arithmetic.parsing import read
from lossclass.marking.carrying import Carried, Stand
from lossclass.marking.causes import PUBLISHED, Cause, causes_of
from lossclass.marking.diagnosis import (
    OF_THE_PEN,
    ROUNDINGS,
    Diagnosis,
    Fit,
    Search,
    agrees,
    distinct,
)
from lossclass.marking.explanation import NOTHING, Explanation
from lossclass.marking.marks import (
    FEWEST_OF_ARITHMETIC,
    USUAL_DIGITS,
    Allowed,
    Answered,
    Mark,
    Number,
    Verdict,
)
from lossclass.marking.operands import compare, meant, on_outcome, worked_out
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.slips import Convention, Named, Slip
from lossclass.solution import Solution

#: What may explain a number, each with the verdict that it stands for.
_Ladder: TypeAlias = Iterable[tuple[Verdict, Explanation | None]]
_Values: TypeAlias = Iterator[tuple[Literal["exact", "carried"], Decimal]]

_CUT: Final = tuple(replace(each, cut=True) for each in ROUNDINGS)
#: So much, relatively, rounding to two digits may move a number.
_AS_TWO_DIGITS: Final = Decimal("0.05")
_COARSE: Final = (Rounding(2), Rounding(2, "decimals"))
#: A number may be off in its last digit by so much of itself at most.
_MOST_OFF: Final = Decimal("0.005")
#: Of more quantities than these, they are rounded in the most usual ways only.
_MOST_ROUNDED: Final = 2_000
#: Rounding on the way moves hardly a number farther than this, relatively.
_NEAR_ENOUGH: Final = Decimal("0.1")
#: From so many digits on, it may be off by two units of the last.
_FINE: Final = 4


def _is_number(answer: Answered | None) -> TypeGuard[Number]:
    return answer is not None and answer.value is not None


@record
class _Judged:
    """A verdict with what speaks for it."""

    verdict: Verdict
    explanation: Explanation = NOTHING
    fits: Sequence[Fit] = ()
    leaves_nothing: bool = False


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
        #: The numbers with few digits that a slip explains better, and those for which other steps
        #: show that nobody has made it.
        self._said_better: set[str] = set()
        self._not_better: set[str] = set()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The fewest mistakes that explain the wrong numbers."""
        return self._all[1]

    def marks(self) -> Iterator[Mark]:
        """All marks, in the order of the steps."""
        for step in self.solution.steps:
            if step.id in self.answers:
                yield self.mark(step.id)

    def mark(self, id: str) -> Mark:
        """The mark of one answer."""
        return self._all[0][id]

    @cached_property
    def _all(self) -> tuple[Mapping[str, Mark], tuple[Cause, ...]]:
        """All marks, and the causes of what is wrong."""
        marks, fits = self._gone_through()
        while contradicted := {id for id in self._said_better if not fits[id]}:
            self._not_better |= contradicted
            marks, fits = self._gone_through()
        for id, each in fits.items():
            if marks[id].slips and not each:
                marks[id] = replace(marks[id], slips=(), explanation=NOTHING)
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

    def _gone_through(self) -> tuple[dict[str, Mark], dict[str, Sequence[Fit]]]:
        """All marks, made in the order of the calculation, and the slips that explain each wrong
        number and that no step contradicts."""
        self._carried = Carried(self.diagnosis.calculation)
        self._conventions: tuple[Convention, ...] = ()
        self._said_better.clear()
        marks: dict[str, Mark] = {}
        fits: dict[str, Sequence[Fit]] = {}
        with localcontext(WORKING):
            for id in sorted(self.answers, key=self.diagnosis.calculation.places.__getitem__):
                answer = self.answers[id]
                if _is_number(answer):
                    marks[id], fits[id] = self._mark(id, answer)
                else:
                    marks[id] = self._unmarked(id, answer)
            return marks, {id: self._uncontradicted(each) for id, each in fits.items()}

    def _uncontradicted(self, fits: Sequence[Fit]) -> Sequence[Fit]:
        """Without the slips made everywhere that a step does not show that is right."""
        right, world = self._carried.right, self.diagnosis.world
        return [fit for fit in fits if fit.slip.step is not None or agrees(right, world(fit.slip))]

    def _unmarked(self, id: str, answer: Answered | None) -> Mark:
        """Of a step for which no number is written."""
        mark = Mark(id, None, self._carried.calculation.values[id], "missing")
        if answer is None or not answer.unreadable:
            return mark
        reason = answer.unreadable
        return replace(mark, verdict="unreadable", written=answer.written, on_reading=reason)

    def _mark(self, id: str, answer: Number) -> tuple[Mark, Sequence[Fit]]:
        number, judged = self._numbered(id, answer)
        is_coarse = self._is_coarse(id, number, judged)
        if is_coarse and self.strict_digits:
            judged = replace(judged, verdict="wrong")
        difference = self._difference(id, answer) if judged.verdict == "wrong" else None
        kept = [fit for fit in judged.fits if fit.slip.code not in OF_THE_PEN]
        if difference and number.means is not None and len(kept) < len(judged.fits):
            judged = _wrong(kept)
        said = tuple(self._on_working(id, answer, judged, number.reach, difference))
        meant_by_it = judged.explanation.value
        self._carried.go_on(id, number, judged.verdict, meant_by_it, is_coarse=is_coarse)
        mark = Mark(
            id,
            answer.value,
            self._carried.calculation.values[id],
            judged.verdict,
            judged.explanation,
            tuple(distinct(judged.fits)),
            said,
            judged.leaves_nothing,
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
        gives, reach = meant(answer, self._known)
        if not answer.exact:
            number = Written(answer.value, gives, reach)
            return number, self._judged(id, number)
        number = Written.exactly(answer.value, reach)
        judged = self._judged(id, number)
        if judged.verdict != "wrong" or judged.fits or not number.value:
            return number, judged
        digits = max(self.solution.digits, FEWEST_OF_ARITHMETIC)
        rounded = replace(Written.to(digits, answer.value), is_typed=False)
        again = self._judged(id, rounded)
        value = again.explanation.value
        return (number, judged) if value is None or number.off(value) > reach else (rounded, again)

    @cached_property
    def _known(self) -> frozenset[Decimal]:
        """The numbers of the problem and of its steps, which stand in a working as they are."""
        return frozenset(abs(each) for each in self.diagnosis.calculation.values.values())

    def _is_coarse(self, id: str, number: Written, judged: _Judged) -> bool:
        """Whether a number has few digits, and more would tell more: it is right as far as it goes, or a
        slip leads nearer to it than ours. Zeros that are left out at the end are no fewer digits."""
        ours = self._carried.calculation.values[id]
        if self.allowed is not None or not 0 < number.digits < self.asked_digits:
            return False
        if judged.verdict == "right":
            right = judged.explanation.value
            if right is not None and number.is_exactly(round_significant(right, self.asked_digits)):
                return False  # written in another convention, it is still all of it
            return not number.is_exactly(round_significant(ours, self.asked_digits))
        return judged.verdict == "wrong" and bool(judged.fits) and number.is_rounded(ours)

    # --- the order of explanations ---

    def _judged(self, id: str, number: Written) -> _Judged:
        ladder = self._ladder if self.allowed is None else self._within_what_is_allowed
        for verdict, explanation in ladder(id, number):
            if explanation is None:
                continue
            if verdict == "wrong":
                return _Judged("wrong", leaves_nothing=True)
            right = explanation if verdict == "right" else NOTHING
            better = self._said_better_by_a_slip(id, number, right)
            return better or _Judged(verdict, self._with_doubt(id, number, explanation))
        if found := self._published(id, number):
            return found
        search = self._search(id, number)
        fits = search.common()
        says_little = self._says_little(id, number, fits)
        if says_little and self.allowed is None and (rounded := self._nearly(id, number)):
            return _Judged("right", self._with_doubt(id, number, rounded))
        return _wrong(search.with_others(fits))

    def _with_doubt(self, id: str, number: Written, explanation: Explanation) -> Explanation:
        """What rounding explains, with the slip that would explain it as well, where no other number
        shows that it was rounded."""
        if explanation.kind != "rounded" or self.allowed or self._carried.written:
            return explanation
        fits = self._search(id, number).common()
        said = f" But this slip leads to the same digits: {fits[0].named.text}" if fits else ""
        return replace(explanation, text=explanation.text + said)

    def _says_little(self, id: str, number: Written, fits: Sequence[Fit]) -> bool:
        """Whether no slip fits, but for a term that hardly counts, or a number with two digits is near
        ours and fits only slips that are made in steps before it."""
        ours = self._carried.calculation.values[id]
        if number.off(ours) <= _MOST_OFF * abs(ours):
            fits = [fit for fit in fits if fit.slip.code != "term-left-out"]
        if number.digits != _COARSE[0].digits or number.off(ours) > _AS_TWO_DIGITS * abs(ours):
            return not fits
        return not any(id in fit.slip.changed for fit in fits)

    def _ladder(self, id: str, number: Written) -> _Ladder:
        """What may explain a number and is no slip, the simplest first, each with its verdict. Where
        something before it is wrong, what follows from that goes before what needs more than ours."""
        rights: _Ladder = (("right", each) for each in self._from_ours(id, number))
        if not self._carried.is_doubtful(id):
            return rights
        verdict: Verdict = "wrong" if self._is_trivial(id) else "follows_through"
        follows: _Ladder = ((verdict, each) for each in self._from_theirs(id, number))
        if verdict == "wrong" or not self._carried.is_after_a_mistake(id):
            return chain(rights, follows)
        return chain.from_iterable(zip(rights, follows, strict=True))

    def _from_ours(self, id: str, number: Written) -> Iterator[Explanation | None]:
        """Our value, or it carried on from what was written and is right; rounded, or else cut; then
        with every step rounded or cut; then by another convention."""
        ours = self._carried.calculation.values[id]
        for found in self._in_turn(id, number, self._ours):
            if found and found.kind == "carried" and not (found.text or number.is_rounded(ours)):
                text = "It is right with the rounded numbers that are written before it."
                yield replace(found, text=text)
            else:
                yield found
        yield self._by_convention(id, number)

    def _from_theirs(self, id: str, number: Written) -> Iterator[Explanation | None]:
        """The same of what follows from all that was written before; then it but for the rounding of
        what was written, or of the numbers in a working."""
        yield from self._in_turn(id, number, self._theirs, "all")
        theirs = self._carried.worked_from("all")
        if number.is_worked_from(theirs.values[id]):
            yield Explanation("carried", theirs.values[id])
        else:
            found = self._last_digit(id, number, theirs, is_theirs=True)
            yield found and replace(found, kind="carried")

    def _in_turn(
        self, id: str, number: Written, values: Callable[[str], _Values], stand: Stand | None = None
    ) -> Iterator[Explanation | None]:
        for cut in (False, True):
            yield _fitting(number, values(id), cut=cut)
        for roundings in (ROUNDINGS, _CUT):
            yield self._rounded(id, number, roundings, stand)

    def _within_what_is_allowed(self, id: str, number: Written) -> _Ladder:
        """The same with the teacher's tolerance in the place of what the digits say."""
        assert self.allowed is not None  # noqa: S101 - whoever asks has looked
        ours, theirs = self._carried.calculation.values[id], self._carried.value("all", id)
        if self.allowed.lets(number.value, ours):
            yield "right", Explanation("exact", ours)
        if self.allowed.lets(number.value, theirs):
            verdict: Verdict = "wrong" if self._is_trivial(id) else "follows_through"
            yield verdict, Explanation("carried", theirs)

    def _ours(self, id: str) -> _Values:
        """Our value, and it carried on from what was written and is right."""
        yield "exact", self.diagnosis.calculation.values[id]
        yield "exact", self._carried.calculation.values[id]
        yield "carried", self._carried.value("precise", id)
        if not self._carried.is_doubtful(id):
            yield "carried", self._carried.value("meant", id)
        yield "carried", self._carried.value("right", id)

    def _theirs(self, id: str) -> _Values:
        """What the step gives on all that was written before it."""
        for stand in ("meant", "typed", "all"):
            yield "carried", self._carried.value(stand, id)

    def _rounded(
        self, id: str, number: Written, roundings: Sequence[Rounding], stand: Stand | None = None
    ) -> Explanation | None:
        """The whole with every step rounded, and with what was written in the place of steps: all
        of it, or what is right and as precise."""
        if not number.value or not number.value.is_finite():  # rounding leaves nothing of it
            return None
        exact = self._carried.value(stand, id) if stand else self._carried.calculation.values[id]
        off = number.off(exact)
        is_moved = stand is None and self._carried.is_after_a_mistake(id)
        if is_moved and off > _NEAR_ENOUGH * abs(exact):
            return None  # the mistake has moved it, not rounding
        is_far = off > _AS_TWO_DIGITS * abs(exact)
        if len(self._carried.calculation) > _MOST_ROUNDED:
            roundings = roundings[:2]
        shown = self._carried.shown_before(id)
        if is_far:  # who rounds so roughly on the way has no more digits in the end
            shown.append(number.value)
        for rounding in (each for each in roundings if all(each(one) == one for one in shown)):
            run, written = self._run(rounding, stand)
            value = run.value(id, written)
            is_cut = number.digits > 2 and number.is_cut(value)
            if not (is_cut or number.is_rounded_by(rounding, value) or number.is_rounded(value)):
                continue
            if is_far and self._carried.is_lost(id, run):
                continue  # what vanishes makes another number, not a rounded one
            if stand:
                return Explanation("carried", value, rounding)
            text = (
                f"It is right with every step {'cut' if rounding.cut else 'rounded'} to {rounding}."
            )
            return Explanation("rounded", value, rounding, text=text)
        return None

    def _run(self, rounding: Rounding, stand: Stand | None) -> tuple[Run, Mapping[str, Decimal]]:
        """The calculation with every step rounded, and what stands in the place of steps."""
        if not (stand or self._carried.right or self._conventions):
            return self.diagnosis.rounded(rounding), {}  # the same for everybody
        kind = stand or ("precise" if rounding.digits > 2 else "right")
        return self._carried.run(kind, rounding), self._carried.standing[kind]

    def _by_convention(self, id: str, number: Written) -> Explanation | None:
        """Another way to write the same down; the steps after are judged in it."""
        for convention, calculation in self.diagnosis.by_conventions(self._conventions):
            value = calculation.values[id]
            if is_same(value, self._carried.calculation.values[id]) or not value.is_finite():
                continue
            if number.off(value) > _NEAR_ENOUGH * abs(value):  # saves working it all again
                continue
            if not self._is_theirs(convention, calculation):
                continue
            kept, self._carried = self._carried, self._carried.by(calculation)
            if found := next(filter(None, self._in_turn(id, number, self._ours)), None):
                self._conventions += (convention,)
                return replace(found, kind="convention", code=convention.code, text=convention.text)
            self._carried = kept
        return None

    def _is_theirs(self, convention: Convention, other: Calculation) -> bool:
        """Whether most of somebody's numbers are nearer to another calculation than to ours, where the
        two differ: one sign changed is no convention."""
        if convention.shown_by is not None and not any(map(self._is_shown, convention.shown_by)):
            return False
        votes = 0
        for id, answer in self.answers.items():
            ours, others = self._carried.calculation.values[id], other.values[id]
            if _is_number(answer) and not is_same(ours, others):
                number = Written(answer.value)
                votes += 1 if number.off(others) < number.off(ours) else -1
        return votes > 0

    def _is_shown(self, id: str) -> bool:
        """Whether a number is on the sheet that is ours, but for rounding on the way."""
        answer, ours = self.answers.get(id), self._carried.calculation.values[id]
        if not _is_number(answer):
            return False
        number = Written(answer.value)
        return number.stands_for(ours) or number.off(ours) <= _MOST_OFF * abs(ours)

    def _said_better_by_a_slip(
        self, id: str, number: Written, right: Explanation
    ) -> _Judged | None:
        """Of a number with few digits: a slip that leads to the very number, or nearer to it than
        our value, which only rounds to it."""
        if self.allowed is not None or id in self._not_better or right.value is None:
            return None
        if not 0 < number.digits < self.asked_digits or number.is_exactly(right.value):
            return None
        if number.is_exactly(self._carried.calculation.values[id]):
            return None
        if number.decimals >= USUAL_DIGITS:  # three decimals are as usual as three digits
            return None
        off = number.off(right.value)
        fits = [
            fit
            for fit in self._search(id, number).common()
            if number.is_exactly(fit.named.value) or number.off(fit.named.value) < off
        ]
        if not fits:
            return None
        self._said_better.add(id)
        return _wrong(fits)

    def _is_trivial(self, id: str) -> bool:
        """Whether the numbers before it left nothing to work out in this step, so that no credit
        is due: its value is no number, or 0 or 1. A sum may come to these by its own terms, if
        they are not all 0, a product or a quotient of others than 0 and 1 to 1, and a place in a list
        may be the first; a copy is as what it is copied from."""
        value, used = self._carried.value("all", id), self._carried.used(id)
        definition = self.diagnosis.calculation.by_id[id].definition
        if not value.is_finite():
            return True
        if isinstance(definition, Quantity) and not definition.is_given:
            return self._is_trivial(definition.id)
        operands = [operand.value(used) for operand in definition.operands]
        if isinstance(definition, Sum):
            return not any(operands)
        if isinstance(definition, Product | Quotient) and value == 1:
            return all(operand in (0, 1) for operand in operands)
        return value in (0, 1) and not is_place(definition)

    def _nearly(self, id: str, number: Written) -> Explanation | None:
        """With every step rounded to two digits; or our value but for the last digit, if rounding
        on the way can do that; or as single precision has it."""
        for _, value in self._ours(id):
            if number.is_worked_from(value):
                text = "It is right with the rounded numbers of its working."
                return Explanation("rounded", value, text=text)
        coarse = _COARSE[: 2 if self._has_no_small_step(id) else 1]
        if number.digits > 1 and (fit := self._rounded(id, number, coarse)):
            return fit
        for calculation in (self._carried.calculation, self._carried.worked_from("precise")):
            if found := self._last_digit(id, number, calculation):
                return found
        return None

    def _has_no_small_step(self, id: str) -> bool:
        """Whether two decimals are as good as two digits, in every step on the way: of a small number
        they leave one or none, and that is a slip."""
        calculation = self._carried.calculation
        values = (calculation.values[each] for each in calculation.before(id) if each != id)
        return all(
            abs(_COARSE[1](value) - value) <= _AS_TWO_DIGITS * abs(value)
            for value in values
            if value.is_finite()
        )

    def _last_digit(
        self, id: str, number: Written, calculation: Calculation, *, is_theirs: bool = False
    ) -> Explanation | None:
        """A value but for the last digit, if rounding the steps before it can do that; what follows from
        numbers that were written may be any that these stand for."""
        ours = calculation.values[id]
        if not (ours and ours.is_finite() and number.value.is_finite()):
            return None
        off = number.off(ours)
        if number.is_single(ours):
            text = "It is our number to the seven digits that single precision (float32) holds."
            return Explanation("rounded", ours, Rounding(7), text=text)
        if number.is_rounded_twice(ours) and not is_theirs:
            text = "It is rounded twice, which moves its last digit."
            return Explanation("rounded", ours, text=text)
        units = 2 if number.digits >= _FINE else 1
        is_far = off > (units + Decimal("0.5")) * number.unit
        most = _NEAR_ENOUGH if is_theirs else _MOST_OFF  # a difference of two is off by more
        if off > most * abs(ours) or (is_far and not is_theirs):
            return None
        written = {id: number.half_unit for id, number in self._carried.written.items()}
        spread = calculation.spread(id, Rounding(USUAL_DIGITS), written)
        if spread + number.unit / 2 < off:
            return None
        is_off = number.off(self._carried.calculation.values[id]) > number.half_unit
        text = "Only its last digit is off, as it is where the steps before it are rounded."
        return Explanation("rounded", ours, Rounding(USUAL_DIGITS), text=text if is_off else "")

    # --- slips, and the working beside a number ---

    def _search(self, id: str, number: Written) -> Search:
        carried = self._carried
        worked = carried.worked_from("all")
        return Search(self.diagnosis, id, number, worked, carried.right, carried.written)

    def _published(self, id: str, number: Written) -> _Judged | None:
        """The number of the source that is not right."""
        printed = (each for each in self.solution.published if each.verdict != "right")
        if not any((each.id, each.published) == (id, number.value) for each in printed):
            return None
        text = "This is the number that the source prints; the source is wrong here, and 'lossclass solve' says why."
        slip = Slip(PUBLISHED, text, {id: number.value}, id, is_own=False)
        return _wrong([Fit(slip, Named(slip.code, text, number.value, id), 1.0)])

    def _difference(self, id: str, answer: Number) -> str | None:
        """How the working's operands differ from those of the step, if they can be compared."""
        if answer.working is None:
            return None
        return compare(
            self.solution.step(id).quantity.definition,
            read(answer.working),
            self._carried.used(id),
            self._carried.calculation,
            self.solution.digits,
            self.diagnosis.written,
        )

    def _on_working(
        self, id: str, answer: Number, judged: _Judged, reach: Decimal, difference: str | None
    ) -> Iterator[str]:
        """What the working comes to; and, where no slip is named, which operands it lacks or has too
        many of."""
        if answer.working is None:
            return
        yield from on_outcome(
            answer, judged.verdict, self.solution.digits, reach, printed=self.printed
        )
        is_product = isinstance(self.solution.step(id).quantity.definition, Product)
        kind = "factors" if is_product else "terms"
        is_explained = any(fit.slip.code != PUBLISHED for fit in judged.fits)
        if difference and not is_explained:
            yield f"But its {kind} are not those of this step: {difference}."
        elif difference == "" and not Written(answer.value).stands_for(worked_out(answer.working)):
            yield f"Its {kind} are the right ones, so the slip is in the arithmetic."


def _wrong(fits: Sequence[Fit]) -> _Judged:
    if not fits:
        return _Judged("wrong")
    named, rounding = fits[0].named, fits[0].rounding
    return _Judged("wrong", Explanation("slip", named.value, rounding, named.code), fits)


def _fitting(number: Written, values: _Values, *, cut: bool) -> Explanation | None:
    """The first of some values that explains a number; digits that are cut off are said to be."""
    for kind, value in values:
        if cut and number.is_cut(value):
            text = (
                "The digits behind these are cut off: with rounding, the last one would be another."
            )
            return Explanation(kind, value, code="digits-cut", text=text)
        if not cut and number.is_rounded(value):
            return Explanation(kind, value)
    return None

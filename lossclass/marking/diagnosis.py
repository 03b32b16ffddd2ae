"""Which slip explains a number that somebody got.

A slip is a way of working the calculation that ends in a definite number. It explains what was
written if that is this number, rounded or cut to the written digits, and nothing else. An accidental
match of one number by one of hundreds is no explanation: slips are tried in the order of how usual
they are, and only as long as a number made up at random would hardly be met by any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from itertools import combinations
from typing import Final

from lossclass.arithmetic.calculation import Calculation, Rounding, Run, is_same
from lossclass.arithmetic.expression import Constant, Expression, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.marking.possible import MOST_QUANTITIES, Possible
from lossclass.marking.written import Written
from lossclass.records import record
from lossclass.slips import Named, Slip
from lossclass.slips.catalogue import COMMONEST
from lossclass.slips.rewritings import throughout

__all__ = ["Diagnosis", "Fit", "Named", "Search"]

#: A slip is so likely beside the same slip one step later; and one that is made wherever it can be, but
#: not in the step with the number, beside one that is made in it, too.
_EARLIER: Final = 0.4
_ELSEWHERE: Final = 0.5
#: What is less likely than this leaves room for others.
_FAR_FETCHED: Final = 0.5
#: A number made up at random may be met by so many of the slips that are tried, as a share of the
#: numbers of its size: by the commonest, by the others; where few digits are written, that would be
#: too few slips.
_FOR_COMMON: Final = Decimal("0.015")
_FOR_OTHERS: Final = Decimal("0.008")
_BY_CHANCE: Final = {2: Decimal("0.2"), 3: Decimal("0.05")}
#: What says the same as a slip, in better words, where it leads to the very same number.
_IN_BETTER_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "index-off-by-one": ("value-of-another-step", "wrong-predecessor"),
    "max-forgotten": ("activation-forgotten",),
    "other-average": ("sum-for-mean", "mean-for-sum"),
    "zero-among-other-scores": ("term-left-out",),
    "probabilities-as-log-probs": ("logarithm-forgotten",),
    "perplexity-off-by-one-token": ("padding-counted",),
}
#: Slips of the pen: nobody has made one where the working beside a number comes to it.
OF_THE_PEN: Final = frozenset({"decimal-slip", "digits-swapped", "one-digit-differs"})
_POWERS_OF_TEN: Final = (1, -1, 2, -2, 3, -3)
#: Slips are also looked for with every step rounded so, nearer than this to their own number.
ROUNDINGS: Final = tuple(
    Rounding(digits, kind) for digits in (3, 4, 5, 6) for kind in ("digits", "decimals")
)  # fmt: skip
_NEAR: Final = Decimal("0.02")
#: Of fewer digits, one that differs happens by chance too often.
_TELLING_DIGITS: Final = 4


@record
class Fit:
    """A slip that explains a number.

    Attributes:
        score: how likely it is beside the others.
        rounding: how the steps were rounded on the way, if they were.
    """

    slip: Slip
    named: Named
    score: float
    rounding: Rounding | None = None


class Diagnosis(Possible):
    """The slips of one calculation, and which of them explains a number."""

    def explain(self, id: str, number: Decimal) -> list[Named]:
        """The slips that explain a number that stands alone, the likeliest first."""
        search = Search(self, id, Written(number), self.calculation, {}, {})
        if search.number.stands_for(self.calculation.values[id]):
            return []
        with localcontext(WORKING):
            return distinct(search.with_others(search.common()))


@record
class Search:
    """The search for the slips behind one number.

    Attributes:
        id: of the step for which it was written.
        worked: the calculation worked from what was written before.
        right: what was written before and is right: no slip is in those steps.
        before: all that was written before.
    """

    diagnosis: Diagnosis
    id: str
    number: Written
    worked: Calculation
    right: Mapping[str, Written]
    before: Mapping[str, Written]

    @cached_property
    def depths(self) -> Mapping[str, int]:
        """The steps in which a slip may have been made, and how far back each is."""
        depths = self.worked.before(self.id)
        return {id: 0 if id in self.here else depth for id, depth in depths.items()}

    @cached_property
    def here(self) -> Sequence[str]:
        """The step, and what it is a copy of: in these, a slip is made here."""
        ids = [self.id]
        while isinstance(copied := self.worked.by_id[ids[-1]].definition, Quantity):
            if copied.is_given:
                break
            ids.append(copied.id)
        return ids

    def with_others(self, fits: list[Fit]) -> list[Fit]:
        """The less common slips, where the commonest explain nothing; else of these those that lead
        to the very same number, and, where all of the commonest are far-fetched, the others as well."""
        if not fits:
            return self.others() or self.rounded_slips() or self._one_digit()
        values = [fit.named.value for fit in fits]
        codes = {fit.slip.code for fit in fits}
        is_far_fetched = fits[0].score < _FAR_FETCHED
        more = [
            fit
            for fit in self.others()
            if is_far_fetched or any(is_same(fit.named.value, each) for each in values)
        ]
        return self._said_once(fits + [fit for fit in more if fit.slip.code not in codes])

    def _said_once(self, fits: Sequence[Fit]) -> list[Fit]:
        """The likeliest first, without those that say of a number what another one says better."""
        return self._in_order(
            fit for fit in fits if not any(self._says_better(each, fit) for each in fits)
        )

    def _says_better(self, one: Fit, other: Fit) -> bool:
        """Whether one slip leads to the very number of another, and is that one in better words."""
        if one is other or not is_same(one.named.value, other.named.value):
            return False
        code, step = other.slip.code, other.slip.step
        if code == one.slip.code:  # the loss says it with its rule
            return one.slip.is_own and not other.slip.is_own
        if code == "term-left-out" and step is not None and one.slip.is_own:
            is_of_it = one.slip.code.endswith(("-forgotten", "-skipped"))
            return is_of_it and self._leaves_out(step, one.slip)
        if code == "term-counted-twice":  # twice as much is without ½, or not divided by 2
            is_of_it = one.slip.code == "term-left-out" and one.slip.step == step
            return is_of_it or one.slip.is_own or one.slip.code in COMMONEST
        if code == "sign-changed":
            return not one.slip.is_rare
        return one.slip.code in _IN_BETTER_WORDS.get(code, ())

    def _leaves_out(self, id: str, slip: Slip) -> bool:
        """Whether a slip is made in a step, or makes nothing, or a 1, of what it is worked from."""
        changed = (slip.changed.get(each.id) for each in self.worked.uses[id])
        left = (each.number if isinstance(each, Constant) else each for each in changed)
        return id in slip.changed or any(each in (0, 1) for each in left if each is not None)

    def _is_made_in(self, id: str, slip: Slip) -> bool:
        """Whether a slip is made in a step, or in what it is worked from."""
        return not {id, *(each.id for each in self.worked.uses[id])}.isdisjoint(slip.changed)

    def common(self) -> list[Fit]:
        """The slips of the loss, and the commonest, that explain a number; the likeliest first."""
        slips = [*self.diagnosis.commonest(self.id)]
        slips += [
            each
            for each in self.diagnosis.single(self.depths, self.worked)
            if each.is_common and each.step in self.here
        ]
        if 0 < self.number.digits < 3:
            slips = [each for each in slips if each.is_own or each.code in COMMONEST]
        share = _BY_CHANCE.get(self.number.digits, _FOR_COMMON)
        fits = self._fitting(self._hardly_by_chance(self._tried(slips), share))
        if self.number.digits == 1:  # it says so little that only the very number counts
            fits = [fit for fit in fits if self.number.is_exactly(fit.named.value)]
        return fits

    def others(self) -> list[Fit]:
        """All other slips that explain a number."""
        if not self.number.value:
            return self._lost()
        if 0 < self.number.digits < 3:
            return self._sign_changed() + self._swapped()
        slips = [
            each
            for each in self.diagnosis.single(self.depths, self.worked)
            if not (each.is_common and each.step in self.here)
        ]
        slips += [
            each for each in self.diagnosis.own if each.step in self.depths and each.step != self.id
        ]
        slips += self.diagnosis.off_by_one(self.worked.by_id[self.id])
        tried = [
            *self._in_the_number(),
            *self._tried(slips),
            *self.diagnosis.lost_on_the_way(self.id, self.worked),
        ]
        fits = self._fitting(self._hardly_by_chance(tried, _FOR_OTHERS))
        return self._in_order(fits + self._swapped() + self._sign_changed())

    def rounded_slips(self) -> list[Fit]:
        """The commonest slips, with the steps on the way rounded; then two of them at once."""
        if self.number.digits < 3 or len(self.worked) > MOST_QUANTITIES:
            return []
        slips = [
            *self.diagnosis.commonest(self.id),
            *self.diagnosis.made_in(self.worked.by_id[self.id]),
        ]
        found: list[Fit] = []
        for slip, value in self._tried(slips):
            if not value.is_finite() or self.number.off(value) > _NEAR * abs(value):
                continue
            for rounding in ROUNDINGS:
                if rounding.digits > self.number.digits:
                    break  # it would have moved the number hardly ever
                run = Run(self.worked, rounding, slip.changed)
                exact = run.value(self.id, {})
                if not exact.is_nan() and self.number.is_rounded(exact):
                    text = self.diagnosis.said(slip, self.id, self.worked)
                    found.append(Fit(slip, Named(slip.code, text, exact, slip.step), slip.usual, rounding))  # fmt: skip
                    break
        if found or self.number.digits < 4:
            return sorted(found, key=lambda fit: -fit.score)
        return self._two_at_once()

    def _two_at_once(self) -> list[Fit]:
        """Two of the commonest slips together, such as log10 and the sum."""
        made: dict[str, dict[str, Expression]] = {}
        for slip in self.diagnosis.everywhere:
            if slip.is_common and any(each in self.depths for each in slip.changed):
                made.setdefault(slip.code, {}).update(slip.changed)  # type: ignore[arg-type]
        for one, other in combinations(made, 2):
            changed = {**made[one], **made[other]}
            for both in made[one].keys() & made[other].keys():
                changed[both] = throughout(made[one][both], other)
            value = self.worked.again(changed, self.id).get(self.id)
            if value is not None and not value.is_nan() and self.number.is_rounded(value):
                slips = [Slip(code, "", made[code], is_own=False) for code in (one, other)]
                text = " And: ".join(
                    self.diagnosis.said(each, self.id, self.worked) for each in slips
                )
                return [Fit(slips[0], Named(one, text, value), 1.0)]
        return []

    def _tried(self, slips: Iterable[Slip]) -> list[tuple[Slip, Decimal]]:
        """The numbers that slips lead to here: worked from what was written before and, where that
        does not contradict it, from the beginning. Those that change nothing are left out."""
        found: list[tuple[Slip, Decimal]] = []
        earlier = self.depths.keys() if self.before else frozenset[str]()
        places, last = self.worked.places, self.worked.places[self.id]
        for slip in slips:
            if all(places.get(each, last) > last for each in slip.changed):
                continue  # it is made after this step
            world = self.diagnosis.world(slip)
            if slip.step in self.right or not agrees(self.right, world):
                continue
            values = []
            if self.worked is not self.diagnosis.calculation and not earlier.isdisjoint(
                used for each in slip.changed for used in self._touched(each)
            ):
                values.append(self.worked.again(slip.changed, self.id).get(self.id))
            if agrees(self.before, world):
                values.append(world.get(self.id))
            ours = self.worked.values[self.id]
            found.extend(
                (slip, value)
                for value in values
                if value is not None and not value.is_nan() and not is_same(value, ours)
            )
        return found

    def _touched(self, id: str) -> Iterator[str]:
        """A quantity and those that are worked from it at once."""
        yield id
        for user in self.diagnosis.calculation.users.get(id, ()):
            yield user.id

    def _likely(self, slip: Slip) -> float:
        """How likely a slip is beside the others: less so the farther back it is made."""
        if slip.step is not None:
            return slip.usual * _EARLIER ** self.depths.get(slip.step, 0)
        is_here = any(self._is_made_in(each, slip) for each in self.here)
        return slip.usual if is_here else slip.usual * _ELSEWHERE

    def _place(self, slip: Slip) -> tuple[str, int | None]:
        """What is one of several: the same slip in the steps so far back, or wherever it can be."""
        return slip.code, None if slip.step is None else self.depths.get(slip.step, 0)

    def _in_order(self, fits: Iterable[Fit]) -> list[Fit]:
        """The likeliest first, and of those as likely the one that leads nearest to the number, or else
        is made wherever it can be, or changes least; what rounding may have done, behind what leads to it
        without."""
        return sorted(
            fits,
            key=lambda fit: (
                fit.slip.code == "rounded-to-zero",
                -fit.score,
                self.number.off(fit.named.value),
                fit.slip.step is not None,
                len(fit.slip.changed),
            ),
        )

    def _fitting(self, tried: Sequence[tuple[Slip, Decimal]]) -> list[Fit]:
        """Those whose number is the one written: rounded, or if there are none, cut. Of each code,
        the likeliest that is made everywhere and the likeliest made in one step."""
        counts = Counter(map(self._place, dict.fromkeys(slip for slip, _ in tried)))
        for is_cut in (False, True):
            found: dict[tuple[str, bool], Fit] = {}
            for slip, value in tried:
                if is_cut:
                    is_usual = slip.is_common and not slip.is_own
                    fits = self.number.is_cut(value) and (self.number.digits > 4 or is_usual)
                else:
                    fits = self.number.is_rounded(value) or self.number.is_single(value)
                if not fits:
                    continue
                # one of many is as likely as all are together, but for what is plain in this step
                is_plain = slip.step in self.here and not slip.is_own
                score = self._likely(slip) / (1 if is_plain else counts[self._place(slip)])
                key = slip.code, slip.step is None
                if key in found and found[key].score >= score:
                    continue
                text = self.diagnosis.said(slip, self.id, self.worked)
                named = Named(slip.code, text, value, slip.step)
                found[key] = Fit(slip, named, score)
            if found:
                return self._in_order(found.values())
        return []

    def _hardly_by_chance(
        self, tried: Iterable[tuple[Slip, Decimal]], share: Decimal
    ) -> list[tuple[Slip, Decimal]]:
        """As many of the slips, the likeliest first, as a random number of this size and with these
        digits would hardly be met by: each takes one of the numbers that could be written.

        Args:
            share: of the numbers from half to twice this one, two thirds of this may be taken.
        """
        number, size = self.number, abs(self.number.value)
        kept, taken = list[tuple[Slip, Decimal]](), set[Decimal]()
        for slip, value in sorted(tried, key=lambda pair: -self._likely(pair[0])):
            if value.is_finite() and size <= 2 * abs(value) <= 4 * size:
                taken.add((value / number.unit).to_integral_value())
                if len(taken) * number.unit > share * size and not number.is_exactly(value):
                    continue
            kept.append((slip, value))
        return kept

    # --- slips in writing a number down ---

    def _in_the_number(self) -> Iterator[tuple[Slip, Decimal]]:
        ours = self.worked.values[self.id]
        if not (ours.is_finite() and ours):
            return
        for power in _POWERS_OF_TEN:
            factor = PLAIN.number(Decimal(10) ** abs(power))
            what = "large" if power > 0 else "small"
            text = f"It is {factor} times too {what}: the decimal point is misplaced."
            value = ours.scaleb(power, WORKING)
            yield _written_down("decimal-slip", text, self.id, value)

    def _sign_changed(self) -> list[Fit]:
        """Of one digit, nobody can tell."""
        other = self.worked.values[self.id].copy_negate()
        is_it = self.number.is_rounded(other) or self.number.is_worked_from(other)
        is_it = is_it and self.number.digits > 1 and bool(other)
        return self._certain("sign-changed", "The sign is the wrong one.", is_it, other)

    def _swapped(self) -> list[Fit]:
        is_it = self.number.is_swapped(self.worked.values[self.id])
        return self._certain("digits-swapped", "Two neighbouring digits are swapped.", is_it)

    def _one_digit(self) -> list[Fit]:
        """A slip in adding or copying: one digit is off by 1, 2 or 5."""
        text = (
            "One digit differs from the right ones: that happens in adding and in copying numbers."
        )
        is_it = self.number.has_other_digit(self.worked.values[self.id])
        if (
            self.number.digits < _TELLING_DIGITS
        ):  # worked from what is told, hardly anything else was done
            told = (each.is_given or each.id in self.before for each in self.worked.uses[self.id])
            is_it = is_it and all(told)
        return self._certain("one-digit-differs", text, is_it)

    def _lost(self) -> list[Fit]:
        """A small number rounded to 0."""
        ours = self.worked.values[self.id]
        text = "It is rounded to 0: a small number needs significant digits, not decimal places."
        is_it = not self.number.value and ours.is_finite() and abs(ours) <= self.number.unit / 2
        return self._certain("rounded-to-zero", text, is_it)

    def _certain(
        self, code: str, text: str, is_it: bool, exact: Decimal | None = None
    ) -> list[Fit]:
        slip, value = _written_down(code, text, self.id, exact or self.number.value)
        return [Fit(slip, Named(code, text, value, self.id), slip.usual)] if is_it else []


def agrees(written: Mapping[str, Written], values: Mapping[str, Decimal]) -> bool:
    """Whether numbers that were written stand for these, where there is one."""
    return all(written[id].stands_for(values[id]) for id in written.keys() & values.keys())


def distinct(fits: Iterable[Fit]) -> list[Named]:
    """The slips that fit, each code once."""
    found: dict[str, Named] = {}
    for fit in fits:
        found.setdefault(fit.named.code, fit.named)
    return list(found.values())


def _written_down(code: str, text: str, id: str, value: Decimal) -> tuple[Slip, Decimal]:
    return Slip(code, text, {id: value}, id, is_own=False), value

"""Which slip explains a number that somebody got.

A slip is a way of working the calculation that ends in a definite number. It explains what was
written if that is this number, rounded or cut to the written digits, and nothing else. An accidental
match of one number by one of hundreds is no explanation: slips are tried in the order of how usual
they are, and only as long as a number made up at random would hardly be met by any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from itertools import combinations
from typing import Final

from lossclass.arithmetic.calculation import (
    WORKED_AGAIN,
    Calculation,
    Rounding,
    Run,
    is_same,
)
from lossclass.arithmetic.expression import Expression, Quantity
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.marking.written import Written
from lossclass.slips import Convention, Named, Slip
from lossclass.slips.catalogue import COMMONEST
from lossclass.slips.rewritings import (
    OTHER_BASES,
    Rewriting,
    codes_in,
    divides,
    families,
    mean_for_sum,
    rewritings,
    throughout,
    what_was_done,
)

__all__ = ["Diagnosis", "Fit", "Named"]

#: So many steps before the one with the wrong number are looked at one by one, the nearest first.
_MOST_STEPS: Final = 60
#: Slips are made in every step of a calculation up to so many.
_MOST_QUANTITIES: Final = 4_000
#: A slip is so likely beside the same slip one step later.
_EARLIER: Final = 0.4
#: A number made up at random may be met by so many of the slips that are tried, as a share of the
#: numbers of its size: by the commonest, by the others; where few digits are written, that would be
#: too few slips.
_FOR_COMMON: Final = Decimal("0.015")
_FOR_OTHERS: Final = Decimal("0.01")
_BY_CHANCE: Final = {2: Decimal("0.2"), 3: Decimal("0.05")}
#: Rounding to so many decimal places is usual, and too few for small products.
_TOO_FEW_DECIMALS: Final = (3, 2)
_SMALL: Final = Decimal("0.1")
_POWERS_OF_TEN: Final = (1, -1, 2, -2, 3, -3)
#: Slips are also looked for with every step rounded so, nearer than this to their own number.
ROUNDINGS: Final = tuple(
    Rounding(digits, kind) for digits in (3, 4, 5, 6) for kind in ("digits", "decimals")
)  # fmt: skip
_NEAR: Final = Decimal("0.02")
#: So many steps are named in a sentence.
_MOST_NAMED: Final = 4


@dataclass(frozen=True)
class Fit:
    """A slip that explains a number.

    Attributes:
        score: how likely it is beside the others.
        rounding: how the steps were rounded on the way, if they were.
        is_cut: whether the number was cut, not rounded.
    """

    slip: Slip
    named: Named
    score: float
    rounding: Rounding | None = None
    is_cut: bool = False


class Diagnosis:
    """The slips of one calculation.

    Args:
        calculation: the quantities, with their values.
        own: the slips of the loss and of its network.
        conventions: other ways to write the same down.
    """

    def __init__(
        self,
        calculation: Calculation,
        own: Iterable[Slip] = (),
        conventions: Iterable[Convention] = (),
    ) -> None:
        self.calculation = calculation
        self.own = tuple(own)
        self.conventions = tuple(conventions)
        self._worlds: dict[Slip, Mapping[str, Decimal]] = {}
        self._made_in: dict[str, tuple[Slip, ...]] = {}
        self._rounded: dict[Rounding, Run] = {}

    # --- the slips there are ---

    @cached_property
    def everywhere(self) -> Sequence[Slip]:
        """The same slip in all steps of a kind; another base, in all steps."""
        having: dict[str, list[Quantity]] = {}
        for step in self.calculation:
            if not step.is_given:
                for code in sorted(codes_in(step.definition)):
                    having.setdefault(code, []).append(step)
        return tuple(
            Slip(
                code,
                what_was_done(kind[0].definition, code),
                {each.id: throughout(each.definition, code) for each in kind},
                step=kind[0].id if len(kind) == 1 else None,
                is_own=False,
            )
            for code, steps in having.items()
            for kind in _kinds(code, steps)
        )

    def made_in(self, step: Quantity) -> Sequence[Slip]:
        """The slips that can be made in one node of a step."""
        if step.id not in self._made_in:
            made = [
                Slip(each.code, each.text, {step.id: each.expression}, step.id, is_own=False)
                for each in rewritings(step)
                # nobody changes the base for one of several logarithms; a term of 0 or a factor of 1
                # makes no difference, and a factor of 0 is seen
                if each.code not in OTHER_BASES and not self._is_trivial(step, each)
            ]
            if (mean := mean_for_sum(step)) and not any(
                divides(each.definition, step) for each in self.calculation.users[step.id]
            ):
                made.append(Slip(mean.code, mean.text, {step.id: mean.expression}, step.id, False))
            self._made_in[step.id] = tuple(made)
        return self._made_in[step.id]

    def _is_trivial(self, step: Quantity, made: Rewriting) -> bool:
        """Whether a term or factor is left out, or counted twice, that changes nothing here."""
        values = self.calculation.values
        if made.operand is None:
            return False
        with localcontext(WORKED_AGAIN):
            if not made.operand.value(values):
                return True
            return is_same(self.calculation.value(made.expression, values), values[step.id])

    def world(self, slip: Slip) -> Mapping[str, Decimal]:
        """What everything comes to that a slip changes, worked rightly otherwise."""
        if slip not in self._worlds:
            self._worlds[slip] = self.calculation.again(slip.changed)
        return self._worlds[slip]

    def rounded(self, rounding: Rounding) -> Run:
        """The calculation with every step rounded before it is used."""
        if rounding not in self._rounded:
            self._rounded[rounding] = Run(self.calculation, rounding)
        return self._rounded[rounding]

    @cached_property
    def other_calculations(self) -> Sequence[tuple[Convention, Calculation]]:
        """The same calculation by each of the other conventions."""
        return [(each, self.calculation.rewritten(each.changed)) for each in self.conventions]

    # --- what they lead to ---

    def all_of(self, id: str, near: float | None = None) -> Iterator[Named]:
        """Every slip in a step and in those before it, with the number that it leads to: ours, if it
        changes nothing here. One that is only made beside the step is left out.

        Args:
            near: only those that lead to a number no farther from ours than this.
        """
        depths, ours = self.calculation.before(id), float(self.calculation.values[id])
        for slip in (*self.own, *self.everywhere, *self._single(depths, self.calculation)):
            if not self._reaches(slip, depths):
                continue
            if near is not None and abs(self.calculation.about(id, slip.changed) - ours) > near:
                continue
            value = self.world(slip).get(id, self.calculation.values[id])
            if not value.is_nan():
                yield Named(slip.code, self.said(slip, id, self.calculation), value, slip.step)
        yield from self._too_few_decimals(id, self.calculation)

    def _reaches(self, slip: Slip, depths: Mapping[str, int]) -> bool:
        """Whether a slip is made in one of these steps, or in what is given for them."""
        return any(
            id in depths or any(user.id in depths for user in self.calculation.users.get(id, ()))
            for id in slip.changed
        )

    def _single(self, depths: Mapping[str, int], worked: Calculation) -> Iterator[Slip]:
        """The slips in one node of one step, the nearest step first."""
        for id in list(depths)[:_MOST_STEPS]:
            step = worked.by_id[id]
            if not step.is_given:
                yield from self.made_in(step)

    def said(self, slip: Slip, id: str, worked: Calculation) -> str:
        """What was done, and where, if that is another step than the one with the number."""
        if slip.is_own or slip.code in OTHER_BASES:
            return slip.text
        differ = [
            each
            for each, new in slip.changed.items()
            if isinstance(new, Expression) and not is_same(_value(worked, new), worked.values[each])
        ]
        first = (differ or [*slip.changed])[0]
        text = slip.text if slip.step else what_was_done(worked.by_id[first].definition, slip.code)
        if first == id and len(differ) < 2:
            return text
        where = f"In {PLAIN.symbol(worked.by_id[first].symbol)}"
        return f"{where}: {text}" if len(differ) < 2 else f"{where} and steps like it: {text}"

    # --- the slips that explain a number ---

    def explain(self, id: str, number: Decimal) -> list[Named]:
        """The slips that explain a number that stands alone, the likeliest first."""
        written, worked = Written(number), self.calculation
        if written.stands_for(worked.values[id]):
            return []
        with localcontext(WORKING):
            fits = self.common(id, written, worked, {}, {})
            fits = self.with_others(fits, id, written, worked, {}, {})
        return distinct(fits)

    def with_others(
        self,
        fits: list[Fit],
        id: str,
        number: Written,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[Fit]:
        """The less common slips, where the commonest explain nothing; behind these, those that lead
        to the very same number."""
        if not fits:
            return self.less_common(id, number, worked, right, before)
        others = self.others(id, number, worked, right, before)
        values = [fit.named.value for fit in fits]
        codes = {fit.slip.code for fit in fits}
        return fits + [
            fit
            for fit in others
            if fit.slip.code not in codes and any(is_same(fit.named.value, each) for each in values)
        ]

    def less_common(
        self,
        id: str,
        number: Written,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[Fit]:
        """All slips but the commonest that explain a number, in order; see :meth:`common`."""
        return (
            self.others(id, number, worked, right, before)
            or self.rounded_slips(id, number, worked, right, before)
            or self.one_digit(id, number, worked)
        )

    def common(
        self,
        id: str,
        number: Written,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[Fit]:
        """The slips of the loss, and the commonest, that explain a number; the likeliest first.

        Args:
            id: of the step for which it was written.
            worked: the calculation worked from what was written before.
            right: what was written before and is right: no slip is in those steps.
            before: all that was written before.
        """
        slips = self._commonest(id)
        slips += [
            each
            for each in self._single(worked.before(id), worked)
            if each.is_common and each.step == id
        ]
        if 0 < number.digits < 3:
            slips = [each for each in slips if each.is_own or each.code in COMMONEST]
        tried = self._tried(slips, id, worked, right, before)
        tried = _hardly_by_chance(tried, number, {}, _BY_CHANCE.get(number.digits, _FOR_COMMON))
        fits = self._fitting(tried, id, number, worked)
        if number.digits == 1:  # it says so little that only the very number counts
            fits = [fit for fit in fits if number.is_exactly(fit.named.value)]
        return fits

    def _commonest(self, id: str) -> list[Slip]:
        """The slips that are looked for first: one of the loss that is made in one step alone only
        for that step, for there are many of them."""
        own = [each for each in self.own if each.step in (None, id)]
        return [*own, *(each for each in self.everywhere if each.is_common)]

    def others(
        self,
        id: str,
        number: Written,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[Fit]:
        """All other slips that explain a number; see :meth:`common`."""
        if not number.value:
            return self._lost(id, number, worked)
        if 0 < number.digits < 3:
            return []
        depths = worked.before(id)
        slips = [
            each
            for each in self._single(depths, worked)
            if not (each.is_common and each.step == id)
        ]
        slips += [each for each in self.own if each.step in depths and each.step != id]
        tried = [
            *self._in_the_number(id, worked),
            *self._tried(slips, id, worked, right, before),
            *self._lost_on_the_way(id, worked),
        ]
        tried = _hardly_by_chance(tried, number, depths, _FOR_OTHERS)
        fits = self._fitting(tried, id, number, worked, depths)
        fits += self._swapped(id, number, worked)
        return sorted(fits, key=lambda fit: -fit.score)

    def rounded_slips(
        self,
        id: str,
        number: Written,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[Fit]:
        """The commonest slips, with the steps on the way rounded; then two of them at once."""
        if number.digits < 3 or len(worked) > _MOST_QUANTITIES:
            return []
        slips = [*self._commonest(id), *self.made_in(worked.by_id[id])]
        found: list[Fit] = []
        for slip, value in self._tried(slips, id, worked, right, before):
            if not value.is_finite() or number.off(value) > _NEAR * abs(value):
                continue
            for rounding in ROUNDINGS:
                run = Run(worked, rounding, slip.changed)
                exact = run.value(id, {})
                if not exact.is_nan() and number.is_rounded(exact):
                    text = self.said(slip, id, worked)
                    found.append(Fit(slip, Named(slip.code, text, exact, slip.step), slip.usual, rounding))  # fmt: skip
                    break
        if found or number.digits < 4:
            return sorted(found, key=lambda fit: -fit.score)
        return self._two_at_once(id, number, worked)

    def _two_at_once(self, id: str, number: Written, worked: Calculation) -> list[Fit]:
        """Two of the commonest slips together, such as log10 and the sum."""
        depths = worked.before(id)
        made: dict[str, dict[str, Expression]] = {}
        for slip in self.everywhere:
            if slip.is_common and any(each in depths for each in slip.changed):
                made.setdefault(slip.code, {}).update(slip.changed)  # type: ignore[arg-type]
        for one, other in combinations(made, 2):
            changed = {**made[one], **made[other]}
            for both in made[one].keys() & made[other].keys():
                changed[both] = throughout(made[one][both], other)
            value = worked.again(changed, id).get(id)
            if value is not None and not value.is_nan() and number.is_rounded(value):
                slips = [Slip(code, _first_said(made[code], code, worked), made[code], is_own=False) for code in (one, other)]  # fmt: skip
                text = " And: ".join(self.said(each, id, worked) for each in slips)
                return [Fit(slips[0], Named(one, text, value), 1.0)]
        return []

    def _tried(
        self,
        slips: Iterable[Slip],
        id: str,
        worked: Calculation,
        right: Mapping[str, Written],
        before: Mapping[str, Written],
    ) -> list[tuple[Slip, Decimal]]:
        """The numbers that slips lead to here: worked from what was written before and, where that
        does not contradict it, from the beginning. Those that change nothing are left out."""
        found: list[tuple[Slip, Decimal]] = []
        earlier = worked.before(id).keys() | {id} if before else frozenset[str]()
        places, last = worked.places, worked.places[id]
        for slip in slips:
            if all(places.get(each, last) > last for each in slip.changed):
                continue  # it is made after this step
            world = self.world(slip)
            if slip.step in right or not all(
                right[each].stands_for(world[each]) for each in right.keys() & world.keys()
            ):
                continue
            values = []
            if worked is not self.calculation and not earlier.isdisjoint(
                used for each in slip.changed for used in self._touched(each)
            ):
                values.append(worked.again(slip.changed, id).get(id))
            if all(before[each].stands_for(world[each]) for each in before.keys() & world.keys()):
                values.append(world.get(id))
            ours = worked.values[id]
            found.extend(
                (slip, value)
                for value in values
                if value is not None and not value.is_nan() and not is_same(value, ours)
            )
        return found

    def _touched(self, id: str) -> Iterator[str]:
        """A quantity and those that are worked from it at once."""
        yield id
        for user in self.calculation.users.get(id, ()):
            yield user.id

    def _fitting(
        self,
        tried: Sequence[tuple[Slip, Decimal]],
        id: str,
        number: Written,
        worked: Calculation,
        depths: Mapping[str, int] | None = None,
    ) -> list[Fit]:
        """Those whose number is the one written: rounded, or if there are none, cut. Of each code,
        the likeliest that is made everywhere and the likeliest made in one step."""
        depths = depths or {}
        counts = Counter(_place(slip, depths) for slip, _ in tried)
        for is_cut in (False, True):
            found: dict[tuple[str, bool], Fit] = {}
            for slip, value in tried:
                if is_cut:
                    is_usual = slip.is_common and not slip.is_own
                    fits = number.is_cut(value) and (number.digits > 4 or is_usual)
                else:
                    fits = number.is_rounded(value) or number.is_single(value)
                if not fits:
                    continue
                depth = depths.get(slip.step or "", 0)
                score = slip.usual * _EARLIER**depth / max(1, counts[_place(slip, depths)])
                key = slip.code, slip.step is None
                if key in found and found[key].score >= score:
                    continue
                text = self.said(slip, id, worked)
                named = Named(slip.code, text, value, slip.step)
                found[key] = Fit(slip, named, score, is_cut=is_cut)
            if found:
                return sorted(found.values(), key=lambda fit: -fit.score)
        return []

    # --- slips in writing a number down ---

    def _in_the_number(self, id: str, worked: Calculation) -> Iterator[tuple[Slip, Decimal]]:
        ours = worked.values[id]
        if not (ours.is_finite() and ours):
            return
        for power in _POWERS_OF_TEN:
            factor = PLAIN.number(Decimal(10) ** abs(power))
            what = "large" if power > 0 else "small"
            text = f"It is {factor} times too {what}: the decimal point is misplaced."
            value = ours.scaleb(power, WORKING)
            yield _written_down("decimal-slip", text, id, value)
        yield _written_down("sign-changed", "The sign is the wrong one.", id, ours.copy_negate())

    def _swapped(self, id: str, number: Written, worked: Calculation) -> list[Fit]:
        if not number.is_swapped(worked.values[id]):
            return []
        text = "Two neighbouring digits are swapped."
        return [_certain("digits-swapped", text, id, number)]

    def one_digit(self, id: str, number: Written, worked: Calculation) -> list[Fit]:
        """A slip in adding or copying: one digit is off by 1, 2 or 5."""
        if not number.has_other_digit(worked.values[id]):
            return []
        text = (
            "One digit differs from the right ones: that happens in adding and in copying numbers."
        )
        return [_certain("one-digit-differs", text, id, number)]

    def _lost(self, id: str, number: Written, worked: Calculation) -> list[Fit]:
        """A small number rounded to 0."""
        ours = worked.values[id]
        if number.value or not ours.is_finite() or abs(ours) > number.unit / 2:
            return []
        text = "It is rounded to 0: a small number needs significant digits, not decimal places."
        return [_certain("rounded-to-zero", text, id, number)]

    def _too_few_decimals(self, id: str, worked: Calculation) -> Iterator[Named]:
        for slip, value in self._lost_on_the_way(id, worked):
            yield Named(slip.code, slip.text, value, id)

    def _lost_on_the_way(self, id: str, worked: Calculation) -> Iterator[tuple[Slip, Decimal]]:
        """Small numbers rounded to decimal places as if they were large: those that the step is
        worked from, or all before it."""
        if len(worked) > _MOST_QUANTITIES:
            return
        operands = {each.id for each in worked.uses[id] if not each.is_given}
        for places in _TOO_FEW_DECIMALS:
            rounding = Rounding(places, "decimals")
            everything = worked.before(id).keys() - {id}
            for ids in dict.fromkeys([frozenset(operands), frozenset(everything)]):
                changed: dict[str, Decimal] = {}
                run = _Lossy(worked, rounding, ids)
                value = run.value(id, {})
                changed = run.lost
                if changed and not value.is_nan():
                    text = self._said_of_rounding([*changed], places)
                    yield Slip("rounded-to-zero", text, changed, id, is_own=False), value

    def _said_of_rounding(self, ids: Sequence[str], places: int) -> str:
        symbols = [PLAIN.symbol(self.calculation.by_id[each].symbol) for each in ids]
        names = ", ".join(symbols[:_MOST_NAMED]) + (" …" if symbols[_MOST_NAMED:] else "")
        return (
            f"Too many digits are lost by rounding {names} to {places} decimal places: a small "
            "number needs significant digits."
        )


def distinct(fits: Iterable[Fit]) -> list[Named]:
    """The slips that fit, each code once."""
    found: dict[str, Named] = {}
    for fit in fits:
        found.setdefault(fit.named.code, fit.named)
    return list(found.values())


class _Lossy(Run):
    """A run in which small numbers are rounded to decimal places."""

    def __init__(self, worked: Calculation, rounding: Rounding, ids: frozenset[str]) -> None:
        super().__init__(worked, rounding)
        self._ids = ids
        #: What became of the numbers that were rounded.
        self.lost: dict[str, Decimal] = {}

    def rounded(self, id: str, own: Decimal) -> Decimal:
        if id not in self._ids or not own.is_finite() or abs(own) >= _SMALL:
            return own
        assert self.rounding is not None  # noqa: S101 - it is given
        used = self.rounding(own)
        if not is_same(used, own):
            self.lost[id] = used
        return used


def _kinds(code: str, steps: Sequence[Quantity]) -> Iterator[Sequence[Quantity]]:
    kinds = [*families(steps)]
    yield from kinds
    if code in OTHER_BASES and len(kinds) > 1:
        yield steps


def _value(worked: Calculation, expression: Expression) -> Decimal:
    with localcontext(WORKED_AGAIN):
        return worked.value(expression, worked.values)


def _first_said(made: Mapping[str, Expression], code: str, worked: Calculation) -> str:
    return what_was_done(worked.by_id[next(iter(made))].definition, code)


def _written_down(code: str, text: str, id: str, value: Decimal) -> tuple[Slip, Decimal]:
    return Slip(code, text, {id: value}, id, is_own=False), value


def _certain(code: str, text: str, id: str, number: Written) -> Fit:
    slip, value = _written_down(code, text, id, number.value)
    return Fit(slip, Named(code, text, value, id), slip.usual)


def _place(slip: Slip, depths: Mapping[str, int]) -> tuple[str, int | None]:
    """What is one of several: the same slip in the steps so far back, or wherever it can be."""
    return slip.code, None if slip.step is None else depths.get(slip.step, 0)


def _hardly_by_chance(
    tried: Iterable[tuple[Slip, Decimal]],
    number: Written,
    depths: Mapping[str, int],
    share: Decimal,
) -> list[tuple[Slip, Decimal]]:
    """As many of the slips, the most usual first, as a random number of this size and with these
    digits would hardly be met by: each takes one of the numbers that could be written.

    Args:
        share: of the numbers from half to twice this one, two thirds of this may be taken.
    """
    ranked = sorted(
        tried, key=lambda pair: -pair[0].usual * _EARLIER ** depths.get(pair[0].step or "", 0)
    )
    size = abs(number.value)
    kept, taken = list[tuple[Slip, Decimal]](), set[Decimal]()
    for slip, value in ranked:
        if value.is_finite() and size <= 2 * abs(value) <= 4 * size:
            taken.add((value / number.unit).to_integral_value())
            if len(taken) * number.unit > share * size and not number.is_exactly(value):
                continue
        kept.append((slip, value))
    return kept

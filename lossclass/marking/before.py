"""A step and those that it is worked from, worked again with each slip that can be made in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Final

from lossclass.arithmetic.expression import (
    Expression,
    Log,
    Operation,
    Quantity,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING, last_place
from lossclass.marking.calculation import Calculation
from lossclass.marking.slips import (
    OTHER_BASES,
    OwnSlip,
    Rewriting,
    digits_swapped,
    divides,
    families,
    mean_for_sum,
    throughout,
    what_was_done,
)

#: So many steps before the one with the wrong number are looked at one by one, the nearest first,
#: until so many operands have been put together again for that.
_MOST_STEPS: Final = 60
_MOST_WORKED: Final = 50_000
#: Rounding to so many decimal places is usual, and too few for small products.
_DECIMAL_PLACES: Final = (3, 2)
_SMALL: Final = Decimal("0.1")
_POWERS_OF_TEN: Final = (1, -1, 2, -2, 3, -3)
#: So many digits are enough to tell one slip's number from another's.
CONTEXT: Final = WORKING.copy()
CONTEXT.prec = 24
_SAME: Final = Decimal("1e-18")
_LN: Final = {"e": Decimal(1), "2": CONTEXT.ln(Decimal(2)), "10": CONTEXT.ln(Decimal(10))}
#: So many steps are named in a sentence.
_MOST_NAMED: Final = 4


@dataclass(frozen=True)
class Named:
    """A slip that leads to somebody's number.

    Attributes:
        code: stays the same between versions.
        text: what was done, and what belongs there.
        value: the number that it leads to.
        step: the id of the step in which it was made; None where that cannot be told.
    """

    code: str
    text: str
    value: Decimal
    step: str | None = None


class Before:
    """The steps that one step is worked from, itself the last; what somebody wrote for some of
    them stands, and is not gone behind."""

    def __init__(self, calculation: Calculation, id: str, written: Mapping[str, Decimal]) -> None:
        self.calculation = calculation
        self.id = id
        self.target = calculation.quantities[calculation.order[id]]
        #: How many steps back each of them is.
        self.depths = {id: 0}
        #: What is written for steps that they are worked from.
        self.written: dict[str, Decimal] = {}
        steps = self._found(written)
        nearest = {step.id for step in steps[:_MOST_STEPS]}
        self.everything = sorted(steps, key=lambda step: calculation.order[step.id])
        self.near = [step for step in self.everything if step.id in nearest]

    def _found(self, written: Mapping[str, Decimal]) -> list[Quantity]:
        """The steps, the nearest first."""
        found = [self.target]
        for step in found:  # which grows as we go
            for each in self.calculation.uses[step.id]:
                if each.id in written:
                    self.written[each.id] = written[each.id]
                elif each.id not in self.depths:
                    self.depths[each.id] = self.depths[step.id] + 1
                    found.append(each)
        return found

    def all(self) -> list[Named]:
        """Every slip that does not depend on the number."""
        self.start = {**self.calculation.values, **self.written}
        if self.written:
            for step in self.everything:
                self.start[step.id] = self._worked_out(step.definition, self.start)
        self._worked = 0
        return [
            *self._own(),
            *self._everywhere(),
            *self._rounded(),
            *self._in_one_step(),
        ]

    # --- the kinds ---

    def _own(self) -> Iterator[Named]:
        """Those of the loss that go with what is written."""
        ours = self.calculation.values
        for slip in self.calculation.own:
            if self._reaches(slip) and all(
                _is_nearer(self.written[each], slip.values[each], ours[each])
                for each in slip.values.keys() & self.written.keys()
            ):
                yield Named(slip.code, slip.text, slip.values.get(self.id, ours[self.id]))

    def _reaches(self, slip: OwnSlip) -> bool:
        """Whether a slip changes this step or one before it, or no step at all."""
        quantities, order = self.calculation.quantities, self.calculation.order
        changed = {id for id in slip.values if not quantities[order[id]].is_given}
        return not changed or self.id in changed or not changed.isdisjoint(self.depths)

    def _in_one_step(self) -> Iterator[Named]:
        """One node of one step, the nearest step first."""
        for step in reversed(self.near):
            for each in (*self.calculation.rewritings_of(step), *self._mean_for_sum(step)):
                if self._worked > _MOST_WORKED:
                    return
                if each.code in OTHER_BASES:
                    continue  # nobody changes the base for one of several logarithms
                if each.operand is not None and not each.operand.value(self.start):
                    continue  # a term of 0 makes no difference, and a factor of 0 is seen
                value = self._value(self.near, {step.id: each.expression})
                text = each.text
                if step is not self.target:
                    text = f"In {PLAIN.symbol(step.symbol)}: {text}"
                yield Named(each.code, text, value, step.id)

    def _mean_for_sum(self, step: Quantity) -> Iterator[Rewriting]:
        """A sum divided, unless it is part of a quotient anyway."""
        found = mean_for_sum(step)
        if found and not any(divides(each.definition, step) for each in self.near):
            yield found

    def _everywhere(self) -> Iterator[Named]:
        """The same slip in all steps of a kind; another base, in all steps."""
        having: dict[str, list[Quantity]] = {}
        for step in self.everything:
            for code in sorted(self.calculation.codes_of(step)):
                having.setdefault(code, []).append(step)
        for code, steps in having.items():
            kinds = list(families(steps))
            if code in OTHER_BASES and len(kinds) > 1:
                kinds.append(steps)
            for kind in kinds:
                changed = {each.id: throughout(each.definition, code) for each in kind}
                value = self._value(self.everything, changed)
                yield Named(code, self._said_of_all(kind, code, changed), value)

    def _said_of_all(
        self, steps: Sequence[Quantity], code: str, changed: Mapping[str, Expression]
    ) -> str:
        """What was done, in the words of the first step that it makes a difference to."""
        if code in OTHER_BASES:
            return what_was_done(steps[0].definition, code)
        differ = (
            step
            for step in steps
            if not is_same(self._worked_out(changed[step.id], self.start), self.start[step.id])
        )
        matters = [*islice(differ, 2)]
        first = (matters or steps)[0]
        text = what_was_done(first.definition, code)
        if first is self.target and len(matters) < 2:
            return text
        where = f"In {PLAIN.symbol(first.symbol)}"
        return f"{where}: {text}" if len(matters) < 2 else f"{where} and steps like it: {text}"

    def _rounded(self) -> Iterator[Named]:
        """Small numbers rounded to decimal places as if they were large: those that the step is
        worked from, or all before it."""
        operands = [each for each in self.calculation.uses[self.id] if each.id in self.start]
        for places in _DECIMAL_PLACES:
            unit = Decimal(1).scaleb(-places)
            direct = {each.id: _to_places(self.start[each.id], unit) for each in operands}
            as_they_go = dict(self.start)
            for step in self.near[:-1]:
                as_they_go[step.id] = _to_places(
                    self._worked_out(step.definition, as_they_go), unit
                )
            for values in (direct, as_they_go):
                rounded = [
                    each
                    for each in (operands if values is direct else self.near[:-1])
                    if not is_same(values[each.id], self.start[each.id])
                ]
                if rounded:
                    value = self._worked_out(self.target.definition, {**self.start, **values})
                    yield Named(
                        "rounded-to-zero", _said_of_rounding(rounded, places), value, self.id
                    )

    def in_the_number(self, number: Decimal) -> Iterator[Named]:
        """What may have been done to the number when it was written down."""
        ours = (self.start if self.written else self.calculation.values)[self.id]
        if not (number.is_finite() and ours.is_finite() and ours):
            return
        for power in _POWERS_OF_TEN:
            factor = PLAIN.number(Decimal(10) ** abs(power))
            what = "large" if power > 0 else "small"
            text = f"It is {factor} times too {what}: the decimal point is misplaced."
            yield Named("decimal-slip", text, ours.scaleb(power, WORKING), self.id)
        text = "The sign is the wrong one."
        yield Named("sign-changed", text, ours.copy_negate(), self.id)
        unit = last_place(number)
        yield from self._shortened(number, ours, unit)
        halves = (ROUND_HALF_UP, ROUND_HALF_DOWN)  # 3.1875 may have become 3.188 or 3.187
        if any(digits_swapped(number, ours.quantize(unit, way, WORKING)) for way in halves):
            text = "Two neighbouring digits are swapped."
            yield Named("digits-swapped", text, number, self.id)

    def _shortened(self, number: Decimal, ours: Decimal, unit: Decimal) -> Iterator[Named]:
        """Digits that were lost when a number was written to this place."""
        if not number and ours.quantize(unit, ROUND_HALF_UP, WORKING) == 0:
            text = (
                "It is rounded to 0: a small number needs significant digits, not decimal places."
            )
            yield Named("rounded-to-zero", text, number, self.id)
        elif number and number == ours.quantize(unit, ROUND_DOWN, WORKING):
            text = "The digits behind these are cut off: the last one is to be rounded."
            yield Named("digits-cut", text, number, self.id)

    # --- how they are worked ---

    def _value(self, steps: Sequence[Quantity], changed: Mapping[str, Expression]) -> Decimal:
        """What the last step comes to with some expressions changed; nan where it has no value."""
        uses, values = self.calculation.uses, self.start
        kept: dict[str, Decimal] = {}
        for step in steps:
            if step.id not in changed and not any(each.id in kept for each in uses[step.id]):
                continue
            self._worked += 1 + len(step.definition.operands)
            value = self._worked_out(changed.get(step.id, step.definition), values)
            if not is_same(value, values[step.id]):
                kept[step.id] = values[step.id]
                values[step.id] = value
        result = values[self.id]
        values.update(kept)
        return result

    def _worked_out(self, node: Expression, values: Mapping[str, Decimal]) -> Decimal:
        """The value of an expression; of the same number, a logarithm is only taken once, for it
        takes far longer than anything else."""
        if not isinstance(node, Operation):
            value: Decimal = node.value(values)
            return value
        operands = [self._worked_out(each, values) for each in node.operands]
        if not isinstance(node, Log):
            return node.compute(*operands)  # type: ignore[no-any-return]
        logarithms, number = self.calculation.logarithms, operands[0]
        if number not in logarithms:
            logarithms[number] = number.ln()
        return logarithms[number] / _LN[node.base]


def _is_nearer(number: Decimal, one: Decimal, other: Decimal) -> bool:
    """Whether a number is as near to one as to another, or nearer."""
    if not (number.is_finite() and one.is_finite() and other.is_finite()):
        return number == one
    return abs(number - one) <= abs(number - other)


def _to_places(number: Decimal, unit: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) >= _SMALL:
        return number
    return number.quantize(unit, ROUND_HALF_UP, WORKING)


def _said_of_rounding(steps: Sequence[Quantity], places: int) -> str:
    symbols = [PLAIN.symbol(each.symbol) for each in steps]
    names = ", ".join(symbols[:_MOST_NAMED]) + (" …" if symbols[_MOST_NAMED:] else "")
    return (
        f"Too many digits are lost by rounding {names} to {places} decimal places: a small number "
        "needs significant digits."
    )


def is_same(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are the same but for their last digits."""
    return one == other or (other.is_finite() and abs(one - other) <= _SAME * abs(other))

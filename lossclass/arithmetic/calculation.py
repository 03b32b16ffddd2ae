"""A calculation, and every way to work it again.

A calculation is a list of quantities, each built from earlier ones. It is worked to be solved; and
again with other given numbers, with every step rounded, with what somebody wrote in the place of
some steps, or with a mistake in it. All of that is here, and nowhere else.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any, Final, Literal

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Quantity,
    Role,
    UndefinedValue,
    Values,
    quantities_in,
    stands_alone,
)
from lossclass.arithmetic.number import WORKING, round_significant
from lossclass.records import record

#: So many digits are enough to tell one number from another, and quicker than those of solving.
WORKED_AGAIN: Final = WORKING.copy()
WORKED_AGAIN.prec = 24
_SAME: Final = Decimal("1e-18")

#: What a quantity is worked out as in the place of its own definition.
Changed = Mapping[str, Expression | Decimal]


@record
class Rounding:
    """How numbers are written down: to so many significant digits or decimals, rounded or cut."""

    digits: int
    kind: Literal["digits", "decimals"] = "digits"
    cut: bool = False

    def __call__(self, number: Decimal) -> Decimal:
        """The number as it is written down; infinities stay."""
        if not number or not number.is_finite():
            return number
        if self.kind == "digits":
            if not self.cut:
                return round_significant(number, self.digits)
            place = number.adjusted() - self.digits + 1
        else:
            place = -self.digits
        way = ROUND_DOWN if self.cut else ROUND_HALF_UP
        return number.quantize(Decimal(1).scaleb(place), way, WORKING)

    def __str__(self) -> str:
        what = "significant digit" if self.kind == "digits" else "decimal"
        return f"{self.digits} {what}{'' if self.digits == 1 else 's'}"


def evaluate(
    calculation: Iterable[Quantity],
    *,
    replacing: Values | None = None,
    rounding: int | None = None,
    floats: bool = False,
) -> dict[str, Any]:
    """The value of every quantity of a calculation, by id, in order.

    Args:
        calculation: quantities, each after those that it uses.
        replacing: values to take instead of what the definitions give: other given numbers, or
            a student's own results for some steps. Decimals, or with ``floats`` doubles and
            NumPy arrays (of one shape; each is then a whole class of variants).
        rounding: round each step to so many significant digits, as one does who writes every
            result down; given numbers stay as given.
        floats: calculate in doubles instead of decimals.

    Raises:
        UndefinedValue: a step has no value (∞ − ∞, 0 / 0, ln of a negative number).
    """
    replacing = replacing or {}
    values: dict[str, Any] = {}
    with localcontext(WORKING):
        for quantity in calculation:
            if quantity.id in replacing:
                values[quantity.id] = replacing[quantity.id]
                continue
            value = quantity.definition.value(values, floats=floats)
            if rounding is not None and quantity.role is not Role.GIVEN:
                value = round_significant(value, rounding)
            if isinstance(value, Decimal) and value.is_nan():
                raise UndefinedValue(quantity.id)
            values[quantity.id] = value
    return values


class Calculation(Sequence[Quantity]):
    """Quantities in order, with their values.

    Args:
        quantities: each after those that it uses.
        values: theirs, by id.
    """

    def __init__(self, quantities: Sequence[Quantity], values: Mapping[str, Decimal]) -> None:
        self.quantities: tuple[Quantity, ...] = tuple(quantities)
        self.values = values
        #: Ids that stand for what somebody wrote, and are not worked again.
        self.standing: frozenset[str] = frozenset()

    # --- what it is ---

    def __len__(self) -> int:
        return len(self.quantities)

    def __getitem__(self, place: Any) -> Any:
        return self.quantities[place]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.quantities)

    @cached_property
    def by_id(self) -> Mapping[str, Quantity]:
        """All quantities by id."""
        return {quantity.id: quantity for quantity in self.quantities}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each quantity."""
        return {quantity.id: place for place, quantity in enumerate(self.quantities)}

    @cached_property
    def uses(self) -> Mapping[str, tuple[Quantity, ...]]:
        """The quantities that each is worked from, each once."""
        return {
            quantity.id: tuple({each.id: each for each in quantities_in(quantity.definition)}.values())
            for quantity in self.quantities
        }  # fmt: skip

    @cached_property
    def users(self) -> Mapping[str, tuple[Quantity, ...]]:
        """The quantities that are worked from each."""
        found: dict[str, list[Quantity]] = {quantity.id: [] for quantity in self.quantities}
        for quantity in self.quantities:
            for used in self.uses[quantity.id]:
                found[used.id].append(quantity)
        return {id: tuple(users) for id, users in found.items()}

    @cached_property
    def _by_name(self) -> Mapping[str, list[Quantity]]:
        found: dict[str, list[Quantity]] = {}
        for quantity in self.quantities:
            found.setdefault(quantity.id.rstrip("0123456789."), []).append(quantity)
        return found

    def all(self, name: str) -> Sequence[Quantity]:
        """The quantities whose ids are this name and numbers: ``term.1`` and ``term.2``."""
        return self._by_name.get(name, ())

    def before(self, id: str) -> dict[str, int]:
        """A step and the steps that it is worked from, the nearest first, each with how many
        steps back it is; what stands is not gone behind, nor are given numbers. A step may be a
        number from the beginning."""
        depths = {id: 0}
        found = [id]
        for each in found:  # which grows as we go
            for used in self.uses[each]:
                is_told = used.role is Role.GIVEN or used.id in self.standing
                if not is_told and used.id not in depths:
                    depths[used.id] = depths[each] + 1
                    found.append(used.id)
        return depths

    # --- working it again ---

    def again(self, changed: Changed, until: str | None = None) -> dict[str, Decimal]:
        """What the quantities come to that are changed, and those worked from them; only those
        that come to something else. nan for what has no value then.

        Args:
            changed: by id, what they are worked out as; numbers stand as they are.
            until: the last that matters; None for all.
        """
        with localcontext(WORKED_AGAIN):
            return self._reworked(changed, until, is_same)

    def exactly(self, changed: Values, until: str) -> dict[str, Decimal]:
        """The same with numbers in the place of some, to all digits; only what comes to other digits."""
        with localcontext(WORKING):
            return self._reworked(changed, until, operator.eq)

    def about(self, id: str, changed: Changed) -> float:
        """What a step comes to with these changes in doubles: quicker, and good to some ten digits."""
        found = self._reworked(changed, id, operator.eq, floats=True)
        return float(found.get(id, self._doubles[id]))

    @cached_property
    def _doubles(self) -> Mapping[str, float]:
        return {id: float(value) for id, value in self.values.items()}

    def _reworked(
        self,
        changed: Changed,
        until: str | None,
        is_same: Callable[[Any, Any], bool],
        *,
        floats: bool = False,
    ) -> dict[str, Any]:
        """What comes to something else than the values that there are, by id."""
        base: Values = self._doubles if floats else self.values
        last = len(self.quantities) if until is None else self.places[until]
        values = _Over(base)
        places, users, standing = self.places, self.users, self.standing
        waiting = [places[id] for id in changed if id in places]
        heapify(waiting)
        done = -1
        while waiting and waiting[0] <= last:
            place = heappop(waiting)
            if place == done:
                continue
            done = place
            quantity = self.quantities[place]
            id = quantity.id
            if id in standing:
                continue
            value = _worked(changed.get(id, quantity.definition), values, floats=floats)
            if not is_same(value, base[id]):
                values[id] = value
                for user in users[id]:
                    heappush(waiting, places[user.id])
        return dict(values)

    def carried_on(self, written: Mapping[str, Decimal]) -> Calculation:
        """The same calculation worked from what somebody wrote for some steps."""
        other = Calculation(self.quantities, {**self.values, **self.again(written)})
        other.standing = self.standing | frozenset(written)
        # what has been found out about the quantities is shared
        shared = ("by_id", "places", "uses", "users", "_by_name")
        vars(other).update({name: getattr(self, name) for name in shared})
        return other

    def rewritten(self, changed: Mapping[str, Expression]) -> Calculation:
        """The same calculation with other definitions for some quantities."""
        quantities = [
            Quantity(each.id, each.symbol, changed[each.id], each.role)
            if each.id in changed
            else each
            for each in self.quantities
        ]
        # Operands are compared by id everywhere, so that those of old quantities are no matter.
        return Calculation(quantities, {**self.values, **self.again(changed)})

    # --- by how much rounding moves it ---

    def slopes(self, id: str) -> dict[str, float]:
        """The derivative of a step by each quantity before it; 0 where it has none."""
        return self._sent_back({id: 1.0}, float)

    def sent_back(self, slopes: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """What the derivatives by some steps make of those by all that these are worked from."""
        return self._sent_back(dict(slopes), Decimal)

    def _sent_back(self, found: dict[str, Any], number: type[Decimal | float]) -> dict[str, Any]:
        from lossclass.arithmetic.derivative import local_derivatives

        last = max((self.places[id] for id in found), default=0)
        with localcontext(WORKED_AGAIN):
            for quantity in self.quantities[last::-1]:
                slope = found.get(quantity.id)
                if not slope or quantity.is_given or quantity.id in self.standing:
                    continue
                for id, local in local_derivatives(quantity, self.values).items():
                    if local.expression is not None:
                        value = number(local.expression.value(self.values))
                        found[id] = found.get(id, number(0)) + slope * value
        return found

    def spread(
        self, id: str, rounding: Rounding, written: Mapping[str, Decimal] | None = None
    ) -> Decimal:
        """By how much rounding every step before a step can move it, to first order: the sum of
        what is rounded off times its derivatives by them.

        Args:
            written: by how much steps may be off that were written down; others are rounded as
                ``rounding`` has it.
        """
        written, total = written or {}, 0.0
        for each, slope in self.slopes(id).items():
            if each in written:
                total += abs(slope * float(written[each]))
            elif each != id and not self.by_id[each].is_given:
                value = self.values[each]
                off = rounding(value) - value if value.is_finite() else Decimal(0)
                total += abs(slope * float(off))
        return Decimal(total) if math.isfinite(total) else Decimal(0)


class Run:
    """A calculation gone through once, in order, as somebody does who writes numbers down.

    Args:
        rounding: how each step is written down before it is used; None to carry everything.
        changed: see :meth:`Calculation.again`.
    """

    def __init__(
        self, calculation: Calculation, rounding: Rounding | None = None, changed: Changed | None = None
    ) -> None:  # fmt: skip
        self.calculation = calculation
        self.rounding = rounding
        self.changed: Changed = changed or {}
        self._own: dict[str, Decimal] = {}
        #: What each step is used as by those after it.
        self.used: dict[str, Decimal] = _Over(calculation.values)
        self._next = 0

    def value(self, id: str, written: Mapping[str, Decimal]) -> Decimal:
        """What a step's own expression comes to on the numbers before it, not rounded itself.

        Args:
            written: what stands in the place of steps that come before; of those gone through
                already, it is not asked again.
        """
        last = self.calculation.places[id]
        with localcontext(WORKED_AGAIN):
            while self._next <= last:
                self._go_on(self.calculation.quantities[self._next], written)
                self._next += 1
        return self._own[id]

    def _go_on(self, quantity: Quantity, written: Mapping[str, Decimal]) -> None:
        id = quantity.id
        new = self.changed.get(id, quantity.definition)
        same = stands_alone(new)
        if same is not None and same.id in self._own and same.id not in written:
            own = self._own[same.id]  # another name for a number: nothing was worked out between
        else:
            own = _worked(new, self.used)
        self._own[id] = own
        if id in self.calculation.standing:
            self.used[id] = self.calculation.values[id]
        elif id in written:
            self.used[id] = written[id]
        elif isinstance(new, Constant):
            self.used[id] = own
        else:
            self.used[id] = self.rounded(id, own)

    def rounded(self, id: str, own: Decimal) -> Decimal:
        """What a step is used as that comes to a number."""
        return own if self.rounding is None else self.rounding(own)

    def stands(self, id: str, number: Decimal) -> None:
        """Carry on with what somebody wrote for the step that was asked last."""
        if self._next == self.calculation.places[id] + 1:
            self.used[id] = number


def _worked(node: Expression | Decimal, values: Values, *, floats: bool = False) -> Any:
    if isinstance(node, Decimal):
        return float(node) if floats else node
    return node.value(values, floats=floats)


class _Over(dict[str, Any]):
    """Some values over many others, which are not copied for it."""

    def __init__(self, others: Values) -> None:
        super().__init__()
        self._others = others

    def __missing__(self, id: str) -> Any:
        return self._others[id]


def is_same(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are the same but for their last digits."""
    return one == other or (other.is_finite() and abs(one - other) <= _SAME * abs(other))

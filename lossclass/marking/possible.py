"""The slips that can be made in a calculation, and what each makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Final

from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation, Rounding, Run, is_same
from lossclass.arithmetic.expression import Expression, Product, Quantity
from lossclass.arithmetic.line import formula
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import replaced, with_others
from lossclass.slips import Convention, Named, Slip
from lossclass.slips.making import in_itself, standing_in
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

#: So many steps before the one with the wrong number are looked at one by one, the nearest first.
_MOST_STEPS: Final = 60
#: Slips are made in every step of a calculation up to so many.
MOST_QUANTITIES: Final = 4_000
#: Rounding to so many decimal places is usual, and too few for small products.
_TOO_FEW_DECIMALS: Final = (3, 2)
_SMALL: Final = Decimal("0.1")
#: So many steps are named in a sentence.
_MOST_NAMED: Final = 4


class Possible:
    """The slips of one calculation.

    Args:
        calculation: the quantities, with their values.
        own: the slips of the loss and of its network.
        conventions: other ways to write the same down.
        unwritten: what the steps are, by id, that the printed solution writes as what they stand for:
            their symbols stand in no sentence either.
    """

    def __init__(
        self,
        calculation: Calculation,
        own: Iterable[Slip] = (),
        conventions: Iterable[Convention] = (),
        unwritten: Mapping[str, Expression] | None = None,
    ) -> None:
        self.calculation = calculation
        self.own = tuple(own)
        self.conventions = tuple(conventions)
        # an alignment has its line in a table at least
        self._unwritten = {
            id: each for id, each in (unwritten or {}).items() if not isinstance(each, Product)
        }
        self._worlds: dict[Slip, Mapping[str, Decimal]] = {}
        self._made_in: dict[Quantity, tuple[Slip, ...]] = {}
        self._rounded: dict[Rounding, Run] = {}
        self._by_conventions: dict[
            tuple[Convention, ...], Sequence[tuple[Convention, Calculation]]
        ] = {}

    # --- as the printed solution writes it ---

    def written(self, expression: Expression) -> str:
        """An expression in symbols."""

        def stands_for(node: Expression) -> Expression | None:
            found = self._unwritten.get(node.id) if isinstance(node, Quantity) else None
            return None if found is None else replaced(found, stands_for)

        return formula(replaced(expression, stands_for), PLAIN)

    def sign(self, id: str) -> str:
        """The symbol of a step, or of the first one worked from it that is written."""
        while id in self._unwritten:
            users = (each.id for each in self.calculation.users[id] if each.id != id)
            own = next((each for each in users if not each.startswith("gradient.")), None)
            if own is None:
                break
            id = own
        return PLAIN.symbol(self.calculation.by_id[id].symbol)

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
                what_was_done(kind[0].definition, code, self.written),
                {each.id: throughout(each.definition, code) for each in kind},
                step=kind[0].id if len(kind) == 1 else None,
                is_own=False,
            )
            for code, steps in having.items()
            for kind in _kinds(code, steps)
        )

    def made_in(self, step: Quantity) -> Sequence[Slip]:
        """The slips that can be made in one node of a step."""
        if step not in self._made_in:
            made = [
                Slip(each.code, each.text, {step.id: each.expression}, step.id, False, each.is_rare)
                for each in rewritings(step.definition, self.written)
                # nobody changes the base for one of several logarithms; a term of 0 or a factor of 1
                # makes no difference, and a factor of 0 is seen
                if each.code not in OTHER_BASES and not self._is_trivial(step, each)
            ]
            if (mean := mean_for_sum(step)) and not any(
                divides(each.definition, step) for each in self.calculation.users[step.id]
            ):
                made.append(Slip(mean.code, mean.text, {step.id: mean.expression}, step.id, False))
            self._made_in[step] = tuple(made)
        return self._made_in[step]

    def off_by_one(self, step: Quantity) -> Iterator[Slip]:
        """The slips in a step of taking what has an index more or less by one."""
        places, last = self.calculation.places, self.calculation.places[step.id]
        for own in self.calculation.uses[step.id]:
            beside = (places.get(each) for each in _beside(own.id))
            others = [
                self.calculation[place] for place in beside if place is not None and place < last
            ]
            for other, text in standing_in(self.calculation, own, others):
                changed = {step.id: with_others(step.definition, {own.id: other})}
                yield Slip("index-off-by-one", text, changed, step.id, is_own=False)

    def _is_trivial(self, step: Quantity, made: Rewriting) -> bool:
        """Whether a term or factor is left out, or counted twice, that changes nothing here."""
        values = self.calculation.values
        if made.operand is None:
            return False
        with localcontext(WORKED_AGAIN):
            if not made.operand.value(values):
                return True
            return is_same(made.expression.value(values), values[step.id])

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

    def by_conventions(
        self, taken: tuple[Convention, ...] = ()
    ) -> Sequence[tuple[Convention, Calculation]]:
        """The same calculation by each of the other conventions, beside those that are taken already;
        another calculation goes with no other convention."""
        if taken not in self._by_conventions:
            base = self.calculation
            for each in taken:
                base = each.made_of(base)
            is_another = any(each.worked for each in taken)
            others = (each for each in self.conventions if each not in taken and not is_another)
            self._by_conventions[taken] = [
                (each, each.made_of(base)) for each in others if not (taken and each.worked)
            ]
        return self._by_conventions[taken]

    def commonest(self, id: str) -> Sequence[Slip]:
        """The slips that are looked for first behind the number of a step: one of the loss that is
        made in one step alone only for that step, for there are many of them."""
        own = [each for each in self.own if each.step in (None, id)]
        return [*own, *(each for each in self.everywhere if each.is_common)]

    # --- what they lead to ---

    def all_of(self, id: str, near: float | None = None) -> Iterator[Named]:
        """Every slip in a step and in those before it, with the number that it leads to: ours, if it
        changes nothing here. One that is only made beside the step is left out.

        Args:
            near: only those that lead to a number no farther from ours than this.
        """
        single = self.single(self.calculation.before(id), self.calculation)
        yield from self.numbers_of((*self.own, *self.everywhere, *single), id, near)
        for slip, value in self.lost_on_the_way(id, self.calculation):
            yield Named(slip.code, slip.text, value, id)

    def numbers_of(
        self, slips: Iterable[Slip], id: str, near: float | None = None
    ) -> Iterator[Named]:
        """Some slips as :meth:`all_of` has them."""
        depths, ours = self.calculation.before(id), float(self.calculation.values[id])
        for slip in slips:
            if not self._reaches(slip, depths):
                continue
            if near is not None and abs(self.calculation.about(id, slip.changed) - ours) > near:
                continue
            value = self.world(slip).get(id, self.calculation.values[id])
            if not value.is_nan():
                yield Named(slip.code, self.said(slip, id, self.calculation), value, slip.step)

    def _reaches(self, slip: Slip, depths: Mapping[str, int]) -> bool:
        """Whether a slip is made in one of these steps, or in what is given for them."""
        return any(
            id in depths or any(user.id in depths for user in self.calculation.users.get(id, ()))
            for id in slip.changed
        )

    def single(self, depths: Mapping[str, int], worked: Calculation) -> Iterator[Slip]:
        """The slips in one node of one step, the nearest step first."""
        for id in list(depths)[:_MOST_STEPS]:
            step = worked.by_id[id]
            if not step.is_given:
                yield from self.made_in(step)

    def said(self, slip: Slip, id: str, worked: Calculation) -> str:
        """What was done, and where, if that is another step than the one with the number."""
        if slip.is_own:
            return in_itself(slip.text, self.sign(id)) if slip.step == id else slip.text
        differ = [
            each
            for each, new in slip.changed.items()
            if isinstance(new, Expression) and not is_same(_value(worked, new), worked.values[each])
        ]
        first = (differ or [*slip.changed])[0]
        text = slip.text
        if not slip.step:
            text = what_was_done(worked.by_id[first].definition, slip.code, self.written)
        if slip.code in OTHER_BASES or (self.sign(first) == self.sign(id) and len(differ) < 2):
            return text
        where = f"In {self.sign(first)}"
        return f"{where}: {text}" if len(differ) < 2 else f"{where} and steps like it: {text}"

    def lost_on_the_way(self, id: str, worked: Calculation) -> Iterator[tuple[Slip, Decimal]]:
        """Small numbers rounded to decimal places as if they were large: those that the step is
        worked from, or all before it."""
        if len(worked) > MOST_QUANTITIES:
            return
        operands = {each.id for each in worked.uses[id] if not each.is_given}
        for places in _TOO_FEW_DECIMALS:
            rounding = Rounding(places, "decimals")
            everything = worked.before(id).keys() - {id}
            for ids in dict.fromkeys([frozenset(operands), frozenset(everything)]):
                run = _Lossy(worked, rounding, ids)
                value = run.value(id, {})
                if run.lost and not value.is_nan():
                    text = self._said_of_rounding([*run.lost], places)
                    yield Slip("rounded-to-zero", text, run.lost, id, is_own=False), value

    def _said_of_rounding(self, ids: Sequence[str], places: int) -> str:
        signs = [*dict.fromkeys(map(self.sign, ids))]  # those of a copy are the same
        names = ", ".join(signs[:_MOST_NAMED]) + (" …" if signs[_MOST_NAMED:] else "")
        return (
            f"Too many digits are lost by rounding {names} to {places} decimal places: a small "
            "number needs significant digits."
        )


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


def _beside(id: str) -> Iterator[str]:
    """The ids with one of the indices more or less by one."""
    parts = id.split(".")
    for place, part in enumerate(parts):
        if part.isdigit():
            for index in (int(part) - 1, int(part) + 1):
                yield ".".join([*parts[:place], str(index), *parts[place + 1 :]])


def _kinds(code: str, steps: Sequence[Quantity]) -> Iterator[Sequence[Quantity]]:
    kinds = [*families(steps)]
    yield from kinds
    if code in OTHER_BASES and len(kinds) > 1:
        yield steps


def _value(worked: Calculation, expression: Expression) -> Decimal:
    with localcontext(WORKED_AGAIN):
        value: Decimal = expression.value(worked.values)
        return value

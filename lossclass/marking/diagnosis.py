"""Which slip explains a number that somebody got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic.expression import Quantity
from lossclass.marking.before import CONTEXT, Before, Named, is_same
from lossclass.marking.calculation import Calculation
from lossclass.marking.slips import OwnSlip, usual
from lossclass.marking.tolerance import half_unit, within

__all__ = ["Diagnosis", "Named"]

#: A slip is so likely beside the same slip one step later.
_EARLIER: Final = 0.4
#: So often, nothing else was rounded but the number itself.
_EXACT: Final = 0.8


@dataclass(frozen=True)
class _Candidate:
    """A slip that may be it; ``share`` is how likely it is beside the others, but for its number."""

    slip: Named
    share: float


class Diagnosis:
    """The slips of one calculation.

    Args:
        calculation: the quantities, in order.
        values: theirs.
        own: the slips of the loss.
    """

    def __init__(
        self,
        calculation: Sequence[Quantity],
        values: Mapping[str, Decimal],
        own: Sequence[OwnSlip] = (),
    ) -> None:
        self.values = values
        self._calculation = Calculation(calculation, values, own)
        self._known: dict[str, list[_Candidate]] = {}

    def explain(
        self,
        id: str,
        number: Decimal,
        tolerance: Decimal,
        written: Mapping[str, Decimal] | None = None,
    ) -> list[Named]:
        """The slips that lead to a number, the likeliest first, each code once.

        A slip that leads to the very number, to the digits written, is likelier than one that
        leads there only if earlier steps were rounded.

        Args:
            id: of the step for which the number was given.
            tolerance: by how much rounding may have moved it.
            written: the numbers given for earlier steps, from which it was worked on.
        """
        if within(self.values[id], number, tolerance):
            return []
        half = half_unit(number)
        sharpness = float(tolerance / half) if half and tolerance > half else 1.0
        found: dict[str, tuple[float, Named]] = {}
        for each in self._candidates(id, number, written or {}):
            slip = each.slip
            if not within(slip.value, number, tolerance):
                continue
            is_it = within(slip.value, number, half)
            share = each.share * (_EXACT * sharpness * is_it + 1 - _EXACT)
            if slip.code not in found or share > found[slip.code][0]:
                found[slip.code] = share, slip
        return [slip for _, slip in sorted(found.values(), key=lambda pair: -pair[0])]

    def all_of(
        self, id: str, number: Decimal | None = None, written: Mapping[str, Decimal] | None = None
    ) -> Iterator[Named]:
        """Every slip in a step and in those before it, with the number that it leads to: ours,
        if it changes nothing here.

        Args:
            number: somebody's number, for slips that can only be told from it.
            written: see :meth:`explain`.
        """
        return (each.slip for each in self._candidates(id, number, written or {}))

    def _candidates(
        self, id: str, number: Decimal | None, written: Mapping[str, Decimal]
    ) -> list[_Candidate]:
        before = Before(self._calculation, id, written)
        found = self._known.get(id)
        if found is None or before.written:
            with localcontext(CONTEXT):
                found = _shared(before.all(), before.depths, self.values[id])
            if not before.written:
                self._known[id] = found
        if number is None:
            return found
        with localcontext(CONTEXT):
            in_it = [*before.in_the_number(number)]
        return [*found, *(_Candidate(each, usual(each.code) / len(in_it)) for each in in_it)]


def _shared(slips: Sequence[Named], depths: Mapping[str, int], ours: Decimal) -> list[_Candidate]:
    """The slips with how likely each is: the farther back, the less; and where one code may be
    meant in many ways, each of them less."""
    kinds = [(slip.code, depths.get(slip.step or "", 0)) for slip in slips]
    counts = Counter(
        kind for kind, slip in zip(kinds, slips, strict=True) if not is_same(slip.value, ours)
    )
    return [
        _Candidate(slip, usual(slip.code) * _EARLIER ** kind[1] / max(1, counts[kind]))
        for kind, slip in zip(kinds, slips, strict=True)
    ]

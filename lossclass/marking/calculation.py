"""The steps of a calculation, with what can be done wrong in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from lossclass.arithmetic.expression import Quantity, quantities_in
from lossclass.marking.slips import OwnSlip, Rewriting, codes_in, rewritings


class Calculation:
    """Steps with their values, and the slips that can be made in them.

    Args:
        quantities: in order.
        own: the slips of the loss.
    """

    def __init__(
        self,
        quantities: Sequence[Quantity],
        values: Mapping[str, Decimal],
        own: Sequence[OwnSlip],
    ) -> None:
        self.quantities = quantities
        self.values = values
        self.own = own
        self._rewritings: dict[str, tuple[Rewriting, ...]] = {}
        self._codes: dict[str, frozenset[str]] = {}
        #: Natural logarithms that were taken, by their numbers.
        self.logarithms: dict[Decimal, Decimal] = {}

    def rewritings_of(self, step: Quantity) -> tuple[Rewriting, ...]:
        """The slips in one node of a step."""
        if step.id not in self._rewritings:
            self._rewritings[step.id] = tuple(rewritings(step))
        return self._rewritings[step.id]

    def codes_of(self, step: Quantity) -> frozenset[str]:
        """The slips in a step that one makes everywhere."""
        if step.id not in self._codes:
            self._codes[step.id] = codes_in(step.definition)
        return self._codes[step.id]

    @cached_property
    def uses(self) -> Mapping[str, tuple[Quantity, ...]]:
        """The steps that each step is worked from, each once."""
        return {
            quantity.id: tuple(
                {
                    each.id: each
                    for each in quantities_in(quantity.definition)
                    if not each.is_given
                }.values()
            )
            for quantity in self.quantities
        }

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each quantity in the calculation."""
        return {quantity.id: n for n, quantity in enumerate(self.quantities)}

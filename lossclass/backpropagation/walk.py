"""The walk backwards over a sheet: which derivatives there are, and what is taken for one where the chain
rule has no value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import cast

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Quantity, UndefinedValue
from lossclass.arithmetic.gradient import Derivative, walk_back
from lossclass.arithmetic.number import WORKING
from lossclass.backpropagation.kinks import (
    Kinks,
    Slopes,
    slopes_by,
    with_nothing_for_it,
    without_value,
)
from lossclass.working import Working


class Walk:
    """The derivatives of an answer, named on the sheet and not written yet. It goes on from those that
    the sheet has already.

    Args:
        working: the sheet, with the way forwards on it.
        wanted: ids of the numbers by which there are to be derivatives.
        is_whole: whether a gradient with gaps is no use, as for a network.

    Raises:
        UndefinedValue: one of them has no value.

    Attributes:
        derivatives: in the order of the walk, but for those without a value and those known before.
        by_id: all of them, by the id of what they are by.
        known: those that were on the sheet before.
        indeterminate: by what the chain rule has no value for: which form it meets, and the slopes,
            where 0 is one or between them.
    """

    def __init__(
        self, working: Working, answer: Quantity, wanted: Collection[str], *, is_whole: bool
    ) -> None:
        self.working = working
        self.answer = answer
        self.forward = Calculation(tuple(working.calculation), dict(working.values))
        self.derivatives: list[Derivative] = []
        self.known = dict(working.derivatives)
        self.by_id = {id: Derivative(working.quantity(id), by) for id, by in self.known.items()}
        self.indeterminate: dict[str, tuple[str, Slopes]] = {}
        self._needs_all = is_whole or self.forward.values[answer.id].is_infinite()
        with localcontext(WORKING):
            self._begin(wanted)
        self.kinks = Kinks(
            self.forward,
            answer,
            self.derivatives,
            [each for each in self.derivatives if each.of.is_given and each.of.id in wanted],
            working.values,
            corners=bool(self.indeterminate),
        )

    def _begin(self, wanted: Collection[str]) -> None:
        for derivative in walk_back(
            self.forward.quantities,
            self.working.values,
            self.answer,
            reaches=wanted,
            known=self.known,
            settled=self._settled,
        ):
            self.by_id[derivative.of.id] = derivative
            if derivative.without:
                continue
            for step in derivative.steps:
                self.working.name(step.id, step.symbol, step.definition)
            self.working.derivatives[derivative.of.id] = derivative.quantity
            self.derivatives.append(derivative)

    def _settled(self, derivative: Derivative) -> Derivative:
        """A derivative as it is or, where the chain rule meets a form without a value, as the 0 that is
        taken, or as one without a value.

        Raises:
            UndefinedValue: it has none, and a gradient with gaps is no use: that of an infinite loss, or
                of a network.
        """
        of, values = derivative.of, self.working.values
        form, slope, taken = derivative.without, Decimal(0), cast("Expression", Constant(0))
        if not form:
            for step in derivative.before:  # which have no names in the working yet
                values = {**values, step.id: step.definition.value(values)}
            *before, own = (without_value(each.definition, values) for each in derivative.steps)
            form = next(filter(None, (own, *before)), "")
            slope = derivative.quantity.definition.value(values)
            if not form and (values[of.id] or not derivative.still):
                return derivative
            if not any(before):
                taken = with_nothing_for_it(derivative.quantity.definition, values)
        slopes = slopes_by(self.forward, self.answer, of)
        is_told = slopes is not None and any(map(Decimal.is_finite, slopes))
        if not form and (slopes is None or not is_told or slopes.admit(slope)):
            return derivative
        if form and slopes is not None and slopes.admit(taken.value(values)):
            self.indeterminate[of.id] = (form, slopes)
            return derivative.instead(taken)
        if self._needs_all:
            raise UndefinedValue(derivative.quantity.id)
        return replace(derivative, without=form or "∞ · 0")

"""The mistakes that people make with a loss, each as the numbers that its steps come to with it.

A loss module's ``slips`` yields them; most are made by going through its calculation again with
other given numbers, or with some steps worked in another way. Those that belong to what many losses
share (a softmax, weights) are here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Final

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Quantity,
    Quotient,
    Sigmoid,
    quantities_in,
)
from lossclass.arithmetic.number import WORKING

#: Mistakes in single observations, classes or cells are worked out for so many of them.
MOST: Final = 60
#: So many digits are enough to tell one mistake's number from another's.
CONTEXT: Final = WORKING.copy()
CONTEXT.prec = 24
_SAME: Final = Decimal("1e-18")


@dataclass(frozen=True)
class OwnSlip:
    """A mistake that belongs to a loss.

    Attributes:
        code: stays the same between versions.
        text: what was done, and what belongs there, in a sentence.
        values: what the steps come to with it, by id; only those that it changes and that have a
            value. None at all, where it makes no difference in this problem.
    """

    code: str
    text: str
    values: Mapping[str, Decimal]


class Reworking:
    """A calculation that can be gone through again with some of it done in another way."""

    def __init__(self, calculation: Sequence[Quantity], values: Mapping[str, Decimal]) -> None:
        self.calculation = calculation
        self.values = values

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """All quantities by id."""
        return {quantity.id: quantity for quantity in self.calculation}

    @cached_property
    def _users(self) -> Mapping[str, list[int]]:
        """The places of those that use a quantity."""
        users: dict[str, list[int]] = {}
        for place, quantity in enumerate(self.calculation):
            for used in {each.id for each in quantities_in(quantity.definition)}:
                users.setdefault(used, []).append(place)
        return users

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {quantity.id: place for place, quantity in enumerate(self.calculation)}

    @cached_property
    def _by_name(self) -> Mapping[str, list[Quantity]]:
        found: dict[str, list[Quantity]] = {}
        for quantity in self.calculation:
            name = quantity.id.rstrip("0123456789.")
            found.setdefault(name, []).append(quantity)
        return found

    def all(self, name: str) -> Sequence[Quantity]:
        """The quantities whose ids are this name and numbers: ``term.1`` and ``term.2``."""
        return self._by_name.get(name, ())

    def slip(
        self, code: str, text: str, changed: Mapping[str, Expression | Decimal]
    ) -> Iterator[OwnSlip]:
        """The mistake of working some quantities in another way; none where the calculation then
        ends without a value.

        Args:
            changed: by id, what they are worked out as; numbers stand as they are.
        """
        values = self.worked(changed)
        if not any(value.is_nan() for value in values.values()):
            yield OwnSlip(code, text, values)

    def worked(self, changed: Mapping[str, Expression | Decimal]) -> dict[str, Decimal]:
        """What the quantities come to that are changed, and those worked from them; only those
        that come to something else."""
        values, found = dict(self.values), dict[str, Decimal]()
        waiting = [self._places[id] for id in changed]
        heapify(waiting)
        done = -1
        with localcontext(CONTEXT):
            while waiting:
                place = heappop(waiting)
                if place == done:
                    continue
                done = place
                quantity = self.calculation[place]
                new = changed.get(quantity.id, quantity.definition)
                value = new if isinstance(new, Decimal) else new.value(values)
                if _is_same(value, self.values[quantity.id]):
                    continue
                found[quantity.id] = values[quantity.id] = value
                for user in self._users.get(quantity.id, ()):
                    heappush(waiting, user)
        return found


def _is_same(one: Decimal, other: Decimal) -> bool:
    return one == other or (other.is_finite() and abs(one - other) <= _SAME * abs(other))


# --- what many losses share --------------------------------------------------------------


def shared_slips(
    rework: Reworking, *, probabilities: str = "", counting: Mapping[str, Expression] | None = None
) -> Iterator[OwnSlip]:
    """The mistakes with weights, and with the softmax or the sigmoid.

    Args:
        probabilities: the name of given quantities that are rows of probabilities.
        counting: steps without the parts of them that count nothing here: who works these does not
            mind if the others have no value.
    """
    text = "The weights are left out, as if all were 1."
    yield from with_ones(rework, "given.weight", "weights-forgotten", text)
    yield from _softmax_slips(rework, counting or {})
    yield from _sigmoid_slips(rework, counting or {})
    # with one index, they are of observations, which share no softmax
    given = [each for each in rework.all(probabilities) if each.id.count(".") > 2]
    if probabilities and given:
        yield from softmax_of_probabilities(rework, given)


def with_ones(rework: Reworking, name: str, code: str, text: str) -> Iterator[OwnSlip]:
    """The mistake of leaving given factors out."""
    if given := rework.all(name):
        yield from rework.slip(code, text, {each.id: Decimal(1) for each in given})


def softmax_of_probabilities(rework: Reworking, given: Sequence[Quantity]) -> Iterator[OwnSlip]:
    """The mistake of taking a softmax of given probabilities."""
    text = "A softmax is taken of numbers that are probabilities already, as they are given."
    yield from rework.slip("softmax-twice", text, _softmax(rework, given))


def _softmax_slips(rework: Reworking, counting: Mapping[str, Expression]) -> Iterator[OwnSlip]:
    predicted = [each for each in rework.all("y_pred") if isinstance(each.definition, Quotient)]
    if not predicted:
        return
    text = "The softmax is left out: logits are no probabilities before it."
    logits = {each.id: rework.values[_logit_behind(each).id] for each in predicted}
    for slip in rework.slip("softmax-forgotten", text, {**logits, **counting}):
        if all(value.is_finite() for value in slip.values.values()):
            yield slip
    text = "The softmax is taken twice: what comes out of the first one are the probabilities."
    yield from rework.slip("softmax-twice", text, _softmax(rework, predicted))


def _logit_behind(probability: Quantity) -> Quantity:
    """The z of e^(z − M) / Σ e^(z − M)."""
    (exponential, _) = quantities_in(probability.definition)
    return next(quantities_in(exponential.definition))


def _softmax(rework: Reworking, numbers: Sequence[Quantity]) -> dict[str, Expression | Decimal]:
    """The softmax of each row of numbers; a row is all but the last part of an id."""
    rows = {each.id: each.id.rpartition(".")[0] for each in numbers}
    with localcontext(CONTEXT):
        powers = {each.id: elementary.exp(rework.values[each.id]) for each in numbers}
        sums: dict[str, Decimal] = {}
        for id, row in rows.items():
            sums[row] = sums.get(row, Decimal(0)) + powers[id]
        return {id: powers[id] / sums[row] for id, row in rows.items()}


def _sigmoid_slips(rework: Reworking, counting: Mapping[str, Expression]) -> Iterator[OwnSlip]:
    predicted = [each for each in rework.all("y_pred") if isinstance(each.definition, Sigmoid)]
    if not predicted or rework.all("rest"):  # of logits so large, nobody takes a logarithm
        return
    text = "The sigmoid is left out: a logit is no probability before it."
    forgotten = {each.id: each.definition.operands[0] for each in predicted}
    yield from rework.slip("sigmoid-forgotten", text, {**forgotten, **counting})
    text = "The sigmoid is taken twice: what comes out of the first one is the probability."
    twice = {each.id: Sigmoid(Constant(rework.values[each.id])) for each in predicted}
    yield from rework.slip("sigmoid-twice", text, {**twice})

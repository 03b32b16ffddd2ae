"""The line of every textbook: behind a softmax or a sigmoid, the derivative of a cross-entropy by a
logit is ŷ − y, times what becomes of that cross-entropy in the answer.

It is read off the steps. Where one of them is ℓ = −Σ s ln ŷ over the probabilities ŷ of a softmax,
with any s, its derivative by a logit is ŷ Σ s − s; where it is ℓ = −t ln ŷ − f ln(1 − ŷ) of a
sigmoid's ŷ, that is f ŷ − t (1 − ŷ). No loss needs to say that it is one of these.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2.2 and 6.2.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Log,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Role,
    Sigmoid,
    Sum,
    quantities_in,
    sum_of,
)
from lossclass.arithmetic.factors import ONE, Factors, factored
from lossclass.arithmetic.number import WORKING
from lossclass.backpropagation.walk import Walk
from lossclass.records import record

#: So near to 1, a sum of 50 digits is 1.
_NEARLY: Final = Decimal("1e-40")
#: Two ways to one number agree to so much of it, unless nearly all of its digits cancelled.
_SAME: Final = Decimal("1e-20")
_1: Final = Constant(1)


class _Logarithm(NamedTuple):
    """One of those that a step sums up: of a probability, or of the rest, 1 less it."""

    probability: Quantity
    share: Factors
    base: str
    of_rest: bool = False


@record
class _CrossEntropy:
    """A step that is a sum of logarithms.

    Attributes:
        base: of all of them.
        true: what multiplies those of probabilities, by their ids, without the sign.
        false: what multiplies those of 1 less a probability, in the same way.
        is_negative: the sign of all.
        reach: how the answer changes with the step.
    """

    base: str
    true: Mapping[str, Expression]
    false: Mapping[str, Expression]
    is_negative: bool
    reach: Factors

    def closed(
        self, less: Expression | None, more: Expression | None, *below: Expression
    ) -> Expression:
        """± (more − less), divided by what is below, times how the answer changes with it."""
        reach = self.reach
        if reach.is_negative is not self.is_negative:
            less, more = more, less
        terms = [*([more] if more else []), *([Negative(less)] if less else [])]
        divisors = [] if self.base == "e" else [Log(Constant(self.base))]
        below = (*reversed((*below, *divisors)), *reach.below)
        size = Factors(abs(reach.number), abs(reach.divisor), reach.above, below)
        return size.times(factored(sum_of(terms))).expression


class _Behind(NamedTuple):
    """A logit behind a softmax: its exponential, the probability, and what it is divided by."""

    logit: Quantity
    exponential: Quantity
    probability: Quantity
    temperature: tuple[Quantity, ...]


class ByLogits:
    """The derivatives by logits in closed form, of those that were found on a walk."""

    def __init__(self, walk: Walk) -> None:
        self.values = walk.working.values
        self.answer = walk.answer
        self.calculation = walk.forward
        self.by = {each.of.id: each for each in walk.derivatives}
        self.derivatives = {each.quantity.id for each in walk.derivatives}
        self.sigmoids: dict[str, Quantity] = {}  # by the id of the logit
        self.rests: dict[str, Quantity] = {}  # 1 − ŷ, by the id of ŷ
        self.wholes: dict[str, Quantity] = {}  # the other way round
        self.quotients: dict[str, list[Quantity]] = {}  # by the id of what is below
        for each in walk.forward:
            match each.definition:
                case Sigmoid(operands=(Quantity() as logit,)):
                    self.sigmoids[logit.id] = each
                case Sigmoid(operands=(Negative(operands=(Quantity() as logit,)),)):
                    if (whole := self.sigmoids.get(logit.id)) is not None:
                        self.rests[whole.id], self.wholes[each.id] = each, whole
                case Quotient(operands=(Quantity(), Quantity() as below)):
                    self.quotients.setdefault(below.id, []).append(each)

    def all(self) -> Iterator[Quantity]:
        """Each as the derivative that it is, with the closed form for its definition."""
        with localcontext(WORKING):
            for loss in self.calculation:
                for logit, closed in self._behind(loss):
                    own = self.by[logit.id].quantity
                    one, other = closed.value(self.values), self.values[own.id]
                    if one == other or abs(one - other) <= _SAME * abs(other):
                        yield Quantity(own.id, own.symbol, closed)

    def _behind(self, loss: Quantity) -> Iterator[tuple[Quantity, Expression]]:
        """The logits behind a step that is a sum of logarithms, with the closed forms."""
        found = [*self._read(loss.definition, ONE)]
        logarithms = [each for each in found if each is not None]
        alike = {(each.base, each.share.is_negative) for each in logarithms}
        several = {(each.probability.id, each.of_rest) for each in logarithms}
        if not len(found) == len(logarithms) == len(several) or len(alike) > 1:
            return
        if (reach := self._reach(loss)) is None:
            return
        ((base, is_negative),) = alike
        true, false = (
            {
                each.probability.id: (
                    each.share.negative() if is_negative else each.share
                ).expression
                for each in logarithms
                if each.of_rest is of_rest
            }
            for of_rest in (False, True)
        )
        sums = _CrossEntropy(base, true, false, is_negative, reach)
        first = logarithms[0].probability
        if isinstance(first.definition, Sigmoid):
            yield from self._of_sigmoid(first, sums)
        elif not false:
            yield from self._of_softmax(first, sums)

    # --- from a step to the answer ---

    def _reach(self, loss: Quantity) -> Factors | None:
        """How the answer changes with a step; None if it does not."""
        if loss.id == self.answer.id:
            return ONE
        derivative = self.by.get(loss.id)
        if derivative is None or derivative.is_zero:
            return None
        return self._flat(derivative.quantity)

    def _flat(self, expression: Expression) -> Factors:
        """The factors of a derivative, with those of the derivatives that it is made of."""
        match expression:
            case Quantity(
                definition=Quantity() | Constant() | Negative() | Product() | Quotient() | Power()
            ):
                if expression.id in self.derivatives:
                    return self._flat(expression.definition)
            case Negative(operands=(operand,)):
                return self._flat(operand).negative()
            case Product(operands=operands):
                factors = ONE
                for operand in operands:
                    factors = factors.times(self._flat(operand))
                return factors
            case Quotient(operands=(above, below)):
                return self._flat(above).over(below)
        return factored(expression)

    # --- which logarithms there are ---

    def _read(self, expression: Expression, share: Factors) -> Iterator[_Logarithm | None]:
        """The logarithms in an expression, if it is a sum of these; None for anything else in it."""
        match expression:
            case Negative(operands=(operand,)):
                yield from self._read(operand, share.negative())
            case Sum(operands=terms):
                for each in terms:
                    yield from self._read(each, share)
            case Product(operands=(*factors, last)):
                own = factored(Product(*factors)) if factors else ONE
                yield from self._read(last, share.times(own))
            case Log(operands=(Quotient(operands=(_, Quantity() as below)),), base=base):
                yield _Logarithm(below, share.negative(), base)
            case Log(
                operands=(Sum(operands=(Constant(), Negative(operands=(Quantity() as whole,)))),),
                base=base,
            ):
                yield _Logarithm(whole, share, base, of_rest=True)
            case Log(operands=(Quantity() as inside,), base=base):
                rest_of = self.wholes.get(inside.id)
                yield _Logarithm(rest_of or inside, share, base, of_rest=rest_of is not None)
            case _:
                yield None

    # --- the closed forms ---

    def _of_sigmoid(
        self, predicted: Quantity, sums: _CrossEntropy
    ) -> Iterator[tuple[Quantity, Expression]]:
        (logit,) = predicted.definition.operands
        rest = self.rests.get(predicted.id)
        if not isinstance(logit, Quantity) or {*sums.true, *sums.false} != {predicted.id}:
            return
        true, false = sums.true.get(predicted.id), sums.false.get(predicted.id)
        less: Expression | None = predicted
        more = true
        if rest is not None or not true or not false or not self._are_one([true, false]):
            less = false and _product(false, predicted)
            more = true and _product(true, rest or Sum(_1, Negative(predicted)))
        yield logit, sums.closed(less, more)

    def _of_softmax(
        self, first: Quantity, sums: _CrossEntropy
    ) -> Iterator[tuple[Quantity, Expression]]:
        behind = self._softmax(first)
        counting = [each for each in sums.true.values() if each.value(self.values)]
        if not counting or not sums.true.keys() <= {each.probability.id for each in behind}:
            return
        for each in behind:
            predicted: Expression = each.probability
            if not self._is_one(counting):
                predicted = _product(sum_of(counting), predicted)
            true = sums.true.get(each.probability.id)
            yield each.logit, sums.closed(predicted, true, *each.temperature)

    def _softmax(self, probability: Quantity) -> list[_Behind]:
        """All logits behind the softmax that a probability is of; none where it is of none."""
        match probability.definition:
            case Quotient(operands=(Quantity(), Quantity(definition=Sum(operands=terms)) as total)):
                behind = [*map(_from_logit, self.quotients[total.id])]
                whole = [each for each in behind if each is not None]
                made_of = {each.exponential.id for each in whole}
                if len(whole) == len(behind) and made_of == {
                    getattr(each, "id", "") for each in terms
                }:
                    return whole
        return []

    def _is_one(self, expressions: Sequence[Expression]) -> bool:
        """Whether they sum to 1."""
        total = sum((each.value(self.values) for each in expressions), Decimal(0))
        return bool(abs(total - 1) <= _NEARLY)

    def _are_one(self, shares: Sequence[Expression]) -> bool:
        """Whether they sum to 1 whatever their numbers are, as y and 1 − y do."""
        used = {each.id for share in shares for each in quantities_in(share)}
        others = {id: self.values[id] + n for n, id in enumerate(sorted(used), start=2)}
        return sum((each.value(others) for each in shares), Decimal(0)) == 1


def _product(share: Expression, probability: Expression) -> Expression:
    return factored(share).times(factored(probability)).expression


def _from_logit(probability: Quantity) -> _Behind | None:
    """The logit behind one of the probabilities of a softmax, with its exponential."""
    match probability.definition:
        case Quotient(operands=(Quantity(definition=Exp(operands=(exponent,))) as exponential, _)):
            pass
        case _:
            return None
    divided: tuple[Quantity, ...] = ()
    match exponent:
        case Quotient(operands=(Sum() as exponent, Quantity() as temperature)):
            divided = (temperature,)
    match exponent:
        case Sum(operands=(Quantity() as logit, Negative(operands=(Quantity(role=Role.CANCELS),)))):
            return _Behind(logit, exponential, probability, divided)
    return None

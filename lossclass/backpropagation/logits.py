"""The line of every textbook: behind a softmax or a sigmoid, the derivative of a cross-entropy by a
logit is ŷ − y, times what becomes of that cross-entropy in the answer.

It is read off the steps. Where one of them is ℓ = −Σ s ln ŷ over the probabilities ŷ of a softmax,
with any s, its derivative by a logit is ŷ Σ s − s; where it is ℓ = −t ln ŷ − f ln(1 − ŷ) of a
sigmoid's ŷ, that is f ŷ − t (1 − ŷ). No loss needs to say that it is one of these.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2.2 and 6.2.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from lossclass.arithmetic.gradient import Derivative
from lossclass.arithmetic.number import WORKING

#: So near to 1, a sum of 50 digits is 1.
_NEARLY: Final = Decimal("1e-40")
#: Two ways to one number agree to so much of it, unless nearly all of its digits cancelled.
_SAME: Final = Decimal("1e-20")
_1: Final = Constant(1)


@dataclass
class _Logarithms:
    """A step as a sum of logarithms to one base.

    Attributes:
        of: what multiplies those of probabilities, by their ids.
        of_rest: what multiplies those of 1 less a probability, by the ids of these.
    """

    base: str = ""
    of: dict[str, Factors] = field(default_factory=dict)
    of_rest: dict[str, Factors] = field(default_factory=dict)


class _Behind(NamedTuple):
    """A logit behind a softmax: its exponential, the probability, and what it is divided by."""

    logit: Quantity
    exponential: Quantity
    probability: Quantity
    temperature: tuple[Quantity, ...]


class ByLogits:
    """The derivatives by logits in closed form.

    Args:
        calculation: the way forwards.
        values: of all quantities, the derivatives among them, by id.
        derivatives: those of the answer.
    """

    def __init__(
        self,
        calculation: Sequence[Quantity],
        values: Mapping[str, Decimal],
        answer: Quantity,
        derivatives: Sequence[Derivative],
    ) -> None:
        self.values = values
        self.answer = answer
        self.calculation = calculation
        self.quantities = {each.id: each for each in calculation}
        self.by = {each.of.id: each for each in derivatives}
        self.derivatives = {each.quantity.id for each in derivatives}
        self.sigmoids: dict[str, Quantity] = {}  # by the id of the logit
        self.rests: dict[str, Quantity] = {}  # 1 − ŷ, by the id of ŷ
        self.wholes: dict[str, Quantity] = {}  # the other way round
        self.quotients: dict[str, list[Quantity]] = {}  # by the id of what is below
        for each in calculation:
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
        found = _Logarithms()
        if not self._read(loss.definition, ONE, found):
            return
        reach = self._reach(loss)
        if reach is None:
            return
        first = self.quantities[next(iter({**found.of, **found.of_rest}))]
        if isinstance(first.definition, Sigmoid):
            yield from self._of_sigmoid(loss, first, found, reach)
        elif not found.of_rest:
            yield from self._of_softmax(loss, first, found, reach)

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

    def _is_only_in(self, quantity: Quantity, *steps: Quantity) -> bool:
        """Whether the answer changes with a quantity through these steps alone."""
        derivative = self.by.get(quantity.id)
        if derivative is None:
            return False
        return {use.by.id for use in derivative.uses} <= {each.id for each in steps}

    # --- which logarithms there are ---

    def _read(self, expression: Expression, share: Factors, found: _Logarithms) -> bool:
        """Note the logarithms in an expression; whether it is a sum of these."""
        match expression:
            case Negative(operands=(operand,)):
                return self._read(operand, share.negative(), found)
            case Sum(operands=terms):
                return all(self._read(each, share, found) for each in terms)
            case Product(operands=(last,)):
                return self._read(last, share, found)
            case Product(operands=(*factors, last)):
                return self._read(last, share.times(factored(Product(*factors))), found)
            case Log(operands=(Quotient(operands=(_, Quantity() as below)),)):
                return _note(found.of, below, share.negative(), expression, found)
            case Log(operands=(Sum(operands=(Constant(), Negative(operands=(Quantity() as p,)))),)):
                return _note(found.of_rest, p, share, expression, found)
            case Log(operands=(Quantity() as inside,)):
                if (whole := self.wholes.get(inside.id)) is not None:
                    return _note(found.of_rest, whole, share, expression, found)
                return _note(found.of, inside, share, expression, found)
        return False

    # --- the closed forms ---

    def _of_sigmoid(
        self, loss: Quantity, predicted: Quantity, found: _Logarithms, reach: Factors
    ) -> Iterator[tuple[Quantity, Expression]]:
        (logit,) = predicted.definition.operands
        rest = self.rests.get(predicted.id)
        used = [predicted, *([rest] if rest else [])]
        if (
            not isinstance(logit, Quantity)
            or {*found.of, *found.of_rest} != {predicted.id}
            or not self._is_only_in(logit, *used)
            or not all(self._is_only_in(each, loss) for each in used)
        ):
            return
        shares = [each.get(predicted.id) for each in (found.of, found.of_rest)]
        negative = any(share.is_negative for share in shares if share)
        true, false = (_size(share, negative=negative) for share in shares)
        less: Expression | None = predicted
        more = true
        if rest is not None or not true or not false or not self._are_one([true, false]):
            less = false and _product(false, predicted)
            more = true and _product(true, rest or Sum(_1, Negative(predicted)))
        yield logit, self._closed(reach, found.base, less, more, negative=negative)

    def _of_softmax(
        self, loss: Quantity, first: Quantity, found: _Logarithms, reach: Factors
    ) -> Iterator[tuple[Quantity, Expression]]:
        behind = self._softmax(first, loss)
        if not behind or not found.of.keys() <= {each.probability.id for each in behind}:
            return
        negative = any(share.is_negative for share in found.of.values())
        sizes = {id: _size(share, negative=negative) for id, share in found.of.items()}
        counting = [each for each in sizes.values() if each and each.value(self.values)]
        if not counting:
            return
        for each in behind:
            predicted: Expression = each.probability
            if not self._is_one(counting):
                predicted = _product(sum_of(counting), predicted)
            true = sizes.get(each.probability.id)
            closed = self._closed(
                reach, found.base, predicted, true, *each.temperature, negative=negative
            )
            yield each.logit, closed

    def _softmax(self, probability: Quantity, loss: Quantity) -> list[_Behind]:
        """All logits behind a softmax of which a step uses the probabilities; none where it is no
        softmax, or where anything else uses a part of it."""
        match probability.definition:
            case Quotient(operands=(Quantity(), Quantity(definition=Sum()) as total)):
                pass
            case _:
                return []
        quotients = self.quotients[total.id]
        behind = [_from_logit(each) for each in quotients]
        whole = [
            each
            for each in behind
            if each is not None
            and self._is_only_in(each.probability, loss)
            and self._is_only_in(each.exponential, each.probability, total)
            and self._is_only_in(each.logit, each.exponential)
        ]
        made_of = {each.exponential.id for each in whole}
        is_all = len(whole) == len(quotients) and made_of == {
            getattr(each, "id", "") for each in total.definition.operands
        }
        return whole if is_all and self._is_only_in(total, *quotients) else []

    def _is_one(self, expressions: Sequence[Expression]) -> bool:
        """Whether they sum to 1."""
        total = sum((each.value(self.values) for each in expressions), Decimal(0))
        return bool(abs(total - 1) <= _NEARLY)

    def _are_one(self, shares: Sequence[Expression]) -> bool:
        """Whether they sum to 1 whatever their numbers are, as y and 1 − y do."""
        used = {each.id for share in shares for each in quantities_in(share)}
        others = {id: self.values[id] + n for n, id in enumerate(sorted(used), start=2)}
        return sum((each.value(others) for each in shares), Decimal(0)) == 1

    def _closed(
        self,
        reach: Factors,
        base: str,
        less: Expression | None,
        more: Expression | None,
        *below: Expression,
        negative: bool,
    ) -> Expression:
        """± (more − less), divided by what is below, times how the answer changes with it."""
        if reach.is_negative is not negative:
            less, more = more, less
        terms = [*([more] if more else []), *([Negative(less)] if less else [])]
        for divisor in (*below, *([] if base == "e" else [Log(Constant(base))])):
            reach = Factors(reach.number, reach.divisor, reach.above, (divisor, *reach.below))
        size = Factors(abs(reach.number), abs(reach.divisor), reach.above, reach.below)
        return size.times(factored(sum_of(terms))).expression


def _note(
    shares: dict[str, Factors],
    probability: Quantity,
    share: Factors,
    logarithm: Log,
    found: _Logarithms,
) -> bool:
    """Note one logarithm; whether it fits to the others."""
    if probability.id in shares or found.base not in ("", logarithm.base):
        return False
    others = (*found.of.values(), *found.of_rest.values())
    if any(each.is_negative is not share.is_negative for each in others):
        return False
    found.base = logarithm.base
    shares[probability.id] = share
    return True


def _size(share: Factors | None, *, negative: bool) -> Expression | None:
    """What multiplies a logarithm, without the sign that all of them have."""
    if share is None:
        return None
    return share.negative().expression if negative else share.expression


def _product(share: Expression, probability: Expression) -> Expression:
    return factored(share).times(factored(probability)).expression


def _from_logit(probability: Quantity) -> _Behind | None:
    """The logit behind one of the probabilities of a softmax, with its exponential."""
    exponential = probability.definition.operands[0]
    match exponential:
        case Quantity(definition=Exp(operands=(exponent,))):
            pass
        case _:
            return None
    divided: tuple[Quantity, ...] = ()
    match exponent:
        case Quotient(operands=(Sum() as exponent, Quantity() as temperature)):
            divided = (temperature,)
    match exponent:
        case Sum(operands=(Quantity() as logit, Negative(operands=(Quantity() as largest,)))):
            if largest.role is Role.CANCELS:
                return _Behind(logit, exponential, probability, divided)
    return None

"""Losses of pairs that are made of the error e = y − ŷ alone, and cost the same of −e."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, Negative, Quantity, mean_of, quantities_in
from lossclass.arithmetic.replacing import Otherwise, with_others
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.common_slips import divided_by, divisor, halved_for_mean
from lossclass.losses.shapes.formulas import AT_A_KINK
from lossclass.losses.shapes.pairs import Pair, Pairs
from lossclass.second_road import Doubles, np
from lossclass.slips import Convention, Slip
from lossclass.slips.making import once, standing_in
from lossclass.working import Working, dotted

#: Of so many pairs at most, each prediction is held against each true value.
_MOST_BROADCAST: Final = 30


class Errors(Pairs):
    """A loss of errors. A subclass says what one error costs."""

    TRUE = "actual y"
    ACROSS: ClassVar[str] = "error e = y − ŷ"
    VARIABLE: ClassVar[Symbol] = Symbol("e")
    #: What is done to an error so that its sign is no matter.
    SIGN_GOES: ClassVar[str] = "squared"

    @abstractmethod
    def of_error(self, error: Quantity, inputs: Any, working: Working) -> Quantity:
        """Write what an error costs."""

    @abstractmethod
    def losses_of(self, errors: Doubles, inputs: Any) -> Doubles:
        """The same in NumPy."""

    @abstractmethod
    def slopes_of(self, errors: Doubles, inputs: Any) -> Doubles:
        """Its derivative by ŷ, in NumPy."""

    def write(self, pair: Pair, inputs: Any, working: Working) -> Quantity:
        """Step ``error.i``, and those of :meth:`of_error`."""
        difference = pair.y_true - pair.y_pred
        error = self.step(working, "error", working.letter("e"), pair.place, difference)
        return self.of_error(error, inputs, working)

    def stands_at(self, pair: Pair, working: Working) -> Quantity:
        return working.quantity(dotted("error", pair.place))

    def reaches(self, inputs: Any, found: Sequence[Decimal]) -> tuple[Decimal, ...]:
        """As far to the left as to the right."""
        most = max(map(abs, found)) or Decimal(1)
        return -most, most

    def losses(self, inputs: Any) -> Doubles:
        y_true, y_pred = (each.astype(float) for each in inputs.decimals())
        return self.losses_of(y_true - y_pred, inputs)

    def slopes(self, inputs: Any) -> Doubles:
        # in decimals, in which an error of 0 is told from one beside it
        y_true, y_pred = inputs.decimals()
        errors = (y_true - y_pred).astype(float)
        if inputs.rnn is not None:
            errors[np.abs(errors) <= AT_A_KINK * (1 + np.abs(y_pred.astype(float)))] = 0
        return self.slopes_of(errors, inputs)

    def slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        yield from super().slips(inputs, calculation)
        count = len(inputs.counted)
        if count > 2 and not inputs.over:
            text = "It is divided by n − 1: "
            text += f"the mean of {count} numbers is their sum divided by {count}."
            yield from divided_by(calculation, "divided-by-one-less", text, count - 1)
        if self.factor(inputs) == 1 and 2 not in inputs.shape:
            yield from halved_for_mean(calculation, count)
        is_plain = inputs.weights is None and count == inputs.shape[0] <= _MOST_BROADCAST
        if is_plain and len(inputs.shape) == 1:
            yield from self._broadcast(inputs, calculation)
        neighbours = _neighbours(calculation, inputs.shape)
        yield from once(calculation, "value-of-another-step", neighbours)

    def _broadcast(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        """Every prediction held against every true value, where a mean is taken of them."""
        errors, total = calculation.all("error"), calculation.by_id.get("sum")
        loss = calculation.by_id.get("loss")
        if loss is None or total is None or divisor(loss.definition) is None:
            return
        pairs = [(*quantities_in(each.definition),) for each in errors]
        costs = quantities_in(total.definition)
        changed = {
            cost.id: mean_of([self.of_other(cost, error, y - own, inputs) for y, _ in pairs])
            for cost, error, (_, own) in zip(costs, errors, pairs, strict=True)
        }
        text = (
            "Every prediction is held against every true value, as PyTorch and NumPy do where one "
        )
        text += "is n × 1 and the other n."
        yield Slip("pairs-broadcast", text, changed)

    def of_other(
        self, cost: Quantity, error: Quantity, other: Expression, inputs: Any
    ) -> Expression:
        """What another error would cost, in the place of the one that a step is of."""
        return with_others(cost.definition, {error.id: other})

    def conventions(self, _: Any, calculation: Calculation) -> Iterator[Convention]:
        """The error as prediction minus truth: what it costs is the same."""
        otherwise = {
            each.id: Otherwise(Negative, -each)
            for name in ("error", "gradient.error")
            for each in calculation.all(name)
        }
        text = (
            f"The error is written as ŷ − y, not as y − ŷ; {self.SIGN_GOES}, the two are the same."
        )
        yield Convention("error-as-prediction-minus-truth", text, otherwise)


def _neighbours(
    calculation: Calculation, shape: tuple[int, ...]
) -> Iterator[tuple[str, str, Expression]]:
    """The prediction of the observation before or behind in the place of its own."""
    step = shape[-1] if len(shape) > 1 else 1
    errors = calculation.all("error")
    parts = [(*quantities_in(each.definition),) for each in errors]
    for n, (error, (true, own)) in enumerate(zip(errors, parts, strict=True)):
        others = [parts[place][1] for place in (n - step, n + step) if 0 <= place < len(parts)]
        for other, text in standing_in(calculation, own, others):
            yield error.id, text, true - other

"""Steps of learning: the update of every parameter, and the loss that it leads to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Final, Protocol, TypeAlias

from lossclass.arithmetic.calculation import Calculation, evaluate
from lossclass.arithmetic.expression import (
    GIVEN_ID,
    Constant,
    Expression,
    Quantity,
    Role,
    UndefinedValue,
)
from lossclass.arithmetic.notation import PLAIN, PRIME
from lossclass.arithmetic.number import as_numpy_has_it, round_significant
from lossclass.arithmetic.replacing import with_others
from lossclass.arithmetic.symbol import Symbol
from lossclass.backpropagation.optimizers import InDoubles, Rule, settings
from lossclass.blocks import Step
from lossclass.errors import UsageError
from lossclass.figures import Plot, Point
from lossclass.problem.training import Train
from lossclass.records import record
from lossclass.rnn.parameters import with_parameters
from lossclass.second_road import np
from lossclass.working import At, Place, Working

#: Steps of learning times steps of the working that one problem may take.
_MOST_WORK = 1_000_000
#: With so many parameters or fewer, a table has them all after every step.
_MOST_SHOWN = 6
#: So many steps of their learning are written out.
_MOST_WRITTEN = 3
#: With so many digits of the derivatives, whoever goes on from them comes to the same.
_DIGITS_OF_SLOPES = 8
_UPDATED: Final = "updated."
_CALLED: Final = {
    "sgd": "gradient descent",
    "momentum": "gradient descent with momentum",
    "adam": "Adam",
}
_AFTER: Final = "The loss with the new parameters"
#: The loss after the first step, worked out by the steps and by NumPy, relatively.
_AGREEMENT = 1e-9
#: So much, relatively, doubles may be off in their last digits: what has changed by less has not.
_TOLD: Final = Decimal("1e-14")

Numbers: TypeAlias = Mapping[str, Decimal]


class ClosedForm(Protocol):
    """The gradient by a way of its own, in NumPy, against which the walk backwards is held."""

    @property
    def says(self) -> str:
        """The formula in words and symbols, for this problem."""

    @property
    def values(self) -> Mapping[str, Mapping[Place, float | None]]:
        """The derivatives by key, and by the place of a number as in the ids of the steps; None
        where NumPy cannot tell."""

    @property
    def how(self) -> str:
        """How NumPy came to them, to be put after "NumPy,"."""

    @property
    def tolerance(self) -> float:
        """How far they may be off, relative to the largest."""

    @property
    def least(self) -> float:
        """How far they may be off, where all are small."""


class Differentiable(Protocol):
    """What is needed of a loss."""

    def value(self, inputs: Any) -> Any:
        """The answer in NumPy."""

    def gradient(self, inputs: Any) -> ClosedForm:
        """Its derivatives in NumPy."""

    def differentiated(
        self, inputs: Any, working: Working
    ) -> Mapping[str, Mapping[Place, Quantity]]:
        """By what on the sheet there are derivatives."""


@record
class Machine:
    """NumPy's road, for other numbers in the place of the problem's parameters, by id."""

    CALLED: ClassVar = "by NumPy"

    working: Working
    inputs: Any
    differentiable: Differentiable

    def loss(self, numbers: Numbers) -> float:
        """What the answer is with these."""
        with np.errstate(all="ignore"):
            return float(self.differentiable.value(self._with(numbers)))

    def slopes(self, numbers: Numbers) -> dict[str, float]:
        """Its derivatives by each of them."""
        with np.errstate(all="ignore"):
            closed = self.differentiable.gradient(self._with(numbers))
        found = {
            self.working.at(key, place).id: slope
            for key, slopes in closed.values.items()
            for place, slope in slopes.items()
        }
        return {id: math.nan if (slope := found[id]) is None else slope for id in numbers}

    def _with(self, numbers: Numbers) -> Any:
        learnt = with_parameters(self.inputs.rnn, numbers)
        return self.inputs.model_copy(update={"rnn": learnt})


@record
class BySteps:
    """The same by the steps of the working, for where NumPy is not here."""

    CALLED: ClassVar = "by the same steps"

    forward: Sequence[Quantity]
    answer: Quantity

    def loss(self, numbers: Numbers) -> float:
        """What the answer is with these; nan where it has no value."""
        try:
            return float(evaluate(self.forward, replacing=numbers)[self.answer.id])
        except UndefinedValue:
            return math.nan

    def slopes(self, numbers: Numbers) -> dict[str, float]:
        """Its derivatives by each of them; nan where there is none."""
        with suppress(UndefinedValue):
            worked = Calculation(self.forward, evaluate(self.forward, replacing=numbers))
            found = worked.sent_back({self.answer.id: Decimal(1)})
            return {id: float(found.get(id, 0)) for id in numbers}
        return dict.fromkeys(numbers, math.nan)


@record
class Descent:
    """Gradient descent on a worked problem.

    Args:
        forward: the working of the loss, without its gradient.
        parameters: the given quantities that are learnt.
    """

    working: Working
    forward: Sequence[Quantity]
    answer: Quantity
    parameters: Sequence[Quantity]
    train: Train
    machine: Machine | BySteps
    #: The parameters after the first step, by what they were.
    _new: dict[str, Quantity] = field(default_factory=dict)

    @cached_property
    def rule(self) -> Rule:
        return Rule(self.working, self.train, self.parameters)

    def write(self) -> None:
        """Write the first update, step by step, and the loss after it and after the others.

        Raises:
            UsageError: that would take too long.
        """
        if self.train.steps * len(self.forward) > _MOST_WORK:
            raise UsageError(
                f"train: {self.train.steps} steps of a working of {len(self.forward)} quantities are "
                f"too much; not more than {_MOST_WORK // len(self.forward)} steps can be taken here"
            )
        working = self.working
        working.section(f"One step of {_CALLED[self.train.rule]}")
        self.rule.introduce(self.answer)
        slopes = {each.id: working.derivatives[each.id] for each in self.parameters}
        new = self.rule.write(1, slopes, {each.id: each for each in self.parameters})
        self._new.update(new)
        updated = {id: working.values[each.id] for id, each in new.items()}
        losses = [self.working.values[self.answer.id], *self._loss_after(updated)]
        if len(losses) > 1 and self.train.steps > 1:
            self._further(updated, losses)
        self._remark(losses)
        self._draw(len(losses))

    def _loss_after(self, updated: Numbers) -> list[Decimal]:
        """Write the loss with the new parameters, and hold it against NumPy's."""
        working = self.working
        try:
            values = evaluate(self.forward, replacing=updated)
        except UndefinedValue:
            working.remark("no-loss-after", "With the new parameters the loss has no value.")
            return []
        after: Decimal = values[self.answer.id]
        if working.wanted.updated_loss:
            step = self._work_again()
        else:
            step = working.step(
                "updated.loss",
                _primed(self.answer.symbol),
                Constant(after),
                title=_AFTER,
                why="The same steps forwards as above, with the new parameters in the place of the old.",
            )
        if isinstance(self.machine, Machine):
            self._compare(self.machine.loss(updated), after, step)
        return [after]

    def _work_again(self) -> Quantity:
        """Write the steps forwards with the new parameters, and return the loss that they make."""
        working = self.working
        others: dict[str, Expression] = {**self._new}
        steps = titled_steps(working)
        title = ""
        for quantity in self.forward:
            definition = with_others(quantity.definition, others)
            if definition is quantity.definition:
                continue
            id, symbol = f"updated.{quantity.name}", _primed(quantity.symbol)
            if quantity.id not in steps:
                others[quantity.id] = working.name(id, symbol, definition)
                continue
            step, where = steps[quantity.id]
            if where != title:
                working.section(where, before="With the new parameters")
                title = where
            others[quantity.id] = working.step(
                id,
                symbol,
                definition,
                title=_AFTER if quantity is self.answer else step.title,
                only_in_full=step.only_in_full,
                cancels=quantity.role is Role.CANCELS,
            )
        after = others[self.answer.id]
        assert isinstance(after, Quantity)  # noqa: S101 - a loss is worked from all parameters
        return after

    def _compare(self, by_numpy: float, after: Decimal, step: Quantity) -> None:
        other = Decimal(repr(by_numpy))
        same = by_numpy == float(after)  # also where both are more than a double can hold
        if after.is_finite() and other.is_finite():
            same = abs(other - after) <= Decimal(_AGREEMENT) * max(abs(after), Decimal(1))
        if same:
            self.working.say(
                f"NumPy, with the new parameters, gives {as_numpy_has_it(by_numpy)}.", tells=True
            )
        else:
            self.working.remark(
                "training-disagrees",
                f"NumPy, with the new parameters, gives {as_numpy_has_it(by_numpy)}, which is not the same. Do not "
                "rely on this step, and please report the problem file.",
                step,
            )

    def _further(self, updated: Numbers, losses: list[Decimal]) -> None:
        """Take the other steps in the same way, by the machine, and tabulate."""
        are_written = len(self.parameters) <= _MOST_SHOWN and bool(settings(self.train))
        ends_early = False
        given, slopes = self.working.values, self.working.derivatives
        history = [{each.id: given[each.id] for each in self.parameters}, updated]
        machine, values = InDoubles(self.train), self._new
        machine.changes({each.id: float(given[slopes[each.id].id]) for each in self.parameters})
        for n in range(2, self.train.steps + 1):
            now = self.machine.slopes(history[-1])
            changes = machine.changes(now)
            following = {id: each - Decimal(repr(changes[id])) for id, each in history[-1].items()}
            loss = Decimal(repr(self.machine.loss(following)))
            if ends_early := loss.is_nan() or any(map(Decimal.is_nan, following.values())):
                break
            if are_written and n <= _MOST_WRITTEN:
                values = self._write_step(n, now, values)
            history.append(following)
            losses.append(loss)
        self.working.section("Further steps")
        self.working.say(
            "Each step works out the loss and its gradient anew, in the same way as the first, and "
            f"updates every parameter. These were worked {self.machine.CALLED}:"
        )
        if ends_early:
            self.working.remark("no-loss-after", "After the last of these, the loss has no value.")
        self._tabulate(history, losses)

    def _write_step(
        self, n: int, slopes: Mapping[str, float], values: Mapping[str, Quantity]
    ) -> dict[str, Quantity]:
        """Write a further step, with the derivatives as the machine has them."""
        working, named = self.working, {}
        working.section(f"Step {n} of {_CALLED[self.train.rule]}")
        for each in self.parameters:
            symbol = working.derivatives[each.id].symbol
            by = _primed(each.symbol, n - 1)
            slope = round_significant(Decimal(repr(slopes[each.id])), _DIGITS_OF_SLOPES)
            at = At(f"descent.{n}", (each.name,))
            id = f"descent.{n}.gradient.{each.name}"
            named[each.id] = working.given(id, replace(symbol, by=by), slope, at)
        working.say(
            f"With {self.rule.settings} as before. The derivatives with the parameters that there are now, "
            f"worked {self.machine.CALLED} and rounded to {_DIGITS_OF_SLOPES} digits:"
        )
        heads = [PLAIN.symbol(each.symbol) for each in named.values()]
        working.table(f"descent.{n}.gradient", "", heads, [[*named.values()]], _DIGITS_OF_SLOPES)
        return self.rule.write(n, named, values)

    def _tabulate(self, history: Sequence[Numbers], losses: Sequence[Decimal]) -> None:
        shown = self.parameters if len(self.parameters) <= _MOST_SHOWN else ()
        rows: list[tuple[str | Quantity, ...]] = []
        for n, (numbers, loss) in enumerate(zip(history, losses, strict=True)):
            cells = [(p.name, p.symbol, numbers[p.id]) for p in shown]
            cells.append(("loss", self.answer.symbol, loss))
            named = [self._after(n, id, symbol, number) for id, symbol, number in cells]
            rows.append((str(n), *named))
        heads = [PLAIN.symbol(each.symbol) for each in shown]
        symbol = PLAIN.symbol(self.answer.symbol)
        self.working.table("descent", "", ("steps", *heads, symbol), rows)

    def _after(self, n: int, id: str, symbol: Symbol, number: Decimal) -> Quantity:
        """What something is after step n: from where it is written out, or by NumPy."""
        try:
            return self.working.quantity(f"descent.{n}.{id}")
        except KeyError:
            return self.working.name(f"descent.{n}.{id}", symbol, Constant(number))

    def _draw(self, count: int) -> None:
        """Draw the losses of the table, if there are some to be compared."""
        if count < 3:
            return
        symbol, quantity = PLAIN.symbol(self.answer.symbol), self.working.quantity
        steps = range(count)
        points = (Point(f"After step {n}", n, quantity(f"descent.{n}.loss")) for n in steps)
        self.working.figure(
            Plot(
                "learning",
                "The loss by steps of learning",
                "steps of learning",
                f"loss {symbol}",
                tuple(points),
                f"The loss {symbol} after each step of learning.",
                is_joined=True,
            )
        )

    def _remark(self, losses: Sequence[Decimal]) -> None:
        """Say whether the loss fell."""
        if len(losses) < 2:
            return
        first, last = losses[0], losses[-1]
        text = self.working.text
        # further steps are worked in doubles
        are_doubles = len(losses) > 2 and first.is_finite()
        near = _TOLD * abs(first) if are_doubles else Decimal(0)
        after = "one step" if len(losses) == 2 else f"{len(losses) - 1} steps"
        if last == first or (last.is_finite() and abs(last - first) <= near):
            code, says = "loss-stayed", f"After {after} the loss is as it was, {text(first)}"
            says += ", as far as numbers of 16 digits can tell." if last != first else "."
        elif last < first:
            code = "loss-fell"
            says = f"After {after} the loss has fallen from {text(first, last)} to {text(last, first)}."
            if (lowest := min(losses)) < last - near:
                n = losses.index(lowest)
                says += f" It was lower before, {text(lowest)} after step {n}."
        else:
            code = "loss-rose"
            says = (
                f"After {after} the loss has risen from {text(first, last)} to {text(last, first)}: the gradient "
                "tells the way down only close by, and a step of this learning rate goes too far."
            )
        self.working.remark(code, says)


def rounded_loss_after(
    calculation: Calculation, rounded: Mapping[str, Decimal], digits: int
) -> Decimal:
    """The loss after a step of learning, for who rounds every step, also of the way forwards again.

    Args:
        rounded: what the steps are, each rounded.
    """
    new = {
        each.id.replace(_UPDATED, GIVEN_ID, 1): rounded[each.id]
        for each in calculation
        if each.id.startswith(_UPDATED)
    }
    forward = calculation[: calculation.places["loss"] + 1]
    after: Decimal = evaluate(forward, replacing=new, rounding=digits)["loss"]
    return after


def titled_steps(working: Working) -> dict[str, tuple[Step, str]]:
    """Each step that is written, by id, with the title of its section."""
    return {
        block.id: (block, section.title)
        for section in working.sections
        for block in section.blocks
        if isinstance(block, Step)
    }


def _primed(symbol: Symbol, times: int = 1) -> Symbol:
    return replace(symbol, letter=symbol.letter + PRIME * times)

"""The gradient on the sheet: one derivative for each step of the working, from the last to the first,
under the headings of the steps; then those by what is wanted, key by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from lossclass.arithmetic.expression import Quantity, UndefinedValue
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.backpropagation.said import Said
from lossclass.backpropagation.shapes import in_shape, rows_of, with_what_is_left_out
from lossclass.backpropagation.through_time import ThroughTime
from lossclass.backpropagation.walk import Walk
from lossclass.problem.problem import Problem
from lossclass.rnn.fitting import network_of
from lossclass.rnn.forward_steps import BACKWARDS
from lossclass.rnn.inputs import Rnn
from lossclass.working import Place, Working

#: By what derivatives are wanted, by key and place.
Wanted: TypeAlias = Mapping[str, Mapping[Place, Quantity]]


def write_backwards(
    working: Working, problem: Problem, answer: Quantity, wanted: Wanted
) -> Walk | None:
    """Write the derivatives of an answer, those by what is wanted last, with their tables.

    Returns:
        The walk; None if there is no gradient, as a number of it may have no value where the loss is
        infinite.
    """
    rnn: Rnn | None = getattr(problem.inputs, "rnn", None)
    ids = {each.id for numbers in wanted.values() for each in numbers.values()}
    is_infinite = working.values[answer.id].is_infinite()
    try:
        walk = Walk(working, answer, ids, is_whole=rnn is not None)
    except UndefinedValue:
        working.gradient = {}
        working.section("The gradient")
        text = (
            "At these numbers the chain rule gives no gradient: a derivative on the way has no "
            "value, being 0 / 0, ∞ · 0 or ∞ − ∞."
        )
        if is_infinite:
            text = f"Here {PLAIN.symbol(answer.symbol)} is infinite, and there is no gradient."
        working.remark("no-gradient", text)
        return None
    through_time = ThroughTime(working, network_of(rnn), walk) if rnn else None
    _Writing(working, walk, wanted, through_time).write()
    found = {key: _values(working, walk, numbers) for key, numbers in wanted.items()}
    whole = {
        key: with_what_is_left_out(values, _array_of(key, wanted, problem.inputs))
        for key, values in found.items()
    }
    working.gradient = in_shape(whole, problem.data, rnn)
    return walk


def _values(
    working: Working, walk: Walk, numbers: Mapping[Place, Quantity]
) -> dict[Place, Decimal]:
    """What the derivatives by numbers come to; nan where there is none."""
    by = {place: walk.by_id[number.id].quantity for place, number in numbers.items()}
    return {place: working.values.get(each.id, Decimal("nan")) for place, each in by.items()}


def _array_of(key: str, wanted: Wanted, inputs: Any) -> Any:
    """The array that the problem has under a key; for steps, that of which they are made, place by
    place."""
    made_of = (each for each, found in wanted.items() if found.keys() == wanted[key].keys())
    for each in (key, *made_of):
        if (array := getattr(inputs, each, None)) is not None:
            return array
        arrays = [getattr(part, each, None) for part in getattr(inputs, "examples", None) or ()]
        if arrays and None not in arrays:
            return tuple(arrays)
    return None


class _Writing:
    def __init__(
        self, working: Working, walk: Walk, wanted: Wanted, through_time: ThroughTime | None
    ) -> None:
        self.working = working
        self.walk = walk
        self.wanted = wanted
        self.through_time = through_time if through_time and through_time.has_several else None
        self.said = Said(working, walk)

    def write(self) -> None:
        if self.walk.derivatives:
            self._introduce()
        self._write_steps()
        if self.through_time:
            self.through_time.write()
        for key in sorted(self.wanted, key=self._is_given):  # what is given comes last
            self._write_key(key)
        self.said.remark_on_slopes()

    def _is_given(self, key: str) -> bool:
        return any(quantity.is_given for quantity in self.wanted[key].values())

    def _introduce(self) -> None:
        symbol = self.said.name(self.walk.answer)
        self.working.section("The gradient: from the loss backwards")
        self.working.say(
            f"The derivative of {symbol} by a number says how fast {symbol} changes with it. It is "
            "worked from the loss backwards, since a number acts through the steps that use it.",
            only_in_full=True,
        )
        self.working.say(
            f"The chain rule: the derivative of {symbol} by a number is the sum, over the steps that "
            f"use it, of (derivative of {symbol} by that step) · (how the step changes with the number)."
        )
        if self.through_time:
            self.working.say(self.through_time.introduction, only_in_full=True)

    def _write_steps(self) -> None:
        """Write those by steps, under the headings that the steps have."""
        title = ""
        for derivative in self.walk.derivatives:
            if derivative.of.is_given:
                continue
            where = self.said.heading(derivative.of)
            if where and where != title:
                self.said.say_which_are_zero()
                self.working.section(where, before=BACKWARDS)
                title = where
            self.said.write(derivative)
        self.said.say_which_are_zero()

    def _write_key(self, key: str) -> None:
        """Write the derivatives by the numbers under a key, and their table."""
        quantities, is_given = self.wanted[key], self._is_given(key)
        if len(quantities) == 1 and not is_given:
            return
        named = self._letter_of(key)
        title = f"The gradient by {named}"
        if key.startswith("rnn."):
            title = "The gradient by the weights"
        if not (key.startswith("rnn.") and self.working.sections[-1].title == title):
            self.working.section(title)
        has_table = len(quantities) > 1
        found = {place: self.walk.by_id[each.id] for place, each in quantities.items()}
        for each in found.values():
            if each.of.is_given and each.of.id not in self.walk.known and not each.without:
                self.said.write(each, has_table=has_table)
        if has_table:
            cells = {
                each.of.id: "none" if each.without else each.quantity for each in found.values()
            }
            head, rows = rows_of(quantities, lambda quantity: cells[quantity.id])
            is_told = not is_given  # on the way back
            self.working.say(f"All derivatives by {named}, in their places:", only_in_full=is_told)
            self.working.table(f"gradient.{key}", "", head, rows, only_in_full=is_told)
        self.said.say_which_are_zero()
        self.said.say_which_are_none(found.values())

    def _letter_of(self, key: str) -> str:
        """What the numbers under a key are called in formulas."""
        called = {name: _called(numbers.values()) for name, numbers in self.wanted.items()}
        letters, named = called.pop(key)
        if len(letters) > 1:
            return key
        if not any(letters & others for others, _ in called.values()):
            return next(iter(letters))
        return key if named in {"", *(other for _, other in called.values())} else named


def _called(numbers: Iterable[Quantity]) -> tuple[frozenset[str], str]:
    """The letters of numbers in formulas and, where these have names behind them, the letter with
    what all have there, and a dot where they differ: A(start, ·)."""
    symbols = [each.symbol for each in numbers]
    letters = frozenset(
        PLAIN.symbol(Symbol(each.letter, hat=each.hat, of=each.of)) for each in symbols
    )
    arguments = {each.arguments for each in symbols}
    if len(letters) > 1 or not all(arguments):
        return letters, ""
    same = tuple(each[0] if len({*each}) == 1 else "·" for each in zip(*arguments, strict=False))
    return letters, PLAIN.symbol(Symbol(symbols[0].letter, arguments=same))

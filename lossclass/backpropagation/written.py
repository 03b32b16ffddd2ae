"""The gradient as steps: one derivative for each step of the working, from the last to the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any, cast

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Absolute,
    Constant,
    Expression,
    Max,
    Min,
    Quantity,
    Role,
    Root,
    UndefinedValue,
    sum_of,
)
from lossclass.arithmetic.gradient import Derivative, walk_back
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.backpropagation.kinks import (
    Kinks,
    Slopes,
    slopes_by,
    with_nothing_for_it,
    without_value,
)
from lossclass.backpropagation.shapes import in_shape, rows_of, with_what_is_left_out
from lossclass.backpropagation.training import titled_steps
from lossclass.problem.problem import Problem
from lossclass.rnn.forward_steps import BACKWARDS, WAY_BACK
from lossclass.rnn.inputs import Rnn
from lossclass.rnn.pictures import is_drawn
from lossclass.working import At, Place, Working

#: So many uses of a number are named.
_MOST_USES = 4
#: So many numbers by which the derivative is 0.
_MOST_ZERO = 12
#: Why a derivative is 0: of one, and of several.
_ZERO = {
    "flat": (
        "The loss does not change with {} here: the derivative by it is 0.",
        "The loss does not change with {} here: the derivatives by them are 0.",
    ),
    "at": (
        "{} stands at a kink here, where 0 is taken.",
        "{} stand at kinks here, where 0 is taken.",
    ),
    "before": (
        "{} leads to a kink here, where 0 is taken.",
        "{} lead to kinks here, where 0 is taken.",
    ),
    "corner": ("By {} the chain rule has {form} here, which has no value: 0 is taken.",) * 2,
    "smooth": (
        "By {} the chain rule has {form} here, which has no value. The slope of the loss is {slope} there.",
    )
    * 2,
}
#: The gradient by the first hidden state is this much smaller, or larger, than by the last: then
#: there is something to say.
_EXTREME = Decimal(1000)
#: Steps of a network of which there is one for each time step and unit.
ALONG_TIME = ("output", "hidden", "cell")

Wanted = Mapping[str, Mapping[Place, Quantity]]


class Backwards:
    """The walk from the answer back to the numbers that are wanted.

    Args:
        working: the sheet, with the way forwards on it.
        wanted: the numbers, by key and place.
        known: derivatives that are worked out on the sheet already; see
            :func:`lossclass.arithmetic.gradient.walk_back`.
    """

    def __init__(
        self,
        working: Working,
        problem: Problem,
        answer: Quantity,
        wanted: Wanted,
        known: Mapping[str, Quantity] | None = None,
    ) -> None:
        self.working = working
        self.problem = problem
        self.answer = answer
        self.wanted = wanted
        self.rnn: Rnn | None = getattr(problem.inputs, "rnn", None)
        self.derivatives: list[Derivative] = []
        self._forward = Calculation(tuple(working.calculation), dict(working.values))
        self._known = dict(known or {})  # and not what the sheet will have when this is written
        self._by_id = {
            id: Derivative(working.quantity(id), each) for id, each in self._known.items()
        }
        self._steps = titled_steps(working)
        self._names: dict[str, str] = {}
        self._zero: list[Derivative] = []
        #: By what the chain rule has no value for: which form it meets, and the slopes, where 0 is one
        #: or between them.
        self._indeterminate: dict[str, tuple[str, Slopes]] = {}

    def write(self) -> bool:
        """Write the derivatives, those by what is wanted last, with their tables.

        Returns:
            Whether there is a gradient: a number of it may have no value where the loss is
            infinite.
        """
        try:
            with localcontext(WORKING):
                self._walk()
        except UndefinedValue:
            self.working.gradient = {}
            self.working.section("The gradient")
            text = (
                "At these numbers the chain rule gives no gradient: a derivative on the way has no "
                "value, being 0 / 0, ∞ · 0 or ∞ − ∞."
            )
            if self._forward.values[self.answer.id].is_infinite():
                text = f"Here {self._name(self.answer)} is infinite, and there is no gradient."
            self.working.remark("no-gradient", text)
            return False
        given = {q.id for each in self.wanted.values() for q in each.values() if q.is_given}
        self.kinks = Kinks(
            self._forward,
            self.answer,
            self.derivatives,
            {each.of.id: self.working.values[each.quantity.id] for each in self.derivatives},
            [each.of for each in self.derivatives if each.of.id in given],
            corners=bool(self._indeterminate),
        )
        if self.derivatives:
            self._introduce()
        self._write_steps([each for each in self.derivatives if not each.of.is_given])
        if self.rnn is not None and len(rows := self._by_time()) > 1:
            self.working.section(WAY_BACK)
            self._write_way_back()
            self._write_sizes(rows)
        for key in sorted(self.wanted, key=self._is_given):  # what is given comes last
            self._write_key(key)
        self._remark_on_kinks()
        values = self.working.values
        self.working.gradient = in_shape(
            {
                key: with_what_is_left_out(
                    {
                        place: values.get(self._by(q).id, Decimal("nan"))
                        for place, q in each.items()
                    },
                    self._array_of(key),
                )
                for key, each in self.wanted.items()
            },
            self.problem.data,
            self.rnn,
        )
        return True

    def _walk(self) -> None:
        """Work the derivatives out.

        Raises:
            UndefinedValue: one of them has no value.
        """
        for derivative in walk_back(
            self._forward.quantities,
            self.working.values,
            self.answer,
            reaches={q.id for each in self.wanted.values() for q in each.values()},
            known=self._known,
            settled=self._settled,
        ):
            self._by_id[derivative.of.id] = derivative
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
        slopes = slopes_by(self._forward, self.answer, of)
        is_told = slopes is not None and any(map(Decimal.is_finite, slopes))
        if not form and (slopes is None or not is_told or slopes.admit(slope)):
            return derivative
        if form and slopes is not None and slopes.admit(taken.value(values)):
            self._indeterminate[of.id] = (form, slopes)
            return derivative.instead(taken)
        if self.rnn is not None or self._forward.values[self.answer.id].is_infinite():
            raise UndefinedValue(derivative.quantity.id)
        return replace(derivative, without=form or "∞ · 0")

    def _array_of(self, key: str) -> Any:
        """The array that the problem has under a key; for steps, that of which they are made, place
        by place."""
        inputs, own = self.problem.inputs, self.wanted[key].keys()
        made_of = (each for each, found in self.wanted.items() if found.keys() == own)
        for each in (key, *made_of):
            if (array := getattr(inputs, each, None)) is not None:
                return array
            arrays = [getattr(part, each, None) for part in getattr(inputs, "examples", None) or ()]
            if arrays and None not in arrays:
                return tuple(arrays)
        return None

    def _is_given(self, key: str) -> bool:
        return any(quantity.is_given for quantity in self.wanted[key].values())

    def _by(self, quantity: Quantity) -> Quantity:
        """The derivative by a quantity."""
        return self._by_id[quantity.id].quantity

    def _cell(self, quantity: Quantity) -> Quantity | str:
        """What stands for it in a table."""
        return "none" if self._by_id[quantity.id].without else self._by(quantity)

    def _say_which_are_none(self, key: str) -> None:
        """Say by which numbers under a key there is no derivative, and why."""
        why: dict[str, list[str]] = {}
        for quantity in self.wanted[key].values():
            if form := self._by_id[quantity.id].without:
                why.setdefault(form, []).append(self._name(quantity))
        for form, names in why.items():
            self.working.remark(
                "no-gradient",
                f"By {listed(names)} the chain rule meets {form} here, which has no value: no derivative "
                f"by {'it' if len(names) == 1 else 'them'} is given.",
            )

    def _introduce(self) -> None:
        symbol = PLAIN.symbol(self.answer.symbol)
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
        if self.rnn is not None and len(self._by_time()) > 1:
            uses = (
                "Each hidden state but the last is used in the next one, and the last in the output."
                if self.rnn.predict == "last_step"
                else "Each hidden state is used in the output of its time step and, but for the "
                "last, in the next hidden state."
            )
            self.working.say(
                f"{uses} So the derivatives go back through time, from the last step to the first: "
                "this is back-propagation through time. The derivative by a weight that is used at "
                "several time steps is a sum over these.",
                only_in_full=True,
            )

    def _write_steps(self, derivatives: Sequence[Derivative]) -> None:
        """Write those by steps, under the headings that the steps have."""
        title = ""
        for derivative in derivatives:
            _, where = self._steps.get(derivative.of.id, (None, ""))
            if where and where != title:
                self._say_which_are_zero()
                self.working.section(where, before=BACKWARDS)
                title = where
            self._write(derivative)
        self._say_which_are_zero()

    def _write_key(self, key: str) -> None:
        """Write the derivatives by the numbers under a key, and their table."""
        quantities = self.wanted[key]
        if len(quantities) == 1 and not self._is_given(key):
            return
        named = self._letter_of(key)
        if key.startswith("rnn."):
            self._begin("The gradient by the weights")
        else:
            self.working.section(f"The gradient by {named}")
        has_table = len(quantities) > 1
        for quantity in quantities.values():
            derivative = self._by_id[quantity.id]
            if quantity.is_given and quantity.id not in self._known and not derivative.without:
                self._write(derivative, has_table=has_table)
        if has_table:
            head, rows = rows_of(quantities, self._cell)
            is_told = not self._is_given(key)  # on the way back
            self.working.say(f"All derivatives by {named}, in their places:", only_in_full=is_told)
            self.working.table(f"gradient.{key}", "", head, rows, only_in_full=is_told)
        self._say_which_are_zero()
        self._say_which_are_none(key)

    def _letter_of(self, key: str) -> str:
        """What the numbers under a key are called in formulas."""
        called = {name: _called(numbers.values()) for name, numbers in self.wanted.items()}
        letters, named = called.pop(key)
        if len(letters) > 1:
            return key
        if not any(letters & others for others, _ in called.values()):
            return next(iter(letters))
        return key if named in {"", *(other for _, other in called.values())} else named

    def _begin(self, title: str) -> None:
        """Begin a section, unless it is the one that is written."""
        if self.working.sections[-1].title != title:
            self.working.section(title)

    def _write(self, derivative: Derivative, *, has_table: bool = False) -> None:
        *before, last = derivative.steps
        for step in before:
            self.working.write_down(step)
        if derivative.is_zero or derivative.of.id in self._indeterminate:
            self._zero.append(derivative)
        self.working.write_down(
            last,
            is_known=derivative.is_zero and self._why_zero(derivative)[0] != "flat",
            title=f"The derivative by {self._name(derivative.of)}",
            aside="" if derivative.is_zero else self._uses(derivative),
            only_in_full=self._is_only_in_full(derivative, has_table=has_table),
        )

    def _is_only_in_full(self, derivative: Derivative, *, has_table: bool) -> bool:
        """Whether it is by a step that is, or another derivative as it is, or 0. Those by what the
        problem gives are what was asked for, and stand there or in the table."""
        if derivative.of.is_given:
            return derivative.is_zero and has_table
        step, _ = self._steps.get(derivative.of.id, (None, ""))
        return (
            derivative.is_zero
            or (step is not None and step.only_in_full)
            or isinstance(derivative.quantity.definition, Quantity)
        )

    def _say_which_are_zero(self) -> None:
        """Say of the derivatives that were written last which are 0, and why."""
        why: dict[tuple[str, ...], list[Quantity]] = {}
        for each in sorted(self._zero, key=lambda each: self._forward.places[each.of.id]):
            why.setdefault(self._why_zero(each), []).append(each.of)
        self._zero = []
        for (reason, form, slope), those in why.items():
            on_board = [each for each in those if self._is_on_board(each)]
            is_all = len(on_board) == len(those)
            for found, only in ((on_board, "only_on_board"), (those, "only_in_full"))[is_all:]:
                if found:
                    said = _ZERO[reason][len(found) > 1]
                    text = said.format(listed([*map(self._name, found)]), form=form, slope=slope)
                    where = {} if is_all else {only: True}
                    tells = reason == "flat" or slope not in {"", "0"}
                    self.working.say(text, tells=tells, **where)

    def _why_zero(self, derivative: Derivative) -> tuple[str, str, str]:
        """Why a derivative is 0; or the form without a value that the chain rule has there, and the
        slope of the loss."""
        form, slopes = self._indeterminate.get(derivative.of.id, ("", None))
        if slopes and slopes.differ:
            return "corner", form, ""
        if slopes:
            return "smooth", form, self.working.text(derivative.quantity)
        if self.kinks.is_flat(derivative.of):
            return "flat", "", ""
        return "at" if derivative.kinks else "before", "", ""

    def _is_on_board(self, quantity: Quantity) -> bool:
        """Whether its name stands there; that of a step that is only in full does not."""
        step, _ = self._steps.get(quantity.id, (None, ""))
        return step is None or not step.only_in_full

    def _on_board(self, step: Quantity) -> Iterator[Quantity]:
        """The steps in which one stands on the board: itself, or those that use it."""
        if self._is_on_board(step):
            yield step
            return
        for user in self._forward.users[step.id]:
            yield from self._on_board(user)

    def _uses(self, derivative: Derivative) -> str:
        """Which steps use the number, as a sentence."""
        symbol = self._name(derivative.of)
        names = list(dict.fromkeys(self._name(use.by) for use in derivative.uses))
        text = f"{symbol} is used in {listed(names, 'more steps', most=_MOST_USES)}."
        if derivative.still:
            still = ", ".join(self._name(step) for step in derivative.still)
            text += f" In {still} a factor of 0 stands beside it."
        return text

    def _name(self, quantity: Quantity) -> str:
        """How it is written; worked out once, since a step may be one of the uses of thousands."""
        if quantity.id not in self._names:
            self._names[quantity.id] = PLAIN.symbol(quantity.symbol)
        return self._names[quantity.id]

    # --- what there is to say ---

    def _remark_on_kinks(self) -> None:
        symbol, values = self._name(self.answer), self.working.values
        upright = [
            each
            for each in self.derivatives
            if values[each.quantity.id].is_infinite() and values[self.answer.id].is_finite()
        ]
        on_board = [each for each in upright if not self._is_only_in_full(each, has_table=False)]
        if upright:
            by = self._in_order(each.of for each in on_board or upright)
            self.working.remark(
                "infinite-slope",
                f"The slope of {symbol} by {by} is infinite here.",
                only_in_full=not on_board,
            )
        self._remark_on_corners(symbol)
        if self.kinks.steps:
            named = (each for step in self.kinks.steps for each in self._on_board(step))
            names = [*dict.fromkeys(map(self._name, named))]
            has = f"{listed(names)} {'has a kink' if len(names) == 1 else 'have kinks'}"
            kinks = dict.fromkeys(
                kink for step in self.kinks.steps for kink in self._what_was_taken(step.definition)
            )
            self.working.remark(
                "kink",
                f"Just here {has}: the slope on one side is not that on the other. "
                f"{' '.join(kinks)} There is no derivative; another slope between the two could be taken as well.",
            )
        for number, slopes in self.kinks.astray:
            text = self.working.text
            self.working.remark(
                "kink",
                f"The slopes taken at the kinks are together none of {symbol}'s: by {self._name(number)} "
                f"they make {text(self._by(number))}, but {symbol} changes by {text(slopes.below)} from "
                f"below and by {text(slopes.above)} from above.",
                number,
            )

    def _remark_on_corners(self, symbol: str) -> None:
        """Say by what there is no derivative since the loss has a corner, and what was taken."""
        corners: dict[str, list[Quantity]] = {}
        for id, (_, slopes) in self._indeterminate.items():
            if slopes.differ:
                taken = self.working.text(self._by_id[id].quantity)
                corners.setdefault(taken, []).append(self._by_id[id].of)
        for taken, those in corners.items():
            self.working.remark(
                "kink",
                f"Just here {symbol} has no derivative by {self._in_order(those)}: as with |x| at 0, the "
                f"slope on one side is not that on the other. Taken was {taken}, which is between the two.",
            )

    def _in_order(self, quantities: Iterable[Quantity]) -> str:
        """Their names in a sentence, in the order of the working."""
        places = self._forward.places
        return listed([*map(self._name, sorted(quantities, key=lambda each: places[each.id]))])

    def _what_was_taken(self, expression: Expression) -> Iterator[str]:
        """Which slope was taken at each kind of kink in a step."""
        for operand in expression.operands:
            yield from self._what_was_taken(operand)
        values = [operand.value(self._forward.values) for operand in expression.operands]
        if isinstance(expression, Absolute) and not values[0]:
            yield "|x| stands at x = 0: its slope was taken as 0."
        if not isinstance(expression, Max | Min):
            return
        name, best = ("max", max(values)) if isinstance(expression, Max) else ("min", min(values))
        equal = [
            operand
            for operand, value in zip(expression.operands, values, strict=True)
            if value == best
        ]
        if len(equal) > 1 and any(isinstance(each, Constant) for each in equal):
            yield f"{name} compares equal numbers, one of them a constant: the slope 0 was taken."
        elif len(equal) > 1:
            yield f"{name} compares equal numbers: the slope of the first was taken."

    def _write_way_back(self) -> None:
        """Tabulate the derivatives of which there is one a time step, from the last to the first."""
        columns: dict[str, dict[int, Quantity]] = {}
        letters: dict[str, Symbol] = {}
        several: set[str] = set()
        for derivative, name, t in self._in_time():
            if not (name in ALONG_TIME or name.endswith("preactivation")):
                continue
            several |= {name} if t in columns.setdefault(name, {}) else set()
            columns[name][t] = derivative.quantity
            gate = (each for each in derivative.of.symbol.index if isinstance(each, str))
            by = replace(derivative.of.symbol, index=(*gate, "t"))
            letters[name] = replace(derivative.quantity.symbol, by=by)
        single = [name for name in columns if name not in several]
        times = sorted({t for name in single for t in columns[name]}, reverse=True)
        if not single:
            return
        heads = [PLAIN.symbol(letters[name]) for name in single]
        rows = [(str(t), *(columns[name].get(t, "") for name in single)) for t in times]
        network = self.problem.inputs.network  # type: ignore[attr-defined]
        # The figure of a plain one has all of it.
        is_told = network.cell == "vanilla" and is_drawn(network)
        self.working.table("gradient.way_back", "", ("t", *heads), rows, only_in_full=is_told)

    def _write_sizes(self, rows: Sequence[tuple[int, Sequence[Quantity]]]) -> None:
        """Write how large the derivative by the hidden state is."""
        if len(rows[0][1]) > 1:
            with self.working.room("hidden"):  # a step may be called size.1
                sizes = [
                    (
                        str(t),
                        self.working.name(
                            f"gradient.size.{t}",
                            Symbol("‖∂L/∂h‖", (t,)),
                            Root(sum_of([each**2 for each in derivatives])),
                        ),
                    )
                    for t, derivatives in rows
                ]
            self.working.say("How large the derivative by the hidden state is:")
            self.working.table("gradient.hidden", "", ("t", "√ Σ (∂L/∂hₜ,ⱼ)²"), sizes)
        self._say_what_is_left()

    def _say_what_is_left(self) -> None:
        """Say how much of what the last time step sends back gets to the first."""
        carried = "cell" if any(name == "cell" for _, name, _ in self._in_time()) else "hidden"
        states: dict[int, list[Quantity]] = {}
        for derivative, name, t in self._in_time():
            if name == carried:
                states.setdefault(t, []).append(derivative.of)
        first, last = min(states), max(states)
        sent = {
            derivative.of.id: self.working.values[derivative.quantity.id]
            for derivative, name, t in self._in_time()
            if (name, t) == ("output", last)
        }
        left = self.kinks.forward.sent_back(sent)
        before, after = (
            sum((left.get(each.id, Decimal(0)) ** 2 for each in states[t]), Decimal(0)).sqrt()
            for t in (last, first)
        )
        if not (before.is_finite() and after.is_finite() and before and after):
            return
        ratio = after / before
        letter = states[last][0].symbol.letter
        what = f"|∂L/∂{letter}ₜ|" if len(states[last]) == 1 else f"√ Σ (∂L/∂{letter}ₜ,ⱼ)²"
        ends = self.rnn is not None and self.rnn.predict == "last_step"
        if not ends:
            output = PLAIN.symbol(Symbol("o", (last,)))
            what += f" of what comes through {output} alone"
        self.working.say(
            f"From t = {last} back to t = {first}, {what} is multiplied by "
            f"{self.working.text(ratio)}{self._factor_of_a_step()}.",
            tells=True,
        )
        of = "" if ends else " from the last step"
        if ratio * _EXTREME < 1:
            self.working.remark(
                "vanishing-gradient",
                "It vanishes on the way back: the first inputs have hardly any part in what is "
                f"learnt here{of}.",
            )
        elif ratio > _EXTREME:
            self.working.remark(
                "exploding-gradient",
                "It explodes on the way back: a step of gradient descent can be far too large. "
                "Clipping the gradient is the usual remedy.",
            )

    def _factor_of_a_step(self) -> str:
        """What each step back multiplies by, where that is one number: in a single plain unit."""
        inputs: Any = self.problem.inputs
        network = inputs.network
        slopes = {"tanh": " (1 − hₜ²)", "sigmoid": " hₜ (1 − hₜ)", "identity": ""}
        if network.cell != "vanilla" or network.units > 1 or network.activation not in slopes:
            return ""
        return f": at each step by ∂hₜ/∂hₜ₋₁ = W{slopes[network.activation]}"

    def _by_time(self) -> list[tuple[int, list[Quantity]]]:
        """The derivatives by the hidden states, by time."""
        by_time: dict[int, list[Quantity]] = {}
        for derivative, name, t in self._in_time():
            if name == "hidden":
                by_time.setdefault(t, []).insert(0, derivative.quantity)
        return sorted(by_time.items())

    def _in_time(self) -> Iterator[tuple[Derivative, str, int]]:
        """The derivatives by what a network works out at a time step: of which kind, and when."""
        for derivative in self.derivatives:
            match self.working.stands_for(derivative.of):
                case At(key, (int(t), *_)) if derivative.of.role is Role.STEP:
                    yield derivative, key, t


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


def listed(names: Sequence[str], what: str = "more", *, most: int = _MOST_ZERO) -> str:
    """Names in a sentence; of too many, the first and how many there are more."""
    if len(names) == 1:
        return names[0]
    shown = names[:-1] if len(names) <= most else names[: most - 1]
    rest = names[-1] if len(names) <= most else f"{len(names) - most + 1} {what}"
    return f"{', '.join(shown)} and {rest}"

"""What is said of derivatives: through which steps a number acts, and why one is 0, or none, or one
slope of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lossclass.arithmetic.expression import Absolute, Constant, Expression, Max, Min, Quantity
from lossclass.arithmetic.gradient import Derivative
from lossclass.arithmetic.notation import PLAIN
from lossclass.backpropagation.training import titled_steps
from lossclass.backpropagation.walk import Walk
from lossclass.working import Working

#: So many uses of a number are named.
_MOST_USES: Final = 4
#: So many numbers by which the derivative is 0.
_MOST_ZERO: Final = 12
#: Why a derivative is 0: of one, and of several.
_ZERO: Final = {
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


class Said:
    """Writes derivatives down, and says it."""

    def __init__(self, working: Working, walk: Walk) -> None:
        self.working = working
        self.walk = walk
        self._steps = titled_steps(working)
        self._names: dict[str, str] = {}
        self._zero: list[Derivative] = []

    def name(self, quantity: Quantity) -> str:
        """How it is written; worked out once, since a step may be one of the uses of thousands."""
        if quantity.id not in self._names:
            self._names[quantity.id] = PLAIN.symbol(quantity.symbol)
        return self._names[quantity.id]

    def _in_order(self, quantities: Iterable[Quantity]) -> str:
        """Their names in a sentence, in the order of the working."""
        places = self.walk.forward.places
        return listed([*map(self.name, sorted(quantities, key=lambda each: places[each.id]))])

    # --- on the board ---

    def heading(self, quantity: Quantity) -> str:
        """The title of the section in which a step stands; empty for what is none."""
        return self._steps[quantity.id][1] if quantity.id in self._steps else ""

    def _is_on_board(self, quantity: Quantity) -> bool:
        """Whether its name stands there; that of a step that is only in full does not."""
        return quantity.id not in self._steps or not self._steps[quantity.id][0].only_in_full

    def _on_board(self, step: Quantity) -> Iterator[Quantity]:
        """The steps in which one stands on the board: itself, or those that use it."""
        if self._is_on_board(step):
            yield step
            return
        for user in self.walk.forward.users[step.id]:
            yield from self._on_board(user)

    def is_only_in_full(self, derivative: Derivative, *, has_table: bool = False) -> bool:
        """Whether it is by a step that is, or another derivative as it is, or 0. Those by what the
        problem gives are what was asked for, and stand there or in the table."""
        if derivative.of.is_given:
            return derivative.is_zero and has_table
        return (
            derivative.is_zero
            or not self._is_on_board(derivative.of)
            or isinstance(derivative.quantity.definition, Quantity)
        )

    # --- of one derivative ---

    def write(self, derivative: Derivative, *, has_table: bool = False) -> None:
        """Write a derivative down, with what is said of it alone."""
        *before, last = derivative.steps
        for step in before:
            self.working.write_down(step)
        if derivative.is_zero or derivative.of.id in self.walk.indeterminate:
            self._zero.append(derivative)
        self.working.write_down(
            last,
            is_known=derivative.is_zero and self._why_zero(derivative)[0] != "flat",
            title=f"The derivative by {self.name(derivative.of)}",
            aside="" if derivative.is_zero else self._uses(derivative),
            only_in_full=self.is_only_in_full(derivative, has_table=has_table),
        )

    def _uses(self, derivative: Derivative) -> str:
        """Which steps use the number, as a sentence."""
        names = list(dict.fromkeys(self.name(use.by) for use in derivative.uses))
        text = (
            f"{self.name(derivative.of)} is used in {listed(names, 'more steps', most=_MOST_USES)}."
        )
        if derivative.still:
            still = ", ".join(map(self.name, derivative.still))
            text += f" In {still} a factor of 0 stands beside it."
        return text

    # --- of those that are 0, or none ---

    def say_which_are_zero(self) -> None:
        """Say of the derivatives that were written last which are 0, and why."""
        why: dict[tuple[str, ...], list[Quantity]] = {}
        for each in sorted(self._zero, key=lambda each: self.walk.forward.places[each.of.id]):
            why.setdefault(self._why_zero(each), []).append(each.of)
        self._zero = []
        for (reason, form, slope), those in why.items():
            on_board = [each for each in those if self._is_on_board(each)]
            is_all = len(on_board) == len(those)
            for found, only in ((on_board, "only_on_board"), (those, "only_in_full"))[is_all:]:
                if found:
                    said = _ZERO[reason][len(found) > 1]
                    text = said.format(listed([*map(self.name, found)]), form=form, slope=slope)
                    where = {} if is_all else {only: True}
                    tells = reason == "flat" or slope not in {"", "0"}
                    self.working.say(text, tells=tells, **where)

    def _why_zero(self, derivative: Derivative) -> tuple[str, str, str]:
        """Why a derivative is 0; or the form without a value that the chain rule has there, and the
        slope of the loss."""
        form, slopes = self.walk.indeterminate.get(derivative.of.id, ("", None))
        if slopes and slopes.differ:
            return "corner", form, ""
        if slopes:
            return "smooth", form, self.working.text(derivative.quantity)
        if self.walk.kinks.is_flat(derivative.of):
            return "flat", "", ""
        return "at" if derivative.kinks else "before", "", ""

    def say_which_are_none(self, derivatives: Iterable[Derivative]) -> None:
        """Say by which numbers there is no derivative, and why."""
        why: dict[str, list[str]] = {}
        for each in derivatives:
            if each.without:
                why.setdefault(each.without, []).append(self.name(each.of))
        for form, names in why.items():
            self.working.remark(
                "no-gradient",
                f"By {listed(names)} the chain rule meets {form} here, which has no value: no derivative "
                f"by {'it' if len(names) == 1 else 'them'} is given.",
            )

    # --- of all together ---

    def remark_on_slopes(self) -> None:
        """Remark on slopes that are infinite, and on kinks."""
        symbol, values = self.name(self.walk.answer), self.working.values
        found = self.walk.derivatives if values[self.walk.answer.id].is_finite() else ()
        upright = [each for each in found if values[each.quantity.id].is_infinite()]
        on_board = [each for each in upright if not self.is_only_in_full(each)]
        if upright:
            by = self._in_order(each.of for each in on_board or upright)
            self.working.remark(
                "infinite-slope",
                f"The slope of {symbol} by {by} is infinite here.",
                only_in_full=not on_board,
            )
        self._remark_on_corners(symbol)
        if self.walk.kinks.steps:
            named = (each for step in self.walk.kinks.steps for each in self._on_board(step))
            names = [*dict.fromkeys(map(self.name, named))]
            has = f"{listed(names)} {'has a kink' if len(names) == 1 else 'have kinks'}"
            kinks = dict.fromkeys(
                kink
                for step in self.walk.kinks.steps
                for kink in self._what_was_taken(step.definition)
            )
            self.working.remark(
                "kink",
                f"Just here {has}: the slope on one side is not that on the other. "
                f"{' '.join(kinks)} There is no derivative; another slope between the two could be taken as well.",
            )
        text = self.working.text
        for number, slopes in self.walk.kinks.astray:
            self.working.remark(
                "kink",
                f"The slopes taken at the kinks are together none of {symbol}'s: by {self.name(number.of)} "
                f"they make {text(number.quantity)}, but {symbol} changes by {text(slopes.below)} from "
                f"below and by {text(slopes.above)} from above.",
                number.of,
            )

    def _remark_on_corners(self, symbol: str) -> None:
        """Say by what there is no derivative since the loss has a corner, and what was taken."""
        corners: dict[str, list[Quantity]] = {}
        for each in self.walk.derivatives:
            _, slopes = self.walk.indeterminate.get(each.of.id, ("", None))
            if slopes and slopes.differ:
                corners.setdefault(self.working.text(each.quantity), []).append(each.of)
        for taken, those in corners.items():
            self.working.remark(
                "kink",
                f"Just here {symbol} has no derivative by {self._in_order(those)}: as with |x| at 0, the "
                f"slope on one side is not that on the other. Taken was {taken}, which is between the two.",
            )

    def _what_was_taken(self, expression: Expression) -> Iterator[str]:
        """Which slope was taken at each kind of kink in a step."""
        for operand in expression.operands:
            yield from self._what_was_taken(operand)
        values = [operand.value(self.walk.forward.values) for operand in expression.operands]
        if isinstance(expression, Absolute) and not values[0]:
            yield "|x| stands at x = 0: its slope was taken as 0."
        if not isinstance(expression, Max | Min):
            return
        name, best = ("max", max(values)) if isinstance(expression, Max) else ("min", min(values))
        pairs = zip(expression.operands, values, strict=True)
        equal = [operand for operand, value in pairs if value == best]
        if len(equal) > 1 and any(isinstance(each, Constant) for each in equal):
            yield f"{name} compares equal numbers, one of them a constant: the slope 0 was taken."
        elif len(equal) > 1:
            yield f"{name} compares equal numbers: the slope of the first was taken."


def listed(names: Sequence[str], what: str = "more", *, most: int = _MOST_ZERO) -> str:
    """Names in a sentence; of too many, the first and how many there are more."""
    if len(names) == 1:
        return names[0]
    shown = names[:-1] if len(names) <= most else names[: most - 1]
    rest = names[-1] if len(names) <= most else f"{len(names) - most + 1} {what}"
    return f"{', '.join(shown)} and {rest}"

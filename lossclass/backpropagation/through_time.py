"""The way back through time: what the derivatives by a network's time steps come to, in tables, and how
much of the last gets to the first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from lossclass.arithmetic.expression import Role, Root, sum_of
from lossclass.arithmetic.gradient import Derivative
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.backpropagation.walk import Walk
from lossclass.rnn.forward_steps import WAY_BACK
from lossclass.rnn.network import Network
from lossclass.rnn.pictures import is_drawn
from lossclass.working import At, Working

#: The gradient by the first hidden state is this much smaller, or larger, than by the last: then
#: there is something to say.
_EXTREME: Final = Decimal(1000)
#: Steps of a network of which there is one for each time step and unit, beside pre-activations.
_ALONG_TIME: Final = ("output", "hidden", "cell")


class ThroughTime:
    """The derivatives by what a network works out at its time steps."""

    def __init__(self, working: Working, network: Network, walk: Walk) -> None:
        self.working = working
        self.network = network
        self.walk = walk
        #: By the kind of steps and the time step, from the last to the first.
        self._found: dict[str, dict[int, list[Derivative]]] = {}
        for derivative in walk.derivatives:
            match working.stands_for(derivative.of):
                case At(key, (int(t), *_)) if derivative.of.role is Role.STEP:
                    self._found.setdefault(key, {}).setdefault(t, []).append(derivative)

    @property
    def has_several(self) -> bool:
        """Whether the way back leads through more than one time step."""
        return len(self._found.get("hidden", ())) > 1

    @property
    def introduction(self) -> str:
        """What back-propagation through time is."""
        uses = (
            "Each hidden state is used in the output of its time step and, but for the last, in the "
            "next hidden state."
            if self.network.every_step
            else "Each hidden state but the last is used in the next one, and the last in the output."
        )
        return (
            f"{uses} So the derivatives go back through time, from the last step to the first: "
            "this is back-propagation through time. The derivative by a weight that is used at "
            "several time steps is a sum over these."
        )

    def write(self) -> None:
        """Write what there is to say behind the derivatives."""
        self.working.section(WAY_BACK)
        self._tabulate()
        self._write_sizes()
        self._say_what_is_left()

    def _tabulate(self) -> None:
        """Tabulate the derivatives of which there is one a time step, from the last to the first."""
        columns = {
            name: {t: each for t, (each, *_) in by_time.items()}
            for name, by_time in self._found.items()
            if (name in _ALONG_TIME or name.endswith("preactivation"))
            and all(len(each) == 1 for each in by_time.values())
        }
        if not columns:
            return
        rows = [
            (str(t), *(column[t].quantity if t in column else "" for column in columns.values()))
            for t in sorted({t for column in columns.values() for t in column}, reverse=True)
        ]
        heads = [_without_time(next(iter(column.values()))) for column in columns.values()]
        # The figure of a plain one has all of it.
        is_told = self.network.cell == "vanilla" and is_drawn(self.network)
        self.working.table("gradient.way_back", "", ("t", *heads), rows, only_in_full=is_told)

    def _write_sizes(self) -> None:
        """Write how large the derivative by the hidden state is, where there are several units."""
        by_time = sorted(self._found["hidden"].items())
        if len(by_time[0][1]) == 1:
            return
        with self.working.room("hidden"):  # a step may be called size.1
            sizes = [
                (
                    str(t),
                    self.working.name(
                        f"gradient.size.{t}",
                        Symbol("‖∂L/∂h‖", (t,)),
                        Root(sum_of([each.quantity**2 for each in reversed(derivatives)])),
                    ),
                )
                for t, derivatives in by_time
            ]
        self.working.say("How large the derivative by the hidden state is:")
        self.working.table("gradient.hidden", "", ("t", "√ Σ (∂L/∂hₜ,ⱼ)²"), sizes)

    def _say_what_is_left(self) -> None:
        """Say how much of what the last time step sends back gets to the first."""
        states = self._found["cell" if "cell" in self._found else "hidden"]
        first, last = min(states), max(states)
        outputs = self._found.get("output", {}).get(last, ())
        sent = {each.of.id: self.working.values[each.quantity.id] for each in outputs}
        left = self.walk.forward.sent_back(sent)
        before, after = (
            sum((left.get(each.of.id, Decimal(0)) ** 2 for each in states[t]), Decimal(0)).sqrt()
            for t in (last, first)
        )
        if not (before.is_finite() and after.is_finite() and before and after):
            return
        ratio = after / before
        letter = states[last][0].of.symbol.letter
        what = f"|∂L/∂{letter}ₜ|" if len(states[last]) == 1 else f"√ Σ (∂L/∂{letter}ₜ,ⱼ)²"
        if self.network.every_step:
            output = PLAIN.symbol(Symbol("o", (last,)))
            what += f" of what comes through {output} alone"
        self.working.say(
            f"From t = {last} back to t = {first}, {what} is multiplied by "
            f"{self.working.text(ratio)}{self._factor_of_a_step}.",
            tells=True,
        )
        of = " from the last step" if self.network.every_step else ""
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

    @property
    def _factor_of_a_step(self) -> str:
        """What each step back multiplies by, where that is one number: in a single plain unit."""
        network = self.network
        slopes = {"tanh": " (1 − hₜ²)", "sigmoid": " hₜ (1 − hₜ)", "identity": ""}
        if network.cell != "vanilla" or network.units > 1 or network.activation not in slopes:
            return ""
        return f": at each step by ∂hₜ/∂hₜ₋₁ = W{slopes[network.activation]}"


def _without_time(derivative: Derivative) -> str:
    """The symbol of all derivatives like this one: ∂L/∂hₜ."""
    gate = (each for each in derivative.of.symbol.index if isinstance(each, str))
    by = replace(derivative.of.symbol, index=(*gate, "t"))
    return PLAIN.symbol(replace(derivative.quantity.symbol, by=by))

"""The gradient of the CTC loss, from the occupancies γ: how much of p(l|x) has which symbol when.

γ_t(k) = Σ_{s: l′_s = k} α_t(s) β_t(s) / p(l|x). ∂L/∂ln y_t(k) = −γ_t(k), and behind a softmax
∂L/∂z_t(k) = y_t(k) − γ_t(k). Source: Graves et al. (2006), equations 15 and 16 (with y_t inside of
β).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property, partial
from itertools import chain
from typing import Any

from lossclass.arithmetic.expression import Constant, Expression, Product, Quantity, sum_of
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.sheet import Sheet
from lossclass.losses.ctc.vectorised import occupancy
from lossclass.losses.ctc_options import BACKWARD
from lossclass.losses.shapes.lattice.cells import Cells
from lossclass.losses.shapes.lattice.sequences import LETTERS, is_weighted, scaled
from lossclass.second_road import numpy_is_here

#: How far NumPy's occupancies, in doubles, may be off, and the other way to a derivative.
_AGREEMENT, _ROUNDING = 1e-9, Decimal("1e-12")
#: By what there are derivatives: the section, and what they are.
_SAID = {
    "log_probs": (
        "The gradient by the logarithms of the probabilities",
        "With respect to q_t(k) = ln y_t(k): minus the occupancy.",
    ),
    "probabilities": (
        "The gradient by the probabilities",
        (
            "With respect to y_t(k) itself: minus the occupancy over y_t(k). (Each "
            "probability moves alone here, whatever the others of its time step sum to.)"
        ),
    ),
    "logits": (
        "The gradient by the logits",
        (
            "With respect to the logit z_t(k), where y is the softmax of z: the probability minus the "
            "occupancy, ŷ − y of the cross-entropy once more."
        ),
    ),
}


def write_gradient(sheet: Sheet, alpha: Cells, beta: Cells) -> None:
    """Write the occupancies, and the derivatives of the loss by probabilities, by their logarithms
    and by logits."""
    working = sheet.working
    working.gradient = {}
    working.section("The gradient: occupancies")
    if not working.values["probability"]:
        working.remark(
            "no-gradient",
            "p(l|x) = 0, and the loss is ∞: there is no gradient. (PyTorch's is nan here, and 0 with "
            "zero_infinity=True.)",
        )
        return
    _Gradient(sheet, alpha, beta).write(working.gradient)


class _Gradient:
    def __init__(self, sheet: Sheet, alpha: Cells, beta: Cells) -> None:
        self.sheet, self.working, self.alpha, self.beta = sheet, sheet.working, alpha, beta
        self.probability = self.working.quantity("probability")
        #: A derivative of −ln p(l|x) as one of the answer.
        self.scaled = partial(scaled, sheet.inputs, self.working)
        #: γ_t(k) by time and column, both from 0.
        self.occupancies: list[list[Quantity]] = []

    def _everywhere(self, made: Callable[[int, int, str], Quantity]) -> list[list[Quantity]]:
        """What is made of each time, from 1, and each symbol, with its column from 0."""
        columns = [*enumerate(self.sheet.inputs.symbols)]
        return [[made(t, c, k) for c, k in columns] for t in self.sheet.outputs.times]

    def write(self, gradient: dict[str, Any]) -> None:
        """Write it all; the outputs of a network have derivatives only to go back from."""
        self._write_occupancies()
        inputs = self.sheet.inputs
        if is_weighted(inputs):
            text = "The loss is multiplied by its weight, so every derivative is multiplied by it, too."
            self.working.say(text)
        if inputs.log_base != "e":
            self.working.say(
                f"The logarithm of the loss has base {inputs.log_base}, so every derivative is "
                f"divided by ln {inputs.log_base}."
            )
        own = inputs.kind
        if own == "rnn":
            self._by_outputs()
            return
        for kind in sorted(_SAID, key=lambda kind: kind != own):
            title, what_they_are = _SAID[kind]
            self.working.section(title)
            if kind == "logits" and not self._are_distributions:
                self.working.say(
                    "There are no logits z with y = softmax(z) here, since the probabilities of a "
                    "time step do not sum to 1.",
                    only_in_full=True,
                )
            elif kind == "probabilities" and inputs.by_symbol is not None:
                gradient[kind] = self._by_symbol()
            else:
                self.working.say(what_they_are, only_in_full=kind != own)
                if kind == "probabilities":
                    self._say_what_stands_at_zero(is_own=kind == own)
                gradient[kind] = self._by_time_and_symbol(kind, is_own=kind == own)
                if kind == own == "logits":
                    self._write_long_way(gradient[kind])
        self._why_pytorch_differs()

    @cached_property
    def _are_distributions(self) -> bool:
        """Whether the probabilities of every time step sum to 1."""
        return all(is_rounding(total - 1) for total in self.sheet.outputs.sums())

    # --- the occupancies ---

    def _write_occupancies(self) -> None:
        """Write them and their table, and hold them against NumPy's: steps ``occupancy.T.C``,
        where an alignment has the symbol C at time T; elsewhere they are 0."""
        working = self.working
        working.say(
            "The occupancy γ_t(k) is the share of p(l|x) that has symbol k at time t: the α_t(s) · "
            "β_t(s) of all positions s with that symbol, divided by p(l|x). (β without y_t inside.)"
        )
        if not working.wanted[BACKWARD]:
            working.say(
                "β_t(s) is the probability of all ways to go on from position s at time t to an end. "
                "(--backward works it cell by cell.)"
            )
            self.sheet.paper.tabulate("beta", self.beta)
        self.occupancies = self._everywhere(self._occupancy)
        working.say("All occupancies; those of a time step sum to 1:")
        self.sheet.write_table("occupancy", self.occupancies)
        if not numpy_is_here():
            return
        pairs = zip(chain(*self.occupancies), occupancy(self.sheet.inputs).flat, strict=True)
        apart = max(abs(float(self.sheet.value(own.id)) - float(other)) for own, other in pairs)
        if apart <= _AGREEMENT:
            self.working.say("NumPy, by its own core, gives the same occupancies.", tells=True)
        else:
            self.working.remark(
                "gradient-disagrees",
                "NumPy, by its own core, gives other occupancies. Do not rely on this gradient, and "
                "please report the problem file.",
            )

    def _occupancy(self, t: int, c: int, symbol: str) -> Quantity:
        name, id = Symbol("γ", (t,), (symbol,)), f"occupancy.{t}.{c + 1}"
        positions = self.sheet.lattice.positions_of(symbol, t)
        if not positions:
            return self.working.name(id, name, Constant(0))
        share = sum_of([self.alpha[t, s] * self.beta[t, s] for s in positions]) / self.probability
        return self.working.step(id, name, share, title=f"Time {t}, symbol {symbol}")

    # --- the derivatives ---

    def _by_time_and_symbol(self, kind: str, *, is_own: bool) -> list[list[Decimal]]:
        """By numbers of one kind, T × C: steps if the problem gives this kind."""

        def made(t: int, c: int, symbol: str) -> Quantity:
            id = f"gradient.{kind}.{t}.{c + 1}"
            name = Symbol("L", by=Symbol(LETTERS[kind], (t,), (symbol,)))
            derivative = self.scaled(self._derivative(kind, t, c, symbol))
            if is_own and not isinstance(derivative, Constant):
                return self.working.step(id, name, derivative, title=f"Time {t}, symbol {symbol}")
            return self.working.name(id, name, derivative)

        rows = self._everywhere(made)
        self.sheet.write_table(f"gradient.{kind}", rows, only_in_full=not is_own)
        return [[self.working.values[each.id] for each in row] for row in rows]

    def _write_long_way(self, derivatives: list[list[Decimal]]) -> None:
        """Write the derivatives by logits once more, through those by the probabilities."""
        self.working.say(
            "The long way round goes through the probabilities: ∂L/∂y_t(j) = −γ_t(j) / y_t(j), and in "
            "a softmax ∂y_t(j)/∂z_t(k) = y_t(j) · (1 − y_t(k)) for j = k, else −y_t(j) · y_t(k). Summed "
            "over j, that is −γ_t(k) + y_t(k) · Σ_j γ_t(j), and Σ_j γ_t(j) = 1:",
            only_in_full=True,
        )
        rows = self._everywhere(self._long_way)
        self.sheet.write_table("gradient.long_way", rows, only_in_full=True)
        pairs = zip(chain(*rows), chain(*derivatives), strict=True)
        if all(abs(self.sheet.value(long.id) - short) <= _ROUNDING for long, short in pairs):
            self.working.say("A check: the long way round comes to the same.", only_in_full=True)
        else:
            self.working.remark(
                "gradient-disagrees",
                "The long way round comes to other numbers. Do not rely on this gradient, and please "
                "report the problem file.",
            )

    def _long_way(self, t: int, c: int, symbol: str) -> Quantity:
        """Σ_j ∂L/∂y_t(j) · ∂y_t(j)/∂z_t(k)."""
        outputs = [self.sheet.outputs(t, each) for each in self.sheet.inputs.symbols]
        shares, own = self.occupancies[t - 1], outputs[c]
        terms = [
            Product(-(share / output), output, 1 - own if j == c else -own)
            for j, (share, output) in enumerate(zip(shares, outputs, strict=True))
        ]
        return self.working.name(
            f"gradient.long_way.{t}.{c + 1}",
            Symbol("L", by=Symbol(LETTERS["logits"], (t,), (symbol,))),
            self.scaled(sum_of(terms)),
        )

    def _derivative(self, kind: str, t: int, c: int, symbol: str) -> Expression:
        """That of −ln p(l|x) by a number of a kind."""
        output, share = self.sheet.outputs(t, symbol), self.occupancies[t - 1][c]
        if kind == "logits":
            return output - share
        if isinstance(share.definition, Constant):  # no alignment has the symbol then
            return Constant(0)
        if kind == "log_probs":
            return -share
        if self.working.values[output.id]:
            return -(share / output)
        return -(sum_of(self._without_output(t, symbol)) / self.probability)

    def _say_what_stands_at_zero(self, *, is_own: bool) -> None:
        """Say how derivatives by probabilities of 0 are worked, if there are any that are not 0."""
        if any(
            not self.working.values[self.sheet.outputs(t, symbol).id]
            for t in self.sheet.outputs.times
            for symbol in self.sheet.inputs.symbols
            if self.sheet.lattice.positions_of(symbol, t)
        ):
            self.working.say(
                "By a probability of 0 that would be 0 / 0: it is minus the sum of A_t(s) · β_t(s) over p(l|x), "
                "with A_t(s) for the sum of the α from which α_t(s) comes, α_t(s) = A_t(s) · y_t(k). At time 1 "
                "nothing comes before, and β_t(s) stands alone.",
                only_in_full=not is_own,
            )

    def _without_output(self, t: int, symbol: str) -> list[Expression]:
        """α_t(s) β_t(s) with y_t taken out: what a probability of 0 is multiplied by."""
        lattice = self.sheet.lattice
        products: list[Expression] = []
        for s in lattice.positions_of(symbol, t):
            if t == 1:
                products.append(self.beta[t, s])
                continue
            incoming = self.working.name(
                f"incoming.{t}.{s}",
                Symbol("A", (t,), (str(s),)),
                sum_of([self.alpha[source] for source in lattice.before((t, s))]),
            )
            products.append(incoming * self.beta[t, s])
        return products

    def _by_symbol(self) -> dict[str, Decimal]:
        """One probability for all time steps: the sum of its derivatives over time."""
        self.working.say(
            "With respect to the probability P(k) of a symbol, which counts at every time step: minus "
            "the sum of its occupancies over P(k)."
        )
        self._say_what_stands_at_zero(is_own=True)
        derivatives = {}
        for c, symbol in enumerate(self.sheet.inputs.symbols):
            output = divisor = self.sheet.outputs(1, symbol)
            terms: list[Expression] = [row[c] for row in self.occupancies]
            if not self.working.values[output.id]:
                times = self.sheet.outputs.times
                terms = [each for t in times for each in self._without_output(t, symbol)]
                divisor = self.probability
            step = self.working.step(
                f"gradient.probabilities.{symbol}",
                Symbol("L", by=output.symbol),
                self.scaled(-(sum_of(terms) / divisor) if terms else Constant(0)),
                title=f"Symbol {symbol}",
            )
            derivatives[symbol] = self.working.values[step.id]
        return derivatives

    def _by_outputs(self) -> None:
        """By the outputs o of a network, of which y is the softmax."""
        self.working.section("The gradient by the outputs of the network")
        self.working.say(
            "With respect to the output o of the network for symbol k, a logit: the probability minus "
            "the occupancy."
        )

        def made(t: int, c: int, symbol: str) -> Quantity:
            output = self.working.quantity(f"output.{t}.{c + 1}")
            self.working.derivatives[output.id] = step = self.working.step(
                f"gradient.{output.id}",
                Symbol("L", by=output.symbol),
                self.scaled(self._derivative("logits", t, c, symbol)),
                title=f"Time {t}, symbol {symbol}",
            )
            return step

        self._everywhere(made)
        self.working.gradient = None  # the walk goes on from here

    def _why_pytorch_differs(self) -> None:
        self.working.section("The gradient in PyTorch")
        passed_on = (
            "Passed on through log_softmax both become y − γ, the gradient by the logits, so a "
            "training is the same; but who looks at the grad of q sees y − γ."
            if self._are_distributions
            else "The two come to the same only behind a log_softmax, and what comes out of one "
            "has probabilities that sum to 1."
        )
        no_length = "" if self.sheet.inputs.target_symbols else " (a length of 0 counts as 1)"
        self.working.say(
            "PyTorch's CTCLoss takes log-probabilities q, and what it leaves in their grad is y − γ, "
            f"not −γ. {passed_on} Besides, reduction='mean' divides the loss, and so the gradient, "
            f"by the length of the target{no_length}.",
            only_in_full=True,
        )

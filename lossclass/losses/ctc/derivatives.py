"""The gradient of the CTC loss, from the occupancies γ.

∂L/∂ln y_t(k) = −γ_t(k), and behind a softmax ∂L/∂z_t(k) = y_t(k) − γ_t(k). Source: Graves et al.
(2006), equations 15 and 16.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    sum_of,
)
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.answer import is_weighted
from lossclass.losses.ctc.occupancies import write_occupancies
from lossclass.losses.ctc.sheet import Cells, Sheet

_LETTERS = {"probabilities": "y", "log_probs": "q", "logits": "z"}


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
    _Gradient(sheet, alpha, beta).write()


class _Gradient:
    def __init__(self, sheet: Sheet, alpha: Cells, beta: Cells) -> None:
        self.sheet = sheet
        self.working = sheet.working
        self.alpha = alpha
        self.beta = beta
        self.probability = self.working.quantity("probability")
        self.times = range(1, sheet.T + 1)
        self.symbols = sheet.inputs.symbols

    @property
    def gradient(self) -> dict[str, Any]:
        """Where the derivatives go."""
        assert self.working.gradient is not None  # noqa: S101 - it was begun above
        return self.working.gradient

    def write(self) -> None:
        """Write it. The outputs of a network have derivatives only to go back from."""
        occupancies = write_occupancies(self.sheet, self.alpha, self.beta)
        self._scale_remark()
        own = self.sheet.inputs.kind
        if own == "rnn":
            self._by_outputs(occupancies)
            return
        writers: dict[str, Callable[..., None]] = {
            "log_probs": self._by_logarithms,
            "probabilities": self._by_probabilities,
            "logits": self._by_logits,
        }
        for kind in sorted(writers, key=lambda kind: kind != own):
            writers[kind](occupancies, is_own=kind == own)
        self._why_pytorch_differs()

    # --- the derivatives ---

    def _by_logarithms(self, occupancies: list[list[Quantity]], *, is_own: bool) -> None:
        self.working.section("The gradient by the logarithms of the probabilities")
        self.working.say("With respect to q_t(k) = ln y_t(k): minus the occupancy.")
        rows = self._derivatives(
            "log_probs", is_own, lambda t, c: self._scaled(_negative(occupancies[t - 1][c]))
        )
        self._keep("log_probs", rows)

    def _by_probabilities(self, occupancies: list[list[Quantity]], *, is_own: bool) -> None:
        if self.sheet.inputs.by_symbol is not None:
            self._by_symbol(occupancies)
            return
        self.working.section("The gradient by the probabilities")
        self.working.say(
            "With respect to y_t(k) itself: minus the occupancy over y_t(k). (Each "
            "probability moves alone here, whatever the others of its time step sum to.)"
        )
        rows = self._derivatives(
            "probabilities",
            is_own,
            lambda t, c: self._scaled(self._by_output(t, self.symbols[c], occupancies[t - 1][c])),
        )
        self._keep("probabilities", rows)

    def _by_output(self, t: int, symbol: str, share: Quantity) -> Expression:
        output = self.sheet.outputs(t, symbol)
        if isinstance(share.definition, Constant):
            return Constant(0)
        if self.working.values[output.id]:
            return Negative(Quotient(share, output))
        return Negative(Quotient(sum_of(self._without_output(t, symbol)), self.probability))

    def _without_output(self, t: int, symbol: str) -> list[Expression]:
        """α_t(s) β_t(s) with y_t taken out: what a probability of 0 is multiplied by."""
        lattice = self.sheet.lattice
        products: list[Expression] = []
        for s in lattice.positions_of(symbol, t):
            if t == 1:
                products.append(self.beta[t - 1][s])
                continue
            incoming = self.working.name(
                f"incoming.{t}.{s}",
                Symbol("A", (t,), (str(s),)),
                sum_of([self.alpha[t - 2][source] for source in lattice.sources(s)]),
            )
            products.append(Product(incoming, self.beta[t - 1][s]))
        return products

    def _by_symbol(self, occupancies: list[list[Quantity]]) -> None:
        """One probability for all time steps: the sum of its derivatives over time."""
        self.working.section("The gradient by the probabilities")
        self.working.say(
            "With respect to the probability P(k) of a symbol, which counts at every time step: minus "
            "the sum of its occupancies over P(k)."
        )
        derivatives = {}
        for c, symbol in enumerate(self.symbols):
            output = self.sheet.outputs(1, symbol)
            expression: Expression
            if self.working.values[output.id]:
                shares = [row[c] for row in occupancies]
                expression = Negative(Quotient(sum_of(shares), output))
            else:
                without = [each for t in self.times for each in self._without_output(t, symbol)]
                expression = (
                    Negative(Quotient(sum_of(without), self.probability))
                    if without
                    else Constant(0)
                )
            step = self.working.step(
                f"gradient.probabilities.{symbol}",
                Symbol("L", by=output.symbol),
                self._scaled(expression),
                title=f"Symbol {symbol}",
            )
            derivatives[symbol] = self.working.values[step.id]
        self.gradient["probabilities"] = derivatives

    def _by_logits(self, occupancies: list[list[Quantity]], *, is_own: bool) -> None:
        self.working.section("The gradient by the logits")
        if not self._are_distributions:
            self.working.say(
                "There are no logits z with y = softmax(z) here, since the probabilities of a time "
                "step do not sum to 1."
            )
            return
        self.working.say(
            "With respect to the logit z_t(k), where y is the softmax of z: the probability minus the "
            "occupancy, ŷ − y of the cross-entropy once more."
        )
        rows = self._derivatives(
            "logits",
            is_own,
            lambda t, c: self._scaled(
                _difference(self.sheet.outputs(t, self.symbols[c]), occupancies[t - 1][c])
            ),
        )
        self._keep("logits", rows)

    @cached_property
    def _are_distributions(self) -> bool:
        """Whether the probabilities of every time step sum to 1."""
        return all(is_rounding(total - 1) for total in self.sheet.outputs.sums())

    def _by_outputs(self, occupancies: list[list[Quantity]]) -> None:
        """By the outputs o of a network, of which y is the softmax."""
        self.working.section("The gradient by the outputs of the network")
        self.working.say(
            "With respect to the output o of the network for symbol k, a logit: the probability minus "
            "the occupancy."
        )
        for t in self.times:
            for c, symbol in enumerate(self.symbols, start=1):
                output = self.working.quantity(f"output.{t}.{c}")
                difference = _difference(self.sheet.outputs(t, symbol), occupancies[t - 1][c - 1])
                self.working.derivatives[output.id] = self.working.step(
                    f"gradient.{output.id}",
                    Symbol("L", by=output.symbol),
                    self._scaled(difference),
                    title=f"Time {t}, symbol {symbol}",
                )
        self.working.gradient = None  # the walk goes on from here

    def _derivatives(
        self, kind: str, is_own: bool, expression: Callable[[int, int], Expression]
    ) -> list[list[Quantity]]:
        """The derivatives by one kind of number, T × C: steps if it is the problem's own kind."""
        rows: list[list[Quantity]] = []
        for t in self.times:
            rows.append([])
            for c, symbol in enumerate(self.symbols):
                id = f"gradient.{kind}.{t}.{c + 1}"
                name = Symbol("L", by=Symbol(_LETTERS[kind], (t,), (symbol,)))
                derivative = expression(t, c)
                if is_own and not isinstance(derivative, Constant):
                    title = f"Time {t}, symbol {symbol}"
                    rows[-1].append(self.working.step(id, name, derivative, title=title))
                else:
                    rows[-1].append(self.working.name(id, name, derivative))
        self.sheet.write_table(f"gradient.{kind}", rows)
        return rows

    def _keep(self, kind: str, rows: list[list[Quantity]]) -> None:
        values = self.working.values
        self.gradient[kind] = [[values[each.id] for each in row] for row in rows]

    # --- what stands before the logarithm ---

    def _scaled(self, expression: Expression) -> Expression:
        """A derivative of −ln p(l|x) as one of the answer."""
        inputs = self.sheet.inputs
        if isinstance(expression, Constant):
            return expression
        if is_weighted(inputs):
            expression = Product(self.working.quantity("given.weight.1"), expression)
        if inputs.log_base != "e":
            expression = Quotient(expression, Log(Constant(Decimal(inputs.log_base))))
        return expression

    def _scale_remark(self) -> None:
        inputs = self.sheet.inputs
        if is_weighted(inputs):
            self.working.say(
                "The loss is multiplied by its weight, so every derivative is multiplied by it, too."
            )
        if inputs.log_base != "e":
            self.working.say(
                f"The logarithm of the loss has base {inputs.log_base}, so every derivative is "
                f"divided by ln {inputs.log_base}."
            )

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
            f"by the length of the target{no_length}."
        )


def _negative(share: Quantity) -> Expression:
    return Constant(0) if isinstance(share.definition, Constant) else Negative(share)


def _difference(output: Quantity, share: Quantity) -> Expression:
    return output if isinstance(share.definition, Constant) else Sum(output, Negative(share))

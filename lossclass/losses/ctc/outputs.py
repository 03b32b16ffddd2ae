"""What the model puts out: the probability y_t(k) of each symbol k at each time t, as quantities.

Given as they are, or worked out from logarithms (y = e^q) or logits (softmax).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import Constant, Exp, Expression, Quantity
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._softmax import dotted
from lossclass.losses.ctc.inputs import Inputs
from lossclass.problem.matrix import LARGE
from lossclass.working import At, Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: The letters of what a problem may give, by key.
LETTERS = {"probabilities": "y", "log_probs": "q", "logits": "z"}
#: Digits of an exponential that a double cannot hold, and when that is.
_DIGITS = 20
_SMALLEST_EXPONENT = -700


class Outputs:
    """y_t(k) by time, from 1, and symbol."""

    def __init__(self, inputs: Inputs, working: Working) -> None:
        self.inputs = inputs
        self.working = working
        self.symbols = inputs.symbols
        self.times = range(1, (inputs.T or 0) + 1)
        self._known: dict[tuple[int, str], Quantity] = {}
        self._column = {symbol: c for c, symbol in enumerate(self.symbols)}

    @cached_property
    def is_large(self) -> bool:
        """Whether only what the target needs is written down."""
        if self.inputs.by_symbol is not None or self.inputs.kind == "rnn":
            return False
        return len(self.times) * len(self.symbols) > LARGE

    def __call__(self, t: int, symbol: str) -> Quantity:
        """The probability of a symbol at a time."""
        key = (0 if self.inputs.by_symbol is not None else t, symbol)
        if key not in self._known:
            self._known[key] = self._made(t, symbol)
        return self._known[key]

    def value(self, t: int, symbol: str) -> Decimal:
        """The same as a number."""
        return self.working.values[self(t, symbol).id]

    def _made(self, t: int, symbol: str) -> Quantity:
        inputs = self.inputs
        if inputs.by_symbol is not None:
            at, name = At("probabilities", (symbol,)), Symbol("P", arguments=(symbol,))
            return self.working.given(f"P({symbol})", name, inputs.by_symbol[symbol], at)
        if inputs.kind == "probabilities":
            return self.given(t, symbol)
        expression: Expression
        if inputs.kind == "log_probs":
            expression = Exp(self.given(t, symbol))
        else:
            logarithm = float(self._log_softmax[t - 1, self._column[symbol]])
            expression = Constant(_exponential(logarithm))
        return self.working.name(self.id(t, symbol), self.symbol(t, symbol), expression)

    def given(self, t: int, symbol: str) -> Quantity:
        """The number that the problem has for a symbol at a time."""
        return self.working.given(
            dotted(self.inputs.kind, (t, self._column[symbol] + 1)),
            Symbol(LETTERS[self.inputs.kind], (t,), (symbol,)),
            self.inputs.matrix[t - 1, self._column[symbol]],
        )

    def id(self, t: int, symbol: str) -> str:
        """The id of a probability that is worked out."""
        return dotted("y_pred", (t, self._column[symbol] + 1))

    def symbol(self, t: int, symbol: str) -> Symbol:
        """Its symbol."""
        return Symbol("y", (t,), (symbol,))

    def name(self, t: int, letter: str, column: int) -> Symbol:
        """The symbol of something else of a time and a column, from 1."""
        return Symbol(letter, (t,), (self.symbols[column - 1],))

    def keep(self, rows: Sequence[Sequence[Quantity]]) -> None:
        """Take these as the probabilities, by time and symbol."""
        for t, row in enumerate(rows, start=1):
            for symbol, quantity in zip(self.symbols, row, strict=True):
                self._known[t, symbol] = quantity

    def sums(self) -> list[Decimal]:
        """What the probabilities of each time step sum to; of one, where all are the same."""
        if self.inputs.by_symbol is not None:
            return [sum(self.inputs.by_symbol.values(), Decimal(0))]
        if self.is_large and self.inputs.matrix.is_large:
            import numpy as np

            given = self.inputs.matrix.array()
            probabilities = np.exp(given) if self.inputs.kind == "log_probs" else given
            return [Decimal(repr(total)) for total in probabilities.sum(axis=1).tolist()]
        return [
            sum((self.value(t, symbol) for symbol in self.symbols), Decimal(0)) for t in self.times
        ]

    def columns(self, used: Sequence[str]) -> dict[str, list[Decimal]]:
        """The probabilities of some symbols, one for each time, to about 17 digits, without
        making quantities of them."""
        if self.inputs.by_symbol is not None:
            return {symbol: [self.inputs.by_symbol[symbol]] * len(self.times) for symbol in used}
        if self.inputs.kind == "rnn":
            return {symbol: [self.value(t, symbol) for t in self.times] for symbol in used}
        where = [self._column[symbol] for symbol in used]
        matrix = self.inputs.matrix
        numbers = self._log_softmax if self.inputs.kind == "logits" else matrix.array()
        is_logarithm = self.inputs.kind != "probabilities"
        return {
            symbol: [_exponential(x) if is_logarithm else Decimal(repr(x)) for x in column]
            for symbol, column in zip(used, numbers[:, where].T.tolist(), strict=True)
        }

    @cached_property
    def _log_softmax(self) -> NDArray[np.float64]:
        from lossclass.losses.ctc.vectorised import log_probabilities

        return log_probabilities(self.inputs)


def _exponential(logarithm: float) -> Decimal:
    """The exponential, also where a double of it would be 0 or lose digits."""
    if logarithm > _SMALLEST_EXPONENT:
        return Decimal(repr(math.exp(logarithm)))
    context = WORKING.copy()
    context.prec = _DIGITS
    return context.exp(Decimal(repr(logarithm)))

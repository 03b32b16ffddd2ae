"""What all parts of the working of a CTC problem refer to: the problem, the paper, and the
probability y_t(k) of each symbol k at each time t."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Quantity
from lossclass.arithmetic.number import WORKING
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import TargetLattice
from lossclass.losses.shapes.formulas import log
from lossclass.losses.shapes.lattice.cells import Node, Semiring, Weights, Worked
from lossclass.losses.shapes.lattice.paper import Paper
from lossclass.losses.shapes.lattice.sequences import LETTERS, Spelling
from lossclass.losses.shapes.lattice.tagging import write_table
from lossclass.problem.from_python import LARGE
from lossclass.records import record
from lossclass.second_road import Doubles, np
from lossclass.working import At, Working, dotted

#: An α of more cells is not written out step by step, unless that is asked for.
MOST_CELLS = 3_000
#: More are never written out.
MOST_CELLS_OF_ALL = 20_000
#: Digits of an exponential that a double cannot hold, and when that is.
_DIGITS = 20
_SMALLEST_EXPONENT = -700


def probability_of(*index: str | int) -> Symbol:
    """The symbol of p(l|x), the probability of the target; or of a part or a way to it."""
    return Symbol("p", index, (Symbol("l"), Symbol("x")), separator="|")


@record
class Sheet:
    """A problem, and the paper it is worked on."""

    inputs: Inputs
    working: Working

    @cached_property
    def T(self) -> int:  # noqa: N802 - the letter of the source
        """The number of time steps; there is none where alignments are listed alone."""
        steps = self.inputs.T
        assert steps is not None  # noqa: S101 - who works with listed ones does not ask
        return steps

    @property
    def length_letter(self) -> str:
        """The letter for the number of labels in the target; a network has a U of its own."""
        return self.working.letter("U", "K")

    @cached_property
    def lattice(self) -> TargetLattice:
        """Positions by time."""
        return TargetLattice(self.inputs.target_symbols, self.inputs.blank_symbol, self.T)

    @cached_property
    def spell(self) -> Spelling:
        """How symbols are written side by side."""
        return Spelling([*self.inputs.symbols, self.inputs.blank_symbol])

    @cached_property
    def target(self) -> str:
        """The target as a text, which leaves out the middle of a long one."""
        return self.spell.short(self.inputs.target_symbols)

    @cached_property
    def outputs(self) -> Outputs:
        """The probability of each symbol at each time."""
        return Outputs(self.inputs, self.working)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The symbols of the extended target, each once, in the order of the columns."""
        in_target = set(self.lattice.extended)
        return tuple(symbol for symbol in self.inputs.symbols if symbol in in_target)

    @property
    def cells(self) -> int:
        """How many cells α has."""
        return self.T * self.lattice.S

    @property
    def most_cells(self) -> int:
        """How many cells of α are written out."""
        return MOST_CELLS_OF_ALL if self.working.wanted.everything else MOST_CELLS

    @property
    def is_large(self) -> bool:
        """Whether α is too large to be written out."""
        return self.T > 1 and self.cells > self.most_cells

    def value(self, quantity_id: str) -> Decimal:
        """What a step came to."""
        return self.working.values[quantity_id]

    def minus_log(self, of: str = "p(l|x)") -> str:
        """Minus the logarithm of ``of`` as it stands in a sentence."""
        return f"−{log(self.inputs.log_base)} {of}"

    @property
    def minus_log_probability(self) -> Decimal:
        """What that comes to for p(l|x), before a weight."""
        return -elementary.log(self.value("probability"), self.inputs.log_base)  # type: ignore[no-any-return]

    @cached_property
    def paper(self) -> Paper:
        """Cells by time (down) and position (across); the titles of δ and ψ begin with their letter."""
        heads = [f"{s} {symbol}" for s, symbol in enumerate(self.lattice.extended, start=1)]

        def titled(letter: str, node: Node) -> str:
            t, s = node
            what = "blank" if self.lattice.is_blank(s) else "label"
            where = f"ime {t}, position {s}: the {what} {self.lattice.symbol(s)}"
            return f"{letter}: t{where}" if letter in "δψ" else f"T{where}"

        return Paper(
            self.working,
            lambda letter, node: Symbol(letter, (node[0],), (str(node[1]),)),
            titled,
            ("t", *heads),
            "time t (down) and position s (across)",
        )

    def worked(self, semiring: Semiring) -> Worked:
        """The lattice with the probabilities of its symbols."""
        return Worked(self.lattice, OfSymbols(self.lattice, self.outputs), semiring)

    def write_table(
        self, id: str, rows: Sequence[Sequence[Quantity]], *, only_in_full: bool = False
    ) -> None:
        """Write numbers by time (down) and symbol (across)."""
        times, heads = map(str, range(1, len(rows) + 1)), ("t", *self.inputs.symbols)
        write_table(self.working, id, heads, times, rows, only_in_full=only_in_full)


@record
class OfSymbols(Weights):
    """At each position what its symbol has at the time, such as its probability."""

    lattice: TargetLattice
    output: Callable[[int, str], Expression]

    def own(self, node: Node) -> Sequence[Expression]:
        return [self.output(node[0], self.lattice.symbol(node[1]))]


class Outputs:
    """What the model puts out: y_t(k) by time, from 1, and symbol.

    Given as they are, or worked out from logarithms (y = exp(q)) or logits (softmax).
    """

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
        return self.working.name(self.id(t, symbol), Symbol("y", (t,), (symbol,)), expression)

    def logarithm(self, t: int, symbol: str) -> Expression:
        """The natural logarithm of the probability of a symbol at a time."""
        probability = self(t, symbol)
        is_given = self.inputs.kind == "log_probs"
        return probability.definition.operands[0] if is_given else Log(probability)

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

    def name(self, t: int, letter: str, column: int) -> Symbol:
        """The symbol of something of a time and a column, from 1."""
        return Symbol(letter, (t,), (self.symbols[column - 1],))

    def keep(self, rows: Sequence[Sequence[Quantity]]) -> None:
        """Take these as the probabilities, by time and symbol."""
        for t, row in enumerate(rows, start=1):
            self._known |= {(t, k): each for k, each in zip(self.symbols, row, strict=True)}

    def sums(self) -> list[Decimal]:
        """What the probabilities of each time step sum to; of one, where all are the same."""
        if self.inputs.by_symbol is not None:
            return [sum(self.inputs.by_symbol.values(), Decimal(0))]
        if self.is_large and self.inputs.matrix.is_large:
            given = self.inputs.matrix.array()
            probabilities = np.exp(given) if self.inputs.kind == "log_probs" else given
            return [Decimal(repr(total)) for total in probabilities.sum(axis=1).tolist()]
        return [sum((self.value(t, k) for k in self.symbols), Decimal(0)) for t in self.times]

    def columns(self, used: Sequence[str]) -> dict[str, list[Decimal]]:
        """The probabilities of some symbols, one for each time, to about 17 digits, without
        making quantities of them."""
        if self.inputs.by_symbol is not None or self.inputs.kind == "rnn":
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
    def _log_softmax(self) -> Doubles:
        from lossclass.losses.ctc.vectorised import log_probabilities

        return log_probabilities(self.inputs)


def _exponential(logarithm: float) -> Decimal:
    """The exponential, also where a double of it would be 0 or lose digits."""
    if logarithm > _SMALLEST_EXPONENT:
        return Decimal(repr(math.exp(logarithm)))
    context = WORKING.copy()
    context.prec = _DIGITS
    return context.exp(Decimal(repr(logarithm)))

"""CTC over the alignments that the problem lists, with one probability for each symbol."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import Constant, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.errors import UsageError
from lossclass.losses.ctc.alignment import collapse
from lossclass.losses.ctc.alignments import WHAT_THEY_ARE, Alignments
from lossclass.losses.ctc.ending import (
    PROBABILITY,
    loss_value,
    minus_log,
    write_loss,
    write_other_loss,
)
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.outputs import given_by_symbol
from lossclass.working import Working


def value(inputs: Inputs) -> Any:
    """The loss in NumPy: logarithms of all factors at once, then log-sum-exp."""
    import numpy as np

    alignments = counted(inputs)
    longest = max(map(len, alignments), default=0)
    factors = np.ones((len(alignments), longest))  # a factor of 1 fills up the shorter ones
    known = inputs.by_symbol or {}
    for row, alignment in zip(factors, alignments, strict=True):
        row[: len(alignment)] = [float(known[symbol]) for symbol in alignment]
    with np.errstate(divide="ignore"):  # ln 0 is -inf, as it should be
        log_probability = np.logaddexp.reduce(np.log(factors).sum(axis=1), initial=-np.inf)
    return loss_value(-log_probability, inputs)


def counted(inputs: Inputs) -> list[tuple[str, ...]]:
    """The alignments of which the probabilities are added."""
    if inputs.alignments_counted == "listed":
        return list(inputs.listed)
    blank, target = inputs.blank_symbol, inputs.target_symbols
    return [each for each in inputs.listed if collapse(each, blank) == target]


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alignment.1`` …, ``probability``, ``loss``; where an alignment does not spell
    the target but counts, also ``valid.probability`` and ``valid.loss`` without it.

    Raises:
        UsageError: what was asked for needs a number of time steps.
    """
    _refuse_what_needs_time_steps(working)
    return _ListedAlignments(inputs, working).solve()


def _refuse_what_needs_time_steps(working: Working) -> None:
    needs = {
        "backward": (working.wanted.backward, "no α and no β"),
        "beam": (working.wanted.beam is not None, "no beam search"),
    }
    for name, (is_wanted, what) in needs.items():
        if is_wanted:
            raise UsageError(
                f"{name}: there is {what} over alignments that are listed; it takes a problem with "
                "time_steps, or with probabilities for each time step"
            )


class _ListedAlignments:
    """The working, with what all its parts refer to."""

    def __init__(self, inputs: Inputs, working: Working) -> None:
        self.inputs = inputs
        self.working = working
        counted = inputs.alignments_counted == "listed"
        self.symbols: dict[str, Quantity] = {}
        self.alignments = Alignments(
            inputs,
            working,
            lambda _, symbol: self.symbols[symbol],
            "It is counted all the same, because the exercise lists it."
            if counted
            else "It is not counted.",
        )
        self.target = self.alignments.target

    def solve(self) -> Sequence[Quantity]:
        self._given()
        self.working.section("The probability of each alignment")
        self.working.say(WHAT_THEY_ARE)
        steps = [
            self.alignments.write(number, alignment)
            for number, alignment in enumerate(self.inputs.listed, start=1)
        ]
        self.alignments.remark_on_the_list()
        valid = [
            step
            for step, alignment in zip(steps, self.inputs.listed, strict=True)
            if self.alignments.is_valid(alignment)
        ]
        counted = steps if self.inputs.alignments_counted == "listed" else valid
        answers = self._loss(counted)
        if counted != valid:
            self._what_if_valid(valid)
        return answers

    def _given(self) -> None:
        working, inputs = self.working, self.inputs
        working.section("Given")
        count = len(inputs.target_symbols)
        working.say(
            f"Target l = {self.target} ({count} label{'' if count == 1 else 's'}), blank "
            f"{inputs.blank_symbol}. The probabilities are the same at every time step."
        )
        probabilities = inputs.by_symbol or {}
        for symbol, probability in probabilities.items():
            self.symbols[symbol] = given_by_symbol(working, symbol, probability)
        working.table("given", "", ("symbol", "probability"), self.symbols.items())
        total = sum(probabilities.values(), Decimal(0))
        if not is_rounding(total - 1):
            working.remark(
                "probabilities-do-not-sum-to-one",
                f"These probabilities sum to {PLAIN.number(total.normalize())}, not to 1 as the "
                "outputs of a softmax do, so p(l|x) is no true probability. "
                "They are taken here as they were given.",
            )

    def _loss(self, counted: Sequence[Quantity]) -> Sequence[Quantity]:
        self.working.section("Their sum, and the loss")
        probability = self.working.step(
            "probability",
            PROBABILITY,
            Sum(*counted) if counted else Constant(0),
            title="The probability of the target: the sum over the alignments",
        )
        answers = write_loss(self.working, self.inputs, probability)
        self._remark_on_probability(probability)
        return answers

    def _remark_on_probability(self, probability: Quantity) -> None:
        size = self.working.values[probability.id]
        if size > 1:
            self.working.remark(
                "probability-above-one",
                "p(l|x) is above 1, which no probability is, and so "
                f"{minus_log(self.inputs)} is negative. That cannot happen with different alignments of one length and probabilities that "
                "sum to 1.",
                probability,
            )
        if not size:
            self.working.remark(
                "loss-is-infinite",
                "None of the alignments that count has a probability above 0, so p(l|x) = 0, and "
                f"{minus_log(self.inputs, '0')} = ∞.",
                probability,
            )

    def _what_if_valid(self, valid: Sequence[Quantity]) -> None:
        working = self.working
        working.section(f"If only the alignments that spell {self.target} counted")
        probability = working.step(
            "valid.probability",
            Symbol("p", ("valid",), (Symbol("l"), Symbol("x")), separator="|"),
            Sum(*valid) if valid else Constant(0),
            title="The sum without the other alignments",
        )
        loss = write_other_loss(working, self.inputs, "valid", probability)
        as_listed = -elementary.log(working.values["probability"], self.inputs.log_base)
        working.remark(
            "valid-alignments-only",
            f"Of the alignments listed, only those that collapse to {self.target} belong to its CTC "
            f"loss. With these alone, {minus_log(self.inputs)} is {working.text(loss)}; with all that are listed, as "
            f"the exercise has it, {working.text(as_listed)}. (The CTC loss of a network sums over "
            f"every alignment of {self.target} that is as long as its input, listed or not.)",
            loss,
        )

"""CTC over the alignments that the problem lists, with one probability for each symbol."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lossclass.arithmetic import elementary
from lossclass.arithmetic.expression import Constant, Log, Negative, Product, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import is_rounding
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._reduction import reduce_steps, reduce_values
from lossclass.losses.ctc.alignment import Spelling, collapse, merge_repeats
from lossclass.losses.ctc.inputs import Inputs
from lossclass.working import Working

_LOSS = Symbol("L")


def value(inputs: Inputs) -> Any:
    """The loss in NumPy: logarithms of all factors at once, then log-sum-exp."""
    import numpy as np

    counted = _counted(inputs)
    longest = max(map(len, counted), default=0)
    factors = np.ones((len(counted), longest))  # a factor of 1 fills up the shorter ones
    for row, alignment in zip(factors, counted, strict=True):
        row[: len(alignment)] = [float(inputs.probabilities[symbol]) for symbol in alignment]
    with np.errstate(divide="ignore"):  # ln 0 is -inf, as it should be
        log_probability = np.logaddexp.reduce(np.log(factors).sum(axis=1), initial=-np.inf)
    base = {"e": 1.0, "2": np.log(2.0), "10": np.log(10.0)}[inputs.log_base]
    return reduce_values(np.array([-log_probability / base]), inputs, "sum")


def _counted(inputs: Inputs) -> list[tuple[str, ...]]:
    if inputs.alignments_counted == "listed":
        return list(inputs.alignments)
    return [each for each in inputs.alignments if _is_valid(each, inputs)]


def _is_valid(alignment: tuple[str, ...], inputs: Inputs) -> bool:
    return collapse(alignment, inputs.blank) == inputs.target


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``alignment.1`` …, ``probability``, ``loss``; where an alignment does not spell
    the target but counts, also ``valid.probability`` and ``valid.loss`` without it."""
    return _ListedAlignments(inputs, working).solve()


class _ListedAlignments:
    """The working, with what all its parts refer to."""

    def __init__(self, inputs: Inputs, working: Working) -> None:
        self.inputs = inputs
        self.working = working
        self.spell = Spelling([*inputs.probabilities, *inputs.target, inputs.blank])
        self.target = self.spell(inputs.target)

    def solve(self) -> Sequence[Quantity]:
        symbols = self._given()
        self._alignments_section()
        steps = [
            self._alignment(number, alignment, symbols)
            for number, alignment in enumerate(self.inputs.alignments, start=1)
        ]
        self._remark_on_the_list()
        valid = [
            step
            for step, alignment in zip(steps, self.inputs.alignments, strict=True)
            if _is_valid(alignment, self.inputs)
        ]
        counted = steps if self.inputs.alignments_counted == "listed" else valid
        answers = self._loss(counted)
        if counted != valid:
            self._what_if_valid(valid)
        return answers

    def _given(self) -> dict[str, Quantity]:
        working, inputs = self.working, self.inputs
        working.section("Given")
        count = len(inputs.target)
        working.say(
            f"Target l = {self.target} ({count} label{'' if count == 1 else 's'}), "
            f"blank {self.spell([inputs.blank])}. The probabilities are the same at every time step."
        )
        symbols = {
            symbol: working.given(f"P({symbol})", Symbol("P", arguments=(symbol,)), probability)
            for symbol, probability in inputs.probabilities.items()
        }
        working.table("given", "", ("symbol", "probability"), symbols.items())
        total = sum(inputs.probabilities.values(), Decimal(0))
        if not is_rounding(total - 1):
            working.remark(
                "probabilities-do-not-sum-to-one",
                f"These probabilities sum to {PLAIN.number(total.normalize())}, not to 1 as the "
                "outputs of a softmax do, so p(l|x) is no true probability. "
                "They are taken here as they were given.",
            )
        return symbols

    def _alignments_section(self) -> None:
        self.working.section("The probability of each alignment")
        self.working.say(
            "An alignment names one symbol for every time step; its probability is the product of "
            "theirs. It collapses to what it spells: merge repeated symbols, then take out the "
            "blanks."
        )

    def _alignment(
        self, number: int, alignment: tuple[str, ...], symbols: dict[str, Quantity]
    ) -> Quantity:
        inputs, spell = self.inputs, self.spell
        spelt = spell(collapse(alignment, inputs.blank))
        valid = _is_valid(alignment, inputs)
        step = self.working.step(
            f"alignment.{number}",
            Symbol("P", arguments=(Symbol("π", (number,)),)),
            Product(*(symbols[symbol] for symbol in alignment)),
            title=f"Alignment {number}: {spell(alignment)}",
            why=f"Repeats merged: {spell(merge_repeats(alignment))}. "
            f"Blanks taken out: {spelt}, {'the target' if valid else 'not the target'}.",
        )
        if not valid:
            self._remark_on_spelling(alignment, spelt, step)
        return step

    def _remark_on_spelling(self, alignment: tuple[str, ...], spelt: str, step: Quantity) -> None:
        labels = tuple(symbol for symbol in alignment if symbol != self.inputs.blank)
        because = ""
        if labels == self.inputs.target:  # so only merging can have lost a label
            because = (
                ", because equal symbols side by side, with no blank between them, merge into one"
            )
        counted = (
            "It is counted all the same, because the exercise lists it."
            if self.inputs.alignments_counted == "listed"
            else "It is not counted."
        )
        self.working.remark(
            "alignment-collapses-elsewhere",
            f"{self.spell(alignment)} collapses to {spelt}, not to {self.target}{because}. {counted}",
            step,
        )

    def _remark_on_the_list(self) -> None:
        alignments = self.inputs.alignments
        lengths = [len(alignment) for alignment in alignments]
        if len(set(lengths)) > 1:
            self.working.remark(
                "alignments-of-different-lengths",
                f"The alignments have {_listed(lengths)} symbols. All alignments of one input have "
                "as many symbols as it has time steps, so these cannot all belong to the same x.",
            )
        for alignment in dict.fromkeys(alignments):
            if (times := alignments.count(alignment)) > 1:
                counts = self.inputs.alignments_counted == "listed" or _is_valid(
                    alignment, self.inputs
                )
                as_often = ", and counted as often" if counts else ""
                self.working.remark(
                    "alignment-listed-twice",
                    f"{self.spell(alignment)} is listed {times} times{as_often}.",
                )

    def _loss(self, counted: Sequence[Quantity]) -> Sequence[Quantity]:
        working, inputs = self.working, self.inputs
        working.section("Their sum, and the loss")
        probability = working.step(
            "probability",
            Symbol("p", arguments=(Symbol("l"), Symbol("x")), separator="|"),
            Sum(*counted) if counted else Constant(0),
            title="The probability of the target: the sum over the alignments",
        )
        negative_log = Negative(Log(probability, inputs.log_base))
        if inputs.weights is None and inputs.reduction != "none":
            answers = [
                working.step("loss", _LOSS, negative_log, title="The loss: minus its logarithm")
            ]
        else:
            loss = working.step("negative_log_likelihood.1", Symbol("ℓ", (1,)), negative_log)
            answers = reduce_steps(working, [loss], inputs, "sum")
        self._remark_on_probability(probability)
        return answers

    def _remark_on_probability(self, probability: Quantity) -> None:
        size = self.working.values[probability.id]
        if size > 1:
            self.working.remark(
                "probability-above-one",
                "p(l|x) is above 1, which no probability is, and so −ln p(l|x) is negative. That "
                "cannot happen with different alignments of one length and probabilities that "
                "sum to 1.",
                probability,
            )
        if not size:
            self.working.remark(
                "loss-is-infinite",
                "None of the alignments that count has a probability above 0, so p(l|x) = 0, and "
                "−ln 0 = ∞.",
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
        loss = working.step(
            "valid.loss",
            Symbol("L", ("valid",)),
            Negative(Log(probability, self.inputs.log_base)),
            title="The loss that this would be",
        )
        as_listed = -elementary.log(working.values["probability"], self.inputs.log_base)
        working.remark(
            "valid-alignments-only",
            f"Of the alignments listed, only those that collapse to {self.target} belong to its CTC "
            f"loss. With these alone, −ln p(l|x) is {working.text(loss)}; with all that are listed, as "
            f"the exercise has it, {working.text(as_listed)}. (The CTC loss of a network sums over "
            f"every alignment of {self.target} that is as long as its input, listed or not.)",
            loss,
        )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"

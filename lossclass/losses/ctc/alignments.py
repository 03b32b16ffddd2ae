"""Alignments as steps, each with what it collapses to; and what there is to say of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lossclass.arithmetic.expression import Product, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._spelling import Spelling
from lossclass.losses.ctc.alignment import collapse, merge_repeats
from lossclass.losses.ctc.inputs import Inputs
from lossclass.working import Working

WHAT_THEY_ARE = (
    "An alignment names one symbol for every time step; its probability is the product of theirs. "
    "It collapses to what it spells: merge repeated symbols, then take out the blanks."
)


class Alignments:
    """Writes alignments, and knows which of them spell the target.

    Args:
        output: the probability of a symbol at a time, from 1.
        elsewhere: what a remark says of one that spells something else.
    """

    def __init__(
        self,
        inputs: Inputs,
        working: Working,
        output: Callable[[int, str], Quantity],
        elsewhere: str,
    ) -> None:
        self.inputs = inputs
        self.working = working
        self.output = output
        self.elsewhere = elsewhere
        self.spell = Spelling([*inputs.symbols, inputs.blank_symbol])
        self.target = self.spell(inputs.target_symbols)

    def is_valid(self, alignment: Sequence[str]) -> bool:
        """Whether it collapses to the target."""
        return collapse(alignment, self.inputs.blank_symbol) == self.inputs.target_symbols

    def probability(
        self, id: str, symbol: Symbol, alignment: Sequence[str], *, title: str
    ) -> Quantity:
        """Write the product of an alignment's probabilities, and what it collapses to."""
        spelt = self.spell(collapse(alignment, self.inputs.blank_symbol))
        return self.working.step(
            id,
            symbol,
            Product(*(self.output(t, each) for t, each in enumerate(alignment, start=1))),
            title=title,
            why=f"Repeats merged: {self.spell(merge_repeats(alignment))}. Blanks taken out: {spelt}, "
            f"{'the target' if self.is_valid(alignment) else 'not the target'}.",
            tells=True,
        )

    def write(self, number: int, alignment: Sequence[str]) -> Quantity:
        """Write step ``alignment.number``."""
        step = self.probability(
            f"alignment.{number}",
            Symbol("P", arguments=(Symbol("π", (number,)),)),
            alignment,
            title=f"Alignment {number}: {self.spell(alignment)}",
        )
        if not self.is_valid(alignment):
            self._remark_on_spelling(alignment, step)
        return step

    def _remark_on_spelling(self, alignment: Sequence[str], step: Quantity) -> None:
        blank = self.inputs.blank_symbol
        because = ""
        if tuple(each for each in alignment if each != blank) == self.inputs.target_symbols:
            # So only merging can have lost a label.
            because = (
                ", because equal symbols side by side, with no blank between them, merge into one"
            )
        self.working.remark(
            "alignment-collapses-elsewhere",
            f"{self.spell(alignment)} collapses to {self.spell(collapse(alignment, blank))}, not to "
            f"{self.target}{because}. {self.elsewhere}",
            step,
        )

    def remark_on_the_list(self) -> None:
        """Say if those that the problem lists have different lengths, or one is there twice."""
        alignments = self.inputs.listed
        lengths = [len(alignment) for alignment in alignments]
        if len(set(lengths)) > 1:
            self.working.remark(
                "alignments-of-different-lengths",
                f"The alignments have {_listed(lengths)} symbols. All alignments of one input have "
                "as many symbols as it has time steps, so these cannot all belong to the same x.",
            )
        for alignment in dict.fromkeys(alignments):
            if (times := alignments.count(alignment)) > 1:
                counts = self.inputs.alignments_counted == "listed" or self.is_valid(alignment)
                as_often = ", and counted as often" if counts else ""
                often = "twice" if times == 2 else f"{times} times"
                self.working.remark(
                    "alignment-listed-twice",
                    f"{self.spell(alignment)} is listed {often}{as_often}.",
                )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"

"""Sequence loss: −Σₜ Σ_c y_t,c ln ŷ_t,c, the cross-entropies of all time steps together.

The model gives a distribution at every time step, and each is held against the label there. Over
several sequences of unequal lengths there are several averages; a problem says which one it
means. Source: the course's handout, which sums over time; its article averages over examples,
and over time as well where that is asked. Perplexity: Jurafsky and Martin, *Speech and Language
Processing*, chapter on n-gram language models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Quantity
from lossclass.losses._calls_how import How
from lossclass.losses.sequence_cross_entropy import averages
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.losses.shapes.classes import Distributions
from lossclass.losses.shapes.closed_forms import Shares
from lossclass.losses.shapes.cross_entropies import CrossEntropies
from lossclass.losses.shapes.labelled import Labelled
from lossclass.problem.arrays import Place
from lossclass.second_road import Doubles, np
from lossclass.slips import Slip
from lossclass.working import Working


class SequenceCrossEntropy(CrossEntropies):
    """−Σ y ln ŷ at every time step, and an average of them."""

    TITLE = "Sequence loss (cross-entropy over time)"
    FORMULA = "L = −Σₜ Σ_c y_t,c ln ŷ_t,c"
    ALIASES = ("sequence",)
    Inputs = SequenceKeys
    HEADING = "The cross-entropy of each time step"
    COLUMNS: ClassVar = {1: ("t",), 2: ("example", "t")}

    def called(self, place: Place) -> str:
        *example, time = place
        return f"time step {time}" + (f" of example {example[0]}" if example else "")

    def formula_of(self, inputs: SequenceKeys) -> str:
        if not inputs.has_examples:
            return super().formula_of(averages.over_time(inputs))
        term = self.term_formula(inputs, ("e", "t")).removeprefix("−")
        return ",  ".join([f"L = −{averages.formula(inputs)} {term}", *self.where(inputs)])

    def whose(self, inputs: SequenceKeys) -> list[tuple[str, Labelled]]:
        found = inputs.labelled
        return [(f" of example {first[0]}" if first else "", each) for first, each in found]

    def reduce(
        self, inputs: Any, working: Working, terms: Sequence[Quantity], counted: Sequence[Quantity]
    ) -> Sequence[Quantity]:
        """``example.e``, ``sum``, ``loss``, and ``mean_per_token`` and ``perplexity``."""
        if not inputs.has_examples:
            over_time = averages.over_time(inputs)
            answers = super().reduce(over_time, working, terms, counted)
        else:
            answers = averages.over_examples(working, terms, inputs)
        if inputs.class_weights is None and not inputs.label_smoothing:
            averages.perplexity(working, terms, inputs, answers[0])
        return answers

    def reduced(self, inputs: SequenceKeys, terms: Doubles, found: Distributions) -> Any:
        if not inputs.has_examples:
            return super().reduced(averages.over_time(inputs), terms, found)
        examples = np.array([example for example, _ in found.places], int) - 1
        sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
        if inputs.over_examples == "mean_over_tokens":
            return sums.sum() / lengths.sum()
        per_example = sums if inputs.over_time == "sum" else sums / lengths
        return per_example.mean() if inputs.over_examples == "mean" else per_example.sum()

    def shares(self, inputs: SequenceKeys, found: Distributions) -> Shares:
        if not inputs.has_examples:
            return super().shares(averages.over_time(inputs), found)
        return averages.shares_of_examples(inputs, found.places)

    def how(self, inputs: SequenceKeys, found: Distributions) -> How:
        if not inputs.has_examples:
            return super().how(averages.over_time(inputs), found)
        return averages.how_over_examples(inputs, found.places)

    def facts(self, inputs: SequenceKeys, found: Distributions) -> dict[str, Any]:
        every = sum(prod(each.shape) for _, each in inputs.labelled)
        batch = averages.means_of_a_batch(inputs, found) if inputs.has_examples else {}
        return {"left_out": every > len(found.places), "batch": bool(batch), **batch}

    def slips(self, inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
        return averages.slips(inputs, calculation)


LOSS = SequenceCrossEntropy()

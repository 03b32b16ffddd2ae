"""Sequence loss: −Σₜ Σ_c y_t,c ln ŷ_t,c, the cross-entropies of all time steps together.

The model gives a distribution at every time step, and each is held against the label there. Over
several sequences of unequal lengths there are several averages; a problem says which one it
means. Source: the course's handout, which sums over time; its article averages over examples,
and over time as well where that is asked. Perplexity: Jurafsky and Martin, *Speech and Language
Processing*, chapter on n-gram language models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import prod
from typing import Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, LogBase, Quantity, Sum, mean_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._calls import How
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.losses.shapes import observations
from lossclass.losses.shapes.classes import Distributions
from lossclass.losses.shapes.common_slips import averaging_slips, other_averages
from lossclass.losses.shapes.cross_entropies import CrossEntropies
from lossclass.losses.shapes.cross_entropy_slips import (
    cross_entropy_slips,
    losses_left_out,
    padding_slips,
)
from lossclass.losses.shapes.formulas import Shares
from lossclass.losses.shapes.reduction import write_loss, write_sum
from lossclass.problem.arrays import Place
from lossclass.second_road import Doubles, doubles, np
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
            return super().formula_of(_over_time(inputs))
        term = self.term_formula(inputs, ("e", "t")).removeprefix("−")
        over_time = "Σₜ" if inputs.over_time == "sum" else "(1/Tₑ) Σₜ"
        sums = {
            "sum": f"Σₑ {over_time}",
            "mean": f"(1/N) Σₑ {over_time}",
            "mean_over_tokens": "(1/n) Σₑ Σₜ",
        }[inputs.over_examples]
        return ",  ".join([f"L = −{sums} {term}", *self.where(inputs)])

    def whose(self, inputs: SequenceKeys) -> list[tuple[str, observations.Labelled]]:
        found = inputs.labelled
        return [(f" of example {first[0]}" if first else "", each) for first, each in found]

    def reduce(
        self, inputs: Any, working: Working, terms: Sequence[Quantity], counted: Sequence[Quantity]
    ) -> Sequence[Quantity]:
        """``example.e``, ``sum``, ``loss``, and ``mean_per_token`` and ``perplexity``."""
        if inputs.has_examples:
            answers: Sequence[Quantity] = _over_examples(working, terms, inputs)
        else:
            answers = super().reduce(_over_time(inputs), working, terms, counted)
        if inputs.class_weights is None and not inputs.label_smoothing:
            _perplexity(working, terms, inputs, answers[0])
        return answers

    def reduced(self, inputs: SequenceKeys, terms: Doubles, found: Distributions) -> Any:
        if not inputs.has_examples:
            return super().reduced(_over_time(inputs), terms, found)
        examples = np.array([example for example, _ in found.places], int) - 1
        sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
        if inputs.over_examples == "mean_over_tokens":
            return sums.sum() / lengths.sum()
        per_example = sums if inputs.over_time == "sum" else sums / lengths
        return per_example.mean() if inputs.over_examples == "mean" else per_example.sum()

    def shares(self, inputs: SequenceKeys, found: Distributions) -> Shares:
        if not inputs.has_examples:
            return super().shares(_over_time(inputs), found)
        return _shares_of_examples(inputs, found.places)

    def how(self, inputs: SequenceKeys, found: Distributions) -> How:
        """Of examples, all time steps in one row, with what each counts in the answer."""
        if not inputs.has_examples:
            return super().how(_over_time(inputs), found)
        if inputs.over_examples == "mean_over_tokens":
            return How("mean", (len(found.places),))
        weights = _shares_of_examples(inputs, found.places).factors
        return How("sum", weights.shape, None if (weights == 1).all() else weights)

    def facts(self, inputs: SequenceKeys, found: Distributions) -> dict[str, Any]:
        every = sum(prod(each.shape) for _, each in inputs.labelled)
        batch = _means_of_a_batch(inputs, found) if inputs.has_examples else {}
        return {"left_out": every > len(found.places), "batch": bool(batch), **batch}

    def slips(self, inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
        """The mistakes with cross-entropies, with what is averaged, and with what does not count."""
        yield from cross_entropy_slips(calculation, inputs.names, "time steps")
        terms = iter(calculation.all("term"))
        sequences = [[next(terms) for _ in each.counted] for _, each in inputs.labelled]
        if not inputs.has_examples:
            yield from averaging_slips(calculation, "time steps")
        else:
            asked = inputs.over_time, inputs.over_examples
            yield from other_averages(_averages(sequences), asked)
            yield from _averaged_twice(inputs, calculation, sequences)
        yield from _padding_counted(inputs, calculation, sequences)
        yield from _of_the_perplexity(calculation, inputs.log_base)


# --- from one loss for each time step to the answer --------------------------------------


def _over_time(inputs: SequenceKeys) -> SequenceKeys:
    """The same problem with its reduction over time under ``reduction``."""
    return inputs.model_copy(update={"reduction": inputs.reduction or inputs.over_time})


def _over_examples(
    working: Working, terms: Sequence[Quantity], inputs: SequenceKeys
) -> list[Quantity]:
    """Write the reduction of several sequences, and return the answer.

    Steps: ``example.e``, ``sum``, ``loss``.

    Args:
        terms: one for each time step that counts, indexed by example and time, in order.
    """
    time, examples = inputs.over_time, inputs.over_examples
    working.section("The loss of each example")
    grouped = [list(group) for _, group in groupby(terms, key=lambda term: term.symbol.index[0])]
    losses = [_example(working, number, each, time) for number, each in enumerate(grouped, start=1)]
    working.section("The loss")
    count = {"sum": 1, "mean": len(losses), "mean_over_tokens": len(terms)}[examples]
    total = write_sum(working, losses, "the examples", is_answer=count == 1)
    what = {
        "sum": "the sum of the examples' losses, as it is",
        "mean": f"the mean over the examples, the sum divided by {count}",
        "mean_over_tokens": f"the mean over all time steps that count, the sum divided by {count}",
    }[examples]
    expression = total if count == 1 else total / count
    answer = write_loss(working, expression, f"Here: {what}.", total)
    if len({len(each) for each in grouped}) > 1:
        longest = max(each.shape[0] for _, each in inputs.labelled)
        _remark_on_averages(working, grouped, (time, examples), longest, answer)
    return [answer]


def _shares_of_examples(inputs: SequenceKeys, places: Sequence[Place]) -> Shares:
    """How the answer changes with the loss of each time step that counts."""
    examples = [int(example) for example, _ in places]
    lengths, over = np.bincount(examples), inputs.over_examples
    divisors: dict[str, tuple[int | Doubles, str]] = {}
    if over == "mean_over_tokens" and len(examples) > 1:
        count = len(examples)
        divisors["n"] = count, f"divided by all n = {count} time steps that count"
    if over == "mean" and len(lengths) > 2:
        count = len(lengths) - 1
        divisors["N"] = count, f"divided by the number of examples, N = {count}"
    if inputs.over_time == "mean" and lengths.max() > 1:
        own = lengths[examples].astype(float)
        divisors["T"] = own, "divided by T, how many time steps of its example count"
    factors = np.ones(len(examples))
    for number, _ in divisors.values():
        factors = factors / number
    return Shares(factors, (), tuple(divisors), tuple(said for _, said in divisors.values()))


def _means_of_a_batch(inputs: SequenceKeys, found: Distributions) -> dict[str, str]:
    """The numbers that are all called the mean of a batch."""
    terms = observations.cross_entropies(
        doubles(found.targets), observations.log_probabilities(found, inputs.log_base)
    )
    examples = np.array([example for example, _ in found.places]) - 1
    sums, lengths = np.bincount(examples, weights=terms), np.bincount(examples)
    padded = len(sums) * max(each.shape[0] for _, each in inputs.labelled)
    means = {
        "over_steps": terms.mean(),
        "of_means": (sums / lengths).mean(),
        "padded": terms.sum() / padded,
        "of_sums": sums.mean(),
    }
    return {name: f"{mean:.6g}".replace("inf", "∞") for name, mean in means.items()}


def _example(working: Working, number: int, terms: Sequence[Quantity], time: str) -> Quantity:
    count = len(terms)
    total = Sum(*terms)
    steps = "1 time step that counts" if count == 1 else f"{count} time steps that count"
    return working.step(
        f"example.{number}",
        Symbol("L", (number,)),
        total if time == "sum" else total / count,
        title=f"Example {number}: the {time} over the {steps}",
        only_in_full=time == "sum" and count == 1,
    )


def _averages(
    sequences: Sequence[Sequence[Quantity]],
) -> dict[tuple[str, str], tuple[str, Expression]]:
    """What may be made of the losses of several sequences, by what is said over time and over them."""
    sums, means = [Sum(*each) for each in sequences], [mean_of(each) for each in sequences]
    every = [term for each in sequences for term in each]
    return {
        ("sum", "mean"): ("the mean of the sequences' sums", mean_of(sums)),
        ("mean", "mean"): ("the mean of the sequences' means", mean_of(means)),
        ("sum", "mean_over_tokens"): ("the mean over all time steps that count", mean_of(every)),
        ("sum", "sum"): ("the sum over all time steps", Sum(*sums)),
        ("mean", "sum"): ("the sum of the sequences' means", Sum(*means)),
    }


def _remark_on_averages(
    working: Working,
    examples: Sequence[Sequence[Quantity]],
    chosen: tuple[str, str],
    longest: int,
    answer: Quantity,
) -> None:
    averages, count = _averages(examples), len(examples)
    numbers = {way: each.value(working.values) for way, (_, each) in averages.items()}
    of_all = f"all {sum(map(len, examples))} time steps"
    names = {
        way: name.replace("all time steps that", f"{of_all} that")
        for way, (name, _) in averages.items()
    }
    names["sum", "sum"] = "the sum of the sequences' sums"
    listed = ", ".join(f"{names[way]} is {working.text(numbers[way])}" for way in [*names][:3])
    padded = working.text(numbers["sum", "sum"] / (count * longest))
    working.remark(
        "four-averages",
        "Not all sequences have the same number of time steps that count, so it can matter what is "
        f"averaged: {listed}. With every sequence padded to {longest} time steps and the padding "
        f"counted as well, as it should not be, the sum divided by {count} × {longest} is {padded}. "
        f"This problem asks for {names[chosen]}, {working.text(answer)}.",
        answer,
    )


def _perplexity(
    working: Working, terms: Sequence[Quantity], inputs: SequenceKeys, answer: Quantity
) -> None:
    """Write base ^ (mean of all terms): steps ``mean_per_token``, unless the loss is that mean,
    and ``perplexity``."""
    if inputs.has_examples:
        is_mean = inputs.over_examples == "mean_over_tokens"
        is_total = (inputs.over_time, inputs.over_examples) == ("sum", "sum")
    else:
        reduction, is_plain = inputs.reduction or inputs.over_time, inputs.weights is None
        is_mean = is_plain and reduction in ("mean", "weighted_mean", "mean_over_counted")
        is_total = is_plain and reduction == "sum"
    working.section("Perplexity")
    mean = answer
    if not is_mean:
        mean = working.step(
            "mean_per_token",
            Symbol("m"),
            (answer if is_total else Sum(*terms)) / len(terms),
            title="The mean over the time steps that count",
        )
    working.step(
        "perplexity",
        Symbol("PPL"),
        observations.raised(inputs.log_base, mean),
        title="The perplexity",
        why=f"{inputs.log_base} to the power of the mean loss of a time step. If the model gave each of k "
        "classes the probability 1/k, and one of them were true, it would be k.",
    )


# --- slips -------------------------------------------------------------------------------


def _averaged_twice(
    inputs: SequenceKeys, calculation: Calculation, sequences: list[list[Quantity]]
) -> Iterator[Slip]:
    """What is a mean over time or over the sequences already, divided by their number again."""
    count, loss = len(sequences), calculation.by_id["loss"].definition
    if count > 1 and inputs.over_examples != "sum":
        text = f"The mean is divided once more by the number of sequences, {count}."
        yield Slip("averaged-twice", text, {"loss": loss / count})
    if inputs.over_time == "mean" and inputs.over_examples != "mean_over_tokens":
        examples = zip(calculation.all("example"), sequences, strict=True)
        again = {each.id: each.definition / len(own) for each, own in examples if len(own) > 1}
        if again:
            text = "The mean over each sequence is divided once more by how many time steps it has."
            yield Slip("averaged-twice", text, again)


def _padding_counted(
    inputs: SequenceKeys, calculation: Calculation, sequences: list[list[Quantity]]
) -> Iterator[Slip]:
    """Time steps that do not count, counted: in what a mean is divided by, and their losses, too."""
    every = [each for _, each in inputs.labelled]
    lengths = [each.shape[0] for each in every]
    if lengths == [*map(len, sequences)]:
        return
    if not inputs.has_examples:
        yield from padding_slips(calculation, every[0], inputs.kind)
        return
    text = "It is divided by the number of all time steps, with those that do not count."
    if inputs.over_time == "mean" or inputs.over_examples == "mean_over_tokens":
        same = [max(lengths)] * len(lengths)
        yield Slip("padding-counted", text, _with_lengths(inputs, calculation, sequences, same))
    left_out = [losses_left_out(each, inputs.kind, inputs.log_base) for each in every]
    known = [more for more in left_out if more is not None]
    if len(known) == len(sequences):
        text = "The losses of the time steps that do not count are counted as well."
        all_ = [[*own, *more] for own, more in zip(sequences, known, strict=True)]
        yield Slip("padding-counted", text, _with_lengths(inputs, calculation, all_, lengths))


def _with_lengths(
    inputs: SequenceKeys,
    calculation: Calculation,
    sequences: Sequence[Sequence[Expression]],
    lengths: Sequence[int],
) -> dict[str, Expression]:
    """The loss of all terms, or that of each example, where sequences have these lengths."""
    if inputs.over_examples == "mean_over_tokens":
        return {"loss": Sum(*(term for each in sequences for term in each)) / sum(lengths)}
    return {
        example.id: Sum(*own) / (length if inputs.over_time == "mean" else 1)
        for example, own, length in zip(calculation.all("example"), sequences, lengths, strict=True)
    }


def _of_the_perplexity(calculation: Calculation, base: LogBase) -> Iterator[Slip]:
    """The mistakes in a perplexity that is asked."""
    if "perplexity" not in calculation.by_id:
        return
    (mean,) = calculation.uses["perplexity"]
    terms, loss = calculation.all("term"), calculation.by_id.get("loss")
    name, count = PLAIN.symbol(mean.symbol), len(terms)

    def alone(code: str, text: str, new: Expression) -> Slip:
        return Slip(code, text, {"perplexity": new}, "perplexity")

    text = f"This is the mean loss {name}; the perplexity is {base} to the power of it."
    yield alone("loss-for-perplexity", text, mean)
    if loss is not None and mean.id != "loss":
        text = f"This is the loss; the perplexity is {base} to the power of the mean loss {name}."
        yield alone("loss-for-perplexity", text, loss)
    other: LogBase = "2" if base == "e" else "e"
    text = f"{other} is raised to a mean of logarithms to base {base}; {base} belongs there."
    yield alone("perplexity-base-mixed", text, observations.raised(other, mean))
    for divided, off in ((count - 1, "few"), (count + 1, "many")):
        if count > 1 and divided > 1:  # divided by 1, it is the sum
            text = f"The mean is divided by {divided}, one token too {off}: {count} of them count."
            other_mean = Sum(*terms) / divided
            yield Slip("perplexity-off-by-one-token", text, {mean.id: other_mean})
            yield alone("perplexity-off-by-one-token", text, observations.raised(base, other_mean))


LOSS = SequenceCrossEntropy()

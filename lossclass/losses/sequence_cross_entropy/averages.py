"""From one loss per time step to the answer: over time, over examples, and the perplexity."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._calls_how import How
from lossclass.losses._logarithms import Doubles, doubles
from lossclass.losses._softmax import Index
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.losses.shapes.closed_forms import Shares
from lossclass.losses.shapes.observations import cross_entropies, log_probabilities, raised
from lossclass.losses.shapes.reduction import write_loss, write_sum
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import Distributions


def over_time(inputs: SequenceKeys) -> SequenceKeys:
    """The same problem with its reduction over time under ``reduction``."""
    return inputs.model_copy(update={"reduction": inputs.reduction or inputs.over_time})


def formula(inputs: SequenceKeys) -> str:
    """What stands before the cross-entropy of time step t of example e, as a formula."""
    over_time = "Σₜ" if inputs.over_time == "sum" else "(1/Tₑ) Σₜ"
    return {
        "sum": f"Σₑ {over_time}",
        "mean": f"(1/N) Σₑ {over_time}",
        "mean_over_tokens": "(1/n) Σₑ Σₜ",
    }[inputs.over_examples]


def over_examples(
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


def shares_of_examples(inputs: SequenceKeys, places: Sequence[Index]) -> Shares:
    """How the answer changes with the loss of each time step that counts."""
    import numpy as np

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


def how_over_examples(inputs: SequenceKeys, places: Sequence[Index]) -> How:
    """All time steps in one row, with what each counts in the answer."""
    if inputs.over_examples == "mean_over_tokens":
        return How("mean", (len(places),))
    weights = shares_of_examples(inputs, places).factors
    return How("sum", weights.shape, None if (weights == 1).all() else weights)


def means_of_a_batch(inputs: SequenceKeys, found: Distributions) -> dict[str, str]:
    """The numbers that are all called the mean of a batch."""
    import numpy as np

    terms = cross_entropies(doubles(found.targets), log_probabilities(found, inputs.log_base))
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


def _remark_on_averages(
    working: Working,
    examples: Sequence[Sequence[Quantity]],
    chosen: tuple[str, str],
    longest: int,
    answer: Quantity,
) -> None:
    sums = [sum((working.values[term.id] for term in each), Decimal(0)) for each in examples]
    lengths = [len(each) for each in examples]
    means = [total / length for total, length in zip(sums, lengths, strict=True)]
    count, total = len(examples), sum(sums, Decimal(0))
    averages = {
        ("sum", "mean"): ("the mean of the sequences' sums", total / count),
        ("mean", "mean"): ("the mean of the sequences' means", sum(means, Decimal(0)) / count),
        ("sum", "mean_over_tokens"): (
            f"the mean over all {sum(lengths)} time steps that count",
            total / sum(lengths),
        ),
    }
    sums_of = {"sum": "the sum of the sequences' sums", "mean": "the sum of the sequences' means"}
    asked = averages[chosen][0] if chosen in averages else sums_of[chosen[0]]
    listed = ", ".join(f"{name} is {working.text(value)}" for name, value in averages.values())
    padded = working.text(total / (count * longest))
    working.remark(
        "four-averages",
        "Not all sequences have the same number of time steps that count, so it can matter what is "
        f"averaged: {listed}. With every sequence padded to {longest} time steps and the padding "
        f"counted as well, as it should not be, the sum divided by {count} × {longest} is {padded}. "
        f"This problem asks for {asked}, {working.text(answer)}.",
        answer,
    )


def perplexity(
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
        raised(inputs.log_base, mean),
        title="The perplexity",
        why=f"{inputs.log_base} to the power of the mean loss of a time step. If the model gave each of k "
        "classes the probability 1/k, and one of them were true, it would be k.",
    )

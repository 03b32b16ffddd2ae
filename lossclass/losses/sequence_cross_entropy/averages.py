"""From one loss per time step to the answer: over time, over examples, and the perplexity."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.shapes.closed_forms import Shares
from lossclass.losses.shapes.reduction import reduce_steps, sum_of_weights
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOSS = Symbol("L")


def over_time(
    working: Working,
    terms: Sequence[Quantity],
    inputs: ProblemKeys,
) -> list[Quantity]:
    """Write the reduction of one sequence and its perplexity, and return the answer or answers.

    Steps: ``weighted.t`` where there are weights, ``sum``, ``weight_sum`` for the weighted mean,
    ``loss``, or ``loss.t`` for none; then those of :func:`_perplexity`.

    Args:
        terms: one for each time step that counts, with the number of the time step as index.
        inputs: with a reduction, and weights for these time steps alone, if it has any.
    """
    numbers = [_number(term) for term in terms]
    is_numbered = inputs.weights is not None or inputs.reduction == "none"
    if is_numbered and numbers != [*range(1, len(terms) + 1)]:
        answers = _reduced_with_gaps(working, terms, inputs)
    else:
        answers = reduce_steps(working, terms, inputs, "sum", letter="t")
    plain = answers[0] if inputs.weights is None else None
    _perplexity(
        working,
        terms,
        inputs,
        mean=plain if inputs.reduction in ("mean", "weighted_mean") else None,
        total=plain if inputs.reduction == "sum" else None,
    )
    return answers


def _number(term: Quantity) -> int:
    """The number of a term's time step."""
    return int(term.symbol.index[-1])


def _reduced_with_gaps(
    working: Working,
    terms: Sequence[Quantity],
    inputs: ProblemKeys,
) -> list[Quantity]:
    """Write what depends on the numbers of the time steps where some of them do not count: the
    weights, and one loss for each."""
    working.section("The loss")
    losses, given = list(terms), list[Quantity]()
    for position, (term, weight) in enumerate(zip(terms, inputs.weights or (), strict=False)):
        t = _number(term)
        given.append(working.given(f"weight.{t}", Symbol("w", (t,)), weight))
        weighted = Product(given[-1], term)
        losses[position] = working.step(f"weighted.{t}", Symbol("v", (t,)), weighted)
    if inputs.reduction == "none":
        return [
            working.step(f"loss.{t}", Symbol("L", (t,)), loss, title=f"The loss, t = {t}")
            for t, loss in zip(map(_number, terms), losses, strict=True)
        ]
    expression: Expression = working.step("sum", Symbol("S"), Sum(*losses), title="The sum over t")
    why = "the sum of the weighted losses, as it is"
    if inputs.reduction == "mean":
        expression = Quotient(expression, Constant(len(losses)))
        why = f"the sum of the weighted losses, divided by {len(losses)}"
    elif inputs.reduction == "weighted_mean":
        symbol = Symbol(sum_of_weights(working))
        total = working.step("weight_sum", symbol, Sum(*given), title="The sum of the weights")
        expression = Quotient(expression, total)
        why = "the weighted mean, Σ w ℓ divided by Σ w"
    return [working.step("loss", _LOSS, expression, title="The loss", why=f"Here: {why}.")]


def over_examples(
    working: Working,
    terms: Sequence[Quantity],
    inputs: ProblemKeys,
    *,
    time: str,
    examples: str,
    longest: int,
) -> list[Quantity]:
    """Write the reduction of several sequences and their perplexity, and return the answer.

    Steps: ``example.e``, ``sum``, ``loss``, and those of :func:`_perplexity`.

    Args:
        terms: one for each time step that counts, indexed by example and time, in order.
        time: ``sum`` or ``mean``.
        examples: ``mean``, ``sum`` or ``mean_over_tokens``.
        longest: how many time steps the longest sequence has, those that do not count and all.
    """
    working.section("The loss of each example")
    grouped = [list(group) for _, group in groupby(terms, key=lambda term: term.symbol.index[0])]
    losses = [_example(working, number, each, time) for number, each in enumerate(grouped, start=1)]
    working.section("The loss")
    total = working.step("sum", Symbol("S"), Sum(*losses), title="The sum over the examples")
    divided, why = {
        "sum": (total, "the sum of the examples' losses, as it is"),
        "mean": (
            Quotient(total, Constant(len(losses))),
            f"the mean over the examples, the sum divided by {len(losses)}",
        ),
        "mean_over_tokens": (
            Quotient(total, Constant(len(terms))),
            f"the mean over all time steps that count, the sum divided by {len(terms)}",
        ),
    }[examples]
    answer = working.step("loss", _LOSS, divided, title="The loss", why=f"Here: {why}.")
    if len({len(each) for each in grouped}) > 1:
        _remark_on_averages(working, grouped, (time, examples), longest, answer)
    _perplexity(
        working,
        terms,
        inputs,
        mean=answer if examples == "mean_over_tokens" else None,
        total=answer if (time, examples) == ("sum", "sum") else None,
    )
    return [answer]


def shares_of_examples(examples: Sequence[int], time: str, over: str) -> Shares:
    """How the answer changes with the loss of each time step that counts.

    Args:
        examples: the number of the example of each, from 1.
        time: ``sum`` or ``mean``.
        over: ``mean``, ``sum`` or ``mean_over_tokens``.
    """
    import numpy as np

    lengths = np.bincount(examples)
    divisors: dict[str, tuple[float | NDArray[np.float64], str]] = {}
    if over == "mean_over_tokens" and len(examples) > 1:
        count = len(examples)
        divisors["n"] = count, f"divided by all n = {count} time steps that count"
    if over == "mean" and len(lengths) > 2:
        count = len(lengths) - 1
        divisors["N"] = count, f"divided by the number of examples, N = {count}"
    if time == "mean" and lengths.max() > 1:
        own = lengths[examples].astype(float)
        divisors["T"] = own, "divided by T, how many time steps of its example count"
    factors = np.ones(len(examples))
    for number, _ in divisors.values():
        factors = factors / number
    return Shares(factors, (), tuple(divisors), tuple(said for _, said in divisors.values()))


def _example(working: Working, number: int, terms: Sequence[Quantity], time: str) -> Quantity:
    count = len(terms)
    total = Sum(*terms)
    steps = "1 time step that counts" if count == 1 else f"{count} time steps that count"
    return working.step(
        f"example.{number}",
        Symbol("L", (number,)),
        total if time == "sum" else Quotient(total, Constant(count)),
        title=f"Example {number}: the {time} over the {steps}",
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


def _perplexity(
    working: Working,
    terms: Sequence[Quantity],
    inputs: ProblemKeys,
    *,
    mean: Quantity | None,
    total: Quantity | None,
) -> None:
    """Write base ^ (mean of all terms): steps ``mean_per_token``, unless the loss is that mean,
    and ``perplexity``.

    Args:
        mean: the loss, if it is the plain mean of the terms.
        total: the loss, if it is their plain sum.
    """
    working.section("Perplexity")
    if mean is None:
        mean = working.step(
            "mean_per_token",
            Symbol("m"),
            Quotient(total or Sum(*terms), Constant(len(terms))),
            title="The mean over the time steps that count",
        )
    base = inputs.log_base
    power: Expression = Exp(mean) if base == "e" else Power(Constant(base), mean)
    working.step(
        "perplexity",
        Symbol("PPL"),
        power,
        title="The perplexity",
        why=f"{base} to the power of the mean loss of a time step. If the model gave each of k "
        "classes the probability 1/k, and one of them were true, it would be k.",
    )

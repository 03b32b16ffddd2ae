"""The mistakes that people make with cross-entropies over time, and over several sequences."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Constant, Expression, Quantity, Quotient, Sum
from lossclass.losses._slips_averages import averaging_slips, perplexity_slips
from lossclass.losses._slips_cross_entropy import cross_entropy_slips
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.slips import Slip


def slips(inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with cross-entropies, with what is averaged, and with what does not count."""
    yield from cross_entropy_slips(calculation, inputs.names, "time steps")
    if not inputs.has_examples:
        yield from averaging_slips(calculation, "time steps")
    else:
        yield from _other_averages(inputs, calculation)
        yield from _averaged_twice(inputs, calculation)
    yield from _padding_counted(inputs, calculation)
    yield from perplexity_slips(calculation, inputs.log_base)


def _averaged_twice(inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """What is a mean over time or over the sequences already, divided by their number again."""
    sequences, loss = len(inputs.labelled), calculation.by_id["loss"].definition
    if sequences > 1 and inputs.over_examples != "sum":
        text = f"The mean is divided once more by the number of sequences, {sequences}."
        yield Slip("averaged-twice", text, {"loss": Quotient(loss, Constant(sequences))})
    if inputs.over_time == "mean" and inputs.over_examples != "mean_over_tokens":
        terms = zip(calculation.all("example"), _terms(inputs, calculation), strict=True)
        again = {
            each.id: Quotient(each.definition, Constant(len(own)))
            for each, own in terms
            if len(own) > 1
        }
        if again:
            text = "The mean over each sequence is divided once more by how many time steps it has."
            yield Slip("averaged-twice", text, {**again})


def _other_averages(inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """What else may be made of the losses of several sequences."""
    terms = _terms(inputs, calculation)
    sums = [Sum(*each) for each in terms]
    means = [Quotient(total, Constant(len(total.operands))) for total in sums]
    tokens = Constant(sum(map(len, terms)))
    count = Constant(len(terms))
    averages: dict[tuple[str, str], tuple[str, Expression]] = {
        ("sum", "mean"): ("the mean of the sequences' sums", Quotient(Sum(*sums), count)),
        ("mean", "mean"): ("the mean of the sequences' means", Quotient(Sum(*means), count)),
        ("sum", "mean_over_tokens"): (
            "the mean over all time steps that count",
            Quotient(Sum(*sums), tokens),
        ),
        ("sum", "sum"): ("the sum over all time steps", Sum(*sums)),
        ("mean", "sum"): ("the sum of the sequences' means", Sum(*means)),
    }
    asked = inputs.over_time, inputs.over_examples
    for kind, (name, expression) in averages.items():
        if kind != asked:
            text = f"This is {name}; here it is {averages[asked][0]}."
            yield Slip("other-average", text, {"loss": expression})


def _terms(inputs: SequenceKeys, calculation: Calculation) -> list[list[Quantity]]:
    """The cross-entropies of each sequence."""
    found = iter(calculation.all("term"))
    return [[next(found) for _ in each.counted] for _, each in inputs.labelled]


def _padding_counted(inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """A mean that is divided by the time steps that do not count as well."""
    sequences = [each for _, each in inputs.labelled]
    if all(len(each.counted) == each.shape[0] for each in sequences):
        return
    terms = _terms(inputs, calculation)
    longest = max(each.shape[0] for each in sequences)
    changed: dict[str, Expression] = {}
    if not inputs.has_examples:
        if (inputs.reduction or inputs.over_time) == "mean":
            above = calculation.by_id["loss"].definition.operands[0]
            changed["loss"] = Quotient(above, Constant(longest))
    elif inputs.over_examples == "mean_over_tokens":
        every = Sum(*(term for each in terms for term in each))
        changed["loss"] = Quotient(every, Constant(longest * len(sequences)))
    elif inputs.over_time == "mean":
        for each, own in zip(calculation.all("example"), terms, strict=True):
            changed[each.id] = Quotient(Sum(*own), Constant(longest))
    if changed:
        text = "The time steps that do not count are counted in what it is divided by."
        yield Slip("padding-counted", text, {**changed})

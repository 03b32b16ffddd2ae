"""The mistakes that people make with cross-entropies over time, and over several sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Expression, Quantity, Quotient, Sum
from lossclass.losses._slips import OwnSlip, Reworking
from lossclass.losses._slips_cross_entropy import cross_entropy_slips
from lossclass.losses.sequence_cross_entropy.inputs import Inputs


def slips(
    inputs: Inputs, calculation: Sequence[Quantity], values: Mapping[str, Decimal]
) -> Iterator[OwnSlip]:
    """The mistakes with cross-entropies, with what is averaged, and with what does not count."""
    rework = Reworking(calculation, values)
    yield from cross_entropy_slips(rework, inputs.sequences[0].names)
    if inputs.examples is not None:
        yield from _other_averages(inputs, rework)
    yield from _padding_counted(inputs, rework)


def _other_averages(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """What else may be made of the losses of several sequences."""
    terms = _terms(inputs, rework)
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
            yield from rework.slip("other-average", text, {"loss": expression})


def _terms(inputs: Inputs, rework: Reworking) -> list[list[Quantity]]:
    """The cross-entropies of each sequence."""
    found = iter(rework.all("term"))
    return [[next(found) for _ in each.counted] for each in inputs.sequences]


def _padding_counted(inputs: Inputs, rework: Reworking) -> Iterator[OwnSlip]:
    """A mean that is divided by the time steps that do not count as well."""
    sequences = inputs.sequences
    if all(len(each.counted) == len(each.predictions) for each in sequences):
        return
    terms = _terms(inputs, rework)
    longest = max(len(each.predictions) for each in sequences)
    changed: dict[str, Expression] = {}
    if inputs.examples is None:
        if (inputs.reduction or inputs.over_time) == "mean":
            above = rework.quantities["loss"].definition.operands[0]
            changed["loss"] = Quotient(above, Constant(longest))
    elif inputs.over_examples == "mean_over_tokens":
        every = Sum(*(term for each in terms for term in each))
        changed["loss"] = Quotient(every, Constant(longest * len(sequences)))
    elif inputs.over_time == "mean":
        for each, own in zip(rework.all("example"), terms, strict=True):
            changed[each.id] = Quotient(Sum(*own), Constant(longest))
    if changed:
        text = "The time steps that do not count are counted in what it is divided by."
        yield from rework.slip("padding-counted", text, {**changed})

"""The mistakes that people make with cross-entropies over time, and over several sequences."""

from __future__ import annotations

from collections.abc import Iterator

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Expression, LogBase, Quantity, Sum, mean_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.losses.sequence_cross_entropy.inputs import SequenceKeys
from lossclass.losses.shapes.common_slips import averaging_slips, other_averages
from lossclass.losses.shapes.cross_entropy_slips import cross_entropy_slips
from lossclass.losses.shapes.observations import raised
from lossclass.slips import Slip


def slips(inputs: SequenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with cross-entropies, with what is averaged, and with what does not count."""
    yield from cross_entropy_slips(calculation, inputs.names, "time steps")
    terms = iter(calculation.all("term"))
    sequences = [[next(terms) for _ in each.counted] for _, each in inputs.labelled]
    if not inputs.has_examples:
        yield from averaging_slips(calculation, "time steps")
    else:
        yield from _other_averages(inputs, sequences)
        yield from _averaged_twice(inputs, calculation, sequences)
    yield from _padding_counted(inputs, calculation, sequences)
    yield from _of_the_perplexity(calculation, inputs.log_base)


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


def _other_averages(inputs: SequenceKeys, sequences: list[list[Quantity]]) -> Iterator[Slip]:
    """What else may be made of the losses of several sequences."""
    sums, means = [Sum(*each) for each in sequences], [mean_of(each) for each in sequences]
    every = [term for each in sequences for term in each]
    averages: dict[tuple[str, str], tuple[str, Expression]] = {
        ("sum", "mean"): ("the mean of the sequences' sums", mean_of(sums)),
        ("mean", "mean"): ("the mean of the sequences' means", mean_of(means)),
        ("sum", "mean_over_tokens"): ("the mean over all time steps that count", mean_of(every)),
        ("sum", "sum"): ("the sum over all time steps", Sum(*sums)),
        ("mean", "sum"): ("the sum of the sequences' means", Sum(*means)),
    }
    return other_averages(averages, (inputs.over_time, inputs.over_examples))


def _padding_counted(
    inputs: SequenceKeys, calculation: Calculation, sequences: list[list[Quantity]]
) -> Iterator[Slip]:
    """A mean that is divided by the time steps that do not count as well."""
    lengths = [each.shape[0] for _, each in inputs.labelled]
    if lengths == [*map(len, sequences)]:
        return
    longest = max(lengths)
    changed: dict[str, Expression] = {}
    if not inputs.has_examples:
        if (inputs.reduction or inputs.over_time) == "mean":
            changed["loss"] = calculation.by_id["loss"].definition.operands[0] / longest
    elif inputs.over_examples == "mean_over_tokens":
        every = Sum(*(term for each in sequences for term in each))
        changed["loss"] = every / (longest * len(sequences))
    elif inputs.over_time == "mean":
        for each, own in zip(calculation.all("example"), sequences, strict=True):
            changed[each.id] = Sum(*own) / longest
    if changed:
        text = "The time steps that do not count are counted in what it is divided by."
        yield Slip("padding-counted", text, changed)


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
    yield alone("perplexity-base-mixed", text, raised(other, mean))
    for divided, off in ((count - 1, "few"), (count + 1, "many")):
        if count > 1 and divided > 1:  # divided by 1, it is the sum
            text = f"The mean is divided by {divided}, one token too {off}: {count} of them count."
            other_mean = Sum(*terms) / divided
            yield Slip("perplexity-off-by-one-token", text, {mean.id: other_mean})
            yield alone("perplexity-off-by-one-token", text, raised(base, other_mean))

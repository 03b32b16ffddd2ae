"""The mistakes in what the losses of observations are averaged over, and with what weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    LogBase,
    Negative,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.slips import Slip


def averaging_slips(calculation: Calculation, what: str = "observations") -> Iterator[Slip]:
    """Another divisor than the one that is asked; none where there is no single loss.

    Args:
        what: what is averaged over.
    """
    loss, terms = calculation.by_id.get("loss"), calculation.all("term")
    if loss is None or len(terms) < 2:
        return
    below = divisor(loss.definition)
    yield from _with_weights(calculation, loss, below, what)
    if below is not None:
        text = f"The mean is divided once more by the number of {what}, {len(terms)}."
        twice = Quotient(loss.definition, Constant(len(terms)))
        yield Slip("averaged-twice", text, {"loss": twice})


def divisor(definition: Expression) -> Expression | None:
    """What a mean is divided by, behind a factor or a minus; None for a sum."""
    if isinstance(definition, Quotient):
        return definition.operands[1]
    found = (divisor(each) for each in definition.operands)
    return next((each for each in found if each is not None), None)


def _divided_by(loss: Quantity, below: Expression | None, other: Expression) -> Expression:
    above = loss.definition if below is None else Product(loss.definition, below)
    return Quotient(above, other)


def _with_weights(
    calculation: Calculation, loss: Quantity, below: Expression | None, what: str
) -> Iterator[Slip]:
    weights = _weights(calculation)
    counted = _counted(calculation)
    if not counted:
        return
    is_weighted = isinstance(below, Quantity)
    count = len(counted)
    total = Sum(*counted)
    sum_of_weights = total.value(calculation.values)
    if sum_of_weights and not is_weighted:
        other = _divided_by(loss, below, total)
        if below is None:
            text = (
                "This is the weighted mean, divided by the sum of the weights; here it is the sum."
            )
            yield Slip("mean-for-sum", text, {"loss": other})
        else:
            text = (
                f"It is divided by the sum of the weights; here by the number of {what}, {count}."
            )
            yield Slip("weighted-mean-for-mean", text, {"loss": other})
    nonzero = sum(bool(each.value(calculation.values)) for each in weights)
    if below is not None and 0 < nonzero < count and nonzero != sum_of_weights:
        right = f"by the number of {what}, {count}"
        if is_weighted:
            right = f"by the sum of the weights, {PLAIN.number(sum_of_weights)}"
        text = (
            f"It is divided by how many weights are not 0, {nonzero}; here it is divided {right}."
        )
        other = _divided_by(loss, below, Constant(nonzero))
        yield Slip("divided-by-nonzero-weights", text, {"loss": other})


def _weights(calculation: Calculation) -> list[Expression]:
    """The weight of each loss."""
    return [each.definition.operands[0] for each in calculation.all("weighted")]


def _counted(calculation: Calculation) -> Sequence[Expression]:
    """How much each observation counts: its weight, and that of its true class."""
    weights = _weights(calculation)
    of_classes = calculation.all("given.class_weight")
    if not of_classes:
        return weights
    true, terms = calculation.all("given.y_true"), calculation.all("term")
    own: list[Expression] = []
    for n in range(len(terms)):
        shares: Sequence[Expression] = true[n * len(of_classes) : (n + 1) * len(of_classes)]
        if len(true) == len(terms):  # two outcomes, of which y is the second
            shares = [Sum(Constant(1), Negative(true[n])), true[n]]
        own.append(Sum(*(Product(k, y) for k, y in zip(of_classes, shares, strict=True))))
    if not weights:
        return own
    return [Product(*both) for both in zip(weights, own, strict=True)]


def class_averaging_slips(
    calculation: Calculation, classes: int, what: str = "observations"
) -> Iterator[Slip]:
    """The number of classes among what is divided by."""
    loss, terms = calculation.by_id.get("loss"), calculation.all("term")
    if classes < 2:
        return
    below, count = None if loss is None else divisor(loss.definition), len(terms)
    if (
        below is not None or count != classes
    ):  # which is rather the mean over these in a sum's place
        text = f"It is divided by the number of classes, {classes}, as well: over the classes, it is a sum."
        of_each = {each.id: Quotient(each.definition, Constant(classes)) for each in terms}
        yield Slip("divided-by-classes", text, {**of_each})
    if loss is None or count < 2:
        return
    if below is None:
        text = f"This is the mean over all {count * classes} products, {classes} for each of the {what}; "
        mean = Quotient(loss.definition, Constant(count * classes))
        yield Slip("divided-by-classes", f"{text}here it is the sum.", {"loss": mean})
    elif (
        isinstance(below, Constant)
        and below.number == count != classes
        and not calculation.all("example")  # over time and sequences, there are averages enough
    ):
        text = f"It is divided by the number of classes, {classes}; here by the number of {what}, {count}."
        other = _divided_by(loss, below, Constant(classes))
        yield Slip("mean-over-wrong-axis", text, {"loss": other})


# --- perplexity --------------------------------------------------------------------------


def raised(base: LogBase, exponent: Expression) -> Expression:
    """The base of a logarithm to a power."""
    return Exp(exponent) if base == "e" else Power(Constant(base), exponent)


def perplexity_for_loss(calculation: Calculation, base: LogBase) -> Iterator[Slip]:
    """The perplexity in the place of the loss."""
    terms = calculation.all("term")
    if "loss" not in calculation.by_id or not terms:
        return
    mean = Quotient(Sum(*terms), Constant(len(terms)))
    changed: dict[str, Expression] = {"loss": raised(base, mean)}
    # whoever has the perplexity for the loss has it for the perplexity as well
    if "perplexity" in calculation.by_id:
        changed["perplexity"] = Constant(calculation.values["perplexity"])
    exponent = "loss" if len(terms) == 1 else "mean loss"
    text = (
        f"This is the perplexity, {base} to the power of the {exponent}; the loss itself is asked."
    )
    yield Slip("perplexity-for-loss", text, {**changed})


def perplexity_slips(calculation: Calculation, base: LogBase) -> Iterator[Slip]:
    """The mistakes in a perplexity that is asked."""
    perplexity, terms = calculation.by_id.get("perplexity"), calculation.all("term")
    if perplexity is None:
        return
    (mean,) = calculation.uses["perplexity"]
    name = PLAIN.symbol(mean.symbol)
    text = f"This is the mean loss {name}; the perplexity is {base} to the power of it."
    yield Slip("loss-for-perplexity", text, {"perplexity": mean}, "perplexity")
    if "loss" in calculation.by_id and mean.id != "loss":
        text = f"This is the loss; the perplexity is {base} to the power of the mean loss {name}."
        loss = calculation.by_id["loss"]
        yield Slip("loss-for-perplexity", text, {"perplexity": loss}, "perplexity")
    other: LogBase = "2" if base == "e" else "e"
    text = f"{other} is raised to a mean of logarithms to base {base}; {base} belongs there."
    mixed = {"perplexity": raised(other, mean)}
    yield Slip("perplexity-base-mixed", text, {**mixed}, "perplexity")
    count = len(terms)
    for divided in (count - 1, count + 1):
        if count > 1 and divided > 1:  # divided by 1, it is the sum
            text = f"The mean is divided by {divided}, one token too "
            text += f"{'few' if divided < count else 'many'}: {count} of them count."
            off = Quotient(Sum(*terms), Constant(divided))
            yield Slip("perplexity-off-by-one-token", text, {mean.id: off})
            alone = {"perplexity": raised(base, off)}
            yield Slip("perplexity-off-by-one-token", text, {**alone}, "perplexity")

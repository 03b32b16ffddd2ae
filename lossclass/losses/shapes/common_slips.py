"""The mistakes that belong to what many losses share: weights, a softmax, a sigmoid, an average."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TypeVar

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Product,
    Quantity,
    Quotient,
    Sigmoid,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.replacing import replaced
from lossclass.slips import Slip
from lossclass.slips.making import with_ones


def shared_slips(
    calculation: Calculation,
    *,
    probabilities: str = "",
    counting: Mapping[str, Expression] | None = None,
) -> Iterator[Slip]:
    """The mistakes with weights, and with the softmax or the sigmoid.

    Args:
        probabilities: the name of given quantities that are rows of probabilities.
        counting: steps without the parts of them that count nothing here: who works these does not
            mind if the others have no value.
    """
    text = "The weights are left out, as if all were 1."
    yield from with_ones(calculation, "given.weight", "weights-forgotten", text)
    yield from _softmax_slips(calculation, counting or {})
    yield from _sigmoid_slips(calculation, counting or {})
    # with one index, they are of observations, which share no softmax
    given = [each for each in calculation.all(probabilities) if each.id.count(".") > 2]
    if probabilities and given:
        yield from softmax_of_probabilities(calculation, given)


# --- softmax and sigmoid -----------------------------------------------------------------


def softmax_of_probabilities(calculation: Calculation, given: Sequence[Quantity]) -> Iterator[Slip]:
    """The mistake of taking a softmax of given probabilities."""
    text = "A softmax is taken of numbers that are probabilities already, as they are given."
    yield Slip("softmax-twice", text, softmax(numbers(calculation, given)))


def _softmax_slips(calculation: Calculation, counting: Mapping[str, Expression]) -> Iterator[Slip]:
    predicted = [
        each for each in calculation.all("y_pred") if isinstance(each.definition, Quotient)
    ]
    if not predicted:
        return
    logits = {each.id: calculation.values[logit_behind(each).id] for each in predicted}
    text = "The softmax is left out: logits are no probabilities before it."
    yield Slip("softmax-forgotten", text, {**logits, **counting})
    text = "The softmax is taken twice: what comes out of the first one are the probabilities."
    yield Slip("softmax-twice", text, softmax(numbers(calculation, predicted)))
    text = "A sigmoid is taken of each logit, and then the softmax of what comes out: softmax takes logits."
    squashed = {id: Sigmoid(Constant(logit)).value({}) for id, logit in logits.items()}
    yield Slip("sigmoid-for-softmax", text, softmax(squashed))
    text = "A sigmoid is taken of each logit by itself, in the place of the softmax of all."
    yield Slip("sigmoid-for-softmax", text, squashed)
    if all(sums_along(logits).values()):
        text = "Each logit is divided by the sum of the logits, without exp: softmax is exp(z) / Σ exp(z)."
        yield Slip("softmax-without-exp", text, {**shares_of(logits), **counting})
    if 1 in (len({*map(row_of, logits)}), len({*map(_column_of, logits)})):
        return
    exponents = {each.id: _exponent_behind(calculation, each) for each in predicted}
    others = {
        "down each column, over the rows": _column_of,
        "over all the logits at once": _table_of,
    }
    for where, along in others.items():
        text = f"The softmax is taken {where}; it belongs to each row, over its classes."
        yield Slip("softmax-over-wrong-axis", text, softmax(exponents, along))


def _sigmoid_slips(calculation: Calculation, counting: Mapping[str, Expression]) -> Iterator[Slip]:
    predicted = [each for each in calculation.all("y_pred") if isinstance(each.definition, Sigmoid)]
    if not predicted or calculation.all("rest"):  # of logits so large, nobody takes a logarithm
        return
    text = "The sigmoid is left out: a logit is no probability before it."
    forgotten = {each.id: each.definition.operands[0] for each in predicted}
    yield Slip("sigmoid-forgotten", text, {**forgotten, **counting})
    text = "The sigmoid is taken twice: what comes out of the first one is the probability."
    yield Slip("sigmoid-twice", text, sigmoids(calculation, predicted))


def sigmoids(calculation: Calculation, quantities: Sequence[Quantity]) -> dict[str, Expression]:
    """The sigmoids of what quantities come to, by id."""
    return {each.id: Sigmoid(Constant(calculation.values[each.id])) for each in quantities}


def logit_behind(probability: Quantity) -> Quantity:
    """The z of exp(z − M) / Σ exp(z − M)."""
    (exponential, _) = quantities_in(probability.definition)
    return next(quantities_in(exponential.definition))


def _exponent_behind(calculation: Calculation, probability: Quantity) -> Decimal:
    """The z, or z / T, of exp(z − M) / Σ exp(z − M) or exp((z − M) / T) / Σ exp((z − M) / T)."""
    logit = calculation.values[logit_behind(probability).id]
    (exponential, _) = quantities_in(probability.definition)
    (exponent,) = exponential.definition.operands
    if not isinstance(exponent, Quotient):
        return logit
    with localcontext(WORKED_AGAIN):
        return logit / exponent.operands[1].value(calculation.values)  # type: ignore[no-any-return]


def numbers(calculation: Calculation, quantities: Sequence[Quantity]) -> dict[str, Decimal]:
    """The values of quantities, by id."""
    return {each.id: calculation.values[each.id] for each in quantities}


def powers(exponents: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """E to the power of numbers by id."""
    with localcontext(WORKED_AGAIN):
        return {id: elementary.exp(each) for id, each in exponents.items()}


def row_of(id: str) -> str:
    """The row of a number: all but the last part of its id, which is the class."""
    return id.rpartition(".")[0]


def _table_of(id: str) -> str:
    return row_of(row_of(id))


def _column_of(id: str) -> str:
    return f"{_table_of(id)}.{id.rpartition('.')[2]}"


def softmax(
    exponents: Mapping[str, Decimal], along: Callable[[str], str] = row_of
) -> dict[str, Decimal]:
    """The softmax of numbers by id, of all that ``along`` gives the same together."""
    return shares_of(powers(exponents), along)


def shares_of(
    numbers: Mapping[str, Decimal], along: Callable[[str], str] = row_of
) -> dict[str, Decimal]:
    """Numbers by id, each divided by the sum of all that ``along`` gives the same together."""
    with localcontext(WORKED_AGAIN):
        sums = sums_along(numbers, along)
        return {id: number / sums[along(id)] for id, number in numbers.items()}


def sums_along(
    numbers: Mapping[str, Decimal], along: Callable[[str], str] = row_of
) -> dict[str, Decimal]:
    """The sums of numbers by id, of all that ``along`` gives the same together."""
    found: dict[str, Decimal] = {}
    with localcontext(WORKED_AGAIN):
        for id, number in numbers.items():
            found[along(id)] = found.get(along(id), Decimal(0)) + number
    return found


# --- averages ----------------------------------------------------------------------------


def averaging_slips(calculation: Calculation, what: str = "observations") -> Iterator[Slip]:
    """Another divisor than the one that is asked; none where there is no single loss.

    Args:
        what: what is averaged over.
    """
    loss, terms = calculation.by_id.get("loss"), calculation.all("term")
    if loss is None or len(terms) < 2:
        return
    below = divisor(loss.definition)
    if counted := _counted(calculation):
        yield from _with_weights(calculation, loss, below, counted, what)
    if below is not None:
        text = f"The mean is divided once more by the number of {what}, {len(terms)}."
        yield Slip("averaged-twice", text, {"loss": loss.definition / len(terms)})


def divisor(definition: Expression) -> Expression | None:
    """What a mean is divided by, behind a factor or a minus; None for a sum."""
    if isinstance(definition, Quotient):
        return definition.operands[1]
    found = (divisor(each) for each in definition.operands)
    return next((each for each in found if each is not None), None)


def _with_weights(
    calculation: Calculation,
    loss: Quantity,
    below: Expression | None,
    counted: Sequence[Expression],
    what: str,
) -> Iterator[Slip]:
    """The sum of the weights, or the number of those that are not 0, for another divisor."""
    above = loss.definition if below is None else loss.definition * below
    total, count = Sum(*counted), len(counted)
    sum_of_weights, right = total.value(calculation.values), f"by the number of {what}, {count}"
    is_weighted = isinstance(below, Quantity)
    if sum_of_weights and not is_weighted:
        code, text = (
            "weighted-mean-for-mean",
            f"It is divided by the sum of the weights; here {right}.",
        )
        if below is None:
            code = "mean-for-sum"
            text = (
                "This is the weighted mean, divided by the sum of the weights; here it is the sum."
            )
        yield Slip(code, text, {"loss": above / total})
    nonzero = sum(bool(each.value(calculation.values)) for each in _weights(calculation))
    if below is not None and 0 < nonzero < count and nonzero != sum_of_weights:
        if is_weighted:
            right = f"by the sum of the weights, {PLAIN.number(sum_of_weights)}"
        text = (
            f"It is divided by how many weights are not 0, {nonzero}; here it is divided {right}."
        )
        yield Slip("divided-by-nonzero-weights", text, {"loss": above / nonzero})


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
            shares = [1 - true[n], true[n]]
        own.append(Sum(*(Product(*both) for both in zip(of_classes, shares, strict=True))))
    return [Product(*both) for both in zip(weights, own, strict=True)] if weights else own


def class_averaging_slips(
    calculation: Calculation, classes: int, what: str = "observations"
) -> Iterator[Slip]:
    """The number of classes among what is divided by."""
    loss, terms = calculation.by_id.get("loss"), calculation.all("term")
    if classes < 2:
        return
    below, count = None if loss is None else divisor(loss.definition), len(terms)
    # of as many terms as classes, it is rather the mean over these in a sum's place
    if below is not None or count != classes:
        text = f"It is divided by the number of classes, {classes}, as well: over the classes, it is a sum."
        yield Slip(
            "divided-by-classes", text, {each.id: each.definition / classes for each in terms}
        )
    if loss is None or count < 2:
        return
    if below is None:
        every = count * classes
        text = f"This is the mean over all {every} products, {classes} for each of the {what}; here it is the sum."
        yield Slip("divided-by-classes", text, {"loss": loss.definition / every})
    elif (
        isinstance(below, Constant)
        and below.number == count != classes
        and not calculation.all("example")  # over time and sequences, there are averages enough
    ):
        text = f"It is divided by the number of classes, {classes}; here by the number of {what}, {count}."
        other = loss.definition * below / classes
        yield Slip("mean-over-wrong-axis", text, {"loss": other})


Kind = TypeVar("Kind")


def other_averages(averages: Mapping[Kind, tuple[str, Expression]], asked: Kind) -> Iterator[Slip]:
    """The averages of several sequences or episodes that are not asked, each with what it is."""
    for kind, (name, expression) in averages.items():
        if kind != asked:
            text = f"This is {name}; here it is {averages[asked][0]}."
            yield Slip("other-average", text, {"loss": expression})


# --- means of which the number of terms is told ------------------------------------------


def divided_by(calculation: Calculation, code: str, text: str, number: int) -> Iterator[Slip]:
    """The mistake of dividing by another number, where losses become one by a mean: before a root,
    where there is one, or in the answer."""
    for answer in calculation.all("mean_square") or calculation.all("loss"):
        other = mean_divided_by(answer.definition, number)
        if other is not None:
            yield Slip(code, text, {answer.id: other})


def halved_for_mean(calculation: Calculation, count: int) -> Iterator[Slip]:
    """The mistake of dividing by 2, whatever the number of terms."""
    if count > 2:
        text = f"It is divided by 2: the mean of {count} terms is their sum divided by {count}."
        yield from divided_by(calculation, "halved-for-mean", text, 2)


def mean_divided_by(expression: Expression, number: int) -> Expression | None:
    """A step that ends in a mean, with something else to divide by; None if it is no mean."""

    def divided(node: Expression) -> Expression | None:
        is_mean = isinstance(node, Quotient) and isinstance(node.operands[1], Constant)
        return node.operands[0] / number if is_mean else None

    other = replaced(expression, divided)
    return None if other is expression else other

"""The mistakes that belong to what many losses share: a softmax, a sigmoid, weights.

A loss module's ``slips`` yields its own mistakes, each as what it makes of the calculation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Final

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Quantity,
    Quotient,
    Sigmoid,
    quantities_in,
)
from lossclass.slips import Slip

#: Mistakes in single observations, classes or cells are worked out for so many of them.
MOST: Final = 60


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


def with_ones(calculation: Calculation, name: str, code: str, text: str) -> Iterator[Slip]:
    """The mistake of leaving given factors out."""
    if given := calculation.all(name):
        yield Slip(code, text, {each.id: Decimal(1) for each in given})


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
    text = (
        "Each logit is divided by the sum of the logits, without exp: softmax is exp(z) / Σ exp(z)."
    )
    yield from _without_exp(logits, text, counting)
    yield from _over_other_axes(
        {each.id: _exponent_behind(calculation, each) for each in predicted}
    )


def _without_exp(
    logits: Mapping[str, Decimal], text: str, counting: Mapping[str, Expression]
) -> Iterator[Slip]:
    with localcontext(WORKED_AGAIN):
        sums = sums_along(logits, row_of)
        if all(sums.values()):
            divided = {id: logit / sums[row_of(id)] for id, logit in logits.items()}
            yield Slip("softmax-without-exp", text, {**divided, **counting})


def _over_other_axes(logits: Mapping[str, Decimal]) -> Iterator[Slip]:
    """The softmax down the columns, and over all numbers."""
    if len({row_of(id) for id in logits}) == 1 or len({*map(_column_of, logits)}) == 1:
        return
    text = "The softmax is taken down each column, over the rows; it belongs to each row, over its classes."
    yield Slip("softmax-over-wrong-axis", text, softmax(logits, _column_of))
    text = "The softmax is taken over all the logits at once; it belongs to each row, over its classes."
    yield Slip("softmax-over-wrong-axis", text, softmax(logits, _table_of))


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


def row_of(id: str) -> str:
    """The row of a number: all but the last part of its id, which is the class."""
    return id.rpartition(".")[0]


def _table_of(id: str) -> str:
    return row_of(row_of(id))


def _column_of(id: str) -> str:
    return f"{_table_of(id)}.{id.rpartition('.')[2]}"


def softmax(
    exponents: Mapping[str, Decimal], along: Callable[[str], str] = row_of
) -> dict[str, Expression | Decimal]:
    """The softmax of numbers by id, of all that ``along`` gives the same together."""
    with localcontext(WORKED_AGAIN):
        powers = {id: elementary.exp(number) for id, number in exponents.items()}
        sums = sums_along(powers, along)
        return {id: power / sums[along(id)] for id, power in powers.items()}


def sums_along(numbers: Mapping[str, Decimal], along: Callable[[str], str]) -> dict[str, Decimal]:
    """The sums of numbers by id, of all that ``along`` gives the same together."""
    found: dict[str, Decimal] = {}
    for id, number in numbers.items():
        found[along(id)] = found.get(along(id), Decimal(0)) + number
    return found


def _sigmoid_slips(calculation: Calculation, counting: Mapping[str, Expression]) -> Iterator[Slip]:
    predicted = [each for each in calculation.all("y_pred") if isinstance(each.definition, Sigmoid)]
    if not predicted or calculation.all("rest"):  # of logits so large, nobody takes a logarithm
        return
    text = "The sigmoid is left out: a logit is no probability before it."
    forgotten = {each.id: each.definition.operands[0] for each in predicted}
    yield Slip("sigmoid-forgotten", text, {**forgotten, **counting})
    text = "The sigmoid is taken twice: what comes out of the first one is the probability."
    twice = {each.id: Sigmoid(Constant(calculation.values[each.id])) for each in predicted}
    yield Slip("sigmoid-twice", text, {**twice})

"""The mistakes that people make with Σ y ln(y / ŷ), and with the temperature of its logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Exp,
    Expression,
    Log,
    LogBase,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    sum_of,
)
from lossclass.losses._slips import shared_slips
from lossclass.losses._slips_averages import averaging_slips, class_averaging_slips
from lossclass.losses._softmax import dotted
from lossclass.slips import Slip

if TYPE_CHECKING:
    from lossclass.losses.kl_divergence import DivergenceKeys

#: What is true of the classes of an observation, and what is predicted.
_Both: TypeAlias = Sequence[tuple[Quantity, Quantity]]


def divergence_slips(inputs: DivergenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with divergences."""
    base, rows = inputs.log_base, _rows(inputs, calculation)
    counting = {
        id: [each for each in both if calculation.values[each[0].id]] for id, both in rows.items()
    }
    are_logs = bool(calculation.all("given.log_probs"))
    log = _given if are_logs else _taken

    def terms(
        of: Mapping[str, _Both], product: Callable[[Quantity, Quantity], Expression]
    ) -> dict[str, Expression]:
        return {id: sum_of([product(*each) for each in both]) for id, both in of.items()}

    text = "The two distributions are taken for each other: this is Σ ŷ ln(ŷ / y), which is not the same."
    exchanged = terms(
        rows,
        lambda y, p: Product(Exp(p) if are_logs else p, Sum(log(p, base), Negative(Log(y, base)))),
    )
    yield Slip("distributions-exchanged", text, {**exchanged})
    text = "This is the cross-entropy −Σ y ln ŷ: the entropy of what is true is not taken off."
    crossed = terms(counting, lambda y, p: Negative(Product(y, log(p, base))))
    yield Slip("entropy-forgotten", text, {**crossed})
    if not are_logs:
        text = "The probabilities stand where their logarithms belong, as in a loss that takes logarithms."
        fed = terms(counting, lambda y, p: Product(y, Sum(Log(y, base), Negative(p))))
        yield Slip("probabilities-as-log-probs", text, {**fed})
    yield from _with_temperature(inputs, calculation)
    yield from shared_slips(calculation, probabilities="given.y_pred")
    yield from averaging_slips(calculation)
    yield from class_averaging_slips(calculation, len(inputs.names))


def _rows(inputs: DivergenceKeys, calculation: Calculation) -> dict[str, _Both]:
    """What each divergence is worked from, class by class, by the id of the divergence."""

    def found(names: Sequence[str], place: Sequence[int]) -> Quantity:
        ids = (dotted(name, place) for name in names)
        return next(calculation.by_id[id] for id in ids if id in calculation.by_id)

    true = ("y_true", "given.y_true")
    predicted = ("y_pred", "given.y_pred", "given.log_probs")
    classes = range(1, len(inputs.names) + 1)
    return {
        dotted("term", place): [
            (found(true, (*place, c)), found(predicted, (*place, c))) for c in classes
        ]
        for place in inputs.distributions.places
    }


def _taken(probability: Quantity, base: LogBase) -> Expression:
    return Log(probability, base)


def _given(logarithm: Quantity, base: LogBase) -> Expression:
    return logarithm if base == "e" else Quotient(logarithm, Log(Constant(base)))


def _with_temperature(inputs: DivergenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with a temperature, where there is one."""
    for temperature in calculation.all("given.temperature"):
        text = "The temperature is left out, as if it were 1."
        yield Slip("temperature-forgotten", text, {temperature.id: Decimal(1)})
        sides = {"predictions": "exp", "true distributions": "true_exp"}
        without = {side: _undivided(calculation, name) for side, name in sides.items()}
        both = {id: each for changed in without.values() for id, each in changed.items()}
        if inputs.scale != 1:
            text = "The logits are not divided by the temperature, though the loss is multiplied by T²."
            yield Slip("temperature-forgotten", text, {**both})
        for side, changed in without.items() if all(without.values()) else ():
            text = f"The logits of the {side} are not divided by the temperature, the others are."
            yield Slip("temperature-on-one-side", text, {**changed})
        if inputs.scale != 1:
            text = "The loss is not multiplied by T², the square of the temperature."
            plain = {each.id: each.definition.operands[1] for each in calculation.all("loss")}
            yield Slip("temperature-squared-forgotten", text, {**plain})


def _undivided(calculation: Calculation, name: str) -> dict[str, Expression]:
    """Exponentials of logits as they are."""
    return {
        each.id: each.definition.rebuilt([each.definition.operands[0].operands[0]])
        for each in calculation.all(name)
        if isinstance(each.definition, Exp) and isinstance(each.definition.operands[0], Quotient)
    }

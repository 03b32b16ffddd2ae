"""Categorical cross-entropy: −Σᵢ Σ_c y_ic ln ŷ_ic, between true and predicted distributions.

``class_weights`` k makes some classes cost more: −Σ_c k_c y_ic ln ŷ_ic. ``label_smoothing`` ε
takes (1 − ε) y + ε / C for y. Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016),
section 6.2.2.3, as a sum over the observations as in the course's handout; for the smoothing,
Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR (2016),
section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import WithJsonSchema

from lossclass.arithmetic.expression import Constant, Negative, Product, Quantity, Quotient, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses import _cross_entropy
from lossclass.losses._cross_entropy import Observation, log_of
from lossclass.losses._cross_entropy_keys import CrossEntropyKeys, class_names, only_predictions
from lossclass.losses._softmax import dotted
from lossclass.losses.shapes.class_weights import (
    ClassWeights,
    in_order,
    sum_that_counts,
    write_class_weights,
    write_counted,
)
from lossclass.losses.shapes.closed_forms import ClosedForm, shares
from lossclass.losses.shapes.reduction import reduce_steps, reduce_values
from lossclass.problem.arrays import Rows, resolve_targets
from lossclass.problem.fields import number_field
from lossclass.problem.keys import Inconsistency, is_wrong
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.arithmetic.calculation import Calculation
    from lossclass.slips import Slip

TITLE = "Categorical cross-entropy (CCE)"
FORMULA = "L = −Σᵢ Σ_c y_ic ln ŷ_ic"
ALIASES = ("cce", "cross_entropy")
TEMPLATE = """
# The classes. Without them, classes are called 0, 1, 2 ...
classes: [negative, neutral, positive]

# The class that is true of each observation, or rows such as [0, 0, 1].
y_true: [positive, negative]

# What the model predicts, a row for each observation and in it a number for each class:
# probabilities, or one of the other two instead.
y_pred:
  - [0.1, 0.3, 0.6]
  - [0.7, 0.2, 0.1]
# logits: [[0, 1, 2], [2, 1, 0]]  # in the place of y_pred
# log_probs: [[-2.3, -1.2, -0.51], [-0.36, -1.6, -2.3]]  # in the place of y_pred
# rnn: {inputs: [1, 2], U: 0.5, W: 0.1, V: [1, 0, -1]}  # in the place of y_pred

# A factor for each class, where some are rare.
# class_weights: [1, 1, 2]

# How much of the true probability is spread over all classes.
# label_smoothing: 0.1
"""

Share: TypeAlias = Annotated[
    Decimal,
    number_field("a number from 0 to less than 1", lambda number: 0 <= number < 1),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
]


class Inputs(CrossEntropyKeys):
    """``y_true`` (n classes, or n × C), and ``y_pred``, ``logits`` or ``log_probs`` (n × C);
    ``class_weights`` (C, or by the classes' names), ``label_smoothing``."""

    class_weights: ClassWeights | None = None
    label_smoothing: Share = Decimal(0)

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        predictions = only_predictions(given)
        class_weights = given.get("class_weights")
        if predictions is None or class_weights is None or is_wrong(given, "classes"):
            return
        names = class_names(given.get("classes"), predictions)
        if len(names) != len(predictions[0]):
            return
        numbers, found = in_order(class_weights, names)
        yield from ((("class_weights", *path), message) for path, message in found)
        if not found and given.get("reduction") == "weighted_mean" and "y_true" in given:
            targets, wrong = resolve_targets(given["y_true"], len(predictions), names)
            if not wrong and not sum_that_counts(targets, numbers, given.get("weights")):
                message = "for these true classes they sum to 0, so there is no weighted mean"
                yield ("class_weights",), message

    @property
    def weights_in_order(self) -> tuple[Decimal, ...] | None:
        """The weights of the classes, in the classes' order."""
        return None if self.class_weights is None else in_order(self.class_weights, self.names)[0]


def value(inputs: Inputs) -> Any:
    """The loss in NumPy."""
    import numpy as np

    y_true, epsilon = np.array(inputs.targets, float), float(inputs.label_smoothing)
    class_weights = np.ones(y_true.shape[1])
    if inputs.weights_in_order is not None:
        class_weights = np.array(inputs.weights_in_order, float)
    y_smoothed = (1 - epsilon) * y_true + epsilon / y_true.shape[1]
    log_probs = _cross_entropy.log_probabilities(inputs)
    terms = _cross_entropy.cross_entropies(y_smoothed * class_weights, log_probs)
    counted = y_true @ class_weights if inputs.class_weights is not None else None
    return reduce_values(terms, inputs, "sum", counted)


def solve(inputs: Inputs, working: Working) -> Sequence[Quantity]:
    """The steps: ``max.i``, ``exp.i.c``, ``exp_sum.i``, ``y_pred.i.c`` for logits; ``smoothed.i.c``
    for label smoothing; ``term.i``; ``class_weight_sum.i`` for the weighted mean under class
    weights; ``sum``, ``loss``."""
    observations = _cross_entropy.write_given(working, inputs, inputs.targets, inputs.predictions)
    class_weights = write_class_weights(working, inputs.names, inputs.weights_in_order)
    smoothed = _write_smoothing(working, inputs, observations)
    working.section("The cross-entropy of each observation")
    _remark_on_true_sums(working, inputs.targets)
    if class_weights:
        true = "s" if inputs.label_smoothing else "y"
        working.say(f"ℓ = −Σ k · {true} · ln ŷ over the classes: each class with its weight k.")
    terms = []
    for each in smoothed:
        title = f"Observation {each.index[0]}"
        if class_weights or inputs.label_smoothing:
            terms.append(_write_term(working, inputs, each, class_weights, title))
        else:
            terms.append(
                _cross_entropy.write_term(working, each, inputs.names, inputs, title=title)
            )
    counted: Sequence[Quantity] = ()
    if class_weights and inputs.reduction == "weighted_mean":
        counted = write_counted(
            working, observations, class_weights, smoothed=bool(inputs.label_smoothing)
        )
    return reduce_steps(working, terms, inputs, "sum", class_weights=counted)


def _remark_on_true_sums(working: Working, targets: Rows) -> None:
    for i, row in enumerate(targets, start=1):
        if (total := sum(row, Decimal(0))) != 1 and abs(total - 1) > Decimal("1e-6"):
            working.remark(
                "probabilities-do-not-sum-to-one",
                f"The true probabilities of observation {i} sum to {working.text(total)}, not to "
                "1. They are taken here as they were given.",
            )


def _write_smoothing(
    working: Working, inputs: Inputs, observations: Sequence[Observation]
) -> list[Observation]:
    """The observations with their smoothed true distributions."""
    if not inputs.label_smoothing:
        return list(observations)
    working.section("The smoothed true distributions")
    epsilon = working.given("label_smoothing", Symbol("ε"), inputs.label_smoothing)
    count = len(inputs.names)
    working.say(
        f"Label smoothing with ε = {working.text(epsilon)}: s = (1 − ε) · y + ε / C is used in the "
        f"place of y. Each of the C = {count} classes gets ε / C, the true one too, as in PyTorch."
    )
    return [
        replace(
            each,
            y_true=tuple(
                working.step(
                    dotted("smoothed", (*each.index, c)),
                    Symbol("s", (*each.index, c)),
                    Sum(
                        Product(Sum(Constant(1), Negative(epsilon)), true),
                        Quotient(epsilon, Constant(count)),
                    ),
                    title=f"Observation {each.index[0]}, {name}",
                )
                for c, (name, true) in enumerate(zip(inputs.names, each.y_true, strict=True), 1)
            ),
        )
        for each in observations
    ]


def _write_term(
    working: Working,
    inputs: Inputs,
    observation: Observation,
    class_weights: Sequence[Quantity],
    title: str,
) -> Quantity:
    """Write −Σ k s ln ŷ, where s is y or what smoothing made of it: step ``term.i``."""
    shares = [
        Product(class_weights[c], true) if class_weights else true
        for c, true in enumerate(observation.y_true)
    ]
    factors = [share.value(working.values) for share in shares]
    counting = [name for name, factor in zip(inputs.names, factors, strict=True) if factor]
    why = ""
    if len(counting) == 1 < len(factors):
        why = f"What multiplies the logarithm is 0 for every class but {counting[0]}, so only that "
        why += "class's term remains."
    term = working.step(
        dotted("term", observation.index),
        Symbol("ℓ", observation.index),
        Negative(
            Sum(
                *(
                    Product(share, log_of(predicted, observation, inputs))
                    for share, predicted in zip(shares, observation.predicted, strict=True)
                )
            )
        ),
        title=title,
        why=why,
    )
    _remark_on_zeros(working, inputs, observation, factors, term)
    return term


def _remark_on_zeros(
    working: Working,
    inputs: Inputs,
    observation: Observation,
    factors: Sequence[Decimal],
    term: Quantity,
) -> None:
    never = Decimal("-Infinity") if observation.are_logs else Decimal(0)
    for name, factor, predicted in zip(inputs.names, factors, observation.predicted, strict=True):
        if working.values[predicted.id] != never:
            continue
        gives = f"The model gives {name} a probability of 0. "
        if factor:
            code = "loss-is-infinite"
            text = (
                f"Its logarithm is multiplied by {working.text(factor)}, and −ln 0 = ∞, so this "
                "term is infinite."
            )
            if inputs.weights and not inputs.weights[int(observation.index[0]) - 1]:
                code = "infinite-term-has-no-weight"
                text += " Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out."
        else:
            code = "zero-times-log-zero"
            text = "Its logarithm is multiplied by 0, and 0 · ln 0 counts as 0."
        working.remark(code, gives + text, term)


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What may be done to the classes and their probabilities."""
    from lossclass.losses._slips_averages import averaging_slips
    from lossclass.losses._slips_cross_entropy import cross_entropy_slips

    yield from cross_entropy_slips(calculation, inputs.names)
    yield from averaging_slips(calculation)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives by the predictions in closed form; with a network, by its numbers too."""
    import numpy as np

    from lossclass.losses.shapes.distributions import cross_entropy, truth

    targets, weights, counted = inputs.targets, inputs.weights_in_order, None
    if weights is not None:
        counted = np.array(targets, float) @ np.array(weights, float)
    true = truth(targets, weights, inputs.label_smoothing)
    reduced = shares(inputs, "sum", len(targets), class_weights=counted)
    return cross_entropy(inputs.as_given(), true, reduced, rnn=inputs.rnn)


def frameworks(inputs: Inputs) -> list[Call]:
    """The calls of the libraries, and their numbers."""
    from lossclass.losses._frameworks_classes import class_calls

    return class_calls(inputs.as_given())

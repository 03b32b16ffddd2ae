"""The cross-entropies −Σ k s ln ŷ over the classes, with s for y or what smoothing makes of it, and
the weights k of the classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Log, Negative, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._calls import KERAS_EPSILON, SKLEARN_EPSILON, calls
from lossclass.losses.shapes import formulas
from lossclass.losses.shapes.class_weights import (
    ClassWeights,
    Share,
    in_order,
    sum_that_counts,
    write_class_weights,
    write_smoothed,
)
from lossclass.losses.shapes.classes import (
    ClassKeys,
    Distributions,
    Probabilities,
    Written,
    class_names,
    labelled_in,
    only_predictions,
)
from lossclass.losses.shapes.common_slips import averaging_slips
from lossclass.losses.shapes.cross_entropy_slips import cross_entropy_slips, padding_slips
from lossclass.losses.shapes.curves import draw_on_curve, equation_of, variable
from lossclass.losses.shapes.formulas import log as log_to
from lossclass.losses.shapes.observations import (
    Observation,
    cross_entropies,
    log_probabilities,
    remark_on_zero,
    said_class,
)
from lossclass.problem.arrays import Array, shape_of
from lossclass.problem.keys import Inconsistency, is_wrong
from lossclass.second_road import Doubles, doubles, log_softmax, np
from lossclass.slips import Slip
from lossclass.working import Working, named


class CrossEntropyKeys(ClassKeys):
    """``y_true`` (a class for each observation, or a distribution), and ``y_pred``, ``logits`` or
    ``log_probs`` (the classes along the last axis), or a network with C outputs; ``weights`` and
    ``mask`` of the observations, ``ignore``, the class of those that do not count;
    ``class_weights`` (C, or by the classes' names), ``label_smoothing``.

    ``classes`` names the C classes; without it they are called by their index, from 0.
    """

    class_weights: ClassWeights | None = None
    label_smoothing: Share = 0  # type: ignore[assignment]

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        predictions, class_weights = cls.some_predictions(given), given.get("class_weights")
        if predictions is None or class_weights is None or is_wrong(given, "classes"):
            return
        names = class_names(given.get("classes"), predictions)
        if len(names) != shape_of(predictions)[-1]:
            return
        numbers, found = in_order(class_weights, names)
        yield from ((("class_weights", *path), message) for path, message in found)
        if found or given.get("reduction") != "weighted_mean" or "y_true" not in given:
            return
        labelled = labelled_in(given)
        if labelled.is_valid and not sum_that_counts(labelled, numbers, given.get("weights")):
            message = "for these true classes they sum to 0, so there is no weighted mean"
            yield ("class_weights",), message

    @classmethod
    def some_predictions(cls, given: Mapping[str, Any]) -> Array | None:
        """Predictions that tell how many classes there are."""
        return only_predictions(given)

    @property
    def weights_in_order(self) -> tuple[Any, ...] | None:
        """The weights of the classes, in the classes' order."""
        return None if self.class_weights is None else in_order(self.class_weights, self.names)[0]


def _draw(
    working: Working, inputs: Any, observations: Sequence[Observation], terms: Sequence[Quantity]
) -> None:
    """Draw where the observations stand on the curve −ln ŷ, if one class is true of each."""
    x = variable(Symbol("y", hat=True))
    points = []
    for observation, term in zip(observations, terms, strict=True):
        true = [working.values[each.id] for each in observation.y_true]
        if sorted(true) != [*[0] * (len(true) - 1), 1] or observation.are_logs:
            return
        at = observation.predicted[true.index(Decimal(1))]
        points.append((observation.index, at, term))
    cost = -Log(x, inputs.log_base)
    across = "prediction ŷ for the true class"
    draw_on_curve(working, inputs, across, points, {equation_of(cost): cost}, x, (0, 1))


class CrossEntropies(Probabilities):
    """A loss −Σ k s ln ŷ."""

    Inputs: type[CrossEntropyKeys] = CrossEntropyKeys
    HEADING: ClassVar[str] = "The cross-entropy of each observation"
    #: What the loss of an observation is called.
    TERM: ClassVar[str] = "cross-entropy"

    def terms(self, given: Any, found: Distributions) -> Doubles:
        y_true, epsilon = doubles(found.targets), float(given.label_smoothing)
        smoothed = (1 - epsilon) * y_true + epsilon / y_true.shape[1]
        of_classes = doubles(given.weights_in_order or 1)
        return cross_entropies(smoothed * of_classes, log_probabilities(found, given.log_base))

    def true_class_weights(self, inputs: Any, found: Distributions) -> Doubles | None:
        if inputs.weights_in_order is None:
            return None
        return doubles(doubles(found.targets) @ doubles(inputs.weights_in_order))

    def write(self, inputs: Any, working: Working, observations: Sequence[Observation]) -> Written:
        """Steps ``smoothed.i.c`` for label smoothing; ``term.i``; ``class_weight_sum.i`` for the
        weighted mean under class weights."""
        class_weights = write_class_weights(working, inputs.names, inputs.weights_in_order)
        smoothed = observations
        if inputs.label_smoothing:
            smoothed = self._smoothed(inputs, working, observations)
        working.section(self.HEADING)
        self.introduce(inputs, working)
        if class_weights:
            true = "s" if inputs.label_smoothing else "y"
            working.say(f"ℓ = −Σ k · {true} · ln ŷ over the classes: each class with its weight k.")
        terms = [self._write_term(inputs, working, each, class_weights) for each in smoothed]
        if not (class_weights or inputs.label_smoothing):
            _draw(working, inputs, observations, terms)
        if class_weights and inputs.reduction == "weighted_mean":
            return terms, self._write_counted(inputs, working, observations, class_weights)
        return terms, ()

    def _write_term(
        self,
        inputs: Any,
        working: Working,
        observation: Observation,
        class_weights: Sequence[Quantity],
    ) -> Quantity:
        """Write one observation's −Σ k s ln ŷ, in full: step ``term.INDEX``. There s is y, or what
        smoothing made of it."""
        shares = [
            class_weights[c] * true if class_weights else true
            for c, true in enumerate(observation.y_true)
        ]
        factors = [share.value(working.values) for share in shares]
        products = (
            share * observation.log(predicted, inputs.log_base)
            for share, predicted in zip(shares, observation.predicted, strict=True)
        )
        is_plain = not class_weights and not inputs.label_smoothing
        what_remains = _what_remains(inputs.names, factors, is_plain=is_plain)
        is_new = working.is_new("what remains")
        term = working.step(
            *named("term", "ℓ", observation.index),
            Negative(Sum(*products)),
            title=self.title(self.TERM, observation.index),
            why=what_remains if is_new else "",
            aside="" if is_new else what_remains,
        )
        impossible = Decimal("-Infinity") if observation.are_logs else Decimal(0)
        for name, factor, predicted in zip(
            map(said_class, inputs.names), factors, observation.predicted, strict=True
        ):
            if working.values[predicted.id] == impossible:
                never = f"For {name}, 0 · {log_to(inputs.log_base)} 0 counts as 0: a class that is never "
                never += "true costs nothing, whatever its logarithm."
                place = observation.index
                remark_on_zero(working, inputs, place, term, name, factor, never, is_plain=is_plain)
        return term

    def _write_counted(
        self,
        inputs: Any,
        working: Working,
        observations: Sequence[Observation],
        class_weights: Sequence[Quantity],
    ) -> list[Quantity]:
        """Write how much each observation counts in the weighted mean: ``class_weight_sum.i``."""
        working.section("What each observation counts in the weighted mean")
        working.say(
            "The weighted mean is not divided by the number of observations, but by the weights of "
            "their true classes, K = Σ k · y. PyTorch's mean does this where y is given as class "
            "indices." + (" The y is the one before smoothing." if inputs.label_smoothing else "")
        )
        return [
            working.step(
                *named("class_weight_sum", "K", each.index),
                Sum(*(k * y for k, y in zip(class_weights, each.y_true, strict=True))),
                title=f"The weight of the true class of {self.called(each.index)}",
            )
            for each in observations
        ]

    def _smoothed(
        self, inputs: Any, working: Working, observations: Sequence[Observation]
    ) -> list[Observation]:
        """Write the smoothed true distributions; the observations with these."""
        names = inputs.names
        whose = [f"The smoothed probability of {said_class(name)} in" for name in names]
        true = (
            ((*each.index, c), y, f"{title} {self.called(each.index)}")
            for each in observations
            for c, (title, y) in enumerate(zip(whose, each.y_true, strict=True), start=1)
        )
        made = iter(write_smoothed(working, inputs.label_smoothing, len(names), "PyTorch", true))
        return [replace(each, y_true=tuple(islice(made, len(names)))) for each in observations]

    def term_formula(self, inputs: Any, index: formulas.Letters) -> str:
        y = formulas.indexed("s" if inputs.label_smoothing else "y", (*index, "c"))
        weight = "k_c " if inputs.class_weights is not None else ""
        return f"−Σ_c {weight}{y} {formulas.log_predicted(inputs, index)}"

    def where(self, inputs: Any) -> Sequence[str]:
        found = formulas.softmax_formula(inputs)
        if inputs.label_smoothing:
            found.append(f"s = (1 − ε) y + ε/C,  ε = {PLAIN.number(inputs.label_smoothing)}")
        return found

    def introduce(self, inputs: Any, working: Working) -> None:
        """Say what is to be known before the observations are worked; by itself nothing."""
        return

    def gradient(self, inputs: Any) -> formulas.ClosedForm:
        given = inputs.as_given()
        found = given.distributions
        true = formulas.truth(found.targets, inputs.weights_in_order, inputs.label_smoothing)
        return formulas.cross_entropy(
            found, true, self.shares(inputs, found).in_base(inputs.log_base), rnn=inputs.rnn
        )

    def slips(self, inputs: Any, calculation: Calculation) -> Iterator[Slip]:
        """What may be done to the classes and their probabilities."""
        yield from cross_entropy_slips(calculation, inputs.names)
        if inputs.rnn is None:
            ((_, labelled),) = inputs.labelled
            yield from padding_slips(calculation, labelled, inputs.kind)
        yield from averaging_slips(calculation)

    def facts(self, inputs: Any, found: Distributions) -> Mapping[str, Any]:
        """What else the data of the libraries' calls asks for."""
        return {}

    def frameworks(self, inputs: Any) -> list[Call]:
        """The calls of the libraries, and their numbers."""
        given = inputs.as_given()
        found, class_weights = given.distributions, given.weights_in_order
        how = replace(self.how(given, found), log_base=given.log_base)
        y_true, logs = doubles(found.targets), log_probabilities(found, "e")
        width, epsilon = y_true.shape[1], float(given.label_smoothing)
        weights = doubles(class_weights or [1] * width)
        hard = bool(np.isin(y_true, (0, 1)).all() and (y_true.sum(axis=1) == 1).all())
        of_classes = hard and not epsilon and found.kind != "logits"
        smoothed = ((1 - epsilon) * y_true + epsilon / width) * weights
        arrays = {"y_true": y_true, found.kind: doubles(found.predictions)}
        if hard:
            arrays["classes"] = y_true.argmax(axis=1)
        if class_weights is not None:
            arrays["class_weights"] = weights
            how = replace(how, class_weights=y_true @ weights)
        # 0 · ∞ is nan
        of_true = y_true @ weights
        clipped = np.log(_clipped(logs, SKLEARN_EPSILON))
        theirs = {"scikit-learn": cross_entropies(y_true, clipped) * of_true}
        if of_classes:
            theirs["PyTorch"] = cross_entropies(y_true, logs) * of_true
        if found.kind != "logits":
            shares = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
            theirs["Keras"] = -(smoothed * np.log(_clipped(shares, KERAS_EPSILON))).sum(axis=1)
        return calls(
            "_cross_entropy",
            how,
            arrays,
            -(smoothed * log_softmax(logs)).sum(axis=1),
            theirs,
            kind=found.kind,
            hard=hard,
            of_classes=of_classes,
            label_smoothing=epsilon,
            C=width,
            labels=list(range(width)),
            one_class=width == 1,
            infinite=np.isinf(logs).any(),
            # With class weights and targets of probabilities, its mean is no weighted one.
            reduced_outside=class_weights is not None and not hard and "mean" in how.reduction,
            **self.facts(given, found),
        )


def _what_remains(names: Sequence[str], factors: Sequence[Decimal], *, is_plain: bool) -> str:
    """What is left of the sum where only one class counts."""
    counting = [name for name, factor in zip(names, factors, strict=True) if factor]
    if not len(counting) == 1 < len(factors) or (is_plain and sum(factors) != 1):
        return ""
    if is_plain:
        return f"y is 1 for {said_class(counting[0])} and 0 for every other class: only one term remains."
    return (
        f"What multiplies the logarithm is 0 for every class but {said_class(counting[0])}, so only that class's "
        "term remains."
    )


def _clipped(logs: Doubles, epsilon: float) -> Doubles:
    """Probabilities, cut off beside 0 and 1."""
    return doubles(np.clip(np.exp(logs), epsilon, 1 - epsilon))

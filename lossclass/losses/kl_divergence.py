"""Kullback-Leibler divergence: Σᵢ Σ_c y_i,c ln(y_i,c / ŷ_i,c), from predicted to true distributions.

It is the cross-entropy less the entropy of what is true, and 0 only where the two are the same.
``temperature`` T divides all logits before the softmax, and the whole is multiplied by T², as where
a network learns from a teacher's logits. One observation costs its divergence, and several the sum of
theirs. Sources: Kullback and Leibler, "On Information and Sufficiency", Annals of Mathematical
Statistics 22 (1951); for the temperature, Hinton, Vinyals, Dean, "Distilling the Knowledge in a
Neural Network" (2015), section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lossclass.arithmetic.calculation import Calculation
from lossclass.arithmetic.expression import Exp, Expression, Log, Quantity, Quotient, sum_of
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.blocks import Call
from lossclass.losses._calls import KERAS_EPSILON, calls
from lossclass.losses.shapes import common_slips, formulas
from lossclass.losses.shapes.classes import (
    ClassKeys,
    Distributions,
    Probabilities,
    Written,
    labelled_in,
    only_predictions,
)
from lossclass.losses.shapes.formulas import log as log_to
from lossclass.losses.shapes.observations import (
    Labelled,
    Observation,
    log_given,
    log_probabilities,
    remark_on_infinity,
    said_class,
)
from lossclass.problem.arrays import LogitArray, Shape, Targets, numbers_in, said_of, shape_of
from lossclass.problem.fields import Flag, PositiveNumber
from lossclass.problem.keys import WRITTEN, Inconsistency, stands_for
from lossclass.second_road import Doubles, doubles, ln_of_base, log_softmax, np
from lossclass.slips import Slip
from lossclass.working import Working, dotted, named


class DivergenceKeys(ClassKeys):
    """``y_true``, or in its place ``true_logits``, a teacher's, of the predictions' shape; the
    predictions and what counts of them, as of any loss of classes; ``temperature`` (of all logits),
    and ``times_temperature_squared``, whether its square multiplies the loss."""

    y_true: Targets | None = None  # type: ignore[assignment]
    true_logits: LogitArray | None = None
    temperature: PositiveNumber = Decimal(1)
    times_temperature_squared: Flag = True

    @classmethod
    def inconsistencies(cls, given: Mapping[str, Any]) -> Iterator[Inconsistency]:
        yield from super().inconsistencies(given)
        written = given[WRITTEN]
        if "temperature" in written and not {"logits", "true_logits", "rnn"} & written:
            yield ("temperature",), "there are no logits here that it could divide"
        if "times_temperature_squared" in written and "temperature" not in written:
            yield ("times_temperature_squared",), "there is no temperature"
        if "true_logits" in written and "y_true" in written:
            yield ("true_logits",), "there is y_true already; a problem has one of the two"
        elif "true_logits" in written:
            yield from _wrong_teacher(given)
        elif "y_true" not in written:
            yield ("y_true",), "missing; true_logits may stand for it"
        elif given.get("y_true") is not None and only_predictions(given):
            labelled = labelled_in(given)
            for place in labelled.counted if labelled.is_valid else ():
                if not any(labelled.target(place)):
                    path, _ = labelled.entries[place]
                    yield ("y_true", *path), "its numbers are all 0, so there is no distribution"

    @property
    def distributions(self) -> Distributions:
        if self.true_logits is None:
            return super().distributions
        ((_, found),) = self.labelled
        teacher = Labelled((), self.true_logits, self.names)
        return Distributions(
            self.kind,
            self.names,
            [*found.counted],
            tuple(teacher.row(place) for place in found.counted),
            tuple(found.row(place) for place in found.counted),
            "true_logits",
        )

    @property
    def scale(self) -> Decimal:
        """What the whole is multiplied by."""
        return self.temperature**2 if self.times_temperature_squared else Decimal(1)


def _wrong_teacher(given: Mapping[str, Any]) -> Iterator[Inconsistency]:
    """What does not go together in a teacher's logits and the predictions."""
    if "ignore" in given[WRITTEN]:
        message = (
            "it is a class of y_true, and here are true_logits; a mask leaves observations out"
        )
        yield ("ignore",), message
    predictions, teacher = only_predictions(given), given.get("true_logits")
    if predictions is None:
        return
    if teacher is not None and _in_rows(teacher) != _in_rows(predictions):
        own, wanted = said_of(shape_of(teacher)), said_of(shape_of(predictions))
        yield ("true_logits",), f"expected {wanted}, as there are of predictions, got {own}"
    mask = given.get("mask")
    fits = mask is not None and stands_for(shape_of(mask), _in_rows(predictions)[:-1])
    if fits and not any(numbers_in(mask)):
        message = "it is 0 everywhere: nothing counts, and a mean is 0/0 then, nan in PyTorch"
        yield ("mask",), message


def _in_rows(array: Any) -> Shape:
    """The shape, that of one row in outer brackets."""
    shape = shape_of(array)
    return shape if len(shape) > 1 else (1, *shape)


class Divergence(Probabilities):
    """Σ y ln(y / ŷ)."""

    TITLE = "Kullback-Leibler divergence (KL)"
    FORMULA = "L = Σᵢ Σ_c y_i,c ln(y_i,c / ŷ_i,c)"
    ALIASES = ("kl", "kld")
    Inputs = DivergenceKeys
    HEADING = "The divergence of each observation"

    # --- NumPy's road ---

    def terms(self, given: DivergenceKeys, found: Distributions) -> Doubles:
        true, true_logs = truth(found, given.temperature)
        logs = log_probabilities(found, "e", given.temperature)
        products = np.where(true == 0, 0.0, true * (true_logs - logs))
        return doubles(products.sum(axis=1) / ln_of_base(given.log_base))

    def reduced(self, inputs: DivergenceKeys, terms: Doubles, found: Distributions) -> Any:
        return float(inputs.scale) * super().reduced(inputs, terms, found)

    def term_formula(self, inputs: DivergenceKeys, index: formulas.Letters) -> str:
        y, predicted = (formulas.indexed("y", (*index, "c"), hat=hat) for hat in (False, True))
        log = log_to(inputs.log_base)
        if inputs.kind == "log_probs":
            return f"Σ_c {y} ({log} {y} − {formulas.log_predicted(inputs, index)})"
        return f"Σ_c {y} {log}({y} / {predicted})"

    def factor_formula(self, inputs: DivergenceKeys) -> str:
        return "" if inputs.scale == 1 else "T² "

    def where(self, inputs: DivergenceKeys) -> Sequence[str]:
        temperature = inputs.temperature if inputs.temperature != 1 else None
        truth = formulas.softmax("y", "v", temperature) if inputs.true_logits is not None else ""
        says = [f"T = {PLAIN.number(temperature)}"] if temperature else []
        return [*filter(None, [truth]), *formulas.softmax_formula(inputs, temperature), *says]

    # --- the road by hand ---

    def temperature(self, inputs: DivergenceKeys, working: Working) -> Quantity | None:
        if inputs.temperature == 1:
            return None
        return working.given("temperature", Symbol("T"), inputs.temperature)

    def factor(self, inputs: DivergenceKeys, working: Working) -> Decimal | Expression:
        return inputs.scale if inputs.scale == 1 else working.quantity("given.temperature") ** 2

    def write(
        self, inputs: DivergenceKeys, working: Working, observations: Sequence[Observation]
    ) -> Written:
        """Steps ``term.i``."""
        working.section(self.HEADING)
        if inputs.true_logits is None:
            self.remark_on_true_sums(inputs, working)
        return [self._write_term(inputs, working, each) for each in observations], ()

    def _write_term(self, inputs: DivergenceKeys, working: Working, of: Observation) -> Quantity:
        rows = [*zip(map(said_class, inputs.names), of.y_true, of.predicted, strict=True)]
        counting = [each for each in rows if working.values[each[1].id]]
        base, left_out = inputs.log_base, [each[0] for each in rows if each not in counting]
        products = [
            true * (Log(true, base) - of.log(predicted, base))
            if of.are_logs
            else true * Log(true / predicted, base)
            for _, true, predicted in counting
        ]
        term = working.step(
            *named("term", "ℓ", of.index),
            sum_of(products),
            title=self.title("divergence", of.index),
            why=_what_is_left_out(left_out, log_to(base)),
        )
        never = Decimal("-Infinity") if of.are_logs else Decimal(0)
        for name, true, predicted in counting:
            if working.values[predicted.id] == never:
                text = (
                    f"The model gives {name} a probability of 0, yet its true one is "
                    f"{working.text(true)}: the logarithm of {working.text(true)} / 0 is ∞, so this "
                    "term is infinite."
                )
                remark_on_infinity(working, inputs.weights, of.index, text, term)
        return term

    # --- gradient and slips ---

    def gradient(self, inputs: DivergenceKeys) -> formulas.ClosedForm:
        found = inputs.as_given().distributions
        true, _ = truth(found, inputs.temperature)
        sums_to_one = found.true_kind == "true_logits" or all(
            sum(row, Decimal(0)) == 1 for row in found.targets
        )
        reduced = self.shares(inputs, found).in_base(inputs.log_base)
        if inputs.scale != 1:
            reduced = replace(
                reduced,
                factors=reduced.factors * float(inputs.scale),
                above=("T²", *reduced.above),
                words=("times T²", *reduced.words),
            )
        shares, rnn = formulas.Truth(true, "y", sums_to_one), inputs.rnn
        closed = formulas.cross_entropy(
            found, shares, reduced, rnn=rnn, temperature=inputs.temperature
        )
        says = "What is true stands still, and so does its entropy: the derivatives are those of a cross-entropy. "
        return formulas.ClosedForm(says + closed.says, closed.values)

    def slips(self, inputs: DivergenceKeys, calculation: Calculation) -> Iterator[Slip]:
        """The mistakes with Σ y ln(y / ŷ), and with the temperature of its logits."""
        base, are_logs = inputs.log_base, bool(calculation.all("given.log_probs"))
        rows = _rows(inputs, calculation)
        counting = {
            id: [each for each in both if calculation.values[each[0].id]]
            for id, both in rows.items()
        }

        def log(p: Quantity) -> Expression:
            return log_given(p, base) if are_logs else Log(p, base)

        text = "The two distributions are taken for each other: this is Σ ŷ ln(ŷ / y), which is not the same."
        exchanged = {
            id: sum_of([(Exp(p) if are_logs else p) * (log(p) - Log(y, base)) for y, p in both])
            for id, both in rows.items()
        }
        yield Slip("distributions-exchanged", text, exchanged)
        text = (
            "This is the cross-entropy −Σ y ln ŷ: the entropy of y, −Σ y ln y, is to be taken off."
        )
        crossed = {id: sum_of([-(y * log(p)) for y, p in both]) for id, both in counting.items()}
        yield Slip("entropy-forgotten", text, crossed)
        alike = {
            id: [(y, Exp(p) if are_logs else p) for y, p in both] for id, both in counting.items()
        }
        text = "The probabilities stand where their logarithms belong, as in a loss that takes logarithms."
        fed = {id: sum_of([y * (Log(y, base) - p) for y, p in both]) for id, both in alike.items()}
        yield Slip("probabilities-as-log-probs", text, fed)
        text = "No logarithm is taken: this is Σ y (y − ŷ)."
        bare = {id: sum_of([y * (y - p) for y, p in both]) for id, both in alike.items()}
        yield Slip("logarithm-forgotten", text, bare)
        yield from _of_the_temperature(inputs, calculation)
        yield from common_slips.shared_slips(calculation, probabilities="given.y_pred")
        yield from common_slips.averaging_slips(calculation)
        yield from common_slips.class_averaging_slips(calculation, len(inputs.names))

    def frameworks(self, inputs: DivergenceKeys) -> list[Call]:
        inputs = inputs.as_given()
        found, temperature = inputs.distributions, inputs.temperature
        how = replace(self.how(inputs, found), factor=float(inputs.scale), log_base=inputs.log_base)
        true, true_logs = truth(found, temperature)
        logs = log_probabilities(found, "e", temperature)
        # 0 · ln 0 is 0 in PyTorch and optax, but 0 · ∞ is no number
        entropies = np.where(true == 0, 0.0, true * true_logs)
        kept_true, kept = (np.clip(each, KERAS_EPSILON, 1) for each in (true, np.exp(logs)))
        return calls(
            "kl_divergence",
            how,
            {found.true_kind: doubles(found.targets), found.kind: doubles(found.predictions)},
            (entropies - true * logs).sum(axis=1),
            {"Keras": (kept_true * np.log(kept_true / kept)).sum(axis=1)},
            divided="" if temperature == 1 else f" / {float(temperature)!r}",
            true_kind=found.true_kind,
            kind=found.kind,
            mean=how.as_one_argument == "mean",
            C=len(found.names),
        )


def truth(found: Distributions, temperature: Decimal) -> tuple[Doubles, Doubles]:
    """The true probabilities and their natural logarithms in NumPy, (n, C)."""
    given = np.array(found.targets, float)
    if found.true_kind == "true_logits":
        logs = log_softmax(given / float(temperature))
        return np.exp(logs), logs
    with np.errstate(divide="ignore"):
        return given, np.log(given)


def _what_is_left_out(names: Sequence[str], log: str) -> str:
    if not names:
        return ""
    *before, last = names
    zero = f"and 0 · {log} 0 counts as 0"
    if not before:
        return f"The true probability of {last} is 0, {zero}: its product is left out."
    said = f"{', '.join(before)} and {last}"
    return f"The true probabilities of {said} are 0, {zero}: their products are left out."


# --- slips -------------------------------------------------------------------------------


def _rows(
    inputs: DivergenceKeys, calculation: Calculation
) -> dict[str, list[tuple[Quantity, Quantity]]]:
    """What each divergence is worked from, class by class, by the id of the divergence: what is
    true, and what is predicted."""

    def found(place: Sequence[int | str], *names: str) -> Quantity:
        ids = (dotted(name, place) for name in names)
        return next(calculation.by_id[id] for id in ids if id in calculation.by_id)

    return {
        dotted("term", place): [
            (
                found((*place, c), "y_true", "given.y_true"),
                found((*place, c), "y_pred", "given.y_pred", "given.log_probs"),
            )
            for c in range(1, len(inputs.names) + 1)
        ]
        for place in inputs.distributions.places
    }


def _of_the_temperature(inputs: DivergenceKeys, calculation: Calculation) -> Iterator[Slip]:
    """The mistakes with a temperature, where there is one."""
    for temperature in calculation.all("given.temperature"):
        text = "The temperature is left out, as if it were 1."
        yield Slip("temperature-forgotten", text, {temperature.id: Decimal(1)})
        predicted, true = (_undivided(calculation, name) for name in ("exp", "true_exp"))
        if inputs.scale != 1:
            text = "The logits are not divided by the temperature, though the loss is multiplied by T²."
            yield Slip("temperature-forgotten", text, {**predicted, **true})
        sides = {"predictions": predicted, "true distributions": true}
        for side, changed in sides.items() if all(sides.values()) else ():
            text = f"The logits of the {side} are not divided by the temperature, the others are."
            yield Slip("temperature-on-one-side", text, changed)
        if inputs.scale != 1:
            text = "The loss is not multiplied by T², the square of the temperature."
            plain = {each.id: each.definition.operands[1] for each in calculation.all("loss")}
            yield Slip("temperature-squared-forgotten", text, plain)


def _undivided(calculation: Calculation, name: str) -> dict[str, Expression]:
    """Exponentials of logits as they are."""
    return {
        each.id: Exp(each.definition.operands[0].operands[0])
        for each in calculation.all(name)
        if isinstance(each.definition, Exp) and isinstance(each.definition.operands[0], Quotient)
    }


LOSS = Divergence()

"""What the losses −Σ y ln ŷ share on both roads: what is given, and one observation's worth of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Negative, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase
from lossclass.losses._logarithms import Doubles, ln_of_base, log_softmax
from lossclass.losses._softmax import Index, dotted, named, softmax_steps
from lossclass.losses.shapes.heads import log as log_to
from lossclass.losses.shapes.network import TRUE_AND_PREDICTED, write_rnn
from lossclass.losses.shapes.smoothing import write_smoothed, write_smoothing
from lossclass.problem.arrays import Array, Place, at
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import ClassKeys, Distributions
    from lossclass.losses.shapes.cross_entropies import CrossEntropyKeys

#: How what is true is written, and what it is called in a table, by the key that holds it.
_TRUE: Final = {
    "y_true": (Symbol("y"), "true y"),
    "true_logits": (Symbol("v"), "teacher's logit v"),
}


@dataclass(frozen=True)
class Observation:
    """One prediction: its true distribution and what the model says, as quantities."""

    index: Index
    y_true: tuple[Quantity, ...]
    predicted: tuple[Quantity, ...]
    #: The predictions are logarithms already.
    are_logs: bool = False


def write_given(
    working: Working,
    inputs: ClassKeys,
    found: Distributions,
    *,
    columns: Sequence[str],
    called: Callable[[Index], str],
    note: str = "",
    temperature: Quantity | None = None,
) -> list[Observation]:
    """Write the table of what is given, and the softmax where there are logits. Where there is a
    network, its forward pass comes before it.

    Args:
        columns: the headings of the parts of a place.
        called: what a sentence calls the observation at a place.
        note: what is to be said below the table.
        temperature: what logits are divided by before the softmax.
    """
    from_rnn = None
    if inputs.rnn is not None:
        from_rnn = write_rnn(working, inputs, temperature=temperature).predictions
    working.section("Given" if from_rnn is None else TRUE_AND_PREDICTED)
    kind = "y_pred" if from_rnn else found.kind
    letter = {"y_pred": "y", "logits": "z", "log_probs": "q"}[kind]
    symbol = Symbol(letter, hat=letter == "y")
    true_symbol, true_heading = _TRUE[found.true_kind]
    observations: list[Observation] = []
    rows: list[tuple[str | Quantity, ...]] = []
    for place, target, prediction in zip(
        found.places, found.targets, found.predictions, strict=True
    ):
        y_true = given_row(working, found.true_kind, true_symbol, target, place)
        if from_rnn:
            predicted = tuple(from_rnn[int(place[-1]) - 1])
        else:
            predicted = given_row(working, kind, symbol, prediction, place)
        observations.append(Observation(place, y_true, predicted, kind == "log_probs"))
        rows += [
            (*map(str, place), name, true, given)
            for name, true, given in zip(found.names, y_true, predicted, strict=True)
        ]
    heading = {"y_pred": "predicted ŷ", "logits": "logit z", "log_probs": "q = ln ŷ"}[kind]
    working.table("given", "", (*columns, "class", true_heading, heading), rows)
    if note:
        working.say(note)
    if found.true_kind == "true_logits":
        observations = _write_softmax(working, observations, temperature, called, of_truth=True)
    if kind == "logits":
        return _write_softmax(working, observations, temperature, called)
    if from_rnn is None:
        for place, row in zip(found.places, found.predictions, strict=True):
            probabilities = [q.exp() for q in row] if kind == "log_probs" else row
            remark_on_sum(working, probabilities, f"The probabilities of {called(place)}")
    return observations


def _write_softmax(
    working: Working,
    observations: Sequence[Observation],
    temperature: Quantity | None,
    called: Callable[[Index], str],
    *,
    of_truth: bool = False,
) -> list[Observation]:
    """Write the probabilities in the place of logits, those of a teacher or those predicted."""
    y, z, whose = "ŷ", "z", "The predictions: softmax of the logits"
    then = (
        ". The largest logit M is subtracted from all of them first: that changes nothing in the "
        "quotient, and no exponential gets too large."
    )
    if of_truth:
        y, z = "y", "v"
        whose = "The true distributions: softmax of the teacher's logits"
        then = ", worked from the differences to the largest logit."
    power, at = f"exp({z})", ""
    if temperature is not None:
        power, at = f"exp({z} / T)", f", at the temperature T = {working.text(temperature)}"
    working.section(whose)
    working.say(f"{y} = {power} / Σ {power} over the classes{at}{then}")

    def softmax(logits: Sequence[Quantity], row: Index) -> tuple[Quantity, ...]:
        return tuple(
            softmax_steps(
                working,
                logits,
                row,
                temperature=temperature,
                of_truth=of_truth,
                called=called(row),
            )
        )

    if of_truth:
        return [replace(each, y_true=softmax(each.y_true, each.index)) for each in observations]
    return [replace(each, predicted=softmax(each.predicted, each.index)) for each in observations]


def given_row(
    working: Working, name: str, symbol: Symbol, numbers: Sequence[Decimal], row: Index
) -> tuple[Quantity, ...]:
    """The quantities of a row of numbers of the problem."""
    return tuple(
        working.given(dotted(name, (*row, c)), replace(symbol, index=(*row, c)), number)
        for c, number in enumerate(numbers, start=1)
    )


def remark_on_sum(
    working: Working,
    probabilities: Sequence[Decimal],
    whose: str,
    what: str = " as the outputs of a softmax do",
) -> None:
    """Say what probabilities sum to, where that is not 1."""
    total = sum(probabilities, Decimal(0))
    if abs(total - 1) > Decimal("1e-6"):
        working.remark(
            "probabilities-do-not-sum-to-one",
            f"{whose} sum to {working.text(total, Decimal(1))}, not to 1{what}. They are taken here as "
            "they were given.",
        )


def write_smoothed_truth(
    working: Working,
    inputs: CrossEntropyKeys,
    observations: Sequence[Observation],
    called: Callable[[Index], str],
) -> list[Observation]:
    """Write the smoothed true distributions; the observations with these."""
    names = inputs.names
    epsilon = write_smoothing(working, inputs.label_smoothing, len(names), "PyTorch")
    return [
        replace(
            each,
            y_true=tuple(
                write_smoothed(
                    working,
                    epsilon,
                    true,
                    len(names),
                    (*each.index, c),
                    f"The smoothed probability of {name} in {called(each.index)}",
                )
                for c, (name, true) in enumerate(zip(names, each.y_true, strict=True), start=1)
            ),
        )
        for each in observations
    ]


def write_term(
    working: Working,
    inputs: CrossEntropyKeys,
    observation: Observation,
    class_weights: Sequence[Quantity],
    *,
    title: str,
) -> Quantity:
    """Write one observation's −Σ k s ln ŷ, in full: step ``term.INDEX``. There s is y, or what
    smoothing made of it."""
    shares = [
        class_weights[c] * true if class_weights else true
        for c, true in enumerate(observation.y_true)
    ]
    factors = [share.value(working.values) for share in shares]
    products = (
        share * log_of(predicted, observation, inputs)
        for share, predicted in zip(shares, observation.predicted, strict=True)
    )
    is_plain = not class_weights and not inputs.label_smoothing
    what_remains = _what_remains(inputs.names, factors, is_plain=is_plain)
    is_new = working.is_new("what remains")
    term = working.step(
        *named("term", "ℓ", observation.index),
        Negative(Sum(*products)),
        title=title,
        why=what_remains if is_new else "",
        aside="" if is_new else what_remains,
    )
    _remark_on_zeros(working, inputs, observation, factors, term, is_plain=is_plain)
    return term


def log_of(predicted: Quantity, observation: Observation, inputs: ProblemKeys) -> Expression:
    """The logarithm of a prediction, to the problem's base."""
    if not observation.are_logs:
        return Log(predicted, inputs.log_base)
    return log_given(predicted, inputs.log_base)


def log_given(logarithm: Quantity, base: LogBase) -> Expression:
    """A natural logarithm that is given, to a base."""
    return logarithm if base == "e" else logarithm / Log(Constant(base))


def raised(base: LogBase, exponent: Expression) -> Expression:
    """The base of a logarithm to a power."""
    return Exp(exponent) if base == "e" else Constant(base) ** exponent


def _what_remains(names: Sequence[str], factors: Sequence[Decimal], *, is_plain: bool) -> str:
    """What is left of the sum where only one class counts."""
    counting = [name for name, factor in zip(names, factors, strict=True) if factor]
    if not len(counting) == 1 < len(factors) or (is_plain and sum(factors) != 1):
        return ""
    if is_plain:
        return f"y is 1 for {counting[0]} and 0 for every other class: only one term remains."
    return (
        f"What multiplies the logarithm is 0 for every class but {counting[0]}, so only that class's "
        "term remains."
    )


def _remark_on_zeros(
    working: Working,
    inputs: ClassKeys,
    observation: Observation,
    factors: Sequence[Decimal],
    term: Quantity,
    *,
    is_plain: bool,
) -> None:
    """Say what becomes of ln 0, where the model gives a class no probability at all."""
    never = Decimal("-Infinity") if observation.are_logs else Decimal(0)
    for name, factor, predicted in zip(inputs.names, factors, observation.predicted, strict=True):
        if working.values[predicted.id] != never:
            continue
        if factor or not is_plain:
            remark_on_zero(
                working, inputs, observation.index, term, name, factor, is_plain=is_plain
            )
            continue
        text = f"For {name}, 0 · {log_to(inputs.log_base)} 0 counts as 0"
        text += ": a class that is never true costs nothing, whatever its logarithm."
        working.remark("zero-times-log-zero", text, term)


def remark_on_zero(
    working: Working,
    inputs: ProblemKeys,
    place: Place,
    term: Quantity,
    what: str,
    factor: Decimal,
    *,
    is_plain: bool,
    certain: str = "it is true",
) -> None:
    """Say what becomes of the logarithm of a probability of 0.

    Args:
        what: the model gives it no probability at all.
        factor: what the logarithm is multiplied by.
        is_plain: whether that is the true probability itself, which then is not 0.
        certain: what is said of one that is 1.
    """
    log, number = log_to(inputs.log_base), working.text(factor)
    text = (
        f"The model gives {what} a probability of 0. Its logarithm is multiplied by {number}, and "
    )
    if is_plain:
        yet = certain if factor == 1 else f"its true probability is {number}"
        text = f"The model gives {what} a probability of 0, yet {yet}: "
    if factor:
        text += f"−{log} 0 = ∞, so this term is infinite."
        remark_on_infinity(working, inputs.weights, place, text, term)
    else:
        working.remark("zero-times-log-zero", f"{text}0 · {log} 0 counts as 0.", term)


def remark_on_infinity(
    working: Working, weights: Array | None, place: Place, text: str, term: Quantity
) -> None:
    """Say that a term is infinite, and whether its weight leaves it out."""
    code = "loss-is-infinite"
    if weights is not None and not at(weights, place):
        code = "infinite-term-has-no-weight"
        text += " Its weight is 0, and 0 · ∞ counts as 0: the loss leaves it out."
    working.remark(code, text, term)


def remark_on_true_sums(
    working: Working, found: Distributions, called: Callable[[Index], str]
) -> None:
    """Say which true probabilities do not sum to 1."""
    for place, row in zip(found.places, found.targets, strict=True):
        remark_on_sum(working, row, f"The true probabilities of {called(place)}", "")


def log_probabilities(
    found: Distributions, log_base: LogBase, temperature: Decimal = Decimal(1)
) -> Doubles:
    """The logarithms of the predictions in NumPy, to a base: shape (n, C)."""
    import numpy as np

    given = np.array(found.predictions, float)
    match found.kind:
        case "y_pred":
            logs = np.log(given)
        case "logits":
            logs = log_softmax(given / float(temperature))
        case _:
            logs = given
    in_base: Doubles = logs / ln_of_base(log_base)
    return in_base


def cross_entropies(y_true: Doubles, log_probs: Doubles) -> Doubles:
    """−Σ_c y log ŷ for each row, shape (n,); 0 · log 0 counts as 0."""
    import numpy as np

    terms = np.where(y_true == 0, 0.0, y_true * log_probs)
    summed: Doubles = -terms.sum(axis=1)
    return summed

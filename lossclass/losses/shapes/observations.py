"""What the losses −Σ y ln ŷ share on both roads: what is given, and one observation's worth of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Negative, Quantity, Sum
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase
from lossclass.losses._logarithms import Doubles, ln_of_base, log_softmax
from lossclass.losses._softmax import Index, dotted, named
from lossclass.losses.shapes.heads import log as log_to
from lossclass.problem.arrays import Array, Place, at
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import ClassKeys, Distributions
    from lossclass.losses.shapes.cross_entropies import CrossEntropyKeys


@dataclass(frozen=True)
class Observation:
    """One prediction: its true distribution and what the model says, as quantities."""

    index: Index
    y_true: tuple[Quantity, ...]
    predicted: tuple[Quantity, ...]
    #: The predictions are logarithms already.
    are_logs: bool = False


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

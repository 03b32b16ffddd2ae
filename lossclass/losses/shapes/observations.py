"""What losses of distributions share on both roads: an observation, what is said of its numbers, and the
logarithms of its predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import Constant, Exp, Expression, Log, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase
from lossclass.losses.shapes.heads import log as log_to
from lossclass.problem.arrays import Array, Place, at
from lossclass.problem.keys import LogarithmKeys
from lossclass.records import record
from lossclass.second_road import Doubles, doubles, ln_of_base, log_softmax, np
from lossclass.working import Working, dotted

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import Distributions


#: Letters that a number takes, that are between columns, and that fit beside each other.
_CELL, _GAP, _ROOM = 6, 3, 78


@record
class Observation:
    """One prediction: its true distribution and what the model says, as quantities."""

    index: Place
    y_true: tuple[Quantity, ...]
    predicted: tuple[Quantity, ...]
    #: The predictions are logarithms already.
    are_logs: bool = False

    def log(self, predicted: Quantity, base: LogBase) -> Expression:
        """The logarithm of a prediction, to a base."""
        return log_given(predicted, base) if self.are_logs else Log(predicted, base)


def given_row(
    working: Working, name: str, symbol: Symbol, numbers: Sequence[Decimal], row: Place
) -> tuple[Quantity, ...]:
    """The quantities of a row of numbers of the problem."""
    return tuple(
        working.given(dotted(name, (*row, c)), replace(symbol, index=(*row, c)), number)
        for c, number in enumerate(numbers, start=1)
    )


def write_by_class(
    working: Working,
    columns: Sequence[str],
    names: Sequence[str],
    kinds: Mapping[str, str],
    rows: Sequence[tuple[Sequence[str], Sequence[Sequence[Quantity]]]],
    *,
    are_given: bool = True,
) -> None:
    """Write the table of what is true and predicted of each class, with the classes as columns where
    these fit beside each other: a row for each observation, or for each kind of number of one.

    Args:
        columns: the heads of what stands before: the axes, and what else is told of an observation.
        kinds: the letter of each kind of number, and what it is called with it.
        rows: of each observation, what stands before, and the numbers of each kind, by class.
        are_given: whether all of these are numbers of the problem.
    """
    by_kind = 1 < len(kinds) < len(names) and are_given
    wide = [*columns, *(f"{letter} {name}" for letter in kinds for name in names)]
    of_kinds = [*columns, "", *names] if len(rows) > 1 else ["class", *names]
    body: list[list[str | Quantity]]
    if len(rows) > 1 and _fit(wide):
        if are_given:  # else the section says what they are
            working.say(f"The {' and the '.join(kinds.values())} of each class:")
        heads, body = wide, [[*before, *chain.from_iterable(kind)] for before, kind in rows]
    elif by_kind and _fit(of_kinds):
        heads = of_kinds
        body = [
            [*(before if len(rows) > 1 else ()), said, *numbers]
            for before, kind in rows
            for said, numbers in zip(kinds.values(), kind, strict=True)
        ]
    else:
        heads = [*columns, "class", *kinds.values()]
        body = [
            [*before, name, *numbers]
            for before, kind in rows
            for name, *numbers in zip(names, *kind, strict=True)
        ]
    working.table("given", "", heads, body)


def _fit(heads: Sequence[str]) -> bool:
    return sum(max(len(head), _CELL) + _GAP for head in heads) <= _ROOM


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


def log_given(logarithm: Quantity, base: LogBase) -> Expression:
    """A natural logarithm that is given, to a base."""
    return logarithm if base == "e" else logarithm / Log(Constant(base))


def raised(base: LogBase, exponent: Expression) -> Expression:
    """The base of a logarithm to a power."""
    return Exp(exponent) if base == "e" else Constant(base) ** exponent


def remark_on_zero(
    working: Working,
    inputs: LogarithmKeys,
    place: Place,
    term: Quantity,
    what: str,
    factor: Decimal,
    never: str,
    *,
    is_plain: bool,
    certain: str = "it is true",
) -> None:
    """Say what becomes of the logarithm of a probability of 0.

    Args:
        what: the model gives it no probability at all.
        factor: what the logarithm is multiplied by.
        never: what is said where it has no true probability either.
        is_plain: whether the factor is the true probability itself.
        certain: what is said of one that is 1.
    """
    log, number = log_to(inputs.log_base), working.text(factor)
    text = f"The model gives {what} a probability of 0"
    if not factor:
        text += f". Its logarithm is multiplied by 0, and 0 · {log} 0 counts as 0."
        working.remark("zero-times-log-zero", never if is_plain else text, term)
        return
    if is_plain:
        text += f", yet {certain if factor == 1 else f'its true probability is {number}'}: "
    else:
        text += f". Its logarithm is multiplied by {number}, and "
    remark_on_infinity(
        working, inputs.weights, place, f"{text}−{log} 0 = ∞, so this term is infinite.", term
    )


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
    given = np.array(found.predictions, float)
    match found.kind:
        case "y_pred":
            logs = np.log(given)
        case "logits":
            logs = log_softmax(given / float(temperature))
        case _:
            logs = given
    return doubles(logs / ln_of_base(log_base))


def cross_entropies(y_true: Doubles, log_probs: Doubles) -> Doubles:
    """−Σ_c y log ŷ for each row, shape (n,); 0 · log 0 counts as 0."""
    terms = np.where(y_true == 0, 0.0, y_true * log_probs)
    return doubles(-terms.sum(axis=1))

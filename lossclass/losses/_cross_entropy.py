"""What the losses −Σ y ln ŷ share on both roads: what is given, and one observation's worth of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
)
from lossclass.arithmetic.symbol import Symbol
from lossclass.choices import LogBase
from lossclass.losses._cross_entropy_keys import CrossEntropyKeys
from lossclass.losses._logarithms import ln_of_base, log_softmax
from lossclass.losses._softmax import Index, dotted, softmax_steps
from lossclass.losses.shapes.network import TRUE_AND_PREDICTED, RnnKeys, write_rnn
from lossclass.problem.arrays import Rows
from lossclass.problem.keys import ProblemKeys
from lossclass.working import Working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Observation:
    """One prediction: its true distribution and what the model says, as quantities."""

    index: Index
    y_true: tuple[Quantity, ...]
    predicted: tuple[Quantity, ...]
    #: The predictions are logarithms already.
    are_logs: bool = False


def _observation(index: Index) -> str:
    return f"observation {', '.join(map(str, index))}"


def write_given(
    working: Working,
    inputs: CrossEntropyKeys,
    targets: Rows,
    predictions: Rows,
    *,
    indices: Sequence[Index] | None = None,
    columns: Sequence[str] = ("i",),
    called: Callable[[Index], str] = _observation,
    network: RnnKeys | None = None,
    note: str = "",
) -> list[Observation]:
    """Write the table of what is given, and the softmax where there are logits. Where there is a
    network, its forward pass comes before it.

    Args:
        targets: the true distributions, n × C.
        predictions: the rows under the key that holds them, n × C; for a network, rows of 0 in
            the shape of its predictions.
        indices: the index of each row; 1 to n if left out.
        columns: the headings of the parts of an index.
        called: what a sentence calls the row with this index.
        network: the problem that may have a network, if that is not ``inputs``. The last part of
            an index is then the number of the prediction.
        note: what is to be said below the table.
    """
    network = network or inputs
    from_rnn = None if network.rnn is None else write_rnn(working, network).predictions
    working.section("Given" if from_rnn is None else TRUE_AND_PREDICTED)
    kind = "y_pred" if from_rnn else inputs.kind
    letter = {"y_pred": "y", "logits": "z", "log_probs": "q"}[kind]
    symbol = Symbol(letter, hat=letter == "y")
    observations: list[Observation] = []
    rows: list[tuple[str | Quantity, ...]] = []
    indices = indices or [(i,) for i in range(1, len(targets) + 1)]
    for index, target, prediction in zip(indices, targets, predictions, strict=True):
        y_true = _given_row(working, "y_true", Symbol("y"), target, index)
        if from_rnn:
            predicted = tuple(from_rnn[index[-1] - 1])
        else:
            predicted = _given_row(working, kind, symbol, prediction, index)
        observations.append(Observation(index, y_true, predicted, kind == "log_probs"))
        rows += [
            (*map(str, index), name, true, given)
            for name, true, given in zip(inputs.names, y_true, predicted, strict=True)
        ]
    heading = {"y_pred": "predicted ŷ", "logits": "logit z", "log_probs": "q = ln ŷ"}[kind]
    working.table("given", "", (*columns, "class", "true y", heading), rows)
    if note:
        working.say(note)
    if kind == "logits":
        return _write_softmax(working, observations)
    if from_rnn is None:
        for index, row in zip(indices, predictions, strict=True):
            _remark_on_sum(working, kind, row, called(index))
    return observations


def _write_softmax(working: Working, observations: Sequence[Observation]) -> list[Observation]:
    working.section("The predictions: softmax of the logits")
    working.say(
        "ŷ = e^z / Σ e^z over the classes. The largest logit M is subtracted from all of them "
        "first: that changes nothing in the quotient, and no exponential gets too large."
    )
    return [
        replace(each, predicted=tuple(softmax_steps(working, each.predicted, each.index)))
        for each in observations
    ]


def _given_row(
    working: Working, name: str, symbol: Symbol, numbers: Sequence[Decimal], row: Index
) -> tuple[Quantity, ...]:
    return tuple(
        working.given(dotted(name, (*row, c)), replace(symbol, index=(*row, c)), number)
        for c, number in enumerate(numbers, start=1)
    )


def _remark_on_sum(working: Working, kind: str, row: Sequence[Decimal], called: str) -> None:
    total = sum((number.exp() if kind == "log_probs" else number for number in row), Decimal(0))
    if abs(total - 1) > Decimal("1e-6"):
        working.remark(
            "probabilities-do-not-sum-to-one",
            f"The probabilities of {called} sum to {working.text(total)}, not to 1 as "
            "the outputs of a softmax do. They are taken here as they were given.",
        )


def write_term(
    working: Working,
    observation: Observation,
    names: Sequence[str],
    inputs: ProblemKeys,
    *,
    title: str,
) -> Quantity:
    """Write one observation's −Σ y ln ŷ, in full: step ``term.INDEX``.

    Args:
        names: the classes' names.
    """
    products = [
        Product(true, log_of(predicted, observation, inputs))
        for true, predicted in zip(observation.y_true, observation.predicted, strict=True)
    ]
    term = working.step(
        dotted("term", observation.index),
        Symbol("ℓ", observation.index),
        Negative(Sum(*products)),
        title=title,
        why=_what_remains(working, observation, names),
    )
    _remark_on_zeros(working, observation, names, term)
    return term


def log_of(predicted: Quantity, observation: Observation, inputs: ProblemKeys) -> Expression:
    """The logarithm of a prediction, to the problem's base."""
    if not observation.are_logs:
        return Log(predicted, inputs.log_base)
    return log_given(predicted, inputs.log_base)


def log_given(logarithm: Quantity, base: LogBase) -> Expression:
    """A natural logarithm that is given, to a base."""
    return logarithm if base == "e" else Quotient(logarithm, Log(Constant(base)))


def _what_remains(working: Working, observation: Observation, names: Sequence[str]) -> str:
    """What is left of the sum where all probability is on one class."""
    true = [working.values[quantity.id] for quantity in observation.y_true]
    if len(true) > 1 and sorted(true) == [0] * (len(true) - 1) + [1]:
        return (
            f"The true probability of every class but {names[true.index(Decimal(1))]} is 0, so only "
            "that class's term remains."
        )
    return ""


def _remark_on_zeros(
    working: Working, observation: Observation, names: Sequence[str], term: Quantity
) -> None:
    never = Decimal("-Infinity") if observation.are_logs else Decimal(0)
    for name, true, predicted in zip(names, observation.y_true, observation.predicted, strict=True):
        if working.values[predicted.id] != never:
            continue
        if working.values[true.id]:
            working.remark(
                "loss-is-infinite",
                f"The model gives {name} a probability of 0, yet it is true: −ln 0 = ∞, so "
                "this term is infinite.",
                term,
            )
        else:
            working.remark(
                "zero-times-log-zero",
                f"For {name}, 0 · ln 0 counts as 0: a class that is never true costs nothing, "
                "whatever its logarithm.",
                term,
            )


def log_probabilities(inputs: CrossEntropyKeys) -> NDArray[np.float64]:
    """The logarithms of the predictions in NumPy, to the problem's base: shape (n, C)."""
    import numpy as np

    inputs = inputs.as_given()
    given = np.array(inputs.predictions, float)
    match inputs.kind:
        case "y_pred":
            logs = np.log(given)
        case "logits":
            logs = log_softmax(given)
        case _:
            logs = given
    in_base: NDArray[np.float64] = logs / ln_of_base(inputs.log_base)
    return in_base


def cross_entropies(
    y_true: NDArray[np.float64], log_probs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """−Σ_c y log ŷ for each row, shape (n,); 0 · log 0 counts as 0."""
    import numpy as np

    terms = np.where(y_true == 0, 0.0, y_true * log_probs)
    summed: NDArray[np.float64] = -terms.sum(axis=1)
    return summed

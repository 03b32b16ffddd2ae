"""The closed forms of the cross-entropies: ŷ − y, as soon as a softmax or sigmoid is before them.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2.2 and 6.2.2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from lossclass.losses._cross_entropy_keys import CrossEntropyKeys
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Index,
    Shares,
    Values,
    by_index,
    through_network,
    times,
)
from lossclass.problem.arrays import Rows
from lossclass.rnn.inputs import Rnn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What the logarithms are multiplied by.

    Attributes:
        shares: n × C: the true probabilities, smoothed and with the weights of their classes.
        letters: how a formula calls them.
        sum_to_one: whether those of every row do, so that ŷ · Σ y is ŷ.
    """

    shares: Array
    letters: str
    sum_to_one: bool

    @property
    def said(self) -> str:
        """What the letters stand for."""
        return {"y": "truth", "s": "smoothed truth"}.get(self.letters, self.letters)


def truth(
    targets: Rows, class_weights: Sequence[Decimal] | None = None, smoothing: Decimal = Decimal(0)
) -> Truth:
    """What the logarithms are multiplied by: (1 − ε) y + ε / C, times the weight k of the class.

    Args:
        targets: the true distributions, n × C.
    """
    import numpy as np

    shares, epsilon = np.array(targets, float), float(smoothing)
    letters = "s" if epsilon else "y"
    if epsilon:
        shares = (1 - epsilon) * shares + epsilon / shares.shape[1]
    if class_weights is not None:
        shares, letters = shares * np.array(class_weights, float), f"k · {letters}"
    sum_to_one = class_weights is None and all(sum(row, Decimal(0)) == 1 for row in targets)
    return Truth(shares, letters, sum_to_one)


def cross_entropy(
    keys: CrossEntropyKeys,
    true: Truth,
    reduced: Shares,
    *,
    rows: Sequence[tuple[int, ...]] | None = None,
    rnn: Rnn | None = None,
) -> ClosedForm:
    """The closed form of a reduced −Σ y ln ŷ.

    Args:
        keys: the problem, with the outputs of a network as logits.
        reduced: what becomes of each row's loss, for logarithms to the base e.
        rows: the index of each row; 1 to n if left out.
        rnn: the network that the logits are from. The last part of an index is then the number
            of the prediction, and those that are not there do not count.
    """
    import numpy as np

    reduced = reduced.in_base(keys.log_base)
    given = np.array(keys.predictions, float)
    if keys.kind == "log_probs":
        by_logs = times(reduced.factors, -true.shares)
        says = f"∂L/∂q = {reduced.scaled(true.letters, negative=True)}: "
        says += reduced.in_words(f"minus {true.said}") + "."
        return ClosedForm(says, {"log_probs": by_index(by_logs, rows)})
    if keys.kind == "y_pred":
        by_predictions = times(reduced.factors, -_over(true.shares, given))
        says = f"∂L/∂ŷ = {reduced.scaled(true.letters, below=('ŷ',), negative=True)}: "
        says += reduced.in_words(f"minus {true.said}, divided by prediction") + "."
        return ClosedForm(says, {"y_pred": by_index(by_predictions, rows)})
    return _behind_softmax(given, true, reduced, rows, rnn)


def _over(above: Array, below: Array) -> Array:
    """The quotients, 0 wherever the number above is 0."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        quotients: Array = np.where(above == 0, 0.0, above / below)
    return quotients


def _behind_softmax(
    logits: Array,
    true: Truth,
    reduced: Shares,
    rows: Sequence[tuple[int, ...]] | None,
    rnn: Rnn | None,
) -> ClosedForm:
    import numpy as np

    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    predictions = np.exp(logs)
    with np.errstate(over="ignore"):
        by_predictions = times(reduced.factors, -_over(true.shares, predictions))
    totals = true.shares.sum(axis=1, keepdims=True)
    by_logits = times(reduced.factors, predictions * totals - true.shares)
    if rnn is None:
        found = {"logits": by_index(by_logits, rows), "y_pred": by_index(by_predictions, rows)}
        return ClosedForm(_said(true, reduced, "z"), found)
    if rows is not None:
        at = [row[-1] - 1 for row in rows]
        by_logits, by_predictions = (_spread(each, at, rnn) for each in (by_logits, by_predictions))
    values: Values = {"y_pred": by_index(by_predictions), **through_network(rnn, by_logits)}
    return ClosedForm(_said(true, reduced, "o") + THROUGH_THE_NETWORK, values)


def _spread(counted: Array, at: Sequence[int], rnn: Rnn) -> Array:
    """Rows of 0 for all predictions of a network, with those that count in their places."""
    import numpy as np

    from lossclass.rnn.fitting import network_of

    network = network_of(rnn)
    spread = np.zeros((len(network.predicted), network.outputs))
    spread[at] = counted
    return spread


def _said(true: Truth, reduced: Shares, letter: str) -> str:
    y = true.letters
    if true.sum_to_one:
        body, words = f"(ŷ − {y})", f"prediction minus {true.said}"
    else:
        body = f"(ŷ · Σ {y} − {y})"
        words = f"prediction times the sum of {y} over the classes, minus {y}"
    return f"∂L/∂{letter} = {reduced.scaled(body)}: {reduced.in_words(words)}."


# --- two classes -------------------------------------------------------------------------


def binary_from_probabilities(
    true: Array, predictions: Array, rest: Array, reduced: Shares
) -> ClosedForm:
    """The closed form of the binary cross-entropy of probabilities.

    Args:
        true: y, shape (n,).
        predictions: ŷ, shape (n,).
        rest: 1 − ŷ, shape (n,).
    """
    slopes = _over(1 - true, rest) - _over(true, predictions)
    values = {"y_pred": by_index(times(reduced.factors, slopes))}
    if ((true == 0) | (true == 1)).all():
        for_one = reduced.scaled("1", below=("ŷ",), negative=True)
        for_zero = reduced.scaled("1", below=("(1 − ŷ)",))
        words = reduced.in_words("minus 1 over the prediction, or 1 over what it leaves")
        says = f"∂L/∂ŷ = {for_one} where y = 1, and {for_zero} where y = 0: {words}."
        return ClosedForm(says, values)
    formula = reduced.scaled("(ŷ − y)", below=("ŷ", "(1 − ŷ)"))
    says = f"∂L/∂ŷ = {formula}: "
    says += reduced.in_words("prediction minus truth, divided by ŷ · (1 − ŷ)") + "."
    if ((predictions == 0) | (rest == 0)).any():
        says += " Where ŷ is 0 or 1, a product that counts as 0 adds nothing to it."
    return ClosedForm(says, values)


def binary_from_logits(
    true: Array, logits: Array, alone: Sequence[bool], reduced: Shares, rnn: Rnn | None
) -> ClosedForm:
    """The closed form of the binary cross-entropy behind a sigmoid.

    Args:
        true: y, shape (n,).
        logits: z, shape (n,), or the outputs of the network.
        alone: where the loss is made of ŷ alone: elsewhere 1 − ŷ is worked without it, and a
            derivative by ŷ would not be the whole.
    """
    import numpy as np

    from lossclass.rnn.vectorised import sigmoid

    with np.errstate(over="ignore"):
        predictions, rest = sigmoid(logits), sigmoid(-logits)
    by_logits = times(reduced.factors, (1 - true) * predictions - true * rest)
    slopes = times(reduced.factors, _over(1 - true, rest) - _over(true, predictions))
    by_predictions: dict[Index, float] = {
        index: slope
        for (index, slope), is_alone in zip(by_index(slopes).items(), alone, strict=True)
        if is_alone
    }
    words = reduced.in_words("prediction minus truth")
    says = f"∂L/∂{'z' if rnn is None else 'o'} = {reduced.scaled('(ŷ − y)')}: {words}."
    values: Values = {"y_pred": by_predictions}
    if rnn is None:
        return ClosedForm(says, {"logits": by_index(by_logits), **values})
    network = through_network(rnn, by_logits[:, np.newaxis])
    return ClosedForm(says + THROUGH_THE_NETWORK, {**values, **network})

"""The closed forms of the cross-entropies: ŷ − y, as soon as a softmax or sigmoid is before them.

Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2.2 and 6.2.2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from lossclass.losses._logarithms import log_softmax
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Index,
    Shares,
    Values,
    by_index,
    over,
    through_network,
    times,
)
from lossclass.problem.arrays import Rows
from lossclass.records import record
from lossclass.rnn.inputs import Rnn
from lossclass.second_road import Doubles, doubles, np

if TYPE_CHECKING:
    from lossclass.losses.shapes.classes import Distributions


@record
class Truth:
    """What the logarithms are multiplied by.

    Attributes:
        shares: n × C: the true probabilities, smoothed and with the weights of their classes.
        letters: how a formula calls them.
        sum_to_one: whether those of every row do, so that ŷ · Σ y is ŷ.
    """

    shares: Doubles
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
    shares, epsilon = doubles(targets), float(smoothing)
    letters = "s" if epsilon else "y"
    if epsilon:
        shares = (1 - epsilon) * shares + epsilon / shares.shape[1]
    if class_weights is not None:
        shares, letters = shares * doubles(class_weights), f"k · {letters}"
    sum_to_one = class_weights is None and all(sum(row, Decimal(0)) == 1 for row in targets)
    return Truth(shares, letters, sum_to_one)


def cross_entropy(
    found: Distributions,
    true: Truth,
    reduced: Shares,
    *,
    rnn: Rnn | None = None,
    temperature: Decimal = Decimal(1),
) -> ClosedForm:
    """The closed form of a reduced −Σ y ln ŷ.

    Args:
        found: the observations, with the outputs of a network as logits.
        reduced: what becomes of the loss of each, with the base of its logarithms.
        rnn: the network that the logits are from. The last part of a place is then the number of
            the prediction, and those that are not there do not count.
        temperature: what the logits are divided by before the softmax.
    """
    given, rows = doubles(found.predictions), found.places
    if found.kind == "log_probs":
        by_logs = times(reduced.factors, -true.shares)
        says = f"∂L/∂q = {reduced.scaled(true.letters, negative=True)}: "
        says += reduced.in_words(f"minus {true.said}") + "."
        return ClosedForm(says, {"log_probs": by_index(by_logs, rows)})
    if found.kind == "y_pred":
        by_predictions = times(reduced.factors, -over(true.shares, given))
        says = f"∂L/∂ŷ = {reduced.scaled(true.letters, below=('ŷ',), negative=True)}: "
        says += reduced.in_words(f"minus {true.said}, divided by prediction") + "."
        return ClosedForm(says, {"y_pred": by_index(by_predictions, rows)})
    return _behind_softmax(given, true, reduced, rows, rnn, temperature)


def _behind_softmax(
    logits: Doubles,
    true: Truth,
    reduced: Shares,
    rows: Sequence[Index],
    rnn: Rnn | None,
    temperature: Decimal,
) -> ClosedForm:
    divided = float(temperature)
    logits = logits / divided
    predictions = np.exp(log_softmax(logits))
    with np.errstate(over="ignore"):
        by_predictions = times(reduced.factors, -over(true.shares, predictions))
    totals = true.shares.sum(axis=1, keepdims=True)
    by_logits = times(reduced.factors, (predictions * totals - true.shares) / divided)
    if rnn is None:
        values = {"logits": by_index(by_logits, rows), "y_pred": by_index(by_predictions, rows)}
        return ClosedForm(_said(true, reduced, "z", temperature), values)
    by_logits, by_predictions = (spread(each, rows, rnn) for each in (by_logits, by_predictions))
    behind: Values = {"y_pred": by_index(by_predictions), **through_network(rnn, by_logits)}
    return ClosedForm(_said(true, reduced, "o", temperature) + THROUGH_THE_NETWORK, behind)


def spread(counted: Doubles, places: Sequence[Index], rnn: Rnn) -> Doubles:
    """Rows of 0 for all predictions of a network, with those that count in their places."""
    from lossclass.rnn.fitting import network_of

    network = network_of(rnn)
    rows = np.zeros((len(network.predicted), network.outputs))
    rows[[int(place[-1]) - 1 for place in places]] = counted
    return rows


def _said(true: Truth, reduced: Shares, letter: str, temperature: Decimal) -> str:
    y = true.letters
    if true.sum_to_one:
        body, words = f"(ŷ − {y})", f"prediction minus {true.said}"
    else:
        body = f"(ŷ · Σ {y} − {y})"
        words = f"prediction times the sum of {y} over the classes, minus {y}"
    below = () if temperature == 1 else ("T",)
    if below:
        words += ", divided by the temperature T"
    return f"∂L/∂{letter} = {reduced.scaled(body, below=below)}: {reduced.in_words(words)}."

"""CTC with a large negative number in place of the logarithm of 0, as optax and Keras on JAX have it.

Worked out anew from their rules, to say what they answer; nothing is solved with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What optax, and Keras after it, have in place of ln 0.
LOG_EPSILON = -1e5


def log_epsilon_loss(log_probs: NDArray[np.float64], target: list[int], blank: int) -> float:
    """−ln p(l|x) by the forward algorithm in logarithms, as optax works it.

    What an alignment may not do gets LOG_EPSILON, not −∞. A real −∞ comes to nan, since it is
    multiplied with zeros that stand for "not this one".

    Args:
        log_probs: normalised, shape (T, C).
    """
    import numpy as np

    length, labels = len(target), np.array(target or [0])  # an empty target is one of padding
    emitted = log_probs[:, labels].copy()
    impossible = np.isneginf(log_probs).sum(axis=1)
    # The column of a label is taken with a product by one-hot vectors.
    emitted[impossible[:, None] > np.isneginf(emitted)] = np.nan
    repeats = np.append(labels[1:] == labels[:-1], False)
    to_label, to_blank = (np.where(each, LOG_EPSILON, 0.0) for each in (repeats, ~repeats))
    # After n labels: in a blank, or in the n-th label.
    in_blank, in_label = np.full(len(labels) + 1, LOG_EPSILON), np.full(len(labels), LOG_EPSILON)
    in_blank[0] = 0.0
    for emission, of_blank in zip(emitted, log_probs[:, blank], strict=True):
        ready = in_blank.copy()
        ready[1:] = np.logaddexp(ready[1:], in_label + to_label)
        arrived = np.logaddexp(ready[:-1], in_label) + emission
        in_blank = 0.0 * in_blank + ready + of_blank
        in_blank[1:] = np.logaddexp(in_blank[1:], in_label + of_blank + to_blank)
        in_label = 0.0 * in_label + arrived
    in_blank[1:] = np.logaddexp(in_blank[1:], in_label)
    return float(-(in_blank * (np.arange(len(in_blank)) == length)).sum())

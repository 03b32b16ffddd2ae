"""Logarithms of doubles, on NumPy's road."""

from __future__ import annotations

from lossclass.choices import LogBase
from lossclass.second_road import Doubles, np


def ln_of_base(log_base: LogBase) -> float:
    """What natural logarithms are divided by, to be logarithms to a base: exactly 1 for e."""
    return 1.0 if log_base == "e" else float(np.log(float(log_base)))


def log_softmax(logits: Doubles) -> Doubles:
    """The natural logarithms of the softmax along the last axis; no exponential overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs: Doubles = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs

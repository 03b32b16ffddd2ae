"""Doubles, and logarithms of them, on NumPy's road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from lossclass.choices import LogBase
from lossclass.second_road import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Written as a text, so that who imports it does not load NumPy.
Doubles: TypeAlias = "NDArray[np.float64]"


def doubles(numbers: Any) -> Doubles:
    """Numbers in lists as deep as they are, as an array of doubles."""
    return np.asarray(numbers, float)


def ln_of_base(log_base: LogBase) -> float:
    """What natural logarithms are divided by, to be logarithms to a base: exactly 1 for e."""
    return 1.0 if log_base == "e" else float(np.log(float(log_base)))


def log_softmax(logits: Doubles) -> Doubles:
    """The natural logarithms of the softmax along the last axis; no exponential overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs: Doubles = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs

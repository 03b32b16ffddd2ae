"""Logarithms on NumPy's road."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossclass.choices import LogBase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def ln_of_base(log_base: LogBase) -> float:
    """What natural logarithms are divided by, to be logarithms to a base: exactly 1 for e."""
    import numpy as np

    return 1.0 if log_base == "e" else float(np.log(float(log_base)))


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The natural logarithms of the softmax of each row, (n, C); no exponential overflows."""
    import numpy as np

    shifted = logits - logits.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs

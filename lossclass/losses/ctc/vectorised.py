"""The machine's road: a problem as the arrays that the NumPy core takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.shapes.network import rnn_outputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def negative_log_likelihood(inputs: Inputs) -> float:
    """−ln p(l|x) by the core."""
    from lossclass.losses.ctc.core import ctc_loss

    return float(ctc_loss(*_arrays(inputs), blank=_column(inputs))[0])


def occupancy(inputs: Inputs) -> NDArray[np.float64]:
    """The share of p(l|x) with a symbol at a time, by the core: shape (T, C)."""
    from lossclass.losses.ctc.core import ctc_occupancy

    shares: NDArray[np.float64] = ctc_occupancy(*_arrays(inputs), blank=_column(inputs))[1]
    return shares[:, 0]


def _column(inputs: Inputs) -> int:
    return inputs.symbols.index(inputs.blank_symbol)


def _arrays(inputs: Inputs) -> tuple[Any, Any]:
    """A batch of one sequence: log_probs T × 1 × C, targets 1 × L."""
    import numpy as np

    columns = {symbol: c for c, symbol in enumerate(inputs.symbols)}
    targets = np.array([[columns[label] for label in inputs.target_symbols]], dtype=int)
    return log_probabilities(inputs)[:, None, :], targets


def log_probabilities(inputs: Inputs) -> NDArray[np.float64]:
    """The logarithms of what the model puts out, shape (T, C)."""
    import numpy as np

    if inputs.kind == "rnn":
        numbers = np.array(rnn_outputs(inputs), float)
    elif inputs.by_symbol is not None:
        numbers = np.tile([float(each) for each in inputs.by_symbol.values()], (inputs.T or 0, 1))
    else:
        numbers = inputs.matrix.array()
    with np.errstate(divide="ignore"):  # ln 0 is -inf, as it should be
        match inputs.kind:
            case "probabilities":
                log_probs: NDArray[np.float64] = np.log(numbers)
            case "log_probs":
                log_probs = numbers
            case _:
                shifted = numbers - numbers.max(axis=1, keepdims=True)
                log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probs

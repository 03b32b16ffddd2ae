"""The machine's road: a problem in NumPy, by the core, or over the alignments that are listed."""

from __future__ import annotations

from math import prod
from typing import Any

from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.shapes.formulas import ClosedForm, Values, by_index, through_network
from lossclass.losses.shapes.lattice.sequences import answer, beside, scale
from lossclass.losses.shapes.network import rnn_outputs
from lossclass.second_road import Doubles, log_softmax, np


def value(inputs: Inputs) -> Any:
    """The answer, from −ln p(l|x)."""
    return answer(inputs, natural_loss(inputs))


def natural_loss(inputs: Inputs) -> float:
    """Minus the natural logarithm of p(l|x); over a list, the logarithms of the factors are added, then
    log-sum-exp."""
    if inputs.T is not None:
        return negative_log_likelihood(inputs)
    with np.errstate(divide="ignore"):  # ln 0 is -inf, as it should be
        logs = [np.log(factors).sum() for factors in _factors(inputs)]
        return -float(np.logaddexp.reduce(logs, initial=-np.inf))


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives of the loss by what the model puts out, and by the weights of an RNN."""
    if inputs.T is None:
        return _gradient_over_list(inputs)
    shares = occupancy(inputs)
    factor = scale(inputs)
    outputs = np.exp(log_probabilities(inputs))
    if inputs.rnn is not None:
        says = "∂L/∂o_t(k) = y_t(k) − γ_t(k): what the network says minus the occupancy"
        by_outputs = factor * (outputs - shares)
        return through_network(inputs.rnn, by_outputs, f"{says}{beside(inputs)}.", {})
    slopes = {
        "probabilities": (-shares / outputs, "∂L/∂y_t(k) = −γ_t(k) / y_t(k)"),
        "log_probs": (-shares, "∂L/∂q_t(k) = −γ_t(k)"),
        "logits": (outputs - shares, "∂L/∂z_t(k) = y_t(k) − γ_t(k)"),
    }
    slope, says = slopes[inputs.kind]
    if inputs.by_symbol is not None:
        summed = factor * slope.sum(axis=0)
        values: Values = {
            "probabilities": {(k,): float(v) for k, v in zip(inputs.symbols, summed, strict=True)}
        }
        return ClosedForm(f"∂L/∂P(k) = −Σ_t γ_t(k) / P(k){beside(inputs)}.", values)
    return ClosedForm(f"{says}{beside(inputs)}.", {inputs.kind: by_index(factor * slope)})


# --- over the alignments that are listed --------------------------------------------------


def _counted(inputs: Inputs) -> list[tuple[str, ...]]:
    """The alignments of which the probabilities are added."""
    if inputs.alignments_counted == "listed":
        return list(inputs.listed)
    return list(filter(inputs.is_of_target, inputs.listed))


def _factors(inputs: Inputs) -> list[list[float]]:
    """The probabilities of the symbols of each."""
    known = inputs.by_symbol or {}
    return [[float(known[symbol]) for symbol in each] for each in _counted(inputs)]


def _gradient_over_list(inputs: Inputs) -> ClosedForm:
    """P = Σ P(π), so ∂p/∂P(k) has, for every k in π, the product of the other factors."""
    slopes = dict.fromkeys(inputs.symbols, 0.0)
    total = 0.0
    for alignment, factors in zip(_counted(inputs), _factors(inputs), strict=True):
        total += prod(factors)
        for place, symbol in enumerate(alignment):
            slopes[symbol] += prod(factors[:place]) * prod(factors[place + 1 :])
    factor = scale(inputs)
    scaled = {k: factor * slope for k, slope in slopes.items()}
    if total:
        by_symbol = {k: -slope / total for k, slope in scaled.items()}
    else:  # the loss is ∞, and falls without bound where p(l|x) rises
        by_symbol = {k: -float("inf") if slope else 0.0 for k, slope in scaled.items()}
    return ClosedForm(
        f"∂L/∂P(k) = −Σ (P(π) without one P(k)) / p(l|x){beside(inputs)}. The sum has a term for "
        "every place at which the symbol k stands in an alignment π that counts: the product of "
        "the other probabilities of π.",
        {"probabilities": {(symbol,): slope for symbol, slope in by_symbol.items()}},
    )


# --- over all alignments, by the core -----------------------------------------------------


def negative_log_likelihood(inputs: Inputs) -> float:
    """−ln p(l|x) by the core."""
    from lossclass.losses.ctc.core import ctc_loss

    return float(ctc_loss(**_batch_of_one(inputs))[0])


def occupancy(inputs: Inputs) -> Doubles:
    """The share of p(l|x) with a symbol at a time, by the core: shape (T, C)."""
    from lossclass.losses.ctc.core import ctc_occupancy

    shares: Doubles = ctc_occupancy(**_batch_of_one(inputs))[1]
    return shares[:, 0]


def _batch_of_one(inputs: Inputs) -> dict[str, Any]:
    """What the core takes: log_probs T × 1 × C, targets 1 × L, and the column of the blank."""
    columns = {symbol: c for c, symbol in enumerate(inputs.symbols)}
    return {
        "log_probs": log_probabilities(inputs)[:, None, :],
        "targets": np.array([[columns[label] for label in inputs.target_symbols]], dtype=int),
        "blank": columns[inputs.blank_symbol],
    }


def log_probabilities(inputs: Inputs) -> Doubles:
    """The logarithms of what the model puts out, shape (T, C)."""
    if inputs.kind == "rnn":
        numbers = np.array(rnn_outputs(inputs), float)
    elif inputs.by_symbol is not None:
        numbers = np.tile([float(each) for each in inputs.by_symbol.values()], (inputs.T or 0, 1))
    else:
        numbers = inputs.matrix.array()
    if inputs.kind in ("logits", "rnn"):
        return log_softmax(numbers)
    with np.errstate(divide="ignore"):  # ln 0 is -inf, as it should be
        return np.log(numbers) if inputs.kind == "probabilities" else numbers

"""The gradient of CTC in NumPy: occupancies by the core, or products without one factor."""

from __future__ import annotations

from math import prod

from lossclass.losses._logarithms import ln_of_base
from lossclass.losses.ctc import listed, vectorised
from lossclass.losses.ctc.ending import is_weighted
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.shapes.closed_forms import (
    THROUGH_THE_NETWORK,
    ClosedForm,
    Values,
    by_index,
    through_network,
)


def gradient(inputs: Inputs) -> ClosedForm:
    """The derivatives of the loss by what the model puts out, and by the weights of an RNN."""
    return _of_listed(inputs) if inputs.T is None else _of_all(inputs)


def _scale(inputs: Inputs) -> float:
    """The derivative of the answer by −ln p(l|x)."""
    weight = float(inputs.weights[0]) if inputs.weights and is_weighted(inputs) else 1.0
    return weight / ln_of_base(inputs.log_base)


def _beside(inputs: Inputs) -> str:
    """What the problem has beside −ln p(l|x), as a phrase."""
    base = "" if inputs.log_base == "e" else f", divided by ln {inputs.log_base}"
    return f"{base}{', times the weight' if is_weighted(inputs) else ''}"


def _of_listed(inputs: Inputs) -> ClosedForm:
    """P = Σ P(π), so ∂p/∂P(k) has, for every k in π, the product of the other factors."""
    known = {symbol: float(number) for symbol, number in (inputs.by_symbol or {}).items()}
    slopes = dict.fromkeys(known, 0.0)
    total = 0.0
    for alignment in listed.counted(inputs):
        factors = [known[symbol] for symbol in alignment]
        total += prod(factors)
        for place, symbol in enumerate(alignment):
            slopes[symbol] += prod(factors[:place]) * prod(factors[place + 1 :])
    scale = _scale(inputs)
    scaled = {k: scale * slope for k, slope in slopes.items()}
    if total:
        by_symbol = {k: -slope / total for k, slope in scaled.items()}
    else:  # the loss is ∞, and falls without bound where p(l|x) rises
        by_symbol = {k: -float("inf") if slope else 0.0 for k, slope in scaled.items()}
    return ClosedForm(
        f"∂L/∂P(k) = −Σ (P(π) without one P(k)) / p(l|x){_beside(inputs)}. The sum has a term for "
        "every place at which the symbol k stands in an alignment π that counts: the product of "
        "the other probabilities of π.",
        {"probabilities": {(symbol,): slope for symbol, slope in by_symbol.items()}},
    )


def _of_all(inputs: Inputs) -> ClosedForm:
    import numpy as np

    shares = vectorised.occupancy(inputs)
    scale = _scale(inputs)
    outputs = np.exp(vectorised.log_probabilities(inputs))
    values: Values
    if inputs.rnn is not None:
        values = through_network(inputs.rnn, scale * (outputs - shares))
        says = "∂L/∂o_t(k) = y_t(k) − γ_t(k): what the network says minus the occupancy"
        return ClosedForm(f"{says}{_beside(inputs)}.{THROUGH_THE_NETWORK}", values)
    slopes = {
        "probabilities": (-shares / outputs, "∂L/∂y_t(k) = −γ_t(k) / y_t(k)"),
        "log_probs": (-shares, "∂L/∂q_t(k) = −γ_t(k)"),
        "logits": (outputs - shares, "∂L/∂z_t(k) = y_t(k) − γ_t(k)"),
    }
    slope, says = slopes[inputs.kind]
    if inputs.by_symbol is not None:
        summed = scale * slope.sum(axis=0)
        values = {
            "probabilities": {(k,): float(v) for k, v in zip(inputs.symbols, summed, strict=True)}
        }
        return ClosedForm(f"∂L/∂P(k) = −Σ_t γ_t(k) / P(k){_beside(inputs)}.", values)
    return ClosedForm(f"{says}{_beside(inputs)}.", {inputs.kind: by_index(scale * slope)})

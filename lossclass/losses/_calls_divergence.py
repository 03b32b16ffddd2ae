"""How the libraries are asked for a divergence between distributions over classes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lossclass.blocks import Call
from lossclass.losses._calls import KERAS_EPSILON, calls
from lossclass.losses._calls_how import How, doubles
from lossclass.losses.shapes.observations import log_probabilities

if TYPE_CHECKING:
    from lossclass.losses.kl_divergence import DivergenceKeys


def divergence_calls(inputs: DivergenceKeys, how: How) -> list[Call]:
    """Those of a divergence problem without a network, of which ``how`` says the reduction."""
    import numpy as np

    from lossclass.losses.kl_divergence import truth

    found, temperature = inputs.distributions, inputs.temperature
    how = replace(how, factor=float(inputs.scale), log_base=inputs.log_base)
    true, true_logs = truth(found, temperature)
    logs = log_probabilities(found, "e", temperature)
    # 0 · ln 0 is 0 in PyTorch and optax, but 0 · ∞ is no number
    entropies = np.where(true == 0, 0.0, true * true_logs)
    losses = (entropies - true * logs).sum(axis=1)
    kept_true, kept = (np.clip(each, KERAS_EPSILON, 1) for each in (true, np.exp(logs)))
    return calls(
        "kl_divergence",
        how,
        {found.true_kind: doubles(found.targets), found.kind: doubles(found.predictions)},
        losses,
        {"Keras": (kept_true * np.log(kept_true / kept)).sum(axis=1)},
        divided="" if temperature == 1 else f" / {float(temperature)!r}",
        true_kind=found.true_kind,
        kind=found.kind,
        mean=how.as_one_argument == "mean",
        C=len(found.names),
    )

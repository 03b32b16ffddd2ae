"""From p(l|x) to the loss, and NumPy's way from its logarithm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossclass.arithmetic.expression import Log, Negative, Quantity
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses._logarithms import ln_of_base
from lossclass.losses._reduction import reduce_steps, reduce_values
from lossclass.losses.ctc.inputs import Inputs
from lossclass.working import Working

#: p(l|x), the probability of the target.
PROBABILITY = Symbol("p", arguments=(Symbol("l"), Symbol("x")), separator="|")
LOSS = Symbol("L")
_LOGARITHMS = {"e": "ln", "2": "log₂", "10": "log₁₀"}


def minus_log(inputs: Inputs, of: str = "p(l|x)") -> str:
    """Minus the logarithm of ``of`` as it stands in a sentence."""
    return f"−{_LOGARITHMS[inputs.log_base]} {of}"


def is_weighted(inputs: Inputs) -> bool:
    """Whether the answer is minus the logarithm times a weight."""
    return inputs.weights is not None and inputs.reduction != "weighted_mean"


def write_loss(working: Working, inputs: Inputs, probability: Quantity) -> Sequence[Quantity]:
    """Write minus the logarithm of p(l|x), and its reduction if there is one: the answers."""
    negative_log = Negative(Log(probability, inputs.log_base))
    if inputs.weights is None and inputs.reduction != "none":
        return [working.step("loss", LOSS, negative_log, title="The loss: minus its logarithm")]
    loss = working.step(
        "negative_log_likelihood.1",
        Symbol("ℓ", (1,)),
        negative_log,
        title="Minus the logarithm of the probability",
    )
    return reduce_steps(working, [loss], inputs, "sum")


def write_other_loss(
    working: Working, inputs: Inputs, which: str, probability: Quantity
) -> Quantity:
    """Write minus the logarithm of the sum over other alignments: step ``which.loss``."""
    weighted = is_weighted(inputs)
    return working.step(
        f"{which}.loss",
        Symbol("ℓ" if weighted else "L", (which,)),
        Negative(Log(probability, inputs.log_base)),
        title="Minus its logarithm, before the weight"
        if weighted
        else "The loss that this would be",
    )


def loss_value(negative_log_likelihood: float, inputs: Inputs) -> Any:
    """The answer in NumPy from −ln p(l|x)."""
    import numpy as np

    in_base = negative_log_likelihood / ln_of_base(inputs.log_base)
    return reduce_values(np.array([in_base]), inputs, "sum")

"""How the libraries are asked for several classes with a margin, and for whole sequences."""

from __future__ import annotations

from lossclass.blocks import Call
from lossclass.losses._calls import calls
from lossclass.losses._calls_how import How, doubles
from lossclass.losses.sequence_hinge.inputs import Inputs


def multiclass_hinge_calls(inputs: Inputs) -> list[Call]:
    """Those of the formulations of Weston and Watkins, and of Crammer and Singer."""
    import numpy as np

    scores, true, margin = doubles(inputs.scores), np.array(inputs.targets), float(inputs.margin)
    width = scores.shape[1]
    one_hot = np.eye(width)[true]
    right = scores[one_hot == 1]
    short = np.maximum(0.0, margin + np.where(one_hot == 1, -np.inf, scores) - right[:, None])
    of_all = inputs.formulation == "weston_watkins"
    hinges = short.sum(axis=1) / width if of_all else short.max(axis=1)
    return calls(
        f"sequence_hinge/{inputs.formulation}",
        How.of(inputs, "sum", true.shape),
        {"y_true": true, "scores": scores, "one_hot": one_hot},
        hinges,
        {"Keras": np.maximum(hinges, margin - right)},
        margin=margin,
        unit_margin=margin == 1,
        C=width,
        labels=list(range(width)),
        two_classes=width == 2,
    )


def structured_hinge_calls(inputs: Inputs) -> list[Call]:
    """Those of a structured hinge."""
    scores, costs = doubles([each.score for each in inputs.candidates or ()]), doubles(inputs.costs)
    true = inputs.true_candidate
    return calls(
        "sequence_hinge/structured",
        How.of(inputs, "sum", (1,)),
        {"costs": costs, "scores": scores},
        (costs + scores).max(keepdims=True) - scores[true],
        true=true,
        candidate=true + 1,
    )

"""How the libraries are asked for several classes with a margin, and for whole sequences."""

from __future__ import annotations

from typing import Any

from lossclass.blocks import Call
from lossclass.losses._frameworks import LIBRARIES, How, Losses, Metric, array, cannot, floats

_SKLEARN = LIBRARIES[3]


def multiclass_hinge_calls(inputs: Any) -> list[Call]:
    """Those of the formulations of Weston and Watkins, and of Crammer and Singer."""
    if inputs.formulation == "weston_watkins":
        return _weston_watkins(inputs)
    import numpy as np

    scores, true = np.array(inputs.scores, float), list(inputs.targets)
    margin, count = float(inputs.margin), scores.shape[1]
    one_hot = np.eye(count)[true]
    right = scores[np.arange(len(true)), true]
    worst = np.where(one_hot == 1, -np.inf, scores).max(axis=1)
    hinges = np.maximum(0.0, margin + worst - right)
    at_least_zero = np.maximum(0.0, margin + np.maximum(worst, 0.0) - right)
    how = How.of(inputs, "sum", len(true))
    unit = margin == 1
    at, front = ("scores", "") if unit else (f"scores / {margin!r}", f"{margin!r} * ")
    rules = [] if unit else ["Its margin is always 1: the scores are divided by the margin."]

    def setup(library: str) -> list[str]:
        return [array(library, "y_true", true), array(library, "scores", scores.tolist())]

    metric = Metric(
        setup(_SKLEARN),
        f"{front}hinge_loss(y_true, {at}, labels={list(range(count))}",
        hinges,
        ["With more than two classes it is the hinge of Crammer and Singer.", *rules],
        ["from sklearn.metrics import hinge_loss"],
    )
    return [
        _written_crammer_singer(setup("PyTorch"), margin, hinges).reduced(how),
        Losses(
            "Keras",
            [array("Keras", "y_true", one_hot.tolist()), array("Keras", "scores", scores.tolist())],
            f"{front}keras.losses.categorical_hinge(y_true, {at})",
            at_least_zero,
            [
                (
                    "For the largest wrong score it takes 0 where all wrong scores are negative, for "
                    "the true class has a 0 among them."
                ),
                *rules,
            ],
        ).reduced(how),
        Losses(
            "optax",
            setup("optax"),
            f"{front}optax.losses.multiclass_hinge_loss({at}, y_true)",
            hinges,
            ["It is the hinge of Crammer and Singer.", *rules],
        ).reduced(how),
        metric.reduced(how)
        if count > 2
        else cannot(_SKLEARN, "Of two classes it takes one score, not two: see the binary hinge."),
    ]


def _written_crammer_singer(setup: list[str], margin: float, hinges: Any) -> Losses:
    """PyTorch's, in its arithmetic."""
    return Losses(
        "PyTorch",
        [
            *setup,
            "right = scores.gather(1, y_true[:, None])",
            'wrong = scores.scatter(1, y_true[:, None], float("-inf"))',
        ],
        f"torch.clamp({margin!r} + wrong.amax(1) - right[:, 0], min=0)",
        hinges,
        ["It has no such loss, so this is written out. MultiMarginLoss adds up all wrong classes."],
    )


def _weston_watkins(inputs: Any) -> list[Call]:
    import numpy as np

    scores, true = np.array(inputs.scores, float), list(inputs.targets)
    margin, count = float(inputs.margin), scores.shape[1]
    short = np.maximum(0.0, margin + scores - scores[np.arange(len(true)), true][:, None])
    short[np.arange(len(true)), true] = 0.0
    pytorch = Losses(
        "PyTorch",
        [array("PyTorch", "y_true", true), array("PyTorch", "scores", scores.tolist())],
        f'F.multi_margin_loss(scores, y_true, margin={margin!r}, reduction="REDUCTION")',
        short.sum(axis=1) / count,
        [f"The sum over the wrong classes is divided by the number of classes, {count}."],
    )
    return [
        pytorch.reduced(How.of(inputs, "sum", len(true))),
        cannot(
            "Keras",
            "It has no such loss: categorical_hinge counts one wrong class, the one with the "
            "largest score.",
        ),
        cannot(
            "optax", "It has no such loss: multiclass_hinge_loss is that of Crammer and Singer."
        ),
        cannot(_SKLEARN, "It has no such metric: hinge_loss is that of Crammer and Singer."),
    ]


def structured_hinge_calls(inputs: Any) -> list[Call]:
    """Those of a structured hinge: no library knows whole sequences."""
    import numpy as np

    scores, true = [float(each.score) for each in inputs.candidates], inputs.true_candidate
    costs = floats(inputs.costs)
    ahead = np.array(costs) + np.array(scores)
    pytorch = Losses(
        "PyTorch",
        [array("PyTorch", "costs", costs), array("PyTorch", "scores", scores)],
        f"(costs + scores).amax(0, keepdim=True) - scores[{true}]",
        ahead.max(keepdims=True) - scores[true],
        [
            f"It has no such loss, so this is written out; the true sequence is candidate {true + 1}."
        ],
    )
    why = "It has no structured hinge: its losses know nothing of the candidates for a sequence."
    return [
        pytorch.reduced(How.of(inputs, "sum", 1)),
        *(cannot(library, why) for library in LIBRARIES[1:]),
    ]

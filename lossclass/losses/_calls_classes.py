"""How the libraries are asked for cross-entropies between distributions over classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.losses._calls import KERAS_EPSILON, SKLEARN_EPSILON, calls
from lossclass.losses._calls_how import How, doubles
from lossclass.losses._logarithms import log_softmax
from lossclass.losses.shapes.classes import Distributions
from lossclass.losses.shapes.observations import log_probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]


def class_calls(
    found: Distributions,
    how: How,
    label_smoothing: Decimal = Decimal(0),
    class_weights: Sequence[Decimal] | None = None,
    **facts: Any,
) -> list[Call]:
    """Those of a cross-entropy problem.

    Args:
        found: what is true and what is predicted in each observation; no network.
        how: what becomes of the observations' losses.
        class_weights: one for each class.
        facts: what else the data asks for.
    """
    import numpy as np

    y_true, logs = doubles(found.targets), log_probabilities(found, "e")
    width, epsilon = y_true.shape[1], float(label_smoothing)
    weights = doubles(class_weights or [1] * width)
    hard = bool(np.isin(y_true, (0, 1)).all() and (y_true.sum(axis=1) == 1).all())
    of_classes = hard and not epsilon and found.kind != "logits"
    smoothed = (1 - epsilon) * y_true + epsilon / width
    arrays = {"y_true": y_true, found.kind: doubles(found.predictions)}
    if hard:
        arrays["classes"] = y_true.argmax(axis=1)
    if class_weights is not None:
        arrays["class_weights"] = weights
        how = replace(how, class_weights=y_true @ weights)
    theirs = {"scikit-learn": _of_true(y_true, np.log(_clipped(logs, SKLEARN_EPSILON)), weights)}
    if of_classes:
        theirs["PyTorch"] = _of_true(y_true, logs, weights)
    if found.kind != "logits":
        shares = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
        theirs["Keras"] = -(smoothed * weights * np.log(_clipped(shares, KERAS_EPSILON))).sum(
            axis=1
        )
    return calls(
        "_cross_entropy",
        how,
        arrays,
        -(smoothed * weights * log_softmax(logs)).sum(axis=1),
        theirs,
        kind=found.kind,
        hard=hard,
        of_classes=of_classes,
        label_smoothing=epsilon,
        C=width,
        labels=list(range(width)),
        one_class=width == 1,
        infinite=np.isinf(logs).any(),
        # With class weights and targets of probabilities, its mean is no weighted one.
        reduced_outside=class_weights is not None and not hard and "mean" in how.reduction,
        **facts,
    )


def _clipped(logs: Doubles, epsilon: float) -> Doubles:
    """Probabilities, cut off beside 0 and 1."""
    import numpy as np

    clipped: Doubles = np.clip(np.exp(logs), epsilon, 1 - epsilon)
    return clipped


def _of_true(y_true: Doubles, logs: Doubles, weights: Doubles) -> Doubles:
    """Minus the true classes' logarithms, times the weights of these classes: 0 · ∞ is nan."""
    import numpy as np

    losses: Doubles = -np.where(y_true == 0, 0.0, y_true * logs).sum(axis=1) * (y_true @ weights)
    return losses

"""How the libraries are asked for the losses of plain numbers: squared errors, hinges, and binary
cross-entropies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossclass.blocks import Call
from lossclass.losses._frameworks import (
    KERAS_EPSILON,
    LIBRARIES,
    PYTORCH_LOWEST_LOG,
    SKLEARN_EPSILON,
    How,
    Losses,
    Metric,
    array,
    cannot,
    floats,
)
from lossclass.problem.arrays import numbers_in

_COLUMN = "It averages over the last axis, so each observation stands in a row of its own."
_SKLEARN = LIBRARIES[3]


def _column(numbers: Sequence[float]) -> list[list[float]]:
    return [[number] for number in numbers]


def squared_error_calls(inputs: Any) -> list[Call]:
    """Those of a mean squared error."""
    import numpy as np

    true, guess = ([*map(float, numbers_in(each))] for each in (inputs.y_true, inputs.y_pred))
    how = How.of(inputs, "mean", len(true), factor=float(inputs.factor))
    squares = (np.array(true) - np.array(guess)) ** 2

    def setup(library: str, shape: Any = list) -> list[str]:
        return [array(library, "y_true", shape(true)), array(library, "y_pred", shape(guess))]

    return [
        Losses(
            "PyTorch",
            setup("PyTorch"),
            'F.mse_loss(y_pred, y_true, reduction="REDUCTION")',
            squares,
            ["The mean is over all elements, without ½."],
        ).reduced(how),
        Losses(
            "Keras",
            setup("Keras", _column),
            "keras.losses.mean_squared_error(y_true, y_pred)",
            squares,
            [_COLUMN],
        ).reduced(how),
        Losses(
            "optax",
            setup("optax"),
            "optax.losses.squared_error(y_pred, y_true)",
            squares,
            ["squared_error has no ½; l2_loss has it."],
        ).reduced(how),
        Metric(
            setup(_SKLEARN),
            "mean_squared_error(y_true, y_pred",
            squares,
            [],
            ["from sklearn.metrics import mean_squared_error"],
        ).reduced(how),
    ]


def hinge_calls(inputs: Any) -> list[Call]:
    """Those of a hinge loss over observations, or over time steps."""
    import numpy as np

    true, scores = floats(inputs.y_true), floats(inputs.y_pred)
    margin, power = float(inputs.margin), 2 if inputs.squared else 1
    how = How.of(inputs, "sum", len(true))
    hinges = np.maximum(0.0, margin - np.array(true) * np.array(scores)) ** power
    unit = margin == 1
    score = "y_pred" if unit else f"y_pred / {margin!r}"
    front = "" if unit else f"{margin**power!r} * "
    rules = [] if unit else ["Its margin is always 1: the scores are divided by the margin."]

    def setup(library: str, shape: Any = list) -> list[str]:
        return [array(library, "y_true", shape(true)), array(library, "y_pred", shape(scores))]

    square = "" if power == 1 else " ** 2"
    keras_name = "hinge" if power == 1 else "squared_hinge"
    return [
        Losses(
            "PyTorch",
            setup("PyTorch"),
            f"torch.clamp({margin!r} - y_true * y_pred, min=0){square}",
            hinges,
            [
                (
                    "It has no such loss, so this is written out. HingeEmbeddingLoss is another one: "
                    "y = 1 gives ŷ, and y = -1 gives max(0, margin − ŷ)."
                )
            ],
        ).reduced(how),
        Losses(
            "Keras",
            setup("Keras", _column),
            f"{front}keras.losses.{keras_name}(y_true, {score})",
            hinges,
            [_COLUMN, "Labels of 0 are made -1 only where all labels are 0 or 1.", *rules],
        ).reduced(how),
        Losses(
            "optax",
            setup("optax"),
            f"{front}optax.losses.hinge_loss({score}, y_true){square}",
            hinges,
            ["The labels have to be 1 and -1: a label of 0 gives 1, without a warning.", *rules],
        ).reduced(how),
        _sklearn_hinge(inputs, how, setup(_SKLEARN), score, rules),
    ]


def _sklearn_hinge(
    inputs: Any, how: How, setup: Sequence[str], score: str, rules: Sequence[str]
) -> Call:
    import numpy as np

    if inputs.squared:
        return cannot(_SKLEARN, "Its metrics have no squared hinge.")
    labels = np.array(inputs.y_true, float)
    rules = ["It takes any two labels, and makes -1 and 1 of them in their order.", *rules]
    if len(set(labels.tolist())) == 1:
        labels = -np.ones(len(labels))
        rules.append(
            "Where all labels are the same, every one of them becomes -1, even if it is 1."
        )
    margin = float(inputs.margin)
    losses = margin * np.maximum(0.0, 1 - labels * np.array(inputs.y_pred, float) / margin)
    front = "" if margin == 1 else f"{margin!r} * "
    return Metric(
        setup,
        f"{front}hinge_loss(y_true, {score}",
        losses,
        rules,
        ["from sklearn.metrics import hinge_loss"],
    ).reduced(how)


def binary_calls(inputs: Any) -> list[Call]:
    """Those of a binary cross-entropy."""
    import numpy as np

    how = How.of(inputs, "mean", len(inputs.y_true))
    true, given = floats(inputs.y_true), floats(inputs.y_pred or inputs.logits)
    y, key = np.array(true), "y_pred" if inputs.y_pred else "logits"
    are_logits = key == "logits"
    x = np.array(given)
    of_logits = y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x)
    low = np.maximum(np.log(x), PYTORCH_LOWEST_LOG)
    clamped = -y * low - (1 - y) * np.maximum(np.log(1 - x), PYTORCH_LOWEST_LOG)
    clipped = np.clip(x, KERAS_EPSILON, 1 - KERAS_EPSILON)

    def setup(library: str, shape: Any = list) -> list[str]:
        return [array(library, "y_true", shape(true)), array(library, key, shape(given))]

    suffix, keras_suffix = ("_with_logits", ", from_logits=True") if are_logits else ("", "")
    nothing = "Logits are taken as they are, and nothing is clipped."
    return [
        Losses(
            "PyTorch",
            setup("PyTorch"),
            f'F.binary_cross_entropy{suffix}({key}, y_true, reduction="REDUCTION")',
            of_logits if are_logits else clamped,
            [
                nothing
                if are_logits
                else "Each logarithm is cut off at -100, so a probability of 0 costs 100 and not ∞."
            ],
        ).reduced(how),
        Losses(
            "Keras",
            setup("Keras", _column),
            f"keras.losses.binary_crossentropy(y_true, {key}{keras_suffix})",
            of_logits if are_logits else -y * np.log(clipped) - (1 - y) * np.log1p(-clipped),
            [_COLUMN]
            if are_logits
            else [_COLUMN, "Probabilities are clipped to between 1e-7 and 1 − 1e-7."],
        ).reduced(how),
        _optax_binary(how, setup("optax"), x, y, are_logits),
        _sklearn_binary(how, setup(_SKLEARN), x, y, are_logits),
    ]


def _optax_binary(how: How, setup: list[str], x: Any, y: Any, are_logits: bool) -> Call:
    import numpy as np

    rules = ["It takes logits."]
    if not are_logits:
        if not ((x > 0) & (x < 1)).all():
            why = "It takes logits alone, and a probability of 0 or 1 has none that is finite."
            return cannot("optax", why)
        rules = ["It takes logits: that of a probability ŷ is ln(ŷ / (1 − ŷ))."]
        setup = [*setup, "logits = jnp.log(y_pred) - jnp.log1p(-y_pred)"]
        x = np.log(x) - np.log1p(-x)
    values = y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x)
    call = "optax.losses.sigmoid_binary_cross_entropy(logits, y_true)"
    return Losses("optax", setup, call, values, rules).reduced(how)


def _sklearn_binary(how: How, setup: list[str], x: Any, y: Any, are_logits: bool) -> Call:
    import numpy as np

    if not np.isin(y, (0, 1)).all():
        return cannot(_SKLEARN, "log_loss takes classes, not probabilities, for what is true.")
    imports, rules = ["from sklearn.metrics import log_loss"], []
    if are_logits:
        imports.append("from scipy.special import expit")
        setup, rules = (
            [*setup, "y_pred = expit(logits)"],
            ["It takes no logits, so the sigmoid is put before it."],
        )
        x = np.exp(-np.logaddexp(0, -x))
    clipped = np.clip(x, SKLEARN_EPSILON, 1 - SKLEARN_EPSILON)
    losses = -np.log(np.where(y == 1, clipped, 1 - clipped))
    rules.append("Probabilities are clipped to between ε and 1 − ε, ε = 2⁻⁵² in double precision.")
    call = "log_loss(y_true, y_pred, labels=[0, 1]"
    return Metric(setup, call, losses, rules, imports, sums=True).reduced(how)

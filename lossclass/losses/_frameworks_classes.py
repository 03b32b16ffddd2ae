"""How the libraries are asked for cross-entropies between distributions over classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lossclass.blocks import Call
from lossclass.losses._frameworks import (
    KERAS_EPSILON,
    LIBRARIES,
    SKLEARN_EPSILON,
    How,
    Losses,
    Metric,
    array,
    cannot,
    floats,
)
from lossclass.losses.shapes.classes import Distributions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SKLEARN = LIBRARIES[3]


@dataclass(frozen=True)
class Classes:
    """A cross-entropy problem: the keys of its observations, and what the loss adds to them.

    Attributes:
        epsilon: how much the labels are smoothed.
        class_weights: one for each class.
    """

    keys: Distributions
    epsilon: float = 0.0
    class_weights: Sequence[float] | None = None

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """The true distributions, n × C."""
        import numpy as np

        return np.array(self.keys.targets, float)

    @cached_property
    def given(self) -> NDArray[np.float64]:
        """The predictions as they are given, n × C."""
        import numpy as np

        return np.array(self.keys.predictions, float)

    @cached_property
    def true(self) -> list[int] | None:
        """The number of the true class of each, from 0; None where one has no single one."""
        import numpy as np

        hard = (np.sort(self.y, axis=1)[:, -1] == 1) & (np.count_nonzero(self.y, axis=1) == 1)
        return [int(c) for c in self.y.argmax(axis=1)] if hard.all() else None

    @cached_property
    def factors(self) -> NDArray[np.float64]:
        """What the logarithms are multiplied by: smoothed, and with the weights of the classes."""
        import numpy as np

        smoothed = (1 - self.epsilon) * self.y + self.epsilon / self.y.shape[1]
        weighted: NDArray[np.float64] = smoothed * np.array(self.class_weights or 1.0)
        return weighted

    @cached_property
    def true_weights(self) -> list[float] | None:
        """The weight of each observation's true class."""
        if self.class_weights is None:
            return None
        return [float(k) for k in self.y @ list(self.class_weights)]

    @cached_property
    def log_softmax(self) -> NDArray[np.float64]:
        """The logarithms of the predictions, of rows that sum to 1 whatever they did."""
        import numpy as np

        logs = np.log(self.given) if self.keys.kind == "y_pred" else self.given
        top = logs.max(axis=1, keepdims=True)
        rows: NDArray[np.float64] = logs - top
        rows -= np.log(np.exp(rows).sum(axis=1, keepdims=True))
        return rows

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """The predictions as probabilities."""
        import numpy as np

        match self.keys.kind:
            case "y_pred":
                return self.given
            case "logits":
                return np.exp(self.log_softmax)
        return np.exp(self.given)

    def calls(self, how: How) -> list[Call]:
        """The four libraries'."""
        return [self._pytorch(how), self._keras(how), self._optax(how), self._sklearn(how)]

    def _arrays(self, library: str, true: Sequence[Any]) -> list[str]:
        lines = [
            array(library, "y_true", true),
            array(library, self.keys.kind, self.given.tolist()),
        ]
        if self.class_weights:
            lines.append(array(library, "class_weights", list(self.class_weights)))
        return lines

    def _pytorch(self, how: How) -> Call:
        import numpy as np

        setup = self._arrays("PyTorch", self.true or self.y.tolist())
        more = ", weight=class_weights" if self.class_weights else ""
        rules = []
        if self.keys.kind == "y_pred":
            setup.append("log_probs = torch.log(y_pred)")
        if self.true and not self.epsilon and self.keys.kind != "logits":
            name, at, values = "nll_loss", "log_probs", -self._of_true(np.log(self.probabilities))
            rules.append("It takes logarithms: given probabilities it would be negative.")
        else:
            at = "logits" if self.keys.kind == "logits" else "log_probs"
            name, values = "cross_entropy", -(self.factors * self.log_softmax).sum(axis=1)
            more += f", label_smoothing={self.epsilon!r}" if self.epsilon else ""
            rules.append("It takes logits and does the softmax itself")
            rules[-1] += (
                "." if at == "logits" else "; to logarithms of what sums to 1 that does nothing."
            )
        if self.class_weights:
            by = "Σ w of the true classes" if self.true else "the number of observations"
            rules.append(f"With class weights its mean divides by {by}.")
        call = f'F.{name}({at}, y_true{more}, reduction="REDUCTION")'
        return Losses("PyTorch", setup, call, values, rules).reduced(self._for_pytorch(how))

    def _for_pytorch(self, how: How) -> How:
        """The same reduction; with targets of probabilities, the mean is an ordinary one."""
        from dataclasses import replace

        if self.true is None and how.class_weights and how.reduction in ("mean", "weighted_mean"):
            # Either way it is reduced outside, so that no default decides.
            return replace(how, weights=how.weights or [1.0] * how.count)
        return how

    def _of_true(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The true classes' logarithms, with the weights of the classes."""
        import numpy as np

        chosen = logs[np.arange(len(logs)), self.true or 0]
        weighed: NDArray[np.float64] = chosen * np.array(self.true_weights or 1.0)
        return weighed

    def _changed(self) -> list[str]:
        """The code that smooths the true distributions and weighs their classes."""
        lines = []
        if self.epsilon:
            count = self.y.shape[1]
            lines.append(f"y_true = (1 - {self.epsilon!r}) * y_true + {self.epsilon!r} / {count}")
        if self.class_weights:
            lines.append("y_true = y_true * class_weights")
        return lines

    def _keras(self, how: How) -> Call:
        import numpy as np

        setup = [*self._arrays("Keras", self.y.tolist()), *self._changed()]
        if self.keys.kind == "logits":
            values = -(self.factors * self.log_softmax).sum(axis=1)
            call = "keras.losses.categorical_crossentropy(y_true, logits, from_logits=True)"
            return Losses("Keras", setup, call, values, self._outside()).reduced(how)
        if self.keys.kind == "log_probs":
            setup.append("y_pred = np.exp(log_probs)")
        shares = self.probabilities / self.probabilities.sum(axis=1, keepdims=True)
        clipped = np.clip(shares, KERAS_EPSILON, 1 - KERAS_EPSILON)
        rules = [
            "Each row is divided by its sum, then clipped to between 1e-7 and 1 − 1e-7.",
            *self._outside(),
        ]
        call = "keras.losses.categorical_crossentropy(y_true, y_pred)"
        values = -(self.factors * np.log(clipped)).sum(axis=1)
        return Losses("Keras", setup, call, values, rules).reduced(how)

    def _outside(self) -> list[str]:
        if self.class_weights:
            return ["The weights of the classes are multiplied into y_true before."]
        return []

    def _optax(self, how: How) -> Call:
        if self.keys.kind != "logits" and not self.probabilities.all():
            return cannot(
                "optax", "It takes logits alone, and a probability of 0 has none that is finite."
            )
        setup, at, rules = self._arrays("optax", self.y.tolist()), "logits", ["It takes logits."]
        if self.keys.kind != "logits":
            rules = ["It takes logits. Logarithms of probabilities that sum to 1 are logits, too."]
            at = "log_probs"
            if self.keys.kind == "y_pred":
                setup.append("log_probs = jnp.log(y_pred)")
        values = -(self.factors * self.log_softmax).sum(axis=1)
        call = f"optax.losses.softmax_cross_entropy({at}, y_true)"
        rules += self._outside()
        return Losses("optax", [*setup, *self._changed()], call, values, rules).reduced(how)

    def _sklearn(self, how: How) -> Call:
        import numpy as np

        count = self.y.shape[1]
        if self.true is None or self.epsilon:
            why = "log_loss takes classes, not probabilities, for what is true"
            return cannot(_SKLEARN, f"{why}{', so it cannot smooth' if self.epsilon else ''}.")
        if count < 2:
            return cannot(_SKLEARN, "log_loss needs two classes or more.")
        setup = [
            array(_SKLEARN, "y_true", self.true),
            array(_SKLEARN, self.keys.kind, self.given.tolist()),
        ]
        imports, rules = ["from sklearn.metrics import log_loss"], []
        if self.keys.kind == "logits":
            imports.append("from scipy.special import softmax")
            setup.append("y_pred = softmax(logits, axis=1)")
            rules.append("It takes no logits, so the softmax is put before it.")
        if self.keys.kind == "log_probs":
            setup.append("y_pred = np.exp(log_probs)")
        clipped = np.clip(self.probabilities, SKLEARN_EPSILON, 1 - SKLEARN_EPSILON)
        losses = -np.log(clipped[np.arange(len(clipped)), self.true])
        rules.append(
            "Probabilities are clipped to between ε and 1 − ε, ε = 2⁻⁵² in double precision. A row "
            "that does not sum to 1 gets a warning, and is used as it is."
        )
        call = f"log_loss(y_true, y_pred, labels={list(range(count))}"
        metric = Metric(
            setup, call, losses, rules, imports, sums=True, sample_weights=self.true_weights
        )
        return metric.reduced(how)


def class_calls(inputs: Any) -> list[Call]:
    """Those of a negative log likelihood or a categorical cross-entropy."""
    class_weights, found = inputs.weights_in_order, inputs.distributions
    classes = Classes(
        found,
        float(inputs.label_smoothing),
        None if class_weights is None else floats(class_weights),
    )
    how = How.of(inputs, "sum", len(found.places), class_weights=classes.true_weights)
    return classes.calls(how)

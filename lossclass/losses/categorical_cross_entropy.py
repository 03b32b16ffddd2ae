"""Categorical cross-entropy: −Σᵢ Σ_c y_i,c ln ŷ_i,c, between true and predicted distributions.

``class_weights`` k makes some classes cost more: −Σ_c k_c y_i,c ln ŷ_i,c. ``label_smoothing`` ε
takes (1 − ε) y + ε / C for y. Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016),
section 6.2.2.3, as a sum over the observations as in the course's handout; for the smoothing,
Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR (2016),
section 7, with the even distribution over all classes.
"""

from __future__ import annotations

from typing import Any

from lossclass.losses.shapes.cross_entropies import CrossEntropies
from lossclass.working import Working


class CategoricalCrossEntropy(CrossEntropies):
    """−Σ k y ln ŷ."""

    TITLE = "Categorical cross-entropy (CCE)"
    FORMULA = "L = −Σᵢ Σ_c y_i,c ln ŷ_i,c"
    ALIASES = ("cce", "cross_entropy")
    TEMPLATE = """
# The classes. Without them, classes are called 0, 1, 2 ...
classes: [negative, neutral, positive]

# The class that is true of each observation, or rows such as [0, 0, 1].
y_true: [positive, negative]

# What the model predicts, a row for each observation and in it a number for each class:
# probabilities, or one of the other two instead.
y_pred:
  - [0.1, 0.3, 0.6]
  - [0.7, 0.2, 0.1]
# logits: [[0, 1, 2], [2, 1, 0]]  # in the place of y_pred
# log_probs: [[-2.3, -1.2, -0.51], [-0.36, -1.6, -2.3]]  # in the place of y_pred
# rnn: {inputs: [1, 2], U: 0.5, W: 0.1, V: [1, 0, -1]}  # in the place of y_pred

# A factor for each class, where some are rare.
# class_weights: [1, 1, 2]

# How much of the true probability is spread over all classes.
# label_smoothing: 0.1

# The class that marks observations that do not count.
# ignore: unknown
"""

    def introduce(self, inputs: Any, working: Working) -> None:
        self.remark_on_true_sums(inputs, working)


LOSS = CategoricalCrossEntropy()
